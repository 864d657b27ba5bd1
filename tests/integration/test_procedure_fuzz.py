"""Random acts of all roles against the service: no illegal state, nothing unwritten, nothing lost.

A stateful machine draws acts over the transition tables (and many that the tables forbid) and sends them
as commands through HTTP to a real PostgreSQL. After each act it compares what was applied with the tables,
and at the end of each run it looks at every row: states that fit each other, one ledger line at least
for every applied act, hash chains intact, and as many cases as were opened, each in exactly one state.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from server.core import ledger
from server.core.db import db, new_id
from server.escalation import service as escalation
from server.findings.models import Finding
from server.findings.rules import CLOSED_STATES, TRANSITIONS, FindingState
from server.notices.models import DeadlineChange, Extension, Notice, NoticeItem, Objection, Response
from server.notices.procedure_rules import RequestState, ResponseState
from server.notices.rules import SETTLED, ItemState, NoticeState
from server.transfers.models import Transfer
from server.transfers.rules import TransferState
from tests.conftest import _application
from tests.factories import database, world
from tests.factories.actors import CENTRE, Actor

F, N, L = FindingState, NoticeState, ItemState
STEPS = {(source, step.to) for (source, _), step in TRANSITIONS.items()}
WAITING = frozenset({L.PENDING, L.FAILED})
ITEM_OF: dict[FindingState, frozenset[ItemState]] = {
    F.NOTICED: WAITING,
    F.RECTIFYING: WAITING,
    F.OVERDUE: WAITING,
    F.REPLIED: frozenset({L.ANSWERED}),
    F.REVIEWING: frozenset({L.ANSWERED}),
}
"""What the line in force says where the case stands so."""
CASES = st.integers(0, 5)
FLAG = st.booleans()
LIVE: dict[str, Any] = {}


class Office(RuleBasedStateMachine):
    """A street, a district, a firm and a department with up to six cases, in a database of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.app: Flask = LIVE["app"]
        self.cast: Callable[[str], Actor] = LIVE["cast"]
        self.app.extensions["clock"].set(world.NOW)
        self.cases: list[str] = []
        self.lines: dict[str, int] = {}
        self.before: dict[str, FindingState] = {}
        self.held = self.app.app_context()
        self.held.push()

    def teardown(self) -> None:
        self._everything_fits()
        self.held.pop()

    def act(self, name: str, kind: str, /, **body: Any) -> dict[str, Any]:
        entry = self.cast(name).command(kind, **body)
        if entry["status"] == "refused":
            assert entry["problem"]["status"] < 500, entry
        self._look(entry["status"] == "applied", kind)
        return entry

    def case(self, at: int) -> str:
        return self.cases[at % len(self.cases)]

    def row(self, at: int) -> dict[str, Any]:
        """The case as the database has it, with notice and the newest answer."""
        db.session.rollback()
        finding = db.session.get_one(Finding, uuid.UUID(self.case(at)))
        answer = db.session.scalars(
            sa.select(Response)
            .where(Response.finding_id == finding.id)
            .order_by(Response.submitted_at.desc(), Response.id.desc())
        ).first()
        return {
            "finding": finding,
            "finding_id": str(finding.id),
            "notice_id": str(finding.notice_id or new_id()),
            "response_id": str(answer.id if answer else new_id()),
            "due_at": finding.due_at,
        }

    @initialize(n=st.integers(2, 6))
    def reports(self, n: int) -> None:
        for at in range(n):
            chen = self.cast("inspector_chen")
            shot, finding_id = chen.shoots("O", (at, n, 7)), str(new_id())
            body = {
                "finding_id": finding_id,
                "compound_id": str(chen.world.compounds["汀禾苑"]),
                "item_code": ("FP-03", "FP-01", "OR-05")[at % 3],
                "position": CENTRE | {"accuracy_m": 6.0},
                "photos": [shot.declaration],
            }
            assert chen.command("open_finding", **body)["status"] == "applied"
            self.cases.append(finding_id)
            self.lines[finding_id] = 1
            self.before[finding_id] = F.SUBMITTED

    @rule(at=CASES, passed=FLAG, signed=FLAG)
    def goes_on(self, at: int, passed: bool, signed: bool) -> None:
        """What comes next where all goes well, so that runs get beyond the first refusals."""
        finding = self.row(at)["finding"]
        match finding.state:
            case F.SUBMITTED:
                self.decides(at, "confirm_finding")
            case F.CONFIRMED | F.REOPENED:
                self.issues(at, at, False)
            case F.NOTICED if signed:
                self.serves(at, "direct")
            case F.NOTICED:
                self.receives(at, "acknowledge_notice")
            case F.RECTIFYING | F.OVERDUE:
                self.answers(at)
            case F.REPLIED | F.REVIEWING:
                self.judges(at, passed, "inspector_li")

    @rule(at=CASES, times=st.integers(2, 5))
    def goes_far(self, at: int, times: int) -> None:
        for _ in range(times):
            self.goes_on(at, passed=False, signed=True)

    @rule(
        at=CASES,
        kind=st.sampled_from(["confirm_finding", "reject_finding", "return_finding", "reopen_finding"]),
    )
    def decides(self, at: int, kind: str) -> None:
        more = {} if kind == "confirm_finding" else {"reason": "如此"}
        self.act("supervisor_he", kind, finding_id=self.case(at), **more)

    @rule(first=CASES, second=CASES, both=FLAG)
    def issues(self, first: int, second: int, both: bool) -> None:
        chosen = dict.fromkeys([self.case(first), self.case(second)] if both else [self.case(first)])
        self.act(
            "supervisor_he",
            "issue_notice",
            notice_id=str(new_id()),
            items=[{"finding_id": one, "term": 3, "unit": "day"} for one in chosen],
            without_missing_photos=True,
        )

    @rule(at=CASES, kind=st.sampled_from(["open_notice", "acknowledge_notice"]))
    def receives(self, at: int, kind: str) -> None:
        more = {"name": "刘某"} if kind == "acknowledge_notice" else {}
        self.act("firm_liu", kind, notice_id=self.row(at)["notice_id"], **more)

    @rule(at=CASES, method=st.sampled_from(["direct", "left_in_place", "post", "announcement"]))
    def serves(self, at: int, method: str) -> None:
        he = self.cast("supervisor_he")
        signed, other = he.shoots("L", (1, 1, 1)), he.shoots("O", (2, 2, 2))
        body = {
            "service_id": str(new_id()),
            "notice_ids": [self.row(at)["notice_id"]],
            "method": method,
            "recipient": {"name": "刘某"},
            "relation": "principal",
            "signature_photo_id": str(signed.id),
            "refusal_reason": "拒收",
            "tracking_number": "EMS1",
            "announcement_reason": "下落不明",
            "published_on": he.now().date().isoformat(),
            "photos": [signed.declaration, other.declaration],
        }
        self.act("supervisor_he", "serve_notice", **body)

    @rule(given=FLAG)
    def consents(self, given: bool) -> None:
        told = {"scope": "全部", "channels": ["portal"], "signer_name": "刘某", "signer_title": "主管"}
        if given:
            self.act("firm_liu", "give_consent", consent_id=str(new_id()), signed_on="2026-11-20", **told)
        else:
            self.act("firm_liu", "withdraw_consent")

    @rule(at=CASES)
    def answers(self, at: int) -> None:
        row = self.row(at)
        told = {name: row[name] for name in ("notice_id", "finding_id")}
        self.act("firm_liu", "answer_item", response_id=str(new_id()), text="改了", **told)

    @rule(at=CASES)
    def withdraws(self, at: int) -> None:
        self.act("firm_liu", "withdraw_answer", response_id=self.row(at)["response_id"])

    @rule(at=CASES, step=st.sampled_from(["found", "dissuaded", "reported"]))
    def files(self, at: int, step: str) -> None:
        liu, row = self.cast("firm_liu"), self.row(at)
        told = {name: row[name] for name in ("notice_id", "finding_id")}
        known = db.session.scalar(
            sa.text("SELECT id FROM duty_report WHERE finding_id = :id"), {"id": row["finding_id"]}
        )
        report, shot = str(known or new_id()), liu.shoots("O", (3, 3, 3))
        body = {"report_id": report, "step": step, "at": liu.now().isoformat(), "text": "劝了"}
        self.act("firm_liu", "file_duty_step", **body, **told, photos=[shot.declaration])

    @rule(at=CASES, days=st.integers(1, 4))
    def asks_for_time(self, at: int, days: int) -> None:
        row, liu = self.row(at), self.cast("firm_liu")
        due_at = (row["due_at"] or liu.now()) + timedelta(days=days)
        told = {name: row[name] for name in ("notice_id", "finding_id")}
        words = {"reason_code": "weather", "reason": "雨", "interim_measures": "值守"}
        self.act(
            "firm_liu",
            "request_extension",
            extension_id=str(new_id()),
            due_at=due_at.isoformat(),
            **told,
            **words,
        )

    @rule(at=CASES, granted=FLAG, who=st.sampled_from(["supervisor_he", "supervisor_xu", "firm_liu"]))
    def decides_on_time(self, at: int, granted: bool, who: str) -> None:
        known = self._newest(Extension, at)
        self.act(who, "decide_extension", extension_id=known, granted=granted, text="如此")

    @rule(at=CASES)
    def objects(self, at: int) -> None:
        row = self.row(at)
        told = {name: row[name] for name in ("notice_id", "finding_id")}
        self.act("firm_liu", "object_to_item", objection_id=str(new_id()), reason="不服", **told)

    @rule(at=CASES, upheld=FLAG, goes_on=FLAG)
    def decides_on_objection(self, at: int, upheld: bool, goes_on: bool) -> None:
        known = self._newest(Objection, at)
        told = {"upheld": upheld, "case_goes_on": goes_on, "text": "如此"}
        self.act("supervisor_he", "decide_objection", objection_id=known, **told)

    @rule(at=CASES, passed=FLAG, who=st.sampled_from(["inspector_li", "inspector_chen"]))
    def judges(self, at: int, passed: bool, who: str) -> None:
        at_now = self.cast(who).now().isoformat()
        told = {"review_id": str(new_id()), "finding_id": self.case(at), "text": "看过", "passed": passed}
        self.act(who, "review_finding", **told, reviewed_at=at_now)

    @rule(at=CASES, more=FLAG)
    def sends_back_or_somebody(self, at: int, more: bool) -> None:
        he = self.cast("supervisor_he")
        if more:
            self.act("inspector_li", "ask_more", finding_id=self.case(at), text="再拍")
        else:
            reviewer = str(he.world.users["inspector_li"])
            self.act("supervisor_he", "dispatch_review", finding_id=self.case(at), reviewer_id=reviewer)

    @rule(at=CASES, act=st.sampled_from(["send", "accept", "decline", "report", "conclude"]))
    def transfers(self, at: int, act: str) -> None:
        he, case = self.cast("supervisor_he"), self.case(at)
        if act == "send":
            unit = str(he.world.organisations["消防救援大队"])
            self.act(
                "supervisor_he", "transfer_finding", finding_id=case, organisation_id=unit, reason="职权"
            )
        elif act == "conclude":
            self.act("supervisor_he", "conclude_transfer", finding_id=case, text="办结")
        else:
            known = self._newest(Transfer, at)
            if act == "report":
                self.act("department_ma", "report_transfer", transfer_id=known, text="已办")
            else:
                told = {"accepted": act == "accept", "handler": "马某", "text": "如此"}
                self.act("department_ma", "answer_transfer", transfer_id=known, **told)

    @rule(at=CASES)
    def voids(self, at: int) -> None:
        self.act("supervisor_he", "void_notice", notice_id=self.row(at)["notice_id"], reason="写错了")

    @rule(hours=st.sampled_from([1, 20, 90, 24 * 40]))
    def time_passes(self, hours: int) -> None:
        clock = self.app.extensions["clock"]
        clock.set(clock.now() + timedelta(hours=hours))
        db.session.rollback()
        stay = {"now": clock.now(), "end": clock.now() + timedelta(days=3650)}
        db.session.execute(sa.text("UPDATE sign_in_session SET last_used_at = :now, expires_at = :end"), stay)
        escalation.sweep(db.session(), clock.now())
        db.session.commit()
        self._look(True, "sweep")

    def _newest(self, model: Any, at: int) -> str:
        db.session.rollback()
        query = sa.select(model.id).where(model.finding_id == uuid.UUID(self.case(at)))
        return str(db.session.scalars(query.order_by(model.id.desc())).first() or new_id())

    def _look(self, applied: bool, kind: str) -> None:
        """Every case moved along the table or stood still, and nothing moved without a line."""
        db.session.rollback()
        db.session.expire_all()
        grown = 0
        for case in self.cases:
            finding = db.session.get_one(Finding, uuid.UUID(case))
            before, now = self.before[case], finding.state
            assert before is now or self._reachable(before, now), (kind, before, now)
            lines = db.session.scalar(
                sa.select(sa.func.count())
                .select_from(ledger.CaseEvent)
                .where(ledger.CaseEvent.case_id == finding.id)
            )
            assert lines > self.lines[case] if before is not now else lines >= self.lines[case], (kind, case)
            grown += lines - self.lines[case]
            self.before[case], self.lines[case] = now, lines
        if not applied:
            assert grown == 0, f"a refused {kind} left a line"

    @staticmethod
    def _reachable(before: FindingState, now: FindingState) -> bool:
        """One act may serve and acknowledge, the sweep may do one step more than a reader sees."""
        middle = {to for source, to in STEPS if source is before}
        return now in middle or any((one, now) in STEPS for one in middle)

    @invariant()
    def nothing_is_lost(self) -> None:
        if self.cases:
            ids = [uuid.UUID(case) for case in self.cases]
            db.session.rollback()
            counted = db.session.execute(
                sa.select(Finding.state, sa.func.count()).where(Finding.id.in_(ids)).group_by(Finding.state)
            )
            assert sum(row[1] for row in counted) == len(self.cases)

    def _everything_fits(self) -> None:
        """Look at every row that hangs on these cases."""
        db.session.rollback()
        db.session.expire_all()
        for case in self.cases:
            finding = db.session.get_one(Finding, uuid.UUID(case))
            self._fits(finding)
            events = ledger.lines(db.session(), finding.id)
            assert ledger.first_broken(events) is None
            assert [event.seq for event in events] == list(range(1, len(events) + 1))
        for notice in self._notices():
            self._notice_fits(notice)
        open_pins = db.session.execute(sa.text("SELECT count(*) FROM open_pin")).scalar_one()
        still_open = db.session.scalar(
            sa.select(sa.func.count()).select_from(Finding).where(Finding.state.not_in(CLOSED_STATES))
        )
        assert open_pins == still_open
        tallied = db.session.execute(
            sa.text("SELECT coalesce(sum(n_open), 0) FROM compound_counter")
        ).scalar_one()
        assert tallied == still_open

    def _notices(self) -> Iterator[Notice]:
        ids = [uuid.UUID(case) for case in self.cases]
        query = sa.select(Notice).join(NoticeItem, NoticeItem.notice_id == Notice.id)
        yield from db.session.scalars(query.where(NoticeItem.finding_id.in_(ids)).distinct())

    def _fits(self, finding: Finding) -> None:
        if finding.state is F.OVERDUE:
            assert finding.clock_from is not None and finding.overdue_at == finding.due_at
            assert finding.due_at is not None and finding.due_at >= finding.clock_from
        if finding.state in ITEM_OF:
            line = db.session.scalars(
                sa.select(NoticeItem).where(
                    NoticeItem.notice_id == finding.notice_id, NoticeItem.finding_id == finding.id
                )
            ).one()
            assert line.state in ITEM_OF[finding.state], (finding.state, line.state)
            assert line.due_at == finding.due_at >= line.printed_due_at
            self._answers_fit(line)
        transfer = db.session.scalars(
            sa.select(Transfer).where(Transfer.finding_id == finding.id).order_by(Transfer.id.desc())
        ).first()
        running = transfer is not None and transfer.state not in (
            TransferState.DECLINED,
            TransferState.CONCLUDED,
        )
        assert running == (finding.state is F.TRANSFERRED)
        assert (finding.closed_at is not None) == (finding.state in CLOSED_STATES)

    def _answers_fit(self, line: NoticeItem) -> None:
        answers = db.session.scalars(sa.select(Response).where(Response.notice_item_id == line.id)).all()
        standing = [a for a in answers if a.state in (ResponseState.SUBMITTED, ResponseState.ACCEPTED)]
        assert len(standing) == (1 if line.state is L.ANSWERED else 0)
        changes = db.session.scalars(
            sa.select(DeadlineChange)
            .where(DeadlineChange.notice_item_id == line.id)
            .order_by(DeadlineChange.changed_at, DeadlineChange.id)
        ).all()
        for one, following in zip(changes, changes[1:], strict=False):
            assert one.due_after == following.due_before
        assert not changes or changes[-1].due_after == line.due_at

    def _notice_fits(self, notice: Notice) -> None:
        lines = db.session.scalars(sa.select(NoticeItem).where(NoticeItem.notice_id == notice.id)).all()
        if notice.state is N.COMPLIED:
            assert all(line.state in (L.PASSED, L.WITHDRAWN) for line in lines)
        if notice.state is N.ISSUED:
            assert notice.acknowledged_at is None and notice.served_at is None
        if notice.served_at is not None:
            assert notice.service_method is not None
        if notice.state in SETTLED:
            for model in (Extension, Objection):
                waits = sa.select(sa.func.count()).select_from(model)
                waits = waits.where(model.notice_id == notice.id, model.state == RequestState.PENDING)
                assert db.session.scalar(waits) == 0


@pytest.fixture
def office(tmp_path: Path) -> Iterator[None]:
    """A database of its own for the whole machine: its runs share the district, not the cases."""
    with database.clone() as url:
        app = _application(url, tmp_path)
        with app.app_context():
            built = world.build(db.session())
            db.session.commit()
            db.session.remove()
        LIVE.update(app=app, cast=lambda name: Actor(app, built, name))
        yield
        LIVE.clear()
        with app.app_context():
            db.engine.dispose()


@pytest.mark.usefixtures("office")
def test_random_acts_reach_no_illegal_state() -> None:
    run_state_machine_as_test(
        Office,
        settings=settings(
            max_examples=int(os.environ.get("FUZZ_RUNS", "3")),
            stateful_step_count=int(os.environ.get("FUZZ_STEPS", "20")),
            deadline=None,
            derandomize=True,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
