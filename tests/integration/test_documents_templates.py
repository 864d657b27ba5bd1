"""What an administrator edits: words with history, number patterns, seals, powers; and what law fixes."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from server.core.db import new_id
from server.documents.paper.phrases import PHRASES
from server.documents.rules import DocumentType
from tests.factories.actors import Actor

Cast = Callable[[str], Actor]
STREET = "青禾街道办事处"


def _at(actor: Actor, kind: str = "N2") -> str:
    return f"/api/documents/templates/{actor.world.organisations[STREET]}/{kind}"


def _draft(actor: Actor, kind: str = "N2", **more: Any) -> dict[str, Any]:
    now = actor.get(_at(actor, kind)).get_json()
    draft: dict[str, Any] = {
        "base_version": now["version"],
        "number_pattern": now["number_pattern"],
        "arabic_date": now["arabic_date"],
        "wording": {},
        "note": "",
    }
    return draft | more


def _put(actor: Actor, path: str, json: Any) -> Any:
    return actor.client.put(path, json=json)


def _text(pdf: bytes) -> str:
    read = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return re.sub(r"\s|\u200b", "", read.stdout.decode())


def _issue(cast: Cast) -> tuple[dict[str, Any], str]:
    finding_id, he = cast("inspector_chen").finds("FP-03"), cast("supervisor_he")
    he.does("confirm_finding", finding_id=str(finding_id))
    notice_id = str(new_id())
    he.does("issue_notice", notice_id=notice_id, items=[{"finding_id": str(finding_id)}])
    notice = he.get(f"/api/notices/{notice_id}").get_json()
    return notice, _text(he.get(f"/api/notices/{notice_id}/document").data)


def test_saved_words_are_printed_and_the_former_ones_stay_in_the_history(cast: Cast) -> None:
    gu = cast("admin_gu")
    words = {"consequence": "到期不改的，记入企业信用档案。", "inspector": "检查人员"}
    pattern = "青禾办改字〔{year}〕{n}号"
    saved = _put(
        gu, _at(gu), _draft(gu, wording=words, number_pattern=pattern, arabic_date=True, note="试行")
    )
    assert saved.status_code == 200, saved.get_json()
    notice, text = _issue(cast)
    assert notice["number"] == "青禾办改字〔2026〕1号"
    assert "到期不改的，记入企业信用档案。" in text and "我办检查人员" in text and "2026年11月20日" in text
    again = _put(gu, _at(gu), _draft(gu, number_pattern=pattern)).get_json()
    assert again["version"] == 2
    assert [line["version"] for line in again["history"]] == [2, 1]
    assert again["history"][1]["note"] == "试行" and again["history"][1]["author"] == "顾某"
    former = gu.get(_at(gu), version=1).get_json()
    told = {phrase["key"]: phrase["text"] for phrase in former["phrases"]}
    assert told["consequence"] == "到期不改的，记入企业信用档案。"
    lines = gu.get(f"/api/documents/templates/{gu.world.organisations[STREET]}").get_json()
    assert [line["version"] for line in lines if line["document_type"] == "N2"] == [2]
    assert len(lines) == len(DocumentType)


@pytest.mark.parametrize(
    ("kind", "key"),
    [(kind.value, key) for kind in DocumentType for key, phrase in PHRASES[kind].items() if phrase.locked],
)
def test_what_law_fixes_is_refused(cast: Cast, kind: str, key: str) -> None:
    gu = cast("admin_gu")
    answer = _put(gu, _at(gu, kind), _draft(gu, kind, wording={key: "随意"}))
    assert (answer.status_code, answer.get_json()["code"]) == (422, "document.wording_locked")
    assert answer.get_json()["key"] == key


def test_the_remedies_and_the_basis_of_an_order_are_locked() -> None:
    locked = {key for key, phrase in PHRASES[DocumentType.N3].items() if phrase.locked}
    assert {"remedies", "basis"} <= locked


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"wording": {"nothing": "x"}}, "document.wording_refused"),
        ({"wording": {"title": " "}}, "document.wording_refused"),
        ({"wording": {"title": "长" * 601}}, "document.wording_refused"),
        ({"wording": {"opening": "没有空格子"}}, "document.wording_refused"),
        ({"wording": {"opening": "{when}{who}{places}{evil}"}}, "document.wording_refused"),
        ({"wording": {"title": "通知{"}}, "document.wording_refused"),
        ({"wording": {"title": "通知😀"}}, "document.undrawable_text"),
        ({"number_pattern": "青禾第{n}号"}, "document.pattern_refused"),
        ({"number_pattern": "{office}责改〔{year}〕第{n}号"}, "document.pattern_refused"),
        ({"base_version": 7}, "document.template_moved"),
    ],
)
def test_a_template_that_does_not_fit_is_refused_whole(cast: Cast, change: dict[str, Any], code: str) -> None:
    gu = cast("admin_gu")
    answer = _put(gu, _at(gu), _draft(gu) | change)
    assert answer.get_json()["code"] == code
    assert gu.get(_at(gu)).get_json()["version"] == 0


def test_the_preview_shows_invented_facts_in_the_new_words(cast: Cast) -> None:
    gu = cast("admin_gu")
    draft = {"number_pattern": "青禾〔{year}〕{n}号", "wording": {"title": "整改建议书"}}
    for kind in DocumentType:
        answer = gu.post(_at(gu, kind.value) + "/preview", draft)
        assert answer.status_code == 200, (kind, answer.get_json())
        text = _text(answer.data)
        assert "整改建议书" in text and "青禾〔2026〕37号" in text and "演示数据，不具法律效力" in text
    assert gu.get(_at(gu)).get_json()["version"] == 0


@pytest.mark.parametrize("name", ["inspector_chen", "supervisor_he", "legal_qin", "firm_liu", "observer_bai"])
def test_only_an_administrator_configures(cast: Cast, name: str) -> None:
    actor = cast(name)
    draft = {"number_pattern": "青禾〔{year}〕{n}号", "base_version": 0}
    assert actor.get("/api/documents/offices").status_code == 403
    assert actor.get("/api/documents/powers").status_code == 403
    assert actor.get(_at(actor)).status_code == 403
    assert _put(actor, _at(actor), draft).status_code == 403


def test_unknown_offices_types_and_versions_are_not_found(cast: Cast) -> None:
    gu = cast("admin_gu")
    firm_less = gu.world.organisations["消防救援大队"]
    assert gu.get(f"/api/documents/templates/{firm_less}").status_code == 404
    assert gu.get(_at(gu, "N9")).status_code == 404
    assert gu.get(_at(gu), version=3).status_code == 404


def test_an_office_has_a_seal_of_its_own(cast: Cast) -> None:
    gu = cast("admin_gu")
    office = f"/api/documents/offices/{gu.world.organisations[STREET]}"
    seal = io.BytesIO()
    Image.new("RGB", (300, 300), (0, 0, 255)).save(seal, "PNG")
    done = gu.client.put(f"{office}/seal", data=seal.getvalue(), content_type="image/png")
    assert done.status_code == 200 and done.get_json()["seal_sha256"]
    notice, _ = _issue(cast)
    pdf = cast("supervisor_he").get(f"/api/notices/{notice['id']}/document").data
    drawn = subprocess.run(["pdftoppm", "-r", "30", "-"], input=pdf, capture_output=True, check=True).stdout
    page = Image.open(io.BytesIO(drawn)).convert("RGB")
    blue = sum(count for count, (r, g, b) in page.getcolors(99_999) or [] if b > 200 and r + g < 60)
    assert blue > 1_000, "41 mm square at 30 dpi"
    for junk in (b"<html>", b"\x89PNG\r\njunk", seal.getvalue() + bytes(1024 * 1024)):
        refused = gu.client.put(f"{office}/seal", data=junk, content_type="image/png")
        assert refused.get_json()["code"] == "document.seal_refused"
    assert gu.client.put(f"{office}/seal", data=b"").get_json()["seal_sha256"] is None


def test_remedies_of_an_office_are_kept(cast: Cast) -> None:
    gu = cast("admin_gu")
    office = f"/api/documents/offices/{gu.world.organisations[STREET]}"
    body = {"seal_label": "样章", "reconsideration_body": "澄湖区人民政府", "court": "澄湖区人民法院"}
    assert _put(gu, office, body).status_code == 200
    (told,) = [o for o in gu.get("/api/documents/offices").get_json() if o["name"] == STREET]
    assert {name: told[name] for name in body} == body
    assert _put(gu, office, body | {"court": "法院😀"}).get_json()["code"] == "document.undrawable_text"


def test_powers_are_registered_and_end_but_never_vanish(cast: Cast) -> None:
    gu = cast("admin_gu")
    body = {
        "organisation_id": str(gu.world.organisations[STREET]),
        "item_group": "FP",
        "statute": "中华人民共和国消防法",
        "article": 60,
        "valid_from": "2021-04-29",
        "basis": "区权责清单（2025年版）",
    }
    made = gu.post("/api/documents/powers", body)
    assert made.status_code == 201
    told = made.get_json()
    assert (told["state"], told["author"], told["organisation"]) == ("in_force", "顾某", STREET)
    power = f"/api/documents/powers/{told['id']}/end"
    last = {"reason": "职权划转区消防救援大队"}
    for day in ("2021-04-27", "not a day"):
        assert _put(gu, power, last | {"ended_on": day}).status_code in (409, 422), day
    done = _put(gu, power, last | {"ended_on": "2026-11-19"}).get_json()
    assert (done["state"], done["ended_on"], done["ended_by"]) == ("over", "2026-11-19", "顾某")
    assert done["valid_to"] is None, "what was registered stays"
    again = _put(gu, power, last | {"ended_on": "2026-11-30"})
    assert (again.status_code, again.get_json()["code"]) == (409, "document.power_ended")
    assert [one["id"] for one in gu.get("/api/documents/powers").get_json()] == [told["id"]]
    for reason, change in {
        "scope": {"item_code": "FP-01"},
        "backwards": {"valid_to": "2020-01-01"},
        "overlaps": {"valid_from": "2026-11-19"},
    }.items():
        refused = gu.post("/api/documents/powers", body | change).get_json()
        assert (refused["code"], refused["reason"]) == ("document.power_refused", reason)
    assert gu.post("/api/documents/powers", body | {"valid_from": "2026-11-20"}).status_code == 201
    assert gu.post("/api/documents/powers", body | {"basis": ""}).status_code == 422
