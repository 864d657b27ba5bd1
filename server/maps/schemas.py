"""Queries of the map and the bodies of its answers."""

from __future__ import annotations

import re
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate
from webargs.fields import DelimitedList

from server.findings.rules import Progress, Severity
from server.findings.schemas import FindingSchema
from server.maps.rules import Box, Status, box_of_degrees, make_filters

BOX = r"^-?\d{1,3}(\.\d{1,15})?(,-?\d{1,3}(\.\d{1,15})?){3}$"


class BoxField(fields.String):
    """`west,south,east,north` in degrees WGS-84; loads to a `Box` in mercator metres."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Box:  # type: ignore[override]
        text = super()._deserialize(value, attr, data, **kwargs)
        if not re.fullmatch(BOX, text):
            raise ma.ValidationError("Not four numbers west,south,east,north.")
        first, second, third, fourth = (float(part) for part in text.split(","))
        # What lies beyond the world is cut off, and corners may come in any order: a map asks for odd boxes.
        west, east = sorted(max(-180.0, min(180.0, lon)) for lon in (first, third))
        south, north = sorted(max(-90.0, min(90.0, lat)) for lat in (second, fourth))
        return box_of_degrees(west, south, east, north)


_BOX_EXAMPLE = {
    "pattern": BOX,
    "example": "119.60,38.93,119.65,38.96",
    "description": "west,south,east,north in degrees",
}


# Python's `$` also matches before a line break at the end, which an area path cannot hold.
class FilterSchema(ma.Schema):
    """What to show. Lists are comma-separated; an empty one means all. Loads to `Filters` under `filters`.

    `progress` and `overdue` are facts of the finding; `status` are the boxes of the panel, of which each
    finding is in exactly one (逾期 beats 已回复). Closed findings are shown only when asked for.
    """

    severity = DelimitedList(fields.Enum(Severity, by_value=True), validate=validate.Length(max=3))
    category = DelimitedList(
        fields.String(validate=validate.Regexp(r"^[A-Z]{2}$(?!\n)")),
        validate=validate.Length(max=40),
        metadata={"example": "FP,EB"},
    )
    street = fields.String(
        validate=[validate.Length(max=200), validate.Regexp(r"^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$(?!\n)")],
        metadata={"example": "9999.999901.999901003", "description": "path of an area"},
    )
    progress = DelimitedList(fields.Enum(Progress, by_value=True), validate=validate.Length(max=3))
    overdue = fields.Boolean()
    status = DelimitedList(fields.Enum(Status, by_value=True), validate=validate.Length(max=4))

    @ma.post_load
    def _gather(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        names = ("severity", "category", "street", "progress", "overdue", "status")
        return {"filters": make_filters(**{name: data.pop(name) for name in names if name in data})} | data


class ListQuerySchema(FilterSchema):
    """Query of the list beside the map."""

    bbox = BoxField(required=True, metadata=_BOX_EXAMPLE)
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))
    cursor = fields.String(load_default=None, validate=validate.Length(max=512))


class CountsQuerySchema(FilterSchema):
    """Query of the panel's counts; without a box, everything in one's scope."""

    bbox = BoxField(load_default=None, metadata=_BOX_EXAMPLE)


class MapFindingSchema(FindingSchema):
    """A finding with the id of its pin in the tiles; null where it has none (put right)."""

    pin_id = fields.Integer(allow_none=True, required=True)


class MapPageSchema(ma.Schema):
    items = fields.List(fields.Nested(MapFindingSchema), required=True)
    next = fields.String(allow_none=True, required=True)


class StreetCountSchema(ma.Schema):
    path = fields.String(required=True)
    name = fields.String(required=True)
    n = fields.Integer(required=True)


class CountByField(fields.Dict):
    """Counts by a name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(keys=fields.String(), values=fields.Integer(), **kwargs)


class CountsSchema(ma.Schema):
    """Counts for the filter panel. Each `by_` is counted with all filters but its own.

    `total` and `overdue` count open findings; `closed` stops at 10,000 and says so.
    """

    total = fields.Integer(required=True)
    overdue = fields.Integer(required=True)
    by_progress = CountByField(required=True)
    by_status = CountByField(required=True)
    by_severity = CountByField(required=True)
    by_category = CountByField(required=True)
    by_street = fields.List(fields.Nested(StreetCountSchema), required=True)
    closed_capped = fields.Boolean(required=True)


class CompoundIdSchema(ma.Schema):
    compound_id = fields.UUID(required=True)


class BaseMapSchema(ma.Schema):
    """A district's base map; `tag` changes with its content."""

    code = fields.String(required=True, metadata={"example": "999901"})
    size = fields.Integer(required=True, metadata={"description": "bytes"})
    tag = fields.String(required=True)


class BaseMapsSchema(ma.Schema):
    items = fields.List(fields.Nested(BaseMapSchema), required=True)
    tianditu_key = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Browser key of 天地图, where one is configured"},
    )
