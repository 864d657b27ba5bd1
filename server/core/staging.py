"""The beginning of uploads that come in pieces.

A folder, VAR/uploads, whichever store the finished objects go to: several web processes of one host
share it. With several hosts, let the proxy route `/api/photos/{id}/content` by its path, or mount
VAR/uploads as a shared volume; a host that lacks the beginning of an upload reports offset 0 and the
phone starts that one photo again, so nothing is lost but time.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from server.core.storage import disk_faults

_NAME = re.compile(r"[0-9A-Za-z-]{1,64}")


class Staging:
    """Uploads that are not complete, one file each; the caller holds the lock of the upload's row.

    A file may be longer than the row says (a crash between the two): what is beyond is cut off by the
    next `append`. It may be shorter or absent (another host, a cleared folder): then the file is right.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def size(self, name: str) -> int:
        """Bytes held, 0 when there is no file."""
        try:
            return self._path(name).stat().st_size
        except FileNotFoundError:
            return 0

    def append(self, name: str, offset: int, data: bytes) -> None:
        """Cut the file at `offset`, write `data` there, and make it durable."""
        with disk_faults():
            self._root.mkdir(parents=True, exist_ok=True)
            with open(self._path(name), "ab") as file:
                file.truncate(offset)
                file.write(data)
                file.flush()
                os.fsync(file.fileno())

    def read(self, name: str, length: int) -> bytes:
        """The first `length` bytes."""
        with disk_faults(), open(self._path(name), "rb") as file:
            return file.read(length)

    def remove(self, name: str) -> None:
        """Forget the upload; harmless when there is none."""
        self._path(name).unlink(missing_ok=True)

    def forget(self, before: datetime) -> None:
        """Remove every upload that was not written to since `before`."""
        for path in self._root.glob("*.part"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before.timestamp():
                    path.unlink()

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(f"not the name of an upload: {name!r}")
        return self._root / f"{name}.part"
