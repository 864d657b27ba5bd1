"""Reading interviews, listings and bulletins."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.core.identity import Identity
from server.core.pagination import encode_cursor
from server.core.permissions import Permission, allowed, require
from server.core.problems import NotFound
from server.core.visibility import scope_of
from server.escalation import queries, rules
from server.escalation.deciding import after
from server.escalation.models import Bulletin, Interview, Listing
from server.escalation.rules import INTERVIEW_TRANSITIONS, LISTING_TRANSITIONS, ListingAct

COMMON = ("id", "reason", "finding_ids", "document_id")
INTERVIEW = (*COMMON, "planned_at", "place", "attendees", "held_at", "minutes", "commitments", "created_at")
LISTING = (*COMMON, "listed_at", "ends_on", "continued", "plan", "planned_at", "decision", "decided_at")
BULLETIN = ("id", "finding_ids", "document_id", "title", "text", "issued_at")
FIRM_ACTS = frozenset({ListingAct.PLAN, ListingAct.REPORT, ListingAct.ASK_ACCEPTANCE})


def _sight(identity: Identity, model: Any) -> sa.ColumnElement[bool]:
    require(identity, Permission.LADDER_READ)
    return scope_of(identity, Permission.LADDER_READ).clause(model.path, model.firm_id)


def interviews(session: Session, identity: Identity, query: dict[str, Any]) -> dict[str, Any]:
    """One page of interviews in sight, newest first."""
    rows, following = _page(session, identity, Interview, Interview.created_at, query)
    return {"items": [_interview(identity, row) for row in rows], "next": following}


def listings(session: Session, identity: Identity, query: dict[str, Any]) -> dict[str, Any]:
    """One page of listings in sight with their weekly reports, newest first."""
    rows, following = _page(session, identity, Listing, Listing.listed_at, query)
    return {"items": _listings(session, identity, rows), "next": following}


def bulletins(session: Session, identity: Identity, query: dict[str, Any]) -> dict[str, Any]:
    """One page of bulletins in sight, newest first."""
    rows, following = _page(session, identity, Bulletin, Bulletin.issued_at, query)
    items = [
        {name: getattr(row.Bulletin, name) for name in BULLETIN} | _names(row.Bulletin, row) for row in rows
    ]
    return {"items": items, "next": following}


def one_interview(session: Session, identity: Identity, interview_id: uuid.UUID) -> dict[str, Any]:
    """One interview."""
    return _interview(identity, _one(session, identity, Interview, interview_id))


def one_listing(session: Session, identity: Identity, listing_id: uuid.UUID) -> dict[str, Any]:
    """One listing with its weekly reports."""
    return _listings(session, identity, [_one(session, identity, Listing, listing_id)])[0]


def _one(session: Session, identity: Identity, model: Any, row_id: uuid.UUID) -> Any:
    visible = sa.and_(_sight(identity, model), model.id == row_id)
    rows = queries.measure_rows(session, model, visible, model.id, None, 1)
    if not rows:
        raise NotFound()
    return rows[0]


def _page(
    session: Session, identity: Identity, model: Any, order: Any, query: dict[str, Any]
) -> tuple[list[Any], str | None]:
    limit = query["limit"]
    visible = _sight(identity, model)
    found = queries.measure_rows(session, model, visible, order, after(query.get("cursor")), limit + 1)
    rows = list(found[:limit])
    last = rows[-1][0] if len(found) > limit else None
    return rows, encode_cursor([getattr(last, order.key).isoformat(), str(last.id)]) if last else None


def _names(measure: Any, row: Any) -> dict[str, Any]:
    return {
        "firm": {"id": measure.firm_id, "name": row.firm_name},
        "compound": {"id": measure.compound_id, "name": row.compound_name},
    }


def _interview(identity: Identity, row: Any) -> dict[str, Any]:
    found: Interview = row.Interview
    mine = allowed(identity, Permission.LADDER_DECIDE, found)
    acts = [act.value for (state, act) in INTERVIEW_TRANSITIONS if mine and state is found.state]
    own = {name: getattr(found, name) for name in INTERVIEW}
    return own | _names(found, row) | {"state": found.state.value, "actions": acts}


def _listings(session: Session, identity: Identity, rows: list[Any]) -> list[dict[str, Any]]:
    reports: dict[uuid.UUID, list[dict[str, Any]]] = {}
    for row in queries.reports(session, [row.Listing.id for row in rows]):
        names = ("id", "week", "percent", "text", "reported_at")
        line = {name: getattr(row.ListingReport, name) for name in names} | {"reporter": row.display_name}
        reports.setdefault(row.ListingReport.listing_id, []).append(line)
    return [_listing(identity, row, reports.get(row.Listing.id, [])) for row in rows]


def _listing(identity: Identity, row: Any, reports: list[dict[str, Any]]) -> dict[str, Any]:
    found: Listing = row.Listing
    own = {name: getattr(found, name) for name in LISTING}
    acts = [
        act.value
        for (state, act) in LISTING_TRANSITIONS
        if state is found.state and _may(identity, act, found)
    ]
    return own | _names(found, row) | {"state": found.state.value, "reports": reports, "actions": acts}


def _may(identity: Identity, act: ListingAct, found: Listing) -> bool:
    if act in FIRM_ACTS:
        return allowed(identity, Permission.LISTING_REPORT, found)
    return allowed(identity, Permission.LADDER_DECIDE, found) and rules.is_district(identity.path)
