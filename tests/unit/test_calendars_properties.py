"""Deadlines for every date and term: never before service, monotone, never on rest, equal to a slow count."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.calendars.rules import CST, DutyHours, Term, Unit, due, staged
from server.calendars.service import packaged_view
from server.escalation.rules import latest_start, waited_until

VIEW = packaged_view()
CLOSE = time(18)
EASY = settings(max_examples=150, deadline=None)
FIRST, LAST = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (2018, 2028))
moments = st.integers(FIRST, LAST).map(lambda at: datetime.fromtimestamp(at, UTC))
units = st.sampled_from([unit for unit in Unit if unit is not Unit.NOW])
numbers = st.integers(1, 60)


def _rest(on: date) -> bool:
    return VIEW.day(on).kind.is_rest


@EASY
@given(moments, numbers, units)
def test_never_before_service_and_never_earlier_for_a_longer_term(at: datetime, n: int, unit: Unit) -> None:
    first, longer = due(at, Term(n, unit), VIEW), due(at, Term(n + 1, unit), VIEW)
    assert at <= first.at <= longer.at


@EASY
@given(moments, st.integers(0, 200_000), numbers, units)
def test_never_earlier_for_a_later_service(at: datetime, minutes: int, n: int, unit: Unit) -> None:
    later = at + timedelta(minutes=minutes)
    assert due(at, Term(n, unit), VIEW).at <= due(later, Term(n, unit), VIEW).at


@EASY
@given(moments, numbers, st.sampled_from([Unit.DAY, Unit.WORKDAY, Unit.DUTY_HOUR]))
def test_never_on_a_day_of_rest_where_the_rule_says_so(at: datetime, n: int, unit: Unit) -> None:
    assert not _rest(due(at, Term(n, unit), VIEW).at.date())


@EASY
@given(moments, numbers)
def test_days_equal_a_count_by_hand(at: datetime, n: int) -> None:
    served = at.astimezone(CST).date()
    natural = served + timedelta(days=n)
    while _rest(natural):
        natural += timedelta(days=1)
    working = [day for day in (served + timedelta(days=i) for i in range(1, 200)) if not _rest(day)][n - 1]
    assert due(at, Term(n, Unit.DAY), VIEW).at == datetime.combine(natural, CLOSE, CST)
    assert due(at, Term(n, Unit.WORKDAY), VIEW).at == datetime.combine(working, CLOSE, CST)


@settings(max_examples=40, deadline=None)
@given(moments, st.integers(1, 12))
def test_duty_hours_equal_a_count_by_minutes(at: datetime, n: int) -> None:
    minute = at.astimezone(CST).replace(second=0, microsecond=0)
    spans, left, now = DutyHours().spans, n * 60, minute
    while left:
        if not _rest(now.date()) and any(opens <= now.time() < closes for opens, closes in spans):
            left -= 1
        now += timedelta(minutes=1)
    assert due(minute, Term(n, Unit.DUTY_HOUR), VIEW).at == now


@EASY
@given(moments, numbers)
def test_hours_are_hours_on_any_day(at: datetime, n: int) -> None:
    counted = due(at, Term(n, Unit.HOUR), VIEW)
    assert (counted.at - at, counted.rolled) == (timedelta(hours=n), False)


@EASY
@given(moments, st.lists(st.tuples(numbers, units), min_size=1, max_size=4))
def test_stages_never_go_back_and_the_last_is_no_earlier_than_its_own_term(
    at: datetime, terms: list[tuple[int, Unit]]
) -> None:
    stages = staged(at, [(f"s{i}", Term(n, unit)) for i, (n, unit) in enumerate(terms)], VIEW)
    ends = [stage.due.at for stage in stages]
    assert ends == sorted(ends)
    assert all(end >= due(at, Term(n, unit), VIEW).at for end, (n, unit) in zip(ends, terms, strict=True))


def test_stop_at_once_report_within_a_day_put_right_within_a_week() -> None:
    served = datetime.fromisoformat("2026-09-28T10:00+08:00")
    terms = [("stop", Term(0, Unit.NOW)), ("report", Term(24, Unit.HOUR)), ("fix", Term(7, Unit.DAY))]
    found = [(stage.stage, stage.due.at.isoformat()) for stage in staged(served, terms, VIEW)]
    assert found == [
        ("stop", "2026-09-28T10:00:00+08:00"),
        ("report", "2026-09-29T10:00:00+08:00"),
        ("fix", "2026-10-08T18:00:00+08:00"),
    ]


@EASY
@given(moments, st.integers(0, 30), st.sampled_from(["hour", "day", "workday"]))
def test_what_the_sweep_asks_for_is_what_has_waited_long_enough(now: datetime, n: int, unit: str) -> None:
    cutoff = latest_start(now, n, unit, VIEW)
    assert waited_until(cutoff, n, unit, VIEW) <= now
    assert waited_until(cutoff + timedelta(microseconds=1), n, unit, VIEW) > now


@pytest.mark.parametrize("unit", ["hour", "day", "workday"])
def test_no_wait_is_no_wait(unit: str) -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    assert latest_start(now, 0, unit, VIEW) == waited_until(now, 0, unit, VIEW) == now
