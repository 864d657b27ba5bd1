"""Tables of people and the devices that they use."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.core.db import Ltree, db, enum_type, new_id
from server.core.identity import Role


class OrganisationKind(StrEnum):
    CITY = "city"
    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"
    FIRM = "firm"
    DEPARTMENT = "department"
    THIRD_PARTY = "third_party"


class Organisation(db.Model):  # type: ignore[name-defined, misc]
    """A unit. `document_word` is its 机关代字 (e.g. 澄住建物改), without which it issues no notice."""

    __tablename__ = "organisation"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[OrganisationKind] = mapped_column(enum_type(OrganisationKind, "kind"))
    name: Mapped[str]
    short_name: Mapped[str]
    path: Mapped[str | None] = mapped_column(Ltree())
    document_word: Mapped[str | None]
    phone: Mapped[str | None]


class User(db.Model):  # type: ignore[name-defined, misc]
    """An account. `path` bounds what an official sees, `firm_id` what a firm's people see."""

    __tablename__ = "user_account"
    __table_args__ = (
        sa.CheckConstraint(
            "(role IN ('firm_handler','firm_manager')) = (firm_id IS NOT NULL)", name="firm_role_has_firm"
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    username: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str]
    password_hash: Mapped[str]
    role: Mapped[Role] = mapped_column(enum_type(Role, "role"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    path: Mapped[str | None] = mapped_column(Ltree())
    firm_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("firm.id"))
    phone: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    valid_until: Mapped[date | None]
    """Third-party inspectors' accounts end with their contract."""

    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql")


class OfficerCertificate(db.Model):  # type: ignore[name-defined, misc]
    """执法证 of a person: without one in force nobody can be an officer of an order (N3).

    A row is written once; what ends it before its term is added to it once and changes nothing else.
    """

    __tablename__ = "officer_certificate"
    __table_args__ = (
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="term"),
        sa.CheckConstraint("(ended_on IS NULL) = (ended_at IS NULL)", name="ended_whole"),
        sa.Index(None, "user_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    number: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    note: Mapped[str] = mapped_column(default="")
    author_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    ended_on: Mapped[date | None]
    """The last day on which it held; the day before `valid_from` where it never did."""
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))
    end_reason: Mapped[str | None]


class Device(db.Model):  # type: ignore[name-defined, misc]
    """A phone or browser profile; the id is made by the client at first start."""

    __tablename__ = "device"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    label: Mapped[str]
    app_version: Mapped[str]
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    clock_offset_ms: Mapped[int | None]
    unsent_count: Mapped[int | None]
    readiness: Mapped[dict[str, Any] | None]
    """How fit for a day without a network the phone said it was: persisted, installed, room …"""
    recorded: Mapped[dict[str, Any] | None]
    """The phone's own totals of what was saved on it: findings, photos, commands."""
    confirmed: Mapped[dict[str, Any] | None]
    """The same for what it holds a verified receipt of."""
    counted_since: Mapped[datetime | None]
    """When it first told totals: what came before is in none of them."""
    counted_at: Mapped[datetime | None]
    gap: Mapped[dict[str, Any] | None] = mapped_column(pg.JSONB(none_as_null=True))
    """What the nightly comparison could not explain; None while all is accounted for."""
    gap_since: Mapped[datetime | None]
    reconciled_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[uuid.UUID | None]
    drained_at: Mapped[datetime | None]
    """When a revoked phone had nothing left to send: from then on it is told to wipe and nothing else."""


class SignInSession(db.Model):  # type: ignore[name-defined, misc]
    """An opaque session; only the SHA-256 of the cookie's token is kept."""

    __tablename__ = "sign_in_session"

    token_sha256: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    device_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("device.id"))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SignInFailure(db.Model):  # type: ignore[name-defined, misc]
    """Failed sign-ins, counted per name and per address to slow guessing down."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (sa.Index(None, "username", "at"), sa.Index(None, "address", "at"))

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    username: Mapped[str]
    address: Mapped[str]
    at: Mapped[datetime]


class OriginalsRule(db.Model):  # type: ignore[name-defined, misc]
    """Severities whose camera files are wanted; the highest number is in force. Rows are never changed."""

    __tablename__ = "originals_rule"
    __table_args__ = (
        sa.CheckConstraint("severities <@ ARRAY['critical', 'major', 'general']", name="severities"),
    )

    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    created_at: Mapped[datetime]
    created_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    author: Mapped[str]
    severities: Mapped[list[str]] = mapped_column(pg.ARRAY(sa.Text))
