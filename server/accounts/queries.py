"""Every SELECT of the feature. Visibility is an argument without default."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload

from server.accounts.models import (
    Device,
    OfficerCertificate,
    Organisation,
    OrganisationKind,
    OriginalsRule,
    SignInFailure,
    User,
)
from server.accounts.rules import DEMO_USERNAMES, REVIEWER_ROLES
from server.core.db import Ltree
from server.core.identity import Role
from server.core.prepared import Kept
from server.core.visibility import Scope


def session_row(bind: sa.Engine | sa.Connection, token_sha256: bytes) -> Any | None:
    """One row that decides who asks: the session, its account and unit, and its device."""
    return _SESSION.row_alone(bind, token_sha256=token_sha256)


# Text, built once: every request asks this, and putting it together took three times as long as running it.
_ORIGINALS_RULE_LOCK = 0x6F726967696E

_SESSION = Kept("""
    SELECT s.expires_at, s.ended_at, s.last_used_at, s.device_id, d.revoked_at, d.drained_at,
        u.id, u.username, u.display_name, u.role, u.path, u.firm_id, u.is_active, u.valid_until,
        u.organisation_id, o.name AS organisation_name
    FROM sign_in_session s
    JOIN user_account u ON u.id = s.user_id
    JOIN organisation o ON o.id = u.organisation_id
    JOIN device d ON d.id = s.device_id
    WHERE s.token_sha256 = :token_sha256
""")


def user_by_name(session: Session, username: str) -> User | None:
    """An account with its unit; `username` in its normal spelling."""
    query = sa.select(User).options(joinedload(User.organisation)).where(User.username == username)
    return session.scalars(query).one_or_none()


def user_by_id(session: Session, user_id: uuid.UUID) -> User | None:
    """An account with its unit."""
    query = sa.select(User).options(joinedload(User.organisation)).where(User.id == user_id)
    return session.scalars(query).one_or_none()


def device_locked(session: Session, device_id: uuid.UUID) -> Device:
    """A device row that exists, locked until the transaction ends."""
    return session.scalars(sa.select(Device).where(Device.id == device_id).with_for_update()).one()


def failures_since(session: Session, since: datetime, **key: str) -> list[datetime]:
    """Times of failed sign-ins for one `username` or one `address`."""
    query = sa.select(SignInFailure.at).filter_by(**key).where(SignInFailure.at > since)
    return list(session.scalars(query))


def devices(
    session: Session, scope: Scope, after: tuple[datetime, uuid.UUID] | None, limit: int, only_trouble: bool
) -> Sequence[tuple[Device, User]]:
    """Devices of the accounts in scope with their owners, most recent contact first, from `after` on."""
    query = (
        sa.select(Device, User)
        .join(User, User.id == Device.user_id)
        .options(joinedload(User.organisation))
        .where(scope.clause(User.path, User.firm_id))
        .order_by(Device.last_seen_at.desc(), Device.id.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(sa.tuple_(Device.last_seen_at, Device.id) < sa.tuple_(*map(sa.literal, after)))
    if only_trouble:
        query = query.where(sa.or_(Device.gap.is_not(None), Device.unsent_count > 0))
    return [(row[0], row[1]) for row in session.execute(query)]


def device_with_owner(session: Session, device_id: uuid.UUID) -> tuple[Device, User] | None:
    """A device and whose it is."""
    query = sa.select(Device, User).join(User, User.id == Device.user_id).where(Device.id == device_id)
    query = query.options(joinedload(User.organisation))
    row = session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])


def users_page(session: Session, scope: Scope, after: str | None, limit: int) -> Sequence[User]:
    """Accounts in scope by name, `limit` from the one after `after`."""
    query = (
        sa.select(User)
        .options(joinedload(User.organisation))
        .where(scope.clause(User.path, User.firm_id))
        .order_by(User.username)
        .limit(limit)
    )
    return session.scalars(query if after is None else query.where(User.username > after)).all()


def reviewers(session: Session, scope: Scope, path: str, limit: int) -> Sequence[User]:
    """Open accounts within `scope` whose area covers `path` and who may re-check, nearest area first."""
    here = sa.cast(path, Ltree())
    query = (
        sa.select(User)
        .join(User.organisation)
        .options(contains_eager(User.organisation))
        .where(
            scope.clause(User.path, User.firm_id),
            User.role.in_([role.value for role in REVIEWER_ROLES]),
            here.op("<@", is_comparison=True)(User.path),
            User.is_active,
        )
        .order_by(sa.func.nlevel(User.path).desc(), User.username)
        .limit(limit)
    )
    return session.scalars(query).all()


def departments(session: Session, path: str | None) -> Sequence[Organisation]:
    """Departments of the areas above or below `path` (None: of all), by name."""
    query = sa.select(Organisation).where(Organisation.kind == OrganisationKind.DEPARTMENT)
    if path is not None:
        here = sa.cast(path, Ltree())
        query = query.where(
            sa.or_(
                Organisation.path.is_(None),
                here.op("<@", is_comparison=True)(Organisation.path),
                here.op("@>", is_comparison=True)(Organisation.path),
            )
        )
    return session.scalars(query.order_by(Organisation.name)).all()


def suspect_hashes(session: Session) -> Sequence[str]:
    """Password hashes worth trying against the demo password.

    Trying all would take 30 ms each. Salted hashes are equal only where a seed re-used one, so those
    shared by several accounts are enough, and those of the demo names.
    """
    shared = sa.select(User.password_hash).group_by(User.password_hash).having(sa.func.count() > 1)
    named = sa.select(User.password_hash).where(User.username.in_(DEMO_USERNAMES))
    return session.scalars(shared.union(named)).all()


def _open_people(
    today: date, *where: sa.ColumnElement[bool]
) -> sa.Select[tuple[uuid.UUID, Role, str | None]]:
    """Open accounts that fit, as (id, role, area path)."""
    return sa.select(User.id, User.role, User.path).where(
        *where, User.is_active, sa.or_(User.valid_until.is_(None), User.valid_until >= today)
    )


def covering(session: Session, path: str, role: Role, today: date) -> Sequence[Any]:
    """Open accounts of a role whose area covers `path`, smallest area first."""
    here = sa.cast(path, Ltree())
    query = _open_people(today, User.role == role, here.op("<@", is_comparison=True)(User.path))
    return session.execute(query.order_by(sa.func.nlevel(User.path).desc(), User.id)).all()


def of_firm(session: Session, firm_id: uuid.UUID, today: date) -> Sequence[Any]:
    """Open accounts of a firm."""
    return session.execute(_open_people(today, User.firm_id == firm_id).order_by(User.id)).all()


def of_unit(session: Session, organisation_id: uuid.UUID, today: date) -> Sequence[Any]:
    """Open accounts of a unit."""
    return session.execute(
        _open_people(today, User.organisation_id == organisation_id).order_by(User.id)
    ).all()


def named(session: Session, user_ids: Sequence[uuid.UUID], today: date) -> Sequence[Any]:
    """Those of these accounts that are open."""
    return session.execute(_open_people(today, User.id.in_(user_ids)).order_by(User.id)).all()


def with_role(session: Session, role: Role, today: date) -> Sequence[Any]:
    """All open accounts of a role."""
    return session.execute(_open_people(today, User.role == role).order_by(User.id)).all()


def counted_devices(session: Session) -> Sequence[tuple[Device, str]]:
    """Devices whose phones keep totals of their work, with their owners' names."""
    query = sa.select(Device, User.username).join(User, User.id == Device.user_id)
    rows = session.execute(query.where(Device.counted_at.is_not(None)).order_by(User.username, Device.id))
    return [(row[0], row[1]) for row in rows]


def certificates(session: Session, *where: sa.ColumnElement[bool]) -> Sequence[sa.Row[Any]]:
    """Certificates that fit with holder, unit and the names of who entered and ended them.

    By unit and holder, newest term first.
    """
    author, ender = sa.orm.aliased(User), sa.orm.aliased(User)
    query = (
        sa.select(
            OfficerCertificate,
            User,
            Organisation,
            author.display_name.label("author"),
            ender.display_name.label("ender"),
        )
        .join(User, User.id == OfficerCertificate.user_id)
        .join(Organisation, Organisation.id == User.organisation_id)
        .outerjoin(author, author.id == OfficerCertificate.author_id)
        .outerjoin(ender, ender.id == OfficerCertificate.ended_by)
        .where(*where)
        .order_by(
            Organisation.name,
            User.display_name,
            User.id,
            OfficerCertificate.valid_from.desc(),
            OfficerCertificate.id.desc(),
        )
    )
    return session.execute(query).all()


def certificate_locked(session: Session, certificate_id: uuid.UUID) -> OfficerCertificate | None:
    """One certificate, so that two who end it wait for each other."""
    query = sa.select(OfficerCertificate).where(OfficerCertificate.id == certificate_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def user_locked(session: Session, user_id: uuid.UUID) -> User | None:
    """One account, so that two who give it a certificate wait for each other."""
    return session.scalars(sa.select(User).where(User.id == user_id).with_for_update(of=User)).one_or_none()


def namesakes(session: Session, number: str, user_id: uuid.UUID) -> bool:
    """Whether somebody else has a certificate of this number."""
    query = sa.select(OfficerCertificate.id).where(
        OfficerCertificate.number == number, OfficerCertificate.user_id != user_id
    )
    return session.scalars(query.limit(1)).first() is not None


def lock_originals_rule(session: Session) -> None:
    """Let one editor at a time make the next version, until the transaction ends."""
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(_ORIGINALS_RULE_LOCK)))


def originals_rules(session: Session, limit: int) -> Sequence[OriginalsRule]:
    """The newest versions, newest first."""
    newest = sa.select(OriginalsRule).order_by(OriginalsRule.no.desc()).limit(limit)
    return session.scalars(newest).all()
