"""Immutable objects under the SHA-256 of their bytes.

1. A key says nothing about what it names and is found by content alone, so storing twice is harmless,
   a copy can be checked by anyone, and nothing is ever rewritten. There is no `delete`: an object that a
   case file names must outlive whoever would like it gone.
2. Bytes first, row after: `put` returns when the object would survive a power cut; only then is a row
   written that names it. The worst that a crash leaves behind is an object that nobody names.
3. `LocalStorage` and `S3Storage` (`storage_s3.py`) are held to the same contract by one test. The
   conditional put of S3 is not atomic with every vendor; with content for a key that does not matter, and
   it is never used as a lock.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Protocol

from server.core.config import Settings
from server.core.problems import Problem

BLOCK = 256 * 1024
"""Bytes read at a time when an object is streamed."""

_KEY = re.compile(r"[0-9a-f]{64}")


class StorageUnavailable(Problem):
    """Disk full, not writable, or the object store does not answer; the same request may be repeated."""

    code, status, title = "core.storage_unavailable", 503, "文件存储暂时不可用"


class ObjectMissing(LookupError):
    """No object has this key: a row names bytes that are not there, which is a fault of ours."""


class Storage(Protocol):
    """What both forms do. Keys are 64 hexadecimal digits; offsets and lengths are bytes.

    All methods raise `StorageUnavailable` when the store cannot be reached and `ValueError` for a
    malformed key. `size`, `read` and `stream` raise `ObjectMissing` for an unknown key.
    """

    def put(self, source: bytes | Path, sha256: bytes | None = None) -> str:
        """Store the bytes, or the file at the path, durably; returns the key. Idempotent.

        `sha256`: their digest, where the caller has just computed it (0.2 CPU ms for a photo).
        """

    def exists(self, key: str) -> bool:
        """Whether the object is there."""

    def size(self, key: str) -> int:
        """Length of the object."""

    def read(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """`length` bytes from `start` (to the end when None); shorter where the object ends."""

    def stream(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The same in blocks. Raises before the first block, not in the middle of an answer."""

    def check(self) -> None:
        """Raise `StorageUnavailable` unless an object could be stored now."""


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


def from_settings(settings: Settings) -> Storage:
    """The store that the settings name. `local` lies in VAR/storage."""
    if settings.storage == "s3":
        from server.core.storage_s3 import S3Storage  # loads boto3, for which a local store need not wait

        return S3Storage(settings)
    return LocalStorage(settings.var / "storage")


def checked_key(key: str) -> str:
    """`key`, if it is one; raises `ValueError`."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"not a storage key: {key!r}")
    return key


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


def blocks(file: Any, length: int | None) -> Iterator[bytes]:
    """What is left in `file`, at most `length` bytes, in blocks; closes it at the end."""
    left = length
    try:
        while left is None or left > 0:
            block = file.read(BLOCK if left is None else min(BLOCK, left))
            if not block:
                return
            left = None if left is None else left - len(block)
            yield block
    finally:
        file.close()


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


@contextmanager
def disk_faults(missing: str | None = None) -> Iterator[None]:
    """Say `StorageUnavailable` for what the disk refuses, `ObjectMissing` for the key in `missing`."""
    try:
        yield
    except FileNotFoundError as error:
        if missing is None:
            raise StorageUnavailable(error.strerror) from error
        raise ObjectMissing(missing) from error
    except OSError as error:
        raise StorageUnavailable(error.strerror) from error
