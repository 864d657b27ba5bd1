"""`xunjian`: the operator's command.

Heavy imports happen inside the commands, so that `xunjian deadline` answers at once and works where no
database is. A command that needs one starts the embedded cluster when `DATABASE_URL` is not given.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parent.parent


@click.group()
def main() -> None:
    """Xunjian 巡检: field inspection of residential property management."""


@contextmanager
def _application() -> Iterator[Any]:
    """The app in its context, on the database given or the embedded one."""
    from server.app import create_app
    from server.core.config import Settings
    from server.core.embedded import ensure_database

    settings = Settings()
    if settings.database_url is None:
        settings.database_url = ensure_database(settings.var)
    app = create_app(settings)
    with app.app_context():
        try:
            yield app
        finally:
            database = app.extensions["sqlalchemy"]
            database.session.remove()
            database.engine.dispose()


@main.command()
def run() -> None:
    """Serve everything: database, web and worker under one supervisor."""
    from server.core.supervisor import run as supervise

    sys.exit(supervise(os.environ))


@main.command()
def ready() -> None:
    """Ask each part whether a request would succeed now, and print what was found (JSON)."""
    import json

    from server.core import health

    with _application():
        parts = health.examine()
    click.echo(json.dumps(parts, ensure_ascii=False, indent=1))
    sys.exit(0 if all(part["ok"] for part in parts.values()) else 1)


@main.command()
def worker() -> None:
    """Work off background jobs until stopped."""
    from server.core import jobs

    with _application() as app:
        jobs.run_worker(app)


@main.group()
def db() -> None:
    """Migrations."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Apply all migrations, then fill in what every deployment needs: calendar, catalogue, ladder."""
    with _application() as app:
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

    with _application():
        upgrade()
        check()


@main.command()
@click.option("--if-empty", is_flag=True, help="Do nothing where there already are users.")
def demo(if_empty: bool) -> None:
    """Load the demonstration district 澜川市澄湖区."""
    with _application() as app:
        _fill(app, if_empty)


def _fill(app: Any, if_empty: bool) -> None:
    from server.accounts.rules import DEMO_PASSWORD, DEMO_USERNAMES
    from server.core.clock import now
    from server.core.db import db as database
    from server.demo import seed

    session = database.session()
    if not seed.is_filled(session):
        seed.seed(session, now(), app.extensions["storage"])
        session.commit()
    elif not if_empty:
        raise click.ClickException("the database already has users; the demo wants an empty one")
    click.echo(f"demo accounts: {' '.join(DEMO_USERNAMES)}, password {DEMO_PASSWORD}")


@main.command()
@click.option("--demo", "with_demo", is_flag=True, help="The district too, where there are no users.")
def prepare(with_demo: bool) -> None:
    """Do all that must be done before the servers start, in one process: imports cost a second or two."""
    from server.core.progress import Progress

    with _application() as app:
        with Progress(sys.stdout).step("applying migrations"):
            _upgrade(app)
        if with_demo:
            _fill(app, if_empty=True)


@main.command()
@click.option("--served", required=True, help="Moment of service, e.g. 2026-09-18T10:00 (Asia/Shanghai).")
@click.option("--term", required=True, type=int, help="Number of units.")
@click.option(
    "--unit",
    required=True,
    type=click.Choice(["now", "hour", "duty_hour", "day", "workday"]),
    help="Its unit.",
)
def deadline(served: str, term: int, unit: str) -> None:
    """Print the due date and hour of a term; `provisional` where a calendar is not published yet."""
    from server.calendars.service import deadline_cli

    try:
        click.echo(deadline_cli(served, term, unit))
    except ValueError as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.option("--check", is_flag=True, help="Fail when the committed files are stale.")
def contract(check: bool) -> None:
    """Write contract/openapi.json and contract/rules.json from the code."""
    from server.contract import stale, write

    if not check:
        write(ROOT / "contract")
    elif names := stale(ROOT / "contract"):
        raise click.ClickException(f"stale: {', '.join(names)}; run `make contract`")


@main.command("verify-case")
@click.argument("case_id", type=click.UUID)
def verify_case(case_id: Any) -> None:
    """Recompute the hash chain of one case file."""
    from server.core import ledger
    from server.core.db import db as database

    with _application():
        events = ledger.lines(database.session(), case_id)
        broken = ledger.first_broken(events)
    if not events:
        raise click.ClickException("no such case")
    if broken is not None:
        raise click.ClickException(f"broken at line {broken}")
    click.echo(f"intact: {len(events)} lines, head {events[-1].hash.hex()}")


@main.command("verify-receipt")
@click.argument("file", type=click.File("rb"))
@click.option("--keys", type=click.File("rb"), help="A saved /api/receipts/keys; else this deployment's own.")
@click.option("--photo", type=click.File("rb"), help="Also check that the receipt is for these bytes.")
def verify_receipt(file: Any, keys: Any, photo: Any) -> None:
    """Check the signature of a receipt (JSON; `-` reads standard input)."""
    import hashlib
    import json

    from server.core import receipt_keys, receipts
    from server.core.db import db as database

    try:
        receipt, known = json.load(file), json.load(keys)["keys"] if keys else None
    except (ValueError, KeyError, TypeError) as error:
        raise click.ClickException(f"not the JSON that was expected: {error!r}") from error
    if known is None:
        with _application():
            known = receipt_keys.public_keys(database.session())
    fault = receipts.fault(receipt, known) if isinstance(receipt, dict) else "incomplete"
    if fault is None and photo and hashlib.sha256(photo.read()).hexdigest() != receipt["sha256"]:
        fault = "other_bytes"
    if fault:
        raise click.ClickException(fault)
    click.echo(f"valid: {receipt['kind']} {receipt['id']} received {receipt['received_at']}")


@main.command("office-key")
@click.option("--out", type=click.Path(dir_okay=False), help="Where to write it (VAR/keys/office.pem).")
def make_office_key(out: str | None) -> None:
    """Make the key that phones encrypt to when they cannot send; the older one keeps opening older files."""
    from server.core import office_key
    from server.core.clock import now
    from server.core.db import db as database

    with _application() as app:
        path = Path(out) if out else office_key.place(app.extensions["settings"])
        try:
            made = office_key.make(database.session(), path, now())
        except OSError as error:
            raise click.ClickException(f"{path}: {error.strerror}; move the old key away first") from error
        database.session.commit()
    click.echo(f"key {made} in {path}: keep it safe, phones learn its public half at their next sign-in")


@main.command("import-outbox")
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

    with _application() as app, open(file, "rb") as source:
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


@main.command("verify-document")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def verify_document(file: Path) -> None:
    """Say whether a PDF is what was issued: number, state, signature, altered or not."""
    from server.core.db import db as database
    from server.documents import verifying

    with _application():
        found = verifying.examine(database.session(), file.read_bytes())
        for line in verifying.report(database.session(), found):
            click.echo(line)
    if not found.in_force:
        sys.exit(1)


@main.command()
@click.option("--all", "everything", is_flag=True, help="Print the phones without a gap, too.")
def reconcile(everything: bool) -> None:
    """Hold what each phone says it recorded and delivered against what is here (recorded/receipts/here)."""
    from server.core.clock import now
    from server.core.db import db as database
    from server.sync.reconcile import reconcile as compare

    with _application():
        session = database.session()
        found = list(compare(session, now()))
        session.commit()
    for one in found:
        if everything or one.gap:
            click.echo(one.line())
    gaps = sum(one.gap is not None for one in found)
    click.echo(f"{len(found)} phones compared, {gaps} with a gap")
    sys.exit(1 if gaps else 0)


@main.group("import")
def import_() -> None:
    """Bring in areas and compounds from the files that offices already have."""


def _import(kind: str, file: str, dry_run: bool) -> None:
    from server.core.clock import now
    from server.core.db import db as database
    from server.places import importing

    with _application():
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

    with _application():
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


@main.command("simulate-ladder")
@click.option(
    "--file", type=click.Path(exists=True, dir_okay=False), help="Steps as JSON; else those in force."
)
@click.option("--days", default=365, type=click.IntRange(1, 366), help="How far back.")
def simulate_ladder(file: str | None, days: int) -> None:
    """Print what a ladder would have done with the cases of the last year; nothing is stored."""
    import json

    from server.core.clock import now
    from server.core.db import db as database
    from server.core.identity import SYSTEM
    from server.core.problems import Problem
    from server.escalation import ladder, simulation

    with _application():
        session = database.session()
        try:
            steps = json.loads(Path(file).read_text(encoding="utf-8")) if file else None
            steps = steps or [ladder.plain(step) for step in ladder.in_force(session, now())[1]]
            result = simulation.run(session, SYSTEM, steps, days, now())
        except (ValueError, KeyError, Problem) as error:
            raise click.ClickException(str(error)) from error
        session.rollback()
    click.echo(f"{result['cases']} cases")
    for step in result["steps"]:
        click.echo(f"{step['total']:6d}  {step['name']}")
    if result["not_tried"]:
        click.echo("not tried: " + "、".join(result["not_tried"]))


@main.command()
@click.option("--only", default="", help="Run the figures whose name starts with this.")
@click.option("--findings", default=100_000, help="Findings in the map figures.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print tables instead of lines of JSON.")
def bench(only: str, findings: int, as_markdown: bool) -> None:
    """Print figures beside raw ceilings of the same run, one JSON object a line."""
    sys.path.insert(0, str(ROOT))
    from tests.bench.run import run as run_bench

    run_bench(only, findings, as_markdown)


if __name__ == "__main__":
    main()
