"""Counting of deadlines. Pure: no clock, session, request or SQL.

Seven rules, with the law they come from:

a. The day of service is not counted (民法典 201 第一款、民诉法 85).
b. `day`: a last day that is a rest day rolls to the next day that is not (民法典 203). A make-up Saturday
   or Sunday is a working day and does not roll.
c. `workday`: working days are counted, make-up days among them.
d. `duty_hour` (工作时): runs only within duty hours of working days, from the moment of service on.
e. `hour` and `now`: wall clock, never rolled (民法典 201 第二款). Dangers cannot wait for a Monday.
f. A printed date is final. A calendar corrected afterwards may only move it later: see `revised`.
g. Where the law leaves 24:00 or close of business open (民法典 203 第二款), a day ends at close of
   business, since notices print the hour.

Everything is reckoned in China Standard Time, which has had no daylight saving since 1991: a fixed
offset says that without needing a time zone database on the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from enum import StrEnum
from itertools import pairwise
from typing import Protocol

CST = timezone(timedelta(hours=8), "Asia/Shanghai")
CLOSE_OF_BUSINESS = time(18, 0)
FIRST_DAY = date(2004, 1, 1)
"""No record of make-up working days is older."""
LAST_DAY = date(2100, 12, 31)
"""The lunar festivals are not computed further."""
LONGEST = 3650
ONE_DAY = timedelta(days=1)


class CalendarError(ValueError):
    """Base of what the counting refuses; the message is one line."""


class TermRefused(CalendarError):
    """A number or unit that no notice can carry."""


class OutsideCalendar(CalendarError):
    """A day before 2004 or after 2100."""


class NaiveMoment(CalendarError):
    """A moment without offset: which hour it names is unknown."""


class Unit(StrEnum):
    """立即、小时、工作时、自然日、工作日."""

    NOW = "now"
    HOUR = "hour"
    DUTY_HOUR = "duty_hour"
    DAY = "day"
    WORKDAY = "workday"


class DayKind(StrEnum):
    """A working weekday, an ordinary weekend, a day of a holiday break, a make-up working day."""

    WORKDAY = "workday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKEUP = "makeup"

    @property
    def is_rest(self) -> bool:
        return self in (DayKind.WEEKEND, DayKind.HOLIDAY)


@dataclass(frozen=True, slots=True)
class Term:
    """A length of time as a notice grants it, e.g. 15 `day`. With `now` the number is not used."""

    n: int
    unit: Unit

    def __post_init__(self) -> None:
        lowest = 0 if self.unit is Unit.NOW else 1
        if not lowest <= self.n <= LONGEST:
            raise TermRefused(f"term must be {lowest} to {LONGEST} for unit {self.unit}, not {self.n}")


@dataclass(frozen=True, slots=True)
class DutyHours:
    """Spans of local time in which duty hours run, in order and apart from each other."""

    spans: tuple[tuple[time, time], ...] = ((time(9), time(12)), (time(13, 30), time(17, 30)))

    def __post_init__(self) -> None:
        edges = [edge for span in self.spans for edge in span]
        if not edges or any(later <= earlier for earlier, later in pairwise(edges)):
            raise TermRefused("duty hours must be non-empty spans in order")


@dataclass(frozen=True, slots=True)
class Day:
    """What is known of one date. `provisional`: no official paper has settled it yet."""

    kind: DayKind
    name: str = ""
    provisional: bool = False


class CalendarView(Protocol):
    """Look-up of days; `version` names the state of knowledge that a stored deadline refers to."""

    @property
    def version(self) -> str: ...

    def day(self, on: date) -> Day:
        """The day; raises `OutsideCalendar` outside FIRST_DAY … LAST_DAY."""
        ...


@dataclass(frozen=True, slots=True)
class Basis:
    """How a deadline came about: enough to print it, to explain it and to recompute it."""

    term: Term
    served_at: datetime
    nominal: datetime
    """Where the term ends before rule (b) rolls it."""
    calendar: str


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline: `at` is aware, offset +08:00. `provisional` means that it may yet move later."""

    at: datetime
    provisional: bool
    rolled: bool
    basis: Basis


class CalendarTable:
    """Days that are written down, and a source for the years that are not.

    `fill(year)` answers for a whole year; it is asked only inside FIRST_DAY … LAST_DAY.
    """

    def __init__(
        self, version: str, days: Mapping[date, Day], fill: Callable[[int], Mapping[date, Day]]
    ) -> None:
        self.version = version
        self._days = days
        self._fill = fill

    def day(self, on: date) -> Day:
        """The day; raises `OutsideCalendar` outside FIRST_DAY … LAST_DAY."""
        require_inside(on)
        return self._days.get(on) or self._fill(on.year)[on]


def year_of_days(
    year: int, settled: Mapping[date, tuple[bool, str]], provisional: bool = False
) -> dict[date, Day]:
    """Every day of `year`: the pattern of the week, overruled by `settled` {day: (is off, name)}."""
    first = date(year, 1, 1)
    length = (date(year + 1, 1, 1) - first).days
    days = (first + offset * ONE_DAY for offset in range(length))
    return {on: _day(on, settled.get(on), provisional) for on in days}


def _day(on: date, settled: tuple[bool, str] | None, provisional: bool) -> Day:
    weekend = on.weekday() >= 5
    if settled is None:
        return Day(DayKind.WEEKEND if weekend else DayKind.WORKDAY, "", provisional)
    off, name = settled
    if off:
        return Day(DayKind.HOLIDAY, name, provisional)
    return Day(DayKind.MAKEUP if weekend else DayKind.WORKDAY, name, provisional)


class _Walk:
    """Looks days up and remembers whether any of them was provisional."""

    def __init__(self, calendar: CalendarView) -> None:
        self._calendar = calendar
        self.provisional = False

    def is_rest(self, on: date) -> bool:
        day = self._calendar.day(on)
        self.provisional = self.provisional or day.provisional
        return day.kind.is_rest


def require_inside(on: date) -> None:
    """Raise `OutsideCalendar` unless FIRST_DAY <= `on` <= LAST_DAY."""
    if not FIRST_DAY <= on <= LAST_DAY:
        raise OutsideCalendar(
            f"{on.isoformat()} is outside {FIRST_DAY.isoformat()} to {LAST_DAY.isoformat()}"
        )


def local(moment: datetime) -> datetime:
    """`moment` in China Standard Time; raises `NaiveMoment` or `OutsideCalendar`."""
    if moment.utcoffset() is None:
        raise NaiveMoment("the moment needs an offset such as +08:00")
    # The first and last year of datetime cannot be shifted, so the bounds come before the shift.
    if not FIRST_DAY.year - 1 <= moment.year <= LAST_DAY.year + 1:
        require_inside(moment.date())
    shifted = moment.astimezone(CST)
    require_inside(shifted.date())
    return shifted


def due(
    served_at: datetime,
    term: Term,
    calendar: CalendarView,
    close_of_business: time = CLOSE_OF_BUSINESS,
    duty_hours: DutyHours | None = None,
) -> Due:
    """The deadline of `term` served at `served_at` (aware; any offset).

    Raises `NaiveMoment`, or `OutsideCalendar` where service or end fall outside 2004–2100.
    """
    start = local(served_at)
    walk = _Walk(calendar)
    match term.unit:
        case Unit.NOW:
            nominal = start
        case Unit.HOUR:
            nominal = start + timedelta(hours=term.n)
        case Unit.DUTY_HOUR:
            nominal = _after_duty_hours(start, term.n, walk, duty_hours or DutyHours())
        case Unit.DAY:
            nominal = datetime.combine(start.date() + term.n * ONE_DAY, close_of_business, CST)
        case _:
            nominal = datetime.combine(_nth_workday(start.date(), term.n, walk), close_of_business, CST)
    at = _off_rest(nominal, walk) if term.unit is Unit.DAY else nominal
    require_inside(at.date())
    basis = Basis(term, start, nominal, calendar.version)
    return Due(at, walk.provisional, at != nominal, basis)


def _nth_workday(served: date, n: int, walk: _Walk) -> date:
    on = served
    for _ in range(n):
        on += ONE_DAY
        while walk.is_rest(on):
            on += ONE_DAY
    return on


def _off_rest(nominal: datetime, walk: _Walk) -> datetime:
    at = nominal
    while walk.is_rest(at.date()):
        at += ONE_DAY
    return at


def _after_duty_hours(start: datetime, n: int, walk: _Walk, duty: DutyHours) -> datetime:
    left = timedelta(hours=n)
    on = start.date()
    while True:
        for opens, closes in () if walk.is_rest(on) else duty.spans:
            begin = max(start, datetime.combine(on, opens, CST))
            end = datetime.combine(on, closes, CST)
            if begin + left <= end:
                return begin + left
            left -= max(end - begin, timedelta())
        on += ONE_DAY


@dataclass(frozen=True, slots=True)
class StageDue:
    """One step of a staged deadline: 先停止 (`stop`), 上报 (`report`), 临时措施, then the full remedy."""

    stage: str
    due: Due


def staged(
    served_at: datetime,
    stages: Sequence[tuple[str, Term]],
    calendar: CalendarView,
    close_of_business: time = CLOSE_OF_BUSINESS,
    duty_hours: DutyHours | None = None,
) -> list[StageDue]:
    """The deadlines of all stages, all from service; none before the one that precedes it.

    The last is the deadline of the item. Raises what `due` raises.
    """
    found: list[StageDue] = []
    for stage, term in stages:
        counted = due(served_at, term, calendar, close_of_business, duty_hours)
        if found and counted.at < found[-1].due.at:
            before = found[-1].due
            counted = replace(counted, at=before.at, provisional=counted.provisional or before.provisional)
        found.append(StageDue(stage, counted))
    return found


def revised(printed: datetime, recomputed: datetime) -> datetime:
    """Rule (f): the deadline that holds after the calendar changed; never earlier than printed."""
    return max(printed, recomputed)


def explain(due: Due) -> str:
    """How the deadline was counted, as a notice says it: 自送达次日起15日，届满日为周六，顺延至下一工作日."""
    n = due.basis.term.n
    sentence = {
        Unit.NOW: "立即整改",
        Unit.HOUR: f"自送达时起{n}小时，遇休息日不顺延",
        Unit.DUTY_HOUR: f"自送达时起{n}个工作时",
        Unit.DAY: f"自送达次日起{n}日",
        Unit.WORKDAY: f"自送达次日起{n}个工作日",
    }[due.basis.term.unit]
    if due.rolled:
        weekday = due.basis.nominal.weekday()
        last_day = {5: "周六", 6: "周日"}.get(weekday, "法定休假日")
        sentence += f"，届满日为{last_day}，顺延至下一工作日"
    if due.provisional:
        sentence += "（暂定，放假安排公布后只延后、不提前）"
    return sentence
