"""What the notice says: numbers, dates, terms, sentences; and which characters the fonts can draw."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from server.documents.paper import (
    FontsMissing,
    Inspection,
    NoticeItem,
    UndrawableText,
    chinese_date,
    day_text,
    deadline_text,
    fonts,
    missing_glyphs,
    render,
    undrawable,
    wording,
)
from server.documents.paper.sample import sample_document
from tests.factories.papers import change

TEMPLATES = Path(fonts.__file__).parent


def item(**changes: object) -> NoticeItem:
    return replace(sample_document(0).facts.items[1], **changes)


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2026, 11, 20), "二〇二六年十一月二十日"),
        (date(2026, 1, 1), "二〇二六年一月一日"),
        (date(2027, 10, 10), "二〇二七年十月十日"),
        (date(2030, 12, 31), "二〇三〇年十二月三十一日"),
        (date(2026, 2, 19), "二〇二六年二月十九日"),
    ],
)
def test_formal_date(day: date, text: str) -> None:
    assert chinese_date(day) == text
    assert "\u3007" in text


def test_deadline_is_told_in_shanghai_time_with_its_hour() -> None:
    assert deadline_text(datetime(2026, 12, 7, 10, 0, tzinfo=UTC)) == "2026年12月7日18时00分前"
    assert deadline_text(datetime(2026, 12, 6, 16, 5, tzinfo=UTC)) == "2026年12月7日0时05分前"
    assert day_text(date(2026, 1, 2)) == "2026年1月2日"


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without zone"):
        deadline_text(datetime(2026, 12, 7, 18, 0))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("values", "text"),
    [([1], "1"), ([2, 1], "1、2"), ([1, 2, 3], "1至3"), ([1, 2, 4, 5, 6, 9], "1、2、4至6、9")],
)
def test_lists_of_numbers(values: list[int], text: str) -> None:
    assert wording.numbers(values) == text


@pytest.mark.parametrize(
    ("changes", "clause"),
    [
        ({"unit": "now"}, "须立即整改"),
        ({"unit": "hour", "count": 24}, "按小时计算，遇休息日不顺延"),
        ({"unit": "duty_hour", "count": 4}, "按工作时间计算，共4小时"),
        ({"unit": "workday", "count": 5}, "自送达次日起5个工作日"),
        ({}, "自送达次日起15日，届满日为周六，顺延至下一工作日"),
        ({"natural_end": date(2026, 12, 6)}, "自送达次日起15日，届满日为周日，顺延至下一工作日"),
        ({"natural_end": date(2026, 12, 4)}, "自送达次日起15日，届满日为放假日，顺延至下一工作日"),
        ({"natural_end": date(2026, 12, 7)}, "自送达次日起15日"),
        ({"natural_end": None}, "自送达次日起15日"),
        ({"counting": "以维修资金表决通过之日起算"}, "以维修资金表决通过之日起算"),
    ],
)
def test_how_a_term_runs(changes: dict[str, object], clause: str) -> None:
    doc = change(sample_document(0), items=(item(index=1, **changes),))
    assert wording.terms_text(doc.facts) == f"第1项{clause}。"


def test_items_counted_alike_share_a_clause() -> None:
    first, second = sample_document(0).facts.items
    three = (first, second, replace(first, index=3))
    text = wording.terms_text(change(sample_document(0), items=three).facts)
    assert "第1、3项按小时计算，遇休息日不顺延；第2项自送达次日起15日" in text
    same = (first, replace(first, index=2))
    assert "各项按小时计算" in wording.terms_text(change(sample_document(0), items=same).facts)


def test_second_order_speaks_of_the_first_and_asks_again() -> None:
    doc = change(sample_document(0), order=2, previous_number="澄住建物改〔2026〕第37号")
    opening = wording.opening_text(doc, doc.facts)
    assert "进行复查，《限期整改通知书》（澄住建物改〔2026〕第37号）所列下列问题仍未整改到位：" in opening
    assert wording.finish_text(doc.facts) == "再次整改"
    assert wording.consequence_text(doc, doc.facts).startswith("再次逾期")
    first = change(doc, previous_number="")
    assert "前次通知书所列" in wording.opening_text(first, first.facts)


def test_opening_names_every_visit_and_each_place_once() -> None:
    start = datetime(2026, 11, 18, 1, 4, tzinfo=UTC)
    visits = (
        Inspection(start, "汀禾苑"),
        Inspection(start + timedelta(days=2), "汀禾苑", end=start + timedelta(days=3)),
    )
    doc = change(sample_document(0), inspections=visits, inspectors=())
    text = wording.opening_text(doc, doc.facts)
    assert text == (
        "2026年11月18日9时04分、2026年11月20日9时04分至2026年11月21日9时04分，"
        "我局巡查人员对你单位管理的汀禾苑进行检查，发现下列问题："
    )


@pytest.mark.parametrize(
    ("issuer", "own"),
    [
        ("澄湖区住建局", "我局"),
        ("区物业管理中心", "我中心"),
        ("青禾街道办事处", "我办"),
        ("禾田社区", "我单位"),
    ],
)
def test_how_the_office_calls_itself(issuer: str, own: str) -> None:
    doc = change(sample_document(0), issuer=issuer)
    assert f"{own}巡查人员" in wording.opening_text(doc, doc.facts)


def test_provisional_terms_are_explained_with_their_year() -> None:
    doc = sample_document(0)
    assert wording.note_text(doc.facts) == ""
    late = replace(doc.facts.items[1], due_at=datetime(2027, 2, 1, 10, tzinfo=UTC), provisional=True)
    note = wording.note_text(change(doc, items=(doc.facts.items[0], late)).facts)
    assert "因2027年放假安排尚未公布，公布后只会延后，不会提前" in note
    own = change(doc, items=(late,), provisional_note="注：以日历公布为准。").facts
    assert wording.note_text(own) == "注：以日历公布为准。"


def test_missing_glyphs_are_named_once_each_in_order() -> None:
    assert missing_glyphs(["许督02", "𠮷〔〕〇ㄅ①℃", "上\n下"]) == []
    assert missing_glyphs(["许😀督", "😀\u202e", "\0"]) == ["😀", "\u202e", "\0"]


def test_the_fonts_can_draw_every_word_of_the_template() -> None:
    for template in TEMPLATES.glob("*.typ"):
        source = re.sub(r"//.*", "", template.read_text())
        assert missing_glyphs(re.findall(r"[^\x00-\x7f]+", source)) == []


def test_own_reading_of_the_character_map_agrees_with_fonttools() -> None:
    face = next(f for f in fonts.shared_fonts().fonts() if (f.family, f.weight) == ("Noto Serif CJK SC", 400))
    with TTFont(face.path, fontNumber=face.index, lazy=True) as font:
        assert fonts._code_points(str(face.path), face.index) == set(font.getBestCmap())


def test_absent_fonts_name_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_FONT_ROOTS", (str(tmp_path),))
    fonts.shared_fonts.cache_clear()
    try:
        with pytest.raises(FontsMissing, match="apt-get install fonts-noto-cjk"):
            fonts.shared_fonts()
    finally:
        fonts.shared_fonts.cache_clear()


def test_undrawable_text_stops_the_notice_and_names_the_character() -> None:
    doc = sample_document(0)
    for changed in (
        change(doc, addressee="澜川😀物业"),
        change(doc, items=(replace(doc.facts.items[0], facts="石墩\u2066\U0001f600个"),)),
    ):
        with pytest.raises(UndrawableText, match=r"U\+1F600") as refused:
            render(changed)
        assert "😀" in refused.value.characters
        assert undrawable(changed) == refused.value.characters


def test_line_ends_and_tabs_of_phones_are_no_reason_to_refuse() -> None:
    doc = sample_document(1)
    windows = replace(doc.facts.items[0], facts="石墩4个\r\n道闸\t锁闭")
    assert undrawable(change(doc, items=(windows, doc.facts.items[1]))) == []
    assert undrawable(change(doc, photos=(replace(doc.facts.photos[0], place="楼😀北"),))) == ["😀"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"items": ()}, "items"),
        ({"inspections": ()}, "inspection"),
        ({"items": sample_document(0).facts.items[:1] * 2}, "distinct"),
        ({"photos": (replace(sample_document(1).facts.photos[0], item=9),)}, "belong to no item"),
        ({"photos": (sample_document(1).facts.photos[0],) * 2}, "distinct"),
        ({"check_code": "3F9A1C07"}, "8 hex"),
        ({"check_code": "3f9a"}, "8 hex"),
        ({"verify_url": "javascript:alert(1)"}, "http"),
    ],
)
def test_a_document_that_contradicts_itself_is_refused(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        render(change(sample_document(0), **changes))
