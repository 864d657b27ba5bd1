"""Reading rounds: whose one sees, and how rounds and visits look to phones and screens."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from server.checklists import service as checklists
from server.core.geo import lon_lat
from server.core.identity import Identity, Role
from server.core.permissions import Permission, require
from server.core.visibility import Scope, scope_of
from server.photos import service as photos
from server.places import service as places
from server.rounds import queries
from server.rounds.models import Round, Visit
from server.rounds.rules import lacking

ROUNDS_SHOWN = 500
ROUND_FIELDS = (
    "id",
    "title",
    "period_key",
    "starts_on",
    "ends_on",
    "checklist_version_id",
    "path",
    "inspector_id",
)
VISIT_FIELDS = (
    "id",
    "round_id",
    "compound_id",
    "inspector_id",
    "seq",
    "arrived_at",
    "left_at",
    "accuracy_m",
    "checklist_version_id",
)


def sight_of(identity: Identity) -> queries.Sight:
    """Inspectors see their own walks (no colleague's whereabouts), others those of their area."""
    scope = scope_of(identity, Permission.ROUND_READ)
    own = identity.user_id if identity.role is Role.INSPECTOR else None
    return queries.Sight(scope, own)


def round_documents(rounds: Iterable[Round]) -> list[dict[str, Any]]:
    """Rounds as phones keep them."""
    return [
        {field: getattr(row, field) for field in ROUND_FIELDS}
        | {"level": row.level.value, "state": row.state.value}
        for row in rounds
    ]


def visit_documents(session: Session, visits: Sequence[Visit]) -> list[dict[str, Any]]:
    """Visits with their answers and what they lack as proof; a few statements for all."""
    ids = [visit.id for visit in visits]
    answers = queries.answers(session, ids)
    photographed = photos.counts_by_visit(session, ids)
    lines = {
        version: checklists.line_codes(session, version) or frozenset()
        for version in {visit.checklist_version_id for visit in visits}
    }
    return [
        {field: getattr(row, field) for field in VISIT_FIELDS}
        | {
            "state": row.state.value,
            "position": lon_lat(row.position),
            "flags": list(row.flags),
            "answers": answers.get(row.id, {}),
            "left_position": _spot(row.left_fix),
            "lacking": [
                proof.value
                for proof in lacking(
                    arrived=row.arrived_at is not None and row.position is not None,
                    entrance_photos=photographed.get(row.id, 0),
                    answered=len(answers.get(row.id, {}).keys() & lines[row.checklist_version_id]),
                    lines=len(lines[row.checklist_version_id]),
                    departed=row.left_at is not None and row.left_fix is not None,
                )
            ],
        }
        for row in visits
    ]


def _spot(fix: dict[str, Any] | None) -> dict[str, float] | None:
    return None if fix is None else {"lon": fix["lon"], "lat": fix["lat"]}


def rounds_on(session: Session, identity: Identity, day: date, path: str | None) -> list[dict[str, Any]]:
    """Rounds in sight that cover `day`, with their stops and what is open at each, at most 500.

    `path` narrows a supervisor's area; an area outside it gives nothing.
    """
    require(identity, Permission.ROUND_READ)
    sight = sight_of(identity)
    rounds = queries.rounds_on(session, sight, Scope(path=path) if path else None, day, ROUNDS_SHOWN)
    visits = queries.visits_of(session, [row.id for row in rounds])
    stops = _stops(session, visits)
    names = queries.inspector_names(session, {row.inspector_id for row in rounds})
    return [
        document
        | {
            "inspector": {"id": document["inspector_id"], "name": names[document["inspector_id"]]},
            "visits": stops[document["id"]],
        }
        for document in round_documents(rounds)
    ]


def _stops(session: Session, visits: Sequence[Visit]) -> dict[uuid.UUID, list[dict[str, Any]]]:
    compounds = queries.stops(session, {visit.compound_id for visit in visits})
    names = places.area_names(session, {row.path for row in compounds.values()})
    found: dict[uuid.UUID, list[dict[str, Any]]] = defaultdict(list)
    for document in visit_documents(session, visits):
        row = compounds[document["compound_id"]]
        street, community = places.street_and_community(names, row.path)
        counts = {name: getattr(row, name) or 0 for name in ("n_open", "n_critical", "n_overdue")}
        compound = {"id": row.id, "name": row.name, "street": street, "community": community} | counts
        found[document["round_id"]].append(document | {"compound": compound})
    return found
