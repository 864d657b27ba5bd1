"""Use cases of the calendar.

Knowledge comes in three layers: what an administrator imported (the official paper of a year, in the
shape of NateScarlet/holiday-cn), what `chinesecalendar` knows, and for all other years an estimate:
the pattern of the week with the statutory holidays of `holidays`, marked provisional. The estimate
lacks make-up days and bridging days, which is why a deadline over it says so instead of failing.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, TypedDict

import chinese_calendar
import holidays
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from server.calendars import queries
from server.calendars.errors import BadDeadline, DayOutsideCalendar, ImportRefused, TermOutOfRange
from server.calendars.models import CalendarDay, CalendarVersion
from server.calendars.rules import (
    CLOSE_OF_BUSINESS,
    CST,
    FIRST_DAY,
    LAST_DAY,
    CalendarError,
    CalendarTable,
    CalendarView,
    Day,
    DayKind,
    Due,
    DutyHours,
    Term,
    TermRefused,
    Unit,
    due,
    year_of_days,
)
from server.core.identity import Identity
from server.core.permissions import Permission, require

VERSION_DIGITS = 16
STATUTORY_DAYS = 11
"""Days off by law since 2008 (13 since 2025). A yearly plan lists more, with weekends and bridges."""
PRIMARY = "chinesecalendar " + importlib.metadata.version("chinesecalendar")
SECONDARY = "holidays " + importlib.metadata.version("holidays")
_CHINESE = {holiday.value: holiday.chinese for holiday in chinese_calendar.Holiday}


class DayRow(TypedDict):
    """One row of `calendar_day`."""

    date: date
    kind: DayKind
    name: str
    source: str
    provisional: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A date whose kind an import changes; `before` is what the calendar said until then."""

    date: date
    before: DayKind
    after: DayKind


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or with `applied` False would do. `settled`: days no longer provisional."""

    year: int
    changes: tuple[Change, ...]
    settled: int
    applied: bool


@lru_cache(maxsize=128)
def packaged_year(year: int) -> Mapping[date, Day]:
    """Every day of `year` (2004–2100) from the packages alone; estimated years are provisional."""
    try:
        known = {on: chinese_calendar.get_holiday_detail(on) for on in year_of_days(year, {})}
    except NotImplementedError:
        statutory = holidays.country_holidays("CN", years=year, language="zh_CN")
        estimate = {on: (True, name) for on, name in statutory.items()}
        return year_of_days(year, estimate, provisional=True)
    settled = {on: (off, _CHINESE.get(name, name)) for on, (off, name) in known.items() if name}
    return year_of_days(year, settled)


@lru_cache(maxsize=1)
def packaged_view() -> CalendarTable:
    """The calendar of the packages, for the command line and for an empty table."""
    digest = hashlib.sha256(f"{PRIMARY} {SECONDARY}".encode()).hexdigest()
    return CalendarTable(digest[:VERSION_DIGITS], {}, packaged_year)


def seed_days(first_year: int, last_year: int) -> Iterator[DayRow]:
    """Rows for all days of these years (inclusive), from the packages.

    The second package checks the first: where the two disagree whether a settled day is worked, the
    first is followed and the row's source says so.
    """
    check = holidays.country_holidays("CN", years=range(first_year - 1, last_year + 2))
    for year in range(first_year, last_year + 1):
        for on, day in packaged_year(year).items():
            source = SECONDARY if day.provisional else PRIMARY
            if not day.provisional and check.is_working_day(on) is day.kind.is_rest:
                source += f"（{SECONDARY} 不同）"
            yield DayRow(date=on, kind=day.kind, name=day.name, source=source, provisional=day.provisional)


def seed(session: Session, now: datetime) -> bool:
    """Fill an empty table from 2004 to two years ahead of `now`; False where it was filled before."""
    queries.lock(session)
    if queries.latest_sha256(session) is not None:
        return False
    session.execute(insert(CalendarDay), list(seed_days(FIRST_DAY.year, now.year + 2)))
    record_version(session, f"{PRIMARY}, {SECONDARY}", now)
    return True


_views: dict[str, CalendarTable] = {}
"""The newest table that this process has read, under its SHA-256. Replaced, never changed."""


def load_view(session: Session) -> CalendarView:
    """The calendar as stored; years without rows come from the packages. One short query when cached."""
    sha256 = queries.latest_sha256(session)
    if sha256 is None:
        return packaged_view()
    view = _views.get(sha256)
    if view is None:
        days = {row.date: Day(row.kind, row.name, row.provisional) for row in queries.all_days(session)}
        view = CalendarTable(sha256[:VERSION_DIGITS], days, packaged_year)
        _views.clear()
        _views[sha256] = view
    return view


def deadline(
    view: CalendarView,
    served_at: datetime,
    n: int,
    unit: Unit,
    close_of_business: time = CLOSE_OF_BUSINESS,
    duty_hours: DutyHours | None = None,
) -> Due:
    """The deadline of `n` `unit`s served at `served_at` (aware).

    Raises `TermOutOfRange` or `DayOutsideCalendar`.
    """
    try:
        return due(served_at, Term(n, unit), view, close_of_business, duty_hours)
    except TermRefused as error:
        raise TermOutOfRange(str(error)) from error
    except CalendarError as error:
        raise DayOutsideCalendar(str(error)) from error


def deadline_cli(served: str, term: int, unit: str) -> str:
    """The deadline in ISO 8601 with offset, followed by ` provisional` where it may yet move.

    `served` is ISO 8601, Asia/Shanghai where it has no offset; a date alone will do for `day` and
    `workday`. Needs no database. Raises `BadDeadline`.
    """
    try:
        kind = Unit(unit)
    except ValueError:
        raise BadDeadline(f"unit must be one of {', '.join(Unit)}, not {unit!r}") from None
    try:
        moment = datetime.fromisoformat(served)
    except ValueError:
        raise BadDeadline(f"served must be ISO 8601 such as 2026-09-18T10:00, not {served!r}") from None
    if ":" not in served and "T" not in served.upper() and kind not in (Unit.DAY, Unit.WORKDAY):
        raise BadDeadline(f"served needs an hour for unit {unit}, such as 2026-09-18T10:00")
    if moment.utcoffset() is None:
        moment = moment.replace(tzinfo=CST)
    try:
        result = due(moment, Term(term, kind), packaged_view())
    except CalendarError as error:
        raise BadDeadline(str(error)) from error
    return result.at.isoformat(timespec="seconds") + (" provisional" if result.provisional else "")


def import_days(
    session: Session, identity: Identity, document: Any, *, now: datetime, dry_run: bool
) -> ImportReport:
    """Store the official days of one year, from JSON in holiday-cn shape:

    `{"year": 2027, "papers": ["https://…"], "days": [{"name": "元旦", "date": "2027-01-01",
    "isOffDay": true}, …]}`. A full plan (11 days off or more) settles an estimated year whole: days not
    listed follow the week. Otherwise only the listed days change. Nothing is written with `dry_run`.
    Raises `ImportRefused` with every fault of the file, `Forbidden` without `calendar:import`.
    """
    require(identity, Permission.CALENDAR_IMPORT)
    year, settled = _parse_holiday_file(document)
    queries.lock(session)
    view = load_view(session)
    planned = _overruled(_plan(year, settled), settled.keys(), view)
    before = {on: view.day(on) for on in planned}
    changes = tuple(
        Change(on, before[on].kind, day.kind) for on, day in planned.items() if before[on].kind != day.kind
    )
    settles = sum(day.provisional for day in before.values())
    if not dry_run:
        _store(session, planned, f"放假安排 {year}", now)
    return ImportReport(year, changes, settles, not dry_run)


def _plan(year: int, settled: Mapping[date, tuple[bool, str]]) -> dict[date, Day]:
    """The whole year, and the listed days around the turn of the year."""
    days = year_of_days(year, settled)
    for other in (year - 1, year + 1):
        if any(on.year == other for on in settled):
            days |= {on: day for on, day in year_of_days(other, settled).items() if on in settled}
    return days


def _overruled(days: Mapping[date, Day], listed: Collection[date], view: CalendarView) -> dict[date, Day]:
    """Of the planned `days`, those that are to be written.

    Listed days always. Others only where a full plan replaces an estimate: so amendments and the
    December days of next year's paper stand, and a file with one local day off settles nothing else.
    """
    full = sum(days[on].kind is DayKind.HOLIDAY for on in listed) >= STATUTORY_DAYS
    return {on: day for on, day in days.items() if on in listed or (full and view.day(on).provisional)}


def _store(session: Session, days: Mapping[date, Day], source: str, now: datetime) -> None:
    rows = [
        DayRow(date=on, kind=day.kind, name=day.name, source=source, provisional=False)
        for on, day in days.items()
    ]
    upsert = insert(CalendarDay)
    replaced = {name: upsert.excluded[name] for name in ("kind", "name", "source", "provisional")}
    session.execute(upsert.on_conflict_do_update(index_elements=["date"], set_=replaced), rows)
    record_version(session, source, now)


def record_version(session: Session, source: str, now: datetime) -> None:
    session.flush()
    digest = hashlib.sha256()
    for row in queries.all_days(session):
        digest.update(f"{row.date} {row.kind.value} {row.name} {row.provisional}\n".encode())
    session.execute(
        sa.insert(CalendarVersion).values(source=source, imported_at=now, sha256=digest.hexdigest())
    )


def _parse_holiday_file(document: Any) -> tuple[int, dict[date, tuple[bool, str]]]:
    """The year and its settled days {date: (is off, name)}; raises `ImportRefused` with all faults."""
    year = document.get("year") if isinstance(document, dict) else None
    if type(year) is not int or not FIRST_DAY.year <= year <= LAST_DAY.year:
        raise ImportRefused("缺少 year，或不在 2004–2100", rows=[{"row": 0, "message": "year"}])
    entries = document.get("days")
    if not isinstance(entries, list) or not 1 <= len(entries) <= 400:
        raise ImportRefused("days 应有 1–400 天", rows=[{"row": 0, "message": "days"}])
    settled: dict[date, tuple[bool, str]] = {}
    errors = []
    for row, entry in enumerate(entries, start=1):
        parsed = _parse_entry(entry, year)
        if isinstance(parsed, str):
            errors.append({"row": row, "message": parsed})
        elif parsed[0] in settled:
            errors.append({"row": row, "message": f"{parsed[0]} 重复"})
        else:
            settled[parsed[0]] = parsed[1:]
    if errors:
        raise ImportRefused(f"{len(errors)} 行有误", rows=errors)
    return year, settled


def _parse_entry(entry: Any, year: int) -> tuple[date, bool, str] | str:
    """One listed day, or what is wrong with it."""
    if not isinstance(entry, dict):
        return "不是对象"
    name, off, text = entry.get("name"), entry.get("isOffDay"), entry.get("date")
    if not isinstance(name, str) or not 1 <= len(name) <= 40 or not name.isprintable():
        return "name 应为 1–40 字"
    if not isinstance(off, bool):
        return "isOffDay 应为 true 或 false"
    try:
        on = date.fromisoformat(text if isinstance(text, str) else "")
    except ValueError:
        return "date 应为 YYYY-MM-DD"
    if abs(on.year - year) > 1 or not FIRST_DAY <= on <= LAST_DAY:
        return f"{on} 不属于 {year} 年"
    return on, off, name
