"""A year of deadlines: made-up cases on a real database, the sweep run tick by tick, workers killed.

`python -m tests.simulated_year NOTICES [SEED] [HOURS]` is the long form, with a sweep each HOURS (24).
The acts of people (issue, service, answer, review) are written as facts with their ledger lines, since
what is tried is the ladder and not the people; everything that the ladder does is done by its own code
in worker processes. Each takes the clock from a file, is killed (SIGKILL) at random, and another takes
over. At the end, what the ladder did must be what the simulator says of the same case files: each step
once, none missing.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import tempfile
import time
import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from server.app import create_app
from server.calendars import service as calendars
from server.calendars.rules import Term, Unit, due
from server.core import ledger
from server.core.clock import FixedClock
from server.core.config import Settings
from server.core.db import db
from server.core.identity import SYSTEM
from server.documents.models import OfficialDocument
from server.documents.rules import DocumentState, DocumentType
from server.escalation import ladder, service, simulation
from server.escalation.models import Proposal
from server.escalation.rules import Trigger
from server.findings.models import Finding
from server.findings.rules import FindingAction, FindingState, Severity, next_state
from server.messages.models import Message
from server.notices.models import Notice, NoticeItem
from server.notices.rules import NoticeState
from server.places.models import Compound
from tests.factories import database, world

START = datetime(2025, 11, 3, 0, 30, tzinfo=UTC)
"""Half past the hour: acts never fall on a tick of the sweep, so that both count the same state."""
TERMS = [("FP-02", Severity.CRITICAL, 24, "hour"), ("FP-03", Severity.MAJOR, 15, "day")]
TERMS += [("ES-01", Severity.GENERAL, 7, "day"), ("PF-01", Severity.GENERAL, 10, "workday")]
A = FindingAction
FORKS = multiprocessing.get_context("forkserver")
"""Not a fork of this process, which has connections and threads of its own."""
FORKS.set_forkserver_preload([__name__])
DOUBLED = "SELECT FROM message GROUP BY cause, user_id, channel HAVING count(*) > 1"


@dataclass(frozen=True)
class Act:
    """One act of a person on one case, at one hour."""

    at: datetime
    case: uuid.UUID
    action: FindingAction
    due_at: datetime | None = None
    notice_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Story:
    """What happens to one case, and what it is."""

    case: uuid.UUID
    code: str
    severity: Severity
    opened: datetime
    acts: list[Act]


def stories(count: int, days: int, seed: int, view: Any) -> list[Story]:
    """`count` cases spread over `days`: most go well, some are late, fail, are late again or never move."""
    dice = random.Random(seed)
    return [_story(dice, START + timedelta(hours=dice.randrange(days * 24)), view) for _ in range(count)]


def _story(dice: random.Random, opened: datetime, view: Any) -> Story:
    code, severity, n, unit = dice.choice(TERMS)
    case, acts, now = uuid.UUID(int=dice.getrandbits(128)), [], opened

    def act(action: FindingAction, hours: int, **more: Any) -> None:
        nonlocal now
        now += timedelta(hours=hours)
        acts.append(Act(now, case, action, **more))

    act(A.CONFIRM, dice.choice([1, 2, 30]))
    for order in (A.ISSUE_NOTICE, A.ISSUE_SECOND_ORDER):
        notice_id = uuid.UUID(int=dice.getrandbits(128))
        act(order, dice.choice([1, 5]), due_at=due(now, Term(n, Unit(unit)), view).at, notice_id=notice_id)
        if dice.random() < 0.05:
            break
        hours = dice.choice([1, 3, 30, 100])
        act(A.ACKNOWLEDGE, hours, due_at=due(now + timedelta(hours=hours), Term(n, Unit(unit)), view).at)
        if dice.random() < 0.08:
            break
        span = int((acts[-1].due_at - now).total_seconds() // 3600)  # type: ignore[operator]
        act(A.ANSWER, max(1, span + dice.choice([-span // 2, -20, -3, 5, 60, 200])))
        act(A.PASS_REVIEW if dice.random() < 0.6 else A.FAIL_REVIEW, dice.choice([4, 50, 150]))
        if acts[-1].action is A.PASS_REVIEW:
            break
        now += timedelta(hours=dice.choice([1, 20, 200]))
    return Story(case, code, severity, opened, acts)


class Year:
    """The database with the people's acts still to come."""

    def __init__(self, app: Flask, told: list[Story], people: world.World) -> None:
        self.app, self.people = app, people
        self.events = sorted(
            [(story.opened, 0, story, None) for story in told]
            + [(act.at, 1, story, act) for story in told for act in story.acts],
            key=lambda event: (event[0], event[1], event[2].case),
        )
        self.done = 0

    def live_until(self, until: datetime) -> None:
        """Do what people did before `until`, in one transaction."""
        with self.app.app_context():
            session = db.session()
            while self.done < len(self.events) and self.events[self.done][0] < until:
                at, _, story, act = self.events[self.done]
                self._open(session, story) if act is None else self._act(session, act, at)
                self.done += 1
            session.commit()
            db.session.remove()

    def _open(self, session: Session, story: Story) -> None:
        compound = session.get_one(Compound, self.people.compounds["汀禾苑"])
        session.add(
            Finding(
                id=story.case, compound_id=compound.id, path=compound.path, firm_id=compound.firm_id,
                item_code=story.code, catalogue_version=_version(session), severity=story.severity,
                responsible="firm", text="", place="3号楼", captured_at=story.opened,
                received_at=story.opened, found_by=self.people.users["inspector_chen"],
                organisation_id=self.people.organisations["青禾街道办事处"], state=FindingState.SUBMITTED,
                waiting_since=story.opened, triage_due_at=story.opened + timedelta(hours=4), flags=[],
            )
        )  # fmt: skip
        session.flush()
        ledger.append(session, ledger.Act(story.case, "finding.open", story.opened, SYSTEM, {}))

    def _act(self, session: Session, act: Act, at: datetime) -> None:
        finding = session.get_one(Finding, act.case, with_for_update=True)
        step = next_state(finding.state, act.action)
        if step is None:  # the ladder has moved the case on: nobody does what is no longer legal
            return
        if act.notice_id is not None:
            self._issue(session, finding, act, at)
        if act.action is A.FAIL_REVIEW:
            finding.failed_reviews += 1
        if act.due_at is not None:
            finding.due_at = act.due_at
        if act.action is A.ACKNOWLEDGE:
            finding.clock_from = at
        finding.state, finding.waiting_since = step.to, at
        data = {"due_at": act.due_at.isoformat()} if act.due_at else {}
        data |= {"notice_id": str(act.notice_id)} if act.notice_id else {}
        ledger.append(session, ledger.Act(act.case, f"finding.{act.action.value}", at, SYSTEM, data))

    def _issue(self, session: Session, finding: Finding, act: Act, at: datetime) -> None:
        second = act.action is A.ISSUE_SECOND_ORDER
        number = f"试〔{at.year}〕第{self.done + 1}号"
        paper = OfficialDocument(
            document_type=DocumentType.N2, organisation_id=finding.organisation_id, year=at.year,
            sequence=self.done + 1, number=number, title="", addressee="", path=finding.path,
            case_ids=[finding.id], issued_at=at, state=DocumentState.IN_FORCE,
            verify_token=str(act.notice_id), sha256=bytes(32),
        )  # fmt: skip
        session.add(paper)
        session.flush()
        notice = Notice(
            id=act.notice_id, organisation_id=finding.organisation_id, year=at.year,
            sequence=self.done + 1, number=number, document_id=paper.id, firm_id=finding.firm_id,
            compound_id=finding.compound_id, path=finding.path, order_no=2 if second else 1,
            state=NoticeState.ISSUED, issued_at=at, issued_by=self.people.users["supervisor_he"],
            serve_by=act.due_at,
            contact="", contact_phone="", verify_token=str(act.notice_id), document_sha256=bytes(32),
            calendar_version="",
        )  # fmt: skip
        session.add(notice)
        session.flush()
        item = {"legal_basis": "", "requirement": "", "term": 1, "unit": "day", "seq": 1}
        session.add(
            NoticeItem(
                notice_id=notice.id,
                finding_id=finding.id,
                printed_due_at=act.due_at,
                due_at=act.due_at,
                **item,
            )
        )
        finding.notice_id, finding.orders, finding.overdue_at = notice.id, 2 if second else 1, None


def _version(session: Session) -> str:
    version: str = session.scalar(sa.text("SELECT max(version) FROM catalogue_version"))
    return version


def nurse(url: str, folder: Path, line: Connection) -> None:
    """Has everything loaded and warm, and forks a worker whenever `line` asks for one; answers its pid.

    A worker that starts as in production takes two seconds, of which a year of killings needs hundreds.
    """
    app = create_app(Settings(database_url=url, var=folder), clock=FixedClock(START))
    with app.app_context():
        _sweep(START)  # statements are compiled once
        db.engine.dispose()
        while line.recv():
            pid = os.fork()
            if pid == 0:
                work(folder)
            line.send(pid)
            os.waitpid(pid, 0)
            line.send(None)


def work(folder: Path) -> None:
    """A worker: sweeps at the hour that the file names, again and again, until it is killed."""
    while True:
        text = (folder / "now").read_text()
        _sweep(datetime.fromisoformat(text))
        (folder / "half").write_text(text)
        (folder / "half").rename(folder / "done")
        while (folder / "now").read_text() == text:
            time.sleep(0.002)


def _sweep(now: datetime) -> None:
    session = db.session()
    while service.sweep(session, now) == service.BATCH:
        session.flush()
    service.climb(session, now)
    session.commit()


class Workers:
    """One worker at a time, killed now and then in the middle of its work."""

    def __init__(self, url: str, folder: Path, dice: random.Random, kill_each: int) -> None:
        self.folder, self.dice, self.kill_each = folder, dice, kill_each
        self.kills = 0
        self.lasted = 0.05
        """Seconds that the last undisturbed sweep took: a worker is killed at any moment of one."""
        self.line, theirs = FORKS.Pipe()
        self.nurse = FORKS.Process(target=nurse, args=(url, folder, theirs), daemon=True)
        self.nurse.start()
        self.pid = self._start()

    def _start(self) -> int:
        self.line.send(True)
        pid: int = self.line.recv()
        return pid

    def tick(self, at: datetime) -> None:
        """Have the sweep of one hour done, by however many workers it takes."""
        (self.folder / "next").write_text(at.isoformat())
        (self.folder / "next").rename(self.folder / "now")
        began, doomed = time.monotonic(), self.dice.randrange(self.kill_each) == 0
        if doomed:
            time.sleep(self.dice.uniform(0.0, self.lasted))
            self._kill()
            self.kills += 1
            self.pid = self._start()
        while not (self.folder / "done").exists() or (self.folder / "done").read_text() != at.isoformat():
            assert not self.line.poll(), "a worker ended by itself"
            time.sleep(0.001)
        self.lasted = self.lasted if doomed else time.monotonic() - began

    def stop(self) -> None:
        self._kill()
        self.line.send(False)
        self.nurse.join()

    def _kill(self) -> None:
        """SIGKILL: no handler runs, no transaction is ended, the database finds out by itself."""
        os.kill(self.pid, signal.SIGKILL)
        self.line.recv()


def expected(session: Session, end: datetime, tick: timedelta) -> Counter[tuple[str, str, str]]:
    """What the simulator says that the ladder had to do, on ticks: (case, step, occasion)."""
    cases, _ = simulation.load(session, START - timedelta(days=1))
    _, steps = ladder.in_force(session, end)
    found: Counter[tuple[str, str, str]] = Counter()
    for step, case, moment in simulation.taken(steps, cases, calendars.load_view(session)):
        if step.trigger is Trigger.REPEATED_OVERDUE:
            continue
        epoch = datetime(2000, 1, 1, tzinfo=UTC)
        first = epoch + -(-(moment.at - epoch) // tick) * tick
        if first <= end and (moment.until is None or first < moment.until):
            found[(str(case.id), step.code, moment.occasion)] += 1
    return found


def taken(session: Session) -> Counter[tuple[str, str, str]]:
    """What the ladder did."""
    single = {step.code for step in ladder.defaults() if step.trigger in simulation.REPLAYED}
    single -= {step.code for step in ladder.defaults() if step.trigger is Trigger.REPEATED_OVERDUE}
    rows = session.execute(sa.select(Proposal.subject_id, Proposal.step, Proposal.occasion))
    return Counter((str(row[0]), row[1], row[2]) for row in rows if row[1] in single)


def run(notices: int, seed: int, *, days: int = 365, hours: int = 1, kill_each: int = 40) -> dict[str, Any]:
    """Live a year; returns the figures, or raises `AssertionError` with what differs."""
    began, dice = time.monotonic(), random.Random(seed)
    with database.clone() as url, tempfile.TemporaryDirectory() as name:
        folder, tick = Path(name), timedelta(hours=hours)
        app = create_app(Settings(database_url=url, var=folder), clock=FixedClock(START))
        with app.app_context():
            people = world.build(db.session())
            ladder.seed(db.session(), START)
            db.session.commit()
            view = calendars.load_view(db.session())
            told = stories(round(notices * 0.72), days, seed, view)
            db.session.remove()
        year = Year(app, told, people)
        (folder / "now").write_text(START.isoformat())
        workers = Workers(url, folder, dice, kill_each)
        at, ticks = START.replace(minute=0) + tick, 0
        end = max(event[0] for event in year.events) + timedelta(days=8)
        try:
            while at <= end:
                year.live_until(at)
                workers.tick(at)
                at, ticks = at + tick, ticks + 1
        finally:
            workers.stop()
        with app.app_context():
            figures = _compare(db.session(), at - tick, tick)
            db.session.remove()
            db.engine.dispose()
    figures |= {"seed": seed, "ticks": ticks, "worker_kills": workers.kills}
    return figures | {"seconds": round(time.monotonic() - began, 1)}


def _compare(session: Session, end: datetime, tick: timedelta) -> dict[str, Any]:
    wanted, did = expected(session, end, tick), taken(session)
    twice = {key: n for key, n in did.items() if n > 1}
    assert not twice, twice
    assert did == wanted, {"missing": list(wanted - did)[:5], "too many": list(did - wanted)[:5]}
    messages = session.execute(
        sa.select(Message.kind, sa.func.count()).group_by(Message.kind).order_by(Message.kind)
    )
    doubled = session.scalar(sa.text(f"SELECT count(*) FROM ({DOUBLED}) AS twice"))
    assert doubled == 0
    cases = session.scalars(sa.select(Finding.id)).all()
    broken = [case for case in cases if ledger.first_broken(ledger.lines(session, case)) is not None]
    assert not broken, broken[:5]
    return {
        "cases": len(cases),
        "notices": session.scalar(sa.select(sa.func.count()).select_from(Notice)),
        "steps_taken": sum(did.values()),
        "by_step": dict(sorted(Counter(step for _, step, _ in did).items())),
        "messages": dict(messages.tuples().all()),
        "lost": 0,
        "twice": 0,
    }
