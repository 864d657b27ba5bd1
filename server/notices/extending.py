"""延期: the firm asks before the term ends, somebody above the issuer decides, no date is lost."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from server.core.commands import CommandContext
from server.core.identity import Identity
from server.core.permissions import Permission
from server.documents import service as documents
from server.findings import service as findings
from server.findings.rules import FindingAction
from server.notices import deadlines, errors, papers, procedure_queries, queries, requests, service
from server.notices.models import Extension, Notice
from server.notices.procedure_rules import (
    EXTENSION_TRANSITIONS,
    Refusal,
    RequestState,
    extension_cap,
    extension_refusal,
    may_decide_extension,
)
from server.notices.rules import ItemState

KIND = requests.Kind(
    "extension",
    "request_extension",
    Extension,
    EXTENSION_TRANSITIONS,
    Permission.EXTENSION_REQUEST,
    frozenset({ItemState.PENDING, ItemState.FAILED}),
)


def request(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """The firm asks for a later date for one item, and says what it does in the meantime."""
    line = requests.line_of(session, identity, KIND, body)
    if procedure_queries.pending_extension(session, line.item.id) is not None:
        raise errors.RequestPending()
    _refuse(session, line, body["due_at"], context)
    extension = Extension(
        **line.keys,
        id=body["extension_id"],
        reason_code=body["reason_code"],
        reason=body["reason"],
        interim_measures=body["interim_measures"],
        due_before=line.item.due_at,
        wanted_due_at=body["due_at"],
        state=RequestState.PENDING,
        requested_at=context.now,
        requested_by=identity.user_id,
    )
    said = {
        "reason_code": extension.reason_code,
        "reason": extension.reason,
        "due_at": extension.wanted_due_at,
    }
    requests.put(session, identity, KIND, extension, line, "extension.request", said, context)
    return _told(extension)


def _refuse(session: Session, line: requests.Line, wanted: datetime, context: CommandContext) -> None:
    """Raise `ExtensionRefused` where the terms of the house do not allow `wanted`."""
    item, finding = line.item, line.finding
    first, terms = procedure_queries.first_due(session, item), deadlines.terms(session)
    refusal = extension_refusal(
        severity=finding.severity.value,
        now=context.now,
        started=finding.clock_from,
        first_due_at=first,
        due_at=item.due_at,
        wanted=wanted,
        granted_before=procedure_queries.granted_extensions(session, item.id),
        terms=terms,
    )
    if refusal is Refusal.BEYOND_CAP and finding.clock_from is not None:
        latest = extension_cap(finding.clock_from, item.due_at, first, terms.extension_cap_percent)
        raise errors.ExtensionRefused(reason=refusal.value, latest=latest.isoformat())
    if refusal is not None:
        raise errors.ExtensionRefused(reason=refusal.value)


def withdraw(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """The firm no longer needs it."""
    return _told(requests.withdraw(session, identity, KIND, body, context))


def decide(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """Grant or refuse (延期批复). Asked in time and granted late, it takes the overdue mark back."""
    extension, notice = requests.decide(session, identity, KIND, body, body["granted"], context)
    _require_decider(session, identity, notice)
    data = requests.about(KIND, extension, notice) | {"text": body["text"]}
    if body["granted"]:
        _grant(session, identity, extension, notice, body, data, context)
    else:
        data |= _printed(session, identity, extension, notice, context)
        findings.record(session, identity, extension.finding_id, "extension.refuse", context, data)
    service.settle(session, notice.id)
    return _told(extension)


def _grant(
    session: Session,
    identity: Identity,
    extension: Extension,
    notice: Notice,
    body: dict[str, Any],
    data: dict[str, Any],
    context: CommandContext,
) -> None:
    """Move the date, to the one asked for or a sooner one that the decider names."""
    item, finding = service.item_of(session, identity, notice, extension.finding_id, "decide_extension")
    due_at = body["due_at"] or extension.wanted_due_at
    if not max(item.due_at, context.now) < due_at <= extension.wanted_due_at:
        raise errors.ExtensionRefused(reason=Refusal.NOT_LATER.value)
    extension.granted_due_at = due_at
    before = item.due_at
    deadlines.move(session, item, finding, due_at, False, "extension", extension.id, context)
    finding.overdue_at = None
    told = data | {"due_before": before, "due_at": due_at}
    told |= _printed(session, identity, extension, notice, context)
    findings.advance(session, identity, finding, FindingAction.EXTEND, context, told)


def _printed(
    session: Session, identity: Identity, extension: Extension, notice: Notice, context: CommandContext
) -> dict[str, Any]:
    """Print the 延期批复; what the ledger line says of it."""
    session.flush()
    document = papers.extension_reply(session, identity, extension, notice, context)
    if document is None:
        return {}
    extension.document_id = document.id
    return {"document": documents.reference(document)}


def _require_decider(session: Session, identity: Identity, notice: Notice) -> None:
    unit = queries.organisation(session, notice.organisation_id)
    if not may_decide_extension(
        decider=str(identity.user_id),
        unit=str(identity.organisation_id),
        decider_path=identity.path,
        issuer=str(notice.issued_by),
        issuer_unit=str(notice.organisation_id),
        issuer_path=unit.path if unit else None,
    ):
        raise errors.NotYourDecision()


def _told(extension: Extension) -> dict[str, Any]:
    due_at = extension.granted_due_at
    return {
        "extension_id": str(extension.id),
        "state": extension.state.value,
        "due_at": due_at.isoformat() if due_at else None,
    }
