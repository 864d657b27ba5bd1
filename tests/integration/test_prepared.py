"""Which plans PostgreSQL keeps (`core/prepared.py`), asked of PostgreSQL itself."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from flask import Flask

from server.core.db import db
from server.core.prepared import KEEP, kept, kept_insert
from server.core.receipt_keys import ReceiptKey

PREPARED = sa.text("SELECT statement FROM pg_prepared_statements WHERE NOT from_sql")


def _prepared(connection: sa.Connection) -> list[str]:
    return list(connection.scalars(PREPARED))


def test_only_what_asks_for_it_is_prepared_and_at_once(live: tuple[Flask, object]) -> None:
    """Ten runs of an unmarked one: the driver's own threshold is five."""
    with live[0].app_context(), db.engine.connect() as connection:
        for _ in range(10):
            connection.execute(sa.text("SELECT 'unmarked' WHERE :n = 1"), {"n": 1})
            connection.execute(kept("SELECT 'marked' WHERE :n = 1"), {"n": 1})
        assert [text for text in _prepared(connection) if "marked" in text] == [
            f"{KEEP} SELECT 'marked' WHERE $1 = 1"
        ]


def test_a_rollback_forgets_nothing(live: tuple[Flask, object]) -> None:
    with live[0].app_context(), db.engine.connect() as connection:
        connection.execute(kept("SELECT 'to be kept' WHERE :n = 1"), {"n": 1})
        before = _prepared(connection)
        connection.rollback()
        nested = connection.begin_nested()
        nested.rollback()
        connection.execute(kept("SELECT 'to be kept' WHERE :n = 1"), {"n": 1})
        assert before
        assert _prepared(connection) == before


def test_an_insert_is_prepared_as_well(live: tuple[Flask, object]) -> None:
    """The ORM's dialect puts the mark behind the first word."""
    row = {"id": "k", "public_key": b"", "first_used_at": datetime(2026, 11, 20, tzinfo=UTC)}
    with live[0].app_context(), db.engine.connect() as connection:
        connection.execute(kept_insert(ReceiptKey), row)
        assert [text for text in _prepared(connection) if text.startswith(f"INSERT {KEEP} INTO receipt_key")]
