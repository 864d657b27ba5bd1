"""Transfers and the evidence bundles made for them."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Ltree, db, enum_type
from server.transfers.rules import BundleState, TransferState


class Transfer(db.Model):  # type: ignore[name-defined, misc]
    """移送函 about one case to one department, with what came of it."""

    __tablename__ = "transfer"
    __table_args__ = (
        sa.Index(None, "path", postgresql_using="gist"),
        sa.Index(None, "department_id", "sent_at"),
        sa.Index(None, "finding_id"),
        sa.Index("ix_transfer_unanswered", "answer_due_at", postgresql_where=sa.text("state = 'sent'")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    finding_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("finding.id"))
    path: Mapped[str] = mapped_column(Ltree())
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    """The unit that hands over."""
    department_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    number: Mapped[str | None]
    """文号 of the letter; None where the unit has no 机关代字."""
    document_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("official_document.id"))
    document_sha256: Mapped[bytes | None]
    reason: Mapped[str]
    state: Mapped[TransferState] = mapped_column(enum_type(TransferState, "state"))
    sent_at: Mapped[datetime]
    sent_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    answer_due_at: Mapped[datetime]
    """Three working days: whoever has not answered by then shows up."""
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))
    handler: Mapped[str | None]
    handler_phone: Mapped[str | None]
    answer_text: Mapped[str | None]
    reported_at: Mapped[datetime | None]
    result: Mapped[str | None]
    concluded_at: Mapped[datetime | None]


class Bundle(db.Model):  # type: ignore[name-defined, misc]
    """The evidence of a transfer as one ZIP, made by a job; `done` of `total` files are in it."""

    __tablename__ = "transfer_bundle"

    transfer_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("transfer.id"), primary_key=True)
    state: Mapped[BundleState] = mapped_column(enum_type(BundleState, "state"))
    requested_at: Mapped[datetime]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    missing: Mapped[int] = mapped_column(default=0)
    """Photos declared but not here yet when it was made."""
    sha256: Mapped[bytes | None]
    size: Mapped[int | None] = mapped_column(sa.BigInteger)
    made_at: Mapped[datetime | None]
