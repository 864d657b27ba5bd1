"""送达: proving that a notice reached the firm, from which the clock of its items runs.

Service is a fact of its own beside notification. Opening or signing a notice in the portal is service
only where the firm's 电子送达确认书 stands (民诉法 90, 行政处罚法 61); else it tells us no more than that
somebody has seen it. Electronic service is dated when it is opened: the law's arrival in the firm's
system is earlier, but nobody could prove that it was noticed.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from geoalchemy2 import WKTElement
from sqlalchemy.orm import Session

from server.calendars import service as calendars
from server.core.clock import SHANGHAI
from server.core.commands import CommandContext
from server.core.db import new_id
from server.core.identity import SYSTEM, Identity, Role
from server.core.permissions import Permission, require
from server.core.problems import NotFound
from server.findings import service as findings
from server.findings.rules import CLOCK_SKEW, FindingAction, next_state
from server.notices import consents, deadlines, errors, queries, service, serving_queries, stages
from server.notices.models import Notice, ServiceAct, ServiceActNotice
from server.notices.rules import TRANSITIONS, NoticeAction
from server.notices.serving_rules import AttemptState, Method, announced_service, missing_proof
from server.photos.models import PhotoStage

ON_THE_SPOT = "N1"
"""Handed over before its number came: its service may be dated before its issue."""
EARLIEST_ON_THE_SPOT = timedelta(days=7)


def serve(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """Record an attempt to serve one or several notices to one firm (送达回证).

    It may come from a phone late: the time is the phone's, put right by what is known of its clock.
    A letter whose receipt is not back leaves the attempt pending (`finish_service`).
    """
    notices = _notices(session, identity, body["notice_ids"])
    if serving_queries.service_act(session, body["service_id"]) is not None:
        raise errors.IdReused()
    for notice in notices:
        _require_unserved(notice, context.now)
    missing = missing_proof(Method(body["method"]), _given(body))
    if missing:
        raise errors.ServiceUnproven(missing=missing)
    act = _act(session, identity, body, notices, context)
    session.add(act)
    session.flush()
    session.add_all(ServiceActNotice(service_act_id=act.id, notice_id=notice.id) for notice in notices)
    session.flush()
    _declare(session, identity, notices[0], act, body["photos"], context)
    _tell(session, identity, act, notices, body["photos"], context)
    return _told(act, notices)


def finish_service(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """What came of a pending attempt: the receipt's date with its photo, or why it failed."""
    act = serving_queries.service_act(session, body["service_id"], lock=True)
    if act is None:
        raise NotFound()
    notices = _notices(session, identity, serving_queries.notices_of_act(session, act.id))
    if act.state is not AttemptState.PENDING:
        raise errors.AttemptClosed()
    if body["failure"]:
        act.state, act.failure = AttemptState.FAILED, body["failure"]
    else:
        if body["delivered_at"] is None or not body["photos"]:
            raise errors.ServiceUnproven(missing=["delivered_at", "photos"])
        for notice in notices:
            _require_unserved(notice, context.now)
        act.served_at = _dated(body["delivered_at"], notices, context)
        act.state = AttemptState.COMPLETED
    _declare(session, identity, notices[0], act, body["photos"], context)
    _tell(session, identity, act, notices, body["photos"], context)
    return _told(act, notices)


def open_notice(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """Somebody of the firm looks at the notice for the first time. Repeating it changes nothing."""
    notice = service.visible(session, identity, body["notice_id"])
    require(identity, Permission.NOTICE_ACKNOWLEDGE, notice)
    if notice.opened_at is None:
        _open(session, identity, notice, context)
        serve_electronically(session, identity, notice, context)
    return service.told(notice)


def acknowledge(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """签收 in the portal: notification for certain, service where a consent stands."""
    notice = service.visible(session, identity, body["notice_id"])
    service.require_step(identity, notice, NoticeAction.ACKNOWLEDGE)
    if notice.opened_at is None:
        _open(session, identity, notice, context)
    serve_electronically(session, identity, notice, context)
    service.step(identity, notice, NoticeAction.ACKNOWLEDGE)
    notice.acknowledged_at, notice.acknowledged_by = context.now, identity.user_id
    notice.receipt = {"name": body["name"], "title": body["title"], "phone": body["phone"]}
    for item in queries.items(session, [notice.id]):
        finding = findings.visible(session, SYSTEM, item.finding_id)
        if finding.notice_id != notice.id or not next_state(finding.state, FindingAction.ACKNOWLEDGE):
            continue
        data = {"number": notice.number, "receipt": notice.receipt, "due_at": item.due_at}
        findings.advance(session, identity, finding, FindingAction.ACKNOWLEDGE, context, data)
    return service.told(notice)


def serve_electronically(
    session: Session, identity: Identity, notice: Notice, context: CommandContext
) -> None:
    """Count this moment as electronic service, if the firm has consented to the way it came.

    A notice that is over may still be looked at for the first time; there is nothing left to serve then.
    """
    if notice.served_at is not None and notice.served_at <= context.now:
        return
    if (notice.state, NoticeAction.SERVE) not in TRANSITIONS:
        return
    channel = "sms" if identity.role is Role.FIRM_LINK else "portal"
    consent = consents.standing(session, notice.firm_id)
    if consent is None or channel not in consent.channels:
        return
    act = ServiceAct(
        id=new_id(),
        firm_id=notice.firm_id,
        method=Method.ELECTRONIC,
        state=AttemptState.COMPLETED,
        attempted_at=notice.issued_at,
        served_at=context.now,
        received_at=context.now,
        served_by=None,
        place="",
        recipient={"name": identity.display_name, "title": "", "phone": ""},
        channel=channel,
        consent_id=consent.id,
        remark="",
    )
    session.add(act)
    session.flush()
    session.add(ServiceActNotice(service_act_id=act.id, notice_id=notice.id))
    _tell(session, SYSTEM, act, [notice], [], context)


def _notices(session: Session, identity: Identity, ids: Sequence[uuid.UUID]) -> list[Notice]:
    """The notices in the order asked for, locked in the order of their ids; all to one firm."""
    locked = {notice_id: service.visible(session, identity, notice_id) for notice_id in sorted(set(ids))}
    for notice in locked.values():
        require(identity, Permission.NOTICE_SERVE, notice)
    if len({notice.firm_id for notice in locked.values()}) != 1:
        raise errors.MixedRecipients()
    return [locked[notice_id] for notice_id in dict.fromkeys(ids)]


def _require_unserved(notice: Notice, now: datetime) -> None:
    """An announcement that has not run out may still be overtaken by a better way."""
    if notice.served_at is not None and notice.served_at <= now:
        raise errors.AlreadyServed(number=notice.number)
    if (notice.state, NoticeAction.SERVE) not in TRANSITIONS:
        raise errors.IllegalAction(state=notice.state.value, action=NoticeAction.SERVE.value)


def _given(body: dict[str, Any]) -> frozenset[str]:
    """Names of the proofs that the body brings."""
    plain = (
        *("recipient", "relation", "refusal_reason", "witness", "channel", "tracking_number"),
        *("announcement_reason", "published_on", "delivered_at"),
    )
    given = {name for name in plain if body[name]}
    signature = body["signature_photo_id"]
    others = [photo for photo in body["photos"] if photo["photo_id"] != signature]
    if signature and len(others) < len(body["photos"]):
        given.add("signature")
    return frozenset(given | ({"photos"} if others else set()))


def _act(
    session: Session,
    identity: Identity,
    body: dict[str, Any],
    notices: Sequence[Notice],
    context: CommandContext,
) -> ServiceAct:
    same = (
        *("place", "recipient", "signature_photo_id", "refusal_reason", "witness", "channel"),
        *("tracking_number", "announcement_reason", "published_on", "remark", "method", "relation"),
    )
    attempted = _dated(body["served_at"] or context.captured_at, notices, context)
    served = _served_at(body, notices, attempted, context)
    spot = body["position"]
    consent = _consent(session, notices[0].firm_id, body["channel"]) if body["channel"] else None
    return ServiceAct(
        **{name: body[name] for name in same},
        id=body["service_id"],
        firm_id=notices[0].firm_id,
        state=AttemptState.COMPLETED if served else AttemptState.PENDING,
        attempted_at=attempted,
        served_at=served,
        received_at=context.now,
        served_by=identity.user_id,
        consent_id=consent,
        position=WKTElement(f"POINT({spot['lon']!r} {spot['lat']!r})", srid=4326) if spot else None,
        accuracy_m=spot["accuracy_m"] if spot else None,
    )


def _consent(session: Session, firm_id: uuid.UUID, channel: str) -> uuid.UUID:
    consent = consents.standing(session, firm_id)
    if consent is None or channel not in consent.channels:
        raise errors.NoConsent(channel=channel)
    return consent.id


def _served_at(
    body: dict[str, Any], notices: Sequence[Notice], attempted: datetime, context: CommandContext
) -> datetime | None:
    """The date of service by law, or None while the proof of it is on its way."""
    if body["method"] is Method.POST:
        return _dated(body["delivered_at"], notices, context) if body["delivered_at"] else None
    if body["method"] is Method.ANNOUNCEMENT:
        published = body["published_on"]
        issued = max(notice.issued_at for notice in notices).astimezone(SHANGHAI).date()
        if not issued <= published <= context.now.astimezone(SHANGHAI).date():
            raise errors.ServiceDate()
        day, at = announced_service(published)
        return datetime.combine(day, at, SHANGHAI)
    return attempted


def _dated(at: datetime, notices: Sequence[Notice], context: CommandContext) -> datetime:
    """A moment of the phone's clock by ours; raises `ServiceDate` where it cannot be true."""
    moment = at - timedelta(milliseconds=context.clock_offset_ms or 0)
    if moment > context.now + CLOCK_SKEW:
        raise errors.ServiceDate()
    for notice in notices:
        grace = EARLIEST_ON_THE_SPOT if notice.document_type == ON_THE_SPOT else CLOCK_SKEW
        if moment < notice.issued_at - grace:
            raise errors.ServiceDate()
    return min(moment, context.now)


def _open(session: Session, identity: Identity, notice: Notice, context: CommandContext) -> None:
    notice.opened_at = context.now
    for item in queries.items(session, [notice.id]):
        findings.record(session, identity, item.finding_id, "notice.open", context, {"number": notice.number})


def _tell(
    session: Session,
    identity: Identity,
    act: ServiceAct,
    notices: Sequence[Notice],
    photos: Sequence[dict[str, Any]],
    context: CommandContext,
) -> None:
    """Let a completed service take effect, and write the attempt into every case it is about."""
    data = {
        "service_id": str(act.id),
        "method": Method(act.method).value,
        "state": act.state.value,
        "served_at": act.served_at,
        "recipient": act.recipient,
        "photos": [photo["sha256"].hex() for photo in photos],
    }
    for notice in notices:
        told = data | {"number": notice.number}
        if act.state is AttemptState.COMPLETED:
            _take_effect(session, identity, notice, act, told, context)
            continue
        for item in queries.items(session, [notice.id]):
            findings.record(session, identity, item.finding_id, "notice.service_attempt", context, told)
    session.flush()


def _take_effect(
    session: Session,
    identity: Identity,
    notice: Notice,
    act: ServiceAct,
    data: dict[str, Any],
    context: CommandContext,
) -> None:
    assert act.served_at is not None
    service.step(identity, notice, NoticeAction.SERVE)
    notice.served_at, notice.service_method = act.served_at, Method(act.method)
    if act.method is Method.DIRECT and notice.acknowledged_at is None:
        if (notice.state, NoticeAction.SIGN) in TRANSITIONS:
            service.step(SYSTEM, notice, NoticeAction.SIGN)
        notice.acknowledged_at, notice.receipt = act.served_at, act.recipient
    for item in queries.items(session, [notice.id]):
        finding = findings.visible(session, SYSTEM, item.finding_id)
        if finding.notice_id != notice.id or not next_state(finding.state, FindingAction.SERVE):
            continue
        due_at, provisional = deadlines.from_service(session, notice, item, act.served_at)
        deadlines.move(session, item, finding, due_at, provisional, "service", act.id, context)
        item.stages = stages.served(item.stages, act.served_at, calendars.load_view(session))
        finding.clock_from = act.served_at
        told = data | {"due_at": item.due_at}
        findings.advance(session, identity, finding, FindingAction.SERVE, context, told)


def _declare(
    session: Session,
    identity: Identity,
    notice: Notice,
    act: ServiceAct,
    declarations: Sequence[dict[str, Any]],
    context: CommandContext,
) -> None:
    """Evidence of service hangs on the first case of the first notice; the others name its hashes."""
    first = queries.items(session, [notice.id])[0]
    service.declare(
        session,
        identity,
        first.finding_id,
        notice,
        declarations,
        PhotoStage.SERVICE,
        act.id,
        context,
    )


def _told(act: ServiceAct, notices: Sequence[Notice]) -> dict[str, Any]:
    return {
        "service_id": str(act.id),
        "state": act.state.value,
        "served_at": act.served_at.isoformat() if act.served_at else None,
        "notices": [service.told(notice) for notice in notices],
    }
