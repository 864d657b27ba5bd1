"""Pure rules of the notice, its items and the firm's answers: what may follow on what.

Service (送达) and notification are two things. `served_at` is the date from which the law reckons;
`acknowledged_at` says that somebody of the firm has seen the notice. A notice may have either alone.
What firm and office ask of each other (extensions, objections, duty reports) has its tables further down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class NoticeState(StrEnum):
    ISSUED = "issued"
    SERVED = "served"
    """Served in law, though nobody of the firm has signed for it (留置, post, announcement)."""
    ACKNOWLEDGED = "acknowledged"
    REPLIED = "replied"
    COMPLIED = "complied"
    PARTLY = "partly"
    NOT_COMPLIED = "not_complied"
    VOIDED = "voided"


class NoticeAction(StrEnum):
    SERVE = "serve"
    SIGN = "sign"
    """The recipient's signature under the 送达回证 is an acknowledgement as well."""
    ACKNOWLEDGE = "acknowledge"
    ANSWER_ITEM = "answer_item"
    SETTLE = "settle"
    VOID = "void"
    CORRECT = "correct"


class ItemState(StrEnum):
    """One line of a notice."""

    PENDING = "pending"
    ANSWERED = "answered"
    PASSED = "passed"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    """The issuer took it back on the firm's objection, or a department settled the case."""


@dataclass(frozen=True, slots=True)
class NoticeTransition:
    """`to` None: the target follows from the items (`state_of`)."""

    to: NoticeState | None
    permission: str


N, A = NoticeState, NoticeAction
TRANSITIONS: dict[tuple[NoticeState, NoticeAction], NoticeTransition] = {
    (N.ISSUED, A.SERVE): NoticeTransition(N.SERVED, "notice:serve"),
    (N.SERVED, A.SERVE): NoticeTransition(N.SERVED, "notice:serve"),
    (N.ACKNOWLEDGED, A.SERVE): NoticeTransition(N.ACKNOWLEDGED, "notice:serve"),
    (N.REPLIED, A.SERVE): NoticeTransition(N.REPLIED, "notice:serve"),
    (N.SERVED, A.SIGN): NoticeTransition(N.ACKNOWLEDGED, "system"),
    (N.ISSUED, A.ACKNOWLEDGE): NoticeTransition(N.ACKNOWLEDGED, "notice:acknowledge"),
    (N.SERVED, A.ACKNOWLEDGE): NoticeTransition(N.ACKNOWLEDGED, "notice:acknowledge"),
    (N.SERVED, A.ANSWER_ITEM): NoticeTransition(None, "notice:answer"),
    (N.ACKNOWLEDGED, A.ANSWER_ITEM): NoticeTransition(None, "notice:answer"),
    (N.REPLIED, A.ANSWER_ITEM): NoticeTransition(None, "notice:answer"),
    (N.ISSUED, A.SETTLE): NoticeTransition(None, "system"),
    (N.SERVED, A.SETTLE): NoticeTransition(None, "system"),
    (N.ACKNOWLEDGED, A.SETTLE): NoticeTransition(None, "system"),
    (N.REPLIED, A.SETTLE): NoticeTransition(None, "system"),
    (N.ISSUED, A.VOID): NoticeTransition(N.VOIDED, "document:end"),
    (N.SERVED, A.VOID): NoticeTransition(N.VOIDED, "document:end"),
    (N.ACKNOWLEDGED, A.VOID): NoticeTransition(N.VOIDED, "document:end"),
    (N.REPLIED, A.VOID): NoticeTransition(N.VOIDED, "document:end"),
    (N.ISSUED, A.CORRECT): NoticeTransition(N.ISSUED, "document:end"),
    (N.SERVED, A.CORRECT): NoticeTransition(N.SERVED, "document:end"),
    (N.ACKNOWLEDGED, A.CORRECT): NoticeTransition(N.ACKNOWLEDGED, "document:end"),
    (N.REPLIED, A.CORRECT): NoticeTransition(N.REPLIED, "document:end"),
}


def judged(states: Sequence[ItemState]) -> bool:
    """Whether a re-check has judged a line: such a notice is not voided any more."""
    return any(state in (ItemState.PASSED, ItemState.FAILED) for state in states)


ITEM_TRANSITIONS: dict[tuple[ItemState, str], ItemState] = {
    (ItemState.PENDING, "answer"): ItemState.ANSWERED,
    (ItemState.ANSWERED, "pass_review"): ItemState.PASSED,
    (ItemState.ANSWERED, "fail_review"): ItemState.FAILED,
    (ItemState.FAILED, "answer"): ItemState.ANSWERED,
    (ItemState.ANSWERED, "ask_more"): ItemState.PENDING,
    (ItemState.ANSWERED, "withdraw_answer"): ItemState.PENDING,
    (ItemState.PENDING, "withdraw_item"): ItemState.WITHDRAWN,
    (ItemState.ANSWERED, "withdraw_item"): ItemState.WITHDRAWN,
    (ItemState.FAILED, "withdraw_item"): ItemState.WITHDRAWN,
    (ItemState.PENDING, "hand_over"): ItemState.WITHDRAWN,
    (ItemState.FAILED, "hand_over"): ItemState.WITHDRAWN,
}
"""After a failed review the firm may answer again at once; the old deadline goes on."""

SETTLED = frozenset({NoticeState.COMPLIED, NoticeState.PARTLY, NoticeState.NOT_COMPLIED, NoticeState.VOIDED})


def state_of(
    items: Sequence[ItemState], *, superseded: bool = False, before: NoticeState = NoticeState.ACKNOWLEDGED
) -> NoticeState:
    """The state of a notice from its items; `before` is where it stands.

    A notice is settled when every item passed or was withdrawn, or when a second order (`superseded`)
    has taken over those that failed; until then it is replied once no item waits for the firm. A
    notice whose items all still wait stays where it is: nothing came from the firm.
    """
    passed = sum(item is ItemState.PASSED for item in items)
    if all(item in (ItemState.PASSED, ItemState.WITHDRAWN) for item in items):
        return NoticeState.COMPLIED
    waiting = any(item in (ItemState.PENDING, ItemState.ANSWERED) for item in items)
    if superseded and not waiting:
        return NoticeState.PARTLY if passed else NoticeState.NOT_COMPLIED
    untouched = all(item in (ItemState.PENDING, ItemState.WITHDRAWN) for item in items)
    if untouched and before in (NoticeState.ISSUED, NoticeState.SERVED):
        return before
    if any(item in (ItemState.PENDING, ItemState.FAILED) for item in items):
        return NoticeState.ACKNOWLEDGED
    return NoticeState.REPLIED


AT_ONCE_HOURS = 24
"""An item that must be put right 立即 still needs an hour by which the answer is in: a day by default."""


def notice_term(n: int, unit: str) -> tuple[int, str]:
    """The term that a notice prints for a catalogue term; `now` becomes a day of clock hours."""
    return (AT_ONCE_HOURS, "hour") if unit == "now" else (n, unit)


def later_of(printed: datetime, from_service: datetime) -> datetime:
    """The date in force: the printed one is final, service may only move it later (民法典 201, 203)."""
    return max(printed, from_service)


LEAST_FIXED = timedelta(hours=1)
"""A date set by hand is no sooner than this, neither at issue nor once the notice is served."""


def fixed_due(printed: datetime, issued_at: datetime, served_at: datetime) -> datetime:
    """The date in force of an item whose hour the issuer set by hand, once it is served.

    It stands as printed where service came in time for it; service so late that less than an hour is
    left gives the firm the same span from service that the paper gave it from issue.
    """
    if printed - served_at >= LEAST_FIXED:
        return printed
    return served_at + max(printed - issued_at, LEAST_FIXED)
