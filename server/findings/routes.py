"""Reading findings over HTTP; acting on them goes through `POST /api/sync/commands`."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from server.core.db import db
from server.core.identity import current_identity
from server.core.permissions import Permission, require
from server.findings import reading
from server.findings.schemas import FindingPageSchema, InboxCountsSchema, InboxQuerySchema

blueprint = Blueprint("findings", __name__, url_prefix="/api/findings", description="Findings (问题)")
BLUEPRINTS = (blueprint,)


@blueprint.get("")
@blueprint.arguments(InboxQuerySchema, location="query")
@blueprint.response(200, FindingPageSchema)
def list_findings(query: dict[str, Any]) -> dict[str, Any]:
    """Findings of one's scope: an inbox (most urgent first) or a filtered list (newest first)."""
    identity = current_identity()
    require(identity, Permission.FINDING_READ)
    return reading.page(db.session(), identity, query)


@blueprint.get("/inbox")
@blueprint.response(200, InboxCountsSchema)
def count_inboxes() -> dict[str, int]:
    """How many findings wait in each inbox."""
    identity = current_identity()
    require(identity, Permission.FINDING_READ)
    return reading.inbox_counts(db.session(), identity)
