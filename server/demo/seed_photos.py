"""Drawn pictures into storage under their SHA-256, and photos as rows."""

from __future__ import annotations

import hashlib
import io
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PIL import Image
from shapely.geometry import Point
from sqlalchemy.orm import Session

from server.core.storage import Storage
from server.demo.album import Picture
from server.demo.bulk import copy_rows
from server.demo.registry import Registry
from server.demo.scenes import draw_all
from server.photos.models import Blob, Photo, PhotoState

THUMB_PIXELS = 320


@dataclass(frozen=True, slots=True)
class Print:
    """A drawn picture in storage. ``jpeg`` its bytes."""

    sha256: bytes
    jpeg: bytes


Prints = Mapping[tuple[str, int, str], Print]


def write_prints(session: Session, storage: Storage, now: datetime) -> dict[tuple[str, int, str], Print]:
    """Draw all pictures, store them with their thumbnails, and write their rows."""
    prints: dict[tuple[str, int, str], Print] = {}
    rows: dict[bytes, dict[str, Any]] = {}
    for shot, jpeg in draw_all():
        sha256 = hashlib.sha256(jpeg).digest()
        storage.put(jpeg)
        prints[shot] = Print(sha256, jpeg)
        thumb = _thumbnail(jpeg)
        with Image.open(io.BytesIO(jpeg)) as picture:
            width, height = picture.size
        rows[sha256] = {
            "sha256": sha256,
            "size": len(jpeg),
            "mime": "image/jpeg",
            "width": width,
            "height": height,
            "exif": {},
            "stored_at": now,
            "thumb_sha256": bytes.fromhex(storage.put(thumb)),
            "large_sha256": None,
        }
    copy_rows(session, Blob, rows.values())
    return prints


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
            "mime": "image/jpeg",
            "source": picture.source,
            "captured_at": picture.captured_at,
            "position": Point(picture.spot.lon, picture.spot.lat),
            "accuracy_m": picture.spot.accuracy_m,
            "state": PhotoState.STORED,
            "stored_at": picture.declared_at,
            "declared_by": registry.users[picture.by],
            "declared_at": picture.declared_at,
            "flags": [],
        } | subject


def subject(
    path: str, firm: uuid.UUID | None, case: uuid.UUID | None = None, visit: uuid.UUID | None = None
) -> dict[str, Any]:
    """What a photo hangs on and who may see it."""
    return {"case_id": case, "visit_id": visit, "path": path, "firm_id": firm}


def _thumbnail(jpeg: bytes) -> bytes:
    with Image.open(io.BytesIO(jpeg)) as picture:
        picture.draft("RGB", (THUMB_PIXELS, THUMB_PIXELS))
        picture.thumbnail((THUMB_PIXELS, THUMB_PIXELS))
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=78)
        return out.getvalue()
