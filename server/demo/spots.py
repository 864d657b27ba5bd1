"""Where in a compound something is seen: words for the spot and a point beside the right house."""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random

from shapely.geometry import Point

from server.demo.phrases import fill, phrases
from server.demo.world import Building, Compound, World

_SIDE = re.compile(r"(\d+)号楼(?:[^东西南北]*)([东西南北])?")
_GATE = re.compile(r"^([东西南北])门")
_GATE_SHARE = {"南": 0, "东": 1, "北": 2, "西": 3}


@dataclass(frozen=True, slots=True)
class Spot:
    """Words, degrees, and the accuracy in metres that a phone would report there."""

    place: str
    lon: float
    lat: float
    accuracy_m: float


def find_spot(rng: Random, world: World, compound: Compound, kind: str) -> Spot:
    """A spot of one kind (lane, hall, gate …) in a compound."""
    first = rng.choice(compound.buildings)
    second = rng.choice([b for b in compound.buildings if b is not first] or [first])
    templates = phrases()["places"][kind]
    template = rng.choice([t for t in templates if "{c}" not in t or second is not first])
    place = fill(rng, template, b=first.label, c=second.label)
    return place_spot(rng, world, compound, place, kind)


def place_spot(rng: Random, world: World, compound: Compound, place: str, kind: str) -> Spot:
    """The point that the words of ``place`` mean."""
    indoors = kind in ("hall", "hydrant", "lift", "garage", "plant", "record", "board")
    accuracy = round(rng.uniform(9, 34) if indoors else rng.uniform(3, 12), 1)
    for _ in range(8):
        x, y = _metres(rng, world, compound, place)
        lon, lat = world.projection.lonlat(x + rng.gauss(0, 1.2), y + rng.gauss(0, 1.2))
        if compound.outline.contains(Point(lon, lat)):
            return Spot(place, lon, lat, accuracy)
    inner = compound.outline.representative_point()
    return Spot(place, inner.x, inner.y, accuracy)


def entrance(rng: Random, world: World, compound: Compound) -> Spot:
    """Where an inspector checks in: just inside one of the gates."""
    return place_spot(rng, world, compound, rng.choice("南东西北") + "门", "gate")


def _metres(rng: Random, world: World, compound: Compound, place: str) -> tuple[float, float]:
    gate = _GATE.match(place)
    if gate:
        return _at_gate(world, compound, gate.group(1))
    match = _SIDE.search(place)
    if match:
        house = _building(compound, int(match.group(1))).house
        side = match.group(2)
        if side:
            return house.beside(side, rng.uniform(2.5, 6.5), rng.uniform(0.2, 0.8))
        return house.beside("北", -2.0, rng.uniform(0.25, 0.75))
    return _anywhere(rng, world, compound)


def _building(compound: Compound, number: int) -> Building:
    return compound.buildings[number - 1]


def _at_gate(world: World, compound: Compound, side: str) -> tuple[float, float]:
    corners = list(compound.outline.exterior.coords)
    index = _GATE_SHARE[side]
    (ax, ay), (bx, by) = corners[index][:2], corners[index + 1][:2]
    centre = compound.outline.centroid
    lon, lat = (ax + bx) / 2, (ay + by) / 2
    return world.projection.metres(lon + (centre.x - lon) * 0.06, lat + (centre.y - lat) * 0.06)


def _anywhere(rng: Random, world: World, compound: Compound) -> tuple[float, float]:
    west, south, east, north = compound.outline.bounds
    for _ in range(40):
        point = Point(rng.uniform(west, east), rng.uniform(south, north))
        if compound.outline.contains(point) and not any(
            b.outline.contains(point) for b in compound.buildings
        ):
            return world.projection.metres(point.x, point.y)
    return world.projection.metres(compound.outline.centroid.x, compound.outline.centroid.y)
