"""The finding as a row."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.core.db import Ltree, Mirrored, db, enum_type
from server.findings.rules import CLOSED_STATES, FindingState, Severity
from server.places.models import Compound


class Finding(Mirrored, db.Model):  # type: ignore[name-defined, misc]
    """问题. `captured_at` is what the phone's clock said, `received_at` what ours said."""

    __tablename__ = "finding"
    __table_args__ = (
        sa.Index(None, "changed_xid", "id"),
        sa.Index(None, "path", postgresql_using="gist"),
        sa.Index(None, "compound_id", "item_code", "captured_at"),
        sa.Index(None, "visit_id"),
        sa.Index(None, "found_by", "captured_at"),
        sa.Index(None, "firm_id", "received_at"),
        sa.Index(None, "received_at", "id"),
        sa.Index(
            "ix_finding_department",
            *("department_id", "received_at", "id"),
            postgresql_where=sa.text("department_id IS NOT NULL"),
        ),
        sa.Index("ix_finding_due", "due_at", postgresql_where=sa.text("state = 'rectifying'")),
        sa.Index(
            "ix_finding_waiting",
            "state",
            "waiting_since",
            postgresql_where=sa.text("state IN ('noticed', 'replied', 'reviewing', 'transferred')"),
        ),
        sa.Index("ix_finding_overdue", "due_at", postgresql_where=sa.text("state = 'overdue'")),
        sa.Index("ix_finding_triage", "triage_due_at", postgresql_where=sa.text("state = 'submitted'")),
        sa.CheckConstraint("(state = 'duplicate') = (master_id IS NOT NULL)", name="duplicate_has_master"),
        sa.CheckConstraint("master_id <> id", name="not_own_master"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    compound_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("compound.id"))
    visit_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("visit.id"))
    path: Mapped[str] = mapped_column(Ltree())
    firm_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("firm.id"))
    item_code: Mapped[str]
    catalogue_version: Mapped[str] = mapped_column(sa.ForeignKey("catalogue_version.version"))
    severity: Mapped[Severity] = mapped_column(enum_type(Severity, "severity"))
    responsible: Mapped[str]
    """firm, resident, developer, utility or committee: who must rectify."""
    text: Mapped[str]
    place: Mapped[str]
    """Words for the spot: 3号楼北侧."""
    position: Mapped[Any | None] = mapped_column(Geometry("POINT", 4326, spatial_index=True))
    """Where it is drawn: the pin if one was set, else the fix."""
    fix: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    """The raw fix as sent: lon, lat, crs, accuracy_m, captured_at, source."""
    accuracy_m: Mapped[float | None]
    flags: Mapped[list[str]] = mapped_column(default=list)
    photo_excuses: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Why a photo kind asked for by the item could not be taken: `{"C": "门锁着"}`."""
    captured_at: Mapped[datetime]
    received_at: Mapped[datetime]
    clock_offset_ms: Mapped[int | None]
    found_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisation.id"))

    state: Mapped[FindingState] = mapped_column(enum_type(FindingState, "state"))
    triage_due_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    due_provisional: Mapped[bool] = mapped_column(default=False)
    clock_from: Mapped[datetime | None]
    """Service of the notice in force: nothing is overdue before. None: not served."""
    overdue_at: Mapped[datetime | None]
    """When the deadline passed unanswered; kept when the firm answers late."""
    waiting_since: Mapped[datetime | None]
    """Since when it waits for whoever must act now; None for rows older than the column."""
    closed_at: Mapped[datetime | None]
    master_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("finding.id"))
    notice_id: Mapped[uuid.UUID | None]
    """The notice now in force."""
    notice_number: Mapped[str | None]
    relapse_of: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("finding.id"))
    """A case closed in the last 90 days at the same spot about the same item."""
    department_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("organisation.id"))
    """The department that it was handed to (移送)."""
    orders: Mapped[int] = mapped_column(default=0)
    failed_reviews: Mapped[int] = mapped_column(default=0)
    reviewer_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    compound: Mapped[Compound] = relationship(lazy="raise_on_sql")

    @property
    def is_open(self) -> bool:
        """未销号: somebody still has to act."""
        return self.state not in CLOSED_STATES
