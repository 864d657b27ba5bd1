"""Reading notices: the documents of lists and phones, the stored PDF, the public page."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.checklists import service as checklists
from server.core import context as house
from server.core.changes import Changes, Cursor, changed_keys
from server.core.changes import page as changes_page
from server.core.clock import now as house_now
from server.core.identity import Identity
from server.core.pagination import BadCursor, decode_cursor, encode_cursor
from server.core.permissions import Permission, allowed, require_visible
from server.core.visibility import scope_of
from server.documents import verifying
from server.documents.models import OfficialDocument
from server.documents.service import verify_url
from server.notices import procedure, queries, stages
from server.notices.models import Notice, Response, Review
from server.notices.rules import SETTLED, TRANSITIONS, NoticeAction, judged
from server.photos.models import PhotoStage

OWN_COLUMNS = [
    "id",
    "document_id",
    "number",
    "document_type",
    "provisional_number",
    "voided_at",
    "void_reason",
    "order_no",
    "previous_id",
    "state",
    "issued_at",
    "acknowledged_at",
    "receipt",
    "contact",
    "contact_phone",
]
"""Columns that the document repeats as they are."""


def visibility(identity: Identity) -> sa.ColumnElement[bool]:
    """The WHERE clause of what `identity` may see of notices."""
    scope = scope_of(identity, Permission.NOTICE_READ)
    return scope.clause(Notice.path, Notice.firm_id, notice_column=Notice.id)


def one(session: Session, identity: Identity, notice_id: uuid.UUID) -> dict[str, Any]:
    """The document of one notice; `NotFound` where it is absent or out of sight."""
    require_visible(identity, Permission.NOTICE_READ, queries.get(session, notice_id))
    return documents(session, identity, [notice_id])[0]


def page(session: Session, identity: Identity, query: dict[str, Any]) -> dict[str, Any]:
    """One page of notices, newest first: `{"items": […], "next": cursor or None}`."""
    limit = query["limit"]
    ids = queries.page(
        session, visibility(identity), query.get("state"), _after(query.get("cursor")), limit + 1
    )
    items = documents(session, identity, ids[:limit])
    last = items[-1] if len(ids) > limit else None
    return {
        "items": items,
        "next": encode_cursor([last["issued_at"].isoformat(), last["id"]]) if last else None,
    }


def _after(cursor: str | None) -> tuple[datetime, uuid.UUID] | None:
    if cursor is None:
        return None
    at, notice_id = decode_cursor(cursor, 2)
    try:
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise BadCursor()
        return moment, uuid.UUID(notice_id)
    except (ValueError, TypeError, AttributeError) as error:
        raise BadCursor() from error


def changed_notices(
    session: Session, identity: Identity, cursor: Cursor | None, limit: int, below_xid: int, first: bool
) -> Changes:
    """The next page of notices in sight that changed after `cursor`, for the pull (see `core.changes`)."""
    where = visibility(identity)
    if first:
        where = sa.and_(where, Notice.state.not_in(SETTLED))
    keys, more = changed_keys(session, Notice, where, cursor, limit, below_xid)
    return changes_page(keys, more, lambda ids: documents(session, identity, ids))


def pdf(session: Session, identity: Identity, notice_id: uuid.UUID) -> tuple[bytes, str]:
    """The stored PDF and its number."""
    notice = queries.get(session, notice_id)
    require_visible(identity, Permission.NOTICE_READ, notice)
    assert notice is not None
    return house.storage().read(notice.document_sha256.hex()), notice.number


def cases(session: Session, identity: Identity) -> set[uuid.UUID]:
    """The cases of the one notice that a link opens, as long as that notice holds them."""
    assert identity.notice_id is not None
    return queries.findings_of(session, identity.notice_id)


def progress(session: Session, document: OfficialDocument) -> dict[str, Any] | None:
    """What the public page adds for a notice: number of items, last deadline, how far it is."""
    notice = queries.by_document(session, document.id)
    if notice is None:
        return None
    items = queries.items(session, [notice.id])
    return {
        "state": notice.state.value,
        "items": len(items),
        "last_due_at": max(item.due_at for item in items),
        "order_no": notice.order_no,
        "provisional_number": notice.provisional_number,
    }


verifying.tell_progress(progress)
verifying.know_alias(queries.of_provisional_number)


def documents(session: Session, identity: Identity, ids: Sequence[uuid.UUID]) -> list[dict[str, Any]]:
    """Notice documents (schema `NoticeSchema`) in the order of `ids`."""
    if not ids:
        return []
    now = house_now()
    lines = _lines(session, identity, ids, now)
    served = procedure.service_of(session, identity, ids, lines)
    by_id = {
        row.Notice.id: _document(identity, row, lines.get(row.Notice.id, []))
        | {"service": procedure.service_document(row.Notice, served.get(row.Notice.id, []), now)}
        for row in queries.rows(session, ids)
    }
    return [by_id[notice_id] for notice_id in ids if notice_id in by_id]


RESPONSE_COLUMNS = ("id", "finding_id", "text", "submitted_at", "late", "state", "more_asked")
REVIEW_COLUMNS = ("id", "finding_id", "passed", "partly", "text", "reviewed_at")


def answers(
    session: Session, identity: Identity, finding_ids: Sequence[uuid.UUID]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """All responses to and reviews of these findings, oldest first, with their photos' ids.

    A firm is told which unit judged, not who: the names stand on the 复查意见书, where the law wants them.
    """
    responses = queries.responses(session, Response.finding_id.in_(finding_ids))
    reviews = queries.reviews(session, Review.finding_id.in_(finding_ids))
    groups = [r.id for r in responses] + [row.Review.id for row in reviews]
    photos = queries.photo_ids(session, finding_ids, groups)
    told = [
        {name: getattr(r, name) for name in RESPONSE_COLUMNS}
        | {"photo_ids": photos.get((PhotoStage.AFTER, r.id), []), "notice_item_id": r.notice_item_id}
        for r in responses
    ]
    judged = [
        {name: getattr(row.Review, name) for name in REVIEW_COLUMNS}
        | {
            "reviewer": row.organisation if identity.is_firm else row.reviewer,
            "photo_ids": photos.get((PhotoStage.REVIEW, row.Review.id), []),
            "notice_item_id": row.Review.notice_item_id,
        }
        for row in reviews
    ]
    return told, judged


def _lines(
    session: Session, identity: Identity, ids: Sequence[uuid.UUID], now: datetime
) -> dict[uuid.UUID, list[dict[str, Any]]]:
    rows = queries.item_rows(session, ids)
    responses, reviews = answers(session, identity, [row.Finding.id for row in rows])
    told = procedure.of_items(session, rows, now)
    lines: dict[uuid.UUID, list[dict[str, Any]]] = {}
    for row in rows:
        item, finding = row.NoticeItem, row.Finding
        entry = checklists.find_item(session, finding.catalogue_version, finding.item_code)
        own = ("id", "finding_id", "seq", "legal_basis", "requirement", "term", "unit", "printed_due_at")
        line = {name: getattr(item, name) for name in (*own, "due_at", "provisional", "state")}
        line |= {name: getattr(finding, name) for name in ("item_code", "severity")}
        line["place"] = finding.place if item.place is None else item.place
        line["text"] = finding.text if item.facts is None else item.facts
        line["stages"] = stages.told(item.stages)
        line["item_name"] = entry.name if entry else finding.item_code
        line |= told[item.id]
        line["responses"] = [r for r in responses if r["notice_item_id"] == item.id]
        line["reviews"] = [r for r in reviews if r["notice_item_id"] == item.id]
        lines.setdefault(item.notice_id, []).append(line)
    return lines


def _document(identity: Identity, row: Any, lines: list[dict[str, Any]]) -> dict[str, Any]:
    notice: Notice = row.Notice
    return {name: getattr(notice, name) for name in OWN_COLUMNS} | {
        "organisation": {"id": notice.organisation_id, "name": row.organisation_name},
        "firm": {"id": notice.firm_id, "name": row.firm_name},
        "compound": {"id": notice.compound_id, "name": row.compound_name},
        "verify_url": verify_url(notice.verify_token),
        "document_sha256": notice.document_sha256.hex(),
        "actions": [
            action.value
            for (state, action), step in TRANSITIONS.items()
            if state is notice.state
            and step.permission != "system"
            and allowed(identity, Permission(step.permission), notice)
            and not (action is NoticeAction.VOID and judged([line["state"] for line in lines]))
        ],
        "items": lines,
    }


def of_finding(session: Session, finding_id: uuid.UUID) -> list[dict[str, Any]]:
    """The notices that named a finding, oldest first."""
    return [dict(row._mapping) for row in queries.notices_of(session, finding_id)]
