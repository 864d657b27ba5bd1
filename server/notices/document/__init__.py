"""The printed notice (N2 限期整改通知书): facts in, PDF/A-3b out; no clock, no database, no network.

``facts`` what one notice says · ``wording`` its sentences · ``fonts`` what can be drawn · ``pdf`` the call of
typst with ``../templates/notice.typ``, which holds the layout and nothing else.
"""

from server.notices.document.facts import (
    COPY_ADDRESSEE,
    COPY_STUB,
    Inspection,
    NoticeDocument,
    NoticeItem,
    PhotoSheet,
    TermUnit,
)
from server.notices.document.fonts import FontsMissing, UndrawableText, missing_glyphs, shared_fonts
from server.notices.document.pdf import DEMO_MARK, UnusablePicture, print_copy, render, undrawable
from server.notices.document.wording import chinese_date, day_text, deadline_text, number_text

__all__ = [
    "COPY_ADDRESSEE",
    "COPY_STUB",
    "DEMO_MARK",
    "FontsMissing",
    "Inspection",
    "NoticeDocument",
    "NoticeItem",
    "PhotoSheet",
    "TermUnit",
    "UndrawableText",
    "UnusablePicture",
    "chinese_date",
    "day_text",
    "deadline_text",
    "missing_glyphs",
    "number_text",
    "print_copy",
    "render",
    "shared_fonts",
    "undrawable",
]
