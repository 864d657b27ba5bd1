"""Facts as JSON and back: what the register keeps, so that a copy can be printed or a correction be made.

Pictures of the annex stay out, since they are drawn from the photo again; a signature of the screen is kept
as base64. Field types decide how a value is read; nothing in the JSON names a class.
"""

from __future__ import annotations

import base64
import dataclasses
import typing
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Literal

from server.documents.paper.facts import FACTS, Facts, PhotoSheet
from server.documents.rules import DocumentType


def dump(facts: Facts) -> dict[str, Any]:
    """JSON-able content of `facts`."""
    found: dict[str, Any] = _dump(facts)
    return found


def load(document_type: DocumentType, stored: Mapping[str, Any]) -> Facts:
    """The facts that `dump` wrote; photographs come without pictures."""
    found: Facts = _load(FACTS[document_type], stored)
    return found


def _dump(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        skipped = {"image"} if isinstance(value, PhotoSheet) else set()
        names = [each.name for each in dataclasses.fields(value) if each.name not in skipped]
        return {name: _dump(getattr(value, name)) for name in names}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return [_dump(each) for each in value] if isinstance(value, list | tuple) else value


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _load(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, UnionType):
        return _load(next(each for each in inner if each not in (type(None), Path)), value)
    if origin is Sequence:
        return tuple(_load(inner[0], each) for each in value)
    if origin is Literal:
        return value
    return _leaf(kind, value)


def _leaf(kind: Any, value: Any) -> Any:
    if dataclasses.is_dataclass(kind):
        hints = _hints(typing.cast(Any, kind))
        own = {name: _load(hints[name], each) for name, each in value.items() if name in hints}
        return typing.cast(Any, kind)(**own, **({"image": None} if kind is PhotoSheet else {}))
    if kind is bytes:
        return base64.b64decode(value)
    if kind is uuid.UUID:
        return uuid.UUID(value)
    return kind.fromisoformat(value) if kind in (datetime, date) else value
