"""The shipped catalogue and checklists, and what is refused in others."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from server.calendars.rules import Term, Unit
from server.checklists.rules import (
    REPLY_PHOTO,
    CatalogueError,
    Party,
    PhotoKind,
    Severity,
    count_by_severity,
    default_term,
    law_text,
    load_catalogue,
    load_sets,
    missing_photos,
    parse_catalogue,
    parse_sets,
    read_data,
    required_photos,
)

CATALOGUE = load_catalogue()
SETS = {each.code: each for each in load_sets()}
ITEMS = pytest.mark.parametrize("item", CATALOGUE.items, ids=lambda item: item.code)


def codes(name: str) -> list[str]:
    return [point.code for point in SETS[name].points]


def test_the_catalogue_has_85_items_in_10_groups() -> None:
    assert len(CATALOGUE.items) == 85
    assert count_by_severity(CATALOGUE) == {
        Severity.CRITICAL: 25,
        Severity.MAJOR: 35,
        Severity.GENERAL: 25,
    }
    sizes = {group.code: 0 for group in CATALOGUE.groups}
    for item in CATALOGUE.items:
        sizes[item.group] += 1
    assert sizes == {
        "FP": 9,
        "FE": 10,
        "EB": 7,
        "IC": 9,
        "ES": 10,
        "PF": 12,
        "EL": 6,
        "OR": 8,
        "DS": 9,
        "GR": 5,
    }
    assert sorted(group.walk for group in CATALOGUE.groups) == list(range(1, 11))


def test_the_ledger_speaks_the_district_s_words() -> None:
    seed_words = {
        "环境卫生",
        "毁绿种菜",
        "违章搭建",
        "消防安全管理",
        "配套设施损毁",
        "治安风险隐患",
        "公共秩序安全",
    }
    assert {item.ledger_category for item in CATALOGUE.items} == seed_words | {"物业服务质量"}


def test_an_item_carries_every_attribute() -> None:
    item = CATALOGUE.item("FP-02")
    assert item.name == "固定障碍物（地桩、石墩、道闸锁闭）封堵消防车通道"
    assert item.short_name == "固定障碍物封堵消防车通道"
    assert item.short_pinyin == "gdzawfdxfctd"
    assert (item.severity, item.parties, item.departments) == (
        Severity.CRITICAL,
        (Party.FIRM,),
        ("消防救援",),
    )
    assert (item.points.min, item.points.max, item.points.own_fault) == (6, 6, True)
    assert [(need.kind, need.note) for need in item.photos] == [("O", None), ("C", None), ("M", "量净宽")]
    assert item.law_text == "《中华人民共和国消防法》第二十八条、第六十条"
    assert [(ref.statute, ref.confidence) for ref in item.law] == [("XF", "read"), ("LOC", "read")]
    assert item.gb30428_class == "E01"
    assert "净宽4米" in item.requirement
    with pytest.raises(KeyError):
        CATALOGUE.item("ZZ-01")


def test_the_order_of_parties_is_kept() -> None:
    assert CATALOGUE.item("FP-01").parties == (Party.FIRM, Party.RESIDENT)
    assert CATALOGUE.item("FP-05").parties == (Party.RESIDENT, Party.FIRM)
    assert CATALOGUE.item("DS-06").parties == ()  # the street office itself


@pytest.mark.parametrize(
    ("code", "term"),
    [
        ("FP-01", Term(2, Unit.HOUR)),  # stop now, rectified within two hours
        ("FP-02", Term(24, Unit.HOUR)),
        ("FP-06", Term(0, Unit.NOW)),
        ("FE-01", Term(7, Unit.DAY)),  # reported within 24 hours, rectified within seven days
        ("EB-05", Term(15, Unit.DAY)),
        ("ES-01", Term(4, Unit.DUTY_HOUR)),
        ("IC-01", Term(24, Unit.HOUR)),  # an order to stop, then a report
        ("PF-05", Term(30, Unit.DAY)),  # a plan
        ("EL-01", Term(0, Unit.NOW)),  # stopped
        ("DS-09", Term(0, Unit.NOW)),  # nothing is granted a second time
    ],
)
def test_the_default_term_is_that_of_rectification(code: str, term: Term) -> None:
    assert default_term(CATALOGUE.item(code)) == term


@ITEMS
def test_every_item_is_fit_for_screen_and_notice(item: Any) -> None:
    assert default_term(item).n <= 60
    assert 1 <= len(item.short_name) <= 12
    assert 8 <= len(item.requirement) <= 60 and not item.requirement.endswith("。")
    assert item.law_text and item.law
    assert all(ref.name not in item.law_text for ref in item.law if ref.kind in ("local", "policy"))
    for ref in item.law:
        if ref.kind == "law" and ref.articles and ref.confidence != "memory":
            assert f"《{ref.name}》{chinese(ref.articles[0])}" in item.law_text
            assert all(chinese(article) in item.law_text for article in ref.articles)


def chinese(article: Any) -> str:
    """第六十条第一款第五项, written by digits rather than by rule."""
    digits = "零一二三四五六七八九"

    def numeral(number: int) -> str:
        text = "".join(
            digits[int(digit)] + unit
            for digit, unit in zip(str(number), "千百十"[-len(str(number)) + 1 :] + " ", strict=False)
            if len(str(number)) > 1
        ).replace(" ", "")
        text = text or digits[number]
        for zero in ("零千", "零百", "零十"):
            text = text.replace(zero, "零")
        while "零零" in text:
            text = text.replace("零零", "零")
        text = text.rstrip("零")
        return text[1:] if text.startswith("一十") else text

    parts = ((article.article, "条"), (article.paragraph, "款"), (article.item, "项"))
    return "".join(f"第{numeral(number)}{word}" for number, word in parts if number)


@pytest.mark.parametrize(
    ("code", "low", "high"),
    [
        ("EB-05", "《中华人民共和国消防法》", "《高层民用建筑消防安全管理规定》第三十七条"),
        ("ES-01", "第一百一十一条", "第一百一十一条"),
    ],
)
def test_the_high_rise_regulation_stays_off_low_buildings(code: str, low: str, high: str) -> None:
    item = CATALOGUE.item(code)
    assert low in law_text(item, high_rise=False)
    assert high in law_text(item, high_rise=True)
    assert "高层" not in law_text(item, high_rise=False)


@pytest.mark.parametrize(
    ("code", "present", "missing"),
    [
        ("FP-02", "", "OCM"),
        ("FP-02", "O", "CM"),
        ("FP-02", "MCOO", ""),
        ("FP-01", "OC", "T"),
        ("FP-01", "OCT", "T"),  # dwell needs two shots
        ("FP-01", "OCTT", ""),
        ("EB-03", "OC", ""),
        ("EL-05", "OC", "V"),
    ],
)
def test_missing_photos_are_named_in_order(code: str, present: str, missing: str) -> None:
    assert "".join(missing_photos(CATALOGUE.item(code), present)) == missing


def test_an_after_shot_is_never_asked_of_a_finding_but_of_a_false_reply() -> None:
    asking = [i.code for i in CATALOGUE.items if REPLY_PHOTO in [need.kind for need in required_photos(i)]]
    assert asking == ["DS-09"]


def test_an_unknown_photo_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="X"):
        missing_photos(CATALOGUE.item("FP-01"), ["O", "X"])


def test_the_eight_sets() -> None:
    assert list(SETS) == [
        "CK-WEEK",
        "CK-TEN",
        "CK-MONTH",
        "CK-FIRE",
        "CK-LIFT",
        "CK-OPEN",
        "CK-BARE",
        "CK-WINTER",
    ]
    weekly = "FP-01 FP-05 FP-06 FP-08 EB-01 EB-02 EB-03 EB-04 IC-01 ES-01 ES-02 ES-03 ES-04 "
    assert codes("CK-WEEK") == (weekly + "PF-01 PF-02 PF-04 OR-01 OR-04 GR-01 DS-04").split()
    assert len(codes("CK-TEN")) == 40 and set(codes("CK-WEEK")) < set(codes("CK-TEN"))
    assert sorted(codes("CK-MONTH")) == sorted(item.code for item in CATALOGUE.items)
    assert {code[:2] for code in codes("CK-FIRE")} == {"FP", "FE", "EB"} and len(codes("CK-FIRE")) == 26
    assert {code[:2] for code in codes("CK-LIFT")} == {"EL"} and len(codes("CK-LIFT")) == 6
    assert {code[:2] for code in codes("CK-OPEN")} == {"DS"} and len(codes("CK-OPEN")) == 9


def test_five_to_have_and_six_to_be_without() -> None:
    words = [point.text[0] for point in SETS["CK-BARE"].points]
    assert words == ["有"] * 5 + ["无"] * 6
    assert SETS["CK-BARE"].points[5].items == ("IC-01", "IC-02")


@pytest.mark.parametrize("name", [name for name in SETS if name != "CK-BARE"])
def test_sets_follow_the_way_through_a_compound(name: str) -> None:
    place = {group.code: group.walk for group in CATALOGUE.groups}
    assert codes(name) == sorted(codes(name), key=lambda code: (place[code[:2]], code))


def spoilt(change: Any) -> dict[str, Any]:
    document = copy.deepcopy(read_data("catalogue"))
    change(document["items"][0])
    return document


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("code", "FP-1", "does not belong"),
        ("code", "FE-01", "does not belong"),
        ("group", "XX", "does not belong"),
        ("name", "", "name must be"),
        ("name", "a\0b", "name must be"),
        ("requirement", None, "requirement must be"),
        ("severity", "grave", "grave"),
        ("parties", ["owner"], "owner"),
        ("short_name", "十三个汉字的简称是太长了些吧", "longer than 12"),
        ("pinyin", "abc", "does not match"),
        ("photos", [], "must not be empty"),
        ("photos", [{"kind": "Z"}], "Z"),
        ("points", {"min": 8, "max": 5, "own_fault": True}, "rise"),
        ("points", {"min": 8}, "Points"),
        ("deadline", [{"stage": "fix", "n": 0, "unit": "day"}], "term must be"),
        ("deadline", [{"stage": "fix", "n": 3, "unit": "moon"}], "moon"),
        ("law", [{"statute": "XF"}], "articles"),
    ],
)
def test_a_faulty_item_is_refused_by_name(field: str, value: Any, fault: str) -> None:
    with pytest.raises(CatalogueError, match=fault):
        parse_catalogue(spoilt(lambda item: item.update({field: value})))


def test_every_fault_is_named_at_once() -> None:
    document = copy.deepcopy(read_data("catalogue"))
    document["items"][0]["severity"] = "grave"
    document["items"][4]["photos"] = []
    document["items"].append("FP-99")
    document["items"].append(document["items"][7])
    del document["version"]
    document["groups"] = document["groups"][:9]
    with pytest.raises(CatalogueError) as refused:
        parse_catalogue(document)
    faults = str(refused.value).splitlines()
    starts = [fault.split(":")[0] for fault in faults]
    assert starts[:5] == ["1", "FP-01", "FP-05", "86", "FP-08"]
    assert starts[5:] == ["GR-01", "GR-02", "GR-03", "GR-04", "GR-05"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda sets: sets[0]["items"].append("ZZ-01"), "ZZ-01"),
        (lambda sets: sets[0]["items"].append("FP-01"), "CK-WEEK FP-01: appears 2 times"),
        (lambda sets: sets[6]["points"][0].update(items=[]), "BARE-01 maps to no known item"),
        (lambda sets: sets[6]["points"][0].update(items=["ZZ-01"]), "BARE-01 maps to no known item"),
        (lambda sets: sets.append(sets[0]), "CK-WEEK: appears 2 times"),
    ],
)
def test_faulty_sets_are_refused(change: Any, fault: str) -> None:
    document = read_data("sets")
    change(document["sets"])
    with pytest.raises(CatalogueError, match=fault):
        parse_sets(document, CATALOGUE)


def test_search_letters_follow_the_reading_in_context() -> None:
    # 调蓄 tiáo, 承重 zhòng, 长期 cháng, 自行车 xíng, 剥落 bō, 空秃 kōng
    letters = {code: CATALOGUE.item(code).pinyin for code in ("PF-09", "IC-04", "OR-05", "EB-02", "PF-05")}
    assert letters == {
        "PF-09": "ecgsjytxwqxwjcwss",
        "IC-04": "wgzxcgczjg",
        "OR-05": "jsccqzw",
        "EB-02": "mtzdltjtfddzxc",
        "PF-05": "jzwqblzlfx",
    }
    hits = [item.code for item in CATALOGUE.items if "xfctd" in item.pinyin]
    assert hits == ["FP-01", "FP-02", "FP-03"]
    assert PhotoKind("O") is PhotoKind.OVERVIEW
