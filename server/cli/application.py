"""The app for a command.

A command that needs a database starts the embedded cluster when `DATABASE_URL` is not given.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def application() -> Iterator[Any]:
    """The app in its context, on the database given or the embedded one."""
    from server.app import create_app
    from server.core.config import Settings
    from server.core.embedded import ensure_database

    settings = Settings()
    if settings.database_url is None:
        settings.database_url = ensure_database(settings.var)
    app = create_app(settings)
    with app.app_context():
        try:
            yield app
        finally:
            database = app.extensions["sqlalchemy"]
            database.session.remove()
            database.engine.dispose()
