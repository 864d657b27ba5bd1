"""Every SELECT about what was asked and how dates moved: extensions, objections, duty reports, terms."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.accounts.models import Organisation, User
from server.findings.models import Finding
from server.notices.models import (
    DeadlineChange,
    DutyReport,
    Extension,
    Notice,
    NoticeItem,
    Objection,
    ProcedureRule,
)
from server.notices.procedure_rules import RequestState
from server.places.models import Compound, Firm


def pending_extension(session: Session, item_id: uuid.UUID) -> Extension | None:
    """The extension of a line that waits for a decision."""
    query = sa.select(Extension).where(
        Extension.notice_item_id == item_id, Extension.state == RequestState.PENDING
    )
    return session.scalars(query).one_or_none()


def granted_extensions(session: Session, item_id: uuid.UUID) -> int:
    """How often the term of a line was extended."""
    query = sa.select(sa.func.count()).where(
        Extension.notice_item_id == item_id, Extension.state == RequestState.GRANTED
    )
    return session.scalar(query) or 0


def first_due(session: Session, item: NoticeItem) -> datetime:
    """The end of the line's own term: the date in force before any extension or question."""
    query = sa.select(DeadlineChange.due_before).where(
        DeadlineChange.notice_item_id == item.id, DeadlineChange.reason != "service"
    )
    return session.scalar(query.order_by(DeadlineChange.changed_at).limit(1)) or item.due_at


def extensions(session: Session, item_ids: Sequence[uuid.UUID]) -> Sequence[Extension]:
    """Extensions of these lines, oldest first."""
    query = sa.select(Extension).where(Extension.notice_item_id.in_(item_ids))
    return session.scalars(query.order_by(Extension.requested_at, Extension.id)).all()


def pending_objection(session: Session, item_id: uuid.UUID) -> Objection | None:
    """The objection to a line that waits for a decision."""
    query = sa.select(Objection).where(
        Objection.notice_item_id == item_id, Objection.state == RequestState.PENDING
    )
    return session.scalars(query).one_or_none()


def objection_to(session: Session, item_id: uuid.UUID) -> Objection | None:
    """The objection to a line, whatever became of it."""
    return session.scalars(sa.select(Objection).where(Objection.notice_item_id == item_id)).one_or_none()


def objections(session: Session, item_ids: Sequence[uuid.UUID]) -> Sequence[Objection]:
    """Objections to these lines."""
    return session.scalars(sa.select(Objection).where(Objection.notice_item_id.in_(item_ids))).all()


def duty_report(session: Session, item_id: uuid.UUID) -> DutyReport | None:
    """The 三联单 of a line."""
    return session.scalars(sa.select(DutyReport).where(DutyReport.notice_item_id == item_id)).one_or_none()


def duty_reports(session: Session, item_ids: Sequence[uuid.UUID]) -> Sequence[DutyReport]:
    """The 三联单 of these lines."""
    return session.scalars(sa.select(DutyReport).where(DutyReport.notice_item_id.in_(item_ids))).all()


def deadline_changes(session: Session, item_ids: Sequence[uuid.UUID]) -> Sequence[DeadlineChange]:
    """How the dates of these lines moved, oldest first."""
    query = sa.select(DeadlineChange).where(DeadlineChange.notice_item_id.in_(item_ids))
    return session.scalars(query.order_by(DeadlineChange.changed_at, DeadlineChange.id)).all()


def procedure_values(session: Session) -> dict[str, int]:
    """The newest value of each rule that was ever set."""
    query = sa.select(ProcedureRule.key, ProcedureRule.value).distinct(ProcedureRule.key)
    rows = session.execute(
        query.order_by(ProcedureRule.key, ProcedureRule.set_at.desc(), ProcedureRule.id.desc())
    )
    return {row.key: row.value for row in rows}


def procedure_history(session: Session) -> list[sa.Row[Any]]:
    """All rules that were ever set with who set them, newest first."""
    query = sa.select(ProcedureRule, User.display_name).join(User, User.id == ProcedureRule.set_by)
    return list(session.execute(query.order_by(ProcedureRule.set_at.desc()).limit(200)))


def waiting_extensions(session: Session, visible: sa.ColumnElement[bool]) -> list[sa.Row[Any]]:
    """Extensions that wait for a decision, most urgent first."""
    return _waiting(session, Extension, visible)


def waiting_objections(session: Session, visible: sa.ColumnElement[bool]) -> list[sa.Row[Any]]:
    """Objections that wait for a decision, most urgent first."""
    return _waiting(session, Objection, visible)


def _waiting(session: Session, model: Any, visible: sa.ColumnElement[bool]) -> list[sa.Row[Any]]:
    query = (
        sa.select(
            model,
            Notice,
            NoticeItem,
            Finding,
            Firm.name.label("firm_name"),
            Compound.name.label("compound_name"),
            Organisation.path.label("issuer_path"),
        )
        .join(NoticeItem, NoticeItem.id == model.notice_item_id)
        .join(Notice, Notice.id == model.notice_id)
        .join(Finding, Finding.id == model.finding_id)
        .join(Firm, Firm.id == Notice.firm_id)
        .join(Compound, Compound.id == Notice.compound_id)
        .join(Organisation, Organisation.id == Notice.organisation_id)
        .where(model.state == RequestState.PENDING, visible)
        .order_by(NoticeItem.due_at, model.id)
        .limit(200)
    )
    return list(session.execute(query))
