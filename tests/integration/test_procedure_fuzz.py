"""Random acts of all roles against the service, held step by step against a second writing of the procedure.

A stateful machine draws acts, those that a case may take as well as those that just fail to be allowed, and
has the service do them on a real PostgreSQL (commands as a phone sends them, without HTTP; a run is one
transaction). The model in `tests/factories/procedure.py`, which knows nothing of the service's tables, says
before each act whether it will be applied and what comes of it. After each act every case stands where the
model says, no date came earlier, a refused act left no line, and the map's counters sum up to the cases by
state. At the end of a run the case files are read: the chain of hashes is whole, by a computation of its own,
and the story told is where the case stands.

Seen to fail when taken out, one after the other: late without a date, late without service, late though
answered, never late; the finder re-checks; a third order; a second order without a failed re-check; time
asked for after the term, or for what is critical; the issuer grants time; a judged notice is voided; a served
one is served again; an act leaves no line; a rejected case is confirmed.

`FUZZ_RUNS` and `FUZZ_STEPS` make it long, `FUZZ_SHOW` prints what was tried and why it was refused.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from server.accounts.models import User
from server.accounts.sessions import identity_of
from server.core.clock import SHANGHAI
from server.core.db import db, new_id
from server.core.identity import Identity
from server.documents import service as documents
from server.escalation import service as escalation
from server.findings import service as findings
from server.sync import service as sync
from server.sync.schemas import CommandSchema
from tests.conftest import _application
from tests.factories import database, world
from tests.factories.actors import CENTRE
from tests.factories.procedure import (
    ANSWERED,
    CLOSED,
    WITH_FIRM,
    Case,
    Conditions,
    Line,
    Procedure,
    Request,
    told,
)

ITEMS = ("FP-03", "FP-01", "OR-05")
CRITICAL = "FP-01"
MAY_BE_SILENT = frozenset({"open_notice", "give_consent", "withdraw_consent"})
"""Opening again what was opened changes nothing, and a consent belongs to no case."""
NOBODY = {"right": False}
ASIDE = frozenset(
    {"reject_finding", "return_finding", "mark_duplicate", "fix_on_spot", "transfer_finding", "void_notice"}
    | {"open_notice", "give_consent", "withdraw_consent", "decide_objection"}
)
"""Allowed often enough to keep every case from getting anywhere."""
LIVE: dict[str, Any] = {}
FACTS = sa.text("""
    SELECT f.id::text, f.state, f.orders, f.failed_reviews, f.notice_id::text, f.clock_from, f.due_at,
           f.closed_at, f.overdue_at, i.printed_due_at,
           (SELECT count(*) FROM case_event WHERE case_id = f.id) AS lines
    FROM finding f LEFT JOIN notice_item i ON i.notice_id = f.notice_id AND i.finding_id = f.id
    WHERE f.id = ANY(:ids)
""")
TOTALS = sa.text("""
    SELECT (SELECT count(*) FROM open_pin) AS pins, sum(n_open) AS n_open, sum(n_replied) AS n_replied,
           sum(n_critical + n_major + n_general) AS by_severity, sum(n_critical) AS n_critical,
           (SELECT sum(g0+g1+g2+g3+m0+m1+m2+m3+c0+c1+c2+c3) FROM open_tally WHERE category = '') AS tally
    FROM compound_counter
""")


@dataclass(frozen=True)
class Act:
    """One act that somebody might try: what is sent, on which conditions, and what the model then does."""

    kind: str
    who: str
    conditions: Conditions
    effect: Callable[[], object]
    body: dict[str, Any]

    @property
    def may(self) -> bool:
        return all(self.conditions.values())

    @property
    def lacks(self) -> tuple[str, ...]:
        """Names of the conditions that are not met."""
        return tuple(name for name, met in self.conditions.items() if not met)


def _photo(kind: str = "O") -> dict[str, Any]:
    return {
        "photo_id": str(new_id()),
        "kind": kind,
        "sha256": os.urandom(32).hex(),
        "size": 1000,
        "mime": "image/jpeg",
        "source": "camera",
        "captured_at": world.NOW.isoformat(),
    }


class Office(RuleBasedStateMachine):
    """A street, a district, a firm and a department with a few cases, in a transaction of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.app: Flask = LIVE["app"]
        self.clock = self.app.extensions["clock"]
        self.clock.set(world.NOW)
        self.world: world.World = LIVE["world"]
        self.held = self.app.app_context()
        self.held.push()
        self.engine = db.engines[None]
        self.connection = self.engine.connect()
        self.outer = self.connection.begin()
        db.engines[None] = self.connection  # type: ignore[assignment]
        db.session.remove()
        db.session.configure(join_transaction_mode="create_savepoint")
        self.model = Procedure(world.NOW)
        self.lines: dict[str, int] = {}
        self.seen: Counter[tuple[str, str, tuple[str, ...], str]] = Counter()
        self.tried: Counter[tuple[str, tuple[str, ...]]] = LIVE["tried"]

    def teardown(self) -> None:
        try:
            for case in self.model.cases.values():
                self._file_is_whole(case)
        finally:
            db.session.remove()
            db.session.configure(join_transaction_mode="conditional_savepoint")
            db.engines[None] = self.engine
            self.outer.rollback()
            self.connection.close()
            self.held.pop()

    @initialize(n=st.integers(2, 4), consent=st.booleans())
    def reports(self, n: int, consent: bool) -> None:
        for at in range(n):
            case = Case(str(new_id()), critical=ITEMS[at % 3] == CRITICAL)
            body = {
                "finding_id": case.id,
                "compound_id": str(self.world.compounds["汀禾苑"]),
                "item_code": ITEMS[at % 3],
                "position": CENTRE | {"accuracy_m": 6.0},
                "photos": [_photo()],
            }
            self._does(Act("open_finding", "inspector_chen", {}, lambda: None, body))
            self.model.cases[case.id] = case
            self._look("open_finding", applied=True)
        if not consent:
            self._tries(
                Act("withdraw_consent", "firm_liu", {}, _of(setattr, self.model, "consent", False), {})
            )

    @rule(seed=st.integers(0, 2**32 - 1))
    def acts(self, seed: int) -> None:
        """Acts that just fail to be allowed, then one that is: what this run has seen least comes first."""
        dice = random.Random(seed)
        for _ in range(2):
            case, acts = self._case(dice)
            near = [act for act in acts if len(act.lacks) == 1] if dice.random() < 0.75 else []
            self._tries(self._least(dice, near or [act for act in acts if 1 <= len(act.lacks) <= 2]))
        case, acts = self._case(dice)
        legal = [act for act in acts if act.may]
        if dice.random() < 0.8:
            legal = [act for act in legal if act.kind not in ASIDE] or legal
        if not legal or dice.random() < 0.15:
            self._waits(dice.choice([1, 20, 90, 90, 24 * 40]))
        else:
            self._tries(self._least(dice, legal, case.state))

    def _case(self, dice: random.Random) -> tuple[Case, list[Act]]:
        """A case, rather one that is with the firm, and all that somebody might try with it."""
        cases = list(self.model.cases.values())
        with_firm = [case for case in cases if case.state in WITH_FIRM]
        case = dice.choice(with_firm if with_firm and dice.random() < 0.6 else cases)
        return case, list(self._possible(case, dice))

    def _least(self, dice: random.Random, acts: list[Act], state: str = "") -> Act:
        """One of those that this run has tried least, or any."""
        keys = [(act.kind, act.who, act.lacks, state) for act in acts]
        fewest = 10**6 if dice.random() < 0.3 else min(self.seen[key] for key in keys)
        chosen, key = dice.choice(
            [pair for pair in zip(acts, keys, strict=True) if self.seen[pair[1]] <= fewest]
        )
        self.seen[key] += 1
        return chosen

    def _tries(self, act: Act) -> None:
        self.model.forget()
        self._does(act)
        if act.may:
            act.effect()
        self.tried[(act.kind, act.lacks)] += 1
        self._look(act.kind, applied=act.may and act.kind not in MAY_BE_SILENT, refused=not act.may)

    def _does(self, act: Act) -> None:
        now = self.clock.now()
        raw = {"id": str(new_id()), "kind": act.kind, "captured_at": now.isoformat(), "body": act.body}
        command = CommandSchema().load(raw)
        entry = sync.deliver(db.session(), LIVE["cast"](act.who), command, now, 0)
        db.session.commit()
        problem = entry["problem"]
        assert problem is None or problem["status"] < 500, entry
        assert (problem is None) == act.may, (act.kind, act.who, problem, self._shown())

    def _waits(self, hours: int) -> None:
        self.model.now += timedelta(hours=hours)
        self.clock.set(self.model.now)
        self.model.forget()
        escalation.sweep(db.session(), self.model.now)
        db.session.commit()
        self.model.expire()
        self._look("sweep", applied=False)

    def _possible(self, case: Case, dice: random.Random) -> Iterator[Act]:
        yield from self._triage(case, dice)
        yield from self._paper(case, dice)
        yield from self._service(case, dice)
        yield from self._answers(case)
        yield from self._requests(case, dice)
        yield from self._checks(case, dice)
        yield from self._transfers(case, dice)

    def _triage(self, case: Case, dice: random.Random) -> Iterator[Act]:
        m, he, this = self.model, "supervisor_he", {"finding_id": case.id}
        why = this | {"reason": "如此"}

        def to(state: str) -> Callable[[], None]:
            return lambda: setattr(case, "state", state)

        master = dice.choice(list(m.cases.values()))
        more = this | {"photos": [_photo("A")]}
        yield Act("confirm_finding", he, m.may_confirm(case), to("confirmed"), this)
        yield Act("confirm_finding", "inspector_li", m.may_confirm(case) | NOBODY, to(""), this)
        yield Act("return_finding", he, m.may_return(case), to("returned"), why)
        yield Act("reject_finding", he, m.may_reject(case), to("rejected"), why)
        merge = why | {"master_id": master.id}
        yield Act("mark_duplicate", he, m.may_merge(case, master), to("duplicate"), merge)
        yield Act("resubmit_finding", "inspector_chen", m.may_resubmit(case), to("submitted"), more)
        yield Act(
            "fix_on_spot", "inspector_chen", m.may_fix(case), to("on_spot_fixed"), more | {"text": "当场改"}
        )
        yield Act("reopen_finding", he, m.may_reopen(case), lambda: m.reopen(case), why)

    def _paper(self, case: Case, dice: random.Random) -> Iterator[Act]:
        other = dice.choice(list(self.model.cases.values()))
        for chosen in ([case], [case, other] if other is not case else [case]):
            for who, kind in (("supervisor_he", "N2"), ("inspector_chen", "N1"), ("inspector_li", "N2")):
                spot, notice_id = kind == "N1", str(new_id())
                may = self.model.may_issue(chosen, spot) | {"right": spot or who == "supervisor_he"}
                body = {
                    "notice_id": notice_id,
                    "document_type": kind,
                    "items": [{"finding_id": one.id, "term": 3, "unit": "day"} for one in chosen],
                    "without_missing_photos": True,
                }
                yield Act("issue_notice", who, may, _of(self.model.issue, notice_id, chosen, who), body)
        paper = case.notice
        told_why = {"notice_id": paper.id if paper else str(new_id()), "reason": "写错了"}
        yield Act(
            "void_notice", "supervisor_he", self.model.may_void(paper), _of(self.model.void, paper), told_why
        )

    def _service(self, case: Case, dice: random.Random) -> Iterator[Act]:
        m, paper = self.model, case.notice
        this = {"notice_id": paper.id if paper else str(new_id())}
        signature, other = _photo("L"), _photo()
        body = {
            "service_id": str(new_id()),
            "notice_ids": [this["notice_id"]],
            "method": "direct",
            "recipient": {"name": "刘某"},
            "relation": "principal",
            "signature_photo_id": signature["photo_id"],
            "refusal_reason": "拒收",
            "announcement_reason": "下落不明",
            "published_on": m.now.astimezone(SHANGHAI).date().isoformat(),
            "photos": [signature, other],
        }
        may = m.may_serve(paper)
        yield Act("serve_notice", "inspector_chen", may, _of(m.serve, paper, m.now, signed=True), body)
        left = body | {"method": "left_in_place"}
        yield Act("serve_notice", "supervisor_he", may, _of(m.serve, paper, m.now, signed=False), left)
        announced = body | {"method": "announcement"}
        yield Act("serve_notice", "supervisor_he", may, lambda: self._announced(paper), announced)
        letter = body | {"method": "post", "tracking_number": "EMS1"}
        yield Act("serve_notice", "supervisor_he", may, lambda: None, letter)
        yield Act("serve_notice", "firm_liu", may | NOBODY, lambda: None, body)
        seen = {"notice": paper is not None}
        yield Act("open_notice", "firm_liu", seen, _of(m.open, paper), this)
        named = this | {"name": "刘某"}
        yield Act(
            "acknowledge_notice", "firm_liu", m.may_acknowledge(paper), _of(m.acknowledge, paper), named
        )
        yield Act(
            "acknowledge_notice", "supervisor_he", m.may_acknowledge(paper) | NOBODY, lambda: None, named
        )
        terms = {"scope": "全部", "channels": ["portal"], "signer_name": "刘某", "signer_title": "主管"}
        given = terms | {"consent_id": str(new_id()), "signed_on": "2026-11-20"}
        if dice.random() < 0.2:
            yield Act(
                "give_consent",
                "firm_liu",
                {"none": not m.consent},
                lambda: setattr(m, "consent", True),
                given,
            )
            yield Act(
                "withdraw_consent", "firm_liu", {"given": m.consent}, lambda: setattr(m, "consent", False), {}
            )

    def _announced(self, paper: Any) -> None:
        """The day on which an announcement has run is the calendar's to say."""
        query = sa.text("SELECT served_at FROM notice WHERE id = :id")
        at = db.session.execute(query, {"id": paper.id}).scalar_one()
        assert at >= self.model.now + timedelta(days=30)
        self.model.serve(paper, at, signed=False)

    def _answers(self, case: Case) -> Iterator[Act]:
        m, line = self.model, case.line
        both = {"notice_id": case.notice.id if case.notice else str(new_id()), "finding_id": case.id}
        answer_id = str(new_id())
        body = both | {"response_id": answer_id, "text": "改了"}
        yield Act("answer_item", "firm_liu", m.may_answer(case), _of(m.answer, case, answer_id), body)
        yield Act("answer_item", "firm_zhao", m.may_answer(case) | NOBODY, lambda: None, body)
        taken = {"response_id": (line.answer_id if line else None) or str(new_id())}
        effect = _of(m.give_back, case, "withdrawn")
        yield Act("withdraw_answer", "firm_liu", m.may_withdraw_answer(case), effect, taken)

    def _requests(self, case: Case, dice: random.Random) -> Iterator[Act]:
        m, line = self.model, case.line
        both = {"notice_id": case.notice.id if case.notice else str(new_id()), "finding_id": case.id}
        wanted = (case.due_at or m.now) + timedelta(hours=dice.choice([1, 1, 1, 0, -1]))
        asked = Request(str(new_id()), line, wanted=wanted) if line else None
        body = both | {"extension_id": asked.id if asked else str(new_id()), "due_at": wanted.isoformat()}
        body |= {"reason_code": "materials", "reason": "等材料", "interim_measures": "围挡"}
        add = lambda: line.extensions.append(asked)  # noqa: E731
        yield Act("request_extension", "firm_liu", m.may_ask_time(case, wanted), add, body)
        complaint = Request(str(new_id()), line) if line else None
        body = both | {"objection_id": complaint.id if complaint else str(new_id()), "reason": "不服"}
        add = lambda: line.objections.append(complaint)  # noqa: E731
        yield Act("object_to_item", "firm_liu", m.may_object(case), add, body)
        for one in case.lines:
            yield from self._decisions(one)

    def _decisions(self, line: Line) -> Iterator[Act]:
        m = self.model
        for request in line.extensions:
            for granted in (True, False):
                for who in ("supervisor_xu", "supervisor_he", "firm_liu"):
                    body = {"extension_id": request.id, "granted": granted, "text": "如此"}
                    may = m.may_decide_time(request, granted, who)
                    yield Act("decide_extension", who, may, _of(m.decide_time, request, granted), body)
            withdrawn = _of(setattr, request, "state", "withdrawn")
            pending, known = {"pending": request.state == "pending"}, {"extension_id": request.id}
            yield Act("withdraw_extension", "firm_liu", pending, withdrawn, known)
        for request in line.objections:
            for upheld, goes_on in ((True, True), (True, False), (False, False)):
                body = {"objection_id": request.id, "upheld": upheld, "case_goes_on": goes_on, "text": "如此"}
                may = m.may_decide_objection(request, upheld)
                effect = _of(m.decide_objection, request, upheld, goes_on)
                yield Act("decide_objection", "supervisor_he", may, effect, body)
                yield Act("decide_objection", "supervisor_xu", may | NOBODY, lambda: None, body)
            withdrawn = _of(setattr, request, "state", "withdrawn")
            pending, known = {"pending": request.state == "pending"}, {"objection_id": request.id}
            yield Act("withdraw_objection", "firm_liu", pending, withdrawn, known)

    def _checks(self, case: Case, dice: random.Random) -> Iterator[Act]:
        m = self.model
        for who in ("inspector_li", "inspector_chen", "supervisor_he"):
            for passed in (True, False):
                body = {"review_id": str(new_id()), "finding_id": case.id, "text": "看过", "passed": passed}
                body |= {"reviewed_at": m.now.isoformat()}
                yield Act("review_finding", who, m.may_judge(case, who), _of(m.judge, case, passed), body)
            sent = {"finding_id": case.id, "reviewer_id": str(self.world.users[who])}
            may = m.may_send_somebody(case, who)
            yield Act("dispatch_review", "supervisor_he", may, _of(m.send_somebody, case), sent)
        more = {"finding_id": case.id, "text": "再拍"}
        yield Act("ask_more", "inspector_li", m.may_ask_more(case), lambda: self._more_asked(case), more)

    def _more_asked(self, case: Case) -> None:
        self.model.dated.add(case.id)
        self.model.give_back(case, "need_more")

    def _transfers(self, case: Case, dice: random.Random) -> Iterator[Act]:
        m, he, ma = self.model, "supervisor_he", "department_ma"
        unit, transfer_id = str(self.world.organisations["消防救援大队"]), str(new_id())
        sent = {"finding_id": case.id, "organisation_id": unit, "reason": "职权", "transfer_id": transfer_id}
        yield Act("transfer_finding", he, m.may_transfer(case), lambda: _sent(case, transfer_id), sent)
        known = {"transfer_id": case.transfer_id or str(new_id())}
        for accepted in (True, False):
            body = known | {"accepted": accepted, "handler": "马某", "text": "如此"}
            effect = _of(m.answer_transfer, case, accepted)
            yield Act("answer_transfer", ma, m.may_answer_transfer(case), effect, body)
        said = known | {"text": "已办"}
        yield Act("report_transfer", ma, m.may_report(case), _of(setattr, case, "transfer", "reported"), said)
        done = {"finding_id": case.id, "text": "办结"}
        yield Act("conclude_transfer", he, m.may_conclude(case), _of(m.conclude, case), done)

    # What must hold.

    def _look(self, kind: str, *, applied: bool, refused: bool = False) -> None:
        """Every case stands where the model says; what was applied left a line, what was refused none."""
        db.session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
        rows = db.session.execute(FACTS, {"ids": list(map(uuid.UUID, self.model.cases))}).all()
        assert len(rows) == len(self.model.cases)
        grown = 0
        for row in rows:
            case = self.model.cases[row.id]
            assert row.state == case.state, (kind, row.state, self._shown())
            assert (row.orders, row.failed_reviews) == (case.orders, case.failed), (kind, self._shown())
            assert row.notice_id == (case.notice.id if case.notice else None) or not case.notice, kind
            self._dates(kind, case, row)
            grown += row.lines - self.lines.get(row.id, 0)
            self.lines[row.id] = row.lines
        assert grown > 0 or not applied, f"{kind} left no line"
        assert grown == 0 or not refused, f"a refused {kind} left a line"
        self._totals(kind)
        self._would_expire(kind)

    def _dates(self, kind: str, case: Case, row: Any) -> None:
        assert row.clock_from == case.clock_from, (kind, row.clock_from, self._shown())
        assert (row.closed_at is not None) == (case.state in CLOSED), kind
        if case.id in self.model.dated:
            backwards = case.due_at is not None and row.due_at is not None and row.due_at < case.due_at
            fresh = kind in ("issue_notice", "void_notice") or case.id in self.model.overtaken
            assert fresh or not backwards, (kind, case.due_at, row.due_at)
            case.due_at = row.due_at
        assert row.due_at == case.due_at, (kind, case.due_at, row.due_at, self._shown())
        if case.state in WITH_FIRM:
            assert row.due_at >= max(row.printed_due_at, case.clock_from or row.printed_due_at), kind
        if case.state == "overdue":
            assert row.overdue_at == row.due_at <= self.model.now

    def _would_expire(self, kind: str) -> None:
        """Whom the sweep would find late if nothing else happened for four days, or for sixty."""
        for days in (0, 4, 60):
            then = self.model.now + timedelta(days=days)
            late = {str(finding.id) for finding in findings.due_now(db.session(), then, 100)}
            assert late == {case.id for case in self.model.cases.values() if case.late(then)}, (kind, days)

    def _totals(self, kind: str) -> None:
        states = Counter(case.state for case in self.model.cases.values())
        still_open = [case for case in self.model.cases.values() if case.state not in CLOSED]
        row = db.session.execute(TOTALS).one()
        assert row.pins == row.n_open == row.by_severity == row.tally == len(still_open), (kind, row, states)
        assert row.n_critical == sum(case.critical for case in still_open)
        assert row.n_replied == sum(states[state] for state in ANSWERED)

    def _file_is_whole(self, case: Case) -> None:
        query = sa.text("SELECT * FROM case_event WHERE case_id = :id ORDER BY seq")
        rows = db.session.execute(query, {"id": case.id}).mappings().all()
        before = bytes(32)
        for at, row in enumerate(rows, start=1):
            assert row["seq"] == at
            said = {name: row[name] for name in ("act", "actor", "organisation", "data", "seq")}
            said |= {"case_id": case.id, "actor_id": str(row["actor_id"]) if row["actor_id"] else None}
            said |= {name: _stamp(row[name]) for name in ("at", "device_at")}
            text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
            assert bytes(row["prev_hash"]) == before
            before = hashlib.sha256(before + text.encode()).digest()
            assert bytes(row["hash"]) == before
        assert told([row["act"] for row in rows]) == case.state

    def _shown(self) -> list[tuple[Any, ...]]:
        return [
            (case.id[-4:], case.state, case.orders, case.failed, case.line.state if case.line else None)
            for case in self.model.cases.values()
        ]


def _of(work: Callable[..., Any], *args: Any, **named: Any) -> Callable[[], Any]:
    return lambda: work(*args, **named)


def _sent(case: Case, transfer_id: str) -> None:
    case.state, case.transfer, case.transfer_id = "transferred", "sent", transfer_id


def _one_page(render: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
    page: list[bytes] = []

    def printed(paper: Any) -> bytes:
        page[:] = page or [render(paper)]
        return page[0]

    return printed


def _stamp(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="microseconds") if at else None


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[tuple[str, tuple[str, ...]]]]:
    """A database of its own, the cast as identities, and one printed page for all papers: what is printed
    is tried elsewhere, and typesetting is nine tenths of an issue."""
    with database.clone() as url:
        app = _application(url, tmp_path)
        with app.app_context():
            built = world.build(db.session())
            db.session.commit()
            with_units = [sa.orm.joinedload(User.organisation)]
            cast: dict[str, Identity] = {
                name: identity_of(db.session.get_one(User, user_id, options=with_units))
                for name, user_id in built.users.items()
            }
            db.session.remove()
        monkeypatch.setattr(documents.paper, "render", _one_page(documents.paper.render))
        LIVE.update(app=app, world=built, cast=cast.__getitem__, tried=Counter())
        yield LIVE["tried"]
        LIVE.clear()
        with app.app_context():
            db.engine.dispose()


def test_random_acts_reach_no_illegal_state(office: Counter[tuple[str, tuple[str, ...]]]) -> None:
    run_state_machine_as_test(
        Office,
        settings=settings(
            max_examples=int(os.environ.get("FUZZ_RUNS", "12")),
            stateful_step_count=int(os.environ.get("FUZZ_STEPS", "40")),
            deadline=None,
            derandomize=True,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
    if os.environ.get("FUZZ_SHOW"):
        for (kind, lacks), n in sorted(office.items()):
            print(f"{kind:22s} {n:5d} {'applied' if not lacks else 'refused: ' + ', '.join(lacks)}")
