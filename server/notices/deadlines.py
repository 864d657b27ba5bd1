"""The dates of an item: moved by service, extension or a question of the reviewer, and never lost.

Whatever moves a date goes through `move`, which keeps the former one. A date moves later only
(民法典 201, 203; the paper is in the firm's hands).
"""

from __future__ import annotations

import uuid
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from server.calendars import rules as calendar_rules
from server.calendars import service as calendars
from server.calendars.rules import Due, Term, Unit
from server.core import context as house
from server.core.commands import CommandContext
from server.core.identity import Identity
from server.core.permissions import Permission, require
from server.findings.models import Finding
from server.notices import procedure_queries
from server.notices.models import DeadlineChange, Notice, NoticeItem, ProcedureRule
from server.notices.procedure_rules import ProcedureRules
from server.notices.rules import fixed_due, later_of


def terms(session: Session) -> ProcedureRules:
    """The terms of the house as they stand."""
    return ProcedureRules(**procedure_queries.procedure_values(session))


def set_term(session: Session, identity: Identity, key: str, value: int, reason: str, now: datetime) -> None:
    """Set one of `ProcedureRules` from now on; what was decided before stands."""
    require(identity, Permission.PROCEDURE_SET)
    session.add(ProcedureRule(key=key, value=value, set_at=now, set_by=identity.user_id, reason=reason))
    session.flush()


def rules_document(session: Session) -> dict[str, Any]:
    """All terms with their history (schema `ProcedureRulesSchema`)."""
    standing = terms(session)
    return {
        "items": [
            {"key": field.name, "value": getattr(standing, field.name), "default": field.default}
            for field in fields(ProcedureRules)
        ],
        "history": [
            {name: getattr(row.ProcedureRule, name) for name in ("key", "value", "set_at", "reason")}
            | {"set_by": row.display_name}
            for row in procedure_queries.procedure_history(session)
        ],
    }


def workdays(session: Session, start: datetime, n: int) -> datetime:
    """Close of business of the `n`th working day after `start`."""
    return _due(session, start, Term(max(n, 1), Unit.WORKDAY)).at


def _due(session: Session, start: datetime, term: Term) -> Due:
    close = house.settings().close_of_business
    return calendar_rules.due(start, term, calendars.load_view(session), close_of_business=close)


def from_service(
    session: Session, notice: Notice, item: NoticeItem, served_at: datetime
) -> tuple[datetime, bool]:
    """Date in force once the notice is served, and whether it is provisional."""
    if item.unit == "fixed":
        return fixed_due(item.printed_due_at, notice.issued_at, served_at), item.provisional
    recount = _due(session, served_at, Term(item.term, Unit(item.unit)))
    if later_of(item.printed_due_at, recount.at) == item.printed_due_at:
        return item.printed_due_at, item.provisional
    return recount.at, recount.provisional


def move(
    session: Session,
    item: NoticeItem,
    finding: Finding,
    due_at: datetime,
    provisional: bool,
    reason: str,
    cause_id: uuid.UUID | None,
    context: CommandContext,
) -> None:
    """Set the item's date in force, and its finding's; the former date is kept."""
    if due_at != item.due_at:
        session.add(
            DeadlineChange(
                notice_item_id=item.id,
                changed_at=context.now,
                due_before=item.due_at,
                due_after=due_at,
                reason=reason,
                cause_id=cause_id,
            )
        )
    item.due_at, item.provisional = due_at, provisional
    finding.due_at, finding.due_provisional = due_at, provisional
