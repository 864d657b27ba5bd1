"""The database that comes along: a PostGIS cluster of our own below the data folder, no container.

1. ``DATABASE_URL`` wins: then nothing is started here.
2. Otherwise the cluster lives in ``VAR/pg`` and listens on a unix socket in a folder of mode 0700 only, so
   that trust authentication opens it to its owner and to root, and several clusters share one machine.
3. A server killed with -9 may remain as a zombie whose number blocks the next start. Its pid file is removed
   only when no server of this cluster runs and nobody holds its shared memory: two servers on one cluster
   destroy it.
4. The application's role is not a superuser; what only a superuser may do (the extensions) is done here, in
   ``template1``, so that databases made later (tests) have it too.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from server.core import pg_binaries
from server.core.pg_binaries import Installation, SetupError
from server.core.pg_cluster import DATABASE, PORT, Cluster, clear_remains, locate, server_pid
from server.core.progress import Progress

EXTENSIONS = ("postgis", "ltree")
START_SECONDS = 600
"""After a crash the write-ahead log is replayed first; a start that gives up in the middle helps nobody."""
STARTS = 3
"""It may be struck a second time while it recovers from the first: that is no reason to give the house up."""
STOP_SECONDS = 10

SETTINGS = """\
# Written at every start. Sized for a machine of 2 to 4 GB; durability is PostgreSQL's own default (fsync on).
listen_addresses = ''
port = {port}
unix_socket_directories = '"{socket}"'
unix_socket_permissions = 0700
max_connections = 200
shared_buffers = 256MB
effective_cache_size = 1GB
work_mem = 8MB
maintenance_work_mem = 128MB
max_wal_size = 2GB
checkpoint_timeout = 15min
random_page_cost = 1.1
jit = off
log_checkpoints = off
timezone = 'UTC'
log_timezone = 'UTC'
"""


def ensure_database(
    var: Path, *, environ: Mapping[str, str] = os.environ, progress: Progress | None = None
) -> str:
    """The SQLAlchemy URL of a running database ``xunjian`` with PostGIS; creates and starts what is missing.

    ``var`` is the data folder. Safe to call at once from several processes, and cheap (0.1 s) when the server
    runs. Raises SetupError (one line, says what to do) when there is no PostGIS to be had.
    """
    progress = progress or Progress()
    if given := environ.get("DATABASE_URL"):
        return with_driver(given)
    var = var.resolve()
    var.mkdir(parents=True, exist_ok=True)
    with _locked(var, progress):
        cluster = locate(var)
        installation = _installation(cluster, progress)
        if not (cluster.data / "PG_VERSION").exists():
            with progress.step("creating the database cluster"):
                _create(cluster, installation)
        if not _accepts(cluster, installation):
            with progress.step("starting the database"):
                _start(cluster, installation)
        _prepare(cluster, progress)
        return cluster.url


def stop_database(var: Path) -> None:
    """Stop the cluster of ``var`` if it runs: open transactions roll back, nothing committed is lost."""
    var = var.resolve()
    if not (var / "pg").exists():
        return
    with _locked(var, Progress(None)):
        cluster = locate(var)
        if server_pid(cluster) is None:
            return
        pg_ctl = _installation(cluster, Progress(None)).program("pg_ctl")
        for mode in ("fast", "immediate"):
            stop = [pg_ctl, "stop", "-D", str(cluster.data), "-m", mode, "-w", "-t", str(STOP_SECONDS)]
            if cluster.run(stop, check=False).returncode == 0:
                return
        raise SetupError(f"the database did not stop: see {cluster.log}")


# Asked every second while the product runs; finding the place tries it with a process, so it is kept.
_located = cache(locate)


def database_runs(var: Path) -> bool:
    """Whether the server process of ``var`` is there (a look at one pid file, no connection)."""
    return (var / "pg").exists() and server_pid(_located(var.resolve())) is not None


def with_driver(url: str) -> str:
    """``postgres://…`` and ``postgresql://…`` as operators write them, with the driver that we use."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if separator and scheme in ("postgres", "postgresql") else url


@contextmanager
def _locked(var: Path, progress: Progress) -> Iterator[None]:
    # Python opens without inheritance, so the server does not carry the lock on after we are gone.
    with open(var / "pg.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress.line("another start is preparing the database: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _installation(cluster: Cluster, progress: Progress) -> Installation:
    version = cluster.data / "PG_VERSION"
    major = int(version.read_text()) if version.exists() else None
    if not (installed := pg_binaries.find_installations()):
        pg_binaries.install(progress)
        installed = pg_binaries.find_installations()
    found = pg_binaries.choose(installed, major)
    if found is None:
        raise SetupError(
            f"the data in {cluster.data} were made by PostgreSQL {major}, which is not here with PostGIS: "
            f"install it, or set VAR to another folder"
        )
    return found


def _create(cluster: Cluster, installation: Installation) -> None:
    """initdb beside the final place, then a rename: a start that was cut off leaves no half cluster."""
    fresh = cluster.base / "data.new"
    shutil.rmtree(fresh, ignore_errors=True)
    options = [
        "--username=postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--data-checksums",
    ]
    made = cluster.run([installation.program("initdb"), "-D", str(fresh), *options], check=False)
    if made.returncode != 0:
        raise SetupError(f"initdb failed in {cluster.base}: {_last_line(made.stderr)}")
    with open(fresh / "postgresql.conf", "a") as settings:
        settings.write("include_if_exists = 'xunjian.conf'\n")
    fresh.rename(cluster.data)


def _start(cluster: Cluster, installation: Installation) -> None:
    if server_pid(cluster) is not None and _becomes_ready(cluster, installation):
        return
    clear_remains(cluster)
    cluster.make_folder(cluster.socket)
    (cluster.data / "xunjian.conf").write_text(SETTINGS.format(socket=cluster.socket, port=PORT))
    command = [installation.program("pg_ctl"), "start", "-D", str(cluster.data), "-l", str(cluster.log)]
    for _ in range(STARTS):
        started = cluster.run([*command, "-s", "-w", "-t", str(START_SECONDS)], check=False)
        if started.returncode == 0:
            return
        clear_remains(cluster)
    log = cluster.log.read_text(errors="replace") if cluster.log.exists() else started.stderr
    raise SetupError(f"the database did not start: {_last_line(log)} (log: {cluster.log})")


def _becomes_ready(cluster: Cluster, installation: Installation) -> bool:
    """Wait for a server that is on its way up (recovery) or down; False when it is gone."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if _accepts(cluster, installation):
            return True
        if server_pid(cluster) is None:
            return False
        time.sleep(0.1)
    raise SetupError(f"the database runs but does not answer: see {cluster.log}")


def _accepts(cluster: Cluster, installation: Installation) -> bool:
    ask = [installation.program("pg_isready"), "-q", "-h", str(cluster.socket), "-p", str(PORT), "-t", "2"]
    return cluster.socket.exists() and cluster.run(ask, check=False).returncode == 0


def _prepare(cluster: Cluster, progress: Progress) -> None:
    """The extensions, the role and the database. The database comes last: where it is, all is."""
    with _superuser(cluster, "postgres") as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            return
    with progress.step("creating the database"):
        with _superuser(cluster, "template1") as connection:
            for extension in EXTENSIONS:
                connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
        with _superuser(cluster, "postgres") as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE ROLE {DATABASE} LOGIN CREATEDB CREATEROLE")
            connection.execute(f"CREATE DATABASE {DATABASE} OWNER {DATABASE}")


def _superuser(cluster: Cluster, database: str) -> psycopg.Connection[tuple[object, ...]]:
    where = make_conninfo(host=str(cluster.socket), port=PORT, user="postgres", dbname=database)
    return psycopg.connect(where, autocommit=True)


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    fatal = [line for line in lines if "FATAL" in line or "error" in line.lower()]
    return (fatal or lines or ["no reason given"])[-1]


def main() -> int:
    """``python -m server.core.embedded start|stop [VAR]``: for operators and for the build."""
    action, *folder = sys.argv[1:] or [""]
    var = Path(folder[0] if folder else os.environ.get("VAR") or "var")
    try:
        if action == "start":
            Progress(sys.stdout).line(ensure_database(var))
        elif action == "stop":
            stop_database(var)
        else:
            raise SetupError("say `start` or `stop`, then perhaps the data folder")
    except SetupError as error:
        Progress(sys.stderr).line(f"xunjian: {error}")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
