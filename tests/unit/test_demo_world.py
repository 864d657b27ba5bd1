"""The fictional town: it fits together without gaps, and its totals are those of the plan."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from shapely import STRtree
from shapely.ops import unary_union

from server.demo import register
from server.demo.world import ANCHOR, HERO, ROUND, SEED, STORY_NEIGHBOUR, World, build_world

HECTARE_DEGREES = 1e4 / (86_700 * 111_000)  # at 38.9° N


@pytest.fixture(scope="module")
def world() -> World:
    return build_world()


def test_the_same_seed_gives_the_same_town_and_another_seed_another(world: World) -> None:
    again = build_world(SEED)
    assert [c.name for c in again.compounds] == [c.name for c in world.compounds]
    assert all(a.outline.equals(b.outline) for a, b in zip(again.compounds, world.compounds, strict=True))
    assert [c.name for c in build_world(7).compounds] != [c.name for c in world.compounds]


def test_areas_have_the_codes_of_an_unassigned_division(world: World) -> None:
    levels = Counter(a.level for a in world.areas)
    assert levels == {"city": 1, "district": 1, "street": 11, "community": 110}
    assert all(len(a.code) == 12 and a.code.startswith("9999") for a in world.areas)
    assert len({a.code for a in world.areas}) == len(world.areas)
    for area in world.areas:
        if area.level == "community":
            assert area.parent == area.code[:9] + "000"


@pytest.mark.parametrize("level", ["street", "community"])
def test_areas_partition_the_district_exactly(world: World, level: str) -> None:
    parts = [a.outline for a in world.areas if a.level == level]
    whole = world.area("999901000000").outline
    assert unary_union(parts).symmetric_difference(whole).area < 1e-12
    assert sum(p.area for p in parts) == pytest.approx(whole.area, rel=1e-9)


def test_streets_hold_30_to_70_compounds(world: World) -> None:
    counts = Counter(c.street_code for c in world.compounds)
    assert len(counts) == 11
    assert all(30 <= n <= 70 for n in counts.values())


def test_compounds_lie_in_their_community_apart_from_each_other_and_from_water(world: World) -> None:
    for compound in world.compounds:
        assert world.area(compound.community_code).outline.contains(compound.outline), compound.name
        assert 1.0 <= compound.outline.area / HECTARE_DEGREES <= 12.0, compound.name
    outlines = [c.outline for c in world.compounds]
    left, right = STRtree(outlines).query(outlines, predicate="intersects")
    assert all(a == b for a, b in zip(left, right, strict=True))
    water = unary_union([g.outline for g in world.grounds if g.kind == "water"])
    assert not any(water.intersects(o) for o in outlines)


def test_roads_cross_no_compound(world: World) -> None:
    tree = STRtree([c.outline for c in world.compounds])
    for road in world.roads:
        assert len(tree.query(road.line, predicate="intersects")) == 0, road.name
    assert {r.kind for r in world.roads} == {"main", "secondary", "minor", "lakeside"}


def test_buildings_are_numbered_and_inside(world: World) -> None:
    for compound in world.compounds:
        assert [b.number for b in compound.buildings] == list(range(1, len(compound.buildings) + 1))
        assert all(compound.outline.contains(b.outline) for b in compound.buildings), compound.name
    for name, wanted in ROUND.items():
        assert len(world.compound(name).buildings) == wanted


def test_the_register_keeps_the_totals_of_the_plan(world: World) -> None:
    entries = [c.entry for c in world.compounds]
    assert len(entries) == 565
    assert Counter(e.service_form for e in entries) == register.SERVICE_FORMS
    assert Counter(e.committee for e in entries) == {1: 41, 2: 204, 3: 320}
    assert sum(e.contracted for e in entries) == 496
    assert sum(e.households for e in entries) == 74_000
    assert sum(e.floor_area_m2 for e in entries) == 31_000_000
    assert all(0 <= e.fee_rate <= 100 and 1 <= e.service_grade <= 5 for e in entries)


def test_names_are_unique_and_the_four_bounds_complete(world: World) -> None:
    names = [c.name for c in world.compounds]
    assert len(set(names)) == 565
    assert {*ROUND, STORY_NEIGHBOUR} <= set(names)
    for compound in world.compounds:
        marks = [compound.bounds_text.index(f"{side}至") for side in "东南西北"]
        assert all(a < b for a, b in pairwise(marks))


def test_the_story_stands_where_the_pictures_have_it(world: World) -> None:
    hero = world.compound(HERO)
    assert world.area(hero.community_code).name == "禾田社区"
    assert world.area(hero.street_code).name == "青禾街道"
    assert (len(hero.buildings), hero.entry.households) == (12, 816)
    assert world.area(world.compound(STORY_NEIGHBOUR).community_code).name == "汀桥社区"
    x, y = hero.buildings[2].house.beside("北", 5)
    assert world.projection.lonlat(x, y) == pytest.approx(ANCHOR, abs=1e-6)


def test_all_of_it_lies_in_open_sea(world: World) -> None:
    west, south, east, north = world.area("999901000000").outline.bounds
    assert 119.5 < west < east < 119.75
    assert 38.85 < south < north < 39.0


def test_shares_sum_exactly_and_keep_the_minimum() -> None:
    shares = register.share_out(100, [1.0, 1.0, 1.0], least=12)
    assert sum(shares) == 100
    assert max(shares) - min(shares) <= 1
    assert register.share_out(10, [1.0, 0.0, 0.0], least=2) == [6, 2, 2]
