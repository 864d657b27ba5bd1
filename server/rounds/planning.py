"""Planning walks."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from server.core.db import new_id
from server.rounds import errors
from server.rounds.models import Round, Visit
from server.rounds.rules import RoundLevel, RoundState, VisitState, period_of


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
