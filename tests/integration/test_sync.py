"""Commands are applied once, refused alone, and answered from memory; the pull loses nothing."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from server.core import crs
from server.core.db import db, new_id
from server.findings.models import Finding
from server.sync.models import Command
from tests.factories.actors import CENTRE, Actor

Cast = Callable[[str], Actor]
Live = tuple[Flask, Cast]
EXCUSES = {"C": "门锁着", "T": "车已开走", "M": "没带尺"}


def _open(chen: Actor, **more: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "finding_id": str(new_id()),
        "compound_id": str(chen.world.compounds["汀禾苑"]),
        "item_code": "ES-01",
        "position": CENTRE | {"accuracy_m": 6.0},
        "photos": [chen.shoots().declaration],
    }
    return chen.make("open_finding", **(body | more))


def test_a_repeated_command_gets_its_stored_answer(cast: Cast, session: Any) -> None:
    chen = cast("inspector_chen")
    command = _open(chen)
    first = chen.push(command).get_json()["results"][0]
    second = chen.push(command).get_json()["results"][0]
    assert (first["replayed"], second["replayed"]) == (False, True)
    assert first["result"] == second["result"]
    assert session.scalar(sa.select(sa.func.count()).select_from(Finding)) == 1


def test_the_same_id_with_other_content_is_refused(cast: Cast) -> None:
    chen = cast("inspector_chen")
    command = _open(chen)
    chen.push(command)
    other = command | {"body": command["body"] | {"text": "别的"}}
    entry = chen.push(other).get_json()["results"][0]
    assert entry["problem"]["code"] == "sync.id_reused"


def test_a_refused_command_sinks_nothing_else(cast: Cast, session: Any) -> None:
    chen = cast("inspector_chen")
    good, bad, last = _open(chen), _open(chen, item_code="ZZ-99"), _open(chen)
    results = chen.push(good, bad, last).get_json()["results"]
    assert [entry["status"] for entry in results] == ["applied", "refused", "applied"]
    assert results[1]["problem"]["code"] == "finding.unknown_item"
    assert session.scalar(sa.select(sa.func.count()).select_from(Finding)) == 2
    assert session.get(Finding, uuid.UUID(bad["body"]["finding_id"])) is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"item_code": "ZZ-99"}, "finding.unknown_item"),
        ({"photos": []}, "finding.photo_required"),
        ({"position": {"lon": 38.94, "lat": 119.62}}, "position.swapped"),
        ({"position": {"lon": 119.62, "lat": 138.94}}, "core.invalid"),
        ({"surprise": 1}, "core.invalid"),
        ({"compound_id": str(uuid.UUID(int=7))}, "core.not_found"),
        ({"finding_id": str(uuid.uuid4())}, "core.invalid"),
    ],
)
def test_bad_reports_are_refused_with_a_code(cast: Cast, change: dict[str, Any], code: str) -> None:
    chen = cast("inspector_chen")
    entry = chen.push(_open(chen, **change)).get_json()["results"][0]
    assert entry["problem"]["code"] == code
    assert chen.push(_open(chen)).get_json()["results"][0]["status"] == "applied"


def test_a_compound_outside_ones_scope_does_not_exist(cast: Cast) -> None:
    chen = cast("inspector_chen")
    foreign = str(chen.world.compounds["听涛苑"])
    entry = chen.push(_open(chen, compound_id=foreign)).get_json()["results"][0]
    assert entry["problem"]["code"] == "core.not_found"


@pytest.mark.parametrize(
    ("position", "flags"),
    [
        (CENTRE | {"accuracy_m": 6.0}, []),
        ({"lon": 119.7, "lat": 38.94, "accuracy_m": 6.0}, ["outside_compound"]),
        ({"lon": 0.0, "lat": 0.0, "accuracy_m": 6.0}, ["needs_pin"]),
        (CENTRE | {"accuracy_m": 5000.0}, ["needs_pin"]),
        (None, ["no_position"]),
    ],
)
def test_a_doubtful_position_is_accepted_and_flagged(cast: Cast, position: Any, flags: list[str]) -> None:
    chen = cast("inspector_chen")
    excuses = {"C": "门锁着", "T": "车已开走"}
    command = _open(chen, position=position, item_code="FP-02", photo_excuses=excuses | {"M": "没带尺"})
    result = chen.push(command).get_json()["results"][0]["result"]
    assert result["flags"] == flags


def test_a_fix_in_the_coordinates_of_a_chinese_map_is_known_as_such(cast: Cast) -> None:
    chen = cast("inspector_chen")
    lon, lat = crs.wgs84_to_gcj02(CENTRE["lon"], CENTRE["lat"])
    command = _open(chen, position={"lon": lon, "lat": lat, "accuracy_m": 6.0}, photo_excuses=EXCUSES)
    assert chen.push(command).get_json()["results"][0]["result"]["flags"] == [
        "outside_compound",
        "gcj_offset",
    ]
    # Put right by hand, the raw fix is still what it was.
    moved = chen.does("set_pin", finding_id=command["body"]["finding_id"], **CENTRE)
    assert moved["flags"] == ["manual_pin", "gcj_offset"]


def test_pain_9_a_made_position_is_remarked_and_never_a_wall(cast: Cast) -> None:
    chen = cast("inspector_chen")
    made = CENTRE | {"accuracy_m": 6.0, "mocked": True}
    assert chen.push(_open(chen, position=made, photo_excuses=EXCUSES)).get_json()["results"][0]["result"][
        "flags"
    ] == ["suspected_mock"]
    far = {"lon": CENTRE["lon"], "lat": CENTRE["lat"] + 1, "accuracy_m": 6.0}
    at = (chen.now() + timedelta(minutes=2)).isoformat()
    command = _open(chen, position=far | {"captured_at": at}, photo_excuses=EXCUSES)
    result = chen.push(command).get_json()["results"][0]["result"]
    assert result["flags"] == ["outside_compound", "impossible_speed"]


def test_a_photo_that_was_drawn_on_says_so(cast: Cast) -> None:
    chen = cast("inspector_chen")
    shot = chen.shoots()
    shot.declaration |= {"annotated": True, "original_sha256": "ab" * 32}
    command = _open(chen, photos=[shot.declaration])
    chen.push(command)
    (photo,) = chen.case(uuid.UUID(command["body"]["finding_id"]))["photos"]
    assert photo["flags"] == ["annotated"]


def test_a_clock_may_go_from_the_end_of_time_to_its_beginning(cast: Cast) -> None:
    """Each is said to be three weeks off; the two are six weeks apart, more milliseconds than an integer."""
    chen = cast("inspector_chen")
    for said in ("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"):
        answer = chen.post("/api/sync/commands", {"commands": [], "device_time": said})
        assert answer.status_code == 200, answer.get_json()


def test_a_clock_two_days_off_is_accepted_and_noted(cast: Cast) -> None:
    chen = cast("inspector_chen")
    command = _open(chen)
    chen.push(command, device_time=chen.now() + timedelta(days=2))
    case = chen.case(uuid.UUID(command["body"]["finding_id"]))
    assert case["clock_offset_ms"] == 2 * 86_400_000
    assert "clock_skew" in case["flags"]


@pytest.mark.parametrize("text", ["nul\0", "lone \ud800 surrogate"])
def test_unstorable_text_is_refused_and_the_next_request_is_fine(cast: Cast, text: str) -> None:
    chen = cast("inspector_chen")
    answer = chen.push(_open(chen, text=text))
    assert (answer.status_code, answer.get_json()["code"]) == (422, "core.bad_text")
    assert chen.push(_open(chen)).get_json()["results"][0]["status"] == "applied"


def test_an_unknown_kind_says_so(cast: Cast) -> None:
    chen = cast("inspector_chen")
    assert chen.fails("teleport") == "sync.unknown_kind"


def test_a_foreign_id_tells_nothing(cast: Cast) -> None:
    chen, wang = cast("inspector_chen"), cast("inspector_wang")
    command = _open(chen)
    chen.push(command)
    entry = wang.push(command).get_json()["results"][0]
    assert entry["problem"]["code"] == "sync.id_reused"
    assert entry["result"] is None


def test_the_stored_answer_cannot_be_changed(cast: Cast, session: Any) -> None:
    chen = cast("inspector_chen")
    chen.push(_open(chen))
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), session.begin_nested():
        session.execute(sa.update(Command).values(applied=False))


def test_the_pull_brings_what_was_reported(live: Live) -> None:
    _, cast = live
    chen, he, wang = cast("inspector_chen"), cast("supervisor_he"), cast("inspector_wang")
    start = he.get("/api/sync/changes").get_json()
    assert {compound["name"] for compound in start["items"]["compounds"]} == {
        "汀禾苑",
        "岸禾新村",
        "无管小院",
    }
    noise = wang.get("/api/sync/changes").get_json()
    command = _open(chen)
    chen.push(command)
    news = he.get("/api/sync/changes", cursor=start["cursor"]).get_json()
    assert [finding["id"] for finding in news["items"]["findings"]] == [command["body"]["finding_id"]]
    assert news["items"]["compounds"] == []
    again = he.get("/api/sync/changes", cursor=news["cursor"]).get_json()
    assert again["items"]["findings"] == []
    assert wang.get("/api/sync/changes", cursor=noise["cursor"]).get_json()["items"]["findings"] == []


def test_pages_of_a_pull_join_without_gap_or_repeat(live: Live) -> None:
    _, cast = live
    chen = cast("inspector_chen")
    commands = [_open(chen) for _ in range(7)]
    chen.push(*commands)
    seen, cursor, pages = [], None, 0
    while True:
        query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = chen.get("/api/sync/changes", **query).get_json()
        seen += [finding["id"] for finding in page["items"]["findings"]]
        cursor, pages = page["cursor"], pages + 1
        if not page["more"]:
            break
    assert pages >= 3
    assert sorted(seen) == sorted(command["body"]["finding_id"] for command in commands)


def test_a_row_that_commits_late_is_not_skipped(live: Live) -> None:
    """A serial cursor would fail here: the early writer commits after the reader has passed it."""
    app, cast = live
    chen, he = cast("inspector_chen"), cast("supervisor_he")
    slow, fast = _open(chen), _open(chen)
    chen.push(slow)
    cursor = he.get("/api/sync/changes").get_json()["cursor"]
    slow_id = uuid.UUID(slow["body"]["finding_id"])
    with app.app_context(), db.engine.connect() as early:
        early.execute(sa.update(Finding).where(Finding.id == slow_id).values(text="先写后交"))
        chen.push(fast)
        between = he.get("/api/sync/changes", cursor=cursor).get_json()
        early.commit()
    after = he.get("/api/sync/changes", cursor=between["cursor"]).get_json()
    seen = between["items"]["findings"] + after["items"]["findings"]
    assert {finding["id"] for finding in seen} == {str(slow_id), fast["body"]["finding_id"]}
    assert any(finding["text"] == "先写后交" for finding in seen)


def test_one_command_delivered_by_many_at_once_is_applied_once(live: Live) -> None:
    app, cast = live
    command = _open(cast("inspector_chen"))
    gate = threading.Barrier(6)

    def deliver() -> dict[str, Any]:
        chen = cast("inspector_chen")
        gate.wait()
        entry: dict[str, Any] = chen.push(command).get_json()["results"][0]
        return entry

    with ThreadPoolExecutor(6) as pool:
        entries = [future.result() for future in [pool.submit(deliver) for _ in range(6)]]
    assert sorted(entry["replayed"] for entry in entries) == [False] + [True] * 5
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Finding)) == 1


@pytest.mark.parametrize("cursor", ["x", "W10", "eyJhIjoxfQ", "é", "WzFd" * 50])
def test_a_bad_cursor_is_a_problem(cast: Cast, cursor: str) -> None:
    answer = cast("inspector_chen").get("/api/sync/changes", cursor=cursor)
    assert (answer.status_code, answer.get_json()["code"]) == (404, "sync.bad_cursor")
