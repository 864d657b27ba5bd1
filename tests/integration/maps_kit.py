"""Hands for the tests of the map: reading vector tiles, planting findings, finding tiles."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.core.db import new_id
from server.findings.models import Finding
from server.findings.rules import FindingState, Severity
from tests.factories.world import LAT, LON, NOW, SIDE, World

Layers = dict[str, list[dict[str, Any]]]


def tile_of(z: int, lon: float, lat: float) -> tuple[int, int, int]:
    """Zoom, column and row of the tile that a spot lies in."""
    radians = math.radians(lat)
    x = (lon + 180) / 360 * 2**z
    y = (1 - math.asinh(math.tan(radians)) / math.pi) / 2 * 2**z
    return z, int(x), int(y)


def layers(content: bytes) -> Layers:
    """Features by layer: their properties with `id` where they have one, and `at` for points (x, y).

    Reads as much of the vector tile format (2.1) as our tiles use.
    """
    found: Layers = {}
    for _, layer in _fields(content):
        name, keys, values, raw = "", [], [], []
        for number, value in _fields(layer):
            if number == 1:
                name = value.decode()
            elif number == 2:
                raw.append(dict(_fields(value)))
            elif number == 3:
                keys.append(value.decode())
            elif number == 4:
                values.append(_value(value))
        found[name] = [_feature(feature, keys, values) for feature in raw]
    return found


def _feature(feature: dict[int, Any], keys: list[str], values: list[Any]) -> dict[str, Any]:
    tags = list(_varints(feature.get(2, b"")))
    known = {keys[tags[at]]: values[tags[at + 1]] for at in range(0, len(tags), 2)}
    if 1 in feature:
        known["id"] = feature[1]
    if feature.get(3) == 1:
        _, x, y = list(_varints(feature[4]))[:3]
        known["at"] = (_zigzag(x), _zigzag(y))
    return known


def _value(content: bytes) -> Any:
    number, value = next(_fields(content))
    if number == 1:
        return value.decode()
    if number == 6:
        return _zigzag(value)
    return bool(value) if number == 7 else value


def _zigzag(number: int) -> int:
    return (number >> 1) ^ -(number & 1)


def _varints(content: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in content:
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield number
            number = shift = 0


def _fields(content: bytes) -> Iterator[tuple[int, Any]]:
    at = 0

    def varint() -> int:
        nonlocal at
        number = shift = 0
        while True:
            byte = content[at]
            at += 1
            number |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return number

    while at < len(content):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        else:
            assert key & 7 == 2, f"wire type {key & 7}"
            size = varint()
            yield key >> 3, content[at : at + size]
            at += size


def plant(
    session: Session,
    world: World,
    compound: str = "汀禾苑",
    *,
    state: FindingState = FindingState.RECTIFYING,
    severity: Severity = Severity.GENERAL,
    item: str = "ES-01",
    spot: tuple[float, float] | None = (0.5, 0.5),
    due_in: timedelta | None = timedelta(days=3),
    received: datetime = NOW,
    department: str | None = None,
) -> uuid.UUID:
    """A finding in any state, written past the use cases; `spot` in sides of the compound's square."""
    compound_id = world.compounds[compound]
    row = session.execute(
        sa.text(
            "SELECT path::text, firm_id, ST_XMin(outline), ST_YMin(outline) FROM compound WHERE id = :id"
        ),
        {"id": compound_id},
    ).one()
    position = spot and f"SRID=4326;POINT({row[2] + spot[0] * SIDE} {row[3] + spot[1] * SIDE})"
    due_at = None if due_in is None else NOW + due_in
    finding = Finding(
        id=new_id(), compound_id=compound_id, path=row[0], firm_id=row[1], item_code=item, severity=severity,
        catalogue_version=session.scalar(sa.text("SELECT version FROM catalogue_version LIMIT 1")),
        responsible="firm", text="测试", place="3号楼北侧", position=position, captured_at=received,
        received_at=received, found_by=world.users["inspector_chen"], state=state, due_at=due_at,
        organisation_id=world.organisations["青禾街道办事处"],
        department_id=world.organisations[department] if department else None,
        overdue_at=due_at if due_at is not None and due_at < NOW else None,
    )  # fmt: skip
    session.add(finding)
    session.flush()
    return finding.id


def centre(east: float = 0.5, north: float = 0.5) -> tuple[float, float]:
    """A spot in the square of 汀禾苑, in degrees."""
    return LON + east * SIDE, LAT + north * SIDE
