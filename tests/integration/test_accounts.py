"""Signing in, staying signed in, and being shut out; devices and accounts."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import argon2
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from server.accounts import rules, sessions
from server.accounts.models import Device, Organisation, OrganisationKind, SignInFailure, SignInSession, User
from server.core.clock import FixedClock
from server.core.db import db, new_id
from tests.factories.actors import Actor
from tests.factories.world import NOW

Cast = Callable[[str], Actor]
PASSWORD = "一条够长的口令 2026"
HASH = sessions.hash_password(PASSWORD)


@pytest.fixture
def phone(app: Flask, session: Session) -> FlaskClient:
    """A phone without a cookie; 陈巡01 and 李巡02 have a password."""
    session.execute(sa.update(User).where(User.username.in_(["chen", "li"])).values(password_hash=HASH))
    session.commit()
    return app.test_client()


def _sign_in(client: FlaskClient, username: str = "chen", password: str = PASSWORD, **device: Any) -> Any:
    body = {
        "username": username,
        "password": password,
        "device": {"id": str(new_id()), "label": "红米", "app_version": "1.0"} | device,
    }
    return client.post("/api/session", json=body)


def test_signing_in_gives_a_cookie_and_says_who_one_is(phone: FlaskClient, cast: Cast) -> None:
    answer = _sign_in(phone, " Chen ")
    assert answer.status_code == 200
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("xunjian_session=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    document = answer.get_json()
    assert document["user"]["display_name"] == "陈巡01"
    assert document["user"]["organisation"]["kind"] == "street"
    assert document["user"]["firm"] is None
    assert document["scope"]["path"] == "9999.999901.999901003"
    assert "finding:open" in document["permissions"]
    assert "finding:triage" not in document["permissions"]
    assert phone.get("/api/session").get_json()["device_id"] == document["device_id"]


def test_a_firms_session_names_the_firm(cast: Cast) -> None:
    liu = cast("firm_liu")
    document = liu.get("/api/session").get_json()
    assert document["user"]["firm"] == {"id": str(liu.world.firms["岸禾物业"]), "name": "岸禾物业"}
    assert document["scope"] is None


def test_only_the_hash_of_the_token_is_kept(phone: FlaskClient, session: Session) -> None:
    _sign_in(phone)
    cookie = phone.get_cookie("xunjian_session")
    assert cookie is not None
    kept = session.get(SignInSession, sessions.token_hash(cookie.value))
    assert kept is not None
    assert cookie.value.encode() not in kept.token_sha256


def test_a_secure_origin_gets_a_host_cookie() -> None:
    assert sessions.cookie_name(secure=True) == "__Host-xunjian_session"


@pytest.mark.parametrize(("username", "password"), [("chen", "wrong"), ("nobody", PASSWORD)])
def test_a_wrong_name_looks_like_a_wrong_password(phone: FlaskClient, username: str, password: str) -> None:
    answer = _sign_in(phone, username, password)
    assert (answer.status_code, answer.get_json()["code"]) == (401, "accounts.bad_credentials")
    assert "Set-Cookie" not in answer.headers


def test_an_unknown_name_costs_as_much_as_a_known_one(
    phone: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same hash is computed either way; watching the clock instead would fail on a busy machine."""
    tried: list[argon2.Parameters] = []
    real = sessions.password_fits

    def watched(password_hash: str, password: str) -> bool:
        tried.append(argon2.extract_parameters(password_hash))
        return real(password_hash, password)

    monkeypatch.setattr(sessions, "password_fits", watched)
    _sign_in(phone, "chen", "wrong")
    _sign_in(phone, "nobody", "wrong")
    assert len(tried) == 2
    assert tried[0] == tried[1]
    assert (tried[0].memory_cost, tried[0].time_cost) >= (19 * 1024, 2)


def test_failures_are_kept_although_the_request_is_refused(phone: FlaskClient, session: Session) -> None:
    for _ in range(5):
        assert _sign_in(phone, "chen", "wrong").status_code == 401
    assert session.scalar(sa.select(sa.func.count()).select_from(SignInFailure)) == 5
    refused = _sign_in(phone)
    assert refused.status_code == 429
    problem = refused.get_json()
    assert problem["code"] == "accounts.throttled"
    assert 0 < problem["retry_after"] <= 15 * 60 + 1


def test_the_throttle_ends_by_itself(phone: FlaskClient, clock: FixedClock) -> None:
    for _ in range(5):
        _sign_in(phone, "chen", "wrong")
    wait = _sign_in(phone).get_json()["retry_after"]
    clock.set(NOW + timedelta(seconds=wait))
    assert _sign_in(phone).status_code == 200


def test_another_name_is_not_throttled_but_an_address_is(phone: FlaskClient) -> None:
    for number in range(rules.FAILURES_PER_ADDRESS - 5):
        _sign_in(phone, f"guess{number}", "wrong")
    for _ in range(5):
        _sign_in(phone, "li", "wrong")
    assert _sign_in(phone).status_code == 429
    elsewhere = phone.application.test_client()
    elsewhere.environ_base["REMOTE_ADDR"] = "10.0.0.9"
    assert _sign_in(elsewhere).status_code == 200


def test_a_right_password_clears_ones_own_typing_errors(phone: FlaskClient) -> None:
    for _ in range(4):
        _sign_in(phone, "chen", "wrong")
    assert _sign_in(phone).status_code == 200
    for _ in range(4):
        assert _sign_in(phone, "chen", "wrong").status_code == 401


def test_guesses_sent_side_by_side_are_counted(live: tuple[Flask, Cast]) -> None:
    app = live[0]

    def guess(_: int) -> int:
        return int(_sign_in(app.test_client(), "chen", "wrong").status_code)

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(guess, range(16)))
    assert sorted(codes) == [401] * 5 + [429] * 11


def test_a_closed_account_is_told_so_only_with_the_right_password(
    phone: FlaskClient, session: Session
) -> None:
    session.execute(sa.update(User).where(User.username == "chen").values(valid_until=date(2026, 11, 19)))
    session.commit()
    assert _sign_in(phone, "chen", "wrong").get_json()["code"] == "accounts.bad_credentials"
    assert _sign_in(phone).get_json()["code"] == "accounts.account_closed"


def test_a_session_ends_when_its_account_does(cast: Cast, session: Session) -> None:
    chen = cast("inspector_chen")
    assert chen.get("/api/session").status_code == 200
    session.execute(sa.update(User).where(User.id == chen.user_id).values(is_active=False))
    session.commit()
    assert chen.get("/api/session").get_json()["code"] == "core.sign_in_required"


def test_reading_renews_a_session_at_most_once_an_hour(
    phone: FlaskClient, session: Session, clock: FixedClock
) -> None:
    _sign_in(phone)
    cookie = phone.get_cookie("xunjian_session")
    assert cookie is not None
    key = sessions.token_hash(cookie.value)

    def last_used() -> Any:
        session.expire_all()
        return session.get_one(SignInSession, key).last_used_at

    clock.set(NOW + timedelta(minutes=59))
    phone.get("/api/session")
    assert last_used() == NOW
    clock.set(NOW + timedelta(minutes=61))
    expires = phone.get("/api/session").get_json()["expires_at"]
    assert last_used() == clock.now()
    assert expires == (clock.now() + timedelta(days=30)).isoformat()


def test_a_session_that_is_used_outlives_thirty_days_and_an_idle_one_does_not(
    phone: FlaskClient, clock: FixedClock
) -> None:
    _sign_in(phone)
    clock.set(NOW + timedelta(days=29))
    assert phone.get("/api/session").status_code == 200
    clock.set(NOW + timedelta(days=58))
    assert phone.get("/api/session").status_code == 200
    clock.set(NOW + timedelta(days=58 + 30))
    assert phone.get("/api/session").status_code == 401


def test_signing_out_ends_the_session_for_every_holder_of_the_cookie(phone: FlaskClient) -> None:
    _sign_in(phone)
    cookie = phone.get_cookie("xunjian_session")
    assert cookie is not None
    assert phone.delete("/api/session").status_code == 204
    assert phone.get_cookie("xunjian_session") is None
    phone.set_cookie("xunjian_session", cookie.value)
    assert phone.get("/api/session").status_code == 401
    assert phone.delete("/api/session").status_code == 204


def test_a_cross_site_sign_in_is_refused(phone: FlaskClient) -> None:
    answer = phone.post("/api/session", json={}, headers={"Origin": "https://evil.example"})
    assert answer.get_json()["code"] == "core.cross_site"


@pytest.mark.parametrize(
    "change",
    [
        {"username": ""},
        {"username": "x" * 65},
        {"password": "x" * 201},
        {"device": {"id": str(uuid.uuid4())}},
        {"device": None},
        {"surprise": 1},
    ],
)
def test_a_malformed_sign_in_is_refused(phone: FlaskClient, change: dict[str, Any]) -> None:
    body = {"username": "chen", "password": PASSWORD, "device": {"id": str(new_id())}}
    answer = phone.post("/api/session", json=body | change)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "core.invalid")


def test_a_device_id_belongs_to_one_account(phone: FlaskClient, session: Session) -> None:
    shared = str(new_id())
    assert _sign_in(phone, "chen", id=shared).status_code == 200
    assert _sign_in(phone, "chen", id=shared, app_version="1.1").status_code == 200
    refused = _sign_in(phone, "li", id=shared)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "accounts.device_taken")
    assert _sign_in(phone, "li").status_code == 200
    device = session.get_one(Device, uuid.UUID(shared), populate_existing=True)
    assert (device.app_version, device.first_seen_at) == ("1.1", NOW)


def test_one_phone_signing_in_twice_at_once(live: tuple[Flask, Cast]) -> None:
    app = live[0]
    with app.app_context():
        db.session.execute(sa.update(User).where(User.username == "chen").values(password_hash=HASH))
        db.session.commit()
    device = str(new_id())
    with ThreadPoolExecutor(4) as pool:
        codes = pool.map(lambda _: _sign_in(app.test_client(), id=device).status_code, range(4))
    assert list(codes) == [200] * 4


def test_a_revoked_device_is_shut_out_at_once(phone: FlaskClient, cast: Cast) -> None:
    lost = str(new_id())
    _sign_in(phone, "chen", id=lost)
    admin = cast("admin_gu")
    answer = admin.post(f"/api/devices/{lost}/revocation", None)
    assert answer.get_json()["revoked_at"] == NOW.isoformat()
    assert admin.post(f"/api/devices/{lost}/revocation", None).status_code == 200
    refused = phone.get("/api/session")
    assert (refused.status_code, refused.get_json()["code"]) == (401, "accounts.device_revoked")
    assert _sign_in(phone, "chen", id=lost).get_json()["code"] == "accounts.device_revoked"
    assert phone.delete("/api/session").status_code == 204
    assert _sign_in(phone, "chen").status_code == 200


def test_who_may_revoke(cast: Cast) -> None:
    device = cast("inspector_chen").get("/api/session").get_json()["device_id"]
    url = f"/api/devices/{device}/revocation"
    assert cast("supervisor_sun").post(url, None).status_code == 404
    assert cast("firm_liu").post(url, None).status_code == 403
    assert cast("inspector_li").post(url, None).status_code == 403
    assert cast("supervisor_he").post(url, None).status_code == 200
    assert cast("admin_gu").post(f"/api/devices/{new_id()}/revocation", None).status_code == 404


def test_supervisors_see_the_devices_of_their_area(cast: Cast) -> None:
    seen = {
        item["user"]["username"] for item in cast("supervisor_he").get("/api/devices").get_json()["items"]
    }
    assert seen == {"chen", "li", "he"}
    assert cast("inspector_chen").get("/api/devices").status_code == 403
    everyone = cast("admin_gu").get("/api/devices").get_json()["items"]
    assert {"chen", "wang", "liu"} <= {item["user"]["username"] for item in everyone}


def test_a_delivery_tells_what_a_device_still_holds(cast: Cast) -> None:
    chen = cast("inspector_chen")
    sent = (NOW + timedelta(days=2)).isoformat()
    chen.post("/api/sync/commands", {"device_time": sent, "unsent": 7, "commands": []})
    devices = cast("supervisor_he").get("/api/devices").get_json()["items"]
    own = next(item for item in devices if item["user"]["username"] == "chen")
    assert (own["unsent"], own["clock_offset_ms"]) == (7, 2 * 24 * 3600 * 1000)


def _new_user(admin: Actor, **change: Any) -> Any:
    body = {
        "username": "Third.Party01",
        "password": PASSWORD,
        "display_name": "第三方01",
        "role": "inspector",
        "organisation_id": str(admin.world.organisations["青禾街道办事处"]),
        "path": "9999.999901.999901003",
        "valid_until": "2026-12-31",
    }
    return admin.post("/api/users", body | change)


def test_an_administrator_opens_an_account_that_can_sign_in(cast: Cast, app: Flask) -> None:
    answer = _new_user(cast("admin_gu"))
    assert answer.status_code == 201
    assert answer.get_json()["username"] == "third.party01"
    assert "password" not in answer.get_data(as_text=True)
    assert _sign_in(app.test_client(), "third.party01").status_code == 200


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"username": "CHEN"}, "accounts.username_taken"),
        ({"password": "too short"}, "core.invalid"),
        ({"password": "Third.Party01"}, "accounts.weak_password"),
        ({"password": rules.DEMO_PASSWORD}, "accounts.weak_password"),
        ({"role": "firm_manager"}, "accounts.role_mismatch"),
        ({"role": "system"}, "core.invalid"),
        ({"organisation_id": str(uuid.UUID(int=1))}, "accounts.unknown_organisation"),
        ({"path": "9999; drop table"}, "core.invalid"),
        ({"display_name": "\0"}, "core.bad_text"),
    ],
)
def test_accounts_that_are_refused(cast: Cast, session: Session, change: dict[str, Any], code: str) -> None:
    before = session.scalar(sa.select(sa.func.count()).select_from(User))
    assert _new_user(cast("admin_gu"), **change).get_json()["code"] == code
    assert session.scalar(sa.select(sa.func.count()).select_from(User)) == before


def test_only_administrators_manage_accounts(cast: Cast) -> None:
    for name in ("inspector_chen", "supervisor_xu", "firm_liu"):
        assert cast(name).get("/api/users").status_code == 403
        assert _new_user(cast(name)).status_code == 403


def test_pages_of_accounts_join(cast: Cast) -> None:
    admin = cast("admin_gu")
    names: list[str] = []
    cursor = None
    while True:
        query = {"limit": 5} | ({"cursor": cursor} if cursor else {})
        page = admin.get("/api/users", **query).get_json()
        names += [item["username"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert names == sorted(names)
    assert len(names) == len(set(names)) == len(admin.world.users)


def test_switching_an_account_off_ends_its_sessions(cast: Cast) -> None:
    admin, chen = cast("admin_gu"), cast("inspector_chen")
    changed = admin.client.patch(f"/api/users/{chen.user_id}", json={"is_active": False, "phone": None})
    assert (changed.status_code, changed.get_json()["is_active"]) == (200, False)
    assert chen.get("/api/session").status_code == 401
    admin.client.patch(f"/api/users/{chen.user_id}", json={"is_active": True})
    assert chen.get("/api/session").status_code == 401
    assert admin.client.patch(f"/api/users/{new_id()}", json={}).status_code == 404


def test_a_new_password_ends_the_sessions_and_counts(cast: Cast, app: Flask) -> None:
    admin, chen = cast("admin_gu"), cast("inspector_chen")
    admin.client.patch(f"/api/users/{chen.user_id}", json={"password": PASSWORD})
    assert chen.get("/api/session").status_code == 401
    assert _sign_in(app.test_client()).status_code == 200


def test_reviewers_are_those_whose_area_covers_the_place(cast: Cast) -> None:
    community = "9999.999901.999901003.999901003001"
    found = cast("supervisor_he").get(f"/api/users/reviewers?path={community}").get_json()["items"]
    assert [item["display_name"] for item in found] == ["陈巡01", "何督01", "李巡02"]
    district = cast("supervisor_xu").get(f"/api/users/reviewers?path={community}").get_json()["items"]
    assert [item["display_name"] for item in district] == ["陈巡01", "何督01", "李巡02", "许督02"]
    elsewhere = "9999.999901.999901002"
    assert cast("supervisor_he").get(f"/api/users/reviewers?path={elsewhere}").get_json()["items"] == []
    assert cast("inspector_chen").get(f"/api/users/reviewers?path={community}").status_code == 403
    assert cast("supervisor_he").get("/api/users/reviewers").status_code == 422


def test_departments_are_those_of_the_area(cast: Cast, session: Session) -> None:
    def add(name: str, path: str | None) -> None:
        session.add(Organisation(kind=OrganisationKind.DEPARTMENT, name=name, short_name=name, path=path))

    add("本区消防救援大队", "9999.999901")
    add("本街道城管中队", "9999.999901.999901003")
    add("别处城管中队", "9999.999901.999901002")
    session.commit()
    names = [item["name"] for item in cast("supervisor_he").get("/api/users/departments").get_json()["items"]]
    assert {"本区消防救援大队", "本街道城管中队"} <= set(names)
    assert "别处城管中队" not in names
    assert cast("inspector_chen").get("/api/users/departments").status_code == 403


def test_the_demo_password_is_noticed(session: Session) -> None:
    assert not sessions.demo_password_in_use(session)
    demo = sessions.hash_password(rules.DEMO_PASSWORD)
    session.execute(sa.update(User).where(User.username.in_(["chen", "li"])).values(password_hash=demo))
    assert sessions.demo_password_in_use(session)
    session.execute(sa.update(User).values(password_hash="none", username=User.username + "x"))
    session.execute(
        sa.update(User).where(User.username == "chenx").values(username="street01", password_hash=demo)
    )
    assert sessions.demo_password_in_use(session)


def test_purging_keeps_six_months(session: Session) -> None:
    session.add_all(
        SignInFailure(username="x", address="y", at=NOW - timedelta(days=days)) for days in (179, 181)
    )
    session.flush()
    before = session.scalar(sa.select(sa.func.count()).select_from(SignInSession))
    sessions.purge(session, NOW)
    assert session.scalar(sa.select(sa.func.count()).select_from(SignInFailure)) == 1
    assert session.scalar(sa.select(sa.func.count()).select_from(SignInSession)) == before


def test_the_shell_loads_whatever_the_cookie_says(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    client = app.test_client()
    client.set_cookie("xunjian_session", "stale")
    asked: list[str] = []
    monkeypatch.setattr(sessions, "identify", lambda *_: asked.append("asked"))
    client.get("/").close()
    assert asked == []
    client.get("/api/session")
    assert asked == ["asked"]


def test_looking_somebody_up_holds_no_connection(app: Flask, cast: Cast) -> None:
    """A slow phone's body is read after the lookup; by then the connection must be back in the pool."""
    chen = cast("inspector_chen")
    with app.test_request_context("/api/session", headers={"Cookie": f"xunjian_session={_token(chen)}"}):
        sessions.load_identity()
        assert not db.session.registry.has() or not db.session().in_transaction()


def _token(actor: Actor) -> str:
    return actor.world.tokens[actor.name]
