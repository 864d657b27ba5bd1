"""Who lives where: communities as groups of cells, and cells as homes, parks or civic ground.

The counts are fixed by the plan of the demo (565 compounds in 110 communities of 11 streets), so
splits and merges of blocks are chosen to land on them exactly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from random import Random

from shapely.geometry import Polygon

from server.demo.grid import LETTERS, Cell, Grid, Point, Quad, cells, lake_outline

COMPOUNDS = 565
COMMUNITIES_PER_STREET = 10
HERO_STREET = 2  # 青禾, where the story is told
HERO_COMPOUNDS = 7  # 禾田社区: the round of the first demo inspector
SHORE_METRES = 25.0
LANE_HALF_METRES = 5.0
FENCE_METRES = 5.0  # from the edge of the road to the fence of the compound


@dataclass(frozen=True, slots=True)
class Side:
    """What lies beyond one side of a plot: a road line of the grid, or an unnamed lane."""

    kind: str  # column | row | lane
    line: int = -1


@dataclass(frozen=True, slots=True)
class Plot:
    """Ground of one compound: corners in metres (SW, SE, NE, NW) and its four neighbours."""

    street: int
    community: int
    quad: Quad
    east: Side
    south: Side
    west: Side
    north: Side
    cells: tuple[Cell, ...]

    @property
    def polygon(self) -> Polygon:
        return Polygon(self.quad)


@dataclass(slots=True)
class Street:
    """Working state of one street while its ground is handed out."""

    index: int
    communities: list[list[Cell]]
    dry: set[Cell]
    use: dict[Cell, str] = field(default_factory=dict)  # homes | green | civic
    splits: set[Cell] = field(default_factory=set)
    merges: list[tuple[Cell, Cell]] = field(default_factory=list)

    def community_of(self, cell: Cell) -> int:
        return next(i for i, group in enumerate(self.communities) if cell in group)


@dataclass(frozen=True, slots=True)
class Layout:
    """All ground of the district in metres."""

    grid: Grid
    streets: tuple[Street, ...]
    plots: tuple[Plot, ...]
    lake: Polygon


def build_layout(rng: Random) -> Layout:
    """Hand out all ground. The same generator state gives the same layout."""
    grid = Grid()
    lake = Polygon(lake_outline(grid))
    everything = list(cells())
    wet = {c for c in everything if Polygon(grid.quad(c)).distance(lake) < SHORE_METRES}
    streets = []
    for index in range(len(LETTERS)):
        own = [c for c in everything if c.street == index]
        groups = _connected(_partition(own, COMMUNITIES_PER_STREET, wet))
        streets.append(Street(index, groups, {c for c in own if c not in wet}))
    for street, target in zip(streets, _targets(streets), strict=True):
        _hand_out(rng, grid, street, target)
    plots = [plot for street in streets for plot in _plots(rng, grid, street)]
    return Layout(grid, tuple(streets), tuple(plots), lake)


def hero_community(street: Street) -> int:
    """The community nearest to the middle of the street: 禾田社区 in 青禾."""
    mx = sum(c.column for c in street.dry) / len(street.dry)
    my = sum(c.row for c in street.dry) / len(street.dry)

    def distance(index: int) -> float:
        group = street.communities[index]
        dx = sum(c.column for c in group) / len(group) - mx
        dy = sum(c.row for c in group) / len(group) - my
        return dx * dx + dy * dy

    return min(range(len(street.communities)), key=distance)


def _targets(streets: list[Street]) -> list[int]:
    total = sum(len(s.dry) for s in streets)
    exact = [COMPOUNDS * len(s.dry) / total for s in streets]
    whole = [int(x) for x in exact]
    by_rest = sorted(range(len(exact)), key=lambda i: whole[i] - exact[i])
    for index in by_rest[: COMPOUNDS - sum(whole)]:
        whole[index] += 1
    return whole


def _partition(group: list[Cell], parts: int, wet: set[Cell]) -> list[list[Cell]]:
    """Halve along the longer side until ``parts`` groups remain; water counts for little."""
    if parts == 1:
        return [group]
    columns = {c.column for c in group}
    rows = {c.row for c in group}
    tall = max(rows) - min(rows) > max(columns) - min(columns)
    ordered = sorted(group, key=lambda c: (c.row, c.column) if tall else (c.column, c.row))
    weights = [0.1 if c in wet else 1.0 for c in ordered]
    first = parts // 2
    goal, running, cut = sum(weights) * first / parts, 0.0, 0
    while running < goal - 0.5 and cut < len(ordered) - 1:
        running += weights[cut]
        cut += 1
    return _partition(ordered[:cut], first, wet) + _partition(ordered[cut:], parts - first, wet)


def _connected(groups: list[list[Cell]]) -> list[list[Cell]]:
    """Give every stranded piece of a group to the smallest group that it touches."""
    pieces = [sorted(_components(group), key=len) for group in groups]
    whole = [list(parts[-1]) for parts in pieces]
    stranded = [piece for parts in pieces for piece in parts[:-1]]
    for piece in stranded:
        touching = [g for g in whole if any(_near(a, b) for a in g for b in piece)]
        min(touching, key=len).extend(piece)
    return whole


def _components(group: list[Cell]) -> list[list[Cell]]:
    left, found = set(group), []
    while left:
        start = min(left, key=lambda c: (c.column, c.row))
        reached, frontier = {start}, [start]
        while frontier:
            here = frontier.pop()
            new = [c for c in left - reached if _near(c, here)]
            reached.update(new)
            frontier.extend(new)
        found.append([c for c in group if c in reached])
        left -= reached
    return found


def _near(a: Cell, b: Cell) -> bool:
    return abs(a.column - b.column) + abs(a.row - b.row) == 1


def _hand_out(rng: Random, grid: Grid, street: Street, target: int) -> None:
    hero = hero_community(street) if street.index == HERO_STREET else -1
    street.use = dict.fromkeys(sorted(street.dry, key=lambda c: (c.column, c.row)), "homes")
    hero_cells = set(street.communities[hero]) if hero >= 0 else set()
    free = [c for c in street.use if c not in hero_cells]
    rng.shuffle(free)
    for use, share in (("green", 0.05), ("civic", 0.04)):
        _mark(street, free, use, round(len(street.dry) * share))
    _merge(rng, grid, street, hero_cells, max(2, len(street.dry) // 18))
    if hero >= 0:
        target -= _fit_hero(street, sorted(hero_cells, key=lambda c: (c.row, c.column)))
    homes = [c for c in street.use if street.use[c] == "homes" and c not in hero_cells]
    merged = {c for pair in street.merges for c in pair}
    surplus = target - (len(homes) - len(street.merges))
    single = sorted((c for c in homes if c not in merged), key=lambda c: -Polygon(grid.quad(c)).area)
    if not 0 <= surplus <= len(single):
        raise ValueError(f"street {street.index} cannot hold {target} compounds")
    street.splits.update(single[:surplus])


def _mark(street: Street, free: list[Cell], use: str, count: int) -> None:
    """Give ``count`` cells another use, none beside another such cell and no community emptied."""
    for cell in free:
        if count == 0:
            return
        near = [c for c in street.use if _near(c, cell)]
        group = street.communities[street.community_of(cell)]
        homes = sum(street.use.get(c) == "homes" for c in group)
        if street.use[cell] == "homes" and homes > 3 and all(street.use[c] == "homes" for c in near):
            street.use[cell] = use
            count -= 1


def _merge(rng: Random, grid: Grid, street: Street, keep: set[Cell], count: int) -> None:
    taken: set[Cell] = set()
    order = list(street.use)
    rng.shuffle(order)
    for cell in order:
        east = Cell(cell.column + 1, cell.row, cell.street)
        minor = grid.column_class(cell.column + 1) == "minor"
        homes = street.use[cell] == street.use.get(east) == "homes"
        apart = not taken & {cell, east} and not keep & {cell, east}
        if minor and homes and apart and street.community_of(cell) == street.community_of(east):
            taken |= {cell, east}
            street.merges.append((cell, east))
        if len(street.merges) == count:
            return


def _fit_hero(street: Street, group: list[Cell]) -> int:
    """Cut or fill the hero community to its fixed number of compounds."""
    if len(group) > HERO_COMPOUNDS:
        for cell in group[HERO_COMPOUNDS:]:
            street.use[cell] = "civic"
    else:
        street.splits.update(group[: HERO_COMPOUNDS - len(group)])
    return HERO_COMPOUNDS


def _plots(rng: Random, grid: Grid, street: Street) -> list[Plot]:
    second = {pair[1] for pair in street.merges}
    first = {pair[0] for pair in street.merges}
    plots = []
    for cell, use in street.use.items():
        if use != "homes" or cell in second:
            continue
        across = 2 if cell in first else 1
        community = street.community_of(cell)
        whole = _whole(grid, cell, across, community)
        plots.extend(_halves(rng, whole) if cell in street.splits else [whole])
    return plots


def _whole(grid: Grid, cell: Cell, across: int, community: int) -> Plot:
    quad = grid.quad(cell, across)
    left = grid.column_half_width(cell.column, cell.row) + FENCE_METRES
    right = grid.column_half_width(cell.column + across, cell.row) + FENCE_METRES
    below = grid.row_half_width(cell.row) + FENCE_METRES
    above = grid.row_half_width(cell.row + 1) + FENCE_METRES
    return Plot(
        cell.street,
        community,
        inset(quad, left, right, below, above),
        east=Side("column", cell.column + across),
        south=Side("row", cell.row),
        west=Side("column", cell.column),
        north=Side("row", cell.row + 1),
        cells=tuple(Cell(cell.column + k, cell.row, cell.street) for k in range(across)),
    )


def _halves(rng: Random, plot: Plot) -> list[Plot]:
    """Two plots side by side with a lane between them."""
    width = _length(plot.quad[0], plot.quad[1])
    share = rng.uniform(0.42, 0.58)
    gap = LANE_HALF_METRES / width
    lane = Side("lane")
    west = Plot(
        plot.street,
        plot.community,
        part(plot.quad, 0, share - gap, 0, 1),
        lane,
        plot.south,
        plot.west,
        plot.north,
        plot.cells,
    )
    east = Plot(
        plot.street,
        plot.community,
        part(plot.quad, share + gap, 1, 0, 1),
        plot.east,
        plot.south,
        lane,
        plot.north,
        plot.cells,
    )
    return [west, east]


def inset(quad: Quad, left: float, right: float, below: float, above: float) -> Quad:
    """The quad moved inwards by metres on each of its sides."""
    width = (_length(quad[0], quad[1]) + _length(quad[3], quad[2])) / 2
    height = (_length(quad[0], quad[3]) + _length(quad[1], quad[2])) / 2
    return part(quad, left / width, 1 - right / width, below / height, 1 - above / height)


def part(quad: Quad, s0: float, s1: float, t0: float, t1: float) -> Quad:
    """The piece of a quad between shares ``s`` (west to east) and ``t`` (south to north)."""
    return (
        within(quad, s0, t0),
        within(quad, s1, t0),
        within(quad, s1, t1),
        within(quad, s0, t1),
    )


def within(quad: Quad, s: float, t: float) -> Point:
    """Point of a quad at shares ``s`` and ``t`` of its sides."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad
    x = (ax * (1 - s) + bx * s) * (1 - t) + (dx * (1 - s) + cx * s) * t
    y = (ay * (1 - s) + by * s) * (1 - t) + (dy * (1 - s) + cy * s) * t
    return x, y


def _length(a: Point, b: Point) -> float:
    return math.dist(a, b)
