"""Bytes in and out. Declaring photos is part of commands; here they are only uploaded and looked at.

The upload follows the resumable uploads of the IETF draft in its headers: HEAD tells the offset, PATCH
appends at it.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from flask import Response, request
from flask_smorest import Blueprint

from server.core import context
from server.core.clock import now
from server.core.db import db
from server.core.http import PROBLEM_TYPE, ProblemSchema, problem_response
from server.core.identity import current_identity
from server.photos import originals, service, uploading
from server.photos.errors import RangeNotSatisfiable
from server.photos.rules import ChunkHead
from server.photos.schemas import ContentQuerySchema, OriginalSchema, PhotoSchema, UploadHeadersSchema

blueprint = Blueprint("photos", __name__, url_prefix="/api/photos", description="Evidence: bytes in and out")
BLUEPRINTS = (blueprint,)
CACHE = "private, max-age=31536000, immutable"
PROBLEM: dict[str, Any] = {"schema": ProblemSchema, "content_type": PROBLEM_TYPE}


@blueprint.route("/<uuid:photo_id>/content", methods=["HEAD"])
@blueprint.response(204, description="`Upload-Offset`, `Upload-Length`, `Upload-Complete`")
@blueprint.alt_response(404, **PROBLEM)
def upload_status(photo_id: uuid.UUID) -> Response:
    """How many bytes of the photo have arrived; once all are, `Upload-Receipt` is the receipt as JSON."""
    status = uploading.upload_status(db.session(), current_identity(), photo_id)
    headers = upload_headers(status)
    if status.photo is not None:
        headers["Upload-Receipt"] = json.dumps(service.receipt(status.photo), separators=(",", ":"))
    return Response(status=204, headers=headers)


@blueprint.route("/<uuid:photo_id>/content", methods=["GET"])
@blueprint.arguments(ContentQuerySchema, location="query")
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="image/*")
@blueprint.alt_response(404, **PROBLEM)
def show(query: dict[str, str], photo_id: uuid.UUID) -> Response:
    """The photo: `thumb` and `large` are upright JPEG copies, `original` the unchanged bytes (with Range)."""
    view = service.find_view(db.session(), current_identity(), photo_id, query["size"])
    return deliver(view, f"{photo_id}-{query['size']}")


@blueprint.route("/<uuid:photo_id>/content", methods=["PATCH"])
@blueprint.arguments(UploadHeadersSchema, location="headers")
@blueprint.response(200, PhotoSchema)
@blueprint.alt_response(204, description="Appended; `Upload-Offset` is where to go on", success=True)
@blueprint.alt_response(409, **PROBLEM)
@blueprint.alt_response(422, **PROBLEM)
def upload(head: ChunkHead, photo_id: uuid.UUID) -> Any:
    """Append a chunk. The body is read whole before any lock or database connection is taken."""
    identity = current_identity()
    chunk = request.get_data(cache=False)
    received = uploading.receive(db.session(), identity, photo_id, head, chunk, now())
    if received.refusal is not None:
        return problem_response(received.refusal)
    if received.photo is None:
        return Response(status=204, headers=upload_headers(received))
    return service.document(received.photo, identity), 200, upload_headers(received)


@blueprint.route("/<uuid:photo_id>/original", methods=["HEAD"])
@blueprint.response(204, description="`Upload-Offset`, `Upload-Length` once it is known, `Upload-Complete`")
@blueprint.alt_response(404, **PROBLEM)
def original_status(photo_id: uuid.UUID) -> Response:
    """How much of the camera's own file has arrived; once all has, `Upload-Receipt` is the receipt."""
    status = originals.status(db.session(), current_identity(), photo_id)
    headers = upload_headers(status)
    if status.photo is not None:
        headers["Upload-Receipt"] = json.dumps(originals.receipt(status.photo), separators=(",", ":"))
    return Response(status=204, headers=headers)


@blueprint.route("/<uuid:photo_id>/original", methods=["GET"])
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/octet-stream")
@blueprint.alt_response(404, **PROBLEM)
def show_original(photo_id: uuid.UUID) -> Response:
    """The camera's own file, unchanged, with Range: the video, or the picture (to officials only)."""
    return deliver(originals.find(db.session(), current_identity(), photo_id), f"{photo_id}-original")


@blueprint.route("/<uuid:photo_id>/original", methods=["PATCH"])
@blueprint.arguments(UploadHeadersSchema, location="headers")
@blueprint.response(200, OriginalSchema)
@blueprint.alt_response(204, description="Appended; `Upload-Offset` is where to go on", success=True)
@blueprint.alt_response(409, **PROBLEM)
@blueprint.alt_response(422, **PROBLEM)
def upload_original(head: ChunkHead, photo_id: uuid.UUID) -> Any:
    """Append a piece of the camera's own file. It must have the hash that was declared at the shutter."""
    identity = current_identity()
    chunk = request.get_data(cache=False)
    received = originals.receive(db.session(), identity, photo_id, head, chunk, now())
    if received.refusal is not None:
        return problem_response(received.refusal)
    if received.photo is None:
        return Response(status=204, headers=upload_headers(received))
    return originals.document(received.photo), 200, upload_headers(received)


def upload_headers(status: uploading.Received | originals.Received) -> dict[str, str]:
    """Where an upload stands, for the phone that sends it."""
    headers = {
        "Upload-Offset": str(status.offset),
        "Upload-Complete": "?1" if status.photo is not None else "?0",
        "Cache-Control": "no-store",
    }
    return headers if status.size is None else headers | {"Upload-Length": str(status.size)}


def deliver(view: service.View, name: str) -> Response:
    """The object with its hash as ETag; one byte range is honoured, several are answered with the whole."""
    store = context.storage()
    response = Response(mimetype=view.mime)
    response.set_etag(view.key)
    response.headers["Cache-Control"] = CACHE
    response.headers["Content-Disposition"] = f'inline; filename="{name}.{view.suffix}"'
    response.headers["Accept-Ranges"] = "bytes"
    if request.if_none_match.contains(view.key):
        response.status_code = 304
        return response
    size = store.size(view.key)
    start, end = _span(size, view.key)
    if (start, end) != (0, size):
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    response.content_length = end - start
    response.response = store.stream(view.key, start, end - start)
    return response


def _span(size: int, key: str) -> tuple[int, int]:
    """The asked half-open range of bytes; all where none is asked or `If-Range` names another object."""
    if request.range is None or request.range.units != "bytes" or len(request.range.ranges) != 1:
        return 0, size
    if request.if_range.etag not in (None, key):
        return 0, size
    span = request.range.range_for_length(size)
    if span is None:
        raise RangeNotSatisfiable()
    return span
