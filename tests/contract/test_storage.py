"""One contract, two stores: a folder, and a real S3 server (OpenStack Swift)."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.core.config import Settings
from server.core.staging import Staging
from server.core.storage import ObjectMissing, Storage, StorageUnavailable
from server.core.storage_local import LocalStorage
from server.core.storage_s3 import S3Storage
from server.core.stores import from_settings

SERVE = Path(__file__).resolve().parents[2] / "infra" / "swift" / "serve.py"
NOBODY = "0" * 64


@pytest.fixture(scope="session")
def swift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if importlib.util.find_spec("swift") is None:
        pytest.skip("OpenStack Swift is not installed (the development extra brings it)")
    command = [sys.executable, str(SERVE), str(tmp_path_factory.mktemp("swift"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        line = process.stdout.readline().split()
        assert line[:1] == ["ready"], "swift did not start"
        yield line[1]
        process.stdin.close()


def s3_settings(url: str, **changes: object) -> Settings:
    given = {
        "storage": "s3", "s3_endpoint": url, "s3_access_key": "test:tester", "s3_secret_key": "testing",
        "s3_bucket": "xunjian",
    }  # fmt: skip
    return Settings(**(given | changes))


@pytest.fixture(params=["local", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "local":
        return from_settings(Settings(storage="local", var=tmp_path))
    return from_settings(s3_settings(request.getfixturevalue("swift")))


def fresh(size: int = 1000) -> bytes:
    return os.urandom(size)


def test_the_key_is_the_sha256_of_the_bytes(storage: Storage) -> None:
    data = fresh()
    assert storage.put(data) == hashlib.sha256(data).hexdigest()


def test_what_was_put_can_be_read(storage: Storage) -> None:
    data = fresh(700_000)
    key = storage.put(data)
    assert storage.exists(key)
    assert storage.size(key) == len(data)
    assert storage.read(key) == data
    assert b"".join(storage.stream(key)) == data


def test_an_original_lies_beside_its_rendition_and_is_read_by_ranges(storage: Storage) -> None:
    """As a browser plays a video of the evidence: its end first, then pieces of a few hundred kilobytes."""
    original, rendition = fresh(3_000_000), fresh(200_000)
    key, other = storage.put(original), storage.put(rendition)
    assert (storage.size(key), storage.size(other)) == (len(original), len(rendition))
    assert storage.read(key, 2_999_000, 1_000) == original[-1_000:]
    pieces = [storage.read(key, at, 400_000) for at in range(0, len(original), 400_000)]
    assert b"".join(pieces) == original
    assert b"".join(storage.stream(key, 1_000_000, 1)) == original[1_000_000:1_000_001]
    assert storage.read(other) == rendition


def test_a_file_is_stored_like_its_bytes(storage: Storage, tmp_path: Path) -> None:
    data = fresh(600_000)
    path = tmp_path / "photo"
    path.write_bytes(data)
    key = storage.put(path)
    assert key == hashlib.sha256(data).hexdigest()
    assert storage.read(key) == data
    assert path.read_bytes() == data


def test_putting_twice_is_harmless(storage: Storage) -> None:
    data = fresh()
    assert storage.put(data) == storage.put(data)
    assert storage.read(storage.put(data)) == data


def test_racing_puts_of_the_same_bytes_all_succeed(storage: Storage) -> None:
    data, keys = fresh(300_000), []
    threads = [threading.Thread(target=lambda: keys.append(storage.put(data))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert keys == [hashlib.sha256(data).hexdigest()] * 4
    assert storage.read(keys[0]) == data


@pytest.mark.parametrize(
    ("start", "length"), [(0, 1), (0, 10), (5, 0), (5, 7), (990, 10), (990, 100), (300, None), (1000, None)]
)
def test_a_range_is_the_slice(storage: Storage, start: int, length: int | None) -> None:
    data = fresh()
    key = storage.put(data)
    wanted = data[start:] if length is None else data[start : start + length]
    assert storage.read(key, start, length) == wanted
    assert b"".join(storage.stream(key, start, length)) == wanted


def test_nobody_is_missing(storage: Storage) -> None:
    assert not storage.exists(NOBODY)
    for ask in (storage.size, storage.read, storage.stream):
        with pytest.raises(ObjectMissing):
            ask(NOBODY)


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 65, "0" * 63 + "/"])
def test_a_key_that_is_none_is_refused(storage: Storage, key: str) -> None:
    for ask in (storage.exists, storage.size, storage.read, storage.stream):
        with pytest.raises(ValueError, match="not a storage key"):
            ask(key)


def test_an_empty_object_is_an_object(storage: Storage) -> None:
    key = storage.put(b"")
    assert (storage.size(key), storage.read(key)) == (0, b"")


def test_check_says_nothing_when_all_is_well(storage: Storage) -> None:
    storage.check()


def test_no_store_can_delete(storage: Storage) -> None:
    assert not [name for name in dir(storage) if "delete" in name or "remove" in name]


def test_s3_refuses_bytes_that_do_not_have_the_promised_hash(swift: str) -> None:
    storage = S3Storage(s3_settings(swift))
    data = fresh()
    with pytest.raises(StorageUnavailable):
        storage._put(hashlib.sha256(data + b"!").digest(), data)
    assert not storage.exists(hashlib.sha256(data + b"!").hexdigest())


def test_s3_with_a_wrong_secret_or_bucket_or_no_server_is_unavailable(swift: str) -> None:
    for change in (
        {"s3_secret_key": "wrong"},
        {"s3_bucket": uuid.uuid4().hex},
        {"s3_endpoint": "http://127.0.0.1:9"},
    ):
        storage = S3Storage(s3_settings(swift, **change))
        with pytest.raises(StorageUnavailable):
            storage.check()
        with pytest.raises(StorageUnavailable):
            storage.put(b"lost")


def test_a_local_object_is_read_only_and_leaves_nothing_besides(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    key = storage.put(b"evidence")
    storage.put(b"evidence")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files == [tmp_path / "objects" / key[:2] / key[2:4] / key]
    assert files[0].stat().st_mode & 0o222 == 0


def test_a_folder_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "temporary").write_text("a file where a folder should be")
    storage = LocalStorage(tmp_path)
    with pytest.raises(StorageUnavailable):
        storage.check()
    with pytest.raises(StorageUnavailable):
        storage.put(b"lost")


def test_staging_cuts_off_what_a_crash_left_behind(tmp_path: Path) -> None:
    staging = Staging(tmp_path / "uploads")
    assert staging.size("a-1") == 0
    staging.append("a-1", 0, b"hello")
    staging.append("a-1", 5, b" torn")
    staging.append("a-1", 5, b" world")
    assert staging.size("a-1") == 11
    assert staging.read("a-1", 11) == b"hello world"
    staging.remove("a-1")
    staging.remove("a-1")
    assert staging.size("a-1") == 0


def test_staging_refuses_names_that_are_paths(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not the name of an upload"):
        Staging(tmp_path).append("../a", 0, b"x")
