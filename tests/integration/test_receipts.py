"""What a phone may believe before it deletes its only copy."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from click.testing import CliRunner
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as other_kind
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from sqlalchemy.orm import Session

from server.cli import main
from server.core import receipts
from server.core.clock import FixedClock
from server.core.config import InsecureSettings, Settings
from server.core.receipt_keys import Keyring, ReceiptKey
from tests.factories.actors import Actor
from tests.factories.world import NOW

Cast = Callable[[str], Actor]


def keys_of(actor: Actor) -> list[dict[str, str]]:
    found: list[dict[str, str]] = actor.app.test_client().get("/api/receipts/keys").get_json()["keys"]
    return found


def test_a_command_gets_a_receipt_for_exactly_what_was_sent(cast: Cast) -> None:
    chen = cast("inspector_chen")
    command = chen.make("set_pin", finding_id=str(uuid.uuid4()), lon=119.6210000, lat=38)
    entry = chen.push(command).get_json()["results"][0]
    assert entry["status"] == "refused"  # no such finding: received all the same
    receipt = entry["receipt"]
    assert receipts.fault(receipt, keys_of(chen)) is None
    assert (receipt["kind"], receipt["id"]) == ("command", command["id"])
    assert receipt["sha256"] == hashlib.sha256(rfc8785.dumps(command)).hexdigest()
    assert receipt["received_at"] == "2026-11-20T01:00:00.000Z"


def test_a_repeated_command_gets_the_same_receipt_later(cast: Cast, clock: FixedClock) -> None:
    chen = cast("inspector_chen")
    command = chen.make("leave", visit_id=str(uuid.uuid4()), left_at=chen.now().isoformat())
    first = chen.push(command).get_json()["results"][0]
    clock.set(clock.at + timedelta(minutes=5))
    again = chen.push(command).get_json()["results"][0]
    assert again["replayed"] and again["receipt"] == first["receipt"]


def test_other_content_under_a_used_id_gets_no_receipt(cast: Cast) -> None:
    chen = cast("inspector_chen")
    command = chen.make("leave", visit_id=str(uuid.uuid4()), left_at=chen.now().isoformat())
    chen.push(command)
    other = chen.push(command | {"kind": "check_in"}).get_json()["results"][0]
    assert other["problem"]["code"] == "sync.id_reused"
    assert other["receipt"] is None


def test_a_number_that_no_browser_can_send_is_refused_alone(cast: Cast) -> None:
    chen = cast("inspector_chen")
    bad, good = (chen.make("leave", visit_id=str(uuid.uuid4()), left_at="2026-11-20T01:00:00Z") for _ in "ab")
    text = json.dumps({"commands": [bad | {"body": {"x": float("inf")}}, good]})
    answer = chen.client.post("/api/sync/commands", data=text, content_type="application/json")
    first, second = answer.get_json()["results"]
    assert first["problem"]["code"] == "core.invalid" and first["receipt"] is None
    assert second["receipt"] is not None


def test_a_photo_gets_a_receipt_once_it_is_stored_and_only_its_sender(cast: Cast) -> None:
    chen = cast("inspector_chen")
    finding = chen.finds()
    photo = chen.case(finding)["photos"][0]
    receipt = photo["receipt"]
    assert receipts.fault(receipt, keys_of(chen)) is None
    assert (receipt["kind"], receipt["id"], receipt["sha256"]) == ("photo", photo["id"], photo["sha256"])
    head = chen.client.head(f"/api/photos/{photo['id']}/content")
    assert json.loads(head.headers["Upload-Receipt"]) == receipt
    assert cast("supervisor_he").case(finding)["photos"][0]["receipt"] is None


def test_a_photo_on_its_way_has_no_receipt(cast: Cast) -> None:
    chen = cast("inspector_chen")
    finding, shot = chen.finds(), chen.shoots("M", (1, 2, 3))
    chen.does("add_photos", finding_id=str(finding), photos=[shot.declaration])
    waiting = [one for one in chen.case(finding)["photos"] if one["id"] == str(shot.id)]
    assert waiting[0]["receipt"] is None
    assert "Upload-Receipt" not in chen.client.head(f"/api/photos/{shot.id}/content").headers
    chen.uploads(shot)
    pulled = chen.get("/api/sync/changes").get_json()["items"]["photos"]
    assert all(receipts.fault(one["receipt"], keys_of(chen)) is None for one in pulled if one["receipt"])


def test_the_session_carries_the_keys_for_the_field(cast: Cast) -> None:
    chen = cast("inspector_chen")
    assert chen.get("/api/session").get_json()["receipt_keys"] == keys_of(chen)


def test_a_retired_key_stays_listed(cast: Cast, session: Session, app: Flask) -> None:
    old = Ed25519PrivateKey.generate().public_key()
    document = receipts.key_document(old)
    now = app.extensions["clock"].now()
    session.add(ReceiptKey(id=document["id"], public_key=old.public_bytes_raw(), first_used_at=now))
    session.commit()
    keys = keys_of(cast("inspector_chen"))
    assert keys[0] == app.extensions["receipts"].signer.document
    assert document in keys[1:]


def test_a_changed_receipt_proves_nothing() -> None:
    signer = receipts.Signer(Ed25519PrivateKey.generate())
    good: dict[str, Any] = signer.sign("photo", uuid.UUID(int=7), bytes(32), NOW)
    keys = [signer.document]
    assert receipts.fault(good, keys) is None
    for part, other in (("id", str(uuid.UUID(int=8))), ("sha256", "1" * 64), ("kind", "command")):
        assert receipts.fault(good | {part: other}, keys) == "bad_signature"
    assert receipts.fault(good | {"signature": "???"}, keys) == "bad_signature"
    assert receipts.fault(good | {"key_id": "0" * 16}, keys) == "unknown_key"
    assert receipts.fault({"kind": "photo"}, keys) == "incomplete"
    assert receipts.fault(good, [receipts.Signer(Ed25519PrivateKey.generate()).document]) == "unknown_key"


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    first, second = (Keyring(Settings(var=tmp_path)).signer.document for _ in "ab")
    assert first == second
    assert (tmp_path / "keys" / "receipt.pem").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["receipt.pem"]


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    pem = other_kind(SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for text in (pem.decode(), "no key"):
        with pytest.raises(InsecureSettings):
            _ = Keyring(Settings(var=tmp_path, receipt_key=text)).signer


def test_a_receipt_can_be_checked_without_a_server(tmp_path: Path) -> None:
    signer = receipts.Signer(Ed25519PrivateKey.generate())
    photo, keys = tmp_path / "photo.jpg", tmp_path / "keys.json"
    photo.write_bytes(b"bytes of a photo")
    keys.write_text(json.dumps({"keys": [signer.document]}))
    receipt = signer.sign("photo", uuid.UUID(int=7), hashlib.sha256(b"bytes of a photo").digest(), NOW)

    def check(*more: str, of: dict[str, str] = receipt) -> Any:
        arguments = ["verify-receipt", "-", "--keys", str(keys), *more]
        return CliRunner().invoke(main, arguments, input=json.dumps(of))

    assert check("--photo", str(photo)).output.startswith("valid: photo")
    photo.write_bytes(b"other bytes")
    assert (check("--photo", str(photo)).exit_code, check().exit_code) == (1, 0)
    assert "bad_signature" in check(of=receipt | {"received_at": "2027-01-01T00:00:00.000Z"}).output
    assert "incomplete" in CliRunner().invoke(main, ["verify-receipt", "-", "--keys", str(keys)], "[]").output
