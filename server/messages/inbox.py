"""What a person reads and chooses (inbox, preferences, browsers), and the deliveries that failed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from server.core import context as house
from server.core.identity import Identity
from server.core.pagination import BadCursor, decode_cursor, encode_cursor
from server.core.permissions import Permission, require
from server.core.problems import NotFound
from server.messages import errors, push, queries, rules, service
from server.messages.models import Message, MessagePreference, PushSubscription
from server.messages.rules import Channel, DeliveryState

SUBSCRIPTIONS_KEPT = 8
"""Browsers a person; the oldest goes when a ninth comes."""
PREFERENCES = ("email", "web_push_on", "email_on", "sms_on", "quiet_from", "quiet_to", "muted")


def read(session: Session, identity: Identity, query: dict[str, Any]) -> dict[str, Any]:
    """One page of one's own messages, newest first."""
    assert identity.user_id is not None
    limit = query["limit"]
    found = queries.inbox(session, identity.user_id, query["unread"], _after(query.get("cursor")), limit + 1)
    return _page(found, limit, [_document(message) for message in found[:limit]])


def _page(found: Sequence[Message], limit: int, items: list[dict[str, Any]]) -> dict[str, Any]:
    last = found[limit - 1] if len(found) > limit else None
    cursor = encode_cursor([last.created_at.isoformat(), str(last.id)]) if last else None
    return {"items": items, "next": cursor}


def _after(cursor: str | None) -> tuple[datetime, uuid.UUID] | None:
    if cursor is None:
        return None
    at, message_id = decode_cursor(cursor, 2)
    try:
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise BadCursor()
        return moment, uuid.UUID(message_id)
    except (ValueError, TypeError, AttributeError) as error:
        raise BadCursor() from error


def _document(message: Message) -> dict[str, Any]:
    names = ("id", "kind", "title", "body", "link", "urgent", "created_at", "read_at")
    return {name: getattr(message, name) for name in names}


def unread(session: Session, identity: Identity) -> dict[str, Any]:
    """How many messages wait to be read."""
    assert identity.user_id is not None
    return {"count": queries.unread_count(session, identity.user_id)}


def mark_read(session: Session, identity: Identity, ids: Sequence[uuid.UUID] | None, now: datetime) -> None:
    """Mark one's own messages as read: those named, or (None) all there are."""
    mine = (Message.user_id == identity.user_id) & (Message.channel == Channel.IN_APP)
    if ids is not None:
        mine &= Message.id.in_(ids)
    session.execute(sa.update(Message).where(mine, Message.read_at.is_(None)).values(read_at=now))


def preferences(session: Session, identity: Identity) -> dict[str, Any]:
    """How one wants to be told, and which channels this deployment has at all."""
    assert identity.user_id is not None
    chosen = queries.preference(session, identity.user_id) or MessagePreference(
        email=None, web_push_on=True, email_on=True, sms_on=True, quiet_from=None, quiet_to=None, muted=[]
    )
    settings = house.settings()
    clocks = {name: getattr(chosen, name) for name in ("quiet_from", "quiet_to")}
    return {name: getattr(chosen, name) for name in PREFERENCES} | {
        **{name: at.strftime("%H:%M") if at else None for name, at in clocks.items()},
        "channels": {"email": bool(settings.smtp_host), "sms": bool(settings.sms_webhook)},
        "kinds": [
            {"kind": kind, "title": what.title, "urgent": what.urgent} for kind, what in rules.KINDS.items()
        ],
        "browsers": len(queries.subscriptions(session, identity.user_id)),
    }


def choose(session: Session, identity: Identity, body: dict[str, Any]) -> dict[str, Any]:
    """Keep one's own preferences (all of them)."""
    values = {name: body[name] for name in PREFERENCES}
    for name in ("quiet_from", "quiet_to"):
        values[name] = time.fromisoformat(body[name]) if body[name] else None
    values["muted"] = [kind for kind in rules.KINDS if kind in body["muted"]]
    statement = insert(MessagePreference).values(user_id=identity.user_id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=values))
    session.expire_all()
    return preferences(session, identity)


def push_key() -> dict[str, str]:
    """The key that a browser subscribes with."""
    return {"key": push.public_key(house.settings())}


def subscribe(session: Session, identity: Identity, body: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Register this browser. An endpoint belongs to whoever registered it last: one phone, two people.

    Raises `PushServiceUnknown` or `PushKeysBroken`.
    """
    if not rules.push_service_known(body["endpoint"], house.settings().push_services):
        raise errors.PushServiceUnknown()
    keys = body["keys"]
    if not push.keys_fit(keys["p256dh"], keys["auth"]):
        raise errors.PushKeysBroken()
    values = {"user_id": identity.user_id, "device_id": identity.device_id, "created_at": now}
    values |= {"p256dh": keys["p256dh"], "auth": keys["auth"]}
    statement = insert(PushSubscription).values(endpoint=body["endpoint"], **values)
    upsert = statement.on_conflict_do_update(index_elements=["endpoint"], set_=values)
    made = session.execute(upsert.returning(PushSubscription.id)).scalar_one()
    assert identity.user_id is not None
    for old in queries.subscriptions(session, identity.user_id)[:-SUBSCRIPTIONS_KEPT]:
        session.delete(old)
    return {"id": made}


def unsubscribe(session: Session, identity: Identity, subscription_id: uuid.UUID) -> None:
    """Forget one of one's own browsers."""
    found = queries.subscription(session, subscription_id)
    if found is None or found.user_id != identity.user_id:
        raise NotFound()
    session.delete(found)


def deliveries(session: Session, identity: Identity, query: dict[str, Any]) -> dict[str, Any]:
    """Deliveries of one state with reasons, for whoever runs the house; counts of all states."""
    require(identity, Permission.MESSAGE_MANAGE)
    limit = query["limit"]
    state = DeliveryState(query["state"])
    rows = queries.deliveries(session, state, _after(query.get("cursor")), limit + 1)
    names = ("id", "kind", "title", "body", "channel", "state", "attempts", "next_at", "reason")
    items = [
        {name: getattr(row.Message, name) for name in (*names, "created_at", "sent_at")}
        | {"recipient": {"username": row.username, "display_name": row.display_name}}
        for row in rows[:limit]
    ]
    counts = queries.delivery_counts(session)
    page = _page([row.Message for row in rows], limit, items)
    return page | {"counts": {state.value: counts.get(state.value, 0) for state in DeliveryState}}


def resend(session: Session, identity: Identity, message_id: uuid.UUID, now: datetime) -> None:
    """Give a dead delivery a new life. Raises `NotDead` where it is not dead."""
    require(identity, Permission.MESSAGE_MANAGE)
    message = queries.delivery(session, message_id)
    if message is None:
        raise NotFound()
    if message.state not in (DeliveryState.DEAD, DeliveryState.DROPPED):
        raise errors.NotDead(state=message.state.value)
    message.state, message.attempts, message.next_at = DeliveryState.QUEUED, 0, now
    session.flush()
    service.sweep(session, now)
