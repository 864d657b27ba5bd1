"""异议: the firm says that an item is wrong, the issuing unit decides. The term goes on meanwhile."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from server.core.commands import CommandContext
from server.core.identity import Identity
from server.core.permissions import Permission
from server.findings import service as findings
from server.findings.rules import FindingAction
from server.notices import errors, procedure_queries, requests, service
from server.notices.models import Notice, Objection
from server.notices.procedure_rules import OBJECTION_TRANSITIONS, RequestState
from server.notices.rules import ItemState
from server.photos.models import PhotoStage

KIND = requests.Kind(
    "objection",
    "object_to_item",
    Objection,
    OBJECTION_TRANSITIONS,
    Permission.OBJECTION_FILE,
    frozenset({ItemState.PENDING, ItemState.ANSWERED, ItemState.FAILED}),
)


def file(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """Object to one item before its term ends; once per item, with photos where they help."""
    line = requests.line_of(session, identity, KIND, body)
    if procedure_queries.objection_to(session, line.item.id) is not None:
        raise errors.ObjectionMade()
    if line.finding.clock_from is not None and context.now >= line.item.due_at:
        raise errors.ObjectionLate()
    objection = Objection(
        **line.keys,
        id=body["objection_id"],
        reason=body["reason"],
        state=RequestState.PENDING,
        filed_at=context.now,
        filed_by=identity.user_id,
    )
    photos = body["photos"]
    said = {"reason": objection.reason, "photos": service.hashes(photos)}
    requests.put(session, identity, KIND, objection, line, "objection.file", said, context)
    service.declare(
        *(session, identity, line.finding.id, line.notice),
        *(photos, PhotoStage.OBJECTION, objection.id, context),
    )
    return _told(objection)


def withdraw(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """The firm accepts the item after all."""
    return _told(requests.withdraw(session, identity, KIND, body, context))


def decide(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """Uphold it, which takes the item back (the case ends, or goes on without this firm), or refuse it."""
    objection, notice = requests.decide(session, identity, KIND, body, body["upheld"], context)
    if identity.organisation_id != notice.organisation_id:
        raise errors.NotYourDecision()
    data = requests.about(KIND, objection, notice) | {"text": body["text"]}
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


def _told(objection: Objection) -> dict[str, Any]:
    return {"objection_id": str(objection.id), "state": objection.state.value}
