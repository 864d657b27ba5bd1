"""Use cases of an upload: how far it is, one more piece, and what happens with the last.

An upload belongs to one declaration and one account: to know a hash grants nothing, even where the same
bytes are already here.

Racing requests for one upload (a phone that lost the answer and resumes while the server still drains
the old request) are put in order by the lock of the `upload` row: body first, then the lock, then the
offset is compared again, then file, then row. The loser is told the true offset.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.core import context, jobs, ledger
from server.core.identity import Identity
from server.core.ledger import Act
from server.core.permissions import Permission, require_visible
from server.core.prepared import Kept
from server.core.problems import NotFound, Problem
from server.core.staging import Staging
from server.photos import errors, imaging, queries, rules
from server.photos.models import Photo, PhotoState, Upload

ABANDONED = timedelta(days=30)
FAULTS: dict[rules.Fault, type[Problem]] = {
    rules.Fault.LENGTH_MISMATCH: errors.LengthMismatch,
    rules.Fault.OFFSET_PAST_END: errors.OffsetPastEnd,
    rules.Fault.OFFSET_MISMATCH: errors.OffsetMismatch,
    rules.Fault.CHUNK_PAST_END: errors.ChunkPastEnd,
    rules.Fault.INCOMPLETE: errors.Incomplete,
}


@dataclass(frozen=True, slots=True)
class Received:
    """How an upload stands: bytes here of bytes in all, and the photo once it is stored.

    `refusal` is set when all bytes came but are no usable picture. It is returned and not raised, because
    the photo now remembers it, and what is raised is rolled back.
    """

    offset: int
    size: int
    photo: Photo | None = None
    refusal: errors.Unusable | None = None


def upload_status(session: Session, identity: Identity, photo_id: uuid.UUID) -> Received:
    """How far the upload is. Raises `NotFound`, `NotYours`, or the refusal that the photo remembers."""
    photo = queries.photo(session, photo_id)
    if photo is None:
        raise NotFound()
    _require_own(identity, photo)
    if photo.state is PhotoState.STORED:
        return Received(photo.size, photo.size, photo)
    return Received(_held(queries.upload(session, photo_id)), photo.size)


def receive(
    session: Session,
    identity: Identity,
    photo_id: uuid.UUID,
    head: rules.ChunkHead,
    chunk: bytes,
    now: datetime,
) -> Received:
    """Take one chunk of a photo. To be called with the whole body in hand, before any other query.

    A photo that is already stored answers as such, whatever is sent: the answer to the last chunk was
    lost. Raises what `upload_status` raises, the problems of `FAULTS` (each with the true `offset`), and
    `HashMismatch`; see `Received.refusal` for bytes that are no picture.
    """
    found = queries.locked_upload(session, photo_id)
    if found is None:
        return upload_status(session, identity, photo_id)
    upload, photo = found
    _require_own(identity, photo)
    have = _held(upload)
    fault = rules.chunk_fault(head, len(chunk), photo.size, have)
    if fault is not None:
        raise FAULTS[fault](offset=have, length=photo.size)
    name = str(photo_id)
    if have + len(chunk) < photo.size:
        staging().append(name, have, chunk)
        _APPENDED.run(session, photo_id=photo_id, offset=have + len(chunk), now=now)
        return Received(have + len(chunk), photo.size)
    data = staging().read(name, have) + chunk if have else chunk
    return _complete(session, identity, photo, upload, data, now)


def deliver(
    session: Session, identity: Identity, photo_id: uuid.UUID, data: bytes, now: datetime, *, keep: bool
) -> str:
    """Take all bytes of a declared photo at once, however far its own upload has come.

    Returns `stored`, or `known` where it was already. `keep=False` looks at everything and stores no bytes.
    Raises what `receive` raises, and the refusal of bytes that are no usable picture.
    """
    found = queries.locked_upload(session, photo_id)
    if found is None:
        upload_status(session, identity, photo_id)
        return "known"
    upload, photo = found
    _require_own(identity, photo)
    if hashlib.sha256(data).digest() != photo.sha256:
        raise errors.HashMismatch(offset=_held(upload), length=photo.size)
    if not keep:
        imaging.identify(data, context.settings().max_photo_pixels)
        return "stored"
    received = _complete(session, identity, photo, upload, data, now)
    if received.refusal is not None:
        raise received.refusal
    return "stored"


def _complete(
    session: Session, identity: Identity, photo: Photo, upload: Upload, data: bytes, now: datetime
) -> Received:
    """All bytes are here: prove, store, and write it down."""
    name = str(photo.id)
    if hashlib.sha256(data).digest() != photo.sha256:
        staging().remove(name)
        raise errors.HashMismatch(offset=0, length=photo.size)
    try:
        picture = imaging.identify(data, context.settings().max_photo_pixels)
    except errors.Unusable as refusal:
        _REFUSED.run(session, photo_id=photo.id, flag=refusal.code, now=now)
        staging().remove(name)
        return Received(0, photo.size, refusal=refusal)
    context.storage().put(data, photo.sha256)
    if upload.offset:  # not before the commit: what took a phone ten minutes must survive a rollback
        sa.event.listen(session, "after_commit", lambda _: staging().remove(name), once=True)
    if _mark_stored(session, photo, picture, now):
        jobs.enqueue(session, "photos.make_views", sha256=photo.sha256.hex())
    if photo.case_id is not None:
        _write_down(session, identity, photo, now)
    return Received(photo.size, photo.size, photo)


_APPENDED = Kept('UPDATE upload SET "offset" = :offset, touched_at = :now WHERE photo_id = :photo_id')
_REFUSED = Kept("""
    WITH flagged AS (UPDATE photo SET flags = array_append(flags, :flag) WHERE id = :photo_id)
    UPDATE upload SET "offset" = 0, touched_at = :now WHERE photo_id = :photo_id
""")
_MARK_STORED = Kept("""
    WITH added AS (
        INSERT INTO blob (sha256, size, mime, width, height, exif, stored_at)
        VALUES (:sha256, :size, :mime, :width, :height, :exif, :now)
        ON CONFLICT DO NOTHING RETURNING 1
    ), done AS (DELETE FROM upload WHERE photo_id = :photo_id)
    UPDATE photo SET state = 'stored', stored_at = :now, mime = :mime WHERE id = :photo_id
    RETURNING EXISTS (SELECT FROM added)
""")


def _mark_stored(session: Session, photo: Photo, picture: imaging.Picture, now: datetime) -> bool:
    """Photo, blob and upload in one statement; whether these bytes are new to us."""
    told = {"mime": picture.mime, "width": picture.width, "height": picture.height, "exif": picture.exif}
    told |= {"photo_id": photo.id, "sha256": photo.sha256, "size": photo.size, "now": now}
    is_new = _MARK_STORED.value(session, **told)
    photo.state, photo.stored_at, photo.mime = PhotoState.STORED, now, picture.mime
    return bool(is_new)


def _write_down(session: Session, identity: Identity, photo: Photo, now: datetime) -> None:
    assert photo.case_id is not None
    data: dict[str, Any] = {
        "photo_id": str(photo.id),
        "stage": photo.stage.value,
        "kind": photo.kind,
        "sha256": photo.sha256.hex(),
        "size": photo.size,
        "mime": photo.mime,
    }
    if rules.REUSED in photo.flags:
        data["same_as"] = [str(other) for other in queries.same_content(session, photo)]
    ledger.append(session, Act(photo.case_id, "photo.stored", now, identity, data))


def require_author(identity: Identity, photo: Photo) -> None:
    """Only who declared a photo may send its bytes."""
    if (photo.declared_by, photo.link_id) != (identity.user_id, identity.link_id):
        require_visible(identity, Permission.FINDING_READ, photo)
        raise errors.NotYours()


def _require_own(identity: Identity, photo: Photo) -> None:
    """And only while they are welcome."""
    require_author(identity, photo)
    for flag in photo.flags:
        if flag in errors.UNUSABLE and photo.state is PhotoState.EXPECTED:
            raise errors.UNUSABLE[flag]()


def _held(upload: Upload | None) -> int:
    return 0 if upload is None else rules.held(upload.offset, staged_bytes(str(upload.photo_id)))


def staged_bytes(name: str) -> int:
    """How many bytes of an unfinished upload lie on this host."""
    return staging().size(name)


def staging() -> Staging:
    """Where the beginnings of uploads lie."""
    return Staging(context.settings().var / "uploads")


def forget_abandoned(now: datetime) -> None:
    """Drop the beginnings of uploads that nobody went on with for 30 days; the phone may start again."""
    staging().forget(now - ABANDONED)
