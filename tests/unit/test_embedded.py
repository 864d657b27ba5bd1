"""Choosing a PostgreSQL, and the names and places of a cluster: no server runs here."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.core.embedded import ensure_database, with_driver
from server.core.pg_binaries import Installation, SetupError, choose, find_installations, install
from server.core.pg_cluster import SOCKET_PATH_LIMIT, Cluster
from server.core.progress import Progress
from server.core.supervisor import default_steps, wants_demo


def programs(folder: Path, version: str, postgis: bool) -> str:
    """A folder that answers like PostgreSQL ``version``; returns a pattern that finds it."""
    bindir = folder / version / "bin"
    bindir.mkdir(parents=True)
    share = folder / version / "share"
    (share / "extension").mkdir(parents=True)
    answers = {"postgres": f"postgres (PostgreSQL) {version}", "pg_config": str(share)}
    for name in ("initdb", "pg_ctl", "postgres", "psql", "pg_isready", "pg_config"):
        (bindir / name).write_text(f"#!/bin/sh\necho '{answers.get(name, '')}'\n")
        (bindir / name).chmod(0o755)
    if postgis:
        (share / "extension" / "postgis.control").touch()
    return str(folder / "*" / "bin")


def test_the_newest_version_with_postgis_is_taken(tmp_path: Path) -> None:
    programs(tmp_path, "95.4", postgis=True)
    programs(tmp_path, "96.1", postgis=True)
    places = [programs(tmp_path, "97.0", postgis=False)]

    found = find_installations(places)

    assert [one.major for one in found] == [96, 95]
    assert choose(found, None) == Installation(96, tmp_path / "96.1" / "bin")


def test_an_existing_cluster_keeps_its_version(tmp_path: Path) -> None:
    found = [Installation(17, tmp_path / "17"), Installation(15, tmp_path / "15")]

    assert choose(found, 15) == found[1]
    assert choose(found, 16) is None


def test_half_an_installation_is_none(tmp_path: Path) -> None:
    place = programs(tmp_path, "96.1", postgis=True)
    (tmp_path / "96.1" / "bin" / "initdb").unlink()

    assert find_installations([place]) == []


def test_without_a_package_manager_one_line_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(SetupError) as refused:
        install(Progress(None))

    assert "DATABASE_URL" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("postgres://u:p@host/db", "postgresql+psycopg://u:p@host/db"),
        ("postgresql://host/db?sslmode=require", "postgresql+psycopg://host/db?sslmode=require"),
        ("postgresql+psycopg://host/db", "postgresql+psycopg://host/db"),
    ],
)
def test_a_given_address_gets_our_driver_and_starts_nothing(tmp_path: Path, given: str, wanted: str) -> None:
    assert with_driver(given) == wanted
    assert ensure_database(tmp_path / "var", environ={"DATABASE_URL": given}) == wanted
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("length", [20, 60, 90, 120, 300])
def test_the_socket_path_fits_whatever_the_folder(length: int) -> None:
    cluster = Cluster(Path("/" + "长" * (length // 3)), None)

    assert len(bytes(cluster.socket / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT


def test_two_long_folders_have_two_sockets() -> None:
    one, other = (Cluster(Path("/" + "x" * 120 + name), None) for name in "ab")

    assert one.socket != other.socket


@pytest.mark.parametrize(
    ("environ", "demo"),
    [
        ({}, True),
        ({"XUNJIAN_DEMO": "0"}, False),
        ({"XUNJIAN_DEMO": "false"}, False),
        ({"XUNJIAN_ENVIRONMENT": "production"}, False),
        # Asked for in production: passed on, so that the program refuses it in its own words.
        ({"XUNJIAN_ENVIRONMENT": "production", "XUNJIAN_DEMO": "1"}, True),
    ],
)
def test_who_gets_demonstration_data(environ: dict[str, str], demo: bool) -> None:
    assert wants_demo(environ) is demo
    assert any("--demo" in step.command for step in default_steps(environ)) is demo
