"""`xunjian run` as a process of its own: what it starts, survives, says, and leaves behind (nothing).

A small WSGI program stands where the application will stand, since this is about processes. Where the
database is not the point, ``DATABASE_URL`` names one that nobody calls.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server.core.embedded import stop_database

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import os, signal, sys, time

def app(environ, start):
    start("200 OK", [("Content-Type", "text/plain")])
    return [os.environ["DATABASE_URL"].encode()]

def work():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    while True:
        time.sleep(1)

def stubborn():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(1)

if __name__ == "__main__":
    from server.core.supervisor import Step, run
    options = __import__("json").loads(sys.argv[1])
    steps = [Step("trying a step", [sys.executable, "-c", code]) for code in options["steps"]]
    worker = [sys.executable, "-c", "import toy; toy." + options["worker"] + "()"]
    sys.exit(run(app="toy:" + options["app"], steps=steps, worker=worker))
"""


class Running:
    """A started supervisor; ``output`` collects its lines."""

    def __init__(
        self, folder: Path, *, database: bool = False, port: int = 0, var: str = "var", **options: object
    ):
        (folder / "toy.py").write_text(PROGRAM)
        asked = {"app": "app", "worker": "work", "steps": [], **options}
        environ = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "HOST")}
        environ |= {"VAR": str(folder / var), "PORT": str(port), "PYTHONPATH": f"{folder}:{ROOT}"}
        if not database:
            environ["DATABASE_URL"] = "postgresql://nobody@localhost:1/none"
        self.process = subprocess.Popen(
            [sys.executable, str(folder / "toy.py"), json.dumps(asked)],
            env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        self.output: list[str] = []

    def ready(self) -> str:
        """Wait for the line ``ready http://…`` and return the address."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output.append(line)
            if line.startswith("ready "):
                return line.split()[1]
        raise AssertionError("ended before it was ready:\n" + "".join(self.output))

    def end(self, number: int = signal.SIGINT, within: float = 6) -> int:
        """Signal, wait, and return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=within)
        self.output.append(rest)
        return self.process.returncode

    def wait(self) -> str:
        """Let it end by itself; returns all it said."""
        return self.process.communicate(timeout=30)[0]

    def descendants(self) -> dict[int, str]:
        """pid → command line of everything below the supervisor."""
        return {pid: command_line(pid) for pid in below(self.process.pid)}

    def child(self, word: str) -> int:
        """The pid of the one direct child whose command line has ``word``."""
        wait_for(lambda: any(word in command_line(pid) for pid in children_of(self.process.pid)))
        [pid] = [pid for pid in children_of(self.process.pid) if word in command_line(pid)]
        return pid


Starter = Callable[..., Running]


@pytest.fixture
def start() -> Iterator[Starter]:
    folder = Path(tempfile.mkdtemp(prefix="xj-", dir="/tmp"))
    folder.chmod(0o755)
    started: list[Running] = []

    def begin(**options: object) -> Running:
        started.append(Running(folder, **options))  # type: ignore[arg-type]
        return started[-1]

    yield begin
    for one in started:
        one.process.kill()
        one.process.wait()
        if one.process.stdout is not None:
            one.process.stdout.close()
    for var in folder.glob("var*"):
        stop_database(var)
        shutil.rmtree((var / "pg").resolve(), ignore_errors=True)
    shutil.rmtree(folder)


def test_from_nothing_to_ready_and_back_to_nothing(start: Starter) -> None:
    run = start(database=True)
    address = run.ready()
    assert "host=" in get(address)
    assert any("creating the database cluster" in line for line in run.output)
    wait_for(lambda: len(run.descendants()) == 4)  # gunicorn and its two processes, the worker
    [server] = run_pids(run, "postgres")
    everything = {*run.descendants(), server}

    began = time.monotonic()
    assert run.end(signal.SIGINT) == 0
    assert time.monotonic() - began < 5
    assert [pid for pid in everything if alive(pid)] == []

    began = time.monotonic()
    again = start(database=True)
    again.ready()
    assert time.monotonic() - began < 10
    assert not any("creating" in line for line in again.output)
    assert again.end(signal.SIGTERM) == 0


def test_a_database_killed_while_serving_comes_back(start: Starter) -> None:
    run = start(database=True)
    run.ready()
    [server] = run_pids(run, "postgres")

    os.kill(server, signal.SIGKILL)

    wait_for(lambda: run_pids(run, "postgres") not in ([], [server]))
    assert run.end() == 0


def test_a_killed_worker_comes_back(start: Starter) -> None:
    run = start()
    run.ready()
    first = run.child("toy.work")

    os.kill(first, signal.SIGKILL)

    wait_for(lambda: any("toy.work" in line and pid != first for pid, line in run.descendants().items()))
    assert run.end() == 0
    assert "the worker ended (SIGKILL): starting it again in 0.5 s" in "".join(run.output)


def test_visitors_wait_while_a_killed_web_server_comes_back(start: Starter) -> None:
    run = start()
    address = run.ready()

    os.kill(run.child("gunicorn"), signal.SIGKILL)
    wait_for(lambda: not any("gunicorn" in line for line in run.descendants().values()))

    assert "none" in get(address)  # the socket is the supervisor's: nobody is refused
    assert run.end() == 0


def test_children_end_with_a_killed_supervisor(start: Starter) -> None:
    run = start()
    run.ready()
    everything = run.descendants()

    run.process.kill()

    wait_for(lambda: not any(alive(pid) for pid in everything))


def test_a_stubborn_child_is_ended_all_the_same(start: Starter) -> None:
    run = start(worker="stubborn")
    run.ready()
    run.child("toy.stubborn")
    everything = run.descendants()

    assert run.end(within=8) == 0
    assert [pid for pid in everything if alive(pid)] == []


def test_a_second_interrupt_forces(start: Starter) -> None:
    run = start(worker="stubborn")
    run.ready()
    run.child("toy.stubborn")
    began = time.monotonic()
    run.process.send_signal(signal.SIGINT)
    time.sleep(0.3)

    assert run.end(signal.SIGINT) == 0
    assert time.monotonic() - began < 2.5


def test_an_interrupt_during_set_up_ends_it(start: Starter) -> None:
    run = start(steps=["import time; time.sleep(60)"])
    wait_for(lambda: bool(run.descendants()))

    assert run.end(within=5) == 0


def test_a_port_in_use_is_one_line(start: Starter) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        run = start(port=port)
        said = run.wait()

    assert run.process.returncode == 2
    assert said.count("\n") == 1
    assert f"port {port} is in use" in said
    assert f"PORT={port + 1}" in said


def test_a_data_folder_in_use_is_one_line(start: Starter) -> None:
    first = start()
    first.ready()
    second = start()
    said = second.wait()

    assert second.process.returncode == 2
    assert said.count("\n") == 1
    assert f"in use by process {first.process.pid}" in said
    assert first.end() == 0


def test_a_failing_step_shows_its_reason_and_starts_nothing(start: Starter) -> None:
    run = start(steps=["print('the reason'); raise SystemExit(3)"])
    said = run.wait()

    assert run.process.returncode == 1
    assert "the reason" in said
    assert "trying a step failed (exit 3)" in said
    assert "Traceback" not in said


def test_a_web_server_that_never_answers_ends_it(start: Starter) -> None:
    run = start(app="missing")
    said = run.wait()

    assert run.process.returncode == 1
    assert "the web server does not start" in said


def test_the_steps_know_the_filled_in_settings(start: Starter) -> None:
    check = (
        "import os; from pathlib import Path; assert int(os.environ['PORT']) > 0; "
        "assert Path(os.environ['VAR']).is_absolute(); "
        "assert os.environ['DATABASE_URL'].startswith('postgresql+psycopg:')"
    )
    run = start(steps=[check])
    run.ready()

    assert run.end() == 0


def test_the_application_may_be_forked() -> None:
    """gunicorn loads it once and forks: a connection or a thread made before would be shared or lost."""
    look = (
        "import os, threading\n"
        "from server.app import create_app\n"
        "app = create_app()\n"
        "links = [os.readlink(f'/proc/self/fd/{fd}') for fd in (0, 1, 2, *range(3, 64)) if "
        "os.path.exists(f'/proc/self/fd/{fd}')]\n"
        "print(threading.active_count(), [link for link in links if link.startswith('socket')])"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, cwd=ROOT)

    assert done.stdout.strip() == "1 []"


def get(address: str) -> str:
    with urllib.request.urlopen(f"{address}/anything", timeout=10) as answer:
        return str(answer.read().decode())


def run_pids(run: Running, word: str) -> list[int]:
    """The server of the embedded cluster is no descendant: its pid stands in the pid file."""
    var = next(Path(line.split("=", 1)[1]) for line in environ_of(run.process.pid) if line.startswith("VAR="))
    try:
        pid = int((var / "pg" / "data" / "postmaster.pid").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return []
    return [pid] if word in command_line(pid) else []


def environ_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/environ").read_text().split("\0")


def children_of(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def below(pid: int) -> list[int]:
    return [one for child in children_of(pid) for one in (child, *below(child))]


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def alive(pid: int) -> bool:
    """A zombie has no command line any more."""
    return command_line(pid) != ""


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not come to pass in time"
        time.sleep(0.05)
