"""What the map reads instead of a million findings.

`compound_counter` has one row a compound, `open_tally` splits its count by what the filters ask, and
`open_pin` has one narrow row an open finding. Triggers on `finding` and `compound` keep all of them in
the transaction that changes the source, so that the map can never say something else than the list.
Geometry is web mercator (EPSG 3857), since tiles are, and enumerations are small integers, since a tile
repeats them for every pin: severity 0 general, 1 major, 2 critical; progress 0 open, 1 replied.
"""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Ltree, db


def _of_compound() -> sa.ForeignKey:
    return sa.ForeignKey("compound.id", ondelete="CASCADE")


class CompoundCounter(db.Model):  # type: ignore[name-defined, misc]
    """Open findings of one compound, by severity; `n_overdue` and `n_replied` are parts of `n_open`.

    `version` rises with every change of the compound or of its findings: the sum of an area's versions
    is the ETag of its tiles (a maximum would miss a transaction that commits late).
    """

    __tablename__ = "compound_counter"
    __table_args__ = (sa.Index(None, "path", postgresql_using="gist"),)

    compound_id: Mapped[uuid.UUID] = mapped_column(_of_compound(), primary_key=True)
    path: Mapped[str] = mapped_column(Ltree())
    n_open: Mapped[int] = mapped_column(server_default="0")
    n_critical: Mapped[int] = mapped_column(server_default="0")
    n_major: Mapped[int] = mapped_column(server_default="0")
    n_general: Mapped[int] = mapped_column(server_default="0")
    n_overdue: Mapped[int] = mapped_column(server_default="0")
    n_replied: Mapped[int] = mapped_column(server_default="0")
    version: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    centre: Mapped[Any] = mapped_column(Geometry("POINT", 3857, spatial_index=True))


class OpenTally(db.Model):  # type: ignore[name-defined, misc]
    """Open findings of one compound in one category by all else a filter can ask.

    Columns are general, major, critical × mark (0 open, 1 open and late, 2 replied, 3 replied late).
    The row without a category counts all of them, so that most filters read one row a compound, and no
    number of findings makes the table longer than compounds × (categories + 1).
    """

    __tablename__ = "open_tally"

    category: Mapped[str] = mapped_column(sa.String(2), primary_key=True)
    compound_id: Mapped[uuid.UUID] = mapped_column(_of_compound(), primary_key=True)
    g0: Mapped[int] = mapped_column(server_default="0")
    g1: Mapped[int] = mapped_column(server_default="0")
    g2: Mapped[int] = mapped_column(server_default="0")
    g3: Mapped[int] = mapped_column(server_default="0")
    m0: Mapped[int] = mapped_column(server_default="0")
    m1: Mapped[int] = mapped_column(server_default="0")
    m2: Mapped[int] = mapped_column(server_default="0")
    m3: Mapped[int] = mapped_column(server_default="0")
    c0: Mapped[int] = mapped_column(server_default="0")
    c1: Mapped[int] = mapped_column(server_default="0")
    c2: Mapped[int] = mapped_column(server_default="0")
    c3: Mapped[int] = mapped_column(server_default="0")


class OpenPin(db.Model):  # type: ignore[name-defined, misc]
    """One open finding as the tiles and the list beside the map need it."""

    __tablename__ = "open_pin"
    __table_args__ = (
        sa.Index(None, "compound_id"),
        # Carries all that filters ask, so that a page in order reads no rows: 28 ms became 1 ms.
        sa.Index(
            None,
            "urgency",
            "id",
            postgresql_include=["geom", "path", "severity", "progress", "overdue", "category"],
        ),
        sa.Index(None, "firm_id", postgresql_where=sa.text("firm_id IS NOT NULL")),
        sa.Index(None, "department_id", postgresql_where=sa.text("department_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(always=True), primary_key=True)
    finding_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("finding.id", ondelete="CASCADE"), unique=True
    )
    compound_id: Mapped[uuid.UUID]
    firm_id: Mapped[uuid.UUID | None]
    """The firm, once a notice has named the finding: before that the firm may not see it."""
    department_id: Mapped[uuid.UUID | None]
    """The department that the case was handed to."""
    path: Mapped[str] = mapped_column(Ltree())
    severity: Mapped[int] = mapped_column(sa.SmallInteger)
    progress: Mapped[int] = mapped_column(sa.SmallInteger)
    overdue: Mapped[bool]
    category: Mapped[str] = mapped_column(sa.String(2))
    urgency: Mapped[int] = mapped_column(sa.BigInteger)
    """Sort key of the list: the deadline in µs since 1970, 2^61 less when overdue, 2^61 without one."""
    geom: Mapped[Any] = mapped_column(Geometry("POINT", 3857, spatial_index=True))


class CompoundShape(db.Model):  # type: ignore[name-defined, misc]
    """The outline of a compound as tiles draw it, apart from the counter because it hardly changes."""

    __tablename__ = "compound_shape"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(always=True), primary_key=True)
    compound_id: Mapped[uuid.UUID] = mapped_column(_of_compound(), unique=True)
    path: Mapped[str] = mapped_column(Ltree())
    firm_id: Mapped[uuid.UUID | None]
    name: Mapped[str]
    hectares: Mapped[float]
    geom: Mapped[Any] = mapped_column(Geometry("MULTIPOLYGON", 3857, spatial_index=True))


class BuildingShape(db.Model):  # type: ignore[name-defined, misc]
    """One building of a compound; `seq` counts the parts of `compound.building_outlines` from 1."""

    __tablename__ = "building_shape"

    compound_id: Mapped[uuid.UUID] = mapped_column(_of_compound(), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    geom: Mapped[Any] = mapped_column(Geometry("POLYGON", 3857, spatial_index=True))


class BaseFeature(db.Model):  # type: ignore[name-defined, misc]
    """The ground below the findings.

    `kind`: district, street, community, water, green, road_major, road_minor, label. Drawn from
    `min_zoom` on.
    """

    __tablename__ = "base_feature"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(always=True), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(16))
    name: Mapped[str] = mapped_column(server_default="")
    min_zoom: Mapped[int] = mapped_column(sa.SmallInteger, server_default="0")
    geom: Mapped[Any] = mapped_column(Geometry("GEOMETRY", 3857, spatial_index=True))
