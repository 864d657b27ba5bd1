"""The phone's pull: a first one of a whole street, and a poll when nothing happened.

Ceiling of the poll: the bare statement that asks for changed findings, on the same database.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from server.app import create_app
from server.core.clock import FixedClock
from server.core.config import Settings
from server.core.db import db
from tests.bench.rows import Row, percentile, row
from tests.factories import database, world
from tests.factories.actors import Actor

FINDINGS, POLLS = 200, 100
BARE = sa.text(
    "SELECT id FROM finding WHERE changed_xid > '999999999'::xid8 ORDER BY changed_xid, id LIMIT 500"
)


def measure() -> Iterator[Row]:
    """Milliseconds: first pull of 200 open findings with their photos, p95 of an empty poll."""
    with database.clone() as url, tempfile.TemporaryDirectory() as var:
        clock = FixedClock(datetime(2026, 11, 20, 1, 0, tzinfo=UTC))
        app = create_app(Settings(database_url=url, var=Path(var)), clock=clock)
        with app.app_context():
            built = world.build(db.session())
            db.session.commit()
            db.session.remove()
        chen = Actor(app, built, "inspector_chen")
        for _ in range(FINDINGS):
            chen.finds("ES-01")
        li = Actor(app, built, "inspector_li")
        start = time.perf_counter()
        first = li.get("/api/sync/changes").get_json()
        whole = (time.perf_counter() - start) * 1000
        assert len(first["items"]["findings"]) == FINDINGS
        polls, bare = [], []
        with app.app_context(), db.engine.connect() as connection:
            for _ in range(POLLS):
                start = time.perf_counter()
                li.get("/api/sync/changes", cursor=first["cursor"])
                polls.append((time.perf_counter() - start) * 1000)
                start = time.perf_counter()
                connection.execute(BARE).all()
                bare.append((time.perf_counter() - start) * 1000)
        with app.app_context():
            db.engine.dispose()
    yield row("pull.first_200_findings", whole, "ms", None)
    yield row("pull.empty_poll_p95", percentile(polls, 0.95), "ms", percentile(bare, 0.95))
