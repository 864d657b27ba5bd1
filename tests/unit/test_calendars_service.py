"""What the packages know, and the command line's counting, without a database."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest

from server.calendars.errors import BadDeadline, DayOutsideCalendar, TermOutOfRange
from server.calendars.rules import CST, DayKind, DutyHours, Unit
from server.calendars.service import deadline, deadline_cli, packaged_view, packaged_year, seed_days


@pytest.mark.parametrize(
    ("served", "term", "unit", "printed"),
    [
        ("2026-09-18T10:00", 5, "workday", "2026-09-24T18:00:00+08:00"),
        ("2026-09-18", 5, "workday", "2026-09-24T18:00:00+08:00"),
        ("2026-09-18T02:00Z", 5, "workday", "2026-09-24T18:00:00+08:00"),
        ("2026-09-17T20:00-08:00", 5, "workday", "2026-09-24T18:00:00+08:00"),
        ("2026-09-23T10:00:30", 3, "day", "2026-09-28T18:00:00+08:00"),
        ("2026-11-20T11:00", 24, "hour", "2026-11-21T11:00:00+08:00"),
        ("2026-11-20T16:30", 4, "duty_hour", "2026-11-23T12:00:00+08:00"),
        ("2026-11-20T09:32", 0, "now", "2026-11-20T09:32:00+08:00"),
        ("2026-11-20T10:00", 30, "workday", "2027-01-04T18:00:00+08:00 provisional"),
        ("2050-03-01T10:00", 3650, "day", "2060-02-27T18:00:00+08:00 provisional"),
        ("2004-01-01T00:00", 1, "day", "2004-01-02T18:00:00+08:00"),
    ],
)
def test_the_command_prints_date_and_hour(served: str, term: int, unit: str, printed: str) -> None:
    assert deadline_cli(served, term, unit) == printed


@pytest.mark.parametrize(
    ("served", "term", "unit", "message"),
    [
        ("yesterday", 5, "day", "ISO 8601"),
        ("2026-02-30T10:00", 5, "day", "ISO 8601"),
        ("", 5, "day", "ISO 8601"),
        ("2026-09-18", 5, "hour", "needs an hour"),
        ("2026-09-18T10:00", 5, "week", "unit must be one of now, hour, duty_hour, day, workday"),
        ("2026-09-18T10:00", 0, "day", "term must be"),
        ("2026-09-18T10:00", -3, "workday", "term must be"),
        ("2026-09-18T10:00", 10**30, "hour", "term must be"),
        ("2003-12-31T10:00", 5, "day", "outside"),
        ("2100-12-31T10:00", 5, "day", "outside"),
        ("0001-01-01T00:00+14:00", 5, "day", "outside"),
    ],
)
def test_bad_words_are_refused_in_one_line(served: str, term: int, unit: str, message: str) -> None:
    with pytest.raises(BadDeadline, match=message) as refused:
        deadline_cli(served, term, unit)
    assert "\n" not in str(refused.value)


def test_problems_tell_a_bad_term_from_a_bad_day() -> None:
    moment = datetime(2026, 11, 20, 10, tzinfo=CST)
    assert deadline(packaged_view(), moment, 1, Unit.DAY).at.day == 23
    with pytest.raises(TermOutOfRange, match="not 0"):
        deadline(packaged_view(), moment, 0, Unit.DAY)
    with pytest.raises(DayOutsideCalendar):
        deadline(packaged_view(), moment.replace(year=1999), 1, Unit.DAY, duty_hours=DutyHours())


def test_2026_is_as_the_state_council_published_it() -> None:
    year = packaged_year(2026)
    spans = ["01-01 01-03", "02-15 02-23", "04-04 04-06", "05-01 05-05", "06-19 06-21", "09-25 09-27"]
    off = set()
    for span in [*spans, "10-01 10-07"]:
        first, last = (date.fromisoformat(f"2026-{edge}") for edge in span.split())
        off |= {first + timedelta(days=offset) for offset in range((last - first).days + 1)}
    assert {on for on, day in year.items() if day.kind is DayKind.HOLIDAY} == off
    makeup = {on.isoformat()[5:] for on, day in year.items() if day.kind is DayKind.MAKEUP}
    assert makeup == {"01-04", "02-14", "02-28", "05-09", "09-20", "10-10"}
    assert (year[date(2026, 2, 17)].name, year[date(2026, 2, 14)].name) == ("春节", "春节")


def test_an_unpublished_year_is_estimated_and_says_so() -> None:
    year = packaged_year(2027)
    assert all(day.provisional for day in year.values())
    assert year[date(2027, 2, 6)].kind is DayKind.HOLIDAY
    assert year[date(2027, 2, 20)].kind is DayKind.WEEKEND  # make-up days are not guessed


def test_seed_rows_are_every_day_once_with_its_source() -> None:
    rows = list(seed_days(2004, 2028))
    assert (rows[0]["date"], rows[-1]["date"]) == (date(2004, 1, 1), date(2028, 12, 31))
    assert all(later["date"] - earlier["date"] == timedelta(days=1) for earlier, later in pairwise(rows))
    assert {row["date"].year for row in rows if row["provisional"]} == {2027, 2028}
    assert {row["source"].split()[0] for row in rows if row["provisional"]} == {"holidays"}


def test_the_two_packages_disagree_on_one_day_only() -> None:
    disputed = [row["date"] for row in seed_days(2004, 2026) if "不同" in row["source"]]
    assert disputed == [date(2005, 12, 31)]
