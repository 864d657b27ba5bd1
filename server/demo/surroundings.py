"""Roads, parks, the lake and the river between the plots, in metres."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from shapely.geometry import LineString, MultiLineString, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import linemerge

from server.demo import names
from server.demo.grid import COLUMNS, RIVER_COLUMN, RIVER_ROWS, ROWS, Cell, cells
from server.demo.plots import Layout, Side, inset

LAKE_NAME = "澄湖"
RIVER_NAME = "石桥河"
LAKE_ROAD = "环湖路"
LANE_NAME = "规划支路"
_SHORE_ROAD_METRES = 16.0
_SHORE_GREEN_METRES = 26.0
_SMALLEST_GREEN_M2 = 2_500.0


@dataclass(frozen=True, slots=True)
class RoadLine:
    """A road of one class: main, secondary, minor, or lakeside."""

    name: str
    kind: str
    line: LineString


@dataclass(frozen=True, slots=True)
class Patch:
    """Water or greenery with a name."""

    name: str
    outline: Polygon


def column_names() -> list[str]:
    return names.road_names(COLUMNS + 1, "路", 0)


def row_names() -> list[str]:
    return names.road_names(ROWS + 1, "街", COLUMNS + 1)


def side_name(side: Side, row: int) -> str:
    """What a 四至 text calls the neighbour on one side of a plot in grid row ``row``."""
    if side.kind == "lane":
        return LANE_NAME
    if side.kind == "row":
        return row_names()[side.line]
    if side.line == RIVER_COLUMN and row in RIVER_ROWS:
        return RIVER_NAME
    return column_names()[side.line]


def roads(layout: Layout) -> list[RoadLine]:
    """All road centre lines; none crosses the lake or a compound."""
    inside = {(c.column, c.row) for c in cells()}
    merged = {pair[1] for street in layout.streets for pair in street.merges}
    dry = layout.lake.buffer(_SHORE_ROAD_METRES)
    found = [RoadLine(LAKE_ROAD, "lakeside", LineString(dry.exterior.coords))]
    node = layout.grid.node

    def column_open(i: int, j: int) -> bool:
        covered = any(Cell(i, j, street) in merged for street in range(len(layout.streets)))
        river = i == RIVER_COLUMN and j in RIVER_ROWS
        return bool({(i - 1, j), (i, j)} & inside) and not covered and not river

    def row_open(j: int, i: int) -> bool:
        return bool({(i, j - 1), (i, j)} & inside)

    for i, name in enumerate(column_names()):
        parts = [LineString((node(i, j), node(i, j + 1))) for j in range(ROWS) if column_open(i, j)]
        found += _lines(parts, dry, name, layout.grid.column_class(i))
    for j, name in enumerate(row_names()):
        parts = [LineString((node(i, j), node(i + 1, j))) for i in range(COLUMNS) if row_open(j, i)]
        found += _lines(parts, dry, name, layout.grid.row_class(j))
    return found


def waters(layout: Layout) -> list[Patch]:
    """The lake, and the river that leaves it to the south."""
    line = LineString([layout.grid.node(RIVER_COLUMN, j) for j in (*RIVER_ROWS, RIVER_ROWS.stop)])
    river = line.buffer(24, cap_style="flat").difference(layout.lake)
    largest = max(_polygons(river), key=lambda p: p.area)
    return [Patch(LAKE_NAME, layout.lake), Patch(RIVER_NAME, largest)]


def greens(layout: Layout) -> list[Patch]:
    """Parks on their own cells, and what is left of the cells around the lake."""
    shore = layout.lake.buffer(_SHORE_GREEN_METRES)
    found = []
    for street in layout.streets:
        name = names.STREETS[street.index]
        parks = [c for c, use in street.use.items() if use == "green"]
        for number, cell in enumerate(parks, start=1):
            found.append(Patch(f"{name}{_ORDINALS[number - 1]}游园", _rounded(_block(layout, cell))))
        wet = [c for group in street.communities for c in group if c not in street.dry]
        for cell in wet:
            for piece in _polygons(_block(layout, cell).difference(shore)):
                if piece.area > _SMALLEST_GREEN_M2:
                    found.append(Patch("滨湖绿地", _rounded(piece)))
    return found


_ORDINALS = "一二三四五六七八九"


def _block(layout: Layout, cell: Cell) -> Polygon:
    grid = layout.grid
    return Polygon(
        inset(
            grid.quad(cell),
            grid.column_half_width(cell.column, cell.row) + 3,
            grid.column_half_width(cell.column + 1, cell.row) + 3,
            grid.row_half_width(cell.row) + 3,
            grid.row_half_width(cell.row + 1) + 3,
        )
    )


def _rounded(shape: Polygon) -> Polygon:
    soft = shape.buffer(-16).buffer(16, quad_segs=6)
    return max(_polygons(soft), key=lambda p: p.area) if not soft.is_empty else shape


def _lines(parts: list[LineString], dry: Polygon, name: str, kind: str) -> Iterator[RoadLine]:
    merged = linemerge(MultiLineString(parts)).difference(dry)
    for line in _flat(merged, lambda g: g.geom_type == "LineString"):
        if isinstance(line, LineString) and line.length > 30:
            yield RoadLine(name, kind, line)


def _polygons(shape: BaseGeometry) -> list[Polygon]:
    return [p for p in _flat(shape, lambda g: g.geom_type == "Polygon") if isinstance(p, Polygon)]


def _flat(shape: BaseGeometry, wanted: Callable[[BaseGeometry], bool]) -> list[BaseGeometry]:
    members = list(shape.geoms) if hasattr(shape, "geoms") else [shape]
    return [m for m in members if wanted(m) and not m.is_empty]
