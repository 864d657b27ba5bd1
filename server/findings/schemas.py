"""Bodies of the finding's commands and the documents that describe a finding."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from server.core.fields import PHOTO_KINDS, UUID7, PhotoDeclarationSchema, PinSchema, PositionSchema, Text
from server.findings.rules import FindingAction, FindingState, Progress, Severity

MAX_PHOTOS = 12


def _values(enum: type[Severity] | type[FindingState] | type[Progress]) -> validate.OneOf:
    return validate.OneOf([member.value for member in enum])


class PhotosMixin(ma.Schema):
    photos = fields.List(
        fields.Nested(PhotoDeclarationSchema), load_default=list, validate=validate.Length(max=MAX_PHOTOS)
    )


class OpenFindingSchema(PhotosMixin):
    """Body of `open_finding`."""

    finding_id = UUID7(required=True)
    compound_id = fields.UUID(required=True)
    visit_id = fields.UUID(load_default=None, allow_none=True)
    item_code = fields.String(required=True, validate=validate.Length(max=16), metadata={"example": "FP-01"})
    severity = fields.String(load_default=None, allow_none=True, validate=_values(Severity))
    responsible = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf(["firm", "resident", "developer", "utility", "committee"]),
    )
    text = Text(2000, blank=True, load_default="")
    place = Text(120, blank=True, load_default="")
    position = fields.Nested(PositionSchema, load_default=None, allow_none=True)
    pin = fields.Nested(PinSchema, load_default=None, allow_none=True)
    photo_excuses = fields.Dict(
        keys=fields.String(validate=validate.OneOf(PHOTO_KINDS)), values=Text(200), load_default=dict
    )


class FindingIdSchema(ma.Schema):
    finding_id = fields.UUID(required=True)


class AddPhotosSchema(PhotosMixin, FindingIdSchema):
    """Body of `add_photos`: further photos of a hazard, before it is put right."""


class SetPinSchema(PinSchema, FindingIdSchema):
    """Body of `set_pin`."""


class FixOnSpotSchema(PhotosMixin, FindingIdSchema):
    """Body of `fix_on_spot`: put right before the inspector left; needs an after photo."""

    text = Text(2000, blank=True, load_default="")


class ResubmitSchema(PhotosMixin, FindingIdSchema):
    """Body of `resubmit_finding` after it was returned for more."""

    text = Text(2000, blank=True, load_default=None, allow_none=True)
    place = Text(120, blank=True, load_default=None, allow_none=True)


class ConfirmSchema(FindingIdSchema):
    """Body of `confirm_finding`."""

    note = Text(500, blank=True, load_default="")


class ReasonSchema(FindingIdSchema):
    """Body of `reject_finding`, `return_finding` and `reopen_finding`."""

    reason = Text(500, required=True)


class MarkDuplicateSchema(FindingIdSchema):
    """Body of `mark_duplicate`: `master_id` is the older case that goes on."""

    master_id = fields.UUID(required=True)
    reason = Text(500, blank=True, load_default="")


class ReopenRelapseSchema(FindingIdSchema):
    """Body of `reopen_relapse`: the case that `relapse_of` names goes on, this report becomes part of it."""

    reason = Text(500, blank=True, load_default="")


class DispatchReviewSchema(FindingIdSchema):
    """Body of `dispatch_review` (派人复查)."""

    reviewer_id = fields.UUID(required=True)


class PersonSchema(ma.Schema):
    id = fields.UUID(required=True)
    name = fields.String(required=True)


class PointSchema(ma.Schema):
    lon = fields.Float(required=True)
    lat = fields.Float(required=True)


class FindingSchema(ma.Schema):
    """A finding as phones and screens show it. Times are ISO 8601 with offset, distances in metres."""

    id = fields.UUID(required=True)
    compound_id = fields.UUID(required=True)
    compound_name = fields.String(required=True)
    street = fields.String(required=True)
    community = fields.String(required=True)
    visit_id = fields.UUID(allow_none=True)
    item_code = fields.String(required=True)
    item_name = fields.String(required=True)
    item_short_name = fields.String(required=True)
    severity = fields.String(required=True, validate=_values(Severity))
    responsible = fields.String(required=True)
    text = fields.String(required=True)
    place = fields.String(required=True)
    position = fields.Nested(PointSchema, allow_none=True)
    accuracy_m = fields.Float(allow_none=True)
    flags = fields.List(fields.String())
    photo_excuses = fields.Dict(keys=fields.String(), values=fields.String())
    captured_at = fields.AwareDateTime(required=True)
    received_at = fields.AwareDateTime(required=True)
    clock_offset_ms = fields.Integer(allow_none=True)
    found_by = fields.Nested(
        PersonSchema, allow_none=True, metadata={"description": "None for a firm, whom it does not concern"}
    )
    state = fields.String(required=True, validate=_values(FindingState))
    progress = fields.String(required=True, validate=_values(Progress))
    overdue = fields.Boolean(required=True)
    triage_due_at = fields.AwareDateTime(allow_none=True)
    due_at = fields.AwareDateTime(allow_none=True)
    due_provisional = fields.Boolean()
    clock_from = fields.AwareDateTime(
        allow_none=True,
        metadata={"description": "Service of the notice in force; before it nothing is overdue"},
    )
    overdue_at = fields.AwareDateTime(allow_none=True)
    closed_at = fields.AwareDateTime(allow_none=True)
    master_id = fields.UUID(allow_none=True)
    relapse_of = fields.UUID(
        allow_none=True, metadata={"description": "A case closed in the last 90 days at this spot"}
    )
    notice_id = fields.UUID(allow_none=True)
    notice_number = fields.String(allow_none=True)
    orders = fields.Integer()
    failed_reviews = fields.Integer()
    reviewer_id = fields.UUID(allow_none=True)
    firm = fields.Nested(PersonSchema, allow_none=True)
    department = fields.Nested(
        PersonSchema, allow_none=True, metadata={"description": "Who holds the case since a transfer"}
    )
    photos_expected = fields.Integer()
    photos_stored = fields.Integer()
    cover_photo_id = fields.UUID(allow_none=True)
    actions = fields.List(fields.String(validate=validate.OneOf([a.value for a in FindingAction])))
    version = fields.Integer()


class InboxQuerySchema(ma.Schema):
    """Query of the list: an inbox, or plain filters; newest or most urgent first."""

    inbox = fields.String(
        validate=validate.OneOf(["triage", "issue", "serve", "review", "overdue", "second_order"])
    )
    state = fields.String(validate=_values(FindingState))
    compound_id = fields.UUID()
    item_code = fields.String(validate=validate.Length(max=16))
    q = fields.String(validate=validate.Length(min=1, max=64))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))
    cursor = fields.String(validate=validate.Length(max=512))


class FindingPageSchema(ma.Schema):
    items = fields.List(fields.Nested(FindingSchema), required=True)
    next = fields.String(allow_none=True, required=True)


class InboxCountsSchema(ma.Schema):
    """How many findings wait for whom."""

    triage = fields.Integer(required=True)
    issue = fields.Integer(required=True)
    serve = fields.Integer(required=True)
    review = fields.Integer(required=True)
    overdue = fields.Integer(required=True)
    second_order = fields.Integer(required=True)
