"""Voiding and correcting a notice: the paper, the notice, and what happens to the findings it named.

A notice is voided only while no re-check has judged it. Its findings are as before it: confirmed after a
first notice, and after a second order again under the first one, whose terms have passed.
"""

from __future__ import annotations

import dataclasses
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from server.core import jobs
from server.core.clock import SHANGHAI
from server.core.commands import CommandContext
from server.core.identity import Identity
from server.documents import paper
from server.documents import service as documents
from server.documents.errors import NothingChanged
from server.documents.rules import DocumentAction, DocumentType
from server.findings import service as findings
from server.findings.models import Finding
from server.findings.rules import FindingAction
from server.notices import errors, queries, service
from server.notices.issuing import FIXED, adopt
from server.notices.models import Notice, NoticeItem
from server.notices.printing import FIXED_COUNTING
from server.notices.rules import ItemState, NoticeAction, judged, state_of


def void(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """作废: the number is never given again, and the findings are free for another notice."""
    notice = service.visible(session, identity, body["notice_id"])
    items = queries.items(session, [notice.id])
    if judged([item.state for item in items]):
        raise errors.IllegalAction(state=notice.state.value, action=NoticeAction.VOID.value)
    service.step(identity, notice, NoticeAction.VOID)
    reason = body["reason"]
    paper_ended = documents.end(
        session, identity, notice.document_id, DocumentAction.VOID, reason, context.now, tell=False
    )
    notice.voided_at, notice.void_reason = context.now, reason
    previous = queries.locked(session, notice.previous_id) if notice.previous_id else None
    for item in items:
        service.overtake(session, item)
        finding = findings.visible(session, identity, item.finding_id)
        if finding.notice_id == notice.id and item.state is not ItemState.WITHDRAWN:
            data = documents.reference(paper_ended) | {"reason": reason}
            _release(session, identity, finding, previous, context, data)
    if previous:
        previous.state = state_of([item.state for item in queries.items(session, [previous.id])])
    _announce(session, notice, "void", context)
    return _told(notice)


def _announce(session: Session, notice: Notice, act: str, context: CommandContext) -> None:
    """Have the firm told by a job, since those who are told live above this feature."""
    cause = str(context.command_id)
    jobs.enqueue(session, "escalation.announce_ending", act=act, notice_id=str(notice.id), cause=cause)


def _release(
    session: Session,
    identity: Identity,
    finding: Finding,
    previous: Notice | None,
    context: CommandContext,
    data: dict[str, Any],
) -> None:
    finding.overdue_at, finding.reviewer_id = None, None
    finding.clock_from = previous.served_at if previous else None
    if previous is None:
        finding.notice_id, finding.notice_number, finding.orders = None, None, 0
        finding.due_at, finding.due_provisional = None, False
        queries.show_photos_to_firm(session, [finding.id], None)
        findings.advance(session, identity, finding, FindingAction.VOID_NOTICE, context, data)
        return
    finding.notice_id, finding.notice_number, finding.orders = previous.id, previous.number, previous.order_no
    before = queries.current_item(session, finding)
    assert before is not None, "a second order is about items of the first"
    finding.due_at, finding.due_provisional = before.due_at, before.provisional
    findings.advance(session, identity, finding, FindingAction.VOID_SECOND_ORDER, context, data)


def correct(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """更正: words, contact or a later date; the addressee is read anew. The number stays, with a mark."""
    notice = service.visible(session, identity, body["notice_id"])
    service.step(identity, notice, NoticeAction.CORRECT)
    if notice.document_type == DocumentType.N3 and any(wish["legal_basis"] for wish in body["items"]):
        raise errors.BasisLocked()
    firm = queries.firm(session, notice.firm_id)
    former = documents.visible(session, identity, notice.document_id)
    said = documents.facts_of(session, former, pictures=True)
    assert isinstance(said, paper.NoticeFacts), "the document of a notice says a notice"
    items = queries.items(session, [notice.id])
    notice.contact = body["contact"] or notice.contact
    notice.contact_phone = body["contact_phone"] or notice.contact_phone
    changed = dataclasses.replace(
        said,
        addressee=firm.name,
        uscc=firm.uscc or "",
        contact_name=notice.contact,
        contact_phone=notice.contact_phone,
        items=_lines(said, items, {wish["finding_id"]: wish for wish in body["items"]}),
    )
    if changed == said:
        raise NothingChanged()
    adopt(notice, documents.correct(session, identity, former.id, changed, body["reason"], context.now))
    for item in items:
        finding = findings.visible(session, identity, item.finding_id)
        if finding.notice_id == notice.id:
            finding.notice_number = notice.number
            finding.due_at, finding.due_provisional = item.due_at, item.provisional
    _announce(session, notice, "correct", context)
    return _told(notice)


def _lines(
    said: paper.NoticeFacts, items: list[NoticeItem], wishes: dict[uuid.UUID, dict[str, Any]]
) -> tuple[paper.NoticeItem, ...]:
    """The printed lines with what is wished; the rows follow."""
    if set(wishes) - {item.finding_id for item in items}:
        raise errors.UnknownItem()
    rows = {item.seq: item for item in items}
    return tuple(
        _line(line, rows[line.index], wishes.get(rows[line.index].finding_id)) for line in said.items
    )


def _line(line: paper.NoticeItem, row: NoticeItem, wish: dict[str, Any] | None) -> paper.NoticeItem:
    if wish is None:
        return line
    row.legal_basis = wish["legal_basis"] or row.legal_basis
    row.requirement = wish["requirement"] or row.requirement
    row.place, row.facts = wish["place"] or line.place, wish["facts"] or line.facts
    line = dataclasses.replace(
        line, place=row.place, facts=row.facts, basis=row.legal_basis, requirement=row.requirement
    )
    return _later(line, row, wish["due_at"]) if wish["due_at"] else line


def _later(line: paper.NoticeItem, row: NoticeItem, due_at: datetime) -> paper.NoticeItem:
    """A printed date may only move later: the firm has relied on it (民法典 201, 203)."""
    if due_at < row.printed_due_at:
        raise errors.DeadlineEarlier(printed=row.printed_due_at.astimezone(SHANGHAI).isoformat())
    row.printed_due_at, row.due_at = due_at, max(row.due_at, due_at)
    row.term, row.unit, row.provisional = 0, FIXED, False
    return dataclasses.replace(
        line,
        due_at=due_at,
        unit="hour",
        count=0,
        natural_end=None,
        provisional=False,
        counting=FIXED_COUNTING,
    )


def _told(notice: Notice) -> dict[str, Any]:
    return {"notice_id": str(notice.id), "state": notice.state.value, "number": notice.number}
