"""Entry points of accounts in the worker."""

from __future__ import annotations

from server.accounts import sessions
from server.core import jobs
from server.core.clock import now
from server.core.db import db


@jobs.periodic("17 19 * * *", "accounts.purge")
def purge() -> None:
    """Nightly (03:17 in Shanghai): drop failed sign-ins and ended sessions older than the law asks for."""
    sessions.purge(db.session(), now())
