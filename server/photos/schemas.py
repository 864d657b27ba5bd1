"""Documents and queries of evidence. Declarations come inside commands (`core.fields`)."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from server.core.fields import PHOTO_KINDS, ReceiptSchema, Sha256
from server.photos.models import PhotoStage, PhotoState
from server.photos.rules import ChunkHead


class FixSchema(ma.Schema):
    """Where the phone was: degrees WGS-84."""

    lon = fields.Float(required=True)
    lat = fields.Float(required=True)


class PhotoSchema(ma.Schema):
    """A declared photo. Exactly one of `case_id` (a finding) and `visit_id` is given."""

    id = fields.UUID(required=True)
    case_id = fields.UUID(required=True, allow_none=True)
    visit_id = fields.UUID(required=True, allow_none=True)
    group_id = fields.UUID(
        required=True,
        metadata={"description": "The act that declared it: finding, response, review or visit"},
    )
    stage = fields.Enum(PhotoStage, by_value=True, required=True)
    kind = fields.String(required=True, validate=validate.OneOf(PHOTO_KINDS))
    sha256 = Sha256(required=True)
    original_sha256 = Sha256(required=True, allow_none=True)
    original_size = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Bytes of the camera's own file: null where only its hash was kept"},
    )
    original_mime = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "`video/…`: the photo is the poster of a video. As announced, then as found"
        },
    )
    original_stored_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "Null: not here (yet)"}
    )
    original_ms = fields.Integer(
        required=True, allow_none=True, metadata={"description": "How long a video runs, milliseconds"}
    )
    size = fields.Integer(required=True, metadata={"description": "Bytes"})
    mime = fields.String(required=True, metadata={"description": "As declared; once stored, as found"})
    source = fields.String(required=True)
    captured_at = fields.AwareDateTime(required=True)
    state = fields.Enum(PhotoState, by_value=True, required=True)
    stored_at = fields.AwareDateTime(required=True, allow_none=True)
    position = fields.Nested(FixSchema, required=True, allow_none=True)
    accuracy_m = fields.Float(required=True, allow_none=True, metadata={"description": "Metres"})
    receipt = fields.Nested(
        ReceiptSchema,
        required=True,
        allow_none=True,
        metadata={"description": "For the person who sends it, once it is stored"},
    )
    flags = fields.List(
        fields.String(),
        required=True,
        metadata={
            "description": "`reused`: the same bytes are evidence of another act. `annotated`: drawn on or "
            "blurred by the inspector. A `photo.…` code: the "
            "bytes came but are no usable picture, and sending them again will not help."
        },
    )


class OriginalSchema(ma.Schema):
    """The camera's own file of a photo, as it was stored, with the receipt for whoever sent it."""

    photo_id = fields.UUID(required=True)
    sha256 = Sha256(required=True)
    size = fields.Integer(required=True, metadata={"description": "Bytes"})
    mime = fields.String(required=True)
    milliseconds = fields.Integer(required=True, allow_none=True, metadata={"description": "Of a video"})
    stored_at = fields.AwareDateTime(required=True)
    receipt = fields.Nested(ReceiptSchema, required=True)


class ContentQuerySchema(ma.Schema):
    """Which view of a photo: `thumb` 320 px, `large` up to 1600 px (both JPEG), or the original bytes."""

    size = fields.String(load_default="original", validate=validate.OneOf(["thumb", "large", "original"]))


class UploadHeadersSchema(ma.Schema):
    """Headers of one chunk of an upload. Loads to `ChunkHead`."""

    class Meta:
        unknown = ma.EXCLUDE

    offset = fields.Integer(
        required=True,
        data_key="Upload-Offset",
        validate=validate.Range(0, 2**53),
        metadata={"description": "Where this chunk begins, bytes"},
    )
    length = fields.Integer(
        required=True,
        data_key="Upload-Length",
        validate=validate.Range(1, 2**53),
        metadata={"description": "The whole file, bytes"},
    )
    complete = fields.String(
        load_default="?0",
        data_key="Upload-Complete",
        validate=validate.OneOf(["?0", "?1"]),
        metadata={"description": "`?1` on the last chunk (RFC 9651 boolean)"},
    )

    @ma.post_load
    def _head(self, data: dict[str, Any], **_: Any) -> ChunkHead:
        return ChunkHead(data["offset"], data["length"], data["complete"] == "?1")
