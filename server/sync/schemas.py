"""The envelope of commands and of the pull; bodies belong to the features."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from server.core.fields import UUID7

MAX_COMMANDS = 100


class CommandSchema(ma.Schema):
    """One command: `id` is made by the client and names the act for ever."""

    class Meta:
        title = "Command"

    id = UUID7(required=True)
    kind = fields.String(required=True, validate=validate.Length(max=40))
    captured_at = fields.AwareDateTime(required=True)
    body = fields.Dict(required=True)


class PushSchema(ma.Schema):
    """Commands in the order of their making. `device_time` is the phone's clock at sending."""

    device_time = fields.AwareDateTime(load_default=None, allow_none=True)
    unsent = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(0, 1_000_000)
    )
    commands = fields.List(
        fields.Nested(CommandSchema), required=True, validate=validate.Length(max=MAX_COMMANDS)
    )


class ResultSchema(ma.Schema):
    """The answer to one command: applied with a result, or refused with a problem document."""

    id = fields.UUID(required=True)
    status = fields.String(required=True, validate=validate.OneOf(["applied", "refused"]))
    replayed = fields.Boolean(required=True)
    result = fields.Dict(allow_none=True)
    problem = fields.Dict(allow_none=True)


class PushResultSchema(ma.Schema):
    server_time = fields.AwareDateTime(required=True)
    results = fields.List(fields.Nested(ResultSchema), required=True)


class PullQuerySchema(ma.Schema):
    cursor = fields.String(validate=validate.Length(max=2048))
    limit = fields.Integer(load_default=500, validate=validate.Range(1, 2000))


class ChangesSchema(ma.Schema):
    """Documents to upsert by id, per kind; ask again with `cursor` at once while `more`."""

    items = fields.Dict(keys=fields.String(), values=fields.List(fields.Dict()), required=True)
    cursor = fields.String(required=True)
    more = fields.Boolean(required=True)
    server_time = fields.AwareDateTime(required=True)
