"""Documents as the API tells them, and the bodies of their commands."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from server.core.fields import Sha256, Text
from server.documents.rules import DocumentState, DocumentType

TYPES = [each.value for each in DocumentType]
STATES = [each.value for each in DocumentState]


class DocumentSchema(ma.Schema):
    """A row of the register."""

    id = fields.UUID(required=True)
    document_type = fields.String(required=True, validate=validate.OneOf(TYPES))
    number = fields.String(required=True, metadata={"example": "澄住建物责改〔2026〕第3号"})
    title = fields.String(required=True)
    edition = fields.Integer(required=True)
    organisation_id = fields.UUID(required=True)
    addressee = fields.String(required=True)
    firm_id = fields.UUID(allow_none=True)
    case_ids = fields.List(fields.UUID(), required=True)
    refers_to_id = fields.UUID(allow_none=True)
    supersedes_id = fields.UUID(allow_none=True)
    issued_at = fields.AwareDateTime(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    ended_at = fields.AwareDateTime(allow_none=True)
    end_reason = fields.String(allow_none=True)
    sha256 = Sha256(required=True)
    signed_by = fields.String(allow_none=True)
    verify_url = fields.String(required=True)


class DocumentQuerySchema(ma.Schema):
    case_id = fields.UUID()
    document_type = fields.String(validate=validate.OneOf(TYPES))
    state = fields.String(validate=validate.OneOf(STATES))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 100))
    cursor = fields.String(validate=validate.Length(max=512))


class DocumentPageSchema(ma.Schema):
    items = fields.List(fields.Nested(DocumentSchema), required=True)
    next = fields.String(allow_none=True, required=True)


class FileQuerySchema(ma.Schema):
    part = fields.Integer(
        validate=validate.Range(0, 9), metadata={"description": "联, from 0; default served"}
    )


class VoidDocumentSchema(ma.Schema):
    """Body of `void_document`."""

    document_id = fields.UUID(required=True)
    reason = Text(500, required=True)


class CorrectDocumentSchema(ma.Schema):
    """Body of `correct_document`: text fields of the facts with their new words."""

    document_id = fields.UUID(required=True)
    reason = Text(500, required=True)
    changes = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 40)),
        values=Text(2000, blank=True),
        required=True,
        validate=validate.Length(min=1, max=20),
    )
