"""Ingest: one finding (1 KB JSON) and two photos of 400 KB, eight phones at once, over real HTTP.

The product is the whole path: sign-in, rights, validation, ledger, idempotence, hash check, storage, jobs.
Three ceilings, each measured in the same minutes:

* `raw_sql`: the three rows in one transaction by pgbench, the least that the database takes;
* `raw_files`: two fsynced files of 400 KB in a folder, the least that the disk takes;
* the bare WSGI sink (`sink.py`): both behind HTTP. It alternates with the product, three turns each, and
  is the `ceiling` of the product's own figures.

The worker makes thumbnails and print copies in its own time. It stands still while phones are measured,
and is then measured alone, with its share of PostgreSQL: no phone waits for it.
"""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import os
import random
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from PIL import Image

from server.app import create_app
from server.core.config import Settings
from server.core.db import db, new_id
from server.core.pg_binaries import find_installations
from tests.bench import processes, sink
from tests.bench.processes import Server
from tests.bench.rows import Row, percentile, row
from tests.factories import database, world
from tests.factories.actors import CENTRE

CLIENTS, EACH, TURNS = 8, 12, 3


@dataclass
class Tally:
    """What several turns of one program added up to."""

    times: list[float] = field(default_factory=list)
    wall: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        return len(self.times) / self.wall

    def cpu_each(self, *parts: str) -> float:
        """CPU milliseconds of one finding with its photos."""
        return sum(self.cpu[part] for part in parts) * 1000 / len(self.times)

    def turn(self, server: Server, url: str, act: Callable[[int], None]) -> None:
        """Eight clients, each so many times in a row, and then the worker alone."""
        before = _spent(server, url)
        with server.without_worker():
            wall, times = together(CLIENTS, EACH, act)
            between = _spent(server, url)
        self.wall += wall
        self.times += times
        self._add(before, between, "web", "postgres")

    def aftermath(self, server: Server, url: str, act: Callable[[], None]) -> None:
        """What the worker does about it."""
        before = _spent(server, url)
        act()
        after = _spent(server, url)
        self._add(before, after, "worker")
        self.cpu["worker"] += after["postgres"] - before["postgres"]

    def _add(self, before: dict[str, float], after: dict[str, float], *parts: str) -> None:
        for part in parts:
            self.cpu[part] = self.cpu.get(part, 0.0) + after[part] - before[part]


def _spent(server: Server, url: str) -> dict[str, float]:
    return server.cpu() | {"postgres": processes.backends(url)}


def measure() -> Iterator[Row]:
    """Findings a second, p95 of one finding with its photos, CPU ms each."""
    with database.clone() as url, database.clone() as sink_url, tempfile.TemporaryDirectory() as var:
        built = populate(url, Path(var))
        photos = [photo(seed) for seed in range(4)]
        folder = Path(var) / "sink"
        folder.mkdir()
        with psycopg.connect(processes.dsn(sink_url), autocommit=True) as connection:
            connection.execute(sink.TABLES)
        environ = {"SINK_DSN": processes.dsn(sink_url), "SINK_FOLDER": str(folder)}
        with (
            processes.product(url, var) as server,
            processes.bare("tests.bench.sink:application", environ) as bare,
        ):
            product_tally, sink_tally = _alternate(server, url, bare, sink_url, built, photos)
        yield row("ingest.raw_sql_per_s", _pgbench(sink_url), "1/s", None)
        yield row("ingest.raw_files_per_s", _files(folder, photos), "1/s", None)
    yield from _rows(product_tally, sink_tally)


def _rows(product: Tally, bare: Tally) -> Iterator[Row]:
    yield row("ingest.findings_per_s", product.rate, "1/s", bare.rate)
    p95, bare_p95 = (percentile(tally.times, 0.95) * 1000 for tally in (product, bare))
    yield row("ingest.p95", p95, "ms", bare_p95, goal=120)
    bare_cpu = bare.cpu_each("web", "postgres")
    yield row("ingest.cpu_each", product.cpu_each("web", "postgres"), "CPU ms", bare_cpu, goal=12)
    yield row("ingest.cpu_web", product.cpu_each("web"), "CPU ms", bare.cpu_each("web"))
    yield row("ingest.cpu_postgres", product.cpu_each("postgres"), "CPU ms", bare.cpu_each("postgres"))
    yield row("ingest.cpu_worker_afterwards", product.cpu_each("worker"), "CPU ms", None)


def populate(url: str, var: Path) -> world.World:
    """The small district of the tests, committed."""
    app = create_app(Settings(database_url=url, var=var))
    with app.app_context():
        built = world.build(db.session())
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    return built


def _alternate(
    server: Server, url: str, bare: Server, sink_url: str, built: world.World, photos: list[bytes]
) -> tuple[Tally, Tally]:
    phone, other = Phone(server.port, built, photos), Phone(bare.port, built, photos, bare=True)
    for each in (phone, other):
        together(CLIENTS, 3, each.report)
    tallies = Tally(), Tally()
    for _ in range(TURNS):
        tallies[0].turn(server, url, phone.report)
        tallies[0].aftermath(server, url, lambda: processes.drain(url))
        tallies[1].turn(bare, sink_url, other.report)
    return tallies


def _pgbench(url: str) -> float:
    """Transactions a second of the three rows, eight clients."""
    script = "\\set n random(1, 1000000)\nBEGIN;\n"
    script += (
        sink.FINDING % {"id": "gen_random_uuid()", "compound": "gen_random_uuid()", "body": _BODY}
    ) + ";\n"
    photo_row = sink.PHOTO % {"id": "gen_random_uuid()", "case": "gen_random_uuid()", "sha256": "'\\\\x00'"}
    script += f"{photo_row};\n{photo_row};\nCOMMIT;\n"
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        command = [str(find_installations()[0].bindir / "pgbench"), "-n", "-c", "8", "-j", "2", "-T", "5"]
        done = subprocess.run(
            [*command, "-M", "prepared", "-f", file.name, processes.dsn(url)], capture_output=True, text=True
        )
    found = [line for line in done.stdout.splitlines() if line.startswith("tps")]
    if not found:
        raise RuntimeError(done.stderr)
    return float(found[0].split("=")[1].split()[0])


_BODY = "json_build_object('text', repeat('x', 900))::jsonb"


def _files(folder: Path, photos: list[bytes]) -> float:
    def act(client: int) -> None:
        for n in range(2):
            sink.write_file(str(folder), unique(photos[n]))

    wall, times = together(CLIENTS, EACH, act)
    return len(times) / wall


def photo(seed: int) -> bytes:
    """A JPEG of 400 KB, 1600 × 1200: noise of the right coarseness, so that it decodes like a photo."""
    chance = random.Random(seed)
    small = Image.frombytes("RGB", (160, 120), chance.randbytes(160 * 120 * 3))
    out = io.BytesIO()
    small.resize((1600, 1200), Image.Resampling.BICUBIC).save(out, "JPEG", quality=83)
    return out.getvalue()


def unique(shot: bytes) -> bytes:
    """The same picture with other bytes: a JPEG comment in front."""
    comment = os.urandom(16)
    return shot[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + shot[2:]


def together(clients: int, each: int, act: Callable[[int], None]) -> tuple[float, list[float]]:
    """Run `act` from `clients` threads, `each` times; seconds in all, and of each act."""

    def work(client: int) -> list[float]:
        times = []
        for _ in range(each):
            start = time.perf_counter()
            act(client)
            times.append(time.perf_counter() - start)
        return times

    start = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        times = [one for found in pool.map(work, range(clients)) for one in found]
    return time.perf_counter() - start, times


class Phone:
    """Reports findings as the app does on a good link: one command, then each photo in one piece."""

    def __init__(self, port: int, built: world.World, photos: list[bytes], bare: bool = False) -> None:
        self.port, self.photos, self.bare = port, photos, bare
        self.compound = str(built.compounds["汀禾苑"])
        self.cookie = {"Cookie": f"xunjian_session={built.tokens['inspector_chen']}"}
        self.local = threading.local()

    def report(self, client: int) -> None:
        """One finding with two photos, told to be stored."""
        shots = [unique(self.photos[n]) for n in range(2)]
        ids = [str(new_id()) for _ in shots]
        answer = self._ask("POST", "/api/sync/commands", self._push(ids, shots), {})
        assert self.bare or json.loads(answer)["results"][0]["status"] == "applied", answer
        for photo_id, shot in zip(ids, shots, strict=True):
            headers = {"Upload-Offset": "0", "Upload-Length": str(len(shot)), "Upload-Complete": "?1"}
            self._ask("PATCH", f"/api/photos/{photo_id}/content", shot, headers)

    def _push(self, ids: list[str], shots: list[bytes]) -> bytes:
        stamp = datetime.now(UTC).isoformat()
        common = {"mime": "image/jpeg", "captured_at": stamp}
        declared = [
            {
                "photo_id": photo_id,
                "kind": kind,
                "sha256": hashlib.sha256(shot).hexdigest(),
                "size": len(shot),
            }
            | common
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
        return json.dumps({"device_time": stamp, "unsent": 1, "commands": [command]}).encode()

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
