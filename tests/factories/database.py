"""Databases for tests: one migrated template, cheap clones of it.

Order of choice as in production: `DATABASE_URL` names a server to use, else the embedded cluster is
started in `var/test`. The template is named after the migrations' content, so it is made once.
"""

from __future__ import annotations

import hashlib
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from flask_migrate import upgrade
from sqlalchemy import make_url

from server.app import create_app
from server.core.config import Settings
from server.core.db import sqlalchemy_url
from server.core.embedded import ensure_database

ROOT = Path(__file__).resolve().parents[2]


def server_url() -> str:
    """URL of a database on the server that tests use."""
    given = os.environ.get("TEST_DATABASE_URL") or os.environ.get("DATABASE_URL")
    return sqlalchemy_url(given) if given else ensure_database(ROOT / "var" / "test")


def _connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)


def _with_name(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def template() -> tuple[str, str]:
    """`(server url, template name)`; migrates the template where it is not there yet."""
    url = server_url()
    digest = hashlib.sha256()
    for path in sorted((ROOT / "migrations").rglob("*.py")):
        digest.update(path.read_bytes())
    name = f"xj_template_{digest.hexdigest()[:12]}"
    with _connect(url) as connection:
        # Two test runs at once must not both migrate.
        connection.execute("SELECT pg_advisory_lock(7201)")
        exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if not exists:
            half = f"{name}_{uuid.uuid4().hex[:6]}"
            connection.execute(f'CREATE DATABASE "{half}"')
            app = create_app(Settings(database_url=_with_name(url, half)))
            with app.app_context():
                upgrade()
                app.extensions["sqlalchemy"].engine.dispose()
            connection.execute(f'ALTER DATABASE "{half}" RENAME TO "{name}"')
    return url, name


@contextmanager
def clone() -> Iterator[str]:
    """URL of a fresh copy of the template, dropped afterwards."""
    url, source = template()
    name = f"xj_test_{uuid.uuid4().hex[:10]}"
    with _connect(url) as connection:
        connection.execute("SELECT pg_advisory_lock(7202)")
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
        connection.execute("SELECT pg_advisory_unlock(7202)")
    try:
        yield _with_name(url, name)
    finally:
        with _connect(url) as connection:
            _drop(connection, name)


def _drop(connection: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    """Drop with whoever is still connected; autovacuum, which only a superuser may end, is waited for."""
    for patience in (0.2, 1, 5, None):
        try:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            return
        except psycopg.errors.InsufficientPrivilege:
            if patience is None:
                raise
            time.sleep(patience)
