"""Preparing the database and serving."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from server.cli.application import application


@click.command()
def run() -> None:
    """Serve everything: database, web and worker under one supervisor."""
    from server.core.supervisor import run as supervise

    sys.exit(supervise(os.environ))


@click.command()
def ready() -> None:
    """Ask each part whether a request would succeed now, and print what was found (JSON)."""
    import json

    from server.core import health

    with application():
        parts = health.examine()
    click.echo(json.dumps(parts, ensure_ascii=False, indent=1))
    sys.exit(0 if all(part["ok"] for part in parts.values()) else 1)


@click.command()
def worker() -> None:
    """Work off background jobs until stopped."""
    from server.core import jobs

    with application() as app:
        jobs.run_worker(app)


@click.group()
def db() -> None:
    """Migrations."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Apply all migrations, then fill in what every deployment needs: calendar, catalogue, ladder."""
    with application() as app:
        _upgrade(app)


def _upgrade(app: Any) -> None:
    from flask_migrate import upgrade

    from server.accounts.sessions import demo_password_in_use
    from server.calendars import service as calendars
    from server.checklists import service as checklists
    from server.core.clock import now
    from server.core.db import db as database
    from server.escalation import ladder

    upgrade()
    session = database.session()
    calendars.seed(session, now())
    checklists.publish(session, now())
    ladder.seed(session, now())
    session.commit()
    production = app.extensions["settings"].environment == "production"
    if production and demo_password_in_use(session):
        raise click.ClickException("production refuses accounts with the demo password: change it first")


@db.command("check")
def db_check() -> None:
    """Fail when the models and the migrations differ."""
    from flask_migrate import check, upgrade

    with application():
        upgrade()
        check()


@click.command()
@click.option("--if-empty", is_flag=True, help="Do nothing where there already are users.")
def demo(if_empty: bool) -> None:
    """Load the demonstration district 澜川市澄湖区."""
    with application() as app:
        _fill(app, if_empty)


def _fill(app: Any, if_empty: bool) -> None:
    from server.accounts.rules import DEMO_PASSWORD, DEMO_USERNAMES
    from server.core.clock import now
    from server.core.db import db as database
    from server.demo import seed
    from server.demo.world import DISTRICT_CODE
    from server.maps import basemap

    session = database.session()
    if not seed.is_filled(session):
        seed.seed(session, now(), app.extensions["storage"])
        session.commit()
        basemap.build(session, DISTRICT_CODE[:6], basemap.folder(app.extensions["settings"]))
    elif not if_empty:
        raise click.ClickException("the database already has users; the demo wants an empty one")
    click.echo(f"demo accounts: {' '.join(DEMO_USERNAMES)}, password {DEMO_PASSWORD}")


@click.command()
@click.option("--demo", "with_demo", is_flag=True, help="The district too, where there are no users.")
def prepare(with_demo: bool) -> None:
    """Do all that must be done before the servers start, in one process: imports cost a second or two."""
    from server.core.progress import Progress

    with application() as app:
        with Progress(sys.stdout).step("applying migrations"):
            _upgrade(app)
        if with_demo:
            _fill(app, if_empty=True)
