"""Bodies of the commands of a walk, and the documents of rounds."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from server.accounts.schemas import PATH
from server.core.fields import UUID7, Moment, PhotoDeclarationSchema, PositionSchema
from server.rounds.rules import AnswerResult, Proof, RoundLevel, RoundState, VisitState

MAX_ANSWERS = 200
MAX_PHOTOS = 12
LINE_CODE = validate.Length(min=1, max=16)


class VisitIdSchema(ma.Schema):
    visit_id = fields.UUID(required=True)


class CheckInSchema(ma.Schema):
    """Body of `check_in`: a planned visit by its id, or a visit off the plan with an id of the phone's."""

    visit_id = UUID7(required=True)
    compound_id = fields.UUID(required=True)
    round_id = fields.UUID(load_default=None, allow_none=True)
    checklist_version_id = fields.UUID(required=True)
    arrived_at = Moment(required=True)
    position = fields.Nested(PositionSchema, load_default=None, allow_none=True)


class AnswerSchema(ma.Schema):
    code = fields.String(required=True, validate=LINE_CODE, metadata={"example": "FP-01"})
    result = fields.String(required=True, validate=validate.OneOf([result.value for result in AnswerResult]))
    answered_at = Moment(required=True)


class AnswerChecklistSchema(VisitIdSchema):
    """Body of `answer_checklist`; of two answers to one line the later one counts."""

    answers = fields.List(
        fields.Nested(AnswerSchema), required=True, validate=validate.Length(min=1, max=MAX_ANSWERS)
    )


class LeaveSchema(VisitIdSchema):
    """Body of `leave`."""

    left_at = Moment(required=True)
    position = fields.Nested(PositionSchema, load_default=None, allow_none=True)


class AddVisitPhotosSchema(VisitIdSchema):
    """Body of `add_visit_photos`: proof of a clean round, e.g. the entrance."""

    photos = fields.List(
        fields.Nested(PhotoDeclarationSchema), required=True, validate=validate.Length(min=1, max=MAX_PHOTOS)
    )


class VisitPositionSchema(ma.Schema):
    lon = fields.Float(required=True)
    lat = fields.Float(required=True)


class VisitSchema(ma.Schema):
    """One compound of a walk; `answers` maps line codes to pass, fail or not_applicable."""

    id = fields.UUID(required=True)
    round_id = fields.UUID(required=True, allow_none=True)
    compound_id = fields.UUID(required=True)
    inspector_id = fields.UUID(required=True)
    seq = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf([state.value for state in VisitState]))
    arrived_at = fields.AwareDateTime(required=True, allow_none=True)
    left_at = fields.AwareDateTime(required=True, allow_none=True)
    position = fields.Nested(VisitPositionSchema, required=True, allow_none=True)
    accuracy_m = fields.Float(required=True, allow_none=True)
    flags = fields.List(fields.String(), required=True)
    left_position = fields.Nested(VisitPositionSchema, required=True, allow_none=True)
    lacking = fields.List(
        fields.String(validate=validate.OneOf([proof.value for proof in Proof])),
        required=True,
        metadata={"description": "What it lacks as proof of itself; empty where a clean visit is proven"},
    )
    checklist_version_id = fields.UUID(required=True)
    answers = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class StopCompoundSchema(ma.Schema):
    """The compound of a stop with what is open there."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    street = fields.String(required=True)
    community = fields.String(required=True)
    n_open = fields.Integer(required=True)
    n_critical = fields.Integer(required=True)
    n_overdue = fields.Integer(required=True)


class StopSchema(VisitSchema):
    compound = fields.Nested(StopCompoundSchema, required=True)


class InspectorSchema(ma.Schema):
    id = fields.UUID(required=True)
    name = fields.String(required=True)


class RoundSchema(ma.Schema):
    """A walk planned for one period (周, 旬, 月)."""

    id = fields.UUID(required=True)
    level = fields.String(required=True, validate=validate.OneOf([level.value for level in RoundLevel]))
    period_key = fields.String(required=True, metadata={"example": "2026-W47"})
    title = fields.String(required=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)
    state = fields.String(required=True, validate=validate.OneOf([state.value for state in RoundState]))
    checklist_version_id = fields.UUID(required=True)
    path = fields.String(required=True)
    inspector_id = fields.UUID(required=True)


class PlannedRoundSchema(RoundSchema):
    inspector = fields.Nested(InspectorSchema, required=True)
    visits = fields.List(fields.Nested(StopSchema), required=True)


class RoundsQuerySchema(ma.Schema):
    """`on`: the day (today when absent). `path`: only this part of one's area (supervisors)."""

    on = fields.Date(load_default=None)
    path = fields.String(load_default=None, validate=PATH)


class RoundsSchema(ma.Schema):
    items = fields.List(fields.Nested(PlannedRoundSchema), required=True)
