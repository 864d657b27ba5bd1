"""执法证: who may be an officer of an order on a day, and the register of the certificates with its history.

Nothing of a certificate is changed after it was entered (行政处罚法 42 wants to know who held one *then*):
a renewed one is another row, one that is taken away gets its last day and the reason once.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.accounts import errors, queries, rules
from server.accounts.models import OfficerCertificate, User
from server.core.clock import SHANGHAI
from server.core.identity import Identity, Role
from server.core.permissions import Permission, require
from server.core.problems import NotFound
from server.core.terms import Standing, may_end, overlap, standing


def officers(session: Session, organisation_id: uuid.UUID, now: datetime) -> list[dict[str, Any]]:
    """Open accounts of a unit with a certificate in force today (schema `OfficerSchema`), by name."""
    today = now.astimezone(SHANGHAI).date()
    return [
        {
            "id": row.User.id,
            "display_name": row.User.display_name,
            "certificate": row.OfficerCertificate.number,
            "valid_to": row.OfficerCertificate.valid_to,
        }
        for row in queries.certificates(session, User.organisation_id == organisation_id)
        if standing(row.OfficerCertificate, today) is Standing.IN_FORCE
        and rules.account_open(row.User.is_active, row.User.valid_until, now)
    ]


def list_officers(session: Session, identity: Identity, now: datetime) -> list[dict[str, Any]]:
    """Whom one can name on an order of one's own unit."""
    require(identity, Permission.NOTICE_ISSUE)
    assert identity.organisation_id is not None
    return officers(session, identity.organisation_id, now)


def listed(session: Session, identity: Identity, now: datetime) -> list[dict[str, Any]]:
    """All certificates that ever were (schema `CertificateSchema`), by unit and holder."""
    require(identity, Permission.USER_MANAGE)
    return _documents(session, now)


def enter(session: Session, identity: Identity, body: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Enter a certificate of an official. Raises `CertificateRefused`."""
    require(identity, Permission.USER_MANAGE)
    user = queries.user_locked(session, body["user_id"])
    if user is None:
        raise NotFound()
    _refuse(session, user, body["number"], body["valid_from"], body["valid_to"])
    row = OfficerCertificate(**body, author_id=identity.user_id, created_at=now)
    session.add(row)
    session.flush()
    return _documents(session, now, OfficerCertificate.id == row.id)[0]


def _refuse(session: Session, user: User, number: str, first: date, last: date | None) -> None:
    if Role(user.role) in rules.FIRM_ROLES:
        raise errors.CertificateRefused(reason="firm")
    if last is not None and last < first:
        raise errors.CertificateRefused(reason="backwards")
    if queries.namesakes(session, number, user.id):
        raise errors.CertificateRefused(reason="taken")
    held = queries.certificates(session, OfficerCertificate.user_id == user.id)
    if any(overlap(row.OfficerCertificate, first, last) for row in held):
        raise errors.CertificateRefused(reason="overlaps")


def end(
    session: Session, identity: Identity, certificate_id: uuid.UUID, body: dict[str, Any], now: datetime
) -> dict[str, Any]:
    """End a certificate before its term, once. Raises `CertificateEnded`, `CertificateEndRefused`."""
    require(identity, Permission.USER_MANAGE)
    row = queries.certificate_locked(session, certificate_id)
    if row is None:
        raise NotFound()
    if row.ended_on is not None:
        raise errors.CertificateEnded()
    if not may_end(row, body["ended_on"]):
        raise errors.CertificateEndRefused()
    row.ended_on, row.end_reason = body["ended_on"], body["reason"]
    row.ended_at, row.ended_by = now, identity.user_id
    session.flush()
    return _documents(session, now, OfficerCertificate.id == row.id)[0]


_TOLD = (
    *("id", "number", "valid_from", "valid_to", "note", "created_at"),
    *("ended_on", "ended_at", "end_reason"),
)


def _documents(session: Session, now: datetime, *where: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    today = now.astimezone(SHANGHAI).date()
    rows: Sequence[Any] = queries.certificates(session, *where)
    return [
        {name: getattr(row.OfficerCertificate, name) for name in _TOLD}
        | {
            "user": {"id": row.User.id, "name": row.User.display_name},
            "organisation": {"id": row.Organisation.id, "name": row.Organisation.name},
            "state": standing(row.OfficerCertificate, today).value,
            "author": row.author,
            "ended_by": row.ender,
        }
        for row in rows
    ]
