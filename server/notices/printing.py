"""From rows to what the notice's document says; numbering, layout and storage are `server/documents/`."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from server.core.clock import SHANGHAI
from server.documents import paper
from server.documents import service as documents
from server.documents.rules import DocumentType
from server.documents.service import PhotoRef
from server.notices import queries
from server.notices.models import Notice
from server.photos.models import Photo, PhotoState

if TYPE_CHECKING:
    from server.notices.guards import Order
    from server.notices.issuing import Line

FIXED_COUNTING = "按载明的时刻计算，遇休息日不顺延"


def facts(
    session: Session,
    notice: Notice,
    place: Any,
    lines: Sequence[Line],
    previous: Notice | None,
    order: Order | None,
) -> paper.NoticeFacts:
    """Everything that the notice will print; `order` is what an N3 needs besides."""
    chosen = [line.finding for line in lines]
    compound, where = place.Compound, f"{place.street or ''}{place.community}{place.Compound.name}"
    said: dict[str, Any] = {
        "addressee": place.Firm.name,
        "uscc": place.Firm.uscc or "",
        "inspections": [
            paper.Inspection(start=start, place=where, end=end)
            for start, end in queries.inspections(session, chosen)
        ],
        "inspectors": queries.finders(session, chosen),
        "items": [_item(index, line, order is not None) for index, line in enumerate(lines, start=1)],
        "photos": _photos(session, compound.name, lines),
        "contact_name": notice.contact,
        "contact_phone": notice.contact_phone,
        "order": 2 if notice.order_no == 2 else 1,
        "previous_number": previous.number if previous else "",
    }
    if order is not None:
        return paper.OrderFacts(
            **said,
            officers=order.officers,
            reconsideration_body=order.office.reconsideration_body,
            court=order.office.court,
            person=place.Firm.legal_representative or "",
            address=place.Firm.address or "",
        )
    if notice.document_type == DocumentType.N1:
        return paper.SpotNoticeFacts(**said, provisional_number=notice.provisional_number or "")
    return paper.NoticeFacts(**said)


def plain(text: str) -> str:
    """Words of the field without what is layout on a phone only: tabulators, other line ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")


def _item(index: int, line: Line, ordered: bool) -> paper.NoticeItem:
    fixed = line.due is None
    rolled = line.due is not None and line.due.rolled
    return paper.NoticeItem(
        index=index,
        code=line.item.code,
        name=line.item.name,
        place=line.place,
        facts=line.facts,
        basis=line.legal_basis,
        requirement=line.requirement,
        due_at=line.due_at,
        unit="hour" if fixed else "now" if ordered and line.at_once else line.unit,  # type: ignore[arg-type]
        count=line.term,
        natural_end=line.due.basis.nominal.astimezone(SHANGHAI).date() if rolled and line.due else None,
        provisional=line.due.provisional if line.due else False,
        counting=FIXED_COUNTING if fixed else "",
        stages=[_stage(stage) for stage in line.stages],
        last_stage=line.item.deadline[-1].stage.value if line.item.deadline else "fix",
    )


def _stage(stage: dict[str, Any]) -> paper.StageLine:
    at_once = stage["unit"] == "now"
    due_at = None if at_once else datetime.fromisoformat(stage["printed_due_at"])
    return paper.StageLine(stage["stage"], due_at, stage["provisional"])


def _photos(session: Session, compound: str, lines: Sequence[Line]) -> list[paper.PhotoSheet]:
    by_finding: dict[uuid.UUID | None, list[Photo]] = {}
    for photo in queries.before_photos(session, [line.finding.id for line in lines]):
        if photo.state is PhotoState.STORED:
            by_finding.setdefault(photo.case_id, []).append(photo)
    refs = [
        PhotoRef(photo, index, f"{compound}{line.place}")
        for index, line in enumerate(lines, start=1)
        for photo in by_finding.get(line.finding.id, [])
    ]
    return documents.sheets(session, refs)
