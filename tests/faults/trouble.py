"""What breaks, and when."""

from __future__ import annotations

import asyncio
import contextlib
import random

from tests.faults.book import Book
from tests.faults.driver import Stumble
from tests.faults.house import House
from tests.faults.phones import Inspector
from tests.faults.proxy import Proxy, Weather


class Trouble:
    """Three loops beside each other, for the network, the house and the phones."""

    def __init__(self, house: House, proxy: Proxy, phones: list[Inspector], book: Book, seed: str) -> None:
        self.house, self.proxy, self.phones, self.book = house, proxy, phones, book
        self.rng = random.Random(f"{seed} trouble")
        self.browser_kills = 0

    async def weather(self) -> None:
        """The network changes every few seconds."""
        while True:
            now = self.rng.choice(["fine", "slow", "torn", "doubled", "late", "gone", "all"])
            everything = now == "all"
            self.proxy.weather = Weather(
                down=now == "gone",
                cut=0.5 if now == "torn" else 0.25 if everything else 0.0,
                twice=0.5 if now == "doubled" else 0.2 if everything else 0.0,
                late=0.3 if now == "late" else 0.1 if everything else 0.0,
                latency=(0.02, 0.3) if now == "slow" or everything else (0.0, 0.0),
            )
            if now in ("gone", "torn"):
                self.proxy.break_all()
            await asyncio.sleep(self.rng.uniform(1, 4) if now == "gone" else self.rng.uniform(2, 8))

    async def house_breaks(self) -> None:
        """A part of the server fails, for moments or until its supervisor mends it."""
        while True:
            await asyncio.sleep(self.rng.uniform(3, 12))
            what = self.rng.choices(["web or worker", "database", "disk", "store"], [5, 2, 2, 2])[0]
            self.book.done[f"broke: {what}"] += 1
            if what == "web or worker":
                self.house.kill_one(self.rng.choice)
            elif what == "database":
                await self.house.restart_database(rudely=self.rng.random() < 0.5)
            else:
                breaks = self.house.disk_full if what == "disk" else self.house.storage_down
                breaks(True)
                await asyncio.sleep(self.rng.uniform(1, 5))
                breaks(False)

    async def power(self) -> None:
        """A phone dies: at any moment, and every other time while something is being saved on it."""
        while True:
            await asyncio.sleep(self.rng.uniform(0, 36 / len(self.phones)))
            phone = self.rng.choice(self.phones)
            if self.rng.random() < 0.5:
                try:
                    await asyncio.wait_for(phone.saving.wait(), 5)
                except TimeoutError:
                    continue
                await asyncio.sleep(self.rng.uniform(0, 0.5))
                self.book.proven["killed_while_saving"] += phone.alive and phone.saving.is_set()
            with contextlib.suppress(Stumble):  # it was being switched on
                self.browser_kills += await phone.kill()
