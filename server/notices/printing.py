"""From rows to the printed notice and into storage; the layout itself is `document/`."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from server.accounts.models import Organisation
from server.core import context as house
from server.core.clock import SHANGHAI
from server.notices import document, errors, queries
from server.notices.models import Notice
from server.photos import service as photos
from server.photos.models import PhotoState

if TYPE_CHECKING:
    from server.notices.issuing import Line

KIND_NAMES = {"O": "全景", "C": "近景", "M": "量尺", "L": "凭证", "T": "间隔", "V": "视频", "A": "整改后"}
PLACEHOLDER_NUMBER = "〔0〕第0号"
PRINTED_LONGEST = 900
"""Pixels on the longer side of a printed photo: about 300 dpi at its size on paper."""


def verify_url(token: str) -> str:
    """Where the QR code leads."""
    return f"{house.settings().origin}/v/{token}"


def check_code(token: str) -> str:
    """The eight hex digits under the QR code: for reading aloud over the phone."""
    return hashlib.sha256(token.encode()).hexdigest()[:8]


def facts(
    session: Session,
    notice: Notice,
    unit: Organisation,
    place: Any,
    lines: Sequence[Line],
    previous: Notice | None,
) -> document.NoticeDocument:
    """Everything that the notice will print, with a placeholder for the number."""
    chosen = [line.finding for line in lines]
    compound, where = place.Compound, f"{place.street or ''}{place.community}{place.Compound.name}"
    return document.NoticeDocument(
        issuer=unit.name,
        number=f"{unit.document_word}{PLACEHOLDER_NUMBER}",
        addressee=place.Firm.name,
        uscc=place.Firm.uscc or "",
        inspections=[
            document.Inspection(start=start, place=where, end=end)
            for start, end in queries.inspections(session, chosen)
        ],
        inspectors=queries.finders(session, chosen),
        items=[_item(index, line) for index, line in enumerate(lines, start=1)],
        photos=_photos(session, compound.name, lines),
        contact_name=notice.contact,
        contact_phone=notice.contact_phone,
        verify_url=verify_url(notice.verify_token),
        check_code=check_code(notice.verify_token),
        issued_on=notice.issued_at.astimezone(SHANGHAI).date(),
        order=2 if notice.order_no == 2 else 1,
        previous_number=previous.number if previous else "",
        demo=house.settings().demo,
    )


def refuse_undrawable(doc: document.NoticeDocument) -> None:
    """Raise the problem before a number is taken."""
    try:
        missing = document.undrawable(doc)
    except document.FontsMissing as error:
        raise errors.FontsMissing(str(error)) from error
    if missing:
        raise errors.UndrawableText(characters=missing)


def _legible(text: str) -> str:
    """What was written in the field, with □ for what the fonts lack.

    Nobody can take an emoji out of a confirmed finding, and no notice may fail for one. Direction marks
    become visible likewise, so that no line reads otherwise than it is stored. The issuer's own words
    are refused instead (`refuse_undrawable`): the issuer can still change them.
    """
    missing = set(document.missing_glyphs([text]))
    return "".join("□" if char in missing else char for char in text)


def store(doc: document.NoticeDocument, notice: Notice) -> bytes:
    """Render with the real number, put the PDF into storage, return its SHA-256 (32 bytes)."""
    numbered = dataclasses.replace(doc, number=notice.number)
    return bytes.fromhex(house.storage().put(document.render(numbered)))


def _item(index: int, line: Line) -> document.NoticeItem:
    fixed = line.due is None
    rolled = line.due is not None and line.due.rolled
    return document.NoticeItem(
        index=index,
        code=line.item.code,
        name=line.item.name,
        place=_legible(line.finding.place),
        facts=_legible(line.finding.text),
        basis=line.legal_basis,
        requirement=line.requirement,
        due_at=line.due_at,
        unit="hour" if fixed else line.unit,  # type: ignore[arg-type]
        count=line.term,
        natural_end=line.due.basis.nominal.astimezone(SHANGHAI).date() if rolled and line.due else None,
        provisional=line.due.provisional if line.due else False,
        counting="按载明的时刻计算，遇休息日不顺延" if fixed else "",
    )


def _photos(session: Session, compound: str, lines: Sequence[Line]) -> list[document.PhotoSheet]:
    index_of = {line.finding.id: (index, line.finding) for index, line in enumerate(lines, start=1)}
    rows = [
        row for row in queries.before_photos(session, list(index_of)) if row.Photo.state is PhotoState.STORED
    ]
    rows.sort(key=lambda row: index_of[row.Photo.case_id][0])
    sheets = []
    for number, row in enumerate(rows, start=1):
        index, finding = index_of[row.Photo.case_id]
        sheets.append(
            document.PhotoSheet(
                number=number,
                item=index,
                kind=KIND_NAMES.get(row.Photo.kind, "照片"),
                place=f"{compound}{_legible(finding.place)}",
                taken_at=row.Photo.captured_at,
                sha256=row.Photo.sha256.hex(),
                image=photos.print_rendition(session, row.Photo, PRINTED_LONGEST),
                lon=row.lon,
                lat=row.lat,
                accuracy_m=row.Photo.accuracy_m,
            )
        )
    return sheets
