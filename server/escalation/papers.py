"""The documents of the ladder's measures: 约谈通知书 (N5), 督办通知单 (N4), 通报."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from server.calendars import service as calendars
from server.calendars.rules import Unit
from server.checklists import service as checklists
from server.core.clock import SHANGHAI
from server.core.identity import Identity
from server.documents import service as documents
from server.documents.paper.facts import BulletinFacts, Facts, InterviewFacts, SupervisionFacts, Task
from server.escalation.models import Bulletin, Interview, Listing
from server.findings.models import Finding
from server.places.models import Compound, Firm

PLAN_WITHIN = 3
"""Working days in which the firm files the plan of a listing."""


def summons(
    session: Session, identity: Identity, made: Interview, cases: Sequence[Finding], now: datetime
) -> Any:
    """Print, number and sign the summons; what a ledger line says of it."""
    reasons = [made.reason, *(_case(session, finding) for finding in cases)]
    facts = InterviewFacts(
        at=made.planned_at.astimezone(SHANGHAI),
        place=made.place,
        attendees="、".join(made.attendees) or "项目负责人",
        reasons=reasons,
        **_party(session, made),
    )
    return _issue(session, identity, made, facts, now)


def supervision(
    session: Session, identity: Identity, made: Listing, cases: Sequence[Finding], now: datetime
) -> Any:
    """Print, number and sign the 督办通知单 of a listing."""
    finish = datetime.combine(made.ends_on, time(18), SHANGHAI)
    plan = calendars.deadline(calendars.load_view(session), now, PLAN_WITHIN, Unit.WORKDAY).at
    compound = session.get_one(Compound, made.compound_id)
    facts = SupervisionFacts(
        matter=f"{compound.name}物业服务问题整改",
        reason=made.reason,
        tasks=[
            Task(
                place=f"{compound.name} {finding.place}".strip(),
                matter=_name(session, finding),
                due_at=finish,
            )
            for finding in cases
        ],
        plan_due_at=plan.astimezone(SHANGHAI),
        finish_at=max(finish, plan.astimezone(SHANGHAI) + timedelta(days=1)),
        **_party(session, made),
    )
    return _issue(session, identity, made, facts, now)


def bulletin(
    session: Session, identity: Identity, made: Bulletin, cases: Sequence[Finding], now: datetime
) -> Any:
    """Print, number and sign a bulletin with the table of its cases."""
    facts = BulletinFacts(
        subject=made.title,
        paragraphs=[line for line in made.text.splitlines() if line.strip()],
        columns=("问题", "部位", "通知书"),
        rows=[(_name(session, finding), finding.place, finding.notice_number or "") for finding in cases],
        **_party(session, made),
    )
    return _issue(session, identity, made, facts, now)


def _party(session: Session, made: Any) -> dict[str, Any]:
    firm = session.get_one(Firm, made.firm_id)
    return {"addressee": firm.name, "uscc": firm.uscc or ""}


def _name(session: Session, finding: Finding) -> str:
    item = checklists.find_item(session, finding.catalogue_version, finding.item_code)
    return item.name if item else finding.item_code


def _case(session: Session, finding: Finding) -> str:
    number = f"（{finding.notice_number}）" if finding.notice_number else ""
    return documents.legible(f"{_name(session, finding)}{number}")


def _issue(session: Session, identity: Identity, made: Any, facts: Facts, now: datetime) -> dict[str, Any]:
    issued = documents.issue(
        session,
        identity,
        made.organisation_id,
        facts,
        now,
        path=made.path,
        firm_id=made.firm_id,
        case_ids=made.finding_ids,
    )
    made.document_id = issued.id
    return documents.reference(issued)
