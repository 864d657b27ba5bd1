"""The ladder itself: the version in force, editing it, its history.

A version is a whole ladder and is never changed; editing stores the next one. So every proposal can
say under which rules it was made.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.core.identity import SYSTEM, Identity
from server.core.permissions import Permission, require
from server.core.problems import NotFound
from server.escalation import errors, queries, rules
from server.escalation.models import LadderStep, LadderVersion
from server.escalation.rules import Action, Actor, Step, Trigger

DATA = Path(__file__).parent / "data" / "ladder.json"
FIELDS = tuple(Step.__dataclass_fields__)
HISTORY_SHOWN = 100


@cache
def defaults() -> tuple[Step, ...]:
    """The ladder that a new deployment starts with (data/ladder.json)."""
    return tuple(step_of(row) for row in json.loads(DATA.read_text(encoding="utf-8")))


def step_of(row: dict[str, Any]) -> Step:
    """A step from plain values; what is left out has its default."""
    values = {name: row[name] for name in FIELDS if row.get(name) is not None}
    values |= {
        "trigger": Trigger(row["trigger"]),
        "action": Action(row["action"]),
        "actor": Actor(row["actor"]),
    }
    for name in ("severities", "document_types"):
        values[name] = tuple(row.get(name) or ())
    return Step(**values)


def seed(session: Session, now: datetime) -> bool:
    """Store the default ladder as version 1; False where there is one."""
    queries.lock_ladder(session)
    if queries.latest_version(session) is not None:
        return False
    _store(session, 1, defaults(), SYSTEM, "默认升级规则", now)
    return True


def in_force(session: Session, now: datetime) -> tuple[int, list[Step]]:
    """Number and steps of the ladder in force."""
    latest = queries.latest_version(session)
    if latest is None:
        seed(session, now)
        latest = 1
    return latest, steps(session, latest)


def steps(session: Session, version: int) -> list[Step]:
    """The steps of one version in order."""
    return [step_of({name: getattr(row, name) for name in FIELDS}) for row in queries.steps(session, version)]


def show(session: Session, identity: Identity, version: int | None, now: datetime) -> dict[str, Any]:
    """One version of the ladder, the one in force unless said, with the list of all versions."""
    require(identity, Permission.LADDER_READ)
    latest, current = in_force(session, now)
    shown = current if version in (None, latest) else steps(session, version or 0)
    if not shown:
        raise NotFound()
    history = [_version(row) for row in queries.versions(session, HISTORY_SHOWN)]
    return {
        "no": version or latest,
        "latest": latest,
        "steps": [plain(step) for step in shown],
        "history": history,
    }


def plain(step: Step) -> dict[str, Any]:
    """A step as a document."""
    return {name: getattr(step, name) for name in FIELDS} | {
        "trigger": step.trigger.value,
        "action": step.action.value,
        "actor": step.actor.value,
        "severities": list(step.severities),
        "document_types": list(step.document_types),
    }


def _version(row: LadderVersion) -> dict[str, Any]:
    return {"no": row.no, "created_at": row.created_at, "author": row.author, "note": row.note}


def edit(session: Session, identity: Identity, body: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Store a new version, on top of the one that the editor saw.

    Raises `LadderFaulty` with every fault, `LadderChanged` where somebody was faster.
    """
    require(identity, Permission.LADDER_EDIT)
    wanted = checked(body["steps"])
    queries.lock_ladder(session)
    latest, _ = in_force(session, now)
    if body["based_on"] != latest:
        raise errors.LadderChanged(no=latest)
    _store(session, latest + 1, wanted, identity, body["note"], now)
    return show(session, identity, None, now)


def checked(rows: Sequence[dict[str, Any]]) -> list[Step]:
    """The steps of an edited ladder; raises `LadderFaulty`."""
    wanted = [step_of(row) for row in rows]
    found = rules.faults(wanted)
    if found:
        raise errors.LadderFaulty(faults=[{"row": row, "fault": fault} for row, fault in found])
    return wanted


def _store(
    session: Session, no: int, wanted: Sequence[Step], identity: Identity, note: str, now: datetime
) -> None:
    version = {"no": no, "created_at": now, "created_by": identity.user_id, "note": note}
    session.execute(sa.insert(LadderVersion).values(version | {"author": identity.display_name}))
    rows = [plain(step) | {"version": no, "seq": seq} for seq, step in enumerate(wanted, start=1)]
    session.execute(sa.insert(LadderStep), rows)
