"""The visibility filter of lists: the same words as `permissions.GRANTS`, said in SQL.

Queries take a `Scope` as an argument without default, so that nobody can forget it: a query that was
written without thinking of who asks does not run.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from server.core import permissions
from server.core.db import Ltree
from server.core.identity import Identity, Role
from server.core.permissions import GRANTS, Permission


@dataclass(frozen=True, slots=True)
class Scope:
    """Which rows somebody may see: everything, an area and what lies below, a firm's, one notice and what
    lies under it, what was handed to a department, or nothing."""

    everything: bool = False
    path: str | None = None
    firm_id: uuid.UUID | None = None
    notice_id: uuid.UUID | None = None
    department_id: uuid.UUID | None = None

    @property
    def by_holder(self) -> bool:
        """Whether it is drawn by whose a row is, not by where it lies: what areas add up does not hold."""
        return self.firm_id is not None or self.department_id is not None

    def clause(
        self,
        path_column: Any,
        firm_column: Any | None = None,
        department_column: Any | None = None,
        notice_column: Any | None = None,
    ) -> sa.ColumnElement[bool]:
        """The WHERE clause over a row's area path and, where rows have one, its firm, department or notice.

        A scope over rows without its column matches nothing.
        """
        if self.everything:
            return sa.true()
        if self.path is not None:
            below: sa.ColumnElement[bool] = sa.type_coerce(path_column, Ltree()).descendant_of(self.path)
            return below
        if self.firm_id is not None and firm_column is not None:
            own: sa.ColumnElement[bool] = firm_column == self.firm_id
            return own
        if self.department_id is not None and department_column is not None:
            held: sa.ColumnElement[bool] = department_column == self.department_id
            return held
        if self.notice_id is not None and notice_column is not None:
            linked: sa.ColumnElement[bool] = notice_column == self.notice_id
            return linked
        return sa.false()


_OF_DEPARTMENTS = (permissions.transferred_to, permissions.shared_with)
NOTHING = Scope()
EVERYTHING = Scope(everything=True)


def scope_of(identity: Identity, permission: Permission) -> Scope:
    """What `identity` may see of the things that `permission` is about."""
    if identity.role is Role.SYSTEM:
        return EVERYTHING
    predicate = GRANTS[permission].get(identity.role)
    if predicate is permissions.anywhere:
        return EVERYTHING
    if predicate is permissions.in_area and identity.path is not None:
        return Scope(path=identity.path)
    if predicate is permissions.own_firm and identity.firm_id is not None:
        return Scope(firm_id=identity.firm_id)
    if predicate in _OF_DEPARTMENTS and identity.organisation_id is not None:
        return Scope(department_id=identity.organisation_id)
    if predicate is permissions.linked_notice and identity.notice_id is not None:
        return Scope(notice_id=identity.notice_id)
    return NOTHING
