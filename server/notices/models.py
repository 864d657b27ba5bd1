"""Notices, their items, the firm's responses and the reviews of them."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.core.db import Ltree, Mirrored, db, enum_type, new_id
from server.notices.rules import ItemState, NoticeState


class Notice(Mirrored, db.Model):  # type: ignore[name-defined, misc]
    """A notice (N1, N2 or N3) to a firm about one compound. Its paper is in the register of documents."""

    __tablename__ = "notice"
    __table_args__ = (
        sa.UniqueConstraint("organisation_id", "document_type", "year", "sequence"),
        sa.Index(None, "changed_xid", "id"),
        sa.Index(None, "firm_id", "issued_at"),
        sa.Index(None, "path", postgresql_using="gist"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    document_type: Mapped[str] = mapped_column(default="N2")
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    year: Mapped[int]
    sequence: Mapped[int]
    number: Mapped[str]
    firm_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("firm.id"))
    compound_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("compound.id"))
    path: Mapped[str] = mapped_column(Ltree())
    order_no: Mapped[int] = mapped_column(default=1)
    """1 first notice, 2 second order (再次整改)."""
    previous_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("notice.id"))
    state: Mapped[NoticeState] = mapped_column(enum_type(NoticeState, "state"))
    issued_at: Mapped[datetime]
    issued_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    contact: Mapped[str]
    contact_phone: Mapped[str]
    acknowledged_at: Mapped[datetime | None]
    """Service in the portal: the clock of every item starts here."""
    acknowledged_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))
    receipt: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    """签收人 name, title (职务), phone as entered."""
    verify_token: Mapped[str] = mapped_column(unique=True)
    document_sha256: Mapped[bytes]
    calendar_version: Mapped[str]
    document_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("official_document.id"), unique=True)
    """The paper in force: a correction replaces it, and with it number and hash."""
    provisional_number: Mapped[str | None]
    """Number of the slip that was handed over on the spot (N1), `T-<device>-<n>`."""
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[str | None]

    items: Mapped[list[NoticeItem]] = relationship(
        back_populates="notice", order_by="NoticeItem.seq", lazy="raise_on_sql"
    )


class NoticeItem(db.Model):  # type: ignore[name-defined, misc]
    """One finding in one notice, with its own deadline."""

    __tablename__ = "notice_item"
    __table_args__ = (sa.UniqueConstraint("notice_id", "seq"), sa.Index(None, "finding_id"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    notice_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("notice.id"))
    finding_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("finding.id"))
    seq: Mapped[int] = mapped_column(sa.SmallInteger)
    legal_basis: Mapped[str]
    requirement: Mapped[str]
    term: Mapped[int]
    unit: Mapped[str]
    printed_due_at: Mapped[datetime]
    due_at: Mapped[datetime]
    provisional: Mapped[bool] = mapped_column(default=False)
    stages: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    """Steps before the last: `{"stage", "n", "unit", "printed_due_at", "due_at", "provisional"}`."""
    state: Mapped[ItemState] = mapped_column(enum_type(ItemState, "state"), default=ItemState.PENDING)

    notice: Mapped[Notice] = relationship(back_populates="items", lazy="raise_on_sql")


class Response(db.Model):  # type: ignore[name-defined, misc]
    """The firm's answer to one item; photos hang on it by `group_id`."""

    __tablename__ = "response"
    __table_args__ = (sa.Index(None, "notice_item_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    notice_item_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("notice_item.id"))
    finding_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("finding.id"))
    text: Mapped[str]
    submitted_at: Mapped[datetime]
    submitted_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    late: Mapped[bool]


class Review(db.Model):  # type: ignore[name-defined, misc]
    """复查: the verdict of an official on the spot, about one finding."""

    __tablename__ = "review"
    __table_args__ = (sa.Index(None, "finding_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    finding_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("finding.id"))
    notice_item_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("notice_item.id"))
    response_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("response.id"))
    passed: Mapped[bool]
    text: Mapped[str]
    position: Mapped[Any | None] = mapped_column(Geometry("POINT", 4326, spatial_index=False))
    accuracy_m: Mapped[float | None]
    reviewed_at: Mapped[datetime]
    received_at: Mapped[datetime]
    reviewed_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
