"""Copies of photos on paper: upright, small enough to print, made before anybody waits for them.

To scale a photo of 1600 px costs 7 CPU ms, one of 12 megapixels 60, and a notice has four or more.
So the worker makes the copy of every before photo when the photo arrives, and a document finds it.

It is a cache, VAR/prints: nothing names these files, another host or a cleared folder only means that a
copy is made when it is asked for. They are forgotten after a month.
"""

from __future__ import annotations

import os
import uuid
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from server.core import context
from server.photos import errors, imaging, queries, rules
from server.photos.models import Photo

KEPT_FOR = timedelta(days=30)


def rendition(session: Session, photo: Photo, longest: int = rules.PRINT_PX) -> bytes | None:
    """An upright JPEG of a stored photo, at most `longest` pixels; None where no picture comes out of it."""
    path = _path(photo.sha256, longest)
    with suppress(OSError):
        return path.read_bytes()
    return make(session, photo.sha256, longest)


def make(session: Session, sha256: bytes, longest: int = rules.PRINT_PX) -> bytes | None:
    """Make the copy and keep it. A disk that has no room for it does not matter."""
    blob = queries.blob(session, sha256)
    if blob is None:
        return None
    source = blob.large_sha256 if blob.large_sha256 and longest <= rules.LARGE_PX else blob.sha256
    try:
        made = imaging.scaled(context.storage().read(source.hex()), longest)
    except errors.Unusable:
        return None
    with suppress(OSError):
        _keep(_path(sha256, longest), made)
    return made


def forget(now: datetime) -> None:
    """Drop the copies that are a month old; by then a notice has long been issued."""
    for path in _folder().glob("*.jpg"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < (now - KEPT_FOR).timestamp():
                path.unlink()


def _keep(path: Path, data: bytes) -> None:
    """Written aside and renamed: a reader sees all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    aside.write_bytes(data)
    os.replace(aside, path)


def _folder() -> Path:
    return context.settings().var / "prints"


def _path(sha256: bytes, longest: int) -> Path:
    return _folder() / f"{sha256.hex()}-{longest}.jpg"
