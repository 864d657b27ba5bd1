"""The case file over HTTP."""

from __future__ import annotations

import uuid
from typing import Any

from flask_smorest import Blueprint

from server.cases import service
from server.cases.schemas import CaseSchema
from server.core.db import db
from server.core.http import ProblemSchema
from server.core.identity import current_identity

blueprint = Blueprint("cases", __name__, url_prefix="/api/findings", description="Case files (案卷)")
BLUEPRINTS = (blueprint,)


@blueprint.get("/<uuid:finding_id>")
@blueprint.response(200, CaseSchema)
@blueprint.alt_response(404, schema=ProblemSchema, content_type="application/problem+json")
def show_case(finding_id: uuid.UUID) -> dict[str, Any]:
    """One finding with everything that happened to it."""
    return service.case(db.session(), current_identity(), finding_id)
