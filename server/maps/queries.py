"""The SELECTs of the list beside the map and of the filter panel. Scope is an argument without default."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.core.db import Ltree
from server.core.visibility import Scope
from server.maps import rules
from server.maps.rules import Box, Filters
from server.maps.tiles import Where, closed, filtered, on_street, scoped, scoped_compounds
from server.places.models import Area, AreaLevel

_BOX = "ST_MakeEnvelope(:west, :south, :east, :north, 3857)"
Groups = list[tuple[str, str, int, int, int]]
"""`(street path, category, severity code, mark code, n)`."""


def pin(session: Session, scope: Scope, pin_id: int) -> uuid.UUID | None:
    """The finding behind a pin, or None where it is closed, unknown or out of sight."""
    where = Where(["p.id = :id"], {"id": pin_id})
    scoped(where, scope, "p")
    found = session.execute(sa.text(f"SELECT p.finding_id FROM open_pin p WHERE {where}"), where.values)
    return found.scalar_one_or_none()


def compound(session: Session, scope: Scope, shape_id: int) -> uuid.UUID | None:
    """The compound behind an outline, or None where it is unknown or out of sight."""
    where = Where(["s.id = :id"], {"id": shape_id})
    scoped_compounds(where, scope, "s")
    found = session.execute(
        sa.text(f"SELECT s.compound_id FROM compound_shape s WHERE {where}"), where.values
    )
    return found.scalar_one_or_none()


def open_in_box(
    session: Session, scope: Scope, filters: Filters, box: Box, after: tuple[int, int] | None, limit: int
) -> list[tuple[uuid.UUID, int, int]]:
    """`(finding, urgency, pin)` from the most urgent on, after the key `(urgency, pin)`.

    Two ways lead to a page: along the order, dropping what lies outside, good for wide boxes; or all of
    the box, sorted, good for small ones. The planner chooses by the box, hence never a generic plan. The
    page is made of what the index holds; only its rows are looked up.
    """
    where = Where([f"p.geom && {_BOX}"], dict(box._asdict()))
    scoped(where, scope, "p")
    on_street(where, filters, "p")
    filtered(where, filters, "p")
    if after is not None:
        where.add("(p.urgency, p.id) > (:urgency, :pin)", urgency=after[0], pin=after[1])
    statement = f"""WITH page AS MATERIALIZED (
            SELECT p.urgency, p.id FROM open_pin p WHERE {where} ORDER BY p.urgency, p.id LIMIT :limit)
        SELECT p.finding_id, page.urgency, page.id FROM page JOIN open_pin p ON p.id = page.id
        ORDER BY page.urgency, page.id"""
    return [tuple(row) for row in session.execute(sa.text(statement), where.values | {"limit": limit})]


def closed_in_box(
    session: Session,
    scope: Scope,
    filters: Filters,
    box: Box,
    after: tuple[datetime, uuid.UUID] | None,
    limit: int,
) -> list[tuple[uuid.UUID, datetime]]:
    """`(finding, received)` of what was put right, the latest first."""
    where = closed(scope, filters)
    if after is not None:
        where.add("(f.received_at, f.id) < (:received, :id)", received=after[0], id=after[1])
    statement = f"""SELECT f.id, f.received_at FROM finding f WHERE {where}
        ORDER BY f.received_at DESC, f.id DESC LIMIT :limit"""
    values = where.values | box._asdict() | {"limit": limit}
    return [tuple(row) for row in session.execute(sa.text(statement), values)]


def count_closed(session: Session, scope: Scope, filters: Filters, box: Box, cap: int) -> int:
    """How many were put right within the box, at most `cap`: history grows without end."""
    where = closed(scope, filters)
    statement = f"SELECT count(*) FROM (SELECT FROM finding f WHERE {where} LIMIT :cap) found"
    values = where.values | box._asdict() | {"cap": cap}
    return int(session.scalar(sa.text(statement), values) or 0)


def group_open(session: Session, scope: Scope, box: Box | None) -> Groups:
    """Open findings of the scope within `box` (None: everywhere), grouped for the panel.

    Exact, and cheap for any box: a box that holds most of the scope is the tallies of all compounds
    less the pins outside the box; a small one is just its pins. Firms and departments have few enough to
    count.
    """
    if box is None and not scope.by_holder:
        return _group_tallies(session, scope)
    if box is None:
        return _group_pins(session, scope, [])
    if scope.by_holder or not _holds_most(session, scope, box):
        return _group_pins(session, scope, [box])
    outside = {group[:4]: group[4] for group in _group_pins(session, scope, list(rules.around(box)))}
    return [(*group[:4], group[4] - outside.get(group[:4], 0)) for group in _group_tallies(session, scope)]


def street_names(session: Session, scope: Scope) -> dict[str, str]:
    """Names of today's streets by path."""
    where = Where(["a.level = 'street'", "a.valid_to IS NULL"])
    if scope.path is not None:
        where.add("(a.path <@ CAST(:scope AS ltree) OR a.path @> CAST(:scope AS ltree))", scope=scope.path)
    rows = session.execute(sa.text(f"SELECT a.path::text, a.name FROM area a WHERE {where}"), where.values)
    return {row[0]: row[1] for row in rows}


def _holds_most(session: Session, scope: Scope, box: Box) -> bool:
    where = Where(values=dict(box._asdict()))
    scoped(where, scope, "k")
    statement = f"""SELECT 2 * coalesce(sum(k.n_open) FILTER (WHERE k.centre && {_BOX}), 0)
        > coalesce(sum(k.n_open), 0) FROM compound_counter k WHERE {where}"""
    return bool(session.scalar(sa.text(statement), where.values))


_STREET = "subpath({path}, 0, least(3, nlevel({path})))::text"


def _group_pins(session: Session, scope: Scope, boxes: list[Box]) -> Groups:
    where = Where()
    if boxes:
        names = [[f"{side}{at}" for side in Box._fields] for at in range(len(boxes))]
        where.add(
            "(" + " OR ".join(f"p.geom && ST_MakeEnvelope(:{', :'.join(n)}, 3857)" for n in names) + ")"
        )
        where.values |= {
            name: value
            for n, box in zip(names, boxes, strict=True)
            for name, value in zip(n, box, strict=True)
        }
    scoped(where, scope, "p")
    statement = f"""SELECT {_STREET.format(path="p.path")}, p.category, p.severity,
            p.progress * 2 + p.overdue::integer, count(*)
        FROM open_pin p WHERE {where} GROUP BY 1, 2, 3, 4"""
    return [tuple(row) for row in session.execute(sa.text(statement), where.values)]


def _group_tallies(session: Session, scope: Scope) -> Groups:
    where = Where(["t.category <> ''"])
    scoped(where, scope, "k")
    sums = ", ".join(f"sum(t.{cell.column})::integer" for cell in rules.CELLS)
    statement = f"""SELECT {_STREET.format(path="k.path")}, t.category, {sums}
        FROM open_tally t JOIN compound_counter k ON k.compound_id = t.compound_id
        WHERE {where} GROUP BY 1, 2"""
    return [
        (row[0], row[1], rules.SEVERITY_CODES[cell.severity], cell.mark.code, n)
        for row in session.execute(sa.text(statement), where.values)
        for cell, n in zip(rules.CELLS, row[2:], strict=True)
        if n
    ]


def district_codes(session: Session, path: str | None) -> set[str]:
    """Six-digit codes of the districts that an area lies in or holds; none for people without an area."""
    if path is None:
        return set()
    area = sa.cast(path, Ltree())
    query = sa.select(sa.func.left(Area.code, 6)).where(
        Area.level == AreaLevel.DISTRICT,
        Area.valid_to.is_(None),
        sa.or_(Area.path.op("@>")(area), Area.path.op("<@")(area)),
    )
    return set(session.scalars(query))


def district_box(session: Session, code: str) -> tuple[float, float, float, float] | None:
    """West, south, east, north (degrees) of a district's outline, else of the outlines of its compounds."""
    extent = """WITH district AS (SELECT path, outline FROM area
            WHERE left(code, 6) = :code AND level = 'district' AND valid_to IS NULL)
        SELECT ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b) FROM (
        SELECT coalesce(ST_Extent(a.outline), (SELECT ST_Extent(c.outline) FROM compound c
            WHERE c.path <@ (SELECT path FROM district))) AS b FROM district a) e WHERE b IS NOT NULL"""
    row = session.execute(sa.text(extent), {"code": code}).one_or_none()
    return None if row is None else (row[0], row[1], row[2], row[3])
