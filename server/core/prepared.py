"""Plans that are kept, and the short way to them.

A report with two photos asks some thirty small questions. Planning one of them takes PostgreSQL 0.1 to
0.4 CPU ms, running it 0.02; and handing it down through SQLAlchemy's layers takes 0.07, through the driver
alone 0.02. On the other hand a prepared statement may be given a generic plan, and for a box on the map
that is the difference between a millisecond and seconds. So neither all nor none:

1. A `Kept` statement looks rows up by key; a `KeptInsert` writes one. For such there is one plan, whatever
   the values are: it is prepared on its first run and goes straight to the driver, on the connection and in
   the transaction of the session. Nothing else is ever prepared.
2. They stay prepared for the life of the connection. The driver by itself forgets all of them at every
   rollback, with which each read ends, because a rolled back transaction may have dropped a table; ours
   never do.
3. `fresh_row` takes the same short way with a plan of its own each time: for boxes.
4. `at_once` sends writes without waiting for each: one round trip instead of one for each row.
5. `row_alone` asks one question outside of any transaction: one round trip instead of three.

What the database refuses comes as SQLAlchemy's errors, as from anywhere else. The driver keeps its
bookkeeping in a private attribute, hence the pinned version and a test of the first two rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum
from functools import lru_cache
from typing import Any

import psycopg
from geoalchemy2 import Geometry, WKBElement, WKTElement
from psycopg._preparing import Key, Prepare, PrepareManager
from psycopg._queries import PostgresQuery
from psycopg.rows import namedtuple_row
from psycopg.types.json import Jsonb
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

KEEP = "/* kept */"
_MARK = KEEP.encode()
_WITHIN = len("SELECT ") + len(_MARK)
"""Where the mark stands; an ORM query that is built once may carry it too, by `prefix_with(KEEP)`."""
_NAME = re.compile(r"(?<!:):(\w+)")


class Kept:
    """A statement whose plan is kept; `:name` stands for a value. Never for a range or a box."""

    def __init__(self, text: str) -> None:
        self._text = f"{KEEP} {_for_driver(text)}"

    def row(self, session: Session, /, **values: Any) -> Any | None:
        """The only row, with its columns as attributes, or None."""
        with _driver(session) as driver:
            cursor = driver.cursor(row_factory=namedtuple_row)
            return cursor.execute(self._text, _with_json(values)).fetchone()

    def row_alone(self, bind: Engine | Connection, /, **values: Any) -> Any | None:
        """The only row or None, asked outside of a transaction on a connection that is given back at once."""
        with _alone(bind) as driver:
            cursor = driver.cursor(row_factory=namedtuple_row)
            return cursor.execute(self._text, _with_json(values)).fetchone()

    def rows(self, session: Session, /, **values: Any) -> list[Any]:
        """All rows, with their columns as attributes."""
        with _driver(session) as driver:
            cursor = driver.cursor(row_factory=namedtuple_row)
            return cursor.execute(self._text, _with_json(values)).fetchall()

    def value(self, session: Session, /, **values: Any) -> Any:
        """The first column of the only row, or None."""
        with _driver(session) as driver:
            found = driver.execute(self._text, _with_json(values)).fetchone()
            return None if found is None else found[0]

    def run(self, session: Session, /, **values: Any) -> None:
        """For its effect."""
        with _driver(session) as driver:
            driver.execute(self._text, _with_json(values))


@lru_cache(maxsize=1024)
def _for_driver(text: str) -> str:
    return _NAME.sub(r"%(\1)s", text.replace("%", "%%"))


def fresh_row(session: Session, text: str, values: Mapping[str, Any]) -> Any:
    """The first row of a statement that is planned for these values; `:name` stands for a value."""
    with _driver(session) as driver:
        return driver.execute(_for_driver(text), values).fetchone()


def stream(session: Session, text: str, size: int) -> Iterator[tuple[Any, ...]]:
    """Rows of a long reading as plain tuples, `size` at a time from a cursor of the server.

    They come in PostgreSQL's binary form: a million of case file lines take a third of what they take through
    SQLAlchemy. Ask for `jsonb` as text where it is read by `json.loads` anyway; the driver is slower at that.
    """
    with _driver(session) as driver, driver.cursor("stream", binary=True) as cursor:
        cursor.itersize = size
        yield from cursor.execute(text)


def _with_json(values: dict[str, Any]) -> dict[str, Any]:
    return {name: Jsonb(value) if isinstance(value, dict) else value for name, value in values.items()}


class KeptInsert:
    """An INSERT into the table of a model. A column that is left out gets its default."""

    def __init__(self, model: Any) -> None:
        self._table = model.__table__
        self._defaults = {column.name: column.default for column in self._table.c if column.default}
        self._texts: dict[tuple[str, ...], str] = {}

    def row(self, session: Session, values: Mapping[str, Any]) -> None:
        """Write one row: values as the model's attributes take them."""
        sent = self._sent(values)
        with _driver(session) as driver:
            driver.execute(self._text(tuple(sent)), sent)

    def rows(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows of the same columns, in one round trip."""
        sent = [self._sent(row) for row in rows]
        with _driver(session) as driver:
            driver.cursor().executemany(self._text(tuple(sent[0])), sent)

    def _text(self, names: tuple[str, ...]) -> str:
        if names not in self._texts:
            columns = ", ".join(f'"{name}"' for name in names)
            places = ", ".join(f"%({name})s" for name in names)
            self._texts[names] = f"{KEEP} INSERT INTO {self._table.name} ({columns}) VALUES ({places})"
        return self._texts[names]

    def _sent(self, values: Mapping[str, Any]) -> dict[str, Any]:
        missing = self._defaults.keys() - values.keys()
        filled = {name: _default(self._defaults[name]) for name in sorted(missing)} | dict(values)
        return {name: _sent(value, self._table.c[name].type) for name, value in filled.items()}


def _default(default: Any) -> Any:
    return default.arg(None) if default.is_callable else default.arg


def _sent(value: Any, kind: Any) -> Any:
    """A value as the driver takes it: JSON by its column, geometry as hexadecimal EWKB or as EWKT."""
    if isinstance(value, Enum):
        return value.value
    if value is not None and isinstance(kind, JSONB):
        return Jsonb(value)
    if isinstance(kind, Geometry) and isinstance(value, WKBElement | WKTElement):
        return f"SRID={value.srid};{value.data}" if isinstance(value, WKTElement) else value.desc
    return value


@contextmanager
def at_once(session: Session) -> Iterator[None]:
    """Send the writes of the block together; what one of them is refused for is raised at its end."""
    with _driver(session) as driver, driver.pipeline():
        yield


@contextmanager
def _driver(session: Session) -> Iterator[psycopg.Connection[Any]]:
    connection = _connection(session)
    driver: Any = connection.connection.driver_connection
    try:
        yield driver
    except psycopg.Error as error:
        if driver.closed:
            connection.invalidate(error)
        raise _as_sqlalchemy(error, driver) from error


def _connection(session: Session) -> Connection:
    """The session's connection, looked up once in each of its (nested) transactions: 0.02 CPU ms a time."""
    transaction = session.get_nested_transaction() or session.get_transaction()
    known: tuple[Any, Connection] | None = session.info.get(_LOOKED_UP)
    if known is not None and known[0] is transaction and transaction.is_active and not known[1].invalidated:
        return known[1]
    found = session.connection()
    transaction = session.get_nested_transaction() or session.get_transaction()
    session.info[_LOOKED_UP] = (transaction, found)
    return found


_LOOKED_UP = "prepared.connection"


@contextmanager
def _alone(bind: Engine | Connection) -> Iterator[psycopg.Connection[Any]]:
    """A driver's connection that commits by itself. Where `bind` already is a connection, that one is used as
    it is, within its transaction: tests bind the engine to one."""
    pooled = bind.connection if isinstance(bind, Connection) else _pooled(bind)
    driver: Any = pooled.driver_connection
    try:
        if not isinstance(bind, Connection):
            driver.autocommit = True
        yield driver
    except psycopg.Error as error:
        raise _as_sqlalchemy(error, driver) from error
    finally:
        if not isinstance(bind, Connection):
            _give_back(pooled, driver)


def _pooled(engine: Engine) -> Any:
    """A connection of the pool; the engine itself passes on what the driver says when none can be opened."""
    try:
        return engine.raw_connection()
    except psycopg.Error as error:
        raise DBAPIError.instance(None, None, error, psycopg.Error) from error


def _give_back(pooled: Any, driver: Any) -> None:
    if driver.closed:
        pooled.invalidate()
    else:
        driver.autocommit = False
        pooled.close()


def _as_sqlalchemy(error: psycopg.Error, driver: Any) -> BaseException:
    return DBAPIError.instance(None, None, error, psycopg.Error, connection_invalidated=driver.closed)


class KeptPlans(PrepareManager):
    """The driver's bookkeeping of one connection, by the first two rules above."""

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
