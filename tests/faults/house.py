"""The program under test, as `xunjian run` starts it, and what can be broken in it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.accounts.sessions import hash_password
from server.app import create_app
from server.core.config import Settings
from server.core.db import db, new_id
from server.core.embedded import ensure_database, stop_database
from server.core.identity import Role
from server.places.models import Area, AreaLevel
from tests.factories import world
from tests.faults.disk import Disk
from tests.faults.proxy import Proxy, Weather

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "weather-of-november"
DISK = 3 * 1024**3


@dataclass(frozen=True, slots=True)
class Post:
    """Who walks where: a compound with its south-western corner (WGS 84)."""

    username: str
    compound: str
    west: float
    south: float


class House:
    """One deployment in a folder of its own. Start it, break it, stop it."""

    def __init__(self, store: str = "local") -> None:
        self.store = store
        self.swift: subprocess.Popen[str] | None = None
        self.door: Proxy | None = None
        self.bitten: Counter[str] = Counter()
        self.var = Path(tempfile.mkdtemp(prefix="xunjian-faults-"))
        self.var.chmod(0o755)  # the database runs as another user and must be able to walk in
        self.disk = self.var / "disk"
        self.web_root = self.var / "web"
        self.evidence: Disk | None = None
        self.port = _free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.kills = 0
        self.database_restarts = 0

    @property
    def settings(self) -> Settings:
        """How a second process of this deployment sees it."""
        given: dict[str, Any] = {"database_url": ensure_database(self.var), "var": self.var}
        return Settings(**given, **self._store())

    def _store(self) -> dict[str, Any]:
        if self.door is None:
            return {}
        return {
            "storage": "s3", "s3_endpoint": f"http://127.0.0.1:{self.door.own_port}", "s3_bucket": "xunjian",
            "s3_access_key": "test:tester", "s3_secret_key": "testing",
        }  # fmt: skip

    async def _start_swift(self) -> None:
        """A real object store, behind a door of ours that can be shut."""
        command = [sys.executable, str(ROOT / "infra" / "swift" / "serve.py"), str(self.var / "swift")]
        (self.var / "swift").mkdir()
        self.swift = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.swift.stdout is not None
        word = (await asyncio.to_thread(self.swift.stdout.readline)).split()
        if word[:1] != ["ready"]:
            raise RuntimeError("the object store did not start")
        self.door = Proxy(int(word[1].rpartition(":")[2]), random.Random(0))
        await self.door.start()

    def application(self) -> Flask:
        """The app on this deployment's database, for looking and for preparing."""
        return create_app(self.settings)

    async def start(self, phones: int) -> list[Post]:
        """Make the database with the small world and so many inspectors in it, then serve."""
        shutil.copytree(ROOT / "pwa" / "dist", self.web_root)
        self.evidence = Disk(self.disk, DISK)
        for name in ("storage", "uploads"):
            (self.disk / name).mkdir()
            (self.var / name).symlink_to(self.disk / name)
        if self.store == "s3":
            await self._start_swift()
        posts = await asyncio.to_thread(self._prepare, phones)
        environment = (
            os.environ
            | {
                "VAR": str(self.var),
                "PORT": str(self.port),
                "HOST": "127.0.0.1",
                "XUNJIAN_DEMO": "0",
                "XUNJIAN_WEB_ROOT": str(self.web_root),
            }
            | {f"XUNJIAN_{name.upper()}": value for name, value in self._store().items()}
        )
        environment.pop("DATABASE_URL", None)
        self.log = open(self.var / "server.log", "wb")  # noqa: SIM115 - closed by `stop`
        command = [sys.executable, "-m", "server.cli", "run"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=self.log, stderr=subprocess.STDOUT
        )
        await self.until_ready()
        return posts

    def _prepare(self, phones: int) -> list[Post]:
        from flask_migrate import upgrade

        app = self.application()
        with app.app_context():
            upgrade()
            built = world.build(db.session())
            posts = [_post(db.session(), built, number) for number in range(phones)]
            db.session.commit()
            db.engine.dispose()
        return posts

    async def until_ready(self, seconds: float = 120) -> None:
        """Wait until the web server answers; raises `TimeoutError`."""
        for _ in range(int(seconds / 0.2)):
            with contextlib.suppress(OSError, asyncio.TimeoutError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                answer = await asyncio.wait_for(reader.read(64), 2)
                writer.close()
                if b" 200 " in answer:
                    return
            await asyncio.sleep(0.2)
        raise TimeoutError(f"the server does not answer: see {self.var}/server.log")

    def children(self) -> list[tuple[int, str]]:
        """Pids and command lines of everything that the supervisor started, itself and the database not."""
        assert self.process is not None
        parents: dict[int, list[int]] = {}
        lines: dict[int, str] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError, IndexError, ValueError):
                    fields = (entry / "stat").read_text().rpartition(")")[2].split()
                    parents.setdefault(int(fields[1]), []).append(int(entry.name))
                    lines[int(entry.name)] = (entry / "cmdline").read_text().replace("\0", " ")
        found, todo = [], list(parents.get(self.process.pid, []))
        while todo:
            pid = todo.pop()
            found.append((pid, lines.get(pid, "")))
            todo += parents.get(pid, [])
        return [(pid, line) for pid, line in found if "postgres" not in line]

    def kill_one(self, choose: Callable[[list[tuple[int, str]]], tuple[int, str]]) -> str:
        """SIGKILL for a web process, the web master or the worker; returns its command line."""
        candidates = [(pid, line) for pid, line in self.children() if "gunicorn" in line or " worker" in line]
        if not candidates:
            return ""
        pid, line = choose(sorted(candidates))
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            self.kills += 1
        return line

    async def restart_database(self, rudely: bool) -> None:
        """Stop the database, by a crash if `rudely`; the supervisor starts it again."""
        self.database_restarts += 1
        if not rudely:
            await asyncio.to_thread(stop_database, self.var)
            return
        pid_file = next(iter((self.var / "pg").resolve().rglob("postmaster.pid")), None)
        if pid_file is not None:
            with contextlib.suppress(ProcessLookupError, OSError, ValueError):
                os.kill(int(pid_file.read_text().split()[0]), signal.SIGQUIT)

    def disk_full(self, on: bool) -> None:
        """No byte more fits on the disk of evidence."""
        if self.evidence is None:
            return
        if on:
            self.bitten["disk_full"] += self.evidence.fill(0)
        else:
            self.evidence.free()

    def storage_down(self, on: bool) -> None:
        """The store of objects does not answer, or its folder is a file for the time being."""
        if self.door is not None:
            self.door.weather = Weather(down=on)
            if on:
                self.door.break_all()
            else:
                self.bitten["store_refused"] = self.door.seen["refused"]
            return
        store, away = self.disk / "storage", self.disk / "storage.away"
        if on and not away.exists():
            store.rename(away)
            store.write_text("no store here")
        elif not on and away.exists():
            store.unlink()
            away.rename(store)

    def new_version(self, number: int) -> None:
        """A new build of the app is put on the server: its service worker differs by a line."""
        worker = self.web_root / "sw.js"
        text = worker.read_text().split("\n// version ")[0]
        worker.write_text(f"{text}\n// version {number}\n")

    async def stop(self, keep: bool) -> None:
        """End everything; `keep` leaves the folder for whoever wants to look."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                await asyncio.to_thread(self.process.wait, 30)
            except subprocess.TimeoutExpired:
                self.process.kill()
            self.log.close()
        if self.door is not None:
            await self.door.stop()
        if self.swift is not None and self.swift.stdin is not None:
            self.swift.stdin.close()
            await asyncio.to_thread(self.swift.wait, 20)
        await asyncio.to_thread(stop_database, self.var)
        if keep:
            print(f"left for a look: {self.var}", file=sys.stderr, flush=True)
            return
        if self.evidence is not None:
            self.evidence.remove()
        shutil.rmtree(self.var, ignore_errors=True)


def _post(session: Session, built: world.World, number: int) -> Post:
    """An inspector with a compound. Two share a community and see each other's findings.

    A whole street on every phone would make the bench measure the lists of a crowd.
    """
    street, name = "9999.999901.999901003", f"第{number // 2 + 1}社区"
    code = f"999901003{number // 2 + 101}"
    path = f"{street}.{code}"
    area = session.scalar(sa.select(Area).where(Area.path == path))
    if area is None:
        area = Area(
            id=new_id(), code=code, level=AreaLevel.COMMUNITY, name=name, path=path,
            parent_id=built.areas["青禾街道"], valid_from=date(2020, 1, 1),
        )  # fmt: skip
        session.add(area)
        session.flush()
    place = f"第{number + 1}小区"
    world.compound(session, place, area.id, path, built.firms["岸禾物业"], 2 * number, 40)
    user = User(
        id=new_id(), username=f"walker{number + 1}", display_name=f"巡{number + 1}",
        password_hash=_password(), role=Role.INSPECTOR, path=path,
        organisation_id=built.organisations["青禾街道办事处"], phone="199****0001",
    )  # fmt: skip
    session.add(user)
    return Post(user.username, place, world.LON + 2 * number * world.SIDE, world.LAT + 40 * world.SIDE)


@cache
def _password() -> str:
    return hash_password(PASSWORD)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
