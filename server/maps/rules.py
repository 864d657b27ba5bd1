"""Pure rules of the map: what a filter lets through, how pins gather into rings, how counts add up.

Web mercator (EPSG 3857) in metres of the projection throughout; at 39° N such a metre is 0.78 m.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from server.findings.rules import FindingState, Progress, Severity

WORLD = 20037508.342789244
"""Half the side of the mercator square."""
MAX_ZOOM = 22
PIN_ZOOM = 14
"""From here on tiles read pins, below only tallies."""
COMPOUND_ZOOM, NAME_ZOOM, BUILDING_ZOOM, CLOSED_ZOOM = 12, 14, 15, 15
RING_LEAST = 3
"""So many pins in one cell become a ring; fewer are drawn as themselves."""
DENSE_PER_HECTARE = (1.0, 3.0)
"""Open findings per hectare from which an outline is drawn stronger, and strongest."""

SEVERITY_CODES = {Severity.GENERAL: 0, Severity.MAJOR: 1, Severity.CRITICAL: 2}
SEVERITIES = tuple(severity for severity, _ in sorted(SEVERITY_CODES.items(), key=lambda item: item[1]))
PUT_RIGHT = (FindingState.CLOSED, FindingState.ON_SPOT_FIXED)
"""已销号 on the map. What was rejected or a duplicate never was a hazard of its own."""


class Status(StrEnum):
    """The boxes of the panel: together they hold every finding exactly once. 逾期 beats 已回复."""

    PENDING = "pending"
    OVERDUE = "overdue"
    REPLIED = "replied"
    CLOSED = "closed"


class Mark(NamedTuple):
    """What an open finding looks like apart from its severity; `code` is how tallies keep it."""

    progress: Progress
    overdue: bool

    @property
    def code(self) -> int:
        return 2 * (self.progress is Progress.REPLIED) + self.overdue

    @property
    def status(self) -> Status:
        if self.overdue:
            return Status.OVERDUE
        return Status.REPLIED if self.progress is Progress.REPLIED else Status.PENDING


MARKS = tuple(
    Mark(progress, overdue) for progress in (Progress.OPEN, Progress.REPLIED) for overdue in (False, True)
)
"""All marks, at the index of their code."""


class Cell(NamedTuple):
    """What one column of a tally counts."""

    severity: Severity
    mark: Mark

    @property
    def column(self) -> str:
        return f"{self.severity.value[0]}{self.mark.code}"


CELLS = tuple(Cell(severity, mark) for severity in SEVERITIES for mark in MARKS)


@dataclass(frozen=True, slots=True)
class Filters:
    """What is shown. An empty set of severities or categories means all of them.

    `marks` are the open findings that pass; `closed` says whether those put right pass too.
    `categories` are the two letters of catalogue groups, `street` an area path.
    """

    severities: frozenset[Severity] = frozenset()
    categories: frozenset[str] = frozenset()
    street: str | None = None
    marks: frozenset[Mark] = frozenset(MARKS)
    closed: bool = False

    @property
    def splits_counters(self) -> bool:
        """Whether the counters of compounds are too coarse for it, so that tallies must be read."""
        return bool(self.severities or self.categories) or self.marks != frozenset(MARKS)


def make_filters(
    *,
    severity: Iterable[Severity] = (),
    category: Iterable[str] = (),
    street: str | None = None,
    progress: Iterable[Progress] = (),
    overdue: bool | None = None,
    status: Iterable[Status] = (),
) -> Filters:
    """The filters of a request; all given conditions must hold. Closed findings pass only when named."""
    allowed, boxes = frozenset(progress), frozenset(status)
    marks = frozenset(
        mark
        for mark in MARKS
        if (not allowed or mark.progress in allowed)
        and (not boxes or mark.status in boxes)
        and overdue in (None, mark.overdue)
    )
    named = Progress.CLOSED in allowed or Status.CLOSED in boxes
    excluded = overdue is True or bool(allowed and Progress.CLOSED not in allowed)
    excluded = excluded or bool(boxes and Status.CLOSED not in boxes)
    return Filters(frozenset(severity), frozenset(category), street, marks, named and not excluded)


def cells(filters: Filters) -> list[Cell]:
    """The columns of a tally that pass, whatever its category."""
    return [
        cell
        for cell in CELLS
        if cell.mark in filters.marks and (not filters.severities or cell.severity in filters.severities)
    ]


class Box(NamedTuple):
    """West, south, east, north in mercator metres."""

    west: float
    south: float
    east: float
    north: float


def tile_box(z: int, x: int, y: int) -> Box | None:
    """The square of a tile (y counts from the north), or None where there is no such tile."""
    if not (0 <= z <= MAX_ZOOM and 0 <= x < 1 << z and 0 <= y < 1 << z):
        return None
    side = 2 * WORLD / (1 << z)
    west, north = -WORLD + x * side, WORLD - y * side
    return Box(west, north - side, west + side, north)


def box_of_degrees(west: float, south: float, east: float, north: float) -> Box:
    """A box in degrees WGS-84 as mercator metres; latitudes are cut at the map's edge, 85.05°."""

    def northing(degrees: float) -> float:
        radians = math.radians(max(-85.051128, min(85.051128, degrees)))
        return math.log(math.tan(math.pi / 4 + radians / 2)) / math.pi * WORLD

    return Box(west / 180 * WORLD, northing(south), east / 180 * WORLD, northing(north))


def around(box: Box) -> tuple[Box, Box, Box, Box]:
    """The rest of the world: four boxes that fill everything outside `box`."""
    edge = 2 * WORLD
    return (
        Box(-edge, -edge, box.west, edge),
        Box(box.east, -edge, edge, edge),
        Box(box.west, -edge, box.east, box.south),
        Box(box.west, box.north, box.east, edge),
    )


def cells_per_side(z: int) -> int:
    """Into how many cells a tile of 512 px is cut, so that rings keep clear of each other.

    85 px while rings stand for whole compounds, less when single buildings can be told apart.
    """
    if z < 16:
        return 6
    return 12 if z < 18 else 20


class Facets:
    """Exact counts for the filter panel out of groups `(street, category, severity, mark, n)`.

    Each dimension is counted with all filters but its own, so that an unticked box still says what
    ticking it would bring. `street` is an area path, severity and mark are codes.
    """

    def __init__(self, groups: Iterable[tuple[str, str, int, int, int]], filters: Filters) -> None:
        self.total = self.overdue = 0
        self.progress: Counter[str] = Counter()
        self.status: Counter[str] = Counter()
        self.severity: Counter[str] = Counter()
        self.category: Counter[str] = Counter()
        self.street: Counter[str] = Counter()
        for street, category, severity, mark, n in groups:
            self._add(street, category, SEVERITIES[severity], MARKS[mark], n, filters)

    def _add(
        self, street: str, category: str, severity: Severity, mark: Mark, n: int, filters: Filters
    ) -> None:
        passes = {
            "street": filters.street is None or f"{street}.".startswith(f"{filters.street}."),
            "category": not filters.categories or category in filters.categories,
            "severity": not filters.severities or severity in filters.severities,
            "mark": mark in filters.marks,
        }
        refused = [name for name, passed in passes.items() if not passed]
        if len(refused) > 1:
            return
        alone = refused[0] if refused else None
        if alone in (None, "street"):
            self.street[street] += n
        if alone in (None, "category"):
            self.category[category] += n
        if alone in (None, "severity"):
            self.severity[severity.value] += n
        if alone in (None, "mark"):
            self.progress[mark.progress.value] += n
            self.status[mark.status.value] += n
        if alone is None:
            self.total += n
            self.overdue += n * mark.overdue

    def document(self, closed: int, names: dict[str, str]) -> dict[str, Any]:
        """The body of the answer; `closed` counts what was put right, `names` the streets by path."""
        return {
            "total": self.total,
            "overdue": self.overdue,
            "by_progress": {p.value: self.progress[p.value] for p in Progress} | {"closed": closed},
            "by_status": {s.value: self.status[s.value] for s in Status} | {"closed": closed},
            "by_severity": {s.value: self.severity[s.value] for s in Severity},
            "by_category": dict(sorted(self.category.items())),
            "by_street": [
                {"path": p, "name": names.get(p, ""), "n": n} for p, n in sorted(self.street.items())
            ],
        }
