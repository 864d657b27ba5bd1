"""Starting what is measured, and reading what it cost.

CPU is read from `/proc`, in ticks of 10 ms, so only sums over hundreds of acts say anything. PostgreSQL's
share is that of the backends of one database, which its connection pools keep open meanwhile.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from server.core.supervisor import WEB_PROCESSES, WEB_THREADS

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A running program: where it listens, and the process at the head of its family."""

    port: int
    process: subprocess.Popen[str]

    def cpu(self) -> dict[str, float]:
        """CPU seconds so far: `web` (and whoever watches over it) and `worker`."""
        spent = {"web": 0.0, "worker": 0.0}
        for pid in family(self.process.pid):
            spent["worker" if _command_line(pid).endswith("\0worker\0") else "web"] += cpu_seconds([pid])
        return spent

    @contextmanager
    def without_worker(self) -> Iterator[None]:
        """The worker stands still meanwhile and makes up for it afterwards."""
        workers = [pid for pid in family(self.process.pid) if _command_line(pid).endswith("\0worker\0")]
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in workers:
                os.kill(pid, signal.SIGCONT)


def drain(url: str) -> None:
    """Wait until the worker has nothing left to do."""
    with psycopg.connect(dsn(url), autocommit=True) as connection:
        query = "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"
        while connection.execute(query).fetchone() != (0,):
            time.sleep(0.2)


@contextmanager
def product(url: str, var: str) -> Iterator[Server]:
    """`xunjian run` as `make run` starts it, on the database at `url`, without the demo."""
    environ = {"DATABASE_URL": url, "VAR": var, "XUNJIAN_DEMO": "0"}
    with _running([sys.executable, "-m", "server.cli", "run"], environ, "/readyz") as server:
        yield server


@contextmanager
def bare(app: str, environ: Mapping[str, str]) -> Iterator[Server]:
    """A WSGI callable, `module:name`, under gunicorn with the product's own numbers."""
    command = [
        sys.executable, "-m", "gunicorn", app, "--worker-class", "gthread", "--workers", str(WEB_PROCESSES),
        "--threads", str(WEB_THREADS), "--no-control-socket", "--keep-alive", "30", "--log-level", "warning",
    ]  # fmt: skip
    with _running(command, environ, "/healthz", bind=True) as server:
        yield server


@contextmanager
def _running(
    command: Sequence[str], environ: Mapping[str, str], ready: str, bind: bool = False
) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    given = dict(os.environ) | dict(environ) | {"PORT": str(port)}
    listening = ["--bind", f"127.0.0.1:{port}"] if bind else []
    process = subprocess.Popen([*command, *listening], env=given, stdout=subprocess.DEVNULL, text=True)
    try:
        _await(port, ready)
        yield Server(port, process)
    finally:
        process.terminate()
        process.wait(30)


def _await(port: int, path: str) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise RuntimeError("the server did not come up")


def dsn(url: str) -> str:
    """The URL as psycopg and libpq's tools take it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def backends(url: str) -> float:
    """CPU seconds of the PostgreSQL processes that serve this database."""
    with psycopg.connect(dsn(url)) as connection:
        found = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return cpu_seconds([row[0] for row in found])


def cpu_seconds(pids: Sequence[int]) -> float:
    """CPU seconds that these processes and their finished children have used (Linux)."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
                fields = stat.read().rpartition(")")[2].split()
        except FileNotFoundError:
            continue
        total += sum(int(field) for field in fields[11:15])
    return total / _TICKS


def family(pid: int) -> list[int]:
    """A process and everything below it."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, frontier = [], [pid]
    while frontier:
        head = frontier.pop()
        found.append(head)
        frontier += children.get(head, [])
    return found


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except FileNotFoundError:
        return ""
