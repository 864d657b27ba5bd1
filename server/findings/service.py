"""Use cases of the finding, in the words of those who find; what the office does is `triage`.

Command handlers take `(session, identity, body, context)` and return what the phone is told. Each
locks the finding first, moves it along the transition table and writes the ledger line beside the
act. `advance` is the one door through which a finding changes its state; notices use it as well.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from server.calendars import service as calendars
from server.calendars.rules import Term, Unit, due
from server.checklists import service as checklists
from server.core import context as house
from server.core import jobs, ledger
from server.core.commands import CommandContext
from server.core.identity import Identity, Role
from server.core.permissions import Permission, require, require_visible
from server.core.prepared import KeptInsert, at_once
from server.core.problems import Forbidden, NotFound
from server.findings import errors, queries
from server.findings.models import Finding
from server.findings.placing import place
from server.findings.rules import (
    ANNOUNCED,
    CLOCK_SKEW,
    CLOSED_STATES,
    FIRM_SEES,
    FindingAction,
    FindingState,
    Flag,
    Severity,
    firm_sees,
    kinds_shown,
    next_state,
    triage_hours,
)
from server.photos import service as photos
from server.photos.models import PhotoStage
from server.places import service as places


def visible(session: Session, identity: Identity, finding_id: uuid.UUID) -> Finding:
    """The finding, locked for this transaction; `NotFound` where it is absent or out of sight."""
    finding = queries.locked(session, finding_id)
    require_visible(identity, Permission.FINDING_READ, finding)
    assert finding is not None
    if identity.is_firm and not firm_sees(finding.state, finding.notice_id is not None):
        raise NotFound()
    return finding


def advance(
    session: Session,
    identity: Identity,
    finding: Finding,
    action: FindingAction,
    context: CommandContext,
    data: dict[str, Any] | None = None,
) -> None:
    """Move `finding` by `action` and write the ledger line.

    A finding that no notice ever named stays out of its firm's sight, whatever state it comes to.
    Raises what `require_step` raises.
    """
    target = require_step(identity, finding, action)
    if target is not finding.state and action is not FindingAction.DISPATCH_REVIEW:
        finding.waiting_since = context.now
    finding.state = target
    if finding.state in FIRM_SEES - {FindingState.TRANSFERRED} and finding.notice_id is None:
        finding.firm_id = None
    finding.closed_at = context.now if finding.state in CLOSED_STATES else None
    record(session, identity, finding.id, f"finding.{action.value}", context, data)
    if action in ANNOUNCED:
        _announce(session, finding.id, action.value, context)


def _announce(session: Session, finding_id: uuid.UUID, act: str, context: CommandContext) -> None:
    """Have people told of an act: by a job, since those who are told live above this feature."""
    jobs.enqueue(
        session, "escalation.announce", act=act, finding_id=str(finding_id), cause=str(context.command_id)
    )


def require_step(identity: Identity, finding: Finding, action: FindingAction) -> FindingState:
    """The state to which `action` leads.

    Raises `IllegalAction` (409) where the table has no such step, `Forbidden` where the role may not.
    """
    transition = next_state(finding.state, action)
    if transition is None:
        raise errors.IllegalAction(state=finding.state.value, action=action.value)
    if transition.permission != "system":
        require(identity, Permission(transition.permission), finding)
    elif identity.role is not Role.SYSTEM:
        raise Forbidden()
    return transition.to


def record(
    session: Session,
    identity: Identity,
    case_id: uuid.UUID,
    act: str,
    context: CommandContext,
    data: dict[str, Any] | None = None,
) -> None:
    """Write one line of the case file, with the phone's time beside ours."""
    line = ledger.Act(case_id, act, context.now, identity, data or {}, device_at=context.captured_at)
    ledger.append(session, line)


def open_finding(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """A hazard seen: the finding and the photos that will follow, in one act."""
    compound = places.compound_for(session, identity, body["compound_id"], Permission.FINDING_OPEN)
    if queries.exists(session, body["finding_id"]):
        raise errors.IdReused()
    if not body["photos"]:
        raise errors.PhotoRequired()
    if body["visit_id"] and queries.visit_compound(session, body["visit_id"]) != compound.id:
        raise errors.VisitMismatch()
    version, item = _current_item(session, body["item_code"])
    finding = Finding(
        id=body["finding_id"],
        compound_id=compound.id,
        visit_id=body["visit_id"],
        path=compound.path,
        firm_id=compound.firm_id,
        item_code=item.code,
        catalogue_version=version,
        severity=Severity(body["severity"] or item.severity),
        responsible=body["responsible"] or item.parties[0],
        text=body["text"],
        place=body["place"],
        photo_excuses=body["photo_excuses"],
        captured_at=context.captured_at,
        received_at=context.now,
        clock_offset_ms=context.clock_offset_ms,
        found_by=identity.user_id,
        organisation_id=identity.organisation_id,
        state=FindingState.SUBMITTED,
        flags=[],
        waiting_since=context.now,
    )
    place(session, finding, body["position"], body["pin"])
    _flag_clock(finding, context)
    _set_triage_due(session, finding, context)
    _link_relapse(session, finding, body["pin"] or body["position"])
    shots = [(one["kind"], one["captured_at"], one["original_mime"]) for one in body["photos"]]
    _flag_missing_kinds(finding, item, kinds_shown(shots))
    data = _opened(body) | {"state": finding.state.value, "severity": finding.severity.value}
    data |= {"relapse_of": str(finding.relapse_of)} if finding.relapse_of else {}
    line = ledger.Act(finding.id, "finding.open", context.now, identity, data, context.captured_at)
    with at_once(session):
        _insert(session, finding)
        ledger.begin(session, line)
        _declare(session, identity, finding, body["photos"], PhotoStage.BEFORE, finding.id, context)
    if finding.severity is Severity.CRITICAL:
        _announce(session, finding.id, "open", context)
    return told(finding)


_INSERT = KeptInsert(Finding)
_COLUMNS = {
    column.name: bool(column.default or column.server_default) for column in Finding.__table__.columns
}
"""Names of the columns, and whether they are filled in where nothing is said."""


def _insert(session: Session, finding: Finding) -> None:
    """Write a finding that the session does not know; a flush of the ORM would take three times as long."""
    values = {name: getattr(finding, name) for name in _COLUMNS}
    said = {name: value for name, value in values.items() if value is not None or not _COLUMNS[name]}
    _INSERT.row(session, said)


def add_photos(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """Further photos of the hazard, by the finder or a colleague in the area."""
    finding = visible(session, identity, body["finding_id"])
    require(identity, Permission.FINDING_OPEN, finding)
    if finding.state in CLOSED_STATES:
        raise errors.IllegalAction(state=finding.state.value, action="add_photos")
    record(session, identity, finding.id, "finding.add_photos", context, {"photos": _hashes(body["photos"])})
    _declare(session, identity, finding, body["photos"], PhotoStage.BEFORE, finding.id, context)
    _flag_again(session, finding)
    return told(finding)


def set_pin(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """Where it really is, set by hand; the raw fix stays beside it."""
    finding = visible(session, identity, body["finding_id"])
    require(identity, Permission.FINDING_OPEN, finding)
    if finding.state in CLOSED_STATES:
        raise errors.IllegalAction(state=finding.state.value, action="set_pin")
    pin = {"lon": body["lon"], "lat": body["lat"]}
    place(session, finding, finding.fix, pin)
    record(session, identity, finding.id, "finding.set_pin", context, pin)
    return told(finding)


def resubmit(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """The inspector completes what was returned (退回补充)."""
    finding = visible(session, identity, body["finding_id"])
    finding.text = finding.text if body["text"] is None else body["text"]
    finding.place = finding.place if body["place"] is None else body["place"]
    data = {"text": finding.text, "place": finding.place, "photos": _hashes(body["photos"])}
    _set_triage_due(session, finding, context)
    advance(session, identity, finding, FindingAction.RESUBMIT, context, data)
    _declare(session, identity, finding, body["photos"], PhotoStage.BEFORE, finding.id, context)
    _flag_again(session, finding)
    return told(finding)


def fix_on_spot(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """Put right before the inspector left: counted, without a notice, with an after photo."""
    finding = visible(session, identity, body["finding_id"])
    if not any(photo["kind"] == "A" for photo in body["photos"]):
        raise errors.AfterPhotoRequired()
    data = {"text": body["text"], "photos": _hashes(body["photos"])}
    advance(session, identity, finding, FindingAction.FIX_ON_SPOT, context, data)
    _declare(session, identity, finding, body["photos"], PhotoStage.AFTER, context.command_id, context)
    return told(finding)


def expire(session: Session, finding: Finding, identity: Identity, context: CommandContext) -> None:
    """The deadline passed unanswered: a fact of its own, written by the system."""
    finding.overdue_at = finding.due_at
    data = {"due_at": finding.due_at}
    advance(session, identity, finding, FindingAction.EXPIRE, context, data)


def due_now(session: Session, now: datetime, limit: int) -> Sequence[Finding]:
    """Findings to `expire`, locked for this transaction."""
    return queries.due_before(session, now, limit)


def similar(session: Session, finding: Finding, within_m: float, days: int) -> list[tuple[uuid.UUID, float]]:
    """Older cases that may be the same thing: `(id, metres)`."""
    return queries.similar(session, finding, within_m, timedelta(days=days))


def _set_triage_due(session: Session, finding: Finding, context: CommandContext) -> None:
    """The time for triage starts when the report lies on the desk, also when it comes back completed."""
    n, unit = triage_hours(finding.severity)
    finding.triage_due_at = due(context.now, Term(n, Unit(unit)), calendars.load_view(session)).at


def _link_relapse(session: Session, finding: Finding, spot: Mapping[str, Any] | None) -> None:
    """Remark a case closed a short while ago at this spot: the office decides whether it opens again."""
    if spot is None:
        return
    settings = house.settings()
    within, metres = timedelta(days=settings.relapse_within_days), settings.duplicate_within_m
    finding.relapse_of = queries.relapse_of(session, finding, spot, metres, within)
    if finding.relapse_of is not None:
        finding.flags = [*finding.flags, Flag.RELAPSE.value]


def _current_item(session: Session, code: str) -> tuple[str, Any]:
    version = checklists.current_version(session)
    item = checklists.find_item(session, version, code)
    if item is None:
        raise errors.UnknownItem(item_code=code)
    return version, item


def _opened(body: dict[str, Any]) -> dict[str, Any]:
    """What the ledger keeps of the first report, photo hashes included."""
    kept = {key: body[key] for key in ("item_code", "compound_id", "visit_id", "text", "place")}
    return kept | {"position": body["position"], "pin": body["pin"], "photos": _hashes(body["photos"])}


def _hashes(declarations: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"photo_id": str(photo["photo_id"]), "kind": photo["kind"], "sha256": photo["sha256"].hex()}
        for photo in declarations
    ]


def _flag_clock(finding: Finding, context: CommandContext) -> None:
    offset = timedelta(milliseconds=abs(context.clock_offset_ms or 0))
    if offset > CLOCK_SKEW:
        finding.flags = [*finding.flags, Flag.CLOCK_SKEW.value]


def _flag_again(session: Session, finding: Finding) -> None:
    """The remark on missing photo kinds, after photos were added."""
    item = _current_item(session, finding.item_code)[1]
    _flag_missing_kinds(finding, item, kinds_shown(queries.shots(session, finding.id)))


def _flag_missing_kinds(finding: Finding, item: Any, present: set[str]) -> None:
    """Remark photo kinds that the item asks for and that are neither `present` nor excused."""
    kept = [flag for flag in finding.flags if flag != Flag.MISSING_PHOTO_KIND]
    missing = checklists.missing_photo_kinds(item, present | set(finding.photo_excuses))
    finding.flags = [*kept, Flag.MISSING_PHOTO_KIND.value] if missing else kept


def _declare(
    session: Session,
    identity: Identity,
    finding: Finding,
    declarations: Sequence[dict[str, Any]],
    stage: PhotoStage,
    group_id: uuid.UUID,
    context: CommandContext,
) -> None:
    photos.declare(
        session,
        identity,
        case_id=finding.id,
        stage=stage,
        group_id=group_id,
        declarations=declarations,
        path=finding.path,
        firm_id=finding.firm_id if firm_sees(finding.state, finding.notice_id is not None) else None,
        now=context.now,
    )
    if finding.department_id is not None:
        photos.show_to_department(session, finding.id, finding.department_id)


def told(finding: Finding) -> dict[str, Any]:
    """The answer to a command: enough for the phone to redraw before the next pull."""
    return {"finding_id": str(finding.id), "state": finding.state.value, "flags": list(finding.flags)}
