"""Every SELECT of the feature. Lists take what is visible as an argument without default."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from geoalchemy2 import WKBElement
from sqlalchemy.orm import Session

from server.core.prepared import Kept
from server.photos.models import Blob, OriginalUpload, Photo, PhotoStage, PhotoState, Upload


def photo(session: Session, photo_id: uuid.UUID) -> Photo | None:
    """One photo, as it is now even where the session knew it before."""
    return session.get(Photo, photo_id, populate_existing=True)


def upload(session: Session, photo_id: uuid.UUID) -> Upload | None:
    """How far an upload has come."""
    return session.get(Upload, photo_id, populate_existing=True)


def locked_upload(session: Session, photo_id: uuid.UUID) -> tuple[Upload, Photo] | None:
    """An unfinished upload and its photo, nobody else's until the transaction ends; None when finished.

    Only the `upload` row is locked and hence as new as can be; what may change on the photo meanwhile
    (who sees it) does not matter to an upload. Both are copies that the session knows nothing of, since
    loading them through it takes three times as long: what changes is written by a statement.
    """
    row = _LOCKED_UPLOAD.row(session, photo_id=photo_id)
    if row is None:
        return None
    photo = Photo(**{name: getattr(row, name) for name in _PHOTO})
    photo.stage, photo.state = PhotoStage(row.stage), PhotoState(row.state)
    photo.position = None if row.position is None else WKBElement(row.position)
    return Upload(photo_id=photo_id, offset=row.offset), photo


_PHOTO = [column.name for column in Photo.__table__.columns if column.name != "changed_xid"]
_LOCKED_UPLOAD = Kept(f"""
    SELECT u."offset", {", ".join(f"p.{name}" for name in _PHOTO)}
    FROM upload u JOIN photo p ON p.id = u.photo_id WHERE u.photo_id = :photo_id FOR UPDATE OF u
""")


def original_upload(session: Session, photo_id: uuid.UUID) -> OriginalUpload | None:
    """How far the original of a photo has come."""
    return session.get(OriginalUpload, photo_id, populate_existing=True)


def locked_original(session: Session, photo_id: uuid.UUID) -> OriginalUpload | None:
    """The same, nobody else's until the transaction ends."""
    query = sa.select(OriginalUpload).where(OriginalUpload.photo_id == photo_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def blob(session: Session, sha256: bytes) -> Blob | None:
    """The object behind photos with this hash, if any of them has arrived."""
    return session.get(Blob, sha256)


def relatives(
    session: Session,
    ids: Sequence[uuid.UUID],
    hashes: Sequence[bytes],
    case_id: uuid.UUID | None,
    visit_id: uuid.UUID | None,
) -> list[Any]:
    """Rows of photos with one of these ids, or one of these hashes, or of the same case or visit.

    Three indexes in one query, because a declaration asks all three questions.
    """
    return _RELATIVES.rows(session, ids=ids, hashes=hashes, case_id=case_id, visit_id=visit_id)


_RELATIVES = Kept("""
    SELECT id, sha256, size, group_id, case_id, visit_id, stage, kind, declared_by, link_id FROM photo
    WHERE id = ANY (:ids) OR sha256 = ANY (:hashes)
        OR case_id = CAST(:case_id AS uuid) OR visit_id = CAST(:visit_id AS uuid)
""")


def same_content(session: Session, subject: Photo) -> list[uuid.UUID]:
    """Ids of photos of other acts with the same bytes, oldest first, at most ten."""
    query = sa.select(Photo.id).where(Photo.sha256 == subject.sha256, Photo.group_id != subject.group_id)
    return list(session.scalars(query.order_by(Photo.declared_at, Photo.id).limit(10)))


def photos(session: Session, ids: Sequence[uuid.UUID]) -> Sequence[Photo]:
    """These photos, in any order. The ids come from a query that knew what is visible."""
    return session.scalars(sa.select(Photo).where(Photo.id.in_(ids))).all()


def of_case(session: Session, case_id: uuid.UUID, visible: sa.ColumnElement[bool]) -> Sequence[Photo]:
    """The photos of a case, oldest first."""
    query = sa.select(Photo).where(Photo.case_id == case_id, visible)
    return session.scalars(query.order_by(Photo.captured_at, Photo.id)).all()


def which(session: Session, clause: sa.ColumnElement[bool]) -> Sequence[Photo]:
    """Photos that fit `clause`, oldest first."""
    return session.scalars(sa.select(Photo).where(clause).order_by(Photo.captured_at, Photo.id)).all()


def with_content(session: Session, sha256: bytes) -> Sequence[Photo]:
    """All photos that these bytes are, locked."""
    return session.scalars(sa.select(Photo).where(Photo.sha256 == sha256).with_for_update()).all()


def counts_by_visit(session: Session, visit_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Declared photos of visits themselves, by visit."""
    query = sa.select(Photo.visit_id, sa.func.count()).where(Photo.visit_id.in_(visit_ids))
    return {row[0]: row[1] for row in session.execute(query.group_by(Photo.visit_id))}


def may_be_printed(session: Session, sha256: bytes) -> bool:
    """Whether these bytes are a before photo of a case: those go into the annex of a notice."""
    before = (Photo.sha256 == sha256) & (Photo.stage == PhotoStage.BEFORE) & Photo.case_id.is_not(None)
    return bool(session.scalar(sa.select(sa.exists().where(before))))
