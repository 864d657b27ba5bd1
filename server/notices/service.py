"""What a firm does about an issued notice, and what all acts on a notice share.

Rows are always locked in the order notice, then finding: two acts that meet wait for each other
instead of standing crosswise. Serving is `serving`, judging is `reviewing`, extensions, objections
and duty reports have files of their own.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from server.core.commands import CommandContext
from server.core.identity import SYSTEM, Identity, Role
from server.core.permissions import Permission, require, require_visible
from server.core.problems import Forbidden, NotFound
from server.findings import service as findings
from server.findings.models import Finding
from server.findings.rules import FindingAction, FindingState
from server.notices import errors, procedure_queries, queries
from server.notices.models import Extension, Notice, NoticeItem, Objection, Response
from server.notices.procedure_rules import (
    EXTENSION_TRANSITIONS,
    OBJECTION_TRANSITIONS,
    RESPONSE_TRANSITIONS,
    RequestAction,
    RequestState,
    ResponseAction,
    ResponseState,
    Step,
)
from server.notices.rules import ITEM_TRANSITIONS, SETTLED, TRANSITIONS, ItemState, NoticeAction, state_of
from server.photos import service as photos
from server.photos.models import PhotoStage


def visible(session: Session, identity: Identity, notice_id: uuid.UUID) -> Notice:
    """The notice, locked for this transaction; `NotFound` where it is absent or out of sight."""
    notice = queries.locked(session, notice_id)
    require_visible(identity, Permission.NOTICE_READ, notice)
    assert notice is not None
    return notice


def of_case(session: Session, identity: Identity, finding_id: uuid.UUID) -> tuple[Notice | None, Finding]:
    """The case and the notice now in force about it, locked in the house's order; `NotFound` as `visible`."""
    peeked = session.get(Finding, finding_id)
    notice = queries.locked(session, peeked.notice_id) if peeked and peeked.notice_id else None
    return notice, findings.visible(session, identity, finding_id)


def item_of(
    session: Session, identity: Identity, notice: Notice, finding_id: uuid.UUID, action: str
) -> tuple[NoticeItem, Finding]:
    """One line of a notice with its case, locked.

    Raises `UnknownItem`, `IllegalAction` where a second order has taken the case over: it is judged there;
    and for a firm `WithDepartment` while a department holds the case: nothing is asked of it meanwhile.
    """
    item = next((one for one in queries.items(session, [notice.id]) if one.finding_id == finding_id), None)
    if item is None:
        raise errors.UnknownItem()
    finding = findings.visible(session, identity, finding_id)
    if finding.notice_id != notice.id:
        raise errors.IllegalAction(state=notice.state.value, action=action)
    if identity.is_firm and finding.state is FindingState.TRANSFERRED:
        raise errors.WithDepartment()
    return item, finding


def answer_item(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """The firm says what it did about one item, with photos of how it is now."""
    notice = visible(session, identity, body["notice_id"])
    if not body["text"] and not body["photos"]:
        raise errors.AnswerEmpty()
    item, finding = item_of(session, identity, notice, body["finding_id"], "answer_item")
    response = answered(
        session, identity, notice, item, finding, body["response_id"], body["text"], body["photos"], context
    )
    declare(session, identity, finding.id, notice, body["photos"], PhotoStage.AFTER, response.id, context)
    settle(session, notice.id)
    return told(notice) | {"finding_id": str(finding.id), "finding_state": finding.state.value}


def answered(
    session: Session,
    identity: Identity,
    notice: Notice,
    item: NoticeItem,
    finding: Finding,
    response_id: uuid.UUID,
    text: str,
    declarations: Sequence[dict[str, Any]],
    context: CommandContext,
) -> Response:
    """Put one answer down. Late is what comes after the date in force, once the clock runs."""
    require_step(identity, notice, NoticeAction.ANSWER_ITEM)
    late = finding.clock_from is not None and context.now > item.due_at
    move_item(item, "answer")
    response = Response(
        id=response_id,
        notice_item_id=item.id,
        finding_id=finding.id,
        text=text,
        submitted_at=context.now,
        submitted_by=identity.user_id,
        link_id=identity.link_id,
        late=late,
        state=ResponseState.SUBMITTED,
    )
    session.add(response)
    session.flush()
    data = {"number": notice.number, "text": text, "late": late, "photos": hashes(declarations)}
    findings.advance(session, identity, finding, FindingAction.ANSWER, context, data)
    return response


def withdraw_answer(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """The firm takes an answer back that nobody has taken up; the date in force goes on."""
    response = queries.response(session, body["response_id"])
    if response is None:
        raise NotFound()
    notice, finding = of_case(session, identity, response.finding_id)
    item = queries.current_item(session, finding)
    if notice is None or item is None or item.id != response.notice_item_id:
        raise errors.NotWithdrawable()
    session.refresh(response)
    move_response(identity, response, notice, ResponseAction.WITHDRAW)
    return_item(session, item, "withdraw_answer")
    data = {"number": notice.number, "response_id": str(response.id)}
    findings.advance(session, identity, finding, FindingAction.WITHDRAW_ANSWER, context, data)
    settle(session, notice.id)
    return told(notice) | {"finding_id": str(finding.id), "finding_state": finding.state.value}


def settle(session: Session, notice_id: uuid.UUID) -> None:
    """Bring the notice's state in line with its items, and have the phones pull it again.

    What is said of an item stands in the notice's document, though not in its row: without a touch
    an answer to one of two items would never reach a phone that already has the notice. What the firm
    asked about an item that is over or was taken over by a second order is moot.
    """
    notice = queries.locked(session, notice_id)
    if notice is None or notice.state in SETTLED:
        return
    flag_modified(notice, "state")
    session.flush()
    states = []
    superseded = True
    for row in queries.item_rows(session, [notice.id]):
        item, over = row.NoticeItem, row.Finding.notice_id != notice.id
        ended = item.state in (ItemState.PASSED, ItemState.WITHDRAWN)
        if over or ended:
            overtake(session, item)
        states.append(ItemState.FAILED if over and not ended else item.state)
        superseded = superseded and (over or ended or item.state is not ItemState.FAILED)
    if (notice.state, NoticeAction.SETTLE) in TRANSITIONS:
        notice.state = state_of(states, superseded=superseded, before=notice.state)


def overtake(session: Session, item: NoticeItem) -> None:
    """What the firm asked about an item that is over needs no decision any more."""
    for row in (
        procedure_queries.pending_extension(session, item.id),
        procedure_queries.pending_objection(session, item.id),
    ):
        if row is not None:
            table = EXTENSION_TRANSITIONS if isinstance(row, Extension) else OBJECTION_TRANSITIONS
            move_request(SYSTEM, row, None, RequestAction.OVERTAKE, table)


def require_step(identity: Identity, notice: Notice, action: NoticeAction) -> None:
    """Raise `IllegalAction` where the table has no such step, `Forbidden` where the role may not."""
    transition = TRANSITIONS.get((notice.state, action))
    if transition is None:
        raise errors.IllegalAction(state=notice.state.value, action=action.value)
    if transition.permission != "system":
        require(identity, Permission(transition.permission), notice)
    elif identity.role is not Role.SYSTEM:
        raise Forbidden()


def step(identity: Identity, notice: Notice, action: NoticeAction) -> None:
    """Move the notice along its table; raises what `require_step` raises."""
    require_step(identity, notice, action)
    target = TRANSITIONS[(notice.state, action)].to
    if target is not None:
        notice.state = target


def move_item(item: NoticeItem, act: str) -> None:
    """Move a line along its table; raises `IllegalAction`."""
    target = ITEM_TRANSITIONS.get((item.state, act))
    if target is None:
        raise errors.IllegalAction(state=item.state.value, action=act)
    item.state = target


def return_item(session: Session, item: NoticeItem, act: str) -> None:
    """Give a line back to the firm; one that failed a review before stays failed."""
    move_item(item, act)
    if queries.failed_before(session, item.id):
        item.state = ItemState.FAILED


def move_response(identity: Identity, response: Response, notice: Notice, action: ResponseAction) -> None:
    """Move an answer along its table; raises `NotWithdrawable` or `IllegalAction`, `Forbidden`."""
    transition = RESPONSE_TRANSITIONS.get((response.state, action))
    if transition is None:
        if action is ResponseAction.WITHDRAW:
            raise errors.NotWithdrawable(state=response.state.value)
        raise errors.IllegalAction(state=response.state.value, action=action.value)
    require(identity, Permission(transition.permission), notice)
    response.state = ResponseState(transition.to)


def move_request(
    identity: Identity,
    row: Extension | Objection,
    notice: Notice | None,
    action: RequestAction,
    table: Mapping[tuple[StrEnum, StrEnum], Step],
) -> None:
    """Move an extension or objection along its table; raises `RequestClosed`, `Forbidden`."""
    transition = table.get((row.state, action))
    if transition is None:
        raise errors.RequestClosed(state=row.state.value)
    if transition.permission != "system":
        require(identity, Permission(transition.permission), notice)
    elif identity.role is not Role.SYSTEM:
        raise Forbidden()
    row.state = RequestState(transition.to)


def declare(
    session: Session,
    identity: Identity,
    finding_id: uuid.UUID,
    notice: Notice,
    declarations: Sequence[dict[str, Any]],
    stage: PhotoStage,
    group_id: uuid.UUID,
    context: CommandContext,
) -> None:
    """Expect the photos of an act on a notice; the firm sees them."""
    photos.declare(
        session,
        identity,
        case_id=finding_id,
        stage=stage,
        group_id=group_id,
        declarations=declarations,
        path=notice.path,
        firm_id=notice.firm_id,
        now=context.now,
    )


def hashes(declarations: Sequence[dict[str, Any]]) -> list[str]:
    """What a ledger line names of photos."""
    return [photo["sha256"].hex() for photo in declarations]


def told(notice: Notice) -> dict[str, Any]:
    """The answer to a command: enough for the phone to redraw before the next pull."""
    return {"notice_id": str(notice.id), "state": notice.state.value, "number": notice.number}
