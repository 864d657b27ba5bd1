"""What goes in and out at the door of one-time links."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from server.core.fields import Text
from server.photos.schemas import PhotoSchema


class LinkHeadersSchema(ma.Schema):
    """The token of the address, and the key that the browser got when the link was claimed."""

    class Meta:
        unknown = ma.EXCLUDE

    token = fields.String(required=True, data_key="Notice-Link", validate=validate.Length(min=1, max=200))
    key = fields.String(load_default=None, data_key="Notice-Link-Key", validate=validate.Length(max=100))


class ClaimSchema(ma.Schema):
    """Who opens the link; it serves them alone from now on."""

    name = Text(40, required=True)
    phone = fields.String(required=True, validate=validate.Regexp(r"^\+?[0-9][0-9 -]{4,19}$"))


class ClaimedSchema(ma.Schema):
    key = fields.String(required=True, metadata={"description": "Told once; goes into `Notice-Link-Key`"})
    holder = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True)


class LinkPreviewSchema(ma.Schema):
    """Whose notice it is, before anybody has said who they are."""

    number = fields.String(required=True)
    organisation = fields.String(required=True)
    firm = fields.String(required=True)
    compound = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True)
    claimed = fields.Boolean(required=True)
    holder = fields.String(allow_none=True)


class LinkPhotosSchema(ma.Schema):
    items = fields.List(fields.Nested(PhotoSchema), required=True)
