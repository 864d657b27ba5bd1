"""Use cases of the camera's own file of a photo: evidence lane and short video.

A photo is what a phone made of the camera's file: smaller, marked with time and place, drawn on perhaps.
The file itself is named by `original_sha256` at the shutter and comes after everything else, where somebody
wants it: for severe hazards, for what was drawn on, and for video, whose photo is its poster. It is stored
under its own hash, beside the rendition; neither is ever made from the other here.

It shows what was blurred in the rendition, so it is for officials only. A video is the exception: it was
asked for as such, and the firm has to see what it is about.

The offset, the pieces and the lock are those of `uploading`; the row is made by the first piece, since most
originals never come.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.core import context, ledger
from server.core.identity import Identity
from server.core.ledger import Act
from server.core.permissions import Permission, require_visible
from server.core.prepared import Kept
from server.core.problems import NotFound
from server.photos import errors, imaging, queries, rules, video
from server.photos.models import OriginalUpload, Photo
from server.photos.service import View
from server.photos.uploading import FAULTS, require_author, staged_bytes, staging


@dataclass(frozen=True, slots=True)
class Received:
    """How the upload of an original stands; `size` is None before the first piece of one not announced.

    `refusal` as in `uploading.Received`: returned and not raised, because it is remembered.
    """

    offset: int
    size: int | None
    photo: Photo | None = None
    refusal: errors.Unusable | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """What the bytes of an original turned out to be."""

    mime: str
    width: int
    height: int
    milliseconds: int | None
    exif: dict[str, Any]


def status(session: Session, identity: Identity, photo_id: uuid.UUID) -> Received:
    """How far the original is. Raises `NotFound` (also where none was named), `NotYours`, or its refusal."""
    photo = _named(session, identity, photo_id)
    if photo.original_stored_at is not None:
        return Received(photo.original_size or 0, photo.original_size, photo)
    upload = queries.original_upload(session, photo_id)
    if upload is None:
        return Received(0, photo.original_size)
    _refuse_again(upload)
    return Received(_held(upload), upload.length)


def receive(
    session: Session,
    identity: Identity,
    photo_id: uuid.UUID,
    head: rules.ChunkHead,
    chunk: bytes,
    now: datetime,
) -> Received:
    """Take one piece. To be called with the whole body in hand, before any other query.

    What is stored already answers as such. Raises what `status` raises, `TooLarge`, the problems of
    `uploading.FAULTS` (each with the true `offset`), and `HashMismatch`.
    """
    upload, photo = _locked(session, identity, photo_id, head.length, now)
    if photo.original_stored_at is not None:
        return Received(photo.original_size or 0, photo.original_size, photo)
    have, size = _held(upload), upload.length
    fault = rules.chunk_fault(head, len(chunk), size, have)
    if fault is not None:
        raise FAULTS[fault](offset=have, length=size)
    if have + len(chunk) < size:
        staging().append(_name(photo_id), have, chunk)
        upload.offset, upload.touched_at = have + len(chunk), now
        return Received(upload.offset, size)
    data = staging().read(_name(photo_id), have) + chunk if have else chunk
    return _complete(session, identity, photo, upload, data, now)


def deliver(
    session: Session, identity: Identity, photo_id: uuid.UUID, data: bytes, now: datetime, *, keep: bool
) -> str:
    """Take all bytes at once, as `uploading.deliver` does for the photo itself."""
    upload, photo = _locked(session, identity, photo_id, len(data), now)
    if photo.original_stored_at is not None:
        return "known"
    if hashlib.sha256(data).digest() != photo.original_sha256:
        raise errors.HashMismatch(offset=_held(upload), length=upload.length)
    if not keep:
        _identify(photo, data)
        return "stored"
    received = _complete(session, identity, photo, upload, data, now)
    if received.refusal is not None:
        raise received.refusal
    return "stored"


def _named(session: Session, identity: Identity, photo_id: uuid.UUID) -> Photo:
    photo = queries.photo(session, photo_id)
    if photo is None:
        raise NotFound()
    require_author(identity, photo)
    if photo.original_sha256 is None:
        raise NotFound()
    return photo


def _locked(
    session: Session, identity: Identity, photo_id: uuid.UUID, length: int, now: datetime
) -> tuple[OriginalUpload, Photo]:
    """The upload, nobody else's until the transaction ends, and its photo as it is now."""
    upload = queries.locked_original(session, photo_id)
    photo = _named(session, identity, photo_id)
    if upload is None:
        size = photo.original_size or length
        if size > context.settings().max_photo_bytes:
            raise errors.TooLarge(limit=context.settings().max_photo_bytes, photo_id=str(photo_id))
        _BEGIN.run(session, photo_id=photo_id, length=size, now=now)
        upload = queries.locked_original(session, photo_id)
        photo = _named(session, identity, photo_id)  # another request may have brought it to its end
    assert upload is not None
    if photo.original_stored_at is None:
        _refuse_again(upload)
    return upload, photo


_BEGIN = Kept("""
    INSERT INTO original_upload (photo_id, "offset", length, touched_at)
    VALUES (:photo_id, 0, :length, :now) ON CONFLICT DO NOTHING
""")


def _complete(
    session: Session, identity: Identity, photo: Photo, upload: OriginalUpload, data: bytes, now: datetime
) -> Received:
    """All bytes are here: prove, store, and write it down."""
    name = _name(photo.id)
    assert photo.original_sha256 is not None
    if hashlib.sha256(data).digest() != photo.original_sha256:
        staging().remove(name)
        raise errors.HashMismatch(offset=0, length=upload.length)
    try:
        found = _identify(photo, data)
    except errors.Unusable as refusal:
        upload.refused, upload.offset, upload.touched_at = refusal.code, 0, now
        session.flush()
        staging().remove(name)
        return Received(0, upload.length, refusal=refusal)
    context.storage().put(data, photo.original_sha256)
    if upload.offset:  # not before the commit: what took a phone ten minutes must survive a rollback
        sa.event.listen(session, "after_commit", lambda _: staging().remove(name), once=True)
    _mark_stored(session, photo, found, len(data), now)
    if photo.case_id is not None:
        ledger.append(session, Act(photo.case_id, "photo.original_stored", now, identity, _line(photo)))
    return Received(len(data), len(data), photo)


def _identify(photo: Photo, data: bytes) -> _Found:
    """Raises what refuses: a video where one was announced, a picture where one was."""
    told = photo.original_mime
    if rules.is_video(told) or (told is None and photo.kind == "V" and video.is_container(data)):
        clip = video.identify(data)
        return _Found(clip.mime, clip.width, clip.height, clip.milliseconds, {})
    picture = imaging.identify(data, context.settings().max_photo_pixels)
    return _Found(picture.mime, picture.width, picture.height, None, picture.exif)


def _mark_stored(session: Session, photo: Photo, found: _Found, size: int, now: datetime) -> None:
    _BLOB.run(
        session,
        sha256=photo.original_sha256,
        size=size,
        mime=found.mime,
        width=found.width,
        height=found.height,
        exif=found.exif,
        now=now,
    )
    photo.original_mime, photo.original_size, photo.original_ms = found.mime, size, found.milliseconds
    photo.original_stored_at = now
    session.flush()


_BLOB = Kept("""
    INSERT INTO blob (sha256, size, mime, width, height, exif, stored_at)
    VALUES (:sha256, :size, :mime, :width, :height, :exif, :now) ON CONFLICT DO NOTHING
""")


def _line(photo: Photo) -> dict[str, Any]:
    assert photo.original_sha256 is not None
    told: dict[str, Any] = {
        "photo_id": str(photo.id),
        "stage": photo.stage.value,
        "kind": photo.kind,
        "sha256": photo.original_sha256.hex(),
        "rendition": photo.sha256.hex(),
        "size": photo.original_size,
        "mime": photo.original_mime,
    }
    return told | ({"milliseconds": photo.original_ms} if photo.original_ms is not None else {})


def find(session: Session, identity: Identity, photo_id: uuid.UUID) -> View:
    """The original of a photo in sight. Raises `NotFound` (none, or none for a firm), `NotStored`."""
    photo = queries.photo(session, photo_id)
    require_visible(identity, Permission.FINDING_READ, photo)
    assert photo is not None
    if identity.is_firm and not rules.is_video(photo.original_mime):
        raise NotFound()
    return _view(photo)


def video_in_cases(session: Session, cases: Collection[uuid.UUID], photo_id: uuid.UUID) -> View:
    """A video of these cases, for the holder of a one-time link."""
    photo = queries.photo(session, photo_id)
    if photo is None or photo.case_id not in cases or photo.firm_id is None:
        raise NotFound()
    if not rules.is_video(photo.original_mime):
        raise NotFound()
    return _view(photo)


def _view(photo: Photo) -> View:
    if photo.original_sha256 is None:
        raise NotFound()
    if photo.original_stored_at is None:
        raise errors.NotStored()
    mime = photo.original_mime or "application/octet-stream"
    return View(photo.original_sha256.hex(), mime, rules.SUFFIXES.get(mime, "bin"))


def document(photo: Photo) -> dict[str, Any]:
    """As `OriginalSchema` describes it, to the author of the photo."""
    assert photo.original_sha256 is not None
    assert photo.original_stored_at is not None
    return {
        "photo_id": photo.id,
        "sha256": photo.original_sha256,
        "size": photo.original_size,
        "mime": photo.original_mime,
        "milliseconds": photo.original_ms,
        "stored_at": photo.original_stored_at,
        "receipt": receipt(photo),
    }


def receipt(photo: Photo) -> dict[str, str]:
    """Our signed word that the original is here; only for one that is."""
    assert photo.original_sha256 is not None
    assert photo.original_stored_at is not None
    return context.receipts().sign("original", photo.id, photo.original_sha256, photo.original_stored_at)


def _refuse_again(upload: OriginalUpload) -> None:
    if upload.refused is not None:
        raise errors.UNUSABLE[upload.refused]()


def _held(upload: OriginalUpload) -> int:
    return rules.held(upload.offset, staged_bytes(_name(upload.photo_id)))


def _name(photo_id: uuid.UUID) -> str:
    return f"{photo_id}-original"
