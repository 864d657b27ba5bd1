"""Bodies of the transfer's commands and the document that describes a transfer."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from server.core.fields import UUID7, PhotoDeclarationSchema, Text
from server.transfers.rules import BundleState, TransferAction, TransferState


class TransferSchema(ma.Schema):
    """Body of `transfer_finding` (移送) to a department's organisation."""

    finding_id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True)
    reason = Text(500, required=True)
    transfer_id = UUID7(load_default=None, allow_none=True)


class AnswerTransferSchema(ma.Schema):
    """Body of `answer_transfer` (回执): who takes the case over, or why nobody does."""

    transfer_id = fields.UUID(required=True)
    accepted = fields.Boolean(required=True)
    handler = Text(40, required=True)
    handler_phone = Text(40, load_default="", blank=True)
    text = Text(1000, load_default="", blank=True)

    @ma.validates_schema
    def _reasoned(self, data: dict[str, object], **_: object) -> None:
        if not data["accepted"] and not data["text"]:
            raise ma.ValidationError({"text": ["不受理要写明理由"]})


class ReportTransferSchema(ma.Schema):
    """Body of `report_transfer`: what the department did, with photos."""

    transfer_id = fields.UUID(required=True)
    text = Text(2000, required=True)
    photos = fields.List(
        fields.Nested(PhotoDeclarationSchema), load_default=list, validate=validate.Length(max=12)
    )


class ConcludeTransferSchema(ma.Schema):
    """Body of `conclude_transfer`: the unit that handed over closes the case."""

    finding_id = fields.UUID(required=True)
    text = Text(2000, required=True)


class UnitSchema(ma.Schema):
    id = fields.UUID(required=True)
    name = fields.String(required=True)


class BundleSchema(ma.Schema):
    """The evidence as a ZIP: `done` of `total` files are in it, `missing` photos are still on a phone."""

    state = fields.String(required=True, validate=validate.OneOf([one.value for one in BundleState]))
    requested_at = fields.AwareDateTime(required=True)
    done = fields.Integer(required=True)
    total = fields.Integer(required=True)
    missing = fields.Integer(required=True)
    size = fields.Integer(allow_none=True, metadata={"description": "Bytes"})
    made_at = fields.AwareDateTime(allow_none=True)


class TransferDocumentSchema(ma.Schema):
    """A transfer with the case in short, and what the reader may do."""

    id = fields.UUID(required=True)
    finding_id = fields.UUID(required=True)
    number = fields.String(allow_none=True)
    document_id = fields.UUID(
        allow_none=True, metadata={"description": "The letter in the register; null where it went on paper"}
    )
    organisation = fields.Nested(UnitSchema, required=True)
    sent_by = fields.String(required=True, metadata={"description": "Who signed for the sending unit"})
    department = fields.Nested(UnitSchema, required=True)
    compound = fields.Nested(UnitSchema, required=True)
    item_code = fields.String(required=True)
    item_name = fields.String(required=True)
    severity = fields.String(required=True)
    place = fields.String(required=True)
    text = fields.String(required=True)
    reason = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf([one.value for one in TransferState]))
    sent_at = fields.AwareDateTime(required=True)
    answer_due_at = fields.AwareDateTime(required=True)
    late = fields.Boolean(required=True)
    answered_at = fields.AwareDateTime(allow_none=True)
    handler = fields.String(allow_none=True)
    handler_phone = fields.String(allow_none=True)
    answer_text = fields.String(allow_none=True)
    reported_at = fields.AwareDateTime(allow_none=True)
    result = fields.String(allow_none=True)
    concluded_at = fields.AwareDateTime(allow_none=True)
    bundle = fields.Nested(BundleSchema, allow_none=True)
    actions = fields.List(fields.String(validate=validate.OneOf([one.value for one in TransferAction])))


class TransferQuerySchema(ma.Schema):
    state = fields.String(validate=validate.OneOf([one.value for one in TransferState]))
    late = fields.Boolean(metadata={"description": "true: unanswered after the three working days"})
    finding_id = fields.UUID()
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 100))
    cursor = fields.String(validate=validate.Length(max=512))


class TransferPageSchema(ma.Schema):
    items = fields.List(fields.Nested(TransferDocumentSchema), required=True)
    next = fields.String(allow_none=True, required=True)


class TransferCountsSchema(ma.Schema):
    """How many transfers in sight stand in each state; `late` are those of `sent` that are overdue."""

    sent = fields.Integer(required=True)
    late = fields.Integer(required=True)
    accepted = fields.Integer(required=True)
    declined = fields.Integer(required=True)
    reported = fields.Integer(required=True)
    concluded = fields.Integer(required=True)
