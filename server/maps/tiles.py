"""The SQL of the tiles. Beside `queries.py` because it is text, long, and measured by the microsecond.

One statement makes a tile: version of the scope, then, unless the browser has that version already,
the layers. Text rather than expressions, since PostGIS' tile functions and the grouping read better
so; every value is bound, only constant fragments are put together.

Layers: `clusters` (n, c, m, o, r: all, critical, major, overdue, replied), `pins` (id; s, p, o),
`closed` (finding, s), `compounds` (id; name, n, o, level), `names` (name, n), `buildings` (name).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.core.prepared import fresh_row
from server.core.visibility import Scope
from server.findings.rules import FIRM_SEES, Progress, Severity
from server.maps import rules
from server.maps.rules import Box, Filters

FORMAT = 2
"""Raise when the layers change, so that no browser keeps tiles of the former kind."""
CLOSED_CAP = 300
COMPOUND_CAP = 2000
_BOX = "ST_MakeEnvelope(:west, :south, :east, :north, 3857)"


@dataclass(slots=True)
class Where:
    """Conditions with their values, for a table known by an alias."""

    parts: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    def add(self, condition: str, **values: Any) -> None:
        self.parts.append(condition)
        self.values |= values

    def __str__(self) -> str:
        return " AND ".join(self.parts) or "true"


def scoped(where: Where, scope: Scope, alias: str) -> None:
    """Only what the scope sees of a table with `path` and, for their holders, `firm_id`, `department_id`."""
    if scope.everything:
        return
    if scope.path is not None:
        where.add(f"{alias}.path <@ CAST(:scope AS ltree)", scope=scope.path)
    elif scope.firm_id is not None:
        where.add(f"{alias}.firm_id = :firm", firm=scope.firm_id)
    elif scope.department_id is not None:
        where.add(f"{alias}.department_id = :department", department=scope.department_id)
    else:
        where.add("false")


def scoped_compounds(where: Where, scope: Scope, alias: str) -> None:
    """Only the compounds of a scope: a firm's own, and those where a firm or department holds a case."""
    if not scope.by_holder:
        scoped(where, scope, alias)
    elif scope.firm_id is not None:
        where.add(f"{alias}.compound_id IN ({_OF_FIRM})", firm=scope.firm_id)
    else:
        where.add(f"{alias}.compound_id IN ({_OF_DEPARTMENT})", department=scope.department_id)


def filtered(where: Where, filters: Filters, alias: str) -> None:
    """Only the pins that pass."""
    if filters.severities:
        codes = [rules.SEVERITY_CODES[severity] for severity in filters.severities]
        where.add(f"{alias}.severity = ANY (:severities)", severities=codes)
    if filters.categories:
        where.add(f"{alias}.category = ANY (:categories)", categories=sorted(filters.categories))
    if filters.marks != frozenset(rules.MARKS):
        marks = [mark.code for mark in filters.marks]
        where.add(
            f"{alias}.progress * 2 + {alias}.overdue::integer = ANY (CAST(:marks AS int[]))", marks=marks
        )


def on_street(where: Where, filters: Filters, alias: str) -> None:
    """Only below the street asked for: `alias` has a path."""
    if filters.street is not None:
        where.add(f"{alias}.path <@ CAST(:street AS ltree)", street=filters.street)


def statement(
    scope: Scope, filters: Filters, z: int, box: Box, known: str | None
) -> tuple[str, dict[str, Any]]:
    """The SQL of a tile and its values: one row `(version, tile or NULL where it is `known`)`."""
    layers, values = [], dict[str, Any]()
    for make in (_clusters, _compounds, _names, _buildings, _closed):
        text, bound = make(scope, filters, z)
        if text:
            layers.append(f"coalesce(({text}), '')")
            values |= bound
    version, bound = _version(scope)
    text = (
        f"WITH current AS ({version}) SELECT known, CASE WHEN known IS DISTINCT FROM :known "
        f"THEN {' || '.join(layers)} END FROM current"
    )
    return text, values | bound | box._asdict() | {"known": known}


def tile(
    session: Session, scope: Scope, filters: Filters, z: int, box: Box, known: str | None
) -> tuple[str, bytes | None]:
    """`(version, tile)`; the tile is None where `known` is still the version."""
    text, values = statement(scope, filters, z, box, known)
    row = fresh_row(session, text, values)
    return row[0], None if row[1] is None else bytes(row[1])


def base_tile(session: Session, z: int, box: Box) -> bytes:
    """The ground: one layer for each kind of feature, and `labels` (kind, name) for named areas.

    A tile holds only a piece of a large area, so that a map would write the name once a piece; the
    point for the name is chosen on the whole area and is in exactly one tile.
    """
    text = f"""
        SELECT string_agg(layer, '') FROM (
            SELECT ST_AsMVT(t, kind, 4096, 'geom') AS layer FROM (
                SELECT kind, name, ST_AsMVTGeom(geom, {_BOX}, 4096, 64, true) AS geom
                FROM base_feature WHERE min_zoom <= :z AND geom && ST_Expand({_BOX}, :margin)) t
            WHERE geom IS NOT NULL GROUP BY kind
            UNION ALL
            SELECT ST_AsMVT(l, 'labels', 4096, 'geom') FROM (
                SELECT kind, name, ST_AsMVTGeom(spot, {_BOX}, 4096, 0, false) AS geom
                FROM base_feature CROSS JOIN LATERAL ST_PointOnSurface(geom) spot
                WHERE min_zoom <= :z AND name <> '' AND ST_Dimension(geom) = 2 AND geom && {_BOX}
                    AND ST_X(spot) >= :west AND ST_X(spot) < :east AND ST_Y(spot) > :south
                    AND ST_Y(spot) <= :north) l
            WHERE geom IS NOT NULL) layers"""
    values = {"z": z, "margin": (box.east - box.west) / 64, **box._asdict()}
    return bytes(session.scalar(sa.text(text), values) or b"")


def _version(scope: Scope) -> tuple[str, dict[str, Any]]:
    """A department's cases come and go in any compound, so that its tiles change with any of them."""
    where = Where()
    if scope.department_id is None:
        scoped_compounds(where, scope, "k")
    text = f"""SELECT '{FORMAT}-' || count(*) || '-' || coalesce(sum(k.version), 0) AS known
        FROM compound_counter k WHERE {where}"""
    return text, where.values


_OF_FIRM = """SELECT compound_id FROM compound_shape WHERE firm_id = :firm
    UNION SELECT compound_id FROM open_pin WHERE firm_id = :firm"""
_OF_DEPARTMENT = "SELECT compound_id FROM open_pin WHERE department_id = :department"


def _own_counts(scope: Scope) -> tuple[str, str, str]:
    """Source of compounds `s` with counters `k`, and what counts open and late findings in it: all of the
    compound, or those alone that the firm or department has."""
    source = "compound_shape s JOIN compound_counter k ON k.compound_id = s.compound_id"
    if not scope.by_holder:
        return source, "k.n_open", "k.n_overdue"
    held = Where()
    scoped(held, scope, "p")
    own = f"""(SELECT p.compound_id, count(*)::integer AS n,
            (count(*) FILTER (WHERE p.overdue))::integer AS late
        FROM open_pin p WHERE {held} GROUP BY 1) h ON h.compound_id = s.compound_id"""
    return f"{source} LEFT JOIN {own}", "coalesce(h.n, 0)", "coalesce(h.late, 0)"


def _clusters(scope: Scope, filters: Filters, z: int) -> tuple[str, dict[str, Any]]:
    """Rings, and from `PIN_ZOOM` on the pins that stand alone; rings count every finding just once."""
    raw = z >= rules.PIN_ZOOM
    source, where = _pins(scope, filters) if raw or scope.by_holder else _counters(scope, filters)
    least = rules.RING_LEAST if raw else 1
    values = where.values | {"least": least, "cells": rules.cells_per_side(z)}
    rings = f"""SELECT ST_AsMVT(t, 'clusters', 4096, 'geom') FROM (
        SELECT n, c, m, o, r, ST_AsMVTGeom(ST_SetSRID(ST_MakePoint(
            least(greatest(x, :west + (i + 0.2) * side), :west + (i + 0.8) * side),
            least(greatest(y, :south + (j + 0.2) * side), :south + (j + 0.8) * side)), 3857),
            {_BOX}, 4096, 0, false) AS geom
        FROM cell WHERE n >= :least) t"""
    alone = """SELECT ST_AsMVT(t, 'pins', 4096, 'geom', 'id') FROM (
        SELECT p.id, p.severity AS s, p.progress AS p, p.overdue AS o,
            ST_AsMVTGeom(p.geom, BOX, 4096, 0, false) AS geom
        FROM cell JOIN open_pin p ON p.id = ANY (ARRAY[cell.low, cell.high]) WHERE cell.n < :least) t"""
    both = f"coalesce(({rings}), '')" + (f" || coalesce(({alone.replace('BOX', _BOX)}), '')" if raw else "")
    return (
        f"WITH grid AS (SELECT (CAST(:east AS float8) - :west) / :cells AS side), cell AS MATERIALIZED ("
        f"{source}) SELECT {both}",
        values,
    )


_CELL = "floor((ST_X({g}) - :west) / side)::integer AS i, floor((ST_Y({g}) - :south) / side)::integer AS j"


def _pins(scope: Scope, filters: Filters) -> tuple[str, Where]:
    where = Where([f"p.geom && {_BOX}"])
    scoped(where, scope, "p")
    on_street(where, filters, "p")
    filtered(where, filters, "p")
    text = f"""SELECT {_CELL.format(g="p.geom")}, side, count(*) AS n, min(p.id) AS low, max(p.id) AS high,
            count(*) FILTER (WHERE p.severity = 2) AS c, count(*) FILTER (WHERE p.severity = 1) AS m,
            count(*) FILTER (WHERE p.overdue) AS o, count(*) FILTER (WHERE p.progress = 1) AS r,
            avg(ST_X(p.geom)) AS x, avg(ST_Y(p.geom)) AS y
        FROM grid, open_pin p WHERE {where} GROUP BY 1, 2, 3"""
    return text, where


def _sum(cells: Iterable[rules.Cell]) -> str:
    """The columns of a tally that count `cells`, added up."""
    return f"({' + '.join(f't.{cell.column}' for cell in cells) or '0'})"


def _counters(scope: Scope, filters: Filters) -> tuple[str, Where]:
    where = Where([f"k.centre && {_BOX}", "k.n_open > 0"])
    scoped(where, scope, "k")
    on_street(where, filters, "k")
    source, n = "compound_counter k", "k.n_open"
    parts = {"c": "k.n_critical", "m": "k.n_major", "o": "k.n_overdue", "r": "k.n_replied"}
    if filters.splits_counters:
        source = "compound_counter k JOIN open_tally t ON t.compound_id = k.compound_id"
        categories = sorted(filters.categories) or [""]
        where.add("t.category = ANY (:categories)", categories=categories)
        cells = rules.cells(filters)
        n = _sum(cells)
        parts = {
            "c": _sum(cell for cell in cells if cell.severity is Severity.CRITICAL),
            "m": _sum(cell for cell in cells if cell.severity is Severity.MAJOR),
            "o": _sum(cell for cell in cells if cell.mark.overdue),
            "r": _sum(cell for cell in cells if cell.mark.progress is Progress.REPLIED),
        }
        where.add(f"{n} > 0")
    sums = ", ".join(f"sum({part})::integer AS {name}" for name, part in parts.items())
    text = f"""SELECT {_CELL.format(g="k.centre")}, side, sum({n})::integer AS n, {sums},
            sum(ST_X(k.centre) * {n}) / sum({n}) AS x, sum(ST_Y(k.centre) * {n}) / sum({n}) AS y
        FROM grid, {source} WHERE {where} GROUP BY 1, 2, 3"""
    return text, where


def _compounds(scope: Scope, filters: Filters, z: int) -> tuple[str, dict[str, Any]]:
    """Outlines with all open findings of the compound, whatever the filter, except the street's."""
    if z < rules.COMPOUND_ZOOM:
        return "", {}
    where = Where([f"s.geom && ST_Expand({_BOX}, (CAST(:east AS float8) - :west) / 64)"])
    on_street(where, filters, "s")
    scoped_compounds(where, scope, "s")
    dense, denser = rules.DENSE_PER_HECTARE
    source, n, late = _own_counts(scope)
    name = "s.name, " if z >= rules.NAME_ZOOM else ""
    text = f"""SELECT ST_AsMVT(t, 'compounds', 4096, 'geom', 'id') FROM (
        SELECT s.id, {name}{n} AS n, {late} AS o,
            CASE WHEN {late} > 0 THEN 3 WHEN {n} >= :denser * s.hectares THEN 2
                WHEN {n} >= :dense * s.hectares THEN 1 ELSE 0 END AS level,
            ST_AsMVTGeom(s.geom, {_BOX}, 4096, 64, true) AS geom
        FROM {source} WHERE {where} LIMIT {COMPOUND_CAP}) t"""
    return text, where.values | {"dense": dense, "denser": denser}


def _names(scope: Scope, filters: Filters, z: int) -> tuple[str, dict[str, Any]]:
    """Where the name of a compound stands: one point, however many tiles share its outline."""
    if z < rules.NAME_ZOOM:
        return "", {}
    where = Where([f"k.centre && {_BOX}", "ST_X(k.centre) < :east", "ST_Y(k.centre) > :south"])
    on_street(where, filters, "s")
    scoped_compounds(where, scope, "s")
    source, n, _ = _own_counts(scope)
    text = f"""SELECT ST_AsMVT(t, 'names', 4096, 'geom') FROM (
        SELECT s.name, {n} AS n, ST_AsMVTGeom(k.centre, {_BOX}, 4096, 0, false) AS geom
        FROM {source} WHERE {where} LIMIT {COMPOUND_CAP}) t"""
    return text, where.values


def _buildings(scope: Scope, filters: Filters, z: int) -> tuple[str, dict[str, Any]]:
    if z < rules.BUILDING_ZOOM:
        return "", {}
    where = Where([f"b.geom && ST_Expand({_BOX}, (CAST(:east AS float8) - :west) / 64)"])
    on_street(where, filters, "s")
    scoped_compounds(where, scope, "s")
    text = f"""SELECT ST_AsMVT(t, 'buildings', 4096, 'geom') FROM (
        SELECT b.name, ST_AsMVTGeom(b.geom, {_BOX}, 4096, 64, true) AS geom
        FROM building_shape b JOIN compound_shape s ON s.compound_id = b.compound_id WHERE {where}) t"""
    return text, where.values


def _closed(scope: Scope, filters: Filters, z: int) -> tuple[str, dict[str, Any]]:
    """The latest that were put right: they have no pin, hence their own id in full, and a cap."""
    if not filters.closed or z < rules.CLOSED_ZOOM:
        return "", {}
    where = closed(scope, filters)
    text = f"""SELECT ST_AsMVT(t, 'closed', 4096, 'geom') FROM (
        SELECT f.id::text AS finding,
            CASE f.severity WHEN 'critical' THEN 2 WHEN 'major' THEN 1 ELSE 0 END AS s,
            ST_AsMVTGeom(ST_Transform(f.position, 3857), {_BOX}, 4096, 0, false) AS geom
        FROM finding f WHERE {where} ORDER BY f.received_at DESC LIMIT {CLOSED_CAP}) t"""
    return text, where.values


def closed(scope: Scope, filters: Filters) -> Where:
    """Findings `f` that were put right within `_BOX`; those without a position are on no map."""
    where = Where([f"f.position && ST_Transform({_BOX}, 4326)"])
    states = [state.value for state in rules.PUT_RIGHT if scope.firm_id is None or state in FIRM_SEES]
    where.add("f.state = ANY (:put_right)", put_right=states)
    scoped(where, scope, "f")
    on_street(where, filters, "f")
    if filters.severities:
        where.add("f.severity = ANY (:names)", names=[severity.value for severity in filters.severities])
    if filters.categories:
        where.add("left(f.item_code, 2) = ANY (:categories)", categories=sorted(filters.categories))
    return where
