"""The embedded PostGIS on real clusters, each in a data folder of its own."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from server.core.embedded import database_runs, ensure_database, stop_database
from server.core.pg_binaries import SetupError
from server.core.progress import Progress

SILENT = Progress(None)
PR_SET_CHILD_SUBREAPER = 36
as_root_only = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: it changes accounts")


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every account may enter (pytest's own is closed to others); clusters in it are ended."""
    folder = Path(tempfile.mkdtemp(prefix="xj-", dir="/tmp"))
    folder.chmod(0o777)
    yield folder
    for link in folder.rglob("pg"):
        stop_database(link.parent)
        shutil.rmtree(link.resolve())
    shutil.rmtree(folder)


def start(var: Path) -> str:
    return ensure_database(var, environ={}, progress=SILENT)


def ask(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        return cursor.fetchall() if cursor.description else []


def server_pid(var: Path) -> int:
    return int((var / "pg" / "data" / "postmaster.pid").read_text().split()[0])


def test_it_starts_stops_and_keeps_what_it_has(place: Path) -> None:
    var = place / "var"
    url = start(var)
    ask(url, "CREATE TABLE kept AS SELECT ST_Point(121.4, 31.2) AS g, 'a.b'::ltree AS path")
    stop_database(var)
    assert not database_runs(var)
    stop_database(var)  # a second time says nothing

    began = time.monotonic()
    assert start(var) == url
    assert time.monotonic() - began < 3

    assert ask(url, "SELECT ST_X(g), path::text FROM kept") == [(121.4, "a.b")]
    assert ask(url, "SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user") == [
        (False, True)
    ]


def test_a_database_made_later_has_the_extensions(place: Path) -> None:
    url = start(place / "var")

    ask(url, "CREATE DATABASE another")

    names = ask(url.replace("/xunjian?", "/another?"), "SELECT extname FROM pg_extension ORDER BY 1")
    assert names == [("ltree",), ("plpgsql",), ("postgis",)]


def test_nothing_listens_on_the_network_and_strangers_are_shut_out(place: Path) -> None:
    url = start(place / "var")

    assert ask(url, "SHOW listen_addresses") == [("",)]
    assert (place / "var" / "pg" / "run").stat().st_mode & 0o777 == 0o700


def test_killed_server_comes_back_with_what_was_committed(place: Path) -> None:
    var = place / "var"
    url = start(var)
    ask(url, "CREATE TABLE kept AS SELECT 1 AS n")
    os.kill(server_pid(var), signal.SIGKILL)

    assert start(var) == url

    assert ask(url, "SELECT n FROM kept") == [(1,)]


def test_a_server_that_is_struck_again_while_it_recovers(place: Path) -> None:
    var = place / "var"
    url = start(var)
    ask(url, "CREATE TABLE kept AS SELECT 1 AS n")
    first = server_pid(var)
    os.kill(first, signal.SIGKILL)

    def strike() -> None:
        while True:
            with contextlib.suppress(OSError, IndexError, ValueError):
                if (pid := server_pid(var)) != first:
                    os.kill(pid, signal.SIGQUIT)
                    return
            time.sleep(0.001)

    striker = threading.Thread(target=strike, daemon=True)
    striker.start()
    assert start(var) == url
    striker.join(5)

    assert ask(url, "SELECT n FROM kept") == [(1,)]


def test_killed_server_that_stays_as_a_zombie(place: Path) -> None:
    """In a container whose first process reaps nobody, the pid of the killed server stays taken."""
    libc, var = ctypes.CDLL(None), place / "var"
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1)  # from here on orphans become our children, which nobody waits for
    try:
        url = start(var)
        pid = server_pid(var)
        os.kill(pid, signal.SIGKILL)
        _wait_for(lambda: Path(f"/proc/{pid}/stat").read_text().split(") ")[1].startswith("Z"))

        assert start(var) == url
        assert server_pid(var) != pid
        assert ask(url, "SELECT 1") == [(1,)]
        os.waitpid(pid, 0)
    finally:
        libc.prctl(PR_SET_CHILD_SUBREAPER, 0)


def test_pid_file_that_names_a_stranger(place: Path) -> None:
    """After a restart of the machine the old number may belong to anybody, even of the same account."""
    var = place / "var"
    url = start(var)
    pid_file = var / "pg" / "data" / "postmaster.pid"
    left_behind = pid_file.read_text().split("\n")
    stop_database(var)
    owner = (var / "pg").stat()
    account = {"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}
    stranger = subprocess.Popen(["sleep", "60"], cwd="/", **account)
    try:
        pid_file.write_text("\n".join([str(stranger.pid), *left_behind[1:]]))
        assert start(var) == url
    finally:
        stranger.kill()
        stranger.wait()


def test_two_starts_at_once_make_one_server(place: Path) -> None:
    command = [sys.executable, "-m", "server.core.embedded", "start", str(place / "var")]
    environ = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    both = [subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=60)[0] for process in both]

    assert [process.returncode for process in both] == [0, 0]
    assert said[0] == said[1] != ""
    assert ask(said[0].strip(), "SELECT 1") == [(1,)]


def test_without_a_word_the_data_folder_is_var(place: Path) -> None:
    environ = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "VAR")}
    environ["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])
    command = [sys.executable, "-m", "server.core.embedded"]

    subprocess.run([*command, "start"], cwd=place, env=environ, check=True, capture_output=True)
    assert database_runs(place / "var")
    subprocess.run([*command, "stop"], cwd=place, env=environ, check=True, capture_output=True)
    assert not database_runs(place / "var")


def test_the_server_does_not_carry_the_lock_on(place: Path) -> None:
    start(place / "var")

    with open(place / "var" / "pg.lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_start_that_was_cut_off_leaves_no_half_cluster(place: Path) -> None:
    var = place / "var"
    start(var)
    stop_database(var)
    (var / "pg" / "data").rename(var / "pg" / "data.new")
    (var / "pg" / "data.new" / "PG_VERSION").unlink()

    assert ask(start(var), "SELECT 1") == [(1,)]


def test_a_path_too_long_for_a_socket(place: Path) -> None:
    var = place / ("d" * 120) / "var"
    var.mkdir(parents=True)
    url = start(var)

    assert "host=/tmp/xunjian-" in url
    assert ask(url, "SELECT 1") == [(1,)]
    stop_database(var)
    shutil.rmtree(url.partition("host=")[2].partition("&")[0])


@as_root_only
def test_a_folder_closed_to_the_account_gets_a_link(place: Path) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    url = start(closed / "var")

    assert (closed / "var" / "pg").is_symlink()
    assert ask(url, "SELECT 1") == [(1,)]
    stop_database(closed / "var")
    assert start(closed / "var") == url


@as_root_only
def test_a_normal_user_needs_no_root(place: Path) -> None:
    def as_nobody() -> None:
        url = start(place / "var")
        assert ask(url, "SELECT 1") == [(1,)]
        os.kill(server_pid(place / "var"), signal.SIGKILL)
        assert start(place / "var") == url
        stop_database(place / "var")
        assert not database_runs(place / "var")

    assert _in_fork_as("nobody", as_nobody) == 0
    assert (place / "var" / "pg").stat().st_uid == pwd.getpwnam("nobody").pw_uid
    # Root may use it afterwards: the server still runs as the one whose files they are.
    assert ask(start(place / "var"), "SELECT 1") == [(1,)]
    assert Path(f"/proc/{server_pid(place / 'var')}").stat().st_uid == pwd.getpwnam("nobody").pw_uid


@as_root_only
def test_a_normal_user_is_told_whose_cluster_it_is(place: Path) -> None:
    start(place / "var")
    (place / "var").chmod(0o777)
    (place / "var" / "pg.lock").chmod(0o666)

    def as_nobody() -> None:
        with pytest.raises(SetupError, match="belongs to another user"):
            start(place / "var")

    assert _in_fork_as("nobody", as_nobody) == 0


def test_data_of_a_version_that_is_not_here_say_so(place: Path) -> None:
    data = place / "var" / "pg" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("9\n")
    try:
        with pytest.raises(SetupError, match="PostgreSQL 9"):
            start(place / "var")
    finally:
        shutil.rmtree(place / "var")


def _in_fork_as(name: str, act: Callable[[], None]) -> int:
    account = pwd.getpwnam(name)
    if (pid := os.fork()) == 0:
        code = 1
        try:
            os.setgroups([])
            os.setgid(account.pw_gid)
            os.setuid(account.pw_uid)
            act()
            code = 0
        finally:  # never back into pytest: there is one already
            if code:
                traceback.print_exc()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _wait_for(condition: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not come to pass in time"
        time.sleep(0.02)
