"""Documents of catalogue and checklists."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields


class CatalogueSchema(ma.Schema):
    """The hazard catalogue; `items` as in `server/checklists/data/catalogue.json`."""

    version = fields.String(required=True)
    groups = fields.List(fields.Dict(), required=True)
    items = fields.List(fields.Dict(), required=True)


class ChecklistLineSchema(ma.Schema):
    """One line in walking order; a failure is filed under one of `items`, likeliest first."""

    code = fields.String(required=True)
    text = fields.String(required=True)
    text_en = fields.String(required=True)
    items = fields.List(fields.String(), required=True)


class ChecklistSchema(ma.Schema):
    """One immutable version of a set."""

    id = fields.UUID(required=True)
    set_code = fields.String(required=True, metadata={"example": "CK-WEEK"})
    version = fields.String(required=True)
    name = fields.String(required=True)
    catalogue_version = fields.String(required=True)
    items = fields.List(fields.Nested(ChecklistLineSchema), required=True)


class CurrentSchema(ma.Schema):
    catalogue = fields.Nested(CatalogueSchema, required=True)
    checklists = fields.List(fields.Nested(ChecklistSchema), required=True)
