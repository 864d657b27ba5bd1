"""Bodies of the notice's commands and the documents that describe a notice."""

from __future__ import annotations

import uuid
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from server.checklists.rules import StageName
from server.core.fields import UUID7, Moment, PhotoDeclarationSchema, PositionSchema, Text
from server.notices.procedure_rules import ResponseState
from server.notices.procedure_schemas import ProcedureItemMixin
from server.notices.rules import ItemState, NoticeAction, NoticeState
from server.notices.serving_rules import Method, Relation
from server.notices.serving_schemas import PartySchema, ServiceSchema

UNITS = ("now", "hour", "duty_hour", "day", "workday")
MAX_ITEMS = 40
MAX_TERM = 3650
NOTICE_TYPES = ("N1", "N2", "N3")
PROVISIONAL = r"^T-[0-9A-Za-z]{1,12}-[1-9][0-9]{0,5}$"
TOKEN = r"^[0-9A-Za-z_-]{16}$"
WISH = rf"^[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}:[1-9][0-9]{{0,2}}:({'|'.join(UNITS)})$"


class IssueItemSchema(ma.Schema):
    """One line; what is left out comes from finding and catalogue. `due_at` overrides `term` and `unit`.

    `facts` and `place` are the issuer's wording for the paper; the finding keeps its own.
    """

    finding_id = fields.UUID(required=True)
    place = Text(120, load_default=None, allow_none=True)
    facts = Text(2000, load_default=None, allow_none=True)
    legal_basis = Text(500, load_default=None, allow_none=True)
    requirement = Text(500, load_default=None, allow_none=True)
    term = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(min=0, max=MAX_TERM)
    )
    unit = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(UNITS))
    due_at = Moment(load_default=None, allow_none=True)


class IssueNoticeSchema(ma.Schema):
    """Body of `issue_notice`: a first notice, or a second order, by the state of its findings.

    N1 现场整改通知单 may carry the number of the slip handed over on the spot, `T-<device>-<n>`; N3
    责令改正通知书 names two officers or more with certificates.
    """

    notice_id = UUID7(required=True)
    document_type = fields.String(load_default="N2", validate=validate.OneOf(NOTICE_TYPES))
    provisional_number = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(PROVISIONAL),
        metadata={"example": "T-7F3A-12"},
    )
    officers = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=4))
    items = fields.List(
        fields.Nested(IssueItemSchema), required=True, validate=validate.Length(min=1, max=MAX_ITEMS)
    )
    contact = Text(40, load_default=None, allow_none=True)
    contact_phone = Text(40, load_default=None, allow_none=True)
    without_missing_photos = fields.Boolean(load_default=False)


class SpotItemSchema(ma.Schema):
    """One line of a slip on the spot; without a term the catalogue's counts."""

    finding_id = fields.UUID(required=True)
    term = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(min=0, max=MAX_TERM)
    )
    unit = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(UNITS))
    requirement = Text(500, load_default=None, allow_none=True)


class SpotServiceSchema(ma.Schema):
    """How the slip was handed over: `direct` with a signature, or `left_in_place` when refused."""

    service_id = UUID7(required=True)
    method = fields.Enum(Method, by_value=True, required=True)
    place = Text(200, load_default="", blank=True)
    recipient = fields.Nested(PartySchema, load_default=None, allow_none=True)
    relation = fields.Enum(Relation, by_value=True, load_default=None, allow_none=True)
    signature_photo_id = fields.UUID(load_default=None, allow_none=True)
    refusal_reason = Text(500, load_default=None, allow_none=True)
    witness = fields.Nested(PartySchema, load_default=None, allow_none=True)
    remark = Text(500, load_default="", blank=True)
    position = fields.Nested(PositionSchema, load_default=None, allow_none=True)
    photos = fields.List(
        fields.Nested(PhotoDeclarationSchema), load_default=list, validate=validate.Length(max=12)
    )


class HandOverSchema(ma.Schema):
    """Body of `hand_over_slip`: a 现场整改通知单 (N1) and its service, done without a network perhaps.

    `verify_token` stands in the QR code of the slip; it was drawn by lot on the phone (96 bits).
    """

    notice_id = UUID7(required=True)
    provisional_number = fields.String(
        required=True, validate=validate.Regexp(PROVISIONAL), metadata={"example": "T-7F3A-12"}
    )
    verify_token = fields.String(
        required=True,
        validate=validate.Regexp(TOKEN),
        metadata={"example": "kJ3vQ0b9XyZ_a-12"},
    )
    handed_at = Moment(required=True, metadata={"description": "By the phone's clock"})
    items = fields.List(
        fields.Nested(SpotItemSchema), required=True, validate=validate.Length(min=1, max=MAX_ITEMS)
    )
    contact = Text(40, load_default=None, allow_none=True)
    contact_phone = Text(40, load_default=None, allow_none=True)
    service = fields.Nested(SpotServiceSchema, required=True)


class VoidNoticeSchema(ma.Schema):
    """Body of `void_notice` (作废)."""

    notice_id = fields.UUID(required=True)
    reason = Text(500, required=True)


class CorrectItemSchema(ma.Schema):
    """One line as it should read; what is left out stays. `due_at` may only be later than printed."""

    finding_id = fields.UUID(required=True)
    place = Text(120, load_default=None, allow_none=True)
    facts = Text(2000, load_default=None, allow_none=True)
    legal_basis = Text(500, load_default=None, allow_none=True)
    requirement = Text(500, load_default=None, allow_none=True)
    due_at = Moment(load_default=None, allow_none=True)


class CorrectNoticeSchema(ma.Schema):
    """Body of `correct_notice` (更正)."""

    notice_id = fields.UUID(required=True)
    reason = Text(500, required=True)
    items = fields.List(
        fields.Nested(CorrectItemSchema), load_default=list, validate=validate.Length(max=MAX_ITEMS)
    )
    contact = Text(40, load_default=None, allow_none=True)
    contact_phone = Text(40, load_default=None, allow_none=True)


class AcknowledgeSchema(ma.Schema):
    """Body of `acknowledge_notice` (签收): who received it for the firm."""

    notice_id = fields.UUID(required=True)
    name = Text(40, required=True)
    title = Text(40, load_default="", blank=True)
    phone = Text(40, load_default="", blank=True)


class AnswerItemSchema(ma.Schema):
    """Body of `answer_item`: the firm's answer to one line, with after photos."""

    response_id = UUID7(required=True)
    notice_id = fields.UUID(required=True)
    finding_id = fields.UUID(required=True)
    text = Text(2000, load_default="", blank=True)
    photos = fields.List(
        fields.Nested(PhotoDeclarationSchema), load_default=list, validate=validate.Length(max=12)
    )


class ReviewSchema(ma.Schema):
    """Body of `review_finding` (复查): the verdict on the spot."""

    review_id = UUID7(required=True)
    finding_id = fields.UUID(required=True)
    passed = fields.Boolean(required=True)
    partly = fields.Boolean(load_default=False, metadata={"description": "部分整改: not passed, but begun"})
    text = Text(2000, load_default="", blank=True)
    position = fields.Nested(PositionSchema, load_default=None, allow_none=True)
    reviewed_at = Moment(required=True)
    photos = fields.List(
        fields.Nested(PhotoDeclarationSchema), load_default=list, validate=validate.Length(max=12)
    )


class NamedSchema(ma.Schema):
    id = fields.UUID(required=True)
    name = fields.String(required=True)


class ResponseSchema(ma.Schema):
    id = fields.UUID(required=True)
    finding_id = fields.UUID(required=True)
    text = fields.String(required=True)
    submitted_at = fields.AwareDateTime(required=True)
    late = fields.Boolean(required=True)
    state = fields.String(required=True, validate=validate.OneOf([s.value for s in ResponseState]))
    more_asked = fields.String(allow_none=True)
    photo_ids = fields.List(fields.UUID())


class ReviewDocumentSchema(ma.Schema):
    id = fields.UUID(required=True)
    finding_id = fields.UUID(required=True)
    passed = fields.Boolean(required=True)
    partly = fields.Boolean()
    text = fields.String(required=True)
    reviewed_at = fields.AwareDateTime(required=True)
    reviewer = fields.String(required=True)
    photo_ids = fields.List(fields.UUID())


class StageSchema(ma.Schema):
    """A step before the last of an item (停止、防护、上报), with its own hour."""

    stage = fields.String(required=True, validate=validate.OneOf([one.value for one in StageName]))
    n = fields.Integer(required=True)
    unit = fields.String(required=True, validate=validate.OneOf(UNITS))
    printed_due_at = fields.AwareDateTime(required=True)
    due_at = fields.AwareDateTime(required=True)
    provisional = fields.Boolean(required=True)


class NoticeItemSchema(ProcedureItemMixin):
    """One line of a notice with what happened to it."""

    id = fields.UUID(required=True)
    finding_id = fields.UUID(required=True)
    seq = fields.Integer(required=True)
    item_code = fields.String(required=True)
    item_name = fields.String(required=True)
    severity = fields.String(required=True)
    place = fields.String(required=True)
    text = fields.String(required=True)
    legal_basis = fields.String(required=True)
    requirement = fields.String(required=True)
    term = fields.Integer(required=True)
    unit = fields.String(required=True)
    printed_due_at = fields.AwareDateTime(required=True)
    due_at = fields.AwareDateTime(required=True)
    provisional = fields.Boolean(required=True)
    stages = fields.List(fields.Nested(StageSchema), required=True)
    state = fields.String(required=True, validate=validate.OneOf([s.value for s in ItemState]))
    responses = fields.List(fields.Nested(ResponseSchema))
    reviews = fields.List(fields.Nested(ReviewDocumentSchema))


class NoticeSchema(ma.Schema):
    """A notice with its items, the firm's answers and the reviews."""

    id = fields.UUID(required=True)
    number = fields.String(required=True, metadata={"example": "青禾办物改〔2026〕第37号"})
    document_id = fields.UUID(required=True)
    document_type = fields.String(required=True)
    provisional_number = fields.String(allow_none=True)
    voided_at = fields.AwareDateTime(allow_none=True)
    void_reason = fields.String(allow_none=True)
    order_no = fields.Integer(required=True)
    previous_id = fields.UUID(allow_none=True)
    organisation = fields.Nested(NamedSchema, required=True)
    firm = fields.Nested(NamedSchema, required=True)
    compound = fields.Nested(NamedSchema, required=True)
    state = fields.String(required=True, validate=validate.OneOf([s.value for s in NoticeState]))
    issued_at = fields.AwareDateTime(required=True)
    acknowledged_at = fields.AwareDateTime(allow_none=True)
    service = fields.Nested(ServiceSchema, required=True)
    receipt = fields.Dict(keys=fields.String(), values=fields.String(), allow_none=True)
    contact = fields.String()
    contact_phone = fields.String()
    verify_url = fields.String()
    document_sha256 = fields.String()
    actions = fields.List(fields.String(validate=validate.OneOf([a.value for a in NoticeAction])))
    items = fields.List(fields.Nested(NoticeItemSchema), required=True)


class NoticeQuerySchema(ma.Schema):
    state = fields.String(validate=validate.OneOf([s.value for s in NoticeState]))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 100))
    cursor = fields.String(validate=validate.Length(max=512))


class NoticePageSchema(ma.Schema):
    items = fields.List(fields.Nested(NoticeSchema), required=True)
    next = fields.String(allow_none=True, required=True)


class ProposalQuerySchema(ma.Schema):
    """The findings, and for some of them a term other than the catalogue's: `finding:number:unit`."""

    finding_id = fields.List(fields.UUID(), required=True, validate=validate.Length(min=1, max=MAX_ITEMS))
    term = fields.List(
        fields.String(validate=validate.Regexp(WISH)),
        load_default=list,
        validate=validate.Length(max=MAX_ITEMS),
        metadata={"example": "01a1f68a-4df9-7814-9816-18072ec9332b:5:workday"},
    )

    document_type = fields.String(load_default="N2", validate=validate.OneOf(NOTICE_TYPES))

    @ma.post_load
    def _wishes(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        wishes = {}
        for text in data.pop("term"):
            finding, number, unit = text.split(":")
            wishes[uuid.UUID(finding)] = {"term": int(number), "unit": unit.strip()}
        return data | {"wishes": wishes}


class ProposalItemSchema(ma.Schema):
    finding_id = fields.UUID(required=True)
    item_code = fields.String(required=True)
    item_name = fields.String(required=True)
    place = fields.String(required=True)
    facts = fields.String(required=True)
    undrawable = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Characters of place and facts that no document can print"},
    )
    legal_basis = fields.String(required=True)
    requirement = fields.String(required=True)
    term = fields.Integer(required=True)
    unit = fields.String(required=True)
    due_at = fields.AwareDateTime(required=True)
    provisional = fields.Boolean(required=True)
    stages = fields.List(
        fields.Nested(StageSchema), required=True, metadata={"description": "Steps before the last"}
    )


class AgainstSchema(ma.Schema):
    """Why a type cannot be issued: a problem's code and, where it is about some items only, theirs."""

    code = fields.String(required=True, metadata={"example": "document.no_power"})
    items = fields.List(fields.String(), required=True)


class TypeChoiceSchema(ma.Schema):
    """A type of notice and what stands against it; nothing: it may be issued."""

    document_type = fields.String(required=True, validate=validate.OneOf(NOTICE_TYPES))
    against = fields.List(fields.Nested(AgainstSchema), required=True)


class ProposalSchema(ma.Schema):
    """What a notice on these findings would say if it were issued now."""

    document_type = fields.String(required=True, validate=validate.OneOf(NOTICE_TYPES))
    types = fields.List(fields.Nested(TypeChoiceSchema), required=True)
    firm = fields.Nested(NamedSchema, required=True)
    compound = fields.Nested(NamedSchema, required=True)
    order_no = fields.Integer(required=True)
    contact = fields.String(required=True)
    contact_phone = fields.String(required=True)
    missing_photos = fields.Integer(required=True)
    items = fields.List(fields.Nested(ProposalItemSchema), required=True)
