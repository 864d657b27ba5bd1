"""The short form of the year: a few weeks of cases, workers killed, each step once and none missing."""

from __future__ import annotations

from tests.simulated_year import run


def test_no_step_is_lost_or_taken_twice_though_workers_die() -> None:
    figures = run(24, 7, days=4, hours=48, kill_each=12)
    assert figures["notices"] >= 20
    assert figures["worker_kills"] >= 1
    assert figures["steps_taken"] > 40
