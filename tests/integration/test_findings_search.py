"""The search field above the list: by number, compound, firm, item and words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.factories.actors import Actor

Cast = Callable[[str], Actor]


@pytest.mark.parametrize(
    "words", ["FP-03", "fp-0", "汀禾", "岸禾", "未划线", "fire lane not", "东门一角", "净宽一米六"]
)
def test_a_finding_is_found_by_what_people_know_of_it(cast: Cast, words: str) -> None:
    found = str(cast("inspector_chen").finds("FP-03", place="东门一角", text="净宽一米六"))
    other = str(cast("inspector_chen").finds("ES-01", place="西门", text="一堆纸箱"))
    listed = {item["id"] for item in cast("supervisor_he").get("/api/findings", q=words).get_json()["items"]}
    assert found in listed
    assert (other in listed) is (words in ("汀禾", "岸禾"))


@pytest.mark.parametrize("words", ["%", "_", "\\", "沙漠骆驼"])
def test_signs_of_patterns_are_plain_letters(cast: Cast, words: str) -> None:
    cast("inspector_chen").finds("FP-03", place="东门", text="没有这些字")
    assert cast("supervisor_he").get("/api/findings", q=words).get_json()["items"] == []
