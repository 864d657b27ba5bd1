"""Issuing a notice: what it would say, and saying it.

Document, rows and ledger lines are one transaction: the series has no gap, and the stored PDF is the one
whose hash the ledger names (`server/documents/service.py`). The printed date reckons from today as if
served today; acknowledgement may only move it later.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from server.accounts.models import Organisation
from server.calendars import rules as calendar_rules
from server.calendars import service as calendars
from server.calendars.rules import CalendarView, Due, OutsideCalendar, Term, Unit
from server.checklists import rules as checklist_rules
from server.checklists import service as checklists
from server.core import context as house
from server.core.clock import SHANGHAI
from server.core.commands import CommandContext
from server.core.identity import Identity
from server.core.permissions import Permission, require
from server.documents import service as documents
from server.documents.errors import NoDocumentWord
from server.documents.models import OfficialDocument
from server.documents.rules import DocumentType
from server.documents.statutes import with_editions
from server.findings import service as findings
from server.findings.models import Finding
from server.findings.rules import FindingAction, FindingState, second_order_open
from server.notices import deadlines, errors, guards, printing, queries, service, stages
from server.notices.models import Notice, NoticeItem
from server.notices.procedure_rules import asked_of_firm
from server.notices.rules import LEAST_FIXED, NoticeState, notice_term

FIXED = "fixed"
"""Unit of a line whose hour the issuer set by hand; it is not recounted from service."""
SECOND_ORDER_STATES = (FindingState.RECTIFYING, FindingState.OVERDUE)


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it will be printed."""

    finding: Finding
    item: checklist_rules.Item
    place: str
    facts: str
    legal_basis: str
    requirement: str
    term: int
    unit: str
    due: Due | None
    due_at: datetime
    at_once: bool
    stages: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    """The term was 立即, of which the hour is only the latest moment."""


@dataclass(frozen=True, slots=True)
class Slip:
    """What a slip on the spot brings along: when it was handed over, and the token that its QR code bears."""

    at: datetime
    verify_token: str


def propose(
    session: Session,
    identity: Identity,
    finding_ids: Sequence[uuid.UUID],
    wishes: dict[uuid.UUID, dict[str, Any]],
    document_type: DocumentType,
    now: datetime,
) -> dict[str, Any]:
    """What a notice on these findings would say if it were issued now (schema `ProposalSchema`).

    It says too which types of notice may be issued on them, and what stands against the others.

    `wishes` are terms other than the catalogue's, `{finding: {"term": n, "unit": …}}`, so that the
    issuer sees the date move before anything is signed.
    """
    require(identity, Permission.NOTICE_ISSUE)
    chosen = _findings(session, identity, finding_ids)
    place = _subject(session, chosen)
    order_no, _ = _order(chosen)
    lines = _lines(session, chosen, wishes, now, place.Compound.is_high_rise, document_type)
    user = queries.user(session, identity.user_id)
    unit = queries.organisation(session, identity.organisation_id)
    return {
        "document_type": document_type.value,
        "types": guards.choices(session, unit, lines, order_no, now),
        "firm": {"id": place.Firm.id, "name": place.Firm.name},
        "compound": {"id": place.Compound.id, "name": place.Compound.name},
        "order_no": order_no,
        "contact": identity.display_name,
        "contact_phone": (user.phone if user else None) or "",
        "missing_photos": queries.missing_photos(session, finding_ids),
        "items": [_proposed(line) for line in lines],
    }


def issue(
    session: Session,
    identity: Identity,
    body: dict[str, Any],
    context: CommandContext,
    slip: Slip | None = None,
) -> dict[str, Any]:
    """Issue a notice of the type asked for, or the second order where its findings failed the re-check.

    The terms of a `slip` count from its hand-over, as it says itself.
    """
    document_type = guards.check_body(identity, body)
    if queries.get(session, body["notice_id"]) is not None:
        raise errors.IdReused()
    unit = queries.organisation(session, identity.organisation_id)
    if unit is None:
        raise NoDocumentWord()
    if slip is not None:
        unit = queries.unit_for_slips(session, unit)
    wishes = {wish["finding_id"]: wish for wish in body["items"]}
    chosen = _findings(session, identity, [wish["finding_id"] for wish in body["items"]])
    place = _subject(session, chosen)
    order_no, previous = _order(chosen)
    action = guards.action_of(document_type, order_no)
    for finding in chosen:  # before a number is taken and a document stored
        findings.require_step(identity, finding, action)
    missing = queries.missing_photos(session, list(wishes))
    if missing and not body["without_missing_photos"]:
        raise errors.PhotosMissing(missing=missing)
    start = slip.at if slip else context.now
    lines = _lines(session, chosen, wishes, start, place.Compound.is_high_rise, document_type)
    if slip is not None:
        lines = [_as_handed_over(line) for line in lines]
    order = guards.check_lines(session, document_type, unit, lines, body, context.now)
    notice = _notice(session, identity, body, context, unit, place)
    notice.document_type, notice.order_no, notice.previous_id = document_type, order_no, previous
    _print(session, identity, notice, place, lines, order, slip)
    session.add(notice)
    session.flush()
    session.add_all([_item(notice, seq, line) for seq, line in enumerate(lines, start=1)])
    _move(session, identity, notice, lines, action, context)
    if previous:
        service.settle(session, previous)
    return {"notice_id": str(notice.id), "number": notice.number, "state": notice.state.value}


def _notice(
    session: Session,
    identity: Identity,
    body: dict[str, Any],
    context: CommandContext,
    unit: Organisation,
    place: Any,
) -> Notice:
    return Notice(
        id=body["notice_id"],
        organisation_id=unit.id,
        firm_id=place.Firm.id,
        compound_id=place.Compound.id,
        path=place.Compound.path,
        provisional_number=body["provisional_number"],
        state=NoticeState.ISSUED,
        issued_at=context.now,
        serve_by=deadlines.workdays(session, context.now, deadlines.terms(session).service_workdays),
        issued_by=identity.user_id,
        contact=body["contact"] or identity.display_name,
        contact_phone=body["contact_phone"] or _phone(session, identity) or unit.phone or "",
        calendar_version=calendars.load_view(session).version,
    )


def _print(
    session: Session,
    identity: Identity,
    notice: Notice,
    place: Any,
    lines: Sequence[Line],
    order: guards.Order | None,
    slip: Slip | None,
) -> None:
    earlier = queries.get(session, notice.previous_id) if notice.previous_id else None
    document = documents.issue(
        session,
        identity,
        notice.organisation_id,
        printing.facts(session, notice, place, lines, earlier, order),
        notice.issued_at,
        path=notice.path,
        firm_id=notice.firm_id,
        case_ids=[line.finding.id for line in lines],
        refers_to=earlier.document_id if earlier else None,
        verify_token=slip.verify_token if slip else None,
    )
    adopt(notice, document)


def _phone(session: Session, identity: Identity) -> str | None:
    user = queries.user(session, identity.user_id)
    return user.phone if user else None


def _findings(session: Session, identity: Identity, ids: Sequence[uuid.UUID]) -> list[Finding]:
    """The findings in the order asked for, locked in the order of their ids.

    Notices that hold them are locked before, as every act on a notice does it.
    """
    for notice_id in queries.holding(session, ids):
        queries.locked(session, notice_id)
    locked = {finding_id: findings.visible(session, identity, finding_id) for finding_id in sorted(set(ids))}
    return [locked[finding_id] for finding_id in dict.fromkeys(ids)]


def _subject(session: Session, chosen: Sequence[Finding]) -> Any:
    if len({finding.compound_id for finding in chosen}) != 1:
        raise errors.MixedSubjects()
    place = queries.subject(session, chosen[0].compound_id)
    if place.Firm is None:
        raise errors.NoFirm()
    return place


def _order(chosen: Sequence[Finding]) -> tuple[int, uuid.UUID | None]:
    """Order number and, for a second order, the notice before it."""
    again = [finding for finding in chosen if finding.state in SECOND_ORDER_STATES]
    if not again:
        return 1, None
    if len(again) != len(chosen) or len({finding.notice_id for finding in chosen}) != 1:
        raise errors.MixedOrders()
    if not all(second_order_open(finding.failed_reviews, finding.orders) for finding in chosen):
        raise errors.SecondOrderClosed()
    return 2, chosen[0].notice_id


def _lines(
    session: Session,
    chosen: Sequence[Finding],
    wishes: dict[uuid.UUID, dict[str, Any]],
    now: datetime,
    high_rise: bool,
    document_type: DocumentType = DocumentType.N2,
) -> list[Line]:
    """The lines; the articles of an order name the text of the law that is in force on the day."""
    calendar = calendars.load_view(session)
    items = _items(session, chosen)
    found = [
        _line(items[finding.id], calendar, finding, wishes.get(finding.id, {}), now, high_rise)
        for finding in chosen
    ]
    if document_type is not DocumentType.N3:
        return found
    day = now.astimezone(SHANGHAI).date()
    return [dataclasses.replace(line, legal_basis=with_editions(line.legal_basis, day)) for line in found]


def _line(
    item: checklist_rules.Item,
    calendar: CalendarView,
    finding: Finding,
    wish: dict[str, Any],
    now: datetime,
    high_rise: bool,
) -> Line:
    default = checklist_rules.default_term(item)
    at_once = default.unit is Unit.NOW
    term, unit = notice_term(default.n, default.unit.value)
    if wish.get("unit") is not None or wish.get("term") is not None:
        if wish.get("unit") is None or wish.get("term") is None:
            raise errors.TermRefused("term and unit go together")
        at_once = wish["unit"] == Unit.NOW
        term, unit = notice_term(wish["term"], wish["unit"])
    fixed: datetime | None = wish.get("due_at")
    if fixed is not None and fixed < now + LEAST_FIXED:
        raise errors.DeadlinePast(finding_id=str(finding.id), due_at=fixed.isoformat())
    due = None if fixed else _due(now, term, unit, calendar)
    due_at = fixed if fixed else due.at if due else now
    return Line(
        finding=finding,
        item=item,
        place=wish.get("place") or printing.plain(finding.place),
        facts=wish.get("facts") or printing.plain(finding.text),
        legal_basis=wish.get("legal_basis") or checklist_rules.law_text(item, high_rise),
        requirement=wish.get("requirement") or item.requirement,
        term=0 if fixed else term,
        unit=FIXED if fixed else unit,
        due=due,
        due_at=due_at,
        at_once=at_once and fixed is None,
        stages=stages.of_line(item, now, due_at, calendar),
    )


def _as_handed_over(line: Line) -> Line:
    """The line of a slip that is in the firm's hands already: nothing can be refused or reworded any more."""
    return dataclasses.replace(line, place=documents.legible(line.place), facts=documents.legible(line.facts))


def _items(session: Session, chosen: Sequence[Finding]) -> dict[uuid.UUID, checklist_rules.Item]:
    """The item of each finding by the catalogue in force; as the finding knew it where it was dropped."""
    version, found = checklists.current_version(session), {}
    for finding in chosen:
        item = checklists.find_item(session, version, finding.item_code)
        item = item or checklists.find_item(session, finding.catalogue_version, finding.item_code)
        assert item is not None, "a finding names an item of its own catalogue version"
        found[finding.id] = item
    return found


def _due(now: datetime, term: int, unit: str, calendar: CalendarView) -> Due:
    try:
        close = house.settings().close_of_business
        return calendar_rules.due(now, Term(term, Unit(unit)), calendar, close_of_business=close)
    except OutsideCalendar as error:
        raise errors.DeadlineTooFar(str(error)) from error
    except calendar_rules.CalendarError as error:
        raise errors.TermRefused(str(error)) from error


def _proposed(line: Line) -> dict[str, Any]:
    return {
        "finding_id": line.finding.id,
        "item_code": line.item.code,
        "item_name": line.item.name,
        "place": line.place,
        "facts": line.facts,
        "undrawable": documents.undrawable(line.place + line.facts),
        "legal_basis": line.legal_basis,
        "requirement": line.requirement,
        "term": line.term,
        "unit": line.unit,
        "due_at": line.due_at,
        "provisional": line.due.provisional if line.due else False,
        "stages": stages.told(line.stages),
    }


def _item(notice: Notice, seq: int, line: Line) -> NoticeItem:
    return NoticeItem(
        notice_id=notice.id,
        finding_id=line.finding.id,
        seq=seq,
        place=line.place,
        facts=line.facts,
        legal_basis=line.legal_basis,
        requirement=line.requirement,
        term=line.term,
        unit=line.unit,
        printed_due_at=line.due_at,
        due_at=line.due_at,
        provisional=line.due.provisional if line.due else False,
        asks=asked_of_firm(line.finding.responsible),
        stages=line.stages,
    )


def _rewording(line: Line) -> dict[str, str]:
    """For the case file: the words of the paper where they are not those of the finding."""
    printed = {"place": line.place, "facts": line.facts}
    found = {"place": printing.plain(line.finding.place), "facts": printing.plain(line.finding.text)}
    return {name: text for name, text in printed.items() if text != found[name]}


def adopt(notice: Notice, document: OfficialDocument) -> None:
    """The notice repeats what lists and phones read of its document."""
    notice.document_id, notice.document_sha256 = document.id, document.sha256
    notice.year, notice.sequence, notice.number = document.year, document.sequence, document.number
    notice.verify_token = document.verify_token


def _move(
    session: Session,
    identity: Identity,
    notice: Notice,
    lines: Sequence[Line],
    action: FindingAction,
    context: CommandContext,
) -> None:
    """Bind the findings to the notice and write its issue into each case file."""
    queries.show_photos_to_firm(session, [line.finding.id for line in lines], notice.firm_id)
    for seq, line in enumerate(lines, start=1):
        finding = line.finding
        finding.notice_id, finding.notice_number = notice.id, notice.number
        finding.firm_id = notice.firm_id
        finding.orders = notice.order_no
        finding.due_at, finding.due_provisional = line.due_at, bool(line.due and line.due.provisional)
        finding.clock_from, finding.overdue_at = None, None
        data = {
            "notice_id": str(notice.id),
            "number": notice.number,
            "seq": seq,
            "due_at": line.due_at,
            "document_id": str(notice.document_id),
            "document_sha256": notice.document_sha256.hex(),
        } | _rewording(line)
        findings.advance(session, identity, finding, action, context, data)
