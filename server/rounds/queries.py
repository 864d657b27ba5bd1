"""Every SELECT of the feature. Visibility is an argument without default."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.core.fixes import Fix, read_fix
from server.core.visibility import Scope
from server.places.models import Compound
from server.rounds.models import Round, Visit, VisitAnswer
from server.rounds.rules import RoundState, VisitState

OPEN_ROUNDS = (RoundState.PLANNED, RoundState.STARTED)

# Open findings are counted by a trigger for the map, a feature above this one; only its table is read.
COUNTERS = sa.table(
    "compound_counter",
    *(sa.column(name) for name in ("compound_id", "n_open", "n_critical", "n_overdue")),
)


@dataclass(frozen=True, slots=True)
class Sight:
    """Whose rounds somebody sees: only their own (inspectors), or those of an area."""

    scope: Scope
    inspector_id: uuid.UUID | None = None

    def rounds(self) -> sa.ColumnElement[bool]:
        """WHERE over `round`."""
        return self._clause(Round.path, Round.inspector_id)

    def visits(self) -> sa.ColumnElement[bool]:
        """WHERE over `visit`."""
        return self._clause(Visit.path, Visit.inspector_id)

    def _clause(self, path: Any, inspector: Any) -> sa.ColumnElement[bool]:
        clause = self.scope.clause(path)
        return clause if self.inspector_id is None else sa.and_(inspector == self.inspector_id, clause)


def visit_locked(session: Session, visit_id: uuid.UUID) -> Visit | None:
    """A visit, locked until the transaction ends."""
    query = sa.select(Visit).where(Visit.id == visit_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def round_locked(session: Session, round_id: uuid.UUID) -> Round | None:
    """A round, locked until the transaction ends."""
    query = sa.select(Round).where(Round.id == round_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def last_seq(session: Session, round_id: uuid.UUID) -> int:
    """The highest place in the walking order of a round."""
    return session.scalar(sa.select(sa.func.max(Visit.seq)).where(Visit.round_id == round_id)) or 0


def waiting_visits(session: Session, round_id: uuid.UUID) -> int:
    """How many visits of a round have not ended yet."""
    waiting = Visit.state.in_([VisitState.PLANNED, VisitState.ARRIVED])
    query = sa.select(sa.func.count()).select_from(Visit).where(Visit.round_id == round_id, waiting)
    return session.scalar(query) or 0


def rounds_by_id(session: Session, ids: Iterable[uuid.UUID]) -> Sequence[Round]:
    """Rounds, in no order."""
    return session.scalars(sa.select(Round).where(Round.id.in_(list(ids)))).all()


def visits_by_id(session: Session, ids: Iterable[uuid.UUID]) -> Sequence[Visit]:
    """Visits, in no order."""
    return session.scalars(sa.select(Visit).where(Visit.id.in_(list(ids)))).all()


def trail(session: Session, inspector_id: uuid.UUID, at: datetime, own_id: uuid.UUID) -> list[Fix]:
    """Measured positions of a person's arrivals just before and just after `at`, `own_id` left out."""
    theirs = sa.select(Visit.fix, Visit.arrived_at).where(
        Visit.inspector_id == inspector_id,
        Visit.id != own_id,
        Visit.fix["source"].astext == "gnss",
    )
    before = theirs.where(Visit.arrived_at <= at).order_by(Visit.arrived_at.desc()).limit(1)
    after = theirs.where(Visit.arrived_at > at).order_by(Visit.arrived_at).limit(1)
    rows = session.execute(sa.union_all(sa.select(before.subquery()), sa.select(after.subquery())))
    return [fix for raw, taken in rows if (fix := read_fix(raw, taken)) is not None]


def answers(session: Session, visit_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, dict[str, str]]:
    """Results by visit and line code."""
    found: dict[uuid.UUID, dict[str, str]] = defaultdict(dict)
    query = sa.select(VisitAnswer).where(VisitAnswer.visit_id.in_(list(visit_ids)))
    for answer in session.scalars(query.order_by(VisitAnswer.item_code)):
        found[answer.visit_id][answer.item_code] = answer.result.value
    return found


def rounds_on(session: Session, sight: Sight, within: Scope | None, day: date, limit: int) -> Sequence[Round]:
    """Rounds in sight (and `within`, where given) whose period contains `day`, earliest end first."""
    query = (
        sa.select(Round)
        .where(sight.rounds(), sa.true() if within is None else within.clause(Round.path))
        .where(Round.starts_on <= day, Round.ends_on >= day)
        .where(Round.state != RoundState.CANCELLED)
        .order_by(Round.ends_on, Round.id)
        .limit(limit)
    )
    return session.scalars(query).all()


def visits_of(session: Session, round_ids: Iterable[uuid.UUID]) -> Sequence[Visit]:
    """Visits of some rounds in walking order."""
    query = sa.select(Visit).where(Visit.round_id.in_(list(round_ids)))
    return session.scalars(query.order_by(Visit.round_id, Visit.seq, Visit.id)).all()


def stops(session: Session, compound_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Any]:
    """Name, path and open findings of compounds, by id."""
    path = sa.cast(Compound.path, sa.Text).label("path")
    counts = [COUNTERS.c.n_open, COUNTERS.c.n_critical, COUNTERS.c.n_overdue]
    query = (
        sa.select(Compound.id, Compound.name, path, *counts)
        .outerjoin(COUNTERS, COUNTERS.c.compound_id == Compound.id)
        .where(Compound.id.in_(list(compound_ids)))
    )
    return {row.id: row for row in session.execute(query)}


def inspector_names(session: Session, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Display names by id."""
    query = sa.select(User.id, User.display_name).where(User.id.in_(list(ids)))
    return {row[0]: row[1] for row in session.execute(query)}


def current_rounds(sight: Sight) -> sa.ColumnElement[bool]:
    """Rounds in sight that still go on."""
    return sa.and_(sight.rounds(), Round.state.in_(OPEN_ROUNDS))


def current_visits(sight: Sight) -> sa.ColumnElement[bool]:
    """Visits in sight that belong to a round that goes on, or that were begun and not ended."""
    going_on = sa.select(Round.id).where(Round.state.in_(OPEN_ROUNDS))
    return sa.and_(sight.visits(), sa.or_(Visit.round_id.in_(going_on), Visit.state == VisitState.ARRIVED))
