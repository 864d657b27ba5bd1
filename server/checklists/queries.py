"""Every SELECT of the feature. Catalogue and checklists are the same for everybody signed in."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.checklists.models import CatalogueVersion, ChecklistVersion
from server.core.prepared import Kept


def current_catalogue(session: Session) -> CatalogueVersion | None:
    """The catalogue published last."""
    latest = sa.select(CatalogueVersion).order_by(
        CatalogueVersion.published_at.desc(), CatalogueVersion.version.desc()
    )
    return session.scalars(latest.limit(1)).one_or_none()


def current_version(session: Session) -> str | None:
    """The version of the catalogue published last, without its body."""
    version: str | None = _CURRENT_VERSION.value(session)
    return version


_CURRENT_VERSION = Kept(
    "SELECT version FROM catalogue_version ORDER BY published_at DESC, version DESC LIMIT 1"
)


def catalogue(session: Session, version: str) -> CatalogueVersion | None:
    """One catalogue version."""
    return session.get(CatalogueVersion, version)


def current_checklists(session: Session) -> Sequence[ChecklistVersion]:
    """The version published last of each set."""
    query = (
        sa.select(ChecklistVersion)
        .distinct(ChecklistVersion.set_code)
        .order_by(
            ChecklistVersion.set_code, ChecklistVersion.published_at.desc(), ChecklistVersion.version.desc()
        )
    )
    return session.scalars(query).all()


def checklist(session: Session, checklist_id: uuid.UUID) -> ChecklistVersion | None:
    """One checklist version."""
    return session.get(ChecklistVersion, checklist_id)


def set_codes(session: Session, version: str) -> set[str]:
    """Codes of the sets that are published under `version`."""
    query = sa.select(ChecklistVersion.set_code).where(ChecklistVersion.version == version)
    return set(session.scalars(query))


def codes_of(session: Session, checklist_id: uuid.UUID) -> frozenset[str] | None:
    """Line codes of a checklist version, or None where there is no such version."""
    items = session.scalar(sa.select(ChecklistVersion.items).where(ChecklistVersion.id == checklist_id))
    return None if items is None else frozenset(line["code"] for line in items)
