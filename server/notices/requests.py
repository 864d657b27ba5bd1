"""What extensions and objections have in common: asked about one line, taken back, decided once.

A kind says what differs: its rows, its transition table, who may ask, in which states of a line. The ledger
names an act after the kind (`extension.request`, `objection.withdraw`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sqlalchemy.orm import Session

from server.core.commands import CommandContext
from server.core.identity import Identity
from server.core.permissions import Permission, require
from server.core.problems import NotFound
from server.findings import service as findings
from server.findings.models import Finding
from server.notices import errors, service
from server.notices.models import Extension, Notice, NoticeItem, Objection
from server.notices.procedure_rules import RequestAction, Step
from server.notices.rules import ItemState

R = TypeVar("R", bound=Extension | Objection)


@dataclass(frozen=True, slots=True)
class Kind(Generic[R]):
    """`name` is the first word of its ledger acts; `<name>_id` names a row in commands."""

    name: str
    command: str
    model: type[R]
    table: Mapping[tuple[StrEnum, StrEnum], Step]
    asks: Permission
    open_items: frozenset[ItemState]


@dataclass(frozen=True, slots=True)
class Line:
    """The line that is asked about, locked with its notice and its case."""

    notice: Notice
    item: NoticeItem
    finding: Finding

    @property
    def keys(self) -> dict[str, Any]:
        """The columns by which a request names what it is about."""
        return {
            "notice_id": self.notice.id,
            "notice_item_id": self.item.id,
            "finding_id": self.finding.id,
        }


def line_of(session: Session, identity: Identity, kind: Kind[R], body: dict[str, Any]) -> Line:
    """The line, if somebody may ask about it now. Raises `IllegalAction`, `IdReused`, `UnknownItem`."""
    notice = service.visible(session, identity, body["notice_id"])
    require(identity, kind.asks, notice)
    item, finding = service.item_of(session, identity, notice, body["finding_id"], kind.command)
    if item.state not in kind.open_items:
        raise errors.IllegalAction(state=item.state.value, action=kind.command)
    if session.get(kind.model, body[f"{kind.name}_id"]) is not None:
        raise errors.IdReused()
    return Line(notice, item, finding)


def put(
    session: Session,
    identity: Identity,
    kind: Kind[R],
    row: R,
    line: Line,
    act: str,
    said: dict[str, Any],
    context: CommandContext,
) -> None:
    """Store a new request and write it into the case."""
    session.add(row)
    session.flush()
    findings.record(session, identity, line.finding.id, act, context, about(kind, row, line.notice) | said)
    service.settle(session, line.notice.id)


def withdraw(
    session: Session, identity: Identity, kind: Kind[R], body: dict[str, Any], context: CommandContext
) -> R:
    """The firm takes it back. Raises `RequestClosed`."""
    row, notice = _pending(session, identity, kind, body)
    service.move_request(identity, row, notice, RequestAction.WITHDRAW, kind.table)
    data = about(kind, row, notice)
    findings.record(session, identity, row.finding_id, f"{kind.name}.withdraw", context, data)
    service.settle(session, notice.id)
    return row


def decide(
    session: Session,
    identity: Identity,
    kind: Kind[R],
    body: dict[str, Any],
    granted: bool,
    context: CommandContext,
) -> tuple[R, Notice]:
    """Put the decision down; what follows from it is the kind's. Raises `RequestClosed`, `Forbidden`."""
    row, notice = _pending(session, identity, kind, body)
    action = RequestAction.GRANT if granted else RequestAction.REFUSE
    service.move_request(identity, row, notice, action, kind.table)
    row.decided_at, row.decided_by, row.decision_text = context.now, identity.user_id, body["text"]
    return row, notice


def about(kind: Kind[R], row: R, notice: Notice) -> dict[str, Any]:
    """What every ledger line of a request names."""
    return {"number": notice.number, f"{kind.name}_id": str(row.id)}


def _pending(session: Session, identity: Identity, kind: Kind[R], body: dict[str, Any]) -> tuple[R, Notice]:
    """The row, read anew behind the lock of its notice."""
    row = session.get(kind.model, body[f"{kind.name}_id"])
    if row is None:
        raise NotFound()
    notice = service.visible(session, identity, row.notice_id)
    session.refresh(row)
    return row, notice
