"""Use cases of accounts. Signing in is `sessions`, phones are `devices`."""

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
from server.core.permissions import Permission, require
from server.core.problems import NotFound
from server.core.visibility import scope_of

REVIEWERS_SHOWN = 200


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


def find_user(session: Session, user_id: uuid.UUID) -> User | None:
    """An account with its unit, whatever its state; who may know of it is the caller's question."""
    return queries.user_by_id(session, user_id)


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
    units = queries.departments(session, identity.path)
    return [{"id": unit.id, "name": unit.name, "short_name": unit.short_name} for unit in units]
