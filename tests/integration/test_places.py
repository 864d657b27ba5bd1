"""Reading places: what one sees, how far a spot is from an outline, what the pull brings."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from server.core.changes import snapshot_xmin
from server.core.db import db, new_id
from server.core.identity import Identity, Role
from server.core.permissions import Permission
from server.core.problems import Forbidden, NotFound
from server.core.visibility import EVERYTHING, NOTHING, Scope
from server.places import service
from server.places.models import Area, Compound
from tests.factories.actors import Actor
from tests.factories.world import LAT, LON, SIDE

Cast = Callable[[str], Actor]
QINGHE = "9999.999901.999901003"
LONG_AGO = 10**15


def _identity(role: Role, path: str | None = QINGHE, firm_id: uuid.UUID | None = None) -> Identity:
    return Identity(new_id(), "x", "某", role, path=path, firm_id=firm_id)


def test_the_compound_document(cast: Cast) -> None:
    chen = cast("inspector_chen")
    answer = chen.get(f"/api/places/compounds/{chen.world.compounds['汀禾苑']}")
    assert answer.status_code == 200
    document = answer.get_json()
    assert (document["street"], document["community"]) == ("青禾街道", "禾田社区")
    assert document["firm"]["short_name"] == "岸禾物业"
    assert document["manager"] == {"name": "项目经理某", "phone": "10000000009"}
    assert document["outline"]["type"] == "MultiPolygon"
    assert document["centre"] == {"lon": pytest.approx(LON + SIDE / 2), "lat": pytest.approx(LAT + SIDE / 2)}
    assert document["building_outlines"] is None
    assert (document["service_form"], document["committee"], document["party_coverage"]) == (1, 1, 3)


def test_an_unmanaged_compound_has_neither_firm_nor_manager(cast: Cast) -> None:
    chen = cast("inspector_chen")
    document = chen.get(f"/api/places/compounds/{chen.world.compounds['无管小院']}").get_json()
    assert (document["firm"], document["manager"]) == (None, None)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("inspector_chen", 200),
        ("supervisor_xu", 200),
        ("firm_liu", 200),
        ("observer_bai", 200),
        ("inspector_wang", 404),
        ("supervisor_sun", 404),
        ("firm_zhao", 404),
    ],
)
def test_strangers_learn_nothing_of_a_compound(cast: Cast, name: str, status: int) -> None:
    actor = cast(name)
    assert actor.get(f"/api/places/compounds/{actor.world.compounds['汀禾苑']}").status_code == status


def test_nobody_reads_places_without_signing_in(app: Flask) -> None:
    for path in (f"compounds/{new_id()}", f"firms/{new_id()}", "areas"):
        assert app.test_client().get(f"/api/places/{path}").status_code == 401


def test_areas_of_ones_scope_parents_first(cast: Cast) -> None:
    items = cast("supervisor_xu").get("/api/places/areas").get_json()["items"]
    assert [item["name"] for item in items] == ["澄湖区", "听松街道", "松涛社区", "青禾街道", "禾田社区"]
    own = cast("inspector_chen").get("/api/places/areas", level="street").get_json()["items"]
    assert [item["name"] for item in own] == ["青禾街道"]
    assert cast("firm_liu").get("/api/places/areas").get_json()["items"] == []
    assert cast("supervisor_xu").get("/api/places/areas", level="planet").status_code == 422


def test_a_firm_is_seen_where_it_manages_something(cast: Cast) -> None:
    chen = cast("inspector_chen")
    own, other = chen.world.firms["岸禾物业"], chen.world.firms["松涛物业"]
    document = chen.get(f"/api/places/firms/{own}").get_json()
    assert (document["uscc"], document["compounds"]) == ("91999901MADM002030", 2)
    assert chen.get(f"/api/places/firms/{other}").status_code == 404
    assert cast("firm_zhao").get(f"/api/places/firms/{other}").status_code == 200
    assert cast("firm_zhao").get(f"/api/places/firms/{own}").status_code == 404


def test_invisible_is_not_found_and_visible_is_forbidden(session: Session, cast: Cast) -> None:
    compound_id = cast("inspector_chen").world.compounds["汀禾苑"]
    inspector = _identity(Role.INSPECTOR)
    found = service.compound_for(session, inspector, compound_id, Permission.ROUND_WALK)
    assert found.id == compound_id
    with pytest.raises(Forbidden):
        service.compound_for(session, _identity(Role.OBSERVER), compound_id, Permission.ROUND_WALK)
    with pytest.raises(NotFound):
        service.compound_for(
            session, _identity(Role.INSPECTOR, "9999.999901.999901002"), compound_id, Permission.ROUND_WALK
        )
    with pytest.raises(NotFound):
        service.compound_for(session, inspector, new_id(), Permission.ROUND_WALK)


def test_a_path_is_compared_by_labels_not_by_letters(session: Session, cast: Cast) -> None:
    compound_id = cast("inspector_chen").world.compounds["汀禾苑"]
    with pytest.raises(NotFound):
        service.compound_for(
            session, _identity(Role.INSPECTOR, "9999.999901.99990100"), compound_id, Permission.ROUND_WALK
        )


@pytest.mark.parametrize(
    ("lon", "lat", "metres"),
    [
        (LON + SIDE / 2, LAT + SIDE / 2, 0.0),
        (LON, LAT, 0.0),
        # A degree of longitude at 38.94° N is about 86.6 km, one of latitude about 111.0 km.
        (LON - 0.001, LAT + SIDE / 2, 86.7),
        (LON + SIDE / 2, LAT - 0.001, 111.0),
        (0.0, 0.0, 12_531_000.0),
    ],
)
def test_distance_to_the_outline_in_metres(
    session: Session, cast: Cast, lon: float, lat: float, metres: float
) -> None:
    compound_id = cast("inspector_chen").world.compounds["汀禾苑"]
    assert service.distance_to_outline_m(session, compound_id, lon, lat) == pytest.approx(metres, rel=0.02)


def test_there_is_no_distance_to_nothing(session: Session) -> None:
    with pytest.raises(NotFound):
        service.distance_to_outline_m(session, new_id(), LON, LAT)


def test_area_names_are_asked_once_a_session(session: Session) -> None:
    seen: list[str] = []
    sa.event.listen(session.get_bind().engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
    path = f"{QINGHE}.999901003001"
    first = service.area_names(session, [path, QINGHE])
    assert first[path] == "禾田社区"
    assert service.street_and_community(first, path) == ("青禾街道", "禾田社区")
    service.area_names(session, [path])
    assert sum("FROM area" in statement for statement in seen) == 1
    assert service.area_names(session, ["1234.5678"])["1234.5678"] == ""


def test_a_reissued_code_shows_the_name_in_force(session: Session) -> None:
    path = f"{QINGHE}.999901003001"
    old = session.scalars(sa.select(Area).where(Area.code == "999901003001")).one()
    old.valid_to = date(2026, 1, 1)
    session.flush()
    session.add(Area(code=old.code, level=old.level, name="新禾社区", path=path, valid_from=date(2026, 1, 1)))
    session.flush()
    assert service.area_names(session, [path])[path] == "新禾社区"


@pytest.mark.parametrize(
    ("scope", "names"),
    [
        (EVERYTHING, {"汀禾苑", "岸禾新村", "无管小院", "听涛苑"}),
        (Scope(path=QINGHE), {"汀禾苑", "岸禾新村", "无管小院"}),
        (NOTHING, set()),
    ],
)
def test_the_pull_brings_what_is_in_scope(session: Session, scope: Scope, names: set[str]) -> None:
    changes = service.changed_compounds(session, scope, None, 100, LONG_AGO)
    assert {item["name"] for item in changes.items} == names
    assert not changes.more


def test_a_firm_pulls_its_own_compounds(session: Session, cast: Cast) -> None:
    scope = Scope(firm_id=cast("firm_liu").world.firms["岸禾物业"])
    changes = service.changed_compounds(session, scope, None, 100, LONG_AGO)
    assert {item["name"] for item in changes.items} == {"汀禾苑", "岸禾新村"}


def test_pages_join_and_end(session: Session) -> None:
    names: list[str] = []
    cursor = None
    for _ in range(10):
        changes = service.changed_compounds(session, EVERYTHING, cursor, 1, LONG_AGO)
        names += [item["name"] for item in changes.items]
        cursor = changes.last
        if not changes.more:
            break
    assert len(names) == len(set(names)) == 4
    assert service.changed_compounds(session, EVERYTHING, cursor, 1, LONG_AGO).items == []


def test_what_changes_comes_again(live: tuple[Flask, Cast]) -> None:
    with live[0].app_context():
        session: Session = db.session()
        first = service.changed_compounds(session, EVERYTHING, None, 100, LONG_AGO)
        session.execute(sa.update(Compound).where(Compound.name == "汀禾苑").values(households=817))
        session.commit()
        below: Any = snapshot_xmin(session)
        again = service.changed_compounds(session, EVERYTHING, first.last, 100, below)
        assert [(item["name"], item["households"]) for item in again.items] == [("汀禾苑", 817)]
        session.rollback()
