"""Planning walks, and closing what nobody walked."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.core.clock import SHANGHAI
from server.core.db import new_id
from server.rounds import errors
from server.rounds.models import Round, Visit
from server.rounds.rules import RoundLevel, RoundState, VisitAction, VisitState, next_visit_state, period_of


def plan_round(
    session: Session,
    *,
    inspector_id: uuid.UUID,
    organisation_id: uuid.UUID,
    level: RoundLevel,
    day: date,
    title: str,
    path: str,
    stops: Sequence[tuple[uuid.UUID, str]],
    checklist_version_id: uuid.UUID,
) -> Round:
    """Plan one inspector's walk for the period that contains `day`.

    `stops` are `(compound id, area path)` in walking order. Raises `NothingToWalk`.
    """
    if not stops:
        raise errors.NothingToWalk()
    key, first, last = period_of(level, day)
    planned = Round(
        id=new_id(),
        level=level,
        period_key=key,
        title=title,
        inspector_id=inspector_id,
        organisation_id=organisation_id,
        path=path,
        checklist_version_id=checklist_version_id,
        starts_on=first,
        ends_on=last,
        state=RoundState.PLANNED,
    )
    session.add(planned)
    session.flush()
    session.add_all(_planned_visits(planned, stops))
    session.flush()
    return planned


def _planned_visits(planned: Round, stops: Sequence[tuple[uuid.UUID, str]]) -> list[Visit]:
    return [
        Visit(
            id=new_id(),
            round_id=planned.id,
            compound_id=compound_id,
            path=path,
            inspector_id=planned.inspector_id,
            checklist_version_id=planned.checklist_version_id,
            seq=seq,
            state=VisitState.PLANNED,
            flags=[],
        )
        for seq, (compound_id, path) in enumerate(stops, start=1)
    ]


def lapse(session: Session, now: datetime) -> int:
    """Mark planned visits of ended periods missed and close their rounds; returns how many visits.

    A phone that was off the net may still deliver what it did in time: `check_in` revives both.
    """
    today = now.astimezone(SHANGHAI).date()
    ended = sa.select(Round.id).where(Round.ends_on < today)
    missed = session.execute(
        sa.update(Visit)
        .where(Visit.state == VisitState.PLANNED, Visit.round_id.in_(ended))
        .values(state=next_visit_state(VisitState.PLANNED, VisitAction.LAPSE))
    )
    for state, closed in ((RoundState.PLANNED, RoundState.MISSED), (RoundState.STARTED, RoundState.FINISHED)):
        over = (Round.state == state) & (Round.ends_on < today)
        session.execute(sa.update(Round).where(over).values(state=closed))
    session.expire_all()
    return int(missed.rowcount)  # type: ignore[attr-defined]
