"""Rounds, visits and checklist answers."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Ltree, Mirrored, db, enum_type, new_id
from server.rounds.rules import AnswerResult, RoundLevel, RoundState, VisitState


class Round(Mirrored, db.Model):  # type: ignore[name-defined, misc]
    """A planned walk of one inspector through several compounds in one period (周, 旬, 月)."""

    __tablename__ = "round"
    __table_args__ = (
        sa.Index(None, "inspector_id", "starts_on"),
        sa.Index(None, "changed_xid", "id"),
        sa.CheckConstraint("starts_on <= ends_on", name="period"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    level: Mapped[RoundLevel] = mapped_column(enum_type(RoundLevel, "level"))
    period_key: Mapped[str]
    """2026-W47, 2026-11-下旬 or 2026-11."""
    title: Mapped[str]
    inspector_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    path: Mapped[str] = mapped_column(Ltree())
    checklist_version_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("checklist_version.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    state: Mapped[RoundState] = mapped_column(enum_type(RoundState, "state"))


class Visit(Mirrored, db.Model):  # type: ignore[name-defined, misc]
    """One compound within a round, or an ad-hoc visit (`round_id` None)."""

    __tablename__ = "visit"
    __table_args__ = (
        sa.Index(None, "round_id", "seq"),
        sa.Index(None, "compound_id", "arrived_at"),
        sa.Index(None, "inspector_id", "arrived_at"),
        sa.Index(None, "changed_xid", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    round_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("round.id"))
    compound_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("compound.id"))
    path: Mapped[str] = mapped_column(Ltree())
    inspector_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    checklist_version_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("checklist_version.id"))
    seq: Mapped[int] = mapped_column(default=0)
    state: Mapped[VisitState] = mapped_column(enum_type(VisitState, "state"))
    arrived_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    position: Mapped[Any | None] = mapped_column(Geometry("POINT", 4326, spatial_index=False))
    accuracy_m: Mapped[float | None]
    fix: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    """The fix at arrival as the phone sent it, with its source; `left_fix` the one at departure."""
    left_fix: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    received_at: Mapped[datetime | None]
    flags: Mapped[list[str]] = mapped_column(default=list)


class VisitAnswer(db.Model):  # type: ignore[name-defined, misc]
    """合格 / 不合格 / 不适用 for one checklist item; an unanswered item (未查) has no row."""

    __tablename__ = "visit_answer"

    visit_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("visit.id"), primary_key=True)
    item_code: Mapped[str] = mapped_column(primary_key=True)
    result: Mapped[AnswerResult] = mapped_column(enum_type(AnswerResult, "result"))
    answered_at: Mapped[datetime]
