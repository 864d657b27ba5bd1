"""Places and their imports over HTTP."""

from __future__ import annotations

import uuid
from typing import Any

from flask_smorest import Blueprint

from server.core.clock import SHANGHAI, now
from server.core.db import db
from server.core.http import PROBLEM_TYPE, ProblemSchema
from server.core.identity import current_identity
from server.places import importing, schemas, service

blueprint = Blueprint("places", __name__, url_prefix="/api/places", description="Areas, compounds, firms")
BLUEPRINTS = (blueprint,)
PROBLEM = {"schema": ProblemSchema, "content_type": PROBLEM_TYPE}


@blueprint.get("/compounds/<uuid:compound_id>")
@blueprint.response(200, schemas.CompoundSchema)
@blueprint.alt_response(401, **PROBLEM)
@blueprint.alt_response(404, **PROBLEM)
def read_compound(compound_id: uuid.UUID) -> dict[str, Any]:
    """One compound."""
    return service.compound_document(db.session(), current_identity(), compound_id)


@blueprint.get("/areas")
@blueprint.arguments(schemas.AreasQuerySchema, location="query")
@blueprint.response(200, schemas.AreasSchema)
@blueprint.alt_response(401, **PROBLEM)
@blueprint.alt_response(403, **PROBLEM)
def list_areas(query: dict[str, Any]) -> dict[str, Any]:
    """Areas within one's scope, parents before children."""
    return {"items": service.list_areas(db.session(), current_identity(), query["level"])}


@blueprint.get("/firms/<uuid:firm_id>")
@blueprint.response(200, schemas.FirmSchema)
@blueprint.alt_response(401, **PROBLEM)
@blueprint.alt_response(403, **PROBLEM)
@blueprint.alt_response(404, **PROBLEM)
def read_firm(firm_id: uuid.UUID) -> dict[str, Any]:
    """A firm that manages something within one's scope."""
    return service.firm_document(db.session(), current_identity(), firm_id)


@blueprint.post("/imports/areas")
@blueprint.arguments(schemas.ImportFileSchema, location="files")
@blueprint.arguments(schemas.ImportQuerySchema, location="query")
@blueprint.response(200, schemas.ImportReportSchema)
@blueprint.alt_response(401, **PROBLEM)
@blueprint.alt_response(403, **PROBLEM)
@blueprint.alt_response(413, **PROBLEM)
def import_areas(files: dict[str, Any], query: dict[str, Any]) -> dict[str, Any]:
    """Areas from a CSV with `code` and `name`, or district outlines from GeoJSON; all rows or none."""
    file, today = files["file"], now().astimezone(SHANGHAI).date()
    report = importing.import_areas(
        db.session(), current_identity(), file.read(), file.filename or "", today=today, **query
    )
    return report.document()


@blueprint.post("/imports/compounds")
@blueprint.arguments(schemas.ImportFileSchema, location="files")
@blueprint.arguments(schemas.ImportQuerySchema, location="query")
@blueprint.response(200, schemas.ImportReportSchema)
@blueprint.alt_response(401, **PROBLEM)
@blueprint.alt_response(403, **PROBLEM)
@blueprint.alt_response(413, **PROBLEM)
def import_compounds(files: dict[str, Any], query: dict[str, Any]) -> dict[str, Any]:
    """Compounds from GeoJSON or from an XLSX in the ten columns of 附件1; all rows or none."""
    file = files["file"]
    report = importing.import_compounds(
        db.session(), current_identity(), file.read(), file.filename or "", **query
    )
    return report.document()
