"""The only place that asks what time it is.

Services receive `now` as an argument; routes and jobs take it from here. Tests replace the clock of
an app through `app.extensions["clock"]`, since patching modules does not move SQL `now()` anyway.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import current_app

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock:
    """Wall clock in UTC."""

    def now(self) -> datetime:
        """The present moment, timezone-aware, UTC."""
        return datetime.now(UTC)


class FixedClock(Clock):
    """A clock that stands still until `set` moves it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def set(self, at: datetime) -> None:
        """Move the clock to `at` (timezone-aware)."""
        self.at = at


def now() -> datetime:
    """The app's present moment (UTC)."""
    clock: Clock = current_app.extensions["clock"]
    return clock.now()
