"""The procedure of a case written down a second time, to hold the service against.

Taken from the trade's description of finding, notice and answer (4.1 to 4.4 of the domain report) and from
the decisions 0004 to 0007, without a look at `*/rules.py`: states are plain words here, and each act says
on which conditions a case may take it and what comes of it. A guard that goes missing in the service, or
one that is too strict, makes the two differ. What only the database knows (dates by the calendar) is told
to the model.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

CLOSED = frozenset({"rejected", "duplicate", "on_spot_fixed", "closed"})
WITH_FIRM = frozenset({"noticed", "rectifying", "overdue", "replied", "reviewing"})
Conditions = dict[str, bool]
"""What an act needs, by name, and whether it is so: it is applied where all of them are."""
LATE_OR_NOT = frozenset({"rectifying", "overdue"})
ANSWERED = frozenset({"replied", "reviewing"})


@dataclass(eq=False)
class Request:
    """An extension (with the date asked for) or an objection of the firm."""

    id: str
    line: Line
    state: str = "pending"
    wanted: datetime | None = None


@dataclass(eq=False)
class Line:
    """One case in one notice."""

    case: Case
    notice: Paper
    state: str = "pending"
    failed: bool = False
    answer: str | None = None
    """The newest answer and what became of it."""
    answer_id: str | None = None
    granted: int = 0
    extensions: list[Request] = field(default_factory=list)
    objections: list[Request] = field(default_factory=list)

    @property
    def in_force(self) -> bool:
        return self.case.notice is self.notice

    @property
    def waits_for_firm(self) -> bool:
        return self.state in ("pending", "failed")

    def back_to_firm(self) -> None:
        self.state = "failed" if self.failed else "pending"


@dataclass(eq=False)
class Paper:
    """A notice."""

    id: str
    issuer: str
    lines: list[Line] = field(default_factory=list)
    order: int = 1
    before: Paper | None = None
    opened: bool = False
    received: bool = False
    """Somebody of the firm signed for it (签收), or put a name under the 送达回证."""
    served_at: datetime | None = None
    voided: bool = False
    settled: bool = False

    @property
    def over(self) -> bool:
        return self.voided or self.settled

    def is_served(self, now: datetime) -> bool:
        return self.served_at is not None and self.served_at <= now

    def settle(self) -> None:
        """Settled once no line waits for anybody; what the firm asked about a line that is over is moot."""
        if self.over:
            return
        waiting = False
        for line in self.lines:
            ended = line.state in ("passed", "withdrawn")
            if ended or not line.in_force:
                moot(line)
            else:
                waiting = True
        self.settled = not waiting


def moot(line: Line) -> None:
    for request in line.extensions + line.objections:
        if request.state == "pending":
            request.state = "moot"


@dataclass(eq=False)
class Case:
    """A finding. `due_at` is what the service said last; the model says only when it may change."""

    id: str
    critical: bool
    state: str = "submitted"
    notice: Paper | None = None
    orders: int = 0
    failed: int = 0
    clock_from: datetime | None = None
    due_at: datetime | None = None
    transfer: str | None = None
    transfer_id: str | None = None
    lines: list[Line] = field(default_factory=list)

    @property
    def line(self) -> Line | None:
        return next((one for one in self.lines if one.in_force), None)

    def late(self, now: datetime) -> bool:
        """Served, with a date that passed without an answer."""
        passed = self.due_at is not None and self.due_at <= now
        return self.state == "rectifying" and self.clock_from is not None and passed


class Procedure:
    """All cases of one run. `may` says whether an act is to be applied, `does` what comes of it."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.cases: dict[str, Case] = {}
        self.consent = True
        self.dated: set[str] = set()
        """Cases whose date in force the act under way may set anew."""
        self.overtaken: set[str] = set()
        """Those that it serves before an announcement has run out: their date may come earlier again."""

    def forget(self) -> None:
        """Before the next act."""
        self.dated.clear()
        self.overtaken.clear()

    # The office decides what a report is (分拨).

    def may_confirm(self, case: Case) -> Conditions:
        return {"state": case.state == "submitted"}

    may_return = may_fix = may_confirm

    def may_reject(self, case: Case) -> Conditions:
        return {"state": case.state in ("submitted", "returned", "confirmed")}

    def may_merge(self, case: Case, master: Case) -> Conditions:
        return {
            "state": case.state in ("submitted", "confirmed"),
            "another": master is not case,
            "master": master.state not in ("duplicate", "rejected"),
        }

    def may_resubmit(self, case: Case) -> Conditions:
        return {"state": case.state == "returned"}

    def may_reopen(self, case: Case) -> Conditions:
        return {"state": case.state in ("closed", "on_spot_fixed")}

    def reopen(self, case: Case) -> None:
        case.state, case.orders, case.failed = "reopened", 0, 0
        case.clock_from, case.due_at = None, None
        self.dated.add(case.id)

    # The notice.

    def may_issue(self, chosen: list[Case], spot: bool) -> Conditions:
        again = [case for case in chosen if case.state in LATE_OR_NOT]
        if again:
            first = again[0].notice
            return {
                "together": all(case in again and case.notice is first for case in chosen),
                "failed": all(case.failed > 0 for case in chosen),
                "second": all(case.orders == 1 for case in chosen),
                "office": not spot,
            }
        fit = ("submitted", "confirmed") if spot else ("confirmed", "reopened")
        return {
            "state": all(case.state in fit for case in chosen),
            "minor": not spot or not any(case.critical for case in chosen),
        }

    def issue(self, notice_id: str, chosen: list[Case], issuer: str) -> None:
        second = chosen[0].state in LATE_OR_NOT
        paper = Paper(notice_id, issuer, order=2 if second else 1)
        paper.before = chosen[0].notice if second else None
        for case in chosen:
            line = Line(case, paper)
            paper.lines.append(line)
            case.lines.append(line)
            case.state, case.notice, case.orders, case.clock_from = "noticed", paper, paper.order, None
            self.dated.add(case.id)
        if paper.before:
            paper.before.settle()

    def may_serve(self, paper: Paper | None) -> Conditions:
        return {
            "notice": paper is not None,
            "open": paper is not None and not paper.over,
            "unserved": paper is not None and not paper.is_served(self.now),
        }

    def serve(self, paper: Paper, served_at: datetime, *, signed: bool) -> None:
        again = paper.served_at is not None
        paper.served_at = served_at
        paper.received |= signed
        for line in paper.lines:
            self.overtaken |= {line.case.id} if again else set()
            if line.in_force and line.case.state in WITH_FIRM - {"overdue"}:
                line.case.clock_from = served_at
                self.dated.add(line.case.id)
                if line.case.state == "noticed":
                    line.case.state = "rectifying"

    def _arrives(self, paper: Paper) -> None:
        """Reading it in the portal is service where the firm has agreed to that (电子送达确认书)."""
        if self.consent and all(self.may_serve(paper).values()):
            self.serve(paper, self.now, signed=False)

    def open(self, paper: Paper) -> None:
        if not paper.opened:
            paper.opened = True
            self._arrives(paper)

    def may_acknowledge(self, paper: Paper | None) -> Conditions:
        return {
            "notice": paper is not None,
            "open": paper is not None and not paper.over,
            "first": paper is not None and not paper.received,
        }

    def acknowledge(self, paper: Paper) -> None:
        paper.opened = True
        self._arrives(paper)
        paper.received = True
        for line in paper.lines:
            if line.in_force and line.case.state == "noticed":
                line.case.state = "rectifying"

    def may_void(self, paper: Paper | None) -> Conditions:
        lines = paper.lines if paper else []
        held = [line.case for line in lines if line.in_force and line.state != "withdrawn"]
        return {
            "open": paper is not None and not paper.over,
            "unjudged": not any(line.state in ("passed", "failed") for line in lines),
            "state": all(case.state in WITH_FIRM | {"transferred"} for case in held),
        }

    def void(self, paper: Paper) -> None:
        paper.voided = True
        for line in paper.lines:
            moot(line)
            if not line.in_force or line.state == "withdrawn":
                continue
            case = line.case
            case.notice, case.orders = paper.before, paper.before.order if paper.before else 0
            if case.state != "transferred":
                case.state = "rectifying" if paper.before else "confirmed"
            case.clock_from = paper.before.served_at if paper.before else None
            self.dated.add(case.id)
        if paper.before:
            paper.before.settled = False

    # The firm.

    def may_answer(self, case: Case) -> Conditions:
        line = case.line
        paper = line.notice if line else None
        return {
            "state": case.state in LATE_OR_NOT,
            "reached": paper is not None and (paper.received or paper.served_at is not None),
            "open": paper is not None and not paper.over,
            "waiting": line is not None and line.waits_for_firm,
        }

    def answer(self, case: Case, answer_id: str) -> None:
        assert case.line
        case.state, case.line.state = "replied", "answered"
        case.line.answer, case.line.answer_id = "submitted", answer_id
        case.line.notice.received = True  # who answers has seen it

    def may_withdraw_answer(self, case: Case) -> Conditions:
        line = case.line
        return {
            "state": case.state == "replied",
            "untouched": line is not None and line.answer == "submitted",
        }

    def give_back(self, case: Case, answer: str) -> None:
        assert case.line
        case.state, case.line.answer = "rectifying", answer
        case.line.back_to_firm()

    def may_ask_time(self, case: Case, wanted: datetime) -> Conditions:
        line = case.line
        due_at = case.due_at or self.now
        return {
            "waiting": line is not None and line.waits_for_firm,
            "minor": not case.critical,
            "served": case.clock_from is not None,
            "in_time": self.now < due_at,
            "once_at_a_time": line is not None and all(one.state != "pending" for one in line.extensions),
            "once": line is not None and line.granted < 1,
            "later": due_at < wanted,
        }

    def may_decide_time(self, request: Request, granted: bool, who: str) -> Conditions:
        """By a supervisor who did not issue; granted while the firm has the case, to a date still to come."""
        case = request.line.case
        assert request.wanted
        future = case.due_at is not None and request.wanted > max(case.due_at, self.now)
        return {
            "office": who.startswith("supervisor"),
            "another": who != request.line.notice.issuer,
            "pending": request.state == "pending",
            "in_force": not granted or (request.line.in_force and case.state in LATE_OR_NOT),
            "later": not granted or future,
        }

    def decide_time(self, request: Request, granted: bool) -> None:
        request.state = "granted" if granted else "refused"
        if granted:
            request.line.granted += 1
            request.line.case.state = "rectifying"
            self.dated.add(request.line.case.id)

    def may_object(self, case: Case) -> Conditions:
        line, due_at = case.line, case.due_at or self.now
        return {
            "state": case.state in WITH_FIRM,
            "waiting": line is not None and (line.waits_for_firm or line.state == "answered"),
            "once": line is not None and not line.objections,
            "in_time": case.clock_from is None or self.now < due_at,
        }

    def may_decide_objection(self, request: Request, upheld: bool) -> Conditions:
        standing = request.line.in_force and request.line.case.state in WITH_FIRM
        return {"pending": request.state == "pending", "in_force": not upheld or standing}

    def decide_objection(self, request: Request, upheld: bool, goes_on: bool) -> None:
        request.state = "granted" if upheld else "refused"
        if not upheld:
            return
        case = request.line.case
        request.line.state, case.clock_from = "withdrawn", None
        case.state = "confirmed" if goes_on else "rejected"
        if goes_on:
            case.notice, case.orders, case.failed = None, 0, 0
            self.dated.add(case.id)
        request.line.notice.settle()

    # The re-check (复查): not by the finder.

    def may_judge(self, case: Case, who: str) -> Conditions:
        return {"state": case.state in ANSWERED, "not_the_finder": who != "inspector_chen"}

    may_send_somebody = may_judge

    def judge(self, case: Case, passed: bool) -> None:
        assert case.line
        line = case.line
        line.answer = line.state = "passed" if passed else "failed"
        case.state = "closed" if passed else "rectifying"
        line.failed |= not passed
        case.failed += 0 if passed else 1
        line.notice.settle()

    def may_ask_more(self, case: Case) -> Conditions:
        return {"state": case.state in ANSWERED}

    def send_somebody(self, case: Case) -> None:
        assert case.line
        case.state, case.line.answer = "reviewing", "accepted"

    # Handing over (移送).

    def may_transfer(self, case: Case) -> Conditions:
        return {"state": case.state in ("submitted", "confirmed", "reopened", "overdue")}

    def may_answer_transfer(self, case: Case) -> Conditions:
        return {"sent": case.transfer == "sent"}

    def answer_transfer(self, case: Case, accepted: bool) -> None:
        case.transfer = "accepted" if accepted else "declined"
        if not accepted:
            under_notice = case.line is not None and case.line.waits_for_firm
            case.state = "overdue" if under_notice else "confirmed"

    def may_report(self, case: Case) -> Conditions:
        return {"taken": case.transfer in ("accepted", "reported")}

    def may_conclude(self, case: Case) -> Conditions:
        return {"state": case.state == "transferred"}

    def conclude(self, case: Case) -> None:
        """What the department settled is not asked of the firm any more."""
        case.state, case.transfer = "closed", "concluded"
        if case.line and case.line.waits_for_firm:
            case.line.state = "withdrawn"
            case.line.notice.settle()

    # Time.

    def expire(self) -> None:
        """Who is late becomes overdue."""
        for case in self.cases.values():
            if case.late(self.now):
                case.state = "overdue"


STORY: dict[str, str | dict[str, str]] = {
    "finding.open": "submitted",
    "finding.confirm": "confirmed",
    "finding.reject": "rejected",
    "finding.return": "returned",
    "finding.resubmit": "submitted",
    "finding.fix_on_spot": "on_spot_fixed",
    "finding.mark_duplicate": "duplicate",
    "finding.reopen": "reopened",
    "finding.issue_notice": "noticed",
    "finding.issue_spot_notice": "noticed",
    "finding.issue_second_order": "noticed",
    "finding.serve": {"noticed": "rectifying"},
    "finding.acknowledge": {"noticed": "rectifying"},
    "finding.answer": "replied",
    "finding.withdraw_answer": "rectifying",
    "finding.extend": "rectifying",
    "finding.expire": "overdue",
    "finding.withdraw_item": "rejected",
    "finding.release_item": "confirmed",
    "finding.void_notice": dict.fromkeys(WITH_FIRM, "confirmed"),
    "finding.void_second_order": dict.fromkeys(WITH_FIRM, "rectifying"),
    "finding.dispatch_review": "reviewing",
    "finding.ask_more": "rectifying",
    "finding.pass_review": "closed",
    "finding.fail_review": "rectifying",
    "finding.transfer": "transferred",
    "finding.accept_transfer": "transferred",
    "finding.decline_transfer": "confirmed",
    "finding.decline_under_notice": "overdue",
    "finding.report_transfer": "transferred",
    "finding.conclude_transfer": "closed",
}
"""Where each line of a case file leaves the case; a dict: only from there, elsewhere it stays."""


def told(acts: list[str]) -> str:
    """The state that a case file, read from its first line, says that the case is in."""
    state = ""
    for act in acts:
        leads = STORY.get(act)
        state = leads.get(state, state) if isinstance(leads, dict) else leads or state
    return state
