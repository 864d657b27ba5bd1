"""Service and procedure: proven service, extensions, objections, duty reports, asking for more."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from server.core.clock import FixedClock
from server.core.db import new_id
from server.escalation import service as escalation
from server.notices.models import DeadlineChange, ServiceConsent
from tests.factories.actors import Actor

Cast = Callable[[str], Actor]
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


def _notice(cast: Cast, *codes: str, compound: str = "汀禾苑", **line: Any) -> tuple[str, list[str]]:
    """A notice about these items; its id and the ids of its cases."""
    chen, he = cast("inspector_chen"), cast("supervisor_he")
    cases = [str(chen.finds(code, compound=compound)) for code in codes or ("FP-03",)]
    for case in cases:
        he.does("confirm_finding", finding_id=case)
    notice_id = str(new_id())
    items = [{"finding_id": case} | line for case in cases]
    he.does("issue_notice", notice_id=notice_id, items=items)
    return notice_id, cases


def _read(who: Actor, notice_id: str) -> dict[str, Any]:
    answer = who.get(f"/api/notices/{notice_id}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: dict[str, Any] = answer.get_json()
    return found


def _without_consent(session: Any, cast: Cast) -> None:
    session.execute(sa.update(ServiceConsent).values(withdrawn_at=cast("firm_liu").now() - timedelta(days=1)))
    session.commit()


def _direct(who: Actor, *notices: str, **more: Any) -> dict[str, Any]:
    """A direct service with a signature, as the phone sends it."""
    signed = who.shoots("L", (250, 250, 250))
    body: dict[str, Any] = {
        "service_id": str(new_id()),
        "notice_ids": list(notices),
        "method": "direct",
        "recipient": {"name": "刘某", "title": "项目主管"},
        "relation": "principal",
        "signature_photo_id": str(signed.id),
        "place": "物业服务中心",
        "photos": [signed.declaration],
    }
    return body | more


def _answer(liu: Actor, notice_id: str, case: str, text: str = "已清理") -> str:
    response_id = str(new_id())
    told = {"response_id": response_id, "notice_id": notice_id, "finding_id": case, "text": text}
    liu.does("answer_item", **told)
    return response_id


def _judge(li: Actor, case: str, passed: bool, **more: Any) -> dict[str, Any]:
    told = {"review_id": str(new_id()), "finding_id": case, "passed": passed, "text": "现场看过"}
    return li.does("review_finding", **(told | {"reviewed_at": li.now().isoformat()} | more))


def _extension(notice_id: str, case: str, due_at: datetime, **more: Any) -> dict[str, Any]:
    return {
        "extension_id": str(new_id()),
        "notice_id": notice_id,
        "finding_id": case,
        "reason_code": "materials",
        "reason": "防火门订货需两周",
        "interim_measures": "派人值守",
        "due_at": due_at.isoformat(),
    } | more


def test_without_a_consent_the_portal_notifies_and_no_clock_runs(
    cast: Cast, session: Any, clock: FixedClock
) -> None:
    _without_consent(session, cast)
    notice_id, [case] = _notice(cast, term=2, unit="hour")
    liu, he = cast("firm_liu"), cast("supervisor_he")
    liu.does("acknowledge_notice", notice_id=notice_id, name="刘某")
    document = _read(liu, notice_id)
    assert (document["state"], document["service"]["state"]) == ("acknowledged", "unserved")
    assert document["service"]["opened_at"]
    clock.set(clock.now() + timedelta(days=30))
    assert escalation.sweep(session, clock.now()) == 0
    assert he.case(uuid.UUID(case))["state"] == "rectifying"
    he.does("serve_notice", **_direct(he, notice_id))
    due = datetime.fromisoformat(he.case(uuid.UUID(case))["due_at"])
    assert due == clock.now() + timedelta(hours=2)
    assert escalation.sweep(session, due + timedelta(seconds=1)) == 1


def test_with_a_consent_opening_is_electronic_service(cast: Cast, clock: FixedClock) -> None:
    notice_id, [case] = _notice(cast, term=24, unit="hour")
    liu, he = cast("firm_liu"), cast("supervisor_he")
    clock.set(clock.now() + timedelta(hours=3))
    liu.does("open_notice", notice_id=notice_id)
    service = _read(he, notice_id)["service"]
    assert (service["state"], service["method"]) == ("served", "electronic")
    assert datetime.fromisoformat(service["served_at"]) == clock.now()
    assert datetime.fromisoformat(he.case(uuid.UUID(case))["due_at"]) == clock.now() + timedelta(hours=24)
    liu.does("open_notice", notice_id=notice_id)
    liu.does("acknowledge_notice", notice_id=notice_id, name="刘某")
    acts = [line["act"] for line in he.case(uuid.UUID(case))["ledger"]]
    assert acts.count("finding.serve") == 1
    assert he.fails("serve_notice", **_direct(he, notice_id)) == "notice.already_served"


def test_one_proof_serves_several_notices_and_shows_who_signed(cast: Cast, clock: FixedClock) -> None:
    (first, [one]), (second, [other]) = _notice(cast), _notice(cast, compound="岸禾新村")
    he = cast("supervisor_he")
    told = he.does("serve_notice", **_direct(he, first, second))
    assert told["state"] == "completed"
    for notice_id in (first, second):
        document = _read(he, notice_id)
        assert (document["state"], document["receipt"]["name"]) == ("acknowledged", "刘某")
        assert document["service"]["acts"][0]["relation"] == "principal"
    assert [len(_read(he, n)["service"]["acts"]) for n in (first, second)] == [1, 1]
    for case in (one, other):
        line = he.case(uuid.UUID(case))["ledger"][-1]
        assert (line["act"], line["data"]["method"]) == ("finding.serve", "direct")
    assert _read(cast("firm_liu"), first)["service"]["acts"][0]["server"] is None


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        ({"method": "direct", "signature_photo_id": None}, ["signature"]),
        ({"method": "direct", "recipient": None, "relation": None}, ["recipient", "relation"]),
        ({"method": "left_in_place"}, ["refusal_reason", "photos"]),
        ({"method": "left_in_place", "refusal_reason": "拒收"}, ["photos"]),
        ({"method": "post"}, ["tracking_number"]),
        ({"method": "announcement"}, ["announcement_reason", "published_on"]),
        ({"method": "electronic"}, ["channel"]),
    ],
)
def test_service_without_its_proof_is_refused(cast: Cast, body: dict[str, Any], missing: list[str]) -> None:
    notice_id, _ = _notice(cast)
    he = cast("supervisor_he")
    entry = he.command("serve_notice", **_direct(he, notice_id, **body))
    assert entry["problem"]["code"] == "notice.service_unproven"
    assert entry["problem"]["missing"] == missing
    assert _read(he, notice_id)["service"]["acts"] == []


def test_left_in_place_serves_and_a_witness_stands_for_the_photo(cast: Cast) -> None:
    notice_id, [case] = _notice(cast)
    he = cast("supervisor_he")
    body = _direct(he, notice_id, method="left_in_place", refusal_reason="拒绝签收")
    he.does("serve_notice", **(body | {"witness": {"name": "王某", "title": "居委会"}}))
    document = _read(he, notice_id)
    assert (document["state"], document["service"]["method"]) == ("served", "left_in_place")
    assert he.case(uuid.UUID(case))["state"] == "rectifying"
    _answer(cast("firm_liu"), notice_id, case)
    assert _read(he, notice_id)["state"] == "replied"


def test_a_letter_counts_from_its_receipt(cast: Cast, clock: FixedClock) -> None:
    notice_id, _ = _notice(cast)
    he = cast("supervisor_he")
    body = _direct(he, notice_id, method="post", tracking_number="EMS1234567890")
    he.does("serve_notice", **body)
    assert _read(he, notice_id)["service"]["state"] == "under_way"
    clock.set(clock.now() + timedelta(days=3))
    receipt = he.shoots("L", (3, 3, 3))
    delivered = (clock.now() - timedelta(days=1)).isoformat()
    unproven = {"service_id": body["service_id"], "delivered_at": delivered}
    assert he.fails("finish_service", **unproven) == "notice.service_unproven"
    he.does("finish_service", **unproven, photos=[receipt.declaration])
    service = _read(he, notice_id)["service"]
    assert datetime.fromisoformat(service["served_at"]) == datetime.fromisoformat(delivered)
    again = he.fails("finish_service", service_id=body["service_id"], failure="退回")
    assert again == "notice.attempt_closed"


def test_an_announcement_serves_after_thirty_days_and_a_better_way_overtakes_it(
    cast: Cast, session: Any, clock: FixedClock
) -> None:
    notice_id, [case] = _notice(cast, term=1, unit="hour")
    he = cast("supervisor_he")
    announced = {"method": "announcement", "announcement_reason": "下落不明", "published_on": "2026-11-20"}
    he.does("serve_notice", **_direct(he, notice_id, **announced))
    service = _read(he, notice_id)["service"]
    assert (service["state"], service["served_at"][:10]) == ("under_way", "2026-12-20")
    assert escalation.sweep(session, clock.now() + timedelta(days=29)) == 0
    clock.set(clock.now() + timedelta(days=2))
    he.does("serve_notice", **_direct(he, notice_id))
    due = datetime.fromisoformat(he.case(uuid.UUID(case))["due_at"])
    assert due == clock.now() + timedelta(hours=1)
    assert _read(he, notice_id)["service"]["state"] == "served"


def test_service_keeps_the_hour_of_the_phone_and_refuses_impossible_ones(
    cast: Cast, clock: FixedClock
) -> None:
    notice_id, _ = _notice(cast)
    he, signed_at = cast("supervisor_he"), clock.now() + timedelta(hours=1)
    clock.set(clock.now() + timedelta(hours=9))
    for wrong in (clock.now() + timedelta(hours=1), signed_at - timedelta(days=1)):
        body = _direct(he, notice_id, served_at=wrong.isoformat())
        assert he.fails("serve_notice", **body) == "notice.service_date"
    he.does("serve_notice", **_direct(he, notice_id, served_at=signed_at.isoformat()))
    assert datetime.fromisoformat(_read(he, notice_id)["service"]["served_at"]) == signed_at


def test_only_officials_serve_and_only_what_they_see(cast: Cast) -> None:
    notice_id, _ = _notice(cast)
    for name, code in (
        ("firm_liu", "core.forbidden"),
        ("supervisor_sun", "core.not_found"),
        ("legal_qin", "core.forbidden"),
    ):
        who = cast(name)
        assert who.fails("serve_notice", **_direct(who, notice_id)) == code


def test_a_consent_is_given_withdrawn_and_given_again(cast: Cast) -> None:
    liu = cast("firm_liu")
    body = {
        "scope": "全部通知书",
        "channels": ["portal", "sms"],
        "signer_name": "刘某",
        "signer_title": "项目主管",
        "signed_on": "2026-11-20",
    }
    assert liu.fails("give_consent", consent_id=str(new_id()), **body) == "notice.consent_stands"
    liu.does("withdraw_consent")
    liu.does("give_consent", consent_id=str(new_id()), **body)
    listed = liu.get("/api/notices/consents").get_json()["items"]
    assert [one["withdrawn_at"] is None for one in listed] == [True, False]
    he, firm = cast("supervisor_he"), str(liu.world.firms["松涛物业"])
    assert he.fails("give_consent", consent_id=str(new_id()), firm_id=firm, **body) == "core.not_found"


def test_an_extension_moves_the_date_keeps_the_former_and_is_granted_above_the_issuer(
    cast: Cast, session: Any, clock: FixedClock
) -> None:
    notice_id, [case] = _notice(cast, term=5, unit="day")
    liu, he, xu = cast("firm_liu"), cast("supervisor_he"), cast("supervisor_xu")
    liu.does("acknowledge_notice", notice_id=notice_id, name="刘某")
    item = _read(liu, notice_id)["items"][0]
    due = datetime.fromisoformat(item["due_at"])
    latest = datetime.fromisoformat(item["may_extend_until"])
    assert latest == due + (due - clock.now())
    beyond = liu.command("request_extension", **_extension(notice_id, case, latest + timedelta(hours=1)))
    assert (beyond["problem"]["code"], beyond["problem"]["reason"]) == (
        "notice.extension_refused",
        "beyond_cap",
    )
    asked = _extension(notice_id, case, due + timedelta(days=3))
    liu.does("request_extension", **asked)
    other = _extension(notice_id, case, due + timedelta(days=2))
    assert liu.fails("request_extension", **other) == "notice.request_pending"
    decision = {"extension_id": asked["extension_id"], "granted": True, "text": "同意"}
    assert he.fails("decide_extension", **decision) == "notice.not_your_decision"
    assert liu.fails("decide_extension", **decision) == "core.forbidden"
    assert [one["mine"] for one in xu.get("/api/notices/requests").get_json()["extensions"]] == [True]
    assert [one["mine"] for one in he.get("/api/notices/requests").get_json()["extensions"]] == [False]
    clock.set(due + timedelta(minutes=1))
    assert escalation.sweep(session, clock.now()) == 1
    session.commit()
    xu.does("decide_extension", **decision)
    found = he.case(uuid.UUID(case))
    assert (found["state"], found["overdue"]) == ("rectifying", False)
    assert datetime.fromisoformat(found["due_at"]) == due + timedelta(days=3)
    moved = _read(liu, notice_id)["items"][0]["deadline_changes"]
    assert [(one["reason"], datetime.fromisoformat(one["due_before"])) for one in moved] == [
        ("extension", due)
    ]
    more = _extension(notice_id, case, due + timedelta(days=4))
    assert liu.command("request_extension", **more)["problem"]["reason"] == "too_many"
    assert xu.fails("decide_extension", **decision) == "notice.request_closed"


@pytest.mark.parametrize(
    ("code", "line", "wait", "reason"),
    [
        ("FP-01", {}, 0, "critical"),
        ("FP-03", {"term": 2, "unit": "hour"}, 3, "expired"),
    ],
)
def test_what_cannot_be_extended(
    cast: Cast, clock: FixedClock, code: str, line: dict[str, Any], wait: int, reason: str
) -> None:
    notice_id, [case] = _notice(cast, code, **line)
    liu = cast("firm_liu")
    liu.does("acknowledge_notice", notice_id=notice_id, name="刘某")
    clock.set(clock.now() + timedelta(hours=wait))
    asked = _extension(notice_id, case, clock.now() + timedelta(days=9))
    assert liu.command("request_extension", **asked)["problem"]["reason"] == reason
    assert _read(liu, notice_id)["items"][0]["may_extend_until"] is None


def test_the_administrator_changes_the_number_of_extensions_with_history(cast: Cast) -> None:
    notice_id, [case] = _notice(cast, term=10, unit="day")
    liu, gu = cast("firm_liu"), cast("admin_gu")
    liu.does("acknowledge_notice", notice_id=notice_id, name="刘某")
    told = {"key": "extensions_per_item", "value": 0, "reason": "冬春防火"}
    assert liu.post("/api/notices/procedure", told).status_code == 403
    document = gu.post("/api/notices/procedure", told).get_json()
    assert document["history"][0]["reason"] == "冬春防火"
    due = datetime.fromisoformat(_read(liu, notice_id)["items"][0]["due_at"])
    asked = _extension(notice_id, case, due + timedelta(days=1))
    assert liu.command("request_extension", **asked)["problem"]["reason"] == "too_many"


def test_an_objection_upheld_takes_the_item_back(cast: Cast) -> None:
    notice_id, [wrong, right] = _notice(cast, "FP-03", "FP-03")
    liu, he, xu = cast("firm_liu"), cast("supervisor_he"), cast("supervisor_xu")
    liu.does("acknowledge_notice", notice_id=notice_id, name="刘某")
    filed = {"objection_id": str(new_id()), "notice_id": notice_id, "finding_id": wrong}
    liu.does("object_to_item", **filed, reason="不在我司管理范围")
    again = filed | {"objection_id": str(new_id())}
    assert liu.fails("object_to_item", **again, reason="再说一遍") == "notice.objection_made"
    decision = {"objection_id": filed["objection_id"], "upheld": True, "text": "属实"}
    assert xu.fails("decide_objection", **decision) == "notice.not_your_decision"
    he.does("decide_objection", **decision, case_goes_on=True)
    assert he.case(uuid.UUID(wrong))["state"] == "confirmed"
    assert liu.get(f"/api/findings/{wrong}").status_code == 404
    document = _read(liu, notice_id)
    assert [item["state"] for item in document["items"]] == ["withdrawn", "pending"]
    _answer(liu, notice_id, right)
    _judge(cast("inspector_li"), right, True)
    assert _read(he, notice_id)["state"] == "complied"


def test_a_notice_that_is_over_is_opened_for_the_first_time_and_serves_nothing(cast: Cast) -> None:
    notice_id, [case] = _notice(cast)
    liu, he = cast("firm_liu"), cast("supervisor_he")
    filed = {"objection_id": str(new_id()), "notice_id": notice_id, "finding_id": case}
    liu.does("object_to_item", **filed, reason="不在我司管理范围")
    decision = {"objection_id": filed["objection_id"], "upheld": True, "text": "属实"}
    he.does("decide_objection", **decision, case_goes_on=False)
    assert liu.does("open_notice", notice_id=notice_id)["state"] == "complied"
    acts = [line["act"] for line in he.case(uuid.UUID(case))["ledger"]]
    assert acts[-1] == "notice.open" and "finding.serve" not in acts


def test_a_refused_objection_changes_nothing_and_a_late_one_is_not_heard(
    cast: Cast, clock: FixedClock
) -> None:
    notice_id, [case, late] = _notice(cast, "FP-03", "FP-03", term=5, unit="hour")
    liu, he = cast("firm_liu"), cast("supervisor_he")
    liu.does("acknowledge_notice", notice_id=notice_id, name="刘某")
    before = he.case(uuid.UUID(case))["due_at"]
    objection = str(new_id())
    shown = liu.shoots("O", (90, 120, 60))
    told = {"objection_id": objection, "notice_id": notice_id, "finding_id": case, "reason": "不服"}
    liu.does("object_to_item", **told, photos=[shown.declaration])
    [waits] = he.get("/api/notices/requests").get_json()["objections"]
    assert (waits["id"], waits["photo_ids"], waits["mine"]) == (objection, [str(shown.id)], True)
    stages = [photo["stage"] for photo in he.case(uuid.UUID(case))["photos"]]
    assert (stages.count("objection"), stages.count("after")) == (1, 0)
    he.does("decide_objection", objection_id=objection, upheld=False, text="事实清楚")
    found = he.case(uuid.UUID(case))
    assert (found["state"], found["due_at"]) == ("rectifying", before)
    clock.set(clock.now() + timedelta(hours=6))
    told = {"objection_id": str(new_id()), "notice_id": notice_id, "finding_id": late, "reason": "不服"}
    assert liu.fails("object_to_item", **told) == "notice.objection_late"


def test_what_the_firm_asked_of_a_voided_notice_waits_for_nobody(cast: Cast) -> None:
    notice_id, [case] = _notice(cast, "EB-05")
    liu, he = cast("firm_liu"), cast("supervisor_he")
    liu.does("acknowledge_notice", notice_id=notice_id, name="刘某")
    told = {"objection_id": str(new_id()), "notice_id": notice_id, "finding_id": case, "reason": "不服"}
    liu.does("object_to_item", **told)
    assert len(he.get("/api/notices/requests").get_json()["objections"]) == 1
    he.does("void_notice", notice_id=notice_id, reason="文书有误")
    assert he.get("/api/notices/requests").get_json()["objections"] == []
    assert _read(he, notice_id)["items"][0]["objection"]["state"] == "moot"


def test_more_is_asked_for_and_the_firm_gets_a_day_for_it(cast: Cast, clock: FixedClock) -> None:
    notice_id, [case] = _notice(cast, term=24, unit="hour")
    liu, li, he = cast("firm_liu"), cast("inspector_li"), cast("supervisor_he")
    liu.does("acknowledge_notice", notice_id=notice_id, name="刘某")
    response = _answer(liu, notice_id, case)
    clock.set(clock.now() + timedelta(hours=23))
    li.does("ask_more", finding_id=case, text="请补拍门锁近景")
    item = _read(liu, notice_id)["items"][0]
    assert (item["state"], item["responses"][0]["state"]) == ("pending", "need_more")
    assert item["responses"][0]["more_asked"] == "请补拍门锁近景"
    assert datetime.fromisoformat(item["due_at"]) == datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert liu.fails("withdraw_answer", response_id=response) == "notice.not_withdrawable"
    _answer(liu, notice_id, case, "补拍如下")
    _judge(li, case, True)
    assert he.case(uuid.UUID(case))["state"] == "closed"


def test_an_answer_is_withdrawn_until_somebody_takes_it_up(cast: Cast) -> None:
    notice_id, [case] = _notice(cast)
    liu, he = cast("firm_liu"), cast("supervisor_he")
    liu.does("acknowledge_notice", notice_id=notice_id, name="刘某")
    liu.does("withdraw_answer", response_id=_answer(liu, notice_id, case))
    assert he.case(uuid.UUID(case))["state"] == "rectifying"
    second = _answer(liu, notice_id, case)
    he.does("dispatch_review", finding_id=case, reviewer_id=str(he.world.users["inspector_li"]))
    assert liu.fails("withdraw_answer", response_id=second) == "notice.not_withdrawable"


def test_a_verdict_made_before_the_newest_answer_does_not_count_for_it(cast: Cast, clock: FixedClock) -> None:
    notice_id, [case] = _notice(cast)
    liu, li = cast("firm_liu"), cast("inspector_li")
    liu.does("acknowledge_notice", notice_id=notice_id, name="刘某")
    response = _answer(liu, notice_id, case)
    seen = clock.now().isoformat()
    clock.set(clock.now() + timedelta(hours=1))
    liu.does("withdraw_answer", response_id=response)
    _answer(liu, notice_id, case, "其实现在才改")
    told = {"review_id": str(new_id()), "finding_id": case, "passed": True, "text": "好"}
    assert li.fails("review_finding", **told, reviewed_at=seen) == "notice.answered_since"
    empty = told | {"text": "", "passed": False, "reviewed_at": clock.now().isoformat()}
    assert li.fails("review_finding", **empty) == "notice.review_empty"


def _step(liu: Actor, notice_id: str, case: str, report: str, step: str, **more: Any) -> dict[str, Any]:
    shot = liu.shoots("O", tuple(hashlib.sha256(step.encode()).digest()[:3]))  # type: ignore[arg-type]
    return {
        "report_id": report,
        "notice_id": notice_id,
        "finding_id": case,
        "step": step,
        "at": liu.now().isoformat(),
        "text": f"{step} 的经过",
        "counterpart": "3 号楼住户",
        "photos": [shot.declaration],
    } | more


def test_where_a_resident_is_responsible_the_firm_owes_found_dissuaded_reported(
    cast: Cast, clock: FixedClock
) -> None:
    notice_id, [wires, door] = _notice(cast, "EB-03", "FP-03")
    liu, he = cast("firm_liu"), cast("supervisor_he")
    liu.does("acknowledge_notice", notice_id=notice_id, name="刘某")
    items = {item["finding_id"]: item for item in _read(liu, notice_id)["items"]}
    assert (items[wires]["asks"], items[door]["asks"]) == ("duty_report", "rectify")
    report = str(new_id())
    not_asked = _step(liu, notice_id, door, report, "found")
    assert liu.fails("file_duty_step", **not_asked) == "notice.duty_not_asked"
    skipped = _step(liu, notice_id, wires, report, "reported")
    assert liu.fails("file_duty_step", **skipped) == "notice.duty_out_of_order"
    bare = _step(liu, notice_id, wires, report, "found", photos=[])
    assert liu.fails("file_duty_step", **bare) == "notice.duty_unproven"
    liu.does("file_duty_step", **_step(liu, notice_id, wires, report, "found"))
    clock.set(clock.now() + timedelta(hours=1))
    liu.does("file_duty_step", **_step(liu, notice_id, wires, report, "dissuaded"))
    back = _step(liu, notice_id, wires, report, "reported", at=(clock.now() - timedelta(hours=2)).isoformat())
    assert liu.fails("file_duty_step", **back) == "notice.duty_out_of_order"
    told = liu.does("file_duty_step", **_step(liu, notice_id, wires, report, "reported"))
    assert (told["duty_state"], told["finding_state"]) == ("reported", "replied")
    duty = {item["finding_id"]: item for item in _read(he, notice_id)["items"]}[wires]["duty_report"]
    assert [len(duty[step]["photo_ids"]) for step in ("found", "dissuaded", "reported")] == [1, 1, 1]
    acts = [line["act"] for line in he.case(uuid.UUID(wires))["ledger"]]
    assert acts[-4:] == ["duty.found", "duty.dissuaded", "duty.reported", "finding.answer"]


def test_a_relapse_within_ninety_days_opens_the_old_case_again(cast: Cast, clock: FixedClock) -> None:
    notice_id, [case] = _notice(cast)
    liu, he, chen = cast("firm_liu"), cast("supervisor_he"), cast("inspector_chen")
    liu.does("acknowledge_notice", notice_id=notice_id, name="刘某")
    _answer(liu, notice_id, case)
    _judge(cast("inspector_li"), case, True)
    clock.set(clock.now() + timedelta(days=60))
    again = chen.finds("FP-03")
    found = he.case(again)
    assert (found["relapse_of"], "relapse" in found["flags"]) == (case, True)
    he.does("reopen_relapse", finding_id=str(again), reason="又堆上了")
    old = he.case(uuid.UUID(case))
    assert (old["state"], he.case(again)["state"]) == ("reopened", "duplicate")
    assert len([photo for photo in old["photos"] if photo["stage"] == "before"]) == 4
    assert old["ledger_intact"]
    assert he.case(chen.finds("FP-02"))["relapse_of"] is None


def test_every_date_in_force_has_its_history(cast: Cast, session: Any, clock: FixedClock) -> None:
    notice_id, _ = _notice(cast, term=24, unit="hour")
    clock.set(clock.now() + timedelta(hours=5))
    cast("firm_liu").does("open_notice", notice_id=notice_id)
    change = session.scalars(sa.select(DeadlineChange)).one()
    assert (change.reason, change.due_after - change.due_before) == ("service", timedelta(hours=5))


def test_the_companions_of_a_notice_are_printed_numbered_and_named_in_the_case(
    cast: Cast, clock: FixedClock
) -> None:
    notice_id, [case] = _notice(cast, "OR-05", term=10, unit="day")
    he, liu, xu = cast("supervisor_he"), cast("firm_liu"), cast("supervisor_xu")
    signed = he.shoots("L", (250, 250, 250))
    service = _direct(he, notice_id, signature_photo_id=str(signed.id), photos=[signed.declaration])
    he.does("serve_notice", **service)
    he.uploads(signed)
    proof = he.does("print_service", service_id=service["service_id"])
    assert proof["number"] == "青禾办物送〔2026〕第1号"
    assert he.fails("print_service", service_id=service["service_id"]) == "notice.paper_exists"
    due = datetime.fromisoformat(_read(liu, notice_id)["items"][0]["due_at"])
    asked = _extension(notice_id, case, due + timedelta(days=2))
    liu.does("request_extension", **asked)
    xu.does("decide_extension", extension_id=asked["extension_id"], granted=True, text="同意")
    report = str(new_id())
    for step in ("found", "dissuaded", "reported"):
        liu.does("file_duty_step", **_step(liu, notice_id, case, report, step))
    duty = liu.does("print_duty_report", report_id=report)
    _judge(cast("inspector_li"), case, False, partly=True)
    he.does("issue_review_opinion", notice_id=notice_id, opinion="继续整改", with_officers=["张某"])
    item = _read(liu, notice_id)["items"][0]
    for document_id in (proof["document_id"], duty["document_id"], item["extensions"][0]["document_id"]):
        assert he.get(f"/api/documents/{document_id}/file").data.startswith(b"%PDF")
    acts = [line["act"] for line in he.case(uuid.UUID(case))["ledger"]]
    assert {"notice.print_service", "duty.print", "notice.review_opinion"} <= set(acts)
