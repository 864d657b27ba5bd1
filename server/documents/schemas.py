"""Documents as the API tells them, and the bodies of their commands."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from server.core.fields import Sha256, Switch, Text, Whole
from server.core.terms import Standing
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


class OfficeSchema(ma.Schema):
    """How an organisation seals, and where its orders are contested."""

    organisation_id = fields.UUID(required=True)
    name = fields.String(required=True)
    document_word = fields.String(required=True)
    seal_sha256 = Sha256(allow_none=True, required=True)
    seal_label = fields.String(required=True)
    reconsideration_body = fields.String(required=True)
    court = fields.String(required=True)
    changed_at = fields.AwareDateTime(allow_none=True)


class ChangeOfficeSchema(ma.Schema):
    seal_label = Text(4, load_default="", blank=True)
    reconsideration_body = Text(60, load_default="", blank=True)
    court = Text(60, load_default="", blank=True)


class TemplateLineSchema(ma.Schema):
    document_type = fields.String(required=True, validate=validate.OneOf(TYPES))
    title = fields.String(required=True)
    title_en = fields.String(required=True)
    version = fields.Integer(required=True)
    author = fields.String(allow_none=True)
    created_at = fields.AwareDateTime(allow_none=True)
    sample_number = fields.String(required=True)


class PhraseSchema(ma.Schema):
    """A sentence of a template. `locked` ones say what a law demands."""

    key = fields.String(required=True)
    label = fields.String(required=True)
    label_en = fields.String(required=True)
    text = fields.String(required=True)
    default = fields.String(required=True)
    locked = fields.Boolean(required=True)
    optional = fields.Boolean(required=True)
    blanks = fields.List(fields.String(), required=True)


class TemplateVersionSchema(ma.Schema):
    version = fields.Integer(required=True)
    author = fields.String(allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    note = fields.String(required=True)


class TemplateSchema(ma.Schema):
    """A template in one version, with the history of all."""

    document_type = fields.String(required=True, validate=validate.OneOf(TYPES))
    title_en = fields.String(required=True)
    version = fields.Integer(required=True)
    latest_version = fields.Integer(required=True)
    number_pattern = fields.String(required=True)
    default_pattern = fields.String(required=True)
    sample_number = fields.String(required=True)
    arabic_date = fields.Boolean(required=True)
    parts = fields.List(fields.String(), required=True)
    longest = fields.Integer(required=True)
    phrases = fields.List(fields.Nested(PhraseSchema), required=True)
    history = fields.List(fields.Nested(TemplateVersionSchema), required=True)


class TemplateQuerySchema(ma.Schema):
    version = fields.Integer(validate=validate.Range(0, 1_000_000))


class DraftTemplateSchema(ma.Schema):
    """Words to try: `wording` by phrase key, the rest as packaged."""

    number_pattern = Text(60, required=True)
    arabic_date = Switch(load_default=False)
    wording = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 40)),
        values=Text(2000, blank=True),
        load_default=dict,
        validate=validate.Length(max=40),
    )


class PreviewQuerySchema(ma.Schema):
    """`page` asks for one page as a picture instead of the PDF."""

    page = fields.Integer(validate=validate.Range(1, 100))


class SaveTemplateSchema(DraftTemplateSchema):
    """`base_version` is the version that was edited; another in force is a conflict."""

    base_version = Whole(required=True, validate=validate.Range(0, 1_000_000))
    note = Text(200, load_default="", blank=True)


class PowerSchema(ma.Schema):
    """A registered power to order (责令改正)."""

    id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True)
    organisation = fields.String(required=True)
    item_code = fields.String(allow_none=True, required=True)
    item_group = fields.String(allow_none=True, required=True)
    statute = fields.String(required=True)
    article = fields.Integer(allow_none=True, required=True)
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(allow_none=True, required=True)
    basis = fields.String(required=True, metadata={"description": "权责清单、委托书、三定方案"})
    note = fields.String(required=True)
    author = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    state = fields.String(required=True, validate=validate.OneOf([one.value for one in Standing]))
    ended_on = fields.Date(required=True, allow_none=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    ended_by = fields.String(required=True, allow_none=True)
    end_reason = fields.String(required=True, allow_none=True)


class RegisterPowerSchema(ma.Schema):
    """One of `item_code` and `item_group`; without `article` the power is to every article of the statute."""

    organisation_id = fields.UUID(required=True)
    item_code = fields.String(
        load_default=None, allow_none=True, validate=validate.Regexp(r"^[A-Z]{2}-[0-9]{2}$")
    )
    item_group = fields.String(load_default=None, allow_none=True, validate=validate.Regexp(r"^[A-Z]{2}$"))
    statute = Text(60, required=True)
    article = Whole(load_default=None, allow_none=True, validate=validate.Range(1, 2000))
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(load_default=None, allow_none=True)
    basis = Text(200, required=True)
    note = Text(200, load_default="", blank=True)


class EndPowerSchema(ma.Schema):
    """`ended_on` is the last day; the day before `valid_from` says that it never was in force."""

    ended_on = fields.Date(required=True)
    reason = Text(200, required=True)


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
