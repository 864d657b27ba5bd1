"""Reading notices over HTTP, the PDF, and the public verification page behind the QR code."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

from flask import Blueprint as Pages
from flask import Response, render_template
from flask_smorest import Blueprint

from server.core.clock import SHANGHAI, now
from server.core.db import db
from server.core.http import ProblemSchema
from server.core.identity import current_identity
from server.core.permissions import Permission, require
from server.core.problems import NotFound
from server.notices import issuing, reading
from server.notices.schemas import (
    NoticePageSchema,
    NoticeQuerySchema,
    NoticeSchema,
    ProposalQuerySchema,
    ProposalSchema,
)

blueprint = Blueprint("notices", __name__, url_prefix="/api/notices", description="Notices (限期整改通知书)")
pages = Pages("verification", __name__, template_folder="templates")
BLUEPRINTS = (blueprint,)
PAGES = (pages,)

STATE_WORDS = {
    "issued": "已签发，待企业签收",
    "acknowledged": "已签收，整改中",
    "replied": "企业已回复，待复查",
    "complied": "已整改，全部销号",
    "partly": "部分整改，其余已再次责成",
    "not_complied": "未整改，已再次责成",
}


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


@pages.get("/v/<token>")
def verify(token: str) -> Response:
    """The public page: number, issuer, state and fingerprint; no account needed."""
    try:
        notice = reading.public(db.session(), token)
    except NotFound:
        return Response(
            render_template("verify.html", notice=None), status=404, content_type="text/html; charset=utf-8"
        )
    for name in ("issued_at", "last_due_at"):
        notice[name] = notice[name].astimezone(SHANGHAI)
    page = render_template("verify.html", notice=notice, words=STATE_WORDS[notice["state"]])
    return Response(page, content_type="text/html; charset=utf-8", headers={"Cache-Control": "no-store"})
