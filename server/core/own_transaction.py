"""A short transaction beside the request's.

The request commits only what an unsafe method did, and rolls back what was refused. Two things must
not share that fate: that a session was used (known on every read), and that a sign-in failed. Both are
written here, on a connection of their own that goes back to the pool at once, and never while the
request holds one: a thread that holds a connection and waits for a second can stall the whole pool.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from server.core.db import db


@contextmanager
def own_transaction() -> Iterator[Session]:
    """A session that commits when the block ends and rolls back when it raises.

    Inside an outer transaction (tests bind the engine to one) it is a savepoint of it.
    """
    with Session(db.engine, join_transaction_mode="create_savepoint") as session, session.begin():
        yield session
