"""Phones and the people who hold them: random inspectors, one seed each."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.factories.world import SIDE
from tests.faults.book import Book, Capture, Picture, picture
from tests.faults.disk import Disk
from tests.faults.driver import Driver, Stumble
from tests.faults.house import PASSWORD, Post

ITEMS = ("xfc", "fxcd", "FP-01", "FP-02", "EB-05")
OWED = ("commands", "photos", "originals")
"""What a phone may hold that the server has not confirmed (see `held` in driver.mjs)."""
PHONE_DISK = 1024**3
LEFT = 160 * 1024
DAY_MS = 86_400_000


class Inspector:
    """A random person with a phone. `work` goes on until the book is full."""

    def __init__(
        self,
        post: Post,
        driver: Driver,
        book: Book,
        url: str,
        folder: Path,
        seed: str,
        publish: Callable[[], None],
        *,
        small_disk: bool,
    ) -> None:
        self.post, self.name, self.driver, self.book = post, post.username, driver, book
        self.url, self.folder, self.publish = url, folder, publish
        self.rng = random.Random(seed)
        self.disk = Disk(folder / f"phone-{self.name}", PHONE_DISK, mount=small_disk)
        self.alive = False
        self.visit = ""
        self.tabs = 0
        self.count = 0
        self.version_waits = False
        self.saving = asyncio.Event()
        """Set while a finding is being made: the moments at which a death of the phone is worth most."""

    async def _act(self, act: str, **told: Any) -> Any:
        began = time.monotonic()
        try:
            return await self.driver.act(self.name, act, **told)
        finally:
            self.book.spent[act] += time.monotonic() - began

    async def _quick(self, what: str, **told: Any) -> Any:
        return await self._act("quick", what=what, spot=self._spot(), **told)

    def _spot(self) -> dict[str, float]:
        """Somewhere in the compound."""
        east, north = (self.rng.uniform(0.1, 0.9) * SIDE for _ in range(2))
        return {"longitude": self.post.west + east, "latitude": self.post.south + north, "accuracy": 6}

    async def begin(self, patience: int, *, all_originals: bool) -> None:
        """Out of the box, signed in, arrived at a compound, able to start without a network."""
        profile = str(self.disk.folder / "profile")
        await self._act("unpack", profile=profile, url=self.url, spot=self._spot(), timeout=patience)
        self.alive = True
        await self._act("go", path="/")
        await self._act("enter", username=self.name, password=PASSWORD)
        await self._act("controlled")
        await self._act("prepared")
        await self._act("originals", all=all_originals)
        for attempt in range(6):
            try:
                self.visit = await self._act("arrive", compound=self.post.compound)
                return
            except Stumble:
                if attempt == 5:
                    raise
                await asyncio.sleep(2)

    async def put_away(self) -> None:
        """Closed for good."""
        await self._act("putAway")
        self.disk.remove()

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
                await self._enter()
                if self.version_waits:
                    self.version_waits = await self._act("waits")
                    self.book.proven["new_versions_taken"] += not self.version_waits
                return
            except Stumble as error:
                self.book.note(self.name, "recover", error)
                if left == 0:
                    raise
                await asyncio.sleep(0.5)
                self.alive = self.alive and left % 3 != 0

    async def _enter(self) -> None:
        if await self._act("enter", username=self.name, password=PASSWORD):
            self.book.done["signed_in_again"] += 1
            await self._act("go", path=self.visit or "/")

    async def work(self) -> None:
        """Random acts until enough captures were called saved."""
        acts: list[tuple[Callable[[], Awaitable[None]], int]] = [
            (self.capture, 20), (self.capture_by_touch, 2), (self.series, 5), (self.abandon, 1),
            (self.answer, 1), (self.second_tab, 1), (self.quota, 1), (self.jump, 1),
            (self.lose_connection, 2), (self.reload, 1), (self.update, 1), (self.leave, 1),
            (self.walk_out_of_reach, 2), (self.full_disk, int(self.disk.mounted)),
        ]  # fmt: skip
        while not self.book.full:
            (act,) = self.rng.choices([one for one, _ in acts], [weight for _, weight in acts])
            try:
                if not self.alive:
                    await self.recover()
                await act()
                self.book.done[act.__name__] += 1
                await self._enter()  # a cookie that was not on the disk when the phone died shows late
            except Stumble as error:
                self.book.note(self.name, act.__name__, error)
                await self.recover()

    def _pictures(self) -> list[Picture]:
        return [picture(self.rng) for _ in range(self.rng.choices([1, 2, 3], [6, 3, 1])[0])]

    def _meant(self, hashes: list[str], *, dropped: bool = False) -> Capture:
        """Into the book before the first touch: the phone may die after its last."""
        self.count += 1
        place = f"{self.name}-{self.count}-{self.rng.getrandbits(24):06x}"
        self.book.captures[place] = capture = Capture(place, self.name, hashes, dropped=dropped)
        return capture

    def _words(self, capture: Capture) -> dict[str, Any]:
        note = f"{capture.place} 改过一次" if self.rng.random() < 0.3 else ""
        return {"query": self.rng.choice(ITEMS), "place": capture.place, "note": note}

    async def _make(self, capture: Capture, what: str, **told: Any) -> None:
        self.saving.set()
        try:
            answer = await self._quick(what, **self._words(capture), **told)
        finally:
            self.saving.clear()
        capture.saved = bool(answer["saved"])

    async def capture(self, here: list[Picture] | None = None) -> None:
        """A finding by quick hands; `here`: its first photo is on the screen already."""
        pictures = here or self._pictures()
        capture = self._meant([one.sha256 for one in pictures])
        texts = [one.text for one in pictures]
        await self._make(capture, "capture", pictures=texts, **{"from": "here" if here else "camera"})

    async def capture_by_touch(self, keep: bool = True) -> None:
        """A finding by real touches, and perhaps a drawing over its photo."""
        pictures = self._pictures()
        capture = self._meant([one.sha256 for one in pictures], dropped=not keep)
        paths = [one.put(self.folder) for one in pictures]
        told = {"query": self.rng.choice(ITEMS), "annotate": self.rng.random() < 0.3}
        told["sketch"] = self.rng.random() < 0.5
        try:
            answer = await self._act("capture", files=paths, place=capture.place, keep=keep, **told)
        finally:
            for path in paths:
                os.unlink(path)
        capture.saved = bool(answer["saved"])
        self.book.proven["drawings"] += bool(answer.get("drawn"))

    async def series(self) -> None:
        """Photographs now, words later: a roll is filled, and most of it is sorted."""
        pictures = [picture(self.rng) for _ in range(self.rng.randint(2, 5))]
        roll = self._seen(await self._quick("series", pictures=[one.text for one in pictures]))
        if len(roll) > 1 and self.rng.random() < 0.3:
            pair = [one["draft"] for one in roll[:2]]
            roll = self._seen(await self._quick("merge", drafts=pair))
        if self.rng.random() < 0.2:
            gone = self.rng.choice(roll)
            for one in gone["hashes"]:
                self.book.thrown.add(one)
                self.book.rolled.pop(one, None)
            await self._quick("drop", draft=gone["draft"])
            roll.remove(gone)
        for one in roll[self.rng.randint(0, 1) :]:
            if not self.book.full:
                await self._make(self._meant(one["hashes"]), "sort", draft=one["draft"])
                self.book.done["sort"] += 1

    def _seen(self, roll: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """What a roll shows is kept, whatever happens then."""
        shown = {one for entry in roll for one in entry["hashes"]}
        self.book.rolled |= dict.fromkeys(shown - self.book.thrown, self.name)
        return roll

    async def abandon(self) -> None:
        """Begun and left: a draft is nobody's finding."""
        await self.capture_by_touch(keep=False)
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
        """No room for a photograph: nothing may be called saved. Then there is, and the same photo is.

        Not of the usual run: where not a byte is left, Chromium cannot open its own database, takes it for
        broken and begins a new one. No app can keep anything there.
        """
        if self.disk.fill(LEFT):
            try:
                refused = await self._refused()
            finally:
                self.disk.free()
            self.book.proven["phone_full"] += refused[1]
            await self._saved_at_last(refused[0])

    async def quota(self) -> None:
        """The same where the browser grants the app nothing more; it starts anew for it."""
        self.alive = False
        await self._act("boot")
        self.alive, self.tabs = True, 0
        await self._act("quota")
        await self._act("go", path=self.visit)
        try:
            one, refused = await self._refused()
        finally:
            await self._act("room")
        self.book.proven["quota_refused"] += refused
        await self._saved_at_last(one)

    async def _refused(self) -> tuple[Picture, int]:
        """A photograph that is not stored, and how many writes the browser refused."""
        one = picture(self.rng, large=True)
        path = one.put(self.folder)
        try:
            answer = await self._act("refused", file=path)
        finally:
            os.unlink(path)  # as a camera app may tidy up
        return one, answer["refused"]

    async def _saved_at_last(self, one: Picture) -> None:
        if not self.book.full:
            await self.capture(here=[one])
            self.book.proven["saved_when_there_was_room"] += 1

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
        """A new build is on the server; the app takes it when nothing is being sent, or at its next start."""
        self.publish()
        answer = await self._act("update")
        self.version_waits = answer["waits"] and not answer["taken"]
        self.book.proven["new_versions_arrived"] += bool(answer["waits"])
        self.book.proven["new_versions_taken"] += bool(answer["taken"])

    async def leave(self) -> None:
        """Signs out, with whatever is unsent, and in again."""
        await self._act("signOut")
        await self.recover()

    async def walk_out_of_reach(self) -> None:
        """A cellar: the browser knows that it is offline. Some captures there, then out again."""
        await self._act("offline", on=True)
        try:
            for _ in range(self.rng.randint(2, 5)):
                if not self.book.full:
                    await self.capture()
                    self.book.done["capture"] += 1
        finally:
            await self._act("offline", on=False)

    async def heal(self, seconds: float) -> dict[str, Any]:
        """All is well again: start afresh and wait until the phone has sent everything, or time is up."""
        until = time.monotonic() + seconds
        held: dict[str, Any] = {"title": "?"} | {name: [] for name in (*OWED, "kept", "errors")}
        self.alive = fresh = False
        while time.monotonic() < until + 60:
            try:
                if not fresh:
                    await self.recover(tries=1)
                    await self._act("offline", on=False)
                    await self._act("skew", ms=0)
                    await self._act("reload")
                    fresh = True
                # A cookie that was not on the disk yet when the phone died shows only with the first answer.
                await self._act("enter", username=self.name, password=PASSWORD)
                left = await self._act("owed")
                if not any(left) or time.monotonic() > until:
                    return dict(await self._act("held"))
                self.book.note(self.name, "still holds", left)
                await asyncio.sleep(1)
            except Stumble as error:
                self.book.note(self.name, "heal", error)
                fresh = False
        return held
