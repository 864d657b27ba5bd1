"""Phones and the people who hold them: random inspectors, one seed each."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from PIL import Image

from tests.factories.actors import CENTRE
from tests.factories.world import SIDE
from tests.faults.house import PASSWORD, ROOT

ITEMS = ("xfc", "fxcd", "FP-01", "FP-02", "EB-05")
COMPOUNDS = {"汀禾苑": 0.0, "岸禾新村": 2 * SIDE}
DAY_MS = 86_400_000


class Stumble(Exception):
    """An act that did not come to its end: the browser died, the page was silent, the network away."""


class Driver:
    """The process that moves the browsers; acts of different phones run side by side."""

    def __init__(self) -> None:
        self._listener: asyncio.Task[None] | None = None

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
        number = len(self._waiting) + random.getrandbits(40)
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


@dataclass
class Capture:
    """A finding that somebody meant to make. `saved`: the screen said so."""

    place: str
    username: str
    originals: list[str]
    saved: bool = False
    dropped: bool = False


@dataclass
class Book:
    """What the bench knows happened, to be held against the server at the end."""

    wanted: int
    until: float = float("inf")
    """Where `time.monotonic` stops asking for more."""
    captures: dict[str, Capture] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    proven: Counter[str] = field(default_factory=Counter)
    """Faults that are known to have bitten: it was not only tried."""
    stumbles: int = 0
    diary: TextIO | None = None

    def note(self, who: str, what: str, why: object) -> None:
        """Keep what did not come to its end, for whoever wonders why a run was slow."""
        self.stumbles += 1
        if self.diary is not None:
            print(f"{time.strftime('%H:%M:%S')} {who} {what}: {why}", file=self.diary, flush=True)

    @property
    def saved(self) -> int:
        return sum(capture.saved for capture in self.captures.values())

    @property
    def full(self) -> bool:
        return self.saved >= self.wanted or time.monotonic() >= self.until


class Inspector:
    """A random person with a phone. `work` goes on until the book is full."""

    def __init__(self, name: str, driver: Driver, book: Book, url: str, folder: Path, seed: str) -> None:
        self.name, self.driver, self.book, self.url, self.folder = name, driver, book, url, folder
        self.rng = random.Random(seed)
        self.compound = self.rng.choice(sorted(COMPOUNDS))
        self.alive = False
        self.visit = ""
        self.tabs = 0
        self.count = 0

    async def _act(self, act: str, **told: Any) -> Any:
        return await self.driver.act(self.name, act, **told)

    async def begin(self, patience: int) -> None:
        """Out of the box, signed in, arrived at a compound, able to start without a network."""
        spot = {
            "longitude": CENTRE["lon"] + COMPOUNDS[self.compound], "latitude": CENTRE["lat"], "accuracy": 6,
        }  # fmt: skip
        await self._act("unpack", url=self.url, spot=spot, timeout=patience)
        self.alive = True
        await self._act("go", path="/")
        await self._act("enter", username=self.name, password=PASSWORD)
        await self._act("controlled")
        await self._act("prepared")
        await self._arrive()

    async def _arrive(self) -> None:
        for attempt in range(6):
            try:
                self.visit = await self._act("arrive", compound=self.compound)
                return
            except Stumble:
                if attempt == 5:
                    raise
                await asyncio.sleep(2)

    async def kill(self) -> bool:
        """The phone dies at this moment, whatever it is doing."""
        if not self.alive:
            return False
        self.alive = False
        await self._act("kill")
        return True

    async def recover(self, tries: int = 40) -> None:
        """Switched on again, signed in where it has to be, back where one was; raises the last `Stumble`."""
        for left in reversed(range(tries)):
            try:
                if not self.alive:
                    await self._act("boot")
                    self.alive, self.tabs = True, 0
                await self._act("go", path=self.visit or "/")
                if await self._act("enter", username=self.name, password=PASSWORD):
                    self.book.done["signed_in_again"] += 1
                    await self._act("go", path=self.visit or "/")
                return
            except Stumble as error:
                self.book.note(self.name, "recover", error)
                if left == 0:
                    raise
                await asyncio.sleep(1)
                self.alive = self.alive and left % 3 != 0

    async def work(self) -> None:
        """Random acts until enough captures were called saved."""
        acts: list[tuple[Callable[[], Awaitable[None]], int]] = [
            (self.capture, 20), (self.abandon, 2), (self.answer, 2), (self.second_tab, 1),
            (self.full_disk, 1), (self.jump, 1), (self.lose_connection, 2), (self.reload, 1),
            (self.update, 1), (self.leave, 1), (self.walk_out_of_reach, 2),
        ]  # fmt: skip
        while not self.book.full:
            (act,) = self.rng.choices([one for one, _ in acts], [weight for _, weight in acts])
            try:
                if not self.alive:
                    await self.recover()
                await act()
                self.book.done[act.__name__] += 1
            except Stumble as error:
                self.book.note(self.name, act.__name__, error)
                await self.recover()

    def _photographs(self) -> tuple[list[str], list[str]]:
        """One to three new pictures on the disk, and the hashes of their bytes."""
        paths, hashes = [], []
        for _ in range(self.rng.choices([1, 2, 3], [6, 3, 1])[0]):
            self.count += 1
            size = (self.rng.randrange(200, 500), self.rng.randrange(200, 400))
            picture = Image.frombytes("RGB", size, self.rng.randbytes(size[0] * size[1] * 3))
            out = io.BytesIO()
            picture.resize((size[0] * 2, size[1] * 2)).save(out, "JPEG", quality=85)
            path = self.folder / f"{self.name}-{self.count}.jpg"
            path.write_bytes(out.getvalue())
            paths.append(str(path))
            hashes.append(hashlib.sha256(out.getvalue()).hexdigest())
        return paths, hashes

    async def capture(self, keep: bool = True) -> None:
        paths, hashes = self._photographs()
        place = f"{self.name}-{self.count}-{self.rng.getrandbits(24):06x}"
        capture = Capture(place, self.name, hashes, dropped=not keep)
        self.book.captures[place] = capture
        told = {"query": self.rng.choice(ITEMS), "annotate": self.rng.random() < 0.3}
        told["sketch"] = self.rng.random() < 0.25
        answer = await self._act("capture", files=paths, place=place, keep=keep, **told)
        capture.saved = bool(answer["saved"])
        self.book.proven["drawings"] += bool(answer.get("drawn"))
        for path in paths:
            os.unlink(path)

    async def abandon(self) -> None:
        """Begun and left: a draft is nobody's finding."""
        await self.capture(keep=False)
        await self._act("go", path=self.visit)

    async def answer(self) -> None:
        await self._act("answer")
        await self._act("go", path=self.visit)

    async def second_tab(self) -> None:
        """Goes on in another tab; the first one stays open for a while."""
        if self.tabs:
            await self._act("closeTab")
            self.tabs = 0
        else:
            await self._act("tab", path=self.visit)
            self.tabs = 1

    async def full_disk(self) -> None:
        """No room for a photograph: nothing may be called saved, and there is a way on."""
        paths, _ = self._photographs()
        answer = await self._act("fullDisk", file=paths[0])
        self.book.proven["quota_exceeded"] += answer["refused"]
        await self._act("go", path=self.visit)

    async def jump(self) -> None:
        """The phone's clock is put right, or wrong by up to two days."""
        await self._act("skew", ms=self.rng.choice([0, self.rng.randint(-2 * DAY_MS, 2 * DAY_MS)]))
        await self._act("reload")

    async def lose_connection(self) -> None:
        answer = await self._act("closeDatabase")
        self.book.proven["connections_closed"] += answer["closed"]

    async def reload(self) -> None:
        await self._act("reload")

    async def update(self) -> None:
        answer = await self._act("update")
        self.book.proven["new_versions_taken"] += bool(answer["taken"])

    async def leave(self) -> None:
        """Signs out, with whatever is unsent, and in again."""
        await self._act("signOut")
        await self.recover()

    async def walk_out_of_reach(self) -> None:
        """A cellar: the browser knows that it is offline. Some captures there, then out again."""
        await self._act("offline", on=True)
        try:
            for _ in range(self.rng.randint(1, 3)):
                if not self.book.full:
                    await self.capture()
                    self.book.done["capture"] += 1
        finally:
            await self._act("offline", on=False)

    async def heal(self, seconds: float) -> dict[str, Any]:
        """All is well again: start afresh and wait until the phone has sent everything, or time is up."""
        until = asyncio.get_running_loop().time() + seconds
        held: dict[str, Any] = {"commands": [], "photos": [], "title": "?", "text": "", "errors": []}
        self.alive = fresh = False
        while asyncio.get_running_loop().time() < until:
            try:
                if not fresh:
                    await self.recover(tries=1)
                    await self._act("offline", on=False)
                    await self._act("skew", ms=0)
                    await self._act("reload")
                    fresh = True
                # A cookie that was not on the disk yet when the phone died shows only with the first answer.
                await self._act("enter", username=self.name, password=PASSWORD)
                held = await self._act("held")
                if not held["commands"] and not held["photos"]:
                    return held
                left = f"{held['title']}, {held['commands'][:2]} {held['photos'][:2]}"
                self.book.note(self.name, "still holds", left)
                await asyncio.sleep(2)
            except Stumble as error:
                self.book.note(self.name, "heal", error)
                fresh = False
        return held
