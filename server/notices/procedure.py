"""Reading service and procedure: what a notice and its items carry of them, and what waits for a decision."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.checklists import service as checklists
from server.core.identity import Identity
from server.core.permissions import Permission, require
from server.core.visibility import scope_of
from server.findings.models import Finding
from server.notices import deadlines, procedure_queries, queries, serving_queries
from server.notices.models import DutyReport, Notice, NoticeItem, Objection
from server.notices.procedure_rules import (
    DutyState,
    ProcedureRules,
    Refusal,
    RequestState,
    extension_cap,
    extension_refusal,
    may_decide_extension,
)
from server.notices.rules import ItemState
from server.notices.serving_rules import AttemptState, service_state
from server.photos.models import PhotoStage

EXTENSION_COLUMNS = (
    *("id", "state", "reason_code", "reason", "interim_measures", "due_before", "wanted_due_at"),
    *("granted_due_at", "requested_at", "decided_at", "decision_text", "document_id"),
)
OBJECTION_COLUMNS = ("id", "state", "reason", "filed_at", "decided_at", "decision_text")
ACT_COLUMNS = (
    *("id", "method", "state", "attempted_at", "served_at", "place", "recipient", "relation"),
    *("refusal_reason", "witness", "channel", "tracking_number", "published_on", "failure"),
    *("signature_photo_id", "document_id"),
)
CHANGE_COLUMNS = ("changed_at", "due_before", "due_after", "reason")


def of_items(session: Session, rows: Sequence[Any], now: datetime) -> dict[uuid.UUID, dict[str, Any]]:
    """By item: extensions, objection, duty report, former dates, and what may still be asked for."""
    ids = [row.NoticeItem.id for row in rows]
    extensions = _by_item(procedure_queries.extensions(session, ids))
    changes = _by_item(procedure_queries.deadline_changes(session, ids))
    objections = {one.notice_item_id: one for one in procedure_queries.objections(session, ids)}
    shots = _objection_photos(session, list(objections.values()))
    duties = {one.notice_item_id: one for one in procedure_queries.duty_reports(session, ids)}
    terms = deadlines.terms(session)
    told = {}
    for row in rows:
        item: NoticeItem = row.NoticeItem
        mine, moved, objection = (
            extensions.get(item.id, []),
            changes.get(item.id, []),
            objections.get(item.id),
        )
        told[item.id] = {
            "asks": item.asks,
            "extensions": [_plain(one, EXTENSION_COLUMNS) for one in mine],
            "deadline_changes": [_plain(one, CHANGE_COLUMNS) for one in moved],
            "objection": _plain(objection, OBJECTION_COLUMNS) | shots[objection.id] if objection else None,
            "duty_report": _duty(duties[item.id]) if item.id in duties else None,
            **_may_extend(row.Finding, item, mine, moved, terms, now),
            "may_object": _may_object(row.Finding, item, objection, now),
        }
    return told


def _by_item(rows: Sequence[Any]) -> dict[uuid.UUID, list[Any]]:
    found: dict[uuid.UUID, list[Any]] = {}
    for row in rows:
        found.setdefault(row.notice_item_id, []).append(row)
    return found


def _plain(row: Any, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _objection_photos(session: Session, rows: Sequence[Objection]) -> dict[uuid.UUID, dict[str, Any]]:
    """What each objection shows, by its key."""
    groups = [row.id for row in rows]
    found = queries.photo_ids(session, [row.finding_id for row in rows], groups) if rows else {}
    return {key: {"photo_ids": found.get((PhotoStage.OBJECTION, key), [])} for key in groups}


def _duty(report: DutyReport) -> dict[str, Any]:
    steps = {
        step.value: report.steps[step.value] | {"at": datetime.fromisoformat(report.steps[step.value]["at"])}
        for step in DutyState
        if step.value in report.steps
    }
    return {"id": report.id, "state": report.state, "document_id": report.document_id} | steps


def _may_extend(
    finding: Finding,
    item: NoticeItem,
    extensions: Sequence[Any],
    changes: Sequence[Any],
    terms: ProcedureRules,
    now: datetime,
) -> dict[str, Any]:
    """Until when the firm could ask now (None: not at all), how often yet, and what stands against it."""
    waits = any(one.state is RequestState.PENDING for one in extensions)
    open_item = item.state in (ItemState.PENDING, ItemState.FAILED) and finding.notice_id == item.notice_id
    granted = sum(one.state is RequestState.GRANTED for one in extensions)
    start = finding.clock_from or item.due_at
    first = next((one.due_before for one in changes if one.reason != "service"), item.due_at)
    latest = extension_cap(start, item.due_at, first, terms.extension_cap_percent)
    refusal = extension_refusal(
        severity=finding.severity.value,
        now=now,
        started=finding.clock_from,
        first_due_at=first,
        due_at=item.due_at,
        wanted=latest,
        granted_before=granted,
        terms=terms,
    )
    return {
        "may_extend_until": None if refusal or waits or not open_item else latest,
        "extension_refusal": refusal,
        "extensions_left": 0 if refusal is Refusal.CRITICAL else max(0, terms.extensions_per_item - granted),
    }


def _may_object(finding: Finding, item: NoticeItem, objection: Any, now: datetime) -> bool:
    over = item.state in (ItemState.PASSED, ItemState.WITHDRAWN) or finding.notice_id != item.notice_id
    late = finding.clock_from is not None and now >= item.due_at
    return objection is None and not over and not late


def service_of(
    session: Session,
    identity: Identity,
    ids: Sequence[uuid.UUID],
    lines: Mapping[uuid.UUID, Sequence[dict[str, Any]]],
) -> dict[uuid.UUID, list[dict[str, Any]]]:
    """Attempts to serve by notice, with the photos that prove them. A firm is not told who served."""
    rows = serving_queries.service_acts(session, ids)
    if not rows:
        return {}
    cases = [line["finding_id"] for one in lines.values() for line in one]
    photos = queries.photo_ids(session, cases, [row.ServiceAct.id for row in rows])
    films = queries.videos_among(session, [photo for shown in photos.values() for photo in shown])
    found: dict[uuid.UUID, list[dict[str, Any]]] = {}
    for row in rows:
        shown = photos.get((PhotoStage.SERVICE, row.ServiceAct.id), [])
        told = _plain(row.ServiceAct, ACT_COLUMNS) | {
            "server": None if identity.is_firm else row.server,
            "photo_ids": shown,
            "video_ids": [photo for photo in shown if photo in films],
        }
        found.setdefault(row.notice_id, []).append(told)
    return found


def service_document(notice: Notice, acts: Sequence[dict[str, Any]], now: datetime) -> dict[str, Any]:
    """Where service and notification of a notice stand."""
    pending = any(act["state"] is AttemptState.PENDING for act in acts)
    return {
        "state": service_state(notice.served_at, pending, now),
        "serve_by": notice.serve_by,
        "served_at": notice.served_at,
        "method": notice.service_method,
        "opened_at": notice.opened_at,
        "acknowledged_at": notice.acknowledged_at,
        "acts": list(acts),
    }


def waiting(session: Session, identity: Identity) -> dict[str, Any]:
    """Extensions and objections of the identity's scope that wait (schema `RequestsSchema`)."""
    require(identity, Permission.EXTENSION_DECIDE)
    visible = scope_of(identity, Permission.EXTENSION_DECIDE).clause(Notice.path, Notice.firm_id)
    objections = procedure_queries.waiting_objections(session, visible)
    shots = _objection_photos(session, [row.Objection for row in objections])
    return {
        "extensions": [
            _waiting(session, row, EXTENSION_COLUMNS) | {"mine": _decides_extension(identity, row)}
            for row in procedure_queries.waiting_extensions(session, visible)
        ],
        "objections": [
            _waiting(session, row, OBJECTION_COLUMNS)
            | shots[row.Objection.id]
            | {"mine": row.Notice.organisation_id == identity.organisation_id}
            for row in objections
        ],
    }


def _waiting(session: Session, row: sa.Row[Any], columns: Sequence[str]) -> dict[str, Any]:
    finding: Finding = row.Finding
    entry = checklists.find_item(session, finding.catalogue_version, finding.item_code)
    return _plain(row[0], columns) | {
        "notice_id": row.Notice.id,
        "finding_id": finding.id,
        "number": row.Notice.number,
        "firm": row.firm_name,
        "compound": row.compound_name,
        "item_name": entry.name if entry else finding.item_code,
        "severity": finding.severity,
        "due_at": row.NoticeItem.due_at,
    }


def _decides_extension(identity: Identity, row: sa.Row[Any]) -> bool:
    return may_decide_extension(
        decider=str(identity.user_id),
        unit=str(identity.organisation_id),
        decider_path=identity.path,
        issuer=str(row.Notice.issued_by),
        issuer_unit=str(row.Notice.organisation_id),
        issuer_path=row.issuer_path,
    )
