"""The map over HTTP: tiles, the list beside them, counts; and that nobody sees beyond their scope."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from server.core.db import db
from server.findings.rules import FindingState, Severity
from server.maps import rules
from tests.factories.actors import Actor
from tests.factories.world import LAT, LON, SIDE
from tests.integration.maps_kit import Layers, centre, layers, plant, tile_of

S = FindingState
Cast = Callable[[str], Actor]
AROUND = f"{LON - 0.1},{LAT - 0.1},{LON + 0.1},{LAT + 0.1}"


@pytest.fixture(autouse=True)
def _settle_at_once(app: Flask) -> None:
    """These tests never commit, so what is due at commit is done after each statement."""
    db.engines[None].exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")  # type: ignore[attr-defined]


def _tile(actor: Actor, z: int, spot: tuple[float, float] | None = None, **query: Any) -> Layers:
    z, x, y = tile_of(z, *(spot or centre()))
    answer = actor.get(f"/api/map/tiles/{z}/{x}/{y}.mvt", **query)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.content_type == "application/vnd.mapbox-vector-tile"
    return layers(answer.data)


def _list(actor: Actor, bbox: str = AROUND, **query: Any) -> list[dict[str, Any]]:
    """All pages of the list."""
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = actor.get("/api/map/findings", bbox=bbox, **query, **({"cursor": cursor} if cursor else {}))
        assert page.status_code == 200, page.get_data(as_text=True)
        body = page.get_json()
        items += body["items"]
        cursor = body["next"]
        if cursor is None:
            return items


def _counts(actor: Actor, **query: Any) -> dict[str, Any]:
    answer = actor.get("/api/map/counts", **query)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    body: dict[str, Any] = answer.get_json()
    return body


def test_what_an_inspector_reports_is_on_the_map_the_list_and_in_the_counts(cast: Cast) -> None:
    chen = cast("inspector_chen")
    finding_id = str(chen.finds("FP-01"))
    found = _tile(chen, 17)
    (pin,) = found["pins"]
    assert (pin["s"], pin["p"], pin["o"]) == (2, 0, False)
    assert "clusters" not in found
    behind = chen.get(f"/api/map/pins/{pin['id']}").get_json()
    assert (behind["id"], behind["pin_id"]) == (finding_id, pin["id"])
    (listed,) = _list(chen)
    assert listed == behind
    assert _counts(chen)["total"] == 1


def test_below_the_pins_a_tile_has_rings_with_their_parts(cast: Cast, session: Session) -> None:
    he = cast("supervisor_he")
    plant(session, he.world, severity=Severity.CRITICAL, due_in=timedelta(days=-1))
    plant(session, he.world, severity=Severity.MAJOR, state=S.REPLIED)
    plant(session, he.world, "岸禾新村")
    plant(session, he.world, state=S.CLOSED)
    session.commit()
    (ring,) = _tile(he, 10)["clusters"]
    assert {name: ring[name] for name in "ncmor"} == {"n": 3, "c": 1, "m": 1, "o": 1, "r": 1}


def test_three_pins_too_near_to_tell_apart_become_a_ring(cast: Cast, session: Session) -> None:
    he = cast("supervisor_he")
    for _ in range(rules.RING_LEAST - 1):
        plant(session, he.world, severity=Severity.MAJOR)
    plant(session, he.world, spot=(0.05, 0.05))
    session.commit()
    assert len(_tile(he, 18)["pins"]) == rules.RING_LEAST - 1
    plant(session, he.world, severity=Severity.CRITICAL)
    session.commit()
    found = _tile(he, 18)
    assert "pins" not in found
    assert [(ring["n"], ring["c"], ring["m"]) for ring in found["clusters"]] == [(3, 1, 2)]


@pytest.mark.parametrize("z", [5, 9, 12, 13, 14, 15, 16, 17, 18])
@pytest.mark.parametrize(
    "query", [{}, {"severity": "critical,major"}, {"status": "overdue,replied"}, {"category": "FP"}]
)
def test_all_tiles_of_a_zoom_together_show_each_finding_once(
    cast: Cast, session: Session, z: int, query: dict[str, str]
) -> None:
    he = cast("supervisor_he")
    dice = random.Random(z)
    for _ in range(60):
        plant(
            session, he.world, dice.choice(["汀禾苑", "岸禾新村"]), spot=(dice.random(), dice.random()),
            severity=dice.choice(list(Severity)), state=dice.choice([S.RECTIFYING, S.REPLIED, S.CLOSED]),
            item=dice.choice(["FP-01", "ES-01"]), due_in=timedelta(days=dice.choice([-1, 1])),
        )  # fmt: skip
    session.commit()
    _, west, north = tile_of(z, LON - 0.0001, LAT + SIDE + 0.0001)
    _, east, south = tile_of(z, LON + 3 * SIDE + 0.0001, LAT - 0.0001)
    shown = 0
    for x in range(west, east + 1):
        for y in range(north, south + 1):
            found = layers(he.get(f"/api/map/tiles/{z}/{x}/{y}.mvt", **query).data)
            shown += len(found.get("pins", [])) + sum(ring["n"] for ring in found.get("clusters", []))
    assert shown == _counts(he, **query)["total"] == len(_list(he, **query)) > 5


def test_rings_keep_clear_of_their_neighbours_cells(cast: Cast, session: Session) -> None:
    """Pins in the very corner of a cell: their ring moves inwards, else it would lie on the next one."""
    he = cast("supervisor_he")
    z, x, y = tile_of(15, *centre())
    tile = rules.tile_box(z, x, y)
    assert tile is not None
    side = (tile.east - tile.west) / rules.cells_per_side(z)
    for east, north in ((1.01, 2.01), (2.99, 3.99)):
        for _ in range(5):
            plant(session, he.world, spot=None)
        where = {"x": tile.west + east * side, "y": tile.south + north * side}
        at = "ST_Transform(ST_SetSRID(ST_MakePoint(:x, :y), 3857), 4326)"
        session.execute(sa.text(f"UPDATE finding SET position = {at} WHERE position IS NULL"), where)
    session.commit()
    cell = 4096 / rules.cells_per_side(z)
    places = sorted(
        (ring["at"][0] / cell, rules.cells_per_side(z) - ring["at"][1] / cell)
        for ring in _tile(he, z)["clusters"]
    )
    assert places == [pytest.approx((1.2, 2.2), abs=0.01), pytest.approx((2.8, 3.8), abs=0.01)]


def test_nobody_sees_beyond_their_area(cast: Cast, session: Session) -> None:
    chen, wang, xu = cast("inspector_chen"), cast("inspector_wang"), cast("supervisor_xu")
    plant(session, chen.world, "汀禾苑")
    plant(session, chen.world, "听涛苑")
    session.commit()
    there = (LON + 20.5 * SIDE, LAT + 10.5 * SIDE)
    assert "pins" in _tile(chen, 17)
    assert _tile(chen, 17, there) == {}
    assert "pins" in _tile(wang, 17, there)
    assert _tile(wang, 17) == {}
    assert [ring["n"] for ring in _tile(chen, 8)["clusters"]] == [1]
    assert [ring["n"] for ring in _tile(xu, 8)["clusters"]] == [2]
    assert [item["compound_name"] for item in _list(wang)] == ["听涛苑"]
    assert [_counts(actor)["total"] for actor in (chen, wang, xu)] == [1, 1, 2]
    pin_id = _tile(wang, 17, there)["pins"][0]["id"]
    shape_id = _tile(wang, 17, there)["compounds"][0]["id"]
    assert wang.get(f"/api/map/compounds/{shape_id}").get_json() == {
        "compound_id": str(wang.world.compounds["听涛苑"])
    }
    for path in (f"pins/{pin_id}", f"compounds/{shape_id}"):
        assert chen.get(f"/api/map/{path}").status_code == 404


def test_a_filter_cannot_widen_a_scope(cast: Cast, session: Session) -> None:
    chen = cast("inspector_chen")
    plant(session, chen.world, "听涛苑")
    session.commit()
    for street in ("9999", "9999.999901.999901002"):
        assert _counts(chen, street=street)["total"] == 0
        assert _list(chen, street=street) == []
        assert "clusters" not in _tile(chen, 8, street=street)


def test_a_firm_sees_its_own_once_a_notice_has_named_it(cast: Cast, session: Session) -> None:
    liu, zhao = cast("firm_liu"), cast("firm_zhao")
    for state in (S.SUBMITTED, S.CONFIRMED, S.TRANSFERRED, S.NOTICED, S.REPLIED):
        plant(session, liu.world, state=state)
    session.commit()
    assert [ring["n"] for ring in _tile(liu, 8)["clusters"]] == [2]
    assert len(_tile(liu, 17)["pins"]) == 2
    assert {item["state"] for item in _list(liu)} == {"noticed", "replied"}
    assert _counts(liu)["by_progress"] == {"open": 1, "replied": 1, "closed": 0}
    own = {outline["name"]: outline["n"] for outline in _tile(liu, 15)["compounds"]}
    assert own == {"汀禾苑": 2, "岸禾新村": 0}
    assert _tile(zhao, 8) == _tile(zhao, 15) == {}
    assert _list(zhao) == []
    pin_id = _tile(liu, 17)["pins"][0]["id"]
    assert zhao.get(f"/api/map/pins/{pin_id}").status_code == 404


def test_outlines_say_how_dense_and_whether_late(cast: Cast, session: Session) -> None:
    he = cast("supervisor_he")
    hectares = session.scalar(sa.text("SELECT hectares FROM compound_shape WHERE name = '汀禾苑'"))
    assert hectares == pytest.approx(3.85, rel=0.02)
    levels = []
    for wanted in (0, 4, 12):
        while _counts(he)["total"] < wanted:
            plant(session, he.world)
            session.commit()
        levels += [outline["level"] for outline in _tile(he, 14)["compounds"] if outline["name"] == "汀禾苑"]
    plant(session, he.world, "岸禾新村", due_in=timedelta(days=-1))
    session.commit()
    assert levels == [0, 1, 2]
    assert {outline["name"]: (outline["level"], outline["o"]) for outline in _tile(he, 14)["compounds"]} == {
        "汀禾苑": (2, 0),
        "岸禾新村": (3, 1),
        "无管小院": (0, 0),
    }
    assert "compounds" not in _tile(he, 11)
    assert "name" not in _tile(he, 12)["compounds"][0]


def test_buildings_come_with_their_names(cast: Cast, session: Session) -> None:
    he = cast("supervisor_he")
    session.execute(
        sa.text(
            "UPDATE compound SET building_names = '{3号楼,5号楼}', building_outlines = ST_Collect("
            "ST_MakeEnvelope(:w, :s, :w + 0.0002, :s + 0.0002, 4326), "
            "ST_MakeEnvelope(:w + 0.0004, :s, :w + 0.0006, :s + 0.0002, 4326)) WHERE name = '汀禾苑'"
        ),
        {"w": LON + 0.0005, "s": LAT + 0.0005},
    )
    session.commit()
    assert sorted(house["name"] for house in _tile(he, 15)["buildings"]) == ["3号楼", "5号楼"]
    assert "buildings" not in _tile(he, 14)


def test_what_was_put_right_is_shown_when_asked_for(cast: Cast, session: Session) -> None:
    he = cast("supervisor_he")
    closed = [plant(session, he.world, state=state) for state in (S.CLOSED, S.ON_SPOT_FIXED)]
    plant(session, he.world, state=S.REJECTED)
    session.commit()
    assert "closed" not in _tile(he, 15)
    assert {pin["finding"] for pin in _tile(he, 15, status="closed")["closed"]} == set(map(str, closed))
    assert _tile(he, 15, status="closed").get("pins") is None
    assert {item["id"] for item in _list(he, status="closed")} == set(map(str, closed))
    assert _counts(he)["by_status"]["closed"] == 2
    assert _list(he) == []
    sun = cast("supervisor_sun")
    assert "closed" not in _tile(sun, 15, status="closed")
    assert _list(sun, status="closed") == []
    assert _counts(sun)["by_status"]["closed"] == 0
    # A firm never learns of what was put right on the spot, before any notice.
    assert [item["state"] for item in _list(cast("firm_liu"), status="closed")] == ["closed"]


def test_the_list_begins_with_what_is_late_and_ends_with_what_is_done(cast: Cast, session: Session) -> None:
    he = cast("supervisor_he")
    days = (5, None, -1, 1, -3)
    planted = {n: plant(session, he.world, due_in=None if n is None else timedelta(days=n)) for n in days}
    done = [
        plant(session, he.world, state=S.CLOSED, received=he.now() - timedelta(days=age)) for age in (9, 2)
    ]
    session.commit()
    order = [planted[n] for n in (-3, -1, 1, 5, None)]
    for limit in (1, 2, 3, 5, 50):
        items = _list(he, limit=limit, progress="open,closed")
        assert [item["id"] for item in items] == [*map(str, order), *map(str, reversed(done))]
        assert [item["pin_id"] is None for item in items] == [False] * 5 + [True] * 2


def test_the_list_holds_what_lies_in_the_box(cast: Cast, session: Session) -> None:
    he = cast("supervisor_he")
    inside = plant(session, he.world, spot=(0.25, 0.25))
    plant(session, he.world, spot=(0.75, 0.75))
    session.commit()
    box = f"{LON},{LAT},{LON + SIDE / 2},{LAT + SIDE / 2}"
    assert [item["id"] for item in _list(he, bbox=box)] == [str(inside)]
    assert _counts(he, bbox=box)["total"] == 1


def test_a_finding_without_position_stands_in_the_middle_of_its_compound(
    cast: Cast, session: Session
) -> None:
    he = cast("supervisor_he")
    plant(session, he.world, spot=None)
    plant(session, he.world, spot=(0.5, 0.5))
    session.commit()
    first, second = (pin["at"] for pin in _tile(he, 17)["pins"])
    assert first == pytest.approx(second, abs=2)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.8, 1.2])
def test_counts_of_a_box_are_exact_however_they_are_reached(
    cast: Cast, session: Session, share: float
) -> None:
    xu = cast("supervisor_xu")
    dice = random.Random(7)
    for _ in range(80):
        plant(
            session, xu.world, dice.choice(["汀禾苑", "岸禾新村", "听涛苑"]),
            spot=(dice.random(), dice.random()),
            severity=dice.choice(list(Severity)), state=dice.choice([S.RECTIFYING, S.REPLIED, S.CLOSED]),
            item=dice.choice(["FP-01", "ES-01"]), due_in=timedelta(days=dice.choice([-1, 1])),
        )  # fmt: skip
    session.commit()
    box = (LON, LAT, LON + 3 * SIDE * share + 1e-6, LAT + SIDE)
    bbox = ",".join(map(str, box))
    expected = dict(
        session.execute(
            sa.text(
                "SELECT severity, count(*) FROM finding WHERE state <> 'closed' "
                "AND position && ST_MakeEnvelope(:w, :s, :e, :n, 4326) GROUP BY 1"
            ),
            dict(zip("wsen", box, strict=True)),
        ).all()
    )
    counts = _counts(xu, bbox=bbox)
    assert {name: n for name, n in counts["by_severity"].items() if n} == expected
    assert counts["total"] == sum(expected.values()) == len(_list(xu, bbox=bbox))
    assert sum(street["n"] for street in counts["by_street"]) == counts["total"]
    assert all(street["name"] for street in counts["by_street"])


def test_an_unchanged_tile_is_not_sent_again(cast: Cast, session: Session) -> None:
    he, chen = cast("supervisor_he"), cast("inspector_chen")
    finding_id = plant(session, he.world)
    session.commit()
    z, x, y = tile_of(14, *centre())
    path = f"/api/map/tiles/{z}/{x}/{y}.mvt"
    tag = he.get(path).headers["ETag"]

    def again(actor: Actor) -> int:
        return actor.client.get(path, headers={"If-None-Match": tag}).status_code

    assert again(he) == again(chen) == 304
    assert again(cast("supervisor_xu")) == again(cast("firm_liu")) == 200
    session.execute(sa.text("UPDATE finding SET text = '改' WHERE id = :id"), {"id": finding_id})
    session.commit()
    assert again(he) == 304
    session.execute(sa.text("UPDATE finding SET state = 'replied' WHERE id = :id"), {"id": finding_id})
    session.commit()
    assert again(he) == 200


def test_two_scopes_over_the_same_compounds_have_tags_of_their_own(cast: Cast) -> None:
    """A shared browser must not show one person's tile to the next."""
    z, x, y = tile_of(14, *centre())
    tags = {
        cast(name).get(f"/api/map/tiles/{z}/{x}/{y}.mvt").headers["ETag"]
        for name in ("inspector_wang", "firm_zhao")
    }
    assert len(tags) == 2


def test_a_change_elsewhere_leaves_the_tag_alone(cast: Cast, session: Session) -> None:
    he, sun = cast("supervisor_he"), cast("supervisor_sun")
    z, x, y = tile_of(14, *centre())
    path = f"/api/map/tiles/{z}/{x}/{y}.mvt"
    before = he.get(path).headers["ETag"], sun.get(path).headers["ETag"]
    plant(session, he.world, "听涛苑")
    session.commit()
    assert he.get(path).headers["ETag"] == before[0]
    assert sun.get(path).headers["ETag"] != before[1]


def test_tiles_are_packed_for_who_can_unpack_them(cast: Cast, session: Session) -> None:
    he = cast("supervisor_he")
    dice = random.Random(1)
    for _ in range(80):
        plant(session, he.world, spot=(dice.random(), dice.random()))
    session.commit()
    z, x, y = tile_of(17, *centre())
    path = f"/api/map/tiles/{z}/{x}/{y}.mvt"
    plain = he.client.get(path)
    packed = he.client.get(path, headers={"Accept-Encoding": "br, gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert "Accept-Encoding" in packed.headers["Vary"]


def test_the_ground_has_a_layer_for_each_kind(cast: Cast, session: Session) -> None:
    chen = cast("inspector_chen")
    lon, lat = centre()
    session.execute(
        sa.text(
            "INSERT INTO base_feature (kind, name, min_zoom, geom) VALUES "
            "('water', '澄湖', 0, ST_Transform(ST_MakeEnvelope(:w, :s, :w + 0.01, :s + 0.01, 4326), 3857)), "
            "('road_minor', '三纬路', 14, ST_Transform(ST_SetSRID(ST_MakeLine(ST_MakePoint(:w, :s), "
            "ST_MakePoint(:w + 0.01, :s)), 4326), 3857))"
        ),
        {"w": lon, "s": lat},
    )
    session.commit()
    z, x, y = tile_of(14, lon, lat)
    answer = chen.get(f"/api/map/base/{z}/{x}/{y}.mvt")
    ground = layers(answer.data)
    assert {kind: [feature["name"] for feature in features] for kind, features in ground.items()} == {
        "water": ["澄湖"],
        "road_minor": ["三纬路"],
    }
    assert "max-age" in answer.headers["Cache-Control"]
    again = chen.client.get(
        f"/api/map/base/{z}/{x}/{y}.mvt", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert again.status_code == 304
    z, x, y = tile_of(13, lon, lat)
    assert set(layers(chen.get(f"/api/map/base/{z}/{x}/{y}.mvt").data)) == {"water", "labels"}


def test_a_name_is_written_once_however_many_tiles_share_the_area(cast: Cast, session: Session) -> None:
    chen = cast("inspector_chen")
    lon, lat = centre()
    session.execute(
        sa.text(
            "INSERT INTO base_feature (kind, name, min_zoom, geom) VALUES "
            "('street', '青禾街道', 0, "
            "ST_Transform(ST_MakeEnvelope(:w, :s, :w + 0.08, :s + 0.08, 4326), 3857))"
        ),
        {"w": lon - 0.04, "s": lat - 0.04},
    )
    session.commit()
    z, x, y = tile_of(14, lon, lat)
    around = [(x + i, y + j) for i in range(-3, 4) for j in range(-3, 4)]
    tiles = [layers(chen.get(f"/api/map/base/{z}/{i}/{j}.mvt").data) for i, j in around]
    assert sum("street" in tile for tile in tiles) > 4
    assert [label["name"] for tile in tiles for label in tile.get("labels", [])] == ["青禾街道"]
    shown = [layers(chen.get(f"/api/map/tiles/17/{i}/{j}.mvt").data) for i, j in _tiles_around(17, lon, lat)]
    assert sum(tile.get("compounds", []) != [] for tile in shown) > 1
    assert [name["name"] for tile in shown for name in tile.get("names", [])].count("汀禾苑") == 1


def _tiles_around(z: int, lon: float, lat: float) -> list[tuple[int, int]]:
    _, x, y = tile_of(z, lon, lat)
    return [(x + i, y + j) for i in range(-4, 5) for j in range(-4, 5)]


@pytest.mark.parametrize("tile", ["3/8/0", "3/0/8", "23/0/0"])
@pytest.mark.parametrize("kind", ["tiles", "base"])
def test_there_is_no_tile_outside_the_world(cast: Cast, tile: str, kind: str) -> None:
    answer = cast("inspector_chen").get(f"/api/map/{kind}/{tile}.mvt")
    assert (answer.status_code, answer.get_json()["code"]) == (404, "map.no_such_tile")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"bbox": "1,2,3"}, 422),
        ({"bbox": "a,b,c,d"}, 422),
        ({"bbox": "nan,1,2,3"}, 422),
        ({"bbox": "3,1,2,4"}, 200),
        ({"bbox": "-181,1,2,99"}, 200),
        ({}, 422),
        ({"bbox": AROUND, "severity": "severe"}, 422),
        ({"bbox": AROUND, "category": "F';--"}, 422),
        ({"bbox": AROUND, "street": "9999..1"}, 422),
        ({"bbox": AROUND, "street": "9999\n"}, 422),
        ({"bbox": AROUND, "category": "FP\n"}, 422),
        ({"bbox": AROUND, "limit": 201}, 422),
        ({"bbox": AROUND, "cursor": "W10"}, 404),
        ({"bbox": AROUND, "cursor": "WyJvcGVuIiwieCIsMV0"}, 404),
        ({"bbox": AROUND, "cursor": "WyJvcGVuIiwxZTMwLDFd"}, 404),
        ({"bbox": AROUND, "cursor": "WyJjbG9zZWQiLCIyMDI2LTAxLTAxIiwxXQ"}, 404),
    ],
)
def test_a_malformed_question_is_refused_and_an_odd_box_is_not(
    cast: Cast, query: dict[str, Any], status: int
) -> None:
    answer = cast("inspector_chen").get("/api/map/findings", **query)
    assert answer.status_code == status, answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "path",
    ["tiles/3/0/0.mvt", "base/3/0/0.mvt", f"findings?bbox={AROUND}", "counts", "pins/1", "compounds/1"],
)
def test_strangers_must_sign_in_first(app: Flask, path: str) -> None:
    assert app.test_client().get(f"/api/map/{path}").status_code == 401


def test_nothing_that_the_map_asks_is_ever_prepared(cast: Cast, session: Session) -> None:
    """A prepared statement may get a generic plan, and a wide box then takes seconds instead of 1 ms."""
    he = cast("supervisor_he")
    plant(session, he.world)
    session.commit()
    for _ in range(12):
        _list(he)
        _tile(he, 10)
    prepared = session.scalars(sa.text("SELECT statement FROM pg_prepared_statements")).all()
    assert [text for text in prepared if "&&" in text or "open_" in text or "MVT" in text] == []
