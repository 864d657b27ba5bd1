"""Puts a case together from the features below; nothing here decides or writes."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from server.core import context as house
from server.core import ledger
from server.core.identity import Identity
from server.core.permissions import Permission, require_visible
from server.core.problems import NotFound
from server.findings import reading as findings
from server.findings import service as finding_service
from server.findings.models import Finding
from server.findings.rules import firm_sees
from server.notices import reading as notices
from server.photos import service as photos


def case(session: Session, identity: Identity, finding_id: uuid.UUID) -> dict[str, Any]:
    """The case file of one finding (schema `CaseSchema`); `NotFound` where it is out of sight.

    A firm gets the same file without the inner work: ledger lines of triage and similar cases.
    """
    finding = session.get(Finding, finding_id)
    require_visible(identity, Permission.FINDING_READ, finding)
    assert finding is not None
    if identity.is_firm and not firm_sees(finding.state, finding.notice_id is not None):
        raise NotFound()
    document = findings.documents(session, identity, [finding_id])[0]
    events = ledger.lines(session, finding_id)
    responses, reviews = notices.answers(session, identity, [finding_id])
    return document | {
        "photos": photos.of_case(session, identity, finding_id),
        "ledger": [] if identity.is_firm else [_line(event) for event in events],
        "ledger_intact": ledger.first_broken(events) is None,
        "similar": [] if identity.is_firm else _similar(session, identity, finding),
        "notices": notices.of_finding(session, finding_id),
        "responses": responses,
        "reviews": reviews,
    }


def _line(event: ledger.CaseEvent) -> dict[str, Any]:
    names = ("seq", "act", "actor", "organisation", "at", "device_at", "data")
    return {name: getattr(event, name) for name in names} | {"hash": event.hash.hex()}


def _similar(session: Session, identity: Identity, finding: Finding) -> list[dict[str, Any]]:
    settings = house.settings()
    near = finding_service.similar(
        session, finding, settings.duplicate_within_m, settings.duplicate_within_days
    )
    metres = dict(near)
    found = findings.documents(session, identity, list(metres))
    return [
        document
        | {"distance_m": metres[document["id"]], "days": (finding.captured_at - document["captured_at"]).days}
        for document in found
    ]
