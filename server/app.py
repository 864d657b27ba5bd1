"""The composition root: the only place where the parts of the house meet.

Order matters little here except for two things: problems are translated before any feature can raise
one, and the identity is loaded before the first view asks for it.
"""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from server.accounts import routes as accounts_routes
from server.accounts.sessions import load_identity
from server.calendars import routes as calendars_routes
from server.cases import routes as cases_routes
from server.checklists import routes as checklists_routes
from server.core import api_version, health, http, jobs, receipt_keys, spec, stores, web
from server.core import db as core_db
from server.core.clock import Clock
from server.core.config import Settings
from server.documents import routes as documents_routes
from server.escalation import routes as escalation_routes
from server.findings import routes as findings_routes
from server.links import routes as links_routes
from server.maps import routes as maps_routes
from server.messages import routes as messages_routes
from server.notices import routes as notices_routes
from server.photos import routes as photos_routes
from server.places import routes as places_routes
from server.rounds import routes as rounds_routes
from server.sync import commands
from server.sync import routes as sync_routes
from server.transfers import routes as transfers_routes

ROOT = Path(__file__).resolve().parent.parent
FEATURES = (
    accounts_routes,
    messages_routes,
    calendars_routes,
    places_routes,
    checklists_routes,
    photos_routes,
    rounds_routes,
    findings_routes,
    documents_routes,
    notices_routes,
    transfers_routes,
    escalation_routes,
    cases_routes,
    maps_routes,
    sync_routes,
    links_routes,
)


def create_app(settings: Settings | None = None, clock: Clock | None = None) -> Flask:
    """Build the application from its settings (environment when None).

    Raises `InsecureSettings` where a production start would be unsafe.
    """
    settings = settings or Settings()
    settings.check_production()
    app = http.Xunjian("server", static_folder=None)
    app.config["MIGRATIONS"] = ROOT / "migrations"
    app.config["PWA_DIST"] = settings.web_root or ROOT / "pwa" / "dist"
    app.config["MAX_CONTENT_LENGTH"] = settings.max_upload_chunk_bytes
    app.extensions["settings"] = settings
    app.extensions["clock"] = clock or Clock()
    app.extensions["storage"] = stores.from_settings(settings)
    url = settings.database_url or "postgresql+psycopg:///xunjian"
    core_db.init_app(app, settings, core_db.sqlalchemy_url(url))
    http.init_app(app, settings.origin)
    api_version.init_app(app)
    receipt_keys.init_app(app, settings)
    app.before_request(load_identity)
    api = spec.create_api(app)
    for feature in FEATURES:
        for blueprint in feature.BLUEPRINTS:
            api.register_blueprint(blueprint)
    for feature in FEATURES:
        for blueprint in getattr(feature, "PAGES", ()):
            app.register_blueprint(blueprint)
    spec.describe_commands(api, commands.body_schemas())
    app.register_blueprint(spec.docs_pages())
    health.init_app(app)
    web.init_app(app)
    jobs.init_app(app)
    return app
