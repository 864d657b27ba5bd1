"""Use cases of accounts: devices and users. Signing in is `sessions`."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.accounts import documents, errors, queries, rules
from server.accounts.models import Organisation, SignInSession, User
from server.accounts.sessions import hash_password
from server.core.identity import Identity, Role
from server.core.pagination import decode_cursor, encode_cursor
from server.core.permissions import Permission, require, require_visible
from server.core.problems import NotFound
from server.core.visibility import scope_of

DEVICES_SHOWN = 500
REVIEWERS_SHOWN = 200


def list_devices(session: Session, identity: Identity) -> list[dict[str, Any]]:
    """Devices of the accounts in one's scope, most recent contact first, at most 500."""
    require(identity, Permission.DEVICE_READ)
    scope = scope_of(identity, Permission.DEVICE_READ)
    return [
        documents.device(device, username, display_name)
        for device, username, display_name in queries.devices(session, scope, DEVICES_SHOWN)
    ]


def revoke_device(
    session: Session, identity: Identity, device_id: uuid.UUID, now: datetime
) -> dict[str, Any]:
    """Shut a lost phone out: its sessions stop at once. Repeating it changes nothing."""
    require(identity, Permission.DEVICE_READ)
    found = queries.device_with_owner(session, device_id)
    if found is None:
        raise NotFound()
    device, owner = found
    require_visible(identity, Permission.DEVICE_READ, owner)
    require(identity, Permission.DEVICE_REVOKE)
    device.revoked_at = device.revoked_at or now
    session.flush()
    return documents.device(device, owner.username, owner.display_name)


def note_contact(
    session: Session, device_id: uuid.UUID, now: datetime, clock_offset_ms: int | None, unsent: int | None
) -> None:
    """Keep when a device last synchronised, how wrong its clock is, and what it still holds.

    None leaves what is known of the clock or the queue. What says nothing new is written once a minute at
    most: a phone that delivers a day's work sends a request a second.
    """
    told = {"id": device_id, "now": now, "clock_offset_ms": clock_offset_ms, "unsent": unsent}
    session.execute(_NOTE_CONTACT, told)


_NOTE_CONTACT = sa.text("""
    UPDATE device SET last_seen_at = :now,
        clock_offset_ms = coalesce(:clock_offset_ms, clock_offset_ms),
        unsent_count = coalesce(:unsent, unsent_count)
    WHERE id = :id AND (
        last_seen_at NOT BETWEEN CAST(:now AS timestamptz) - interval '1 minute' AND :now
        OR coalesce(:unsent, unsent_count) IS DISTINCT FROM unsent_count
        OR coalesce(abs(CAST(:clock_offset_ms AS integer) - clock_offset_ms) > 1000,
            CAST(:clock_offset_ms AS integer) IS NOT NULL))
""")


def list_users(session: Session, identity: Identity, cursor: str | None, limit: int) -> dict[str, Any]:
    """One page of accounts by name."""
    require(identity, Permission.USER_MANAGE)
    after = str(decode_cursor(cursor, 1)[0]) if cursor else None
    scope = scope_of(identity, Permission.USER_MANAGE)
    users = queries.users_page(session, scope, after, limit + 1)
    shown = users[:limit]
    more = len(users) > limit
    return {
        "items": [documents.user(user) for user in shown],
        "next": encode_cursor([shown[-1].username]) if more else None,
    }


def create_user(session: Session, identity: Identity, body: dict[str, Any]) -> dict[str, Any]:
    """A new account. Raises `UsernameTaken`, `WeakPassword`, `RoleMismatch`, `UnknownOrganisation`."""
    require(identity, Permission.USER_MANAGE)
    username = rules.normalise_username(body["username"])
    role = Role(body["role"])
    if (role in rules.FIRM_ROLES) != (body["firm_id"] is not None):
        raise errors.RoleMismatch()
    _refuse_weak(body["password"], username)
    if session.get(Organisation, body["organisation_id"]) is None:
        raise errors.UnknownOrganisation()
    if queries.user_by_name(session, username) is not None:
        raise errors.UsernameTaken()
    fields = {key: value for key, value in body.items() if key not in ("username", "password", "role")}
    user = User(username=username, role=role, password_hash=hash_password(body["password"]), **fields)
    session.add(user)
    session.flush()
    return documents.user(_user(session, user.id))


def _user(session: Session, user_id: uuid.UUID) -> User:
    user = queries.user_by_id(session, user_id)
    if user is None:
        raise NotFound()
    return user


def _refuse_weak(password: str, username: str) -> None:
    fault = rules.password_fault(password, username)
    if fault:
        raise errors.WeakPassword(reason=fault)


def change_user(
    session: Session, identity: Identity, user_id: uuid.UUID, body: dict[str, Any], now: datetime
) -> dict[str, Any]:
    """Change name, phone, end of term, password or the switch; the latter two end all sessions."""
    require(identity, Permission.USER_MANAGE)
    user = _user(session, user_id)
    password = body.pop("password", None)
    if password is not None:
        _refuse_weak(password, user.username)
        user.password_hash = hash_password(password)
    for field, value in body.items():
        setattr(user, field, value)
    if password is not None or not user.is_active:
        open_sessions = (SignInSession.user_id == user.id) & SignInSession.ended_at.is_(None)
        session.execute(sa.update(SignInSession).where(open_sessions).values(ended_at=now))
    session.flush()
    return documents.user(user)


def list_reviewers(session: Session, identity: Identity, path: str, now: datetime) -> list[dict[str, Any]]:
    """Who may be sent to re-check at `path`: inspectors and supervisors of the asker's area who cover it."""
    require(identity, Permission.FINDING_TRIAGE)
    scope = scope_of(identity, Permission.FINDING_TRIAGE)
    users = queries.reviewers(session, scope, path, REVIEWERS_SHOWN)
    return [
        documents.reviewer(user)
        for user in users
        if rules.account_open(user.is_active, user.valid_until, now)
    ]


def list_departments(session: Session, identity: Identity) -> list[dict[str, Any]]:
    """Departments to which somebody in triage can hand a case (移送)."""
    require(identity, Permission.FINDING_TRIAGE)
    return [{"id": unit.id, "name": unit.name} for unit in queries.departments(session, identity.path)]
