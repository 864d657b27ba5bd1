"""Use cases of signing in: who is asking, opening and ending a session, passwords.

A session is opaque: the cookie holds 32 random bytes, the database only their SHA-256. It slides for
30 days, is never rotated (one answer lost in the field would lock the phone out), and ends with its
device. A failed sign-in is written before the password is looked at and taken back when it was right,
so that attempts sent side by side are counted as well.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app, g, request
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from server.accounts import devices, errors, queries, rules
from server.accounts.models import Device, SignInFailure, SignInSession, User
from server.core import clock
from server.core.config import Settings
from server.core.db import db
from server.core.identity import Identity, Role
from server.core.own_transaction import own_transaction

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""argon2id with OWASP's minimum: 19 MiB and two passes, about 30 ms."""

_HASHING = threading.BoundedSemaphore(4)
"""At most four hashes at once: with a thread for every phone, memory would otherwise be the limit."""

TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session: the token for the cookie, whose it is, and when it ends without use."""

    token: str
    identity: Identity
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """What a valid cookie says: who asks, until when, and whether a revoked phone has sent everything."""

    identity: Identity
    expires_at: datetime
    drained: bool


def cookie_name(secure: bool) -> str:
    """The session cookie's name; `__Host-` makes browsers insist on https, path / and no domain."""
    return "__Host-xunjian_session" if secure else "xunjian_session"


def token_hash(token: str) -> bytes:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode()).digest()


def hash_password(password: str) -> str:
    """An argon2id hash. A seed may give one hash to many accounts to save 30 ms each."""
    with _HASHING:
        return HASHER.hash(password)


@cache
def _nobody() -> str:
    """A hash to try for unknown names, so that they take as long as known ones."""
    return HASHER.hash(secrets.token_urlsafe(16))


def password_fits(password_hash: str, password: str) -> bool:
    """Whether `password` belongs to `password_hash`; a broken hash fits nothing."""
    with _HASHING:
        try:
            return HASHER.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


def load_identity() -> None:
    """Before each request: put the signed-in person into `flask.g.identity`, or None.

    Only the API asks who somebody is; the shell and public pages load with any cookie. The lookup has a
    connection of its own, so that none is held while a slow phone still sends its body, and the renewal a
    transaction of its own, so that a read can renew the session although only unsafe methods commit.
    """
    g.identity = None
    settings: Settings = current_app.extensions["settings"]
    token = request.cookies.get(cookie_name(settings.secure))
    if not token or not request.path.startswith("/api/"):
        return
    known = identify(token, clock.now(), settings.session_days)
    if known is None:
        return
    sealed = known.identity.sealed_at is not None
    if sealed and not rules.passes_sealed(request.method, request.path, known.drained):
        raise errors.DeviceRevoked(orders=[devices.UPLOAD_AND_WIPE])
    # A queue belongs to its user: what an old tab sends must not be taken for whoever has signed in since.
    named = request.headers.get("X-Xunjian-User")
    if named is not None and named != str(known.identity.user_id):
        raise errors.OtherUser()
    g.identity, g.session_expires_at = known.identity, known.expires_at


def identify(token: str, now: datetime, days: int) -> Known | None:
    """Who holds `token`, or None where the session is unknown, over, or its account closed.

    Renews the session for `days` more, at most once an hour.
    """
    sha256 = token_hash(token)
    row = queries.session_row(db.engine, sha256)
    if row is None or not rules.session_alive(row.expires_at, row.ended_at, now):
        return None
    if not rules.account_open(row.is_active, row.valid_until, now):
        return None
    expires_at = row.expires_at
    if rules.slides(row.last_used_at, now) and row.revoked_at is None:
        expires_at = now + timedelta(days=days)
        _renew(sha256, row.device_id, now, expires_at)
    identity = Identity(
        user_id=row.id,
        username=row.username,
        display_name=row.display_name,
        role=Role(row.role),
        organisation_id=row.organisation_id,
        organisation_name=row.organisation_name,
        path=row.path,
        firm_id=row.firm_id,
        device_id=row.device_id,
        session_sha256=sha256,
        sealed_at=row.revoked_at,
    )
    return Known(identity, expires_at, row.drained_at is not None)


def _renew(sha256: bytes, device_id: uuid.UUID, now: datetime, expires_at: datetime) -> None:
    with own_transaction() as own:
        own.execute(
            sa.update(SignInSession)
            .where(SignInSession.token_sha256 == sha256)
            .values(last_used_at=now, expires_at=expires_at)
        )
        own.execute(sa.update(Device).where(Device.id == device_id).values(last_seen_at=now))


def sign_in(
    session: Session, body: dict[str, Any], address: str, now: datetime, settings: Settings
) -> SignedIn:
    """Check name and password and open a session on the phone's device.

    `body` is a loaded `SignInSchema`. Raises `Throttled`, `BadCredentials`, `AccountClosed`,
    `DeviceTaken` or `DeviceRevoked`. `session` is first used once the password was right, so that no
    connection is held while hashing.
    """
    username = rules.normalise_username(body["username"])
    attempt = _count_attempt(username, address, now, settings)
    with own_transaction() as own:
        user = queries.user_by_name(own, username)
        own.expunge_all()
    fits = password_fits(user.password_hash if user else _nobody(), body["password"])
    if user is None or not fits:
        raise errors.BadCredentials()
    _forget_attempts(attempt, username, address)
    if not rules.account_open(user.is_active, user.valid_until, now):
        raise errors.AccountClosed()
    device = _use_device(session, user.id, body["device"], now)
    return _open_session(session, user, device, now, now + timedelta(days=settings.session_days))


def _count_attempt(username: str, address: str, now: datetime, settings: Settings) -> int:
    """Write the attempt down as failed and return its id; raises `Throttled` where there were too many."""
    window = timedelta(minutes=settings.sign_in_window_minutes)
    limits = {"username": settings.sign_in_failures, "address": rules.FAILURES_PER_ADDRESS}
    with own_transaction() as own:
        for key in sorted((f"name {username}", f"address {address}")):
            own.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(key, 0))))
        wait = 0
        for key, value in (("username", username), ("address", address)):
            failures = queries.failures_since(own, now - window, **{key: value})
            wait = max(wait, rules.retry_after(failures, limits[key], window, now))
        if wait:
            raise errors.Throttled(retry_after=wait)
        attempt = SignInFailure(username=username, address=address, at=now)
        own.add(attempt)
        own.flush()
        return attempt.id


def _forget_attempts(attempt: int, username: str, address: str) -> None:
    """A right password clears this name at this address, not what others tried elsewhere."""
    with own_transaction() as own:
        here = (SignInFailure.username == username) & (SignInFailure.address == address)
        own.execute(sa.delete(SignInFailure).where((SignInFailure.id == attempt) | here))


def _use_device(session: Session, user_id: uuid.UUID, sent: dict[str, Any], now: datetime) -> Device:
    # Made first and then read under a lock, since one phone may sign in twice at the same moment.
    values = {"id": sent["id"], "user_id": user_id, "first_seen_at": now, "last_seen_at": now}
    values |= {"label": sent["label"], "app_version": sent["app_version"]}
    session.execute(insert(Device).values(values).on_conflict_do_nothing())
    device = queries.device_locked(session, sent["id"])
    if device.user_id != user_id:
        raise errors.DeviceTaken()
    if device.revoked_at is not None:
        raise errors.DeviceRevoked(orders=[devices.UPLOAD_AND_WIPE])
    device.label, device.app_version, device.last_seen_at = sent["label"], sent["app_version"], now
    session.flush()
    return device


def _open_session(
    session: Session, user: User, device: Device, now: datetime, expires_at: datetime
) -> SignedIn:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    sha256 = token_hash(token)
    session.add(
        SignInSession(
            token_sha256=sha256,
            user_id=user.id,
            device_id=device.id,
            created_at=now,
            last_used_at=now,
            expires_at=expires_at,
        )
    )
    session.flush()
    return SignedIn(token, identity_of(user, device.id, sha256), expires_at)


def identity_of(user: User, device_id: uuid.UUID | None = None, sha256: bytes | None = None) -> Identity:
    """The identity of an account whose unit is loaded; seeds and the command line act through it."""
    return Identity(
        user_id=user.id,
        username=user.username,
        display_name=user.display_name,
        role=Role(user.role),
        organisation_id=user.organisation_id,
        organisation_name=user.organisation.name,
        path=user.path,
        firm_id=user.firm_id,
        device_id=device_id,
        session_sha256=sha256,
    )


def sign_out(session: Session, identity: Identity | None, now: datetime) -> None:
    """End the session of this cookie; harmless where there is none."""
    if identity is None or identity.session_sha256 is None:
        return
    session.execute(
        sa.update(SignInSession)
        .where(SignInSession.token_sha256 == identity.session_sha256, SignInSession.ended_at.is_(None))
        .values(ended_at=now)
    )


def demo_password_in_use(session: Session) -> bool:
    """Whether an account still has the demo password; a production start refuses to run then."""
    return any(password_fits(found, rules.DEMO_PASSWORD) for found in queries.suspect_hashes(session))


def purge(session: Session, now: datetime, keep: timedelta = timedelta(days=180)) -> None:
    """Drop old failures, and sessions that ended long ago (网络安全法 23: logs stay six months)."""
    session.execute(sa.delete(SignInFailure).where(SignInFailure.at < now - keep))
    session.execute(sa.delete(SignInSession).where(SignInSession.expires_at < now - keep))
