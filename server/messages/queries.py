"""Every SELECT of messages. What one reads is one's own; the office's view is for administrators."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.messages.models import Message, MessagePreference, PushSubscription
from server.messages.rules import Channel, DeliveryState


def recipients(session: Session, user_ids: Sequence[uuid.UUID], today: date) -> Sequence[sa.Row[Any]]:
    """Open accounts among `user_ids` with phone, preferences (or None) and number of push subscriptions."""
    subscriptions = (
        sa.select(sa.func.count())
        .where(PushSubscription.user_id == User.id)
        .correlate(User)
        .scalar_subquery()
    )
    query = (
        sa.select(User.id, User.phone, MessagePreference, subscriptions.label("subscriptions"))
        .outerjoin(MessagePreference, MessagePreference.user_id == User.id)
        .where(
            User.id.in_(user_ids),
            User.is_active,
            sa.or_(User.valid_until.is_(None), User.valid_until >= today),
        )
        .order_by(User.id)
    )
    return session.execute(query).all()


def queued(session: Session, message_id: uuid.UUID) -> Message | None:
    """A message that still waits to be sent, locked; None where another worker has it or it is done."""
    query = sa.select(Message).where(Message.id == message_id, Message.state == DeliveryState.QUEUED)
    return session.scalars(query.with_for_update(skip_locked=True)).one_or_none()


def due(session: Session, now: datetime, limit: int) -> Sequence[Message]:
    """Messages whose hour has come, locked; those that another worker holds are skipped."""
    query = (
        sa.select(Message)
        .where(Message.state == DeliveryState.QUEUED, Message.next_at <= now)
        .order_by(Message.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(query).all()


def inbox(
    session: Session,
    user_id: uuid.UUID,
    unread: bool,
    after: tuple[datetime, uuid.UUID] | None,
    limit: int,
) -> Sequence[Message]:
    """One page of one's own in-app messages, newest first."""
    query = sa.select(Message).where(Message.user_id == user_id, Message.channel == Channel.IN_APP)
    if unread:
        query = query.where(Message.read_at.is_(None))
    if after is not None:
        query = query.where(sa.tuple_(Message.created_at, Message.id) < after)
    return session.scalars(query.order_by(Message.created_at.desc(), Message.id.desc()).limit(limit)).all()


def unread_count(session: Session, user_id: uuid.UUID) -> int:
    """How many in-app messages one has not read."""
    query = sa.select(sa.func.count()).where(
        Message.user_id == user_id, Message.channel == Channel.IN_APP, Message.read_at.is_(None)
    )
    return session.scalar(query) or 0


def preference(session: Session, user_id: uuid.UUID) -> MessagePreference | None:
    """How one person wants to be told."""
    return session.get(MessagePreference, user_id)


def subscriptions(session: Session, user_id: uuid.UUID) -> Sequence[PushSubscription]:
    """A person's browsers, oldest first."""
    query = sa.select(PushSubscription).where(PushSubscription.user_id == user_id)
    return session.scalars(query.order_by(PushSubscription.created_at)).all()


def subscription(session: Session, subscription_id: uuid.UUID) -> PushSubscription | None:
    """One browser's subscription."""
    return session.get(PushSubscription, subscription_id)


def contact(session: Session, user_id: uuid.UUID) -> sa.Row[Any]:
    """A person's phone and e-mail address as they are now."""
    query = (
        sa.select(User.phone, MessagePreference.email)
        .outerjoin(MessagePreference, MessagePreference.user_id == User.id)
        .where(User.id == user_id)
    )
    return session.execute(query).one()


def deliveries(
    session: Session,
    state: DeliveryState,
    after: tuple[datetime, uuid.UUID] | None,
    limit: int,
) -> Sequence[sa.Row[Any]]:
    """Deliveries outside the app in one state with their recipients, newest first."""
    query = (
        sa.select(Message, User.username, User.display_name)
        .join(User, User.id == Message.user_id)
        .where(Message.state == state, Message.channel != Channel.IN_APP)
    )
    if after is not None:
        query = query.where(sa.tuple_(Message.created_at, Message.id) < after)
    return session.execute(query.order_by(Message.created_at.desc(), Message.id.desc()).limit(limit)).all()


def delivery_counts(session: Session) -> dict[str, int]:
    """Deliveries outside the app by state."""
    query = sa.select(Message.state, sa.func.count()).where(Message.channel != Channel.IN_APP)
    return {state.value: count for state, count in session.execute(query.group_by(Message.state)).tuples()}


def delivery(session: Session, message_id: uuid.UUID) -> Message | None:
    """One delivery, locked."""
    query = sa.select(Message).where(Message.id == message_id, Message.channel != Channel.IN_APP)
    return session.scalars(query.with_for_update()).one_or_none()
