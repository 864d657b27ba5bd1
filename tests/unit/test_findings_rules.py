"""The finding's table and remarks: every branch, and what must never be possible."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from server.core.permissions import Permission
from server.findings.rules import (
    CLOSED_STATES,
    DWELL,
    FIRM_SEES,
    TRANSITIONS,
    FindingAction,
    FindingState,
    Flag,
    Progress,
    Severity,
    firm_sees,
    kinds_shown,
    legal_actions,
    next_state,
    position_flags,
    progress_of,
    second_order_open,
    triage_hours,
)

S, A = FindingState, FindingAction


def _reachable(start: FindingState) -> set[FindingState]:
    seen, frontier = {start}, [start]
    while frontier:
        state = frontier.pop()
        for (source, _), step in TRANSITIONS.items():
            if source is state and step.to not in seen:
                seen.add(step.to)
                frontier.append(step.to)
    return seen


def test_every_state_can_be_reached_from_submission() -> None:
    assert _reachable(S.SUBMITTED) == set(S)


@pytest.mark.parametrize("state", [s for s in S if s not in (S.REJECTED, S.DUPLICATE)])
def test_every_open_case_can_still_be_closed(state: FindingState) -> None:
    assert _reachable(state) & CLOSED_STATES


def test_rejected_and_duplicate_are_final() -> None:
    assert legal_actions(S.REJECTED) == legal_actions(S.DUPLICATE) == []


def test_only_a_review_or_a_department_writes_a_noticed_case_off() -> None:
    closers = {action for (_, action), step in TRANSITIONS.items() if step.to is S.CLOSED}
    assert closers == {A.PASS_REVIEW, A.CONCLUDE_TRANSFER}


def test_no_firm_permission_ever_closes_a_case() -> None:
    firm = {"notice:acknowledge", "notice:answer"}
    assert not any(step.permission in firm and step.to in CLOSED_STATES for step in TRANSITIONS.values())


def test_permissions_in_the_table_exist() -> None:
    named = {step.permission for step in TRANSITIONS.values()} - {"system"}
    assert named <= {permission.value for permission in Permission}


def test_next_state_follows_the_table_and_nothing_else() -> None:
    for state, action in itertools.product(S, A):
        assert next_state(state, action) == TRANSITIONS.get((state, action))


def test_a_firm_never_sees_a_finding_that_no_notice_named() -> None:
    assert FIRM_SEES.isdisjoint({S.SUBMITTED, S.RETURNED, S.REJECTED, S.DUPLICATE, S.CONFIRMED})
    assert not any(firm_sees(state, noticed=False) for state in S)
    assert firm_sees(S.TRANSFERRED, noticed=True) and not firm_sees(S.CONFIRMED, noticed=True)


@pytest.mark.parametrize(
    ("state", "progress"),
    [
        (S.SUBMITTED, Progress.OPEN),
        (S.OVERDUE, Progress.OPEN),
        (S.REPLIED, Progress.REPLIED),
        (S.REVIEWING, Progress.REPLIED),
        (S.CLOSED, Progress.CLOSED),
        (S.DUPLICATE, Progress.CLOSED),
    ],
)
def test_fill_of_the_glyph(state: FindingState, progress: Progress) -> None:
    assert progress_of(state) is progress


@pytest.mark.parametrize(
    ("failed", "orders", "open_"), [(0, 1, False), (1, 1, True), (1, 2, False), (1, 0, False), (2, 1, True)]
)
def test_second_order_only_after_a_failure_and_once(failed: int, orders: int, open_: bool) -> None:
    assert second_order_open(failed, orders) is open_


@pytest.mark.parametrize(
    ("lon", "lat", "accuracy", "outside", "manual", "flags"),
    [
        (119.6, 38.9, 6.0, 0.0, False, []),
        (119.6, 38.9, None, 0.0, False, []),
        (119.6, 38.9, 6.0, 9.0, False, []),
        (119.6, 38.9, 6.0, 40.0, False, [Flag.OUTSIDE_COMPOUND]),
        (119.6, 38.9, 80.0, 60.0, False, [Flag.POOR_ACCURACY]),
        (119.6, 38.9, 80.0, 90.0, False, [Flag.POOR_ACCURACY, Flag.OUTSIDE_COMPOUND]),
        (0.0, 0.0, 5.0, 1e7, False, [Flag.NEEDS_PIN]),
        (119.6, 38.9, 5000.0, 0.0, False, [Flag.NEEDS_PIN]),
        (119.6, 38.9, None, 0.0, True, [Flag.MANUAL_PIN]),
        (119.6, 38.9, None, 30.0, True, [Flag.MANUAL_PIN, Flag.OUTSIDE_COMPOUND]),
    ],
)
def test_position_is_remarked_never_refused(
    lon: float, lat: float, accuracy: float | None, outside: float, manual: bool, flags: list[Flag]
) -> None:
    found = position_flags(lon=lon, lat=lat, accuracy_m=accuracy, outside_m=outside, manual=manual)
    assert found == flags


def test_critical_findings_are_triaged_within_the_hour() -> None:
    assert triage_hours(Severity.CRITICAL) == (1, "hour")
    assert triage_hours(Severity.GENERAL) == (4, "duty_hour")


def test_two_shots_of_what_stands_are_ten_minutes_apart_and_a_video_moves() -> None:
    at = datetime(2026, 11, 20, 1, tzinfo=UTC)
    later, soon = at + DWELL, at + DWELL - timedelta(seconds=1)
    assert kinds_shown([]) == set()
    assert kinds_shown([("O", at, None), ("T", at, None)]) == {"O"}
    assert kinds_shown([("T", at, None), ("T", soon, None)]) == set()
    assert kinds_shown([("T", later, None), ("C", at, None), ("T", at, None)]) == {"T", "C"}
    assert kinds_shown([("V", at, None), ("V", at, "image/jpeg")]) == set()
    assert kinds_shown([("V", at, "video/mp4")]) == {"V"}
