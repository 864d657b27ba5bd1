"""Commands as they were answered: the memory that makes a repetition harmless."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import db


class Command(db.Model):  # type: ignore[name-defined, misc]
    """One accepted or refused command with its stored answer, keyed by the client's id."""

    __tablename__ = "command"
    __table_args__ = (sa.Index(None, "user_id", "received_at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))
    link_id: Mapped[uuid.UUID | None]
    """The one-time link through which it came, where nobody signed in."""
    device_id: Mapped[uuid.UUID | None]
    kind: Mapped[str]
    content_sha256: Mapped[bytes]
    captured_at: Mapped[datetime]
    received_at: Mapped[datetime]
    clock_offset_ms: Mapped[int | None]
    applied: Mapped[bool]
    answer: Mapped[dict[str, Any]]


class ImportedCommand(db.Model):  # type: ignore[name-defined, misc]
    """Who read a command in from a file, because its phone could not deliver it (None: the operator)."""

    __tablename__ = "imported_command"

    command_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("command.id"), primary_key=True)
    imported_by: Mapped[uuid.UUID | None]
    imported_at: Mapped[datetime]
