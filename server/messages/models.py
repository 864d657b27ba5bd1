"""Messages, how each person wants them, and the browsers that asked for push."""

from __future__ import annotations

import uuid
from datetime import datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import db, enum_type, new_id
from server.messages.rules import Channel, DeliveryState


class Message(db.Model):  # type: ignore[name-defined, misc]
    """One message to one person by one channel; `cause` names the event that it is about."""

    __tablename__ = "message"
    __table_args__ = (
        sa.UniqueConstraint("cause", "user_id", "channel"),
        sa.Index(
            "ix_message_inbox", "user_id", "created_at", "id", postgresql_where=sa.text("channel = 'in_app'")
        ),
        sa.Index(
            "ix_message_unread",
            "user_id",
            postgresql_where=sa.text("channel = 'in_app' AND read_at IS NULL"),
        ),
        sa.Index("ix_message_due", "next_at", postgresql_where=sa.text("state = 'queued'")),
        sa.Index("ix_message_state", "state", "created_at", postgresql_where=sa.text("channel <> 'in_app'")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    cause: Mapped[str]
    kind: Mapped[str]
    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    channel: Mapped[Channel] = mapped_column(enum_type(Channel, "channel"))
    urgent: Mapped[bool]
    title: Mapped[str]
    body: Mapped[str]
    link: Mapped[str]
    """A path of the app, e.g. `/s/case/…`."""
    state: Mapped[DeliveryState] = mapped_column(enum_type(DeliveryState, "state"))
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    """Why the last attempt failed, or why there was none."""
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]


class MessagePreference(db.Model):  # type: ignore[name-defined, misc]
    """How one person wants to be told; without a row the defaults below hold."""

    __tablename__ = "message_preference"

    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"), primary_key=True)
    email: Mapped[str | None]
    web_push_on: Mapped[bool] = mapped_column(default=True)
    email_on: Mapped[bool] = mapped_column(default=True)
    sms_on: Mapped[bool] = mapped_column(default=True)
    quiet_from: Mapped[time | None]
    quiet_to: Mapped[time | None]
    muted: Mapped[list[str]] = mapped_column(default=list)
    """Kinds that stay in the app only."""


class PushSubscription(db.Model):  # type: ignore[name-defined, misc]
    """A browser that may be woken; the endpoint is a capability and is never shown."""

    __tablename__ = "push_subscription"
    __table_args__ = (sa.Index(None, "user_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    device_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("device.id"))
    endpoint: Mapped[str] = mapped_column(unique=True)
    p256dh: Mapped[str]
    auth: Mapped[str]
    created_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
