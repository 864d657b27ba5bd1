"""What a ladder would have done: the cases of the last year, replayed from their files, nothing stored.

A case file says when the case stood where. From these spans each step's moments follow by the same
arithmetic that the sweep asks the database with. Steps that hang on what people decided about a
proposal (an interview held, a weekly report) cannot be replayed under other rules and are named as
not tried.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from server.calendars import service as calendars
from server.calendars.rules import CST, CalendarView
from server.core.identity import Identity
from server.core.permissions import Permission, require
from server.escalation import ladder, queries
from server.escalation.rules import Step, Trigger, reminder_window, waited_until, week_of
from server.findings.rules import FindingAction, FindingState, next_state

S = FindingState
LATEST_SHOWN = 100
ACTS = tuple(f"finding.{action.value}" for action in FindingAction) + ("finding.open", "notice.recount")
ANSWERED = frozenset({FindingAction.ISSUE_NOTICE, FindingAction.ISSUE_SECOND_ORDER})
WAITING: dict[Trigger, tuple[FindingState, ...]] = {
    Trigger.UNSERVED: (S.NOTICED,),
    Trigger.UNACKNOWLEDGED: (S.NOTICED,),
    Trigger.REVIEW_DUE: (S.REPLIED, S.REVIEWING),
    Trigger.TRANSFER_UNANSWERED: (S.TRANSFERRED,),
    Trigger.FAILED_REVIEW: (S.RECTIFYING, S.OVERDUE),
    Trigger.FAILED_AGAIN: (S.RECTIFYING, S.OVERDUE),
}
REPLAYED = frozenset(WAITING) | {
    Trigger.TRIAGE_LATE,
    Trigger.DUE_BEFORE,
    Trigger.OVERDUE,
    Trigger.REPEATED_OVERDUE,
}


@dataclass(frozen=True, slots=True)
class Line:
    """What one line of a case file says: the act, when, and its data."""

    act: str
    at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Span:
    """A case as it stood from `start` to `end` (None: it still stands so)."""

    state: FindingState
    start: datetime
    waiting_since: datetime
    end: datetime | None = None
    due_at: datetime | None = None
    notice_id: str | None = None
    orders: int = 0
    failed: int = 0
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """A step falls due on `occasion`: its trigger stands since then, it is taken from `at` until `until`."""

    occasion: str
    since: datetime
    at: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Case:
    """One case with its spans and what steps filter by."""

    id: uuid.UUID
    severity: str
    spans: Sequence[Span]
    triage_due_at: datetime | None = None
    document_type: str = "N2"
    firm_id: uuid.UUID | None = None


def spans(lines: Sequence[Line]) -> list[Span]:
    """The case as it stood, span by span; acts that move nothing extend the span before them."""
    found: list[Span] = []
    for line in lines:
        now = found[-1] if found else None
        after = _after(now, line)
        if after is None:
            continue
        if now is not None:
            found[-1] = replace(now, end=line.at)
        found.append(after)
    return found


def _after(now: Span | None, line: Line) -> Span | None:
    if line.act == "finding.open":
        return Span(S.SUBMITTED, line.at, line.at) if now is None else None
    if now is None:
        return None
    due_at = _moment(line.data.get("due_at")) or now.due_at
    if line.act == "notice.recount":
        return replace(now, start=line.at, due_at=due_at)
    action = FindingAction(line.act.removeprefix("finding."))
    step = next_state(now.state, action)
    if step is None:
        return None
    moved = step.to is not now.state and action is not FindingAction.DISPATCH_REVIEW
    after = replace(
        now,
        state=step.to,
        start=line.at,
        end=None,
        due_at=due_at,
        waiting_since=line.at if moved else now.waiting_since,
        answered=not moved and step.to is S.TRANSFERRED,
    )
    return _counted(after, action, line)


def _counted(span: Span, action: FindingAction, line: Line) -> Span:
    if action in ANSWERED:
        order = 2 if action is FindingAction.ISSUE_SECOND_ORDER else 1
        return replace(span, orders=order, notice_id=line.data.get("notice_id"))
    if action is FindingAction.FAIL_REVIEW:
        return replace(span, failed=span.failed + 1)
    if action is FindingAction.REOPEN:
        return replace(span, orders=0, failed=0)
    return span


def _moment(text: Any) -> datetime | None:
    if not isinstance(text, str):
        return None
    return datetime.fromisoformat(text)


def stamp(at: datetime) -> str:
    """A moment as occasions name it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moments(step: Step, steps: Sequence[Step], case: Case, calendar: CalendarView) -> Iterator[Moment]:
    """When a step on single cases falls due for one case; each occasion once."""
    if step.severities and case.severity not in step.severities:
        return
    if step.document_types and case.document_type not in step.document_types:
        return
    found: dict[str, Moment] = {}
    for span in case.spans:
        if span.orders < step.min_orders:
            continue
        moment = _moment_in(step, steps, case, span, calendar)
        if moment is None or (moment.until is not None and moment.at >= moment.until):
            continue
        # A case that goes from one span to the next on the same occasion (it expired, say) is due once.
        first = found.get(moment.occasion, moment)
        found[moment.occasion] = replace(first, until=moment.until)
    yield from found.values()


def _moment_in(
    step: Step, steps: Sequence[Step], case: Case, span: Span, calendar: CalendarView
) -> Moment | None:
    if step.trigger is Trigger.DUE_BEFORE:
        return _before_due(step, steps, span)
    if step.trigger is Trigger.TRIAGE_LATE:
        fits = span.state is S.SUBMITTED and case.triage_due_at is not None
        return _since(step, span, case.triage_due_at, calendar) if fits else None
    if step.trigger is Trigger.OVERDUE:
        return _since(step, span, span.due_at, calendar) if span.state is S.OVERDUE else None
    if span.state not in WAITING[step.trigger] or span.answered:
        return None
    if step.trigger in (Trigger.FAILED_REVIEW, Trigger.FAILED_AGAIN):
        again = step.trigger is Trigger.FAILED_AGAIN
        if not (span.failed > 1 and span.orders > 1 if again else span.failed > 0 and span.orders == 1):
            return None
        found = _since(step, span, span.waiting_since, calendar)
        return replace(found, occasion=f"{span.notice_id}:{span.failed}") if found else None
    return _since(step, span, span.waiting_since, calendar)


def _since(step: Step, span: Span, since: datetime | None, calendar: CalendarView) -> Moment | None:
    if since is None:
        return None
    at = waited_until(since, step.n, step.unit, calendar)
    return Moment(stamp(since), since, max(at, span.start), span.end)


def _before_due(step: Step, steps: Sequence[Step], span: Span) -> Moment | None:
    if span.state is not S.RECTIFYING or span.due_at is None:
        return None
    since = span.due_at - timedelta(hours=step.n)
    if span.waiting_since > since:
        return None
    last = span.due_at - timedelta(hours=reminder_window(steps, step))
    until = min(last, span.end) if span.end else last
    return Moment(stamp(span.due_at), since, max(since, span.start), until)


def repeated(step: Step, cases: Sequence[Case]) -> Iterator[tuple[Case, Moment]]:
    """Firms with `count` overdue notices within the window, once a window; the case that made it full."""
    late = sorted(
        (
            (span.due_at, case, span)
            for case in cases
            for span in case.spans
            if span.state is S.OVERDUE and span.due_at
        ),
        key=lambda each: (each[0], each[1].id),
    )
    window = timedelta(days=step.window_days or 30)
    recent: dict[uuid.UUID | None, list[tuple[datetime, str | None]]] = defaultdict(list)
    proposed: dict[uuid.UUID | None, datetime] = {}
    for at, case, span in late:
        if step.severities and case.severity not in step.severities:
            continue
        kept = [each for each in recent[case.firm_id] if each[0] > at - window] + [(at, span.notice_id)]
        recent[case.firm_id] = kept
        fresh = case.firm_id not in proposed or proposed[case.firm_id] <= at - window
        if fresh and len({notice for _, notice in kept}) >= (step.count or 2):
            proposed[case.firm_id] = at
            yield case, Moment(stamp(at), at, at, None)


def taken(
    steps: Sequence[Step], cases: Sequence[Case], calendar: CalendarView
) -> Iterator[tuple[Step, Case, Moment]]:
    """Everything that a ladder does with these cases."""
    for step in steps:
        if not step.swept or step.trigger not in REPLAYED:
            continue
        if step.trigger is Trigger.REPEATED_OVERDUE:
            for case, moment in repeated(step, cases):
                yield step, case, moment
            continue
        for case in cases:
            for moment in moments(step, steps, case, calendar):
                yield step, case, moment


def run(
    session: Session, identity: Identity, rows: Sequence[dict[str, Any]], days: int, now: datetime
) -> dict[str, Any]:
    """Try an edited ladder on the cases of the last `days` days (schema `SimulationSchema`).

    Raises `LadderFaulty`, and `Forbidden` without `ladder:edit`.
    """
    require(identity, Permission.LADDER_EDIT)
    steps = ladder.checked(rows)
    since = now - timedelta(days=days)
    cases, facts = load(session, since)
    hits = [
        (step, case, moment)
        for step, case, moment in taken(steps, cases, calendars.load_view(session))
        if since <= moment.at <= now
    ]
    return _report(steps, cases, facts, hits, since, now)


def load(session: Session, since: datetime) -> tuple[list[Case], dict[uuid.UUID, Any]]:
    """The cases that moved since then with their spans, and the rows that name them."""
    lines: dict[uuid.UUID, list[Line]] = defaultdict(list)
    for row in queries.case_events(session, since, ACTS):
        lines[row.case_id].append(Line(row.act, row.at, row.data))
    facts = {row.id: row for row in queries.case_facts(session, list(lines))}
    cases = [
        Case(
            id=case_id,
            severity=fact.severity.value,
            spans=spans(lines[case_id]),
            triage_due_at=fact.triage_due_at,
            document_type=fact.document_type or "N2",
            firm_id=fact.firm_id,
        )
        for case_id, fact in sorted(facts.items())
    ]
    return cases, facts


def _weeks(since: datetime, now: datetime) -> list[str]:
    first, last = since.astimezone(CST).date(), now.astimezone(CST).date()
    days = range((last - first).days + 1)
    return list(dict.fromkeys(week_of(first + timedelta(days=day)) for day in days))


def _report(
    steps: Sequence[Step],
    cases: Sequence[Case],
    facts: Mapping[uuid.UUID, Any],
    hits: Sequence[tuple[Step, Case, Moment]],
    since: datetime,
    now: datetime,
) -> dict[str, Any]:
    weeks = _weeks(since, now)
    counts: dict[str, list[int]] = {step.code: [0] * len(weeks) for step in steps}
    place = {week: at for at, week in enumerate(weeks)}
    for step, _, moment in hits:
        counts[step.code][place[week_of(moment.at.astimezone(CST).date())]] += 1
    latest = sorted(hits, key=lambda hit: (hit[2].at, hit[1].id), reverse=True)[:LATEST_SHOWN]
    return {
        "cases": len(cases),
        "weeks": weeks,
        "steps": [
            _step(step, counts[step.code]) for step in steps if step.swept and step.trigger in REPLAYED
        ],
        "latest": [_hit(step, facts[case.id], moment) for step, case, moment in latest],
        "not_tried": [step.name for step in steps if step.swept and step.trigger not in REPLAYED],
    }


def _step(step: Step, weeks: list[int]) -> dict[str, Any]:
    own = {"step": step.code, "name": step.name, "level": step.level, "action": step.action.value}
    return own | {"total": sum(weeks), "weeks": weeks}


def _hit(step: Step, fact: Any, moment: Moment) -> dict[str, Any]:
    return {
        "finding_id": fact.id,
        "compound_name": fact.compound_name,
        "item_code": fact.item_code,
        "severity": fact.severity.value,
        "number": fact.notice_number,
        "step": step.code,
        "at": moment.at,
    }
