"""The register over HTTP, and the public verification page behind the QR code."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

from flask import Blueprint as Pages
from flask import Response, render_template
from flask_smorest import Blueprint

from server.core.clock import SHANGHAI
from server.core.db import db
from server.core.http import ProblemSchema
from server.core.identity import current_identity
from server.documents import reading, service, verifying
from server.documents.schemas import DocumentPageSchema, DocumentQuerySchema, DocumentSchema, FileQuerySchema

blueprint = Blueprint("documents", __name__, url_prefix="/api/documents", description="Official documents")
pages = Pages("verification", __name__, template_folder="templates")
BLUEPRINTS = (blueprint,)
PAGES = (pages,)

PROGRESS_WORDS = {
    "issued": "已签发，待企业签收",
    "acknowledged": "已签收，整改中",
    "replied": "企业已回复，待复查",
    "complied": "已整改，全部销号",
    "partly": "部分整改，其余已再次责成",
    "not_complied": "未整改，已再次责成",
    "voided": "已作废",
}


@blueprint.get("")
@blueprint.arguments(DocumentQuerySchema, location="query")
@blueprint.response(200, DocumentPageSchema)
def list_documents(query: dict[str, Any]) -> dict[str, Any]:
    """Documents of one's area or firm, newest first."""
    return reading.page(db.session(), current_identity(), query)


@blueprint.get("/<uuid:document_id>")
@blueprint.response(200, DocumentSchema)
@blueprint.alt_response(404, schema=ProblemSchema, content_type="application/problem+json")
def show_document(document_id: uuid.UUID) -> dict[str, Any]:
    """One row of the register."""
    return reading.told(service.visible(db.session(), current_identity(), document_id))


@blueprint.get("/<uuid:document_id>/file")
@blueprint.arguments(FileQuerySchema, location="query")
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
@blueprint.alt_response(404, schema=ProblemSchema, content_type="application/problem+json")
def show_document_file(query: dict[str, Any], document_id: uuid.UUID) -> Response:
    """The stored PDF of a part, byte for byte as issued."""
    content, name = reading.file(db.session(), current_identity(), document_id, query.get("part"))
    return pdf_response(content, name)


def pdf_response(content: bytes, name: str, *, keep: bool = True) -> Response:
    """A PDF shown in the browser under its number."""
    headers = {
        "Content-Disposition": f"inline; filename=\"document.pdf\"; filename*=UTF-8''{quote(name)}.pdf",
        "Cache-Control": "private, max-age=31536000, immutable" if keep else "no-store",
    }
    return Response(content, content_type="application/pdf", headers=headers)


@pages.get("/v/<token>")
def verify(token: str) -> Response:
    """The public page: number, issuer, state and fingerprint; no account needed."""
    told = verifying.public(db.session(), token)
    status = 404 if told is None else 200
    page = render_template("verify.html", document=told, words=PROGRESS_WORDS, zone=SHANGHAI)
    headers = {"Cache-Control": "no-store"} if told else {}
    return Response(page, status=status, content_type="text/html; charset=utf-8", headers=headers)
