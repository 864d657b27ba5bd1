"""The two endpoints that a phone needs to be in step with the office."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from server.core.clock import now
from server.core.db import db
from server.core.identity import current_identity
from server.core.receipt_keys import public_keys
from server.sync import service
from server.sync.schemas import ChangesSchema, KeysSchema, PullQuerySchema, PushResultSchema, PushSchema

blueprint = Blueprint("sync", __name__, url_prefix="/api/sync", description="Commands and changes")
receipts_blueprint = Blueprint(
    "receipts", __name__, url_prefix="/api/receipts", description="What verifies receipts"
)
BLUEPRINTS = (blueprint, receipts_blueprint)


@blueprint.post("/commands")
@blueprint.arguments(PushSchema)
@blueprint.response(200, PushResultSchema)
def push(request: dict[str, Any]) -> dict[str, Any]:
    """Deliver commands; each is applied once, however often it is delivered."""
    return service.push(db.session(), current_identity(), request, now())


@blueprint.get("/changes")
@blueprint.arguments(PullQuerySchema, location="query")
@blueprint.response(200, ChangesSchema)
def pull(query: dict[str, Any]) -> dict[str, Any]:
    """What changed in one's scope since the cursor."""
    return service.pull(db.session(), current_identity(), query.get("cursor"), query["limit"], now())


@receipts_blueprint.get("/keys")
@receipts_blueprint.response(200, KeysSchema)
def keys() -> dict[str, Any]:
    """Public keys of all receipts ever given here, the one in use first. Open to everybody."""
    return {"keys": public_keys(db.session())}
