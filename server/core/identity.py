"""Who is acting: a plain value that services take as an argument.

`SYSTEM` acts for sweeps and migrations. Nothing here knows how an identity was proven.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask import g

from server.core.problems import SignInRequired


class Role(StrEnum):
    """The eight kinds of accounts, the holder of a one-time link, and the system itself."""

    INSPECTOR = "inspector"
    SUPERVISOR = "supervisor"
    LEGAL = "legal"
    FIRM_HANDLER = "firm_handler"
    FIRM_MANAGER = "firm_manager"
    DEPARTMENT = "department"
    ADMINISTRATOR = "administrator"
    OBSERVER = "observer"
    FIRM_LINK = "firm_link"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Identity:
    """An account in action. `path` is the area scope (ltree) or None; `firm_id` binds firm accounts."""

    user_id: uuid.UUID | None
    username: str
    display_name: str
    role: Role
    organisation_id: uuid.UUID | None = None
    organisation_name: str = ""
    path: str | None = None
    firm_id: uuid.UUID | None = None
    device_id: uuid.UUID | None = None
    session_sha256: bytes | None = None
    sealed_at: datetime | None = None
    """When the phone was revoked: only what was captured before may still be delivered from it."""
    link_id: uuid.UUID | None = None
    """The one-time link through which somebody without an account acts; `notice_id` is all it opens."""
    notice_id: uuid.UUID | None = None

    @property
    def is_firm(self) -> bool:
        return self.role in (Role.FIRM_HANDLER, Role.FIRM_MANAGER, Role.FIRM_LINK)


SYSTEM = Identity(user_id=None, username="system", display_name="系统", role=Role.SYSTEM)


def current_identity() -> Identity:
    """The signed-in person of this request; raises `SignInRequired`."""
    identity: Identity | None = g.get("identity")
    if identity is None:
        raise SignInRequired()
    return identity
