"""The catalogue and the checklists over HTTP."""

from __future__ import annotations

import uuid
from typing import Any

from flask import request
from flask_smorest import Blueprint
from werkzeug.http import quote_etag
from werkzeug.wrappers import Response

from server.checklists import schemas, service
from server.core.db import db
from server.core.http import PROBLEM_TYPE, ProblemSchema
from server.core.identity import current_identity

blueprint = Blueprint(
    "checklists", __name__, url_prefix="/api/checklists", description="Hazard catalogue and checklists"
)
BLUEPRINTS = (blueprint,)
PROBLEM = {"schema": ProblemSchema, "content_type": PROBLEM_TYPE}


@blueprint.get("/current")
@blueprint.response(200, schemas.CurrentSchema)
@blueprint.alt_response(304, description="Not changed since the ETag that was sent")
@blueprint.alt_response(401, **PROBLEM)
@blueprint.alt_response(503, **PROBLEM)
def read_current() -> Any:
    """The catalogue in force with the newest version of each checklist (about 90 KB; has an ETag)."""
    current_identity()
    catalogue, checklists = service.current(db.session())
    tag = service.etag(catalogue, checklists)
    headers = {"ETag": quote_etag(tag), "Cache-Control": "private, no-cache"}
    if request.if_none_match.contains_weak(tag):
        return Response(status=304, headers=headers)
    return {"catalogue": catalogue, "checklists": checklists}, 200, headers


@blueprint.get("/<uuid:checklist_id>")
@blueprint.response(200, schemas.ChecklistSchema)
@blueprint.alt_response(401, **PROBLEM)
@blueprint.alt_response(404, **PROBLEM)
def read_checklist(checklist_id: uuid.UUID) -> Any:
    """One checklist version: what an old round was walked with."""
    current_identity()
    return service.checklist(db.session(), checklist_id)
