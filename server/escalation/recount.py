"""After the calendar changed: which open deadlines it counts otherwise, and moving them.

A printed date is final and the calendar may only move it later (民法典 203): so a deadline that would come
earlier stays where it is and merely stops being provisional. Nothing moves until a person says so, and
each move is a line in the case file.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from server.calendars import rules as calendar_rules
from server.calendars import service as calendars
from server.calendars.rules import CalendarView, Due, Term, Unit
from server.core import context as house
from server.core.commands import CommandContext
from server.core.identity import Identity
from server.core.permissions import Permission, require
from server.core.problems import NotFound
from server.escalation import errors, queries, telling
from server.escalation.rules import Actor
from server.findings import service as findings
from server.messages import service as messages
from server.notices import deadlines
from server.notices import service as notices
from server.notices.models import NoticeItem

CHANGED = "calendar.changed"
NAMED = 3
"""Notices that a message names before it only counts them."""


@dataclass(frozen=True, slots=True)
class Recount:
    """One line and what the calendar in force says of it."""

    row: Any
    new_due_at: datetime
    provisional: bool

    @property
    def moves(self) -> bool:
        due_at: datetime = self.row.NoticeItem.due_at
        return self.new_due_at > due_at


def affected(session: Session, identity: Identity, limit: int) -> dict[str, Any]:
    """Open deadlines that differ from what the calendar in force says (schema `RecountSchema`)."""
    require(identity, Permission.CALENDAR_IMPORT)
    found = list(_recounts(session))
    return {
        "items": [_document(each) for each in found[:limit]],
        "total": len(found),
        "calendar_version": calendars.load_view(session).version,
    }


def _recounts(session: Session) -> Iterator[Recount]:
    view = calendars.load_view(session)
    for row in queries.open_lines(session):
        recount = _recount(row, view)
        if recount is not None:
            yield recount


def _recount(row: Any, view: CalendarView) -> Recount | None:
    """What the calendar says of one line, or None where nothing changes."""
    item: NoticeItem = row.NoticeItem
    due = _due(row, view)
    new = max(calendar_rules.revised(item.printed_due_at, due.at), item.due_at)
    settles = item.provisional and not due.provisional
    if new == item.due_at and not settles:
        return None
    return Recount(row, new, due.provisional)


def _due(row: Any, view: CalendarView) -> Due:
    """The line's term counted anew from service, or from issue while it is not served."""
    start = row.Notice.served_at or row.Notice.issued_at
    close = house.settings().close_of_business
    term = Term(row.NoticeItem.term, Unit(row.NoticeItem.unit))
    return calendar_rules.due(start, term, view, close_of_business=close)


def _document(each: Recount) -> dict[str, Any]:
    item: NoticeItem = each.row.NoticeItem
    return {
        "notice_item_id": item.id,
        "finding_id": item.finding_id,
        "number": each.row.Notice.number,
        "compound_name": each.row.compound_name,
        "item_code": each.row.Finding.item_code,
        "term": item.term,
        "unit": item.unit,
        "printed_due_at": item.printed_due_at,
        "due_at": item.due_at,
        "new_due_at": each.new_due_at,
        "provisional": item.provisional,
        "new_provisional": each.provisional,
        "moves": each.moves,
    }


def announce(session: Session, now: datetime) -> int:
    """Tell of open deadlines that the calendar in force counts otherwise; once a version of the calendar.

    Administrators hear how many there are, since they confirm; whoever issued a notice, which of theirs
    would come later. A firm is told when a date has moved, not before (`notice.recounted`).
    """
    found = list(_recounts(session))
    if not found:
        return 0
    cause = f"calendar.changed:{calendars.load_view(session).version}"
    body = f"{len(found)} 项待核"
    told = telling.administrators(session, CHANGED, cause, body, "/a/calendar", now)
    issuers: dict[uuid.UUID, list[str]] = {}
    for each in found:
        if each.moves and each.row.Notice.issued_by is not None:
            numbers = issuers.setdefault(each.row.Notice.issued_by, [])
            numbers += [each.row.Notice.number] if each.row.Notice.number not in numbers else []
    for issuer, numbers in issuers.items():
        named = "、".join(numbers[:NAMED]) + (f" 等 {len(numbers)} 份" if len(numbers) > NAMED else "")
        told += messages.tell(session, CHANGED, cause, [issuer], named, "/s/notices", now)
    return told


def apply(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """Move the deadlines that were confirmed, each to the hour that the list showed.

    Raises `RecountStale` where a line says something else by now.
    """
    require(identity, Permission.CALENDAR_IMPORT)
    asked = {each["notice_item_id"]: each["due_at"] for each in body["items"]}
    notice_ids = {queries.notice_of_line(session, item_id) for item_id in asked}
    if None in notice_ids:
        raise NotFound()
    for notice_id in sorted(each for each in notice_ids if each is not None):
        notices.visible(session, identity, notice_id)
    session.expire_all()
    open_now = {each.row.NoticeItem.id: each for each in _recounts(session)}
    for item_id, due_at in sorted(asked.items()):
        found = open_now.get(item_id)
        if found is None or found.new_due_at != due_at:
            raise errors.RecountStale(notice_item_id=str(item_id))
        _move(session, identity, found, context)
    for notice_id in sorted(each for each in notice_ids if each is not None):
        notices.settle(session, notice_id)
    return {"moved": len(asked)}


def _move(session: Session, identity: Identity, found: Recount, context: CommandContext) -> None:
    item, notice = found.row.NoticeItem, found.row.Notice
    finding = findings.visible(session, identity, item.finding_id)
    before, moves = item.due_at, found.moves
    new, provisional = found.new_due_at, found.provisional
    deadlines.move(session, item, finding, new, provisional, "calendar", None, context)
    data = {"number": notice.number, "printed_due_at": item.printed_due_at, "before": before}
    data |= {"due_at": item.due_at, "calendar": calendars.load_view(session).version}
    findings.record(session, identity, finding.id, "notice.recount", context, data)
    if moves:
        to = telling.concerned(session, Actor.FIRM_AND_ISSUER, finding, notice, context.now)
        cause = f"notice.recounted:{finding.id}:{context.command_id}"
        body = telling.words(session, finding, notice)
        telling.tell(session, "notice.recounted", cause, to, finding, body, context.now)
