"""The list of commands: kind, schema of the body, use case.

One table instead of a route a use case, because every write must be repeatable, deliverable late and
in any order relative to other phones; whoever adds a use case adds a line here.
"""

from __future__ import annotations

from dataclasses import dataclass

import marshmallow as ma

from server.core.commands import Handler
from server.documents import ending as documents
from server.documents import schemas as document
from server.escalation import deciding, measures, recount
from server.escalation import schemas as ladder
from server.findings import schemas as finding
from server.findings import service as findings
from server.findings import triage
from server.notices import ending, issuing
from server.notices import schemas as notice
from server.notices import service as notices
from server.rounds import schemas as round_
from server.rounds import service as rounds


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of command is read and done. The schema is an instance: making one takes 0.2 ms."""

    schema: ma.Schema
    handler: Handler


KINDS: dict[str, Kind] = {
    "check_in": Kind(round_.CheckInSchema(), rounds.check_in),
    "answer_checklist": Kind(round_.AnswerChecklistSchema(), rounds.answer_checklist),
    "leave": Kind(round_.LeaveSchema(), rounds.leave),
    "add_visit_photos": Kind(round_.AddVisitPhotosSchema(), rounds.add_visit_photos),
    "open_finding": Kind(finding.OpenFindingSchema(), findings.open_finding),
    "add_photos": Kind(finding.AddPhotosSchema(), findings.add_photos),
    "set_pin": Kind(finding.SetPinSchema(), findings.set_pin),
    "fix_on_spot": Kind(finding.FixOnSpotSchema(), findings.fix_on_spot),
    "resubmit_finding": Kind(finding.ResubmitSchema(), findings.resubmit),
    "confirm_finding": Kind(finding.ConfirmSchema(), triage.confirm),
    "reject_finding": Kind(finding.ReasonSchema(), triage.reject),
    "return_finding": Kind(finding.ReasonSchema(), triage.return_for_more),
    "mark_duplicate": Kind(finding.MarkDuplicateSchema(), triage.mark_duplicate),
    "transfer_finding": Kind(finding.TransferSchema(), triage.transfer),
    "conclude_transfer": Kind(finding.ConcludeTransferSchema(), triage.conclude_transfer),
    "reopen_finding": Kind(finding.ReasonSchema(), triage.reopen),
    "dispatch_review": Kind(finding.DispatchReviewSchema(), triage.dispatch_review),
    "issue_notice": Kind(notice.IssueNoticeSchema(), issuing.issue),
    "void_notice": Kind(notice.VoidNoticeSchema(), ending.void),
    "correct_notice": Kind(notice.CorrectNoticeSchema(), ending.correct),
    "void_document": Kind(document.VoidDocumentSchema(), documents.void),
    "correct_document": Kind(document.CorrectDocumentSchema(), documents.correct),
    "acknowledge_notice": Kind(notice.AcknowledgeSchema(), notices.acknowledge),
    "answer_item": Kind(notice.AnswerItemSchema(), notices.answer_item),
    "review_finding": Kind(notice.ReviewSchema(), notices.review),
    "accept_proposals": Kind(ladder.AcceptProposalsSchema(), deciding.accept),
    "dismiss_proposals": Kind(ladder.DismissProposalsSchema(), deciding.dismiss),
    "call_interview": Kind(ladder.CallInterviewSchema(), measures.call_interview),
    "record_interview": Kind(ladder.RecordInterviewSchema(), measures.record_interview),
    "cancel_interview": Kind(ladder.CancelInterviewSchema(), measures.cancel_interview),
    "follow_commitment": Kind(ladder.FollowCommitmentSchema(), measures.follow_commitment),
    "list_case": Kind(ladder.ListCaseSchema(), measures.list_case),
    "plan_listing": Kind(ladder.PlanListingSchema(), measures.plan_listing),
    "report_listing": Kind(ladder.ReportListingSchema(), measures.report_listing),
    "decide_listing": Kind(ladder.DecideListingSchema(), measures.decide_listing),
    "issue_bulletin": Kind(ladder.IssueBulletinSchema(), measures.issue_bulletin),
    "apply_recount": Kind(ladder.ApplyRecountSchema(), recount.apply),
}

CAPTURES = frozenset(
    {
        *("check_in", "answer_checklist", "leave", "add_visit_photos", "open_finding", "add_photos"),
        *("set_pin", "fix_on_spot", "resubmit_finding", "answer_item", "review_finding"),
    }
)
"""Commands that report what somebody saw or did on the spot. Only they are taken from a revoked phone:
whoever holds it could date a decision back."""


def body_schemas() -> dict[str, type[ma.Schema]]:
    """Schemas by kind, for the API description."""
    return {name: type(kind.schema) for name, kind in KINDS.items()}
