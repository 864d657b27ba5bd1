"""The document of a case file."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields

from server.findings.schemas import FindingSchema
from server.notices.schemas import ResponseSchema, ReviewDocumentSchema
from server.photos.schemas import PhotoSchema


class LedgerLineSchema(ma.Schema):
    """One act: who, when (`device_at` by the phone's clock), what, and the hash that links it."""

    seq = fields.Integer(required=True)
    act = fields.String(required=True, metadata={"example": "finding.confirm"})
    actor = fields.String(required=True)
    organisation = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    device_at = fields.AwareDateTime(allow_none=True)
    data = fields.Dict()
    hash = fields.String(required=True)


class SimilarSchema(FindingSchema):
    """An older case that may be the same thing."""

    distance_m = fields.Float(required=True)
    days = fields.Integer(required=True)


class NoticeRefSchema(ma.Schema):
    id = fields.UUID(required=True)
    number = fields.String(required=True)
    order_no = fields.Integer(required=True)


class CaseSchema(FindingSchema):
    """A finding with its photos, ledger, notices, answers, reviews and similar cases."""

    photos = fields.List(fields.Nested(PhotoSchema), required=True)
    ledger = fields.List(fields.Nested(LedgerLineSchema), required=True)
    ledger_intact = fields.Boolean(required=True)
    similar = fields.List(fields.Nested(SimilarSchema), required=True)
    notices = fields.List(fields.Nested(NoticeRefSchema), required=True)
    responses = fields.List(fields.Nested(ResponseSchema), required=True)
    reviews = fields.List(fields.Nested(ReviewDocumentSchema), required=True)
