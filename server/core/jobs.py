"""Background work: enqueued in the transaction of its cause, done by a worker, never lost.

1. `enqueue` writes the job by the queue's own SQL function (procrastinate) in the session's transaction, so
   that a rollback takes it along and a commit wakes the worker. The library's `defer` on a given connection
   does the same at three times the cost, and refuses to inside a running worker.
2. A job runs in the app's context as one transaction, like a request: commit when it returns, rollback
   when it raises. It may run twice one day, so every task is idempotent.
3. What raises is tried again after 2, 8, 32 … seconds, at most an hour, and is `failed` after its last
   attempt: it stays in the queue, is counted by `overview` and shown by `/readyz`.
4. A worker that died without a word leaves its jobs `doing`. Every worker looks for such jobs (`rescue`)
   and puts them back. A job that was rescued as often as it may be tried has probably killed its workers
   (a picture that eats all memory) and is failed instead.
"""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.util import find_spec
from typing import Any

import procrastinate
import sqlalchemy as sa
import structlog
from flask import Flask
from procrastinate import exceptions, retry
from procrastinate.jobs import DeleteJobCondition, Job
from procrastinate.schema import SchemaManager
from sqlalchemy.orm import Session

from server.core.db import db
from server.core.prepared import Kept

Work = Callable[..., None]
log = structlog.get_logger()

QUEUE = "default"
LONGEST_DELAY = 3600.0


@dataclass(frozen=True, slots=True)
class Task:
    """A named piece of work. `attempts` counts all tries, `delay` is the first wait in seconds."""

    name: str
    work: Work
    attempts: int
    delay: float
    cron: str | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """How a worker breathes: seconds between heartbeats and rescues, seconds of silence that mean death,
    seconds between looks for due jobs (new ones wake it at once), seconds that a stop may take."""

    heartbeat: float = 5.0
    silence: float = 20.0
    polling: float = 2.0
    patience: float = 10.0


_TASKS: dict[str, Task] = {}


def task(name: str, *, attempts: int = 8, delay: float = 2.0) -> Callable[[Work], Work]:
    """Register a function as the task `name`; it is called with the keywords given to `enqueue`."""
    return lambda work: _register(Task(name, work, attempts, delay))


def periodic(cron: str, name: str) -> Callable[[Work], Work]:
    """Register a function without arguments to be run by `cron` (five fields, UTC), once at a time.

    It is not tried again when it raises: its next turn is the retry. Turns missed while no worker ran
    are made up by one, if the last is at most ten minutes ago.
    """
    return lambda work: _register(Task(name, work, 1, 0.0, cron))


def _register(entry: Task) -> Work:
    if entry.name in _TASKS:
        raise ValueError(f"task {entry.name} is registered twice")
    _TASKS[entry.name] = entry
    return entry.work


def tasks() -> Mapping[str, Task]:
    """All registered tasks by name."""
    return dict(_TASKS)


def enqueue(session: Session, name: str, /, **keywords: str | float | bool | None) -> int:
    """Put a job for the task `name` into the queue, in the session's transaction; returns its id.

    Raises `KeyError` for a task that nobody registered.
    """
    if name not in _TASKS:
        raise KeyError(f"no task {name}: is the feature's jobs.py loaded?")
    return int(_DEFER.value(session, queue=QUEUE, name=name, keywords=keywords))


_DEFER = Kept("""
    SELECT unnest(procrastinate_defer_jobs_v1(ARRAY[
        ROW(:queue, :name, 0, NULL, NULL, :keywords, NULL)::procrastinate_job_to_defer_v1
    ]))
""")


def schema_sql() -> str:
    """The queue's tables and functions, for the migration that creates them.

    To be run by the driver without parameters, since it contains percent signs.
    """
    return SchemaManager.get_schema()


def init_app(app: Flask) -> None:
    """Load every feature's `jobs.py`.

    Found by the name that the house gives them: a list would be forgotten one day, and show only as
    jobs that fail in production.
    """
    package = importlib.import_module(app.import_name)
    for feature in pkgutil.iter_modules(package.__path__):
        module = f"{app.import_name}.{feature.name}.jobs"
        if feature.ispkg and find_spec(module):
            importlib.import_module(module)


@dataclass(frozen=True, slots=True)
class Overview:
    """The queue at a glance. `seen_at` is the last sign of life of any worker, None if there is none."""

    waiting: int
    running: int
    failed: int
    seen_at: datetime | None
    silent_for: timedelta | None


def overview(session: Session) -> Overview:
    """Count the jobs (done ones are not kept) and look for a living worker, by the database's clock."""
    rows = session.execute(sa.text("SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY status"))
    count = dict(rows.tuples().all())
    seen_at, silent_for = session.execute(
        sa.text("SELECT max(last_heartbeat), now() - max(last_heartbeat) FROM procrastinate_workers")
    ).one()
    running = count.get("doing", 0)
    failed = count.get("failed", 0) + count.get("aborted", 0)
    return Overview(count.get("todo", 0), running, failed, seen_at, silent_for)


def run_worker(app: Flask, *, concurrency: int = 2, pace: Pace | None = None) -> None:
    """Work off jobs until SIGTERM or SIGINT; running ones are finished first, for `pace.patience` seconds.

    A lost connection is made anew; when the database stays away the worker ends, and whoever started it
    starts it again. Needs a direct connection (LISTEN), not a pooler in transaction mode.
    """
    pace = pace or Pace()
    url = sa.make_url(app.config["SQLALCHEMY_DATABASE_URI"]).set(drivername="postgresql")
    connector = procrastinate.PsycopgConnector(
        conninfo=url.render_as_string(hide_password=False),
        min_size=1,
        max_size=4,
        kwargs={"prepare_threshold": None, "application_name": "xunjian-worker"},
    )
    queue = procrastinate.App(connector=connector)
    for entry in _TASKS.values():
        _announce(app, queue, entry)
    asyncio.run(_work(queue, concurrency, pace))


async def _work(queue: procrastinate.App, concurrency: int, pace: Pace) -> None:
    async with queue.open_async():
        rescuing = asyncio.create_task(_rescue_for_ever(queue, pace))
        try:
            await queue.run_worker_async(
                concurrency=concurrency,
                fetch_job_polling_interval=pace.polling,
                update_heartbeat_interval=pace.heartbeat,
                stalled_worker_timeout=pace.silence,
                shutdown_graceful_timeout=pace.patience,
                delete_jobs=DeleteJobCondition.SUCCESSFUL,
            )
        finally:
            rescuing.cancel()
            with suppress(asyncio.CancelledError):
                await rescuing


def _announce(app: Flask, queue: procrastinate.App, entry: Task) -> None:
    """Tell the queue's worker about a task, wrapped into the app's context and one transaction."""

    def run(**keywords: Any) -> None:
        if entry.cron is not None:
            keywords.pop("timestamp", None)
        with app.app_context():
            try:
                entry.work(**keywords)
                db.session.commit()
            except BaseException:
                db.session.rollback()
                raise

    strategy = BackOff(attempts=entry.attempts, delay=entry.delay)
    if entry.cron is None:
        queue.task(name=entry.name, queue=QUEUE, retry=strategy)(run)
        return
    once: Any = queue.task(name=entry.name, queue=QUEUE, lock=entry.name, queueing_lock=entry.name)(run)
    queue.periodic(cron=entry.cron)(once)


@dataclass(frozen=True, slots=True)
class BackOff(retry.BaseRetryStrategy):
    """Wait `delay` seconds after the first failure and four times as long after each further one."""

    attempts: int
    delay: float

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> retry.RetryDecision | None:
        if job.attempts + 1 >= self.attempts:
            return None
        return retry.RetryDecision(
            retry_in={"milliseconds": round(1000 * wait_after(job.attempts, self.delay))}
        )


def wait_after(failures_before: int, delay: float) -> float:
    """Seconds to wait after a failure that `failures_before` others preceded."""
    return min(delay * 4.0 ** min(failures_before, 16), LONGEST_DELAY)


_RESCUE = """
WITH stalled AS (
    SELECT job.id, job.attempts,
        coalesce((%(most)s::jsonb ->> job.task_name)::int, 1) AS most,
        EXISTS (SELECT FROM procrastinate_jobs AS twin
                WHERE twin.status = 'todo' AND twin.queueing_lock = job.queueing_lock) AS superseded
    FROM procrastinate_jobs AS job
    LEFT JOIN procrastinate_workers AS worker ON worker.id = job.worker_id
    WHERE job.status = 'doing'
        AND (worker.id IS NULL OR worker.last_heartbeat < now() - make_interval(secs => %(silence)s))
    FOR UPDATE OF job SKIP LOCKED
)
UPDATE procrastinate_jobs AS job SET
    status = (CASE WHEN superseded THEN 'aborted' WHEN stalled.attempts + 1 >= most THEN 'failed'
        ELSE 'todo' END)::procrastinate_job_status,
    attempts = stalled.attempts + 1, worker_id = NULL, abort_requested = false
FROM stalled WHERE job.id = stalled.id
RETURNING job.id, job.task_name, job.status::text AS status
"""
"""One statement, so that two workers that rescue at once cannot put a job back that already runs again."""


async def rescue(queue: procrastinate.App, silence: float) -> list[dict[str, Any]]:
    """Put back the jobs of workers that were silent for `silence` seconds; returns id, task_name, status."""
    most = {name: 3 if entry.cron else entry.attempts for name, entry in _TASKS.items()}
    rows = await queue.connector.execute_query_all_async(_RESCUE, most=most, silence=silence)
    for row in rows:
        log.warning("job_rescued", job=row["id"], task=row["task_name"], status=row["status"])
    return rows


async def _rescue_for_ever(queue: procrastinate.App, pace: Pace) -> None:
    while True:
        try:
            await rescue(queue, pace.silence)
        except exceptions.ConnectorException as error:  # the worker itself ends when the database stays away
            log.warning("rescue_failed", cause=repr(error.__cause__))
        await asyncio.sleep(pace.heartbeat)
