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
from server.documents.rules import DocumentType
from server.notices import consents, deadlines, issuing, links, procedure, reading, service
from server.notices.procedure_schemas import ProcedureRulesSchema, RequestsSchema, SetProcedureSchema
from server.notices.schemas import (
    NoticePageSchema,
    NoticeQuerySchema,
    NoticeSchema,
    ProposalQuerySchema,
    ProposalSchema,
)
from server.notices.serving_schemas import ConsentsQuerySchema, ConsentsSchema, LinksSchema

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
    asked = (query["finding_id"], query["wishes"], DocumentType(query["document_type"]))
    return issuing.propose(db.session(), current_identity(), *asked, now())


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


@blueprint.get("/requests")
@blueprint.response(200, RequestsSchema)
@blueprint.alt_response(403, schema=ProblemSchema, content_type="application/problem+json")
def list_requests() -> dict[str, Any]:
    """Extensions and objections that wait for a decision, most urgent first."""
    return procedure.waiting(db.session(), current_identity())


@blueprint.get("/<uuid:notice_id>/links")
@blueprint.response(200, LinksSchema)
@blueprint.alt_response(404, schema=ProblemSchema, content_type="application/problem+json")
def list_links(notice_id: uuid.UUID) -> dict[str, Any]:
    """One-time links to a notice, and who uses them."""
    session, identity = db.session(), current_identity()
    return {"items": links.listed(session, identity, service.visible(session, identity, notice_id), now())}


@blueprint.get("/consents")
@blueprint.arguments(ConsentsQuerySchema, location="query")
@blueprint.response(200, ConsentsSchema)
@blueprint.alt_response(404, schema=ProblemSchema, content_type="application/problem+json")
def list_consents(query: dict[str, Any]) -> dict[str, Any]:
    """电子送达确认书 of one's own firm, or of a firm in one's area."""
    return {"items": consents.of_firm(db.session(), current_identity(), query["firm_id"])}


@blueprint.get("/procedure")
@blueprint.response(200, ProcedureRulesSchema)
def show_procedure() -> dict[str, Any]:
    """The house's terms: how long, how often, and who changed them."""
    require(current_identity(), Permission.NOTICE_READ)
    return deadlines.rules_document(db.session())


@blueprint.post("/procedure")
@blueprint.arguments(SetProcedureSchema)
@blueprint.response(200, ProcedureRulesSchema)
@blueprint.alt_response(403, schema=ProblemSchema, content_type="application/problem+json")
def set_procedure(body: dict[str, Any]) -> dict[str, Any]:
    """Set one of the terms from now on."""
    deadlines.set_term(db.session(), current_identity(), body["key"], body["value"], body["reason"], now())
    return deadlines.rules_document(db.session())
