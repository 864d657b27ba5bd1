"""Background work of the feature."""

from __future__ import annotations

import structlog

from server.core.clock import now
from server.core.db import db
from server.core.jobs import periodic
from server.sync import reconcile

log = structlog.get_logger()


@periodic("37 18 * * *", "sync.reconcile")
def reconcile_devices() -> None:
    """Nightly (02:37 in Shanghai): what phones say they gave against what is here."""
    for found in reconcile.reconcile(db.session(), now()):
        if found.gap is not None:
            log.warning("work_unaccounted_for", device=str(found.device_id), gap=found.line())
