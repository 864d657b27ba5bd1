"""Entry points of the sweep in the worker."""

from __future__ import annotations

from server.core import jobs
from server.core.clock import now
from server.core.db import db
from server.escalation import service
from server.rounds import service as rounds


@jobs.periodic("* * * * *", "escalation.sweep")
def sweep() -> None:
    """Each minute: overdue findings, and planned visits of periods that ended."""
    session = db.session()
    while service.sweep(session, now()) == service.BATCH:
        session.flush()
    rounds.lapse(session, now())
