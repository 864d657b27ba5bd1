"""The object store as a folder; see `storage.py` for what both forms promise."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from server.core.storage import BLOCK, blocks, checked_key, disk_faults


class LocalStorage:
    """A folder: `objects/ab/cd/abcd…`, two levels so that no folder grows beyond a few thousand entries."""

    def __init__(self, root: Path) -> None:
        self._objects = root.resolve() / "objects"
        self._temporary = root.resolve() / "temporary"

    def put(self, source: bytes | Path, sha256: bytes | None = None) -> str:
        with disk_faults():
            self._temporary.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._temporary)
            try:
                with os.fdopen(handle, "wb") as file:
                    key = _copy(source, file, sha256)
                    file.flush()
                    os.fchmod(file.fileno(), 0o440)
                    os.fsync(file.fileno())
                self._adopt(Path(name), self._path(key))
            finally:
                os.unlink(name)
        return key

    def _adopt(self, temporary: Path, final: Path) -> None:
        """Give the finished file its name, in one step and only if nobody has it yet."""
        if not final.parent.is_dir():
            _make_folders(final.parent)
        with suppress(FileExistsError):
            os.link(temporary, final)
        _sync_folder(final.parent)  # also where another process linked it a moment ago and has not synced yet

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def size(self, key: str) -> int:
        with self._opened(key) as file:
            return os.fstat(file.fileno()).st_size

    def read(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        with self._opened(key) as file:
            file.seek(start)
            return file.read(-1 if length is None else length)

    def stream(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        with disk_faults(missing=key):
            file = open(self._path(key), "rb")  # noqa: SIM115 - closed by the generator
        file.seek(start)
        return blocks(file, length)

    def check(self) -> None:
        with disk_faults():
            self._temporary.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self._temporary) as file:
                file.write(b"\0")
                file.flush()
                os.fsync(file.fileno())

    @contextmanager
    def _opened(self, key: str) -> Iterator[IO[bytes]]:
        with disk_faults(missing=key), open(self._path(key), "rb") as file:
            yield file

    def _path(self, key: str) -> Path:
        key = checked_key(key)
        return self._objects / key[:2] / key[2:4] / key


def _copy(source: bytes | Path, target: IO[bytes], sha256: bytes | None) -> str:
    if isinstance(source, bytes):
        target.write(source)
        return (sha256 or hashlib.sha256(source).digest()).hex()
    digest = hashlib.sha256()
    with open(source, "rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            target.write(block)
    return digest.hexdigest()


def _make_folders(folder: Path) -> None:
    """mkdir -p whose every new entry survives a power cut."""
    missing = [folder]
    while not missing[-1].parent.is_dir():
        missing.append(missing[-1].parent)
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
