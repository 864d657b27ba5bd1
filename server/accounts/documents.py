"""How accounts, devices and sessions look to the app: plain dicts, made from loaded rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from server.accounts import originals_rule
from server.accounts.models import Device, Organisation, User
from server.core import office_key
from server.core.config import Settings
from server.core.identity import Identity, Role
from server.core.permissions import Permission, allowed
from server.core.receipt_keys import public_keys


def session_of(
    session: Session, identity: Identity, expires_at: datetime, now: datetime, settings: Settings
) -> dict[str, Any]:
    """What the app needs to know about the person: names, scope, rights (api document `Session`)."""
    organisation = session.get_one(Organisation, identity.organisation_id)
    firm = {"id": identity.firm_id, "name": organisation.name} if identity.firm_id else None
    return {
        "user": {
            "id": identity.user_id,
            "username": identity.username,
            "display_name": identity.display_name,
            "role": identity.role.value,
            "organisation": {
                "id": organisation.id,
                "name": organisation.name,
                "kind": organisation.kind.value,
            },
            "firm": firm,
        },
        "scope": {"path": identity.path, "name": organisation.short_name} if identity.path else None,
        "permissions": [permission.value for permission in Permission if allowed(identity, permission)],
        "demo": settings.demo,
        "device_id": identity.device_id,
        "expires_at": expires_at,
        "server_time": now,
        "receipt_keys": public_keys(session),
        "keep_originals": originals_rule.in_force(session),
        "outbox_key": office_key.newest(session),
    }


def device(row: Device, owner: User) -> dict[str, Any]:
    """A device as supervisors see it; `unsent` is what its queue held at the last contact."""
    return {
        "id": row.id,
        "user": {"id": owner.id, "username": owner.username, "display_name": owner.display_name},
        "organisation": {"id": owner.organisation.id, "name": owner.organisation.name},
        "label": row.label,
        "app_version": row.app_version,
        "first_seen_at": row.first_seen_at,
        "last_seen_at": row.last_seen_at,
        "clock_offset_ms": row.clock_offset_ms,
        "unsent": row.unsent_count,
        "readiness": _readiness(row),
        "recorded": row.recorded,
        "confirmed": row.confirmed,
        "counted_at": row.counted_at,
        "gap": row.gap,
        "gap_since": row.gap_since,
        "reconciled_at": row.reconciled_at,
        "revoked_at": row.revoked_at,
        "drained_at": row.drained_at,
    }


def _readiness(row: Device) -> dict[str, Any] | None:
    if row.readiness is None:
        return None
    oldest = row.readiness["oldest_unsent_at"]
    return row.readiness | {"oldest_unsent_at": datetime.fromisoformat(oldest) if oldest else None}


def user(row: User) -> dict[str, Any]:
    """An account without its password."""
    return {
        "id": row.id,
        "username": row.username,
        "display_name": row.display_name,
        "role": Role(row.role).value,
        "organisation": {"id": row.organisation.id, "name": row.organisation.name},
        "path": row.path,
        "firm_id": row.firm_id,
        "phone": row.phone,
        "is_active": row.is_active,
        "valid_until": row.valid_until,
    }


def reviewer(row: User) -> dict[str, Any]:
    """An account in the list of people who can be sent to re-check."""
    return {
        "id": row.id,
        "display_name": row.display_name,
        "role": Role(row.role).value,
        "organisation": {"id": row.organisation.id, "name": row.organisation.name},
    }
