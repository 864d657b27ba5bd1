"""Immutable objects under the SHA-256 of their bytes.

1. A key says nothing about what it names and is found by content alone, so storing twice is harmless,
   a copy can be checked by anyone, and nothing is ever rewritten. There is no `delete`: an object that a
   case file names must outlive whoever would like it gone.
2. Bytes first, row after: `put` returns when the object would survive a power cut; only then is a row
   written that names it. The worst that a crash leaves behind is an object that nobody names.
3. `LocalStorage` and `S3Storage` are held to the same contract by one test. The conditional put of S3 is
   not atomic with every vendor; with content for a key that does not matter, and it is never used as a lock.

`Staging` keeps the beginning of uploads that come in pieces. It is a folder under VAR for both forms:
several web processes of one host share it. With several hosts, let the proxy route
`/api/photos/{id}/content` by its path, or mount VAR/uploads as a shared volume; a host that lacks the
beginning of an upload reports offset 0 and the phone starts that one photo again, so nothing is lost but time.
"""

from __future__ import annotations

import base64
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
_NAME = re.compile(r"[0-9A-Za-z-]{1,64}")


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

    def put(self, source: bytes | Path) -> str:
        """Store the bytes, or the file at the path, durably; returns the key. Idempotent."""

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

    def put(self, source: bytes | Path) -> str:
        with _disk_faults():
            self._temporary.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._temporary)
            try:
                with os.fdopen(handle, "wb") as file:
                    key = _copy(source, file)
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
        with _disk_faults(missing=key):
            file = open(self._path(key), "rb")  # noqa: SIM115 - closed by the generator
        file.seek(start)
        return _blocks(file, length)

    def check(self) -> None:
        with _disk_faults():
            self._temporary.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self._temporary) as file:
                file.write(b"\0")
                file.flush()
                os.fsync(file.fileno())

    @contextmanager
    def _opened(self, key: str) -> Iterator[IO[bytes]]:
        with _disk_faults(missing=key), open(self._path(key), "rb") as file:
            yield file

    def _path(self, key: str) -> Path:
        key = _checked(key)
        return self._objects / key[:2] / key[2:4] / key


class S3Storage:
    """A bucket of any S3-compatible store; object names are `objects/<key>`.

    Vendors differ in checksums: `s3_checksums = when_required` (the default) suits old ones. The
    SHA-256 travels with every put in any case, so that bytes damaged on the way are refused.
    """

    def __init__(self, settings: Settings) -> None:
        import boto3  # an installation with local storage does not pay for loading it
        from botocore.config import Config

        config = Config(
            connect_timeout=5,
            read_timeout=30,
            retries={"max_attempts": 3, "mode": "standard"},
            s3={"addressing_style": "path"},
            request_checksum_calculation=settings.s3_checksums,
            response_checksum_validation=settings.s3_checksums,
        )
        self._bucket = settings.s3_bucket
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=settings.s3_endpoint,
            aws_access_key_id=settings.s3_access_key,
            aws_secret_access_key=settings.s3_secret_key,
            region_name=settings.s3_region,
            config=config,
        )

    def put(self, source: bytes | Path) -> str:
        if isinstance(source, bytes):
            digest = hashlib.sha256(source).digest()
            return self._put(digest, source)
        with _disk_faults(), open(source, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").digest()
            file.seek(0)
            return self._put(digest, file)

    def _put(self, digest: bytes, body: bytes | IO[bytes]) -> str:
        key = digest.hex()
        checksum = base64.b64encode(digest).decode()
        with _s3_faults() as fault:
            self._client.put_object(
                Bucket=self._bucket, Key=_object(key), Body=body, IfNoneMatch="*", ChecksumSHA256=checksum
            )
        if fault.code not in (None, "PreconditionFailed", "412"):
            raise StorageUnavailable(fault.code)
        return key

    def exists(self, key: str) -> bool:
        try:
            self.size(key)
        except ObjectMissing:
            return False
        return True

    def size(self, key: str) -> int:
        name = _object(key)
        with _s3_faults() as fault:
            return int(self._client.head_object(Bucket=self._bucket, Key=name)["ContentLength"])
        raise fault.problem(key)

    def read(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        return b"".join(self.stream(key, start, length))

    def stream(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        name = _object(key)
        if length == 0:
            return iter(())
        end = "" if length is None else str(start + length - 1)
        span = {"Range": f"bytes={start}-{end}"} if start or length is not None else {}
        with _s3_faults() as fault:
            answer = self._client.get_object(Bucket=self._bucket, Key=name, **span)
            return _blocks(answer["Body"], None)
        if fault.code in ("InvalidRange", "416"):  # from beyond the end there is nothing to read
            return iter(())
        raise fault.problem(key)

    def check(self) -> None:
        with _s3_faults() as fault:
            self._client.head_bucket(Bucket=self._bucket)
        if fault.code is not None:
            raise StorageUnavailable(fault.code)


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
        with _disk_faults():
            self._root.mkdir(parents=True, exist_ok=True)
            with open(self._path(name), "ab") as file:
                file.truncate(offset)
                file.write(data)
                file.flush()
                os.fsync(file.fileno())

    def read(self, name: str, length: int) -> bytes:
        """The first `length` bytes."""
        with _disk_faults(), open(self._path(name), "rb") as file:
            return file.read(length)

    def remove(self, name: str) -> None:
        """Forget the upload; harmless when there is none."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(f"not the name of an upload: {name!r}")
        return self._root / f"{name}.part"


def from_settings(settings: Settings) -> Storage:
    """The store that the settings name. `local` lies in VAR/storage."""
    return S3Storage(settings) if settings.storage == "s3" else LocalStorage(settings.var / "storage")


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError(f"not a storage key: {key!r}")
    return key


def _object(key: str) -> str:
    return f"objects/{_checked(key)}"


def _copy(source: bytes | Path, target: IO[bytes]) -> str:
    if isinstance(source, bytes):
        target.write(source)
        return hashlib.sha256(source).hexdigest()
    digest = hashlib.sha256()
    with open(source, "rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            target.write(block)
    return digest.hexdigest()


def _blocks(file: Any, length: int | None) -> Iterator[bytes]:
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
def _disk_faults(missing: str | None = None) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        if missing is None:
            raise StorageUnavailable(error.strerror) from error
        raise ObjectMissing(missing) from error
    except OSError as error:
        raise StorageUnavailable(error.strerror) from error


class _Fault:
    """What the object store said, where it said no."""

    code: str | None = None

    def problem(self, key: str) -> Exception:
        return ObjectMissing(key) if self.code in ("404", "NoSuchKey") else StorageUnavailable(self.code)


@contextmanager
def _s3_faults() -> Iterator[_Fault]:
    from botocore.exceptions import BotoCoreError, ClientError

    fault = _Fault()
    try:
        yield fault
    except ClientError as error:
        fault.code = str(error.response.get("Error", {}).get("Code", "unknown"))
    except BotoCoreError as error:
        raise StorageUnavailable(type(error).__name__) from error
