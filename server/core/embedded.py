"""The database that comes along: a PostGIS cluster of our own below the data folder, no container.

1. ``DATABASE_URL`` wins: then nothing is started here.
2. Otherwise the cluster lives in ``VAR/pg`` and listens on a unix socket in a folder of mode 0700 only, so
   that trust authentication opens it to its owner and to root, and several clusters share one machine.
3. PostgreSQL refuses to run as root: as root, the server runs as ``postgres``. When that account cannot reach
   the data folder (a checkout below ``/root``), the cluster lies in ``/var/lib/xunjian`` and ``VAR/pg`` is a link.
4. A server killed with -9 may remain as a zombie whose number blocks the next start. Its pid file is removed
   only when no server of this cluster runs and nobody holds its shared memory: two servers on one cluster
   destroy it.
5. The application's role is not a superuser; what only a superuser may do (the extensions) is done here, in
   ``template1``, so that databases made later (tests) have it too.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from server.core import pg_binaries
from server.core.pg_binaries import Installation, SetupError
from server.core.progress import Progress

DATABASE = "xunjian"
EXTENSIONS = ("postgis", "ltree")
ELSEWHERE = Path("/var/lib/xunjian")
SOCKET_PATH_LIMIT = 103  # bytes: 107 on Linux, 103 on macOS and the BSDs
PORT = 5432  # of the socket's name only: nothing listens on TCP
START_SECONDS = 60
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


@dataclass(frozen=True)
class Cluster:
    """One cluster: ``base`` holds ``data/``, the log and, where its path is short enough, the socket."""

    base: Path
    account: pwd.struct_passwd | None  # whom the server runs as; None: ourselves

    @property
    def data(self) -> Path:
        return self.base / "data"

    @property
    def log(self) -> Path:
        return self.base / "server.log"

    @property
    def socket(self) -> Path:
        near = self.base / "run"
        if len(os.fsencode(near / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_LIMIT:
            return near
        return Path("/tmp") / f"xunjian-{_digest(self.base)}"

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://{DATABASE}@/{DATABASE}?host={quote(str(self.socket))}&port={PORT}"

    def run(self, command: Sequence[str], check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run ``command`` as the server's account, in a folder and an environment that this account may have."""
        return subprocess.run(
            command, check=check, text=True, cwd="/", stdin=subprocess.DEVNULL, capture_output=True,
            env={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"}, **_as(self.account),
        )  # fmt: skip

    def make_folder(self, path: Path) -> None:
        """A folder of mode 0700 that belongs to the server's account; one of somebody else's is refused."""
        owner = self.account.pw_uid if self.account else os.geteuid()
        try:
            path.mkdir(mode=0o700)
            if self.account:
                os.chown(path, self.account.pw_uid, self.account.pw_gid)
        except FileExistsError:
            found = path.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
                raise SetupError(f"{path} belongs to somebody else: remove it or set VAR to another folder") from None
        path.chmod(0o700)


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
        cluster = _cluster(var)
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
        cluster = _cluster(var)
        if _server_pid(cluster) is None:
            return
        pg_ctl = _installation(cluster, Progress(None)).program("pg_ctl")
        for mode in ("fast", "immediate"):
            stop = [pg_ctl, "stop", "-D", str(cluster.data), "-m", mode, "-w", "-t", str(STOP_SECONDS)]
            if cluster.run(stop, check=False).returncode == 0:
                return
        raise SetupError(f"the database did not stop: see {cluster.log}")


def database_runs(var: Path) -> bool:
    """Whether the server process of ``var`` is there (a look at one pid file, no connection)."""
    return (var / "pg").exists() and _server_pid(_cluster(var.resolve())) is not None


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


def _cluster(var: Path) -> Cluster:
    link = var / "pg"
    if link.is_symlink() and not link.exists():
        link.unlink()
    if link.exists():
        base = link.resolve()
        cluster = Cluster(base, _account_of(base))
        if not _reaches(cluster.account, base.parent):
            raise SetupError(f"the database's account cannot reach {base}: open the folders above or set VAR")
        return cluster
    account = _server_account() if os.geteuid() == 0 else None
    if _reaches(account, var):
        cluster = Cluster(link, account)
    else:
        ELSEWHERE.mkdir(mode=0o755, parents=True, exist_ok=True)
        cluster = Cluster(ELSEWHERE / f"{_digest(var)}-{secrets.token_hex(3)}", account)
        link.symlink_to(cluster.base)
    cluster.make_folder(cluster.base)
    return cluster


def _server_account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        pass
    if not pg_binaries.find_installations():
        pg_binaries.install(Progress())  # the package brings the account along
        return _server_account()
    raise SetupError("PostgreSQL does not run as root and there is no account `postgres`: start as a normal user")


def _account_of(base: Path) -> pwd.struct_passwd | None:
    owner = base.stat().st_uid
    if owner == os.geteuid() and owner != 0:
        return None
    if os.geteuid() != 0:
        raise SetupError(f"{base} belongs to another user: start as that user, as root, or with another VAR")
    return pwd.getpwuid(owner) if owner != 0 else _server_account()


def _reaches(account: pwd.struct_passwd | None, folder: Path) -> bool:
    """Whether the server's account may enter ``folder``: asked of the system, which knows every rule."""
    return subprocess.run(["test", "-x", str(folder)], cwd="/", check=False, **_as(account)).returncode == 0


def _as(account: pwd.struct_passwd | None) -> dict[str, Any]:
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _installation(cluster: Cluster, progress: Progress) -> Installation:
    version = cluster.data / "PG_VERSION"
    major = int(version.read_text()) if version.exists() else None
    if (found := pg_binaries.choose(pg_binaries.find_installations(), major)) is None:
        pg_binaries.install(progress)
        found = pg_binaries.choose(pg_binaries.find_installations(), major)
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
    options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"]
    made = cluster.run([installation.program("initdb"), "-D", str(fresh), *options], check=False)
    if made.returncode != 0:
        raise SetupError(f"initdb failed in {cluster.base}: {_last_line(made.stderr)}")
    with open(fresh / "postgresql.conf", "a") as settings:
        settings.write("include_if_exists = 'xunjian.conf'\n")
    fresh.rename(cluster.data)


def _start(cluster: Cluster, installation: Installation) -> None:
    if _server_pid(cluster) is not None and _becomes_ready(cluster, installation):
        return
    _clear_remains(cluster)
    cluster.make_folder(cluster.socket)
    (cluster.data / "xunjian.conf").write_text(SETTINGS.format(socket=cluster.socket, port=PORT))
    command = [installation.program("pg_ctl"), "start", "-D", str(cluster.data), "-l", str(cluster.log)]
    started = cluster.run([*command, "-s", "-w", "-t", str(START_SECONDS)], check=False)
    if started.returncode != 0:
        log = cluster.log.read_text(errors="replace") if cluster.log.exists() else started.stderr
        raise SetupError(f"the database did not start: {_last_line(log)} (log: {cluster.log})")


def _becomes_ready(cluster: Cluster, installation: Installation) -> bool:
    """Wait for a server that is on its way up (recovery) or down; False when it is gone."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if _accepts(cluster, installation):
            return True
        if _server_pid(cluster) is None:
            return False
        time.sleep(0.1)
    raise SetupError(f"the database runs but does not answer: see {cluster.log}")


def _accepts(cluster: Cluster, installation: Installation) -> bool:
    ask = [installation.program("pg_isready"), "-q", "-h", str(cluster.socket), "-p", str(PORT), "-t", "2"]
    return cluster.socket.exists() and cluster.run(ask, check=False).returncode == 0


def _server_pid(cluster: Cluster) -> int | None:
    """The pid of the running server of this cluster; a zombie or a stranger with the same number is none."""
    pid = _pid_file(cluster).get(1)
    return pid if pid is not None and str(cluster.data) in _arguments(pid) else None


def _pid_file(cluster: Cluster) -> dict[int, int]:
    """Of postmaster.pid: line 1 the pid, line 7 the id of the shared memory."""
    try:
        lines = (cluster.data / "postmaster.pid").read_text().splitlines()
        return {number: int(lines[number - 1].split()[-1]) for number in (1, 7) if len(lines) >= number}
    except (OSError, ValueError, IndexError):
        return {}


def _arguments(pid: int) -> list[str]:
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")
        except OSError:
            return []
    shown = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout.split()


def _clear_remains(cluster: Cluster) -> None:
    """Remove the pid and socket files of a server that is gone, once its last child let go of the memory."""
    end = time.monotonic() + STOP_SECONDS
    while (memory := _pid_file(cluster).get(7)) is not None and _attached(memory):
        if time.monotonic() > end:
            raise SetupError(f"processes of a killed server still hold {cluster.data}: end them first")
        time.sleep(0.1)
    for name in (cluster.data / "postmaster.pid", *cluster.socket.glob(".s.PGSQL.*")):
        name.unlink(missing_ok=True)


def _attached(memory: int) -> bool:
    table = Path("/proc/sysvipc/shm")
    rows = [line.split() for line in table.read_text().splitlines()[1:]] if table.exists() else []
    return any(int(row[1]) == memory and int(row[6]) > 0 for row in rows)


def _prepare(cluster: Cluster, progress: Progress) -> None:
    """The extensions, the role and the database. The database comes last: where it is, all is."""
    where = {"host": str(cluster.socket), "port": PORT, "user": "postgres", "autocommit": True}
    with psycopg.connect(**where, dbname="postgres") as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            return
    with progress.step("creating the database"):
        with psycopg.connect(**where, dbname="template1") as connection:
            for extension in EXTENSIONS:
                connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
        with psycopg.connect(**where, dbname="postgres") as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE ROLE {DATABASE} LOGIN CREATEDB CREATEROLE")
            connection.execute(f"CREATE DATABASE {DATABASE} OWNER {DATABASE}")


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    fatal = [line for line in lines if "FATAL" in line or "error" in line.lower()]
    return (fatal or lines or ["no reason given"])[-1]


def main() -> int:
    """``python -m server.core.embedded start|stop [VAR]``: for operators and for the build."""
    action, var = (sys.argv[1:] + ["", os.environ.get("VAR", "var")])[:2]
    try:
        if action == "start":
            print(ensure_database(Path(var)))
        elif action == "stop":
            stop_database(Path(var))
        else:
            raise SetupError("say `start` or `stop`, then perhaps the data folder")
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
