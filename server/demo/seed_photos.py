"""Drawn pictures into storage under their SHA-256, and photos as rows."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterable, Iterator, Mapping, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shapely.geometry import Point
from sqlalchemy.orm import Session

from server.core.storage import Storage
from server.demo.album import Picture
from server.demo.bulk import copy_rows
from server.demo.registry import Registry
from server.demo.scenery.painter import SIZE
from server.demo.scenes import Shot
from server.demo.scenes import picture as drawn
from server.photos import imaging
from server.photos.models import Blob, Photo, PhotoState
from server.photos.rules import REUSED

MIME = "image/jpeg"
WORKERS = min(4, os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Print:
    """A drawn picture in storage. ``jpeg`` its bytes."""

    sha256: bytes
    jpeg: bytes


Prints = Mapping[Shot, Print]


def write_prints(session: Session, storage: Storage, now: datetime, wanted: Set[Shot]) -> dict[Shot, Print]:
    """Draw the pictures ``wanted``, store them with their thumbnails, and write their rows.

    Pillow works without the interpreter's lock for most of the time, so threads share the cores.
    """
    with ThreadPoolExecutor(WORKERS) as pool:
        shots = sorted(wanted)
        made = list(pool.map(lambda shot: _make(storage, shot), shots))
    prints = dict(zip(shots, (entry[0] for entry in made), strict=True))
    unique = {printed.sha256: (printed, thumb) for printed, thumb in made}
    copy_rows(session, Blob, (_blob(printed, thumb, now) for printed, thumb in unique.values()))
    return prints


def _make(storage: Storage, shot: Shot) -> tuple[Print, bytes]:
    jpeg = drawn(shot)
    storage.put(jpeg)
    thumb = storage.put(imaging.views(jpeg).thumb)
    return Print(hashlib.sha256(jpeg).digest(), jpeg), bytes.fromhex(thumb)


def _blob(printed: Print, thumb: bytes, now: datetime) -> dict[str, Any]:
    return {
        "sha256": printed.sha256,
        "size": len(printed.jpeg),
        "mime": MIME,
        "width": SIZE[0],
        "height": SIZE[1],
        "exif": {},
        "stored_at": now,
        "thumb_sha256": thumb,
        "large_sha256": None,
    }


def write_photos(
    session: Session, pictures: Iterable[tuple[Picture, dict[str, Any]]], prints: Prints, registry: Registry
) -> None:
    """Photo rows. Each picture comes with its subject: case_id or visit_id, path, firm_id."""
    copy_rows(session, Photo, _rows(pictures, prints, registry))


def _rows(
    pictures: Iterable[tuple[Picture, dict[str, Any]]], prints: Prints, registry: Registry
) -> Iterator[dict[str, Any]]:
    for picture, subject in pictures:
        printed = prints[picture.shot]
        yield {
            "id": picture.id,
            "case_id": None,
            "visit_id": None,
            "stage": picture.stage,
            "group_id": picture.group,
            "kind": picture.kind,
            "sha256": printed.sha256,
            "original_sha256": None,
            "size": len(printed.jpeg),
            "mime": MIME,
            "source": picture.source,
            "captured_at": picture.captured_at,
            "position": Point(picture.spot.lon, picture.spot.lat),
            "accuracy_m": picture.spot.accuracy_m,
            "state": PhotoState.STORED,
            "stored_at": stored_at(picture),
            "declared_by": registry.users[picture.by],
            "declared_at": picture.declared_at,
            "flags": [REUSED] if picture.reused else [],
        } | subject


def stored_at(picture: Picture) -> datetime:
    """When the bytes had come: photos follow their declaration one by one."""
    return picture.declared_at + timedelta(seconds=0.4 + picture.id.int % 5)


def subject(
    path: str,
    firm: uuid.UUID | None,
    case: uuid.UUID | None = None,
    visit: uuid.UUID | None = None,
    department: uuid.UUID | None = None,
) -> dict[str, Any]:
    """What a photo hangs on and who may see it."""
    return {"case_id": case, "visit_id": visit, "path": path, "firm_id": firm, "department_id": department}
