"""Every SELECT of the feature. The visibility clause is an argument without default."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.accounts.models import Organisation, User
from server.documents.models import (
    DocumentCopy,
    DocumentOffice,
    DocumentTemplate,
    OfficialDocument,
    OrderPower,
)
from server.documents.rules import DocumentType

_NEXT_NUMBER = sa.text(
    "INSERT INTO number_series (organisation_id, document_type, year, last) "
    "VALUES (:organisation_id, :document_type, :year, 1) "
    "ON CONFLICT (organisation_id, document_type, year) DO UPDATE SET last = number_series.last + 1 "
    "RETURNING last"
)

MOST_NAMESAKES = 50


def next_number(session: Session, organisation_id: uuid.UUID, document_type: DocumentType, year: int) -> int:
    """The next number of the series. Its row stays locked until the document commits: no gaps."""
    values = {"organisation_id": organisation_id, "document_type": document_type.value, "year": year}
    number: int = session.execute(_NEXT_NUMBER, values).scalar_one()
    return number


def get(session: Session, document_id: uuid.UUID) -> OfficialDocument | None:
    """One document by its key."""
    return session.get(OfficialDocument, document_id)


def locked(session: Session, document_id: uuid.UUID) -> OfficialDocument | None:
    """The document, locked until the transaction ends."""
    query = sa.select(OfficialDocument).where(OfficialDocument.id == document_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def by_token(session: Session, token: str) -> OfficialDocument | None:
    """The document behind a QR code."""
    return session.scalars(
        sa.select(OfficialDocument).where(OfficialDocument.verify_token == token)
    ).one_or_none()


def by_hash(session: Session, sha256: bytes) -> tuple[OfficialDocument, str] | None:
    """The document whose file, or one of whose copies, has this hash, with the copy's label (or "")."""
    found = session.scalars(sa.select(OfficialDocument).where(OfficialDocument.sha256 == sha256)).first()
    if found is not None:
        return found, ""
    query = sa.select(OfficialDocument, DocumentCopy.label).join(
        DocumentCopy, DocumentCopy.document_id == OfficialDocument.id
    )
    row = session.execute(query.where(DocumentCopy.sha256 == sha256)).first()
    return (row[0], row[1]) if row else None


def by_number(session: Session, number: str) -> OfficialDocument | None:
    """The newest document of a number."""
    query = sa.select(OfficialDocument).where(OfficialDocument.number == number)
    return session.scalars(query.order_by(OfficialDocument.issued_at.desc()).limit(1)).one_or_none()


def of_number(session: Session, number: str) -> list[OfficialDocument]:
    """The documents that bear a number; two organisations may have chosen the same words."""
    query = sa.select(OfficialDocument).where(OfficialDocument.number == number)
    return list(session.scalars(query.order_by(OfficialDocument.issued_at.desc()).limit(MOST_NAMESAKES)))


def successor(session: Session, document_id: uuid.UUID) -> OfficialDocument | None:
    """The correction of a document, if there is one."""
    return session.scalars(
        sa.select(OfficialDocument).where(OfficialDocument.supersedes_id == document_id)
    ).one_or_none()


def organisation(session: Session, organisation_id: uuid.UUID, *, lock: bool = False) -> Organisation | None:
    """One unit; locked, so that two who save a template of it wait for each other."""
    return session.get(Organisation, organisation_id, with_for_update=lock or None)


def issuers(session: Session) -> list[Organisation]:
    """Units with a 机关代字, larger areas first, and firms."""
    query = sa.select(Organisation).where(
        sa.or_(sa.func.coalesce(Organisation.document_word, "") != "", Organisation.kind == "firm")
    )
    order = (sa.func.nlevel(Organisation.path).asc().nulls_last(), Organisation.name)
    return list(session.scalars(query.order_by(*order)))


def offices(session: Session) -> list[DocumentOffice]:
    """How every unit seals."""
    return list(session.scalars(sa.select(DocumentOffice)))


def template_history(
    session: Session, organisation_id: uuid.UUID, document_type: DocumentType
) -> list[tuple[DocumentTemplate, str | None]]:
    """All versions with their authors' names, newest first."""
    query = (
        sa.select(DocumentTemplate, User.display_name)
        .outerjoin(User, User.id == DocumentTemplate.author_id)
        .where(
            DocumentTemplate.organisation_id == organisation_id,
            DocumentTemplate.document_type == document_type,
        )
    )
    rows = session.execute(query.order_by(DocumentTemplate.version.desc()))
    return [(row[0], row[1]) for row in rows]


def office(session: Session, organisation_id: uuid.UUID) -> DocumentOffice | None:
    """How a unit seals."""
    return session.get(DocumentOffice, organisation_id)


def powers(session: Session, organisation_id: uuid.UUID | None) -> list[OrderPower]:
    """The registered powers of a unit, or (None) of all."""
    query = sa.select(OrderPower).order_by(OrderPower.organisation_id, OrderPower.created_at, OrderPower.id)
    if organisation_id is not None:
        query = query.where(OrderPower.organisation_id == organisation_id)
    return list(session.scalars(query))


def power_rows(session: Session, *where: sa.ColumnElement[bool]) -> Sequence[sa.Row[Any]]:
    """Powers that fit with the names of unit, author and who ended them; by unit, newest first."""
    author, ender = sa.orm.aliased(User), sa.orm.aliased(User)
    query = (
        sa.select(
            OrderPower,
            Organisation.name.label("organisation"),
            author.display_name.label("author"),
            ender.display_name.label("ender"),
        )
        .join(Organisation, Organisation.id == OrderPower.organisation_id)
        .outerjoin(author, author.id == OrderPower.author_id)
        .outerjoin(ender, ender.id == OrderPower.ended_by)
        .where(*where)
        .order_by(Organisation.name, OrderPower.valid_from.desc(), OrderPower.id.desc())
    )
    return session.execute(query).all()


def power_locked(session: Session, power_id: uuid.UUID) -> OrderPower | None:
    """One power, so that two who end it wait for each other."""
    query = sa.select(OrderPower).where(OrderPower.id == power_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def template(
    session: Session, organisation_id: uuid.UUID, document_type: DocumentType
) -> DocumentTemplate | None:
    """The version in force, or None where the unit uses the packaged one."""
    query = sa.select(DocumentTemplate).where(
        DocumentTemplate.organisation_id == organisation_id, DocumentTemplate.document_type == document_type
    )
    return session.scalars(query.order_by(DocumentTemplate.version.desc()).limit(1)).one_or_none()


def template_version(
    session: Session, organisation_id: uuid.UUID, document_type: DocumentType, version: int
) -> DocumentTemplate | None:
    """One stored version; None for version 0, the packaged one."""
    return session.get(DocumentTemplate, (organisation_id, document_type, version))


def page(
    session: Session,
    visible: sa.ColumnElement[bool],
    narrow: Sequence[sa.ColumnElement[bool]],
    after: tuple[datetime, uuid.UUID] | None,
    limit: int,
) -> list[OfficialDocument]:
    """One page of documents, newest first."""
    query = sa.select(OfficialDocument).where(visible, *narrow)
    if after:
        query = query.where(sa.tuple_(OfficialDocument.issued_at, OfficialDocument.id) < after)
    order = (OfficialDocument.issued_at.desc(), OfficialDocument.id.desc())
    return list(session.scalars(query.order_by(*order).limit(limit)))


def copies(session: Session, document_id: uuid.UUID) -> list[DocumentCopy]:
    """The further parts of a document, in order."""
    query = sa.select(DocumentCopy).where(DocumentCopy.document_id == document_id)
    return list(session.scalars(query.order_by(DocumentCopy.part)))
