"""Reconnect storm: phones that come back into the network all at once, each with a day in its outbox.

The load to hold on one node is 500 phones × 20 findings × 5 photos of 450 KB: 50,000 photos, 22 GB. Two
storms stand for it here. In the first all 500 phones are there, each with its own account, session and
connection, but with smaller photos and fewer of them; one request in twenty is sent again, as by a phone
that lost the answer. Afterwards the database is asked what arrived: everything, once. Meanwhile a stranger
asks for its session ten times a second: nobody is shut out. The second storm is of photos of full size; the
minutes of the whole load follow from its rate.
"""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import random
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from PIL import Image

from server.accounts.models import User
from server.app import create_app
from server.core.config import Settings
from server.core.db import db, new_id
from tests.bench import processes
from tests.bench.bench_ingest import photo, populate, unique
from tests.bench.rows import Row, percentile, row
from tests.factories import database, world
from tests.factories.actors import CENTRE

PHOTOS, REPEATED = 5, 0.05
FULL_LOAD = 500 * 20 * PHOTOS


@dataclass(frozen=True)
class Load:
    """Each of `phones` phones has `findings` findings with five photos like `shot`."""

    phones: int
    findings: int
    shot: bytes

    @property
    def photos(self) -> int:
        return self.phones * self.findings * PHOTOS


@dataclass(frozen=True)
class Drained:
    """What a storm took: seconds, CPU seconds, the stranger's waits, how many requests went twice."""

    wall: float
    cpu: float
    waits: list[float]
    repeated: int


def measure() -> Iterator[Row]:
    """Rates, the stranger's wait, what was lost or came twice, and the minutes of the full load."""
    many = Load(phones=500, findings=4, shot=_small())
    heavy = Load(phones=100, findings=1, shot=photo(1))
    with database.clone() as url, tempfile.TemporaryDirectory() as var:
        built = populate(url, Path(var))
        tokens = _people(url, var, built, many.phones)
        with processes.product(url, var) as server:
            drained, full = (_storm(server, url, built, tokens, load) for load in (many, heavy))
            findings, stored, twice = _arrived(url)
    yield row("storm.phones", many.phones, "phones", None)
    yield row("storm.photos_per_s", many.photos / drained.wall, "1/s", None)
    yield row("storm.cpu_each_photo", drained.cpu * 1000 / many.photos, "CPU ms", None)
    yield row("storm.probe_p95", percentile(drained.waits, 0.95) * 1000, "ms", None)
    yield row("storm.requests_sent_twice", drained.repeated + full.repeated, "requests", None)
    planned = many.phones * many.findings + heavy.phones * heavy.findings
    yield row("storm.findings_lost", planned - findings, "findings", None, goal=0)
    yield row("storm.photos_lost", many.photos + heavy.photos - stored, "photos", None, goal=0)
    yield row("storm.twice", twice, "rows", None, goal=0)
    yield row("storm.full_size_photos_per_s", heavy.photos / full.wall, "1/s", None)
    yield row("storm.full_size_cpu_each_photo", full.cpu * 1000 / heavy.photos, "CPU ms", None)
    yield row("storm.full_load", FULL_LOAD / (heavy.photos / full.wall) / 60, "min", None)


def _small() -> bytes:
    noise = Image.frombytes("RGB", (80, 60), random.Random(2).randbytes(80 * 60 * 3))
    out = io.BytesIO()
    noise.resize((640, 480), Image.Resampling.BICUBIC).save(out, "JPEG", quality=80)
    return out.getvalue()


def _people(url: str, var: str, built: world.World, count: int) -> list[str]:
    """So many colleagues of inspector Chen, each signed in on a phone; their tokens."""
    app = create_app(Settings(database_url=url, var=Path(var)))
    with app.app_context():
        session = db.session()
        chen = session.get_one(User, built.users["inspector_chen"])
        kept = {
            name: getattr(chen, name)
            for name in ("role", "organisation_id", "path", "password_hash", "phone")
        }
        tokens = []
        for n in range(count):
            name = f"storm{n}"
            colleague = User(id=new_id(), username=name, display_name=name, **kept)
            session.add(colleague)
            session.flush()
            tokens.append(world.sign_in(session, name, colleague.id))
        session.commit()
        db.engine.dispose()
    return tokens


def _storm(
    server: processes.Server, url: str, built: world.World, tokens: Sequence[str], load: Load
) -> Drained:
    phones = [_Phone(server.port, built, tokens[n], load, seed=n) for n in range(load.phones)]
    over, waits = threading.Event(), list[float]()
    stranger = threading.Thread(target=_probe, args=(server.port, built, over, waits))
    before = server.cpu()["web"] + server.cpu()["worker"] + processes.backends(url)
    stranger.start()
    start = time.perf_counter()
    with ThreadPoolExecutor(load.phones) as pool:
        repeated = sum(pool.map(_Phone.drain, phones))
    wall = time.perf_counter() - start
    over.set()
    stranger.join()
    after = server.cpu()["web"] + server.cpu()["worker"] + processes.backends(url)
    return Drained(wall, after - before, waits, repeated)


def _probe(port: int, built: world.World, over: threading.Event, waits: list[float]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    headers = {"Cookie": f"xunjian_session={built.tokens['supervisor_he']}"}
    while not over.wait(0.1):
        start = time.perf_counter()
        connection.request("GET", "/api/session", headers=headers)
        connection.getresponse().read()
        waits.append(time.perf_counter() - start)


def _arrived(url: str) -> tuple[int, int, int]:
    """Findings, photos stored, and rows that say a second time what another one says."""
    with psycopg.connect(processes.dsn(url)) as connection:
        findings, stored = connection.execute(
            "SELECT (SELECT count(*) FROM finding), (SELECT count(*) FROM photo WHERE state = 'stored')"
        ).fetchone() or (0, 0)
        (twice,) = connection.execute("SELECT count(*) - count(DISTINCT sha256) FROM photo").fetchone() or (
            0,
        )
    return findings, stored, twice


class _Phone:
    """One phone with its outbox: a command and its five photos, finding by finding."""

    def __init__(self, port: int, built: world.World, token: str, load: Load, seed: int) -> None:
        self.load, self.compound = load, str(built.compounds["汀禾苑"])
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        self.headers = {"Cookie": f"xunjian_session={token}"}
        self.chance = random.Random(seed)

    def drain(self) -> int:
        """Send everything; how many requests went twice."""
        repeated = 0
        for _ in range(self.load.findings):
            shots = {str(new_id()): unique(self.load.shot) for _ in range(PHOTOS)}
            repeated += self._ask("POST", "/api/sync/commands", self._command(shots), {})
            for photo_id, shot in shots.items():
                headers = {"Upload-Offset": "0", "Upload-Length": str(len(shot)), "Upload-Complete": "?1"}
                repeated += self._ask("PATCH", f"/api/photos/{photo_id}/content", shot, headers)
        self.connection.close()
        return repeated

    def _command(self, shots: dict[str, bytes]) -> bytes:
        stamp = datetime.now(UTC).isoformat()
        declared = [
            {
                "photo_id": photo_id,
                "kind": kind,
                "mime": "image/jpeg",
                "captured_at": stamp,
                "size": len(shot),
            }
            | {"sha256": hashlib.sha256(shot).hexdigest()}
            for (photo_id, shot), kind in zip(shots.items(), "OCMLT", strict=True)
        ]
        body = {
            "finding_id": str(new_id()),
            "compound_id": self.compound,
            "item_code": "FP-02",
            "text": "石墩4个，道闸锁闭，净宽1.6米",
            "place": "3号楼北侧",
            "position": CENTRE | {"accuracy_m": 6.0},
            "photos": declared,
        }
        command = {"id": str(new_id()), "kind": "open_finding", "captured_at": stamp, "body": body}
        return json.dumps({"device_time": stamp, "unsent": 1, "commands": [command]}).encode()

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> int:
        again = self.chance.random() < REPEATED
        for turn in range(1 + again):
            kind = "application/json" if method == "POST" else "application/octet-stream"
            self.connection.request(method, path, body, {"Content-Type": kind} | self.headers | headers)
            answer = self.connection.getresponse()
            content = answer.read()
            # Bytes that are there already: 409 with the true offset, from which the phone learns so.
            assert answer.status == 200 or (turn and answer.status == 409), (answer.status, content[:300])
        return int(again)
