"""What each printed document says. Frozen, so that a stored document can be rendered again to the same bytes.

A paper is a cover (who, number, date, words of the template) and the facts of its type. Times are aware
datetimes and printed in Shanghai time; texts are plain, as long as the schema of the caller lets them be.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import ClassVar, Literal

from server.documents.rules import DocumentType

TermUnit = Literal["now", "hour", "duty_hour", "day", "workday"]
Verdict = Literal["passed", "partly", "failed"]


@dataclass(frozen=True)
class Inspection:
    """One visit that the notice rests on. ``start``, ``end``: aware datetimes; ``place`` as printed."""

    start: datetime
    place: str
    end: datetime | None = None


@dataclass(frozen=True)
class StageLine:
    """A step before the last of a row. ``stage``: stop, guard, report, plan, fix; no ``due_at``: at once."""

    stage: str
    due_at: datetime | None = None
    provisional: bool = False


@dataclass(frozen=True)
class NoticeItem:
    """One row of the table.

    ``due_at`` aware datetime; ``count`` in ``unit``; ``natural_end`` the last day before it was moved to
    the next workday (None: not moved). ``due_text`` and ``counting`` replace the computed wording.
    ``provisional`` prints 暂定: the holidays of that year are not published yet. ``stages`` stand before the
    date, which is then that of ``last_stage``.
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
    stages: Sequence[StageLine] = ()
    last_stage: str = "fix"


@dataclass(frozen=True)
class PhotoSheet:
    """One photograph of the annex. ``item``: index of its row, 0 for the whole; ``kind``: 全景 近景 量尺 …;
    degrees WGS-84, ``accuracy_m`` metres; ``sha256`` of the original, 64 hex; ``image``: a small upright copy
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
    photo_id: uuid.UUID | None = None
    """So that another copy can be printed with the same picture."""


@dataclass(frozen=True)
class Officer:
    """An enforcement officer with the number of the certificate (执法证号)."""

    name: str
    certificate: str = ""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What all types have: to whom, whom to ask, photographs. `uscc` stands in brackets after the name."""

    TYPE: ClassVar[DocumentType]
    addressee: str
    uscc: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    photos: Sequence[PhotoSheet] = ()


@dataclass(frozen=True, kw_only=True)
class NoticeFacts(Facts):
    """N2 限期整改通知书 and the base of N1 and N3. ``order`` 2 is 再次整改 with ``previous_number``."""

    TYPE = DocumentType.N2
    inspections: Sequence[Inspection]
    items: Sequence[NoticeItem]
    inspectors: Sequence[str] = ()
    provisional_note: str = ""
    order: Literal[1, 2] = 1
    previous_number: str = ""


@dataclass(frozen=True, kw_only=True)
class SpotNoticeFacts(NoticeFacts):
    """N1 现场整改通知单: handed over on the spot; ``provisional_number`` is the one of the paper slip."""

    TYPE = DocumentType.N1
    provisional_number: str = ""


@dataclass(frozen=True, kw_only=True)
class OrderFacts(NoticeFacts):
    """N3 责令(限期)改正通知书: two officers with certificates, where to complain (复议机关, 法院)."""

    TYPE = DocumentType.N3
    officers: Sequence[Officer] = ()
    reconsideration_body: str = ""
    court: str = ""
    person: str = ""
    """法定代表人或负责人."""
    address: str = ""


@dataclass(frozen=True)
class Task:
    """One line of a supervision order or a bulletin: place, matter, what is asked, by when."""

    place: str
    matter: str
    requirement: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class SupervisionFacts(Facts):
    """N4 督办通知单: listed supervision (挂牌督办) or 三重督办, with plan, reports and acceptance."""

    TYPE = DocumentType.N4
    matter: str
    reason: str
    tasks: Sequence[Task]
    plan_due_at: datetime
    report_every: str = "每周五"
    finish_at: datetime
    listed: bool = True


@dataclass(frozen=True, kw_only=True)
class InterviewFacts(Facts):
    """N5 约谈通知书: who comes when and where, for what, and what to bring."""

    TYPE = DocumentType.N5
    at: datetime
    place: str
    attendees: str
    reasons: Sequence[str]
    bring: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class UrgeFacts(Facts):
    """催告书: what an earlier order left undone (行政强制法 35, 54), and the new term."""

    TYPE = DocumentType.URGE
    earlier_title: str
    earlier_number: str
    served_at: datetime
    expired_at: datetime
    unfinished: Sequence[str]
    due_at: datetime


@dataclass(frozen=True)
class Postponement:
    """One item whose term was asked to be longer; ``new_due_at`` None where that was refused."""

    index: int
    name: str
    old_due_at: datetime
    new_due_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ExtensionFacts(Facts):
    """延期整改批复: the answer to an application made before the term ran out."""

    TYPE = DocumentType.EXTENSION
    earlier_number: str
    applied_at: datetime
    reason: str
    granted: bool
    items: Sequence[Postponement]
    interim_measures: str = ""
    opinion: str = ""


@dataclass(frozen=True)
class Reviewed:
    """One item at the re-check: 已整改, 部分整改 or 未整改."""

    index: int
    name: str
    verdict: Verdict
    remark: str = ""


@dataclass(frozen=True, kw_only=True)
class ReviewFacts(Facts):
    """复查意见书: item by item, and what follows (``opinion``)."""

    TYPE = DocumentType.REVIEW
    earlier_number: str
    reviewed_at: datetime
    place: str
    reviewers: Sequence[Officer]
    items: Sequence[Reviewed]
    opinion: str


@dataclass(frozen=True)
class Enclosure:
    """A line of the list of materials: ``copies`` 份, ``pages`` 页 (0: not counted)."""

    name: str
    copies: int = 1
    pages: int = 0


@dataclass(frozen=True, kw_only=True)
class TransferFacts(Facts):
    """移送函 with its 回执; ``addressee`` is the receiving body, ``party`` whom it is about."""

    TYPE = DocumentType.TRANSFER
    cause: str
    party: str
    party_code: str = ""
    facts: str
    measures: str
    materials: Sequence[Enclosure]
    accept_by: datetime | None = None


@dataclass(frozen=True)
class Served:
    """A document that a proof of service covers."""

    title: str
    number: str
    copies: int = 1


@dataclass(frozen=True, kw_only=True)
class ServiceFacts(Facts):
    """送达回证: one for several documents to one recipient. Empty fields are left to the pen."""

    TYPE = DocumentType.SERVICE
    documents: Sequence[Served]
    method: str
    place: str = ""
    served_at: datetime | None = None
    received_by: str = ""
    relation: str = ""
    received_at: datetime | None = None
    refusal_reason: str = ""
    witness: str = ""
    witnessed_at: datetime | None = None
    servers: Sequence[str] = ()
    note: str = ""
    signature: bytes | None = None
    """PNG of what was signed on the phone's screen."""


@dataclass(frozen=True, kw_only=True)
class BulletinFacts(Facts):
    """通报: paragraphs, a table of whom it names, what is asked of them. ``columns`` head the rows."""

    TYPE = DocumentType.BULLETIN
    subject: str
    paragraphs: Sequence[str]
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    measures: Sequence[str] = ()
    copied_to: str = ""


@dataclass(frozen=True, kw_only=True)
class DutyReportFacts(Facts):
    """三联单: the firm found, dissuaded and reported (物业管理条例 45). ``addressee`` is the department."""

    TYPE = DocumentType.DUTY_REPORT
    compound: str
    place: str
    party: str
    matter: str
    found_at: datetime
    found_by: str
    found_text: str
    dissuaded_at: datetime
    dissuaded_by: str
    dissuaded_text: str
    reported_at: datetime
    reported_by: str
    reported_text: str


@dataclass(frozen=True, kw_only=True)
class Cover:
    """What the register and the template add. ``wording``: every phrase of the type by its key.

    ``seal``: bytes of PNG, JPEG or SVG; None draws a seal where ``seal_label`` says one (样章 in the demo)
    and else leaves room for the stamp. ``check_code`` 8 hex.
    """

    document_type: DocumentType
    title: str
    issuer: str
    number: str
    issued_on: date
    verify_url: str
    check_code: str
    copy_name: str
    wording: Mapping[str, str] = field(default_factory=dict)
    demo: bool = False
    seal: bytes | None = None
    seal_label: str = ""
    arabic_date: bool = False


@dataclass(frozen=True)
class Paper:
    """One copy of one document, complete."""

    cover: Cover
    facts: Facts


FACTS: dict[DocumentType, type[Facts]] = {
    kind.TYPE: kind
    for kind in (
        SpotNoticeFacts, NoticeFacts, OrderFacts, SupervisionFacts, InterviewFacts, UrgeFacts, ExtensionFacts,
        ReviewFacts, TransferFacts, ServiceFacts, BulletinFacts, DutyReportFacts,
    )
}  # fmt: skip
