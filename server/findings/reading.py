"""Reading findings: the documents that lists, phones and screens show, and the pages of them.

Apart from `service.py` because reading and acting change for different reasons; both use `queries`.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.checklists import service as checklists
from server.core.changes import Changes, Cursor, changed_keys
from server.core.changes import page as changes_page
from server.core.identity import Identity
from server.core.pagination import BadCursor, decode_cursor, encode_cursor
from server.core.permissions import Permission, allowed
from server.core.visibility import scope_of
from server.findings import queries
from server.findings.models import Finding
from server.findings.rules import (
    CLOSED_STATES,
    FIRM_SEES,
    TRANSITIONS,
    FindingAction,
    legal_actions,
    progress_of,
    second_order_open,
)

OWN_COLUMNS = [
    "id",
    "compound_id",
    "visit_id",
    "item_code",
    "severity",
    "responsible",
    "text",
    "place",
    "accuracy_m",
    "flags",
    "photo_excuses",
    "captured_at",
    "received_at",
    "clock_offset_ms",
    "state",
    "triage_due_at",
    "due_at",
    "due_provisional",
    "clock_from",
    "overdue_at",
    "closed_at",
    "master_id",
    "relapse_of",
    "notice_id",
    "notice_number",
    "orders",
    "failed_reviews",
    "reviewer_id",
    "version",
]
"""Columns that the document repeats as they are."""

INNER: dict[str, Any] = {
    "flags": [],
    "photo_excuses": {},
    "clock_offset_ms": None,
    "triage_due_at": None,
    "reviewer_id": None,
    "relapse_of": None,
}
"""What officials remark to each other, and what a firm gets instead."""


def visibility(identity: Identity) -> sa.ColumnElement[bool]:
    """The WHERE clause of what `identity` may see of findings."""
    scope = scope_of(identity, Permission.FINDING_READ)
    clause = scope.clause(Finding.path, Finding.firm_id, Finding.department_id, Finding.notice_id)
    if identity.is_firm:
        return sa.and_(clause, Finding.state.in_(FIRM_SEES), Finding.notice_id.is_not(None))
    return clause


def documents(session: Session, identity: Identity, ids: Sequence[uuid.UUID]) -> list[dict[str, Any]]:
    """Finding documents (schema `FindingSchema`) in the order of `ids`; unknown ids are left out.

    The caller has already filtered by visibility.
    """
    if not ids:
        return []
    by_id = {row.Finding.id: _document(session, identity, row) for row in queries.rows(session, ids)}
    return [by_id[finding_id] for finding_id in ids if finding_id in by_id]


def page(session: Session, identity: Identity, query: dict[str, Any]) -> dict[str, Any]:
    """One page of an inbox or of a filtered list: `{"items": […], "next": cursor or None}`.

    Inboxes that have a clock (triage, review, overdue) come most urgent first, all else newest first.
    """
    inbox = query.get("inbox")
    order = queries.URGENCY.get(inbox or "", Finding.received_at)
    filters = _filters(session, query)
    if inbox:
        filters.append(queries.INBOXES[inbox])
    limit = query["limit"]
    after = _after(query.get("cursor"))
    found = queries.page_ids(session, visibility(identity), filters, order, after, limit + 1)
    shown = found[:limit]
    items = documents(session, identity, [finding_id for finding_id, _ in shown])
    following = None
    if len(found) > limit:
        finding_id, at = shown[-1]
        following = encode_cursor([at.isoformat() if at else "infinity", str(finding_id)])
    return {"items": items, "next": following}


def inbox_counts(session: Session, identity: Identity) -> dict[str, int]:
    """How many findings wait in each inbox of `identity`'s scope."""
    return queries.inbox_counts(session, visibility(identity))


def changed_findings(
    session: Session, identity: Identity, cursor: Cursor | None, limit: int, below_xid: int, first: bool
) -> Changes:
    """The next page of findings in sight that changed after `cursor`, for the pull (see `core.changes`).

    A `first` pull takes only what is open: a new phone has no use for years of closed cases.
    """
    where = visibility(identity)
    if first:
        where = sa.and_(where, Finding.state.not_in(CLOSED_STATES))
    keys, more = changed_keys(session, Finding, where, cursor, limit, below_xid)
    return changes_page(keys, more, lambda ids: documents(session, identity, ids))


def open_cases() -> sa.Select[tuple[uuid.UUID]]:
    """Ids of all open findings, for narrowing what hangs on them."""
    return sa.select(Finding.id).where(Finding.state.not_in(CLOSED_STATES))


def actions_for(identity: Identity, finding: Finding) -> list[str]:
    """What `identity` may do with the finding now, in the order of the table."""
    names = []
    for action in legal_actions(finding.state):
        permission = TRANSITIONS[(finding.state, action)].permission
        if permission == "system" or not allowed(identity, Permission(permission), finding):
            continue
        second = action is FindingAction.ISSUE_SECOND_ORDER
        if second and not second_order_open(finding.failed_reviews, finding.orders):
            continue
        names.append(action.value)
    return names


def _filters(session: Session, query: dict[str, Any]) -> list[sa.ColumnElement[bool]]:
    filters: list[sa.ColumnElement[bool]] = []
    for name in ("state", "compound_id", "item_code"):
        if query.get(name):
            filters.append(getattr(Finding, name) == query[name])
    if query.get("q"):
        codes = checklists.codes_named(session, checklists.current_version(session), query["q"])
        filters.append(queries.text_filter(query["q"], codes))
    return filters


def _after(cursor: str | None) -> tuple[datetime | None, uuid.UUID] | None:
    """The key of the row before this page; None for its time is a row without one."""
    if cursor is None:
        return None
    at, finding_id = decode_cursor(cursor, 2)
    try:
        moment = None if at == "infinity" else datetime.fromisoformat(at)
        if moment is not None and moment.tzinfo is None:
            raise BadCursor()
        return moment, uuid.UUID(finding_id)
    except (ValueError, TypeError, AttributeError) as error:
        raise BadCursor() from error


def _document(session: Session, identity: Identity, row: Any) -> dict[str, Any]:
    finding: Finding = row.Finding
    item = checklists.find_item(session, finding.catalogue_version, finding.item_code)
    official = not identity.is_firm
    own = {name: getattr(finding, name) for name in OWN_COLUMNS}
    return (own if official else own | INNER) | {
        "compound_name": row.compound_name,
        "street": row.street or "",
        "community": row.community,
        "item_name": item.name if item else finding.item_code,
        "item_short_name": item.short_name if item else finding.item_code,
        "position": None if row.lon is None else {"lon": row.lon, "lat": row.lat},
        "found_by": {"id": finding.found_by, "name": row.finder} if official else None,
        "progress": progress_of(finding.state),
        "overdue": finding.overdue_at is not None and finding.is_open,
        "firm": None if finding.firm_id is None else {"id": finding.firm_id, "name": row.firm_name},
        "department": None
        if finding.department_id is None
        else {"id": finding.department_id, "name": row.department_name},
        "photos_expected": row.expected,
        "photos_stored": row.stored,
        "cover_photo_id": row.cover,
        "actions": actions_for(identity, finding),
    }
