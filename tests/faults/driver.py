"""The process that moves the browsers (driver.mjs), told line by line what to do."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
from pathlib import Path
from typing import Any

from tests.faults.house import ROOT


class Stumble(Exception):
    """An act that did not come to its end: the browser died, the page was silent, the network away."""


class Driver:
    """The process that moves the browsers; acts of different phones run side by side."""

    def __init__(self) -> None:
        self._listener: asyncio.Task[None] | None = None
        self._numbers = itertools.count(1)

    async def start(self, folder: Path) -> None:
        node = os.environ.get("NODE", "node")
        script = Path(__file__).with_name("driver.mjs")
        self.log = open(folder / "driver.log", "wb")  # noqa: SIM115 - closed by `stop`
        self.process = await asyncio.create_subprocess_exec(
            node, str(script), cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=self.log, limit=1 << 24,
        )  # fmt: skip
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._listener = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            answer = json.loads(line)
            future = self._waiting.pop(answer["id"], None)
            if future is None or future.done():
                continue
            if answer["ok"]:
                future.set_result(answer["value"])
            else:
                future.set_exception(Stumble(answer["error"]))

    async def act(self, phone: str, act: str, patience: float = 180, **told: Any) -> Any:
        """Have `act` done on `phone`; raises `Stumble`."""
        assert self.process.stdin is not None
        number = next(self._numbers)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        line = json.dumps({"id": number, "phone": phone, "act": act} | told)
        self.process.stdin.write(line.encode() + b"\n")
        try:
            return await asyncio.wait_for(future, patience)
        except TimeoutError as error:
            raise Stumble(f"{act}: no answer in {patience} s") from error

    async def stop(self) -> None:
        if self._listener is None:
            return
        self._listener.cancel()
        assert self.process.stdin is not None
        self.process.stdin.close()  # at the end of its input the driver ends, and its browsers with it
        try:
            await asyncio.wait_for(self.process.wait(), 5)
        except TimeoutError:
            self.process.kill()
        self.log.close()
