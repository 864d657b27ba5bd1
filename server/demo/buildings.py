"""Rows of houses inside a plot, numbered 1号楼, 2号楼 … from the south-west."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from shapely.geometry import Polygon

from server.demo.grid import Point, Quad
from server.demo.plots import within

EDGE_METRES = 9.0


@dataclass(frozen=True, slots=True)
class House:
    """One building in metres. ``corners`` run SW, SE, NE, NW; ``floors`` above ground."""

    number: int
    corners: Quad
    floors: int

    @property
    def label(self) -> str:
        return f"{self.number}号楼"

    def beside(self, side: str, metres: float, along: float = 0.5) -> Point:
        """A point ``metres`` off the middle (or share ``along``) of the 东 南 西 or 北 side."""
        sw, se, ne, nw = self.corners
        a, b = {"南": (sw, se), "东": (se, ne), "北": (ne, nw), "西": (nw, sw)}[side]
        x, y = a[0] + (b[0] - a[0]) * along, a[1] + (b[1] - a[1]) * along
        dx, dy = b[0] - a[0], b[1] - a[1]
        length = math.hypot(dx, dy)
        return x + dy / length * metres, y - dx / length * metres

    @property
    def polygon(self) -> Polygon:
        return Polygon(self.corners)


@dataclass(frozen=True, slots=True)
class _Kind:
    floors: tuple[int, ...]
    length: float
    depth: float
    row_gap: float
    gap: float


_KINDS = (
    (_Kind((6, 6, 6, 7), 52, 13, 21, 12), 50),
    (_Kind((5, 6), 38, 12, 18, 10), 14),
    (_Kind((4, 5), 28, 11, 15, 8), 4),
    (_Kind((9, 11, 11), 44, 15, 29, 16), 16),
    (_Kind((18, 18, 24, 26), 34, 18, 38, 24), 14),
    (_Kind((28, 32, 33), 30, 22, 44, 30), 5),
)


def raise_houses(rng: Random, quad: Quad, wanted: int | None = None) -> list[House]:
    """Houses for one plot; with ``wanted`` exactly that many."""
    width, height = _size(quad)
    kind = rng.choices([k for k, _ in _KINDS], [w for _, w in _KINDS])[0]
    slots = _slots(width, height, kind)
    if wanted is not None:
        kind = next(
            k
            for k, _ in sorted(_KINDS, key=lambda pair: -pair[0].floors[0])
            if len(_slots(width, height, k)) >= wanted
        )
        slots = _slots(width, height, kind)
    keep = wanted or max(1, len(slots) - rng.randint(0, len(slots) // 5))
    chosen = sorted(rng.sample(range(len(slots)), keep))
    floors = rng.choice(kind.floors)
    return [
        _house(quad, slots[index], kind, floors, number, (width, height))
        for number, index in enumerate(chosen, start=1)
    ]


def _slots(width: float, height: float, kind: _Kind) -> list[tuple[float, float]]:
    """South-west corners in metres within the plot, row by row."""
    columns = max(1, int((width - 2 * EDGE_METRES + kind.gap) // (kind.length + kind.gap)))
    rows = max(1, int((height - 2 * EDGE_METRES + kind.row_gap) // (kind.depth + kind.row_gap)))
    rest_x = (width - columns * kind.length) / (columns + 1)
    rest_y = (height - rows * kind.depth) / (rows + 1)
    return [
        (rest_x + c * (kind.length + rest_x), rest_y + r * (kind.depth + rest_y))
        for r in range(rows)
        for c in range(columns)
    ]


def _house(
    quad: Quad,
    slot: tuple[float, float],
    kind: _Kind,
    floors: int,
    number: int,
    size: tuple[float, float],
) -> House:
    (x, y), (width, height) = slot, size
    length = min(kind.length, width - 2 * EDGE_METRES)
    s0, s1 = x / width, (x + length) / width
    t0, t1 = y / height, (y + kind.depth) / height
    corners = (
        within(quad, s0, t0),
        within(quad, s1, t0),
        within(quad, s1, t1),
        within(quad, s0, t1),
    )
    return House(number, corners, floors)


def _size(quad: Quad) -> tuple[float, float]:
    def span(a: Point, b: Point) -> float:
        return math.dist(a, b)

    return (
        (span(quad[0], quad[1]) + span(quad[3], quad[2])) / 2,
        (span(quad[0], quad[3]) + span(quad[1], quad[2])) / 2,
    )
