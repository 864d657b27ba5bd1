"""The measures that run on: 约谈 with minutes and commitments, 挂牌督办 from plan to acceptance, 通报.

Each act is a line in the file of every case that the measure is about.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from server.core.clock import SHANGHAI
from server.core.commands import CommandContext
from server.core.identity import Identity
from server.core.permissions import Permission, require, require_visible
from server.escalation import errors, papers, queries, rules, telling
from server.escalation.models import Bulletin, Interview, Listing, ListingReport
from server.escalation.rules import (
    INTERVIEW_TRANSITIONS,
    LISTING_TRANSITIONS,
    Actor,
    InterviewAct,
    InterviewState,
    ListingAct,
    ListingState,
)
from server.findings import service as findings
from server.findings.models import Finding
from server.messages import service as messages
from server.notices.models import Notice
from server.places.models import Compound

CLOCKS_DIFFER = timedelta(minutes=5)


def _subject(
    session: Session, identity: Identity, finding_ids: Sequence[uuid.UUID]
) -> tuple[list[Finding], Any]:
    """The open cases, all of one compound, locked, and what every measure stores of them.

    Raises `NotFound`, `MixedProposals`, `CasesClosed`, `NoFirm`, `DistrictOnly`.
    """
    require(identity, Permission.LADDER_DECIDE)
    if not rules.is_district(identity.path):
        raise errors.DistrictOnly()
    cases = [findings.visible(session, identity, finding_id) for finding_id in sorted(set(finding_ids))]
    if len({finding.compound_id for finding in cases}) != 1:
        raise errors.MixedProposals()
    still_open = [finding for finding in cases if finding.is_open]
    if not still_open:
        raise errors.CasesClosed()
    compound = session.get_one(Compound, cases[0].compound_id)
    notice = session.get(Notice, still_open[0].notice_id) if still_open[0].notice_id else None
    firm_id = notice.firm_id if notice else compound.firm_id
    if firm_id is None:
        raise errors.NoFirm()
    return still_open, {
        "path": compound.path,
        "firm_id": firm_id,
        "compound_id": compound.id,
        "organisation_id": identity.organisation_id,
        "finding_ids": [finding.id for finding in still_open],
    }


def _record(
    session: Session,
    identity: Identity,
    finding_ids: Sequence[uuid.UUID],
    act: str,
    context: CommandContext,
    data: dict[str, Any],
) -> None:
    for finding_id in sorted(finding_ids):
        findings.record(session, identity, finding_id, act, context, data)


def _tell_firm(
    session: Session, kind: str, measure: Any, body: str, link: str, context: CommandContext
) -> None:
    finding = session.get_one(Finding, measure.finding_ids[0])
    notice = session.get(Notice, finding.notice_id) if finding.notice_id else None
    to = telling.concerned(session, Actor.FIRM, finding, notice, context.now)
    telling.tell(
        session, kind, f"{kind}:{measure.id}:{context.command_id}", to, finding, body, context.now, link
    )


def call_interview(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """约谈: ask the firm to come, to a time and place, about cases that are open.

    Raises `InterviewPast` for an hour that is over.
    """
    if body["planned_at"] < context.now:
        raise errors.InterviewPast()
    if session.get(Interview, body["interview_id"]) is not None:
        raise errors.IdReused()
    cases, where = _subject(session, identity, body["finding_ids"])
    made = Interview(
        id=body["interview_id"],
        state=InterviewState.CALLED,
        reason=body["reason"],
        planned_at=body["planned_at"],
        place=body["place"],
        attendees=body["attendees"],
        created_at=context.now,
        created_by=identity.user_id,
        **where,
    )
    session.add(made)
    session.flush()
    data = {"interview_id": str(made.id), "planned_at": made.planned_at, "place": made.place}
    data |= papers.summons(session, identity, made, cases, context.now)
    _record(
        session, identity, made.finding_ids, "interview.call", context, data | {"attendees": made.attendees}
    )
    local = made.planned_at.astimezone(SHANGHAI)
    words = f"{local.month}月{local.day}日 {local:%H:%M} · {made.place}"
    _tell_firm(session, "interview.called", made, words, f"/f/measures/{made.id}", context)
    return {"interview_id": str(made.id)}


def _interview(session: Session, identity: Identity, interview_id: uuid.UUID, act: InterviewAct) -> Interview:
    found: Interview | None = queries.measure(session, Interview, interview_id)
    require_visible(identity, Permission.LADDER_READ, found)
    require(identity, Permission.LADDER_DECIDE, found)
    assert found is not None
    target = INTERVIEW_TRANSITIONS.get((found.state, act))
    if target is None:
        raise errors.IllegalAction(state=found.state.value, action=act.value)
    found.state = target
    return found


def record_interview(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """The interview was held: who came, what was said, what the firm promised by when.

    Raises `NotHeldYet` for an hour to come.
    """
    if body["held_at"] > context.now + CLOCKS_DIFFER:
        raise errors.NotHeldYet()
    held = _interview(session, identity, body["interview_id"], InterviewAct.RECORD)
    held.held_at, held.place, held.attendees = body["held_at"], body["place"], body["attendees"]
    held.minutes = body["minutes"]
    held.commitments = [
        {"text": each["text"], "due_on": each["due_on"].isoformat(), "kept": None, "note": ""}
        for each in body["commitments"]
    ]
    data = {"interview_id": str(held.id), "held_at": held.held_at, "place": held.place}
    data |= {"attendees": held.attendees, "minutes": held.minutes, "commitments": held.commitments}
    _record(session, identity, held.finding_ids, "interview.record", context, data)
    return {"interview_id": str(held.id), "state": held.state.value}


def cancel_interview(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """Call an interview off, with a reason."""
    off = _interview(session, identity, body["interview_id"], InterviewAct.CANCEL)
    data = {"interview_id": str(off.id), "reason": body["reason"]}
    _record(session, identity, off.finding_ids, "interview.cancel", context, data)
    local = off.planned_at.astimezone(SHANGHAI)
    words = f"原定{local.month}月{local.day}日 {local:%H:%M} · {body['reason']}"
    _tell_firm(session, "interview.cancelled", off, words, f"/f/measures/{off.id}", context)
    return {"interview_id": str(off.id), "state": off.state.value}


def follow_commitment(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """Was a promise kept?"""
    held = _interview(session, identity, body["interview_id"], InterviewAct.FOLLOW)
    if not 0 <= body["index"] < len(held.commitments):
        raise errors.UnknownCommitment()
    changed = [dict(each) for each in held.commitments]
    changed[body["index"]] |= {"kept": body["kept"], "note": body["note"]}
    held.commitments = changed
    data = {"interview_id": str(held.id), "index": body["index"]} | changed[body["index"]]
    _record(session, identity, held.finding_ids, "interview.follow", context, data)
    return {"interview_id": str(held.id), "state": held.state.value}


def list_case(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """挂牌督办: on a proposal, or at once on a leader's instruction or a mass petition."""
    if session.get(Listing, body["listing_id"]) is not None:
        raise errors.IdReused()
    cases, where = _subject(session, identity, body["finding_ids"])
    today = context.now.astimezone(SHANGHAI).date()
    made = Listing(
        id=body["listing_id"],
        state=ListingState.LISTED,
        reason=body["reason"],
        listed_at=context.now,
        listed_by=identity.user_id,
        ends_on=today + timedelta(days=body["days"]),
        **where,
    )
    session.add(made)
    session.flush()
    data = {"listing_id": str(made.id), "reason": made.reason, "ends_on": made.ends_on}
    data |= papers.supervision(session, identity, made, cases, context.now)
    _record(session, identity, made.finding_ids, "listing.list", context, data)
    words = f"{made.reason} · {made.ends_on.month}月{made.ends_on.day}日"
    _tell_firm(session, "listing.made", made, words, f"/f/measures/{made.id}", context)
    return {"listing_id": str(made.id)}


def _listing(
    session: Session, identity: Identity, listing_id: uuid.UUID, act: ListingAct, permission: Permission
) -> Listing:
    found: Listing | None = queries.measure(session, Listing, listing_id)
    require_visible(identity, Permission.LADDER_READ, found)
    require(identity, permission, found)
    assert found is not None
    target = LISTING_TRANSITIONS.get((found.state, act))
    if target is None:
        raise errors.IllegalAction(state=found.state.value, action=act.value)
    found.state = target
    return found


def plan_listing(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """The firm's plan; the weekly reports are reckoned from it."""
    found = _listing(session, identity, body["listing_id"], ListingAct.PLAN, Permission.LISTING_REPORT)
    found.plan, found.planned_at = body["text"], context.now
    found.reported_at = found.reported_at or context.now
    _record_listing(session, identity, found, "listing.plan", context, {"text": body["text"]})
    return _told(found)


def report_listing(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """The firm's weekly report; `done` asks the office to come and accept."""
    act = ListingAct.ASK_ACCEPTANCE if body["done"] else ListingAct.REPORT
    found = _listing(session, identity, body["listing_id"], act, Permission.LISTING_REPORT)
    week = rules.week_of(context.now.astimezone(SHANGHAI).date())
    known = {row.ListingReport.week: row.ListingReport for row in queries.reports(session, [found.id])}
    if week in known and not body["done"]:
        raise errors.WeekReported(week=week)
    report = known.get(week)
    if report is None:
        report = ListingReport(id=body["report_id"], listing_id=found.id, week=week)
        session.add(report)
    # Who asks for acceptance in a week that was reported already says more: the ledger keeps both.
    report.percent, report.text = body["percent"], body["text"]
    report.reported_at, report.reported_by = context.now, identity.user_id
    found.reported_at = context.now
    data = {"week": week, "percent": body["percent"], "text": body["text"], "done": body["done"]}
    _record_listing(session, identity, found, f"listing.{act.value}", context, data)
    if body["done"]:
        cause = f"listing.accepting:{found.id}:{context.command_id}"
        link = f"/s/measures/{found.id}"
        messages.tell(session, "listing.accepting", cause, [found.listed_by], found.reason, link, context.now)
    return _told(found)


def decide_listing(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """After acceptance: written off (销号), or continued for another term."""
    act = ListingAct.CLEAR if body["cleared"] else ListingAct.CONTINUE
    found = _listing(session, identity, body["listing_id"], act, Permission.LADDER_DECIDE)
    if not rules.is_district(identity.path):
        raise errors.DistrictOnly()
    found.decision, found.decided_at, found.decided_by = body["text"], context.now, identity.user_id
    data: dict[str, Any] = {"text": body["text"]}
    if not body["cleared"]:
        found.continued += 1
        today = context.now.astimezone(SHANGHAI).date()
        found.ends_on = max(found.ends_on, today) + timedelta(days=body["days"])
        data["ends_on"] = found.ends_on
    _record_listing(session, identity, found, f"listing.{act.value}", context, data)
    _tell_firm(session, "listing.settled", found, body["text"], f"/f/measures/{found.id}", context)
    return _told(found)


def _record_listing(
    session: Session,
    identity: Identity,
    found: Listing,
    act: str,
    context: CommandContext,
    data: dict[str, Any],
) -> None:
    _record(session, identity, found.finding_ids, act, context, {"listing_id": str(found.id)} | data)


def _told(found: Listing) -> dict[str, Any]:
    return {"listing_id": str(found.id), "state": found.state.value}


def issue_bulletin(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """通报: make a firm's conduct known within the area."""
    if queries.bulletin(session, body["bulletin_id"]) is not None:
        raise errors.IdReused()
    cases, where = _subject(session, identity, body["finding_ids"])
    made = Bulletin(
        id=body["bulletin_id"],
        title=body["title"],
        text=body["text"],
        issued_at=context.now,
        issued_by=identity.user_id,
        **where,
    )
    session.add(made)
    session.flush()
    data = {"bulletin_id": str(made.id), "title": made.title}
    data |= papers.bulletin(session, identity, made, cases, context.now)
    _record(session, identity, made.finding_ids, "bulletin.issue", context, data)
    return {"bulletin_id": str(made.id)}
