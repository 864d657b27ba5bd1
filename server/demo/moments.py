"""Working time and time-ordered ids for the demo, all from one random generator."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time, timedelta
from random import Random

from server.calendars.rules import CST, CalendarView

DAY = timedelta(days=1)
MORNING, NOON = (time(8, 40), time(11, 50))
AFTERNOON, EVENING = (time(13, 40), time(17, 20))


def make_id(rng: Random, at: datetime) -> uuid.UUID:
    """A UUIDv7 of the moment ``at`` (RFC 9562), repeatable with the generator."""
    millis = int(at.timestamp() * 1000)
    number = millis << 80 | 0x7 << 76 | rng.getrandbits(12) << 64 | 0b10 << 62 | rng.getrandbits(62)
    return uuid.UUID(int=number)


def at_local(on: date, hour: float) -> datetime:
    """The moment ``hour`` (with fraction) of a day in China Standard Time."""
    return datetime.combine(on, time(0), CST) + timedelta(seconds=int(hour * 3600))


def is_workday(calendar: CalendarView, on: date) -> bool:
    return not calendar.day(on).kind.is_rest


def workdays(calendar: CalendarView, first: date, last: date) -> list[date]:
    """All working days from ``first`` to ``last``, both included."""
    days = [first + DAY * n for n in range((last - first).days + 1)]
    return [d for d in days if is_workday(calendar, d)]


def in_duty(rng: Random, calendar: CalendarView, after: datetime, hours: float) -> datetime:
    """``after`` plus about ``hours`` of wall clock, moved to the next duty hours if it falls outside."""
    moment = after.astimezone(CST) + timedelta(hours=hours)
    for _ in range(30):
        if is_workday(calendar, moment.date()):
            clock = moment.time()
            if clock < MORNING:
                moment = datetime.combine(moment.date(), MORNING, CST)
                return moment + timedelta(minutes=rng.uniform(0, 70))
            if NOON < clock < AFTERNOON:
                moment = datetime.combine(moment.date(), AFTERNOON, CST)
                return moment + timedelta(minutes=rng.uniform(0, 50))
            if clock <= EVENING:
                return moment
        moment = datetime.combine(moment.date() + DAY, time(0), CST)
    raise ValueError(f"no duty hours within a month after {after}")
