"""Polygons out of uploaded GeoJSON: read, checked, mended where that is safe."""

from __future__ import annotations

import math
from typing import Any

from shapely import force_2d, make_valid
from shapely.errors import ShapelyError
from shapely.geometry import GeometryCollection, MultiPolygon, Point, Polygon, shape
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from server.core.geo import looks_swapped
from server.places.importing.report import RowReader

MAX_VERTICES = 20_000
METRES_PER_DEGREE = 111_320.0
STAND_IN_RADIUS_M = 60.0


def read_outline(reader: RowReader, key: str, geometry: Any) -> MultiPolygon | None:
    """The (multi)polygon of a GeoJSON geometry, or None after a fault was noted.

    Self-crossing rings are mended with a warning, as office drawings are full of them.
    """
    found = _shape(geometry)
    if found is None or found.is_empty or not isinstance(found, (Polygon, MultiPolygon)):
        reader.fault(key, "outline.not_polygon", "轮廓应为 Polygon 或 MultiPolygon")
        return None
    west, south, east, north = found.bounds
    if looks_swapped(west, south) or looks_swapped(east, north):
        reader.fault(key, "position.swapped", "经度和纬度填反了")
        return None
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
        reader.fault(key, "outline.out_of_range", "坐标超出经纬度范围，应为 WGS-84 度")
        return None
    if _vertices(found) > MAX_VERTICES:
        reader.fault(key, "outline.too_detailed", f"轮廓最多 {MAX_VERTICES} 个点")
        return None
    if not found.is_valid:
        reader.warn(key, "outline.mended", "轮廓自相交，已修正")
        found = _polygons(make_valid(found))
    return _multi(reader, key, found)


def _shape(geometry: Any) -> BaseGeometry | None:
    if not isinstance(geometry, dict):
        return None
    try:
        found = force_2d(shape(geometry))
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError):
        return None
    return found if all(map(math.isfinite, found.bounds)) or found.is_empty else None


def _vertices(found: Polygon | MultiPolygon) -> int:
    parts = found.geoms if isinstance(found, MultiPolygon) else [found]
    return sum(len(ring.coords) for part in parts for ring in (part.exterior, *part.interiors))


def _polygons(found: BaseGeometry) -> BaseGeometry:
    if isinstance(found, GeometryCollection):
        return unary_union([part for part in found.geoms if isinstance(part, (Polygon, MultiPolygon))])
    return found


def _multi(reader: RowReader, key: str, found: BaseGeometry) -> MultiPolygon | None:
    if isinstance(found, Polygon):
        found = MultiPolygon([found])
    if not isinstance(found, MultiPolygon) or found.is_empty or found.area == 0:
        reader.fault(key, "outline.not_polygon", "轮廓没有面积")
        return None
    return found


def stand_in(lon: float, lat: float) -> MultiPolygon:
    """A circle of 60 m where a compound must be somewhere and its outline is not known yet."""
    radius = STAND_IN_RADIUS_M / METRES_PER_DEGREE
    squeeze = math.cos(math.radians(lat))
    ring = Point(0, 0).buffer(radius, quad_segs=4).exterior.coords
    return MultiPolygon([Polygon([(lon + x / squeeze, lat + y) for x, y in ring])])
