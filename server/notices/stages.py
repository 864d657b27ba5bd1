"""The steps before the last of a line: 先停止、先上报、先采取措施, each with its own hour.

The catalogue says the steps of an item; the line keeps them with their dates, service may only move them
later, and the ladder reminds of each that passes unanswered.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from server.calendars import rules as calendar_rules
from server.calendars.rules import CalendarView, Term, Unit
from server.checklists.rules import Item
from server.core import context as house

Stages = list[dict[str, Any]]


def of_line(item: Item, start: datetime, due_at: datetime, view: CalendarView) -> Stages:
    """The steps of `item` that end before `due_at`, counted from `start`; times in ISO 8601."""
    terms = [(stage.stage.value, Term(stage.term.n, Unit(stage.term.unit.value))) for stage in item.deadline]
    close = house.settings().close_of_business
    return [
        {
            "stage": step.stage,
            "n": step.due.basis.term.n,
            "unit": step.due.basis.term.unit.value,
            "printed_due_at": step.due.at.isoformat(),
            "due_at": step.due.at.isoformat(),
            "provisional": step.due.provisional,
        }
        for step in calendar_rules.staged(start, terms[:-1], view, close)
        if step.due.at < due_at
    ]


def told(stages: Stages) -> Stages:
    """The steps of a line as documents tell them (schema `StageSchema`)."""
    return [
        stage | {name: datetime.fromisoformat(stage[name]) for name in ("printed_due_at", "due_at")}
        for stage in stages
    ]


def served(stages: Sequence[dict[str, Any]], start: datetime, view: CalendarView) -> Stages:
    """The same steps counted from service: never earlier than printed."""
    close = house.settings().close_of_business
    terms = [(stage["stage"], Term(stage["n"], Unit(stage["unit"]))) for stage in stages]
    counted = calendar_rules.staged(start, terms, view, close)
    return [
        stage
        | {
            "due_at": max(step.due.at, datetime.fromisoformat(stage["printed_due_at"])).isoformat(),
            "provisional": step.due.provisional,
        }
        for stage, step in zip(stages, counted, strict=True)
    ]
