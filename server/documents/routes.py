"""The register over HTTP, and the public verification page behind the QR code."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

from flask import Blueprint as Pages
from flask import Response, render_template, request
from flask_smorest import Blueprint

from server.core.clock import SHANGHAI, now
from server.core.db import db
from server.core.http import ProblemSchema
from server.core.identity import current_identity
from server.core.problems import NotFound
from server.documents import configuring, paper, powers, reading, service, verifying
from server.documents.rules import KINDS, DocumentType
from server.documents.schemas import (
    ChangeOfficeSchema,
    DocumentPageSchema,
    DocumentQuerySchema,
    DocumentSchema,
    DraftTemplateSchema,
    EndPowerSchema,
    FileQuerySchema,
    OfficeSchema,
    PowerSchema,
    PreviewQuerySchema,
    RegisterPowerSchema,
    SaveTemplateSchema,
    TemplateLineSchema,
    TemplateQuerySchema,
    TemplateSchema,
)

blueprint = Blueprint("documents", __name__, url_prefix="/api/documents", description="Official documents")
pages = Pages(
    "verification", __name__, template_folder="templates", static_folder="static", static_url_path="/v/static"
)
BLUEPRINTS = (blueprint,)
PAGES = (pages,)

PROGRESS_WORDS = {
    "issued": "已签发，待企业签收",
    "served": "已送达，整改中",
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


@blueprint.get("/offices")
@blueprint.response(200, OfficeSchema(many=True))
def list_offices() -> list[dict[str, Any]]:
    """Organisations that may issue documents, with seal and bodies of remedy."""
    return configuring.offices(db.session(), current_identity())


@blueprint.put("/offices/<uuid:organisation_id>")
@blueprint.arguments(ChangeOfficeSchema)
@blueprint.response(200, OfficeSchema)
def change_office(body: dict[str, Any], organisation_id: uuid.UUID) -> dict[str, Any]:
    """Set the words in the drawn seal and the bodies of remedy."""
    return configuring.change_office(db.session(), current_identity(), organisation_id, body, now())


@blueprint.put("/offices/<uuid:organisation_id>/seal")
@blueprint.response(200, OfficeSchema)
@blueprint.alt_response(422, schema=ProblemSchema, content_type="application/problem+json")
def change_seal(organisation_id: uuid.UUID) -> dict[str, Any]:
    """Set the image of the seal: the body is PNG, JPEG or SVG; an empty body removes it."""
    image = request.get_data()
    return configuring.change_seal(db.session(), current_identity(), organisation_id, image, now())


@blueprint.get("/templates/<uuid:organisation_id>")
@blueprint.response(200, TemplateLineSchema(many=True))
def list_templates(organisation_id: uuid.UUID) -> list[dict[str, Any]]:
    """The templates of an organisation, one line a type."""
    return configuring.templates(db.session(), current_identity(), organisation_id)


@blueprint.get("/templates/<uuid:organisation_id>/<document_type>")
@blueprint.arguments(TemplateQuerySchema, location="query")
@blueprint.response(200, TemplateSchema)
@blueprint.alt_response(404, schema=ProblemSchema, content_type="application/problem+json")
def show_template(query: dict[str, Any], organisation_id: uuid.UUID, document_type: str) -> dict[str, Any]:
    """A template with its phrases and history; `version` shows an old one."""
    kind, version = _type(document_type), query.get("version")
    return configuring.template(db.session(), current_identity(), organisation_id, kind, version)


@blueprint.put("/templates/<uuid:organisation_id>/<document_type>")
@blueprint.arguments(SaveTemplateSchema)
@blueprint.response(200, TemplateSchema)
@blueprint.alt_response(409, schema=ProblemSchema, content_type="application/problem+json")
@blueprint.alt_response(422, schema=ProblemSchema, content_type="application/problem+json")
def save_template(body: dict[str, Any], organisation_id: uuid.UUID, document_type: str) -> dict[str, Any]:
    """Write the next version; what a law fixes is refused with `document.wording_locked`."""
    kind = _type(document_type)
    return configuring.save(db.session(), current_identity(), organisation_id, kind, body, now())


@blueprint.post("/templates/<uuid:organisation_id>/<document_type>/preview")
@blueprint.arguments(DraftTemplateSchema)
@blueprint.arguments(PreviewQuerySchema, location="query")
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
@blueprint.alt_response(422, schema=ProblemSchema, content_type="application/problem+json")
def preview_template(
    body: dict[str, Any], query: dict[str, Any], organisation_id: uuid.UUID, document_type: str
) -> Response:
    """Invented facts in these words, as PDF or (`page`) as a picture; nothing is stored."""
    kind = _type(document_type)
    sheet = configuring.preview(db.session(), current_identity(), organisation_id, kind, body, now())
    if "page" not in query:
        return pdf_response(paper.render(sheet), KINDS[kind].title, keep=False)
    image, pages = paper.render_page(sheet, query["page"])
    headers = {"Page-Count": str(pages), "Cache-Control": "no-store"}
    return Response(image, content_type="image/png", headers=headers)


@blueprint.get("/powers")
@blueprint.response(200, PowerSchema(many=True))
def list_powers() -> list[dict[str, Any]]:
    """All registered powers to order, those that ended too."""
    return powers.listed(db.session(), current_identity(), now())


@blueprint.post("/powers")
@blueprint.arguments(RegisterPowerSchema)
@blueprint.response(201, PowerSchema)
@blueprint.alt_response(422, schema=ProblemSchema, content_type="application/problem+json")
def register_power(body: dict[str, Any]) -> dict[str, Any]:
    """Enter a power of an organisation over an item or a group."""
    return powers.register(db.session(), current_identity(), body, now())


@blueprint.put("/powers/<uuid:power_id>/end")
@blueprint.arguments(EndPowerSchema)
@blueprint.response(200, PowerSchema)
@blueprint.alt_response(404, schema=ProblemSchema, content_type="application/problem+json")
@blueprint.alt_response(409, schema=ProblemSchema, content_type="application/problem+json")
def end_power(body: dict[str, Any], power_id: uuid.UUID) -> dict[str, Any]:
    """End a power before its term; what was registered stays."""
    return powers.end(db.session(), current_identity(), power_id, body, now())


def _type(value: str) -> DocumentType:
    try:
        return DocumentType(value)
    except ValueError as error:
        raise NotFound() from error


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
    return _page(verifying.public(db.session(), token), asked=True)


@pages.get("/v/")
def verify_file() -> Response:
    """The public page without a QR code: by number and check code, or for comparing a file."""
    number, code = (request.args.get(name, "")[:100].strip() for name in ("number", "code"))
    if not number:
        return _page(None, asked=False)
    return _page(verifying.by_number(db.session(), number, code), asked=True)


@pages.get("/v/hash/<string(length=64):sha256>")
def verify_hash(sha256: str) -> tuple[dict[str, Any], int]:
    """Which document a file is, by its fingerprint: number, title, state; 404 where it is none."""
    told = verifying.by_hash(db.session(), sha256)
    return (told, 200) if told else ({"code": "core.not_found", "status": 404}, 404)


def _page(told: dict[str, Any] | None, *, asked: bool) -> Response:
    page = render_template("verify.html", document=told, asked=asked, words=PROGRESS_WORDS, zone=SHANGHAI)
    return Response(
        page,
        status=404 if asked and told is None else 200,
        content_type="text/html; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )
