"""News of a notice that was ended, and of a case that is with a department: what the firm has to know.

A firm acts on what it was last told. A voided notice asks for nothing any more, a corrected one may ask
for something else, and of a case that a department took over the firm waits for the department.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from server.accounts import people
from server.accounts.people import Person
from server.checklists import service as checklists
from server.escalation import queries, telling
from server.findings.models import Finding
from server.messages import service as messages
from server.notices.models import Notice
from server.places.models import Compound
from server.transfers.models import Transfer

ENDED = {"void": "notice.voided", "correct": "notice.corrected"}


@dataclass(frozen=True, slots=True)
class News:
    """A kind of message about a transfer, and what is said behind place and item."""

    kind: str
    says: Callable[[str, Transfer], str]


def _reason(transfer: Transfer) -> str:
    return f"：{transfer.answer_text}" if transfer.answer_text else ""


NEWS = {
    "transfer": News("transfer.sent", lambda unit, _: f"已移送{unit}，等对方答复；现在不用回复整改"),
    "accept_transfer": News(
        "transfer.accepted", lambda unit, row: f"{unit}已受理，联系人{row.handler or '待定'}；请配合处理"
    ),
    "decline_transfer": News("transfer.declined", lambda unit, row: f"{unit}没有受理{_reason(row)}"),
    "decline_under_notice": News(
        "transfer.declined",
        lambda unit, row: f"{unit}没有受理{_reason(row)}；仍按通知书整改，期限已过，请尽快回复",
    ),
    "report_transfer": News("transfer.reported", lambda unit, row: f"{unit}的处理结果：{row.result or ''}"),
    "conclude_transfer": News("transfer.concluded", lambda unit, _: f"{unit}已办结，这一项销号"),
}
"""Acts on a transfer that the firm is told of, and the unit that sent it where it did not act itself."""

SENT_BY_OTHERS = frozenset({"accept_transfer", "decline_transfer", "decline_under_notice", "report_transfer"})


def of_ending(session: Session, act: str, notice_id: uuid.UUID, cause: str, now: datetime) -> int:
    """Tell the firm that a notice was voided or corrected, and why."""
    notice = session.get(Notice, notice_id)
    if notice is None:
        return 0
    compound = session.get(Compound, notice.compound_id)
    why = notice.void_reason if act == "void" else queries.correction_reason(session, notice.document_id)
    body = " · ".join(part for part in (compound.name if compound else "", notice.number, why or "") if part)
    to = [person.id for person in people.of_firm(session, notice.firm_id, now)]
    kind = ENDED[act]
    return messages.tell(
        session, kind, f"{kind}:{notice.id}:{cause}", to, body, f"/f/notices/{notice.id}", now
    )


def of_transfer(session: Session, act: str, finding_id: uuid.UUID, cause: str, now: datetime) -> int:
    """Tell firm and sender how far a case is with a department; the department itself is told elsewhere."""
    news, finding = NEWS.get(act), session.get(Finding, finding_id)
    transfer = queries.newest_transfer(session, finding_id) if news else None
    if news is None or finding is None or transfer is None:
        return 0
    unit = queries.unit_name(session, transfer.department_id)
    body = f"{_about(session, finding)}：{news.says(unit, transfer)}"
    to: list[Person] = []
    if finding.notice_id is not None:
        notice = session.get_one(Notice, finding.notice_id)
        to += people.of_firm(session, notice.firm_id, now)
    if act in SENT_BY_OTHERS:
        to += people.named(session, [transfer.sent_by], now)
    return telling.tell(session, news.kind, f"{news.kind}:{transfer.id}:{cause}", to, finding, body, now)


def _about(session: Session, finding: Finding) -> str:
    """汀禾苑 3号楼北侧，固定障碍物封堵消防车通道."""
    compound = session.get(Compound, finding.compound_id)
    entry = checklists.find_item(session, finding.catalogue_version, finding.item_code)
    where = " ".join(part for part in (compound.name if compound else "", finding.place) if part)
    return f"{where}，{entry.short_name if entry else finding.item_code}"
