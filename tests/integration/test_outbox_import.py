"""A phone died, its file did not: the office reads it in, once, whole, and in the author's name."""

from __future__ import annotations

import base64
import io
import json
import shutil
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from PIL import Image
from sqlalchemy.orm import Session

from server.accounts import sessions
from server.accounts.service import find_user
from server.core import context, office_key
from server.core.clock import FixedClock
from server.core.db import new_id
from server.core.identity import SYSTEM, Identity
from server.findings.models import Finding
from server.photos.models import Photo, PhotoState
from server.sync import errors, importing
from server.sync.models import Command, ImportedCommand
from server.sync.outbox_file import Opener
from tests.factories.actors import CENTRE, Actor, Shot
from tests.factories.outbox import WORDS, plain, sealed
from tests.factories.pictures import encoded
from tests.factories.videos import webm
from tests.factories.world import NOW

Cast = Callable[[str], Actor]
ROOT = Path(__file__).resolve().parents[2]
OPENER = Opener(WORDS)


@pytest.fixture
def chen(cast: Cast) -> Actor:
    return cast("inspector_chen")


def finding(actor: Actor) -> tuple[dict[str, Any], list[Shot]]:
    shots = [actor.shoots("O", (1, 2, 3)), actor.shoots("C", (4, 5, 6))]
    command = actor.make(
        "open_finding",
        finding_id=str(new_id()),
        compound_id=str(actor.world.compounds["汀禾苑"]),
        item_code="FP-01",
        text="石墩4个，道闸锁闭",
        place="3号楼北侧",
        position=CENTRE | {"accuracy_m": 6.0},
        photos=[shot.declaration for shot in shots],
    )
    return command, shots


def read(
    session: Session, data: bytes, reader: Identity = SYSTEM, opener: Opener = OPENER, **how: Any
) -> importing.Report:
    how = {"dry_run": False} | how
    report = importing.import_file(session, reader, io.BytesIO(data), opener, NOW, **how)
    session.commit()
    return report


def outcomes(report: importing.Report) -> list[str]:
    return [row["outcome"] for row in report.rows]


def counts(session: Session) -> tuple[int, int, int]:
    stored = sa.select(sa.func.count()).where(Photo.state == PhotoState.STORED)
    return (
        session.scalar(sa.select(sa.func.count(Command.id))) or 0,
        session.scalar(sa.select(sa.func.count(Finding.id))) or 0,
        session.scalar(stored) or 0,
    )


def test_a_file_arrives_whole_and_in_its_authors_name(session: Session, chen: Actor, cast: Cast) -> None:
    command, shots = finding(chen)
    report = read(session, sealed(plain(chen, [command], shots)))
    assert (report.whole, outcomes(report)) == (True, ["applied", "stored", "stored"])
    case = cast("supervisor_he").case(uuid.UUID(command["body"]["finding_id"]))
    assert case["found_by"]["name"] == "陈巡01"
    assert case["ledger"][0]["actor"] == "陈巡01" and case["ledger_intact"]
    assert [photo["state"] for photo in case["photos"]] == ["stored", "stored"]
    assert context.storage().read(shots[0].declaration["sha256"]) == shots[0].content


def test_the_phone_that_delivers_later_adds_nothing(session: Session, chen: Actor) -> None:
    command, shots = finding(chen)
    data = sealed(plain(chen, [command], shots))
    read(session, data)
    before = counts(session)
    entry = chen.push(command).get_json()["results"][0]
    assert (entry["status"], entry["replayed"]) == ("applied", True)
    head = chen.client.head(f"/api/photos/{shots[0].id}/content")
    assert head.headers["Upload-Complete"] == "?1" and "Upload-Receipt" in head.headers
    chen.uploads(shots[1])
    assert counts(session) == before
    assert outcomes(read(session, data)) == ["known", "known", "known"]
    assert counts(session) == before


def test_what_the_phone_had_sent_in_part_is_completed(session: Session, chen: Actor) -> None:
    command, shots = finding(chen)
    chen.push(command)
    headers = {"Upload-Offset": "0", "Upload-Length": str(len(shots[0].content)), "Upload-Complete": "?0"}
    chen.client.patch(f"/api/photos/{shots[0].id}/content", data=shots[0].content[:300], headers=headers)
    assert outcomes(read(session, sealed(plain(chen, [command], shots)))) == ["known", "stored", "stored"]


def test_originals_and_videos_come_with_their_photos(session: Session, chen: Actor) -> None:
    command, shots = finding(chen)
    picture, video = encoded(Image.new("RGB", (40, 30), (9, 9, 9))), webm(6)
    shots = [shots[0].with_original(picture, "image/jpeg"), shots[1].with_original(video, "video/webm")]
    data = sealed(plain(chen, [command], shots))
    assert outcomes(read(session, data, dry_run=True)) == ["applied", *["stored"] * 4]
    assert not context.storage().exists(shots[1].declaration["original_sha256"])
    report = read(session, data)
    assert [row["what"] for row in report.rows] == ["command", "photo", "original", "photo", "original"]
    assert outcomes(report) == ["applied", *["stored"] * 4]
    assert context.storage().read(shots[1].declaration["original_sha256"]) == video
    assert outcomes(read(session, data)) == ["known"] * 5


def test_an_original_whose_photo_had_arrived_comes_alone(session: Session, chen: Actor) -> None:
    command, shots = finding(chen)
    shots[0].with_original(webm(3), "video/webm")
    chen.push(command)
    chen.uploads(*shots)
    shots[0].content = b""
    assert outcomes(read(session, sealed(plain(chen, [command], shots[:1])))) == ["known", "stored"]


def test_a_spoilt_original_is_refused_for_itself(session: Session, chen: Actor) -> None:
    command, shots = finding(chen)
    shots[0].with_original(b"<html>", "video/mp4")
    report = read(session, sealed(plain(chen, [command], shots)))
    assert outcomes(report) == ["applied", "stored", "refused", "stored"]
    assert report.rows[2]["problem"]["code"] == "photo.not_a_video"


def test_a_dry_run_says_the_same_and_keeps_nothing(session: Session, chen: Actor, app: Flask) -> None:
    shots = [chen.shoots("O", (200, 3, 77))]
    command, before = finding(chen)[0], counts(session)
    command["body"] |= {"photos": [shots[0].declaration], "photo_excuses": {"C": "门锁着"}}
    data = sealed(plain(chen, [command], shots))
    tried = read(session, data, dry_run=True)
    assert counts(session) == before
    assert not context.storage().exists(shots[0].declaration["sha256"])
    assert outcomes(read(session, data)) == outcomes(tried) == ["applied", "stored"]


def test_a_refused_row_sinks_nothing_else(session: Session, chen: Actor) -> None:
    command, shots = finding(chen)
    bad = chen.make("leave", visit_id=str(uuid.uuid4()), left_at=NOW.isoformat())
    decision = chen.make("confirm_finding", finding_id=command["body"]["finding_id"])
    shapeless = {"id": "no id", "kind": "leave", "captured_at": NOW.isoformat(), "body": {}}
    shots[0].content = shots[0].content + b"x"
    shots[1].content = b""
    report = read(session, sealed(plain(chen, [bad, decision, shapeless, command], shots)))
    found = [row["problem"]["code"] if row["problem"] else row["outcome"] for row in report.rows]
    assert found[1:4] == ["sync.decision_in_file", "core.invalid", "applied"]
    assert found[0].startswith(("core.", "round"))
    assert found[4:] == ["photo.hash_mismatch", "photo.hash_mismatch"]
    assert outcomes(report)[4:] == ["refused", "missing"]


def test_who_read_it_in_is_remembered(session: Session, chen: Actor, cast: Cast) -> None:
    command, shots = finding(chen)
    user = find_user(session, cast("supervisor_he").user_id)
    assert user is not None
    read(session, sealed(plain(chen, [command], shots)), sessions.identity_of(user))
    command_id = uuid.UUID(command["id"])
    assert session.get_one(Command, command_id).user_id == chen.user_id
    assert session.get_one(ImportedCommand, command_id).imported_by == user.id


@pytest.mark.parametrize("cut", [1, 40, 500])
def test_a_cut_file_is_refused_whole_or_salvaged(session: Session, chen: Actor, cut: int) -> None:
    command, shots = finding(chen)
    data, before = sealed(plain(chen, [command], shots), frame=1000)[:-cut], counts(session)
    with pytest.raises(errors.Damaged):
        read(session, data)
    session.rollback()
    assert counts(session) == before
    report = read(session, data, salvage=True)
    assert not report.whole
    assert outcomes(report)[0] == "applied"


def test_no_byte_can_be_changed(session: Session, chen: Actor) -> None:
    data = sealed(plain(chen, [finding(chen)[0]], []), frame=700)
    for at in range(0, len(data), 97):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        with pytest.raises((errors.Damaged, errors.NotOutboxFile, errors.WrongKey)):
            read(session, changed)
        session.rollback()


def test_frames_cannot_change_places(session: Session, chen: Actor) -> None:
    data = sealed(plain(chen, [finding(chen)[0]], []), frame=300)
    head = 13 + int.from_bytes(data[9:13])
    frames = [data[at : at + 320] for at in range(head, len(data), 320)]
    swapped = data[:head] + b"".join([frames[1], frames[0], *frames[2:]])
    doubled = data[:head] + b"".join([frames[0], frames[0], *frames[1:]])
    for wrong in (swapped, doubled, data[:head] + b"".join(frames[:-1])):
        with pytest.raises(errors.Damaged):
            read(session, wrong)
        session.rollback()


@pytest.mark.parametrize(
    "data", [b"", b"XJOUTBOX", b"PK\x03\x04" + bytes(50), b"XJOUTBOX\x01\xff\xff\xff\xff"]
)
def test_another_file_is_told_apart(session: Session, data: bytes) -> None:
    with pytest.raises(errors.NotOutboxFile):
        read(session, data)


def test_other_words_open_nothing(session: Session, chen: Actor) -> None:
    with pytest.raises(errors.WrongKey):
        read(session, sealed(plain(chen, [], [])), opener=Opener("falsch"))


def test_the_office_reads_it_on_its_screen(session: Session, chen: Actor, cast: Cast) -> None:
    command, shots = finding(chen)
    data = sealed(plain(chen, [command], shots))

    def upload(actor: Actor, words: str = WORDS, **query: str) -> Any:
        form = {"file": (io.BytesIO(data), "a.xjbox"), "passphrase": words}
        return actor.client.post("/api/sync/imports", data=form, query_string=query)

    assert upload(chen).status_code == 403
    assert upload(cast("supervisor_sun")).status_code == 404  # another street's inspector
    wrong = upload(cast("supervisor_he"), "falsch")
    assert (wrong.status_code, wrong.get_json()["code"]) == (422, "sync.wrong_key")
    tried = upload(cast("supervisor_he"), dry_run="true").get_json()
    assert tried["counts"] == {"applied": 1, "stored": 2} and tried["dry_run"]
    assert tried["user"]["id"] == str(chen.user_id)
    assert upload(cast("supervisor_he")).get_json()["whole"]
    assert len(chen.case(uuid.UUID(command["body"]["finding_id"]))["photos"]) == 2


def test_the_apps_own_writer_and_the_offices_key(
    session: Session, chen: Actor, tmp_path: Path, clock: FixedClock
) -> None:
    node, vite = shutil.which("node"), ROOT / "pwa" / "node_modules" / "vite"
    if node is None or not vite.exists():
        pytest.skip("node and the packages of pwa/ are not installed")
    pem = tmp_path / "office.pem"
    made = office_key.make(session, pem, NOW)
    session.commit()
    key = chen.get("/api/session").get_json()["outbox_key"]
    assert key["id"] == made
    command, shots = finding(chen)
    bytes_of = {"type": "bytes", "base64": base64.b64encode(shots[0].content).decode()}
    told = {
        "passphrase": WORDS, "office": {"id": key["id"], "key": key["public_key"]},
        "records": [
            {"type": "manifest", "json": {"user": {"id": str(chen.user_id)}, "device_id": None}},
            {"type": "command", "json": command},
            {"type": "photo", "json": {"id": str(shots[0].id), "kind": "O"}}, bytes_of,
            {"type": "end", "json": {}},
        ],
    }  # fmt: skip
    (tmp_path / "told.json").write_text(json.dumps(told))
    script = [node, "scripts/outbox-sample.mjs", str(tmp_path / "told.json"), str(tmp_path / "a.xjbox")]
    subprocess.run(script, cwd=ROOT / "pwa", check=True)
    data = (tmp_path / "a.xjbox").read_bytes()
    by_key = read(session, data, opener=Opener(office=office_key.load(pem)), dry_run=True)
    assert outcomes(by_key) == ["applied", "stored"]
    assert outcomes(read(session, data, opener=Opener(WORDS))) == ["applied", "stored"]
    other = tmp_path / "other.pem"
    office_key.make(session, other, NOW)
    with pytest.raises(errors.WrongKey):
        read(session, data, opener=Opener(office=office_key.load(other)))


def test_an_office_key_is_never_overwritten(session: Session, tmp_path: Path) -> None:
    pem = tmp_path / "keys" / "office.pem"
    office_key.make(session, pem, NOW)
    assert pem.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        office_key.make(session, pem, NOW)
