"""For those who work on the program."""

from __future__ import annotations

import sys
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[2]


@click.command()
@click.option("--check", is_flag=True, help="Fail when the committed files are stale.")
def contract(check: bool) -> None:
    """Write contract/openapi.json and contract/rules.json from the code."""
    from server.contract import stale, write

    if not check:
        write(ROOT / "contract")
    elif names := stale(ROOT / "contract"):
        raise click.ClickException(f"stale: {', '.join(names)}; run `make contract`")


@click.command()
@click.option("--only", default="", help="Run the figures whose name starts with this.")
@click.option("--findings", default=100_000, help="Findings in the map figures.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print tables instead of lines of JSON.")
def bench(only: str, findings: int, as_markdown: bool) -> None:
    """Print figures beside raw ceilings of the same run, one JSON object a line."""
    sys.path.insert(0, str(ROOT))
    from tests.bench.run import run as run_bench

    run_bench(only, findings, as_markdown)
