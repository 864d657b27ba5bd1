"""The ladder on real cases: reminders once, proposals that people decide, measures to their end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from server.core import ledger
from server.core.clock import FixedClock
from server.core.db import new_id
from server.escalation import service, telling
from server.escalation.ladder import defaults, plain
from server.escalation.models import LadderVersion, Proposal
from server.messages.models import Message
from server.notices.models import NoticeItem
from tests.factories.actors import Actor
from tests.factories.world import NOW

Cast = Callable[[str], Actor]


def _noticed(cast: Cast, code: str = "FP-03", compound: str = "汀禾苑", **line: Any) -> tuple[UUID, str]:
    """A finding in an issued notice: its id and the notice's."""
    finding_id, he = cast("inspector_chen").finds(code, compound=compound), cast("supervisor_he")
    he.does("confirm_finding", finding_id=str(finding_id))
    notice_id = str(new_id())
    he.does("issue_notice", notice_id=notice_id, items=[{"finding_id": str(finding_id)} | line])
    return finding_id, notice_id


def _served(cast: Cast, code: str = "FP-03", compound: str = "汀禾苑", **line: Any) -> tuple[UUID, str]:
    finding_id, notice_id = _noticed(cast, code, compound, **line)
    cast("firm_liu").does("acknowledge_notice", notice_id=notice_id, name="刘某")
    return finding_id, notice_id


def _answered(cast: Cast, **line: Any) -> tuple[UUID, str]:
    finding_id, notice_id = _served(cast, **line)
    _answer(cast, finding_id, notice_id)
    return finding_id, notice_id


def _answer(cast: Cast, finding_id: UUID, notice_id: str) -> None:
    body = {"response_id": str(new_id()), "notice_id": notice_id, "finding_id": str(finding_id)}
    cast("firm_liu").does("answer_item", text="已改", **body)


def _reviewed(cast: Cast, finding_id: UUID, passed: bool) -> None:
    li = cast("inspector_li")
    body = {"review_id": str(new_id()), "finding_id": str(finding_id), "reviewed_at": li.now().isoformat()}
    li.does("review_finding", passed=passed, text="看过", **body)


def _climb(session: Session, clock: FixedClock, at: datetime) -> int:
    """One minute of the worker."""
    clock.set(at)
    service.sweep(session, at)
    with capture_logs() as logs:
        taken = service.climb(session, at)
    assert logs == []  # a step that failed is only logged
    session.commit()
    return taken


def _taken(session: Session, finding_id: UUID | None = None) -> list[str]:
    query = sa.select(Proposal.step).order_by(Proposal.created_at, Proposal.step)
    if finding_id is not None:
        query = query.where(Proposal.finding_id == finding_id)
    return list(session.scalars(query))


def _told(session: Session, kind: str) -> list[UUID]:
    query = (
        sa.select(Message.user_id).where(Message.kind == kind).order_by(Message.created_at, Message.user_id)
    )
    return list(session.scalars(query))


def _open(actor: Actor, *steps: str) -> list[str]:
    """Ids of the open proposals of these steps that somebody sees."""
    items = actor.get("/api/escalation/proposals").get_json()["items"]
    return [item["id"] for item in items if item["step"] in steps]


def _due(session: Session, finding_id: UUID) -> datetime:
    query = sa.select(NoticeItem.due_at).where(NoticeItem.finding_id == finding_id)
    due: datetime = session.scalars(query.order_by(NoticeItem.due_at.desc())).first()  # type: ignore[assignment]
    return due


def test_two_reminders_before_the_deadline_each_once(cast: Cast, session: Session, clock: FixedClock) -> None:
    finding_id, _ = _served(cast)
    due = _due(session, finding_id)
    for at in (due - timedelta(hours=49), due - timedelta(hours=48), due - timedelta(hours=47)):
        _climb(session, clock, at)
    assert _taken(session) == ["due_48h"]
    for hours in (25, 24, 23, 1):
        _climb(session, clock, due - timedelta(hours=hours))
    assert _taken(session) == ["due_48h", "due_24h"]
    assert _told(session, "reminder.due") == [cast("firm_liu").user_id] * 2
    case = cast("supervisor_he").case(finding_id)
    assert [line["act"] for line in case["ledger"]][-2:] == ["ladder.remind"] * 2
    assert case["ledger_intact"]


def test_a_worker_that_was_away_sends_the_reminder_that_fits_the_hour(
    cast: Cast, session: Session, clock: FixedClock
) -> None:
    finding_id, _ = _served(cast)
    _climb(session, clock, _due(session, finding_id) - timedelta(hours=3))
    assert _taken(session) == ["due_24h"]


def test_a_day_needs_no_reminder_that_it_ends_in_two(cast: Cast, session: Session, clock: FixedClock) -> None:
    finding_id, _ = _served(cast, "FP-02", term=30, unit="hour")
    _climb(session, clock, NOW + timedelta(minutes=1))
    assert _taken(session) == []
    _climb(session, clock, _due(session, finding_id) - timedelta(hours=23))
    assert _taken(session) == ["due_24h"]


def test_one_notice_with_two_lines_reminds_with_one_message(
    cast: Cast, session: Session, clock: FixedClock
) -> None:
    chen, he = cast("inspector_chen"), cast("supervisor_he")
    both = [chen.finds("FP-03"), chen.finds("FP-03")]
    for finding_id in both:
        he.does("confirm_finding", finding_id=str(finding_id))
    notice_id = str(new_id())
    he.does("issue_notice", notice_id=notice_id, items=[{"finding_id": str(each)} for each in both])
    cast("firm_liu").does("acknowledge_notice", notice_id=notice_id, name="刘某")
    _climb(session, clock, _due(session, both[0]) - timedelta(hours=23))
    assert _taken(session) == ["due_24h"] * 2
    assert len(_told(session, "reminder.due")) == 1


def test_lateness_climbs_and_an_interview_is_proposed_to_the_district(
    cast: Cast, session: Session, clock: FixedClock
) -> None:
    finding_id, _ = _served(cast)
    due = _due(session, finding_id)
    for days in (0, 1, 3, 5, 7, 9):
        _climb(session, clock, due + timedelta(days=days, minutes=1))
        _climb(session, clock, due + timedelta(days=days, minutes=2))
    assert _taken(session, finding_id) == ["overdue_0d", "overdue_3d", "interview_overdue_7d"]
    assert set(_told(session, "reminder.overdue")) == {
        cast("firm_liu").user_id,
        cast("supervisor_he").user_id,
    }
    assert _told(session, "proposal.made") == [cast("supervisor_xu").user_id]
    he, xu = cast("supervisor_he"), cast("supervisor_xu")
    (proposal,) = _open(xu, "interview_overdue_7d")
    assert he.fails("dismiss_proposals", proposal_ids=[proposal], reason="不必") == "escalation.district_only"
    assert (
        cast("supervisor_sun").fails("dismiss_proposals", proposal_ids=[proposal], reason="x")
        == "core.not_found"
    )
    item = he.get("/api/escalation/proposals").get_json()["items"][0]
    assert (item["may_decide"], item["firm"]["name"]) == (False, "澜川岸禾物业服务有限公司")


def test_a_critical_case_is_an_interview_after_a_day(cast: Cast, session: Session, clock: FixedClock) -> None:
    finding_id, _ = _served(cast, "FP-02", term=24, unit="hour")
    due = _due(session, finding_id)
    _climb(session, clock, due + timedelta(hours=23))
    assert "interview_critical" not in _taken(session)
    _climb(session, clock, due + timedelta(hours=24))
    assert _taken(session).count("interview_critical") == 1


def test_what_nobody_receives_reviews_or_answers_is_reminded_of(
    cast: Cast, session: Session, clock: FixedClock
) -> None:
    unread, _ = _noticed(cast)  # Friday 09:00
    replied, _ = _answered(cast)
    moved = cast("inspector_chen").finds("IC-01")
    unit = str(cast("supervisor_he").world.organisations["消防救援大队"])
    he = cast("supervisor_he")
    he.does("transfer_finding", finding_id=str(moved), organisation_id=unit, reason="无处罚权")
    fresh = cast("inspector_chen").finds("ES-01")
    _climb(session, clock, NOW + timedelta(hours=3))
    assert _taken(session) == []
    _climb(session, clock, NOW + timedelta(days=1))  # Saturday: 24 h, and four duty hours of Friday
    assert (_taken(session, unread), _taken(session, fresh)) == (["unacknowledged_24h"], ["triage_late"])
    wednesday = datetime(2026, 11, 25, 9, 59, tzinfo=UTC)  # third working day, 17:59 in Shanghai
    _climb(session, clock, wednesday)
    assert _taken(session, replied) == _taken(session, moved) == []
    _climb(session, clock, wednesday + timedelta(minutes=1))
    assert _taken(session, unread) == ["unacknowledged_24h", "unserved_3wd"]
    assert (_taken(session, replied), _taken(session, moved)) == (["review_due_3wd"], ["transfer_3wd"])
    assert cast("department_ma").user_id in _told(session, "reminder.transfer_unanswered")


def test_a_failed_review_proposes_a_second_order_that_accepting_issues(
    cast: Cast, session: Session, clock: FixedClock
) -> None:
    finding_id, _ = _answered(cast)
    _reviewed(cast, finding_id, passed=False)
    _climb(session, clock, NOW + timedelta(minutes=1))
    he = cast("supervisor_he")
    (proposal,) = _open(he, "second_order")
    body = {"proposal_ids": [proposal], "reason": "复查未过"}
    assert he.fails("accept_proposals", **body) == "escalation.act_missing"
    notice_id = str(new_id())
    long = {"notice_id": notice_id, "items": [{"finding_id": str(finding_id), "n": 9}]}
    assert he.fails("accept_proposals", second_order=long, **body) == "escalation.term_too_long"
    made = he.does("accept_proposals", second_order={"notice_id": notice_id, "items": []}, **body)
    document = he.get(f"/api/notices/{notice_id}").get_json()
    assert (document["order_no"], document["number"]) == (2, made["number"])
    assert (document["items"][0]["term"], document["items"][0]["unit"]) == (8, "day")  # half of 15
    assert he.fails("accept_proposals", second_order=long, **body) == "escalation.illegal_action"
    lines = [line["act"] for line in he.case(finding_id)["ledger"]]
    assert lines[-3:] == ["ladder.propose", "finding.issue_second_order", "ladder.accept"]
    _climb(session, clock, NOW + timedelta(minutes=2))
    assert _taken(session, finding_id) == ["second_order"]


def test_a_repeated_command_accepts_once(cast: Cast, session: Session, clock: FixedClock) -> None:
    finding_id, _ = _answered(cast)
    _reviewed(cast, finding_id, passed=False)
    _climb(session, clock, NOW + timedelta(minutes=1))
    he = cast("supervisor_he")
    part = {"notice_id": str(new_id()), "items": []}
    command = he.make("accept_proposals", proposal_ids=_open(he, "second_order"), second_order=part)
    first, again = (he.push(command).get_json()["results"][0] for _ in range(2))
    assert (first["status"], again["status"], again["replayed"]) == ("applied", "applied", True)
    assert first["result"] == again["result"]


def test_a_dismissal_keeps_its_reason_and_does_not_come_back(
    cast: Cast, session: Session, clock: FixedClock
) -> None:
    finding_id, _ = _answered(cast)
    _reviewed(cast, finding_id, passed=False)
    _climb(session, clock, NOW + timedelta(minutes=1))
    he = cast("supervisor_he")
    he.does("dismiss_proposals", proposal_ids=_open(he, "second_order"), reason="企业次日已改")
    _climb(session, clock, NOW + timedelta(minutes=2))
    assert _open(he, "second_order") == []
    item = he.get("/api/escalation/proposals", state="dismissed").get_json()["items"][0]
    assert (item["reason"], item["decided_by"]) == ("企业次日已改", "何督01")
    assert he.case(finding_id)["ledger"][-1]["data"]["reason"] == "企业次日已改"


def test_a_proposal_whose_cause_has_gone_lapses(cast: Cast, session: Session, clock: FixedClock) -> None:
    finding_id, notice_id = _answered(cast)
    _reviewed(cast, finding_id, passed=False)
    _climb(session, clock, NOW + timedelta(minutes=1))
    _answer(cast, finding_id, notice_id)
    _reviewed(cast, finding_id, passed=True)
    _climb(session, clock, NOW + timedelta(minutes=2))
    he = cast("supervisor_he")
    assert _open(he, "second_order") == []
    assert he.case(finding_id)["ledger"][-1]["act"] == "ladder.lapse"


def test_two_overdue_notices_in_thirty_days_are_one_proposal(
    cast: Cast, session: Session, clock: FixedClock
) -> None:
    first, _ = _served(cast)
    second, _ = _served(cast, compound="岸禾新村")
    third, _ = _served(cast)
    late = _due(session, first) + timedelta(minutes=1)
    _climb(session, clock, late)
    _climb(session, clock, late + timedelta(minutes=1))
    _climb(session, clock, late + timedelta(days=2))
    assert _taken(session).count("interview_repeated") == 1
    assert {second, third} != set()


def test_the_worst_of_a_street_are_named_once_a_month(
    cast: Cast, session: Session, clock: FixedClock
) -> None:
    for compound in ("汀禾苑", "汀禾苑", "岸禾新村"):
        _served(cast, compound=compound)
    _climb(session, clock, datetime(2026, 12, 7, 10, 1, tzinfo=UTC))
    assert "interview_bottom" not in _taken(session)
    january = datetime(2026, 12, 31, 16, 1, tzinfo=UTC)  # 1 January in Shanghai
    for minute in (0, 1, 60, 60 * 30):
        _climb(session, clock, january + timedelta(minutes=minute))
    assert _taken(session).count("interview_bottom") == 1  # one late case is not among the worst
    (item,) = [
        each
        for each in cast("supervisor_xu").get("/api/escalation/proposals").get_json()["items"]
        if each["step"] == "interview_bottom"
    ]
    assert item["compound"]["name"] == "汀禾苑"


def _overdue_proposal(cast: Cast, session: Session, clock: FixedClock) -> tuple[UUID, list[str]]:
    finding_id, _ = _served(cast)
    _climb(session, clock, _due(session, finding_id) + timedelta(days=7, minutes=1))
    return finding_id, _open(cast("supervisor_xu"), "interview_overdue_7d")


def test_an_interview_from_the_call_to_promises_kept_and_on_to_a_bulletin(
    cast: Cast, session: Session, clock: FixedClock
) -> None:
    finding_id, proposals = _overdue_proposal(cast, session, clock)
    xu, liu = cast("supervisor_xu"), cast("firm_liu")
    interview_id = str(new_id())
    call = {"interview_id": interview_id, "reason": "逾期七日", "place": "区住建局二楼会议室"}
    call |= {"planned_at": (clock.now() + timedelta(days=3)).isoformat(), "attendees": ["项目经理"]}
    xu.does("accept_proposals", proposal_ids=proposals, interview=call)
    path = f"/api/escalation/interviews/{interview_id}"
    assert liu.get(path).get_json()["state"] == "called"
    assert liu.get(path).get_json()["actions"] == []
    assert cast("firm_zhao").get(path).status_code == 404
    assert _told(session, "interview.called") == [liu.user_id]
    clock.set(clock.now() + timedelta(days=3))
    promise = {"text": "三日内划线", "due_on": "2026-12-20"}
    held = {"interview_id": interview_id, "held_at": clock.now().isoformat(), "place": "区住建局"}
    held |= {"attendees": ["刘某", "许督02"], "minutes": "企业承认逾期。", "commitments": [promise]}
    assert liu.fails("record_interview", **held) == "core.forbidden"
    early = held | {"held_at": (clock.now() + timedelta(hours=1)).isoformat()}
    assert xu.fails("record_interview", **early) == "escalation.not_held_yet"
    xu.does("record_interview", **held)
    assert xu.fails("record_interview", **held) == "escalation.illegal_action"
    xu.does("follow_commitment", interview_id=interview_id, index=0, kept=False, note="未划")
    assert xu.fails("follow_commitment", interview_id=interview_id, index=1, kept=True) == (
        "escalation.unknown_commitment"
    )
    document = xu.get(path).get_json()
    assert document["commitments"] == [promise | {"kept": False, "note": "未划"}]
    acts = [line["act"] for line in xu.case(finding_id)["ledger"]]
    assert acts[-4:] == ["interview.call", "ladder.accept", "interview.record", "interview.follow"]
    _climb(session, clock, clock.now() + timedelta(days=20))
    (bulletin,) = _open(xu, "bulletin_after_interview")
    text = {"bulletin_id": str(new_id()), "title": "关于某项目逾期未整改的通报", "text": "约谈后仍未整改。"}
    xu.does("accept_proposals", proposal_ids=[bulletin], bulletin=text)
    assert liu.get("/api/escalation/bulletins").get_json()["items"][0]["title"] == text["title"]
    assert cast("firm_zhao").get("/api/escalation/bulletins").get_json()["items"] == []


def test_an_interview_that_is_called_off_is_told_to_the_firm(
    cast: Cast, session: Session, clock: FixedClock
) -> None:
    finding_id, _ = _served(cast)
    xu, liu = cast("supervisor_xu"), cast("firm_liu")
    call = {"interview_id": str(new_id()), "finding_ids": [str(finding_id)], "reason": "批示", "place": "局"}
    call |= {"attendees": ["项目经理"], "planned_at": (clock.now() - timedelta(hours=1)).isoformat()}
    assert xu.fails("call_interview", **call) == "escalation.interview_past"
    xu.does("call_interview", **(call | {"planned_at": (clock.now() + timedelta(days=1)).isoformat()}))
    assert _told(session, "interview.cancelled") == []
    xu.does("cancel_interview", interview_id=call["interview_id"], reason="改为现场核查")
    assert _told(session, "interview.cancelled") == [liu.user_id]


def test_a_listing_from_plan_and_weekly_reports_to_the_write_off(
    cast: Cast, session: Session, clock: FixedClock
) -> None:
    finding_id, _ = _served(cast)
    he, xu, liu = cast("supervisor_he"), cast("supervisor_xu"), cast("firm_liu")
    listing_id = str(new_id())
    body = {"listing_id": listing_id, "finding_ids": [str(finding_id)], "reason": "群众集中反映", "days": 30}
    assert he.fails("list_case", **body) == "escalation.district_only"
    xu.does("list_case", **body)
    assert xu.fails("list_case", **body) == "escalation.id_reused"
    report = {"report_id": str(new_id()), "listing_id": listing_id, "percent": 20, "text": "材料已到"}
    assert liu.fails("report_listing", **report) == "escalation.illegal_action"
    assert he.fails("plan_listing", listing_id=listing_id, text="x") == "core.forbidden"
    liu.does("plan_listing", listing_id=listing_id, text="两周内划线")
    _climb(session, clock, clock.now() + timedelta(days=6))
    assert "listing_report" not in _taken(session)
    _climb(session, clock, clock.now() + timedelta(days=1))
    _climb(session, clock, clock.now() + timedelta(hours=1))
    assert _taken(session).count("listing_report") == 1
    liu.does("report_listing", **report)
    assert (
        liu.fails("report_listing", **(report | {"report_id": str(new_id())})) == "escalation.week_reported"
    )
    assert xu.fails("decide_listing", listing_id=listing_id, cleared=True, text="好") == (
        "escalation.illegal_action"
    )
    clock.set(clock.now() + timedelta(days=7))
    liu.does("report_listing", **(report | {"report_id": str(new_id()), "percent": 100, "done": True}))
    xu.does("decide_listing", listing_id=listing_id, cleared=False, text="南侧未划", days=10)
    again = {"report_id": str(new_id()), "percent": 100, "done": True, "text": "南侧也划了"}
    liu.does("report_listing", **(report | again))
    xu.does("decide_listing", listing_id=listing_id, cleared=True, text="验收合格")
    document = liu.get(f"/api/escalation/listings/{listing_id}").get_json()
    assert (document["state"], document["continued"]) == ("cleared", 1)
    assert document["reports"][-1]["text"] == "南侧也划了"  # in a week that was reported already
    assert [line["percent"] for line in document["reports"]] == [20, 100]
    assert _told(session, "listing.accepting") == [xu.user_id] * 2
    acts = [line["act"] for line in xu.case(finding_id)["ledger"] if line["act"].startswith("listing.")]
    assert acts == [
        "listing.list",
        "listing.plan",
        "listing.report",
        "listing.ask_acceptance",
        "listing.continue",
        "listing.ask_acceptance",
        "listing.clear",
    ]


def test_a_listing_whose_term_is_over_is_brought_back_to_mind(
    cast: Cast, session: Session, clock: FixedClock
) -> None:
    finding_id, _ = _served(cast)
    body = {"listing_id": str(new_id()), "finding_ids": [str(finding_id)], "reason": "批示", "days": 2}
    cast("supervisor_xu").does("list_case", **body)
    _climb(session, clock, NOW + timedelta(days=2))
    assert "listing_ends" not in _taken(session)
    _climb(session, clock, NOW + timedelta(days=3))
    _climb(session, clock, NOW + timedelta(days=4))
    assert _taken(session).count("listing_ends") == 1


def test_a_stage_before_the_last_is_reminded_of(cast: Cast, session: Session, clock: FixedClock) -> None:
    finding_id, _ = _served(cast)
    stage = {"stage": "stop", "n": 2, "unit": "hour", "due_at": (NOW + timedelta(hours=2)).isoformat()}
    session.execute(sa.update(NoticeItem).where(NoticeItem.finding_id == finding_id).values(stages=[stage]))
    _climb(session, clock, NOW + timedelta(hours=1))
    assert _taken(session) == []
    _climb(session, clock, NOW + timedelta(hours=2))
    _climb(session, clock, NOW + timedelta(hours=3))
    assert _taken(session) == ["stage_due"]


def _rows(**changes: Any) -> list[dict[str, Any]]:
    return [plain(step) | changes.get(step.code, {}) for step in defaults()]


def test_an_edited_ladder_is_a_new_version_and_the_sweep_obeys_it(
    cast: Cast, session: Session, clock: FixedClock
) -> None:
    gu = cast("admin_gu")
    shown = gu.get("/api/escalation/ladder").get_json()
    assert (shown["no"], len(shown["steps"])) == (1, len(defaults()))
    session.commit()
    changed = _rows(due_48h={"n": 72}, due_24h={"enabled": False})
    body = {"based_on": 1, "note": "提前三日提醒", "steps": changed}
    assert cast("supervisor_xu").post("/api/escalation/ladder", body).status_code == 403
    answer = gu.post("/api/escalation/ladder", body)
    assert (answer.status_code, answer.get_json()["no"]) == (200, 2), answer.get_data(as_text=True)
    assert gu.post("/api/escalation/ladder", body).get_json()["code"] == "escalation.ladder_changed"
    old = gu.get("/api/escalation/ladder", no=1).get_json()
    assert [step["n"] for step in old["steps"] if step["code"] == "due_48h"] == [48]
    assert [row["note"] for row in old["history"]] == ["提前三日提醒", "默认升级规则"]
    finding_id, _ = _served(cast)
    _climb(session, clock, _due(session, finding_id) - timedelta(hours=71))
    _climb(session, clock, _due(session, finding_id) - timedelta(hours=20))
    assert _taken(session) == ["due_48h"]
    assert session.scalar(sa.select(Proposal.version)) == 2


@pytest.mark.parametrize(
    ("code", "change", "fault"),
    [
        ("due_48h", {"unit": "day"}, "hours_before"),
        ("second_order", {"action": "remind"}, "cannot_remind"),
        ("interview_repeated", {"count": None}, "count_missing"),
        ("listing_report", {"action": "decision"}, "only_reminder"),
        ("on_spot", {"action": "decision"}, "record_is_manual"),
        ("due_24h", {"code": "due_48h"}, "code_twice"),
        ("interview_critical", {"term_unit": None}, "half_term"),
    ],
)
def test_a_faulty_ladder_is_refused_whole(
    cast: Cast, session: Session, code: str, change: dict[str, Any], fault: str
) -> None:
    gu = cast("admin_gu")
    answer = gu.post(
        "/api/escalation/ladder", {"based_on": 1, "note": "试", "steps": _rows(**{code: change})}
    )
    assert answer.get_json()["code"] == "escalation.ladder_faulty"
    assert fault in {error["fault"] for error in answer.get_json()["faults"]}
    assert session.scalar(sa.select(sa.func.count()).select_from(LadderVersion)) in (0, 1)


def test_the_simulator_says_what_the_sweep_did_and_stores_nothing(
    cast: Cast, session: Session, clock: FixedClock
) -> None:
    finding_id, _ = _served(cast)
    due = _due(session, finding_id)
    for days in (-2, -1, 0, 3, 7):
        _climb(session, clock, due + timedelta(days=days, minutes=1))
    before = _taken(session)
    gu = cast("admin_gu")
    tried = gu.post("/api/escalation/simulation", {"steps": _rows(), "days": 365}).get_json()
    totals = {step["step"]: step["total"] for step in tried["steps"] if step["total"]}
    assert totals == dict.fromkeys(before, 1)
    assert _taken(session) == before
    later = _rows(interview_overdue_7d={"n": 30})
    tried = gu.post("/api/escalation/simulation", {"steps": later, "days": 365}).get_json()
    assert "interview_overdue_7d" not in {step["step"] for step in tried["steps"] if step["total"]}
    assert tried["latest"][0]["compound_name"] == "汀禾苑"
    assert cast("supervisor_xu").post("/api/escalation/simulation", {"steps": later}).status_code == 403


def _announced(session: Session) -> Sequence[tuple[str, dict[str, str]]]:
    query = (
        "SELECT task_name, args FROM procrastinate_jobs WHERE task_name = 'escalation.announce' ORDER BY id"
    )
    return [(row[0], row[1]) for row in session.execute(sa.text(query))]


def _announce_all(session: Session, clock: FixedClock) -> None:
    for _, args in _announced(session):
        telling.announce(session, args["act"], UUID(args["finding_id"]), args["cause"], clock.now())
    session.commit()


def test_acts_are_told_to_whom_they_concern_and_once(cast: Cast, session: Session, clock: FixedClock) -> None:
    finding_id, _ = _answered(cast)
    li = str(cast("inspector_li").user_id)
    cast("supervisor_he").does("dispatch_review", finding_id=str(finding_id), reviewer_id=li)
    _reviewed(cast, finding_id, passed=False)
    critical = cast("inspector_chen").finds("FP-02")
    cast("supervisor_he").does("return_finding", finding_id=str(critical), reason="看不清")
    for _ in range(2):
        _announce_all(session, clock)
    people = {
        "firm": "firm_liu",
        "issuer": "supervisor_he",
        "reviewer": "inspector_li",
        "finder": "inspector_chen",
    }
    who = {role: cast(name).user_id for role, name in people.items()}
    assert _told(session, "notice.issued") == [who["firm"]]
    assert _told(session, "notice.acknowledged") == _told(session, "notice.answered") == [who["issuer"]]
    assert _told(session, "review.assigned") == [who["reviewer"]]
    assert _told(session, "review.failed") == [who["firm"]]
    assert _told(session, "finding.returned") == [who["finder"]]
    assert set(_told(session, "finding.critical")) == {who["issuer"], cast("supervisor_xu").user_id}
    item = cast("inspector_chen").get("/api/messages").get_json()["items"][0]
    assert (item["title"], item["link"]) == ("问题退回补充", f"/i/case/{critical}")
    assert item["body"].startswith("汀禾苑 · FP-02")


def test_new_findings_are_told_in_half_hours(cast: Cast, session: Session, clock: FixedClock) -> None:
    for _ in range(3):
        cast("inspector_chen").finds("ES-01")
    telling.new_work(session, clock.now())
    telling.new_work(session, clock.now() + timedelta(minutes=5))
    assert _told(session, "finding.waiting") == [cast("supervisor_he").user_id]


def test_a_missing_calendar_is_told_to_administrators_once_a_week(
    cast: Cast, session: Session, clock: FixedClock
) -> None:
    assert service.warn_of_missing_calendar(session, datetime(2026, 10, 14, 15, tzinfo=UTC)) is None
    for day in (14, 15, 22):
        service.warn_of_missing_calendar(session, datetime(2026, 10, day, 17, tzinfo=UTC))
    assert _told(session, "calendar.missing") == [cast("admin_gu").user_id] * 2


def test_the_files_of_all_cases_stay_whole(cast: Cast, session: Session, clock: FixedClock) -> None:
    finding_id, _ = _served(cast)
    _climb(session, clock, _due(session, finding_id) + timedelta(days=8))
    events = ledger.lines(session, finding_id)
    assert ledger.first_broken(events) is None
    assert {event.actor for event in events if event.act.startswith("ladder.")} == {"系统"}


def test_the_catalogues_steps_are_dated_served_and_reminded_of(
    cast: Cast, session: Session, clock: FixedClock
) -> None:
    finding_id, notice_id = _noticed(cast, "FE-01")  # 24H report, 7D fix
    item = session.scalars(sa.select(NoticeItem).where(NoticeItem.finding_id == finding_id)).one()
    (report,) = item.stages
    assert (report["stage"], report["n"], report["unit"]) == ("report", 24, "hour")
    assert datetime.fromisoformat(report["printed_due_at"]) == NOW + timedelta(hours=24)
    clock.set(NOW + timedelta(hours=5))
    cast("firm_liu").does("acknowledge_notice", notice_id=notice_id, name="刘某")
    session.refresh(item)
    assert datetime.fromisoformat(item.stages[0]["due_at"]) == NOW + timedelta(hours=29)
    _climb(session, clock, NOW + timedelta(hours=28))
    assert "stage_due" not in _taken(session, finding_id)
    _climb(session, clock, NOW + timedelta(hours=30))
    assert "stage_due" in _taken(session, finding_id)


def test_an_order_that_ran_out_twice_is_handed_over(cast: Cast, session: Session, clock: FixedClock) -> None:
    finding_id, _ = _answered(cast)
    _reviewed(cast, finding_id, passed=False)
    _climb(session, clock, NOW + timedelta(minutes=1))
    he = cast("supervisor_he")
    notice_id = str(new_id())
    part = {"notice_id": notice_id, "items": []}
    he.does("accept_proposals", proposal_ids=_open(he, "second_order"), second_order=part)
    cast("firm_liu").does("acknowledge_notice", notice_id=notice_id, name="刘某")
    _climb(session, clock, _due(session, finding_id) + timedelta(days=3, minutes=1))
    unit = str(he.world.organisations["消防救援大队"])
    proposals = _open(he, "transfer_second_order")
    he.does("accept_proposals", proposal_ids=proposals, transfer={"organisation_id": unit, "reason": "逾期"})
    assert he.case(finding_id)["state"] == "transferred"
    assert he.case(finding_id)["ledger"][-1]["act"] == "ladder.accept"
