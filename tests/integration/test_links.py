"""One-time links: one notice for one person, and nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from server.core.clock import FixedClock
from server.core.db import db, new_id
from server.notices import links
from tests.factories.actors import Actor, Shot

Cast = Callable[[str], Actor]


class Holder:
    """Somebody with a link and no account."""

    def __init__(self, app: Flask, url: str) -> None:
        self.client, self.clock = app.test_client(), app.extensions["clock"]
        self.token, self.key = url.rsplit("/", 1)[-1], ""

    def ask(self, method: str, path: str, **more: Any) -> TestResponse:
        headers = {"Notice-Link": self.token} | more.pop("headers", {})
        if self.key:
            headers["Notice-Link-Key"] = self.key
        return self.client.open(f"/api/link{path}", method=method, headers=headers, **more)

    def claims(self, name: str = "王某") -> None:
        answer = self.ask("POST", "/claim", json={"name": name, "phone": "13800010001"})
        assert answer.status_code == 200, answer.get_data(as_text=True)
        self.key = answer.get_json()["key"]

    def does(self, kind: str, **body: Any) -> dict[str, Any]:
        now = self.clock.now().isoformat()
        command = {"id": str(new_id()), "kind": kind, "captured_at": now, "body": body}
        answer = self.ask("POST", "/commands", json={"device_time": now, "commands": [command]})
        assert answer.status_code == 200, answer.get_data(as_text=True)
        entry: dict[str, Any] = answer.get_json()["results"][0]
        return entry

    def uploads(self, shot: Shot) -> TestResponse:
        headers = {
            "Upload-Offset": "0",
            "Upload-Length": str(len(shot.content)),
            "Upload-Complete": "?1",
            "Content-Type": "application/octet-stream",
        }
        return self.ask("PATCH", f"/photos/{shot.id}/content", data=shot.content, headers=headers)


def _notice(cast: Cast, compound: str = "汀禾苑") -> tuple[str, str]:
    he, case = cast("supervisor_he"), str(cast("inspector_chen").finds("FP-03", compound=compound))
    he.does("confirm_finding", finding_id=case)
    notice_id = str(new_id())
    he.does("issue_notice", notice_id=notice_id, items=[{"finding_id": case}])
    return notice_id, case


def _link(cast: Cast, notice_id: str) -> tuple[Holder, str]:
    he, link_id = cast("supervisor_he"), str(new_id())
    told = he.does("make_link", link_id=link_id, notice_id=notice_id)
    return Holder(he.app, told["url"]), link_id


def test_the_address_is_told_again_and_stands_nowhere_in_the_database(cast: Cast) -> None:
    notice_id, _ = _notice(cast)
    he = cast("supervisor_he")
    asked = he.make("make_link", link_id=str(new_id()), notice_id=notice_id)
    first, again = (he.push(asked).get_json()["results"][0] for _ in range(2))
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert first["result"] == again["result"] and first["result"]["qr"].startswith("data:image/svg")
    token = first["result"]["url"].rsplit("/", 1)[1]
    assert Holder(he.app, again["result"]["url"]).ask("GET", "").status_code == 200
    assert token not in _everything(db.session())


def _everything(session: Session) -> str:
    """Every row of every table, as text."""
    names = session.scalars(sa.text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
    rows = (session.scalars(sa.text(f'SELECT t::text FROM "{name}" t')).all() for name in names)
    return "\n".join(row for table in rows for row in table)


def _code(answer: TestResponse) -> str:
    return str(answer.get_json()["code"])


def test_a_firm_without_an_account_reads_signs_and_answers(cast: Cast) -> None:
    notice_id, case = _notice(cast)
    holder, _ = _link(cast, notice_id)
    preview = holder.ask("GET", "").get_json()
    assert (preview["claimed"], preview["compound"]) == (False, "汀禾苑")
    assert _code(holder.ask("GET", "/notice")) == "link.unclaimed"
    holder.claims()
    notice = holder.ask("GET", "/notice").get_json()
    assert [item["finding_id"] for item in notice["items"]] == [case]
    assert holder.ask("GET", "/document").data.startswith(b"%PDF")
    photos = holder.ask("GET", "/photos").get_json()["items"]
    assert len(photos) == 2
    seen = holder.ask("GET", f"/photos/{photos[0]['id']}/content", query_string={"size": "thumb"})
    assert seen.status_code == 200
    assert holder.does("acknowledge_notice", notice_id=notice_id, name="王某")["status"] == "applied"
    after = cast("firm_liu").shoots("A", (9, 8, 7))
    answered = holder.does(
        "answer_item",
        response_id=str(new_id()),
        notice_id=notice_id,
        finding_id=case,
        text="已清理",
        photos=[after.declaration],
    )
    assert answered["status"] == "applied", answered
    assert holder.uploads(after).status_code == 200
    found = cast("supervisor_he").case(uuid.UUID(case))
    assert (found["state"], found["photos_stored"], found["ledger_intact"]) == ("replied", 3, True)
    actors = {line["actor"] for line in found["ledger"] if line["act"] in ("finding.answer", "photo.stored")}
    assert "王某（13800010001）" in actors
    assert cast("supervisor_he").get(f"/api/notices/{notice_id}").get_json()["service"]["state"] == "unserved"


def test_a_forwarded_link_opens_nothing(cast: Cast) -> None:
    notice_id, _ = _notice(cast)
    first, _ = _link(cast, notice_id)
    second = Holder(cast("supervisor_he").app, f"/l/{first.token}")
    first.claims()
    assert (
        _code(second.ask("POST", "/claim", json={"name": "李某", "phone": "13800010002"})) == "link.claimed"
    )
    second.key = "guess"
    assert _code(second.ask("GET", "/notice")) == "link.claimed"


def test_a_link_ends_with_its_term_a_new_link_and_its_revocation(cast: Cast, clock: FixedClock) -> None:
    notice_id, _ = _notice(cast)
    he = cast("supervisor_he")
    old, _ = _link(cast, notice_id)
    new, link_id = _link(cast, notice_id)
    assert _code(old.ask("GET", "")) == "link.revoked"
    new.claims()
    listed = he.get(f"/api/notices/{notice_id}/links").get_json()["items"]
    assert [(one["open"], one["holder_name"]) for one in listed] == [(True, "王某"), (False, None)]
    he.does("revoke_link", link_id=link_id)
    assert _code(new.ask("GET", "/notice")) == "link.revoked"
    last, _ = _link(cast, notice_id)
    clock.set(clock.now() + timedelta(days=31))
    assert _code(last.ask("GET", "")) == "link.expired"


@pytest.mark.parametrize("at", [0, 20, 40, 70])
def test_a_changed_token_is_refused(cast: Cast, at: int) -> None:
    holder, _ = _link(cast, _notice(cast)[0])
    letter = "A" if holder.token[at] != "A" else "B"
    holder.token = holder.token[:at] + letter + holder.token[at + 1 :]
    assert _code(holder.ask("GET", "")) == "link.invalid"
    for nonsense in ("x", "é", "A" * 72):
        holder.token = nonsense.encode("ascii", "replace").decode()
        assert _code(holder.ask("GET", "")) == "link.invalid"


def test_a_link_does_nothing_but_read_sign_and_answer_its_own_notice(cast: Cast) -> None:
    notice_id, case = _notice(cast)
    other, foreign = _notice(cast, "岸禾新村")
    holder, _ = _link(cast, notice_id)
    holder.claims()
    told = holder.does("acknowledge_notice", notice_id=other, name="王某")
    assert told["problem"]["code"] == "core.not_found"
    entry = holder.does(
        "answer_item", response_id=str(new_id()), notice_id=notice_id, finding_id=foreign, text="改了"
    )
    assert entry["problem"]["code"] in ("notice.unknown_item", "notice.illegal_action")
    now = holder.clock.now().isoformat()
    command = {
        "id": str(new_id()),
        "kind": "confirm_finding",
        "captured_at": now,
        "body": {"finding_id": case},
    }
    limited = holder.ask("POST", "/commands", json={"device_time": now, "commands": [command]})
    assert _code(limited) == "link.limited"
    headers = {"Notice-Link": holder.token, "Notice-Link-Key": holder.key}
    for path in ("/api/notices", f"/api/findings/{case}", "/api/sync/changes"):
        assert holder.client.get(path, headers=headers).status_code == 401
    theirs = cast("supervisor_he").case(uuid.UUID(foreign))["photos"][0]["id"]
    assert holder.ask("GET", f"/photos/{theirs}/content").status_code == 404


def test_a_script_is_slowed_down(live: tuple[Flask, Cast], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "USES_PER_WINDOW", 5)
    app, cast = live
    holder, _ = _link(cast, _notice(cast)[0])
    assert [holder.ask("GET", "").status_code for _ in range(7)] == [200] * 5 + [429] * 2
    app.extensions["clock"].set(holder.clock.now() + timedelta(minutes=2))
    assert holder.ask("GET", "").status_code == 200


def test_only_who_may_serve_makes_links(cast: Cast) -> None:
    notice_id, _ = _notice(cast)
    for name, code in (("firm_liu", "core.forbidden"), ("supervisor_sun", "core.not_found")):
        assert cast(name).fails("make_link", link_id=str(new_id()), notice_id=notice_id) == code
    assert cast("firm_liu").get(f"/api/notices/{notice_id}/links").status_code == 403
