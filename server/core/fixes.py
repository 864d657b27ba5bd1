"""Is a fix believable? Pure remarks about positions, shared by visits and findings.

A remark is for the reviewer and never stops anybody: every sign here is also given by honest phones now
and then (an external receiver that states no accuracy, a train, a browser that shifts coordinates).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import asin, cos, radians, sin, sqrt
from typing import Any

EARTH_RADIUS_M = 6_371_008.8
FASTEST_MPS = 42.0
"""About 150 km/h: nobody walks a round from an express train."""
LEAST_JUMP_M = 300.0
"""Shorter jumps are what receivers do between houses."""
REPEATED_AFTER_S = 60.0
INSIDE_M = 10.0


class Doubt(StrEnum):
    """What is odd about a fix."""

    SUSPECTED_MOCK = "suspected_mock"
    IMPOSSIBLE_SPEED = "impossible_speed"
    GCJ_OFFSET = "gcj_offset"


@dataclass(frozen=True, slots=True)
class Fix:
    """A position as a phone took it; degrees WGS-84, `accuracy_m` None where it states none."""

    lon: float
    lat: float
    accuracy_m: float | None
    at: datetime
    mocked: bool = False


def read_fix(raw: Mapping[str, Any] | None, otherwise_at: datetime) -> Fix | None:
    """The fix of a loaded or stored `PositionSchema`; None for a point set by hand and for an old fix."""
    if raw is None or raw.get("source", "gnss") != "gnss":
        return None
    at = raw.get("captured_at") or otherwise_at
    at = datetime.fromisoformat(at) if isinstance(at, str) else at
    return Fix(raw["lon"], raw["lat"], raw.get("accuracy_m"), at, bool(raw.get("mocked")))


def jsonable(position: Mapping[str, Any]) -> dict[str, Any]:
    """A loaded `PositionSchema` as it is kept: times as ISO 8601 text."""
    return {
        key: value.isoformat() if isinstance(value, datetime) else value for key, value in position.items()
    }


def is_nowhere(fix: Fix) -> bool:
    """(0, 0): what a phone says that does not know."""
    return abs(fix.lon) < 1e-6 and abs(fix.lat) < 1e-6


def metres_apart(a: Fix, b: Fix) -> float:
    """Great-circle distance."""
    d_lat, d_lon = radians(b.lat - a.lat), radians(b.lon - a.lon)
    h = sin(d_lat / 2) ** 2 + cos(radians(a.lat)) * cos(radians(b.lat)) * sin(d_lon / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(h)))


def too_fast(a: Fix, b: Fix) -> bool:
    """Whether one person cannot have been at both, their radii taken in the person's favour."""
    metres = metres_apart(a, b) - (a.accuracy_m or 0.0) - (b.accuracy_m or 0.0)
    seconds = max(1.0, abs((a.at - b.at).total_seconds()))
    return metres > LEAST_JUMP_M and metres / seconds > FASTEST_MPS


def looks_made(fix: Fix, trail: Iterable[Fix]) -> bool:
    """Whether the fix was set rather than measured.

    The phone's own suspicion (`mocked`: the same point to the last bit again and again) counts alone. A
    stated accuracy of zero does not: it takes the very same coordinates at another time as well.
    """
    if fix.mocked:
        return True
    repeated = any(
        (fix.lon, fix.lat) == (other.lon, other.lat)
        and abs((fix.at - other.at).total_seconds()) > REPEATED_AFTER_S
        for other in trail
    )
    return repeated and not fix.accuracy_m


def doubts(fix: Fix, trail: Iterable[Fix], outside_m: float, outside_if_gcj_m: float | None) -> list[Doubt]:
    """Remarks about `fix`, `trail` being the same person's fixes just before and after it.

    `outside_m` is the distance to the compound's outline; `outside_if_gcj_m` the same for the fix taken as
    GCJ-02 and put right, None where nobody asked.
    """
    around = list(trail)
    found = []
    if looks_made(fix, around):
        found.append(Doubt.SUSPECTED_MOCK)
    if any(too_fast(fix, other) for other in around):
        found.append(Doubt.IMPOSSIBLE_SPEED)
    slack = max(fix.accuracy_m or 0.0, INSIDE_M)
    if outside_if_gcj_m is not None and outside_m > slack >= outside_if_gcj_m:
        found.append(Doubt.GCJ_OFFSET)
    return found
