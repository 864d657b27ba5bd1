"""Rows into tables by COPY: about a hundred times faster than inserting objects one by one."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from shapely import set_srid, to_wkb
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session


def copy_rows(session: Session, model: Any, rows: Iterable[Mapping[str, Any]]) -> int:
    """Copy ``rows`` (attribute name → value) into the table of ``model``; returns how many.

    All rows have the same names. Values: plain Python, enums, shapely shapes in WGS-84, dicts and lists
    for JSON columns. Runs in the session's transaction; triggers and constraints apply.
    """
    count = 0
    table: sa.Table = model.__table__
    connection = session.connection().connection.driver_connection
    assert connection is not None
    iterator = iter(rows)
    first = next(iterator, None)
    if first is None:
        return 0
    names = list(first)
    json_names = {n for n in names if isinstance(table.c[n].type, sa.JSON)}
    columns = ", ".join(f'"{n}"' for n in names)
    with connection.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy:
        for row in _chain(first, iterator):
            copy.write_row([_plain(row[n], n in json_names) for n in names])
            count += 1
    return count


def _chain(first: Mapping[str, Any], rest: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    yield first
    yield from rest


def _plain(value: Any, as_json: bool) -> Any:
    if as_json:
        return None if value is None else json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, BaseGeometry):
        return to_wkb(set_srid(value, 4326), hex=True, include_srid=True)
    return value
