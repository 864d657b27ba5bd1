"""The ladder, its proposals and measures over HTTP; deciding goes by commands."""

from __future__ import annotations

import uuid
from typing import Any

from flask_smorest import Blueprint

from server.core.clock import now
from server.core.db import db
from server.core.http import PROBLEM_TYPE, ProblemSchema
from server.core.identity import current_identity
from server.escalation import deciding, ladder, reading, recount, schemas, simulation

blueprint = Blueprint("escalation", __name__, url_prefix="/api/escalation", description="The ladder (升级)")
BLUEPRINTS = (blueprint,)
PROBLEM = {"schema": ProblemSchema, "content_type": PROBLEM_TYPE}


@blueprint.get("/ladder")
@blueprint.arguments(schemas.LadderQuerySchema, location="query")
@blueprint.response(200, schemas.LadderSchema)
@blueprint.alt_response(401, **PROBLEM)
@blueprint.alt_response(403, **PROBLEM)
@blueprint.alt_response(404, **PROBLEM)
def show_ladder(query: dict[str, Any]) -> dict[str, Any]:
    """The ladder in force or an earlier version, with the history."""
    return ladder.show(db.session(), current_identity(), query.get("no"), now())


@blueprint.post("/ladder")
@blueprint.arguments(schemas.EditLadderSchema)
@blueprint.response(200, schemas.LadderSchema)
@blueprint.alt_response(401, **PROBLEM)
@blueprint.alt_response(403, **PROBLEM)
@blueprint.alt_response(409, **PROBLEM)
def edit_ladder(body: dict[str, Any]) -> dict[str, Any]:
    """Store a new version of the ladder."""
    return ladder.edit(db.session(), current_identity(), body, now())


@blueprint.post("/simulation")
@blueprint.arguments(schemas.SimulateSchema)
@blueprint.response(200, schemas.SimulationSchema)
@blueprint.alt_response(401, **PROBLEM)
@blueprint.alt_response(403, **PROBLEM)
def simulate(body: dict[str, Any]) -> dict[str, Any]:
    """What a ladder would have done with the cases of the last year; nothing is stored."""
    return simulation.run(db.session(), current_identity(), body["steps"], body["days"], now())


@blueprint.get("/proposals")
@blueprint.arguments(schemas.ProposalQuerySchema, location="query")
@blueprint.response(200, schemas.ProposalsSchema)
@blueprint.alt_response(401, **PROBLEM)
@blueprint.alt_response(403, **PROBLEM)
@blueprint.alt_response(404, **PROBLEM)
def list_proposals(query: dict[str, Any]) -> dict[str, Any]:
    """Proposals of one's area, newest first."""
    return deciding.page(db.session(), current_identity(), query)


@blueprint.get("/interviews")
@blueprint.arguments(schemas.PageQuerySchema, location="query")
@blueprint.response(200, schemas.InterviewsSchema)
@blueprint.alt_response(401, **PROBLEM)
@blueprint.alt_response(403, **PROBLEM)
@blueprint.alt_response(404, **PROBLEM)
def list_interviews(query: dict[str, Any]) -> dict[str, Any]:
    """Interviews (约谈) of one's area or firm, newest first."""
    return reading.interviews(db.session(), current_identity(), query)


@blueprint.get("/interviews/<uuid:interview_id>")
@blueprint.response(200, schemas.InterviewSchema)
@blueprint.alt_response(401, **PROBLEM)
@blueprint.alt_response(403, **PROBLEM)
@blueprint.alt_response(404, **PROBLEM)
def show_interview(interview_id: uuid.UUID) -> dict[str, Any]:
    """One interview with minutes and commitments."""
    return reading.one_interview(db.session(), current_identity(), interview_id)


@blueprint.get("/listings")
@blueprint.arguments(schemas.PageQuerySchema, location="query")
@blueprint.response(200, schemas.ListingsSchema)
@blueprint.alt_response(401, **PROBLEM)
@blueprint.alt_response(403, **PROBLEM)
@blueprint.alt_response(404, **PROBLEM)
def list_listings(query: dict[str, Any]) -> dict[str, Any]:
    """Listed supervision (挂牌督办) of one's area or firm, newest first."""
    return reading.listings(db.session(), current_identity(), query)


@blueprint.get("/listings/<uuid:listing_id>")
@blueprint.response(200, schemas.ListingSchema)
@blueprint.alt_response(401, **PROBLEM)
@blueprint.alt_response(403, **PROBLEM)
@blueprint.alt_response(404, **PROBLEM)
def show_listing(listing_id: uuid.UUID) -> dict[str, Any]:
    """One listing with plan and weekly reports."""
    return reading.one_listing(db.session(), current_identity(), listing_id)


@blueprint.get("/bulletins")
@blueprint.arguments(schemas.PageQuerySchema, location="query")
@blueprint.response(200, schemas.BulletinsSchema)
@blueprint.alt_response(401, **PROBLEM)
@blueprint.alt_response(403, **PROBLEM)
@blueprint.alt_response(404, **PROBLEM)
def list_bulletins(query: dict[str, Any]) -> dict[str, Any]:
    """Bulletins (通报) of one's area or firm, newest first."""
    return reading.bulletins(db.session(), current_identity(), query)


@blueprint.get("/recount")
@blueprint.arguments(schemas.RecountQuerySchema, location="query")
@blueprint.response(200, schemas.RecountSchema)
@blueprint.alt_response(401, **PROBLEM)
@blueprint.alt_response(403, **PROBLEM)
def show_recount(query: dict[str, Any]) -> dict[str, Any]:
    """Open deadlines that the calendar in force counts otherwise than they stand."""
    return recount.affected(db.session(), current_identity(), query["limit"])
