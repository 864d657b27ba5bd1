"""Reading notices over HTTP, and the PDF."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

from flask import Response
from flask_smorest import Blueprint

from server.core.clock import now
from server.core.db import db
from server.core.http import ProblemSchema
from server.core.identity import current_identity
from server.core.permissions import Permission, require
from server.notices import issuing, reading
from server.notices.schemas import (
    NoticePageSchema,
    NoticeQuerySchema,
    NoticeSchema,
    ProposalQuerySchema,
    ProposalSchema,
)

blueprint = Blueprint("notices", __name__, url_prefix="/api/notices", description="Notices (限期整改通知书)")
BLUEPRINTS = (blueprint,)


@blueprint.get("")
@blueprint.arguments(NoticeQuerySchema, location="query")
@blueprint.response(200, NoticePageSchema)
def list_notices(query: dict[str, Any]) -> dict[str, Any]:
    """Notices of one's area or firm, newest first."""
    identity = current_identity()
    require(identity, Permission.NOTICE_READ)
    return reading.page(db.session(), identity, query)


@blueprint.get("/proposal")
@blueprint.arguments(ProposalQuerySchema, location="query")
@blueprint.response(200, ProposalSchema)
def propose_notice(query: dict[str, Any]) -> dict[str, Any]:
    """What a notice on these findings would say if it were issued now; nothing is stored."""
    return issuing.propose(db.session(), current_identity(), query["finding_id"], query["wishes"], now())


@blueprint.get("/<uuid:notice_id>")
@blueprint.response(200, NoticeSchema)
@blueprint.alt_response(404, schema=ProblemSchema, content_type="application/problem+json")
def show_notice(notice_id: uuid.UUID) -> dict[str, Any]:
    """One notice with its items, answers and reviews."""
    return reading.one(db.session(), current_identity(), notice_id)


@blueprint.get("/<uuid:notice_id>/document")
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
@blueprint.alt_response(404, schema=ProblemSchema, content_type="application/problem+json")
def show_document(notice_id: uuid.UUID) -> Response:
    """The stored PDF, byte for byte as issued."""
    content, number = reading.pdf(db.session(), current_identity(), notice_id)
    disposition = f"inline; filename=\"notice.pdf\"; filename*=UTF-8''{quote(number)}.pdf"
    headers = {"Content-Disposition": disposition, "Cache-Control": "private, max-age=31536000, immutable"}
    return Response(content, content_type="application/pdf", headers=headers)
