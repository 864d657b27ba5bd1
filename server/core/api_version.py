"""Which versions of the app this server understands.

An app says `X-Xunjian-Api: n` with every call; one without the header is of version 1, which had none.
At least two versions are served at a time, because a phone may come back from weeks without a network
with a full queue. One that is older still is told so with 426 and keeps its queue: nothing was looked at.
Newer apps than the server are served too: they ask only for what the answer of this header names.

1. Commands, changes, resumable photos.
2. Receipts, counters, orders, readiness.
"""

from __future__ import annotations

from flask import Flask, Response, request

from server.core.problems import AppTooOld, BadRequest

OLDEST, CURRENT = 1, 2
HEADER = "X-Xunjian-Api"
SUPPORTED = "X-Xunjian-Api-Supported"
ALWAYS_OPEN = ("/api/openapi.json", "/api/docs", "/api/receipts/keys")


def asked_version() -> int:
    """The version that the request's app speaks; raises `BadRequest` for what is no number."""
    text = request.headers.get(HEADER, "1")
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise BadRequest(f"{HEADER} must be a whole number")
    return int(text)


def _refuse_too_old() -> None:
    if not request.path.startswith("/api/") or request.path in ALWAYS_OPEN:
        return
    version = asked_version()
    if version < OLDEST:
        raise AppTooOld(minimum=OLDEST, current=CURRENT, version=version)


def _tell_supported(response: Response) -> Response:
    if request.path.startswith("/api/"):
        response.headers[SUPPORTED] = f"{OLDEST}-{CURRENT}"
    return response


def init_app(app: Flask) -> None:
    """Look at the version before anything else is looked at."""
    app.before_request(_refuse_too_old)
    app.after_request(_tell_supported)
