"""Pure rules of the finding (问题): its states, who moves it, what a position is worth.

The transition table is the single source: the service obeys it, `contract/rules.json` and the diagram
in the docs are generated from it, and the app offers exactly the legal actions from that file.
Two things are deliberately not states: being late (`overdue_at` is a fact that stays when the firm
answers late) and being incomplete (photos still on their way).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from server.core.fixes import Doubt


class FindingState(StrEnum):
    SUBMITTED = "submitted"
    RETURNED = "returned"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"
    ON_SPOT_FIXED = "on_spot_fixed"
    CONFIRMED = "confirmed"
    TRANSFERRED = "transferred"
    NOTICED = "noticed"
    RECTIFYING = "rectifying"
    OVERDUE = "overdue"
    REPLIED = "replied"
    REVIEWING = "reviewing"
    CLOSED = "closed"
    REOPENED = "reopened"


class FindingAction(StrEnum):
    RESUBMIT = "resubmit"
    FIX_ON_SPOT = "fix_on_spot"
    CONFIRM = "confirm"
    REJECT = "reject"
    RETURN = "return"
    MARK_DUPLICATE = "mark_duplicate"
    TRANSFER = "transfer"
    ACCEPT_TRANSFER = "accept_transfer"
    DECLINE_TRANSFER = "decline_transfer"
    DECLINE_UNDER_NOTICE = "decline_under_notice"
    """The department does not take a case whose firm is already late: the notice goes on."""
    REPORT_TRANSFER = "report_transfer"
    CONCLUDE_TRANSFER = "conclude_transfer"
    ISSUE_NOTICE = "issue_notice"
    ISSUE_SECOND_ORDER = "issue_second_order"
    SERVE = "serve"
    ACKNOWLEDGE = "acknowledge"
    ANSWER = "answer"
    WITHDRAW_ANSWER = "withdraw_answer"
    EXTEND = "extend"
    WITHDRAW_ITEM = "withdraw_item"
    RELEASE_ITEM = "release_item"
    EXPIRE = "expire"
    DISPATCH_REVIEW = "dispatch_review"
    ASK_MORE = "ask_more"
    PASS_REVIEW = "pass_review"
    FAIL_REVIEW = "fail_review"
    REOPEN = "reopen"
    ISSUE_SPOT_NOTICE = "issue_spot_notice"
    VOID_NOTICE = "void_notice"
    VOID_SECOND_ORDER = "void_second_order"


class Severity(StrEnum):
    CRITICAL = "critical"
    MAJOR = "major"
    GENERAL = "general"


class Progress(StrEnum):
    """What the fill of the glyph says: 待整改, 已回复, 已销号. Lateness is drawn on top."""

    OPEN = "open"
    REPLIED = "replied"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Transition:
    """Where an action leads and which permission it needs (a `Permission` value, or `system`)."""

    to: FindingState
    permission: str


S, A = FindingState, FindingAction
_OPEN, _TRIAGE, _REVIEW = "finding:open", "finding:triage", "finding:review"
_ISSUE, _ACKNOWLEDGE, _ANSWER = "notice:issue", "notice:acknowledge", "notice:answer"
_SERVE, _EXTEND, _TAKE = "notice:serve", "extension:decide", "transfer:answer"
_SPOT, _END = "notice:issue_spot", "document:end"

_UNDER_NOTICE = (S.NOTICED, S.RECTIFYING, S.OVERDUE, S.REPLIED, S.REVIEWING)
"""A finding comes back from any of these when its notice is voided."""

TRANSITIONS: dict[tuple[FindingState, FindingAction], Transition] = {
    (S.SUBMITTED, A.FIX_ON_SPOT): Transition(S.ON_SPOT_FIXED, _OPEN),
    (S.SUBMITTED, A.CONFIRM): Transition(S.CONFIRMED, _TRIAGE),
    (S.SUBMITTED, A.REJECT): Transition(S.REJECTED, _TRIAGE),
    (S.SUBMITTED, A.RETURN): Transition(S.RETURNED, _TRIAGE),
    (S.SUBMITTED, A.MARK_DUPLICATE): Transition(S.DUPLICATE, _TRIAGE),
    (S.SUBMITTED, A.TRANSFER): Transition(S.TRANSFERRED, _TRIAGE),
    (S.RETURNED, A.RESUBMIT): Transition(S.SUBMITTED, _OPEN),
    (S.RETURNED, A.REJECT): Transition(S.REJECTED, _TRIAGE),
    (S.CONFIRMED, A.REJECT): Transition(S.REJECTED, _TRIAGE),
    (S.CONFIRMED, A.MARK_DUPLICATE): Transition(S.DUPLICATE, _TRIAGE),
    (S.CONFIRMED, A.TRANSFER): Transition(S.TRANSFERRED, _TRIAGE),
    (S.CONFIRMED, A.ISSUE_NOTICE): Transition(S.NOTICED, _ISSUE),
    (S.TRANSFERRED, A.ACCEPT_TRANSFER): Transition(S.TRANSFERRED, _TAKE),
    (S.TRANSFERRED, A.DECLINE_TRANSFER): Transition(S.CONFIRMED, _TAKE),
    (S.TRANSFERRED, A.DECLINE_UNDER_NOTICE): Transition(S.OVERDUE, _TAKE),
    (S.TRANSFERRED, A.REPORT_TRANSFER): Transition(S.TRANSFERRED, _TAKE),
    (S.TRANSFERRED, A.CONCLUDE_TRANSFER): Transition(S.CLOSED, _TRIAGE),
    (S.NOTICED, A.SERVE): Transition(S.RECTIFYING, _SERVE),
    (S.NOTICED, A.ACKNOWLEDGE): Transition(S.RECTIFYING, _ACKNOWLEDGE),
    (S.NOTICED, A.WITHDRAW_ITEM): Transition(S.REJECTED, _ISSUE),
    (S.NOTICED, A.RELEASE_ITEM): Transition(S.CONFIRMED, _ISSUE),
    (S.RECTIFYING, A.SERVE): Transition(S.RECTIFYING, _SERVE),
    (S.RECTIFYING, A.ACKNOWLEDGE): Transition(S.RECTIFYING, _ACKNOWLEDGE),
    (S.RECTIFYING, A.EXTEND): Transition(S.RECTIFYING, _EXTEND),
    (S.RECTIFYING, A.WITHDRAW_ITEM): Transition(S.REJECTED, _ISSUE),
    (S.RECTIFYING, A.RELEASE_ITEM): Transition(S.CONFIRMED, _ISSUE),
    (S.RECTIFYING, A.ANSWER): Transition(S.REPLIED, _ANSWER),
    (S.RECTIFYING, A.EXPIRE): Transition(S.OVERDUE, "system"),
    (S.RECTIFYING, A.ISSUE_SECOND_ORDER): Transition(S.NOTICED, _ISSUE),
    (S.OVERDUE, A.ACKNOWLEDGE): Transition(S.OVERDUE, _ACKNOWLEDGE),
    (S.OVERDUE, A.EXTEND): Transition(S.RECTIFYING, _EXTEND),
    (S.OVERDUE, A.WITHDRAW_ITEM): Transition(S.REJECTED, _ISSUE),
    (S.OVERDUE, A.RELEASE_ITEM): Transition(S.CONFIRMED, _ISSUE),
    (S.OVERDUE, A.ANSWER): Transition(S.REPLIED, _ANSWER),
    (S.OVERDUE, A.TRANSFER): Transition(S.TRANSFERRED, _TRIAGE),
    (S.OVERDUE, A.ISSUE_SECOND_ORDER): Transition(S.NOTICED, _ISSUE),
    (S.REPLIED, A.SERVE): Transition(S.REPLIED, _SERVE),
    (S.REPLIED, A.WITHDRAW_ANSWER): Transition(S.RECTIFYING, _ANSWER),
    (S.REPLIED, A.WITHDRAW_ITEM): Transition(S.REJECTED, _ISSUE),
    (S.REPLIED, A.RELEASE_ITEM): Transition(S.CONFIRMED, _ISSUE),
    (S.REPLIED, A.ASK_MORE): Transition(S.RECTIFYING, _REVIEW),
    (S.REPLIED, A.DISPATCH_REVIEW): Transition(S.REVIEWING, _TRIAGE),
    (S.REPLIED, A.PASS_REVIEW): Transition(S.CLOSED, _REVIEW),
    (S.REPLIED, A.FAIL_REVIEW): Transition(S.RECTIFYING, _REVIEW),
    (S.REVIEWING, A.SERVE): Transition(S.REVIEWING, _SERVE),
    (S.REVIEWING, A.WITHDRAW_ITEM): Transition(S.REJECTED, _ISSUE),
    (S.REVIEWING, A.RELEASE_ITEM): Transition(S.CONFIRMED, _ISSUE),
    (S.REVIEWING, A.ASK_MORE): Transition(S.RECTIFYING, _REVIEW),
    (S.REVIEWING, A.DISPATCH_REVIEW): Transition(S.REVIEWING, _TRIAGE),
    (S.REVIEWING, A.PASS_REVIEW): Transition(S.CLOSED, _REVIEW),
    (S.REVIEWING, A.FAIL_REVIEW): Transition(S.RECTIFYING, _REVIEW),
    (S.CLOSED, A.REOPEN): Transition(S.REOPENED, _TRIAGE),
    (S.ON_SPOT_FIXED, A.REOPEN): Transition(S.REOPENED, _TRIAGE),
    (S.REOPENED, A.ISSUE_NOTICE): Transition(S.NOTICED, _ISSUE),
    (S.REOPENED, A.TRANSFER): Transition(S.TRANSFERRED, _TRIAGE),
    (S.SUBMITTED, A.ISSUE_SPOT_NOTICE): Transition(S.NOTICED, _SPOT),
    (S.CONFIRMED, A.ISSUE_SPOT_NOTICE): Transition(S.NOTICED, _SPOT),
    (S.TRANSFERRED, A.VOID_NOTICE): Transition(S.TRANSFERRED, _END),
    (S.TRANSFERRED, A.VOID_SECOND_ORDER): Transition(S.TRANSFERRED, _END),
    **{(state, A.VOID_NOTICE): Transition(S.CONFIRMED, _END) for state in _UNDER_NOTICE},
    **{(state, A.VOID_SECOND_ORDER): Transition(S.RECTIFYING, _END) for state in _UNDER_NOTICE},
}

CLOSED_STATES = frozenset({S.REJECTED, S.DUPLICATE, S.ON_SPOT_FIXED, S.CLOSED})
"""States in which nobody waits for anybody; all others are open (未销号)."""

FIRM_SEES = frozenset(
    {S.NOTICED, S.RECTIFYING, S.OVERDUE, S.REPLIED, S.REVIEWING, S.TRANSFERRED, S.CLOSED, S.REOPENED}
)
"""A firm learns of a finding when a notice names it, not while officials still weigh it. Of these states it
sees those of findings under a notice of its own (`firm_sees`): a transfer may come before any."""


def firm_sees(state: FindingState, noticed: bool) -> bool:
    """Whether a finding's own firm sees it; `noticed` is whether a notice names it."""
    return noticed and state in FIRM_SEES


ANNOUNCED = frozenset(
    {
        A.RETURN,
        A.TRANSFER,
        A.ACCEPT_TRANSFER,
        A.DECLINE_TRANSFER,
        A.DECLINE_UNDER_NOTICE,
        A.REPORT_TRANSFER,
        A.CONCLUDE_TRANSFER,
        A.ISSUE_NOTICE,
        A.ISSUE_SECOND_ORDER,
        A.ACKNOWLEDGE,
        A.ANSWER,
        A.DISPATCH_REVIEW,
        A.PASS_REVIEW,
        A.FAIL_REVIEW,
    }
)
"""Acts that somebody else is told of at once; what waits for its turn is told by the sweep."""

MAX_ORDERS = 2
"""First notice and one second order; what fails after that climbs the ladder."""


def next_state(state: FindingState, action: FindingAction) -> Transition | None:
    """The transition for `action` in `state`, or None where it is not legal."""
    return TRANSITIONS.get((state, action))


def legal_actions(state: FindingState) -> list[FindingAction]:
    """All actions that some role may take in `state`, in the order of the table."""
    return [action for (source, action) in TRANSITIONS if source is state]


def progress_of(state: FindingState) -> Progress:
    """How full the glyph is drawn."""
    if state in CLOSED_STATES:
        return Progress.CLOSED
    if state in (FindingState.REPLIED, FindingState.REVIEWING):
        return Progress.REPLIED
    return Progress.OPEN


def second_order_open(failed_reviews: int, orders: int) -> bool:
    """Whether a second order may be issued: something failed, and the maximum is not reached."""
    return failed_reviews > 0 and 0 < orders < MAX_ORDERS


DWELL = timedelta(minutes=10)
"""The two shots of a vehicle that stands (kind T) are this far apart, or it may only have stopped."""


def kinds_shown(shots: Iterable[tuple[str, datetime, str | None]]) -> set[str]:
    """Kinds of photos that are whole among `shots`: kind, when taken, type of the original if one follows.

    Of T one shot is half, and so are two from the same minute. A still is no video (V).
    """
    taken: dict[str, list[datetime]] = {}
    for kind, at, original_mime in shots:
        if kind != "V" or (original_mime or "").startswith("video/"):
            taken.setdefault(kind, []).append(at)
    return {kind for kind, times in taken.items() if kind != "T" or max(times) - min(times) >= DWELL}


NEEDS_PIN_ACCURACY_M = 1000.0
POOR_ACCURACY_M = 50.0
CLOCK_SKEW = timedelta(minutes=5)


class Flag(StrEnum):
    """Remarks for the reviewer. A flag never stops a finding."""

    OUTSIDE_COMPOUND = "outside_compound"
    NEEDS_PIN = "needs_pin"
    POOR_ACCURACY = "poor_accuracy"
    CLOCK_SKEW = "clock_skew"
    NO_POSITION = "no_position"
    MANUAL_PIN = "manual_pin"
    MISSING_PHOTO_KIND = "missing_photo_kind"
    SUSPECTED_MOCK = Doubt.SUSPECTED_MOCK.value
    IMPOSSIBLE_SPEED = Doubt.IMPOSSIBLE_SPEED.value
    GCJ_OFFSET = Doubt.GCJ_OFFSET.value
    RELAPSE = "relapse"


def position_flags(
    *, lon: float, lat: float, accuracy_m: float | None, outside_m: float, manual: bool
) -> list[Flag]:
    """What to remark about a position. `outside_m` is the distance to the compound's outline (0 inside).

    A fix may be off by its own accuracy, so only what lies farther outside than that is flagged. (0, 0)
    and a radius of a kilometre are no fix at all: accepted, and the inspector is asked for a pin.
    """
    if manual:
        return [Flag.MANUAL_PIN] + ([Flag.OUTSIDE_COMPOUND] if outside_m > 0 else [])
    if (abs(lon) < 1e-6 and abs(lat) < 1e-6) or (accuracy_m or 0.0) >= NEEDS_PIN_ACCURACY_M:
        return [Flag.NEEDS_PIN]
    flags = []
    if (accuracy_m or 0.0) > POOR_ACCURACY_M:
        flags.append(Flag.POOR_ACCURACY)
    if outside_m > max(accuracy_m or 0.0, 10.0):
        flags.append(Flag.OUTSIDE_COMPOUND)
    return flags


def triage_hours(severity: Severity) -> tuple[int, str]:
    """The time for triage: one clock hour for 紧急, four duty hours otherwise (domain default)."""
    return (1, "hour") if severity is Severity.CRITICAL else (4, "duty_hour")
