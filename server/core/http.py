"""The one place that turns a request into a transaction and a failure into a problem document.

`Xunjian.dispatch_request` commits after a view of an unsafe method returned, and rolls back when
anything was raised; nobody else commits. Answers and the API description speak
`application/problem+json`: flask-smorest's own error body is replaced in two places, one of which
(`_register_responses`) is private, hence the pinned version and the contract test.
"""

from __future__ import annotations

import http
import json
import re
from typing import Any

import marshmallow as ma
import structlog
from flask import Flask, Response, request
from flask_smorest import Api
from flask_smorest.utils import prepare_response
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from server.core import context
from server.core.db import db
from server.core.problems import (
    BadRequest,
    BadText,
    CrossSite,
    Invalid,
    Problem,
    Unavailable,
    from_database_error,
)

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
PROBLEM_TYPE = "application/problem+json"
CSP = (
    "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; worker-src 'self'; "
    "style-src 'self' 'unsafe-inline'; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
TIANDITU = " https://*.tianditu.gov.cn"
log = structlog.get_logger()


class ProblemSchema(ma.Schema):
    """RFC 9457 problem document with our stable `code`."""

    class Meta:
        unknown = ma.INCLUDE

    type = ma.fields.String(metadata={"example": "/problems/notice.deadline_past"})
    code = ma.fields.String(required=True, metadata={"example": "notice.deadline_past"})
    status = ma.fields.Integer(required=True)
    title = ma.fields.String(required=True)
    detail = ma.fields.String()
    errors = ma.fields.Dict(metadata={"description": "Where a schema was not met"})


def problem_response(problem: Problem) -> Response:
    """The HTTP answer for a problem."""
    body = json.dumps(problem.body(), ensure_ascii=False, default=str)
    return Response(body, status=problem.status, content_type=PROBLEM_TYPE)


class ProblemApi(Api):  # type: ignore[misc]
    """flask-smorest with problem documents in the answers and in the API description."""

    ERROR_SCHEMA = ProblemSchema

    def handle_http_exception(self, error: HTTPException) -> Response:
        status = error.code or 500
        if status == 422:
            return problem_response(Invalid(errors=getattr(error, "data", {}).get("messages", {})))
        if status == 400:
            return problem_response(BadRequest(error.description))
        phrase = http.HTTPStatus(status)
        document = {
            "type": f"/problems/http.{phrase.name.lower()}",
            "code": f"http.{phrase.name.lower()}",
            "status": status,
            "title": phrase.phrase,
        }
        body = Response(json.dumps(document), status=status, content_type=PROBLEM_TYPE)
        if status == 405 and getattr(error, "valid_methods", None):
            body.headers["Allow"] = ", ".join(error.valid_methods)  # type: ignore[attr-defined]
        return body

    def _register_responses(self) -> None:
        for status in http.HTTPStatus:
            response: dict[str, Any] = {"description": status.phrase}
            if status >= 400:
                response["schema"] = self.ERROR_SCHEMA
                prepare_response(response, self.spec, PROBLEM_TYPE)
            self.spec.components.response(status.name, response, lazy=True)
        fallback = {"description": "A problem document", "schema": self.ERROR_SCHEMA}
        prepare_response(fallback, self.spec, PROBLEM_TYPE)
        self.spec.components.response("DEFAULT_ERROR", fallback, lazy=True)


class Xunjian(Flask):
    """The application class: one request, one transaction."""

    def dispatch_request(self) -> Any:
        try:
            answer = super().dispatch_request()
            if request.method not in SAFE_METHODS:
                db.session.commit()
            return answer
        except BaseException:
            db.session.rollback()
            raise


def refuse_cross_site(allowed_origin: str) -> None:
    """CSRF: an unsafe request must come from our own pages (or from no page at all)."""
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site in ("same-origin", "none"):
        return
    origin = request.headers.get("Origin")
    if site is None and origin is None:
        return
    if origin in (allowed_origin, f"{request.scheme}://{request.host}"):
        return
    raise CrossSite()


def refuse_unstorable_text(value: Any) -> None:
    """Raise `BadText` when any string inside `value` has NUL or a lone surrogate."""
    if isinstance(value, str):
        if "\0" in value or any(0xD800 <= ord(char) <= 0xDFFF for char in value):
            raise BadText()
    elif isinstance(value, dict):
        for key, item in value.items():
            refuse_unstorable_text(key)
            refuse_unstorable_text(item)
    elif isinstance(value, list):
        for item in value:
            refuse_unstorable_text(item)


def check_text() -> None:
    """Look at query, path and JSON body before anything reaches the database."""
    refuse_unstorable_text(list(request.args.values()) + list(request.args) + [request.path])
    # Asked by the bytes and not by `Content-Length`, which a chunked body does not have.
    if request.is_json and (body := request.get_data()):
        try:
            content = request.get_json()
            if _SUSPICIOUS.search(body) or body.count(b"[") + body.count(b"{") > MANY_BRACKETS:
                refuse_unstorable_text(content)
        except RecursionError as error:
            raise BadRequest() from error


_SUSPICIOUS = re.compile(rb"\x00|\xed[\xa0-\xbf]|\\u(?:0000|[dD][89a-fA-F])")
"""Without one of these a JSON body holds no unstorable text: neither raw, nor escaped, nor in the wider
encodings of Unicode (full of zero bytes), all of which Python's reader lets through."""

MANY_BRACKETS = 500
"""Fewer cannot nest so deeply that walking the value would fail."""


def _on_database_error(error: DBAPIError) -> Response:
    problem = from_database_error(error)
    if problem is None:
        raise error
    return problem_response(problem)


def _on_pool_timeout(error: PoolTimeout) -> Response:
    log.warning("database_pool_exhausted", detail=str(error))
    return problem_response(Unavailable())


def policy(tianditu: bool) -> str:
    """The app's content policy; with a key of 天地图 its tiles may be fetched as well."""
    return CSP.replace("connect-src 'self'", f"connect-src 'self'{TIANDITU}") if tianditu else CSP


def _security_headers(response: Response) -> Response:
    csp = policy(bool(context.settings().tianditu_key))
    response.headers.setdefault("Content-Security-Policy", csp)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(self), microphone=(self)")
    if request.path.startswith("/api/"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def init_app(app: Flask, allowed_origin: str) -> None:
    """Install the checks before a request and the translation of failures after it."""
    app.before_request(lambda: refuse_cross_site(allowed_origin))
    app.before_request(check_text)
    app.after_request(_security_headers)
    app.register_error_handler(Problem, problem_response)
    app.register_error_handler(DBAPIError, _on_database_error)
    app.register_error_handler(PoolTimeout, _on_pool_timeout)
