"""The sweep: deadlines are stored facts, being late is noticed here, once, whoever runs it.

Each step of the ladder asks the database which subjects it is due on and does not have yet, locks them
(others' are skipped) and stores itself under (subject, step, occasion). That row, the message and the
ledger line are one transaction: a worker killed in between leaves nothing, and the next minute does
it all again. A reminder is sent; anything else is proposed to a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from server.calendars import service as calendars
from server.calendars import years
from server.core import ledger
from server.core.clock import SHANGHAI
from server.core.commands import CommandContext
from server.core.db import new_id
from server.core.identity import SYSTEM
from server.escalation import ladder, queries, rules, telling
from server.escalation.models import Proposal
from server.escalation.rules import PROPOSAL_TRANSITIONS, Action, ProposalAct, ProposalState, Step, Trigger
from server.findings import service as findings

BATCH = 200
BOTTOM_DAYS = 3
"""Days of a month on which the worst of the month before are looked for: a worker may have been away."""
log = structlog.get_logger()


def sweep(session: Session, now: datetime) -> int:
    """Turn findings whose deadline passed unanswered into overdue ones; how many it were.

    Rows held by another worker are skipped, so two sweeps at once share the work and a lost one only
    delays it.
    """
    late = findings.due_now(session, now, BATCH)
    for finding in late:
        context = CommandContext(command_id=new_id(), now=now, captured_at=now)
        findings.expire(session, finding, SYSTEM, context)
    return len(late)


def climb(session: Session, now: datetime) -> int:
    """Take every step of the ladder that is due; how many were taken.

    A step that fails is written to the log and left for the next minute: one bad row must not silence
    the reminders of a district.
    """
    version, steps = ladder.in_force(session, now)
    taken = 0
    for step in steps:
        if not step.swept:
            continue
        try:
            with session.begin_nested():
                taken += _take_all(session, version, steps, step, now)
        except Exception as error:
            log.error("ladder_step_failed", step=step.code, error=repr(error)[:500])
    _lapse(session, now)
    return taken


def _take_all(session: Session, version: int, steps: Sequence[Step], step: Step, now: datetime) -> int:
    taken = 0
    while True:
        rows = _rows(session, steps, step, now)
        new = sum(_take(session, version, step, row, now) for row in rows)
        taken += new
        session.flush()
        if len(rows) < BATCH or not new:
            return taken


def _rows(session: Session, steps: Sequence[Step], step: Step, now: datetime) -> Sequence[Any]:
    """What `step` is due on."""
    match step.trigger:
        case Trigger.REPEATED_OVERDUE:
            return queries.repeated_overdue(session, step, now, BATCH)
        case Trigger.MONTHLY_BOTTOM:
            return _bottom(session, step, now)
        case Trigger.REPORT_DUE:
            return queries.silent_listings(session, step, now, BATCH)
        case Trigger.LISTING_ENDS:
            return queries.ended_listings(session, step, now.astimezone(SHANGHAI).date(), BATCH)
    cutoff = rules.latest_start(now, step.n, step.unit, calendars.load_view(session))
    if step.trigger is Trigger.INTERVIEW_HELD:
        return queries.held_interviews(session, step, cutoff, BATCH)
    if step.trigger is Trigger.STAGE_DUE:
        return queries.stages(session, step, cutoff, BATCH)
    window = rules.reminder_window(steps, step) if step.trigger is Trigger.DUE_BEFORE else 0
    return queries.cases(session, step, cutoff, now, window, BATCH)


def _bottom(session: Session, step: Step, now: datetime) -> Sequence[Any]:
    today = now.astimezone(SHANGHAI).date()
    if today.day > BOTTOM_DAYS:
        return []
    after = today.replace(day=1)
    first = (after - timedelta(days=1)).replace(day=1)
    return queries.monthly_bottom(session, step, first, after, SHANGHAI.key)


def _take(session: Session, version: int, step: Step, row: Any, now: datetime) -> bool:
    """One step on one subject; False where somebody was faster."""
    finding = row.Finding
    reminder = step.action is Action.REMIND
    values = {
        "id": new_id(),
        "subject_id": row.subject_id,
        "step": step.code,
        "occasion": row.occasion,
        "version": version,
        "level": step.level,
        "action": step.action,
        "actor": step.actor,
        "state": ProposalState.SENT if reminder else ProposalState.OPEN,
        "finding_id": finding.id,
        "notice_id": finding.notice_id,
        "firm_id": row.firm_id,
        "compound_id": finding.compound_id,
        "path": finding.path,
        "since": row.since,
        "created_at": now,
        "outcome": {},
    }
    made = session.execute(insert(Proposal).values(values).on_conflict_do_nothing().returning(Proposal.id))
    if made.scalar() is None:
        return False
    data = {"step": step.code, "name": step.name, "level": step.level, "since": row.since}
    act = "ladder.remind" if reminder else "ladder.propose"
    ledger.append(session, ledger.Act(finding.id, act, now, SYSTEM, data | {"action": step.action.value}))
    kind = rules.REMINDERS[step.trigger] if reminder else "proposal.made"
    telling.of_step(session, kind, step.code, row, step.actor, now)
    return True


def _lapse(session: Session, now: datetime) -> None:
    """Take back proposals whose cause has gone."""
    for proposal in queries.moot(session, BATCH):
        proposal.state = PROPOSAL_TRANSITIONS[(proposal.state, ProposalAct.LAPSE)]
        proposal.decided_at = now
        data = {"step": proposal.step, "proposal_id": str(proposal.id)}
        ledger.append(session, ledger.Act(proposal.finding_id, "ladder.lapse", now, SYSTEM, data))
    session.flush()


def warn_of_missing_calendar(session: Session, now: datetime) -> date | None:
    """From 15 October on: tell administrators, once a week, that next year's holidays are missing.

    Returns the first day of the year that is missing, or None.
    """
    missing = years.missing_year(session, now)
    if missing is None:
        return None
    week = rules.week_of(now.astimezone(SHANGHAI).date())
    cause = f"calendar.missing:{missing}:{week}"
    telling.administrators(session, "calendar.missing", cause, f"{missing} 年", "/a/calendar", now)
    return date(missing, 1, 1)
