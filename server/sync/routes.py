"""The two endpoints that a phone needs to be in step with the office."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_smorest import Blueprint

from server.core import context, office_key
from server.core.clock import now
from server.core.db import db
from server.core.http import PROBLEM_TYPE, ProblemSchema
from server.core.identity import current_identity
from server.core.receipt_keys import public_keys
from server.sync import importing, service
from server.sync.outbox_file import Opener
from server.sync.schemas import (
    ChangesSchema,
    KeysSchema,
    OutboxFileSchema,
    OutboxQuerySchema,
    OutboxReportSchema,
    PullQuerySchema,
    PushResultSchema,
    PushSchema,
)

blueprint = Blueprint("sync", __name__, url_prefix="/api/sync", description="Commands and changes")
receipts_blueprint = Blueprint(
    "receipts", __name__, url_prefix="/api/receipts", description="What verifies receipts"
)
BLUEPRINTS = (blueprint, receipts_blueprint)
PROBLEM: dict[str, Any] = {"schema": ProblemSchema, "content_type": PROBLEM_TYPE}


@blueprint.post("/commands")
@blueprint.arguments(PushSchema)
@blueprint.response(200, PushResultSchema)
def push(delivery: dict[str, Any]) -> dict[str, Any]:
    """Deliver commands; each is applied once, however often it is delivered."""
    return service.push(db.session(), current_identity(), delivery, now())


@blueprint.get("/changes")
@blueprint.arguments(PullQuerySchema, location="query")
@blueprint.response(200, ChangesSchema)
def pull(query: dict[str, Any]) -> dict[str, Any]:
    """What changed in one's scope since the cursor."""
    return service.pull(db.session(), current_identity(), query.get("cursor"), query["limit"], now())


@blueprint.before_request
def _room_for_an_outbox_file() -> None:
    """A day of somebody's photos in one request is more than any other may have."""
    if request.endpoint == "sync.import_outbox":
        request.max_content_length = context.settings().max_outbox_file_bytes


@blueprint.post("/imports")
@blueprint.arguments(OutboxFileSchema, location="files")
@blueprint.arguments(OutboxQuerySchema, location="query")
@blueprint.response(200, OutboxReportSchema)
@blueprint.alt_response(401, **PROBLEM)
@blueprint.alt_response(403, **PROBLEM)
@blueprint.alt_response(413, **PROBLEM)
def import_outbox(files: dict[str, Any], query: dict[str, Any]) -> dict[str, Any]:
    """Read the file that a phone exported, in its owner's name; without a passphrase by the office's key."""
    passphrase = request.form.get("passphrase", "")[:200] or None
    opener = Opener(passphrase, office_key.load_for(context.settings(), None, passphrase))
    report = importing.import_file(
        db.session(), current_identity(), files["file"].stream, opener, now(), **query
    )
    return report.document()


@receipts_blueprint.get("/keys")
@receipts_blueprint.response(200, KeysSchema)
def keys() -> dict[str, Any]:
    """Public keys of all receipts ever given here, the one in use first. Open to everybody."""
    return {"keys": public_keys(db.session())}
