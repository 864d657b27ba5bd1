"""Reading the map, and rebuilding what it reads after rows were loaded past the triggers."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.core.identity import Identity
from server.core.pagination import BadCursor, decode_cursor, encode_cursor
from server.core.permissions import Permission, require
from server.core.problems import NotFound
from server.core.visibility import Scope, scope_of
from server.findings import reading
from server.maps import queries, rules, tiles
from server.maps.errors import NoSuchTile
from server.maps.models import BuildingShape, CompoundCounter, CompoundShape, OpenPin, OpenTally
from server.maps.rules import Box, Facets, Filters

CLOSED_COUNT_CAP = 10_000
_TABLES = (CompoundCounter, OpenTally, OpenPin, CompoundShape, BuildingShape)


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile for the browser; `body` is None where the browser has it already."""

    tag: str
    body: bytes | None


def tile(
    session: Session, identity: Identity, z: int, x: int, y: int, filters: Filters, known: str | None
) -> Tile:
    """The findings of one tile as a vector tile; `known` is the tag of the copy that the browser holds.

    Raises `NoSuchTile`, `Forbidden`.
    """
    box = rules.tile_box(z, x, y)
    if box is None:
        raise NoSuchTile()
    scope = _scope(identity)
    mine = _short(repr(scope).encode())
    version = known.removeprefix(f"{mine}-") if known and known.startswith(f"{mine}-") else None
    current, body = tiles.tile(session, scope, filters, z, box, version)
    return Tile(f"{mine}-{current}", body)


def base_tile(session: Session, identity: Identity, z: int, x: int, y: int, known: str | None) -> Tile:
    """The ground of one tile. Raises `NoSuchTile`, `Forbidden`."""
    box = rules.tile_box(z, x, y)
    if box is None:
        raise NoSuchTile()
    require(identity, Permission.FINDING_READ)
    body = tiles.base_tile(session, z, box)
    tag = _short(body)
    return Tile(tag, None if tag == known else body)


def findings(
    session: Session, identity: Identity, box: Box, filters: Filters, cursor: str | None, limit: int
) -> dict[str, Any]:
    """One page of findings in a box: overdue first, then by deadline, then what was put right.

    `{"items": [finding document with pin_id], "next": cursor or None}`. Raises `BadCursor`, `Forbidden`.
    """
    scope = _scope(identity)
    kind, key = _cursor(cursor)
    found: list[tuple[uuid.UUID, int | None, list[Any]]] = []
    if kind == "open":
        rows = queries.open_in_box(session, scope, filters, box, key, limit + 1)
        found = [(row[0], row[2], ["open", row[1], row[2]]) for row in rows]
    if filters.closed and len(found) <= limit:
        after = key if kind == "closed" else None
        past = queries.closed_in_box(session, scope, filters, box, after, limit + 1 - len(found))
        found += [(row[0], None, ["closed", row[1].isoformat(), str(row[0])]) for row in past]
    shown = found[:limit]
    pins = {finding_id: pin_id for finding_id, pin_id, _ in shown}
    items = reading.documents(session, identity, list(pins))
    for item in items:
        item["pin_id"] = pins[item["id"]]
    return {"items": items, "next": encode_cursor(shown[-1][2]) if len(found) > limit else None}


def counts(session: Session, identity: Identity, box: Box | None, filters: Filters) -> dict[str, Any]:
    """Counts for the filter panel (schema `CountsSchema`), exact but for the cap on closed ones."""
    scope = _scope(identity)
    facets = Facets(queries.group_open(session, scope, box), filters)
    world = Box(-rules.WORLD, -rules.WORLD, rules.WORLD, rules.WORLD)
    closed = queries.count_closed(session, scope, filters, box or world, CLOSED_COUNT_CAP)
    document = facets.document(closed, queries.street_names(session, scope))
    return document | {"closed_capped": closed == CLOSED_COUNT_CAP}


def finding_of_pin(session: Session, identity: Identity, pin_id: int) -> dict[str, Any]:
    """The finding document behind a pin. Raises `NotFound`, also for a pin out of sight."""
    finding_id = queries.pin(session, _scope(identity), pin_id)
    documents = reading.documents(session, identity, [finding_id] if finding_id else [])
    if not documents:
        raise NotFound()
    return documents[0] | {"pin_id": pin_id}


def compound_of_shape(session: Session, identity: Identity, shape_id: int) -> uuid.UUID:
    """The compound behind an outline. Raises `NotFound`, also for one out of sight."""
    compound_id = queries.compound(session, _scope(identity), shape_id)
    if compound_id is None:
        raise NotFound()
    return compound_id


def rebuild(session: Session) -> None:
    """Make counters, tallies, pins and shapes anew from compounds and findings.

    For rows that were loaded with the triggers off. Waits for commits under way and holds up new ones
    (about 10 s for a million findings); the map can be read meanwhile.
    """
    session.execute(sa.text("SELECT map_rebuild()"))
    session.execute(sa.text(f"ANALYZE {', '.join(table.__tablename__ for table in _TABLES)}"))


def _scope(identity: Identity) -> Scope:
    require(identity, Permission.FINDING_READ)
    return scope_of(identity, Permission.FINDING_READ)


def _short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def _cursor(cursor: str | None) -> tuple[str, Any]:
    """`("open", (urgency, pin))` or `("closed", (received, id))`; the key is None at the start."""
    if cursor is None:
        return "open", None
    kind, first, second = decode_cursor(cursor, 3)
    try:
        if kind == "open":
            urgency, pin_id = int(first), int(second)
            if abs(urgency) < 2**63 and abs(pin_id) < 2**31:
                return kind, (urgency, pin_id)
        if kind == "closed":
            received = datetime.fromisoformat(first)
            if received.tzinfo is not None:
                return kind, (received, uuid.UUID(second))
    except (ValueError, TypeError, AttributeError) as error:
        raise BadCursor() from error
    raise BadCursor()
