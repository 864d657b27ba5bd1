"""The map, measured: every tile through the whole application, and the bare SQL of it right beside.

Wall time on a shared machine swings by a factor of two, so each request of the application is followed
by the same statement on a bare connection, and what counts is the ratio of the two. The statement is
planned anew each time in both, as in production.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import psycopg
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.dialects.postgresql import psycopg as dialect
from werkzeug.test import EnvironBuilder

from server.accounts.models import Device, SignInSession, User
from server.core import clock
from server.core.db import db, new_id
from server.core.visibility import Scope
from server.maps import rules, tiles
from server.maps.rules import Filters, make_filters
from tests.bench.town import DISTRICT, Town, fill

ZOOMS = (8, 12, 14, 16)
TOKENS = {"bench": "token-of-the-bench", "bench-department": "token-of-the-department"}
FILTERED = {
    "severity": "severity=critical,major",
    "category": "category=FP,EB",
    "street": f"street={DISTRICT}.999801003",
    "overdue": "overdue=true",
}
Row = dict[str, Any]


def measure(app: Flask, findings: int = 100_000, compounds: int = 565, tries: int = 40) -> list[Row]:
    """Fill the app's empty, migrated database and measure: `[{name, value, unit, ceiling, ratio, goal}]`.

    `value` is milliseconds through the application (p50 or p95, as the name says), `ceiling` the same
    of the bare SQL in the same run, `ratio` ceiling ÷ value: the share of the bare rate that is left.
    `goal` is the value not to exceed. Takes 10 s at 100,000 findings and 2 min at a million.
    """
    with app.app_context():
        with db.engine.begin() as connection:
            town = fill(connection, compounds, findings)
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM (ANALYZE) open_pin, open_tally, compound_counter, finding")
        for name, token in TOKENS.items():
            _sign_in(name, token)
        with _bare(app) as raw:
            return list(_rows(app, raw, town, tries))


def _rows(app: Flask, raw: psycopg.Connection[Any], town: Town, tries: int) -> Iterator[Row]:
    scope = Scope(path=DISTRICT)
    size = f"{town.findings:,} findings"
    for z in ZOOMS:
        yield from _tiles(app, raw, town, scope, z, "", make_filters(), tries, f"tile z{z}, {size}", 20.0)
    for name, query in FILTERED.items():
        for z in (8, 14):
            filters = app_filters(query)
            label = f"tile z{z} by {name}, {size}"
            yield from _tiles(app, raw, town, scope, z, query, filters, tries, label, 50.0)
    yield from _list(app, raw, town, tries, f"list of 200, {size}")
    west, south, east, north = town.bounds
    box = f"{west},{south},{east},{north}"
    times = [_call(app, f"/api/map/counts?bbox={box}")[1] for _ in range(tries)]
    yield _row(f"counts of all, {size} p95", times, [], 0.95, 100.0)
    yield from _of_department(app, raw, town, tries, f"of a department, {size}")


def _of_department(
    app: Flask, raw: psycopg.Connection[Any], town: Town, tries: int, label: str
) -> Iterator[Row]:
    """The same asked by a department, which has one finding in forty, scattered over all compounds."""
    who = "bench-department"
    scope = Scope(department_id=town.department_id)
    for z in (8, 14):
        yield from _tiles(
            app, raw, town, scope, z, "", make_filters(), tries, f"tile z{z} {label}", 50.0, who
        )
    box = ",".join(map(str, town.bounds))
    for name, path in {"list of 200": "findings?limit=200&", "counts of all": "counts?"}.items():
        times = [_call(app, f"/api/map/{path}bbox={box}", who)[1] for _ in range(tries)]
        yield _row(f"{name} {label} p95", times, [], 0.95, 250.0)


def app_filters(query: str) -> Filters:
    """The filters of a query string, as the application reads them."""
    from server.maps.schemas import FilterSchema

    filters: Filters = FilterSchema().load(dict([query.split("=")]))["filters"]
    return filters


def _tiles(
    app: Flask, raw: psycopg.Connection[Any], town: Town, scope: Scope, z: int, query: str, filters: Filters,
    tries: int, label: str, goal: float, who: str = "bench",
) -> Iterator[Row]:  # fmt: skip
    through, bare = [], []
    for x, y in _busy_tiles(town, z, tries):
        box = rules.tile_box(z, x, y)
        assert box is not None
        status, spent = _call(app, f"/api/map/tiles/{z}/{x}/{y}.mvt?{query}", who)
        assert status == 200, status
        through.append(spent)
        bare.append(_raw(raw, *tiles.statement(scope, filters, z, box, None)))
    yield _row(f"{label} p50", through, bare, 0.5, goal)
    yield _row(f"{label} p95", through, bare, 0.95, goal)


def _list(app: Flask, raw: psycopg.Connection[Any], town: Town, tries: int, label: str) -> Iterator[Row]:
    """Boxes from the whole town down to a block; the bare part is the page of keys alone."""
    dice, through, bare = random.Random(5), [], []
    west, south, east, north = town.bounds
    text = """SELECT p.urgency, p.id FROM open_pin p WHERE p.path <@ CAST(:scope AS ltree)
        AND p.geom && ST_MakeEnvelope(:west, :south, :east, :north, 3857)
        ORDER BY p.urgency, p.id LIMIT 201"""
    for at in range(tries):
        share = (1.1, 0.5, 0.2, 0.05)[at % 4]
        wide, high = (east - west) * share, (north - south) * share
        left = west + max(0.0, east - west - wide) * dice.random()
        low = south + max(0.0, north - south - high) * dice.random()
        box = (left, low, left + wide, low + high)
        through.append(_call(app, f"/api/map/findings?limit=200&bbox={','.join(f'{v:.9f}' for v in box)}")[1])
        bare.append(_raw(raw, text, rules.box_of_degrees(*box)._asdict() | {"scope": DISTRICT}))
    yield _row(f"{label} p95", through, bare, 0.95, 250.0)
    yield _row(f"{label}, keys alone p95", bare, [], 0.95, 5.0)


def _row(name: str, through: list[float], bare: list[float], share: float, goal: float) -> Row:
    value, ceiling = _at(through, share), _at(bare, share) if bare else None
    return {
        "name": f"map: {name}",
        "value": round(value, 2),
        "unit": "ms",
        "ceiling": None if ceiling is None else round(ceiling, 2),
        "ratio": None if ceiling is None else round(ceiling / value, 2),
        "goal": goal,
    }


def _at(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def _busy_tiles(town: Town, z: int, tries: int) -> Iterator[tuple[int, int]]:
    """Tiles over the town, chosen at random but the same in every run."""
    dice = random.Random(z)
    west, south, east, north = rules.box_of_degrees(*town.bounds)
    side = 2 * rules.WORLD / (1 << z)
    for _ in range(tries):
        x = west + (east - west) * (0.1 + 0.8 * dice.random())
        y = south + (north - south) * (0.1 + 0.8 * dice.random())
        yield int((x + rules.WORLD) // side), int((rules.WORLD - y) // side)


def _call(app: Flask, path: str, who: str = "bench") -> tuple[int, float]:
    """Status and milliseconds of one request through the whole application, without a socket."""
    route, _, query = path.partition("?")
    headers = {"Cookie": f"xunjian_session={TOKENS[who]}", "Accept-Encoding": "gzip"}
    environ = EnvironBuilder(route, query_string=query, headers=headers).get_environ()
    seen: list[str] = []

    def start(status: str, headers: Any, info: Any = None) -> Callable[[bytes], Any]:
        seen.append(status)
        return lambda data: None

    began = time.perf_counter()
    answer = app(environ, start)
    b"".join(answer)
    getattr(answer, "close", lambda: None)()
    return int(seen[0].split()[0]), (time.perf_counter() - began) * 1000


def _raw(connection: psycopg.Connection[Any], text: str, values: dict[str, Any]) -> float:
    """Milliseconds of one statement in a transaction of its own."""
    compiled = sa.text(text).compile(dialect=dialect.dialect())
    began = time.perf_counter()
    connection.execute(str(compiled), values).fetchall()
    connection.rollback()
    return (time.perf_counter() - began) * 1000


def _bare(app: Flask) -> psycopg.Connection[Any]:
    url = sa.make_url(app.config["SQLALCHEMY_DATABASE_URI"]).set(drivername="postgresql")
    return psycopg.connect(url.render_as_string(hide_password=False), prepare_threshold=None)


def _sign_in(name: str, token: str) -> None:
    now = clock.now()
    user_id = db.session.scalars(sa.select(User.id).where(User.username == name)).one()
    device = Device(
        id=new_id(), user_id=user_id, label="bench", app_version="0", first_seen_at=now, last_seen_at=now
    )
    db.session.add(device)
    db.session.flush()
    db.session.add(
        SignInSession(
            token_sha256=hashlib.sha256(token.encode()).digest(), user_id=user_id, device_id=device.id,
            created_at=now, last_used_at=now, expires_at=now + timedelta(days=1),
        )
    )  # fmt: skip
    db.session.commit()
    db.session.remove()
