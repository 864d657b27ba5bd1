"""移送: handing a case to the department that has the power, and what comes back.

The case leaves the unit's hands but not its files: the department accepts or declines within three
working days, reports what came of it, and the unit that handed over closes the case. A declined case
is confirmed again and can go another way; one that was overdue is so again, under its notice.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.checklists import service as checklists
from server.core import jobs
from server.core.commands import CommandContext
from server.core.identity import SYSTEM, Identity, Role
from server.core.pagination import BadCursor, decode_cursor, encode_cursor
from server.core.permissions import Permission, allowed, require, require_visible
from server.core.problems import NotFound
from server.core.visibility import scope_of
from server.documents import paper
from server.documents import service as documents
from server.findings import service as findings
from server.findings.models import Finding
from server.findings.rules import FindingAction
from server.notices import deadlines, handing_over
from server.photos import service as photos
from server.photos.models import PhotoStage
from server.transfers import errors, queries
from server.transfers.models import Bundle, Transfer
from server.transfers.rules import TRANSITIONS, BundleState, TransferAction, TransferState

MAKE_BUNDLE = "transfers.make_bundle"


def send(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """Hand the case to the department; from now on its people see the case and its photos."""
    finding = findings.visible(session, identity, body["finding_id"])
    unit = queries.department(session, body["organisation_id"])
    if unit is None:
        raise NotFound()
    transfer_id = body["transfer_id"] or context.command_id
    if queries.get(session, transfer_id) is not None:
        raise errors.IdReused()
    findings.require_step(identity, finding, FindingAction.TRANSFER)
    transfer = Transfer(
        id=transfer_id,
        finding_id=finding.id,
        path=finding.path,
        organisation_id=identity.organisation_id,
        department_id=unit.id,
        reason=body["reason"],
        state=TransferState.SENT,
        sent_at=context.now,
        sent_by=identity.user_id,
        answer_due_at=deadlines.workdays(session, context.now, deadlines.terms(session).transfer_workdays),
    )
    session.add(transfer)
    session.flush()
    letter = _letter(session, identity, transfer, finding, unit.name, context)
    _show_to(session, finding, unit.id)
    data = {
        "transfer_id": str(transfer.id),
        "organisation_id": str(unit.id),
        "organisation": unit.name,
        "reason": body["reason"],
        "answer_due_at": transfer.answer_due_at,
    } | letter
    findings.advance(session, identity, finding, FindingAction.TRANSFER, context, data)
    _order_bundle(session, transfer, context.now)
    return _told(transfer, finding)


def _letter(
    session: Session,
    identity: Identity,
    transfer: Transfer,
    finding: Finding,
    department: str,
    context: CommandContext,
) -> dict[str, Any]:
    """Print the 移送函 with its 回执; a unit that has no 机关代字 hands over without a numbered letter."""
    place, sender = queries.party(session, finding), queries.unit(session, identity.organisation_id)
    if sender is None or not documents.word_of(sender):
        return {}
    entry = checklists.find_item(session, finding.catalogue_version, finding.item_code)
    name = entry.name if entry else finding.item_code
    count = len(queries.originals(session, finding.id))
    facts = paper.TransferFacts(
        addressee=department,
        contact_name=identity.display_name,
        contact_phone=sender.phone or "",
        cause=f"{place.compound_name}{name}",
        party=place.firm_name or RESPONSIBLE.get(finding.responsible, "待查"),
        party_code=place.uscc or "",
        facts=documents.legible(f"{finding.place}：{finding.text}" if finding.place else finding.text),
        measures=transfer.reason,
        materials=[
            paper.Enclosure("现场照片", 1, count),
            paper.Enclosure("案卷记录"),
            paper.Enclosure("材料清单"),
        ],
        accept_by=transfer.answer_due_at,
    )
    document = documents.issue(
        session,
        identity,
        sender.id,
        facts,
        context.now,
        path=finding.path,
        case_ids=[finding.id],
    )
    transfer.document_id, transfer.number = document.id, document.number
    transfer.document_sha256 = document.sha256
    session.flush()
    return {"document": documents.reference(document)}


def _show_to(session: Session, finding: Finding, department_id: uuid.UUID | None) -> None:
    """From a transfer on the department sees the case, its photos and its papers; None takes them back."""
    finding.department_id = department_id
    session.flush()
    photos.show_to_department(session, finding.id, department_id)
    queries.share_documents(session, finding.id)


RESPONSIBLE = {"resident": "居民", "developer": "建设单位", "utility": "专营单位", "committee": "业主委员会"}


def answer(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """回执: the department takes the case over or says why it does not."""
    transfer, finding = _mine(session, identity, body["transfer_id"])
    action = TransferAction.ACCEPT if body["accepted"] else TransferAction.DECLINE
    _step(identity, transfer, action)
    transfer.answered_at, transfer.answered_by = context.now, identity.user_id
    transfer.handler, transfer.handler_phone = body["handler"], body["handler_phone"]
    transfer.answer_text = body["text"]
    data = {"transfer_id": str(transfer.id), "handler": body["handler"], "text": body["text"]}
    done = FindingAction.ACCEPT_TRANSFER if body["accepted"] else _declined(session, finding)
    findings.advance(session, identity, finding, done, context, data)
    if not body["accepted"]:
        _show_to(session, finding, None)
    return _told(transfer, finding)


def _declined(session: Session, finding: Finding) -> FindingAction:
    if handing_over.rests(session, finding):
        return FindingAction.DECLINE_UNDER_NOTICE
    return FindingAction.DECLINE_TRANSFER


def report(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """The department says what came of it; it may add to that until the case is closed."""
    transfer, finding = _mine(session, identity, body["transfer_id"])
    _step(identity, transfer, TransferAction.REPORT)
    transfer.reported_at, transfer.result = context.now, body["text"]
    hashes = [photo["sha256"].hex() for photo in body["photos"]]
    data = {"transfer_id": str(transfer.id), "text": body["text"], "photos": hashes}
    findings.advance(session, identity, finding, FindingAction.REPORT_TRANSFER, context, data)
    photos.declare(
        session,
        identity,
        case_id=finding.id,
        stage=PhotoStage.TRANSFER,
        group_id=context.command_id,
        declarations=body["photos"],
        path=finding.path,
        firm_id=None,
        now=context.now,
    )
    photos.show_to_department(session, finding.id, transfer.department_id)
    return _told(transfer, finding)


def conclude(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """The unit that handed over closes the case with the department's result."""
    finding = findings.visible(session, identity, body["finding_id"])
    data = {"text": body["text"]}
    transfer = queries.running(session, finding.id)
    if transfer is not None:
        _step(identity, transfer, TransferAction.CONCLUDE)
        transfer.concluded_at = context.now
        transfer.result = transfer.result or body["text"]
        data["transfer_id"] = str(transfer.id)
    findings.advance(session, identity, finding, FindingAction.CONCLUDE_TRANSFER, context, data)
    handing_over.end(session, finding)
    return findings.told(finding)


def page(session: Session, identity: Identity, query: dict[str, Any], now: datetime) -> dict[str, Any]:
    """One page of transfers in sight: `{"items": […], "next": cursor or None}`.

    Newest first; those that still wait for an answer the longest waiting first.
    """
    require(identity, Permission.TRANSFER_READ)
    limit, narrow = query["limit"], _narrow(query, now)
    waiting = query.get("state") == TransferState.SENT.value or bool(query.get("late"))
    after = _after(query.get("cursor"))
    ids = queries.page(session, _sight(identity), narrow, after, limit + 1, oldest_first=waiting)
    items = _documents(session, identity, ids[:limit], now)
    last = items[-1] if len(ids) > limit else None
    following = encode_cursor([last["sent_at"].isoformat(), str(last["id"])]) if last else None
    return {"items": items, "next": following}


def counts(session: Session, identity: Identity, now: datetime) -> dict[str, int]:
    """How many transfers in sight stand where (schema `TransferCountsSchema`)."""
    require(identity, Permission.TRANSFER_READ)
    return queries.counts(session, _sight(identity), now)


def _narrow(query: dict[str, Any], now: datetime) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    for name in ("state", "finding_id"):
        if query.get(name) is not None:
            found.append(getattr(Transfer, name) == query[name])
    if query.get("late") is not None:
        late = queries.unanswered(now)
        found.append(late if query["late"] else sa.not_(late))
    return found


def one(session: Session, identity: Identity, transfer_id: uuid.UUID, now: datetime) -> dict[str, Any]:
    """One transfer (schema `TransferDocumentSchema`); `NotFound` where it is out of sight."""
    require_visible(identity, Permission.TRANSFER_READ, queries.get(session, transfer_id))
    return _documents(session, identity, [transfer_id], now)[0]


def order_bundle(
    session: Session, identity: Identity, transfer_id: uuid.UUID, now: datetime
) -> dict[str, Any]:
    """Have the bundle made anew, with what has arrived since."""
    transfer = _with_evidence(session, identity, transfer_id)
    _order_bundle(session, transfer, now)
    return _documents(session, identity, [transfer_id], now)[0]


def ready_bundle(session: Session, identity: Identity, transfer_id: uuid.UUID) -> tuple[str, int, str]:
    """Key, size in bytes and file name of the bundle; raises `BundleNotReady`."""
    transfer = _with_evidence(session, identity, transfer_id)
    bundle = queries.bundle(session, transfer_id)
    if bundle is None or bundle.sha256 is None or bundle.size is None:
        raise errors.BundleNotReady(done=bundle.done if bundle else 0, total=bundle.total if bundle else 0)
    return bundle.sha256.hex(), bundle.size, f"移送材料-{transfer.sent_at:%Y%m%d}-{str(transfer.id)[-6:]}.zip"


def _with_evidence(session: Session, identity: Identity, transfer_id: uuid.UUID) -> Transfer:
    """The transfer, for who may have its evidence: a department that declined the case may not any more."""
    transfer = queries.get(session, transfer_id)
    require_visible(identity, Permission.TRANSFER_READ, transfer)
    assert transfer is not None
    if _given_back(identity, transfer):
        raise NotFound()
    return transfer


def _given_back(identity: Identity, transfer: Transfer) -> bool:
    return identity.role is Role.DEPARTMENT and transfer.state is TransferState.DECLINED


def _order_bundle(session: Session, transfer: Transfer, now: datetime) -> None:
    bundle = queries.bundle(session, transfer.id)
    if bundle is None:
        bundle = Bundle(transfer_id=transfer.id, state=BundleState.QUEUED, requested_at=now)
        session.add(bundle)
    elif bundle.state is BundleState.READY:
        bundle.state, bundle.requested_at, bundle.done = BundleState.QUEUED, now, 0
    else:
        return
    session.flush()
    jobs.enqueue(session, MAKE_BUNDLE, transfer_id=str(transfer.id))


def _mine(session: Session, identity: Identity, transfer_id: uuid.UUID) -> tuple[Transfer, Finding]:
    """The transfer with its case, locked case first, as all acts on a case do it."""
    peeked = queries.get(session, transfer_id)
    require_visible(identity, Permission.TRANSFER_READ, peeked)
    assert peeked is not None
    finding = findings.visible(session, SYSTEM, peeked.finding_id)
    transfer = queries.locked(session, transfer_id)
    assert transfer is not None
    return transfer, finding


def _step(identity: Identity, transfer: Transfer, action: TransferAction) -> None:
    step = TRANSITIONS.get((transfer.state, action))
    if step is None:
        raise errors.IllegalAction(state=transfer.state.value, action=action.value)
    require(identity, Permission(step.permission), transfer)
    transfer.state = step.to


def _sight(identity: Identity) -> sa.ColumnElement[bool]:
    scope = scope_of(identity, Permission.TRANSFER_READ)
    return scope.clause(Transfer.path, None, Transfer.department_id)


def _after(cursor: str | None) -> tuple[datetime, uuid.UUID] | None:
    if cursor is None:
        return None
    at, transfer_id = decode_cursor(cursor, 2)
    try:
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise BadCursor()
        return moment, uuid.UUID(transfer_id)
    except (ValueError, TypeError, AttributeError) as error:
        raise BadCursor() from error


_OWN = (
    *(
        "id",
        "finding_id",
        "number",
        "document_id",
        "reason",
        "state",
        "sent_at",
        "answer_due_at",
        "answered_at",
        "handler",
    ),
    *("handler_phone", "answer_text", "reported_at", "result", "concluded_at"),
)
_BUNDLE = ("state", "requested_at", "done", "total", "missing", "size", "made_at")


def _documents(
    session: Session, identity: Identity, ids: list[uuid.UUID], now: datetime
) -> list[dict[str, Any]]:
    by_id = {row.Transfer.id: _document(session, identity, row, now) for row in queries.rows(session, ids)}
    return [by_id[transfer_id] for transfer_id in ids if transfer_id in by_id]


def _document(session: Session, identity: Identity, row: Any, now: datetime) -> dict[str, Any]:
    transfer, finding = row.Transfer, row.Finding
    bundle = None if _given_back(identity, transfer) else row.Bundle
    entry = checklists.find_item(session, finding.catalogue_version, finding.item_code)
    steps = [
        action.value
        for (state, action), step in TRANSITIONS.items()
        if state is transfer.state and allowed(identity, Permission(step.permission), transfer)
    ]
    return {name: getattr(transfer, name) for name in _OWN} | {
        "organisation": {"id": transfer.organisation_id, "name": row.sender},
        "sent_by": row.sender_name,
        "department": {"id": transfer.department_id, "name": row.department},
        "compound": {"id": finding.compound_id, "name": row.compound_name},
        "item_code": finding.item_code,
        "item_name": entry.name if entry else finding.item_code,
        "severity": finding.severity,
        "place": finding.place,
        "text": finding.text,
        "late": transfer.state is TransferState.SENT and now > transfer.answer_due_at,
        "bundle": {name: getattr(bundle, name) for name in _BUNDLE} if bundle else None,
        "actions": steps,
    }


def _told(transfer: Transfer, finding: Finding) -> dict[str, Any]:
    return findings.told(finding) | {"transfer_id": str(transfer.id), "transfer_state": transfer.state.value}
