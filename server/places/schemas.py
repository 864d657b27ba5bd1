"""Documents of places and imports."""

from __future__ import annotations

import marshmallow as ma
from flask_smorest.fields import Upload
from marshmallow import fields, validate

from server.places.rules import Level


class LonLatSchema(ma.Schema):
    lon = fields.Float(required=True)
    lat = fields.Float(required=True)


class FirmShortSchema(ma.Schema):
    id = fields.UUID(required=True)
    name = fields.String(required=True)
    short_name = fields.String(required=True)


class ManagerSchema(ma.Schema):
    name = fields.String(required=True)
    phone = fields.String(required=True, allow_none=True)


class CompoundSchema(ma.Schema):
    """小区 with the attributes of 附件1. Outlines are GeoJSON in WGS-84, areas m², the rate percent."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    management_area = fields.String(required=True)
    path = fields.String(required=True)
    community = fields.String(required=True)
    street = fields.String(required=True)
    four_bounds = fields.String(required=True)
    service_form = fields.Integer(required=True, validate=validate.Range(1, 6))
    committee = fields.Integer(required=True, validate=validate.Range(1, 3))
    party_coverage = fields.Integer(required=True, validate=validate.Range(1, 5))
    fee_collection_rate = fields.Float(required=True, allow_none=True)
    firm = fields.Nested(FirmShortSchema, required=True, allow_none=True)
    manager = fields.Nested(ManagerSchema, required=True, allow_none=True)
    buildings = fields.Integer(required=True)
    households = fields.Integer(required=True)
    floor_area_m2 = fields.Integer(required=True)
    is_high_rise = fields.Boolean(required=True)
    service_grade = fields.Integer(required=True, allow_none=True)
    centre = fields.Nested(LonLatSchema, required=True)
    outline = fields.Dict(required=True, metadata={"description": "GeoJSON MultiPolygon"})
    building_outlines = fields.Dict(required=True, allow_none=True, metadata={"description": "GeoJSON"})
    building_names = fields.List(fields.String(), required=True)


class AreasQuerySchema(ma.Schema):
    level = fields.String(load_default=None, validate=validate.OneOf([level.value for level in Level]))


class AreaSchema(ma.Schema):
    id = fields.UUID(required=True)
    code = fields.String(required=True, metadata={"example": "999901003000"})
    level = fields.String(required=True, validate=validate.OneOf([level.value for level in Level]))
    name = fields.String(required=True)
    path = fields.String(required=True)
    parent_id = fields.UUID(required=True, allow_none=True)


class AreasSchema(ma.Schema):
    items = fields.List(fields.Nested(AreaSchema), required=True)


class FirmSchema(FirmShortSchema):
    """A firm; `uscc_suspect` says that the check digit of its code does not fit."""

    uscc = fields.String(required=True, allow_none=True)
    uscc_suspect = fields.Boolean(required=True)
    address = fields.String(required=True, allow_none=True)
    legal_representative = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)
    has_party_organisation = fields.Boolean(required=True)
    compounds = fields.Integer(required=True)


class ImportQuerySchema(ma.Schema):
    dry_run = fields.Boolean(load_default=False, metadata={"description": "Only report, store nothing"})


class ImportFileSchema(ma.Schema):
    file = Upload(required=True, metadata={"description": "At most 10 MB and 5,000 rows"})


class ImportFindingSchema(ma.Schema):
    """One cell that is wrong (`error`) or odd (`warning`); `row` as the file's own program numbers it."""

    row = fields.Integer(required=True)
    column = fields.String(required=True, allow_none=True)
    severity = fields.String(required=True, validate=validate.OneOf(["error", "warning"]))
    code = fields.String(required=True)
    message = fields.String(required=True)


class ImportReportSchema(ma.Schema):
    kind = fields.String(required=True)
    dry_run = fields.Boolean(required=True)
    stored = fields.Boolean(required=True)
    rows = fields.Integer(required=True)
    created = fields.Integer(required=True)
    updated = fields.Integer(required=True)
    unchanged = fields.Integer(required=True)
    error_count = fields.Integer(required=True)
    warning_count = fields.Integer(required=True)
    truncated = fields.Boolean(required=True)
    findings = fields.List(fields.Nested(ImportFindingSchema), required=True)
