"""A worker with tasks that misbehave on purpose: `python -m tests.integration.worker_probe URL VAR`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import sqlalchemy as sa

from server.app import create_app
from server.core import jobs
from server.core.config import Settings
from server.core.db import db
from server.core.own_transaction import own_transaction

PACE = jobs.Pace(heartbeat=0.5, silence=2.0, polling=0.3, patience=5.0)
NOTE = sa.text("INSERT INTO probe (text) VALUES (:text)")


def note(text: str) -> None:
    """In the job's transaction."""
    db.session.execute(NOTE, {"text": text})


def shout(text: str) -> None:
    """At once, whatever becomes of the job."""
    with own_transaction() as session:
        session.execute(NOTE, {"text": text})


@jobs.task("probe.note")
def write(text: str) -> None:
    note(text)


@jobs.task("probe.chain")
def chain(text: str) -> None:
    note(f"first {text}")
    jobs.enqueue(db.session(), "probe.note", text=f"second {text}")


@jobs.task("probe.fail", attempts=3, delay=0.2)
def fail() -> None:
    shout("tried")
    note("never")
    raise RuntimeError("on purpose")


@jobs.task("probe.slow")
def slow(seconds: float) -> None:
    shout("began")
    time.sleep(seconds)
    note("ended")


@jobs.task("probe.slow_once", attempts=3)
def slow_once() -> None:
    """Takes for ever the first time only."""
    shout("began")
    with own_transaction() as session:
        times = session.scalar(sa.text("SELECT count(*) FROM probe WHERE text = 'began'"))
    if times == 1:
        time.sleep(600)
    note("ended")


@jobs.periodic("* * * * *", "probe.tick")
def tick() -> None:
    note("tick")


def main() -> None:
    app = create_app(Settings(database_url=sys.argv[1], var=Path(sys.argv[2])))
    jobs.run_worker(app, pace=PACE)


if __name__ == "__main__":
    main()
