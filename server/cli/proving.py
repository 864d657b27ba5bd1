"""Checking what the program says about itself: case files, receipts, documents, phones, dates."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from server.cli.application import application


@click.command()
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


@click.command("verify-case")
@click.argument("case_id", type=click.UUID, required=False)
@click.option("--all", "everything", is_flag=True, help="Every case file there is.")
def verify_case(case_id: Any, everything: bool) -> None:
    """Recompute the hash chain of one case file, or of all."""
    if everything == (case_id is not None):
        raise click.UsageError("give a case's id, or --all")
    with application():
        if everything:
            _verify_all()
        else:
            _verify_one(case_id)


def _verify_one(case_id: Any) -> None:
    from server.core import ledger
    from server.core.db import db as database

    events = ledger.lines(database.session(), case_id)
    broken = ledger.first_broken(events)
    if not events:
        raise click.ClickException("no such case")
    if broken is not None:
        raise click.ClickException(f"broken at line {broken}")
    click.echo(f"intact: {len(events)} lines, head {events[-1].hash.hex()}")


def _verify_all() -> None:
    from server.core import ledger
    from server.core.db import db as database

    found = ledger.audit(
        database.session(), lambda lines: click.echo(f"\r{lines:,} lines", err=True, nl=False)
    )
    click.echo("\r", err=True, nl=False)
    for case_id, line in found.broken:
        click.echo(f"{case_id} broken at line {line}")
    if found.broken:
        raise click.ClickException(f"{len(found.broken)} of {found.cases:,} cases are broken")
    click.echo(f"intact: {found.cases:,} cases, {found.lines:,} lines")


@click.command("verify-receipt")
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
        with application():
            known = receipt_keys.public_keys(database.session())
    fault = receipts.fault(receipt, known) if isinstance(receipt, dict) else "incomplete"
    if fault is None and photo and hashlib.sha256(photo.read()).hexdigest() != receipt["sha256"]:
        fault = "other_bytes"
    if fault:
        raise click.ClickException(fault)
    click.echo(f"valid: {receipt['kind']} {receipt['id']} received {receipt['received_at']}")


@click.command("verify-document")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def verify_document(file: Path) -> None:
    """Say whether a PDF is what was issued: number, state, signature, altered or not."""
    from server.core.db import db as database
    from server.documents import verifying

    with application():
        found = verifying.examine(database.session(), file.read_bytes())
        for line in verifying.report(database.session(), found):
            click.echo(line)
    if not found.in_force:
        sys.exit(1)


@click.command()
@click.option("--all", "everything", is_flag=True, help="Print the phones without a gap, too.")
def reconcile(everything: bool) -> None:
    """Hold what each phone says it recorded and delivered against what is here (recorded/receipts/here)."""
    from server.core.clock import now
    from server.core.db import db as database
    from server.sync.reconcile import reconcile as compare

    with application():
        session = database.session()
        found = list(compare(session, now()))
        session.commit()
    for one in found:
        if everything or one.gap:
            click.echo(one.line())
    gaps = sum(one.gap is not None for one in found)
    click.echo(f"{len(found)} phones compared, {gaps} with a gap")
    sys.exit(1 if gaps else 0)


@click.command("simulate-ladder")
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

    with application():
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
