"""Where PostgreSQL with PostGIS is on this machine, and how to get it when it is not.

No package of PyPI or npm ships a PostGIS that can be used, so the choice is: what the machine has,
else the distribution's package (27 s on Debian 12), else one sentence that says what to type.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from server.core.progress import Progress

PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
)
POSTGIS_PACKAGE = re.compile(r"postgresql-(\d+)-postgis-\d+")
NO_AUTOMATIC_CLUSTER = Path("/etc/postgresql-common/createcluster.d/xunjian.conf")


class SetupError(Exception):
    """Something outside the program is missing; the text is one line that says what to do."""


@dataclass(frozen=True, order=True)
class Installation:
    """A PostgreSQL of major version ``major`` with its programs in ``bindir``."""

    major: int
    bindir: Path

    def program(self, name: str) -> str:
        return str(self.bindir / name)


def find_installations(places: Sequence[str] = PLACES) -> list[Installation]:
    """Every PostgreSQL here that has PostGIS, the newest first."""
    found = {one for bindir in _bindirs(places) if (one := _inspect(bindir)) is not None}
    return sorted(found, reverse=True)


def choose(installed: Sequence[Installation], major: int | None) -> Installation | None:
    """The newest one, or for an existing cluster the one of its version: no other can read its files."""
    return next((one for one in installed if major is None or one.major == major), None)


def install(progress: Progress, environ: Mapping[str, str] = os.environ) -> None:
    """Get PostGIS from the distribution (Debian and Ubuntu, root or sudo); raises SetupError."""
    apt = shutil.which("apt-get")
    prefix = _privilege()
    if apt is None or prefix is None:
        raise SetupError(advice())
    apt_get = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", apt, "-qq"]
    with progress.step("installing PostGIS from the distribution (about half a minute)"):
        _call([*apt_get, "update"], environ)
        _install_packages(prefix, apt_get, environ)


def advice() -> str:
    """What to type, in one line."""
    if Path("/etc/debian_version").exists():
        return (
            "no PostGIS here: run `sudo apt-get install postgresql postgresql-postgis`, "
            "or set DATABASE_URL to a PostGIS database"
        )
    return "no PostGIS here: install PostgreSQL 15 or newer with PostGIS 3, or set DATABASE_URL to one"


def _bindirs(places: Sequence[str]) -> Iterator[Path]:
    for pattern in places:
        root = Path(pattern).anchor
        yield from Path(root).glob(pattern.removeprefix(root))
    if places is PLACES and (postgres := shutil.which("postgres")):
        yield Path(postgres).resolve().parent


def _inspect(bindir: Path) -> Installation | None:
    if not all((bindir / name).exists() for name in ("initdb", "pg_ctl", "postgres", "psql", "pg_isready")):
        return None
    version = _output([str(bindir / "postgres"), "--version"])
    match = re.search(r"\(PostgreSQL\) (\d+)", version)
    if match is None:
        return None
    major = int(match[1])
    control = "extension/postgis.control"
    if not any((Path(share) / control).exists() for share in _share_folders(bindir, major)):
        return None
    return Installation(major, bindir)


def _share_folders(bindir: Path, major: int) -> list[str]:
    told = (
        _output([str(bindir / "pg_config"), "--sharedir"]).strip() if (bindir / "pg_config").exists() else ""
    )
    return [folder for folder in (told, f"/usr/share/postgresql/{major}") if folder]


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, cwd="/").stdout
    except (OSError, subprocess.CalledProcessError):
        return ""


def _privilege() -> list[str] | None:
    """The words to put before a command so that it runs as root; None when there is no way."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo is None:
        return None
    if subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo]
    return [sudo] if os.isatty(0) else None


def _install_packages(prefix: list[str], apt_get: list[str], environ: Mapping[str, str]) -> None:
    own_policy = _forbid_automatic_cluster(prefix)
    try:
        _call([*apt_get, "install", "-y", "--no-install-recommends", *_packages()], environ)
    finally:
        if own_policy:
            subprocess.run([*prefix, "rm", "-f", str(NO_AUTOMATIC_CLUSTER)], check=False)


def _packages() -> list[str]:
    names = _output(["apt-cache", "pkgnames", "postgresql-"]).split()
    majors = sorted((int(match[1]), name) for name in names if (match := POSTGIS_PACKAGE.fullmatch(name)))
    if not majors:
        raise SetupError(advice())
    major, postgis = majors[-1]
    return [f"postgresql-{major}", postgis]


def _forbid_automatic_cluster(prefix: list[str]) -> bool:
    """Keep Debian from starting a second, unasked server on port 5432 while its package is unpacked."""
    if Path("/etc/postgresql-common").exists():
        return False
    script = (
        f"mkdir -p {NO_AUTOMATIC_CLUSTER.parent} && echo create_main_cluster=false > {NO_AUTOMATIC_CLUSTER}"
    )
    return subprocess.run([*prefix, "sh", "-c", script], check=False).returncode == 0


def _call(command: list[str], environ: Mapping[str, str]) -> None:
    done = subprocess.run(
        command, check=False, env=dict(environ), stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode != 0:
        reason = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise SetupError(
            f"installing PostGIS failed ({reason[-1] if reason else 'no reason given'}); {advice()}"
        )


def main() -> int:
    """Make sure that there is a PostGIS: the part of the installation that needs the distribution."""
    try:
        if not find_installations():
            install(Progress())
    except SetupError as error:
        Progress(sys.stderr).line(f"xunjian: {error}")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
