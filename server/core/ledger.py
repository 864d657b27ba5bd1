"""The case file: an append-only, hash-linked list of acts.

A line is written next to the act, in the same transaction. Each line's hash covers its content and
the hash of the line before it, so that a changed, removed or inserted line breaks every later hash.
The table refuses UPDATE and DELETE by trigger, and the application's role is never granted them.
Two acts on one case at the same moment are put in order by an advisory lock on the case.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from server.core.db import db
from server.core.identity import Identity
from server.core.prepared import Kept, KeptInsert, at_once, stream

GENESIS = bytes(32)
AUDIT_PAGE = 5_000
"""Lines that are fetched at once when all files are checked."""


class CaseEvent(db.Model):  # type: ignore[name-defined, misc]
    """One line of a case file. `case_id` is the finding's id."""

    __tablename__ = "case_event"
    __table_args__ = (sa.UniqueConstraint("case_id", "seq"),)

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    case_id: Mapped[uuid.UUID]
    seq: Mapped[int]
    act: Mapped[str]
    actor_id: Mapped[uuid.UUID | None]
    actor: Mapped[str]
    organisation: Mapped[str]
    at: Mapped[datetime]
    device_at: Mapped[datetime | None]
    data: Mapped[dict[str, Any]]
    prev_hash: Mapped[bytes]
    hash: Mapped[bytes]


@dataclass(frozen=True, slots=True)
class Act:
    """What is to be written: `act` is a stable word such as `finding.opened`."""

    case_id: uuid.UUID
    act: str
    at: datetime
    identity: Identity
    data: Mapping[str, Any]
    device_at: datetime | None = None


def line_hash(event: Mapping[str, Any], prev_hash: bytes) -> bytes:
    """SHA-256 over the previous hash and the canonical JSON of the line.

    Canonical: keys sorted, no spaces, UTF-8, times in UTC ISO 8601 with microseconds, ids as text.
    """
    return hashlib.sha256(prev_hash + _CANONICAL.encode(event).encode()).digest()


_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _stamp(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="microseconds")


def _content(
    case_id: uuid.UUID,
    seq: int,
    act: str,
    actor_id: uuid.UUID | None,
    actor: str,
    organisation: str,
    at: datetime,
    device_at: datetime | None,
    data: Mapping[str, Any],
) -> dict[str, Any]:
    return {
        "case_id": str(case_id),
        "seq": seq,
        "act": act,
        "actor_id": None if actor_id is None else str(actor_id),
        "actor": actor,
        "organisation": organisation,
        "at": _stamp(at),
        "device_at": _stamp(device_at),
        "data": dict(data),
    }


def _row(act: Act, seq: int, prev_hash: bytes) -> dict[str, Any]:
    data = json.loads(json.dumps(dict(act.data), default=str), parse_float=_as_stored)
    who = act.identity
    fields = {
        "case_id": act.case_id,
        "seq": seq,
        "act": act.act,
        "actor_id": who.user_id or who.link_id,
        "actor": who.display_name,
        "organisation": who.organisation_name,
        "at": act.at,
        "device_at": act.device_at,
        "data": data,
    }
    return fields | {"prev_hash": prev_hash, "hash": line_hash(_content(**fields), prev_hash)}


def _as_stored(number: str) -> float:
    """The number that `jsonb` gives back: it knows no minus zero, and the hash is checked on what is read."""
    return float(number) + 0.0


# Written once: every act of every case runs these three, and building them costs more than they do.
_LOCK = Kept("SELECT pg_advisory_xact_lock(:key)")
_LAST = Kept("SELECT seq, at, hash FROM case_event WHERE case_id = :case_id ORDER BY seq DESC LIMIT 1")
_INSERT = KeptInsert(CaseEvent)


def begin(session: Session, act: Act) -> None:
    """Write the first line of a case whose row the caller's transaction has just made.

    Nobody else can know the case yet, so there is nothing to wait for and no line before.
    """
    _INSERT.row(session, _row(act, 1, GENESIS))


def append(session: Session, act: Act) -> None:
    """Write one line at the end of its case, in the caller's transaction.

    The lock is a statement of its own, since a statement that waits for it would read an old snapshot.
    """
    with at_once(session):
        _LOCK.run(session, key=int.from_bytes(act.case_id.bytes[:8], "big", signed=True))
        last = _LAST.row(session, case_id=act.case_id)
    if last is None:
        _INSERT.row(session, _row(act, 1, GENESIS))
        return
    # Of two requests at once the first to begin may write last; no line is older than the one before it.
    _INSERT.row(session, _row(replace(act, at=max(act.at, last.at)), last.seq + 1, bytes(last.hash)))


def chain(acts: Iterable[Act]) -> list[dict[str, Any]]:
    """Rows for new cases in bulk, in the order given; for imports and demo data only."""
    heads: dict[uuid.UUID, tuple[int, bytes]] = {}
    rows = []
    for act in acts:
        seq, prev_hash = heads.get(act.case_id, (0, GENESIS))
        row = _row(act, seq + 1, prev_hash)
        heads[act.case_id] = (seq + 1, row["hash"])
        rows.append(row)
    return rows


def lines(session: Session, case_id: uuid.UUID) -> Sequence[CaseEvent]:
    """All lines of a case, oldest first."""
    query = sa.select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.seq)
    return session.scalars(query).all()


def first_broken(events: Iterable[Any]) -> int | None:
    """The `seq` of the first line that does not follow from the one before, or None if all do."""
    prev_hash = GENESIS
    for expected_seq, event in enumerate(events, start=1):
        content = _content(
            event.case_id,
            event.seq,
            event.act,
            event.actor_id,
            event.actor,
            event.organisation,
            event.at,
            event.device_at,
            event.data,
        )
        good = event.seq == expected_seq and event.prev_hash == prev_hash
        if not good or event.hash != line_hash(content, prev_hash):
            return expected_seq
        prev_hash = event.hash
    return None


@dataclass(slots=True)
class Audit:
    """All case files read once. `broken` has the first bad line of each case that has one."""

    cases: int = 0
    lines: int = 0
    broken: list[tuple[uuid.UUID, int]] = field(default_factory=list)


class _Line(NamedTuple):
    """A line as it was read: the columns of `_ALL`."""

    case_id: uuid.UUID
    seq: int
    act: str
    actor_id: uuid.UUID | None
    actor: str
    organisation: str
    at: datetime
    device_at: datetime | None
    prev_hash: bytes
    hash: bytes
    data: dict[str, Any]


_ALL = f"""
    SELECT {", ".join(_Line._fields[:-1])}, data::text FROM case_event ORDER BY case_id, seq
"""


def audit(session: Session, seen: Callable[[int], None] = lambda lines: None) -> Audit:
    """Recompute every chain, a case at a time, in memory that does not grow with the number of lines.

    `seen` hears the number of lines so far, some thousand apart. That the last lines of a case were cut
    off shows in no chain: for that there are copies elsewhere (bundles, exports, the phone's receipts).
    """
    rows = (_Line._make((*row[:-1], json.loads(row[-1]))) for row in stream(session, _ALL, AUDIT_PAGE))
    found = Audit()
    for case_id, group in groupby(rows, key=lambda row: row.case_id):
        events = list(group)
        broken = first_broken(events)
        if broken is not None:
            found.broken.append((case_id, broken))
        found.cases += 1
        if (found.lines + len(events)) // AUDIT_PAGE > found.lines // AUDIT_PAGE:
            seen(found.lines + len(events))
        found.lines += len(events)
    return found
