"""The calendar over HTTP."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from server.calendars import schemas, service, years
from server.core import jobs
from server.core.clock import now
from server.core.db import db
from server.core.http import PROBLEM_TYPE, ProblemSchema
from server.core.identity import current_identity

blueprint = Blueprint(
    "calendars", __name__, url_prefix="/api/calendars", description="Working days (放假安排)"
)
BLUEPRINTS = (blueprint,)
PROBLEM = {"schema": ProblemSchema, "content_type": PROBLEM_TYPE}
CHANGED = "escalation.calendar_changed"
"""The job that tells whose open deadlines the calendar counts otherwise now; they live above this feature."""


@blueprint.get("")
@blueprint.response(200, schemas.CalendarOverviewSchema)
@blueprint.alt_response(401, **PROBLEM)
def show_calendar() -> dict[str, Any]:
    """The years around now, the imports, and the year that is missing."""
    current_identity()
    return years.overview(db.session(), now())


@blueprint.get("/days")
@blueprint.arguments(schemas.YearQuerySchema, location="query")
@blueprint.response(200, schemas.SpecialDaysSchema)
@blueprint.alt_response(401, **PROBLEM)
def list_days(query: dict[str, Any]) -> dict[str, Any]:
    """Holidays, make-up days and local days of one year."""
    current_identity()
    return {"items": years.special_days(db.session(), query["year"])}


@blueprint.get("/differences")
@blueprint.arguments(schemas.SpanQuerySchema, location="query")
@blueprint.response(200, schemas.DifferencesSchema)
@blueprint.alt_response(401, **PROBLEM)
def list_differences(query: dict[str, Any]) -> dict[str, Any]:
    """Settled days on which the second package disagrees with the calendar in force."""
    current_identity()
    return years.compared() | {"items": years.differences(db.session(), query["first"], query["last"])}


@blueprint.post("/imports/holidays")
@blueprint.arguments(schemas.DryRunSchema, location="query")
@blueprint.arguments(schemas.HolidayFileSchema)
@blueprint.response(200, schemas.ImportedSchema)
@blueprint.alt_response(401, **PROBLEM)
@blueprint.alt_response(403, **PROBLEM)
def import_year(query: dict[str, Any], document: dict[str, Any]) -> Any:
    """Store the official days of one year (holiday-cn JSON), or with `dry_run` say what would change."""
    dry_run = query["dry_run"]
    report = service.import_days(db.session(), current_identity(), document, now=now(), dry_run=dry_run)
    if not dry_run:
        jobs.enqueue(db.session(), CHANGED)
    return report


@blueprint.post("/local-days")
@blueprint.arguments(schemas.LocalDaySchema)
@blueprint.response(204)
@blueprint.alt_response(401, **PROBLEM)
@blueprint.alt_response(403, **PROBLEM)
def set_local_day(body: dict[str, Any]) -> None:
    """A day that only this place has off, or works."""
    years.set_local_day(db.session(), current_identity(), body["date"], body, now())
    jobs.enqueue(db.session(), CHANGED)


@blueprint.delete("/local-days")
@blueprint.arguments(schemas.LocalDateSchema, location="query")
@blueprint.response(204)
@blueprint.alt_response(401, **PROBLEM)
@blueprint.alt_response(403, **PROBLEM)
@blueprint.alt_response(404, **PROBLEM)
def withdraw_local_day(query: dict[str, Any]) -> None:
    """Take a local day back."""
    years.withdraw_local_day(db.session(), current_identity(), query["date"], now())
    jobs.enqueue(db.session(), CHANGED)
