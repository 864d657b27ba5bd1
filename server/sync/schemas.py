"""The envelope of commands and of the pull; bodies belong to the features."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask_smorest.fields import Upload
from marshmallow import fields, validate

from server.accounts.schemas import CountersSchema, ReadinessSchema
from server.core.fields import UUID7, ReceiptKeySchema, ReceiptSchema, Text, Whole
from server.findings.schemas import FindingSchema
from server.notices.schemas import NoticeSchema
from server.photos.schemas import PhotoSchema
from server.places.schemas import CompoundSchema
from server.rounds.schemas import RoundSchema, VisitSchema

MAX_COMMANDS = 100


class CommandSchema(ma.Schema):
    """One command: `id` is made by the client and names the act for ever.

    `recorded_on` is the device it was made on, where a file brought it from there; no part of the act itself.
    """

    class Meta:
        title = "Command"

    id = UUID7(required=True)
    kind = fields.String(required=True, validate=validate.Length(max=40))
    captured_at = fields.AwareDateTime(required=True)
    body = fields.Dict(required=True)
    recorded_on = fields.UUID(load_default=None, allow_none=True)

    @ma.post_load(pass_original=True)
    def _keep_as_sent(self, data: dict[str, Any], original: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The receipt covers the act as it was sent, not what was made of it."""
        sent = {name: value for name, value in original.items() if name != "recorded_on"}
        return data | {"sent": sent}


class PushSchema(ma.Schema):
    """Commands in the order of their making, and what the phone says of itself.

    `device_time` is the phone's clock at sending. `unsent` is how many commands and photos it holds without a
    receipt, those of this request among them.
    """

    device_time = fields.AwareDateTime(load_default=None, allow_none=True)
    unsent = Whole(load_default=None, allow_none=True, validate=validate.Range(0, 1_000_000))
    app_version = Text(40, blank=True, load_default=None, allow_none=True)
    counters = fields.Nested(CountersSchema, load_default=None, allow_none=True)
    readiness = fields.Nested(ReadinessSchema, load_default=None, allow_none=True)
    commands = fields.List(
        fields.Nested(CommandSchema), required=True, validate=validate.Length(max=MAX_COMMANDS)
    )


class ResultSchema(ma.Schema):
    """The answer to one command: applied with a result, or refused with a problem document.

    The receipt says that it arrived, the status what became of it. None has one whose id was used before
    for something else: that one was not kept.
    """

    id = fields.UUID(required=True)
    status = fields.String(required=True, validate=validate.OneOf(["applied", "refused"]))
    replayed = fields.Boolean(required=True)
    result = fields.Dict(allow_none=True)
    problem = fields.Dict(allow_none=True)
    receipt = fields.Nested(ReceiptSchema, required=True, allow_none=True)


class OrderSchema(ma.Schema):
    """What the office wants of the phone. `upload_and_wipe`: the device was revoked; send what was captured
    until then, report an empty queue, then forget everything of this account."""

    order = fields.String(required=True, validate=validate.OneOf(["upload_and_wipe"]))


class PushResultSchema(ma.Schema):
    server_time = fields.AwareDateTime(required=True)
    results = fields.List(fields.Nested(ResultSchema), required=True)
    orders = fields.List(fields.Nested(OrderSchema), required=True)


class PullQuerySchema(ma.Schema):
    cursor = fields.String(validate=validate.Length(max=2048))
    limit = fields.Integer(load_default=500, validate=validate.Range(1, 2000))


class ChangedItemsSchema(ma.Schema):
    """Documents per kind, each the same as elsewhere in the API."""

    compounds = fields.List(fields.Nested(CompoundSchema), required=True)
    rounds = fields.List(fields.Nested(RoundSchema), required=True)
    visits = fields.List(fields.Nested(VisitSchema), required=True)
    findings = fields.List(fields.Nested(FindingSchema), required=True)
    photos = fields.List(fields.Nested(PhotoSchema), required=True)
    notices = fields.List(fields.Nested(NoticeSchema), required=True)


class ChangesSchema(ma.Schema):
    """Documents to upsert by id, per kind; ask again with `cursor` at once while `more`."""

    items = fields.Nested(ChangedItemsSchema, required=True)
    cursor = fields.String(required=True)
    more = fields.Boolean(required=True)
    server_time = fields.AwareDateTime(required=True)
    keep_originals = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Severities whose camera files are wanted from now on"},
    )


class KeysSchema(ma.Schema):
    keys = fields.List(fields.Nested(ReceiptKeySchema), required=True)


class OutboxFileSchema(ma.Schema):
    """A form with a file and, unless it was made for the office's key, the words that open it.

    OpenAPI knows one body an operation, so both stand here; the words are read from the form by the view.
    """

    file = Upload(required=True, metadata={"description": "As docs/outbox-file.md has it"})
    passphrase = Text(200, blank=True, load_default="")


class OutboxQuerySchema(ma.Schema):
    dry_run = fields.Boolean(load_default=False)
    salvage = fields.Boolean(load_default=False, metadata={"description": "Take what stands before a damage"})


class OutboxRowSchema(ma.Schema):
    """One command or photo of the file. `known`: it was here already."""

    what = fields.String(required=True, validate=validate.OneOf(["command", "photo"]))
    id = fields.String(required=True)
    title = fields.String(required=True)
    outcome = fields.String(
        required=True, validate=validate.OneOf(["applied", "stored", "known", "refused", "missing"])
    )
    problem = fields.Dict(required=True, allow_none=True)


class OutboxReportSchema(ma.Schema):
    """What became of each thing in an outbox file; the first four fields are what the file says of itself."""

    user = fields.Dict(required=True, allow_none=True)
    device_id = fields.String(required=True, allow_none=True)
    app_version = fields.String(required=True, allow_none=True)
    created_at = fields.String(required=True, allow_none=True)
    dry_run = fields.Boolean(required=True)
    whole = fields.Boolean(required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    rows = fields.List(fields.Nested(OutboxRowSchema), required=True)
