"""The calendar as a table: what the packages know, and what an administrator imported since."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.calendars.rules import DayKind
from server.core.db import db, enum_type, new_id


class CalendarDay(db.Model):  # type: ignore[name-defined, misc]
    """One date. `provisional` days are an estimate that an official paper will replace."""

    __tablename__ = "calendar_day"

    date: Mapped[dt.date] = mapped_column(primary_key=True)
    kind: Mapped[DayKind] = mapped_column(enum_type(DayKind, "kind"))
    name: Mapped[str] = mapped_column(default="")
    """The holiday, also on the make-up day that pays for it; empty on ordinary days."""
    source: Mapped[str]
    provisional: Mapped[bool]


class CalendarVersion(db.Model):  # type: ignore[name-defined, misc]
    """One state of the whole table. Deadlines store the first 16 digits of `sha256`."""

    __tablename__ = "calendar_version"
    __table_args__ = (sa.Index(None, "imported_at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    source: Mapped[str]
    imported_at: Mapped[dt.datetime]
    sha256: Mapped[str]
