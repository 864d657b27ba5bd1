"""The fault bench: random inspectors with real browsers, and everything breaks at random.

    python -m tests.faults --seed 1 --captures 50 [--phones 4] [--store s3]

Asserts on the server's database, storage and case files, never on a counter of the page. The last line is
one JSON object; the exit code is 0 when nothing was lost, doubled, half or changed. The seed decides who
does what and what breaks in which order; the clock of the machine decides when exactly, so a seed does not
replay a run to the millisecond.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import sys
import time
from collections.abc import Coroutine
from functools import partial
from typing import Any

from tests.faults.book import Book
from tests.faults.driver import Driver, Stumble
from tests.faults.house import House
from tests.faults.phones import Inspector
from tests.faults.proxy import Proxy, Weather
from tests.faults.trouble import Trouble
from tests.faults.verdict import Verdict, judge


async def run(given: argparse.Namespace) -> dict[str, Any]:
    """One run as the command line wants it; returns the figures."""
    began, seed = time.monotonic(), given.seed
    house, driver, book = House(given.store), Driver(), Book(given.captures, diary=given.stumbles)
    rng = random.Random(seed)
    proxy = Proxy(house.port, random.Random(f"{seed} network"))
    bad = True
    try:
        posts = await house.start(given.phones)
        await proxy.start()
        await driver.start(house.var)
        url = f"http://127.0.0.1:{proxy.own_port}"
        publish = partial(_publish, house, rng)
        phones = [
            Inspector(
                post,
                driver,
                book,
                url,
                house.var,
                f"{seed} {post.username}",
                publish,
                small_disk=given.full_phones,
            )
            for post in posts
        ]
        beginnings = [
            phone.begin(given.patience * 1000, all_originals=number % 4 == 0)
            for number, phone in enumerate(phones)
        ]
        await asyncio.gather(*beginnings)
        started = time.monotonic()
        book.until = started + given.minutes * 60
        say(f"{len(phones)} phones in the field after {started - began:.0f} s")
        trouble = Trouble(house, proxy, phones, book, f"{seed} {rng.random()}")
        held = await _storm(house, proxy, phones, book, trouble)
        seconds = time.monotonic() - started
        verdict = await asyncio.to_thread(judge, house.application(), book, held)
        bad = not verdict.good
        for phone in phones:
            await phone.put_away()
        return _figures(seed, verdict, book, house, proxy, trouble, held, seconds)
    finally:
        await proxy.stop()
        await driver.stop()
        await house.stop(keep=given.keep and bad)


def _publish(house: House, rng: random.Random) -> None:
    house.new_version(rng.getrandbits(30))


async def _storm(
    house: House, proxy: Proxy, phones: list[Inspector], book: Book, trouble: Trouble
) -> dict[str, dict[str, Any]]:
    """Work in bad weather until the book is full, then mend all and let the phones send what they have."""
    breaking = [asyncio.create_task(one()) for one in (trouble.weather, trouble.house_breaks, trouble.power)]
    telling = asyncio.create_task(_tell(book, trouble))
    try:
        await asyncio.gather(*(phone.work() for phone in phones))
    finally:
        for task in (*breaking, telling):
            task.cancel()
        await asyncio.gather(*breaking, telling, return_exceptions=True)
        proxy.weather = Weather()
        house.disk_full(False)
        house.storage_down(False)
    say(f"{book.saved} captures saved, all is mended: waiting for the phones")
    await house.until_ready()
    found = await asyncio.gather(*(phone.heal(600) for phone in phones))
    await proxy.settle()
    return {phone.name: held for phone, held in zip(phones, found, strict=True)}


async def _tell(book: Book, trouble: Trouble) -> None:
    while True:
        await asyncio.sleep(15)
        say(f"{book.saved} of {book.wanted} saved, {trouble.browser_kills} browsers killed")


def _figures(
    seed: int,
    verdict: Verdict,
    book: Book,
    house: House,
    proxy: Proxy,
    trouble: Trouble,
    held: dict[str, dict[str, Any]],
    seconds: float,
) -> dict[str, Any]:
    for name in ("lost", "twice", "half", "changed", "broken_ledgers"):
        for one in getattr(verdict, name):
            say(f"{name}: {one}")
    for name, one in held.items():
        for error in one["errors"]:
            say(f"{name}: page error: {error}")
        for row in [*one["commands"], *one["photos"], *one["originals"]]:
            say(f"{name} still holds: {json.dumps(row, ensure_ascii=False)}")
    answers = {code: count for code, count in sorted(proxy.seen.items()) if code.startswith("5")}
    return {
        "seed": seed,
        "captures": book.saved,
        "photos": verdict.photos,
        "originals": verdict.originals,
        "lost": len(verdict.lost),
        "twice": len(verdict.twice),
        "half": len(verdict.half),
        "browser_kills": trouble.browser_kills,
        "server_kills": house.kills,
        "cuts": proxy.seen["cuts"],
        "duplicates": proxy.seen["duplicates"],
        "late": proxy.seen["late"],
        "phones": len(held),
        "database_restarts": house.database_restarts,
        "changed_bytes": len(verdict.changed),
        "broken_ledgers": len(verdict.broken_ledgers),
        "on_the_phone": verdict.on_the_phone,
        "unsaved_but_here": verdict.unsaved_here,
        "page_errors": sum(len(one["errors"]) for one in held.values()),
        "answers": answers,
        "proven": dict(sorted((book.proven + house.bitten + proxy.proven).items())),
        "acts": dict(sorted(book.done.items())),
        "stumbles": book.stumbles,
        "spent": {act: round(seconds) for act, seconds in book.spent.most_common(8)},
        "seconds": round(seconds),
    }


async def _until_told(work: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
    """SIGTERM ends a run as Ctrl-C does: what was started is stopped."""
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


def say(text: str) -> None:
    """To standard error: standard output ends with the figures."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def main() -> int:
    """Parse the command line, run, print the figures."""
    parser = argparse.ArgumentParser(prog="tests.faults")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--captures", type=int, default=50)
    parser.add_argument("--phones", type=int, default=4, help="browsers side by side")
    parser.add_argument(
        "--full-phones",
        action="store_true",
        help="fill the phones' disks too (Chromium may lose its database)",
    )
    parser.add_argument("--patience", type=int, default=45, help="seconds that an act in a browser may take")
    parser.add_argument(
        "--minutes", type=float, default=float("inf"), help="stop asking for more after these"
    )
    parser.add_argument("--store", choices=["local", "s3"], default="local", help="where photos are kept")
    parser.add_argument("--keep", action="store_true", help="leave the data of a bad run for a look")
    parser.add_argument(
        "--stumbles", type=argparse.FileType("w"), help="write down here what did not come to its end"
    )
    given = parser.parse_args()
    try:
        figures = asyncio.run(_until_told(run(given)))
    except (Stumble, asyncio.CancelledError) as error:
        say(f"the bench itself ended early: {error}")
        return 2
    print(json.dumps(figures, ensure_ascii=False))
    good = figures["captures"] and not any(
        figures[name] for name in ("lost", "twice", "half", "changed_bytes", "broken_ledgers")
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
