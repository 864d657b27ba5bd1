"""The ground of a district as one file that phones take into the cellar.

Files lie under `XUNJIAN_BASEMAPS` (by default `VAR/basemaps`) as `<six-digit division code>.pmtiles`. An
office puts its own there (made from the surveying authority's data by any tool that writes PMTiles), or has
`xunjian build-basemap` make one from the ground that this database holds, as the demo does. Nothing is
fetched from anybody else's servers.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.core import context as house
from server.core.config import Settings
from server.core.identity import Identity
from server.core.permissions import Permission, require
from server.core.problems import NotFound
from server.maps import pmtiles, queries, rules, tiles
from server.maps.pmtiles import Extent

MIN_ZOOM, MAX_ZOOM = 8, 15
"""Tiles of zoom 15 are drawn larger beyond it: their grid is 0.3 m."""
MARGIN_DEGREES = 0.005
CODE = re.compile(r"[0-9]{6}")


@dataclass(frozen=True, slots=True)
class BaseMap:
    """One file: `tag` changes with its content."""

    code: str
    path: Path
    size: int
    tag: str


def folder(settings: Settings) -> Path:
    """Where the files lie."""
    return settings.basemaps or settings.var / "basemaps"


def listed(session: Session, identity: Identity) -> dict[str, Any]:
    """The maps of the districts that one's area lies in or holds (schema `BaseMapsSchema`)."""
    require(identity, Permission.PLACE_READ)
    codes = queries.district_codes(session, identity.path)
    found = [known for code in sorted(codes) if (known := _of(code)) is not None]
    return {
        "items": [{"code": each.code, "size": each.size, "tag": each.tag} for each in found],
        "tianditu_key": house.settings().tianditu_key,
    }


def file_of(session: Session, identity: Identity, code: str) -> BaseMap:
    """The file of a district. Raises `NotFound`, also for one out of sight."""
    require(identity, Permission.PLACE_READ)
    found = _of(code) if code in queries.district_codes(session, identity.path) else None
    if found is None:
        raise NotFound()
    return found


def _of(code: str) -> BaseMap | None:
    path = folder(house.settings()) / f"{code}.pmtiles"
    try:
        known = path.stat()
    except OSError:
        return None
    tag = hashlib.sha256(f"{code} {known.st_size} {known.st_mtime_ns}".encode()).hexdigest()[:16]
    return BaseMap(code, path, known.st_size, tag)


def build(session: Session, code: str, target: Path) -> int:
    """Write the ground of a district into `target/<code>.pmtiles`; answers the file's size in bytes.

    The file appears whole or not at all. Raises `NotFound` where no district has this code, `ValueError`
    where nothing is known of its ground.
    """
    if not CODE.fullmatch(code):
        raise NotFound()
    box = queries.district_box(session, code)
    if box is None:
        raise NotFound()
    west, south, east, north = box
    extent = Extent(
        west - MARGIN_DEGREES,
        south - MARGIN_DEGREES,
        east + MARGIN_DEGREES,
        north + MARGIN_DEGREES,
        MIN_ZOOM,
        MAX_ZOOM,
    )
    content = pmtiles.archive(_tiles(session, extent), extent, _metadata(session, code))
    target.mkdir(parents=True, exist_ok=True)
    whole, part = target / f"{code}.pmtiles", target / f".{code}.{os.getpid()}"
    part.write_bytes(content)
    os.replace(part, whole)
    return len(content)


def _tiles(session: Session, extent: Extent) -> Iterator[tuple[int, int, int, bytes]]:
    for z in range(extent.min_zoom, extent.max_zoom + 1):
        left, top = _tile_at(z, extent.west, extent.north)
        right, bottom = _tile_at(z, extent.east, extent.south)
        for x in range(left, right + 1):
            for y in range(top, bottom + 1):
                box = rules.tile_box(z, x, y)
                assert box is not None, "a tile of the extent"
                yield z, x, y, tiles.base_tile(session, z, box)


def _tile_at(z: int, lon: float, lat: float) -> tuple[int, int]:
    """The tile that holds a point."""
    side = 1 << z
    northing = math.asinh(math.tan(math.radians(lat)))
    x, y = (lon + 180) / 360 * side, (1 - northing / math.pi) / 2 * side
    return min(side - 1, int(x)), min(side - 1, int(y))


def _metadata(session: Session, code: str) -> dict[str, Any]:
    kinds = session.execute(sa.text("SELECT DISTINCT kind FROM base_feature ORDER BY kind")).scalars()
    fields = {"name": "String", "kind": "String"}
    return {
        "name": code,
        "type": "baselayer",
        "vector_layers": [
            {"id": kind, "fields": fields, "minzoom": MIN_ZOOM, "maxzoom": MAX_ZOOM}
            for kind in [*kinds, "labels"]
        ],
    }
