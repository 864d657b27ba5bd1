"""Printed documents: facts in, PDF/A-3b out; no clock, no database, no network.

``facts`` what each type says · ``phrases`` the editable words · ``wording`` dates and sentences · ``compose``
what the templates print · ``fonts`` what can be drawn · ``pdf`` the call of typst with ``letter.typ`` or
``form.typ``, which hold the layout and nothing else.
"""

from server.documents.paper.compose import DEMO_MARK
from server.documents.paper.facts import (
    FACTS,
    BulletinFacts,
    Cover,
    DutyReportFacts,
    Enclosure,
    ExtensionFacts,
    Facts,
    Inspection,
    InterviewFacts,
    NoticeFacts,
    NoticeItem,
    Officer,
    OrderFacts,
    Paper,
    PhotoSheet,
    Postponement,
    Reviewed,
    ReviewFacts,
    Served,
    ServiceFacts,
    SpotNoticeFacts,
    StageLine,
    SupervisionFacts,
    Task,
    TermUnit,
    TransferFacts,
    UrgeFacts,
)
from server.documents.paper.fonts import FontsMissing, UndrawableText, missing_glyphs, shared_fonts
from server.documents.paper.pdf import UnusablePicture, print_copy, render, render_page, undrawable
from server.documents.paper.wording import chinese_date, day_text, deadline_text

__all__ = [
    "DEMO_MARK",
    "FACTS",
    "BulletinFacts",
    "Cover",
    "DutyReportFacts",
    "Enclosure",
    "ExtensionFacts",
    "Facts",
    "FontsMissing",
    "Inspection",
    "InterviewFacts",
    "NoticeFacts",
    "NoticeItem",
    "StageLine",
    "Officer",
    "OrderFacts",
    "Paper",
    "PhotoSheet",
    "Postponement",
    "ReviewFacts",
    "Reviewed",
    "Served",
    "ServiceFacts",
    "SpotNoticeFacts",
    "SupervisionFacts",
    "Task",
    "TermUnit",
    "TransferFacts",
    "UndrawableText",
    "UnusablePicture",
    "UrgeFacts",
    "chinese_date",
    "day_text",
    "deadline_text",
    "missing_glyphs",
    "print_copy",
    "render",
    "render_page",
    "shared_fonts",
    "undrawable",
]
