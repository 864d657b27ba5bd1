"""Pure rules of the notice (限期整改通知书, N2), its items and the firm's answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class NoticeState(StrEnum):
    ISSUED = "issued"
    ACKNOWLEDGED = "acknowledged"
    REPLIED = "replied"
    COMPLIED = "complied"
    PARTLY = "partly"
    NOT_COMPLIED = "not_complied"
    VOIDED = "voided"


class NoticeAction(StrEnum):
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


@dataclass(frozen=True, slots=True)
class NoticeTransition:
    """`to` None: the target follows from the items (`state_of`)."""

    to: NoticeState | None
    permission: str


N, A = NoticeState, NoticeAction
TRANSITIONS: dict[tuple[NoticeState, NoticeAction], NoticeTransition] = {
    (N.ISSUED, A.ACKNOWLEDGE): NoticeTransition(N.ACKNOWLEDGED, "notice:acknowledge"),
    (N.ACKNOWLEDGED, A.ANSWER_ITEM): NoticeTransition(None, "notice:answer"),
    (N.REPLIED, A.ANSWER_ITEM): NoticeTransition(None, "notice:answer"),
    (N.ACKNOWLEDGED, A.SETTLE): NoticeTransition(None, "system"),
    (N.REPLIED, A.SETTLE): NoticeTransition(None, "system"),
    (N.ISSUED, A.VOID): NoticeTransition(N.VOIDED, "document:end"),
    (N.ACKNOWLEDGED, A.VOID): NoticeTransition(N.VOIDED, "document:end"),
    (N.REPLIED, A.VOID): NoticeTransition(N.VOIDED, "document:end"),
    (N.ISSUED, A.CORRECT): NoticeTransition(N.ISSUED, "document:end"),
    (N.ACKNOWLEDGED, A.CORRECT): NoticeTransition(N.ACKNOWLEDGED, "document:end"),
    (N.REPLIED, A.CORRECT): NoticeTransition(N.REPLIED, "document:end"),
}

ITEM_TRANSITIONS: dict[tuple[ItemState, str], ItemState] = {
    (ItemState.PENDING, "answer"): ItemState.ANSWERED,
    (ItemState.ANSWERED, "pass_review"): ItemState.PASSED,
    (ItemState.ANSWERED, "fail_review"): ItemState.FAILED,
    (ItemState.FAILED, "answer"): ItemState.ANSWERED,
}
"""After a failed review the firm may answer again at once; the old deadline goes on."""

SETTLED = frozenset({NoticeState.COMPLIED, NoticeState.PARTLY, NoticeState.NOT_COMPLIED, NoticeState.VOIDED})


def state_of(items: Sequence[ItemState], *, superseded: bool = False) -> NoticeState:
    """The state of an acknowledged notice from its items.

    A notice is settled when every item passed, or when a second order (`superseded`) has taken over
    those that failed; until then it is replied once no item waits for the firm.
    """
    passed = sum(item is ItemState.PASSED for item in items)
    if passed == len(items):
        return NoticeState.COMPLIED
    waiting = any(item in (ItemState.PENDING, ItemState.ANSWERED) for item in items)
    if superseded and not waiting:
        return NoticeState.PARTLY if passed else NoticeState.NOT_COMPLIED
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
