"""The network between the phones and the server, with everything that networks do.

A relay that understands just enough HTTP/1.1 to know where a request ends. `Weather` says how bad it is;
the bench changes it while the relay runs. Delivered twice: the same bytes go to the server once more, at
once or seconds later, while the phone has long gone on. Delivered late: the phone is told that its
connection broke, and what it sent arrives after what it sends next.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

BLOCK = 16 * 1024
WRITES = (b"POST /api/sync/commands", b"PATCH /api/photos/")


@dataclass
class Weather:
    """Chances per connection (`cut`) or per write request (`twice`, `late`); latency in seconds a block."""

    down: bool = False
    cut: float = 0.0
    twice: float = 0.0
    late: float = 0.0
    latency: tuple[float, float] = (0.0, 0.0)


@dataclass
class Proxy:
    """Relays to `port` on this host. `seen` counts what was done and which answers went by."""

    port: int
    rng: random.Random
    weather: Weather = field(default_factory=Weather)
    seen: Counter[str] = field(default_factory=Counter)
    proven: Counter[str] = field(default_factory=Counter)
    """Deliveries that the server answered: a second time, or after one that was sent later (`reordered`)."""
    own_port: int = 0
    _late: set[asyncio.Task[None]] = field(default_factory=set)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _server: asyncio.Server | None = None
    _sent: Counter[bytes] = field(default_factory=Counter)
    """Write requests that went to the server, by what they write to and whose they are."""

    async def start(self) -> None:
        """Listen on a free port of this host (`own_port`)."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.own_port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is None:
            return
        self._server.close()
        self.break_all()
        for task in list(self._late):
            task.cancel()

    def break_all(self) -> None:
        """Every connection that is open breaks now."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def settle(self) -> None:
        """Wait for what is still to be delivered late."""
        while self._late:
            await asyncio.wait(self._late)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.weather.down:
            self.seen["refused"] += 1
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, far_writer}
        cut = self.rng.random() < self.weather.cut
        budget = {"up": None, "down": None} | (
            {self.rng.choice(["up", "down"]): int(self.rng.expovariate(1 / 60_000)) + 1} if cut else {}
        )
        pipes = [
            asyncio.create_task(self._upstream(reader, far_writer, budget["up"])),
            asyncio.create_task(self._downstream(far_reader, writer, budget["down"])),
        ]
        try:
            done, _ = await asyncio.wait(pipes, return_when=asyncio.FIRST_COMPLETED)
            cut = any(pipe.exception() for pipe in done)
        finally:
            for pipe in pipes:
                pipe.cancel()
            for end in (writer, far_writer):
                self._writers.discard(end)
                end.transport.abort() if cut else end.close()

    async def _upstream(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, budget: int | None
    ) -> None:
        """Requests, whole ones remembered so that they can be delivered again."""
        requests = Requests()
        while data := await reader.read(BLOCK):
            await self._lag()
            for request in requests.feed(data):
                if request.startswith(WRITES):
                    self._maybe_again(request)
            budget = await self._pass(data, writer, budget)
            if budget is not None and budget <= 0:
                raise ConnectionResetError

    def _maybe_again(self, request: bytes) -> None:
        """Raises `ConnectionResetError` where the request comes late: its end is kept back for now."""
        key = _lane(request)
        self._sent[key] += 1
        if self.rng.random() < self.weather.twice:
            self.seen["duplicates"] += 1
            self._later(
                self._deliver(request, self.rng.choice([0.0, self.rng.uniform(0, 4)]), "delivered_twice")
            )
        if self.rng.random() < self.weather.late:
            self.seen["late"] += 1
            self._later(self._deliver(request, self.rng.uniform(1, 8), "delivered_late"))
            raise ConnectionResetError

    async def _downstream(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, budget: int | None
    ) -> None:
        while data := await reader.read(BLOCK):
            if data.startswith(b"HTTP/1.1 "):
                self.seen[data[9:12].decode("ascii", "replace")] += 1
            await self._lag()
            budget = await self._pass(data, writer, budget)
            if budget is not None and budget <= 0:
                raise ConnectionResetError

    async def _lag(self) -> None:
        low, high = self.weather.latency
        if high:
            await asyncio.sleep(self.rng.uniform(low, high))

    async def _pass(self, data: bytes, writer: asyncio.StreamWriter, budget: int | None) -> int | None:
        """Hand on what the budget allows; returns what is left of it. Old connections are cut as well."""
        if budget is None and self.rng.random() < self.weather.cut / 2:
            budget = self.rng.randrange(len(data))
        if budget is not None and budget <= len(data):
            self.seen["cuts"] += 1
        part = data if budget is None else data[:budget]
        writer.write(part)
        await writer.drain()
        return None if budget is None else budget - len(data)

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _deliver(self, request: bytes, wait: float, what: str) -> None:
        key = _lane(request)
        before = self._sent[key]
        await asyncio.sleep(wait)
        with contextlib.suppress(OSError, asyncio.TimeoutError):
            overtaken = self._sent[key] > before
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(request)
            await writer.drain()
            if await asyncio.wait_for(reader.read(BLOCK), 30):
                self.proven[what] += 1
                self.proven["reordered"] += overtaken
            writer.close()


def _lane(request: bytes) -> bytes:
    """What a request writes to, and the cookie of whoever sends it: where order could matter."""
    head = request.partition(b"\r\n\r\n")[0].split(b"\r\n")
    return head[0] + next((line for line in head if line.lower().startswith(b"cookie:")), b"")


class Requests:
    """Cuts a stream of bytes into whole HTTP/1.1 requests (with `Content-Length` or without a body)."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The requests that `data` completes."""
        self._buffer += data
        found = []
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            length = 0
            for line in bytes(self._buffer[:end]).split(b"\r\n")[1:]:
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            whole = end + 4 + length
            if len(self._buffer) < whole:
                break
            found.append(bytes(self._buffer[:whole]))
            del self._buffer[:whole]
        return found
