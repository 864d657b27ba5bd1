"""Signing in and out, devices and accounts over HTTP."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from flask import current_app, g, request
from flask_smorest import Blueprint
from werkzeug.http import dump_cookie

from server.accounts import certificates, devices, documents, originals_rule, schemas, service, sessions
from server.core.clock import now
from server.core.config import Settings
from server.core.db import db
from server.core.http import PROBLEM_TYPE, ProblemSchema
from server.core.identity import current_identity

COOKIE_SECONDS = 400 * 24 * 3600
"""As long as browsers allow: the database decides when a session ends, not the cookie."""

session_blueprint = Blueprint("session", __name__, url_prefix="/api/session", description="Signing in")
devices_blueprint = Blueprint(
    "devices", __name__, url_prefix="/api/devices", description="Phones and browsers"
)
users_blueprint = Blueprint("users", __name__, url_prefix="/api/users", description="Accounts")
originals_blueprint = Blueprint(
    "originals_rule", __name__, url_prefix="/api/originals-rule", description="Which camera files are wanted"
)
BLUEPRINTS = (session_blueprint, devices_blueprint, users_blueprint, originals_blueprint)
PROBLEM = {"schema": ProblemSchema, "content_type": PROBLEM_TYPE}


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _cookie(token: str, max_age: int) -> dict[str, str]:
    secure = _settings().secure
    name = sessions.cookie_name(secure)
    value = dump_cookie(name, token, max_age=max_age, path="/", secure=secure, httponly=True, samesite="Lax")
    return {"Set-Cookie": value}


@session_blueprint.post("")
@session_blueprint.arguments(schemas.SignInSchema)
@session_blueprint.response(200, schemas.SessionSchema)
@session_blueprint.alt_response(401, **PROBLEM)
@session_blueprint.alt_response(403, **PROBLEM)
@session_blueprint.alt_response(409, **PROBLEM)
@session_blueprint.alt_response(429, **PROBLEM)
def sign_in(body: dict[str, Any]) -> Any:
    """Sign in on a device. The answer carries the session cookie."""
    at, settings = now(), _settings()
    signed = sessions.sign_in(db.session(), body, request.remote_addr or "", at, settings)
    document = documents.session_of(db.session(), signed.identity, signed.expires_at, at, settings)
    return document, 200, _cookie(signed.token, COOKIE_SECONDS)


@session_blueprint.get("")
@session_blueprint.response(200, schemas.SessionSchema)
@session_blueprint.alt_response(401, **PROBLEM)
def read_session() -> dict[str, Any]:
    """Who is signed in, their rights and scope, and the server's time."""
    identity = current_identity()
    expires_at: datetime = g.session_expires_at
    return documents.session_of(db.session(), identity, expires_at, now(), _settings())


@session_blueprint.delete("")
@session_blueprint.response(204)
@session_blueprint.alt_response(403, **PROBLEM)
def sign_out() -> Any:
    """End this session; harmless when there is none."""
    sessions.sign_out(db.session(), g.get("identity"), now())
    return "", 204, _cookie("", 0)


@devices_blueprint.get("")
@devices_blueprint.arguments(schemas.DevicesQuerySchema, location="query")
@devices_blueprint.response(200, schemas.DevicesSchema)
@devices_blueprint.alt_response(401, **PROBLEM)
@devices_blueprint.alt_response(403, **PROBLEM)
def list_devices(query: dict[str, Any]) -> dict[str, Any]:
    """Devices in one's area: last contact, version, what is still unsent, what is unaccounted for."""
    return devices.list_devices(
        db.session(), current_identity(), query["cursor"], query["limit"], query["trouble"]
    )


@devices_blueprint.post("/<uuid:device_id>/revocation")
@devices_blueprint.response(200, schemas.DeviceSchema)
@devices_blueprint.alt_response(401, **PROBLEM)
@devices_blueprint.alt_response(403, **PROBLEM)
@devices_blueprint.alt_response(404, **PROBLEM)
def revoke_device(device_id: uuid.UUID) -> dict[str, Any]:
    """Shut a lost phone out: it may still deliver what it captured until now, and is told to wipe itself."""
    return devices.revoke_device(db.session(), current_identity(), device_id, now())


@users_blueprint.get("")
@users_blueprint.arguments(schemas.PageQuerySchema, location="query")
@users_blueprint.response(200, schemas.UsersSchema)
@users_blueprint.alt_response(401, **PROBLEM)
@users_blueprint.alt_response(403, **PROBLEM)
def list_users(query: dict[str, Any]) -> dict[str, Any]:
    """Accounts by name."""
    return service.list_users(db.session(), current_identity(), query["cursor"], query["limit"])


@users_blueprint.post("")
@users_blueprint.arguments(schemas.NewUserSchema)
@users_blueprint.response(201, schemas.UserSchema)
@users_blueprint.alt_response(401, **PROBLEM)
@users_blueprint.alt_response(403, **PROBLEM)
@users_blueprint.alt_response(409, **PROBLEM)
def create_user(body: dict[str, Any]) -> dict[str, Any]:
    """Open an account."""
    return service.create_user(db.session(), current_identity(), body)


@users_blueprint.route("/<uuid:user_id>", methods=["PATCH"])
@users_blueprint.arguments(schemas.ChangeUserSchema)
@users_blueprint.response(200, schemas.UserSchema)
@users_blueprint.alt_response(401, **PROBLEM)
@users_blueprint.alt_response(403, **PROBLEM)
@users_blueprint.alt_response(404, **PROBLEM)
@users_blueprint.alt_response(409, **PROBLEM)
def change_user(body: dict[str, Any], user_id: uuid.UUID) -> dict[str, Any]:
    """Change an account, or switch it off."""
    return service.change_user(db.session(), current_identity(), user_id, body, now())


@users_blueprint.get("/reviewers")
@users_blueprint.arguments(schemas.ReviewersQuerySchema, location="query")
@users_blueprint.response(200, schemas.ReviewersSchema)
@users_blueprint.alt_response(401, **PROBLEM)
@users_blueprint.alt_response(403, **PROBLEM)
def list_reviewers(query: dict[str, Any]) -> dict[str, Any]:
    """Who can be sent to re-check at an area path, nearest unit first."""
    return {"items": service.list_reviewers(db.session(), current_identity(), query["path"], now())}


@users_blueprint.get("/departments")
@users_blueprint.response(200, schemas.DepartmentsSchema)
@users_blueprint.alt_response(401, **PROBLEM)
@users_blueprint.alt_response(403, **PROBLEM)
def list_departments() -> dict[str, Any]:
    """Departments to which a case can be handed (移送)."""
    return {"items": service.list_departments(db.session(), current_identity())}


@users_blueprint.get("/officers")
@users_blueprint.response(200, schemas.OfficersSchema)
@users_blueprint.alt_response(401, **PROBLEM)
@users_blueprint.alt_response(403, **PROBLEM)
def list_officers() -> dict[str, Any]:
    """Who of one's own unit holds an 执法证 today, and can be named on an order."""
    return {"items": certificates.list_officers(db.session(), current_identity(), now())}


@users_blueprint.get("/certificates")
@users_blueprint.response(200, schemas.CertificatesSchema)
@users_blueprint.alt_response(401, **PROBLEM)
@users_blueprint.alt_response(403, **PROBLEM)
def list_certificates() -> dict[str, Any]:
    """All 执法证 that ever were, with who entered and who ended them."""
    return {"items": certificates.listed(db.session(), current_identity(), now())}


@users_blueprint.post("/certificates")
@users_blueprint.arguments(schemas.EnterCertificateSchema)
@users_blueprint.response(201, schemas.CertificateSchema)
@users_blueprint.alt_response(401, **PROBLEM)
@users_blueprint.alt_response(403, **PROBLEM)
@users_blueprint.alt_response(404, **PROBLEM)
@users_blueprint.alt_response(409, **PROBLEM)
def enter_certificate(body: dict[str, Any]) -> dict[str, Any]:
    """Enter an 执法证 of an official; a renewed one is entered anew."""
    return certificates.enter(db.session(), current_identity(), body, now())


@users_blueprint.put("/certificates/<uuid:certificate_id>/end")
@users_blueprint.arguments(schemas.EndTermSchema)
@users_blueprint.response(200, schemas.CertificateSchema)
@users_blueprint.alt_response(401, **PROBLEM)
@users_blueprint.alt_response(403, **PROBLEM)
@users_blueprint.alt_response(404, **PROBLEM)
@users_blueprint.alt_response(409, **PROBLEM)
def end_certificate(body: dict[str, Any], certificate_id: uuid.UUID) -> dict[str, Any]:
    """End an 执法证 before its term; what was entered stays."""
    return certificates.end(db.session(), current_identity(), certificate_id, body, now())


@originals_blueprint.get("")
@originals_blueprint.response(200, schemas.OriginalsRuleSchema)
@originals_blueprint.alt_response(401, **PROBLEM)
@originals_blueprint.alt_response(403, **PROBLEM)
def show_originals_rule() -> dict[str, Any]:
    """Severities whose camera files are wanted, with the history."""
    return originals_rule.show(db.session(), current_identity())


@originals_blueprint.post("")
@originals_blueprint.arguments(schemas.OriginalsRuleEditSchema)
@originals_blueprint.response(200, schemas.OriginalsRuleSchema)
@originals_blueprint.alt_response(401, **PROBLEM)
@originals_blueprint.alt_response(403, **PROBLEM)
@originals_blueprint.alt_response(409, **PROBLEM)
def decide_originals_rule(body: dict[str, Any]) -> dict[str, Any]:
    """Say for which severities camera files are wanted from now on; phones learn it with their next pull."""
    return originals_rule.decide(db.session(), current_identity(), body, now())
