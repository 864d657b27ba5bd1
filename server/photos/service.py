"""Use cases of evidence: declare photos, show them, make their views.

A photo is declared inside the act that it proves (a command), by hash and size; its bytes follow as
good or bad links allow. Reading goes through the case: whoever may read findings in the photo's area, or
the firm whose id the photo carries. A before photo carries none until a notice is issued, since a firm
learns of a finding by the notice and not earlier.

Taking the bytes is `uploading.py`: it changes for other reasons (links, races, hostile files).
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.core import context
from server.core.changes import Changes, Cursor, changed_keys, page
from server.core.db import new_id
from server.core.geo import lon_lat, point
from server.core.identity import Identity
from server.core.permissions import Permission, require_visible
from server.core.prepared import KeptInsert
from server.core.problems import NotFound
from server.core.visibility import scope_of
from server.photos import errors, imaging, prints, queries, rules
from server.photos.models import Blob, Photo, PhotoStage, PhotoState, Upload


@dataclass(frozen=True, slots=True)
class View:
    """An object to be shown: its key in storage and what it is."""

    key: str
    mime: str
    suffix: str


def declare(
    session: Session,
    identity: Identity,
    *,
    case_id: uuid.UUID | None = None,
    visit_id: uuid.UUID | None = None,
    stage: PhotoStage,
    group_id: uuid.UUID,
    declarations: Sequence[dict[str, Any]],
    path: str,
    firm_id: uuid.UUID | None,
    now: datetime,
) -> None:
    """Expect photos for an act (`group_id`) on a case or a visit, exactly one of the two.

    `declarations` were loaded by `PhotoDeclarationSchema`. `path` and `firm_id` say who will see them; a
    firm that must not yet know of the case is None. Repeating a declaration changes nothing. Bytes that
    prove another act already are accepted and flagged `reused`.
    Raises `IdReused`, `TooMany`, `TooLarge`, `UnsupportedType`.
    """
    if not declarations:
        return
    _refuse_unfit(declarations)
    subject = {"case_id": case_id, "visit_id": visit_id, "stage": stage, "group_id": group_id}
    subject |= {"declared_by": identity.user_id, "link_id": identity.link_id}
    ids, hashes = [one["photo_id"] for one in declarations], [one["sha256"] for one in declarations]
    relatives = queries.relatives(session, ids, hashes, case_id, visit_id)
    known = {row.id: row for row in relatives}
    fresh = {one["photo_id"]: one for one in declarations if not _is_repeated(one, subject, known)}
    in_group = sum(row.group_id == group_id for row in relatives)
    if in_group + len(fresh) > rules.MAX_PER_GROUP:
        raise errors.TooMany(limit=rules.MAX_PER_GROUP)
    if not fresh:
        return
    seen_elsewhere = {row.sha256 for row in relatives if row.group_id != group_id}
    common = subject | {"path": path, "firm_id": firm_id, "declared_at": now}
    common |= {"device_id": identity.device_id}
    rows = [_row(one, one["sha256"] in seen_elsewhere) | common for one in fresh.values()]
    _PHOTOS.rows(session, rows)
    uploads = [{"photo_id": row["id"], "offset": 0, "length": row["size"], "touched_at": now} for row in rows]
    _UPLOADS.rows(session, uploads)


_PHOTOS, _UPLOADS = KeptInsert(Photo), KeptInsert(Upload)


def _refuse_unfit(declarations: Sequence[dict[str, Any]]) -> None:
    limit = context.settings().max_photo_bytes
    first: dict[uuid.UUID, dict[str, Any]] = {}
    for one in declarations:
        if first.setdefault(one["photo_id"], one) != one:
            raise errors.IdReused(photo_id=str(one["photo_id"]))
        if one["size"] > limit:
            raise errors.TooLarge(limit=limit, photo_id=str(one["photo_id"]))
        if one["mime"] not in rules.MIMES:
            raise errors.UnsupportedType(photo_id=str(one["photo_id"]))
        if one.get("original_mime") not in {None, *rules.MIMES, *rules.VIDEO_MIMES}:
            raise errors.UnsupportedType(photo_id=str(one["photo_id"]))


def _is_repeated(one: dict[str, Any], subject: dict[str, Any], known: dict[uuid.UUID, Any]) -> bool:
    """Whether this very declaration is here already. The rest of its fields cannot differ: same bytes."""
    row = known.get(one["photo_id"])
    if row is None:
        return False
    asked = subject | {name: one[name] for name in ("sha256", "size", "kind")}
    if any(getattr(row, name) != value for name, value in asked.items()):
        raise errors.IdReused(photo_id=str(one["photo_id"]))
    return True


def _row(one: dict[str, Any], reused: bool) -> dict[str, Any]:
    position = one["position"]
    same = ("kind", "sha256", "original_sha256", "size", "mime", "source", "captured_at")
    return {name: one[name] for name in same} | {
        "id": one["photo_id"],
        "original_size": one.get("original_size"),
        "original_mime": one.get("original_mime"),
        "position": point(position["lon"], position["lat"]) if position else None,
        "accuracy_m": position["accuracy_m"] if position else None,
        "flags": [rules.REUSED] * reused + [rules.ANNOTATED] * one.get("annotated", False),
        "state": PhotoState.EXPECTED,
    }


def find_view(session: Session, identity: Identity, photo_id: uuid.UUID, size: str) -> View:
    """The object to show for `size` `thumb`, `large` or `original`.

    Raises `NotFound`, `NotStored` (the bytes are still on a phone), `Undecodable`.
    """
    photo = queries.photo(session, photo_id)
    require_visible(identity, Permission.FINDING_READ, photo)
    assert photo is not None
    return view_of(session, photo, size)


def view_in_cases(session: Session, cases: Collection[uuid.UUID], photo_id: uuid.UUID, size: str) -> View:
    """As `find_view`, for whoever was given these cases (a one-time link) instead of an area or a firm."""
    photo = queries.photo(session, photo_id)
    if photo is None or photo.case_id not in cases or photo.firm_id is None:
        raise NotFound()
    return view_of(session, photo, size)


def view_of(session: Session, photo: Photo, size: str) -> View:
    """The object of a photo that the caller may see.

    A view that the worker has not made yet is made now: whoever looks must not depend on a queue.
    """
    blob = queries.blob(session, photo.sha256) if photo.state is PhotoState.STORED else None
    if blob is None:
        raise errors.NotStored()
    if size == "original" or (size == "large" and not _has_large(blob)):
        return View(blob.sha256.hex(), blob.mime, rules.SUFFIXES[blob.mime])
    made = blob.thumb_sha256 if size == "thumb" else blob.large_sha256
    key = made.hex() if made else _make(blob)[size]
    return View(key, "image/jpeg", "jpg")


def _has_large(blob: Blob) -> bool:
    return rules.needs_large(blob.mime, blob.width, blob.height, blob.exif.get("orientation", 1))


def _make(blob: Blob) -> dict[str, str]:
    """Make and store the views of an original; returns their keys by size."""
    store = context.storage()
    made = imaging.views(store.read(blob.sha256.hex()), context.settings().max_photo_pixels)
    keys = {"thumb": store.put(made.thumb)}
    return keys if made.large is None else keys | {"large": store.put(made.large)}


def make_views(session: Session, sha256: bytes) -> None:
    """Make the thumbnail, the large view where one is needed, and the print copy of a before photo.

    Repeating it changes nothing. An original that cannot be decoded keeps its place as evidence; its photos
    are flagged.
    """
    blob = queries.blob(session, sha256)
    if blob is None or blob.thumb_sha256 is not None:
        return
    try:
        keys = _make(blob)
    except errors.Unusable:
        for photo in queries.with_content(session, sha256):
            photo.flags = sorted({*photo.flags, errors.Undecodable.code})
        return
    blob.thumb_sha256 = bytes.fromhex(keys["thumb"])
    blob.large_sha256 = bytes.fromhex(keys["large"]) if "large" in keys else None
    if queries.may_be_printed(session, sha256):
        prints.make(session, sha256)


def rows(session: Session, ids: Sequence[uuid.UUID]) -> Sequence[Photo]:
    """Rows of these photos, for features that have checked what is visible."""
    return queries.photos(session, ids)


def documents(session: Session, identity: Identity, ids: Sequence[uuid.UUID]) -> list[dict[str, Any]]:
    """Photo documents (`PhotoSchema`) in any order. The caller has filtered by visibility."""
    return [document(photo, identity) for photo in queries.photos(session, ids)]


def counts_by_visit(session: Session, visit_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """How many photos prove each visit itself (entrance and such), arrived or still on their way."""
    return queries.counts_by_visit(session, visit_ids)


def of_case(session: Session, identity: Identity, case_id: uuid.UUID) -> list[dict[str, Any]]:
    """The photos of a case that `identity` may see, oldest first."""
    shown = queries.of_case(session, case_id, _sight(identity))
    return [document(photo, identity) for photo in shown]


def of_cases_for_firm(
    session: Session, identity: Identity, cases: Collection[uuid.UUID]
) -> list[dict[str, Any]]:
    """The photos of these cases that a firm sees, oldest first: for a one-time link."""
    shown = sa.and_(Photo.case_id.in_(cases), Photo.firm_id.is_not(None))
    return [document(photo, identity) for photo in queries.which(session, shown)]


def adopt(
    session: Session, identity: Identity, from_case: uuid.UUID, to_case: uuid.UUID, now: datetime
) -> list[dict[str, str]]:
    """Let another case show the before photos of `from_case`: same bytes, declarations of its own.

    Returns `photo_id`, `same_as` and `sha256` of each for the ledger. What has not arrived stays behind.
    """
    stored = sa.and_(
        Photo.case_id == from_case, Photo.stage == PhotoStage.BEFORE, Photo.state == PhotoState.STORED
    )
    adopted = []
    for photo in queries.which(session, stored):
        same = (*_BYTES, "path", "firm_id", "department_id", "stage", "flags", "position")
        copied = {name: getattr(photo, name) for name in same}
        twin = Photo(
            **copied,
            id=new_id(),
            case_id=to_case,
            group_id=from_case,
            declared_by=identity.user_id,
            declared_at=now,
        )
        session.add(twin)
        adopted.append({"photo_id": str(twin.id), "same_as": str(photo.id), "sha256": photo.sha256.hex()})
    session.flush()
    return adopted


_ORIGINAL = ("original_size", "original_mime", "original_stored_at", "original_ms")
_BYTES = (
    *("kind", "sha256", "original_sha256", "size", "mime", "source", "captured_at"),
    *("accuracy_m", "state", "stored_at", *_ORIGINAL),
)


def show_to_department(session: Session, case_id: uuid.UUID, department_id: uuid.UUID | None) -> None:
    """From a transfer on, the department sees the photos of the case; None takes them back."""
    session.execute(sa.update(Photo).where(Photo.case_id == case_id).values(department_id=department_id))


def _sight(identity: Identity) -> sa.ColumnElement[bool]:
    scope = scope_of(identity, Permission.FINDING_READ)
    return scope.clause(Photo.path, Photo.firm_id, Photo.department_id)


def changed_photos(
    session: Session,
    identity: Identity,
    cursor: Cursor | None,
    limit: int,
    below_xid: int,
    first: bool,
    narrow: sa.ColumnElement[bool] | None = None,
) -> Changes:
    """The next page of photos in sight that changed after `cursor`, for the pull (see `core.changes`).

    A `first` pull is limited by `narrow`, a condition over `Photo` that only features above know: which
    cases are still open.
    """
    where = _sight(identity)
    if first and narrow is not None:
        where = sa.and_(where, narrow)
    keys, more = changed_keys(session, Photo, where, cursor, limit, below_xid)
    return page(keys, more, lambda ids: documents(session, identity, ids))


def document(photo: Photo, identity: Identity) -> dict[str, Any]:
    """A photo as `PhotoSchema` describes it to `identity`: the receipt is for who sent it."""
    own = (photo.declared_by, photo.link_id) == (identity.user_id, identity.link_id)
    told: dict[str, Any] = {name: getattr(photo, name) for name in _TOLD}
    told |= {"position": lon_lat(photo.position), "receipt": receipt(photo) if own else None}
    if identity.is_firm:  # not what officials check photos for (PIPL 6: no more than the purpose needs)
        told["flags"] = [flag for flag in photo.flags if flag != rules.REUSED]
    return told


def receipt(photo: Photo) -> dict[str, str] | None:
    """Our signed word that the bytes are here; None while they are not."""
    if photo.stored_at is None:
        return None
    return context.receipts().sign("photo", photo.id, photo.sha256, photo.stored_at)


_TOLD = (
    *("id", "case_id", "visit_id", "group_id", "stage", "kind", "sha256", "original_sha256", "size"),
    *("mime", "source", "captured_at", "state", "stored_at", "accuracy_m", "flags", *_ORIGINAL),
)
