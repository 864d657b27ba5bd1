"""Every SELECT of the ladder. Lists take their visibility clause as an argument without default."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.accounts.models import Organisation, User
from server.core.db import Ltree
from server.core.ledger import CaseEvent
from server.documents.models import OfficialDocument
from server.escalation.models import (
    Bulletin,
    Interview,
    LadderStep,
    LadderVersion,
    Listing,
    ListingReport,
    Proposal,
)
from server.escalation.rules import InterviewState, ListingState, ProposalState, Step, Trigger
from server.findings.models import Finding
from server.findings.rules import CLOSED_STATES, FindingState, Severity
from server.messages.models import Message
from server.notices.models import Notice, NoticeItem
from server.places.models import Compound, Firm
from server.rounds.models import Round
from server.rounds.rules import RoundState
from server.transfers.models import Transfer

_LADDER_LOCK = 0x6C6164646572
"""The ASCII bytes of `ladder`."""
S = FindingState
FAILED_STATES = (S.RECTIFYING, S.OVERDUE)
ANSWERS_OF_A_DEPARTMENT = (
    "finding.accept_transfer",
    "finding.decline_transfer",
    "finding.decline_under_notice",
    "finding.report_transfer",
)
BOTTOM_AT_LEAST = 2
"""Overdue cases in the month without which nobody is among the worst of a street."""
STREET_DEPTH = 3


def lock_ladder(session: Session) -> None:
    """Let one editor at a time make the next version, until the transaction ends."""
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LADDER_LOCK)))


def latest_version(session: Session) -> int | None:
    """The number of the ladder in force."""
    return session.scalar(sa.select(sa.func.max(LadderVersion.no)))


def steps(session: Session, version: int) -> Sequence[LadderStep]:
    """The rows of one version in order."""
    query = sa.select(LadderStep).where(LadderStep.version == version).order_by(LadderStep.seq)
    return session.scalars(query).all()


def versions(session: Session, limit: int) -> Sequence[LadderVersion]:
    """The newest versions, newest first."""
    return session.scalars(sa.select(LadderVersion).order_by(LadderVersion.no.desc()).limit(limit)).all()


@dataclass(frozen=True, slots=True)
class Due:
    """What makes one subject due: since when, on which occasion, and the condition on its rows."""

    since: Any
    occasion: Any
    where: sa.ColumnElement[bool]
    subject: Any = Finding.id


def _stamp(moment: Any) -> Any:
    return sa.func.to_char(
        sa.func.timezone("UTC", moment), sa.literal_column("""'YYYY-MM-DD"T"HH24:MI:SS"Z"'""")
    )


def _waiting(step: Step, cutoff: datetime, states: Sequence[FindingState], *more: Any) -> Due:
    since = Finding.waiting_since
    return Due(since, _stamp(since), sa.and_(Finding.state.in_(states), since <= cutoff, *more))


def _failed(step: Step, cutoff: datetime, *more: Any) -> Due:
    nth = sa.func.concat(Finding.notice_id, ":", Finding.failed_reviews)
    where = sa.and_(Finding.state.in_(FAILED_STATES), Finding.waiting_since <= cutoff, *more)
    return Due(Finding.waiting_since, nth, where)


def _due(step: Step, cutoff: datetime, now: datetime, window: int) -> Due:
    """The condition of a step on a single case. `cutoff` is the latest start whose wait is over at `now`."""
    before = timedelta(hours=step.n)
    match step.trigger:
        case Trigger.TRIAGE_LATE:
            since = Finding.triage_due_at
            return Due(since, _stamp(since), sa.and_(Finding.state == S.SUBMITTED, since <= cutoff))
        case Trigger.UNSERVED | Trigger.UNACKNOWLEDGED:
            return _waiting(step, cutoff, (S.NOTICED,))
        case Trigger.REVIEW_DUE:
            return _waiting(step, cutoff, (S.REPLIED, S.REVIEWING))
        case Trigger.TRANSFER_UNANSWERED:
            return _waiting(step, cutoff, (S.TRANSFERRED,), ~_answered())
        case Trigger.DUE_BEFORE:
            reached = sa.and_(
                Finding.state == S.RECTIFYING,
                Finding.due_at <= now + before,
                Finding.due_at > now + timedelta(hours=window),
                Finding.clock_from.is_not(None),
                # A term that is shorter than the notice of its end needs no reminder at its start.
                Finding.waiting_since <= Finding.due_at - before,
            )
            return Due(Finding.due_at - before, _stamp(Finding.due_at), reached)
        case Trigger.OVERDUE:
            late = sa.and_(Finding.state == S.OVERDUE, Finding.due_at <= cutoff)
            return Due(Finding.due_at, _stamp(Finding.due_at), late)
        case Trigger.FAILED_REVIEW:
            return _failed(step, cutoff, Finding.failed_reviews > 0, Finding.orders == 1)
        case _:
            return _failed(step, cutoff, Finding.failed_reviews > 1, Finding.orders > 1)


def _answered() -> sa.ColumnElement[bool]:
    return sa.exists().where(
        CaseEvent.case_id == Finding.id,
        CaseEvent.act.in_(ANSWERS_OF_A_DEPARTMENT),
        CaseEvent.at >= Finding.waiting_since,
    )


def _filters(step: Step) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if step.severities:
        found.append(Finding.severity.in_(step.severities))
    if step.document_types:
        found.append(Notice.document_type.in_(step.document_types))
    if step.min_orders:
        found.append(Finding.orders >= step.min_orders)
    return found


def _select(due: Due, step: Step, *where: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Cases with what a proposal stores and a message says, without those that have this step already."""
    done = sa.exists().where(
        Proposal.subject_id == due.subject, Proposal.step == step.code, Proposal.occasion == due.occasion
    )
    return (
        sa.select(
            due.subject.label("subject_id"),
            due.since.label("since"),
            due.occasion.label("occasion"),
            Finding,
            Compound.name.label("compound_name"),
            Notice.issued_by,
            Notice.number,
            sa.func.coalesce(Notice.firm_id, Finding.firm_id, Compound.firm_id).label("firm_id"),
        )
        .join(Compound, Compound.id == Finding.compound_id)
        .outerjoin(Notice, Notice.id == Finding.notice_id)
        .where(due.where, *where, ~done)
    )


def cases(
    session: Session, step: Step, cutoff: datetime, now: datetime, window: int, limit: int
) -> Sequence[sa.Row[Any]]:
    """Cases on which `step` falls due now, locked; those another worker holds are skipped."""
    query = _select(_due(step, cutoff, now, window), step, *_filters(step))
    query = query.order_by(Finding.id).limit(limit).with_for_update(of=Finding, skip_locked=True)
    return session.execute(query.execution_options(populate_existing=True)).all()


def stages(session: Session, step: Step, cutoff: datetime, limit: int) -> Sequence[sa.Row[Any]]:
    """Cases with a stage before the last (停止、临时措施) whose hour has passed without an answer."""
    stage = sa.func.jsonb_array_elements(NoticeItem.stages).table_valued(
        sa.column("value", sa.JSON), name="stage", joins_implicitly=True
    )
    text = sa.cast(stage.c.value, sa.dialects.postgresql.JSONB)
    at = sa.cast(text["due_at"].astext, sa.DateTime(timezone=True))
    # 立即 is due as it is served: nobody needs to be reminded of it in the same minute.
    reached = sa.and_(at <= cutoff, text["unit"].astext != "now")
    due = Due(at, sa.func.concat(text["stage"].astext, ":", _stamp(at)), reached)
    query = (
        _select(due, step, Finding.state == S.RECTIFYING, *_filters(step))
        .join(
            NoticeItem,
            sa.and_(NoticeItem.notice_id == Finding.notice_id, NoticeItem.finding_id == Finding.id),
        )
        .join(stage, sa.true())
    )
    query = query.order_by(Finding.id).limit(limit).with_for_update(of=Finding, skip_locked=True)
    return session.execute(query).all()


def repeated_overdue(session: Session, step: Step, now: datetime, limit: int) -> Sequence[sa.Row[Any]]:
    """Firms with `count` overdue notices within the window; the newest of their cases stands for them.

    Once a window: a firm that was proposed is not proposed again before the window is over.
    """
    since = now - timedelta(days=step.window_days or 30)
    late = sa.select(Notice.firm_id, sa.func.max(Finding.overdue_at).label("at")).join(
        Notice, Notice.id == Finding.notice_id
    )
    late = late.where(Finding.overdue_at > since, Finding.overdue_at <= now, *_filters(step))
    firms = late.group_by(Notice.firm_id).having(sa.func.count(Notice.id.distinct()) >= step.count).subquery()
    recent = sa.exists().where(
        Proposal.subject_id == firms.c.firm_id, Proposal.step == step.code, Proposal.created_at > since
    )
    due = Due(Finding.overdue_at, _stamp(Finding.overdue_at), ~recent, Notice.firm_id)
    query = _select(due, step).join(
        firms, sa.and_(firms.c.firm_id == Notice.firm_id, firms.c.at == Finding.overdue_at)
    )
    query = query.distinct(Notice.firm_id).order_by(Notice.firm_id, Finding.id).limit(limit)
    return session.execute(query).all()


def monthly_bottom(
    session: Session, step: Step, first: date, after: date, zone: str
) -> Sequence[sa.Row[Any]]:
    """The compounds of each street with the most cases overdue between two days; the newest case of each.

    A street whose worst were named for this month is done, even if cases move afterwards.
    """
    month = first.strftime("%Y-%m")
    street = sa.func.subpath(Finding.path, 0, STREET_DEPTH)
    local = sa.cast(sa.func.timezone(zone, Finding.overdue_at), sa.Date)
    counted = (
        sa.select(
            Finding.compound_id,
            street.label("street"),
            sa.func.count().label("late"),
            sa.func.max(Finding.overdue_at).label("at"),
        )
        .where(local >= first, local < after, sa.func.nlevel(Finding.path) >= STREET_DEPTH, *_plain(step))
        .group_by(Finding.compound_id, street)
        .having(sa.func.count() >= BOTTOM_AT_LEAST)
        .subquery()
    )
    place = sa.func.row_number().over(
        partition_by=counted.c.street, order_by=[counted.c.late.desc(), counted.c.compound_id]
    )
    ranked = sa.select(counted, place.label("place")).subquery()
    named = sa.exists().where(
        Proposal.step == step.code,
        Proposal.occasion == month,
        sa.type_coerce(Proposal.path, Ltree()).op("<@", is_comparison=True)(ranked.c.street),
    )
    due = Due(
        Finding.overdue_at,
        sa.literal(month),
        sa.and_(ranked.c.place <= step.count, ~named),
        Finding.compound_id,
    )
    query = _select(due, step).join(
        ranked, sa.and_(ranked.c.compound_id == Finding.compound_id, ranked.c.at == Finding.overdue_at)
    )
    return session.execute(
        query.distinct(Finding.compound_id).order_by(Finding.compound_id, Finding.id)
    ).all()


def _plain(step: Step) -> list[sa.ColumnElement[bool]]:
    """The filters that need no notice."""
    return [Finding.severity.in_(step.severities)] if step.severities else []


def _first_open(ids: Any) -> Any:
    """Of a measure's cases the one that stands for it: the first that is still open."""
    case = sa.orm.aliased(Finding)
    return (
        sa.select(case.id)
        .where(case.id == sa.any_(ids), case.state.not_in(CLOSED_STATES))
        .order_by(case.id)
        .limit(1)
        .correlate(Interview)
        .scalar_subquery()
    )


def held_interviews(session: Session, step: Step, cutoff: datetime, limit: int) -> Sequence[sa.Row[Any]]:
    """Interviews held long enough ago, of whose cases one is still open."""
    held = sa.and_(Interview.state == InterviewState.HELD, Interview.held_at <= cutoff)
    due = Due(Interview.held_at, sa.literal("held"), held, Interview.id)
    query = _select(due, step).join(Interview, Finding.id == _first_open(Interview.finding_ids))
    return session.execute(query.limit(limit)).all()


def silent_listings(session: Session, step: Step, now: datetime, limit: int) -> Sequence[sa.Row[Any]]:
    """Listings under a plan whose weekly report is missing; once for each week of silence."""
    length = timedelta(days=max(step.n, 1))
    silence = sa.func.extract("epoch", sa.literal(now) - Listing.reported_at)
    periods = sa.func.floor(silence / length.total_seconds())
    occasion = sa.func.concat(_stamp(Listing.reported_at), ":", sa.cast(periods, sa.Integer))
    late = sa.and_(Listing.state == ListingState.PLANNED, Listing.reported_at <= now - length)
    due = Due(Listing.reported_at, occasion, late, Listing.id)
    query = _select(due, step).join(Listing, Finding.id == Listing.finding_ids[1])
    return session.execute(query.limit(limit)).all()


def ended_listings(session: Session, step: Step, today: date, limit: int) -> Sequence[sa.Row[Any]]:
    """Listings whose term is over without a decision."""
    over = sa.and_(Listing.state != ListingState.CLEARED, Listing.ends_on < today - timedelta(days=step.n))
    since = sa.cast(Listing.ends_on, sa.DateTime(timezone=True))
    due = Due(since, sa.cast(Listing.ends_on, sa.Text), over, Listing.id)
    query = _select(due, step).join(Listing, Finding.id == Listing.finding_ids[1])
    return session.execute(query.limit(limit)).all()


def moot(session: Session, limit: int) -> Sequence[Proposal]:
    """Open proposals whose case was closed or has its second order meanwhile, locked."""
    gone = sa.or_(
        Finding.state.in_(CLOSED_STATES),
        sa.and_(Proposal.action == "second_order", Finding.orders > 1),
        sa.and_(Proposal.action == "transfer", Finding.state == S.TRANSFERRED),
    )
    query = (
        sa.select(Proposal)
        .join(Finding, Finding.id == Proposal.finding_id)
        .where(Proposal.state == ProposalState.OPEN, gone)
    )
    return session.scalars(query.limit(limit).with_for_update(of=Proposal, skip_locked=True)).all()


def locked_proposals(session: Session, ids: Sequence[uuid.UUID]) -> Sequence[Proposal]:
    """These proposals, locked in the order of their ids."""
    query = sa.select(Proposal).where(Proposal.id.in_(ids), Proposal.state != ProposalState.SENT)
    return session.scalars(query.order_by(Proposal.id).with_for_update(of=Proposal)).all()


def proposal_rows(
    session: Session,
    visible: sa.ColumnElement[bool],
    filters: Sequence[sa.ColumnElement[bool]],
    after: tuple[datetime, uuid.UUID] | None,
    limit: int,
) -> Sequence[sa.Row[Any]]:
    """One page of proposals with names, newest first."""
    decider = sa.orm.aliased(User)
    query = (
        sa.select(
            Proposal,
            Finding,
            Compound.name.label("compound_name"),
            Firm.name.label("firm_name"),
            Notice.number,
            decider.display_name.label("decider"),
            LadderStep.name.label("step_name"),
            LadderStep.document,
            LadderStep.term_n,
            LadderStep.term_unit,
        )
        .join(Finding, Finding.id == Proposal.finding_id)
        .join(Compound, Compound.id == Proposal.compound_id)
        .join(LadderStep, sa.and_(LadderStep.version == Proposal.version, LadderStep.code == Proposal.step))
        .outerjoin(Firm, Firm.id == Proposal.firm_id)
        .outerjoin(Notice, Notice.id == Proposal.notice_id)
        .outerjoin(decider, decider.id == Proposal.decided_by)
        .where(visible, *filters)
    )
    if after is not None:
        query = query.where(sa.tuple_(Proposal.created_at, Proposal.id) < after)
    return session.execute(query.order_by(Proposal.created_at.desc(), Proposal.id.desc()).limit(limit)).all()


def open_count(session: Session, visible: sa.ColumnElement[bool]) -> int:
    """Open proposals in sight."""
    query = (
        sa.select(sa.func.count()).select_from(Proposal).where(visible, Proposal.state == ProposalState.OPEN)
    )
    return session.scalar(query) or 0


def findings(session: Session, ids: Sequence[uuid.UUID]) -> Sequence[Finding]:
    """These findings, in the order of their ids."""
    return session.scalars(sa.select(Finding).where(Finding.id.in_(ids)).order_by(Finding.id)).all()


def notice_items(session: Session, finding_ids: Sequence[uuid.UUID]) -> Sequence[NoticeItem]:
    """The lines of the notices now in force about these findings."""
    query = sa.select(NoticeItem).join(
        Finding, sa.and_(Finding.id == NoticeItem.finding_id, Finding.notice_id == NoticeItem.notice_id)
    )
    return session.scalars(query.where(Finding.id.in_(finding_ids))).all()


def measure(session: Session, model: Any, measure_id: uuid.UUID) -> Any | None:
    """An interview or a listing, locked."""
    return session.scalars(sa.select(model).where(model.id == measure_id).with_for_update()).one_or_none()


def measure_rows(
    session: Session,
    model: Any,
    visible: sa.ColumnElement[bool],
    order: Any,
    after: tuple[datetime, uuid.UUID] | None,
    limit: int,
) -> Sequence[sa.Row[Any]]:
    """One page of interviews, listings or bulletins with names, newest first."""
    query = (
        sa.select(model, Compound.name.label("compound_name"), Firm.name.label("firm_name"))
        .join(Compound, Compound.id == model.compound_id)
        .join(Firm, Firm.id == model.firm_id)
        .where(visible)
    )
    if after is not None:
        query = query.where(sa.tuple_(order, model.id) < after)
    return session.execute(query.order_by(order.desc(), model.id.desc()).limit(limit)).all()


def reports(session: Session, listing_ids: Sequence[uuid.UUID]) -> Sequence[sa.Row[Any]]:
    """Weekly reports of these listings with who reported, oldest first."""
    query = sa.select(ListingReport, User.display_name).join(User, User.id == ListingReport.reported_by)
    query = query.where(ListingReport.listing_id.in_(listing_ids)).order_by(ListingReport.reported_at)
    return session.execute(query).all()


def bulletin(session: Session, bulletin_id: uuid.UUID) -> Bulletin | None:
    """One bulletin."""
    return session.get(Bulletin, bulletin_id)


def last_named(session: Session, finding_id: uuid.UUID, act: str, name: str) -> uuid.UUID | None:
    """Whom the last act of a kind named, from the ledger: the row may have moved on meanwhile."""
    query = sa.select(CaseEvent.data[name].astext).where(
        CaseEvent.case_id == finding_id, CaseEvent.act == act
    )
    found = session.scalar(query.order_by(CaseEvent.seq.desc()).limit(1))
    return uuid.UUID(found) if found else None


def case_events(session: Session, since: datetime, acts: Sequence[str]) -> Sequence[sa.Row[Any]]:
    """Lines of the case files that matter to deadlines, of cases that moved since then, by case."""
    moved = sa.select(CaseEvent.case_id).where(CaseEvent.at >= since).distinct()
    query = (
        sa.select(CaseEvent.case_id, CaseEvent.act, CaseEvent.at, CaseEvent.data)
        .where(CaseEvent.case_id.in_(moved), CaseEvent.act.in_(acts))
        .order_by(CaseEvent.case_id, CaseEvent.seq)
    )
    return session.execute(query).all()


def case_facts(session: Session, ids: Sequence[uuid.UUID]) -> Sequence[sa.Row[Any]]:
    """What a simulated step says of a case: severity, item, compound, firm, number."""
    query = (
        sa.select(
            Finding.id,
            Finding.severity,
            Finding.item_code,
            Finding.triage_due_at,
            Compound.name.label("compound_name"),
            Finding.compound_id,
            sa.func.coalesce(Finding.firm_id, Compound.firm_id).label("firm_id"),
            Finding.notice_number,
            Notice.document_type,
        )
        .join(Compound, Compound.id == Finding.compound_id)
        .outerjoin(Notice, Notice.id == Finding.notice_id)
        .where(Finding.id.in_(ids))
    )
    return session.execute(query).all()


def submitted_paths(session: Session, since: datetime) -> Sequence[str]:
    """Areas with findings that wait for triage since then; critical ones are told one by one."""
    query = sa.select(sa.cast(Finding.path, sa.Text)).where(
        Finding.state == S.SUBMITTED,
        Finding.received_at >= since,
        Finding.severity != Severity.CRITICAL,
    )
    return session.scalars(query.distinct()).all()


def untold_rounds(session: Session, today: date) -> Sequence[Round]:
    """Planned rounds of today whose inspector was not told."""
    told = sa.exists().where(
        Message.cause == sa.func.concat("round.assigned:", Round.id), Message.user_id == Round.inspector_id
    )
    query = sa.select(Round).where(
        Round.state == RoundState.PLANNED, Round.starts_on <= today, Round.ends_on >= today, ~told
    )
    return session.scalars(query).all()


def open_lines(session: Session) -> Sequence[sa.Row[Any]]:
    """Lines of notices whose deadline still runs, with their notices, cases and compounds."""
    query = (
        sa.select(NoticeItem, Notice, Finding, Compound.name.label("compound_name"))
        .join(Notice, Notice.id == NoticeItem.notice_id)
        .join(Finding, sa.and_(Finding.id == NoticeItem.finding_id, Finding.notice_id == Notice.id))
        .join(Compound, Compound.id == Finding.compound_id)
        .where(Finding.state.in_((S.NOTICED, S.RECTIFYING)), NoticeItem.unit != "fixed")
    )
    return session.execute(query.order_by(NoticeItem.due_at, NoticeItem.id)).all()


def notice_of_line(session: Session, item_id: uuid.UUID) -> uuid.UUID | None:
    """The notice that a line belongs to."""
    return session.scalar(sa.select(NoticeItem.notice_id).where(NoticeItem.id == item_id))


def newest_transfer(session: Session, finding_id: uuid.UUID) -> Transfer | None:
    """The last handing over of a case."""
    query = sa.select(Transfer).where(Transfer.finding_id == finding_id)
    return session.scalars(query.order_by(Transfer.sent_at.desc(), Transfer.id.desc()).limit(1)).first()


def unit_name(session: Session, organisation_id: uuid.UUID) -> str:
    """How a unit is called."""
    return session.get_one(Organisation, organisation_id).name


def correction_reason(session: Session, document_id: uuid.UUID) -> str | None:
    """Why the document before this one was corrected."""
    former = sa.select(OfficialDocument.supersedes_id).where(OfficialDocument.id == document_id)
    query = sa.select(OfficialDocument.end_reason).where(OfficialDocument.id == former.scalar_subquery())
    return session.scalar(query)
