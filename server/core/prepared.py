"""Plans that are kept: which statements PostgreSQL prepares, and for how long.

A report with two photos asks some thirty small questions. Planning one of them takes PostgreSQL 0.1 to
0.4 CPU ms, running it 0.02; all of the planning together was half of what a report cost. On the other
hand a prepared statement may be given a generic plan, and for a box on the map that is the difference
between a millisecond and seconds. So neither all nor none:

1. Only statements that begin with `KEEP` are prepared, on their first run. They look rows up by key or
   insert them: for such there is one plan, whatever the values are.
2. They stay prepared for the life of the connection. The driver by itself forgets all of them at every
   rollback, with which each read ends, because a rolled back transaction may have dropped a table; ours
   never do.

The driver keeps its bookkeeping in a private attribute, hence the pinned version and a test of both rules.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from psycopg._preparing import Key, Prepare, PrepareManager
from psycopg._queries import PostgresQuery

KEEP = "/* kept */"
_MARK = KEEP.encode()
_WITHIN = len("INSERT ") + len(_MARK)


def kept(text: str) -> sa.TextClause:
    """A statement whose plan is kept. For look-ups by key only, never for anything with a range or a box."""
    return sa.text(f"{KEEP} {text}")


def kept_insert(model: Any) -> sa.Insert:
    """An INSERT into the table of `model` whose plan is kept.

    Of the table, since the ORM's own INSERT takes twice as long; column defaults apply all the same.
    """
    return sa.insert(model.__table__).prefix_with(KEEP)


class KeptPlans(PrepareManager):
    """The bookkeeping of one connection, by the two rules above."""

    def get(self, query: PostgresQuery, prepare: bool | None = None) -> tuple[Prepare, bytes]:
        if _MARK not in query.query[:_WITHIN]:
            return Prepare.NO, b""
        return super().get(query, prepare=True)

    def maybe_add_to_cache(self, query: PostgresQuery, prep: Prepare, name: bytes) -> Key | None:
        return None if prep is Prepare.NO else super().maybe_add_to_cache(query, prep, name)

    def clear(self) -> bool:
        return False


def keep_plans(connection: Any, record: Any) -> None:
    """For the engine's `connect` event."""
    connection._prepared = KeptPlans()
