"""Rights are data on one page.

A permission is granted to a role together with a predicate over (identity, subject). Services call
`require`, so jobs, the command line and sync obey as well. Lists filter in SQL by the identity's
area path or firm; the predicates here say the same thing for one subject. `docs/permissions.md` is
printed from `GRANTS`, and a test fails when the two differ.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from server.core.identity import Identity, Role
from server.core.problems import Forbidden, NotFound


class Permission(StrEnum):
    """noun:verb. Each is checked in exactly one kind of use case."""

    PLACE_READ = "place:read"
    PLACE_IMPORT = "place:import"
    ROUND_READ = "round:read"
    ROUND_WALK = "round:walk"
    FINDING_READ = "finding:read"
    FINDING_OPEN = "finding:open"
    FINDING_TRIAGE = "finding:triage"
    FINDING_REVIEW = "finding:review"
    NOTICE_READ = "notice:read"
    NOTICE_ISSUE = "notice:issue"
    NOTICE_ISSUE_SPOT = "notice:issue_spot"
    NOTICE_SERVE = "notice:serve"
    NOTICE_LINK = "notice:link"
    NOTICE_ACKNOWLEDGE = "notice:acknowledge"
    NOTICE_ANSWER = "notice:answer"
    DOCUMENT_READ = "document:read"
    DOCUMENT_END = "document:end"
    DOCUMENT_CONFIGURE = "document:configure"
    CONSENT_GIVE = "consent:give"
    EXTENSION_REQUEST = "extension:request"
    EXTENSION_DECIDE = "extension:decide"
    OBJECTION_FILE = "objection:file"
    TRANSFER_READ = "transfer:read"
    TRANSFER_ANSWER = "transfer:answer"
    PROCEDURE_SET = "procedure:set"
    CALENDAR_IMPORT = "calendar:import"
    DEVICE_READ = "device:read"
    DEVICE_REVOKE = "device:revoke"
    OUTBOX_IMPORT = "outbox:import"
    ORIGINALS_RULE = "originals:rule"
    USER_MANAGE = "user:manage"
    MESSAGE_MANAGE = "message:manage"
    LADDER_READ = "ladder:read"
    LADDER_DECIDE = "ladder:decide"
    LADDER_EDIT = "ladder:edit"
    LISTING_REPORT = "listing:report"


class Subject(Protocol):
    """What a right is about: where it lies and whose it is."""

    @property
    def path(self) -> str | None: ...
    @property
    def firm_id(self) -> uuid.UUID | None: ...


Predicate = Callable[[Identity, Subject | None], bool]


def anywhere(identity: Identity, subject: Subject | None) -> bool:
    """No limit."""
    return True


def in_area(identity: Identity, subject: Subject | None) -> bool:
    """The subject lies in the identity's area or below it."""
    if subject is None:
        return identity.path is not None
    if identity.path is None or subject.path is None:
        return False
    return subject.path == identity.path or subject.path.startswith(identity.path + ".")


def own_firm(identity: Identity, subject: Subject | None) -> bool:
    """The subject is addressed to, or managed by, the identity's firm."""
    if subject is None:
        return identity.firm_id is not None
    return identity.firm_id is not None and subject.firm_id == identity.firm_id


def linked_notice(identity: Identity, subject: Subject | None) -> bool:
    """The subject is the one notice that a link opens, or lies under it."""
    if subject is None:
        return identity.notice_id is not None
    own = (getattr(subject, "notice_id", None), getattr(subject, "id", None))
    return identity.notice_id is not None and identity.notice_id in own


def transferred_to(identity: Identity, subject: Subject | None) -> bool:
    """The subject was handed to the identity's department (移送)."""
    if subject is None:
        return identity.organisation_id is not None
    held = getattr(subject, "department_id", None)
    return identity.organisation_id is not None and held == identity.organisation_id


def shared_with(identity: Identity, subject: Subject | None) -> bool:
    """The subject is a paper of the identity's own unit, or about a case handed to that unit."""
    if subject is None:
        return identity.organisation_id is not None
    own = getattr(subject, "organisation_id", None) == identity.organisation_id
    held = identity.organisation_id in getattr(subject, "department_ids", ())
    return identity.organisation_id is not None and (own or held)


R, P = Role, Permission
GRANTS: dict[Permission, dict[Role, Predicate]] = {
    P.PLACE_READ: {
        R.INSPECTOR: in_area,
        R.SUPERVISOR: in_area,
        R.LEGAL: in_area,
        R.DEPARTMENT: in_area,
        R.OBSERVER: in_area,
        R.ADMINISTRATOR: in_area,
        R.FIRM_HANDLER: own_firm,
        R.FIRM_MANAGER: own_firm,
    },
    P.PLACE_IMPORT: {R.ADMINISTRATOR: in_area},
    P.ROUND_READ: {R.INSPECTOR: in_area, R.SUPERVISOR: in_area, R.ADMINISTRATOR: in_area},
    P.ROUND_WALK: {R.INSPECTOR: in_area, R.SUPERVISOR: in_area},
    P.FINDING_READ: {
        R.INSPECTOR: in_area,
        R.SUPERVISOR: in_area,
        R.LEGAL: in_area,
        R.DEPARTMENT: transferred_to,
        R.OBSERVER: in_area,
        R.ADMINISTRATOR: in_area,
        R.FIRM_HANDLER: own_firm,
        R.FIRM_MANAGER: own_firm,
        R.FIRM_LINK: linked_notice,
    },
    P.FINDING_OPEN: {R.INSPECTOR: in_area, R.SUPERVISOR: in_area},
    P.FINDING_TRIAGE: {R.SUPERVISOR: in_area},
    P.FINDING_REVIEW: {R.INSPECTOR: in_area, R.SUPERVISOR: in_area},
    P.NOTICE_READ: {
        R.INSPECTOR: in_area,
        R.SUPERVISOR: in_area,
        R.LEGAL: in_area,
        R.ADMINISTRATOR: in_area,
        R.FIRM_HANDLER: own_firm,
        R.FIRM_MANAGER: own_firm,
        R.FIRM_LINK: linked_notice,
    },
    P.NOTICE_ISSUE: {R.SUPERVISOR: in_area},
    P.NOTICE_ISSUE_SPOT: {R.INSPECTOR: in_area, R.SUPERVISOR: in_area},
    P.NOTICE_SERVE: {R.INSPECTOR: in_area, R.SUPERVISOR: in_area},
    P.NOTICE_LINK: {R.INSPECTOR: in_area, R.SUPERVISOR: in_area},
    P.NOTICE_ACKNOWLEDGE: {
        R.FIRM_HANDLER: own_firm,
        R.FIRM_MANAGER: own_firm,
        R.FIRM_LINK: linked_notice,
    },
    P.NOTICE_ANSWER: {R.FIRM_HANDLER: own_firm, R.FIRM_MANAGER: own_firm, R.FIRM_LINK: linked_notice},
    P.CONSENT_GIVE: {R.SUPERVISOR: in_area, R.FIRM_HANDLER: own_firm, R.FIRM_MANAGER: own_firm},
    P.EXTENSION_REQUEST: {R.FIRM_HANDLER: own_firm, R.FIRM_MANAGER: own_firm},
    P.EXTENSION_DECIDE: {R.SUPERVISOR: in_area},
    P.OBJECTION_FILE: {R.FIRM_HANDLER: own_firm, R.FIRM_MANAGER: own_firm},
    P.TRANSFER_READ: {
        R.INSPECTOR: in_area,
        R.SUPERVISOR: in_area,
        R.LEGAL: in_area,
        R.ADMINISTRATOR: in_area,
        R.DEPARTMENT: transferred_to,
    },
    P.TRANSFER_ANSWER: {R.DEPARTMENT: transferred_to},
    P.PROCEDURE_SET: {R.ADMINISTRATOR: anywhere},
    P.DOCUMENT_READ: {
        R.INSPECTOR: in_area,
        R.SUPERVISOR: in_area,
        R.LEGAL: in_area,
        R.DEPARTMENT: shared_with,
        R.ADMINISTRATOR: in_area,
        R.FIRM_HANDLER: own_firm,
        R.FIRM_MANAGER: own_firm,
    },
    P.DOCUMENT_END: {R.SUPERVISOR: in_area, R.LEGAL: in_area},
    P.DOCUMENT_CONFIGURE: {R.ADMINISTRATOR: anywhere},
    P.CALENDAR_IMPORT: {R.ADMINISTRATOR: anywhere},
    P.DEVICE_READ: {R.SUPERVISOR: in_area, R.ADMINISTRATOR: anywhere},
    P.DEVICE_REVOKE: {R.SUPERVISOR: in_area, R.ADMINISTRATOR: anywhere},
    P.OUTBOX_IMPORT: {R.SUPERVISOR: in_area, R.ADMINISTRATOR: anywhere},
    P.ORIGINALS_RULE: {R.ADMINISTRATOR: anywhere},
    P.USER_MANAGE: {R.ADMINISTRATOR: anywhere},
    P.MESSAGE_MANAGE: {R.ADMINISTRATOR: anywhere},
    P.LADDER_READ: {
        R.SUPERVISOR: in_area,
        R.LEGAL: in_area,
        R.ADMINISTRATOR: in_area,
        R.FIRM_HANDLER: own_firm,
        R.FIRM_MANAGER: own_firm,
    },
    P.LADDER_DECIDE: {R.SUPERVISOR: in_area},
    P.LADDER_EDIT: {R.ADMINISTRATOR: anywhere},
    P.LISTING_REPORT: {R.FIRM_HANDLER: own_firm, R.FIRM_MANAGER: own_firm},
}


def allowed(identity: Identity, permission: Permission, subject: Subject | None = None) -> bool:
    """Whether `identity` may do `permission` to `subject` (None: to anything at all)."""
    if identity.role is Role.SYSTEM:
        return True
    predicate = GRANTS[permission].get(identity.role)
    return predicate is not None and predicate(identity, subject)


def require(identity: Identity, permission: Permission, subject: Subject | None = None) -> None:
    """Raise `Forbidden` unless allowed."""
    if not allowed(identity, permission, subject):
        raise Forbidden(permission=permission.value)


def require_visible(identity: Identity, permission: Permission, subject: Subject | None) -> None:
    """Raise `NotFound` for what is absent or invisible: a stranger learns nothing from the answer."""
    if subject is None or not allowed(identity, permission, subject):
        raise NotFound()


def matrix() -> str:
    """The rights as a Markdown table: permissions down, roles across, predicate names in the cells."""
    roles = [role for role in Role if role is not Role.SYSTEM]
    lines = ["| permission | " + " | ".join(role.value for role in roles) + " |"]
    lines.append("|---" * (len(roles) + 1) + "|")
    for permission, grants in GRANTS.items():
        cells = [grants[role].__name__ if role in grants else "·" for role in roles]
        lines.append(f"| `{permission.value}` | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
