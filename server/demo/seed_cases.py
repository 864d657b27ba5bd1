"""Findings as rows, and every case file as a hash-linked chain."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shapely.geometry import Point
from sqlalchemy.orm import Session

from server.checklists.rules import load_catalogue
from server.core import ledger
from server.demo.album import Picture
from server.demo.bulk import copy_rows
from server.demo.cases import Act, Case, Letter
from server.demo.district import District
from server.demo.hazards import Sighting
from server.demo.registry import Registry, area_path
from server.demo.seed_photos import MIME, Prints, stored_at
from server.findings.models import Finding
from server.findings.rules import FIRM_SEES, FindingState, position_flags

_WITH_LETTER = ("finding.issue_notice", "finding.issue_second_order", "finding.acknowledge")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Pictures of a case by the act that declared them, and what notices say."""

    pictures: Mapping[uuid.UUID, Sequence[Picture]]
    prints: Prints
    letters: Mapping[uuid.UUID, Letter]
    documents: Mapping[uuid.UUID, bytes]
    transfers: Mapping[str, Mapping[str, str]]
    """What a line says of the letter of a transfer, by the transfer's id."""


def write_findings(session: Session, district: District, registry: Registry) -> None:
    """All findings; those that others point to come first."""
    parties = {i.code: i.parties[0].value if i.parties else "firm" for i in load_catalogue().items}
    version = load_catalogue().version
    numbers = {n.id: n.number for n in district.letters}
    served = {n.id: n.acknowledged_at for n in district.letters}
    held = {h.case: registry.units[h.holder] for h in district.handovers if h.holder}
    ordered = sorted(district.cases, key=lambda c: (c.master is not None, c.sighting.received_at))
    copy_rows(
        session, Finding, (_finding(registry, c, parties, version, numbers, served, held) for c in ordered)
    )


def write_ledger(session: Session, district: District, registry: Registry, evidence: Evidence) -> int:
    """Every line of every case, chained; returns how many."""
    acts = (act for case in district.cases for act in _lines(registry, case, evidence))
    rows = sorted(ledger.chain(acts), key=lambda row: (row["at"], row["case_id"], row["seq"]))
    return copy_rows(session, ledger.CaseEvent, rows)


def fix_of(sighting: Sighting) -> dict[str, Any]:
    """The position as the phone sent it."""
    spot = sighting.spot
    return {
        "lon": spot.lon,
        "lat": spot.lat,
        "accuracy_m": spot.accuracy_m,
        "captured_at": sighting.captured_at.isoformat(),
        "source": "gnss",
        "crs": "wgs84",
    }


def _finding(
    registry: Registry,
    case: Case,
    parties: Mapping[str, str],
    version: str,
    numbers: Mapping[uuid.UUID, str],
    served: Mapping[uuid.UUID, datetime | None],
    held: Mapping[uuid.UUID, uuid.UUID],
) -> dict[str, Any]:
    sighting, spot = case.sighting, case.sighting.spot
    who = registry.identities[sighting.found_by]
    unnoticed = case.state in FIRM_SEES and case.letter is None
    flags = position_flags(lon=spot.lon, lat=spot.lat, accuracy_m=spot.accuracy_m, outside_m=0, manual=False)
    return {
        "id": sighting.id,
        "compound_id": registry.compounds[sighting.compound.key],
        "visit_id": sighting.visit.id if sighting.visit else None,
        "path": area_path(sighting.compound.community_code),
        "firm_id": None if unnoticed else registry.firm_id_of(sighting.compound),
        "item_code": sighting.item,
        "catalogue_version": version,
        "severity": sighting.severity,
        "responsible": parties[sighting.item],
        "text": sighting.text,
        "place": spot.place,
        "position": Point(spot.lon, spot.lat),
        "fix": fix_of(sighting),
        "accuracy_m": spot.accuracy_m,
        "flags": [flag.value for flag in flags],
        "photo_excuses": {},
        "captured_at": sighting.captured_at,
        "received_at": sighting.received_at,
        "clock_offset_ms": int(sighting.id.int % 2400) - 1200,
        "found_by": who.user_id,
        "organisation_id": who.organisation_id,
        "state": case.state,
        "triage_due_at": case.triage_due_at,
        "due_at": case.due_at,
        "due_provisional": case.due_provisional,
        "clock_from": served.get(case.letter) if case.letter else None,
        "overdue_at": case.overdue_at,
        "waiting_since": case.waiting_since,
        "closed_at": case.closed_at,
        "master_id": case.master,
        "notice_id": case.letter,
        "notice_number": numbers[case.letter] if case.letter else None,
        "department_id": held.get(sighting.id),
        "orders": case.orders,
        "failed_reviews": case.failed_reviews,
        "reviewer_id": registry.users[case.reviewer] if case.reviewer else None,
        "version": 1 + len(case.acts),
    }


def _lines(registry: Registry, case: Case, evidence: Evidence) -> list[ledger.Act]:
    """The case file as the services would have written it."""
    sighting = case.sighting
    opened = {
        "item_code": sighting.item,
        "compound_id": str(registry.compounds[sighting.compound.key]),
        "visit_id": str(sighting.visit.id) if sighting.visit else None,
        "text": sighting.text,
        "place": sighting.spot.place,
        "position": fix_of(sighting),
        "pin": None,
        "photos": _declared(evidence, sighting.id, case),
        "state": FindingState.SUBMITTED.value,
        "severity": sighting.severity,
    }
    finder = registry.identity(sighting.found_by)
    lines = [
        ledger.Act(sighting.id, "finding.open", sighting.received_at, finder, opened, sighting.captured_at)
    ]
    for act in case.acts:
        data = _data(registry, case, act, evidence)
        lines.append(ledger.Act(sighting.id, act.act, act.at, registry.identity(act.actor), data, act.at))
    lines += [_stored(registry, sighting.id, p, evidence) for p in evidence.pictures[sighting.id]]
    return sorted(lines, key=lambda line: line.at)


def _stored(registry: Registry, case_id: uuid.UUID, picture: Picture, evidence: Evidence) -> ledger.Act:
    """The line that the server writes when the bytes of a photo have come and their hash agrees."""
    printed = evidence.prints[picture.shot]
    data: dict[str, Any] = {
        "photo_id": str(picture.id),
        "stage": picture.stage.value,
        "kind": picture.kind,
        "sha256": printed.sha256.hex(),
        "size": len(printed.jpeg),
        "mime": MIME,
    }
    if picture.reused:
        twins = [p for p in evidence.pictures[case_id] if p.shot == picture.shot and p.group != picture.group]
        data["same_as"] = [str(p.id) for p in twins]
    return ledger.Act(case_id, "photo.stored", stored_at(picture), registry.identity(picture.by), data)


def _data(registry: Registry, case: Case, act: Act, evidence: Evidence) -> dict[str, Any]:
    """What the service writes for the same act."""
    data = dict(act.data)
    if act.act in _WITH_LETTER:
        return _letter_data(case, act, evidence)
    if act.act == "finding.transfer":
        letter = evidence.transfers.get(data["transfer_id"])
        data["organisation_id"] = str(registry.units[data.pop("organisation_key")])
        return data | ({"document": dict(letter)} if letter else {})
    if act.act == "finding.dispatch_review":
        return data | {"reviewer_id": str(registry.users[data.pop("reviewer_key")])}
    if act.act == "finding.report_transfer":
        return data
    group = data.pop("response_id", None) or data.pop("review_id", None)
    if group:
        number = evidence.letters[_letter_of(case, act, evidence)].number
        return {"number": number} | data | {"photos": _hashes(evidence, case, uuid.UUID(group))}
    if act.act == "finding.fix_on_spot":
        groups = {p.group for p in evidence.pictures[case.sighting.id] if p.group != case.sighting.id}
        return data | {"photos": [d for g in groups for d in _declared(evidence, g, case)]}
    return data


def _letter_data(case: Case, act: Act, evidence: Evidence) -> dict[str, Any]:
    letter = evidence.letters[act.data["notice_id"]]
    item = next(i for i in letter.items if i.finding == case.sighting.id)
    if act.act == "finding.acknowledge":
        return {"number": letter.number, "receipt": letter.receipt, "due_at": item.due_at.isoformat()}
    return {
        "notice_id": str(letter.id),
        "number": letter.number,
        "seq": item.seq,
        "due_at": item.printed_due_at.isoformat(),
        "document_sha256": evidence.documents[letter.id].hex(),
    }


def _letter_of(case: Case, act: Act, evidence: Evidence) -> uuid.UUID:
    """The notice in force when the act was done."""
    served = [a for a in case.acts if a.act == "finding.acknowledge" and a.at <= act.at]
    letter: uuid.UUID = served[-1].data["notice_id"]
    return letter


def _pictures(evidence: Evidence, case: Case, group: uuid.UUID) -> list[Picture]:
    return [p for p in evidence.pictures[case.sighting.id] if p.group == group]


def _hashes(evidence: Evidence, case: Case, group: uuid.UUID) -> list[str]:
    return [evidence.prints[p.shot].sha256.hex() for p in _pictures(evidence, case, group)]


def _declared(evidence: Evidence, group: uuid.UUID, case: Case) -> list[dict[str, Any]]:
    return [
        {"photo_id": str(p.id), "kind": p.kind, "sha256": evidence.prints[p.shot].sha256.hex()}
        for p in _pictures(evidence, case, group)
    ]
