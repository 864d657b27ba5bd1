"""The inbox, the preferences, the browsers and the deliveries over HTTP."""

from __future__ import annotations

import uuid
from typing import Any

from flask_smorest import Blueprint

from server.core.clock import now
from server.core.db import db
from server.core.http import PROBLEM_TYPE, ProblemSchema
from server.core.identity import current_identity
from server.messages import inbox, schemas

blueprint = Blueprint("messages", __name__, url_prefix="/api/messages", description="Messages to people")
BLUEPRINTS = (blueprint,)
PROBLEM = {"schema": ProblemSchema, "content_type": PROBLEM_TYPE}


@blueprint.get("")
@blueprint.arguments(schemas.InboxQuerySchema, location="query")
@blueprint.response(200, schemas.InboxSchema)
@blueprint.alt_response(401, **PROBLEM)
@blueprint.alt_response(404, **PROBLEM)
def read_inbox(query: dict[str, Any]) -> dict[str, Any]:
    """One's own messages, newest first."""
    return inbox.read(db.session(), current_identity(), query)


@blueprint.get("/unread")
@blueprint.response(200, schemas.UnreadSchema)
@blueprint.alt_response(401, **PROBLEM)
def count_unread() -> dict[str, Any]:
    """How many messages wait to be read."""
    return inbox.unread(db.session(), current_identity())


@blueprint.post("/reads")
@blueprint.arguments(schemas.ReadSchema)
@blueprint.response(200, schemas.UnreadSchema)
@blueprint.alt_response(401, **PROBLEM)
def mark_read(body: dict[str, Any]) -> dict[str, Any]:
    """Mark messages as read; answers how many are left."""
    identity = current_identity()
    inbox.mark_read(db.session(), identity, body["ids"], now())
    return inbox.unread(db.session(), identity)


@blueprint.get("/preferences")
@blueprint.response(200, schemas.OwnPreferencesSchema)
@blueprint.alt_response(401, **PROBLEM)
def read_preferences() -> dict[str, Any]:
    """How one wants to be told, and what there is to choose from."""
    return inbox.preferences(db.session(), current_identity())


@blueprint.put("/preferences")
@blueprint.arguments(schemas.PreferencesSchema)
@blueprint.response(200, schemas.OwnPreferencesSchema)
@blueprint.alt_response(401, **PROBLEM)
def write_preferences(body: dict[str, Any]) -> dict[str, Any]:
    """Keep one's preferences."""
    return inbox.choose(db.session(), current_identity(), body)


@blueprint.get("/push-key")
@blueprint.response(200, schemas.PushKeySchema)
@blueprint.alt_response(401, **PROBLEM)
def read_push_key() -> dict[str, Any]:
    """The VAPID key that a browser subscribes with."""
    current_identity()
    return inbox.push_key()


@blueprint.post("/subscriptions")
@blueprint.arguments(schemas.SubscribeSchema)
@blueprint.response(201, schemas.SubscriptionSchema)
@blueprint.alt_response(401, **PROBLEM)
def subscribe(body: dict[str, Any]) -> dict[str, Any]:
    """Register this browser for web push."""
    return inbox.subscribe(db.session(), current_identity(), body, now())


@blueprint.delete("/subscriptions/<uuid:subscription_id>")
@blueprint.response(204)
@blueprint.alt_response(401, **PROBLEM)
@blueprint.alt_response(404, **PROBLEM)
def unsubscribe(subscription_id: uuid.UUID) -> None:
    """Forget one of one's browsers."""
    inbox.unsubscribe(db.session(), current_identity(), subscription_id)


@blueprint.get("/deliveries")
@blueprint.arguments(schemas.DeliveryQuerySchema, location="query")
@blueprint.response(200, schemas.DeliveriesSchema)
@blueprint.alt_response(401, **PROBLEM)
@blueprint.alt_response(403, **PROBLEM)
@blueprint.alt_response(404, **PROBLEM)
def list_deliveries(query: dict[str, Any]) -> dict[str, Any]:
    """Deliveries by push, e-mail and SMS in one state, with counts of all."""
    return inbox.deliveries(db.session(), current_identity(), query)


@blueprint.post("/deliveries/<uuid:message_id>/resend")
@blueprint.response(204)
@blueprint.alt_response(401, **PROBLEM)
@blueprint.alt_response(403, **PROBLEM)
@blueprint.alt_response(404, **PROBLEM)
@blueprint.alt_response(409, **PROBLEM)
def resend(message_id: uuid.UUID) -> None:
    """Send a delivery again that was given up."""
    inbox.resend(db.session(), current_identity(), message_id, now())
