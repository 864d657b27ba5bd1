"""What happens to an issued notice: acknowledged, answered item by item, reviewed, settled.

Rows are always locked in the order notice, then finding: two acts that meet wait for each other
instead of standing crosswise.
"""

from __future__ import annotations

import uuid
from typing import Any

from geoalchemy2 import WKTElement
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from server.calendars import rules as calendar_rules
from server.calendars import service as calendars
from server.calendars.rules import Term, Unit
from server.core import context as house
from server.core.commands import CommandContext
from server.core.identity import Identity
from server.core.permissions import Permission, require, require_visible
from server.findings import service as findings
from server.findings import triage
from server.findings.models import Finding
from server.findings.rules import FindingAction
from server.notices import errors, queries
from server.notices.models import Notice, NoticeItem, Response, Review
from server.notices.rules import (
    ITEM_TRANSITIONS,
    SETTLED,
    TRANSITIONS,
    ItemState,
    NoticeAction,
    later_of,
    state_of,
)
from server.photos import service as photos
from server.photos.models import PhotoStage


def visible(session: Session, identity: Identity, notice_id: uuid.UUID) -> Notice:
    """The notice, locked for this transaction; `NotFound` where it is absent or out of sight."""
    notice = queries.locked(session, notice_id)
    require_visible(identity, Permission.NOTICE_READ, notice)
    assert notice is not None
    return notice


def acknowledge(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """签收: the firm has received it; the clock of every item starts now and dates only move later."""
    notice = visible(session, identity, body["notice_id"])
    step(identity, notice, NoticeAction.ACKNOWLEDGE)
    notice.acknowledged_at, notice.acknowledged_by = context.now, identity.user_id
    notice.receipt = {"name": body["name"], "title": body["title"], "phone": body["phone"]}
    for item in queries.items(session, [notice.id]):
        _serve(session, item, context)
        finding = findings.visible(session, identity, item.finding_id)
        finding.due_at, finding.due_provisional = item.due_at, item.provisional
        data = {"number": notice.number, "receipt": notice.receipt, "due_at": item.due_at}
        findings.advance(session, identity, finding, FindingAction.ACKNOWLEDGE, context, data)
    return _told(notice)


def answer_item(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """The firm says what it did about one item, with photos of how it is now."""
    notice = visible(session, identity, body["notice_id"])
    if (notice.state, NoticeAction.ANSWER_ITEM) not in TRANSITIONS:
        raise errors.IllegalAction(state=notice.state.value, action="answer_item")
    if not body["text"] and not body["photos"]:
        raise errors.AnswerEmpty()
    item = _item_about(session, notice, body["finding_id"])
    finding = findings.visible(session, identity, body["finding_id"])
    if finding.notice_id != notice.id:  # a second order has taken it over, and is where it is judged
        raise errors.IllegalAction(state=notice.state.value, action="answer_item")
    late = context.now > item.due_at
    _move_item(item, "answer")
    response = Response(
        id=body["response_id"],
        notice_item_id=item.id,
        finding_id=finding.id,
        text=body["text"],
        submitted_at=context.now,
        submitted_by=identity.user_id,
        late=late,
    )
    session.add(response)
    session.flush()
    data = {
        "number": notice.number,
        "text": response.text,
        "late": late,
        "photos": [photo["sha256"].hex() for photo in body["photos"]],
    }
    findings.advance(session, identity, finding, FindingAction.ANSWER, context, data)
    _declare(session, identity, finding, notice, body, PhotoStage.AFTER, response.id, context)
    settle(session, notice.id)
    return _told(notice) | {"finding_id": str(finding.id), "finding_state": finding.state.value}


def review(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """复查: passed writes the case off (销号), failed sends it back to the firm."""
    peeked = session.get(Finding, body["finding_id"])
    notice = queries.locked(session, peeked.notice_id) if peeked and peeked.notice_id else None
    finding = findings.visible(session, identity, body["finding_id"])
    require(identity, Permission.FINDING_REVIEW, finding)
    item = queries.current_item(session, finding)
    response = queries.latest_response(session, item.id) if item else None
    if notice is None or item is None or response is None or item.state is not ItemState.ANSWERED:
        raise errors.NothingToReview(state=finding.state.value)
    triage.refuse_own_review(session, finding, identity.user_id)
    action = FindingAction.PASS_REVIEW if body["passed"] else FindingAction.FAIL_REVIEW
    _move_item(item, action.value)
    session.add(_review(body, identity, finding, item, response, context))
    session.flush()
    finding.failed_reviews += 0 if body["passed"] else 1
    finding.reviewer_id = None
    data = {
        "number": notice.number,
        "text": body["text"],
        "photos": [photo["sha256"].hex() for photo in body["photos"]],
    }
    findings.advance(session, identity, finding, action, context, data)
    _declare(session, identity, finding, notice, body, PhotoStage.REVIEW, body["review_id"], context)
    settle(session, notice.id)
    return {"finding_id": str(finding.id), "state": finding.state.value, "notice_state": notice.state.value}


def settle(session: Session, notice_id: uuid.UUID) -> None:
    """Bring the notice's state in line with its items, and have the phones pull it again.

    What is said of an item stands in the notice's document, though not in its row: without a touch
    an answer to one of two items would never reach a phone that already has the notice.
    """
    notice = queries.locked(session, notice_id)
    if notice is None or notice.state in SETTLED:
        return
    flag_modified(notice, "state")
    if (notice.state, NoticeAction.SETTLE) in TRANSITIONS:
        rows = queries.item_rows(session, [notice.id])
        failed = [row.Finding for row in rows if row.NoticeItem.state is ItemState.FAILED]
        superseded = all(finding.notice_id != notice.id for finding in failed)
        notice.state = state_of([row.NoticeItem.state for row in rows], superseded=superseded)


def step(identity: Identity, notice: Notice, action: NoticeAction) -> None:
    """Move the notice by the table; raises `IllegalAction` or `Forbidden`."""
    transition = TRANSITIONS.get((notice.state, action))
    if transition is None:
        raise errors.IllegalAction(state=notice.state.value, action=action.value)
    require(identity, Permission(transition.permission), notice)
    if transition.to is not None:
        notice.state = transition.to


def _serve(session: Session, item: NoticeItem, context: CommandContext) -> None:
    """Recount the item's term from service; a date set by hand stands as printed."""
    if item.unit == "fixed":
        return
    view = calendars.load_view(session)
    close = house.settings().close_of_business
    recount = calendar_rules.due(context.now, Term(item.term, Unit(item.unit)), view, close_of_business=close)
    if later_of(item.printed_due_at, recount.at) != item.printed_due_at:
        item.due_at, item.provisional = recount.at, recount.provisional


def _item_about(session: Session, notice: Notice, finding_id: uuid.UUID) -> NoticeItem:
    for item in queries.items(session, [notice.id]):
        if item.finding_id == finding_id:
            return item
    raise errors.UnknownItem()


def _move_item(item: NoticeItem, act: str) -> None:
    target = ITEM_TRANSITIONS.get((item.state, act))
    if target is None:
        raise errors.IllegalAction(state=item.state.value, action=act)
    item.state = target


def _review(
    body: dict[str, Any],
    identity: Identity,
    finding: Finding,
    item: NoticeItem,
    response: Response,
    context: CommandContext,
) -> Review:
    spot = body["position"]
    return Review(
        id=body["review_id"],
        finding_id=finding.id,
        notice_item_id=item.id,
        response_id=response.id,
        passed=body["passed"],
        text=body["text"],
        position=WKTElement(f"POINT({spot['lon']!r} {spot['lat']!r})", srid=4326) if spot else None,
        accuracy_m=spot["accuracy_m"] if spot else None,
        reviewed_at=body["reviewed_at"],
        received_at=context.now,
        reviewed_by=identity.user_id,
    )


def _declare(
    session: Session,
    identity: Identity,
    finding: Finding,
    notice: Notice,
    body: dict[str, Any],
    stage: PhotoStage,
    group_id: uuid.UUID,
    context: CommandContext,
) -> None:
    photos.declare(
        session,
        identity,
        case_id=finding.id,
        stage=stage,
        group_id=group_id,
        declarations=body["photos"],
        path=finding.path,
        firm_id=notice.firm_id,
        now=context.now,
    )


def _told(notice: Notice) -> dict[str, Any]:
    return {"notice_id": str(notice.id), "state": notice.state.value, "number": notice.number}
