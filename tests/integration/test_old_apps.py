"""Phones that come back from weeks without a network, and phones that change hands."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.checklists.models import ChecklistVersion
from server.core import api_version
from server.core.db import new_id
from server.findings.models import Finding
from server.sync.models import Command
from tests.factories.actors import Actor

Cast = Callable[[str], Actor]
RECORDED = Path(__file__).parent / "recorded"


@pytest.fixture
def chen(cast: Cast) -> Actor:
    return cast("inspector_chen")


def report(actor: Actor) -> dict[str, Any]:
    """A hazard as it waits in the queue."""
    return actor.make(
        "open_finding",
        finding_id=str(new_id()),
        compound_id=str(actor.world.compounds["汀禾苑"]),
        item_code="FP-01",
        photos=[actor.shoots("O", (90, 100, 110)).declaration],
    )


def rows(session: Session) -> list[int | None]:
    return [session.scalar(sa.select(sa.func.count()).select_from(table)) for table in (Command, Finding)]


def test_what_an_old_tab_sends_in_the_name_of_somebody_else_is_refused_unseen(
    session: Session, chen: Actor, cast: Cast
) -> None:
    command = report(chen)
    headers = {"X-Xunjian-User": str(cast("inspector_li").user_id)}
    before = rows(session)
    for method, path in (("POST", "/api/sync/commands"), ("GET", "/api/sync/changes")):
        body = {"commands": [command]} if method == "POST" else None
        answer = chen.client.open(path, method=method, json=body, headers=headers)
        assert (answer.status_code, answer.get_json()["code"]) == (401, "accounts.other_user")
    assert rows(session) == before
    mine = {"X-Xunjian-User": str(chen.user_id)}
    answer = chen.client.post("/api/sync/commands", json={"commands": [command]}, headers=mine)
    assert answer.get_json()["results"][0]["status"] == "applied"


def test_an_app_that_is_too_old_is_told_so_and_nothing_of_its_queue_is_touched(
    session: Session, chen: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = report(chen)
    before = rows(session)
    monkeypatch.setattr(api_version, "OLDEST", 2)
    for headers in ({}, {"X-Xunjian-Api": "1"}):
        answer = chen.client.post("/api/sync/commands", json={"commands": [command]}, headers=headers)
        assert (answer.status_code, answer.get_json()["code"]) == (426, "sync.app_too_old")
        assert (answer.get_json()["minimum"], answer.get_json()["current"]) == (2, 2)
        assert answer.headers[api_version.SUPPORTED] == "2-2"
    assert rows(session) == before
    # The new app finds the same queue, under the same ids.
    newer = {"X-Xunjian-Api": "2"}
    answer = chen.client.post("/api/sync/commands", json={"commands": [command]}, headers=newer)
    assert answer.get_json()["results"][0]["status"] == "applied"


@pytest.mark.parametrize("version", ["x", "-1", "1.0", "9999999"])
def test_a_version_that_is_no_number_is_a_problem(chen: Actor, version: str) -> None:
    answer = chen.client.get("/api/sync/changes", headers={"X-Xunjian-Api": version})
    assert (answer.status_code, answer.get_json()["code"]) == (400, "core.bad_request")


@pytest.mark.parametrize("file", sorted(RECORDED.glob("*.json")), ids=lambda path: path.stem)
def test_what_apps_of_each_version_sent_is_still_understood(
    file: Path, chen: Actor, session: Session
) -> None:
    """Requests as they were written down when that version was the newest; ids of the place are put in."""
    recorded: dict[str, Any] = json.loads(file.read_text())
    text = json.dumps(recorded["exchanges"])
    for name, value in _ids(chen, session).items():
        text = text.replace(f"<{name}>", value)
    for exchange in json.loads(text):
        headers = recorded["headers"] | exchange.get("headers", {})
        data = bytes.fromhex(exchange["bytes"]) if "bytes" in exchange else None
        answer = chen.client.open(
            exchange["path"], method=exchange["method"], headers=headers, json=exchange.get("json"), data=data
        )
        assert answer.status_code == exchange["status"], (
            exchange["path"],
            answer.get_data(as_text=True)[:500],
        )
        if "answers" in exchange:
            _holds(answer.get_json(), exchange["answers"], exchange["path"])


def _holds(answer: Any, wanted: Any, where: str) -> None:
    """Everything that the old app reads is there, whatever has been added since."""
    if isinstance(wanted, dict):
        for key, value in wanted.items():
            assert key in answer, f"{where}: {key}"
            _holds(answer[key], value, f"{where}.{key}")
    elif isinstance(wanted, list):
        assert len(answer) >= len(wanted), where
        for one, other in zip(answer, wanted, strict=False):
            _holds(one, other, where)
    elif wanted != "*":
        assert answer == wanted, where


def _ids(chen: Actor, session: Session) -> dict[str, str]:
    return {
        "compound": str(chen.world.compounds["汀禾苑"]),
        "checklist": str(session.scalars(sa.select(ChecklistVersion.id)).first()),
    }
