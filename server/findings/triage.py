"""Use cases of the office: deciding what a report is, handing it on, sending somebody to look again.

Apart from `service.py` because those who find and those who decide are different people; both go
through `service.advance`.
"""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from server.core.commands import CommandContext
from server.core.identity import Identity, Role
from server.core.problems import NotFound
from server.findings import errors, queries, service
from server.findings.models import Finding
from server.findings.rules import FindingAction, FindingState


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


def transfer(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """Hand the case to the department with the power (移送)."""
    finding = service.visible(session, identity, body["finding_id"])
    unit = queries.department(session, body["organisation_id"])
    if unit is None:
        raise NotFound()
    data = {"organisation_id": str(unit.id), "organisation": unit.name, "reason": body["reason"]}
    service.advance(session, identity, finding, FindingAction.TRANSFER, context, data)
    return service.told(finding)


def conclude_transfer(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """What the department reported closes the case."""
    finding = service.visible(session, identity, body["finding_id"])
    service.advance(
        session, identity, finding, FindingAction.CONCLUDE_TRANSFER, context, {"text": body["text"]}
    )
    return service.told(finding)


def reopen(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """A relapse or a look-back (回头看) opens the case again, with its history."""
    finding = service.visible(session, identity, body["finding_id"])
    finding.overdue_at = None
    finding.orders = 0
    finding.failed_reviews = 0
    service.advance(session, identity, finding, FindingAction.REOPEN, context, {"reason": body["reason"]})
    return service.told(finding)


def dispatch_review(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """Send somebody to re-check (派人复查); not the finder where the unit has another."""
    finding = service.visible(session, identity, body["finding_id"])
    reviewer = queries.user(session, body["reviewer_id"])
    if reviewer is None or not reviewer.is_active or reviewer.role not in (Role.INSPECTOR, Role.SUPERVISOR):
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
