"""Push and pull.

Push: each command runs in its own savepoint, so that one refusal sinks nothing else, and its answer is
stored under the client's id in the same transaction. A repeated id gets the stored answer; the same id
with other content is refused. What may pass by itself (a lock, a lost database) is not an answer and
is not stored: it fails the request and the phone repeats it.

Pull: rows carry the transaction id that last touched them. Everything below the oldest running
transaction (`pg_snapshot_xmin`) is final, so a cursor of `(xid, id)` up to there loses nothing; a
serial number would skip a row whose transaction took its number early and committed late.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import marshmallow as ma
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from server.accounts import devices, originals_rule
from server.accounts.rules import captured_before
from server.core import context, receipts
from server.core.changes import Changes, Cursor, snapshot_xmin
from server.core.commands import CommandContext
from server.core.identity import Identity
from server.core.pagination import BadCursor, decode_cursor, encode_cursor
from server.core.permissions import Permission
from server.core.prepared import Kept, KeptInsert
from server.core.problems import Invalid, Problem, from_database_error
from server.core.visibility import scope_of
from server.findings import reading as findings
from server.notices import reading as notices
from server.photos import service as photos
from server.photos.models import Photo
from server.places import service as places
from server.rounds import service as rounds
from server.sync import errors
from server.sync.commands import CAPTURES, KINDS
from server.sync.models import Command

Feed = Callable[[Session, Identity, Cursor | None, int, int, bool], Changes]


def _compounds(
    session: Session, identity: Identity, cursor: Cursor | None, limit: int, below_xid: int, first: bool
) -> Changes:
    scope = scope_of(identity, Permission.PLACE_READ)
    return places.changed_compounds(session, scope, cursor, limit, below_xid)


def _photos(
    session: Session, identity: Identity, cursor: Cursor | None, limit: int, below_xid: int, first: bool
) -> Changes:
    """A first pull brings the photos of open cases only."""
    narrow = Photo.case_id.in_(findings.open_cases())
    return photos.changed_photos(session, identity, cursor, limit, below_xid, first, narrow)


FEEDS: dict[str, Feed] = {
    "compounds": _compounds,
    "rounds": rounds.changed_rounds,
    "visits": rounds.changed_visits,
    "findings": findings.changed_findings,
    "photos": _photos,
    "notices": notices.changed_notices,
}
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2199, 1, 1, tzinfo=UTC)
"""What a phone with a dead clock says is brought into this span; the span is what can be stored and read."""
LARGEST_OFFSET_MS = 21 * 86_400_000
LAST_ID = uuid.UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class Position:
    """How far one kind was pulled: the last key handed over (None: nothing yet), still the first pull?"""

    cursor: Cursor | None
    first: bool


def push(session: Session, identity: Identity, request: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Apply a batch (schema `PushSchema`, loaded) in order; schema `PushResultSchema` comes back."""
    offset = _clock_offset_ms(request["device_time"], now)
    if identity.device_id is not None:
        contact = devices.Contact(offset, **{name: request[name] for name in _TOLD})
        devices.note_contact(session, identity.device_id, contact, now)
    results = [deliver(session, identity, command, now, offset) for command in request["commands"]]
    orders = _orders(session, identity, request, now)
    return {"server_time": now, "results": results, "orders": orders}


_TOLD = ("unsent", "app_version", "readiness", "counters")


def _orders(
    session: Session, identity: Identity, request: dict[str, Any], now: datetime
) -> list[dict[str, str]]:
    """What the phone has to do besides. A revoked one that says it is empty hears it for the last time."""
    if identity.sealed_at is None or identity.device_id is None:
        return []
    if request["unsent"] == 0 and not request["commands"]:
        devices.note_drained(session, identity.device_id, now)
    return [devices.UPLOAD_AND_WIPE]


def _clock_offset_ms(device_time: datetime | None, now: datetime) -> int | None:
    """Phone minus server; a clock more than three weeks off is said to be three weeks off."""
    if device_time is None:
        return None
    offset = round((device_time - now).total_seconds() * 1000)
    return max(-LARGEST_OFFSET_MS, min(LARGEST_OFFSET_MS, offset))


def deliver(
    session: Session, identity: Identity, command: dict[str, Any], now: datetime, offset: int | None
) -> dict[str, Any]:
    """Apply one loaded command, or find its answer; an entry of `results` (schema `ResultSchema`).

    `offset` is the phone's clock minus ours in milliseconds, where that is known.
    """
    try:
        proof = receipts.command_sha256(command["sent"])
    except receipts.NotCanonical as error:
        problem = Invalid(errors={"body": [str(error)]}).body()
        return _result(command["id"], {"result": None, "problem": problem}, None, replayed=False)
    digest = _digest(command)
    captured_at = min(max(command["captured_at"], EARLIEST), LATEST)
    _serialise(session, command["id"])
    known = _KNOWN.row(session, id=command["id"])
    if known is not None:
        return _replay(known, identity, digest, proof)
    identity = _as_recorded(session, identity, command.get("recorded_on"))
    how = CommandContext(
        command_id=command["id"],
        now=now,
        captured_at=captured_at,
        clock_offset_ms=offset,
        device_id=identity.device_id,
    )
    answer = _attempt(session, identity, command, how)
    _keep(session, identity, command["kind"], digest, how, answer)
    receipt = context.receipts().sign("command", command["id"], proof, now)
    return _result(command["id"], _told(command["kind"], answer), receipt, replayed=False)


def _as_recorded(session: Session, identity: Identity, recorded_on: uuid.UUID | None) -> Identity:
    """Work counts for the phone of this person on which it was made, whichever delivers it."""
    if recorded_on is None or recorded_on == identity.device_id or identity.user_id is None:
        return identity
    made_on = devices.own_device(session, identity.user_id, recorded_on)
    return dataclasses.replace(identity, device_id=made_on) if made_on else identity


def _told(name: str, answer: dict[str, Any]) -> dict[str, Any]:
    """What is sent of a stored answer: the same at each delivery."""
    kind = KINDS.get(name)
    if kind is None or kind.told is None or answer["result"] is None:
        return answer
    return answer | {"result": kind.told(answer["result"])}


def _keep(
    session: Session,
    identity: Identity,
    kind: str,
    digest: bytes,
    how: CommandContext,
    answer: dict[str, Any],
) -> None:
    row = {
        "id": how.command_id,
        "user_id": identity.user_id,
        "link_id": identity.link_id,
        "device_id": how.device_id,
        "kind": kind,
        "content_sha256": digest,
        "captured_at": how.captured_at,
        "received_at": how.now,
        "clock_offset_ms": how.clock_offset_ms,
        "applied": answer["problem"] is None,
        "answer": answer,
    }
    _KEEP.row(session, row)


def _attempt(
    session: Session, identity: Identity, command: dict[str, Any], how: CommandContext
) -> dict[str, Any]:
    """Run the use case in a savepoint; `{"result": …, "problem": …}` with one of the two None."""
    try:
        with session.begin_nested():
            kind = KINDS.get(command["kind"])
            if kind is None:
                raise errors.UnknownKind(kind=command["kind"])
            _refuse_sealed(identity, command["kind"], how)
            body = kind.schema.load(command["body"])
            result = kind.handler(session, identity, body, how)
            session.flush()
        return {"result": _plain(result), "problem": None}
    except ma.ValidationError as error:
        return {"result": None, "problem": Invalid(errors=error.messages).body()}
    except Problem as problem:
        return _refused(problem, problem)
    except DBAPIError as error:
        known = from_database_error(error)
        if known is None:
            raise
        return _refused(known, error)


def _refuse_sealed(identity: Identity, kind: str, how: CommandContext) -> None:
    if identity.sealed_at is None:
        return
    before = captured_before(how.captured_at, how.clock_offset_ms, identity.sealed_at)
    if not (kind in CAPTURES and before):
        raise errors.AfterRevocation()


def _refused(problem: Problem, cause: Exception) -> dict[str, Any]:
    """The stored refusal; what may pass by itself is raised instead."""
    if problem.status >= 500:
        raise problem from cause
    return {"result": None, "problem": _plain(problem.body())}


# Written once, past the ORM: every command runs these three, and building them costs more than they do.
_LOCK = Kept("SELECT pg_advisory_xact_lock(:key)")
_KNOWN = Kept(
    "SELECT id, user_id, link_id, kind, content_sha256, received_at, answer FROM command WHERE id = :id"
)
_KEEP = KeptInsert(Command)


def _serialise(session: Session, command_id: uuid.UUID) -> None:
    """Let the second of two simultaneous deliveries of one command wait for the first."""
    key = int.from_bytes(hashlib.sha256(command_id.bytes).digest()[:8], "big", signed=True)
    _LOCK.run(session, key=key)


def _replay(known: Any, identity: Identity, digest: bytes, proof: bytes) -> dict[str, Any]:
    same_author = (known.user_id, known.link_id) == (identity.user_id, identity.link_id)
    if not same_author or known.content_sha256 != digest:
        return _result(known.id, {"result": None, "problem": errors.IdReused().body()}, None, replayed=False)
    receipt = context.receipts().sign("command", known.id, proof, known.received_at)
    return _result(known.id, _told(known.kind, known.answer), receipt, replayed=True)


def _result(
    command_id: uuid.UUID, answer: dict[str, Any], receipt: dict[str, str] | None, *, replayed: bool
) -> dict[str, Any]:
    status = "applied" if answer["problem"] is None else "refused"
    return {"id": command_id, "status": status, "replayed": replayed, "receipt": receipt} | answer


def _digest(command: dict[str, Any]) -> bytes:
    content = {"kind": command["kind"], "captured_at": command["captured_at"], "body": command["body"]}
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).digest()


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))


def pull(
    session: Session, identity: Identity, cursor: str | None, limit: int, now: datetime
) -> dict[str, Any]:
    """Everything in the identity's scope that changed since `cursor` (schema `ChangesSchema`).

    `limit` bounds the documents of each kind. A missing cursor starts afresh with what is open.
    """
    positions = _positions(cursor)
    below = snapshot_xmin(session)
    items: dict[str, list[dict[str, Any]]] = {}
    more = False
    for kind, feed in FEEDS.items():
        position = positions[kind]
        changes = feed(session, identity, position.cursor, limit, below, position.first)
        items[kind] = changes.items
        more = more or changes.more
        if changes.more:
            positions[kind] = Position(changes.last, position.first)
        else:
            # Drained: whatever lies below `below` was looked at, in sight or not.
            positions[kind] = Position((below - 1, LAST_ID), first=False)
    told = {"server_time": now, "keep_originals": originals_rule.in_force(session)}
    return {"items": items, "cursor": _cursor(positions), "more": more} | told


def _positions(cursor: str | None) -> dict[str, Position]:
    if cursor is None:
        return {kind: Position(None, first=True) for kind in FEEDS}
    try:
        flat = decode_cursor(cursor, 3 * len(FEEDS))
        return {kind: _position(*flat[3 * at : 3 * at + 3]) for at, kind in enumerate(FEEDS)}
    except (BadCursor, ValueError, TypeError, AttributeError) as error:
        raise errors.BadPullCursor() from error


def _position(xid: Any, row_id: Any, first: Any) -> Position:
    if xid is None:
        return Position(None, bool(first))
    if type(xid) is not int or not 0 <= xid < 2**63 or type(first) is not bool:
        raise BadCursor()
    return Position((xid, uuid.UUID(row_id)), first)


def _cursor(positions: dict[str, Position]) -> str:
    flat: list[Any] = []
    for position in positions.values():
        xid, row_id = position.cursor or (None, None)
        flat += [xid, str(row_id) if row_id else None, position.first]
    return encode_cursor(flat)
