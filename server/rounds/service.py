"""Use cases of rounds: arrive, answer, leave, prove by photo; plan and let lapse.

The phone acts offline and delivers late, perhaps twice and out of order, so each act can be repeated
and each answer carries its own time. A doubtful position or clock is remarked, never refused: what
happened in the field is worth more than a rule about it.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from server.checklists import service as checklists
from server.core import crs, fixes, geo
from server.core.changes import Changes, Cursor, changed_keys, page
from server.core.clock import SHANGHAI
from server.core.commands import CommandContext
from server.core.identity import Identity
from server.core.permissions import Permission, allowed
from server.core.problems import NotFound
from server.photos import service as photos
from server.photos.models import PhotoStage
from server.places import service as places
from server.rounds import errors, queries, reading
from server.rounds.models import Round, Visit, VisitAnswer
from server.rounds.rules import (
    GEOFENCE_M,
    AnswerResult,
    RoundState,
    VisitAction,
    VisitState,
    next_visit_state,
)

POOR_ACCURACY_M = 50.0
CLOCK_SKEW_MS = 5 * 60 * 1000


def check_in(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """Arrive at a compound: a planned visit of one's own round, or a visit off the plan.

    Repeating it changes nothing. Raises `NotFound` (compound outside one's scope), `NotOwnVisit`,
    `NotOwnRound`, `VisitMismatch`, `UnknownChecklist`.
    """
    compound = places.compound_for(session, identity, body["compound_id"], Permission.ROUND_WALK)
    if checklists.line_codes(session, body["checklist_version_id"]) is None:
        raise errors.UnknownChecklist()
    visit = queries.visit_locked(session, body["visit_id"])
    if visit is None:
        visit = _off_plan(session, identity, body, compound.path)
    else:
        _require_own(identity, visit)
    if visit.compound_id != compound.id:
        raise errors.VisitMismatch()
    state = next_visit_state(visit.state, VisitAction.CHECK_IN)
    if state is None:
        return _told(visit)
    visit.state, visit.arrived_at, visit.received_at = state, body["arrived_at"], context.now
    # What counts is the list that the phone showed, and it may be older than the plan.
    visit.checklist_version_id = body["checklist_version_id"]
    _locate(session, visit, body["position"], context)
    _start_round(session, visit)
    session.flush()
    return _told(visit)


def _off_plan(session: Session, identity: Identity, body: dict[str, Any], path: str) -> Visit:
    round_id: uuid.UUID | None = body["round_id"]
    seq = 0
    if round_id is not None:
        _require_own_round(session, identity, round_id)
        seq = queries.last_seq(session, round_id) + 1
    # Two deliveries may race for one visit, so it is made where absent and then read under its lock.
    new = insert(Visit).values(
        id=body["visit_id"],
        round_id=round_id,
        compound_id=body["compound_id"],
        path=path,
        inspector_id=identity.user_id,
        checklist_version_id=body["checklist_version_id"],
        seq=seq,
        state=VisitState.PLANNED,
        flags=[],
    )
    session.execute(new.on_conflict_do_nothing())
    return own_visit(session, identity, body["visit_id"])


def _require_own_round(session: Session, identity: Identity, round_id: uuid.UUID) -> None:
    found = queries.round_locked(session, round_id)
    if found is None or not allowed(identity, Permission.ROUND_READ, _Place(found.path)):
        raise NotFound()
    if found.inspector_id != identity.user_id:
        raise errors.NotOwnRound()


class _Place:
    """Where a round or visit lies; neither belongs to a firm."""

    firm_id = None

    def __init__(self, path: str) -> None:
        self.path = path


def _require_own(identity: Identity, visit: Visit) -> None:
    """`NotFound` for what is out of sight, `NotOwnVisit` for what a colleague walks."""
    if visit.inspector_id == identity.user_id:
        return
    if not allowed(identity, Permission.ROUND_READ, _Place(visit.path)):
        raise NotFound()
    raise errors.NotOwnVisit()


def _locate(session: Session, visit: Visit, position: dict[str, Any] | None, context: CommandContext) -> None:
    """Keep the fix and what is odd about it, in the words that findings use for the same."""
    flags = ["clock_skew"] if abs(context.clock_offset_ms or 0) > CLOCK_SKEW_MS else []
    visit.fix = None if position is None else fixes.jsonable(position)
    if position is None:
        visit.flags = [*flags, "no_position"]
        return
    lon, lat, accuracy = position["lon"], position["lat"], position["accuracy_m"] or 0.0
    visit.position, visit.accuracy_m = geo.point(lon, lat), position["accuracy_m"]
    if accuracy > POOR_ACCURACY_M:
        flags.append("poor_accuracy")
    # A fix may be off by its own accuracy; only what lies farther out than that says anything.
    outside = places.distance_to_outline_m(session, visit.compound_id, lon, lat)
    if outside > max(GEOFENCE_M, accuracy):
        flags.append("outside_compound")
    visit.flags = [*flags, *_doubts(session, visit, position, outside)]


def _doubts(session: Session, visit: Visit, position: dict[str, Any], outside: float) -> list[str]:
    assert visit.arrived_at is not None
    fix = fixes.read_fix(position, visit.arrived_at)
    if fix is None or fixes.is_nowhere(fix):
        return []
    around = queries.trail(session, visit.inspector_id, visit.arrived_at, visit.id)
    corrected = None
    if outside > 0:
        true = crs.gcj02_to_wgs84(fix.lon, fix.lat)
        corrected = places.distance_to_outline_m(session, visit.compound_id, *true)
    return [doubt.value for doubt in fixes.doubts(fix, around, outside, corrected)]


def _start_round(session: Session, visit: Visit) -> None:
    if visit.round_id is None:
        return
    found = queries.round_locked(session, visit.round_id)
    if found is not None and found.state in (RoundState.PLANNED, RoundState.MISSED):
        found.state = RoundState.STARTED


def answer_checklist(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """Answer lines of the visit's checklist. Of two answers to one line the later `answered_at` counts.

    Raises `IllegalAction` before check-in and `UnknownItem` for lines that the version does not have.
    """
    visit = own_visit(session, identity, body["visit_id"])
    _advance(visit, VisitAction.ANSWER)
    latest: dict[str, dict[str, Any]] = {}
    for answer in sorted(body["answers"], key=lambda answer: answer["answered_at"]):
        latest[answer["code"]] = answer
    known = checklists.line_codes(session, visit.checklist_version_id) or frozenset()
    unknown = sorted(latest.keys() - known)
    if unknown:
        raise errors.UnknownItem(codes=unknown)
    _write_answers(session, visit.id, latest)
    # Touches the row, so that the answers travel with the visit in the next pull.
    visit.received_at = context.now
    session.flush()
    return _told(visit) | {"answers": queries.answers(session, [visit.id])[visit.id]}


def _write_answers(session: Session, visit_id: uuid.UUID, latest: dict[str, dict[str, Any]]) -> None:
    # One order for all writers, or two deliveries at once could lock each other's rows.
    rows = [
        {
            "visit_id": visit_id,
            "item_code": code,
            "result": AnswerResult(answer["result"]),
            "answered_at": answer["answered_at"],
        }
        for code, answer in sorted(latest.items())
    ]
    statement = insert(VisitAnswer).values(rows)
    new = statement.excluded
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[VisitAnswer.visit_id, VisitAnswer.item_code],
            set_={"result": new.result, "answered_at": new.answered_at},
            where=new.answered_at >= VisitAnswer.answered_at,
        )
    )


def leave(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """Leave the compound; the round is finished when nothing in it waits any more. May be repeated."""
    visit = own_visit(session, identity, body["visit_id"])
    if visit.state is VisitState.LEFT:
        return _told(visit)
    _advance(visit, VisitAction.LEAVE)
    visit.left_at, visit.received_at = body["left_at"], context.now
    visit.left_fix = None if body["position"] is None else fixes.jsonable(body["position"])
    session.flush()
    _finish_round(session, visit)
    return _told(visit)


def _finish_round(session: Session, visit: Visit) -> None:
    if visit.round_id is None:
        return
    found = queries.round_locked(session, visit.round_id)
    if found is not None and queries.waiting_visits(session, visit.round_id) == 0:
        found.state = RoundState.FINISHED
        session.flush()


def add_visit_photos(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """Announce photos of a visit, e.g. the entrance of a compound where nothing was wrong."""
    visit = own_visit(session, identity, body["visit_id"])
    if next_visit_state(visit.state, VisitAction.ANSWER) is None:
        raise errors.IllegalAction(state=visit.state.value)
    photos.declare(
        session,
        identity,
        visit_id=visit.id,
        stage=PhotoStage.VISIT,
        group_id=visit.id,
        declarations=body["photos"],
        path=visit.path,
        firm_id=None,
        now=context.now,
    )
    # Touches the row: what the visit lacks as proof travels with it in the next pull.
    visit.received_at = context.now
    session.flush()
    return _told(visit) | {"photo_ids": [str(photo["photo_id"]) for photo in body["photos"]]}


def own_visit(session: Session, identity: Identity, visit_id: uuid.UUID) -> Visit:
    """One's own visit, locked; raises `NotFound` or `NotOwnVisit`."""
    visit = queries.visit_locked(session, visit_id)
    if visit is None:
        raise NotFound()
    _require_own(identity, visit)
    return visit


def _advance(visit: Visit, action: VisitAction) -> None:
    state = next_visit_state(visit.state, action)
    if state is None:
        raise errors.IllegalAction(state=visit.state.value)
    visit.state = state


def _told(visit: Visit) -> dict[str, Any]:
    """What a command answers: where the visit stands and what was remarked."""
    return {"visit_id": str(visit.id), "state": visit.state.value, "flags": list(visit.flags)}


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


def changed_rounds(
    session: Session, identity: Identity, cursor: Cursor | None, limit: int, below_xid: int, first: bool
) -> Changes:
    """The next page of rounds in sight for the pull; the first pull brings those that still go on."""
    sight = reading.sight_of(identity)
    where = queries.current_rounds(sight) if first else sight.rounds()
    keys, more = changed_keys(session, Round, where, cursor, limit, below_xid)
    return page(keys, more, lambda ids: reading.round_documents(queries.rounds_by_id(session, ids)))


def changed_visits(
    session: Session, identity: Identity, cursor: Cursor | None, limit: int, below_xid: int, first: bool
) -> Changes:
    """The same for visits, with their answers."""
    sight = reading.sight_of(identity)
    where = queries.current_visits(sight) if first else sight.visits()
    keys, more = changed_keys(session, Visit, where, cursor, limit, below_xid)
    return page(keys, more, lambda ids: reading.visit_documents(session, queries.visits_by_id(session, ids)))
