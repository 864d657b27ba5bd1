"""One-time links over HTTP. Token and key travel in headers, so that no log of addresses keeps them."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

from flask import Response, request
from flask_smorest import Blueprint

from server.core.clock import now
from server.core.db import db
from server.core.http import PROBLEM_TYPE, ProblemSchema, problem_response
from server.links import service
from server.links.schemas import (
    ClaimedSchema,
    ClaimSchema,
    LinkHeadersSchema,
    LinkPhotosSchema,
    LinkPreviewSchema,
)
from server.notices.schemas import NoticeSchema
from server.photos.routes import deliver, upload_headers
from server.photos.rules import ChunkHead
from server.photos.schemas import ContentQuerySchema, PhotoSchema, UploadHeadersSchema
from server.sync.schemas import PushResultSchema, PushSchema

blueprint = Blueprint("links", __name__, url_prefix="/api/link", description="Holders of one-time links")
BLUEPRINTS = (blueprint,)
PROBLEM: dict[str, Any] = {"schema": ProblemSchema, "content_type": PROBLEM_TYPE}
REFUSALS = (403, 404, 409, 410, 429)


def _guarded(view: Any) -> Any:
    """The headers of a link, and the answers that a bad one gets."""
    for status in REFUSALS:
        view = blueprint.alt_response(status, **PROBLEM)(view)
    return blueprint.arguments(LinkHeadersSchema, location="headers")(view)


@blueprint.get("")
@blueprint.response(200, LinkPreviewSchema)
@_guarded
def preview_link(link: dict[str, Any]) -> dict[str, Any]:
    """Whose notice it is."""
    return service.preview(db.session(), link, now())


@blueprint.post("/claim")
@blueprint.response(200, ClaimedSchema)
@_guarded
@blueprint.arguments(ClaimSchema)
def claim_link(link: dict[str, Any], body: dict[str, str]) -> dict[str, Any]:
    """Say who one is; the link then serves this browser alone."""
    return service.claim(db.session(), link, body, now())


@blueprint.get("/notice")
@blueprint.response(200, NoticeSchema)
@_guarded
def show_linked_notice(link: dict[str, Any]) -> dict[str, Any]:
    """The notice with its items and what was answered."""
    return service.notice(db.session(), link, now())


@blueprint.get("/document")
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
@_guarded
def show_linked_document(link: dict[str, Any]) -> Response:
    """The stored PDF, byte for byte as issued."""
    content, number = service.document(db.session(), link, now())
    disposition = f"inline; filename=\"notice.pdf\"; filename*=UTF-8''{quote(number)}.pdf"
    headers = {"Content-Disposition": disposition}
    return Response(content, content_type="application/pdf", headers=headers)


@blueprint.get("/photos")
@blueprint.response(200, LinkPhotosSchema)
@_guarded
def list_linked_photos(link: dict[str, Any]) -> dict[str, Any]:
    """Photos of the notice's cases."""
    return {"items": service.case_photos(db.session(), link, now())}


@blueprint.route("/photos/<uuid:photo_id>/content", methods=["GET"])
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="image/*")
@_guarded
@blueprint.arguments(ContentQuerySchema, location="query")
def show_linked_photo(link: dict[str, Any], query: dict[str, str], photo_id: uuid.UUID) -> Response:
    """One of those photos."""
    view = service.view(db.session(), link, photo_id, query["size"], now())
    return deliver(view, f"{photo_id}-{query['size']}")


@blueprint.route("/photos/<uuid:photo_id>/original", methods=["GET"])
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="video/*")
@_guarded
def show_linked_video(link: dict[str, Any], photo_id: uuid.UUID) -> Response:
    """The video of which one of those photos is the poster, with Range."""
    return deliver(service.video(db.session(), link, photo_id, now()), f"{photo_id}-original")


@blueprint.route("/photos/<uuid:photo_id>/content", methods=["HEAD"])
@blueprint.response(204, description="`Upload-Offset`, `Upload-Length`, `Upload-Complete`")
@_guarded
def linked_upload_status(link: dict[str, Any], photo_id: uuid.UUID) -> Response:
    """How many bytes of the photo have arrived."""
    status = service.upload_status(db.session(), link, photo_id, now())
    return Response(status=204, headers=upload_headers(status))


@blueprint.route("/photos/<uuid:photo_id>/content", methods=["PATCH"])
@blueprint.response(200, PhotoSchema)
@blueprint.alt_response(204, description="Appended; `Upload-Offset` is where to go on", success=True)
@_guarded
@blueprint.arguments(UploadHeadersSchema, location="headers")
def upload_linked_photo(link: dict[str, Any], head: ChunkHead, photo_id: uuid.UUID) -> Any:
    """Append a chunk of a photo that the holder declared."""
    chunk = request.get_data(cache=False)
    received = service.upload(db.session(), link, photo_id, head, chunk, now())
    if received.refusal is not None:
        return problem_response(received.refusal)
    if received.photo is None:
        return Response(status=204, headers=upload_headers(received))
    return service.photo(db.session(), link, received, now()), 200, upload_headers(received)


@blueprint.post("/commands")
@blueprint.response(200, PushResultSchema)
@_guarded
@blueprint.arguments(PushSchema)
def push_linked(link: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """Acknowledge and answer; each command is applied once, however often it is delivered."""
    return service.push(db.session(), link, body, now())
