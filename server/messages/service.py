"""Telling people: one row per recipient and channel, in the transaction of the cause.

The rows stand or fall with what they tell of. What leaves the house is sent by a job afterwards
(`sending.py`), so that a mail server never holds up a notice.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from server.core import context as house
from server.core import jobs
from server.core.clock import SHANGHAI
from server.core.db import new_id
from server.messages import queries, rules
from server.messages.models import Message
from server.messages.rules import KINDS, Channel, DeliveryState

DELIVER = "messages.deliver"
SWEEP_BATCH = 500


def tell(
    session: Session,
    kind: str,
    cause: str,
    to: Collection[uuid.UUID],
    body: str,
    link: str,
    now: datetime,
) -> int:
    """Tell each of `to` (account ids) once about `cause`; how many messages were new.

    `kind` is a key of `rules.KINDS`, `cause` names the event (`notice.issued:<id>`), `body` says which
    place, number or hour, `link` is the app's path to act on it. Repeating it changes nothing.
    """
    what = KINDS[kind]
    today = now.astimezone(SHANGHAI).date()
    rows = [
        row
        for person in queries.recipients(session, sorted(set(to)), today)
        for row in _rows(person, kind, what, cause, body, link, now)
    ]
    if not rows:
        return 0
    statement = insert(Message).values(rows).on_conflict_do_nothing().returning(Message.id, Message.state)
    made = session.execute(statement).all()
    ready = {row["id"] for row in rows if row["next_at"] is not None and row["next_at"] <= now}
    _hand_over(session, [row.id for row in made if row.id in ready], now)
    return len(made)


def _rows(
    person: Any, kind: str, what: rules.Kind, cause: str, body: str, link: str, now: datetime
) -> Iterator[dict[str, Any]]:
    preference = person.MessagePreference
    quiet = (preference.quiet_from, preference.quiet_to) if preference else (None, None)
    common = {"kind": kind, "cause": cause, "user_id": person.id, "urgent": what.urgent, "created_at": now}
    common |= {"title": what.title, "body": body, "link": link}
    for channel in _channels(person, kind, what):
        at_once = channel is Channel.IN_APP
        yield common | {
            "id": new_id(),
            "channel": channel,
            "state": DeliveryState.SENT if at_once else DeliveryState.QUEUED,
            "next_at": None if at_once else rules.send_at(now, channel, what.urgent, *quiet),
            "sent_at": now if at_once else None,
            "attempts": 0,
        }


def _channels(person: Any, kind: str, what: rules.Kind) -> Iterator[Channel]:
    """The app always; the rest by what the deployment has, the person wants and the kind deserves."""
    yield Channel.IN_APP
    preference, settings = person.MessagePreference, house.settings()
    if preference is not None and kind in preference.muted and not what.urgent:
        return
    if person.subscriptions and (preference is None or preference.web_push_on):
        yield Channel.WEB_PUSH
    if settings.smtp_host and preference is not None and preference.email and preference.email_on:
        yield Channel.EMAIL
    wanted = preference is None or preference.sms_on
    if settings.sms_webhook and what.urgent and wanted and rules.dialable(person.phone):
        yield Channel.SMS


def _hand_over(session: Session, message_ids: Collection[uuid.UUID], now: datetime) -> None:
    """Give deliveries to the queue, and leave them alone until the lease is over."""
    if not message_ids:
        return
    session.execute(sa.update(Message).where(Message.id.in_(message_ids)).values(next_at=now + rules.LEASE))
    for message_id in message_ids:
        jobs.enqueue(session, DELIVER, message_id=str(message_id))


def sweep(session: Session, now: datetime) -> int:
    """Hand deliveries whose hour has come to the queue: retries, and what waited for the morning."""
    due = queries.due(session, now, SWEEP_BATCH)
    _hand_over(session, [message.id for message in due], now)
    return len(due)


def purge(session: Session, now: datetime) -> None:
    """Drop messages of more than 400 days; what happened to a case is in its ledger, not here."""
    session.execute(sa.delete(Message).where(Message.created_at < now - rules.KEEP))
