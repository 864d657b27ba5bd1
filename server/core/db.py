"""The database handle and the column habits that all tables share.

Five choices that look odd elsewhere:

* psycopg prepares a statement after five runs, PostgreSQL may then settle on a generic plan, and a
  city-wide box query goes from 0.5 ms to seconds. Here only what asks for it is prepared (`prepared`);
  all else is planned for its own values.
* `changed_xid`: rows that phones mirror carry the transaction id that last touched them. The pull
  cursor is `(xid, id)` below the snapshot's xmin; a serial number would skip rows that commit late.
* `jit=off`: PostGIS cost estimates trip the compiler on statements that take a millisecond.
* Connections are checked out by the first statement, not by the request, so that a phone that
  takes a minute to deliver its body holds a thread but no connection.
* Whether a pooled connection still lives is asked of its socket, not of the server: while it is idle
  nothing may arrive but the news of its end. A question to the server costs 0.05 CPU ms and a round trip,
  twice a request.
"""

from __future__ import annotations

import select
import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import uuid_utils
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.types import UserDefinedType

from server.core.config import Settings
from server.core.prepared import keep_plans

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(orm.DeclarativeBase):
    metadata = sa.MetaData(naming_convention=NAMING)


db = SQLAlchemy(model_class=Base)
# Flask-SQLAlchemy refuses a type_annotation_map on the base class, so it is set afterwards.
db.Model.registry.update_type_annotation_map(  # type: ignore[attr-defined]
    {
        datetime: sa.DateTime(timezone=True),
        str: sa.Text(),
        uuid.UUID: pg.UUID(as_uuid=True),
        dict[str, Any]: pg.JSONB(),
        list[str]: pg.ARRAY(sa.Text()),
    }
)
migrate = Migrate()


class Ltree(UserDefinedType[str]):
    """PostgreSQL `ltree`: the path of an area, e.g. `9999.999901.999901003`. Needs extension ltree."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "ltree"

    class comparator_factory(UserDefinedType.Comparator[str]):
        def descendant_of(self, path: str) -> sa.ColumnElement[bool]:
            """`column <@ path`: the area itself or anything below it."""
            return self.expr.op("<@", is_comparison=True)(sa.cast(path, Ltree))


class Xid8(UserDefinedType[int]):
    """PostgreSQL `xid8`, the 64-bit transaction id (never wraps)."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"

    def result_processor(self, dialect: Any, coltype: Any) -> Any:
        return lambda value: None if value is None else int(value)

    def bind_processor(self, dialect: Any) -> Any:
        return lambda value: None if value is None else str(value)


class Mirrored:
    """Mixin of rows that phones pull: a trigger sets `changed_xid` on every insert and update."""

    changed_xid: orm.Mapped[int] = orm.mapped_column(
        Xid8, server_default=sa.text("pg_current_xact_id()"), nullable=False
    )


def enum_type(enum: type[Any], name: str) -> sa.Enum:
    """A checked text column for a Python enum (native enums break downgrade and upgrade)."""
    return sa.Enum(
        enum,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


def new_id() -> uuid.UUID:
    """A UUIDv7: sortable by time, made by whoever makes the row."""
    return uuid.UUID(bytes=uuid_utils.uuid7().bytes)


def init_app(app: Flask, settings: Settings, url: str) -> None:
    """Bind the handle and the migrations to `app`."""
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        "pool_size": settings.db_pool_size,
        "max_overflow": 0,
        "pool_timeout": 20,
        "connect_args": {"application_name": "xunjian", "options": "-c jit=off"},
    }
    db.init_app(app)
    with app.app_context():
        sa.event.listen(db.engine, "connect", keep_plans)
        sa.event.listen(db.engine, "checkout", _refuse_closed)
    migrate.init_app(app, db, directory=str(app.config["MIGRATIONS"]))


def _refuse_closed(connection: Any, record: Any, proxy: Any) -> None:
    """When a connection leaves the pool: drop it, and all older ones, if the server has hung up."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        raise sa.exc.InvalidatePoolError()


def sqlalchemy_url(url: str) -> str:
    """`url` with the psycopg 3 driver named, whatever spelling of PostgreSQL the operator used."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


ischema_names.update(ltree=Ltree, xid8=Xid8)
"""So that reflection (the drift check of migrations) knows our two types."""
