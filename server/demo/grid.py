"""The plan of the town: a bent street grid, in metres, before anything is built on it.

Why a grid that is bent rather than random blocks: every polygon that follows (district, street,
community) is a union of whole cells, and all cells share their corner points. The areas therefore
partition each other exactly, without slivers, however much the grid is bent afterwards.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

Point = tuple[float, float]
Quad = tuple[Point, Point, Point, Point]

# One letter a cell, north at the top: which street (街道) the cell belongs to, '.' is outside.
PLAN = (
    "....BBBBBBBBHHHHHHHHH.....",
    "..BBBBBBBBBBHHHHHHHHHHGG..",
    ".BBBBBBBBBBBHHHHHHHHHHGGG.",
    ".BBBBBBBBBBBHHHHHHHHHHGGGG",
    "DDDBBBBBBBBBHHHHHHHHHHGGGG",
    "DDDDDDAAAAAACCCCCCCGGGGGGG",
    "DDDDDDAAAAAACCCCCCCGGGGGGG",
    "DDDDDDAAAAAACCCCCCCGGGGGGG",
    "DDDDDDAAAAAACCCCCCCGGGGGGG",
    "DDDDDDAAAAAACCCCCCCGGGGGGG",
    "DDDDDDAAAAAACCCCCCCFFFFFFF",
    "DDDDDDAAAAAACCCCCCCFFFFFFF",
    "DDDDDDAAAAAACCCCCCCFFFFFFF",
    "DDDDDDAAAAAAEEEEFFFFFFFFFF",
    "JJJJJJEEEEEEEEEEFFFFFFFFFF",
    "JJJJJJEEEEEEEEEEFFFFFFFFFF",
    "JJJJJJEEEEEEEEEEFFFFFFFFFF",
    "JJJJJJEEEEEEEEEEKKKKKKKKKK",
    "JJJJJJEEEEEEEEEEKKKKKKKKKK",
    "JJJJJJIIIIIIIIIIKKKKKKKKKK",
    "JJJJJJIIIIIIIIIIKKKKKKKKKK",
    "JJJJJJIIIIIIIIIIKKKKKKKKK.",
    ".JJJJJIIIIIIIIIIKKKKKKKK..",
    "..JJJJIIIIIIIIIIKKKKKK....",
    "....JJIIIIIIIIIIKKKK......",
)
LETTERS = "ABCDEFGHIJK"
COLUMNS = len(PLAN[0])
ROWS = len(PLAN)

# Grid lines that are wide roads; line 0 is the western or southern edge.
MAIN_COLUMNS = frozenset({6, 12, 16, 19, 22})
MAIN_ROWS = frozenset({6, 8, 12, 15, 20})
SECONDARY_COLUMNS = frozenset({0, 3, 9, 14, 24, 26})
SECONDARY_ROWS = frozenset({0, 3, 10, 18, 23, 25})
HALF_WIDTH = {"main": 20.0, "secondary": 13.0, "minor": 8.0}

RIVER_COLUMN = 16  # south of the lake this line is water, not road
RIVER_ROWS = range(8)
RIVER_HALF_WIDTH = 34.0

LAKE_CENTRE = (
    15.6,
    9.4,
)  # in grid units, so that the lake stays put when spacings change


@dataclass(frozen=True, slots=True)
class Cell:
    """One block of the plan. ``column`` counts from the west, ``row`` from the south."""

    column: int
    row: int
    street: int  # index into LETTERS


class Grid:
    """Corner points of all cells in local metres (x east, y north) and the classes of the lines."""

    def __init__(self) -> None:
        self.us = _spacings(COLUMNS, (216, 272, 238, 198, 256, 284, 228))
        self.vs = _spacings(ROWS, (202, 170, 222, 190, 238, 182))

    def node(self, i: float, j: float) -> Point:
        """Corner of column line ``i`` and row line ``j``; fractions lie between the lines."""
        return bend(_at(self.us, i), _at(self.vs, j))

    def quad(self, cell: Cell, across: int = 1) -> Quad:
        """Corners south-west, south-east, north-east, north-west of a cell or of ``across`` cells."""
        i, j = cell.column, cell.row
        return (
            self.node(i, j),
            self.node(i + across, j),
            self.node(i + across, j + 1),
            self.node(i, j + 1),
        )

    @staticmethod
    def column_class(line: int) -> str:
        return _class(line, MAIN_COLUMNS, SECONDARY_COLUMNS)

    @staticmethod
    def row_class(line: int) -> str:
        return _class(line, MAIN_ROWS, SECONDARY_ROWS)

    def column_half_width(self, line: int, row: int) -> float:
        """Half of the road (or river) along column line ``line`` beside cell row ``row``, metres."""
        if line == RIVER_COLUMN and row in RIVER_ROWS:
            return RIVER_HALF_WIDTH
        return HALF_WIDTH[self.column_class(line)]

    def row_half_width(self, line: int) -> float:
        return HALF_WIDTH[self.row_class(line)]


def cells() -> Iterator[Cell]:
    """All cells of the district, row by row from the south-west."""
    for row in range(ROWS):
        for column, letter in enumerate(PLAN[ROWS - 1 - row]):
            if letter != ".":
                yield Cell(column, row, LETTERS.index(letter))


def bend(u: float, v: float) -> Point:
    """Turn, lean and bend the plan so that no road is straight over the whole town (metres)."""
    x = u + 0.16 * v + 46 * math.sin(v / 610 + 0.4) + 18 * math.sin(u / 900)
    y = v - 0.02 * u + 40 * math.sin(u / 760 + 1.1) + 0.105 * u
    return x, y


def lake_outline(grid: Grid) -> list[Point]:
    """Shore of 澄湖 as points in metres: an ellipse with bays."""
    cx, cy = grid.node(*LAKE_CENTRE)
    shore = []
    for step in range(144):
        a = 2 * math.pi * step / 144
        r = 1 + 0.12 * math.sin(2 * a + 0.6) + 0.12 * math.sin(3 * a + 2.1) + 0.05 * math.sin(5 * a + 4)
        shore.append((cx + 700 * r * math.cos(a), cy + 540 * r * math.sin(a)))
    return shore


def _spacings(count: int, pattern: tuple[int, ...]) -> tuple[float, ...]:
    lines = [0.0]
    for index in range(count):
        lines.append(lines[-1] + pattern[(index * 3 + index // 4) % len(pattern)])
    return tuple(lines)


def _at(lines: tuple[float, ...], position: float) -> float:
    low = min(int(position), len(lines) - 2)
    return lines[low] + (lines[low + 1] - lines[low]) * (position - low)


def _class(line: int, main: frozenset[int], secondary: frozenset[int]) -> str:
    return "main" if line in main else "secondary" if line in secondary else "minor"
