"""What the map reads instead of a million findings.

`compound_counter` has one row a compound and `open_pin` one narrow row an open finding (integer key,
geometry in web mercator). A trigger on `finding` keeps both in the transaction that changes the
finding, so that the map can never say something else than the list.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Ltree, db


class CompoundCounter(db.Model):  # type: ignore[name-defined, misc]
    """Open findings of one compound, by severity; `n_overdue` and `n_replied` are parts of `n_open`."""

    __tablename__ = "compound_counter"

    compound_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("compound.id"), primary_key=True)
    path: Mapped[str] = mapped_column(Ltree())
    n_open: Mapped[int] = mapped_column(server_default="0")
    n_critical: Mapped[int] = mapped_column(server_default="0")
    n_major: Mapped[int] = mapped_column(server_default="0")
    n_general: Mapped[int] = mapped_column(server_default="0")
    n_overdue: Mapped[int] = mapped_column(server_default="0")
    n_replied: Mapped[int] = mapped_column(server_default="0")
    version: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    centre: Mapped[Any] = mapped_column(Geometry("POINT", 3857, spatial_index=True))


class OpenPin(db.Model):  # type: ignore[name-defined, misc]
    """One open finding as the tiles draw it. Enumerations are small integers to keep tiles small.

    severity: 0 general, 1 major, 2 critical; progress: 0 open, 1 replied.
    """

    __tablename__ = "open_pin"
    __table_args__ = (sa.Index(None, "compound_id"),)

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(always=True), primary_key=True)
    finding_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("finding.id", ondelete="CASCADE"), unique=True
    )
    compound_id: Mapped[uuid.UUID]
    path: Mapped[str] = mapped_column(Ltree())
    severity: Mapped[int] = mapped_column(sa.SmallInteger)
    progress: Mapped[int] = mapped_column(sa.SmallInteger)
    overdue: Mapped[bool]
    category: Mapped[str] = mapped_column(sa.String(2))
    due_at: Mapped[datetime | None]
    geom: Mapped[Any] = mapped_column(Geometry("POINT", 3857, spatial_index=True))
