"""What an operator's machine is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from server.app import create_app
from server.core import health
from server.core.config import Settings
from server.core.storage_local import LocalStorage


def parts(app: Flask) -> tuple[int, dict[str, Any]]:
    """The answer's status, and what the operator sees of each part; strangers see yes and no only."""
    answer = app.test_client().get("/readyz")
    with app.app_context():
        found = health.examine()
    assert answer.get_json()["parts"] == {name: {"ok": part["ok"]} for name, part in found.items()}
    return answer.status_code, found


@pytest.fixture
def beating(session: Session) -> Callable[[str], None]:
    """A worker whose last sign of life was so long ago."""

    def beat(ago: str) -> None:
        session.execute(sa.text("DELETE FROM procrastinate_workers"))
        query = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - cast(:ago AS interval))"
        session.execute(sa.text(query), {"ago": ago})
        session.commit()

    return beat


def test_alive_without_a_database(tmp_path: Path) -> None:
    app = create_app(Settings(database_url="postgresql://nobody@127.0.0.1:9/nothing", var=tmp_path))
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok"})
    status, found = parts(app)
    assert status == 503
    assert [name for name, part in found.items() if part["ok"]] == ["storage"]


def test_ready_when_every_part_is(app: Flask, beating: Callable[[str], None]) -> None:
    beating("3 seconds")
    status, found = parts(app)
    assert status == 200
    assert {name: part["ok"] for name, part in found.items()} == {
        "database": True, "migrations": True, "storage": True, "worker": True,
    }  # fmt: skip
    assert found["migrations"]["current"] == found["migrations"]["head"] != []


@pytest.mark.parametrize("ago", ["2 minutes", None])
def test_not_ready_without_a_worker(
    app: Flask, beating: Callable[[str], None], session: Session, ago: str | None
) -> None:
    if ago:
        beating(ago)
    status, found = parts(app)
    assert (status, found["worker"]["ok"], found["database"]["ok"]) == (503, False, True)


def test_not_ready_behind_the_code(app: Flask, beating: Callable[[str], None], session: Session) -> None:
    beating("0 seconds")
    session.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    session.commit()
    status, found = parts(app)
    assert (status, found["migrations"]["ok"], found["migrations"]["current"]) == (503, False, ["0001"])


def test_not_ready_without_room_for_files(
    app: Flask, beating: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beating("0 seconds")
    (tmp_path / "temporary").write_text("a file where a folder should be")
    monkeypatch.setitem(app.extensions, "storage", LocalStorage(tmp_path))
    status, found = parts(app)
    assert (status, found["storage"]["ok"], found["storage"]["cause"]) == (503, False, "StorageUnavailable")
