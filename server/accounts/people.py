"""Who is to be told or asked: the open accounts that answer for an area, a firm or a department."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from server.accounts import queries
from server.core.clock import SHANGHAI
from server.core.identity import Role


@dataclass(frozen=True, slots=True)
class Person:
    """Enough of an account to address it."""

    id: uuid.UUID
    role: Role
    path: str | None


def supervisors(session: Session, path: str, now: datetime) -> list[Person]:
    """All supervisors whose area covers `path`, nearest area first."""
    return _people(queries.covering(session, path, Role.SUPERVISOR, _today(now)))


def nearest_supervisors(session: Session, path: str, now: datetime) -> list[Person]:
    """Of the supervisors who cover `path`, those of the smallest area."""
    found = supervisors(session, path, now)
    return [person for person in found if person.path == found[0].path]


def of_firm(session: Session, firm_id: uuid.UUID, now: datetime) -> list[Person]:
    """The firm's handlers and managers."""
    return _people(queries.of_firm(session, firm_id, _today(now)))


def of_unit(session: Session, organisation_id: uuid.UUID, now: datetime) -> list[Person]:
    """Everybody of one unit."""
    return _people(queries.of_unit(session, organisation_id, _today(now)))


def named(session: Session, user_ids: Sequence[uuid.UUID], now: datetime) -> list[Person]:
    """These accounts, as far as they are open."""
    return _people(queries.named(session, user_ids, _today(now)))


def administrators(session: Session, now: datetime) -> list[Person]:
    """Whoever runs the deployment."""
    return _people(queries.with_role(session, Role.ADMINISTRATOR, _today(now)))


def _today(now: datetime) -> date:
    return now.astimezone(SHANGHAI).date()


def _people(rows: Sequence[tuple[uuid.UUID, str, str | None]]) -> list[Person]:
    return [Person(user_id, Role(role), path) for user_id, role, path in rows]
