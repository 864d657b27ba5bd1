"""Use cases of phones: what the office knows of each, and shutting a lost one out.

A revoked phone is not cut off at once, since it may hold the only copy of somebody's day. Its session is
sealed: it may deliver what was captured before the revocation and nothing else, and every answer orders
it to do so and then to wipe itself. Once it has said that nothing is left, all it ever hears is 401.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.accounts import documents, queries
from server.accounts.models import Device
from server.accounts.rules import Gap
from server.core.identity import Identity
from server.core.pagination import decode_cursor, encode_cursor
from server.core.permissions import Permission, require, require_visible
from server.core.prepared import Kept
from server.core.problems import NotFound
from server.core.visibility import scope_of

UPLOAD_AND_WIPE = {"order": "upload_and_wipe"}
"""Send all that is left, report an empty queue, then forget everything of this account."""


@dataclass(frozen=True, slots=True)
class Contact:
    """What a phone says of itself at a delivery; None leaves what is known.

    `readiness` and `counters` are loaded `ReadinessSchema` and `CountersSchema`.
    """

    clock_offset_ms: int | None = None
    unsent: int | None = None
    app_version: str | None = None
    readiness: dict[str, Any] | None = None
    counters: dict[str, Any] | None = None


def list_devices(
    session: Session, identity: Identity, cursor: str | None, limit: int, only_trouble: bool
) -> dict[str, Any]:
    """One page of the devices of the accounts in one's scope, most recent contact first.

    `only_trouble` leaves those whose work is unaccounted for, or waits on a phone.
    """
    require(identity, Permission.DEVICE_READ)
    scope = scope_of(identity, Permission.DEVICE_READ)
    after = _place(cursor) if cursor else None
    rows = queries.devices(session, scope, after, limit + 1, only_trouble)
    shown = rows[:limit]
    last = shown[-1][0] if len(rows) > limit else None
    return {
        "items": [documents.device(device, owner) for device, owner in shown],
        "next": encode_cursor([last.last_seen_at.isoformat(), str(last.id)]) if last else None,
    }


def _place(cursor: str) -> tuple[datetime, uuid.UUID]:
    at, device_id = decode_cursor(cursor, 2)
    try:
        return datetime.fromisoformat(at), uuid.UUID(device_id)
    except (TypeError, ValueError, AttributeError) as error:
        raise NotFound() from error


def revoke_device(
    session: Session, identity: Identity, device_id: uuid.UUID, now: datetime
) -> dict[str, Any]:
    """Shut a lost phone out: from this moment its session is sealed. Repeating it changes nothing."""
    require(identity, Permission.DEVICE_READ)
    found = queries.device_with_owner(session, device_id)
    if found is None:
        raise NotFound()
    device, owner = found
    require_visible(identity, Permission.DEVICE_READ, owner)
    require(identity, Permission.DEVICE_REVOKE, owner)
    if device.revoked_at is None:
        device.revoked_at, device.revoked_by = now, identity.user_id
    session.flush()
    return documents.device(device, owner)


def note_contact(session: Session, device_id: uuid.UUID, contact: Contact, now: datetime) -> None:
    """Keep what a phone said of itself while it synchronised.

    What says nothing new is written once a minute at most: a phone that delivers a day's work sends a
    request a second.
    """
    counters = contact.counters or {"recorded": None, "confirmed": None}
    told = {
        "id": device_id,
        "now": now,
        "clock_offset_ms": contact.clock_offset_ms,
        "unsent": contact.unsent,
        "app_version": contact.app_version,
        "readiness": contact.readiness and _storable(contact.readiness),
    }
    _NOTE_CONTACT.run(session, **told, **counters)


def _storable(readiness: dict[str, Any]) -> dict[str, Any]:
    oldest = readiness["oldest_unsent_at"]
    return readiness | {"oldest_unsent_at": oldest.isoformat() if oldest else None}


_NOTE_CONTACT = Kept("""
    UPDATE device SET last_seen_at = :now,
        clock_offset_ms = coalesce(:clock_offset_ms, clock_offset_ms),
        unsent_count = coalesce(:unsent, unsent_count),
        app_version = coalesce(:app_version, app_version),
        readiness = coalesce(:readiness, readiness),
        recorded = coalesce(:recorded, recorded),
        confirmed = coalesce(:confirmed, confirmed),
        counted_at = CASE WHEN :recorded IS NULL THEN counted_at ELSE :now END,
        counted_since = CASE WHEN :recorded IS NULL THEN counted_since ELSE coalesce(counted_since, :now) END
    WHERE id = :id AND (
        last_seen_at NOT BETWEEN CAST(:now AS timestamptz) - interval '1 minute' AND :now
        OR coalesce(:unsent, unsent_count) IS DISTINCT FROM unsent_count
        OR coalesce(:app_version, app_version) <> app_version
        OR coalesce(:readiness, readiness) IS DISTINCT FROM readiness
        OR coalesce(:recorded, recorded) IS DISTINCT FROM recorded
        OR coalesce(:confirmed, confirmed) IS DISTINCT FROM confirmed
        OR coalesce(abs(CAST(:clock_offset_ms AS bigint) - clock_offset_ms) > 1000,
            CAST(:clock_offset_ms AS integer) IS NOT NULL))
""")


def note_drained(session: Session, device_id: uuid.UUID, now: datetime) -> None:
    """A revoked phone has said that it holds nothing more: its sealed lane closes."""
    session.execute(
        sa.update(Device)
        .where(Device.id == device_id, Device.revoked_at.is_not(None), Device.drained_at.is_(None))
        .values(drained_at=now)
    )


def own_device(session: Session, user_id: uuid.UUID, device_id: uuid.UUID) -> uuid.UUID | None:
    """`device_id` if it is a device of this account, else None."""
    device = session.get(Device, device_id)
    return device_id if device is not None and device.user_id == user_id else None


def counted(session: Session) -> Sequence[tuple[Device, str]]:
    """Devices that keep totals, with their owners' names, for the nightly comparison."""
    return queries.counted_devices(session)


def note_gap(session: Session, device: Device, gap: Gap | None, now: datetime) -> bool:
    """Keep the result of a comparison; whether it is a gap that was not there before."""
    told = asdict(gap) if gap else None
    is_new = told is not None and told != device.gap
    if told is None or device.gap is None:
        device.gap_since = now if told else None
    device.gap, device.reconciled_at = told, now
    session.flush()
    return is_new
