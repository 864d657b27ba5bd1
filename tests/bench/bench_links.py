"""Slow phones: 64 that send a chunk of 64 KiB at 5 KB/s, then 32 that send 400 KB at 160 KB/s, and somebody
on a good link who asks who they are twenty times a second meanwhile, against what `make run` starts.

A server whose threads wait for bodies lets the good link wait for the slow ones. Ceiling: the same probe
while nobody else is there.
"""

from __future__ import annotations

import http.client
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench import processes
from tests.bench.bench_ingest import populate
from tests.bench.rows import Row, percentile, row
from tests.factories import database, world

SECONDS, EVERY, GOAL_MS = 12.0, 0.05, 50.0
CASES = {"64_at_5_KB_s": (64, 5_000, 65_536), "32_at_160_KB_s": (32, 160_000, 400_000)}


def measure() -> Iterator[Row]:
    """p95 of a small request in milliseconds: alone, and beside each crowd of slow phones."""
    with database.clone() as url, tempfile.TemporaryDirectory() as var:
        built = populate(url, Path(var))
        with processes.product(url, var) as server:
            _probe(server.port, built, 2.0)
            alone = percentile(_probe(server.port, built, SECONDS / 2), 0.95)
            for name, crowd in CASES.items():
                waits = _beside(server.port, built, *crowd)
                yield row(f"links.probe_p95.{name}", percentile(waits, 0.95), "ms", alone, goal=GOAL_MS)


def _beside(port: int, built: world.World, phones: int, rate: int, size: int) -> list[float]:
    over = threading.Event()
    crowd = [threading.Thread(target=_trickle, args=(port, built, rate, size, over)) for _ in range(phones)]
    for phone in crowd:
        phone.start()
    try:
        time.sleep(1.0)
        return _probe(port, built, SECONDS)
    finally:
        over.set()
        for phone in crowd:
            phone.join()


def _trickle(port: int, built: world.World, rate: int, size: int, over: threading.Event) -> None:
    """Send a body at `rate` bytes a second, again and again. Nobody expects the photo: what is measured is
    the wait for its bytes, which are read before anybody asks what they are."""
    head = (
        f"PATCH /api/photos/{built.compounds['汀禾苑']}/content HTTP/1.1\r\nHost: x\r\n"
        f"Cookie: xunjian_session={built.tokens['inspector_chen']}\r\nContent-Length: {size}\r\n"
        f"Upload-Offset: 0\r\nUpload-Length: {size}\r\n\r\n"
    )
    piece = bytes(max(1, rate // 10))
    while not over.is_set():
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.sendall(head.encode())
            sent = 0
            while sent < size and not over.wait(len(piece) / rate):
                sent += line.send(piece[: size - sent])


def _probe(port: int, built: world.World, seconds: float) -> list[float]:
    """Milliseconds of `GET /api/session`, one connection, twenty a second."""
    cookie = {"Cookie": f"xunjian_session={built.tokens['supervisor_he']}"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    waits, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        start = time.perf_counter()
        connection.request("GET", "/api/session", headers=cookie)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
        waits.append((time.perf_counter() - start) * 1000)
        time.sleep(EVERY)
    connection.close()
    return waits
