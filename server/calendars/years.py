"""Looking at the calendar year by year: what is known, what disagrees, what is missing; local days.

The two packages were written by different people from the same papers of the State Council. Where they
differ about a settled day, one of them is wrong, and an administrator should look at the paper.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Any

import holidays
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from server.calendars import queries
from server.calendars.errors import DayOutsideCalendar
from server.calendars.models import CalendarDay
from server.calendars.rules import CST, FIRST_DAY, LAST_DAY, DayKind, year_of_days
from server.calendars.service import PRIMARY, SECONDARY, load_view, packaged_year, record_version
from server.core.identity import Identity
from server.core.permissions import Permission, require
from server.core.problems import NotFound

PUBLISHED_BY = (10, 15)
"""Month and day from which the State Council's paper for next year may be out."""
LOCAL = "本地"
SHOWN_BEFORE, SHOWN_AFTER = 2, 2


def missing_year(session: Session, now: datetime) -> int | None:
    """Next year, from 15 October on and as long as any of its days is only an estimate; None otherwise."""
    today = now.astimezone(CST).date()
    if today < date(today.year, *PUBLISHED_BY):
        return None
    year = today.year + 1
    view = load_view(session)
    return year if any(view.day(on).provisional for on in year_of_days(year, {})) else None


def overview(session: Session, now: datetime) -> dict[str, Any]:
    """The years around now: days off, make-up days, how many are provisional; and what is missing."""
    view = load_view(session)
    this = now.astimezone(CST).date().year
    years = []
    for year in range(this - SHOWN_BEFORE, this + SHOWN_AFTER + 1):
        days = [view.day(on) for on in year_of_days(year, {})]
        kinds = Counter(day.kind for day in days)
        provisional = sum(day.provisional for day in days)
        own = {"year": year, "holidays": kinds[DayKind.HOLIDAY], "makeup": kinds[DayKind.MAKEUP]}
        years.append(
            own | {"workdays": kinds[DayKind.WORKDAY] + kinds[DayKind.MAKEUP], "provisional": provisional}
        )
    imports = [
        {"source": row.source, "imported_at": row.imported_at, "sha256": row.sha256}
        for row in queries.versions(session, 20)
    ]
    return {
        "version": view.version,
        "missing": missing_year(session, now),
        "years": years,
        "imports": imports,
    }


def special_days(session: Session, year: int) -> list[dict[str, Any]]:
    """The days of a year that are no ordinary weekday or weekend, with where that is known from."""
    if not FIRST_DAY.year <= year <= LAST_DAY.year:
        raise DayOutsideCalendar()
    stored = {row.date: row for row in queries.days_of(session, year)}
    packaged = packaged_year(year)
    return [
        {
            "date": on,
            "kind": row.kind if row else day.kind,
            "name": row.name if row else day.name,
            "source": row.source if row else PRIMARY,
            "provisional": row.provisional if row else day.provisional,
        }
        for on, day in sorted(packaged.items())
        for row in [stored.get(on)]
        if (row.kind if row else day.kind) in (DayKind.HOLIDAY, DayKind.MAKEUP)
        or (row and row.source == LOCAL)
    ]


def differences(session: Session, first: int, last: int) -> list[dict[str, Any]]:
    """Settled days of these years on which the second package disagrees with the calendar in force.

    Only years that both know: for a year without a paper the second lacks every make-up day.
    """
    view = load_view(session)
    check = holidays.country_holidays("CN", years=range(first - 1, last + 2))
    found = []
    for year in range(first, last + 1):
        known = any(not day.provisional for day in packaged_year(year).values())
        for on in year_of_days(year, {}) if known else ():
            day = view.day(on)
            if not day.provisional and check.is_working_day(on) is day.kind.is_rest:
                theirs = "rest" if day.kind.is_rest is False else "work"
                found.append({"date": on, "kind": day.kind, "name": day.name, "theirs": theirs})
    return found


def compared() -> dict[str, str]:
    """Names and versions of the two packages."""
    return {"first": PRIMARY, "second": SECONDARY}


def set_local_day(
    session: Session, identity: Identity, on: date, body: dict[str, Any], now: datetime
) -> None:
    """A day that only this place has off or works (地方假日、突发停工). Later imports overrule it.

    Raises `Forbidden`, `DayOutsideCalendar`.
    """
    require(identity, Permission.CALENDAR_IMPORT)
    if not FIRST_DAY <= on <= LAST_DAY:
        raise DayOutsideCalendar()
    queries.lock(session)
    off = body["off"]
    kind = year_of_days(on.year, {on: (off, body["name"])})[on].kind
    values = {"kind": kind, "name": body["name"], "source": LOCAL, "provisional": False}
    statement = insert(CalendarDay).values(date=on, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["date"], set_=values))
    record_version(session, f"{LOCAL} {on} {body['name']}", now)


def withdraw_local_day(session: Session, identity: Identity, on: date, now: datetime) -> None:
    """Take a local day back: the date is again what the packages know of it.

    What an import had said of it is not remembered, so a day of an estimated year is provisional until its
    plan is imported once more. Raises `Forbidden`, `NotFound` where no local day stands.
    """
    require(identity, Permission.CALENDAR_IMPORT)
    queries.lock(session)
    row = session.get(CalendarDay, on)
    if row is None or row.source != LOCAL:
        raise NotFound()
    session.delete(row)
    record_version(session, f"{LOCAL} {on} 撤回", now)
