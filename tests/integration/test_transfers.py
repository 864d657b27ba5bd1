"""移送: what the department gets, says and sees; the evidence as one ZIP."""

from __future__ import annotations

import hashlib
import io
import json
import uuid
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.core.clock import FixedClock
from server.core.db import new_id
from server.escalation import news
from server.escalation import service as escalation
from server.messages.models import Message
from server.messages.rules import Channel
from server.transfers import bundling
from tests.factories.actors import Actor, Shot
from tests.factories.pictures import photo_of
from tests.factories.videos import webm

Cast = Callable[[str], Actor]


def _sent(cast: Cast, code: str = "FP-01", shots: list[Shot] | None = None) -> tuple[str, str]:
    """A case handed to the fire brigade: ids of transfer and case."""
    case, he = str(cast("inspector_chen").finds(code, shots=shots)), cast("supervisor_he")
    unit, transfer_id = str(he.world.organisations["消防救援大队"]), str(new_id())
    told = {"transfer_id": transfer_id, "finding_id": case, "organisation_id": unit}
    he.does("transfer_finding", **told, reason="属消防职权")
    return transfer_id, case


def _read(who: Actor, transfer_id: str) -> dict[str, Any]:
    answer = who.get(f"/api/transfers/{transfer_id}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: dict[str, Any] = answer.get_json()
    return found


def test_the_department_takes_a_case_over_and_reports_what_came_of_it(cast: Cast, clock: FixedClock) -> None:
    transfer_id, case = _sent(cast)
    he, ma = cast("supervisor_he"), cast("department_ma")
    document = _read(ma, transfer_id)
    assert (document["state"], document["actions"]) == ("sent", ["accept", "decline"])
    assert datetime.fromisoformat(document["answer_due_at"]) == datetime(2026, 11, 25, 10, tzinfo=UTC)
    ma.does("answer_transfer", transfer_id=transfer_id, accepted=True, handler="马某", handler_phone="119")
    shot = ma.shoots("O", (5, 5, 5))
    ma.does("report_transfer", transfer_id=transfer_id, text="已责令拆除", photos=[shot.declaration])
    ma.uploads(shot)
    assert _read(he, transfer_id)["result"] == "已责令拆除"
    assert ma.fails("conclude_transfer", finding_id=case, text="结案") == "core.forbidden"
    he.does("conclude_transfer", finding_id=case, text="已拆除，销号")
    assert (_read(he, transfer_id)["state"], he.case(uuid.UUID(case))["state"]) == ("concluded", "closed")
    acts = [line["act"] for line in he.case(uuid.UUID(case))["ledger"] if line["act"].startswith("finding.")]
    assert acts[1:] == [
        "finding.transfer",
        "finding.accept_transfer",
        "finding.report_transfer",
        "finding.conclude_transfer",
    ]


def test_a_declined_case_comes_back_and_leaves_the_departments_sight(cast: Cast) -> None:
    transfer_id, case = _sent(cast)
    he, ma = cast("supervisor_he"), cast("department_ma")
    assert (
        ma.fails("answer_transfer", transfer_id=transfer_id, accepted=False, handler="马某") == "core.invalid"
    )
    ma.does("answer_transfer", transfer_id=transfer_id, accepted=False, handler="马某", text="不属消防职权")
    assert he.case(uuid.UUID(case))["state"] == "confirmed"
    assert ma.get(f"/api/findings/{case}").status_code == 404
    assert _read(ma, transfer_id)["state"] == "declined"
    late = {"transfer_id": transfer_id, "accepted": True, "handler": "马某"}
    assert ma.fails("answer_transfer", **late) == "transfer.illegal_action"
    unit = str(he.world.organisations["消防救援大队"])
    he.does("transfer_finding", finding_id=case, organisation_id=unit, reason="再移送")
    assert len(he.get("/api/transfers").get_json()["items"]) == 2


def test_departments_see_only_what_was_handed_to_them(cast: Cast) -> None:
    transfer_id, case = _sent(cast)
    own, ma = cast("inspector_chen").finds("FP-02"), cast("department_ma")
    assert [item["id"] for item in ma.get("/api/findings").get_json()["items"]] == [case]
    assert ma.get(f"/api/findings/{own}").status_code == 404
    photos = ma.case(uuid.UUID(case))["photos"]
    assert ma.get(f"/api/photos/{photos[0]['id']}/content").status_code == 200
    theirs = cast("supervisor_he").case(own)["photos"][0]["id"]
    assert ma.get(f"/api/photos/{theirs}/content").status_code == 404
    assert ma.get("/api/notices").status_code == 403
    for stranger in ("supervisor_sun", "firm_liu", "inspector_wang"):
        assert cast(stranger).get(f"/api/transfers/{transfer_id}").status_code == 404


def test_an_unanswered_transfer_is_late_after_three_working_days(cast: Cast, clock: FixedClock) -> None:
    transfer_id, _ = _sent(cast)
    he = cast("supervisor_he")
    assert _read(he, transfer_id)["late"] is False
    clock.set(clock.now() + timedelta(days=6))
    assert _read(he, transfer_id)["late"] is True


def test_the_bundle_holds_all_evidence_and_can_be_checked(cast: Cast, session: Session) -> None:
    transfer_id, case = _sent(cast)
    he, ma = cast("supervisor_he"), cast("department_ma")
    early = ma.get(f"/api/transfers/{transfer_id}/bundle")
    assert (early.status_code, early.get_json()["code"]) == (409, "transfer.bundle_not_ready")
    assert _read(ma, transfer_id)["bundle"]["state"] == "queued"
    bundling.make(session, uuid.UUID(transfer_id), he.now())
    session.commit()
    bundle = _read(ma, transfer_id)["bundle"]
    assert (bundle["state"], bundle["done"], bundle["missing"]) == ("ready", bundle["total"], 0)
    answer = ma.get(f"/api/transfers/{transfer_id}/bundle")
    assert len(answer.data) == bundle["size"]
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        names = set(archive.namelist())
        sums = dict(line.split("  ")[::-1] for line in archive.read("SHA256SUMS").decode().splitlines())
        assert set(sums) == names - {"SHA256SUMS"}
        for name, digest in sums.items():
            assert hashlib.sha256(archive.read(name)).hexdigest() == digest
        manifest = json.loads(archive.read("manifest.json"))
        extract = json.loads(archive.read("ledger.json"))
    photos = ma.case(uuid.UUID(case))["photos"]
    assert {one["sha256"] for one in manifest["photos"]} == {one["sha256"] for one in photos}
    assert "移送函.pdf" in names
    assert {one["file"] for one in manifest["photos"]} <= names
    assert extract["intact"] is True
    assert [line["act"] for line in extract["lines"]][-1] == "finding.transfer"


def test_the_same_evidence_makes_the_same_bytes(cast: Cast, session: Session) -> None:
    transfer_id, _ = _sent(cast)
    he = cast("supervisor_he")
    bundling.make(session, uuid.UUID(transfer_id), he.now())
    session.commit()
    first = he.get(f"/api/transfers/{transfer_id}/bundle").data
    assert he.post(f"/api/transfers/{transfer_id}/bundle", {}).get_json()["bundle"]["state"] == "queued"
    bundling.make(session, uuid.UUID(transfer_id), he.now() + timedelta(days=1))
    session.commit()
    assert he.get(f"/api/transfers/{transfer_id}/bundle").data == first


def test_the_cameras_own_files_are_in_the_bundle_once_they_are_here(cast: Cast, session: Session) -> None:
    chen, he = cast("inspector_chen"), cast("supervisor_he")
    still = chen.shoots("O", (12, 13, 14)).with_original(photo_of(50_000), "image/jpeg")
    video = chen.shoots("V", (15, 16, 17)).with_original(webm(4), "video/webm")
    later = chen.shoots("C", (18, 19, 20)).with_original(photo_of(60_000, seed=2), "image/jpeg")
    transfer_id, _ = _sent(cast, shots=[still, video, later])
    assert [chen.uploads_original(shot).status_code for shot in (still, video)] == [200, 200]
    bundling.make(session, uuid.UUID(transfer_id), he.now())
    session.commit()
    with zipfile.ZipFile(io.BytesIO(he.get(f"/api/transfers/{transfer_id}/bundle").data)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        told = {photo["id"]: photo["original"] for photo in manifest["photos"]}
        assert archive.read(told[str(still.id)]["file"]) == still.original
        assert archive.read(told[str(video.id)]["file"]) == video.original
        sums = archive.read("SHA256SUMS").decode()
    assert told[str(video.id)]["file"].endswith("-camera.webm")
    assert told[str(video.id)]["milliseconds"] == 3_990
    assert hashlib.sha256(video.original).hexdigest() in sums
    assert (told[str(later.id)]["file"], told[str(later.id)]["stored_at"]) == (None, None)


def test_counts_say_how_many_stand_where_and_how_many_are_late(cast: Cast, clock: FixedClock) -> None:
    accepted, _ = _sent(cast)
    he, ma = cast("supervisor_he"), cast("department_ma")
    ma.does("answer_transfer", transfer_id=accepted, accepted=True, handler="马某")
    first, _ = _sent(cast, "FP-02")
    clock.set(clock.now() + timedelta(days=6))
    second, case = _sent(cast, "FP-03")
    expected = {"sent": 2, "late": 1, "accepted": 1, "declined": 0, "reported": 0, "concluded": 0}
    assert ma.get("/api/transfers/counts").get_json() == expected
    assert he.get("/api/transfers/counts").get_json() == expected
    assert cast("department_lu").get("/api/transfers/counts").get_json()["sent"] == 0
    assert cast("firm_liu").get("/api/transfers/counts").status_code == 403

    def listed(**query: str) -> list[str]:
        return [one["id"] for one in ma.get("/api/transfers", **query).get_json()["items"]]

    assert listed() == [second, first, accepted]
    assert listed(state="sent") == [first, second], "who waits longest comes first"
    assert listed(late="true") == [first]
    assert listed(late="false") == [second, accepted]
    assert listed(finding_id=case) == [second]
    page = ma.get("/api/transfers", state="sent", limit="1").get_json()
    assert listed(state="sent", cursor=page["next"]) == [second]


def test_a_department_that_declined_gets_no_evidence_any_more(cast: Cast, session: Session) -> None:
    transfer_id, _ = _sent(cast)
    he, ma = cast("supervisor_he"), cast("department_ma")
    bundling.make(session, uuid.UUID(transfer_id), he.now())
    session.commit()
    assert ma.get(f"/api/transfers/{transfer_id}/bundle").status_code == 200
    ma.does("answer_transfer", transfer_id=transfer_id, accepted=False, handler="马某", text="不属职权")
    assert _read(ma, transfer_id)["bundle"] is None
    assert ma.get(f"/api/transfers/{transfer_id}/bundle").status_code == 404
    assert ma.post(f"/api/transfers/{transfer_id}/bundle", {}).status_code == 404
    assert he.get(f"/api/transfers/{transfer_id}/bundle").status_code == 200


def _late(cast: Cast, session: Session, clock: FixedClock) -> tuple[str, str, str]:
    """A case that is overdue under its notice and handed to the fire brigade: transfer, case, notice."""
    case, notice_id = str(cast("inspector_chen").finds("FP-03")), str(new_id())
    he = cast("supervisor_he")
    he.does("confirm_finding", finding_id=case)
    he.does("issue_notice", notice_id=notice_id, items=[{"finding_id": case}])
    cast("firm_liu").does("acknowledge_notice", notice_id=notice_id, name="刘某")
    clock.set(datetime.fromisoformat(he.case(uuid.UUID(case))["due_at"]) + timedelta(minutes=1))
    escalation.sweep(session, clock.now())
    session.commit()
    assert he.case(uuid.UUID(case))["state"] == "overdue"
    unit, transfer_id = str(he.world.organisations["消防救援大队"]), str(new_id())
    told = {"transfer_id": transfer_id, "finding_id": case, "organisation_id": unit}
    he.does("transfer_finding", **told, reason="属消防职权")
    return transfer_id, case, notice_id


def _answer(cast: Cast, transfer_id: str, accepted: bool) -> None:
    said = {"transfer_id": transfer_id, "accepted": accepted, "handler": "马某"}
    cast("department_ma").does("answer_transfer", **said, text="不属消防职权" if not accepted else "")


def test_a_declined_case_that_was_late_is_late_again_under_its_notice(
    cast: Cast, session: Session, clock: FixedClock
) -> None:
    transfer_id, case, notice_id = _late(cast, session, clock)
    he, liu = cast("supervisor_he"), cast("firm_liu")
    answer = {"response_id": str(new_id()), "notice_id": notice_id, "finding_id": case, "text": "已改"}
    assert liu.fails("answer_item", **answer) == "notice.with_department"  # meanwhile nothing is asked
    _answer(cast, transfer_id, accepted=False)
    found = he.case(uuid.UUID(case))
    assert (found["state"], found["notice_id"]) == ("overdue", notice_id)
    again = {"notice_id": str(new_id()), "items": [{"finding_id": case}]}
    assert he.fails("issue_notice", **again) != ""
    liu.does("answer_item", **answer | {"response_id": str(new_id())})
    assert he.case(uuid.UUID(case))["state"] == "replied"


def test_what_a_department_settled_is_not_asked_of_the_firm_any_more(
    cast: Cast, session: Session, clock: FixedClock
) -> None:
    transfer_id, case, notice_id = _late(cast, session, clock)
    _answer(cast, transfer_id, accepted=True)
    cast("department_ma").does("report_transfer", transfer_id=transfer_id, text="已责令拆除")
    cast("supervisor_he").does("conclude_transfer", finding_id=case, text="已拆除，销号")
    notice = cast("firm_liu").get(f"/api/notices/{notice_id}").get_json()
    assert ([item["state"] for item in notice["items"]], notice["state"]) == (["withdrawn"], "complied")


def test_a_notice_is_voided_while_a_department_weighs_the_case(
    cast: Cast, session: Session, clock: FixedClock
) -> None:
    transfer_id, case, notice_id = _late(cast, session, clock)
    he = cast("supervisor_he")
    he.does("void_notice", notice_id=notice_id, reason="对象有误")
    found = he.case(uuid.UUID(case))
    assert (found["state"], found["notice_id"]) == ("transferred", None)
    _answer(cast, transfer_id, accepted=False)
    assert he.case(uuid.UUID(case))["state"] == "confirmed"


def _news(session: Session, person: Actor) -> list[tuple[str, str]]:
    """Sorts and words of what somebody was told of transfers and ended papers, oldest first."""
    for task, args in session.execute(
        sa.text(
            "SELECT task_name, args FROM procrastinate_jobs"
            " WHERE task_name IN ('escalation.announce', 'escalation.announce_ending') ORDER BY id"
        )
    ).all():
        if task == "escalation.announce":
            news.of_transfer(session, args["act"], uuid.UUID(args["finding_id"]), args["cause"], person.now())
        else:
            news.of_ending(session, args["act"], uuid.UUID(args["notice_id"]), args["cause"], person.now())
    query = (
        sa.select(Message.kind, Message.body, Message.link)
        .where(Message.user_id == person.user_id, Message.channel == Channel.IN_APP)
        .where(sa.or_(Message.kind.startswith("transfer."), Message.kind.like("notice.%ed")))
        .order_by(Message.created_at, Message.id)
    )
    return [(row.kind, row.body) for row in session.execute(query)]


def test_the_firm_goes_on_seeing_its_case_and_is_told_how_far_it_is(
    cast: Cast, session: Session, clock: FixedClock
) -> None:
    transfer_id, case, _ = _late(cast, session, clock)
    he, ma, liu = cast("supervisor_he"), cast("department_ma"), cast("firm_liu")
    found = liu.get(f"/api/findings/{case}").get_json()
    assert (found["state"], found["department"]["name"]) == ("transferred", "消防救援大队")
    assert [one["id"] for one in liu.get("/api/findings").get_json()["items"]] == [case]
    assert found["actions"] == [], "nothing is asked of the firm meanwhile"
    assert cast("firm_zhao").get(f"/api/findings/{case}").status_code == 404
    assert [kind for kind, _ in _news(session, liu)] == ["transfer.sent"]
    _answer(cast, transfer_id, accepted=True)
    ma.does("report_transfer", transfer_id=transfer_id, text="已责令拆除")
    he.does("conclude_transfer", finding_id=case, text="已拆除，销号")
    told = _news(session, liu)
    assert [kind for kind, _ in told] == [
        "transfer.sent",
        "transfer.accepted",
        "transfer.reported",
        "transfer.concluded",
    ]
    assert "消防救援大队的处理结果：已责令拆除" in told[2][1] and "汀禾苑" in told[2][1]
    assert _news(session, liu) == told, "however often the job runs"
    assert [kind for kind, _ in _news(session, he)] == ["transfer.accepted", "transfer.reported"]
    assert _news(session, cast("firm_zhao")) == []


def test_a_declined_case_is_the_firms_again_and_it_is_told_so(
    cast: Cast, session: Session, clock: FixedClock
) -> None:
    transfer_id, case, _ = _late(cast, session, clock)
    _answer(cast, transfer_id, accepted=False)
    liu = cast("firm_liu")
    found = liu.get(f"/api/findings/{case}").get_json()
    assert (found["state"], found["department"]) == ("overdue", None)
    kind, words = _news(session, liu)[-1]
    assert kind == "transfer.declined" and "仍按通知书整改" in words


def test_a_case_handed_over_before_any_notice_is_not_the_firms_to_see(cast: Cast, session: Session) -> None:
    _, case = _sent(cast)
    liu = cast("firm_liu")
    assert liu.get(f"/api/findings/{case}").status_code == 404
    assert liu.get("/api/findings").get_json()["items"] == []
    assert _news(session, liu) == []


def test_the_firm_is_told_of_a_voided_and_of_a_corrected_notice(cast: Cast, session: Session) -> None:
    he, liu = cast("supervisor_he"), cast("firm_liu")
    case = cast("inspector_chen").finds("FP-03")
    he.does("confirm_finding", finding_id=str(case))
    notice_id = str(new_id())
    he.does("issue_notice", notice_id=notice_id, items=[{"finding_id": str(case)}])
    he.does("correct_notice", notice_id=notice_id, reason="联系人写错", contact="何督02")
    he.does("correct_notice", notice_id=notice_id, reason="电话写错", contact_phone="0999-8880000")
    he.does("void_notice", notice_id=notice_id, reason="小区写错了")
    told = _news(session, liu)
    assert sorted(kind for kind, _ in told) == ["notice.corrected", "notice.corrected", "notice.voided"]
    voided = next(words for kind, words in told if kind == "notice.voided")
    assert "小区写错了" in voided and "青禾办物改" in voided
    assert _news(session, cast("firm_zhao")) == []
