"""Bringing in what offices and phones have."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from server.cli.application import application


@click.command("import-outbox")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--passphrase-stdin", is_flag=True, help="Read the words that open it from standard input.")
@click.option("--key", type=click.Path(exists=True, dir_okay=False), help="The office's private key (PEM).")
@click.option("--dry-run", is_flag=True, help="Say what would happen to each row and keep nothing.")
@click.option("--salvage", is_flag=True, help="Take what stands before the damage of a broken file.")
def import_outbox(file: str, passphrase_stdin: bool, key: str | None, dry_run: bool, salvage: bool) -> None:
    """Read the file that a dying phone exported, in its owner's name."""
    from server.core import office_key
    from server.core.clock import now
    from server.core.db import db as database
    from server.core.identity import SYSTEM
    from server.core.problems import Problem
    from server.sync import importing
    from server.sync.outbox_file import Opener

    with application() as app, open(file, "rb") as source:
        session = database.session()
        try:
            words = sys.stdin.readline().rstrip("\r\n") if passphrase_stdin else None
            opener = Opener(words, office_key.load_for(app.extensions["settings"], key, words))
            report = importing.import_file(
                session, SYSTEM, source, opener, now(), dry_run=dry_run, salvage=salvage
            )
        except (Problem, ValueError) as error:
            raise click.ClickException(str(error)) from error
        session.commit()
    for line in report.lines():
        click.echo(line)
    sys.exit(1 if report.refused else 0)


@click.command("office-key")
@click.option("--out", type=click.Path(dir_okay=False), help="Where to write it (VAR/keys/office.pem).")
def make_office_key(out: str | None) -> None:
    """Make the key that phones encrypt to when they cannot send; the older one keeps opening older files."""
    from server.core import office_key
    from server.core.clock import now
    from server.core.db import db as database

    with application() as app:
        path = Path(out) if out else office_key.place(app.extensions["settings"])
        try:
            made = office_key.make(database.session(), path, now())
        except OSError as error:
            raise click.ClickException(f"{path}: {error.strerror}; move the old key away first") from error
        database.session.commit()
    click.echo(f"key {made} in {path}: keep it safe, phones learn its public half at their next sign-in")


@click.group("import")
def import_() -> None:
    """Bring in areas and compounds from the files that offices already have."""


def _import(kind: str, file: str, dry_run: bool) -> None:
    from server.core.clock import now
    from server.core.db import db as database
    from server.places import importing

    with application():
        session = database.session()
        report = importing.run(session, kind, Path(file), now(), dry_run=dry_run)
        for line in report.lines():
            click.echo(line)
        if report.refused:
            session.rollback()
            sys.exit(1)
        if not dry_run:
            session.commit()


@import_.command("areas")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True)
def import_areas(file: str, dry_run: bool) -> None:
    """Areas from CSV (code,name,…) or an outline GeoJSON."""
    _import("areas", file, dry_run)


@import_.command("compounds")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True)
def import_compounds(file: str, dry_run: bool) -> None:
    """Compounds from GeoJSON or from XLSX in the ten columns of 附件1."""
    _import("compounds", file, dry_run)


@import_.command("calendar")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True)
def import_calendar(file: str, dry_run: bool) -> None:
    """The official days of one year from JSON in holiday-cn shape."""
    import json

    from server.calendars import service as calendars
    from server.core.clock import now
    from server.core.db import db as database
    from server.core.identity import SYSTEM
    from server.core.problems import Problem

    with application():
        session = database.session()
        try:
            document = json.loads(Path(file).read_text(encoding="utf-8"))
            report = calendars.import_days(session, SYSTEM, document, now=now(), dry_run=dry_run)
        except (ValueError, Problem) as error:
            raise click.ClickException(str(error)) from error
        for change in report.changes:
            click.echo(f"{change.date} {change.before} -> {change.after}")
        click.echo(f"{report.year}: {len(report.changes)} changed, {report.settled} no longer provisional")
        session.commit()


@click.command("build-basemap")
@click.argument("code")
def build_basemap(code: str) -> None:
    """Make the base map of a district (six-digit division CODE) from the ground in the database."""
    from server.core.db import db as database
    from server.core.problems import NotFound
    from server.maps import basemap

    with application() as app:
        folder = basemap.folder(app.extensions["settings"])
        try:
            size = basemap.build(database.session(), code, folder)
        except (NotFound, ValueError) as error:
            raise click.ClickException(f"no ground of a district {code} in the database") from error
        click.echo(f"{folder / code}.pmtiles {size} bytes")
