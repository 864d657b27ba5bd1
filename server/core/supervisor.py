"""One process that runs it all: database, set-up steps, web server, worker.

The supervisor itself opens the port and hands the socket to gunicorn: a port in use is known before any work
is done, and while the web server restarts, visitors wait in the queue instead of being refused.
It owns its data folder (``VAR/run.lock``), hence also the database there: whatever started that, it is
stopped at the end. Everything is gone about five seconds after Ctrl-C or SIGTERM; a second one forces.
"""

from __future__ import annotations

import errno
import fcntl
import http.client
import os
import signal
import socket
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from server.core.children import Child, Signals, kill_group, spawn, stop_all
from server.core.embedded import database_runs, ensure_database, stop_database
from server.core.pg_binaries import SetupError
from server.core.progress import Progress

APP = "server.app:create_app()"
WEB_PROCESSES, WEB_THREADS = 2, 128
PATIENCE = 4.0  # seconds that children have to end
TENDING = 1.0  # seconds between two looks at everything
STEPPING = 0.05  # the same while a step of set-up runs
HEAD_START = 15.0  # seconds at most that the web server has the processors to itself
HOPELESS = 3  # deaths of the web server before its first answer


class PortError(SetupError):
    """The address cannot be listened on."""


@dataclass(frozen=True)
class Step:
    """A command that must succeed before the servers start; it tells its own progress."""

    label: str
    command: Sequence[str]


def default_steps(environ: Mapping[str, str]) -> list[Step]:
    """Migrations, then the demonstration district, except in production or with ``XUNJIAN_DEMO=0``."""
    demo = ["--demo"] if wants_demo(environ) else []
    return [Step("preparing the database", [sys.executable, "-m", "server.cli", "prepare", *demo])]


def wants_demo(environ: Mapping[str, str]) -> bool:
    """Whether this start carries the demonstration district."""
    if environ.get("XUNJIAN_ENVIRONMENT") == "production":
        return environ.get("XUNJIAN_DEMO", "0").lower() in ("1", "true", "yes", "on")
    return environ.get("XUNJIAN_DEMO", "1").lower() not in ("0", "false", "no", "off", "")


def run(
    environ: Mapping[str, str] = os.environ,
    *,
    app: str = APP,
    steps: Sequence[Step] | None = None,
    worker: Sequence[str] | None = (sys.executable, "-m", "server.cli", "worker"),
) -> int:
    """Serve until told to stop. The exit code: 0 told to stop, 1 set-up failed, 2 address or folder taken.

    Reads ``HOST`` (127.0.0.1), ``PORT`` (8000; 0 takes a free one), ``VAR`` (``var``), ``DATABASE_URL``.
    The children get the same variables, filled in.
    """
    progress = Progress(sys.stdout)
    try:
        with Signals() as signals, _listener(environ) as listener, _owned(_var(environ)) as var:
            house = _House(environ, listener, var, signals, progress)
            return house.serve(app, default_steps(environ) if steps is None else steps, worker)
    except SetupError as error:
        Progress(sys.stderr).line(f"xunjian: {error}")
        return 2 if isinstance(error, PortError) else 1


class _House:
    """The parts of one run. Everything that was started is ended by ``serve``, however it leaves."""

    def __init__(
        self,
        environ: Mapping[str, str],
        listener: socket.socket,
        var: Path,
        signals: Signals,
        progress: Progress,
    ) -> None:
        self.listener, self.var, self.signals, self.progress = (listener, var, signals, progress)
        self.own_database = not environ.get("DATABASE_URL")
        self.given = environ
        self.url = _address(listener)
        host, port = listener.getsockname()[:2]
        self.environ = {**environ, "VAR": str(var), "HOST": host, "PORT": str(port), "PYTHONUNBUFFERED": "1"}
        self.environ["XUNJIAN_DEMO"] = "1" if wants_demo(environ) else "0"

    def serve(self, app: str, steps: Sequence[Step], worker: Sequence[str] | None) -> int:
        children: list[Child] = []
        try:
            self.environ["DATABASE_URL"] = ensure_database(
                self.var, environ=self.given, progress=self.progress
            )
            for step in steps:
                self._do(step)
            children = self._children(app, worker)
            if not self.signals.stops:
                self._tend(children)
            return 0
        finally:
            self._stop(children)

    def _stop(self, children: list[Child]) -> None:
        if not children and not (self.own_database and database_runs(self.var)):
            return
        self.progress.line("stopping …")
        stop_all(children, PATIENCE, hurry=lambda: self.signals.stops > 1)
        if self.own_database:
            stop_database(self.var)
        self.progress.line("stopped")

    def _do(self, step: Step) -> None:
        if self.signals.stops:
            return
        process = spawn(step.command, self.environ)
        while process.poll() is None and not self.signals.stops:
            self.signals.wait(STEPPING)
        kill_group(process, signal.SIGTERM)
        if process.wait() != 0 and not self.signals.stops:
            raise SetupError(f"{step.label} failed (exit {process.returncode}): the reason stands above")

    def _children(self, app: str, worker: Sequence[str] | None) -> list[Child]:
        handle = self.listener.fileno()
        web = [
            sys.executable, "-m", "gunicorn", app, "--bind", f"fd://{handle}",
            "--worker-class", "gthread", "--workers", str(WEB_PROCESSES), "--threads", str(WEB_THREADS),
            "--preload", "--no-control-socket", "--timeout", "60", "--graceful-timeout", "3",
            "--keep-alive", "30", "--log-level", "warning", "--config", "python:server.core.gunicorn",
        ]  # fmt: skip
        children = [Child("the web server", web, self.environ, pass_fds=[handle])]
        if worker is not None:
            children.append(Child("the worker", worker, self.environ))
        return children

    def _tend(self, children: list[Child]) -> None:
        answered = False
        web_only_until = time.monotonic() + HEAD_START
        while not self.signals.stops:
            for child in children if answered or time.monotonic() > web_only_until else children[:1]:
                child.tend(self.progress.line)
            if not answered and _answers(self.url):
                answered = True
                self.progress.line(f"ready {self.url}")
            if not answered and children[0].deaths >= HOPELESS:
                raise SetupError("the web server does not start: the reason stands above")
            if self.own_database and not database_runs(self.var):
                self.progress.line("the database is gone")
                ensure_database(self.var, environ=self.given, progress=self.progress)
            settled = answered and all(child.process for child in children)
            self.signals.wait(TENDING if settled else 0.1)


def _var(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("VAR") or "var").resolve()


@contextmanager
def _listener(environ: Mapping[str, str]) -> Iterator[socket.socket]:
    host, port = environ.get("HOST") or "127.0.0.1", environ.get("PORT") or "8000"
    if not port.isdecimal() or int(port) > 65535:
        raise PortError(f"PORT is a number from 0 to 65535, not {port!r}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, int(port)), family=family, backlog=2048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            other = f"PORT={int(port) + 1} make run"
            text = f"port {port} is in use: stop what listens there, or take another one: {other}"
        else:
            text = f"cannot listen on {host} port {port} ({error.strerror or error}): set HOST and PORT"
        raise PortError(text) from None
    with listener:
        yield listener


@contextmanager
def _owned(var: Path) -> Iterator[Path]:
    try:
        var.mkdir(parents=True, exist_ok=True)
        lock = open(var / "run.lock", "a+")  # noqa: SIM115 - closed by the `with` below
    except OSError as error:
        raise SetupError(
            f"cannot write to the data folder {var} ({error.strerror}): set VAR to another one"
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise PortError(
                f"{var} is in use by process {holder}: stop it, or set VAR to another folder"
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield var


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/healthz", timeout=1):
            return True
    except (OSError, http.client.HTTPException):
        return False
