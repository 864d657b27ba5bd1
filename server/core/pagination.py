"""Keyset pages: `{"items": […], "next": "opaque"}`.

An offset page over a million rows reads everything before it; a keyset reads one page from an index.
The cursor is the sort key of the last row, JSON in URL-safe base64, and is checked, not trusted.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Sequence
from typing import Any

from server.core.problems import NotFound


class BadCursor(NotFound):
    """There is no such place in the list; 404, since a cursor is an address that we gave out."""

    code, title = "core.bad_cursor", "翻页位置无效"


def encode_cursor(key: Sequence[Any]) -> str:
    """An opaque cursor for a sort key of JSON-able values."""
    raw = json.dumps(list(key), separators=(",", ":"), default=str).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode_cursor(cursor: str, length: int) -> list[Any]:
    """The sort key of `cursor`; raises `BadCursor` unless it is a list of `length` scalars."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        key = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, UnicodeError, RecursionError) as error:
        raise BadCursor() from error
    if not isinstance(key, list) or len(key) != length or not all(map(_is_scalar, key)):
        raise BadCursor()
    return key


def _is_scalar(value: Any) -> bool:
    """Whether we could have written `value`: no nesting, no infinity, no text that a query cannot carry."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, str):
        return not any(char == "\0" or 0xD800 <= ord(char) <= 0xDFFF for char in value)
    return value is None or isinstance(value, int)
