"""The object store in its S3 form; see `storage.py` for what both forms promise."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from server.core.config import Settings
from server.core.storage import ObjectMissing, StorageUnavailable, blocks, checked_key, disk_faults


class S3Storage:
    """A bucket of any S3-compatible store; object names are `objects/<key>`.

    Vendors differ in checksums: `s3_checksums = when_required` (the default) suits old ones. The
    SHA-256 travels with every put in any case, so that bytes damaged on the way are refused.
    """

    def __init__(self, settings: Settings) -> None:
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

    def put(self, source: bytes | Path, sha256: bytes | None = None) -> str:
        if isinstance(source, bytes):
            return self._put(sha256 or hashlib.sha256(source).digest(), source)
        with disk_faults(), open(source, "rb") as file:
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
            return blocks(answer["Body"], None)
        if fault.code in ("InvalidRange", "416"):  # from beyond the end there is nothing to read
            return iter(())
        raise fault.problem(key)

    def check(self) -> None:
        with _s3_faults() as fault:
            self._client.head_bucket(Bucket=self._bucket)
        if fault.code is not None:
            raise StorageUnavailable(fault.code)


def _object(key: str) -> str:
    return f"objects/{checked_key(key)}"


class _Fault:
    """What the object store said, where it said no."""

    code: str | None = None

    def problem(self, key: str) -> Exception:
        return ObjectMissing(key) if self.code in ("404", "NoSuchKey") else StorageUnavailable(self.code)


@contextmanager
def _s3_faults() -> Iterator[_Fault]:
    fault = _Fault()
    try:
        yield fault
    except ClientError as error:
        fault.code = str(error.response.get("Error", {}).get("Code", "unknown"))
    except BotoCoreError as error:
        raise StorageUnavailable(type(error).__name__) from error
