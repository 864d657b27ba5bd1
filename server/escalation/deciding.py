"""Deciding what the ladder proposed: a person accepts, and the measure is taken, or dismisses with a reason.

Accepting is the measure itself, in one transaction: the second order is issued, the interview called,
the case listed. What cannot be done is refused, and the proposal stays open.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from server.core.commands import CommandContext
from server.core.db import new_id
from server.core.identity import Identity
from server.core.pagination import BadCursor, decode_cursor, encode_cursor
from server.core.permissions import Permission, allowed, require, require_visible
from server.core.problems import NotFound
from server.core.visibility import scope_of
from server.escalation import errors, measures, queries, rules
from server.escalation.models import Proposal
from server.escalation.rules import PROPOSAL_TRANSITIONS, Action, Actor, ProposalAct, ProposalState
from server.findings import service as findings
from server.notices import issuing
from server.notices.schemas import IssueNoticeSchema
from server.transfers import service as transfers

Taken = dict[str, Any]
Measure = Callable[[Session, Identity, Sequence[Proposal], dict[str, Any], CommandContext], Taken]


def page(session: Session, identity: Identity, query: dict[str, Any]) -> dict[str, Any]:
    """One page of proposals in sight, newest first, and how many are open."""
    require(identity, Permission.LADDER_DECIDE)
    visible = scope_of(identity, Permission.LADDER_DECIDE).clause(Proposal.path)
    filters = [Proposal.state == ProposalState(query["state"])]
    limit = query["limit"]
    rows = queries.proposal_rows(session, visible, filters, after(query.get("cursor")), limit + 1)
    last = rows[limit - 1].Proposal if len(rows) > limit else None
    return {
        "items": [_document(identity, row) for row in rows[:limit]],
        "next": encode_cursor([last.created_at.isoformat(), str(last.id)]) if last else None,
        "open": queries.open_count(session, visible),
    }


def after(cursor: str | None) -> tuple[datetime, uuid.UUID] | None:
    """The key of a list that is sorted by (time, id); raises `BadCursor`."""
    if cursor is None:
        return None
    at, row_id = decode_cursor(cursor, 2)
    try:
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise BadCursor()
        return moment, uuid.UUID(row_id)
    except (ValueError, TypeError, AttributeError) as error:
        raise BadCursor() from error


def _document(identity: Identity, row: Any) -> dict[str, Any]:
    proposal: Proposal = row.Proposal
    finding = row.Finding
    names = ("id", "step", "level", "since", "created_at", "decided_at", "reason", "outcome", "notice_id")
    mine = allowed(identity, Permission.LADDER_DECIDE, proposal) and _high_enough(identity, proposal)
    return {name: getattr(proposal, name) for name in names} | {
        "action": proposal.action.value,
        "actor": proposal.actor.value,
        "state": proposal.state.value,
        "step_name": row.step_name,
        "document": row.document,
        "term": {"n": row.term_n, "unit": row.term_unit} if row.term_n else None,
        "finding": {
            "id": finding.id,
            "item_code": finding.item_code,
            "severity": finding.severity.value,
            "place": finding.place,
            "state": finding.state.value,
        },
        "compound": {"id": proposal.compound_id, "name": row.compound_name},
        "firm": {"id": proposal.firm_id, "name": row.firm_name} if proposal.firm_id else None,
        "number": row.number,
        "decided_by": row.decider,
        "may_decide": mine and proposal.state is ProposalState.OPEN,
    }


def _high_enough(identity: Identity, proposal: Proposal) -> bool:
    return proposal.actor is not Actor.DISTRICT or rules.is_district(identity.path)


def _open(
    session: Session, identity: Identity, ids: Sequence[uuid.UUID], act: ProposalAct
) -> Sequence[Proposal]:
    """The proposals, locked and moved on; raises what forbids it."""
    found = queries.locked_proposals(session, ids)
    if len(found) != len(set(ids)):
        raise NotFound()
    for proposal in found:
        require_visible(identity, Permission.LADDER_DECIDE, proposal)
        if not _high_enough(identity, proposal):
            raise errors.DistrictOnly()
        target = PROPOSAL_TRANSITIONS.get((proposal.state, act))
        if target is None:
            raise errors.IllegalAction(state=proposal.state.value, action=act.value)
        proposal.state = target
    if len({(proposal.action, proposal.firm_id, proposal.compound_id) for proposal in found}) > 1:
        raise errors.MixedProposals()
    return found


def _decided(
    session: Session,
    identity: Identity,
    found: Sequence[Proposal],
    act: ProposalAct,
    context: CommandContext,
    reason: str,
    outcome: Taken,
) -> dict[str, Any]:
    for proposal in found:
        proposal.decided_at, proposal.decided_by = context.now, identity.user_id
        proposal.reason, proposal.outcome = reason, outcome
        data = {"proposal_id": str(proposal.id), "step": proposal.step, "action": proposal.action.value}
        data |= {"reason": reason} | outcome
        findings.record(session, identity, proposal.finding_id, f"ladder.{act.value}", context, data)
    return {"proposal_ids": [str(proposal.id) for proposal in found], "state": found[0].state.value} | outcome


def dismiss(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """Not this time, with a reason that stays in the case file."""
    require(identity, Permission.LADDER_DECIDE)
    found = _open(session, identity, body["proposal_ids"], ProposalAct.DISMISS)
    return _decided(session, identity, found, ProposalAct.DISMISS, context, body["reason"], {})


def accept(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """Take the measure that was proposed, for one or several cases of one firm in one compound."""
    require(identity, Permission.LADDER_DECIDE)
    found = _open(session, identity, body["proposal_ids"], ProposalAct.ACCEPT)
    action = found[0].action
    outcome = _MEASURES[action](session, identity, found, _part(body, action), context)
    return _decided(session, identity, found, ProposalAct.ACCEPT, context, body["reason"], outcome)


def _part(body: dict[str, Any], action: Action) -> dict[str, Any]:
    part: dict[str, Any] | None = body.get(action.value)
    if part is None and action not in (Action.CREDIT, Action.DECISION):
        raise errors.ActMissing(missing=action.value)
    return part or {}


def case_ids(found: Sequence[Proposal]) -> list[uuid.UUID]:
    """The cases that these proposals are about."""
    return sorted({proposal.finding_id for proposal in found})


def _second_order(
    session: Session,
    identity: Identity,
    found: Sequence[Proposal],
    part: dict[str, Any],
    context: CommandContext,
) -> Taken:
    """Issue the second order: half of each first term, unless less is asked for."""
    first = {item.finding_id: item for item in queries.notice_items(session, case_ids(found))}
    asked = {item["finding_id"]: item for item in part["items"]}
    items = []
    for finding_id, item in sorted(first.items()):
        most, unit = rules.second_order_term(item.term, item.unit if item.unit != "fixed" else "day")
        wish = asked.get(finding_id, {})
        n = wish.get("n") or most
        if n > most:
            raise errors.TermTooLong(finding_id=str(finding_id), most=most, unit=unit)
        items.append({"finding_id": str(finding_id), "term": n, "unit": unit})
    issued = IssueNoticeSchema().load({"notice_id": str(part["notice_id"]), "items": items})
    made = issuing.issue(session, identity, issued, context)
    return {"notice_id": made["notice_id"], "number": made["number"]}


def _transfer(
    session: Session,
    identity: Identity,
    found: Sequence[Proposal],
    part: dict[str, Any],
    context: CommandContext,
) -> Taken:
    for finding_id in case_ids(found):
        body = {"finding_id": finding_id, "transfer_id": new_id()} | part
        transfers.send(session, identity, body, context)
    return {"organisation_id": str(part["organisation_id"])}


def _decision(
    session: Session,
    identity: Identity,
    found: Sequence[Proposal],
    part: dict[str, Any],
    context: CommandContext,
) -> Taken:
    """The decision is its own record: the reason stands in the case file."""
    return {}


def _measure(take: Callable[..., Taken]) -> Measure:
    """A measure against one firm in one compound, on the cases of the proposals."""

    def taken(
        session: Session,
        identity: Identity,
        found: Sequence[Proposal],
        part: dict[str, Any],
        context: CommandContext,
    ) -> Taken:
        return take(session, identity, part | {"finding_ids": case_ids(found)}, context)

    return taken


_MEASURES: dict[Action, Measure] = {
    Action.SECOND_ORDER: _second_order,
    Action.TRANSFER: _transfer,
    Action.CREDIT: _decision,
    Action.DECISION: _decision,
    Action.INTERVIEW: _measure(measures.call_interview),
    Action.LISTING: _measure(measures.list_case),
    Action.BULLETIN: _measure(measures.issue_bulletin),
}
