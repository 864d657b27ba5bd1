"""The register of official documents, their numbers, templates, seals, and the powers to order."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, UUID
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Ltree, db, enum_type, new_id
from server.documents.rules import DocumentState, DocumentType


class NumberSeries(db.Model):  # type: ignore[name-defined, misc]
    """The last number given per organisation, document type and year.

    The row is locked until the document commits, so that the series has no gap; a sequence would have.
    """

    __tablename__ = "number_series"

    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisation.id"), primary_key=True)
    document_type: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class OfficialDocument(db.Model):  # type: ignore[name-defined, misc]
    """One issued document. The stored file is named by its hash and never rewritten.

    `edition` 0 is the original, 1 the first correction, which keeps year and sequence. `facts` are what it
    says (`paper/stored.py`), so that another copy can be printed and a correction be made from them.
    """

    __tablename__ = "official_document"
    __table_args__ = (
        sa.UniqueConstraint(
            "organisation_id",
            "document_type",
            "year",
            "sequence",
            "edition",
            name="uq_official_document_series",
        ),
        sa.UniqueConstraint("organisation_id", "number"),
        sa.Index(None, "issued_at", "id"),
        sa.Index(None, "path", postgresql_using="gist"),
        sa.Index(None, "case_ids", postgresql_using="gin"),
        sa.Index(None, "department_ids", postgresql_using="gin"),
        sa.Index(None, "sha256"),
        sa.Index(None, "number"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    document_type: Mapped[DocumentType] = mapped_column(enum_type(DocumentType, "document_type"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    year: Mapped[int]
    sequence: Mapped[int]
    edition: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    number: Mapped[str]
    title: Mapped[str]
    addressee: Mapped[str]
    firm_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("firm.id"), index=True)
    path: Mapped[str | None] = mapped_column(Ltree())
    case_ids: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(UUID(as_uuid=True)))
    """The cases whose ledgers speak of it."""
    department_ids: Mapped[list[uuid.UUID]] = mapped_column(
        ARRAY(UUID(as_uuid=True)), default=list, server_default="{}"
    )
    """Departments that hold one of the cases (移送) and hence may read it."""
    refers_to_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("official_document.id"), index=True)
    """The document that it is about: the notice of a reminder, of a decision, of a re-check."""
    issued_at: Mapped[datetime]
    issued_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))
    state: Mapped[DocumentState] = mapped_column(
        enum_type(DocumentState, "state"), default=DocumentState.IN_FORCE
    )
    supersedes_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("official_document.id"), unique=True
    )
    ended_at: Mapped[datetime | None]
    """When it was voided or superseded."""
    ended_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))
    end_reason: Mapped[str | None]
    verify_token: Mapped[str] = mapped_column(unique=True)
    sha256: Mapped[bytes]
    signed_by: Mapped[str | None]
    """Subject of the certificate, as the signature names it."""
    template_version: Mapped[int] = mapped_column(default=0)
    """Version of the organisation's template; 0 is the packaged one."""
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)


class DocumentCopy(db.Model):  # type: ignore[name-defined, misc]
    """A further part (联) of a document, e.g. 存根; the served part is the document's own file."""

    __tablename__ = "document_copy"
    __table_args__ = (sa.Index(None, "sha256"),)

    document_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("official_document.id"), primary_key=True)
    part: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True)
    label: Mapped[str]
    sha256: Mapped[bytes]


class DocumentTemplate(db.Model):  # type: ignore[name-defined, misc]
    """One version of an organisation's template for a type; the highest is in force. Never changed.

    `wording` holds the phrases that differ from the packaged ones (`paper/phrases.py`).
    """

    __tablename__ = "document_template"

    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisation.id"), primary_key=True)
    document_type: Mapped[DocumentType] = mapped_column(
        enum_type(DocumentType, "document_type"), primary_key=True
    )
    version: Mapped[int] = mapped_column(primary_key=True)
    number_pattern: Mapped[str]
    arabic_date: Mapped[bool] = mapped_column(default=False)
    wording: Mapped[dict[str, Any]]
    note: Mapped[str] = mapped_column(default="")
    """Why it was changed."""
    author_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))
    created_at: Mapped[datetime]


class DocumentOffice(db.Model):  # type: ignore[name-defined, misc]
    """How an organisation seals, and where its orders are contested (救济机关)."""

    __tablename__ = "document_office"

    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisation.id"), primary_key=True)
    seal_sha256: Mapped[bytes | None]
    """Image of the seal in storage: PNG, JPEG or SVG."""
    seal_label: Mapped[str] = mapped_column(default="")
    """With no image, a seal is drawn with these words below the star; empty leaves room for the stamp."""
    reconsideration_body: Mapped[str] = mapped_column(default="")
    court: Mapped[str] = mapped_column(default="")
    author_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))
    changed_at: Mapped[datetime]


class OrderPower(db.Model):  # type: ignore[name-defined, misc]
    """A registered power to order (责令改正): whose, over what, by which article, from when to when.

    A row is written once; what ends it before its term is added to it once and changes nothing else.
    """

    __tablename__ = "order_power"
    __table_args__ = (
        sa.CheckConstraint("(item_code IS NULL) <> (item_group IS NULL)", name="item_or_group"),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="term"),
        sa.CheckConstraint("(ended_on IS NULL) = (ended_at IS NULL)", name="ended_whole"),
        sa.Index(None, "organisation_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    item_code: Mapped[str | None]
    item_group: Mapped[str | None]
    statute: Mapped[str]
    """Full name without brackets, e.g. 中华人民共和国消防法."""
    article: Mapped[int | None]
    """None: every article of the statute."""
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    basis: Mapped[str] = mapped_column(default="")
    """The paper that gives the power to this unit: 权责清单、委托书、三定方案."""
    note: Mapped[str] = mapped_column(default="")
    author_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    ended_on: Mapped[date | None]
    """The last day on which it held; the day before `valid_from` where it never did."""
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))
    end_reason: Mapped[str | None]
