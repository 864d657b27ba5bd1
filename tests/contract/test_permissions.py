"""`docs/permissions.md` says what the server does: printed from the rights, never written by hand.

To bring it up to date: `UPDATE_DOCS=1 pytest tests/contract/test_permissions.py`.
"""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest

from server.core.identity import SYSTEM, Identity, Role
from server.core.permissions import (
    GRANTS,
    Permission,
    allowed,
    anywhere,
    in_area,
    matrix,
    own_firm,
    require,
    require_visible,
)
from server.core.problems import Forbidden, NotFound
from server.core.visibility import EVERYTHING, NOTHING, Scope, scope_of

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "permissions.md"
HEAD = """# Who may do what

Printed from `GRANTS` in `server/core/permissions.py` by `tests/contract/test_permissions.py`.

* `in_area`: the thing lies in the account's area or below it.
* `own_firm`: the thing belongs or is addressed to the account's firm.
* `transferred_to`: the thing was handed to the account's department (移送).
* `shared_with`: the paper is of the account's own unit, or about a case handed to that unit.
* `linked_notice`: the one notice that a one-time link opens, and what lies under it.
* `anywhere`: no limit.
* `·`: not at all. What one may not see is answered with 404, what one sees but may not do with 403.

"""
FIRM, UNIT = uuid.UUID(int=1), uuid.UUID(int=3)


@dataclass
class Thing:
    path: str | None = None
    firm_id: uuid.UUID | None = None
    organisation_id: uuid.UUID | None = None
    department_id: uuid.UUID | None = None

    @property
    def department_ids(self) -> list[uuid.UUID]:
        return [self.department_id] if self.department_id else []


def _identity(
    role: Role, path: str | None = None, firm_id: uuid.UUID | None = None, unit: uuid.UUID | None = None
) -> Identity:
    return Identity(uuid.UUID(int=2), "x", "某", role, organisation_id=unit, path=path, firm_id=firm_id)


def test_the_printed_rights_are_current() -> None:
    text = HEAD + matrix()
    if os.environ.get("UPDATE_DOCS"):
        DOCUMENT.write_text(text, encoding="utf-8")
    assert DOCUMENT.read_text(encoding="utf-8") == text, "stale: UPDATE_DOCS=1 pytest tests/contract"


def test_every_permission_is_granted_to_somebody_and_none_to_the_system_by_name() -> None:
    assert set(GRANTS) == set(Permission)
    for grants in GRANTS.values():
        assert grants
        assert Role.SYSTEM not in grants


@pytest.mark.parametrize(
    ("path", "inside"),
    [("1.2", True), ("1.2.3", True), ("1", False), ("1.3", False), ("1.22", False), (None, False)],
)
def test_an_area_holds_itself_and_what_is_below(path: str | None, inside: bool) -> None:
    assert in_area(_identity(Role.INSPECTOR, "1.2"), Thing(path)) is inside


def test_without_an_area_or_a_firm_nothing_is_allowed() -> None:
    nobody = _identity(Role.INSPECTOR)
    assert not in_area(nobody, Thing("1.2"))
    assert not in_area(nobody, None)
    assert not own_firm(nobody, Thing(firm_id=None))
    assert not own_firm(nobody, None)
    assert own_firm(_identity(Role.FIRM_HANDLER, firm_id=FIRM), Thing(firm_id=FIRM))
    assert anywhere(nobody, None)


def test_visible_but_forbidden_differs_from_invisible() -> None:
    observer = _identity(Role.OBSERVER, "1.2")
    with pytest.raises(Forbidden):
        require(observer, Permission.FINDING_OPEN, Thing("1.2.3"))
    with pytest.raises(NotFound):
        require_visible(observer, Permission.FINDING_READ, Thing("1.3"))
    with pytest.raises(NotFound):
        require_visible(observer, Permission.FINDING_READ, None)
    require_visible(observer, Permission.FINDING_READ, Thing("1.2.3"))


@pytest.mark.parametrize("permission", Permission)
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SYSTEM])
def test_lists_and_single_things_agree(role: Role, permission: Permission) -> None:
    """What the SQL filter lets through is what the predicate allows."""
    firm_id = FIRM if role in (Role.FIRM_HANDLER, Role.FIRM_MANAGER) else None
    who = _identity(role, None if firm_id else "1.2", firm_id, UNIT)
    things = [Thing("1.2.3", FIRM), Thing("1.3", FIRM), Thing("1.2", uuid.UUID(int=9)), Thing(None, None)]
    things += [Thing("1.2.3", department_id=UNIT), Thing("1.3", organisation_id=UNIT)]
    scope = scope_of(who, permission)
    own = permission is Permission.DOCUMENT_READ  # what a department issued itself
    assert [_in_scope(scope, thing, own) for thing in things] == [allowed(who, permission, t) for t in things]


def _in_scope(scope: Scope, thing: Thing, own: bool) -> bool:
    if scope.department_id is not None:
        return scope.department_id in (thing.department_id, thing.organisation_id if own else None)
    if scope.everything:
        return True
    if scope.path is not None:
        return thing.path is not None and (thing.path + ".").startswith(scope.path + ".")
    return scope.firm_id is not None and thing.firm_id == scope.firm_id


def test_the_system_sees_everything_and_a_firm_nothing_without_its_column() -> None:
    assert scope_of(SYSTEM, Permission.FINDING_READ) == EVERYTHING
    assert scope_of(_identity(Role.OBSERVER), Permission.NOTICE_ANSWER) == NOTHING
    firm = scope_of(_identity(Role.FIRM_MANAGER, firm_id=FIRM), Permission.NOTICE_ANSWER)
    assert firm == Scope(firm_id=FIRM)
    assert str(firm.clause("path")) == "false"
