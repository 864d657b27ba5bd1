"""What bad intentions or bad luck send: each gets a clean refusal and leaves nothing behind."""

from __future__ import annotations

import io
import json
import subprocess
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from server.core.db import db, new_id
from server.core.ledger import CaseEvent
from server.core.pagination import encode_cursor
from server.findings.models import Finding
from server.notices.models import Notice
from tests.factories.actors import CENTRE, Actor

Cast = Callable[[str], Actor]
Live = tuple[Flask, Cast]


def _report(chen: Actor, **more: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "finding_id": str(new_id()),
        "compound_id": str(chen.world.compounds["汀禾苑"]),
        "item_code": "ES-01",
        "position": CENTRE | {"accuracy_m": 6.0},
        "photos": [chen.shoots().declaration],
    }
    return chen.make("open_finding", **(body | more))


def _raw(actor: Actor, text: str) -> Any:
    headers = {"Content-Type": "application/json"}
    return actor.client.post("/api/sync/commands", data=text.encode(), headers=headers)


def _notice(he: Actor, *findings: uuid.UUID, **line: Any) -> str:
    notice_id = str(new_id())
    items = [{"finding_id": str(finding)} | line for finding in findings]
    he.does("issue_notice", notice_id=notice_id, items=items)
    return notice_id


@pytest.mark.parametrize("number", ["1" + "0" * 400, "-1" + "0" * 400, "1e999", "NaN"])
def test_a_number_that_no_float_holds_is_refused_alone(cast: Cast, number: str) -> None:
    chen = cast("inspector_chen")
    bad = _report(chen, position={"lon": "@", "lat": 38.94})
    text = json.dumps({"commands": [bad, _report(chen)]}).replace('"@"', number)
    results = _raw(chen, text).get_json()["results"]
    assert results[0]["problem"]["code"] == "core.invalid"
    assert results[1]["status"] == "applied"


def test_a_number_that_python_will_not_read_is_a_bad_request(cast: Cast) -> None:
    answer = _raw(cast("inspector_chen"), '{"commands": [], "unsent": %s}' % ("1" * 5000))
    assert (answer.status_code, answer.get_json()["code"]) == (400, "core.bad_request")


def test_text_in_a_chunked_body_is_looked_at_too(cast: Cast) -> None:
    """Such a body has no `Content-Length`."""
    chen = cast("inspector_chen")
    text = json.dumps({"commands": [chen.make("nul\0")]})
    answer = chen.client.post(
        "/api/sync/commands",
        input_stream=io.BytesIO(text.encode()),
        headers={"Content-Type": "application/json", "Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert (answer.status_code, answer.get_json()["code"]) == (422, "core.bad_text")


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/api/users", ["\0"]),
        ("/api/users", ["\ud800"]),
        ("/api/map/findings?bbox=1,1,2,2", ["open", float("inf"), 1]),
        ("/api/map/findings?bbox=1,1,2,2", ["open", float("nan"), 1]),
        ("/api/findings", ["2026-11-20T00:00:00", str(uuid.UUID(int=1))]),
        ("/api/notices", ["infinity", str(uuid.UUID(int=1))]),
    ],
)
def test_a_forged_cursor_is_no_address(cast: Cast, path: str, key: list[Any]) -> None:
    sign = "&" if "?" in path else "?"
    answer = cast("admin_gu").client.get(f"{path}{sign}cursor={encode_cursor(key)}")
    assert (answer.status_code, answer.get_json()["code"]) == (404, "core.bad_cursor")


def test_rows_without_a_time_come_last_and_once(cast: Cast, session: Any) -> None:
    chen, he = cast("inspector_chen"), cast("supervisor_he")
    commands = [_report(chen) for _ in range(5)]
    chen.push(*commands)
    late = [uuid.UUID(command["body"]["finding_id"]) for command in commands[:3]]
    session.execute(sa.update(Finding).where(Finding.id.in_(late)).values(triage_due_at=None))
    session.commit()
    seen: list[str] = []
    query: dict[str, Any] = {"inbox": "triage", "limit": 1}
    while True:
        page = he.get("/api/findings", **query).get_json()
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert len(seen) == len(set(seen)) == 5
    assert {uuid.UUID(finding_id) for finding_id in seen[2:]} == set(late)


@pytest.mark.parametrize(
    "path",
    [
        "/../../../../etc/passwd.txt",
        "/..%2f..%2f..%2fpyproject.toml",
        "/assets/..%2f..%2fpackage.json",
        "/assets/../../package.json",
        "/" + "a" * 300 + ".js",
        "/api",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_no_path_leads_out_of_the_web_app(cast: Cast, path: str, method: str) -> None:
    assert cast("inspector_chen").client.open(path, method=method).status_code == 404


def test_minus_zero_breaks_no_chain(cast: Cast) -> None:
    chen = cast("inspector_chen")
    command = _report(chen, position={"lon": -0.0, "lat": -0.0, "accuracy_m": 5e-324})
    chen.push(command)
    assert chen.case(uuid.UUID(command["body"]["finding_id"]))["ledger_intact"] is True


def test_a_firm_never_hears_of_what_no_notice_named(cast: Cast) -> None:
    chen, he, liu = cast("inspector_chen"), cast("supervisor_he"), cast("firm_liu")
    relapsed, handed_over = chen.finds(), chen.finds()
    after = chen.shoots("A", (1, 9, 9))
    chen.does("fix_on_spot", finding_id=str(relapsed), photos=[after.declaration])
    he.does("reopen_finding", finding_id=str(relapsed), reason="又堵上了")
    department = str(he.world.organisations["消防救援大队"])
    he.does("transfer_finding", finding_id=str(handed_over), organisation_id=department, reason="职权")
    he.does("conclude_transfer", finding_id=str(handed_over), text="已立案")
    for finding_id in (relapsed, handed_over):
        assert liu.get(f"/api/findings/{finding_id}").status_code == 404
    assert liu.get("/api/findings").get_json()["items"] == []
    _notice(he, relapsed)
    case = liu.case(relapsed)
    assert (case["state"], case["firm"]["name"]) == ("noticed", "澜川岸禾物业服务有限公司")
    assert len(case["photos"]) == 3


def test_a_firm_gets_no_inner_remarks(cast: Cast) -> None:
    chen, he, liu = cast("inspector_chen"), cast("supervisor_he"), cast("firm_liu")
    finding_id = chen.finds("FP-02", position={"lon": 119.7, "lat": 38.94}, photo_excuses={"T": "车已开走"})
    he.does("confirm_finding", finding_id=str(finding_id))
    _notice(he, finding_id)
    case = liu.case(finding_id)
    assert he.case(finding_id)["flags"]
    assert (case["flags"], case["photo_excuses"], case["triage_due_at"]) == ([], {}, None)
    assert (case["ledger"], case["similar"], case["found_by"]) == ([], [], None)


def test_a_case_is_handed_to_departments_only(cast: Cast) -> None:
    finding_id, he = cast("inspector_chen").finds(), cast("supervisor_he")
    for unit in ("松涛物业", "听松街道办事处"):
        told = {"finding_id": str(finding_id), "organisation_id": str(he.world.organisations[unit])}
        assert he.fails("transfer_finding", **told, reason="职权") == "core.not_found"


def test_what_was_returned_and_completed_lacks_nothing(cast: Cast) -> None:
    chen, he = cast("inspector_chen"), cast("supervisor_he")
    command = _report(chen, item_code="FP-01", photos=[chen.shoots("O").declaration])
    assert chen.push(command).get_json()["results"][0]["result"]["flags"] == ["missing_photo_kind"]
    finding_id = command["body"]["finding_id"]
    he.does("return_finding", finding_id=finding_id, reason="补照片")
    rest = [chen.shoots(kind, (7, 7, at)).declaration for at, kind in enumerate("CMLTT")]
    told = chen.does("add_photos", finding_id=finding_id, photos=rest[:4])
    assert told["flags"] == ["missing_photo_kind"], "one shot of what stands is half"
    rest[4]["captured_at"] = (chen.now() + timedelta(minutes=11)).isoformat()
    assert chen.does("resubmit_finding", finding_id=finding_id, photos=rest[4:])["flags"] == []


def test_one_photo_id_for_two_photos_is_refused(cast: Cast, session: Any) -> None:
    chen = cast("inspector_chen")
    one, other = chen.shoots("O", (1, 2, 3)).declaration, chen.shoots("O", (4, 5, 6)).declaration
    entry = chen.push(_report(chen, photos=[one, other | {"photo_id": one["photo_id"]}])).get_json()[
        "results"
    ][0]
    assert entry["problem"]["code"] == "photo.id_reused"
    assert session.scalar(sa.select(sa.func.count()).select_from(Finding)) == 0
    assert chen.push(_report(chen, photos=[one, one])).get_json()["results"][0]["status"] == "applied"


def _answered(liu: Actor, notice_id: str, finding_id: uuid.UUID) -> None:
    told = {"response_id": str(new_id()), "notice_id": notice_id, "finding_id": str(finding_id)}
    liu.does("answer_item", **told, text="已改")


def _judged(li: Actor, finding_id: uuid.UUID, passed: bool) -> None:
    told = {"review_id": str(new_id()), "finding_id": str(finding_id), "passed": passed}
    li.does("review_finding", **told, text="现场看过", reviewed_at=li.now().isoformat())


def _two_in_one_notice(cast: Cast) -> tuple[str, uuid.UUID, uuid.UUID]:
    """A notice with two items, received; the first was answered and failed the re-check."""
    chen, he, liu = cast("inspector_chen"), cast("supervisor_he"), cast("firm_liu")
    first, second = chen.finds("FP-03"), chen.finds("FP-03")
    for finding_id in (first, second):
        he.does("confirm_finding", finding_id=str(finding_id))
    notice_id = _notice(he, first, second)
    liu.does("acknowledge_notice", notice_id=notice_id, name="刘某")
    _answered(liu, notice_id, first)
    _judged(cast("inspector_li"), first, False)
    return notice_id, first, second


def test_an_item_under_a_second_order_is_answered_there_only(cast: Cast) -> None:
    he, liu, li = cast("supervisor_he"), cast("firm_liu"), cast("inspector_li")
    old, first, second = _two_in_one_notice(cast)
    again = _notice(he, first)
    liu.does("acknowledge_notice", notice_id=again, name="刘某")
    told = {"response_id": str(new_id()), "notice_id": old, "finding_id": str(first), "text": "走老路"}
    assert liu.fails("answer_item", **told) == "notice.illegal_action"
    _answered(liu, again, first)
    _judged(li, first, True)
    _answered(liu, old, second)
    _judged(li, second, True)
    assert he.get(f"/api/notices/{old}").get_json()["state"] == "partly"
    assert he.get(f"/api/notices/{again}").get_json()["state"] == "complied"


def test_a_second_order_for_one_item_leaves_the_other_failed_one_open(cast: Cast) -> None:
    he, liu, li = cast("supervisor_he"), cast("firm_liu"), cast("inspector_li")
    old, first, second = _two_in_one_notice(cast)
    _answered(liu, old, second)
    _judged(li, second, False)
    _notice(he, first)
    assert he.get(f"/api/notices/{old}").get_json()["state"] == "acknowledged"
    _answered(liu, old, second)


def test_issuing_waits_for_an_act_on_the_notice_before_it_holds_a_finding(live: Live) -> None:
    """Notice first, then finding, as everywhere: the other way round the two would block each other."""
    app, cast = live
    old, first, _ = _two_in_one_notice(cast)
    he = cast("supervisor_he")
    with app.app_context(), db.engine.connect() as act, ThreadPoolExecutor(1) as pool:
        act.execute(sa.select(Notice.id).where(Notice.id == uuid.UUID(old)).with_for_update())
        issuing = pool.submit(_notice, he, first)
        time.sleep(1.0)
        act.execute(sa.select(Finding.id).where(Finding.id == first).with_for_update(nowait=True))
        act.rollback()
        assert issuing.result(timeout=20)


def _read(pdf: bytes) -> str:
    read = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return "".join(read.stdout.decode().split())


def test_what_no_font_draws_is_named_and_the_issuer_words_it_otherwise(cast: Cast) -> None:
    """The finding keeps what was typed at the spot; the paper says what its issuer signs."""
    chen, he = cast("inspector_chen"), cast("supervisor_he")
    typed = "车\U0001f697堵\u202e门\r\n第二行\tע"
    finding_id = chen.finds("FP-03", text=typed, place="3号楼\u200e")
    he.does("confirm_finding", finding_id=str(finding_id))
    proposed = he.get(f"/api/notices/proposal?finding_id={finding_id}").get_json()["items"][0]
    assert proposed["undrawable"] == ["\u200e", "\U0001f697", "\u202e", "ע"]
    assert proposed["facts"] == "车\U0001f697堵\u202e门\n第二行 ע"
    notice_id, line = str(new_id()), {"finding_id": str(finding_id)}
    refused = he.command("issue_notice", notice_id=notice_id, items=[line])["problem"]
    assert refused["code"] == "document.undrawable_text"
    assert set(refused["characters"]) == set(proposed["undrawable"])

    line |= {"facts": "小汽车堵住门口", "place": "3号楼"}
    he.does("issue_notice", notice_id=notice_id, items=[line])
    assert "3号楼，小汽车堵住门口" in _read(he.get(f"/api/notices/{notice_id}/document").data)
    shown = he.get(f"/api/notices/{notice_id}").get_json()
    assert shown["number"].endswith("第1号")
    assert (shown["items"][0]["text"], shown["items"][0]["place"]) == ("小汽车堵住门口", "3号楼")
    assert "\U0001f697" in he.get(f"/api/findings/{finding_id}").get_json()["text"]
    with he.app.app_context():
        said = db.session.scalars(
            sa.select(CaseEvent.data).where(CaseEvent.case_id == finding_id).order_by(CaseEvent.seq.desc())
        ).first()
    assert (said["facts"], said["place"]) == ("小汽车堵住门口", "3号楼")

    line |= {"facts": "小型汽车两辆堵住门口"}
    he.does("correct_notice", notice_id=notice_id, items=[line], reason="数量写漏")
    assert "小型汽车两辆堵住门口" in _read(he.get(f"/api/notices/{notice_id}/document").data)
    assert he.get(f"/api/notices/{notice_id}").get_json()["items"][0]["text"] == "小型汽车两辆堵住门口"


def test_at_once_as_a_wish_names_an_hour_too(cast: Cast) -> None:
    he, finding_id = cast("supervisor_he"), cast("inspector_chen").finds("FP-03")
    he.does("confirm_finding", finding_id=str(finding_id))
    item = he.get(f"/api/notices/{_notice(he, finding_id, term=0, unit='now')}").get_json()["items"][0]
    assert datetime.fromisoformat(item["due_at"]) == he.now() + timedelta(hours=24)


def test_a_notice_that_cannot_be_issued_leaves_no_document(cast: Cast) -> None:
    finding_id, he = cast("inspector_chen").finds("FP-03"), cast("supervisor_he")
    files = he.app.extensions["settings"].var

    def documents() -> int:
        return sum(path.read_bytes()[:4] == b"%PDF" for path in files.rglob("*") if path.is_file())

    before = documents()
    items = [{"finding_id": str(finding_id)}]
    assert he.fails("issue_notice", notice_id=str(new_id()), items=items) == "finding.illegal_action"
    assert documents() == before


def test_photos_of_another_act_do_not_become_an_answer(cast: Cast) -> None:
    """The firm chooses the id of its answer, and could choose one that photos hang on already."""
    chen, he, liu = cast("inspector_chen"), cast("supervisor_he"), cast("firm_liu")
    finding_id = chen.finds("FP-03")
    he.does("confirm_finding", finding_id=str(finding_id))
    notice_id = _notice(he, finding_id)
    liu.does("acknowledge_notice", notice_id=notice_id, name="刘某")
    told = {"response_id": str(finding_id), "notice_id": notice_id, "finding_id": str(finding_id)}
    liu.does("answer_item", **told, text="已改")
    assert [answer["photo_ids"] for answer in he.case(finding_id)["responses"]] == [[]]


def test_of_two_who_do_the_same_at_once_one_does_it(live: Live) -> None:
    _, cast = live
    he, xu, li = cast("supervisor_he"), cast("supervisor_xu"), cast("inspector_li")
    finding_id = cast("inspector_chen").finds("FP-03")
    about = {"finding_id": str(finding_id)}

    def race(*acts: tuple[Actor, str, dict[str, Any]]) -> list[str]:
        gate = threading.Barrier(len(acts))

        def act(who: Actor, kind: str, body: dict[str, Any]) -> str:
            gate.wait()
            entry = who.command(kind, **body)
            return "applied" if entry["problem"] is None else str(entry["problem"]["code"])

        with ThreadPoolExecutor(len(acts)) as pool:
            return sorted(future.result() for future in [pool.submit(act, *one) for one in acts])

    assert race(*((who, "confirm_finding", about) for who in (he, xu))) == [
        "applied",
        "finding.illegal_action",
    ]
    drafts = [(who, {"notice_id": str(new_id()), "items": [about]}) for who in (he, xu)]
    assert race(*((who, "issue_notice", body) for who, body in drafts)) == [
        "applied",
        "finding.illegal_action",
    ]
    notice_id = he.case(finding_id)["notice_id"]
    receipt = {"notice_id": notice_id, "name": "刘某"}
    assert race(*((cast("firm_liu"), "acknowledge_notice", receipt) for _ in range(2))) == [
        "applied",
        "notice.illegal_action",
    ]
    _answered(cast("firm_liu"), notice_id, finding_id)
    seen = {"text": "现场看过", "reviewed_at": li.now().isoformat()}
    verdicts = [about | seen | {"review_id": str(new_id()), "passed": passed} for passed in (True, False)]
    assert race(*((cast("inspector_li"), "review_finding", verdict) for verdict in verdicts)) == [
        "applied",
        "notice.nothing_to_review",
    ]
    case = he.case(finding_id)
    assert (len(case["reviews"]), case["ledger_intact"]) == (1, True)
