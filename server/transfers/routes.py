"""Reading transfers over HTTP, and their evidence bundles; acting on them goes through commands."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

from flask import Response
from flask_smorest import Blueprint

from server.core import context
from server.core.clock import now
from server.core.db import db
from server.core.http import PROBLEM_TYPE, ProblemSchema
from server.core.identity import current_identity
from server.transfers import service
from server.transfers.schemas import (
    TransferCountsSchema,
    TransferDocumentSchema,
    TransferPageSchema,
    TransferQuerySchema,
)

blueprint = Blueprint("transfers", __name__, url_prefix="/api/transfers", description="Transfers (移送)")
BLUEPRINTS = (blueprint,)
PROBLEM: dict[str, Any] = {"schema": ProblemSchema, "content_type": PROBLEM_TYPE}


@blueprint.get("")
@blueprint.arguments(TransferQuerySchema, location="query")
@blueprint.response(200, TransferPageSchema)
@blueprint.alt_response(403, **PROBLEM)
def list_transfers(query: dict[str, Any]) -> dict[str, Any]:
    """Transfers of one's area, or to one's department: newest first, unanswered ones oldest first."""
    return service.page(db.session(), current_identity(), query, now())


@blueprint.get("/counts")
@blueprint.response(200, TransferCountsSchema)
@blueprint.alt_response(403, **PROBLEM)
def count_transfers() -> dict[str, int]:
    """How many stand where, and how many are unanswered too long."""
    return service.counts(db.session(), current_identity(), now())


@blueprint.get("/<uuid:transfer_id>")
@blueprint.response(200, TransferDocumentSchema)
@blueprint.alt_response(404, **PROBLEM)
def show_transfer(transfer_id: uuid.UUID) -> dict[str, Any]:
    """One transfer with the state of its bundle."""
    return service.one(db.session(), current_identity(), transfer_id, now())


@blueprint.post("/<uuid:transfer_id>/bundle")
@blueprint.response(202, TransferDocumentSchema)
@blueprint.alt_response(404, **PROBLEM)
@blueprint.alt_response(409, **PROBLEM)
def order_bundle(transfer_id: uuid.UUID) -> dict[str, Any]:
    """Have the bundle made anew."""
    return service.order_bundle(db.session(), current_identity(), transfer_id, now())


@blueprint.get("/<uuid:transfer_id>/bundle")
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/zip")
@blueprint.alt_response(404, **PROBLEM)
@blueprint.alt_response(409, **PROBLEM)
def download_bundle(transfer_id: uuid.UUID) -> Response:
    """The ZIP, streamed from storage."""
    key, size, name = service.ready_bundle(db.session(), current_identity(), transfer_id)
    response = Response(context.storage().stream(key), content_type="application/zip")
    response.content_length = size
    disposition = f"attachment; filename=\"bundle.zip\"; filename*=UTF-8''{quote(name)}"
    response.headers["Content-Disposition"] = disposition
    return response
