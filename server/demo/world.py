"""The fictional district as finished records in WGS-84: areas, roads, compounds, buildings.

``build_world(seed)`` is pure and takes about a second. The anchor puts the north side of 汀禾苑
3号楼 at 119.62314 E, 38.94170 N, in open sea.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from shapely.geometry import LineString, Polygon, mapping
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from server.demo import names, register, surroundings
from server.demo.buildings import House, raise_houses
from server.demo.plots import HERO_STREET, Layout, Plot, build_layout, hero_community
from server.demo.projection import Projection

SEED = 20261120
CITY_CODE = "999900000000"
DISTRICT_CODE = "999901000000"
ANCHOR = (119.62314, 38.94170)
HERO = "汀禾苑"
# The round of the first inspector, in walking order, with the number of buildings of each.
ROUND = {
    "栖澜坊": 10,
    "临禾里": 7,
    HERO: 12,
    "岸禾新村": 18,
    "澄望阁": 6,
    "禾汀佳园": 24,
    "听荷里": 8,
}
STORY_NEIGHBOUR = "拾汀苑"
# Households and floor area (㎡) that fit the story's compounds.
_STORY_SIZES = {
    HERO: (816, 76_200),
    "岸禾新村": (640, 55_400),
    "禾汀佳园": (988, 93_800),
}


@dataclass(frozen=True, slots=True)
class Area:
    """An administrative area. ``level``: city, district, street or community; 12-digit code."""

    code: str
    level: str
    name: str
    parent: str | None
    outline: Polygon


@dataclass(frozen=True, slots=True)
class Road:
    name: str
    kind: str  # main | secondary | minor | lakeside
    line: LineString


@dataclass(frozen=True, slots=True)
class Ground:
    """Water or greenery."""

    name: str
    kind: str  # water | green
    outline: Polygon


@dataclass(frozen=True, slots=True)
class Building:
    """A house. ``house`` keeps the metric shape for placing things beside it."""

    number: int
    label: str
    floors: int
    outline: Polygon
    house: House


@dataclass(frozen=True, slots=True)
class Compound:
    """A compound (小区) with the attributes of 附件1. Areas ㎡, rates percent, codes as printed."""

    key: str
    name: str
    management_area: str
    street_code: str
    community_code: str
    outline: Polygon
    bounds_text: str
    height_class: str  # high_rise above 27 m, else multi_storey
    entry: register.Entry
    buildings: tuple[Building, ...]


@dataclass(frozen=True, slots=True)
class World:
    """Everything that stands still."""

    projection: Projection
    areas: tuple[Area, ...]
    roads: tuple[Road, ...]
    grounds: tuple[Ground, ...]
    compounds: tuple[Compound, ...]

    def area(self, code: str) -> Area:
        return next(a for a in self.areas if a.code == code)

    def compound(self, name: str) -> Compound:
        return next(c for c in self.compounds if c.name == name)


def build_world(seed: int = SEED) -> World:
    """The district of one seed; equal seeds give equal districts."""
    rng = Random(f"{seed}/world")
    layout = build_layout(rng)
    titles = _compound_titles(rng, layout)
    houses = [
        raise_houses(rng, plot.quad, ROUND.get(title))
        for plot, title in zip(layout.plots, titles, strict=True)
    ]
    projection = _anchored(houses[titles.index(HERO)])
    communities = _community_codes(rng, layout)
    entries = _entries(rng, titles, houses)
    compounds = tuple(
        _compound(
            projection,
            f"C{i + 1:04d}",
            titles[i],
            plot,
            communities,
            entries[i],
            houses[i],
        )
        for i, plot in enumerate(layout.plots)
    )
    return World(
        projection,
        _areas(projection, layout, communities),
        _roads(projection, layout),
        _grounds(projection, layout),
        compounds,
    )


def features(records: list[tuple[BaseGeometry, dict[str, Any]]]) -> dict[str, Any]:
    """A GeoJSON FeatureCollection of (shape, properties) pairs."""
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "geometry": mapping(shape), "properties": properties}
            for shape, properties in records
        ],
    }


def _anchored(houses: list[House]) -> Projection:
    x, y = houses[2].beside("北", 5)
    return Projection(*ANCHOR, x, y)


def _compound_titles(rng: Random, layout: Layout) -> list[str]:
    """Names in the order of the plots; the story's names go to the hero community and beside it."""
    hero = hero_community(layout.streets[HERO_STREET])
    reserved = (*ROUND, STORY_NEIGHBOUR)
    titles = names.compound_names(rng, len(layout.plots), reserved)
    own = [i for i, p in enumerate(layout.plots) if (p.street, p.community) == (HERO_STREET, hero)]
    own.sort(key=lambda i: layout.plots[i].polygon.area)
    for index, title in zip(own, sorted(ROUND, key=lambda name: ROUND[name]), strict=True):
        titles[index] = title
    middle = unary_union([layout.plots[i].polygon for i in own]).centroid
    others = [i for i, p in enumerate(layout.plots) if p.street == HERO_STREET and p.community != hero]
    nearest = min(others, key=lambda i: layout.plots[i].polygon.distance(middle))
    titles[nearest] = STORY_NEIGHBOUR
    return titles


def _entries(rng: Random, titles: list[str], houses: list[list[House]]) -> list[register.Entry]:
    volumes = [sum(h.floors * h.polygon.area for h in group) ** 0.7 for group in houses]
    plain = frozenset(titles.index(name) for name in (*ROUND, STORY_NEIGHBOUR))
    fixed = {titles.index(name): size for name, size in _STORY_SIZES.items()}
    entries = register.build_register(rng, volumes, plain, fixed)
    hero = titles.index(HERO)
    donor = next(i for i, e in enumerate(entries) if e.committee == 1 and i != hero)
    entries[donor] = replace(entries[donor], committee=entries[hero].committee)
    entries[hero] = replace(entries[hero], committee=1)
    return entries


def _community_codes(rng: Random, layout: Layout) -> dict[tuple[int, int], tuple[str, str]]:
    """(street, community) → 12-digit code and name."""
    found = {}
    for street in layout.streets:
        count = len(street.communities)
        titles = names.community_names(rng, names.STREETS[street.index], count)
        if street.index == HERO_STREET:
            titles = _story_communities(rng, layout, titles)
        for k, title in enumerate(titles):
            code = f"999901{street.index + 1:03d}{k + 1:03d}"
            found[(street.index, k)] = (code, title + "社区")
    return found


def _story_communities(rng: Random, layout: Layout, titles: list[str]) -> list[str]:
    """禾田 for the hero community, 汀桥 for the one beside it that holds the story's neighbour."""
    street = layout.streets[HERO_STREET]
    hero = hero_community(street)
    own = unary_union([p.polygon for p in layout.plots if (p.street, p.community) == (HERO_STREET, hero)])
    others = [p for p in layout.plots if p.street == HERO_STREET and p.community != hero]
    beside = min(others, key=lambda p: p.polygon.distance(own.centroid)).community
    rest = [t for t in titles if t not in ("禾田", "汀桥")]
    return ["禾田" if k == hero else "汀桥" if k == beside else rest[k] for k in range(len(titles))]


def _compound(
    projection: Projection,
    key: str,
    title: str,
    plot: Plot,
    communities: dict[tuple[int, int], tuple[str, str]],
    entry: register.Entry,
    houses: list[House],
) -> Compound:
    row = plot.cells[0].row
    sides = zip("东南西北", (plot.east, plot.south, plot.west, plot.north), strict=True)
    text = "，".join(f"{d}至{surroundings.side_name(side, row)}" for d, side in sides)
    tall = max(h.floors for h in houses) >= register.HIGH_RISE_FLOORS
    return Compound(
        key,
        title,
        f"{title}物业管理区域",
        f"999901{plot.street + 1:03d}000",
        communities[(plot.street, plot.community)][0],
        projection.geometry(plot.polygon),
        text,
        "high_rise" if tall else "multi_storey",
        entry,
        tuple(Building(h.number, h.label, h.floors, projection.geometry(h.polygon), h) for h in houses),
    )


def _joined(shapes: Iterable[Polygon]) -> Polygon:
    """The union of polygons that touch."""
    whole = unary_union(list(shapes))
    if not isinstance(whole, Polygon):
        raise TypeError("the shapes do not touch")
    return whole


def _areas(
    projection: Projection,
    layout: Layout,
    communities: dict[tuple[int, int], tuple[str, str]],
) -> tuple[Area, ...]:
    found = []
    for street in layout.streets:
        code = f"999901{street.index + 1:03d}000"
        shapes = []
        for k, group in enumerate(street.communities):
            shape = _joined([projection.geometry(Polygon(layout.grid.quad(c))) for c in group])
            shapes.append(shape)
            found.append(
                Area(
                    communities[(street.index, k)][0],
                    "community",
                    communities[(street.index, k)][1],
                    code,
                    shape,
                )
            )
        found.append(
            Area(
                code,
                "street",
                names.STREETS[street.index] + "街道",
                DISTRICT_CODE,
                _joined(shapes),
            )
        )
    whole = _joined([a.outline for a in found if a.level == "street"])
    found.append(Area(DISTRICT_CODE, "district", names.DISTRICT, CITY_CODE, whole))
    found.append(Area(CITY_CODE, "city", names.CITY, None, whole))
    return tuple(sorted(found, key=lambda a: (a.code, a.level)))


def _roads(projection: Projection, layout: Layout) -> tuple[Road, ...]:
    return tuple(Road(r.name, r.kind, projection.geometry(r.line)) for r in surroundings.roads(layout))


def _grounds(projection: Projection, layout: Layout) -> tuple[Ground, ...]:
    waters = [Ground(p.name, "water", projection.geometry(p.outline)) for p in surroundings.waters(layout)]
    return (
        *waters,
        *(Ground(p.name, "green", projection.geometry(p.outline)) for p in surroundings.greens(layout)),
    )
