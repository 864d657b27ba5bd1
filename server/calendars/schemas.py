"""Shapes of the calendar."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from server.calendars.rules import FIRST_DAY, LAST_DAY, DayKind
from server.core.fields import Switch, Text


class CalendarYearSchema(ma.Schema):
    year = fields.Integer(required=True)
    holidays = fields.Integer(required=True)
    makeup = fields.Integer(required=True)
    workdays = fields.Integer(required=True)
    provisional = fields.Integer(required=True)


class CalendarImportSchema(ma.Schema):
    source = fields.String(required=True)
    imported_at = fields.AwareDateTime(required=True)
    sha256 = fields.String(required=True)


class CalendarOverviewSchema(ma.Schema):
    """The years around now; `missing` is the year whose paper should be out and was not imported."""

    version = fields.String(required=True)
    missing = fields.Integer(allow_none=True, required=True)
    years = fields.List(fields.Nested(CalendarYearSchema), required=True)
    imports = fields.List(fields.Nested(CalendarImportSchema), required=True)


class YearQuerySchema(ma.Schema):
    year = fields.Integer(required=True, validate=validate.Range(FIRST_DAY.year, LAST_DAY.year))


class SpanQuerySchema(ma.Schema):
    first = fields.Integer(load_default=2004, validate=validate.Range(FIRST_DAY.year, 2099))
    last = fields.Integer(load_default=2026, validate=validate.Range(FIRST_DAY.year, 2099))


class SpecialDaySchema(ma.Schema):
    date = fields.Date(required=True)
    kind = fields.Enum(DayKind, by_value=True, required=True)
    name = fields.String(required=True)
    source = fields.String(required=True)
    provisional = fields.Boolean(required=True)


class SpecialDaysSchema(ma.Schema):
    items = fields.List(fields.Nested(SpecialDaySchema), required=True)


class DifferenceSchema(ma.Schema):
    """A settled day on which the second package says otherwise: `theirs` is `rest` or `work`."""

    date = fields.Date(required=True)
    kind = fields.Enum(DayKind, by_value=True, required=True)
    name = fields.String(required=True)
    theirs = fields.String(required=True)


class DifferencesSchema(ma.Schema):
    first = fields.String(required=True)
    second = fields.String(required=True)
    items = fields.List(fields.Nested(DifferenceSchema), required=True)


class HolidayFileSchema(ma.Schema):
    """The official days of one year in the shape of holiday-cn; checked row by row by the import."""

    class Meta:
        unknown = ma.INCLUDE

    year = fields.Raw(required=True, allow_none=True)
    days = fields.Raw(required=True, allow_none=True)


class DryRunSchema(ma.Schema):
    dry_run = fields.Boolean(load_default=True)


class ChangedDaySchema(ma.Schema):
    date = fields.Date(required=True)
    before = fields.Enum(DayKind, by_value=True, required=True)
    after = fields.Enum(DayKind, by_value=True, required=True)


class ImportedSchema(ma.Schema):
    """What an import did, or would do."""

    year = fields.Integer(required=True)
    applied = fields.Boolean(required=True)
    settled = fields.Integer(required=True)
    changes = fields.List(fields.Nested(ChangedDaySchema), required=True)


class LocalDaySchema(ma.Schema):
    """A day that only this place has off (`off`) or works."""

    date = fields.Date(required=True)
    off = Switch(required=True)
    name = Text(40, required=True)


class LocalDateSchema(ma.Schema):
    """Names a local day."""

    date = fields.Date(required=True)
