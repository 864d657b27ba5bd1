"""Use cases of the office: deciding what a report is, handing it on, sending somebody to look again.

Apart from `service.py` because those who find and those who decide are different people; both go
through `service.advance`.
"""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from server.accounts.rules import account_open
from server.core.commands import CommandContext
from server.core.identity import Identity, Role
from server.findings import errors, queries, service
from server.findings.models import Finding
from server.findings.rules import FindingAction, FindingState
from server.photos import service as photos


def confirm(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """Triage: it is real and ours (确认)."""
    finding = service.visible(session, identity, body["finding_id"])
    service.advance(session, identity, finding, FindingAction.CONFIRM, context, {"note": body["note"]})
    return service.told(finding)


def reject(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """Triage: no hazard (驳回)."""
    finding = service.visible(session, identity, body["finding_id"])
    service.advance(session, identity, finding, FindingAction.REJECT, context, {"reason": body["reason"]})
    return service.told(finding)


def return_for_more(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """Triage: something is missing (退回补充)."""
    finding = service.visible(session, identity, body["finding_id"])
    service.advance(session, identity, finding, FindingAction.RETURN, context, {"reason": body["reason"]})
    return service.told(finding)


def mark_duplicate(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """Triage: an older case is about the same thing (并案); both files say so."""
    if body["master_id"] == body["finding_id"]:
        raise errors.DuplicateOfItself()
    # Locked in the order of their ids, or two supervisors merging crosswise would block each other.
    for case_id in sorted((body["master_id"], body["finding_id"])):
        queries.locked(session, case_id)
    finding = service.visible(session, identity, body["finding_id"])
    master = service.visible(session, identity, body["master_id"])
    if master.state in (FindingState.DUPLICATE, FindingState.REJECTED):
        raise errors.MasterNotUsable(state=master.state.value)
    data = {"master_id": str(master.id), "reason": body["reason"]}
    finding.master_id = master.id
    service.advance(session, identity, finding, FindingAction.MARK_DUPLICATE, context, data)
    service.record(session, identity, master.id, "finding.absorb", context, {"duplicate_id": str(finding.id)})
    return service.told(finding)


def reopen(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """A relapse or a look-back (回头看) opens the case again, with its history."""
    finding = service.visible(session, identity, body["finding_id"])
    _reopen(session, identity, finding, context, {"reason": body["reason"]})
    return service.told(finding)


def reopen_relapse(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """复发: the case that was closed a short while ago opens again with its history.

    The new report is absorbed into it, and its photos join the old case as how it is now.
    """
    peeked = session.get(Finding, body["finding_id"])
    ids = {body["finding_id"], peeked.relapse_of if peeked else None} - {None}
    for case_id in sorted(ids):
        queries.locked(session, case_id)
    finding = service.visible(session, identity, body["finding_id"])
    if finding.relapse_of is None:
        raise errors.NoRelapse()
    old = service.visible(session, identity, finding.relapse_of)
    reason = {"reason": body["reason"], "relapse": str(finding.id)}
    _reopen(session, identity, old, context, reason)
    finding.master_id = old.id
    absorbed = {"master_id": str(old.id), "reason": body["reason"]}
    service.advance(session, identity, finding, FindingAction.MARK_DUPLICATE, context, absorbed)
    adopted = photos.adopt(session, identity, finding.id, old.id, context.now)
    data = {"duplicate_id": str(finding.id), "photos": adopted}
    service.record(session, identity, old.id, "finding.absorb", context, data)
    return service.told(old)


def _reopen(
    session: Session, identity: Identity, finding: Finding, context: CommandContext, data: dict[str, Any]
) -> None:
    """A new round: new notice, new service, new term."""
    finding.overdue_at, finding.clock_from, finding.due_at = None, None, None
    finding.orders = 0
    finding.failed_reviews = 0
    service.advance(session, identity, finding, FindingAction.REOPEN, context, data)


def dispatch_review(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """Send somebody to re-check (派人复查); not the finder where the unit has another."""
    finding = service.visible(session, identity, body["finding_id"])
    reviewer = queries.user(session, body["reviewer_id"])
    if reviewer is None or reviewer.role not in (Role.INSPECTOR, Role.SUPERVISOR):
        raise errors.ReviewerNotUsable()
    if not account_open(reviewer.is_active, reviewer.valid_until, context.now):
        raise errors.ReviewerNotUsable()
    if reviewer.path is None or not f"{finding.path}.".startswith(f"{reviewer.path}."):
        raise errors.ReviewerNotUsable()
    refuse_own_review(session, finding, reviewer.id)
    finding.reviewer_id = reviewer.id
    data = {"reviewer_id": str(reviewer.id), "reviewer": reviewer.display_name}
    service.advance(session, identity, finding, FindingAction.DISPATCH_REVIEW, context, data)
    return service.told(finding)


def refuse_own_review(session: Session, finding: Finding, reviewer_id: uuid.UUID | None) -> None:
    """Raise `OwnReview` when the finder would judge their own finding though a colleague could."""
    if reviewer_id != finding.found_by:
        return
    if queries.has_other_reviewer(session, finding.found_by, finding.organisation_id):
        raise errors.OwnReview()
