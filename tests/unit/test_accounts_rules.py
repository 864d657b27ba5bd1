"""Names, passwords, sessions and the throttle, without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.accounts import rules

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
WINDOW = timedelta(minutes=15)


@pytest.mark.parametrize("typed", ["inspector01", " Inspector01 ", "ＩＮＳＰＥＣＴＯＲ０１", "INSPECTOR01\t"])
def test_one_spelling_of_a_name(typed: str) -> None:
    assert rules.normalise_username(typed) == "inspector01"


@given(st.text(max_size=40))
def test_normalising_twice_changes_nothing(name: str) -> None:
    once = rules.normalise_username(name)
    assert rules.normalise_username(once) == once


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("123456789", "too_short"),
        ("1234567890", None),
        ("Inspector01 ", "same_as_name"),
        (rules.DEMO_PASSWORD, "demo"),
        ("一条足够长的中文口令呀", None),
    ],
)
def test_password_fault(password: str, fault: str | None) -> None:
    assert rules.password_fault(password, "inspector01") == fault


@pytest.mark.parametrize(
    ("active", "until", "now", "open_"),
    [
        (True, None, NOW, True),
        (False, None, NOW, False),
        (True, date(2026, 11, 20), datetime(2026, 11, 20, 15, 59, tzinfo=UTC), True),
        (True, date(2026, 11, 20), datetime(2026, 11, 20, 16, 0, tzinfo=UTC), False),
        (True, date(2026, 11, 19), NOW, False),
    ],
)
def test_an_account_ends_with_its_last_day_in_china(
    active: bool, until: date | None, now: datetime, open_: bool
) -> None:
    assert rules.account_open(active, until, now) is open_


def test_a_session_lives_until_it_is_ended_or_over() -> None:
    assert rules.session_alive(NOW + timedelta(seconds=1), None, NOW)
    assert not rules.session_alive(NOW, None, NOW)
    assert not rules.session_alive(NOW + timedelta(days=1), NOW - timedelta(days=1), NOW)


def test_a_session_slides_at_most_once_an_hour() -> None:
    assert not rules.slides(NOW - timedelta(minutes=59), NOW)
    assert rules.slides(NOW - timedelta(hours=1), NOW)


def test_the_fifth_failure_closes_the_door_until_the_first_is_old() -> None:
    failures = [NOW - timedelta(minutes=minutes) for minutes in (10, 8, 6, 4)]
    assert rules.retry_after(failures, 5, WINDOW, NOW) == 0
    wait = rules.retry_after([*failures, NOW], 5, WINDOW, NOW)
    assert timedelta(minutes=5) < timedelta(seconds=wait) <= timedelta(minutes=5, seconds=1)


@given(st.lists(st.integers(0, 1800), max_size=60), st.integers(1, 30))
def test_after_the_wait_an_attempt_is_allowed(ages: list[int], limit: int) -> None:
    failures = [NOW - timedelta(seconds=age) for age in ages]
    wait = rules.retry_after(failures, limit, WINDOW, NOW)
    assert (wait > 0) == (sum(age < WINDOW.total_seconds() for age in ages) >= limit)
    assert rules.retry_after(failures, limit, WINDOW, NOW + timedelta(seconds=wait)) == 0
