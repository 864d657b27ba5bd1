"""The list of commands: kind, schema of the body, use case.

One table instead of a route a use case, because every write must be repeatable, deliverable late and
in any order relative to other phones; whoever adds a use case adds a line here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import marshmallow as ma

from server.core.commands import Handler
from server.documents import ending as documents
from server.documents import schemas as document
from server.escalation import deciding, measures, recount
from server.escalation import schemas as ladder
from server.findings import schemas as finding
from server.findings import service as findings
from server.findings import triage
from server.notices import (
    consents,
    duties,
    ending,
    extending,
    issuing,
    links,
    objecting,
    papers,
    reviewing,
    serving,
    spot,
)
from server.notices import procedure_schemas as procedure
from server.notices import schemas as notice
from server.notices import service as notices
from server.notices import serving_schemas as proof
from server.rounds import schemas as round_
from server.rounds import service as rounds
from server.transfers import schemas as transfer
from server.transfers import service as transfers


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of command is read and done. The schema is an instance: making one takes 0.2 ms.

    `told` makes of the stored answer the one that is sent, for what nobody should find in the database.
    """

    schema: ma.Schema
    handler: Handler
    told: Callable[[dict[str, Any]], dict[str, Any]] | None = None


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
    "transfer_finding": Kind(transfer.TransferSchema(), transfers.send),
    "answer_transfer": Kind(transfer.AnswerTransferSchema(), transfers.answer),
    "report_transfer": Kind(transfer.ReportTransferSchema(), transfers.report),
    "conclude_transfer": Kind(transfer.ConcludeTransferSchema(), transfers.conclude),
    "reopen_finding": Kind(finding.ReasonSchema(), triage.reopen),
    "reopen_relapse": Kind(finding.ReopenRelapseSchema(), triage.reopen_relapse),
    "dispatch_review": Kind(finding.DispatchReviewSchema(), reviewing.dispatch_review),
    "issue_notice": Kind(notice.IssueNoticeSchema(), issuing.issue),
    "hand_over_slip": Kind(notice.HandOverSchema(), spot.hand_over),
    "void_notice": Kind(notice.VoidNoticeSchema(), ending.void),
    "correct_notice": Kind(notice.CorrectNoticeSchema(), ending.correct),
    "void_document": Kind(document.VoidDocumentSchema(), documents.void),
    "correct_document": Kind(document.CorrectDocumentSchema(), documents.correct),
    "serve_notice": Kind(proof.ServeNoticeSchema(), serving.serve),
    "finish_service": Kind(proof.FinishServiceSchema(), serving.finish_service),
    "print_service": Kind(proof.PrintServiceSchema(), papers.print_service),
    "issue_review_opinion": Kind(procedure.ReviewOpinionSchema(), papers.issue_review_opinion),
    "print_duty_report": Kind(procedure.PrintDutyReportSchema(), papers.print_duty_report),
    "open_notice": Kind(proof.NoticeIdSchema(), serving.open_notice),
    "acknowledge_notice": Kind(notice.AcknowledgeSchema(), serving.acknowledge),
    "give_consent": Kind(proof.GiveConsentSchema(), consents.give),
    "withdraw_consent": Kind(proof.WithdrawConsentSchema(), consents.withdraw),
    "make_link": Kind(proof.MakeLinkSchema(), links.make, links.told),
    "revoke_link": Kind(proof.LinkIdSchema(), links.revoke),
    "answer_item": Kind(notice.AnswerItemSchema(), notices.answer_item),
    "withdraw_answer": Kind(procedure.WithdrawAnswerSchema(), notices.withdraw_answer),
    "file_duty_step": Kind(procedure.FileDutyStepSchema(), duties.file_step),
    "request_extension": Kind(procedure.RequestExtensionSchema(), extending.request),
    "withdraw_extension": Kind(procedure.ExtensionIdSchema(), extending.withdraw),
    "decide_extension": Kind(procedure.DecideExtensionSchema(), extending.decide),
    "object_to_item": Kind(procedure.ObjectSchema(), objecting.file),
    "withdraw_objection": Kind(procedure.ObjectionIdSchema(), objecting.withdraw),
    "decide_objection": Kind(procedure.DecideObjectionSchema(), objecting.decide),
    "ask_more": Kind(procedure.AskMoreSchema(), reviewing.ask_more),
    "review_finding": Kind(notice.ReviewSchema(), reviewing.review),
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
        *("set_pin", "fix_on_spot", "resubmit_finding", "answer_item", "review_finding", "hand_over_slip"),
    }
)
"""Commands that report what somebody saw or did on the spot. Only they are taken from a revoked phone:
whoever holds it could date a decision back. A slip is among them: the firm holds it and has signed."""


def body_schemas() -> dict[str, type[ma.Schema]]:
    """Schemas by kind, for the API description."""
    return {name: type(kind.schema) for name, kind in KINDS.items()}
