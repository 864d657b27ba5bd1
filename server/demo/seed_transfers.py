"""Transfers as rows, the later ones with their letters, and bundles to be packed for those under way."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from server.calendars.rules import CST
from server.core import context as house
from server.core import jobs
from server.demo.bulk import copy_rows
from server.demo.handovers import Handover
from server.demo.registry import area_path
from server.demo.seed_letters import DEMO_SEAL, Press, token_of
from server.demo.seed_photos import WORKERS
from server.documents import paper, signing
from server.documents import service as documents
from server.documents.models import NumberSeries, OfficialDocument
from server.documents.paper import stored
from server.documents.paper.phrases import complete
from server.documents.rules import (
    KINDS,
    DocumentState,
    DocumentType,
    copy_label,
    default_pattern,
    number_text,
)
from server.transfers.models import Bundle, Transfer
from server.transfers.rules import BundleState, TransferState
from server.transfers.service import MAKE_BUNDLE, RESPONSIBLE

DOCUMENT_TYPE = DocumentType.TRANSFER
ON_PAPER_BEFORE = timedelta(days=30)
"""What is older went out on paper, before the register was begun: its transfer has no number."""
UNDER_WAY = (TransferState.SENT, TransferState.ACCEPTED, TransferState.REPORTED)


def write_transfers(session: Session, press: Press) -> dict[str, dict[str, str]]:
    """All transfers; returns what the ledger says of each letter, by the transfer's id."""
    handovers = press.district.handovers
    lettered = [h for h in handovers if press.now - h.sent_at < ON_PAPER_BEFORE]
    numbers = _numbers(press, lettered)
    sheets = {h.id: _paper(press, h, numbers[h.id][2]) for h in lettered}
    signer = signing.of_settings(house.settings())

    def printed(made: Handover) -> bytes:
        sheet = sheets[made.id]
        signed = signer.sign(paper.render(sheet), made.sent_at, sheet.cover.issuer)
        return bytes.fromhex(press.storage.put(signed))

    with ThreadPoolExecutor(WORKERS) as pool:
        hashes = dict(zip((h.id for h in lettered), pool.map(printed, lettered), strict=True))
    registered = {
        h.id: _register(press, h, numbers[h.id], sheets[h.id], hashes[h.id], signer.subject) for h in lettered
    }
    copy_rows(session, OfficialDocument, registered.values())
    copy_rows(session, NumberSeries, _series(press, lettered, numbers))
    copy_rows(session, Transfer, (_transfer(press, h, registered.get(h.id)) for h in handovers))
    _order_bundles(session, handovers)
    return {str(key): _reference(row) for key, row in registered.items()}


def _numbers(press: Press, lettered: list[Handover]) -> dict[uuid.UUID, tuple[int, int, str]]:
    """(year, sequence, number) of every letter: gap-free per unit and year, in order of sending."""
    words = {u.key: u.document_word or "" for u in press.district.organisations.units}
    last: dict[tuple[str, int], int] = {}
    numbers = {}
    for made in lettered:
        year = made.sent_at.astimezone(CST).year
        sequence = last[(made.sender, year)] = last.get((made.sender, year), 0) + 1
        text = number_text(default_pattern(DOCUMENT_TYPE), words[made.sender], year, sequence)
        numbers[made.id] = (year, sequence, text)
    return numbers


def _series(
    press: Press, lettered: list[Handover], numbers: dict[uuid.UUID, tuple[int, int, str]]
) -> list[dict[str, Any]]:
    last = {(h.sender, numbers[h.id][0]): numbers[h.id][1] for h in lettered}
    return [
        {
            "organisation_id": press.registry.units[unit],
            "document_type": DOCUMENT_TYPE,
            "year": year,
            "last": number,
        }
        for (unit, year), number in last.items()
    ]


def _paper(press: Press, made: Handover, number: str) -> paper.Paper:
    sighting = press.cases[made.case].sighting
    item, firm = press.items[sighting.item], press.registry.firm_of.get(sighting.compound.key)
    words, kind, token = complete(DOCUMENT_TYPE, {}), KINDS[DOCUMENT_TYPE], token_of(made.id)
    party = item.parties[0].value if item.parties else "firm"
    cover = paper.Cover(
        document_type=DOCUMENT_TYPE,
        title=words["title"],
        issuer=press.unit_names[made.sender],
        number=number,
        issued_on=made.sent_at.astimezone(CST).date(),
        verify_url=documents.verify_url(token),
        check_code=documents.check_code(token),
        copy_name=copy_label(kind.copies, kind.served),
        wording=words,
        demo=True,
        seal_label=DEMO_SEAL,
    )
    facts = paper.TransferFacts(
        addressee=press.unit_names[made.department],
        contact_name=press.user_names[made.sent_by],
        contact_phone=press.user_phones[made.sent_by],
        cause=f"{sighting.compound.name}{item.name}",
        party=press.firms[firm].name if firm else RESPONSIBLE.get(party, "待查"),
        party_code=press.firms[firm].uscc if firm else "",
        facts=f"{sighting.spot.place}：{sighting.text}",
        measures=made.reason,
        materials=[
            paper.Enclosure("现场照片", 1, len(press.pictures[made.case])),
            paper.Enclosure("案卷记录"),
            paper.Enclosure("材料清单"),
        ],
        accept_by=made.answer_due_at,
    )
    return paper.Paper(cover, facts)


def _register(
    press: Press,
    made: Handover,
    number: tuple[int, int, str],
    sheet: paper.Paper,
    sha256: bytes,
    signed_by: str,
) -> dict[str, Any]:
    registry = press.registry
    compound = press.cases[made.case].sighting.compound
    return {
        "id": uuid.uuid5(made.id, "document"),
        "document_type": DOCUMENT_TYPE,
        "organisation_id": registry.units[made.sender],
        "year": number[0],
        "sequence": number[1],
        "edition": 0,
        "number": number[2],
        "title": sheet.cover.title,
        "addressee": sheet.facts.addressee,
        "path": area_path(compound.community_code),
        "case_ids": [made.case],
        "department_ids": [registry.units[made.holder]] if made.holder else [],
        "issued_at": made.sent_at,
        "issued_by": registry.users[made.sent_by],
        "state": DocumentState.IN_FORCE,
        "verify_token": token_of(made.id),
        "sha256": sha256,
        "signed_by": signed_by,
        "template_version": 0,
        "facts": stored.dump(sheet.facts),
    }


def _reference(row: dict[str, Any]) -> dict[str, str]:
    return {
        "document_id": str(row["id"]),
        "document_type": DOCUMENT_TYPE.value,
        "number": row["number"],
        "document_sha256": row["sha256"].hex(),
    }


def _transfer(press: Press, made: Handover, document: dict[str, Any] | None) -> dict[str, Any]:
    registry, compound = press.registry, press.cases[made.case].sighting.compound
    return {
        "id": made.id,
        "finding_id": made.case,
        "path": area_path(compound.community_code),
        "organisation_id": registry.units[made.sender],
        "department_id": registry.units[made.department],
        "number": document["number"] if document else None,
        "document_id": document["id"] if document else None,
        "document_sha256": document["sha256"] if document else None,
        "reason": made.reason,
        "state": made.state,
        "sent_at": made.sent_at,
        "sent_by": registry.users[made.sent_by],
        "answer_due_at": made.answer_due_at,
        "answered_at": made.answered_at,
        "answered_by": registry.users[made.answered_by] if made.answered_by else None,
        "handler": made.handler,
        "handler_phone": made.handler_phone,
        "answer_text": made.answer_text,
        "reported_at": made.reported_at,
        "result": made.result,
        "concluded_at": made.concluded_at,
    }


def _order_bundles(session: Session, handovers: tuple[Handover, ...]) -> None:
    """Have the worker pack the evidence of what a department is still busy with."""
    under_way = [h for h in handovers if h.state in UNDER_WAY]
    copy_rows(session, Bundle, _queued(under_way))
    for made in under_way:
        jobs.enqueue(session, MAKE_BUNDLE, transfer_id=str(made.id))


def _queued(under_way: list[Handover]) -> Iterator[dict[str, Any]]:
    for made in under_way:
        yield {
            "transfer_id": made.id,
            "state": BundleState.QUEUED,
            "requested_at": made.sent_at,
            "done": 0,
            "total": 0,
            "missing": 0,
        }
