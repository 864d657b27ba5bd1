"""The race of uploads with real server processes, real connections and a real PostGIS."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from server.app import create_app
from server.core import ledger
from server.core.config import Settings
from server.core.db import db
from server.photos.models import Blob, Photo, PhotoState
from tests.factories import database, world
from tests.factories.actors import Actor
from tests.factories.evidence import declaration, declare, headers
from tests.factories.pictures import photo_of

ROOT = Path(__file__).resolve().parents[2]
Live = tuple[Flask, Callable[[str], Actor]]


class Server:
    """gunicorn with two processes on the test's database and data folder."""

    def __init__(self, app: Flask) -> None:
        settings = app.extensions["settings"]
        self.environ = {**os.environ, "DATABASE_URL": settings.database_url, "VAR": str(settings.var)}
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [
            sys.executable, "-m", "gunicorn", "server.app:create_app()", "--bind", f"127.0.0.1:{self.port}",
            "--worker-class", "gthread", "--workers", "2", "--threads", "48", "--no-control-socket",
            "--log-level", "error",
        ]  # fmt: skip
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environ, start_new_session=True)
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                if self.ask("nobody", "GET", "/healthz")[0] == 200:
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the server does not answer")

    def kill(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def ask(
        self, name: str, method: str, path: str, body: bytes | None = None, told: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(
                method, path, body, {"Cookie": f"xunjian_session=token-of-{name}"} | (told or {})
            )
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def send(
        self, name: str, photo_id: uuid.UUID, data: bytes, start: int, end: int
    ) -> tuple[int, dict[str, str], bytes]:
        told = headers(start, len(data), end >= len(data))
        return self.ask(name, "PATCH", f"/api/photos/{photo_id}/content", data[start:end], told)

    def offset(self, name: str, photo_id: uuid.UUID) -> int:
        return int(self.ask(name, "HEAD", f"/api/photos/{photo_id}/content")[1]["Upload-Offset"])


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """One database of their own for all tests here: they share a server, and each has its own photos."""
    with database.clone() as url:
        app = create_app(Settings(database_url=url, var=tmp_path_factory.mktemp("race")))
        with app.app_context():
            built = world.build(db.session())
            db.session.commit()
            db.session.remove()
        yield app, lambda name: Actor(app, built, name)
        with app.app_context():
            db.engine.dispose()


@pytest.fixture(scope="module")
def server(live: Live) -> Iterator[Server]:
    made = Server(live[0])
    made.start()
    yield made
    made.kill()


def expect(live: Live, name: str, data: bytes) -> tuple[uuid.UUID, uuid.UUID]:
    """Declare a photo; returns its id and its case's."""
    one = declaration(data)
    with live[0].app_context():
        case_id = declare(db.session(), live[1](name), one)
    return one["photo_id"], case_id


def at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    """What `act(0)` … `act(count - 1)` return when started together."""
    gate, results = threading.Barrier(count), [None] * count

    def run(number: int) -> None:
        gate.wait()
        results[number] = act(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def stored_bytes(server: Server, name: str, photo_id: uuid.UUID) -> bytes:
    status, _, body = server.ask(name, "GET", f"/api/photos/{photo_id}/content")
    assert status == 200
    return body


def test_of_racing_requests_one_wins_and_the_others_learn_the_offset(live: Live, server: Server) -> None:
    data = photo_of(250_000)
    photo_id, case_id = expect(live, "inspector_chen", data)
    step = 32 * 1024
    for start in range(0, len(data), step):
        end = min(start + step, len(data))
        answers = at_once(
            6, lambda _, start=start, end=end: server.send("inspector_chen", photo_id, data, start, end)
        )
        codes = [status for status, _, _ in answers]
        if end < len(data):
            assert sorted(codes) == [204] + [409] * 5
            told = [json.loads(body) for status, _, body in answers if status == 409]
            assert {(one["code"], one["offset"]) for one in told} == {("photo.offset_mismatch", end)}
        else:
            assert set(codes) == {200}  # the late ones hear that it is stored
    assert stored_bytes(server, "inspector_chen", photo_id) == data
    with live[0].app_context():
        assert [line.act for line in ledger.lines(db.session(), case_id)] == ["photo.stored"]
        query = sa.text("SELECT count(*) FROM procrastinate_jobs WHERE args->>'sha256' = :key")
        assert db.session.scalar(query, {"key": hashlib.sha256(data).hexdigest()}) == 1


def test_pieces_of_all_sizes_from_all_sides_never_mix(live: Live, server: Server) -> None:
    """Phones that know no better: each asks for the offset and sends what it likes, all at once."""
    data = photo_of(250_000, seed=2)
    photo_id, case_id = expect(live, "inspector_chen", data)

    def phone(number: int) -> int:
        sent = 0
        for turn in range(200):
            start = server.offset("inspector_chen", photo_id)
            if start >= len(data):
                return sent
            size = 1 + (7919 * (number + 1) * (turn + 1)) % 40_000
            status, _, body = server.send(
                "inspector_chen", photo_id, data, start, min(start + size, len(data))
            )
            assert status in (200, 204, 409), body
            sent += status != 409
        raise AssertionError("no end")

    assert sum(at_once(5, phone)) > 5
    assert stored_bytes(server, "inspector_chen", photo_id) == data
    with live[0].app_context():
        assert len(ledger.lines(db.session(), case_id)) == 1


def _begin(
    server: Server, name: str, photo_id: uuid.UUID, data: bytes, start: int, end: int
) -> socket.socket:
    """A request whose body stops in the middle."""
    told = headers(start, len(data), end >= len(data)) | {
        "Host": "localhost", "Cookie": f"xunjian_session=token-of-{name}", "Content-Length": str(end - start),
    }  # fmt: skip
    head = "".join(f"{key}: {value}\r\n" for key, value in told.items())
    line = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    line.sendall(f"PATCH /api/photos/{photo_id}/content HTTP/1.1\r\n{head}\r\n".encode())
    line.sendall(data[start : (start + end) // 2])
    return line


def test_an_old_request_that_goes_on_draining_changes_nothing(live: Live, server: Server) -> None:
    data = photo_of(150_000, seed=3)
    photo_id, _ = expect(live, "inspector_chen", data)
    assert server.send("inspector_chen", photo_id, data, 0, 50_000)[0] == 204
    old = _begin(server, "inspector_chen", photo_id, data, 50_000, 90_000)
    assert server.send("inspector_chen", photo_id, data, 50_000, 70_000)[0] == 204
    old.sendall(data[70_000:90_000])
    with old, http.client.HTTPResponse(old) as answer:
        answer.begin()
        told = json.loads(answer.read())
    assert (told["code"], told["offset"]) == ("photo.offset_mismatch", 70_000)
    assert server.send("inspector_chen", photo_id, data, 70_000, len(data))[0] == 200
    assert stored_bytes(server, "inspector_chen", photo_id) == data


def test_a_request_that_broke_off_leaves_nothing(live: Live, server: Server) -> None:
    data = photo_of(150_000, seed=4)
    photo_id, _ = expect(live, "inspector_chen", data)
    _begin(server, "inspector_chen", photo_id, data, 0, len(data)).close()
    time.sleep(0.3)
    assert server.offset("inspector_chen", photo_id) == 0
    assert server.send("inspector_chen", photo_id, data, 0, len(data))[0] == 200


def test_many_slow_phones_hold_no_database_connection(live: Live, server: Server) -> None:
    """More stalled bodies than both processes have connections, and somebody else is served at once."""
    data = photo_of(150_000, seed=5)
    photo_id, _ = expect(live, "inspector_chen", data)
    other, _ = expect(live, "inspector_li", data)
    slow = [_begin(server, "inspector_chen", photo_id, data, 0, len(data)) for _ in range(60)]
    time.sleep(0.5)
    began = time.monotonic()
    assert server.send("inspector_li", other, data, 0, len(data))[0] == 200
    assert server.offset("inspector_chen", photo_id) == 0
    assert time.monotonic() - began < 2
    for line in slow:
        line.close()


def test_the_same_bytes_of_two_people_at_once(live: Live, server: Server) -> None:
    data = photo_of(150_000, seed=6)
    people = ["inspector_chen", "inspector_li", "supervisor_he", "inspector_wang"]
    ids = [expect(live, name, data)[0] for name in people]
    answers = at_once(4, lambda number: server.send(people[number], ids[number], data, 0, len(data)))
    assert [status for status, _, _ in answers] == [200] * 4
    with live[0].app_context():
        states = db.session.scalars(sa.select(Photo.state).where(Photo.id.in_(ids))).all()
        assert states == [PhotoState.STORED] * 4
        assert db.session.get(Blob, hashlib.sha256(data).digest()) is not None


def test_an_upload_survives_the_death_of_the_server(live: Live, server: Server) -> None:
    data = photo_of(250_000, seed=7)
    photo_id, _ = expect(live, "inspector_chen", data)
    dying = threading.Timer(0.4, server.kill)
    dying.start()
    held = 0
    try:
        while held < len(data) - 5000:
            status, told, _ = server.send("inspector_chen", photo_id, data, held, held + 2000)
            assert status == 204
            held = int(told["Upload-Offset"])
    except OSError:
        pass
    dying.join()
    server.start()
    found = server.offset("inspector_chen", photo_id)
    assert found in (held, held + 2000)  # what was answered is there, the one in flight may be
    assert server.send("inspector_chen", photo_id, data, found, len(data))[0] == 200
    assert stored_bytes(server, "inspector_chen", photo_id) == data
