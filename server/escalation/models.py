"""The ladder with its history, what it did and proposed, and the measures that follow: interview, listing."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Ltree, db, enum_type, new_id
from server.escalation.rules import Action, Actor, InterviewState, ListingState, ProposalState, Trigger


class LadderVersion(db.Model):  # type: ignore[name-defined, misc]
    """One state of the whole ladder; the highest number is in force. Rows are never changed."""

    __tablename__ = "ladder_version"

    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    created_at: Mapped[datetime]
    created_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))
    author: Mapped[str]
    note: Mapped[str]


class LadderStep(db.Model):  # type: ignore[name-defined, misc]
    """One step of one version (see `rules.Step`)."""

    __tablename__ = "ladder_step"

    version: Mapped[int] = mapped_column(sa.ForeignKey("ladder_version.no"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(sa.SmallInteger)
    level: Mapped[int] = mapped_column(sa.SmallInteger)
    name: Mapped[str]
    trigger: Mapped[Trigger] = mapped_column(enum_type(Trigger, "trigger"))
    n: Mapped[int]
    unit: Mapped[str]
    action: Mapped[Action] = mapped_column(enum_type(Action, "action"))
    actor: Mapped[Actor] = mapped_column(enum_type(Actor, "actor"))
    document: Mapped[str | None]
    term_n: Mapped[int | None]
    term_unit: Mapped[str | None]
    count: Mapped[int | None]
    window_days: Mapped[int | None]
    severities: Mapped[list[str]] = mapped_column(default=list)
    document_types: Mapped[list[str]] = mapped_column(default=list)
    min_orders: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    enabled: Mapped[bool]


class Proposal(db.Model):  # type: ignore[name-defined, misc]
    """A step taken once for one subject on one occasion: a reminder sent, or a proposal to decide."""

    __tablename__ = "proposal"
    __table_args__ = (
        sa.UniqueConstraint("subject_id", "step", "occasion"),
        sa.Index("ix_proposal_open", "created_at", "id", postgresql_where=sa.text("state = 'open'")),
        sa.Index(None, "finding_id"),
        sa.Index(None, "path", postgresql_using="gist"),
        sa.Index(None, "created_at", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    subject_id: Mapped[uuid.UUID]
    """The case (finding) mostly; a firm, compound or listing where the step is about that."""
    step: Mapped[str]
    occasion: Mapped[str]
    """Which of several times, e.g. the deadline that passed or the number of the failed review."""
    version: Mapped[int] = mapped_column(sa.ForeignKey("ladder_version.no"))
    level: Mapped[int] = mapped_column(sa.SmallInteger)
    action: Mapped[Action] = mapped_column(enum_type(Action, "action"))
    actor: Mapped[Actor] = mapped_column(enum_type(Actor, "actor"))
    state: Mapped[ProposalState] = mapped_column(enum_type(ProposalState, "state"))
    finding_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("finding.id"))
    notice_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("notice.id"))
    firm_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("firm.id"))
    compound_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("compound.id"))
    path: Mapped[str] = mapped_column(Ltree())
    since: Mapped[datetime]
    """When the trigger began to stand, e.g. the deadline that passed."""
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))
    reason: Mapped[str | None]
    outcome: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What accepting it made, e.g. `{"interview_id": …}`."""


class Interview(db.Model):  # type: ignore[name-defined, misc]
    """约谈: called for a time and place, held with minutes and commitments."""

    __tablename__ = "interview"
    __table_args__ = (
        sa.Index(None, "path", postgresql_using="gist"),
        sa.Index(None, "firm_id"),
        sa.Index(None, "created_at", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(Ltree())
    firm_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("firm.id"))
    compound_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("compound.id"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    finding_ids: Mapped[list[uuid.UUID]] = mapped_column(pg.ARRAY(pg.UUID(as_uuid=True)))
    state: Mapped[InterviewState] = mapped_column(enum_type(InterviewState, "state"))
    reason: Mapped[str]
    planned_at: Mapped[datetime]
    place: Mapped[str]
    attendees: Mapped[list[str]] = mapped_column(default=list)
    """Who is asked to come; after the interview, who came."""
    held_at: Mapped[datetime | None]
    minutes: Mapped[str] = mapped_column(default="")
    commitments: Mapped[list[Any]] = mapped_column(pg.JSONB, default=list)
    """`{"text", "due_on", "kept": true, false or null, "note"}` in order."""
    document_id: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]
    created_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))


class Listing(db.Model):  # type: ignore[name-defined, misc]
    """挂牌督办: plan, weekly report, acceptance, then written off or continued."""

    __tablename__ = "listing"
    __table_args__ = (
        sa.Index(None, "path", postgresql_using="gist"),
        sa.Index(None, "firm_id"),
        sa.Index(None, "listed_at", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(Ltree())
    firm_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("firm.id"))
    compound_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("compound.id"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    finding_ids: Mapped[list[uuid.UUID]] = mapped_column(pg.ARRAY(pg.UUID(as_uuid=True)))
    state: Mapped[ListingState] = mapped_column(enum_type(ListingState, "state"))
    reason: Mapped[str]
    listed_at: Mapped[datetime]
    listed_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    ends_on: Mapped[date]
    continued: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    plan: Mapped[str] = mapped_column(default="")
    planned_at: Mapped[datetime | None]
    reported_at: Mapped[datetime | None]
    """The last weekly report, or the plan; the next report is due a week later."""
    decision: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))
    document_id: Mapped[uuid.UUID | None]


class ListingReport(db.Model):  # type: ignore[name-defined, misc]
    """A weekly report (周报) on a listing."""

    __tablename__ = "listing_report"
    __table_args__ = (sa.UniqueConstraint("listing_id", "week"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    listing_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("listing.id"))
    week: Mapped[str]
    """ISO week, 2026-W47."""
    percent: Mapped[int] = mapped_column(sa.SmallInteger)
    text: Mapped[str]
    reported_at: Mapped[datetime]
    reported_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))


class Bulletin(db.Model):  # type: ignore[name-defined, misc]
    """通报: a text about one firm's conduct, made known within an area."""

    __tablename__ = "bulletin"
    __table_args__ = (
        sa.Index(None, "path", postgresql_using="gist"),
        sa.Index(None, "issued_at", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(Ltree())
    firm_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("firm.id"))
    compound_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("compound.id"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    finding_ids: Mapped[list[uuid.UUID]] = mapped_column(pg.ARRAY(pg.UUID(as_uuid=True)))
    title: Mapped[str]
    text: Mapped[str]
    issued_at: Mapped[datetime]
    issued_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    document_id: Mapped[uuid.UUID | None]
