"""Counting of deadlines: the published vectors, the seven rules, and properties against a slow count."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.calendars.rules import (
    CST,
    FIRST_DAY,
    LAST_DAY,
    CalendarTable,
    Day,
    DayKind,
    Due,
    DutyHours,
    NaiveMoment,
    OutsideCalendar,
    Term,
    TermRefused,
    Unit,
    due,
    explain,
    local,
    revised,
    year_of_days,
)
from server.calendars.service import packaged_view

CALENDAR = packaged_view()


def count(served: str, n: int, unit: Unit, calendar: CalendarTable = CALENDAR, **options: object) -> Due:
    moment = datetime.fromisoformat(served)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=CST)
    return due(moment, Term(n, unit), calendar, **options)  # type: ignore[arg-type]


VECTORS = [
    # served, n, natural end, rolled to, working end
    ("2026-09-18", 5, "2026-09-23", "2026-09-23", "2026-09-24"),
    ("2026-09-23", 3, "2026-09-26", "2026-09-28", "2026-09-29"),
    ("2026-09-28", 7, "2026-10-05", "2026-10-08", "2026-10-13"),
    ("2026-02-12", 3, "2026-02-15", "2026-02-24", "2026-02-24"),
    ("2026-02-13", 7, "2026-02-20", "2026-02-24", "2026-03-02"),
    ("2026-04-30", 5, "2026-05-05", "2026-05-06", "2026-05-11"),
    ("2026-10-09", 1, "2026-10-10", "2026-10-10", "2026-10-10"),
    ("2026-11-20", 15, "2026-12-05", "2026-12-07", "2026-12-11"),
    ("2025-09-30", 3, "2025-10-03", "2025-10-09", "2025-10-11"),
    ("2025-01-24", 5, "2025-01-29", "2025-02-05", "2025-02-07"),
    ("2024-02-08", 10, "2024-02-18", "2024-02-18", "2024-02-28"),
]


@pytest.mark.parametrize(("served", "n", "nominal", "rolled", "working"), VECTORS)
def test_the_published_vectors(served: str, n: int, nominal: str, rolled: str, working: str) -> None:
    natural = count(f"{served}T10:00", n, Unit.DAY)
    assert natural.basis.nominal.date().isoformat() == nominal
    assert natural.at.isoformat() == f"{rolled}T18:00:00+08:00"
    assert natural.rolled is (nominal != rolled)
    workdays = count(f"{served}T10:00", n, Unit.WORKDAY)
    assert workdays.at.isoformat() == f"{working}T18:00:00+08:00"
    assert not natural.provisional and not workdays.provisional and not workdays.rolled


def test_thirty_working_days_into_an_unpublished_year_are_provisional() -> None:
    result = count("2026-11-20T10:00", 30, Unit.WORKDAY)
    assert result.at.isoformat() == "2027-01-04T18:00:00+08:00"
    assert result.provisional


@pytest.mark.parametrize(
    ("served", "n", "expected"),
    [
        ("2026-11-20T09:00", 3, "2026-11-20T12:00"),  # ends with the morning, not at 13:30
        ("2026-11-20T12:10", 4, "2026-11-20T17:30"),  # served at lunch: starts at 13:30
        ("2026-11-20T16:30", 4, "2026-11-23T12:00"),  # Friday evening to Monday noon
        ("2026-11-20T20:00", 1, "2026-11-23T10:00"),
        ("2026-11-21T10:00", 1, "2026-11-23T10:00"),  # served on a Saturday
        ("2026-10-09T17:00", 1, "2026-10-10T09:30"),  # the make-up Saturday is on duty
        ("2026-11-20T06:00", 7, "2026-11-20T17:30"),  # a whole day of duty
    ],
)
def test_duty_hours_run_only_on_duty(served: str, n: int, expected: str) -> None:
    result = count(served, n, Unit.DUTY_HOUR)
    assert result.at.isoformat() == f"{expected}:00+08:00"
    assert not result.rolled


def test_other_duty_hours_and_close_of_business_are_kept() -> None:
    night = DutyHours(((time(20), time(22)),))
    assert count("2026-11-20T09:00", 3, Unit.DUTY_HOUR, duty_hours=night).at.hour == 21
    assert count("2026-11-20T09:00", 1, Unit.WORKDAY, close_of_business=time(17, 30)).at.time() == time(
        17, 30
    )


def test_hours_and_now_never_roll() -> None:
    friday = count("2026-11-20T11:00", 24, Unit.HOUR)
    assert friday.at.isoformat() == "2026-11-21T11:00:00+08:00"
    holiday = count("2027-01-01T03:00", 2, Unit.HOUR)
    assert (holiday.rolled, holiday.provisional) == (False, False)
    assert count("2026-11-21T11:00", 0, Unit.NOW).at.isoformat() == "2026-11-21T11:00:00+08:00"


def test_an_offset_is_converted_before_the_day_is_excluded() -> None:
    # 20:00 UTC on Thursday is Friday 04:00 here, so Friday is the day of service.
    assert count("2026-11-19T20:00+00:00", 1, Unit.WORKDAY).at.date() == date(2026, 11, 23)


@pytest.mark.parametrize("unit", [Unit.HOUR, Unit.DUTY_HOUR, Unit.DAY, Unit.WORKDAY])
@pytest.mark.parametrize("n", [0, -1, 3651])
def test_absurd_terms_are_refused(unit: Unit, n: int) -> None:
    with pytest.raises(TermRefused):
        Term(n, unit)


def test_now_takes_zero_but_not_less() -> None:
    assert Term(0, Unit.NOW).n == 0
    with pytest.raises(TermRefused):
        Term(-1, Unit.NOW)


@pytest.mark.parametrize(
    "spans",
    [(), ((time(12), time(9)),), ((time(9), time(9)),), ((time(9), time(12)), (time(11), time(13)))],
)
def test_muddled_duty_hours_are_refused(spans: tuple[tuple[time, time], ...]) -> None:
    with pytest.raises(TermRefused):
        DutyHours(spans)


@pytest.mark.parametrize(
    ("served", "n", "unit"),
    [
        ("2003-12-31T10:00", 1, Unit.DAY),
        ("2101-01-01T10:00", 1, Unit.NOW),
        ("2100-12-31T10:00", 1, Unit.DAY),
        ("2100-12-31T10:00", 24, Unit.HOUR),
        ("2100-12-31T10:00", 3650, Unit.DUTY_HOUR),
        ("2100-12-30T10:00", 5, Unit.WORKDAY),
    ],
)
def test_days_outside_the_calendar_are_a_typed_error(served: str, n: int, unit: Unit) -> None:
    with pytest.raises(OutsideCalendar):
        count(served, n, unit)


@pytest.mark.parametrize(
    "moment",
    [datetime.min.replace(tzinfo=timezone(timedelta(hours=14))), datetime.max.replace(tzinfo=UTC)],
)
def test_the_ends_of_time_do_not_overflow(moment: datetime) -> None:
    with pytest.raises(OutsideCalendar):
        local(moment)


def test_a_moment_without_offset_is_refused() -> None:
    with pytest.raises(NaiveMoment):
        due(datetime(2026, 11, 20, 10), Term(1, Unit.DAY), CALENDAR)  # noqa: DTZ001


def test_a_printed_date_moves_only_later() -> None:
    printed = datetime(2026, 12, 7, 18, tzinfo=CST)
    assert revised(printed, printed - timedelta(days=3)) == printed
    assert revised(printed, printed + timedelta(days=3)) == printed + timedelta(days=3)


@pytest.mark.parametrize(
    ("served", "n", "unit", "sentence"),
    [
        ("2026-11-20T10:00", 0, Unit.NOW, "立即整改"),
        ("2026-11-20T10:00", 24, Unit.HOUR, "自送达时起24小时，遇休息日不顺延"),
        ("2026-11-20T10:00", 4, Unit.DUTY_HOUR, "自送达时起4个工作时"),
        ("2026-11-20T10:00", 15, Unit.DAY, "自送达次日起15日，届满日为周六，顺延至下一工作日"),
        ("2026-11-21T10:00", 15, Unit.DAY, "自送达次日起15日，届满日为周日，顺延至下一工作日"),
        ("2026-09-28T10:00", 7, Unit.DAY, "自送达次日起7日，届满日为法定休假日，顺延至下一工作日"),
        ("2026-11-20T10:00", 3, Unit.WORKDAY, "自送达次日起3个工作日"),
        (
            "2026-11-20T10:00",
            30,
            Unit.WORKDAY,
            "自送达次日起30个工作日（暂定，放假安排公布后只延后、不提前）",
        ),
    ],
)
def test_the_notice_says_how_it_was_counted(served: str, n: int, unit: Unit, sentence: str) -> None:
    assert explain(count(served, n, unit)) == sentence


def test_a_year_follows_the_week_unless_settled() -> None:
    settled = {
        date(2027, 2, 5): (True, "春节"),
        date(2027, 2, 6): (True, "春节"),
        date(2027, 2, 20): (False, "春节"),
        date(2027, 2, 22): (False, "复工"),
    }
    days = year_of_days(2027, settled)
    assert len(days) == 365 and len(year_of_days(2028, {})) == 366
    kinds = [days[on].kind for on in settled]
    assert kinds == [DayKind.HOLIDAY, DayKind.HOLIDAY, DayKind.MAKEUP, DayKind.WORKDAY]
    assert days[date(2027, 3, 6)] == Day(DayKind.WEEKEND)
    assert days[date(2027, 3, 8)] == Day(DayKind.WORKDAY)
    assert {day.provisional for day in year_of_days(2027, settled, provisional=True).values()} == {True}


def test_a_written_day_beats_the_fill() -> None:
    closed = {date(2026, 11, 23): Day(DayKind.HOLIDAY, "突发停工")}
    table = CalendarTable("test", closed, lambda year: year_of_days(year, {}))
    result = count("2026-11-20T10:00", 1, Unit.WORKDAY, table)
    assert result.at.date() == date(2026, 11, 24)
    assert result.basis.calendar == "test"
    with pytest.raises(OutsideCalendar):
        table.day(LAST_DAY + timedelta(days=1))


def test_one_provisional_day_on_the_way_makes_a_count_provisional() -> None:
    unsure = {date(2026, 11, 24): Day(DayKind.WORKDAY, "", provisional=True)}
    table = CalendarTable("test", unsure, lambda year: year_of_days(year, {}))
    assert count("2026-11-20T10:00", 5, Unit.WORKDAY, table).provisional
    assert count("2026-11-20T10:00", 20, Unit.DUTY_HOUR, table).provisional
    assert not count("2026-11-20T10:00", 15, Unit.DAY, table).provisional  # only its end was looked at
    assert not count("2026-11-20T10:00", 400, Unit.HOUR, table).provisional


# Properties. Moments leave room for the longest term before the calendar ends.
MOMENTS = st.datetimes(
    datetime(2004, 1, 1),  # noqa: DTZ001
    datetime(2085, 12, 31),  # noqa: DTZ001
    timezones=st.just(CST),
)
ROOMY = settings(max_examples=150, deadline=None)


def is_rest(on: date) -> bool:
    return CALENDAR.day(on).kind in (DayKind.WEEKEND, DayKind.HOLIDAY)


@ROOMY
@given(MOMENTS, st.integers(1, 400), st.sampled_from(list(Unit)))
def test_never_before_service_and_monotone(served: datetime, n: int, unit: Unit) -> None:
    first = due(served, Term(n, unit), CALENDAR).at
    assert served <= first <= due(served, Term(n + 1, unit), CALENDAR).at
    later = due(served + timedelta(hours=7), Term(n, unit), CALENDAR).at
    assert first <= later


@ROOMY
@given(MOMENTS, st.integers(1, 400), st.sampled_from([Unit.DAY, Unit.WORKDAY, Unit.DUTY_HOUR]))
def test_never_due_on_a_rest_day(served: datetime, n: int, unit: Unit) -> None:
    assert not is_rest(due(served, Term(n, unit), CALENDAR).at.date())


@ROOMY
@given(MOMENTS, st.integers(1, 400))
def test_natural_days_equal_a_search(served: datetime, n: int) -> None:
    after = (served.date() + timedelta(days=n + extra) for extra in range(60))
    expected = next(on for on in after if not is_rest(on))
    assert due(served, Term(n, Unit.DAY), CALENDAR).at == datetime.combine(expected, time(18), CST)


@ROOMY
@given(MOMENTS, st.integers(1, 250))
def test_working_days_equal_a_list(served: datetime, n: int) -> None:
    span = [served.date() + timedelta(days=offset) for offset in range(1, 2 * n + 40)]
    worked = [on for on in span if not is_rest(on)]
    assert due(served, Term(n, Unit.WORKDAY), CALENDAR).at.date() == worked[n - 1]


@settings(max_examples=60, deadline=None)
@given(MOMENTS, st.integers(1, 24))
def test_duty_hours_equal_a_count_by_the_minute(served: datetime, n: int) -> None:
    served = served.replace(second=0, microsecond=0)
    now, left = served, n * 60
    while left:
        clock = now.time()
        on_duty = time(9) <= clock < time(12) or time(13, 30) <= clock < time(17, 30)
        left -= on_duty and not is_rest(now.date())
        now += timedelta(minutes=1)
    assert due(served, Term(n, Unit.DUTY_HOUR), CALENDAR).at == now


@ROOMY
@given(st.dates(FIRST_DAY, LAST_DAY))
def test_every_day_of_the_calendar_is_known_or_provisional(on: date) -> None:
    assert CALENDAR.day(on).provisional is (on.year > 2026)
