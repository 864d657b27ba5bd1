"""Official documents: orders and their guards, slips, voiding, correction, parts, verification."""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from server.accounts.models import OfficerCertificate
from server.core.clock import FixedClock
from server.core.config import Settings
from server.core.db import new_id
from server.core.identity import SYSTEM
from server.documents import copies, paper, service, signing, verifying
from server.documents.models import DocumentCopy, DocumentOffice, OfficialDocument, OrderPower
from server.documents.paper import sample as samples
from server.documents.rules import NOTICE_TYPES, DocumentState, DocumentType
from tests.factories.actors import Actor
from tests.factories.world import NOW

Cast = Callable[[str], Actor]
BUREAU = "澄湖区住房和城乡建设局"
FIRE_LAW = "中华人民共和国消防法"


@pytest.fixture
def empowered(session: Session, cast: Cast) -> list[str]:
    """The bureau may order about fire lanes by 消防法 60; returns its two officers."""
    xu, qin = cast("supervisor_xu"), cast("legal_qin")
    bureau = xu.world.organisations[BUREAU]
    for number, person in enumerate((xu, qin), start=1):
        session.add(_certificate(person, f"9999010{number}"))
    session.add(
        DocumentOffice(
            organisation_id=bureau,
            seal_label="样章",
            reconsideration_body="澄湖区人民政府",
            court="澄湖区人民法院",
            changed_at=xu.now(),
        )
    )
    session.add(_power(bureau, xu))
    session.commit()
    return [str(xu.user_id), str(qin.user_id)]


def _certificate(holder: Actor, number: str, **changes: Any) -> OfficerCertificate:
    held: dict[str, Any] = {"valid_from": date(2024, 7, 1), "valid_to": date(2029, 6, 30)}
    return OfficerCertificate(
        user_id=holder.user_id, number=number, created_at=holder.now(), **(held | changes)
    )


def _power(bureau: UUID, by: Actor, **changes: Any) -> OrderPower:
    power: dict[str, Any] = {
        "organisation_id": bureau,
        "item_code": None,
        "item_group": "FP",
        "statute": FIRE_LAW,
        "article": 60,
        "valid_from": date(2021, 4, 29),
        "valid_to": None,
        "note": "",
        "created_at": by.now(),
    }
    return OrderPower(**(power | changes))


def _confirmed(cast: Cast, code: str = "FP-01") -> UUID:
    finding_id = cast("inspector_chen").finds(code)
    cast("supervisor_he").does("confirm_finding", finding_id=str(finding_id))
    return finding_id


def _body(*findings: UUID, **more: Any) -> dict[str, Any]:
    items = [{"finding_id": str(finding)} for finding in findings]
    return {"notice_id": str(new_id()), "items": items} | more


def _issued(by: Actor, *findings: UUID, **more: Any) -> dict[str, Any]:
    body = _body(*findings, **more)
    by.does("issue_notice", **body)
    notice: dict[str, Any] = by.get(f"/api/notices/{body['notice_id']}").get_json()
    return notice


def _text(pdf: bytes) -> str:
    read = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return re.sub(r"\s|\u200b", "", read.stdout.decode())


def test_an_order_prints_law_officers_and_remedies(cast: Cast, empowered: list[str]) -> None:
    xu = cast("supervisor_xu")
    notice = _issued(xu, _confirmed(cast), document_type="N3", officers=empowered)
    assert notice["number"] == "澄住建物责改〔2026〕第1号"
    text = _text(xu.get(f"/api/documents/{notice['document_id']}/file").data)
    for words in (
        "责令限期改正通知书",
        "《中华人民共和国消防法》（2021年修正）第二十八条、第六十条第一款第五项",
        "《中华人民共和国行政处罚法》第二十八条第一款",
        "六十日内向澄湖区人民政府申请行政复议",
        "六个月内向澄湖区人民法院提起行政诉讼",
        "执法人员：许督02（执法证号99990101）",
        "执法人员：秦某（执法证号99990102）",
    ):
        assert words in text, words


def test_an_order_whose_terms_are_all_at_once_says_so(cast: Cast, empowered: list[str]) -> None:
    body = _body(_confirmed(cast), document_type="N3", officers=empowered)
    body["items"][0] |= {"term": 0, "unit": "now"}
    cast("supervisor_xu").does("issue_notice", **body)
    found = cast("supervisor_xu").get("/api/documents").get_json()["items"]
    assert found[0]["title"] == "责令立即改正通知书"


@pytest.mark.parametrize(
    ("item", "change", "code"),
    [
        ("EB-05", {}, "document.no_power"),
        ("FP-01", {"valid_to": date(2026, 11, 19)}, "document.no_power"),
        ("FP-01", {"valid_from": date(2026, 11, 21)}, "document.no_power"),
        ("FP-01", {"article": 61}, "document.no_power"),
        ("FP-01", {"ended_on": date(2026, 11, 19), "ended_at": NOW}, "document.no_power"),
        ("FP-01", {"ended_on": date(2026, 11, 20), "ended_at": NOW}, None),
        ("FP-01", {"statute": "物业管理条例"}, "document.no_power"),
        ("FP-01", {"item_group": None, "item_code": "FP-02"}, "document.no_power"),
        ("FP-01", {"item_group": None, "item_code": "FP-01", "article": None}, None),
    ],
)
def test_an_order_needs_a_power_for_each_item(
    cast: Cast, session: Session, empowered: list[str], item: str, change: dict[str, Any], code: str | None
) -> None:
    xu = cast("supervisor_xu")
    for power in session.scalars(sa.select(OrderPower)):
        for name, value in change.items():
            setattr(power, name, value)
    session.commit()
    body = _body(_confirmed(cast, item), document_type="N3", officers=empowered)
    entry = xu.command("issue_notice", **body)
    assert (entry["problem"] or {}).get("code") == code
    if code:
        assert entry["problem"]["items"] == [item]
        assert session.scalar(sa.select(sa.func.count()).select_from(OfficialDocument)) == 0


def test_an_order_needs_two_certified_officers_of_the_unit(
    cast: Cast, session: Session, empowered: list[str]
) -> None:
    xu, finding = cast("supervisor_xu"), _confirmed(cast)
    stranger = cast("supervisor_he")
    expired, coming = cast("observer_bai"), cast("admin_gu")
    session.add_all(
        [
            _certificate(stranger, "99990109"),
            _certificate(expired, "99990108", valid_to=date(2026, 11, 19)),
            _certificate(coming, "99990107", valid_from=date(2026, 11, 21)),
        ]
    )
    session.commit()
    for officers in (
        [],
        empowered[:1],
        [empowered[0], empowered[0]],
        [empowered[0], str(stranger.user_id)],
        [*empowered, str(expired.user_id)],
        [*empowered, str(coming.user_id)],
        [empowered[0], str(new_id())],
    ):
        refused = xu.fails("issue_notice", **_body(finding, document_type="N3", officers=officers))
        assert refused == "document.officers_missing", officers


def test_an_order_needs_the_bodies_of_remedy_and_the_articles_of_the_catalogue(
    cast: Cast, session: Session, empowered: list[str]
) -> None:
    xu, finding = cast("supervisor_xu"), _confirmed(cast)
    office = session.scalars(sa.select(DocumentOffice)).one()
    office.court = ""
    session.commit()
    body = _body(finding, document_type="N3", officers=empowered)
    assert xu.fails("issue_notice", **body) == "document.remedies_missing"
    office.court = "澄湖区人民法院"
    session.commit()
    body["items"][0]["legal_basis"] = "《自拟办法》第一条"
    assert xu.fails("issue_notice", **body) == "notice.basis_locked"


def test_a_street_without_power_issues_no_order(cast: Cast, empowered: list[str]) -> None:
    he = cast("supervisor_he")
    body = _body(_confirmed(cast), document_type="N3", officers=empowered)
    assert he.fails("issue_notice", **body) == "document.no_power"


def _choices(by: Actor, *findings: UUID, **more: Any) -> dict[str, list[dict[str, Any]]]:
    ids = [str(finding) for finding in findings]
    told = by.get("/api/notices/proposal", finding_id=ids, **more).get_json()
    return {one["document_type"]: one["against"] for one in told["types"]}


def test_the_proposal_says_which_types_may_be_issued_and_why_not(
    cast: Cast, session: Session, empowered: list[str]
) -> None:
    xu, he = cast("supervisor_xu"), cast("supervisor_he")
    urgent, minor = _confirmed(cast), _confirmed(cast, "EB-05")
    assert _choices(xu, urgent) == {
        "N1": [{"code": "notice.not_minor", "items": ["FP-01"]}],
        "N2": [],
        "N3": [],
    }
    mixed = _choices(xu, urgent, minor)["N3"]
    assert mixed == [{"code": "document.no_power", "items": ["EB-05"]}], "the others may still be ordered"
    street = [one["code"] for one in _choices(he, urgent)["N3"]]
    assert street == ["document.no_power", "document.officers_missing", "document.remedies_missing"]
    first = session.scalars(sa.select(OfficerCertificate)).first()
    assert first is not None
    first.ended_on, first.ended_at, first.end_reason = date(2026, 11, 19), NOW, "调离"
    session.scalars(sa.select(DocumentOffice)).one().court = ""
    session.commit()
    codes = [one["code"] for one in _choices(xu, urgent)["N3"]]
    assert codes == ["document.officers_missing", "document.remedies_missing"]


def test_the_proposal_tells_the_words_and_the_steps_of_the_type_asked_for(
    cast: Cast, empowered: list[str]
) -> None:
    xu, finding = cast("supervisor_xu"), _confirmed(cast)
    path = "/api/notices/proposal"
    told = xu.get(path, finding_id=str(finding), document_type="N3").get_json()
    assert told["document_type"] == "N3" and "（2021年修正）" in told["items"][0]["legal_basis"]
    plain = xu.get(path, finding_id=str(finding)).get_json()
    assert plain["document_type"] == "N2" and "修正）" not in plain["items"][0]["legal_basis"]
    assert xu.get(path, finding_id=str(finding), document_type="N4").status_code == 422
    notice = _issued(xu, finding, document_type="N3", officers=empowered)
    steps = [(one["stage"], one["n"], one["unit"], one["due_at"]) for one in told["items"][0]["stages"]]
    issued = notice["items"][0]["stages"]
    assert steps and steps == [(one["stage"], one["n"], one["unit"], one["due_at"]) for one in issued]


def test_a_slip_on_the_spot_keeps_its_provisional_number(cast: Cast) -> None:
    chen = cast("inspector_chen")
    finding = chen.finds("FP-03")
    notice = _issued(chen, finding, document_type="N1", provisional_number="T-7F3A-12")
    assert notice["number"] == "青禾办物场改〔2026〕第1号"
    assert notice["provisional_number"] == "T-7F3A-12"
    assert chen.case(finding)["state"] == "noticed"
    text = _text(chen.get(f"/api/notices/{notice['id']}/document").data)
    assert "现场整改通知单" in text and "现场临时编号T-7F3A-12，编号以系统为准" in text


def test_a_slip_on_the_spot_is_not_for_what_is_critical_nor_a_second_order(cast: Cast) -> None:
    chen = cast("inspector_chen")
    refused = chen.command("issue_notice", **_body(chen.finds("FP-01"), document_type="N1"))
    assert refused["problem"]["code"] == "notice.not_minor"
    assert refused["problem"]["items"] == ["FP-01"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"document_type": "N2", "provisional_number": "T-7F3A-12"}, "notice.wrong_for_type"),
        ({"document_type": "N2", "officers": [str(new_id())]}, "notice.wrong_for_type"),
        ({"document_type": "N1", "provisional_number": "T-7F3A-0"}, "core.invalid"),
        ({"document_type": "N4"}, "core.invalid"),
    ],
)
def test_fields_of_another_type_are_refused(cast: Cast, more: dict[str, Any], code: str) -> None:
    assert cast("supervisor_he").fails("issue_notice", **_body(_confirmed(cast, "FP-03"), **more)) == code


def test_an_inspector_issues_slips_and_nothing_else(cast: Cast) -> None:
    body = _body(_confirmed(cast, "FP-03"))
    assert cast("inspector_chen").fails("issue_notice", **body) == "core.forbidden"


def test_a_voided_notice_frees_its_findings_and_never_its_number(cast: Cast, clock: FixedClock) -> None:
    he, liu, finding = cast("supervisor_he"), cast("firm_liu"), _confirmed(cast, "FP-03")
    first = _issued(he, finding)
    he.does("void_notice", notice_id=first["id"], reason="小区写错了")
    case = he.case(finding)
    assert case["state"] == "confirmed" and case["due_at"] is None and case["notice_number"] is None
    told = [line for line in case["ledger"] if line["act"] == "finding.void_notice"]
    assert told[0]["data"]["number"] == first["number"] and told[0]["data"]["reason"] == "小区写错了"
    read = liu.get(f"/api/notices/{first['id']}").get_json()
    assert (read["state"], read["void_reason"]) == ("voided", "小区写错了")
    assert liu.get(f"/api/findings/{finding}").status_code == 404
    second = _issued(he, finding)
    assert (first["number"], second["number"]) == ("青禾办物改〔2026〕第1号", "青禾办物改〔2026〕第2号")
    page = he.client.get(first["verify_url"].removeprefix(Settings().origin)).get_data(as_text=True)
    assert "已经作废" in page and "小区写错了" in page and "现行有效" not in page


def test_what_was_judged_or_voided_is_not_voided(cast: Cast) -> None:
    he, finding = cast("supervisor_he"), _confirmed(cast, "FP-03")
    notice = _issued(he, finding)
    he.does("void_notice", notice_id=notice["id"], reason="误发")
    assert he.fails("void_notice", notice_id=notice["id"], reason="误发") == "notice.illegal_action"
    assert he.fails("correct_notice", notice_id=notice["id"], reason="误", contact="某") == (
        "notice.illegal_action"
    )


@pytest.mark.parametrize("name", ["inspector_chen", "firm_liu", "admin_gu"])
def test_who_may_not_void(cast: Cast, name: str) -> None:
    notice = _issued(cast("supervisor_he"), _confirmed(cast, "FP-03"))
    assert cast(name).fails("void_notice", notice_id=notice["id"], reason="误发") == "core.forbidden"


def test_a_correction_supersedes_and_keeps_the_number_with_a_mark(cast: Cast, session: Session) -> None:
    he, finding = cast("supervisor_he"), _confirmed(cast, "FP-03")
    notice = _issued(he, finding)
    line = {"finding_id": str(finding), "requirement": "清除石墩，恢复净宽四米"}
    he.does("correct_notice", notice_id=notice["id"], reason="要求写漏了", items=[line])
    now = he.get(f"/api/notices/{notice['id']}").get_json()
    assert now["number"] == notice["number"] + "（更正）"
    assert now["items"][0]["requirement"] == "清除石墩，恢复净宽四米"
    assert he.case(finding)["notice_number"] == now["number"]
    assert "清除石墩，恢复净宽四米" in _text(he.get(f"/api/notices/{notice['id']}/document").data)
    former = session.get_one(OfficialDocument, UUID(notice["document_id"]))
    assert former.state is DocumentState.SUPERSEDED
    assert he.get(f"/api/documents/{former.id}/file").data[:5] == b"%PDF-"
    told = verifying.public(session, former.verify_token)
    assert told is not None and told["superseded_by"] == now["number"]
    acts = [line["act"] for line in he.case(finding)["ledger"]]
    assert acts.count("document.corrected") == 1
    again = {"finding_id": str(finding), "requirement": "清除石墩"}
    he.does("correct_notice", notice_id=notice["id"], reason="再改", items=[again])
    assert he.get(f"/api/notices/{notice['id']}").get_json()["number"] == notice["number"] + "（更正二）"


def test_a_correction_moves_a_date_later_and_never_earlier(cast: Cast, clock: FixedClock) -> None:
    he, finding = cast("supervisor_he"), _confirmed(cast, "FP-03")
    notice = _issued(he, finding)
    early, late = clock.now() + timedelta(days=2), clock.now() + timedelta(days=40)

    def wish(due: Any) -> dict[str, Any]:
        line = {"finding_id": str(finding), "due_at": due.isoformat()}
        return {"notice_id": notice["id"], "reason": "期限有误", "items": [line]}

    assert he.fails("correct_notice", **wish(early)) == "notice.deadline_earlier"
    he.does("correct_notice", **wish(late))
    item = he.get(f"/api/notices/{notice['id']}").get_json()["items"][0]
    assert item["due_at"] == item["printed_due_at"] == he.case(finding)["due_at"]
    assert item["due_at"].startswith("2026-12-30")


def test_the_articles_of_an_order_are_not_corrected(cast: Cast, empowered: list[str]) -> None:
    xu, finding = cast("supervisor_xu"), _confirmed(cast)
    notice = _issued(xu, finding, document_type="N3", officers=empowered)
    line = {"finding_id": str(finding), "legal_basis": "《自拟办法》第一条"}
    body = {"notice_id": notice["id"], "reason": "依据写错"}
    assert xu.fails("correct_notice", **body, items=[line]) == "notice.basis_locked"
    xu.does("correct_notice", **body, items=[line | {"legal_basis": None, "requirement": "清除石墩"}])


def test_what_can_be_ended_says_so_until_a_line_is_judged(cast: Cast) -> None:
    he, liu, chen = cast("supervisor_he"), cast("firm_liu"), cast("inspector_li")
    finding = _confirmed(cast, "FP-03")
    notice = _issued(he, finding)
    path = f"/api/notices/{notice['id']}"
    assert {"void", "correct"} <= set(he.get(path).get_json()["actions"])
    assert not {"void", "correct"} & set(chen.get(path).get_json()["actions"])
    liu.does("acknowledge_notice", notice_id=notice["id"], name="刘某")
    liu.does(
        "answer_item",
        response_id=str(new_id()),
        notice_id=notice["id"],
        finding_id=str(finding),
        text="已清除",
    )
    assert {"void", "correct"} <= set(he.get(path).get_json()["actions"]), "an answer stands in nobody's way"
    told = {"reviewed_at": chen.now().isoformat(), "text": "仍有石墩"}
    chen.does("review_finding", review_id=str(new_id()), finding_id=str(finding), passed=False, **told)
    after = he.get(path).get_json()
    assert "void" not in after["actions"]
    assert he.fails("void_notice", notice_id=notice["id"], reason="误发") == "notice.illegal_action"


def test_a_correction_of_nothing_is_refused(cast: Cast) -> None:
    he = cast("supervisor_he")
    notice = _issued(he, _confirmed(cast, "FP-03"))
    assert he.fails("correct_notice", notice_id=notice["id"], reason="没有") == "document.nothing_changed"


@pytest.fixture
def summons(session: Session, cast: Cast) -> OfficialDocument:
    """An N5 to 岸禾物业 about a case."""
    xu, finding = cast("supervisor_xu"), _confirmed(cast, "FP-03")
    facts = samples.sample(DocumentType.N5, 0).facts
    document = service.issue(
        session,
        SYSTEM,
        xu.world.organisations[BUREAU],
        facts,
        xu.now(),
        path="9999.999901.999901003",
        firm_id=xu.world.firms["岸禾物业"],
        case_ids=[finding],
    )
    session.commit()
    return document


def test_every_type_is_issued_with_a_number_of_its_own(session: Session, cast: Cast, app: Flask) -> None:
    xu = cast("supervisor_xu")
    bureau = xu.world.organisations[BUREAU]
    issued = [
        service.issue(session, SYSTEM, bureau, samples.sample(kind, 1).facts, xu.now(), path=None)
        for kind in DocumentType
    ]
    assert [document.sequence for document in issued] == [1] * len(DocumentType)
    assert len({document.number for document in issued}) == len(DocumentType)
    for document in issued:
        content = service.read(document)
        assert hashlib.sha256(content).digest() == document.sha256
        assert signing.verify(content, app.extensions["settings"]).intact
        assert document.number in _text(content)


def test_facts_survive_the_register(session: Session, cast: Cast) -> None:
    for kind in DocumentType:
        facts = samples.sample(kind, 0).facts
        kept = paper.stored.load(kind, paper.stored.dump(facts))
        assert paper.stored.dump(kept) == paper.stored.dump(facts)
        assert type(kept) is type(facts)


def test_a_summons_is_voided_by_command_and_its_case_says_so(
    cast: Cast, summons: OfficialDocument, session: Session
) -> None:
    xu = cast("supervisor_xu")
    xu.does("void_document", document_id=str(summons.id), reason="改期")
    assert summons.state is DocumentState.VOIDED
    line = xu.case(summons.case_ids[0])["ledger"][-1]
    assert (line["act"], line["data"]["number"]) == ("document.voided", summons.number)
    assert xu.fails("void_document", document_id=str(summons.id), reason="改期") == "document.ended"


def test_a_summons_is_corrected_field_by_field(cast: Cast, summons: OfficialDocument) -> None:
    xu = cast("supervisor_xu")
    body = {"document_id": str(summons.id), "reason": "地点写错"}
    assert xu.fails("correct_document", **body, changes={"at": "x"}) == "document.unknown_field"
    assert xu.fails("correct_document", **body, changes={"TYPE": "x"}) == "document.unknown_field"
    same = {"place": summons.facts["place"]}
    assert xu.fails("correct_document", **body, changes=same) == "document.nothing_changed"
    emoji = xu.command("correct_document", **body, changes={"place": "一楼😀"})
    assert (emoji["problem"]["code"], emoji["problem"]["characters"]) == ("document.undrawable_text", ["😀"])
    done = xu.does("correct_document", **body, changes={"place": "一楼接待室"})
    assert done["number"] == summons.number + "（更正）"
    assert "到一楼接待室接受约谈" in _text(xu.get(f"/api/documents/{done['document_id']}/file").data)


def test_the_paper_of_a_notice_ends_with_the_notice(cast: Cast) -> None:
    he = cast("supervisor_he")
    notice = _issued(he, _confirmed(cast, "FP-03"))
    refused = he.fails("void_document", document_id=notice["document_id"], reason="误发")
    assert refused == "document.bound_to_notice"
    assert {"N1", "N2", "N3"} == {kind.value for kind in NOTICE_TYPES}


def test_who_sees_a_document(cast: Cast, summons: OfficialDocument) -> None:
    for name, status in (
        ("supervisor_he", 200),
        ("firm_liu", 200),
        ("firm_zhao", 404),
        ("supervisor_sun", 404),
        ("observer_bai", 404),
    ):
        assert cast(name).get(f"/api/documents/{summons.id}").status_code == status, name
        assert cast(name).get(f"/api/documents/{summons.id}/file").status_code == status, name
    found = cast("firm_liu").get("/api/documents", case_id=str(summons.case_ids[0])).get_json()["items"]
    assert [each["number"] for each in found] == [summons.number]
    assert cast("firm_zhao").get("/api/documents").get_json()["items"] == []


def test_the_other_parts_are_printed_once_by_the_job(cast: Cast, session: Session, app: Flask) -> None:
    he = cast("supervisor_he")
    notice = _issued(he, _confirmed(cast, "FP-03"))
    document_id = UUID(notice["document_id"])
    waiting = session.execute(
        sa.text("SELECT args ->> 'document_id' FROM procrastinate_jobs WHERE task_name = 'documents.copies'")
    )
    assert str(document_id) in set(waiting.scalars())
    assert he.get(f"/api/documents/{document_id}/file", part=0).status_code == 404
    assert (copies.print_missing(session, document_id), copies.print_missing(session, document_id)) == (2, 0)
    for part, label in ((0, "第一联存根"), (1, "第二联被通知人"), (2, "第三联街道")):
        content = he.get(f"/api/documents/{document_id}/file", part=part).data
        assert label in _text(content) and notice["number"] in _text(content)
        assert "照片1" in _text(content)
        examined = verifying.examine(session, content)
        assert examined.in_force and examined.document is not None
    assert session.scalar(sa.select(sa.func.count()).select_from(DocumentCopy)) == 2


def test_one_flipped_byte_is_seen(cast: Cast, session: Session, summons: OfficialDocument) -> None:
    content = service.read(summons)
    whole = verifying.examine(session, content)
    assert whole.in_force and whole.signature.trusted and whole.signature.subject == summons.signed_by
    for place in (200, len(content) // 2, len(content) - 300):
        spoilt = bytearray(content)
        spoilt[place] ^= 1
        found = verifying.examine(session, bytes(spoilt))
        assert not found.registered and not found.authentic, place
        assert not found.signature.intact, place
    longer = verifying.examine(session, content + b"\n% more")
    assert not longer.registered and not longer.signature.intact


def test_text_that_cannot_be_printed_takes_no_number(cast: Cast, session: Session) -> None:
    he, finding = cast("supervisor_he"), _confirmed(cast, "FP-03")
    body = _body(finding, contact="何😀")
    assert he.command("issue_notice", **body)["problem"]["characters"] == ["😀"]
    assert _issued(he, finding)["number"] == "青禾办物改〔2026〕第1号"
