"""Every SELECT of the calendar. Nothing here is secret, so there is no visibility filter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.calendars.models import CalendarDay, CalendarVersion
from server.calendars.rules import DayKind
from server.core.prepared import Kept

_LOCK = 0x63616C656E646172
"""The ASCII bytes of `calendar`."""


def latest_sha256(session: Session) -> str | None:
    """The newest state of the table, or None where it was never filled."""
    sha256: str | None = _LATEST_SHA256.value(session)
    return sha256


_LATEST_SHA256 = Kept("SELECT sha256 FROM calendar_version ORDER BY imported_at DESC, id DESC LIMIT 1")


def all_days(session: Session) -> Sequence[sa.Row[tuple[date, DayKind, str, str, bool]]]:
    """Every stored day by date: rows of (date, kind, name, source, provisional)."""
    columns = (
        CalendarDay.date,
        CalendarDay.kind,
        CalendarDay.name,
        CalendarDay.source,
        CalendarDay.provisional,
    )
    return session.execute(sa.select(*columns).order_by(CalendarDay.date)).all()


def lock(session: Session) -> None:
    """Let one import at a time change the calendar, until the transaction ends."""
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def versions(session: Session, limit: int) -> Sequence[CalendarVersion]:
    """The newest states of the table, newest first."""
    query = sa.select(CalendarVersion).order_by(CalendarVersion.imported_at.desc(), CalendarVersion.id.desc())
    return session.scalars(query.limit(limit)).all()


def days_of(session: Session, year: int) -> Sequence[CalendarDay]:
    """The stored days of one year."""
    query = sa.select(CalendarDay).where(CalendarDay.date.between(date(year, 1, 1), date(year, 12, 31)))
    return session.scalars(query.order_by(CalendarDay.date).execution_options(populate_existing=True)).all()
