"""Marshmallow fields and schemas that several features share: text, ids, positions, declared photos."""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from server.core.geo import looks_swapped
from server.core.problems import BadText, Problem

PHOTO_KINDS = ("O", "C", "M", "L", "T", "V", "A")
"""Overview, close-up, measured, label or record, two shots apart, video, after."""

PHOTO_SOURCES = ("camera", "gallery")
POSITION_SOURCES = ("gnss", "manual", "last_fix")
UUID7_PATTERN = "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
STORABLE = r"^[^\u0000]*$"
WRITTEN = r"^[^\u0000]*[^\s\u0000][^\u0000]*$"
"""For the API description: text that PostgreSQL can hold, and that is not blank."""

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""As moments, not as years of the zone that the sender happened to write them in."""

_HEX_SHA256 = re.compile(r"[0-9a-f]{64}")


class SwappedPosition(Problem):
    """Longitude and latitude were exchanged; `suggestion` has them the right way round."""

    code, status, title = "position.swapped", 422, "经度和纬度填反了"


class Text(fields.String):
    """Text that a person wrote: outer blanks removed, at most `max_length` characters.

    Empty text is refused unless `blank=True`. NUL and lone surrogates raise `BadText`, because
    PostgreSQL cannot hold them.
    """

    def __init__(self, max_length: int, *, blank: bool = False, **kwargs: Any) -> None:
        limits = validate.Length(min=0 if blank else 1, max=max_length)
        kwargs["metadata"] = {"pattern": STORABLE if blank else WRITTEN} | kwargs.get("metadata", {})
        super().__init__(validate=limits, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if "\0" in text or any(0xD800 <= ord(char) <= 0xDFFF for char in text):
            raise BadText()
        return text.strip()


class Moment(fields.AwareDateTime):
    """A time with its offset, from 1970 (a phone whose battery died) to 2199.

    Beyond lie moments that Python or PostgreSQL can write and the other cannot read: one of them stored
    would break every later answer that contains it.
    """

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        moment: datetime = super()._deserialize(value, attr, data, **kwargs)
        if not EARLIEST <= moment < LATEST:
            raise ma.ValidationError("Not a time between 1970 and 2199.")
        return moment


class Switch(fields.Boolean):
    """`true` or `false` of JSON; neither 0 nor "yes", which the description does not allow either."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Whole(fields.Integer):
    """A whole number of JSON: 3 and 3.0 are the same there; neither "3" nor 3.5 nor true is one."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value // 1:
            raise self.make_error("invalid", input=value)
        return super()._deserialize(int(value), attr, data, **kwargs)


class UUID7(fields.UUID):
    """A client-made id. The version is checked, the time inside is never trusted."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["metadata"] = {"pattern": UUID7_PATTERN} | kwargs.get("metadata", {})
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> uuid.UUID:
        result: uuid.UUID = super()._deserialize(value, attr, data, **kwargs)
        if result.version != 7:
            raise ma.ValidationError("Not a version 7 UUID.")
        return result


class Sha256(fields.String):
    """64 lower-case hexadecimal digits outside, 32 bytes inside."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return value.hex() if isinstance(value, bytes) else value

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bytes:  # type: ignore[override]
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if not _HEX_SHA256.fullmatch(text):
            raise ma.ValidationError("Not a SHA-256 in lower-case hexadecimal.")
        return bytes.fromhex(text)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def refuse_swapped(lon: Any, lat: Any) -> None:
    """Raise `SwappedPosition` where the two numbers only make sense the other way round."""
    east, north = _number(lon), _number(lat)
    if east is not None and north is not None and looks_swapped(east, north):
        raise SwappedPosition(suggestion={"lon": north, "lat": east})


class ReceiptSchema(ma.Schema):
    """The server's signed word that it holds something (see `server/core/receipts.py`)."""

    kind = fields.String(required=True, validate=validate.OneOf(["photo", "command", "original"]))
    id = fields.UUID(required=True)
    sha256 = fields.String(required=True, metadata={"pattern": "^[0-9a-f]{64}$"})
    received_at = fields.String(required=True, metadata={"example": "2026-11-20T01:00:00.000Z"})
    key_id = fields.String(required=True, metadata={"example": "8f14e45fceea167a"})
    signature = fields.String(required=True, metadata={"description": "base64url, 64 bytes"})


class ReceiptKeySchema(ma.Schema):
    """A public key that verifies receipts."""

    id = fields.String(required=True, metadata={"example": "8f14e45fceea167a"})
    algorithm = fields.String(required=True, validate=validate.OneOf(["Ed25519"]))
    public_key = fields.String(required=True, metadata={"description": "base64url, 32 bytes"})


class OfficeKeySchema(ma.Schema):
    """A public key that phones encrypt to (docs/outbox-file.md)."""

    id = fields.String(required=True, metadata={"example": "8f14e45fceea167a"})
    algorithm = fields.String(required=True, validate=validate.OneOf(["ECDH-P256"]))
    public_key = fields.String(required=True, metadata={"description": "base64url, 65 bytes"})


class PinSchema(ma.Schema):
    """A spot on the map, degrees WGS-84."""

    lon = fields.Float(required=True, allow_nan=False, validate=validate.Range(-180, 180))
    lat = fields.Float(required=True, allow_nan=False, validate=validate.Range(-90, 90))

    @ma.pre_load
    def _not_swapped(self, data: Any, **_: Any) -> Any:
        if isinstance(data, Mapping):
            refuse_swapped(data.get("lon"), data.get("lat"))
        return data


class PositionSchema(PinSchema):
    """A fix as the phone took it: degrees WGS-84, accuracy in metres (radius of 68 %)."""

    accuracy_m = fields.Float(
        allow_none=True, allow_nan=False, validate=validate.Range(min=0, max=100_000_000), load_default=None
    )
    captured_at = Moment(allow_none=True, load_default=None)
    source = fields.String(validate=validate.OneOf(POSITION_SOURCES), load_default="gnss")
    crs = fields.String(validate=validate.Equal("wgs84"), load_default="wgs84")
    mocked = fields.Boolean(
        load_default=False,
        metadata={
            "description": "The phone saw the same point to the last bit again and again: made, perhaps"
        },
    )


class PhotoDeclarationSchema(ma.Schema):
    """A photo announced before its bytes: what it will be, by hash and size.

    Loaded: `photo_id` UUID, `sha256` and `original_sha256` 32 bytes, `captured_at` aware datetime,
    `position` a loaded `PositionSchema` or None. `original_sha256` is the hash at the shutter when the
    phone sends a smaller rendition; a video is the original of its poster. `original_size` and
    `original_mime` say that this file will follow as well.
    """

    photo_id = UUID7(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(PHOTO_KINDS))
    sha256 = Sha256(required=True)
    original_sha256 = Sha256(allow_none=True, load_default=None)
    original_size = Whole(
        allow_none=True,
        load_default=None,
        validate=validate.Range(min=1, max=2**31 - 1),
        metadata={
            "description": "Bytes of the camera's own file, where it will follow (evidence lane, video)"
        },
    )
    original_mime = fields.String(
        allow_none=True, load_default=None, validate=validate.Length(min=1, max=100)
    )
    size = Whole(required=True, validate=validate.Range(min=1, max=2**31 - 1))
    mime = fields.String(required=True, validate=validate.Length(min=1, max=100))
    source = fields.String(validate=validate.OneOf(PHOTO_SOURCES), load_default="camera")
    captured_at = Moment(required=True)
    position = fields.Nested(PositionSchema, allow_none=True, load_default=None)
    annotated = fields.Boolean(
        load_default=False,
        metadata={
            "description": "Something was drawn on the picture or blurred in it; the original has it plain"
        },
    )
