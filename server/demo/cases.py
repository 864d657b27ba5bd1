"""The records of a case, and a file that only moves along the product's own transition table."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from server.demo.hazards import Sighting
from server.demo.spots import Spot
from server.findings.rules import CLOSED_STATES, FindingAction, FindingState, next_state
from server.notices.rules import ItemState, NoticeState


@dataclass(frozen=True, slots=True)
class Act:
    """A line of the case file. ``actor`` is a username, None the system; ``data`` has JSON values."""

    act: str
    at: datetime
    actor: str | None
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the firm replied to one item of a notice."""

    id: uuid.UUID
    text: str
    at: datetime
    by: str
    late: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """A re-check of one answer on the spot."""

    id: uuid.UUID
    answer: uuid.UUID
    passed: bool
    text: str
    spot: Spot
    at: datetime
    received_at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class LetterItem:
    """One finding in one notice."""

    id: uuid.UUID
    seq: int
    finding: uuid.UUID
    item: str
    legal_basis: str
    requirement: str
    term: int
    unit: str
    printed_due_at: datetime
    due_at: datetime
    natural_end: datetime | None
    """Where the printed term ended before a rest day moved it."""
    provisional: bool
    state: ItemState
    answers: tuple[Answer, ...]
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """A 限期整改通知书 (N2). ``organisation`` and ``firm`` are keys; ``receipt`` as signed."""

    id: uuid.UUID
    organisation: str
    year: int
    sequence: int
    number: str
    firm: str
    compound: str
    order_no: int
    previous: uuid.UUID | None
    state: NoticeState
    issued_at: datetime
    issued_by: str
    contact: str
    contact_phone: str
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    receipt: Mapping[str, str] | None
    items: tuple[LetterItem, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A finding as it stands now, with its whole file."""

    sighting: Sighting
    state: FindingState
    triage_due_at: datetime
    due_at: datetime | None
    due_provisional: bool
    overdue_at: datetime | None
    closed_at: datetime | None
    waiting_since: datetime
    """Since when it waits for whoever must act now."""
    master: uuid.UUID | None
    letter: uuid.UUID | None
    orders: int
    failed_reviews: int
    reviewer: str | None
    fixed_text: str | None
    fixed_at: datetime | None
    acts: tuple[Act, ...]

    @property
    def is_open(self) -> bool:
        return self.state not in CLOSED_STATES


@dataclass(slots=True)
class CaseFile:
    """A case while its life is told. ``do`` refuses what the transition table does not allow."""

    sighting: Sighting
    triage_due_at: datetime
    state: FindingState = FindingState.SUBMITTED
    due_at: datetime | None = None
    due_provisional: bool = False
    overdue_at: datetime | None = None
    closed_at: datetime | None = None
    waiting_since: datetime | None = None
    master: uuid.UUID | None = None
    letter: uuid.UUID | None = None
    orders: int = 0
    failed_reviews: int = 0
    reviewer: str | None = None
    fixed_text: str | None = None
    fixed_at: datetime | None = None
    acts: list[Act] = field(default_factory=list)
    absorbed: list[Act] = field(default_factory=list)

    def do(self, action: FindingAction, at: datetime, actor: str | None, **data: Any) -> None:
        """Take ``action``; raises ValueError where it is not legal now or goes back in time."""
        transition = next_state(self.state, action)
        last = self.acts[-1].at if self.acts else self.sighting.received_at
        if transition is None or at < last:
            raise ValueError(f"{action} in {self.state} at {at} after {last}")
        if transition.to is not self.state and action is not FindingAction.DISPATCH_REVIEW:
            self.waiting_since = at
        self.state = transition.to
        self.closed_at = at if transition.to in CLOSED_STATES else None
        self.note(f"finding.{action.value}", at, actor, **data)

    def note(self, act: str, at: datetime, actor: str | None, **data: Any) -> None:
        """Write a line that changes no state."""
        self.acts.append(Act(act, at, actor, data))

    def absorb(self, duplicate: uuid.UUID, at: datetime, actor: str) -> None:
        """Note that another case was merged into this one; may be told out of order."""
        self.absorbed.append(Act("finding.absorb", at, actor, {"duplicate_id": str(duplicate)}))

    def finished(self, numbers: Mapping[uuid.UUID, str]) -> Case:
        """The frozen case. Lines that name a notice get its number from ``numbers``."""
        ordered = sorted([*self.acts, *self.absorbed], key=lambda a: a.at)
        acts = tuple(Act(a.act, a.at, a.actor, _numbered(a.data, numbers)) for a in ordered)
        return Case(
            self.sighting,
            self.state,
            self.triage_due_at,
            self.due_at,
            self.due_provisional,
            self.overdue_at,
            self.closed_at,
            self.waiting_since or self.sighting.received_at,
            self.master,
            self.letter,
            self.orders,
            self.failed_reviews,
            self.reviewer,
            self.fixed_text,
            self.fixed_at,
            acts,
        )


def _numbered(data: Mapping[str, Any], numbers: Mapping[uuid.UUID, str]) -> dict[str, Any]:
    notice = data.get("notice_id")
    return dict(data) if notice is None else {**data, "number": numbers[notice]}
