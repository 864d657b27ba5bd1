"""Tables of places and of the firms that manage them.

Area codes are re-issued yearly, so a code is never a key: rows have validity dates and a path of ids
made from codes at the time (`9999.999901.999901003.999901003002`), and scope is a prefix of it.
"""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.core.db import Ltree, Mirrored, db, enum_type, new_id


class AreaLevel(StrEnum):
    CITY = "city"
    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"


class Area(db.Model):  # type: ignore[name-defined, misc]
    """An administrative division: city, district, street (街道) or community (社区)."""

    __tablename__ = "area"
    __table_args__ = (
        sa.Index(None, "path", postgresql_using="gist"),
        sa.Index("uq_area_code_valid", "code", unique=True, postgresql_where=sa.text("valid_to IS NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(sa.String(12))
    level: Mapped[AreaLevel] = mapped_column(enum_type(AreaLevel, "level"))
    name: Mapped[str]
    parent_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("area.id"))
    path: Mapped[str] = mapped_column(Ltree())
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    outline: Mapped[Any | None] = mapped_column(Geometry("MULTIPOLYGON", 4326, spatial_index=False))


class Firm(db.Model):  # type: ignore[name-defined, misc]
    """A property service firm. `uscc` is its unified social credit code (GB 32100-2015)."""

    __tablename__ = "firm"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    short_name: Mapped[str]
    uscc: Mapped[str | None] = mapped_column(unique=True)
    uscc_suspect: Mapped[bool] = mapped_column(default=False)
    """The check digit does not fit; real codes like that exist, so it is a warning."""
    address: Mapped[str | None]
    legal_representative: Mapped[str | None]
    phone: Mapped[str | None]
    has_party_organisation: Mapped[bool] = mapped_column(default=False)


class ProjectManager(db.Model):  # type: ignore[name-defined, misc]
    """项目经理: answers for a compound on behalf of the firm."""

    __tablename__ = "project_manager"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    firm_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("firm.id"))
    name: Mapped[str]
    phone: Mapped[str | None]


class Compound(Mirrored, db.Model):  # type: ignore[name-defined, misc]
    """小区, with the attributes of 附件1 (住宅物业管理区域信息台账) and its outline in WGS-84.

    `service_form`, `committee`, `party_coverage` hold the digits of the ledger's code lists (1–6, 1–3, 1–5).
    """

    __tablename__ = "compound"
    __table_args__ = (
        sa.CheckConstraint("service_form BETWEEN 1 AND 6", name="service_form"),
        sa.CheckConstraint("committee BETWEEN 1 AND 3", name="committee"),
        sa.CheckConstraint("party_coverage BETWEEN 1 AND 5", name="party_coverage"),
        sa.CheckConstraint("fee_collection_rate BETWEEN 0 AND 100", name="fee_collection_rate"),
        sa.Index(None, "path", postgresql_using="gist"),
        sa.Index(None, "firm_id"),
        sa.Index(None, "changed_xid", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    management_area: Mapped[str]
    """物业管理区域名称."""
    area_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("area.id"))
    path: Mapped[str] = mapped_column(Ltree())
    four_bounds: Mapped[str]
    """四至范围 as written: 东至…南至…西至…北至…."""
    service_form: Mapped[int] = mapped_column(sa.SmallInteger)
    committee: Mapped[int] = mapped_column(sa.SmallInteger)
    party_coverage: Mapped[int] = mapped_column(sa.SmallInteger)
    fee_collection_rate: Mapped[Decimal | None] = mapped_column(sa.Numeric(5, 2))
    firm_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("firm.id"))
    manager_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("project_manager.id"))
    buildings: Mapped[int]
    households: Mapped[int]
    floor_area_m2: Mapped[int]
    is_high_rise: Mapped[bool] = mapped_column(default=False)
    """Residential above 27 m: decides whether 高层民用建筑消防安全管理规定 applies."""
    service_grade: Mapped[int | None] = mapped_column(sa.SmallInteger)
    outline: Mapped[Any] = mapped_column(Geometry("MULTIPOLYGON", 4326, spatial_index=True))
    building_outlines: Mapped[Any | None] = mapped_column(Geometry("GEOMETRY", 4326, spatial_index=False))
    building_names: Mapped[list[str]] = mapped_column(default=list)
    """Names such as 3号楼, in the order of `building_outlines`' parts."""

    area: Mapped[Area] = relationship(lazy="raise_on_sql")
    firm: Mapped[Firm | None] = relationship(lazy="raise_on_sql")
    manager: Mapped[ProjectManager | None] = relationship(lazy="raise_on_sql")
