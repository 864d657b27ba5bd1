"""Positions and outlines: small conversions that every feature with a place needs.

Everything is WGS-84 (EPSG:4326), longitude first, as GeoJSON has it. Distances are metres on the
spheroid, measured by the database (`geography`), because a degree is no unit of length.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from geoalchemy2 import Geography, WKBElement
from geoalchemy2.shape import from_shape, to_shape
from shapely.geometry import MultiPolygon, Point

SRID = 4326


def looks_swapped(lon: float, lat: float) -> bool:
    """Whether longitude and latitude were exchanged: a latitude beyond 90° that would be a longitude.

    China lies between 73° and 135° E and below 54° N, so an exchange nearly always shows.
    """
    return 90 < abs(lat) <= 180 and abs(lon) <= 90


def point(lon: float, lat: float) -> WKBElement:
    """A point for a geometry column of SRID 4326."""
    return from_shape(Point(lon, lat), srid=SRID)


def lon_lat(value: Any) -> dict[str, float] | None:
    """`{"lon": …, "lat": …}` of a stored point, rounded to 1e-7° (about 1 cm), or None."""
    if value is None:
        return None
    ((lon, lat),) = to_shape(value).coords
    return {"lon": round(lon, 7), "lat": round(lat, 7)}


def multi_polygon(shape: MultiPolygon) -> WKBElement:
    """A value for a MULTIPOLYGON column of SRID 4326."""
    return from_shape(shape, srid=SRID)


def as_geography(expression: Any) -> sa.Cast[Any]:
    """`expression::geography`, the type in which PostGIS measures metres."""
    return sa.cast(expression, Geography(srid=SRID))


def metres_between(left: Any, right: Any) -> sa.Function[float]:
    """SQL for the distance in metres between two geometries of SRID 4326; 0 where they touch."""
    return sa.func.ST_Distance(as_geography(left), as_geography(right), type_=sa.Float)


def sql_point(lon: float, lat: float) -> sa.Function[Any]:
    """A point as an SQL expression of SRID 4326."""
    return sa.func.ST_SetSRID(sa.func.ST_MakePoint(lon, lat), SRID)
