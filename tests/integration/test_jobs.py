"""Background work on a real queue with real workers, one of which is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import make_url

from server.app import create_app
from server.core import jobs
from server.core.config import Settings
from server.core.db import db
from tests.factories import database
from tests.integration import worker_probe as probe

ROOT = Path(__file__).resolve().parents[2]


class Queue:
    """A database with a queue, and the workers that the test starts on it."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.url = app.config["SQLALCHEMY_DATABASE_URI"]
        plain = make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)
        self.connection = psycopg.connect(plain, autocommit=True)
        self.connection.execute(
            "CREATE TABLE IF NOT EXISTS probe (text text, at timestamptz DEFAULT clock_timestamp())"
        )
        self.workers: list[subprocess.Popen[bytes]] = []

    def put(self, name: str, **keywords: Any) -> int:
        with self.app.app_context():
            job = jobs.enqueue(db.session(), name, **keywords)
            db.session.commit()
        return job

    def start(self) -> subprocess.Popen[bytes]:
        command = [
            sys.executable,
            "-m",
            "tests.integration.worker_probe",
            self.url,
            str(self.app.extensions["settings"].var),
        ]
        worker = subprocess.Popen(command, cwd=ROOT)
        self.workers.append(worker)
        return worker

    def notes(self) -> list[str]:
        query = "SELECT text FROM probe WHERE text <> 'tick' ORDER BY at"
        return [row[0] for row in self.connection.execute(query)]

    def states(self) -> list[tuple[str, int]]:
        query = """SELECT status::text, attempts FROM procrastinate_jobs
            WHERE task_name LIKE 'probe.%' AND task_name <> 'probe.tick'"""
        return self.connection.execute(query).fetchall()  # type: ignore[return-value]

    def until(self, condition: Callable[[], bool], seconds: float = 20.0) -> float:
        began = time.monotonic()
        while not condition():
            assert time.monotonic() - began < seconds, (self.notes(), self.states())
            time.sleep(0.05)
        return time.monotonic() - began


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with database.clone() as url:
        made = create_app(Settings(database_url=url, var=tmp_path_factory.mktemp("jobs")))
        yield made
        with made.app_context():
            db.engine.dispose()


@pytest.fixture
def queue(app: Flask) -> Iterator[Queue]:
    made = Queue(app)
    yield made
    for worker in made.workers:
        worker.kill()
        worker.wait()
    made.connection.execute("TRUNCATE probe, procrastinate_jobs, procrastinate_workers CASCADE")
    made.connection.close()


def test_a_rollback_takes_the_job_along(queue: Queue) -> None:
    with queue.app.app_context():
        jobs.enqueue(db.session(), "probe.note", text="lost")
        db.session.rollback()
    assert queue.states() == []


def test_a_savepoint_takes_only_its_own_job_along(queue: Queue) -> None:
    with queue.app.app_context():
        session = db.session()
        jobs.enqueue(session, "probe.note", text="kept")
        savepoint = session.begin_nested()
        jobs.enqueue(session, "probe.note", text="lost")
        savepoint.rollback()
        session.commit()
    assert queue.states() == [("todo", 0)]


def test_an_unknown_task_is_refused_at_once(queue: Queue) -> None:
    with queue.app.app_context(), pytest.raises(KeyError):
        jobs.enqueue(db.session(), "probe.unheard_of")


def test_the_features_tasks_are_loaded_by_the_app(queue: Queue) -> None:
    assert "photos.make_views" in jobs.tasks()


def test_a_name_is_registered_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        jobs.task("probe.note")(probe.write)


def test_a_commit_wakes_the_worker_and_the_jobs_own_work_is_committed(queue: Queue) -> None:
    worker = queue.start()
    queue.put("probe.note", text="first")
    queue.until(lambda: queue.notes() == ["first"], 30)
    queue.put("probe.note", text="second")
    assert queue.until(lambda: "second" in queue.notes()) < 2
    queue.put("probe.chain", text="link")
    queue.until(lambda: queue.notes()[2:] == ["first link", "second link"])
    queue.until(lambda: queue.states() == [])
    assert queue.connection.execute("SELECT count(*) FROM probe WHERE text = 'tick'").fetchone() == (1,)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(10) == 0
    assert queue.connection.execute("SELECT count(*) FROM procrastinate_workers").fetchone() == (0,)


def test_a_job_that_raises_is_tried_again_and_stays_visible_as_failed(queue: Queue) -> None:
    queue.put("probe.fail")
    queue.start()
    queue.until(lambda: queue.states() == [("failed", 3)], 40)
    assert queue.notes() == ["tried"] * 3
    first, second, third = [
        row[0] for row in queue.connection.execute("SELECT at FROM probe WHERE text = 'tried' ORDER BY at")
    ]
    assert 0.2 <= (second - first).total_seconds() <= (third - second).total_seconds()
    assert (third - second).total_seconds() >= 0.8
    with queue.app.app_context():
        found = jobs.overview(db.session())
    assert found.failed >= 1
    assert found.silent_for is not None
    assert found.silent_for.total_seconds() < 5


def test_the_job_of_a_killed_worker_comes_back(queue: Queue) -> None:
    worker = queue.start()
    queue.put("probe.slow_once")
    queue.until(lambda: queue.notes() == ["began"], 30)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    assert queue.states() == [("doing", 0)]
    queue.start()
    queue.until(lambda: queue.notes() == ["began", "began", "ended"], 30)
    queue.until(lambda: queue.states() == [])


def test_a_worker_that_lives_keeps_its_job(queue: Queue) -> None:
    queue.start()
    queue.put("probe.slow", seconds=4.0)
    queue.until(lambda: queue.notes() == ["began"], 30)
    queue.start()
    queue.until(lambda: "ended" in queue.notes(), 30)
    assert queue.notes() == ["began", "ended"]


def test_sigterm_lets_the_running_job_end(queue: Queue) -> None:
    worker = queue.start()
    queue.put("probe.slow", seconds=2.0)
    queue.until(lambda: queue.notes() == ["began"], 30)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(10) == 0
    assert queue.notes() == ["began", "ended"]


def _orphan(queue: Queue, name: str, attempts: int, lock: str | None = None) -> int:
    """A job as a dead worker leaves it."""
    query = """INSERT INTO procrastinate_jobs (queue_name, task_name, status, attempts, queueing_lock)
        VALUES ('default', %s, 'doing', %s, %s) RETURNING id"""
    (job,) = queue.connection.execute(query, [name, attempts, lock]).fetchone()  # type: ignore[misc]
    return int(job)


def test_a_job_that_kills_its_workers_is_given_up(queue: Queue) -> None:
    tired = _orphan(queue, "probe.fail", 2)
    unknown = _orphan(queue, "probe.forgotten", 0)
    superseded = _orphan(queue, "probe.tick", 0, "probe.tick")
    queue.connection.execute(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, scheduled_at)"
        " VALUES ('default', 'probe.tick', 'probe.tick', now() + '1 hour')"
    )
    queue.start()

    def state_of(job: int) -> str:
        query = "SELECT status::text FROM procrastinate_jobs WHERE id = %s"
        return str(queue.connection.execute(query, [job]).fetchone()[0])  # type: ignore[index]

    queue.until(lambda: state_of(tired) == "failed", 30)
    assert (state_of(unknown), state_of(superseded)) == ("failed", "aborted")


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 2.0), (1, 8.0), (2, 32.0), (6, 3600.0), (10_000, 3600.0)]
)
def test_the_waits_grow_up_to_an_hour(failures: int, seconds: float) -> None:
    assert jobs.wait_after(failures, 2.0) == seconds


def test_the_schema_of_the_queue_is_the_one_in_the_database(queue: Queue) -> None:
    with queue.app.app_context():
        names = db.session.scalars(
            sa.text("SELECT tablename FROM pg_tables WHERE tablename LIKE 'procrastinate%'")
        )
        assert {f"CREATE TABLE {name}" in jobs.schema_sql() for name in names} == {True}
