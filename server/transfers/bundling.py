"""The evidence bundle of a transfer: originals, documents, ledger, manifest and their hashes in one ZIP.

The same evidence gives the same bytes: entries are sorted, carry the time of the transfer, and originals
are stored uncompressed, since photos do not shrink. Files go through the disk one by one, so that a
case of 40 photos needs no more memory than a photo. `sha256sum -c SHA256SUMS` checks the whole.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import uuid
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.core import context as house
from server.core import ledger
from server.core.geo import lon_lat
from server.core.own_transaction import own_transaction
from server.photos.models import Photo
from server.transfers import queries
from server.transfers.models import Bundle, Transfer
from server.transfers.rules import BundleState, camera_name, checksums, original_name

FORMAT = 1
"""Of manifest.json; raise when its fields change their meaning."""


def make(session: Session, transfer_id: uuid.UUID, now: datetime) -> None:
    """Pack the bundle and put it into storage; harmless where it is already there."""
    transfer, bundle = queries.get(session, transfer_id), queries.bundle(session, transfer_id)
    if transfer is None or bundle is None or bundle.state is BundleState.READY:
        return
    photos = list(queries.originals(session, transfer.finding_id))
    documents = list(_documents(session, transfer))
    files = [file for index, photo in enumerate(photos, start=1) for file in _files(index, photo)]
    missing, total = queries.missing(session, transfer.finding_id), len(files) + len(documents) + 3
    manifest = _manifest(session, transfer, photos, missing)
    lines = _ledger(session, transfer)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bundle.zip"
        with zipfile.ZipFile(path, "w") as archive:
            pack = _Pack(archive, transfer_id, transfer.sent_at, total)
            for name, key in documents:
                pack.add(name, house.storage().read(key), zipfile.ZIP_DEFLATED)
            for name, key in files:
                pack.add(name, house.storage().read(key), zipfile.ZIP_STORED)
            pack.add("ledger.json", lines, zipfile.ZIP_DEFLATED)
            pack.add("manifest.json", manifest, zipfile.ZIP_DEFLATED)
            pack.add("SHA256SUMS", checksums(pack.digests).encode(), zipfile.ZIP_DEFLATED)
        key, size = house.storage().put(path), path.stat().st_size
    session.execute(
        sa.update(Bundle)
        .where(Bundle.transfer_id == transfer_id)
        .values(
            state=BundleState.READY,
            sha256=bytes.fromhex(key),
            size=size,
            made_at=now,
            done=total,
            total=total,
            missing=missing,
        )
    )


class _Pack:
    """Writes entries, remembers their hashes, and says how far it has come."""

    def __init__(self, archive: zipfile.ZipFile, transfer_id: uuid.UUID, at: datetime, total: int) -> None:
        self.archive, self.transfer_id, self.total = archive, transfer_id, total
        self.stamp = at.astimezone(UTC).timetuple()[:6]
        self.digests: dict[str, str] = {}

    def add(self, name: str, content: bytes, compression: int) -> None:
        entry = zipfile.ZipInfo(name, self.stamp)
        entry.compress_type, entry.external_attr = compression, 0o644 << 16
        self.archive.writestr(entry, content)
        self.digests[name] = hashlib.sha256(content).hexdigest()
        values = {"state": BundleState.WORKING, "done": len(self.digests), "total": self.total}
        with own_transaction() as mine:  # seen while the job still runs
            mine.execute(sa.update(Bundle).where(Bundle.transfer_id == self.transfer_id).values(**values))


def _name(index: int, photo: Photo) -> str:
    return original_name(index, photo.stage.value, photo.sha256.hex(), photo.mime)


def _camera_name(index: int, photo: Photo) -> str | None:
    """Name of the camera's own file (a video, or the picture before it was made smaller), if it is here."""
    if photo.original_stored_at is None or photo.original_sha256 is None:
        return None
    digest = photo.original_sha256.hex()
    return camera_name(index, photo.stage.value, digest, photo.original_mime or "")


def _files(index: int, photo: Photo) -> Iterator[tuple[str, str]]:
    """Names in the bundle and storage keys of the photo as it was sent, and of the camera's own file."""
    yield _name(index, photo), photo.sha256.hex()
    camera = _camera_name(index, photo)
    if camera is not None and photo.original_sha256 is not None:
        yield camera, photo.original_sha256.hex()


def _documents(session: Session, transfer: Transfer) -> Iterator[tuple[str, str]]:
    """Names in the bundle and storage keys of the letter and of the notices about the case."""
    if transfer.document_sha256 is not None:
        yield "移送函.pdf", transfer.document_sha256.hex()
    for index, notice in enumerate(queries.notices(session, transfer.finding_id), start=1):
        yield f"notices/{index:02d}-{notice.number}.pdf", notice.document_sha256.hex()


def _ledger(session: Session, transfer: Transfer) -> bytes:
    """The case file up to now, line by line with its hashes (`core.ledger` says how they are made)."""
    names = ("seq", "act", "actor", "organisation", "at", "device_at", "data")
    events = ledger.lines(session, transfer.finding_id)
    lines = [
        {name: getattr(event, name) for name in names}
        | {"actor_id": event.actor_id, "prev_hash": event.prev_hash.hex(), "hash": event.hash.hex()}
        for event in events
    ]
    intact = ledger.first_broken(events) is None
    return _json({"case_id": transfer.finding_id, "intact": intact, "lines": lines})


def _manifest(session: Session, transfer: Transfer, photos: list[Photo], missing: int) -> bytes:
    row = queries.rows(session, [transfer.id])[0]
    finding = row.Finding
    about = ("item_code", "severity", "text", "place", "captured_at", "received_at")
    return _json(
        {
            "format": FORMAT,
            "transfer_id": transfer.id,
            "number": transfer.number,
            "from": row.sender,
            "to": row.department,
            "sent_at": transfer.sent_at,
            "reason": transfer.reason,
            "case": {"id": finding.id, "compound": row.compound_name, "position": lon_lat(finding.position)}
            | {name: getattr(finding, name) for name in about},
            "photos": [_photo(index, photo) for index, photo in enumerate(photos, start=1)],
            "photos_missing": missing,
        }
    )


def _photo(index: int, photo: Photo) -> dict[str, Any]:
    names = ("id", "kind", "size", "mime", "source", "captured_at", "stored_at", "accuracy_m")
    return {name: getattr(photo, name) for name in names} | {
        "file": _name(index, photo),
        "stage": photo.stage.value,
        "sha256": photo.sha256.hex(),
        "original_sha256": photo.original_sha256.hex() if photo.original_sha256 else None,
        "original": _original(index, photo),
        "position": lon_lat(photo.position),
    }


def _original(index: int, photo: Photo) -> dict[str, Any] | None:
    """The camera's own file in the manifest; None where none was announced, `file` None until it is here."""
    if photo.original_mime is None:
        return None
    return {
        "file": _camera_name(index, photo),
        "mime": photo.original_mime,
        "size": photo.original_size,
        "stored_at": photo.original_stored_at,
        "milliseconds": photo.original_ms,
    }


def _json(content: Any) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1, default=str) + "\n").encode()
