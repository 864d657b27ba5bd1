"""Which plans PostgreSQL keeps (`core/prepared.py`), asked of PostgreSQL itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from server.core.db import db
from server.core.prepared import KEEP, Kept, KeptInsert, at_once
from server.core.receipt_keys import ReceiptKey

KEYS = KeptInsert(ReceiptKey)
COUNT = sa.text("SELECT count(*) FROM receipt_key WHERE id LIKE 'kept%'")


@pytest.fixture
def fresh(live: tuple[Flask, object]) -> Iterator[Session]:
    """A session on a database and a connection of its own."""
    with live[0].app_context():
        db.engine.dispose()
        with Session(db.engine) as session:
            yield session


def _prepared(session: Session, word: str) -> list[str]:
    texts = session.scalars(sa.text("SELECT statement FROM pg_prepared_statements WHERE NOT from_sql"))
    return [text for text in texts if word in text]


def _key(name: str) -> dict[str, object]:
    return {"id": name, "public_key": b"", "first_used_at": datetime(2026, 11, 20, tzinfo=UTC)}


def test_only_what_asks_for_it_is_prepared_and_at_once(fresh: Session) -> None:
    """Ten runs of another one: the driver's own threshold is five."""
    marked = Kept("SELECT 'marked', 5 % 3 WHERE :n::int = 1")
    for _ in range(10):
        fresh.execute(sa.text("SELECT 'unmarked' WHERE :n = 1"), {"n": 1})
        assert marked.value(fresh, n=1) == "marked"
    assert _prepared(fresh, "marked") == [f"{KEEP} SELECT 'marked', 5 % 3 WHERE $1::int = 1"]


def test_a_rollback_forgets_nothing(fresh: Session) -> None:
    statement = Kept("SELECT 'to be kept' WHERE :n = 1")
    statement.run(fresh, n=1)
    before = _prepared(fresh, "to be kept")
    fresh.begin_nested().rollback()
    fresh.rollback()
    statement.run(fresh, n=1)
    assert before
    assert _prepared(fresh, "to be kept") == before


def _write_together(session: Session, *names: str) -> None:
    with session.begin_nested(), at_once(session):
        for name in names:
            KEYS.row(session, _key(name))


def test_writes_sent_at_once_stand_or_fall_with_their_savepoint(fresh: Session) -> None:
    _write_together(fresh, "kept 1", "kept 2")
    KEYS.rows(fresh, [_key("kept 3")])
    with pytest.raises(IntegrityError):
        _write_together(fresh, "kept 4", "kept 1", "kept 5")
    assert fresh.scalar(COUNT) == 3
    assert len(_prepared(fresh, "INTO receipt_key")) == 1


def test_a_lost_connection_is_told_as_such_and_leaves_the_pool(fresh: Session) -> None:
    ask = Kept("SELECT pg_backend_pid()")
    pid = ask.value(fresh)
    with db.engine.connect() as other:
        other.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    with pytest.raises(sa.exc.OperationalError) as lost:
        ask.value(fresh)
    assert lost.value.connection_invalidated
    fresh.rollback()
    assert ask.value(fresh) != pid


def test_a_question_asked_alone_leaves_the_connection_as_it_was(fresh: Session) -> None:
    ask = Kept("SELECT pg_backend_pid() AS pid, now() AS at")
    before = [ask.row_alone(db.engine) for _ in range(2)]
    assert before[0].pid == before[1].pid  # given back in between
    assert before[0].at < before[1].at
    with pytest.raises(sa.exc.DBAPIError):
        Kept("SELECT 1 / 0").row_alone(db.engine)
    fresh.execute(sa.text("CREATE TABLE not_to_stay ()"))
    assert ask.value(fresh) == before[0].pid
    fresh.rollback()
    assert fresh.scalar(sa.text("SELECT to_regclass('not_to_stay')")) is None


def test_a_database_that_is_away_is_told_as_such(fresh: Session) -> None:
    """A repeatable 503 and not a fault of ours: nothing but SQLAlchemy's errors leaves this module."""
    nobody = sa.create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    with pytest.raises(OperationalError):
        Kept("SELECT 1 AS one").row_alone(nobody)
    nobody.dispose()
