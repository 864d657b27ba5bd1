"""The API description: OpenAPI 3.1 at `/api/openapi.json`, pages for reading it at `/api/docs`.

The command endpoint takes many kinds of bodies. A batch with one bad body is still a good batch (the
body is refused in its own result, not by 422), so the envelope stays open in the description and
`describe_commands` adds one schema a kind beside it, from the registry itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from flask import Blueprint, Flask, Response
from flask_swagger_ui import get_swaggerui_blueprint

from server.core.fields import UUID7_PATTERN
from server.core.http import ProblemApi

DESCRIPTION = """Field inspection of residential property management.

Every write of a case is a *command* with the client's own id, sent to `POST /api/sync/commands`;
repeating it returns the stored answer. Failures are `application/problem+json` with a stable `code`.
"""


def create_api(app: Flask) -> ProblemApi:
    """Configure flask-smorest on `app` and return its `Api`."""
    app.config.update(
        API_TITLE="Xunjian 巡检",
        API_VERSION="1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_JSON_PATH="openapi.json",
        OPENAPI_URL_PREFIX="/api",
        API_SPEC_OPTIONS={
            "info": {"description": DESCRIPTION},
            "components": {
                "securitySchemes": {
                    "session": {"type": "apiKey", "in": "cookie", "name": "xunjian_session"},
                }
            },
        },
    )
    return ProblemApi(app)


def describe_commands(api: ProblemApi, schemas: Mapping[str, type[ma.Schema]]) -> None:
    """Add the schema of each kind of command, and the list of them to the envelope (`x-kinds`)."""
    kinds = {}
    bodies = {schema: schema.__name__.removesuffix("Schema") + "Body" for schema in schemas.values()}
    for schema, body_name in bodies.items():
        api.spec.components.schema(body_name, schema=schema)
    for kind, schema in schemas.items():
        name = "".join(part.title() for part in kind.split("_")) + "Command"
        api.spec.components.schema(name, _command(kind, bodies[schema]))
        kinds[kind] = f"#/components/schemas/{name}"
    api.spec.components.schemas["Command"]["x-kinds"] = kinds


def _command(kind: str, body_name: str) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["id", "kind", "captured_at", "body"],
        "additionalProperties": False,
        "properties": {
            "id": {"type": "string", "pattern": UUID7_PATTERN, "description": "UUIDv7 made by the client"},
            "kind": {"const": kind},
            "captured_at": {"type": "string", "format": "date-time"},
            "body": {"$ref": f"#/components/schemas/{body_name}"},
        },
    }


DOCS_CSP = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:"
)


def docs_pages() -> Blueprint:
    """Swagger UI at `/api/docs/`, served from the package; its one inline script gets a CSP of its own."""
    pages: Blueprint = get_swaggerui_blueprint(
        "/api/docs", "/api/openapi.json", config={"app_name": "Xunjian API"}
    )

    @pages.after_request
    def own_policy(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = DOCS_CSP
        return response

    return pages
