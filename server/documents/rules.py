"""Pure rules of official documents: their types, their numbers, their life.

The types follow the practice of housing and enforcement offices: N1 to N5 and the companions of a notice.
A number is a pattern per (organisation, type) with a serial per year, written with the six-corner brackets
U+3014/U+3015 of GB/T 9704-2012 and without leading zeros.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class DocumentType(StrEnum):
    """Every kind of paper that an organisation numbers; the value is the `document_type` of its series."""

    N1 = "N1"
    N2 = "N2"
    N3 = "N3"
    N4 = "N4"
    N5 = "N5"
    URGE = "urge"
    EXTENSION = "extension"
    REVIEW = "review"
    TRANSFER = "transfer"
    SERVICE = "service"
    BULLETIN = "bulletin"
    DUTY_REPORT = "duty_report"


NOTICE_TYPES = frozenset({DocumentType.N1, DocumentType.N2, DocumentType.N3})
"""Documents that carry a notice: they are voided and corrected with it."""


class DocumentState(StrEnum):
    """现行有效, 已作废, 已被更正件取代."""

    IN_FORCE = "in_force"
    VOIDED = "voided"
    SUPERSEDED = "superseded"


class DocumentAction(StrEnum):
    VOID = "void"
    CORRECT = "correct"


TRANSITIONS: dict[tuple[DocumentState, DocumentAction], DocumentState] = {
    (DocumentState.IN_FORCE, DocumentAction.VOID): DocumentState.VOIDED,
    (DocumentState.IN_FORCE, DocumentAction.CORRECT): DocumentState.SUPERSEDED,
}
"""Nothing leads back: a number that was voided is never given again."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a type is by default. `word` is its 类别字, `copies` the names of its parts (联) in order,
    `served` the index of the part that the addressee gets, which is the one stored and signed."""

    title: str
    title_en: str
    word: str
    copies: tuple[str, ...]
    served: int = 0


_THREE = ("存根", "被通知人", "街道")
_TWO = ("存根", "受文单位")
KINDS: dict[DocumentType, Kind] = {
    DocumentType.N1: Kind("现场整改通知单", "On-the-spot notice", "场改", ("存根", "被通知人"), 1),
    DocumentType.N2: Kind("限期整改通知书", "Rectification notice", "改", _THREE, 1),
    DocumentType.N3: Kind("责令限期改正通知书", "Order to rectify", "责改", _THREE, 1),
    DocumentType.N4: Kind("督办通知单", "Supervision order", "督", _TWO, 1),
    DocumentType.N5: Kind("约谈通知书", "Summons to a talk", "约", ("存根", "被约谈单位"), 1),
    DocumentType.URGE: Kind("催告书", "Reminder before enforcement", "催", ("存根", "被催告人"), 1),
    DocumentType.EXTENSION: Kind("延期整改批复", "Decision on an extension", "延", ("存根", "申请单位"), 1),
    DocumentType.REVIEW: Kind("复查意见书", "Findings of the re-check", "复", _THREE, 1),
    DocumentType.TRANSFER: Kind("移送函", "Letter of transfer", "移", ("存根", "受移送机关"), 1),
    DocumentType.SERVICE: Kind("送达回证", "Proof of service", "送", ("附卷",)),
    DocumentType.BULLETIN: Kind("通报", "Bulletin", "通", ("发文",)),
    DocumentType.DUTY_REPORT: Kind(
        "违法违规行为发现、劝阻、报告三联单",
        "Duty report: found, dissuaded, reported",
        "报",
        ("企业留存", "行为人", "主管部门"),
        2,
    ),
}

PATTERN_LENGTH = 60
_PLACEHOLDER = re.compile(r"\{([a-z]*)\}")
_ORDINALS = "一二三四五六七八九"


class BadPattern(ValueError):
    """A number pattern without year or serial, or with something else in braces."""


def default_pattern(document_type: DocumentType) -> str:
    """`{office}责改〔{year}〕第{n}号`; `{office}` is the 机关代字 without its class word."""
    return "{office}" + KINDS[document_type].word + "〔{year}〕第{n}号"


def check_pattern(pattern: str) -> None:
    """Raise `BadPattern` unless `{year}` and `{n}` occur once, nothing but `{office}` besides."""
    names = _PLACEHOLDER.findall(pattern)
    if names.count("year") != 1 or names.count("n") != 1:
        raise BadPattern("the pattern needs {year} and {n} once each")
    if set(names) - {"year", "n", "office"} or re.sub(_PLACEHOLDER, "", pattern).strip("{}") != re.sub(
        _PLACEHOLDER, "", pattern
    ):
        raise BadPattern("only {office}, {year} and {n} may stand in braces")
    if len(pattern) > PATTERN_LENGTH or any(bracket in pattern for bracket in "[]［］【】"):
        raise BadPattern("at most 60 characters, and 〔〕 for the year")


def office_word(document_word: str) -> str:
    """澄住建物改 → 澄住建物: a registered 机关代字 often already ends in the class word of notices."""
    return document_word.removesuffix("改")


def number_text(pattern: str, word: str, year: int, sequence: int, edition: int = 0) -> str:
    """文号, e.g. 澄住建物改〔2026〕第37号; a correction keeps the number with a mark."""
    number = pattern.replace("{office}", office_word(word)).replace("{year}", str(year))
    return number.replace("{n}", str(sequence)) + correction_mark(edition)


def correction_mark(edition: int) -> str:
    """Nothing for the original, （更正） for the first correction, （更正二） for the second."""
    if edition == 0:
        return ""
    return "（更正）" if edition == 1 else f"（更正{_ORDINALS[min(edition, 9) - 1]}）"


def copy_label(copies: tuple[str, ...], index: int) -> str:
    """第二联　被通知人; a paper of one part is not counted."""
    return copies[index] if len(copies) == 1 else f"第{_ORDINALS[index]}联　{copies[index]}"
