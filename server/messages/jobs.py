"""Entry points of deliveries in the worker."""

from __future__ import annotations

import uuid

from server.core import jobs
from server.core.clock import now
from server.core.db import db
from server.messages import sending, service


@jobs.task(service.DELIVER, attempts=3)
def deliver(message_id: str) -> None:
    """Send one message."""
    sending.deliver(db.session(), uuid.UUID(message_id), now())


@jobs.periodic("* * * * *", "messages.sweep")
def sweep() -> None:
    """Each minute: retries, and what waited for the end of quiet hours."""
    while service.sweep(db.session(), now()) == service.SWEEP_BATCH:
        db.session().flush()


@jobs.periodic("37 19 * * *", "messages.purge")
def purge() -> None:
    """Nightly (03:37 in Shanghai): drop what is older than 400 days."""
    service.purge(db.session(), now())
