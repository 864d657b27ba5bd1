"""Bodies and documents of procedure: answers asked for, extensions, objections, duty reports, terms."""

from __future__ import annotations

import dataclasses

import marshmallow as ma
from marshmallow import fields, validate

from server.core.fields import UUID7, Moment, Text, Whole
from server.notices.procedure_rules import (
    Asks,
    DutyState,
    ExtensionReason,
    ProcedureRules,
    Refusal,
    RequestState,
)
from server.notices.serving_schemas import NoticeIdSchema, declared_photos

RULES = dataclasses.fields(ProcedureRules)


class WithdrawAnswerSchema(ma.Schema):
    """Body of `withdraw_answer`: an answer that nobody has taken up."""

    response_id = fields.UUID(required=True)


class FileDutyStepSchema(ma.Schema):
    """Body of `file_duty_step` (三联单): 发现, 劝阻, 报告, each with its date and photos."""

    report_id = UUID7(required=True)
    notice_id = fields.UUID(required=True)
    finding_id = fields.UUID(required=True)
    step = fields.String(required=True, validate=validate.OneOf([step.value for step in DutyState]))
    at = Moment(required=True)
    text = Text(1000, required=True)
    counterpart = Text(
        80,
        load_default="",
        blank=True,
        metadata={"description": "Whom they spoke to, or the department that was told"},
    )
    photos = declared_photos()


class RequestExtensionSchema(ma.Schema):
    """Body of `request_extension` (延期申请), for one item."""

    extension_id = UUID7(required=True)
    notice_id = fields.UUID(required=True)
    finding_id = fields.UUID(required=True)
    reason_code = fields.String(
        required=True, validate=validate.OneOf([reason.value for reason in ExtensionReason])
    )
    reason = Text(1000, required=True)
    interim_measures = Text(1000, required=True)
    due_at = Moment(required=True)


class ExtensionIdSchema(ma.Schema):
    """Body of `withdraw_extension`."""

    extension_id = fields.UUID(required=True)


class DecideExtensionSchema(ExtensionIdSchema):
    """Body of `decide_extension` (延期批复); `due_at` may be sooner than what was asked for."""

    granted = fields.Boolean(required=True)
    due_at = Moment(load_default=None, allow_none=True)
    text = Text(1000, required=True)


class ObjectSchema(ma.Schema):
    """Body of `object_to_item` (异议)."""

    objection_id = UUID7(required=True)
    notice_id = fields.UUID(required=True)
    finding_id = fields.UUID(required=True)
    reason = Text(1000, required=True)
    photos = declared_photos()


class ObjectionIdSchema(ma.Schema):
    """Body of `withdraw_objection`."""

    objection_id = fields.UUID(required=True)


class DecideObjectionSchema(ObjectionIdSchema):
    """Body of `decide_objection`; upheld with `case_goes_on` frees the case for another addressee."""

    upheld = fields.Boolean(required=True)
    case_goes_on = fields.Boolean(load_default=False)
    text = Text(1000, required=True)


class AskMoreSchema(ma.Schema):
    """Body of `ask_more`: what the answer does not show yet."""

    finding_id = fields.UUID(required=True)
    text = Text(1000, required=True)


class ReviewOpinionSchema(NoticeIdSchema):
    """Body of `issue_review_opinion` (复查意见书); `with_officers` were there besides the reviewers."""

    opinion = Text(1000, required=True)
    with_officers = fields.List(Text(40), load_default=list, validate=validate.Length(max=4))


class PrintDutyReportSchema(ma.Schema):
    """Body of `print_duty_report` (三联单), once all three steps are filed."""

    report_id = fields.UUID(required=True)


class DeadlineChangeSchema(ma.Schema):
    changed_at = fields.AwareDateTime(required=True)
    due_before = fields.AwareDateTime(required=True)
    due_after = fields.AwareDateTime(required=True)
    reason = fields.String(required=True)


class ExtensionSchema(ma.Schema):
    id = fields.UUID(required=True)
    state = fields.String(required=True, validate=validate.OneOf([one.value for one in RequestState]))
    reason_code = fields.String(required=True)
    reason = fields.String(required=True)
    interim_measures = fields.String(required=True)
    due_before = fields.AwareDateTime(required=True)
    wanted_due_at = fields.AwareDateTime(required=True)
    granted_due_at = fields.AwareDateTime(allow_none=True)
    requested_at = fields.AwareDateTime(required=True)
    decided_at = fields.AwareDateTime(allow_none=True)
    decision_text = fields.String(allow_none=True)
    document_id = fields.UUID(allow_none=True)


class ObjectionSchema(ma.Schema):
    id = fields.UUID(required=True)
    state = fields.String(required=True, validate=validate.OneOf([one.value for one in RequestState]))
    reason = fields.String(required=True)
    filed_at = fields.AwareDateTime(required=True)
    decided_at = fields.AwareDateTime(allow_none=True)
    decision_text = fields.String(allow_none=True)
    photo_ids = fields.List(fields.UUID(), required=True)


class DutyStepSchema(ma.Schema):
    at = fields.AwareDateTime(required=True)
    text = fields.String(required=True)
    counterpart = fields.String()
    photo_ids = fields.List(fields.UUID())


class DutyReportSchema(ma.Schema):
    """三联单; steps that were not filed are absent."""

    id = fields.UUID(required=True)
    state = fields.String(required=True, validate=validate.OneOf([one.value for one in DutyState]))
    document_id = fields.UUID(allow_none=True)
    found = fields.Nested(DutyStepSchema)
    dissuaded = fields.Nested(DutyStepSchema)
    reported = fields.Nested(DutyStepSchema)


class ProcedureItemMixin(ma.Schema):
    """What an item of a notice carries of procedure."""

    asks = fields.String(required=True, validate=validate.OneOf([one.value for one in Asks]))
    deadline_changes = fields.List(fields.Nested(DeadlineChangeSchema))
    extensions = fields.List(fields.Nested(ExtensionSchema))
    objection = fields.Nested(ObjectionSchema, allow_none=True)
    duty_report = fields.Nested(DutyReportSchema, allow_none=True)
    may_extend_until = fields.AwareDateTime(
        allow_none=True, metadata={"description": "Latest date that can be asked for; None: none can"}
    )
    extension_refusal = fields.String(
        allow_none=True,
        validate=validate.OneOf([one.value for one in Refusal]),
        metadata={"description": "Why none can be asked for by the terms of the house"},
    )
    extensions_left = fields.Integer(metadata={"description": "How often it may still be extended"})
    may_object = fields.Boolean()


class RequestsSchema(ma.Schema):
    """What firms asked for and the identity may decide: most urgent first."""

    extensions = fields.List(fields.Nested(lambda: WaitingExtensionSchema()), required=True)
    objections = fields.List(fields.Nested(lambda: WaitingObjectionSchema()), required=True)


class WaitingMixin(ma.Schema):
    notice_id = fields.UUID(required=True)
    finding_id = fields.UUID(required=True)
    number = fields.String(required=True)
    firm = fields.String(required=True)
    compound = fields.String(required=True)
    item_name = fields.String(required=True)
    severity = fields.String(required=True)
    due_at = fields.AwareDateTime(required=True)
    mine = fields.Boolean(required=True, metadata={"description": "Whether the identity may decide it"})


class WaitingExtensionSchema(ExtensionSchema, WaitingMixin):
    """An extension that waits, with the case it is about."""


class WaitingObjectionSchema(ObjectionSchema, WaitingMixin):
    """An objection that waits, with the case it is about."""


class ProcedureTermSchema(ma.Schema):
    key = fields.String(required=True)
    value = fields.Integer(required=True)
    default = fields.Integer(required=True)


class ProcedureChangeSchema(ma.Schema):
    key = fields.String(required=True)
    value = fields.Integer(required=True)
    set_at = fields.AwareDateTime(required=True)
    set_by = fields.String(required=True)
    reason = fields.String(required=True)


class ProcedureRulesSchema(ma.Schema):
    """The terms of the house with who changed them when."""

    items = fields.List(fields.Nested(ProcedureTermSchema), required=True)
    history = fields.List(fields.Nested(ProcedureChangeSchema), required=True)


class SetProcedureSchema(ma.Schema):
    key = fields.String(required=True, validate=validate.OneOf([one.name for one in RULES]))
    value = Whole(required=True, validate=validate.Range(0, 366))
    reason = Text(500, required=True)
