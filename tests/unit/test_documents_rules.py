"""Numbers, their patterns, parts, and the life of a document."""

from __future__ import annotations

import pytest

from server.documents.rules import (
    KINDS,
    TRANSITIONS,
    BadPattern,
    DocumentAction,
    DocumentState,
    DocumentType,
    check_pattern,
    copy_label,
    default_pattern,
    number_text,
    office_word,
)


def test_number_has_six_corner_brackets_and_no_leading_zeros() -> None:
    number = number_text(default_pattern(DocumentType.N2), "澄住建物改", 2026, 37)
    assert number == "澄住建物改\u30142026\u3015第37号"


def test_every_type_of_an_office_has_numbers_of_its_own() -> None:
    numbers = {number_text(default_pattern(kind), "澄住建物改", 2026, 1) for kind in DocumentType}
    assert len(numbers) == len(DocumentType)
    assert "澄住建物责改〔2026〕第1号" in numbers


@pytest.mark.parametrize(("word", "office"), [("澄住建物改", "澄住建物"), ("青禾办", "青禾办")])
def test_the_class_word_is_not_doubled(word: str, office: str) -> None:
    assert office_word(word) == office


@pytest.mark.parametrize(
    ("edition", "mark"), [(0, ""), (1, "（更正）"), (2, "（更正二）"), (9, "（更正九）")]
)
def test_a_correction_keeps_the_number_with_a_mark(edition: int, mark: str) -> None:
    assert number_text("{office}字〔{year}〕{n}号", "甲", 2026, 5, edition) == f"甲字〔2026〕5号{mark}"


@pytest.mark.parametrize(
    "pattern",
    [
        "{office}〔{year}〕号",
        "{office}〔{n}〕号",
        "{office}〔{year}〕第{n}{n}号",
        "{word}〔{year}〕第{n}号",
        "{office}[{year}]第{n}号",
        "{office}〔{year}〕第{n号",
        "{office}〔{year}〕第{n}号}",
        "{{office}〔{year}〕第{n}号",
        "甲" * 50 + "〔{year}〕第{n}号",
    ],
)
def test_a_pattern_that_cannot_number_is_refused(pattern: str) -> None:
    with pytest.raises(BadPattern):
        check_pattern(pattern)


def test_packaged_patterns_are_patterns() -> None:
    for kind in DocumentType:
        check_pattern(default_pattern(kind))


def test_parts_are_counted_and_the_served_one_is_among_them() -> None:
    assert copy_label(("存根", "被通知人"), 1) == "第二联　被通知人"
    assert copy_label(("附卷",), 0) == "附卷"
    assert all(kind.served < len(kind.copies) for kind in KINDS.values())


def test_what_ended_never_comes_back() -> None:
    assert {source for source, _ in TRANSITIONS} == {DocumentState.IN_FORCE}
    assert TRANSITIONS[DocumentState.IN_FORCE, DocumentAction.VOID] is DocumentState.VOIDED
