"""Child processes that live and die with the supervisor.

A child gets a session of its own, so that Ctrl-C in the terminal reaches the supervisor alone and the end is
orderly; and the kernel's promise of a SIGTERM when the supervisor dies (kill -9 included), so that no child
goes on without it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Self

PR_SET_PDEATHSIG = 1
FIRST_DELAY, LONGEST_DELAY = 0.5, 30.0  # seconds between a death and the next start
HEALTHY_AFTER = 60.0  # seconds of life after which the delay starts afresh
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def spawn(
    command: Sequence[str],
    environ: Mapping[str, str],
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[str]:
    """Start ``command`` bound to this process, with our output."""
    return subprocess.Popen(
        command, env=dict(environ), stdin=subprocess.DEVNULL, text=True,
        pass_fds=pass_fds, start_new_session=True, preexec_fn=_die_with_parent(),
    )  # fmt: skip


def kill_group(process: subprocess.Popen[str], number: int) -> None:
    """Signal ``number`` to the child and all it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


@dataclass
class Child:
    """A process that ought to run always: started again after its death, ever later while it keeps dying."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    pass_fds: Sequence[int] = ()
    process: subprocess.Popen[str] | None = None
    deaths: int = 0
    delay: float = FIRST_DELAY
    _began: float = 0.0
    _due: float = field(default=0.0)

    def tend(self, say: Callable[[str], None]) -> None:
        """Notice a death, and start when it is time."""
        now = time.monotonic()
        if self.process is not None and (code := self.process.poll()) is not None:
            kill_group(self.process, signal.SIGKILL)
            self.process = None
            self.deaths += 1
            self.delay = FIRST_DELAY if now - self._began > HEALTHY_AFTER else self.delay
            self._due = now + self.delay
            say(f"{self.name} ended ({_cause(code)}): starting it again in {self.delay:g} s")
            self.delay = min(self.delay * 2, LONGEST_DELAY)
        if self.process is None and now >= self._due:
            self._began = now
            self.process = spawn(self.command, self.environ, pass_fds=self.pass_fds)


def stop_all(children: Sequence[Child], patience: float, hurry: Callable[[], bool]) -> None:
    """SIGTERM to all, SIGKILL after ``patience`` seconds or as soon as ``hurry()`` says so."""
    processes = [child.process for child in children if child.process is not None]
    for process in processes:
        kill_group(process, signal.SIGTERM)
    end = time.monotonic() + patience
    while time.monotonic() < end and not hurry() and any(process.poll() is None for process in processes):
        time.sleep(0.02)
    for process in processes:
        kill_group(process, signal.SIGKILL)
        process.wait()


class Signals:
    """Counts the requests to stop; ``wait`` returns early when one arrives or a child dies."""

    def __init__(self) -> None:
        self.stops = 0

    def __enter__(self) -> Self:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        self._wakeup = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        self._former = {number: signal.signal(number, self._stop) for number in STOP_SIGNALS}
        self._former[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda number, frame: None)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup)
        os.close(self._reader)
        os.close(self._writer)

    def wait(self, seconds: float) -> None:
        if select.select([self._reader], [], [], seconds)[0]:
            os.read(self._reader, 4096)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stops += 1


def _die_with_parent() -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    libc, parent = ctypes.CDLL(None), os.getpid()

    def prepare() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the kernel knew of our wish
            os._exit(1)

    return prepare


def _cause(code: int) -> str:
    return f"exit {code}" if code >= 0 else signal.Signals(-code).name
