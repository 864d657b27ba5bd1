"""Issuing and answering notices: numbers without gaps, lawful dates, refusals without traces."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from server.core.clock import FixedClock
from server.core.db import db, new_id
from server.notices.models import Notice
from tests.factories.actors import Actor

Cast = Callable[[str], Actor]
Live = tuple[Flask, Cast]


def _confirmed(cast: Cast, code: str = "FP-03", **more: Any) -> UUID:
    finding_id = cast("inspector_chen").finds(code, **more)
    cast("supervisor_he").does("confirm_finding", finding_id=str(finding_id))
    return finding_id


def _issue(he: Actor, *findings: UUID, **line: Any) -> dict[str, Any]:
    notice_id = str(new_id())
    items = [{"finding_id": str(finding)} | line for finding in findings]
    he.does("issue_notice", notice_id=notice_id, items=items)
    document: dict[str, Any] = he.get(f"/api/notices/{notice_id}").get_json()
    return document


def _refused(he: Actor, *findings: UUID, **line: Any) -> str:
    items = [{"finding_id": str(finding)} | line for finding in findings]
    return he.fails("issue_notice", notice_id=str(new_id()), items=items)


def test_fifteen_days_from_today_roll_over_the_weekend(cast: Cast) -> None:
    notice = _issue(cast("supervisor_he"), _confirmed(cast, "FP-03"))
    assert datetime.fromisoformat(notice["items"][0]["due_at"]) == datetime(2026, 12, 7, 10, tzinfo=UTC)


def test_the_proposal_says_what_the_notice_will_say(cast: Cast) -> None:
    finding_id, he = _confirmed(cast, "FP-03"), cast("supervisor_he")
    proposal = he.get("/api/notices/proposal", finding_id=str(finding_id)).get_json()
    notice = _issue(he, finding_id)
    said, proposed = notice["items"][0], proposal["items"][0]
    for name in ("legal_basis", "requirement", "term", "unit", "provisional"):
        assert proposed[name] == said[name]
    assert datetime.fromisoformat(proposed["due_at"]) == datetime.fromisoformat(said["due_at"])
    assert proposal["firm"]["name"] == "澜川岸禾物业服务有限公司"


def test_the_proposal_reckons_a_term_that_is_only_tried(cast: Cast) -> None:
    finding_id, he = _confirmed(cast, "FP-03"), cast("supervisor_he")
    path, term = "/api/notices/proposal", f"{finding_id}:5:workday"
    tried = he.get(path, finding_id=str(finding_id), term=term).get_json()["items"][0]
    said = _issue(he, finding_id, term=5, unit="workday")["items"][0]
    assert (tried["term"], tried["unit"]) == (5, "workday")
    assert datetime.fromisoformat(tried["due_at"]) == datetime.fromisoformat(said["due_at"])
    for bad in (f"{finding_id}:5:moon", f"{finding_id}:9999:day", f"{finding_id}:-1:day", "x:5:day"):
        assert he.get(path, finding_id=str(finding_id), term=bad).status_code == 422


def test_a_term_into_2027_is_provisional_not_an_error(cast: Cast) -> None:
    notice = _issue(cast("supervisor_he"), _confirmed(cast), term=30, unit="workday")
    assert notice["items"][0]["provisional"] is True
    assert notice["items"][0]["due_at"].startswith("2027-01-")


def test_service_moves_the_date_later_never_earlier(cast: Cast, clock: FixedClock) -> None:
    notice = _issue(cast("supervisor_he"), _confirmed(cast), term=24, unit="hour")
    printed = notice["items"][0]["printed_due_at"]
    clock.set(clock.now() + timedelta(hours=5))
    liu = cast("firm_liu")
    liu.does("acknowledge_notice", notice_id=notice["id"], name="刘某")
    item = liu.get(f"/api/notices/{notice['id']}").get_json()["items"][0]
    assert item["printed_due_at"] == printed
    moved = datetime.fromisoformat(item["due_at"]) - datetime.fromisoformat(printed)
    assert moved == timedelta(hours=5)


def test_a_date_set_by_hand_stands_as_printed(cast: Cast, clock: FixedClock) -> None:
    fixed = clock.now() + timedelta(days=3)
    notice = _issue(cast("supervisor_he"), _confirmed(cast), due_at=fixed.isoformat())
    clock.set(clock.now() + timedelta(days=1))
    liu = cast("firm_liu")
    liu.does("acknowledge_notice", notice_id=notice["id"], name="刘某")
    item = liu.get(f"/api/notices/{notice['id']}").get_json()["items"][0]
    assert datetime.fromisoformat(item["due_at"]) == fixed


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ({"due_at": "2026-11-20T08:59:00+08:00"}, "notice.deadline_past"),
        ({"term": 0, "unit": "day"}, "notice.term_refused"),
        ({"term": 5}, "notice.term_refused"),
        ({"requirement": "清除\U0001f984"}, "document.undrawable_text"),
    ],
)
def test_a_refused_issue_leaves_no_trace(cast: Cast, session: Any, line: dict[str, Any], code: str) -> None:
    finding_id, he = _confirmed(cast), cast("supervisor_he")
    assert _refused(he, finding_id, **line) == code
    assert session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 0
    assert he.case(finding_id)["state"] == "confirmed"
    assert _issue(he, finding_id)["number"] == "青禾办物改〔2026〕第1号"


def test_one_notice_is_about_one_compound(cast: Cast) -> None:
    here, there = _confirmed(cast), _confirmed(cast, compound="岸禾新村")
    assert _refused(cast("supervisor_he"), here, there) == "notice.mixed_subjects"


def test_a_compound_without_a_firm_gets_no_notice(cast: Cast) -> None:
    assert _refused(cast("supervisor_he"), _confirmed(cast, compound="无管小院")) == "notice.no_firm"


def test_an_unconfirmed_finding_cannot_be_noticed(cast: Cast) -> None:
    finding_id = cast("inspector_chen").finds()
    assert _refused(cast("supervisor_he"), finding_id) == "finding.illegal_action"


def test_photos_on_their_way_hold_the_notice_back(cast: Cast) -> None:
    chen, he = cast("inspector_chen"), cast("supervisor_he")
    finding_id = _confirmed(cast)
    late = chen.shoots("O", (1, 2, 3))
    chen.does("add_photos", finding_id=str(finding_id), photos=[late.declaration])
    assert _refused(he, finding_id) == "notice.photos_missing"
    chen.uploads(late)
    assert _issue(he, finding_id)["state"] == "issued"


@pytest.mark.parametrize("name", ["inspector_li", "firm_liu", "legal_qin", "observer_bai", "admin_gu"])
def test_only_supervisors_issue(cast: Cast, name: str) -> None:
    finding_id = _confirmed(cast)
    assert _refused(cast(name), finding_id) in ("core.forbidden", "core.not_found")


def test_an_answer_before_the_receipt_is_refused(cast: Cast) -> None:
    finding_id = _confirmed(cast)
    notice = _issue(cast("supervisor_he"), finding_id)
    code = cast("firm_liu").fails(
        "answer_item",
        response_id=str(new_id()),
        notice_id=notice["id"],
        finding_id=str(finding_id),
        text="已改",
    )
    assert code == "notice.illegal_action"


def test_an_answer_to_one_of_two_items_reaches_phones_that_have_the_notice(live: Live) -> None:
    _, cast = live
    first, second = _confirmed(cast), _confirmed(cast)
    notice = _issue(cast("supervisor_he"), first, second)
    liu = cast("firm_liu")
    liu.does("acknowledge_notice", notice_id=notice["id"], name="刘某")
    cursor = liu.get("/api/sync/changes").get_json()["cursor"]
    answer = {"response_id": str(new_id()), "finding_id": str(first), "text": "已改"}
    told = liu.does("answer_item", notice_id=notice["id"], **answer)
    assert told["state"] == "acknowledged"
    pulled = liu.get("/api/sync/changes", cursor=cursor).get_json()["items"]["notices"]
    assert [len(item["responses"]) for each in pulled for item in each["items"]] == [1, 0]


def test_a_second_order_needs_a_failed_review(cast: Cast) -> None:
    finding_id = _confirmed(cast)
    he = cast("supervisor_he")
    notice = _issue(he, finding_id)
    cast("firm_liu").does("acknowledge_notice", notice_id=notice["id"], name="刘某")
    assert _refused(he, finding_id) == "notice.second_order_closed"


def test_the_year_begins_anew_at_midnight_in_shanghai(cast: Cast, clock: FixedClock) -> None:
    first, second, third = (_confirmed(cast) for _ in range(3))
    he = cast("supervisor_he")
    clock.set(datetime(2026, 12, 31, 15, 59, tzinfo=UTC))
    assert _issue(he, first)["number"] == "青禾办物改〔2026〕第1号"
    clock.set(datetime(2026, 12, 31, 16, 0, tzinfo=UTC))
    assert _issue(he, second)["number"] == "青禾办物改〔2027〕第1号"
    assert _issue(he, third)["number"] == "青禾办物改〔2027〕第2号"


def test_concurrent_issuers_leave_no_gap(live: Live) -> None:
    app, cast = live
    good = [_confirmed(cast) for _ in range(6)]
    spoilt = [_confirmed(cast) for _ in range(3)]
    gate = threading.Barrier(len(good) + len(spoilt))

    def issue(finding_id: UUID, line: dict[str, Any]) -> None:
        he = cast("supervisor_he")
        gate.wait()
        he.command("issue_notice", notice_id=str(new_id()), items=[{"finding_id": str(finding_id)} | line])

    with ThreadPoolExecutor(len(good) + len(spoilt)) as pool:
        work = [pool.submit(issue, finding_id, {}) for finding_id in good]
        work += [pool.submit(issue, finding_id, {"term": 0, "unit": "day"}) for finding_id in spoilt]
        for future in work:
            future.result()
    with app.app_context():
        numbers = sorted(db.session.scalars(sa.select(Notice.sequence)))
    assert numbers == list(range(1, len(good) + 1))
