"""`xunjian`: the operator's command.

Heavy imports happen inside the commands, so that `xunjian deadline` answers at once and works where no
database is.
"""

from __future__ import annotations

import click

from server.cli import developing, importing, proving, serving


@click.group()
def main() -> None:
    """Xunjian 巡检: field inspection of residential property management."""


for command in (
    *(serving.run, serving.prepare, serving.ready, serving.worker, serving.db, serving.demo),
    *(importing.import_, importing.import_outbox, importing.make_office_key, importing.build_basemap),
    *(proving.deadline, proving.verify_case, proving.verify_document, proving.verify_receipt),
    *(proving.reconcile, proving.simulate_ladder),
    *(developing.contract, developing.bench),
):
    main.add_command(command)
