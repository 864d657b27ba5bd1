"""Messages: once per cause, recipient and channel; sent to a real mail server, gateway and push service."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import http_ece
import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.core.clock import FixedClock
from server.core.config import Settings
from server.core.db import new_id
from server.messages import sending, service
from server.messages.models import Message, MessagePreference, PushSubscription
from server.messages.rules import Channel, DeliveryState, wait_after
from tests.factories.actors import Actor
from tests.factories.world import NOW

Cast = Callable[[str], Actor]
BODY = "汀禾苑 · 青禾办物改〔2026〕第1号"


class Receiver:
    """An HTTP server on loopback that keeps what it is sent and answers what it is told."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.status, self.location = 201, ""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                heard = {name.lower(): value for name, value in self.headers.items()}
                receiver.requests.append((self.path, heard, body))
                self.send_response(receiver.status)
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Letters:
    """A mail server's handler; `refuse` is the answer to the next letter."""

    def __init__(self) -> None:
        self.letters: list[Any] = []
        self.refuse = ""

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        if self.refuse:
            return self.refuse
        assert isinstance(envelope.content, bytes)
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


class AnyPort(Controller):
    """The system chooses the port; the library would try port 0 to see whether its server runs."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class Browser:
    """The keys of a browser's subscription, and what it can read."""

    def __init__(self, endpoint: str) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.secret = os.urandom(16)
        point = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.subscription = {
            "endpoint": endpoint,
            "keys": {"p256dh": _base64url(point), "auth": _base64url(self.secret)},
        }

    def reads(self, body: bytes) -> dict[str, Any]:
        text = http_ece.decrypt(body, private_key=self.private, auth_secret=self.secret, version="aes128gcm")
        read: dict[str, Any] = json.loads(text)
        return read


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def letters() -> Iterator[tuple[Letters, int]]:
    handler = Letters()
    controller = AnyPort(handler, hostname="127.0.0.1", port=0)
    controller.start()
    yield handler, controller.port
    controller.stop()


@pytest.fixture
def channels(app: Flask, receiver: Receiver, letters: tuple[Letters, int]) -> Iterator[Settings]:
    """The app's settings with a mail server, an SMS gateway and a push service on loopback."""
    settings: Settings = app.extensions["settings"]
    app.extensions["settings"] = settings.model_copy(
        update={
            "smtp_host": "127.0.0.1",
            "smtp_port": letters[1],
            "sms_webhook": f"{receiver.origin}/sms",
            "sms_secret": "s3cret",
            "push_services": (receiver.origin,),
        }
    )
    yield app.extensions["settings"]
    app.extensions["settings"] = settings


def _tell(session: Session, actor: Actor, kind: str = "review.failed", cause: str = "x:1") -> int:
    return service.tell(session, kind, cause, [actor.user_id], BODY, "/f/notices/1", actor.now())


def _messages(session: Session, actor: Actor) -> dict[Channel, Message]:
    session.expire_all()
    rows = session.scalars(sa.select(Message).where(Message.user_id == actor.user_id)).all()
    return {row.channel: row for row in rows}


def _deliver(session: Session, actor: Actor, channel: Channel) -> Message:
    message = _messages(session, actor)[channel]
    sending.deliver(session, message.id, actor.now())
    return message


def _dialable(session: Session, actor: Actor) -> None:
    session.execute(sa.update(User).where(User.id == actor.user_id).values(phone="19900000001"))


def test_a_cause_is_told_once_however_often_it_is_said(cast: Cast, session: Session) -> None:
    liu, noise = cast("firm_liu"), cast("firm_zhao")
    assert [_tell(session, liu), _tell(session, liu)] == [1, 0]
    assert _tell(session, liu, cause="x:2") == 1
    page = liu.get("/api/messages").get_json()
    assert [item["title"] for item in page["items"]] == ["复查未通过"] * 2
    assert noise.get("/api/messages").get_json()["items"] == []


def test_a_rollback_takes_message_and_job_along(cast: Cast, session: Session, channels: Settings) -> None:
    liu = cast("firm_liu")
    _dialable(session, liu)
    session.commit()
    savepoint = session.begin_nested()
    _tell(session, liu)
    assert session.scalar(sa.text("SELECT count(*) FROM procrastinate_jobs")) == 1
    savepoint.rollback()
    assert _messages(session, liu) == {}
    assert session.scalar(sa.text("SELECT count(*) FROM procrastinate_jobs")) == 0


def test_the_inbox_counts_pages_and_marks(cast: Cast, session: Session, clock: FixedClock) -> None:
    liu = cast("firm_liu")
    for number in range(5):
        clock.set(NOW + timedelta(minutes=number))
        _tell(session, liu, cause=f"x:{number}")
    first = liu.get("/api/messages", limit=2).get_json()
    second = liu.get("/api/messages", limit=3, cursor=first["next"]).get_json()
    ids = [item["id"] for item in first["items"] + second["items"]]
    assert (len(set(ids)), second["next"]) == (5, None)
    assert liu.get("/api/messages/unread").get_json() == {"count": 5}
    stranger = cast("firm_zhao").post("/api/messages/reads", {"ids": ids[:2]})
    assert stranger.status_code == 200
    assert liu.post("/api/messages/reads", {"ids": ids[:2]}).get_json() == {"count": 3}
    assert len(liu.get("/api/messages", unread=True).get_json()["items"]) == 3
    assert liu.post("/api/messages/reads", {"ids": None}).get_json() == {"count": 0}
    assert liu.get("/api/messages", cursor="nonsense").status_code == 404


def test_an_email_arrives_at_a_real_mail_server(
    cast: Cast, session: Session, channels: Settings, letters: tuple[Letters, int]
) -> None:
    liu = cast("firm_liu")
    session.add(MessagePreference(user_id=liu.user_id, email="liu@firm.example"))
    session.flush()
    _tell(session, liu)
    message = _deliver(session, liu, Channel.EMAIL)
    assert (message.state, message.attempts, message.reason) == (DeliveryState.SENT, 1, None)
    (letter,) = letters[0].letters
    assert letter["To"] == "liu@firm.example"
    assert letter["Subject"] == "【巡检】复查未通过"
    assert letter["Message-ID"].startswith(f"<{message.id}@")
    assert BODY in letter.get_content()
    sending.deliver(session, message.id, liu.now())
    assert len(letters[0].letters) == 1


def test_a_refused_email_is_tried_with_growing_waits_and_then_dead_until_resent(
    cast: Cast, session: Session, channels: Settings, letters: tuple[Letters, int], clock: FixedClock
) -> None:
    liu, gu = cast("firm_liu"), cast("admin_gu")
    session.add(MessagePreference(user_id=liu.user_id, email="liu@firm.example"))
    session.flush()
    letters[0].refuse = "451 later"
    _tell(session, liu)
    waits = []
    for _ in range(6):
        message = _deliver(session, liu, Channel.EMAIL)
        if message.next_at is not None:
            waits.append(message.next_at - clock.now())
            clock.set(message.next_at)
    assert waits == [wait_after(n) for n in range(1, 6)]
    assert (message.state, message.attempts) == (DeliveryState.DEAD, 6)
    dead = gu.get("/api/messages/deliveries").get_json()
    assert dead["counts"]["dead"] == 1
    assert "451" in dead["items"][0]["reason"]
    assert dead["items"][0]["recipient"]["username"] == "liu"
    letters[0].refuse = ""
    session.commit()  # a refused request rolls back what stands uncommitted
    again = f"/api/messages/deliveries/{message.id}/resend"
    assert cast("supervisor_he").post(again, None).status_code == 403
    assert gu.post(again, None).status_code == 204
    assert gu.post(again, None).get_json()["code"] == "messages.not_dead"
    assert _deliver(session, liu, Channel.EMAIL).state is DeliveryState.SENT
    assert len(letters[0].letters) == 1


def test_a_mail_server_that_is_down_is_a_failure_like_any_other(
    app: Flask, cast: Cast, session: Session, channels: Settings
) -> None:
    liu = cast("firm_liu")
    session.add(MessagePreference(user_id=liu.user_id, email="liu@firm.example"))
    session.flush()
    app.extensions["settings"] = channels.model_copy(update={"smtp_port": 1})
    _tell(session, liu)
    message = _deliver(session, liu, Channel.EMAIL)
    assert (message.state, message.attempts) == (DeliveryState.QUEUED, 1)
    assert message.reason is not None
    assert "ConnectionRefused" in message.reason


def test_an_sms_is_signed(cast: Cast, session: Session, channels: Settings, receiver: Receiver) -> None:
    liu = cast("firm_liu")
    _dialable(session, liu)
    _tell(session, liu)
    message = _deliver(session, liu, Channel.SMS)
    assert message.state is DeliveryState.SENT
    path, headers, body = receiver.requests[0]
    stamp, _, digest = headers["x-xunjian-signature"].removeprefix("t=").partition(",v1=")
    expected = hmac.new(b"s3cret", f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert (path, digest, int(stamp)) == ("/sms", expected, int(NOW.timestamp()))
    assert headers["idempotency-key"] == str(message.id)
    assert json.loads(body)["phone"] == "19900000001"
    receiver.status = 500
    _tell(session, liu, cause="x:2")
    second = session.scalars(
        sa.select(Message).where(Message.cause == "x:2", Message.channel == Channel.SMS)
    ).one()
    sending.deliver(session, second.id, liu.now())
    assert (second.state, second.reason) == (DeliveryState.QUEUED, "短信网关回答 500")


def test_only_urgent_words_go_out_by_sms_and_only_to_real_numbers(
    cast: Cast, session: Session, channels: Settings
) -> None:
    liu, chen = cast("firm_liu"), cast("inspector_chen")
    _dialable(session, liu)
    _tell(session, liu, kind="round.assigned")
    _tell(session, chen)
    assert set(_messages(session, liu)) == set(_messages(session, chen)) == {Channel.IN_APP}


def test_a_push_is_encrypted_for_the_browser_and_signed_by_the_deployment(
    cast: Cast, session: Session, channels: Settings, receiver: Receiver
) -> None:
    chen = cast("inspector_chen")
    browser = Browser(f"{receiver.origin}/push/1")
    made = chen.post("/api/messages/subscriptions", browser.subscription)
    assert made.status_code == 201
    _tell(session, chen)
    message = _deliver(session, chen, Channel.WEB_PUSH)
    assert message.state is DeliveryState.SENT
    _, headers, body = receiver.requests[0]
    expected = {"id": str(message.id), "title": "复查未通过", "body": BODY, "link": "/f/notices/1"}
    assert browser.reads(body) == expected
    public = chen.get("/api/messages/push-key").get_json()["key"]
    assert headers["authorization"].startswith("vapid t=")
    assert f"k={public}" in headers["authorization"]
    assert (headers["urgency"], headers["topic"]) == ("high", message.id.hex)


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten(
    cast: Cast, session: Session, channels: Settings, receiver: Receiver, status: int
) -> None:
    chen = cast("inspector_chen")
    chen.post("/api/messages/subscriptions", Browser(f"{receiver.origin}/push/1").subscription)
    _tell(session, chen)
    receiver.status = status
    assert _deliver(session, chen, Channel.WEB_PUSH).state is DeliveryState.DROPPED
    assert session.scalar(sa.select(sa.func.count()).select_from(PushSubscription)) == 0


def test_a_redirect_of_a_push_service_is_not_followed(
    cast: Cast, session: Session, channels: Settings, receiver: Receiver
) -> None:
    chen = cast("inspector_chen")
    chen.post("/api/messages/subscriptions", Browser(f"{receiver.origin}/push/1").subscription)
    receiver.status, receiver.location = 307, f"{receiver.origin}/inside"
    _tell(session, chen)
    assert _deliver(session, chen, Channel.WEB_PUSH).state is DeliveryState.QUEUED
    assert [path for path, _, _ in receiver.requests] == ["/push/1"]


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://evil.example/push",
        "http://fcm.googleapis.com/fcm/send/1",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com@10.0.0.1/x",
        "https://10.0.0.1/fcm.googleapis.com",
        "https://notify.windows.com.evil.example/x",
        "https://[::1]/x",
        "file:///etc/passwd",
    ],
)
def test_only_known_push_services_are_called(cast: Cast, endpoint: str) -> None:
    answer = cast("inspector_chen").post("/api/messages/subscriptions", Browser(endpoint).subscription)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "messages.push_service_unknown")


def test_a_known_push_service_is_accepted_by_default(cast: Cast, session: Session) -> None:
    chen = cast("inspector_chen")
    for host in ("fcm.googleapis.com", "web.push.apple.com", "wns2-par02p.notify.windows.com"):
        subscription = Browser(f"https://{host}/x").subscription
        assert chen.post("/api/messages/subscriptions", subscription).status_code == 201
    broken = Browser("https://fcm.googleapis.com/y").subscription
    broken["keys"]["p256dh"] = "AAAA"  # type: ignore[index]
    answer = chen.post("/api/messages/subscriptions", broken)
    assert answer.get_json()["code"] == "messages.push_keys_broken"


def test_a_browser_belongs_to_whoever_registered_it_last(cast: Cast, session: Session) -> None:
    chen, li = cast("inspector_chen"), cast("inspector_li")
    browser = Browser("https://web.push.apple.com/x").subscription
    first = chen.post("/api/messages/subscriptions", browser).get_json()["id"]
    second = li.post("/api/messages/subscriptions", browser).get_json()["id"]
    assert first == second
    assert chen.client.delete(f"/api/messages/subscriptions/{first}").status_code == 404
    assert li.client.delete(f"/api/messages/subscriptions/{first}").status_code == 204


def test_quiet_hours_hold_back_what_is_not_urgent(
    cast: Cast, session: Session, channels: Settings, receiver: Receiver, clock: FixedClock
) -> None:
    chen = cast("inspector_chen")
    chen.post("/api/messages/subscriptions", Browser(f"{receiver.origin}/push/1").subscription)
    session.add(MessagePreference(user_id=chen.user_id, quiet_from=time(22), quiet_to=time(7)))
    session.flush()
    clock.set(datetime(2026, 11, 20, 15, 30, tzinfo=UTC))  # 23:30 in Shanghai
    _tell(session, chen, kind="round.assigned", cause="r:1")
    _tell(session, chen, kind="review.failed", cause="r:2")
    due = {m.cause: m.next_at for m in session.scalars(sa.select(Message)) if m.channel is Channel.WEB_PUSH}
    assert due["r:1"] == datetime(2026, 11, 20, 23, 0, tzinfo=UTC)
    assert due["r:2"] == clock.now() + timedelta(minutes=5)  # with the queue, under its lease
    assert session.scalar(sa.text("SELECT count(*) FROM procrastinate_jobs")) == 1
    clock.set(datetime(2026, 11, 20, 23, 0, tzinfo=UTC))
    assert service.sweep(session, clock.now()) == 2  # the held one, and the lease that nobody took up
    assert service.sweep(session, clock.now()) == 0


def test_preferences_are_ones_own_and_urgent_kinds_cannot_be_muted(
    cast: Cast, session: Session, channels: Settings, receiver: Receiver
) -> None:
    chen = cast("inspector_chen")
    chen.post("/api/messages/subscriptions", Browser(f"{receiver.origin}/push/1").subscription)
    wish = {"email": None, "web_push_on": True, "email_on": True, "sms_on": False}
    wish |= {"quiet_from": "22:00", "quiet_to": "07:00", "muted": ["round.assigned", "review.failed"]}
    answer = chen.client.put("/api/messages/preferences", json=wish)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    kept = chen.get("/api/messages/preferences").get_json()
    assert {name: kept[name] for name in wish} == wish
    assert (kept["channels"], kept["browsers"]) == ({"email": True, "sms": True}, 1)
    assert cast("inspector_li").get("/api/messages/preferences").get_json()["muted"] == []
    _tell(session, chen, kind="round.assigned", cause="r:1")
    assert set(_messages(session, chen)) == {Channel.IN_APP}
    _tell(session, chen, kind="review.failed", cause="r:2")
    assert Channel.WEB_PUSH in _messages(session, chen)
    for bad in ({"email": "no address"}, {"quiet_from": "25:00"}, {"muted": ["unheard.of"]}):
        assert chen.client.put("/api/messages/preferences", json=wish | bad).status_code == 422


def test_who_is_not_signed_in_or_gone_hears_nothing(app: Flask, cast: Cast, session: Session) -> None:
    assert app.test_client().get("/api/messages").status_code == 401
    liu = cast("firm_liu")
    session.execute(sa.update(User).where(User.id == liu.user_id).values(is_active=False))
    assert _tell(session, liu) == 0
    assert service.tell(session, "review.failed", "x", [new_id()], BODY, "/", liu.now()) == 0
