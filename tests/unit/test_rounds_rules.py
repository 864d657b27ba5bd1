"""Periods of rounds: weeks, 旬 and months, at their edges."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.rounds.rules import (
    Proof,
    RoundLevel,
    VisitAction,
    VisitState,
    lacking,
    next_visit_state,
    period_of,
)


@pytest.mark.parametrize(
    ("level", "day", "key", "first", "last"),
    [
        (RoundLevel.WEEKLY, date(2026, 11, 20), "2026-W47", date(2026, 11, 16), date(2026, 11, 22)),
        (RoundLevel.WEEKLY, date(2027, 1, 1), "2026-W53", date(2026, 12, 28), date(2027, 1, 3)),
        (RoundLevel.TEN_DAY, date(2026, 11, 10), "2026-11-上旬", date(2026, 11, 1), date(2026, 11, 10)),
        (RoundLevel.TEN_DAY, date(2026, 11, 11), "2026-11-中旬", date(2026, 11, 11), date(2026, 11, 20)),
        (RoundLevel.TEN_DAY, date(2026, 1, 31), "2026-01-下旬", date(2026, 1, 21), date(2026, 1, 31)),
        (RoundLevel.TEN_DAY, date(2026, 2, 28), "2026-02-下旬", date(2026, 2, 21), date(2026, 2, 28)),
        (RoundLevel.MONTHLY, date(2028, 2, 3), "2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        (RoundLevel.AD_HOC, date(2026, 11, 20), "2026-11-20", date(2026, 11, 20), date(2026, 11, 20)),
    ],
)
def test_period(level: RoundLevel, day: date, key: str, first: date, last: date) -> None:
    assert period_of(level, day) == (key, first, last)


@given(st.dates(date(2004, 1, 1), date(2100, 12, 31)), st.sampled_from(list(RoundLevel)))
def test_periods_partition_time(day: date, level: RoundLevel) -> None:
    key, first, last = period_of(level, day)
    assert first <= day <= last
    assert period_of(level, first)[0] == period_of(level, last)[0] == key
    assert period_of(level, last + timedelta(days=1))[1] == last + timedelta(days=1)


def test_a_late_arrival_revives_a_missed_visit() -> None:
    assert next_visit_state(VisitState.MISSED, VisitAction.CHECK_IN) is VisitState.ARRIVED
    assert next_visit_state(VisitState.PLANNED, VisitAction.LEAVE) is None


def test_what_a_clean_visit_lacks_as_proof() -> None:
    whole = {"arrived": True, "entrance_photos": 1, "answered": 20, "lines": 20, "departed": True}
    assert lacking(**whole) == []  # type: ignore[arg-type]
    for change, proof in (
        ({"arrived": False}, Proof.ARRIVAL),
        ({"entrance_photos": 0}, Proof.ENTRANCE),
        ({"answered": 19}, Proof.ANSWERS),
        ({"departed": False}, Proof.DEPARTURE),
    ):
        assert lacking(**(whole | change)) == [proof]  # type: ignore[arg-type]
