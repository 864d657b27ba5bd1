"""Pure rules of rounds: periods, states, who may check in where. No clock, session, request, SQL.

Source: 社区周巡查、街道旬检查、区住建局月督查; a 旬 is the 1st–10th, 11th–20th or 21st to the month's end.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from enum import StrEnum


class RoundLevel(StrEnum):
    WEEKLY = "weekly"
    TEN_DAY = "ten_day"
    MONTHLY = "monthly"
    AD_HOC = "ad_hoc"
    LOOKBACK = "lookback"


class RoundState(StrEnum):
    PLANNED = "planned"
    STARTED = "started"
    FINISHED = "finished"
    MISSED = "missed"
    CANCELLED = "cancelled"


class VisitState(StrEnum):
    PLANNED = "planned"
    ARRIVED = "arrived"
    LEFT = "left"
    MISSED = "missed"


class VisitAction(StrEnum):
    CHECK_IN = "check_in"
    ANSWER = "answer"
    LEAVE = "leave"
    LAPSE = "lapse"


class AnswerResult(StrEnum):
    PASS = "pass"
    FAIL = "fail"
    NOT_APPLICABLE = "not_applicable"


VISIT_TRANSITIONS: dict[tuple[VisitState, VisitAction], VisitState] = {
    (VisitState.PLANNED, VisitAction.CHECK_IN): VisitState.ARRIVED,
    (VisitState.MISSED, VisitAction.CHECK_IN): VisitState.ARRIVED,
    (VisitState.PLANNED, VisitAction.LAPSE): VisitState.MISSED,
    (VisitState.ARRIVED, VisitAction.ANSWER): VisitState.ARRIVED,
    (VisitState.LEFT, VisitAction.ANSWER): VisitState.LEFT,
    (VisitState.ARRIVED, VisitAction.LEAVE): VisitState.LEFT,
}
"""A late answer after leaving is taken: the phone may deliver out of order."""

GEOFENCE_M = 200.0
"""Check-in farther than this from the outline is flagged, never refused."""


def period_of(level: RoundLevel, day: date) -> tuple[str, date, date]:
    """The period key, first and last day that contain `day`.

    Weekly: ISO week, Monday to Sunday. Ten-day: 旬. Monthly: calendar month. Others: the day itself.
    """
    if level is RoundLevel.WEEKLY:
        year, week, weekday = day.isocalendar()
        first = day - timedelta(days=weekday - 1)
        return f"{year}-W{week:02d}", first, first + timedelta(days=6)
    last_of_month = calendar.monthrange(day.year, day.month)[1]
    if level is RoundLevel.TEN_DAY:
        index = min((day.day - 1) // 10, 2)
        first = day.replace(day=index * 10 + 1)
        last = day.replace(day=last_of_month if index == 2 else index * 10 + 10)
        return f"{day:%Y-%m}-{'上中下'[index]}旬", first, last
    if level is RoundLevel.MONTHLY:
        return f"{day:%Y-%m}", day.replace(day=1), day.replace(day=last_of_month)
    return day.isoformat(), day, day


def next_visit_state(state: VisitState, action: VisitAction) -> VisitState | None:
    """The state after `action`, or None where it is not legal."""
    return VISIT_TRANSITIONS.get((state, action))


class Proof(StrEnum):
    """What shows that somebody was there and looked, though nothing was wrong."""

    ARRIVAL = "arrival"
    ENTRANCE = "entrance"
    ANSWERS = "answers"
    DEPARTURE = "departure"


def lacking(*, arrived: bool, entrance_photos: int, answered: int, lines: int, departed: bool) -> list[Proof]:
    """What a visit lacks as proof of itself; empty where it could be shown to anybody.

    `arrived` and `departed`: a time with a position of its own. A photo of the entrance, every line of the
    checklist answered.
    """
    held = {
        Proof.ARRIVAL: arrived,
        Proof.ENTRANCE: entrance_photos > 0,
        Proof.ANSWERS: answered >= lines,
        Proof.DEPARTURE: departed,
    }
    return [proof for proof, there in held.items() if not there]
