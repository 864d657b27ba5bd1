"""Evidence tables.

A `photo` is declared by a command (finding, answer, review, visit) with its hash and size before a
byte arrives; bytes come in by resumable upload and are bound to that declaration and its author, so
that knowing a hash grants nothing. `blob` is the content-addressed object behind one or many photos.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Ltree, Mirrored, db, enum_type


class PhotoStage(StrEnum):
    """When in the life of a case the photo was taken."""

    BEFORE = "before"
    AFTER = "after"
    REVIEW = "review"
    VISIT = "visit"
    SERVICE = "service"
    DUTY = "duty"
    OBJECTION = "objection"
    TRANSFER = "transfer"


class PhotoState(StrEnum):
    EXPECTED = "expected"
    STORED = "stored"


class Blob(db.Model):  # type: ignore[name-defined, misc]
    """One immutable object in storage; key = SHA-256 of its bytes."""

    __tablename__ = "blob"

    sha256: Mapped[bytes] = mapped_column(primary_key=True)
    size: Mapped[int]
    mime: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    exif: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Only what helps a reviewer: taken_at, make, model, software, lon, lat, orientation."""
    stored_at: Mapped[datetime]
    thumb_sha256: Mapped[bytes | None]
    large_sha256: Mapped[bytes | None]
    """A browser-readable large view; None where the original is one itself."""


class Photo(Mirrored, db.Model):  # type: ignore[name-defined, misc]
    """A declared photo of a case (`case_id` = finding) or of a visit (`visit_id`)."""

    __tablename__ = "photo"
    __table_args__ = (
        sa.CheckConstraint("num_nonnulls(case_id, visit_id) = 1", name="one_subject"),
        sa.CheckConstraint("octet_length(sha256) = 32", name="sha256"),
        sa.CheckConstraint("size > 0", name="size"),
        sa.Index(None, "case_id"),
        sa.Index(None, "visit_id"),
        sa.Index(None, "sha256"),
        sa.Index(None, "changed_xid", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    case_id: Mapped[uuid.UUID | None]
    visit_id: Mapped[uuid.UUID | None]
    stage: Mapped[PhotoStage] = mapped_column(enum_type(PhotoStage, "stage"))
    group_id: Mapped[uuid.UUID]
    """The act that declared it: finding, response, review or visit id."""
    kind: Mapped[str] = mapped_column(sa.String(1))
    sha256: Mapped[bytes]
    original_sha256: Mapped[bytes | None]
    """Hash at the shutter, when the phone sends a smaller rendition of it."""
    size: Mapped[int]
    mime: Mapped[str]
    source: Mapped[str]
    """camera or gallery."""
    captured_at: Mapped[datetime]
    position: Mapped[Any | None] = mapped_column(Geometry("POINT", 4326, spatial_index=False))
    accuracy_m: Mapped[float | None]
    state: Mapped[PhotoState] = mapped_column(enum_type(PhotoState, "state"), default=PhotoState.EXPECTED)
    stored_at: Mapped[datetime | None]
    declared_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))
    link_id: Mapped[uuid.UUID | None]
    """The one-time link through which it was declared, where nobody signed in."""
    declared_at: Mapped[datetime]
    device_id: Mapped[uuid.UUID | None]
    """The phone that declared it, for the nightly comparison with what that phone says it has sent."""
    path: Mapped[str] = mapped_column(Ltree())
    firm_id: Mapped[uuid.UUID | None]
    department_id: Mapped[uuid.UUID | None]
    flags: Mapped[list[str]] = mapped_column(default=list)
    original_size: Mapped[int | None] = mapped_column(sa.BigInteger)
    """Bytes of the camera's own file, where it was announced or has arrived."""
    original_mime: Mapped[str | None]
    """As announced; once it is here, as found. A video where the photo is its poster."""
    original_stored_at: Mapped[datetime | None]
    original_ms: Mapped[int | None]
    """How long a video runs."""


class Upload(db.Model):  # type: ignore[name-defined, misc]
    """How far the bytes of a photo have come; the row is the lock between racing requests."""

    __tablename__ = "upload"

    photo_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("photo.id"), primary_key=True)
    offset: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    length: Mapped[int] = mapped_column(sa.BigInteger)
    touched_at: Mapped[datetime]


class OriginalUpload(db.Model):  # type: ignore[name-defined, misc]
    """How far the camera's own file of a photo has come; made by its first piece."""

    __tablename__ = "original_upload"

    photo_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("photo.id"), primary_key=True)
    offset: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    length: Mapped[int] = mapped_column(sa.BigInteger)
    refused: Mapped[str | None]
    """Code of the refusal, where all bytes came and are no usable file."""
    touched_at: Mapped[datetime]
