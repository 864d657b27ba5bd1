"""Two questions of an operator's machine.

`/healthz`: does the process live? Answered without the database, or a database that restarts would make
the orchestrator kill every web server as well. `/readyz`: would a request succeed now? Asks each part.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
import structlog
from alembic.script import ScriptDirectory
from flask import Flask, Response, current_app, jsonify
from sqlalchemy.orm import Session

from server.core import context, jobs
from server.core.db import db

log = structlog.get_logger()

WORKER_SILENCE = 60.0
"""Seconds without a heartbeat (one each 5 s) after which a worker counts as gone."""


class NotReady(Exception):
    """A part is not fit for use; `facts` says what was found."""

    def __init__(self, **facts: Any) -> None:
        super().__init__()
        self.facts = facts


def healthz() -> Response:
    """`{"status": "ok"}`: the process answers."""
    return jsonify(status="ok")


def readyz() -> tuple[Response, int]:
    """`{"status", "parts": {name: {"ok"}}}`; 503 when any part is not ok.

    Anybody may ask, a load balancer or a stranger, so it is yes or no: what was found goes to the log, and to
    the operator by `xunjian ready`.
    """
    parts = examine()
    ready = all(part["ok"] for part in parts.values())
    told = {name: {"ok": part["ok"]} for name, part in parts.items()}
    if not ready:
        log.warning("not_ready", parts=parts)
    return jsonify(status="ready" if ready else "not ready", parts=told), 200 if ready else 503


def examine() -> dict[str, dict[str, Any]]:
    """Every part by name: `ok`, `ms`, and what was found."""
    return {name: _ask(check) for name, check in PARTS.items()}


def _ask(check: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    began = time.perf_counter()
    try:
        facts: dict[str, Any] = {"ok": True} | check()
    except NotReady as error:
        facts = {"ok": False} | error.facts
    except Exception as error:  # whatever is wrong with a part is the answer, not a failure
        facts = {"ok": False, "cause": type(error).__name__, "detail": str(error).partition("\n")[0]}
    return facts | {"ms": round((time.perf_counter() - began) * 1000, 1)}


def _database() -> dict[str, Any]:
    with Session(db.engine) as session:
        session.execute(sa.text("SELECT 1"))
    return {}


def _migrations() -> dict[str, Any]:
    """The database stands at the newest migration of this code."""
    scripts = ScriptDirectory(str(current_app.config["MIGRATIONS"]))
    with Session(db.engine) as session:
        found = session.scalars(sa.text("SELECT version_num FROM alembic_version")).all()
    facts = {"current": sorted(found), "head": sorted(scripts.get_heads())}
    if facts["current"] != facts["head"]:
        raise NotReady(**facts)
    return facts


def _storage() -> dict[str, Any]:
    context.storage().check()
    return {}


def _worker() -> dict[str, Any]:
    """A worker lives. Failed jobs are told but keep nobody from working."""
    with Session(db.engine) as session:
        found = jobs.overview(session)
    silent = None if found.silent_for is None else round(found.silent_for.total_seconds(), 1)
    facts = {
        "silent_s": silent,
        "waiting": found.waiting,
        "running": found.running,
        "failed": found.failed,
    }
    if silent is None or silent > WORKER_SILENCE:
        raise NotReady(**facts)
    return facts


PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "database": _database,
    "migrations": _migrations,
    "storage": _storage,
    "worker": _worker,
}


def init_app(app: Flask) -> None:
    """Register both addresses."""
    app.add_url_rule("/healthz", "health.healthz", healthz, methods=["GET"])
    app.add_url_rule("/readyz", "health.readyz", readyz, methods=["GET"])
