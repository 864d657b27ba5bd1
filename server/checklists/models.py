"""Catalogue and checklist versions. Both are immutable: a trigger refuses UPDATE and DELETE.

A round keeps the version that it used, so a change of law or of a deadline never alters an old round.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import db, new_id


class CatalogueVersion(db.Model):  # type: ignore[name-defined, misc]
    """The whole hazard catalogue as published once: `items` is the list of `catalogue.json`."""

    __tablename__ = "catalogue_version"

    version: Mapped[str] = mapped_column(primary_key=True)
    published_at: Mapped[datetime]
    groups: Mapped[list[Any]] = mapped_column(JSONB)
    items: Mapped[list[Any]] = mapped_column(JSONB)


class ChecklistVersion(db.Model):  # type: ignore[name-defined, misc]
    """One published version of a set such as CK-WEEK."""

    __tablename__ = "checklist_version"
    __table_args__ = (sa.UniqueConstraint("set_code", "version"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    set_code: Mapped[str]
    version: Mapped[str]
    name: Mapped[str]
    catalogue_version: Mapped[str] = mapped_column(sa.ForeignKey("catalogue_version.version"))
    items: Mapped[list[Any]] = mapped_column(JSONB)
    """In walking order: `[{"code": "FP-01", "text": "…"}]`."""
    published_at: Mapped[datetime]
