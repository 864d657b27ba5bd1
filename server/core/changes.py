"""Pages of changed rows for the phones' pull.

Rows carry the id of the transaction that last touched them (`changed_xid`). A page is everything
after the cursor `(xid, id)` and below the snapshot's `xmin`, in that order. A transaction that is
still running has an id at or above `xmin`, so a row that commits late is still ahead of the cursor;
a serial number would have let the cursor pass it. The same transaction may touch more rows than fit
a page, hence the id as the second part of the key.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.core.db import Xid8

Cursor = tuple[int, uuid.UUID]
"""`(changed_xid, id)` of the last row that was handed over."""


@dataclass(frozen=True, slots=True)
class Changes:
    """One page: documents in the order of their keys, the key of the last, and whether more wait."""

    items: list[dict[str, Any]] = field(default_factory=list)
    last: Cursor | None = None
    more: bool = False


def snapshot_xmin(session: Session) -> int:
    """The oldest transaction still running; all below it is settled."""
    query = sa.select(sa.func.pg_snapshot_xmin(sa.func.pg_current_snapshot(), type_=Xid8()))
    return int(session.scalar(query) or 0)


def changed_keys(
    session: Session,
    model: Any,
    where: sa.ColumnElement[bool],
    cursor: Cursor | None,
    limit: int,
    below_xid: int,
) -> tuple[list[Cursor], bool]:
    """Keys of at most `limit` changed rows of `model`, and whether there are more."""
    xid, row_id = model.changed_xid, model.id
    query = sa.select(xid, row_id).where(where, xid < sa.bindparam(None, below_xid, Xid8()))
    if cursor is not None:
        after = sa.tuple_(sa.bindparam(None, cursor[0], Xid8()), sa.bindparam(None, cursor[1], sa.Uuid()))
        query = query.where(sa.tuple_(xid, row_id) > after)
    rows = session.execute(query.order_by(xid, row_id).limit(limit + 1)).all()
    return [(row[0], row[1]) for row in rows[:limit]], len(rows) > limit


def page(
    keys: Sequence[Cursor], more: bool, documents: Callable[[Sequence[uuid.UUID]], list[dict[str, Any]]]
) -> Changes:
    """The page for `keys`: `documents` is asked once for all ids and may answer in any order."""
    if not keys:
        return Changes()
    place = {str(row_id): at for at, (_, row_id) in enumerate(keys)}
    items = sorted(documents([row_id for _, row_id in keys]), key=lambda item: place[str(item["id"])])
    return Changes(items, keys[-1], more)
