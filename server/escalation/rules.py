"""The ladder as data: what a step may be, when it falls due, and what may become of a proposal.

Pure: no clock, session, request or SQL. A step says: when `trigger` has stood for `n` `unit`s, do `action`.
Reminders are sent by the system; every other action is proposed to `actor`, and a person decides.
The sweep (in SQL) and the simulator (over case files) both take their moments from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from server.calendars.rules import CST, ONE_DAY, CalendarView, Term, Unit, due


class Trigger(StrEnum):
    """What a step waits for. `manual` steps are steps of the ladder that only people take."""

    MANUAL = "manual"
    TRIAGE_LATE = "triage_late"
    UNSERVED = "unserved"
    UNACKNOWLEDGED = "unacknowledged"
    DUE_BEFORE = "due_before"
    STAGE_DUE = "stage_due"
    OVERDUE = "overdue"
    REVIEW_DUE = "review_due"
    FAILED_REVIEW = "failed_review"
    FAILED_AGAIN = "failed_again"
    TRANSFER_UNANSWERED = "transfer_unanswered"
    REPEATED_OVERDUE = "repeated_overdue"
    MONTHLY_BOTTOM = "monthly_bottom"
    INTERVIEW_HELD = "interview_held"
    REPORT_DUE = "report_due"
    LISTING_ENDS = "listing_ends"


class Action(StrEnum):
    """What a step does. All but `record` and `remind` are proposed and decided by a person."""

    RECORD = "record"
    REMIND = "remind"
    SECOND_ORDER = "second_order"
    INTERVIEW = "interview"
    BULLETIN = "bulletin"
    CREDIT = "credit"
    LISTING = "listing"
    TRANSFER = "transfer"
    DECISION = "decision"


class Actor(StrEnum):
    """Who is reminded, or who decides. `district` is a supervisor of a district or city."""

    INSPECTOR = "inspector"
    FIRM = "firm"
    ISSUER = "issuer"
    FIRM_AND_ISSUER = "firm_and_issuer"
    REVIEWER = "reviewer"
    SUPERVISOR = "supervisor"
    DEPARTMENT = "department"
    DISTRICT = "district"


class ProposalState(StrEnum):
    """`sent` is a reminder; `lapsed` is a proposal whose cause went away before anybody decided."""

    SENT = "sent"
    OPEN = "open"
    ACCEPTED = "accepted"
    DISMISSED = "dismissed"
    LAPSED = "lapsed"


class ProposalAct(StrEnum):
    ACCEPT = "accept"
    DISMISS = "dismiss"
    LAPSE = "lapse"


PROPOSAL_TRANSITIONS: dict[tuple[ProposalState, ProposalAct], ProposalState] = {
    (ProposalState.OPEN, ProposalAct.ACCEPT): ProposalState.ACCEPTED,
    (ProposalState.OPEN, ProposalAct.DISMISS): ProposalState.DISMISSED,
    (ProposalState.OPEN, ProposalAct.LAPSE): ProposalState.LAPSED,
}


class InterviewState(StrEnum):
    CALLED = "called"
    HELD = "held"
    CANCELLED = "cancelled"


class InterviewAct(StrEnum):
    RECORD = "record"
    CANCEL = "cancel"
    FOLLOW = "follow"


INTERVIEW_TRANSITIONS: dict[tuple[InterviewState, InterviewAct], InterviewState] = {
    (InterviewState.CALLED, InterviewAct.RECORD): InterviewState.HELD,
    (InterviewState.CALLED, InterviewAct.CANCEL): InterviewState.CANCELLED,
    (InterviewState.HELD, InterviewAct.FOLLOW): InterviewState.HELD,
}


class ListingState(StrEnum):
    """挂牌督办. `accepting`: the firm says that it is done, and the office is to look."""

    LISTED = "listed"
    PLANNED = "planned"
    ACCEPTING = "accepting"
    CLEARED = "cleared"


class ListingAct(StrEnum):
    PLAN = "plan"
    REPORT = "report"
    ASK_ACCEPTANCE = "ask_acceptance"
    CLEAR = "clear"
    CONTINUE = "continue"


L, LA = ListingState, ListingAct
LISTING_TRANSITIONS: dict[tuple[ListingState, ListingAct], ListingState] = {
    (L.LISTED, LA.PLAN): L.PLANNED,
    (L.PLANNED, LA.PLAN): L.PLANNED,
    (L.PLANNED, LA.REPORT): L.PLANNED,
    (L.PLANNED, LA.ASK_ACCEPTANCE): L.ACCEPTING,
    (L.LISTED, LA.CONTINUE): L.LISTED,
    (L.PLANNED, LA.CONTINUE): L.PLANNED,
    (L.ACCEPTING, LA.CONTINUE): L.PLANNED,
    (L.ACCEPTING, LA.CLEAR): L.CLEARED,
}
"""Only what somebody was asked to look at can be written off; `continue` grants a new term."""

REMINDERS: dict[Trigger, str] = {
    Trigger.TRIAGE_LATE: "reminder.triage_late",
    Trigger.UNSERVED: "reminder.unserved",
    Trigger.UNACKNOWLEDGED: "reminder.unacknowledged",
    Trigger.DUE_BEFORE: "reminder.due",
    Trigger.STAGE_DUE: "reminder.stage",
    Trigger.OVERDUE: "reminder.overdue",
    Trigger.REVIEW_DUE: "reminder.review_due",
    Trigger.TRANSFER_UNANSWERED: "reminder.transfer_unanswered",
    Trigger.REPORT_DUE: "reminder.report_due",
    Trigger.LISTING_ENDS: "reminder.report_due",
}
"""The kind of message that reminds of a trigger; a step on any other trigger cannot be a reminder."""

COUNTED = frozenset({Trigger.REPEATED_OVERDUE, Trigger.MONTHLY_BOTTOM})
NEEDS_LISTING = frozenset({Trigger.REPORT_DUE, Trigger.LISTING_ENDS})
UNITS = ("hour", "day", "workday")
"""Duty hours are left out: a step of the ladder is measured in days, not in parts of a morning."""
LONGEST = 400
DISTRICT_DEPTH = 2
"""Labels in the path of a district (city.district); a street has three."""


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the ladder. `level` is the step of the ladder 0–8, `code` its name for ever."""

    code: str
    level: int
    name: str
    trigger: Trigger
    n: int
    unit: str
    action: Action
    actor: Actor
    document: str | None = None
    term_n: int | None = None
    term_unit: str | None = None
    count: int | None = None
    window_days: int | None = None
    severities: tuple[str, ...] = ()
    document_types: tuple[str, ...] = ()
    min_orders: int = 0
    enabled: bool = True

    @property
    def swept(self) -> bool:
        """Whether the sweep looks at it."""
        return self.enabled and self.trigger is not Trigger.MANUAL


def faults(steps: Sequence[Step]) -> list[tuple[int, str]]:
    """What is wrong with an edited ladder: `(row from 1, code of the fault)`."""
    found = []
    seen: set[str] = set()
    for row, step in enumerate(steps, start=1):
        found += [(row, fault) for fault in _faults(step)]
        if step.code in seen:
            found.append((row, "code_twice"))
        seen.add(step.code)
    return found


def _faults(step: Step) -> Iterable[str]:
    if step.action is Action.REMIND and step.trigger not in REMINDERS:
        yield "cannot_remind"
    if (step.action is Action.RECORD) != (step.trigger is Trigger.MANUAL and step.level < 2):
        yield "record_is_manual"
    if step.trigger in COUNTED and not (
        step.count and (step.window_days or step.trigger is Trigger.MONTHLY_BOTTOM)
    ):
        yield "count_missing"
    if step.trigger is Trigger.DUE_BEFORE and (step.unit != "hour" or step.n < 1):
        yield "hours_before"
    if step.trigger in NEEDS_LISTING and step.action is not Action.REMIND:
        yield "only_reminder"
    if (step.term_n is None) != (step.term_unit is None):
        yield "half_term"


def latest_start(now: datetime, n: int, unit: str, calendar: CalendarView) -> datetime:
    """The latest moment from which a wait of `n` `unit`s is over at `now` (both aware).

    Everything that began at or before it is due. For working days, a day's every hour counts alike, so
    the answer is the last microsecond of a day in Shanghai.
    """
    if n == 0:
        return now
    if unit == "hour":
        return now - timedelta(hours=n)
    if unit == "day":
        return now - n * ONE_DAY
    day = now.astimezone(CST).date()
    while waited_until(datetime.combine(day, time(0), CST), n, unit, calendar) > now:
        day -= ONE_DAY
    return datetime.combine(day + ONE_DAY, time(0), CST) - timedelta(microseconds=1)


def waited_until(start: datetime, n: int, unit: str, calendar: CalendarView) -> datetime:
    """When a wait of `n` `unit`s that began at `start` is over; working days end at close of business.

    Days are days of 24 hours here and do not roll: a reminder may well come on a Sunday.
    """
    if n == 0:
        return start
    if unit == "hour":
        return start + timedelta(hours=n)
    if unit == "day":
        return start + n * ONE_DAY
    return due(start, Term(n, Unit.WORKDAY), calendar).at


def reminder_window(steps: Sequence[Step], step: Step) -> int:
    """Hours before the deadline at which a `due_before` step gives way to the next nearer one (0: none).

    A worker that was away for a day sends the one reminder that fits the hour, not all it missed.
    """
    nearer = [
        other.n for other in steps if other.swept and other.trigger is Trigger.DUE_BEFORE and other.n < step.n
    ]
    return max(nearer, default=0)


def is_district(path: str | None) -> bool:
    """Whether somebody's area is a district or more."""
    return path is not None and path.count(".") + 1 <= DISTRICT_DEPTH


def second_order_term(n: int, unit: str) -> tuple[int, str]:
    """Half of the first term, rounded up: a second order grants at most 50 % more time."""
    return max(1, (n + 1) // 2), unit


def week_of(day: date) -> str:
    """The ISO week of a day, e.g. 2026-W47."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"
