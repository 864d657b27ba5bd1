"""Codes, code lists and the cells of the ledger 附件1."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.places import rules
from server.places.models import AreaLevel
from server.places.rules import CellFault, FirmText, UsccVerdict

NAMES = {
    "9999": "澜川市",
    "9999.999901": "澄湖区",
    "9999.999901.999901003": "青禾街道",
    "9999.999901.999901003.999901003001": "禾田社区",
    "9999.999901.999901002": "听松街道",
    "9999.999901.999901002.999901002001": "松涛社区",
    "9999.999901.999901002.999901002002": "禾田社区",
}
HETIAN = "9999.999901.999901003.999901003001"


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("91350100M000100Y43", UsccVerdict.GOOD),
        ("91110000101623741K", UsccVerdict.GOOD),
        ("91999901MADM002030", UsccVerdict.GOOD),
        ("91999901MADM0073X0", UsccVerdict.GOOD),
        ("91999901MADM007480", UsccVerdict.GOOD),
        ("91350211M0000XUF46", UsccVerdict.SUSPECT),
        ("91350100M000100Y44", UsccVerdict.SUSPECT),
        ("91350100M000100Y4Z", UsccVerdict.MALFORMED),
        ("91350100M000100Y4", UsccVerdict.MALFORMED),
        ("9135010IM000100Y43", UsccVerdict.MALFORMED),
        ("", UsccVerdict.MALFORMED),
    ],
)
def test_check_digit_vectors(code: str, verdict: UsccVerdict) -> None:
    assert rules.check_uscc(code) is verdict


def test_a_code_is_recognised_however_it_was_typed() -> None:
    assert rules.normalise_uscc(" ９１３５０１００ｍ000100ｙ43 ") == "91350100M000100Y43"
    assert rules.normalise_uscc("91350100-M000100Y4-3") == "91350100M000100Y43"


@given(st.text(rules.USCC_ALPHABET, min_size=9, max_size=9), st.integers(0, 16), st.data())
def test_one_wrong_character_never_passes(body: str, place: int, data: st.DataObject) -> None:
    first17 = "91999901" + body
    code = first17 + rules.uscc_check_character(first17)
    assert rules.check_uscc(code) is UsccVerdict.GOOD
    allowed = "0123456789" if 2 <= place < 8 else rules.USCC_ALPHABET
    other = data.draw(st.sampled_from([char for char in allowed if char != code[place]]))
    assert rules.check_uscc(code[:place] + other + code[place + 1 :]) is UsccVerdict.SUSPECT


@pytest.mark.parametrize(
    ("text", "code", "level", "path"),
    [
        ("3413", "341300000000", "city", "3413"),
        ("341302", "341302000000", "district", "3413.341302"),
        ("341302001", "341302001000", "street", "3413.341302.341302001"),
        ("341302001000", "341302001000", "street", "3413.341302.341302001"),
        ("３４１３０２００１００２", "341302001002", "community", "3413.341302.341302001.341302001002"),
    ],
)
def test_area_codes(text: str, code: str, level: str, path: str) -> None:
    found = rules.read_area_code(text)
    assert (found.code, found.level.value, found.path) == (code, level, path)
    assert found.parent_path == (path.rpartition(".")[0] or None)


@pytest.mark.parametrize("text", ["", "34130", "341302000001", "34130200100x", "00", "000000", "341300001"])
def test_what_is_no_area_code(text: str) -> None:
    with pytest.raises(CellFault):
        rules.read_area_code(text)


def test_levels_are_those_of_the_table() -> None:
    assert [level.value for level in rules.Level] == [level.value for level in AreaLevel]


@pytest.mark.parametrize(
    ("text", "choices", "digit"),
    [
        ("1", rules.SERVICE_FORMS, 1),
        ("１", rules.SERVICE_FORMS, 1),
        ("1.0", rules.SERVICE_FORMS, 1),
        ("专业化物业服务", rules.SERVICE_FORMS, 1),
        ("1 专业化物业服务", rules.SERVICE_FORMS, 1),
        ("2、社区统管", rules.SERVICE_FORMS, 2),
        ("其他", rules.SERVICE_FORMS, 6),
        ("业委会", rules.COMMITTEES, 1),
        ("未 成 立", rules.COMMITTEES, 3),
        ("党支部", rules.PARTY_COVERAGE, 3),
        ("无", rules.PARTY_COVERAGE, 5),
    ],
)
def test_code_lists_take_digits_or_words(text: str, choices: dict[int, str], digit: int) -> None:
    assert rules.read_choice(text, choices) == digit


@pytest.mark.parametrize("text", ["0", "7", "12", "1 社区统管", "物业", "-1", "=1"])
def test_what_is_not_in_the_code_list(text: str) -> None:
    with pytest.raises(CellFault) as fault:
        rules.read_choice(text, rules.SERVICE_FORMS)
    assert fault.value.code == "compound.code_list"
    assert "1 专业化物业服务" in fault.value.message


@pytest.mark.parametrize(
    ("text", "rate"),
    [("95", "95"), ("95%", "95"), ("９５．５％", "95.5"), ("0", "0"), ("100", "100"), ("33.333", "33.33")],
)
def test_rates(text: str, rate: str) -> None:
    assert rules.read_rate(text) == Decimal(rate)


def test_no_rate() -> None:
    assert rules.read_rate("/") is None


@pytest.mark.parametrize("text", ["101", "-1", "NaN", "Infinity", "约九成", "1e999"])
def test_what_is_no_rate(text: str) -> None:
    with pytest.raises(CellFault):
        rules.read_rate(text)


@pytest.mark.parametrize(("text", "count"), [("0", 0), ("1,024", 1024), ("12.0", 12), ("１２", 12)])
def test_counts(text: str, count: int) -> None:
    assert rules.read_count(text) == count


@pytest.mark.parametrize("text", ["-1", "1.5", "一百", "9999999999", "1 2"])
def test_what_is_no_count(text: str) -> None:
    with pytest.raises(CellFault):
        rules.read_count(text)


def test_flags() -> None:
    assert [rules.read_flag(text) for text in ("是", "True", "1", "否", "FALSE", "0")] == [True] * 3 + [
        False
    ] * 3
    with pytest.raises(CellFault):
        rules.read_flag("也许")


@pytest.mark.parametrize(
    ("text", "firm"),
    [
        ("甲物业有限公司、张某 10000000001", FirmText("甲物业有限公司", "张某", "10000000001")),
        ("甲物业有限公司（张某）", FirmText("甲物业有限公司", "张某", None)),
        ("甲物业有限公司\n项目经理：张某\n199****0001", FirmText("甲物业有限公司", "张某", "199****0001")),
        ("甲物业有限公司", FirmText("甲物业有限公司", None, None)),
        ("无", FirmText(None, None, None)),
        ("", FirmText(None, None, None)),
    ],
)
def test_firm_and_manager_from_one_cell(text: str, firm: FirmText) -> None:
    assert rules.read_firm(text) == firm


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("澜川岸禾物业服务有限公司", "澜川岸禾"),
        ("澜川岸禾物业管理有限责任公司青禾分公司", "澜川岸禾"),
        ("物业服务有限公司", "物业服务有限公司"),
        ("青禾居委会", "青禾居委会"),
    ],
)
def test_short_names(name: str, short: str) -> None:
    assert rules.short_firm_name(name) == short


@pytest.mark.parametrize(
    "text", ["青禾街道、禾田社区", "青禾街道禾田社区", "青禾 禾田", "青禾街道／禾田社区", "青禾、禾田社区"]
)
def test_street_and_community_from_one_cell(text: str) -> None:
    assert rules.area_candidates(text, NAMES) == [HETIAN]


def test_a_community_of_another_street_is_not_taken() -> None:
    assert rules.area_candidates("青禾街道、松涛社区", NAMES) == []


def test_a_name_alone_may_be_ambiguous() -> None:
    assert len(rules.area_candidates("禾田社区", NAMES)) == 2
    assert rules.area_candidates("松涛社区", NAMES) == ["9999.999901.999901002.999901002001"]


def test_a_street_alone_is_found() -> None:
    assert rules.area_candidates("青禾街道", NAMES) == ["9999.999901.999901003"]
    assert rules.area_candidates("", NAMES) == []
