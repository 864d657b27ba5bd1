"""Bodies of the commands of service and procedure, and the documents that describe them."""

from __future__ import annotations

import dataclasses
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from server.core.fields import UUID7, Moment, PhotoDeclarationSchema, PositionSchema, Text, Whole
from server.notices.rules import (
    CHANNELS,
    Asks,
    AttemptState,
    DutyState,
    ExtensionReason,
    Method,
    ProcedureRules,
    Relation,
    RequestState,
    ServiceState,
)

RULES = dataclasses.fields(ProcedureRules)


def _photos() -> Any:
    return fields.List(
        fields.Nested(PhotoDeclarationSchema), load_default=list, validate=validate.Length(max=12)
    )


class NoticeIdSchema(ma.Schema):
    """Body of `open_notice`: the firm looks at it for the first time."""

    notice_id = fields.UUID(required=True)


class PartySchema(ma.Schema):
    """Somebody named on a 送达回证."""

    name = Text(40, required=True)
    title = Text(40, load_default="", blank=True)
    phone = Text(40, load_default="", blank=True)


class ServeNoticeSchema(ma.Schema):
    """Body of `serve_notice` (送达): one attempt for one or several notices to one firm.

    What each method needs: `direct` recipient, relation and a signature among the photos;
    `left_in_place` the reason of refusal and a photo or a witness; `electronic` a channel of the standing
    consent; `post` the tracking number, and once delivered its date and a photo of the receipt;
    `announcement` reason and day of publication.
    """

    service_id = UUID7(required=True)
    notice_ids = fields.List(fields.UUID(), required=True, validate=validate.Length(min=1, max=20))
    method = fields.Enum(Method, by_value=True, required=True)
    served_at = Moment(
        load_default=None,
        allow_none=True,
        metadata={"description": "By the phone's clock; None: captured_at"},
    )
    place = Text(200, load_default="", blank=True)
    recipient = fields.Nested(PartySchema, load_default=None, allow_none=True)
    relation = fields.Enum(Relation, by_value=True, load_default=None, allow_none=True)
    signature_photo_id = fields.UUID(load_default=None, allow_none=True)
    refusal_reason = Text(500, load_default=None, allow_none=True)
    witness = fields.Nested(PartySchema, load_default=None, allow_none=True)
    channel = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(CHANNELS))
    tracking_number = Text(40, load_default=None, allow_none=True)
    delivered_at = Moment(load_default=None, allow_none=True)
    announcement_reason = Text(500, load_default=None, allow_none=True)
    published_on = fields.Date(load_default=None, allow_none=True)
    remark = Text(500, load_default="", blank=True)
    position = fields.Nested(PositionSchema, load_default=None, allow_none=True)
    photos = _photos()


class FinishServiceSchema(ma.Schema):
    """Body of `finish_service`: the receipt's date and photo, or why the letter came back."""

    service_id = fields.UUID(required=True)
    delivered_at = Moment(load_default=None, allow_none=True)
    failure = Text(500, load_default=None, allow_none=True)
    photos = _photos()


class GiveConsentSchema(ma.Schema):
    """Body of `give_consent` (电子送达确认书); `firm_id` only where an official records a signed paper."""

    consent_id = UUID7(required=True)
    firm_id = fields.UUID(load_default=None, allow_none=True)
    scope = Text(200, required=True)
    channels = fields.List(
        fields.String(validate=validate.OneOf(CHANNELS)),
        required=True,
        validate=validate.Length(min=1, max=3),
    )
    signer_name = Text(40, required=True)
    signer_title = Text(40, required=True)
    signer_phone = Text(40, load_default="", blank=True)
    signed_on = fields.Date(required=True)
    paper_number = Text(60, load_default="", blank=True)


class WithdrawConsentSchema(ma.Schema):
    """Body of `withdraw_consent`."""

    firm_id = fields.UUID(load_default=None, allow_none=True)


class MakeLinkSchema(NoticeIdSchema):
    """Body of `make_link`: a one-time link to a notice; its address is told once, in the answer."""

    link_id = UUID7(required=True)


class LinkIdSchema(ma.Schema):
    """Body of `revoke_link`."""

    link_id = fields.UUID(required=True)


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
    photos = _photos()


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
    photos = _photos()


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


class PrintServiceSchema(ma.Schema):
    """Body of `print_service` (送达回证), once its photos are here."""

    service_id = fields.UUID(required=True)


class ReviewOpinionSchema(NoticeIdSchema):
    """Body of `issue_review_opinion` (复查意见书); `with_officers` were there besides the reviewers."""

    opinion = Text(1000, required=True)
    with_officers = fields.List(Text(40), load_default=list, validate=validate.Length(max=4))


class PrintDutyReportSchema(ma.Schema):
    """Body of `print_duty_report` (三联单), once all three steps are filed."""

    report_id = fields.UUID(required=True)


class ServiceActSchema(ma.Schema):
    """One attempt to serve."""

    id = fields.UUID(required=True)
    method = fields.String(required=True, validate=validate.OneOf([one.value for one in Method]))
    state = fields.String(required=True, validate=validate.OneOf([one.value for one in AttemptState]))
    attempted_at = fields.AwareDateTime(required=True)
    served_at = fields.AwareDateTime(allow_none=True)
    server = fields.String(allow_none=True)
    place = fields.String()
    recipient = fields.Dict(keys=fields.String(), values=fields.String(), allow_none=True)
    relation = fields.String(allow_none=True)
    refusal_reason = fields.String(allow_none=True)
    witness = fields.Dict(keys=fields.String(), values=fields.String(), allow_none=True)
    channel = fields.String(allow_none=True)
    tracking_number = fields.String(allow_none=True)
    published_on = fields.Date(allow_none=True)
    failure = fields.String(allow_none=True)
    document_id = fields.UUID(allow_none=True)
    signature_photo_id = fields.UUID(allow_none=True)
    photo_ids = fields.List(fields.UUID())


class ServiceSchema(ma.Schema):
    """Service beside notification: what the law counts from, and what the firm has seen."""

    state = fields.String(required=True, validate=validate.OneOf([one.value for one in ServiceState]))
    serve_by = fields.AwareDateTime(required=True)
    served_at = fields.AwareDateTime(allow_none=True)
    method = fields.String(allow_none=True, validate=validate.OneOf([one.value for one in Method]))
    opened_at = fields.AwareDateTime(allow_none=True)
    acknowledged_at = fields.AwareDateTime(allow_none=True)
    acts = fields.List(fields.Nested(ServiceActSchema), required=True)


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
    may_object = fields.Boolean()


class ConsentSchema(ma.Schema):
    """电子送达确认书 of a firm."""

    id = fields.UUID(required=True)
    firm_id = fields.UUID(required=True)
    scope = fields.String(required=True)
    channels = fields.List(fields.String(), required=True)
    signer_name = fields.String(required=True)
    signer_title = fields.String(required=True)
    signer_phone = fields.String()
    signed_on = fields.Date(required=True)
    paper_number = fields.String()
    recorded_at = fields.AwareDateTime(required=True)
    withdrawn_at = fields.AwareDateTime(allow_none=True)


class ConsentsQuerySchema(ma.Schema):
    firm_id = fields.UUID(load_default=None)


class ConsentsSchema(ma.Schema):
    items = fields.List(fields.Nested(ConsentSchema), required=True)


class LinkSchema(ma.Schema):
    """A link to a notice, without its address."""

    id = fields.UUID(required=True)
    made_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True)
    revoked_at = fields.AwareDateTime(allow_none=True)
    claimed_at = fields.AwareDateTime(allow_none=True)
    holder_name = fields.String(allow_none=True)
    holder_phone = fields.String(allow_none=True)
    open = fields.Boolean(required=True)


class LinksSchema(ma.Schema):
    items = fields.List(fields.Nested(LinkSchema), required=True)


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
