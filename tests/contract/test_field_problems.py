"""docs/field-problems.md names tests; a page about tests that are not there would comfort for nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROWS = [
    line
    for line in (ROOT / "docs" / "field-problems.md").read_text().splitlines()
    if re.match(r"\| \d", line)
]


@pytest.mark.parametrize("row", ROWS, ids=[row.split("|")[1].strip() for row in ROWS])
def test_each_problem_has_the_test_that_the_page_names(row: str) -> None:
    named = re.findall(r"`([^`]+)`: `([^`]+)`", row.split("|")[4])
    assert named, row
    for file, name in named:
        text = (ROOT / file).read_text()
        wanted = rf"def {name}\(" if file.endswith(".py") else re.escape(name)
        assert re.search(wanted, text), f"{file} has no {name}"


def test_the_page_has_all_of_them() -> None:
    assert len(ROWS) >= 40
