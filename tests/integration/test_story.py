"""The loop, told through the API: from a hazard seen to one case written off and one sent back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from server.core.clock import FixedClock
from server.core.db import new_id
from server.escalation import service as escalation
from tests.factories.actors import Actor

Cast = Callable[[str], Actor]


def test_from_a_hazard_to_written_off_and_second_order(cast: Cast, clock: FixedClock) -> None:
    chen, li, he, liu = (
        cast(name) for name in ("inspector_chen", "inspector_li", "supervisor_he", "firm_liu")
    )
    lane, wires = chen.finds("FP-01"), chen.finds("EB-03", text="二楼走道充电")
    assert chen.case(lane)["photos_stored"] == 2
    assert liu.get(f"/api/findings/{lane}").status_code == 404

    he.does("confirm_finding", finding_id=str(lane))
    he.does("confirm_finding", finding_id=str(wires))
    notice_id = str(new_id())
    items = [{"finding_id": str(lane)}, {"finding_id": str(wires)}]
    issued = he.does("issue_notice", notice_id=notice_id, items=items)
    assert issued["number"] == "青禾办物改〔2026〕第1号"
    pdf = he.get(f"/api/notices/{notice_id}/document")
    assert pdf.data.startswith(b"%PDF")

    notice = liu.get(f"/api/notices/{notice_id}").get_json()
    assert [line["item_code"] for line in notice["items"]] == ["FP-01", "EB-03"]
    token = notice["verify_url"].rsplit("/", 1)[-1]
    page = cast("firm_zhao").client.get(f"/v/{token}").get_data(as_text=True)
    assert "青禾办物改〔2026〕第1号" in page
    assert notice["document_sha256"] in page

    clock.set(clock.now() + timedelta(minutes=30))
    liu.does("acknowledge_notice", notice_id=notice_id, name="刘某", title="项目主管", phone="199****0002")
    for finding_id, colour in ((lane, (10, 200, 10)), (wires, (20, 210, 20))):
        after = liu.shoots("A", colour)
        liu.does(
            "answer_item",
            response_id=str(new_id()),
            notice_id=notice_id,
            finding_id=str(finding_id),
            text="已清理",
            photos=[after.declaration],
        )
        liu.uploads(after)
    assert he.get("/api/findings", inbox="review").get_json()["items"]

    def reviews(who: Actor, finding_id: object, passed: bool) -> dict[str, object]:
        shot = who.shoots("A", (30, 30, 220 if passed else 100))
        result = who.does(
            "review_finding",
            review_id=str(new_id()),
            finding_id=str(finding_id),
            passed=passed,
            text="现场复查",
            reviewed_at=who.now().isoformat(),
            photos=[shot.declaration],
        )
        who.uploads(shot)
        return result

    own = chen.fails(
        "review_finding",
        review_id=str(new_id()),
        finding_id=str(lane),
        passed=True,
        reviewed_at=chen.now().isoformat(),
    )
    assert own == "finding.own_review"
    assert reviews(li, lane, True)["state"] == "closed"
    assert reviews(li, wires, False)["state"] == "rectifying"

    again = str(new_id())
    second = he.does("issue_notice", notice_id=again, items=[{"finding_id": str(wires)}])
    assert second["number"] == "青禾办物改〔2026〕第2号"
    assert he.get(f"/api/notices/{again}").get_json()["order_no"] == 2
    assert he.get(f"/api/notices/{notice_id}").get_json()["state"] == "partly"

    acts = [line["act"] for line in he.case(wires)["ledger"]]
    assert [act for act in acts if not act.startswith("photo.")] == [
        "finding.open",
        "finding.confirm",
        "finding.issue_notice",
        "notice.open",
        "finding.serve",
        "finding.acknowledge",
        "finding.answer",
        "finding.fail_review",
        "finding.issue_second_order",
    ]
    assert he.case(lane)["ledger_intact"]
    assert he.case(lane)["state"] == "closed"


def test_an_unanswered_deadline_becomes_overdue_once(cast: Cast, clock: FixedClock, session: object) -> None:
    finding_id = cast("inspector_chen").finds("FP-01")
    he, liu = cast("supervisor_he"), cast("firm_liu")
    he.does("confirm_finding", finding_id=str(finding_id))
    notice_id = str(new_id())
    he.does("issue_notice", notice_id=notice_id, items=[{"finding_id": str(finding_id)}])
    liu.does("acknowledge_notice", notice_id=notice_id, name="刘某")
    due = he.case(finding_id)["due_at"]
    assert escalation.sweep(session, clock.now()) == 0  # type: ignore[arg-type]
    late = clock.now() + timedelta(hours=2, seconds=1)
    assert escalation.sweep(session, late) == 1  # type: ignore[arg-type]
    assert escalation.sweep(session, late) == 0  # type: ignore[arg-type]
    session.commit()  # type: ignore[attr-defined]
    case = he.case(finding_id)
    assert (case["state"], case["overdue"], case["overdue_at"]) == ("overdue", True, due)


@pytest.mark.parametrize("stranger", ["supervisor_sun", "inspector_wang", "firm_zhao"])
def test_strangers_learn_nothing(cast: Cast, stranger: str) -> None:
    finding_id = cast("inspector_chen").finds()
    he = cast("supervisor_he")
    he.does("confirm_finding", finding_id=str(finding_id))
    notice_id = str(new_id())
    he.does("issue_notice", notice_id=notice_id, items=[{"finding_id": str(finding_id)}])
    other = cast(stranger)
    for path in (
        f"/api/findings/{finding_id}",
        f"/api/notices/{notice_id}",
        f"/api/notices/{notice_id}/document",
    ):
        assert other.get(path).status_code == 404
    assert other.get("/api/findings").get_json()["items"] == []
    assert other.get("/api/notices").get_json()["items"] == []
    assert other.fails("confirm_finding", finding_id=str(finding_id)) == "core.not_found"


def test_marking_a_duplicate_tells_both_files(cast: Cast) -> None:
    chen, he = cast("inspector_chen"), cast("supervisor_he")
    old, new = chen.finds("FP-02"), chen.finds("FP-02")
    similar = he.case(new)["similar"]
    assert [case["id"] for case in similar] == [str(old)]
    he.does("mark_duplicate", finding_id=str(new), master_id=str(old))
    assert he.case(new)["state"] == "duplicate"
    assert he.case(old)["ledger"][-1]["act"] == "finding.absorb"
    assert he.fails("mark_duplicate", finding_id=str(old), master_id=str(new)) == "finding.master_not_usable"
    assert (
        he.fails("mark_duplicate", finding_id=str(old), master_id=str(old)) == "finding.duplicate_of_itself"
    )
