"""What each type of notice demands before it is issued.

N1 is for what is not 紧急 and may be issued by whoever inspects; N2 by a supervisor; N3 orders, so that every
item needs a registered power, two officers with certificates, and the bodies at which it can be contested.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from server.accounts.models import Organisation
from server.checklists.rules import Severity
from server.core.clock import SHANGHAI
from server.core.identity import Identity
from server.core.permissions import Permission, require
from server.core.problems import Problem
from server.documents import powers
from server.documents import service as documents
from server.documents.errors import NoDocumentWord
from server.documents.models import DocumentOffice
from server.documents.paper import Officer
from server.documents.rules import DocumentType
from server.findings.rules import FindingAction
from server.notices import errors

if TYPE_CHECKING:
    from server.notices.issuing import Line


OFFERED = (DocumentType.N1, DocumentType.N2, DocumentType.N3)
"""What an issuer chooses from, from the mildest on."""


@dataclass(frozen=True, slots=True)
class Order:
    """What an N3 prints besides: who enforces, where it is contested."""

    officers: Sequence[Officer]
    office: DocumentOffice


def check_body(identity: Identity, body: dict[str, Any]) -> DocumentType:
    """The type, if the body fits it and the person may issue it."""
    document_type = DocumentType(body["document_type"])
    spot = document_type is DocumentType.N1
    require(identity, Permission.NOTICE_ISSUE_SPOT if spot else Permission.NOTICE_ISSUE)
    if body["provisional_number"] and not spot:
        raise errors.WrongForType(field="provisional_number")
    if document_type is not DocumentType.N3:
        if body["officers"]:
            raise errors.WrongForType(field="officers")
    elif any(item["legal_basis"] for item in body["items"]):
        raise errors.BasisLocked()
    return document_type


def action_of(document_type: DocumentType, order_no: int) -> FindingAction:
    """The step that each finding takes. A second order is never given on the spot."""
    if document_type is DocumentType.N1:
        if order_no == 2:
            raise errors.WrongForType(field="document_type")
        return FindingAction.ISSUE_SPOT_NOTICE
    return FindingAction.ISSUE_SECOND_ORDER if order_no == 2 else FindingAction.ISSUE_NOTICE


def _only_minor(lines: Sequence[Line]) -> None:
    urgent = [
        line.item.code
        for line in lines
        if Severity.CRITICAL in (line.item.severity, Severity(line.finding.severity))
    ]
    if urgent:
        raise errors.NotMinor(items=urgent)


def check_lines(
    session: Session,
    document_type: DocumentType,
    unit: Organisation,
    lines: Sequence[Line],
    body: dict[str, Any],
    now: datetime,
) -> Order | None:
    """Raises where a line is not for this type; returns what an order prints besides."""
    if document_type is DocumentType.N1:
        _only_minor(lines)
    if document_type is not DocumentType.N3:
        return None
    powers.require_powers(session, unit.id, [line.item for line in lines], now.astimezone(SHANGHAI).date())
    officers = powers.require_officers(session, unit.id, body["officers"], now)
    return Order(officers, powers.require_remedies(session, unit.id))


def choices(
    session: Session, unit: Organisation | None, lines: Sequence[Line], order_no: int, now: datetime
) -> list[dict[str, Any]]:
    """What stands against each type of notice now (schema `TypeChoiceSchema`); nothing: it can go out."""
    return [
        {
            "document_type": document_type.value,
            "against": [
                {"code": problem.code, "items": problem.extra.get("items", [])}
                for problem in _against(session, document_type, unit, lines, order_no, now)
            ],
        }
        for document_type in OFFERED
    ]


def _against(
    session: Session,
    document_type: DocumentType,
    unit: Organisation | None,
    lines: Sequence[Line],
    order_no: int,
    now: datetime,
) -> Iterator[Problem]:
    if unit is None or not documents.word_of(unit):
        yield NoDocumentWord()
        return
    checks: list[Callable[[], object]] = [lambda: action_of(document_type, order_no)]
    if document_type is DocumentType.N1:
        checks.append(lambda: _only_minor(lines))
    if document_type is DocumentType.N3:
        items, day = [line.item for line in lines], now.astimezone(SHANGHAI).date()
        checks.append(lambda: powers.require_powers(session, unit.id, items, day))
        checks.append(lambda: powers.require_enough_officers(session, unit.id, now))
        checks.append(lambda: powers.require_remedies(session, unit.id))
    for check in checks:
        try:
            check()
        except Problem as problem:
            yield problem
