"""Staged deadlines: the steps before the last stand on the paper, in the document, and move with service."""

from __future__ import annotations

import re
import subprocess
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from server.core.clock import FixedClock
from server.core.db import new_id
from server.documents.paper import NoticeItem, StageLine, render
from server.documents.paper.sample import sample_document
from tests.factories.actors import Actor
from tests.factories.papers import change

Cast = Callable[[str], Actor]
DUE = datetime(2026, 12, 4, 10, 0, tzinfo=UTC)


def _read(pdf: bytes) -> str:
    text = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return re.sub(r"\s|\u200b", "", text.stdout.decode())


def _row(**changes: Any) -> NoticeItem:
    row = sample_document(0).facts.items[0]  # type: ignore[attr-defined]
    return replace(row, due_at=DUE, unit="day", count=14, **changes)


def _issue(cast: Cast, code: str) -> tuple[str, str]:
    """A notice about one item; its id and that of the case."""
    he, case = cast("supervisor_he"), str(cast("inspector_chen").finds(code))
    he.does("confirm_finding", finding_id=case)
    notice_id = str(new_id())
    he.does("issue_notice", notice_id=notice_id, items=[{"finding_id": case}])
    return notice_id, case


def test_each_step_is_printed_with_its_own_hour_and_the_last_says_what_it_is_for() -> None:
    steps = (StageLine("guard"), StageLine("report", DUE - timedelta(days=3), provisional=True))
    text = _read(
        render(change(sample_document(0), items=(_row(stages=steps, last_stage="plan"), _row(index=2))))
    )
    assert (
        "立即设置防护上报情况：2026年12月1日18时00分前（暂定）报送整改方案：2026年12月4日18时00分前" in text
    )
    assert "第1项分步进行，每一步均应当在表列期限内完成。" in text
    assert "标“暂定”的期限，因2026年放假安排" in text


def test_a_row_with_one_date_says_nothing_of_steps() -> None:
    text = _read(render(change(sample_document(0), items=(_row(),))))
    assert "分步" not in text
    assert "完成整改：" not in text


def test_the_steps_stand_in_the_letter_and_in_the_document(cast: Cast, clock: FixedClock) -> None:
    notice_id, case = _issue(cast, "FE-01")
    liu, issued = cast("firm_liu"), clock.now()
    [step] = liu.get(f"/api/notices/{notice_id}").get_json()["items"][0]["stages"]
    assert (step["stage"], step["n"], step["unit"]) == ("report", 24, "hour")
    assert datetime.fromisoformat(step["due_at"]) == issued + timedelta(hours=24)
    paper = liu.get(f"/api/notices/{notice_id}/document").get_data()
    assert "上报情况：" in _read(paper)
    clock.set(issued + timedelta(hours=5))
    liu.does("open_notice", notice_id=notice_id)
    [step] = liu.get(f"/api/notices/{notice_id}").get_json()["items"][0]["stages"]
    assert datetime.fromisoformat(step["printed_due_at"]) == issued + timedelta(hours=24)
    assert datetime.fromisoformat(step["due_at"]) == issued + timedelta(hours=29)
    assert liu.case(uuid.UUID(case))["state"] == "rectifying"


def test_an_item_of_one_step_has_none_before_it(cast: Cast) -> None:
    notice_id, _ = _issue(cast, "FP-03")
    assert cast("firm_liu").get(f"/api/notices/{notice_id}").get_json()["items"][0]["stages"] == []
