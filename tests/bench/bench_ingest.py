"""Ingest: one finding (1 KB JSON) and two photos of 400 KB, eight phones at once, over real HTTP.

The product is the whole path: sign-in, rights, validation, ledger, idempotence, hash check, decode,
storage, job. The ceiling is the bare work that nobody can avoid: two fsynced files of 400 KB named by
their hash and one transaction with a finding-sized and two photo-sized rows, by as many threads.
"""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from PIL import Image
from sqlalchemy import make_url

from server.app import create_app
from server.core.config import Settings
from server.core.db import db, new_id
from tests.bench.rows import Row, cpu_seconds, percentile, row
from tests.factories import database, world
from tests.factories.actors import CENTRE

CLIENTS, EACH, PHOTO_BYTES = 8, 12, 400_000


def measure() -> Iterator[Row]:
    """Findings a second, p95 of one finding with its photos, CPU ms each (server and PostgreSQL)."""
    with database.clone() as url, tempfile.TemporaryDirectory() as var:
        app = create_app(Settings(database_url=url, var=Path(var)))
        with app.app_context():
            built = world.build(db.session())
            db.session.commit()
            db.session.remove()
            db.engine.dispose()
        photos = [_photo(seed) for seed in range(4)]
        with _server(url, var) as (port, pids):
            phone = Phone(port, built, photos)
            _together(CLIENTS, 2, phone.report)
            before = cpu_seconds(pids()) + _backends(url)
            rate, times = _together(CLIENTS, EACH, phone.report)
            cpu = cpu_seconds(pids()) + _backends(url) - before
        bare_rate, bare_times = _together(CLIENTS, EACH, Bare(url, Path(var) / "bare", photos).write)
    count = CLIENTS * EACH
    yield row("ingest.findings_per_s", rate, "1/s", bare_rate)
    yield row("ingest.p95", percentile(times, 0.95) * 1000, "ms", percentile(bare_times, 0.95) * 1000)
    yield row("ingest.cpu_each", cpu * 1000 / count, "CPU ms", None)


def _photo(seed: int) -> bytes:
    """A JPEG of about 400 KB: noise of the right strength, so that it decodes like a photo."""
    chance = random.Random(seed)
    small = Image.frombytes("RGB", (160, 120), chance.randbytes(160 * 120 * 3))
    out = io.BytesIO()
    small.resize((1600, 1200), Image.Resampling.BICUBIC).save(out, "JPEG", quality=83)
    return out.getvalue()[:-2] + b"\xff\xd9"


def _together(clients: int, each: int, act: Callable[[int], None]) -> tuple[float, list[float]]:
    """Run `act` from `clients` threads, `each` times; the rate and the single times."""
    times: list[float] = []
    lock = threading.Lock()

    def work(client: int) -> None:
        for _ in range(each):
            start = time.perf_counter()
            act(client)
            with lock:
                times.append(time.perf_counter() - start)

    start = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        for future in [pool.submit(work, client) for client in range(clients)]:
            future.result()
    return clients * each / (time.perf_counter() - start), times


class Phone:
    """Reports findings over HTTP as the app does: one command, then each photo in one piece."""

    def __init__(self, port: int, built: world.World, photos: list[bytes]) -> None:
        self.port, self.photos = port, photos
        self.compound = str(built.compounds["汀禾苑"])
        self.cookie = {"Cookie": f"xunjian_session={built.tokens['inspector_chen']}"}
        self.local = threading.local()

    def report(self, client: int) -> None:
        stamp = datetime.now(UTC).isoformat()
        shots = [_unique(self.photos[n]) for n in range(2)]
        ids = [str(new_id()) for _ in shots]
        declared = [
            {
                "photo_id": photo_id,
                "kind": kind,
                "sha256": hashlib.sha256(shot).hexdigest(),
                "size": len(shot),
                "mime": "image/jpeg",
                "captured_at": stamp,
            }
            for photo_id, kind, shot in zip(ids, "OC", shots, strict=True)
        ]
        body = {
            "finding_id": str(new_id()),
            "compound_id": self.compound,
            "item_code": "FP-02",
            "text": "石墩4个，道闸锁闭，净宽1.6米" * 8,
            "place": "3号楼北侧",
            "position": CENTRE | {"accuracy_m": 6.0},
            "photos": declared,
        }
        command = {"id": str(new_id()), "kind": "open_finding", "captured_at": stamp, "body": body}
        push = {"device_time": stamp, "unsent": 1, "commands": [command]}
        answer = json.loads(self._ask("POST", "/api/sync/commands", json.dumps(push).encode(), {}))
        assert answer["results"][0]["status"] == "applied", answer
        for photo_id, shot in zip(ids, shots, strict=True):
            headers = {"Upload-Offset": "0", "Upload-Length": str(len(shot)), "Upload-Complete": "?1"}
            self._ask("PATCH", f"/api/photos/{photo_id}/content", shot, headers)

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> bytes:
        connection: http.client.HTTPConnection | None = getattr(self.local, "connection", None)
        if connection is None:
            connection = self.local.connection = http.client.HTTPConnection(
                "127.0.0.1", self.port, timeout=60
            )
        kind = "application/json" if method == "POST" else "application/octet-stream"
        connection.request(method, path, body, {"Content-Type": kind} | self.cookie | headers)
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == 200, (answer.status, content[:300])
        return content


class Bare:
    """The same bytes without a product: fsynced files and one transaction."""

    def __init__(self, url: str, folder: Path, photos: list[bytes]) -> None:
        self.dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self.folder, self.photos = folder, photos
        folder.mkdir()
        self.local = threading.local()
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute("CREATE TABLE bare (id bigserial PRIMARY KEY, kind text, body jsonb)")

    def write(self, client: int) -> None:
        for n in range(2):
            shot = _unique(self.photos[n])
            path = self.folder / hashlib.sha256(shot).hexdigest()
            with open(path, "wb") as file:
                file.write(shot)
                file.flush()
                os.fsync(file.fileno())
            folder = os.open(self.folder, os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)
        connection = getattr(self.local, "connection", None)
        if connection is None:
            connection = self.local.connection = psycopg.connect(self.dsn, autocommit=True)
        with connection.transaction():
            for kind in ("finding", "photo", "photo"):
                connection.execute(
                    "INSERT INTO bare (kind, body) VALUES (%s, %s)", [kind, json.dumps({"x": "y" * 900})]
                )


def _unique(shot: bytes) -> bytes:
    """The same picture with other bytes: a JPEG comment in front."""
    comment = os.urandom(16)
    return shot[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + shot[2:]


def _backends(url: str) -> float:
    """CPU seconds of the PostgreSQL processes that serve this database."""
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(dsn) as connection:
        found = connection.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        return cpu_seconds([row[0] for row in found])


class _server:
    """gunicorn as `make run` starts it, with a worker; yields the port and its process ids."""

    def __init__(self, url: str, var: str) -> None:
        self.environ = dict(os.environ) | {"DATABASE_URL": url, "VAR": var, "XUNJIAN_DEMO": "0"}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.environ["PORT"] = str(self.port)

    def __enter__(self) -> tuple[int, Callable[[], list[int]]]:
        command = [sys.executable, "-m", "server.cli", "run"]
        self.process = subprocess.Popen(
            command, env=self.environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
                connection.request("GET", "/healthz")
                if connection.getresponse().status == 200:
                    return self.port, self._family
            except OSError:
                time.sleep(0.2)
        raise RuntimeError("the server did not come up")

    def __exit__(self, *_: Any) -> None:
        self.process.terminate()
        self.process.wait(30)

    def _family(self) -> list[int]:
        """The supervisor and everything below it."""
        children: dict[int, list[int]] = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text(errors="replace").rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
        family, frontier = [], [self.process.pid]
        while frontier:
            pid = frontier.pop()
            family.append(pid)
            frontier += children.get(pid, [])
        return family
