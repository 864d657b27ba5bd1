"""What holds from one day to another and may be ended once before its day: powers, certificates."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol


class Standing(StrEnum):
    """Where a term stands on a day: not begun yet, in force, over."""

    COMING = "coming"
    IN_FORCE = "in_force"
    OVER = "over"


class Termed(Protocol):
    """A row with a term: first day, planned last day or None, and the day on which it was ended."""

    @property
    def valid_from(self) -> date: ...
    @property
    def valid_to(self) -> date | None: ...
    @property
    def ended_on(self) -> date | None: ...


def last_day(row: Termed) -> date:
    """The last day on which `row` holds."""
    return min(row.valid_to or date.max, row.ended_on or date.max)


def standing(row: Termed, day: date) -> Standing:
    """Where `row` stands on `day`."""
    if day > last_day(row) or last_day(row) < row.valid_from:  # ended before it began: it never held
        return Standing.OVER
    return Standing.COMING if day < row.valid_from else Standing.IN_FORCE


def may_end(row: Termed, day: date) -> bool:
    """Whether `row` can be ended with `day` as its last: not before it began, not after it is over anyway."""
    return row.valid_from - timedelta(days=1) <= day <= (row.valid_to or date.max)


def overlap(one: Termed, first: date, last: date | None) -> bool:
    """Whether `one` holds on a day from `first` to `last` (None: without end)."""
    return one.valid_from <= (last or date.max) and first <= last_day(one) and one.valid_from <= last_day(one)
