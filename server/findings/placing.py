"""Where a finding is, and what is odd about that: the part of its service that looks at positions."""

from __future__ import annotations

from typing import Any

from geoalchemy2 import WKTElement
from sqlalchemy.orm import Session

from server.core import crs, fixes
from server.findings import queries
from server.findings.models import Finding
from server.findings.rules import Flag, position_flags
from server.places import service as places

POSITION_FLAGS = frozenset(
    flag.value
    for flag in (
        *(Flag.OUTSIDE_COMPOUND, Flag.NEEDS_PIN, Flag.POOR_ACCURACY, Flag.NO_POSITION, Flag.MANUAL_PIN),
        *(Flag.SUSPECTED_MOCK, Flag.IMPOSSIBLE_SPEED, Flag.GCJ_OFFSET),
    )
)


def place(session: Session, finding: Finding, fix: dict[str, Any] | None, pin: dict[str, Any] | None) -> None:
    """Set the position and its remarks; the pin wins over the fix, and both are kept.

    `fix` is a loaded `PositionSchema` (or what `finding.fix` kept of one), `pin` degrees WGS-84.
    """
    kept = [flag for flag in finding.flags or [] if flag not in POSITION_FLAGS]
    finding.fix = None if fix is None else fixes.jsonable(fix)
    spot = pin or fix
    if spot is None:
        finding.position, finding.accuracy_m = None, None
        finding.flags = [*kept, Flag.NO_POSITION.value]
        return
    finding.accuracy_m = None if pin else spot.get("accuracy_m")
    outside = places.distance_to_outline_m(session, finding.compound_id, spot["lon"], spot["lat"])
    manual = pin is not None or spot.get("source") == "manual"
    flags = position_flags(
        lon=spot["lon"], lat=spot["lat"], accuracy_m=finding.accuracy_m, outside_m=outside, manual=manual
    )
    finding.position = WKTElement(f"POINT({spot['lon']!r} {spot['lat']!r})", srid=4326)
    finding.flags = [
        *kept,
        *(flag.value for flag in flags),
        *_doubts(session, finding, fix, None if pin else outside),
    ]


def _doubts(
    session: Session, finding: Finding, fix: dict[str, Any] | None, outside: float | None
) -> list[str]:
    """What is odd about the raw fix, whatever pin lies over it. `outside`: its distance where it is known."""
    read = fixes.read_fix(fix, finding.captured_at)
    if read is None or fixes.is_nowhere(read):
        return []
    trail = queries.trail(session, finding.found_by, finding.captured_at, finding.id)
    if outside is None:
        outside = places.distance_to_outline_m(session, finding.compound_id, read.lon, read.lat)
    corrected = None
    if outside > 0:
        corrected = places.distance_to_outline_m(
            session, finding.compound_id, *crs.gcj02_to_wgs84(read.lon, read.lat)
        )
    return [doubt.value for doubt in fixes.doubts(read, trail, outside, corrected)]
