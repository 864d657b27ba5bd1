"""异议: the firm says that an item is wrong, the issuing unit decides. The term goes on meanwhile."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from server.core.commands import CommandContext
from server.core.identity import Identity
from server.core.permissions import Permission, require
from server.core.problems import NotFound
from server.findings import service as findings
from server.findings.rules import FindingAction
from server.notices import errors, queries, service
from server.notices.models import Notice, Objection
from server.notices.rules import OBJECTION_TRANSITIONS, ItemState, RequestAction, RequestState
from server.photos.models import PhotoStage

OPEN_ITEMS = (ItemState.PENDING, ItemState.ANSWERED, ItemState.FAILED)


def file(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """Object to one item before its term ends; once per item, with photos where they help."""
    notice = service.visible(session, identity, body["notice_id"])
    require(identity, Permission.OBJECTION_FILE, notice)
    item, finding = service.item_of(session, identity, notice, body["finding_id"], "object_to_item")
    if item.state not in OPEN_ITEMS:
        raise errors.IllegalAction(state=item.state.value, action="object_to_item")
    if queries.objection_to(session, item.id) is not None:
        raise errors.ObjectionMade()
    if finding.clock_from is not None and context.now >= item.due_at:
        raise errors.ObjectionLate()
    objection = Objection(
        id=body["objection_id"],
        notice_id=notice.id,
        notice_item_id=item.id,
        finding_id=finding.id,
        reason=body["reason"],
        state=RequestState.PENDING,
        filed_at=context.now,
        filed_by=identity.user_id,
    )
    session.add(objection)
    session.flush()
    data = {
        "number": notice.number,
        "objection_id": str(objection.id),
        "reason": objection.reason,
        "photos": service.hashes(body["photos"]),
    }
    findings.record(session, identity, finding.id, "objection.file", context, data)
    photos = body["photos"]
    service.declare(session, identity, finding.id, notice, photos, PhotoStage.AFTER, objection.id, context)
    service.settle(session, notice.id)
    return _told(objection)


def withdraw(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """The firm accepts the item after all."""
    objection, notice = _pending(session, identity, body)
    service.move_request(identity, objection, notice, RequestAction.WITHDRAW, OBJECTION_TRANSITIONS)
    data = {"number": notice.number, "objection_id": str(objection.id)}
    findings.record(session, identity, objection.finding_id, "objection.withdraw", context, data)
    service.settle(session, notice.id)
    return _told(objection)


def decide(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """Uphold it, which takes the item back (the case ends, or goes on without this firm), or refuse it."""
    objection, notice = _pending(session, identity, body)
    action = RequestAction.GRANT if body["upheld"] else RequestAction.REFUSE
    service.move_request(identity, objection, notice, action, OBJECTION_TRANSITIONS)
    if identity.organisation_id != notice.organisation_id:
        raise errors.NotYourDecision()
    objection.decided_at, objection.decided_by = context.now, identity.user_id
    objection.decision_text = body["text"]
    data = {"number": notice.number, "objection_id": str(objection.id), "text": body["text"]}
    if body["upheld"]:
        _withdraw_item(session, identity, objection, notice, body["case_goes_on"], data, context)
    else:
        findings.record(session, identity, objection.finding_id, "objection.refuse", context, data)
    service.settle(session, notice.id)
    return _told(objection)


def _withdraw_item(
    session: Session,
    identity: Identity,
    objection: Objection,
    notice: Notice,
    case_goes_on: bool,
    data: dict[str, Any],
    context: CommandContext,
) -> None:
    item, finding = service.item_of(session, identity, notice, objection.finding_id, "decide_objection")
    service.move_item(item, "withdraw_item")
    finding.overdue_at, finding.clock_from, finding.reviewer_id = None, None, None
    action = FindingAction.RELEASE_ITEM if case_goes_on else FindingAction.WITHDRAW_ITEM
    findings.advance(session, identity, finding, action, context, data)
    if case_goes_on:
        finding.notice_id, finding.notice_number, finding.due_at = None, None, None
        finding.orders, finding.failed_reviews = 0, 0


def _pending(session: Session, identity: Identity, body: dict[str, Any]) -> tuple[Objection, Notice]:
    objection = queries.objection(session, body["objection_id"])
    if objection is None:
        raise NotFound()
    notice = service.visible(session, identity, objection.notice_id)
    session.refresh(objection)
    return objection, notice


def _told(objection: Objection) -> dict[str, Any]:
    return {"objection_id": str(objection.id), "state": objection.state.value}
