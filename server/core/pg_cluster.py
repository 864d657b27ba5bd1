"""One PostgreSQL cluster as it lies on the disk and in the process table: where, whose, alive or not.

As root, the server runs as ``postgres``. When that account cannot reach the data folder (a checkout below
``/root``), the cluster lies in ``/var/lib/xunjian`` and ``VAR/pg`` is a link to it.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import secrets
import stat
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from server.core import pg_binaries
from server.core.pg_binaries import SetupError
from server.core.progress import Progress

DATABASE = "xunjian"
ELSEWHERE = Path("/var/lib/xunjian")
SOCKET_PATH_LIMIT = 103  # bytes: 107 on Linux, 103 on macOS and the BSDs
PORT = 5432  # of the socket's name only: nothing listens on TCP
RELEASE_SECONDS = 10


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
        """Run ``command`` as the server's account, in a folder and an environment that it may have."""
        return subprocess.run(
            command, check=check, text=True, cwd="/", stdin=subprocess.DEVNULL, capture_output=True,
            start_new_session=True,  # Ctrl-C in the terminal is not for the database
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
                raise SetupError(
                    f"{path} belongs to somebody else: remove it or set VAR to another folder"
                ) from None
        path.chmod(0o700)


def locate(var: Path) -> Cluster:
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
    raise SetupError(
        "PostgreSQL does not run as root and there is no account `postgres`: start as a normal user"
    )


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


def server_pid(cluster: Cluster) -> int | None:
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
    shown = subprocess.run(
        ["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return shown.stdout.split()


def clear_remains(cluster: Cluster) -> None:
    """Remove the pid and socket files of a server that is gone, once its last child let go of the memory."""
    end = time.monotonic() + RELEASE_SECONDS
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
