"""复查: judging what a firm answered, asking for more, and sending somebody to look."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from geoalchemy2 import WKTElement
from sqlalchemy.orm import Session

from server.core.commands import CommandContext
from server.core.identity import Identity
from server.core.permissions import Permission, require
from server.findings import service as findings
from server.findings import triage
from server.findings.models import Finding
from server.findings.rules import FindingAction
from server.notices import deadlines, errors, queries, service
from server.notices.models import Notice, NoticeItem, Response, Review
from server.notices.procedure_rules import ResponseAction
from server.notices.rules import ItemState
from server.photos.models import PhotoStage


def review(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """复查: passed writes the case off (销号), failed sends it back to the firm.

    The verdict is about the answer that stood when it was made: one made before the firm answered anew
    is refused, however late it arrives.
    """
    notice, finding = service.of_case(session, identity, body["finding_id"])
    require(identity, Permission.FINDING_REVIEW, finding)
    item, response = _answer_of(session, finding, notice)
    triage.refuse_own_review(session, finding, identity.user_id)
    if not body["text"] and (not body["passed"] or not body["photos"]):
        raise errors.ReviewEmpty()
    if response.submitted_at > _moment(body["reviewed_at"], context):
        raise errors.AnsweredSince()
    assert notice is not None
    action = FindingAction.PASS_REVIEW if body["passed"] else FindingAction.FAIL_REVIEW
    service.move_item(item, action.value)
    verdict = ResponseAction.PASS if body["passed"] else ResponseAction.FAIL
    service.move_response(identity, response, notice, verdict)
    session.add(_review(body, identity, finding, item, response, context))
    session.flush()
    finding.failed_reviews += 0 if body["passed"] else 1
    finding.reviewer_id = None
    data = {
        "number": notice.number,
        "text": body["text"],
        "partly": body["partly"] and not body["passed"],
        "photos": service.hashes(body["photos"]),
    }
    findings.advance(session, identity, finding, action, context, data)
    photos, review_id = body["photos"], body["review_id"]
    service.declare(session, identity, finding.id, notice, photos, PhotoStage.REVIEW, review_id, context)
    service.settle(session, notice.id)
    return {"finding_id": str(finding.id), "state": finding.state.value, "notice_state": notice.state.value}


def ask_more(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """The answer does not show enough: back to the firm, which gets at least a working day for it."""
    notice, finding = service.of_case(session, identity, body["finding_id"])
    require(identity, Permission.FINDING_REVIEW, finding)
    item, response = _answer_of(session, finding, notice)
    assert notice is not None
    service.move_response(identity, response, notice, ResponseAction.ASK_MORE)
    response.more_asked = body["text"]
    service.return_item(session, item, "ask_more")
    finding.reviewer_id = None
    n = deadlines.terms(session).need_more_workdays
    due_at = max(item.due_at, deadlines.workdays(session, context.now, n))
    provisional = item.provisional and due_at == item.due_at
    deadlines.move(session, item, finding, due_at, provisional, "ask_more", response.id, context)
    data = {"number": notice.number, "text": body["text"], "due_at": item.due_at}
    findings.advance(session, identity, finding, FindingAction.ASK_MORE, context, data)
    service.settle(session, notice.id)
    return {"finding_id": str(finding.id), "state": finding.state.value, "notice_state": notice.state.value}


def dispatch_review(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """Send somebody to re-check; from now on the firm cannot take its answer back."""
    notice, finding = service.of_case(session, identity, body["finding_id"])
    told = triage.dispatch_review(session, identity, body, context)
    item = queries.current_item(session, finding)
    response = queries.latest_response(session, item.id) if item else None
    if notice is not None and response is not None:
        service.move_response(identity, response, notice, ResponseAction.ACCEPT)
        service.settle(session, notice.id)
    return told


def _answer_of(session: Session, finding: Finding, notice: Notice | None) -> tuple[NoticeItem, Response]:
    """The line in force and the answer to be judged; raises `NothingToReview`."""
    item = queries.current_item(session, finding)
    response = queries.latest_response(session, item.id) if item else None
    if notice is None or item is None or response is None or item.state is not ItemState.ANSWERED:
        raise errors.NothingToReview(state=finding.state.value)
    return item, response


def _moment(reviewed_at: datetime, context: CommandContext) -> datetime:
    """The phone's time by our clock."""
    return reviewed_at - timedelta(milliseconds=context.clock_offset_ms or 0)


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
        partly=body["partly"] and not body["passed"],
        text=body["text"],
        position=WKTElement(f"POINT({spot['lon']!r} {spot['lat']!r})", srid=4326) if spot else None,
        accuracy_m=spot["accuracy_m"] if spot else None,
        reviewed_at=body["reviewed_at"],
        received_at=context.now,
        reviewed_by=identity.user_id,
    )
