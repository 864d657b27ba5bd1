"""The map over HTTP: vector tiles, the list that belongs to them, and the counts of the panel."""

from __future__ import annotations

import gzip
from typing import Any

from flask import Response, request, send_file
from flask_smorest import Blueprint

from server.core.db import db
from server.core.http import ProblemSchema
from server.core.identity import current_identity
from server.maps import basemap, service
from server.maps.schemas import (
    BaseMapsSchema,
    CompoundIdSchema,
    CountsQuerySchema,
    CountsSchema,
    FilterSchema,
    ListQuerySchema,
    MapFindingSchema,
    MapPageSchema,
)

blueprint = Blueprint("map", __name__, url_prefix="/api/map", description="Map (地图)")
BLUEPRINTS = (blueprint,)
MVT = "application/vnd.mapbox-vector-tile"
PMTILES = "application/vnd.pmtiles"
BINARY = {"type": "string", "format": "binary"}
PROBLEM = {"schema": ProblemSchema, "content_type": "application/problem+json"}
WORTH_PACKING = 600
"""Bytes below which gzip saves no packet."""


@blueprint.get("/tiles/<int:z>/<int:x>/<int:y>.mvt")
@blueprint.arguments(FilterSchema, location="query")
@blueprint.response(200, BINARY, content_type=MVT)
@blueprint.alt_response(304, description="The browser's copy is current")
@blueprint.alt_response(404, **PROBLEM)
def show_tile(query: dict[str, Any], z: int, x: int, y: int) -> Response:
    """Findings, compounds and buildings of one tile, within one's scope."""
    tile = service.tile(db.session(), current_identity(), z, x, y, query["filters"], _known())
    return _answer(tile, "private, no-cache")


@blueprint.get("/base/<int:z>/<int:x>/<int:y>.mvt")
@blueprint.response(200, BINARY, content_type=MVT)
@blueprint.alt_response(304, description="The browser's copy is current")
@blueprint.alt_response(404, **PROBLEM)
def show_base_tile(z: int, x: int, y: int) -> Response:
    """The ground of one tile: areas, roads, water, greenery, labels; a layer for each kind."""
    tile = service.base_tile(db.session(), current_identity(), z, x, y, _known())
    return _answer(tile, "private, max-age=86400")


@blueprint.get("/basemaps")
@blueprint.response(200, BaseMapsSchema)
@blueprint.alt_response(403, **PROBLEM)
def list_basemaps() -> dict[str, Any]:
    """Base maps to take along, by district."""
    return basemap.listed(db.session(), current_identity())


@blueprint.get("/basemaps/<string(length=6):code>.pmtiles")
@blueprint.response(200, BINARY, content_type=PMTILES)
@blueprint.alt_response(206, description="The range asked for")
@blueprint.alt_response(404, **PROBLEM)
@blueprint.alt_response(416, description="No such range")
def show_basemap(code: str) -> Response:
    """A district's base map (PMTiles); by `Range` piece by piece, so that a cut costs one piece only."""
    found = basemap.file_of(db.session(), current_identity(), code)
    answer = send_file(found.path, mimetype=PMTILES, conditional=True, etag=found.tag, max_age=0)
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


@blueprint.get("/findings")
@blueprint.arguments(ListQuerySchema, location="query")
@blueprint.response(200, MapPageSchema)
def list_findings(query: dict[str, Any]) -> dict[str, Any]:
    """Findings in a box: overdue first, then by deadline, then (if asked for) what was put right."""
    identity = current_identity()
    return service.findings(
        db.session(), identity, query["bbox"], query["filters"], query["cursor"], query["limit"]
    )


@blueprint.get("/counts")
@blueprint.arguments(CountsQuerySchema, location="query")
@blueprint.response(200, CountsSchema)
def count_findings(query: dict[str, Any]) -> dict[str, Any]:
    """Exact counts for the filter panel."""
    return service.counts(db.session(), current_identity(), query["bbox"], query["filters"])


@blueprint.get("/pins/<int:pin_id>")
@blueprint.response(200, MapFindingSchema)
@blueprint.alt_response(404, **PROBLEM)
def show_pin(pin_id: int) -> dict[str, Any]:
    """The finding behind a pin."""
    return service.finding_of_pin(db.session(), current_identity(), pin_id)


@blueprint.get("/compounds/<int:shape_id>")
@blueprint.response(200, CompoundIdSchema)
@blueprint.alt_response(404, **PROBLEM)
def show_compound(shape_id: int) -> dict[str, Any]:
    """The compound behind an outline."""
    return {"compound_id": service.compound_of_shape(db.session(), current_identity(), shape_id)}


def _known() -> str | None:
    """The tag of the copy that the browser holds; it asks with one at most."""
    tags = list(request.if_none_match.as_set(include_weak=True))
    return tags[0] if len(tags) == 1 else None


def _answer(tile: service.Tile, caching: str) -> Response:
    headers = {"Cache-Control": caching, "Vary": "Accept-Encoding, Cookie", "ETag": f'W/"{tile.tag}"'}
    if tile.body is None:
        return Response(status=304, headers=headers)
    body = tile.body
    if len(body) >= WORTH_PACKING and request.accept_encodings["gzip"] > 0:
        body, headers["Content-Encoding"] = gzip.compress(body, 4, mtime=0), "gzip"
    return Response(body, content_type=MVT, headers=headers)
