"""Reading rounds over HTTP; walking them goes through `POST /api/sync/commands`."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from server.core.clock import SHANGHAI, now
from server.core.db import db
from server.core.http import PROBLEM_TYPE, ProblemSchema
from server.core.identity import current_identity
from server.rounds import reading, schemas

blueprint = Blueprint("rounds", __name__, url_prefix="/api/rounds", description="Rounds and visits (巡查)")
BLUEPRINTS = (blueprint,)
PROBLEM = {"schema": ProblemSchema, "content_type": PROBLEM_TYPE}


@blueprint.get("")
@blueprint.arguments(schemas.RoundsQuerySchema, location="query")
@blueprint.response(200, schemas.RoundsSchema)
@blueprint.alt_response(401, **PROBLEM)
@blueprint.alt_response(403, **PROBLEM)
def list_rounds(query: dict[str, Any]) -> dict[str, Any]:
    """Rounds that cover a day: one's own, or those of one's area for supervisors."""
    day = query["on"] or now().astimezone(SHANGHAI).date()
    return {"items": reading.rounds_on(db.session(), current_identity(), day, query["path"])}
