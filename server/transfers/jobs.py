"""Entry points of the transfer's background work."""

from __future__ import annotations

import uuid

from server.core import jobs
from server.core.clock import now
from server.core.db import db
from server.transfers import bundling
from server.transfers.service import MAKE_BUNDLE


@jobs.task(MAKE_BUNDLE)
def make_bundle(transfer_id: str) -> None:
    """Pack the evidence of a transfer; doing it twice makes the same file."""
    bundling.make(db.session(), uuid.UUID(transfer_id), now())
