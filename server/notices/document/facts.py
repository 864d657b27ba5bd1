"""What one printed notice says. Frozen, so that a stored document can be rendered again to the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal

COPY_STUB = "第一联　存根"
COPY_ADDRESSEE = "第二联　被通知人"

TermUnit = Literal["now", "hour", "duty_hour", "day", "workday"]


@dataclass(frozen=True)
class Inspection:
    """One visit that the notice rests on. ``start``, ``end``: aware datetimes; ``place`` as printed."""

    start: datetime
    place: str
    end: datetime | None = None


@dataclass(frozen=True)
class NoticeItem:
    """One row of the table.

    ``due_at`` aware datetime; ``count`` in ``unit``; ``natural_end`` the last day before it was moved to
    the next workday (None: not moved). ``due_text`` and ``counting`` replace the computed wording.
    ``provisional`` prints 暂定: the holidays of that year are not published yet.
    """

    index: int
    code: str
    name: str
    place: str
    facts: str
    basis: str
    requirement: str
    due_at: datetime | None = None
    unit: TermUnit = "day"
    count: int = 0
    natural_end: date | None = None
    provisional: bool = False
    due_text: str = ""
    counting: str = ""


@dataclass(frozen=True)
class PhotoSheet:
    """One photograph of the annex. ``item``: index of its row; ``kind``: 全景 近景 量尺 …; degrees WGS-84,
    ``accuracy_m`` metres; ``sha256`` of the original, 64 hex; ``image``: a small upright copy
    (:func:`print_copy`) as path or bytes, None where the original cannot be printed (video)."""

    number: int
    item: int
    kind: str
    place: str
    taken_at: datetime
    sha256: str
    image: Path | bytes | None
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None


@dataclass(frozen=True)
class NoticeDocument:
    """All that one copy of a notice says.

    ``number`` as printed (:func:`number_text`); ``check_code`` 8 hex; ``order`` 1, or 2 for 再次整改 with
    ``previous_number``; ``consequence`` one whole sentence, empty for the default; ``seal`` bytes of
    PNG, JPEG or SVG, None draws 样章 in the demo and else leaves room for the stamp.
    """

    issuer: str
    number: str
    addressee: str
    inspections: Sequence[Inspection]
    items: Sequence[NoticeItem]
    contact_name: str
    contact_phone: str
    verify_url: str
    check_code: str
    issued_on: date
    photos: Sequence[PhotoSheet] = ()
    uscc: str = ""
    inspectors: Sequence[str] = ()
    title: str = "限期整改通知书"
    copy_name: str = COPY_ADDRESSEE
    consequence: str = ""
    provisional_note: str = ""
    order: Literal[1, 2] = 1
    previous_number: str = ""
    demo: bool = False
    seal: bytes | None = None
