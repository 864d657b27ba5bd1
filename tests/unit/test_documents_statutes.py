"""The text of a statute by the day."""

from __future__ import annotations

from datetime import date

import pytest

from server.checklists.rules import load_catalogue
from server.documents.statutes import edition_on, editions, with_editions

POLICE = "中华人民共和国治安管理处罚法"


@pytest.mark.parametrize(
    ("day", "label"),
    [
        (date(2012, 12, 31), ""),
        (date(2013, 1, 1), "2012年修正"),
        (date(2025, 12, 31), "2012年修正"),
        (date(2026, 1, 1), "2025年修订"),
    ],
)
def test_the_text_in_force_on_the_day_is_named(day: date, label: str) -> None:
    assert edition_on(POLICE, day) == label


def test_every_statute_of_a_basis_gets_its_text() -> None:
    basis = "《中华人民共和国消防法》第二十八条、《高层民用建筑消防安全管理规定》第三十七条、《某办法》第一条"
    assert with_editions(basis, date(2026, 11, 20)) == (
        "《中华人民共和国消防法》（2021年修正）第二十八条、"
        "《高层民用建筑消防安全管理规定》（2021年公布）第三十七条、《某办法》第一条"
    )


def test_every_law_of_the_catalogue_has_a_text_today() -> None:
    named = {law.name for item in load_catalogue().items for law in item.law if law.kind == "law"}
    assert {name for name in named if not edition_on(name, date(2026, 11, 20))} == set()
    assert set(editions()) <= named
