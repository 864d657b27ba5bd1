"""What a department sees: the cases handed to it, with their photos and papers, and nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from server.core.db import db, new_id
from server.findings.rules import FindingState, Severity
from tests.factories.actors import Actor
from tests.factories.world import LAT, LON
from tests.integration.maps_kit import Layers, centre, layers, plant, tile_of

S = FindingState
Cast = Callable[[str], Actor]
FIRE, URBAN = "消防救援大队", "城市管理局"
AROUND = f"{LON - 0.1},{LAT - 0.1},{LON + 0.1},{LAT + 0.1}"


@pytest.fixture(autouse=True)
def _settle_at_once(app: Flask) -> None:
    """These tests never commit, so what is due at commit is done after each statement."""
    db.engines[None].exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")  # type: ignore[attr-defined]


def _hand_over(he: Actor, case: str, unit: str) -> str:
    transfer_id = str(new_id())
    told = {"transfer_id": transfer_id, "finding_id": case, "organisation_id": _unit(he, unit)}
    he.does("transfer_finding", **told, reason="属贵单位职权")
    return transfer_id


def _unit(who: Actor, name: str) -> str:
    return str(who.world.organisations[name])


def _tile(actor: Actor, z: int) -> Layers:
    z, x, y = tile_of(z, *centre())
    answer = actor.get(f"/api/map/tiles/{z}/{x}/{y}.mvt")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return layers(answer.data)


def _ids(actor: Actor, path: str, **query: Any) -> list[str]:
    answer = actor.get(path, **query)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return [item["id"] for item in answer.get_json()["items"]]


def test_a_department_sees_its_cases_on_the_map_in_the_list_and_in_the_counts(
    cast: Cast, session: Session
) -> None:
    ma, lu = cast("department_ma"), cast("department_lu")
    mine = plant(session, ma.world, state=S.TRANSFERRED, severity=Severity.CRITICAL, department=FIRE)
    plant(session, ma.world, state=S.TRANSFERRED, spot=(0.2, 0.2), department=URBAN)
    plant(session, ma.world, state=S.RECTIFYING, spot=(0.8, 0.8), due_in=timedelta(days=-1))
    done = plant(session, ma.world, state=S.CLOSED, spot=(0.7, 0.7), department=FIRE)
    session.commit()
    assert [(ring["n"], ring["c"]) for ring in _tile(ma, 8)["clusters"]] == [(1, 1)]
    near = _tile(ma, 17)
    assert len(near["pins"]) == 1
    assert [(one["name"], one["n"], one["o"]) for one in near["compounds"]] == [("汀禾苑", 1, 0)]
    assert [one["n"] for one in _tile(ma, 15)["names"]] == [1]
    assert _ids(ma, "/api/map/findings", bbox=AROUND) == [str(mine)]
    assert _ids(ma, "/api/map/findings", bbox=AROUND, status="closed") == [str(done)]
    counts = ma.get("/api/map/counts").get_json()
    assert (counts["total"], counts["overdue"], counts["by_severity"]["critical"]) == (1, 0, 1)
    assert ma.get("/api/map/counts", bbox=AROUND).get_json()["total"] == 1
    assert counts["by_progress"] == {"open": 1, "replied": 0, "closed": 1}
    pin = near["pins"][0]["id"]
    assert ma.get(f"/api/map/pins/{pin}").get_json()["id"] == str(mine)
    assert lu.get(f"/api/map/pins/{pin}").status_code == 404
    shape = near["compounds"][0]["id"]
    assert ma.get(f"/api/map/compounds/{shape}").status_code == 200


def test_list_and_search_hold_what_was_handed_over_and_no_more(cast: Cast) -> None:
    chen, he, ma = cast("inspector_chen"), cast("supervisor_he"), cast("department_ma")
    mine, theirs, own = (str(chen.finds(code)) for code in ("FP-01", "IC-01", "FP-02"))
    _hand_over(he, mine, FIRE)
    _hand_over(he, theirs, URBAN)
    for query in ({}, {"q": "汀禾"}, {"q": "石墩"}, {"state": "transferred"}):
        assert _ids(ma, "/api/findings", **query) == [mine]
    for other in (theirs, own):
        assert ma.get(f"/api/findings/{other}").status_code == 404


def test_the_pull_brings_what_was_handed_over_and_its_photos(live: tuple[Flask, Cast]) -> None:
    """With real commits, since the pull holds back what a running transaction may still change."""
    cast = live[1]
    mine, _ = str(cast("inspector_chen").finds("FP-01")), cast("inspector_chen").finds("FP-02")
    _hand_over(cast("supervisor_he"), mine, FIRE)
    pulled = cast("department_ma").get("/api/sync/changes").get_json()["items"]
    assert [one["id"] for one in pulled["findings"]] == [mine]
    assert {one["case_id"] for one in pulled["photos"]} == {mine}


def test_a_case_that_goes_to_another_department_leaves_the_first(cast: Cast) -> None:
    case = str(cast("inspector_chen").finds("EB-01"))
    he, ma, lu = cast("supervisor_he"), cast("department_ma"), cast("department_lu")
    transfer_id = _hand_over(he, case, FIRE)
    assert len(_tile(ma, 17)["pins"]) == 1
    ma.does("answer_transfer", transfer_id=transfer_id, accepted=False, handler="马某", text="不属职权")
    assert _tile(ma, 17) == {}
    _hand_over(he, case, URBAN)
    assert _tile(ma, 17) == {}
    assert len(_tile(lu, 17)["pins"]) == 1
    assert ma.get(f"/api/findings/{case}").status_code == 404
    assert _ids(lu, "/api/findings") == [case]


def test_a_tile_of_a_department_changes_with_what_it_holds(cast: Cast, session: Session) -> None:
    """Its cases come and go in any compound: one less here and one more there must not look the same."""
    ma = cast("department_ma")
    ids = [
        plant(session, ma.world, compound, state=S.TRANSFERRED, department=department)
        for compound, department in (("汀禾苑", FIRE), ("岸禾新村", None))
    ]
    session.commit()
    z, x, y = tile_of(8, *centre())
    path = f"/api/map/tiles/{z}/{x}/{y}.mvt"
    tag = ma.get(path).headers["ETag"]
    assert ma.client.get(path, headers={"If-None-Match": tag}).status_code == 304
    update = sa.text("UPDATE finding SET department_id = :unit WHERE id = :id")
    session.execute(update, {"unit": None, "id": ids[0]})
    session.execute(update, {"unit": _unit(ma, FIRE), "id": ids[1]})
    session.commit()
    assert ma.client.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_photos_that_come_later_are_seen_by_who_holds_the_case(cast: Cast) -> None:
    chen, ma = cast("inspector_chen"), cast("department_ma")
    case = str(chen.finds("FP-01"))
    _hand_over(cast("supervisor_he"), case, FIRE)
    shot = chen.shoots("C", (7, 7, 7))
    chen.does("add_photos", finding_id=case, photos=[shot.declaration])
    chen.uploads(shot)
    assert str(shot.id) in [photo["id"] for photo in ma.case(uuid.UUID(case))["photos"]]
    assert ma.get(f"/api/photos/{shot.id}/content").status_code == 200
    assert cast("department_lu").get(f"/api/photos/{shot.id}/content").status_code == 404


def test_a_department_reads_the_papers_of_its_cases_only(cast: Cast) -> None:
    chen, he = cast("inspector_chen"), cast("supervisor_he")
    ma, lu = cast("department_ma"), cast("department_lu")
    mine, theirs = str(chen.finds("FP-01")), str(chen.finds("IC-01"))
    transfer_id = _hand_over(he, mine, FIRE)
    _hand_over(he, theirs, URBAN)
    letters = he.get("/api/documents", document_type="transfer").get_json()["items"]
    by_case = {letter["case_ids"][0]: letter["id"] for letter in letters}
    assert _ids(ma, "/api/documents") == [by_case[mine]]
    assert ma.get(f"/api/documents/{by_case[mine]}/file").status_code == 200
    assert ma.get(f"/api/documents/{by_case[theirs]}/file").status_code == 404
    assert lu.get(f"/api/documents/{by_case[mine]}/file").status_code == 404
    ma.does("answer_transfer", transfer_id=transfer_id, accepted=False, handler="马某", text="不属职权")
    assert _ids(ma, "/api/documents") == []
    assert ma.get(f"/api/documents/{by_case[mine]}/file").status_code == 404


def test_a_paper_about_two_cases_is_read_as_long_as_one_of_them_is_held(cast: Cast) -> None:
    """A notice names both; the department gives one back and keeps the other."""
    chen, he, ma = cast("inspector_chen"), cast("supervisor_he"), cast("department_ma")
    cases = [str(chen.finds(code)) for code in ("FP-01", "EB-03")]
    for case in cases:
        he.does("confirm_finding", finding_id=case)
    notice_id = str(new_id())
    items = [{"finding_id": case} for case in cases]
    he.does("issue_notice", notice_id=notice_id, items=items)
    session = db.session()
    session.execute(sa.text("UPDATE finding SET state = 'overdue', overdue_at = now()"))
    session.commit()
    first, _second = [_hand_over(he, case, FIRE) for case in cases]
    (paper,) = [
        one["id"] for one in ma.get("/api/documents").get_json()["items"] if one["document_type"] == "N2"
    ]
    ma.does("answer_transfer", transfer_id=first, accepted=False, handler="马某", text="不属职权")
    assert ma.get(f"/api/documents/{paper}/file").status_code == 200
