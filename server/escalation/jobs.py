"""Entry points of the ladder in the worker."""

from __future__ import annotations

import uuid

from server.core import jobs
from server.core.clock import now
from server.core.db import db
from server.escalation import news, recount, service, telling
from server.rounds import service as rounds


@jobs.periodic("* * * * *", "escalation.sweep")
def sweep() -> None:
    """Each minute: overdue findings, planned visits of periods that ended, the steps of the ladder."""
    session = db.session()
    while service.sweep(session, now()) == service.BATCH:
        session.flush()
    rounds.lapse(session, now())
    service.climb(session, now())


@jobs.periodic("*/5 * * * *", "escalation.new_work")
def new_work() -> None:
    """Every five minutes: findings to confirm and rounds to walk that nobody was told of."""
    telling.new_work(db.session(), now())


@jobs.periodic("7 1 * * *", "escalation.calendar")
def calendar() -> None:
    """Daily (09:07 in Shanghai): is next year's calendar there?"""
    service.warn_of_missing_calendar(db.session(), now())


@jobs.task("escalation.announce")
def announce(act: str, finding_id: str, cause: str) -> None:
    """Tell whoever has to know of an act on a case."""
    telling.announce(db.session(), act, uuid.UUID(finding_id), cause, now())
    news.of_transfer(db.session(), act, uuid.UUID(finding_id), cause, now())


@jobs.task("escalation.announce_ending")
def announce_ending(act: str, notice_id: str, cause: str) -> None:
    """Tell the firm of a notice that was voided or corrected."""
    news.of_ending(db.session(), act, uuid.UUID(notice_id), cause, now())


@jobs.task("escalation.calendar_changed")
def calendar_changed() -> None:
    """After the calendar changed: tell whose open deadlines it counts otherwise."""
    recount.announce(db.session(), now())
