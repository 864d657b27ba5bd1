"""Reading the register: lists, files, parts."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.core import context as house
from server.core.identity import Identity
from server.core.pagination import BadCursor, decode_cursor, encode_cursor
from server.core.permissions import Permission, require
from server.core.problems import NotFound
from server.documents import queries, service
from server.documents.models import OfficialDocument
from server.documents.rules import KINDS

_TOLD = (
    *("id", "document_type", "number", "title", "edition", "organisation_id", "addressee", "firm_id"),
    *("case_ids", "refers_to_id", "supersedes_id", "issued_at", "state", "ended_at", "end_reason"),
    *("sha256", "signed_by"),
)


def told(document: OfficialDocument) -> dict[str, Any]:
    """A document as `DocumentSchema` describes it."""
    return {name: getattr(document, name) for name in _TOLD} | {
        "verify_url": service.verify_url(document.verify_token)
    }


def page(session: Session, identity: Identity, query: dict[str, Any]) -> dict[str, Any]:
    """One page of the register, newest first: `{"items": […], "next": cursor or None}`."""
    require(identity, Permission.DOCUMENT_READ)
    clause = service.visibility(identity)
    narrow: list[sa.ColumnElement[bool]] = []
    if "case_id" in query:
        narrow.append(OfficialDocument.case_ids.contains([query["case_id"]]))
    for name in ("document_type", "state"):
        if name in query:
            narrow.append(getattr(OfficialDocument, name) == query[name])
    limit = query["limit"]
    rows = queries.page(session, clause, narrow, _after(query.get("cursor")), limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    following = encode_cursor([last.issued_at.isoformat(), last.id]) if last else None
    return {"items": [told(row) for row in rows[:limit]], "next": following}


def _after(cursor: str | None) -> tuple[datetime, uuid.UUID] | None:
    if cursor is None:
        return None
    at, document_id = decode_cursor(cursor, 2)
    try:
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise BadCursor()
        return moment, uuid.UUID(document_id)
    except (ValueError, TypeError, AttributeError) as error:
        raise BadCursor() from error


def file(session: Session, identity: Identity, document_id: uuid.UUID, part: int | None) -> tuple[bytes, str]:
    """The stored PDF of a part (None: the served one) and its number; `NotFound` while it is printed."""
    document = service.visible(session, identity, document_id)
    if part is None or part == KINDS[document.document_type].served:
        return service.read(document), document.number
    for copy in queries.copies(session, document_id):
        if copy.part == part:
            return house.storage().read(copy.sha256.hex()), f"{document.number} {copy.label}"
    raise NotFound()
