"""The simulator's model of the server against the real one.

The web app's sync engine is proven against a model (`pwa/src/sync/simulation/server.ts`); what that is
worth depends on the model. So the requests that phones made there, with their repetitions, cuts and
late arrivals, are made here of the real server, and each answer must be the one that the model gave:
status, problem code, offset, result per command, and a receipt where the model signed one.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.checklists.models import ChecklistVersion
from tests.factories.actors import Actor

PWA = Path(__file__).resolve().parents[2] / "pwa"
SEEDS = [68, 52, 97, 96, 99, 85]
PEOPLE = ("inspector_chen", "inspector_li")
"""Two inspectors of one street: each sees the other's cases, neither may send for the other."""


@pytest.fixture(scope="session")
def scenarios() -> list[list[dict[str, Any]]]:
    node = shutil.which("node")
    if node is None or not (PWA / "node_modules" / "vite").is_dir():
        pytest.skip("the packages of pwa/ are not installed")
    made = subprocess.run(
        [node, "scripts/scenarios.mjs"],
        cwd=PWA,
        env=os.environ | {"SEEDS": ",".join(map(str, SEEDS))},
        capture_output=True,
        check=True,
        timeout=120,
    )
    found: list[list[dict[str, Any]]] = json.loads(made.stdout)
    return found


@pytest.mark.parametrize("at", range(len(SEEDS)))
def test_the_real_server_answers_as_the_model_did(
    at: int, scenarios: list[list[dict[str, Any]]], cast: Callable[[str], Actor], session: Session
) -> None:
    people = [cast(name) for name in PEOPLE]
    stranger = people[0].app.test_client()
    checklist = session.scalars(sa.select(ChecklistVersion.id)).first()
    compound = people[0].world.compounds["汀禾苑"]
    exchanges = scenarios[at]
    assert any(exchange["method"] == "PATCH" for exchange in exchanges), "a scenario without photos"
    for step, exchange in enumerate(exchanges):
        place = {"compound_id": str(compound), "checklist_version_id": str(checklist)}
        actor = stranger if exchange["user"] is None else people[exchange["user"]].client
        headers = dict(exchange["headers"])
        if exchange["named"] is not None:
            headers["X-Xunjian-User"] = str(people[exchange["named"]].user_id)
        answer = actor.open(
            "/api" + exchange["path"], method=exchange["method"], headers=headers, **_body(exchange, place)
        )
        assert _told(answer, exchange) == exchange["expect"], f"step {step}: {exchange['path']}"


def _body(exchange: dict[str, Any], place: dict[str, str]) -> dict[str, Any]:
    if "commands" in exchange:
        return {"json": {"commands": [_real(command, place) for command in exchange["commands"]]}}
    return {"data": base64.b64decode(exchange["bytes"])} if "bytes" in exchange else {}


def _real(command: dict[str, Any], place: dict[str, str]) -> dict[str, Any]:
    """The command with the ids of this district; what only the simulator reads is left out."""
    body = dict(command["body"])
    if "compound_id" in body:
        body["compound_id"] = place["compound_id"]
    if command["kind"] == "check_in":
        body["checklist_version_id"] = place["checklist_version_id"]
        del body["text"]
    return command | {"body": body}


def _told(answer: Any, exchange: dict[str, Any]) -> dict[str, Any]:
    """An answer in the words of `scenarios.ts`."""
    told: dict[str, Any] = {"status": answer.status_code}
    document = answer.get_json(silent=True) or {}
    if answer.status_code >= 400:
        # HEAD has no body; its code is that of the PATCH.
        told["code"] = document.get("code", exchange["expect"].get("code"))
        if "offset" in document:
            told["offset"] = document["offset"]
    elif "results" in document:
        told["results"] = [
            {
                "id": result["id"],
                "status": result["status"],
                "replayed": result["replayed"],
                "code": result["problem"] and result["problem"]["code"],
                "receipt": result["receipt"] is not None,
            }
            for result in document["results"]
        ]
    elif "sha256" in document:
        told["stored"] = document["sha256"]
        assert document["receipt"]["sha256"] == document["sha256"]
    else:
        told["offset"] = int(answer.headers["Upload-Offset"])
    return told
