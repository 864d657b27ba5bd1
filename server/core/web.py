"""Serves the built web app from `pwa/dist`, with the caching that an offline app needs.

Hashed assets never change and may be kept forever; the entry page, the service worker and the
manifest must be asked for each time, or an old version would never leave the phones.
"""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask, Response, current_app, request, send_from_directory
from werkzeug.exceptions import NotFound as NoRoute
from werkzeug.security import safe_join

from server.core.http import problem_response
from server.core.problems import NotFound

IMMUTABLE = "public, max-age=31536000, immutable"
NOT_BUILT = (
    "<!doctype html><meta charset=utf-8><title>巡检</title>"
    "<p>The web app is not built yet: run <code>make install</code>.</p>"
)


def _dist() -> Path:
    return Path(current_app.config["PWA_DIST"])


def asset(path: str) -> Response:
    """A file of the build, or the entry page for the app's own routes."""
    dist = _dist()
    # None where the path leads out of the folder; `os.path` takes names that no file system could hold.
    file = safe_join(str(dist), path)
    if path and file is not None and os.path.isfile(file):
        response = send_from_directory(dist, path)
        response.headers["Cache-Control"] = IMMUTABLE if path.startswith("assets/") else "no-cache"
        return response
    if path.startswith("assets/") or "." in path.rsplit("/", 1)[-1]:
        raise NotFound()
    if not (dist / "index.html").is_file():
        return Response(NOT_BUILT, status=503, content_type="text/html; charset=utf-8")
    response = send_from_directory(dist, "index.html")
    response.headers["Cache-Control"] = "no-cache"
    return response


def _no_route(error: NoRoute) -> Response:
    """What no route answers: a file of the app, one of its own screens, or really nothing."""
    path = request.path.lstrip("/")
    if request.method not in ("GET", "HEAD") or f"{path}/".startswith("api/"):
        return problem_response(NotFound())
    try:
        return asset(path)
    except NotFound as problem:
        return problem_response(problem)


def init_app(app: Flask) -> None:
    """Serve the app below every route; a catch-all route would make every API path answer to GET."""
    app.register_error_handler(NoRoute, _no_route)
