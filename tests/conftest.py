"""Fixtures: a real PostGIS, one savepoint a test, and a cast of people to act.

`app`/`session`/`cast` share one database and roll back after each test. What needs real commits (the
pull below the oldest transaction, races between processes) takes `live_app`, a database of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from server.app import create_app
from server.core.clock import FixedClock
from server.core.config import Settings
from server.core.db import db
from tests.factories import database, world
from tests.factories.actors import Actor

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real photos and real area codes, where the checkout has them beside it."""
    if not SHARED.is_dir():
        pytest.skip("real photos are not beside this checkout (../shared/data)")
    return SHARED


def _application(url: str, var: Path) -> Flask:
    settings = Settings(database_url=url, var=var)
    app = create_app(settings, clock=FixedClock(world.NOW))
    app.testing = True
    return app


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, world.World]]:
    """The shared database with the small district in it, committed once."""
    with database.clone() as url:
        app = _application(url, tmp_path_factory.mktemp("var"))
        with app.app_context():
            built = world.build(db.session())
            db.session.commit()
            db.session.remove()
        yield app, built
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def app(base: tuple[Flask, world.World]) -> Iterator[Flask]:
    """The application on a connection whose transaction is rolled back after the test.

    Flask-SQLAlchemy chooses the bind itself, so the documented recipe of a session bound to a connection
    does not hold; the engine of the app is replaced by the connection instead.
    """
    application = base[0]
    application.extensions["clock"].set(world.NOW)
    with application.app_context():
        engine = db.engines[None]
        with engine.connect() as connection:
            outer = connection.begin()
            db.engines[None] = connection  # type: ignore[assignment]
            db.session.remove()
            db.session.configure(join_transaction_mode="create_savepoint")
            try:
                yield application
            finally:
                db.session.remove()
                db.session.configure(join_transaction_mode="conditional_savepoint")
                db.engines[None] = engine
                outer.rollback()


@pytest.fixture
def session(app: Flask) -> Session:
    """The session of the test's own application context."""
    return db.session()


@pytest.fixture
def clock(app: Flask) -> FixedClock:
    """The app's clock; stands at `world.NOW` until moved."""
    found: FixedClock = app.extensions["clock"]
    return found


@pytest.fixture
def cast(app: Flask, base: tuple[Flask, world.World]) -> Callable[[str], Actor]:
    """`cast("inspector_chen")` is that person, signed in."""
    return lambda name: Actor(app, base[1], name)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[tuple[Flask, Callable[[str], Actor]]]:
    """An app on a database of its own where commits are real, with the same cast."""
    with database.clone() as url:
        app = _application(url, tmp_path)
        with app.app_context():
            built = world.build(db.session())
            db.session.commit()
            db.session.remove()
        yield app, lambda name: Actor(app, built, name)
        with app.app_context():
            db.engine.dispose()
