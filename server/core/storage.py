"""Immutable objects under the SHA-256 of their bytes.

1. A key says nothing about what it names and is found by content alone, so storing twice is harmless,
   a copy can be checked by anyone, and nothing is ever rewritten. There is no `delete`: an object that a
   case file names must outlive whoever would like it gone.
2. Bytes first, row after: `put` returns when the object would survive a power cut; only then is a row
   written that names it. The worst that a crash leaves behind is an object that nobody names.
3. Two forms of this contract exist, `storage_local.py` and `storage_s3.py`, held to it by one test;
   `stores.py` picks one. The conditional put of S3 is not atomic with every vendor; with content for a
   key that does not matter, and it is never used as a lock.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

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


def checked_key(key: str) -> str:
    """`key`, if it is one; raises `ValueError`."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"not a storage key: {key!r}")
    return key


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
