"""What the office knows of a phone, and how a lost one is emptied before it is shut out."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from server.accounts import rules
from server.accounts.models import Device
from server.core.clock import FixedClock
from server.core.db import new_id
from tests.factories.actors import CENTRE, Actor
from tests.factories.videos import webm
from tests.factories.world import NOW

Cast = Callable[[str], Actor]
TOTALS = {"findings": 3, "photos": 8, "commands": 5, "originals": 1}


def device_of(actor: Actor, reader: Actor) -> dict[str, Any]:
    items = reader.get("/api/devices").get_json()["items"]
    found: dict[str, Any] = next(item for item in items if item["user"]["username"] == actor_name(actor))
    return found


def actor_name(actor: Actor) -> str:
    name: str = actor.get("/api/session").get_json()["user"]["username"]
    return name


@pytest.fixture
def chen(cast: Cast) -> Actor:
    return cast("inspector_chen")


@pytest.fixture
def lost(chen: Actor, cast: Cast, clock: FixedClock) -> Actor:
    """Chen's phone, which the supervisor revoked at `NOW`; an hour has passed since."""
    device = device_of(chen, cast("supervisor_he"))
    answer = cast("supervisor_he").post(f"/api/devices/{device['id']}/revocation", None)
    assert answer.get_json()["revoked_at"] == NOW.isoformat()
    clock.set(NOW + timedelta(hours=1))
    return chen


def finding(actor: Actor, at: str) -> tuple[dict[str, Any], Any]:
    """A finding with one photo, captured at `at`, as the phone queues it."""
    shot = actor.shoots("O", (5, 6, 7))
    command = actor.make(
        "open_finding",
        finding_id=str(new_id()),
        compound_id=str(actor.world.compounds["汀禾苑"]),
        item_code="FP-01",
        text="石墩4个",
        place="3号楼北侧",
        position=CENTRE | {"accuracy_m": 6.0},
        photos=[shot.declaration],
        photo_excuses={"C": "门锁着"},
    )
    return command | {"captured_at": at}, shot


def test_a_phone_tells_its_state_with_each_delivery(chen: Actor, cast: Cast) -> None:
    readiness = {
        "persisted": True, "installed": False, "free_bytes": 2_000_000_000,
        "oldest_unsent_at": "2026-11-19T01:00:00+00:00", "missing": ["installed"],
    }  # fmt: skip
    counters = {"recorded": TOTALS, "confirmed": TOTALS | {"photos": 6}}
    body = {"commands": [], "unsent": 2, "app_version": "2.1.0", "counters": counters, "readiness": readiness}
    answer = chen.post("/api/sync/commands", body)
    assert answer.get_json()["orders"] == []
    told = device_of(chen, cast("supervisor_he"))
    assert told["readiness"] == readiness
    assert (told["recorded"], told["confirmed"]) == (TOTALS, TOTALS | {"photos": 6})
    assert (told["app_version"], told["unsent"], told["counted_at"]) == ("2.1.0", 2, NOW.isoformat())
    chen.post("/api/sync/commands", {"commands": []})
    assert device_of(chen, cast("supervisor_he")) == told


@pytest.mark.parametrize(
    "more",
    [
        {"counters": {"recorded": TOTALS}},
        {"counters": {"recorded": TOTALS, "confirmed": TOTALS | {"photos": -1}}},
        {"readiness": {"missing": ["x"] * 21}},
        {"readiness": {"free_bytes": "many"}},
        {"app_version": "x" * 41},
    ],
)
def test_a_state_that_makes_no_sense_is_refused(chen: Actor, more: dict[str, Any]) -> None:
    answer = chen.post("/api/sync/commands", {"commands": []} | more)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "core.invalid")


def test_devices_come_in_pages_and_by_trouble(cast: Cast, session: Session, chen: Actor) -> None:
    he = cast("supervisor_he")
    first = he.get("/api/devices", limit=2).get_json()
    second = he.get("/api/devices", limit=2, cursor=first["next"]).get_json()
    assert len(first["items"]) == 2 and len(second["items"]) == 1 and second["next"] is None
    assert len({item["id"] for item in first["items"] + second["items"]}) == 3
    assert he.get("/api/devices", cursor="bm8").status_code == 404
    assert he.get("/api/devices", trouble=True).get_json()["items"] == []
    chen.post("/api/sync/commands", {"commands": [], "unsent": 4})
    assert [one["unsent"] for one in he.get("/api/devices", trouble=True).get_json()["items"]] == [4]


def test_a_lost_phone_delivers_what_it_captured_before_and_is_told_to_wipe(lost: Actor, cast: Cast) -> None:
    command, shot = finding(lost, (NOW - timedelta(minutes=9)).isoformat())
    shot.with_original(webm(2), "video/webm")
    command["body"]["photos"] = [shot.declaration]
    answer = lost.push(command).get_json()
    assert answer["results"][0]["status"] == "applied"
    assert answer["orders"] == [{"order": "upload_and_wipe"}]
    lost.uploads(shot)
    assert lost.uploads_original(shot).status_code == 200
    assert lost.get(f"/api/photos/{shot.id}/original").status_code == 401
    assert lost.client.head(f"/api/photos/{shot.id}/content").headers["Upload-Complete"] == "?1"
    case = cast("supervisor_he").case(uuid.UUID(command["body"]["finding_id"]))
    assert case["photos"][0]["state"] == "stored"


def test_a_lost_phone_delivers_nothing_captured_later(lost: Actor) -> None:
    late, _ = finding(lost, (NOW + timedelta(minutes=10)).isoformat())
    result = lost.push(late).get_json()["results"][0]
    assert result["problem"]["code"] == "sync.after_revocation"
    assert result["receipt"] is not None


def test_a_wrong_clock_does_not_make_a_capture_late(lost: Actor) -> None:
    ahead = timedelta(days=2)
    command, _ = finding(lost, (NOW - timedelta(minutes=9) + ahead).isoformat())
    answer = lost.push(command, device_time=lost.now() + ahead).get_json()
    assert answer["results"][0]["status"] == "applied"


def test_a_lost_phone_decides_nothing(cast: Cast, session: Session) -> None:
    finding_id = cast("inspector_chen").finds()
    he = cast("supervisor_he")
    device = device_of(he, he)
    cast("admin_gu").post(f"/api/devices/{device['id']}/revocation", None)
    assert he.fails("confirm_finding", finding_id=str(finding_id)) == "sync.after_revocation"


def test_a_lost_phone_reads_nothing(lost: Actor) -> None:
    for path in ("/api/sync/changes", "/api/session", "/api/findings", f"/api/photos/{new_id()}/content"):
        refused = lost.get(path)
        assert (refused.status_code, refused.get_json()["code"]) == (401, "accounts.device_revoked"), path
        assert refused.get_json()["orders"] == [{"order": "upload_and_wipe"}]


def test_an_empty_lost_phone_is_shut_out(lost: Actor, cast: Cast) -> None:
    command, _ = finding(lost, NOW.isoformat())
    body = {"commands": [command], "unsent": 0}
    assert lost.post("/api/sync/commands", body).status_code == 200  # it still had something to say
    assert lost.post("/api/sync/commands", {"commands": [], "unsent": 1}).status_code == 200
    last = lost.post("/api/sync/commands", {"commands": [], "unsent": 0})
    assert last.get_json()["orders"] == [{"order": "upload_and_wipe"}]
    refused = lost.post("/api/sync/commands", {"commands": [], "unsent": 0})
    assert (refused.status_code, refused.get_json()["code"]) == (401, "accounts.device_revoked")
    assert refused.get_json()["orders"] == [{"order": "upload_and_wipe"}]
    drained = [one["drained_at"] for one in cast("supervisor_he").get("/api/devices").get_json()["items"]]
    assert lost.now().isoformat() in drained


def test_an_empty_queue_of_a_phone_in_use_closes_nothing(chen: Actor, session: Session) -> None:
    chen.post("/api/sync/commands", {"commands": [], "unsent": 0})
    assert chen.get("/api/sync/changes").status_code == 200
    device = uuid.UUID(chen.get("/api/session").get_json()["device_id"])
    assert session.get_one(Device, device, populate_existing=True).drained_at is None


@pytest.mark.parametrize(
    ("method", "path", "drained", "passes"),
    [
        ("PATCH", "/api/photos/1/content", False, True),
        ("PATCH", "/api/photos/1/original", False, True),
        ("HEAD", "/api/photos/1/original", False, True),
        ("PATCH", "/api/photos/1/original", True, False),
        ("GET", "/api/photos/1/content", False, False),
        ("PATCH", "/api/photos/1/original/more", False, False),
        ("POST", "/api/sync/commands", False, True),
        ("POST", "/api/sync/imports", False, False),
    ],
)
def test_the_sealed_lane_takes_evidence_and_nothing_else(
    method: str, path: str, drained: bool, passes: bool
) -> None:
    assert rules.passes_sealed(method, path, drained) is passes
