"""Evidence through the API: declared, uploaded in pieces, refused where it is none, shown by right."""

from __future__ import annotations

import hashlib
import io
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from PIL import Image
from sqlalchemy.orm import Session

from server.core import context, ledger
from server.core.clock import FixedClock
from server.core.db import new_id
from server.photos import errors, jobs, prints, service, uploading
from server.photos.models import Blob, Photo, PhotoStage, PhotoState, Upload
from tests.factories.actors import Actor
from tests.factories.evidence import HERE, declaration, declare, headers, identity_of, send
from tests.factories.pictures import bomb, encoded, photo_of, picture, rationals, tiff
from tests.factories.world import PATHS

Cast = Callable[[str], Actor]

pytestmark = pytest.mark.filterwarnings("ignore:Corrupt EXIF:UserWarning")


@pytest.fixture
def chen(cast: Cast) -> Actor:
    return cast("inspector_chen")


def code(answer: Any) -> str:
    assert answer.content_type == "application/problem+json", answer.data
    return str(answer.get_json()["code"])


def status(actor: Actor, photo_id: uuid.UUID) -> tuple[int, str | None, str | None]:
    answer = actor.client.head(f"/api/photos/{photo_id}/content")
    assert answer.data == b""
    return answer.status_code, answer.headers.get("Upload-Offset"), answer.headers.get("Upload-Complete")


def view(actor: Actor, photo_id: uuid.UUID, size: str = "original", **kwargs: Any) -> Any:
    return actor.client.get(f"/api/photos/{photo_id}/content", query_string={"size": size}, **kwargs)


def expected(session: Session, actor: Actor, data: bytes, **changes: Any) -> uuid.UUID:
    one = declaration(data, **changes)
    declare(session, actor, one)
    return uuid.UUID(str(one["photo_id"]))


def stored(session: Session, actor: Actor, data: bytes, **changes: Any) -> uuid.UUID:
    photo_id = expected(session, actor, data, **changes)
    answer = send(actor, photo_id, data)
    assert answer.status_code == 200, answer.data
    return photo_id


def row(session: Session, photo_id: uuid.UUID) -> Photo:
    return session.get_one(Photo, photo_id, populate_existing=True)


# Uploading


def test_a_photo_in_one_piece(session: Session, chen: Actor, clock: FixedClock) -> None:
    data = encoded(picture())
    one = declaration(data)
    case_id = declare(session, chen, one)
    assert status(chen, one["photo_id"]) == (204, "0", "?0")

    answer = send(chen, one["photo_id"], data)
    assert answer.status_code == 200
    assert answer.headers["Upload-Offset"] == str(len(data))
    assert answer.headers["Upload-Complete"] == "?1"
    told = answer.get_json()
    assert told.pop("receipt")["sha256"] == told["sha256"]
    assert told == {
        "id": str(one["photo_id"]), "case_id": str(case_id), "visit_id": None, "group_id": str(case_id),
        "stage": "before", "kind": "O", "sha256": hashlib.sha256(data).hexdigest(), "original_sha256": None,
        "size": len(data), "mime": "image/jpeg", "source": "camera", "state": "stored",
        "captured_at": "2026-11-20T01:00:00+00:00", "stored_at": "2026-11-20T01:00:00+00:00",
        "position": {"lon": 119.621, "lat": 38.941},
        "accuracy_m": 6.0, "flags": [],
        "original_size": None, "original_mime": None, "original_stored_at": None, "original_ms": None,
    }  # fmt: skip
    assert status(chen, one["photo_id"]) == (204, str(len(data)), "?1")
    assert context.storage().read(told["sha256"]) == data
    assert session.get(Upload, one["photo_id"]) is None


def test_a_photo_in_pieces_and_each_piece_survives(session: Session, chen: Actor, app: Flask) -> None:
    data = photo_of(200_000)
    photo_id = expected(session, chen, data)
    step = 64 * 1024
    for start in range(0, len(data), step):
        assert status(chen, photo_id) == (204, str(start), "?0")
        answer = send(chen, photo_id, data, start, min(start + step, len(data)))
        done = start + step >= len(data)
        assert answer.status_code == (200 if done else 204)
        assert answer.headers["Upload-Offset"] == str(min(start + step, len(data)))
    assert view(chen, photo_id).data == data
    assert not list((context.settings().var / "uploads").glob("*.part"))


def test_the_last_piece_may_come_without_saying_so(session: Session, chen: Actor) -> None:
    data = encoded(picture(seed=2))
    assert send(chen, expected(session, chen, data), data, complete=False).status_code == 200


def test_sending_again_what_has_arrived_is_harmless(session: Session, chen: Actor) -> None:
    data = encoded(picture(seed=3))
    one = declaration(data)
    case_id = declare(session, chen, one)
    first = send(chen, one["photo_id"], data)
    for start in (0, len(data) - 10):
        again = send(chen, one["photo_id"], data, start)
        assert again.status_code == 200
        assert again.get_json() == first.get_json()
    assert [line.act for line in ledger.lines(session, case_id)] == ["photo.stored"]


def test_the_case_file_has_a_line_for_it(session: Session, chen: Actor) -> None:
    data = encoded(picture(seed=4))
    one = declaration(data, kind="C")
    case_id = declare(session, chen, one)
    send(chen, one["photo_id"], data)
    (line,) = ledger.lines(session, case_id)
    assert (line.act, line.actor_id) == ("photo.stored", chen.user_id)
    assert line.data == {
        "photo_id": str(one["photo_id"]), "stage": "before", "kind": "C", "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(), "mime": "image/jpeg",
    }  # fmt: skip


def test_photos_of_a_visit_have_no_case_file(session: Session, chen: Actor) -> None:
    data, visit_id = encoded(picture(seed=5)), new_id()
    one = declaration(data)
    service.declare(
        session, identity_of(chen), visit_id=visit_id, stage=PhotoStage.VISIT, group_id=visit_id,
        declarations=[one], path=HERE, firm_id=None, now=chen.now(),
    )  # fmt: skip
    session.commit()
    answer = send(chen, one["photo_id"], data)
    assert (answer.status_code, answer.get_json()["visit_id"]) == (200, str(visit_id))
    assert session.scalar(sa.select(sa.func.count()).select_from(ledger.CaseEvent)) == 0


# Offsets


@pytest.mark.parametrize(
    ("start", "end", "more", "problem", "answer"),
    [
        (100, 200, {}, "photo.offset_mismatch", 409),
        (0, 100, {"length": 5}, "photo.length_mismatch", 422),
        (0, 100, {"complete": True}, "photo.incomplete", 422),
    ],
)
def test_a_piece_that_does_not_fit(
    session: Session, chen: Actor, start: int, end: int, more: dict[str, Any], problem: str, answer: int
) -> None:
    data = encoded(picture(seed=6))
    photo_id = expected(session, chen, data)
    refused = send(chen, photo_id, data, start, end, **more)
    assert (refused.status_code, code(refused), refused.get_json()["offset"]) == (answer, problem, 0)
    assert send(chen, photo_id, data).status_code == 200


def test_an_offset_past_the_end(session: Session, chen: Actor) -> None:
    data = encoded(picture(seed=7))
    photo_id = expected(session, chen, data)
    send(chen, photo_id, data, 0, 50)
    url = f"/api/photos/{photo_id}/content"
    past = chen.client.patch(url, data=b"x", headers=headers(len(data) + 1, len(data)))
    assert (past.status_code, code(past), past.get_json()["offset"]) == (422, "photo.offset_past_end", 50)
    long = chen.client.patch(url, data=data[50:] + b"x", headers=headers(50, len(data)))
    assert (long.status_code, code(long)) == (422, "photo.chunk_past_end")
    assert send(chen, photo_id, data, 50).status_code == 200


@pytest.mark.parametrize(
    "change",
    [{"Upload-Offset": "-1"}, {"Upload-Offset": "x"}, {"Upload-Offset": None}, {"Upload-Length": None},
     {"Upload-Complete": "yes"}, {"Upload-Offset": "9" * 30}],
)  # fmt: skip
def test_headers_that_make_no_sense(session: Session, chen: Actor, change: dict[str, str | None]) -> None:
    data = encoded(picture(seed=8))
    photo_id = expected(session, chen, data)
    sent = {name: value for name, value in (headers(0, len(data)) | change).items() if value is not None}
    refused = chen.client.patch(f"/api/photos/{photo_id}/content", data=data, headers=sent)
    assert (refused.status_code, code(refused)) == (422, "core.invalid")


def test_what_a_crash_left_in_the_file_is_cut_off(session: Session, chen: Actor) -> None:
    data = encoded(picture(seed=9))
    photo_id = expected(session, chen, data)
    send(chen, photo_id, data, 0, 500)
    part = context.settings().var / "uploads" / f"{photo_id}.part"
    part.write_bytes(part.read_bytes() + b"torn, never answered")
    assert status(chen, photo_id) == (204, "500", "?0")
    assert send(chen, photo_id, data, 500, 900).status_code == 204
    assert part.read_bytes() == data[:900]
    assert send(chen, photo_id, data, 900).status_code == 200


def test_a_lost_file_sets_the_offset_back(session: Session, chen: Actor) -> None:
    data = encoded(picture(seed=10))
    photo_id = expected(session, chen, data)
    send(chen, photo_id, data, 0, 500)
    (context.settings().var / "uploads" / f"{photo_id}.part").unlink()
    assert status(chen, photo_id) == (204, "0", "?0")
    refused = send(chen, photo_id, data, 500)
    assert (code(refused), refused.get_json()["offset"]) == ("photo.offset_mismatch", 0)
    assert send(chen, photo_id, data).status_code == 200


def test_abandoned_beginnings_are_forgotten(session: Session, chen: Actor, clock: FixedClock) -> None:
    data = encoded(picture(seed=11))
    photo_id = expected(session, chen, data)
    send(chen, photo_id, data, 0, 500)
    part = context.settings().var / "uploads" / f"{photo_id}.part"
    jobs.forget_abandoned()
    assert part.exists() == (part.stat().st_mtime >= (clock.now() - uploading.ABANDONED).timestamp())
    uploading.forget_abandoned(clock.now() + uploading.ABANDONED * 1000)
    assert not part.exists()
    assert send(chen, photo_id, data).status_code == 200


# Bad bytes


def test_other_bytes_than_declared(session: Session, chen: Actor) -> None:
    data = encoded(picture(seed=12))
    wrong = data[:-3] + b"abc"
    photo_id = expected(session, chen, data)
    refused = send(chen, photo_id, wrong)
    assert (refused.status_code, code(refused), refused.get_json()["offset"]) == (
        422,
        "photo.hash_mismatch",
        0,
    )
    send(chen, photo_id, wrong, 0, 500)
    assert code(send(chen, photo_id, wrong, 500)) == "photo.hash_mismatch"
    assert status(chen, photo_id) == (204, "0", "?0")
    assert row(session, photo_id).state is PhotoState.EXPECTED
    assert not context.storage().exists(hashlib.sha256(wrong).hexdigest())
    assert send(chen, photo_id, data).status_code == 200


def _truncated() -> bytes:
    return encoded(picture(seed=13))[:-2000]


def _html() -> bytes:
    return b"<!doctype html><title>x</title><script>alert(document.cookie)</script>" * 20


UNUSABLE = {
    "truncated JPEG": (_truncated, "photo.truncated"),
    "HTML named .jpg": (_html, "photo.not_an_image"),
    "30,000 x 30,000 PNG in 100 KB": (bomb, "photo.too_many_pixels"),
}


@pytest.mark.parametrize(("make", "problem"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_bytes_that_are_no_usable_photo(
    session: Session, chen: Actor, make: Callable[[], bytes], problem: str
) -> None:
    data = make()
    one = declaration(data)
    case_id = declare(session, chen, one)
    send(chen, one["photo_id"], data, 0, 500)
    for _ in range(2):
        refused = send(chen, one["photo_id"], data, 500)
        assert (refused.status_code, code(refused)) == (422, problem)
    assert row(session, one["photo_id"]).flags == [problem]
    assert row(session, one["photo_id"]).state is PhotoState.EXPECTED
    assert chen.client.head(f"/api/photos/{one['photo_id']}/content").status_code == 422
    assert session.get(Blob, one["sha256"]) is None
    assert not context.storage().exists(one["sha256"].hex())
    assert not list((context.settings().var / "uploads").glob("*.part"))
    assert ledger.lines(session, case_id) == []
    stored(session, chen, encoded(picture(seed=14)))


BROKEN_GPS = tiff(
    [(0x010F, 2, 6, b"Apple\0")], [(1, 2, 2, b"N\0"), (2, 5, 3, rationals((9, 0), (0, 0), (7, 0)))]
)


@pytest.mark.parametrize("exif", [BROKEN_GPS, b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0" + b"\xff" * 50])
def test_broken_exif_hurts_nobody(session: Session, chen: Actor, exif: bytes) -> None:
    data = encoded(picture(seed=15), exif=exif)
    stored(session, chen, data)
    blob = session.get_one(Blob, hashlib.sha256(data).digest())
    assert not {"lon", "lat"} & set(blob.exif)


def test_the_phones_camera_is_remembered(session: Session, chen: Actor, shared_data: Path) -> None:
    data = (shared_data / "photos" / "phone_nokia_12mp.jpg").read_bytes()
    photo_id = stored(session, chen, data)
    blob = session.get_one(Blob, hashlib.sha256(data).digest())
    assert blob.exif["model"] == "Nokia 8.3 5G"
    assert (blob.width, blob.height) == (4608, 1976)
    assert view(chen, photo_id).data == data


def test_what_a_file_is_decides_its_content(session: Session, chen: Actor) -> None:
    photo_id = stored(session, chen, encoded(picture(seed=16), "PNG"), mime="image/jpeg")
    assert row(session, photo_id).mime == "image/png"
    assert view(chen, photo_id).content_type == "image/png"


# Declaring


def test_declaring_again_changes_nothing(session: Session, chen: Actor) -> None:
    one = declaration(encoded(picture(seed=17)))
    case_id = declare(session, chen, one)
    declare(session, chen, one, case_id=case_id)
    declare(session, chen, one, declaration(b"another"), case_id=case_id)
    assert session.scalar(sa.select(sa.func.count()).where(Photo.case_id == case_id)) == 2


@pytest.mark.parametrize("change", [{"sha256": bytes(32)}, {"size": 1}, {"kind": "C"}])
def test_an_id_belongs_to_one_photo(session: Session, chen: Actor, change: dict[str, Any]) -> None:
    one = declaration(b"picture")
    case_id = declare(session, chen, one)
    with pytest.raises(errors.IdReused):
        declare(session, chen, one | change, case_id=case_id)
    with pytest.raises(errors.IdReused):
        declare(session, chen, one)


def test_an_id_belongs_to_one_person(session: Session, cast: Cast, chen: Actor) -> None:
    one = declaration(b"picture")
    case_id = declare(session, chen, one)
    with pytest.raises(errors.IdReused):
        declare(session, cast("inspector_li"), one, case_id=case_id)


def test_limits_of_a_declaration(session: Session, chen: Actor) -> None:
    with pytest.raises(errors.TooLarge):
        declare(session, chen, declaration(b"x", size=25 * 1024 * 1024 + 1))
    declare(session, chen, declaration(b"x", size=25 * 1024 * 1024))
    for mime in ("text/html", "image/svg+xml", "video/mp4", "image/gif"):
        with pytest.raises(errors.UnsupportedType):
            declare(session, chen, declaration(b"x", mime=mime))


def test_forty_photos_an_act(session: Session, chen: Actor) -> None:
    case_id = declare(session, chen, *[declaration(b"%d" % number) for number in range(39)])
    with pytest.raises(errors.TooMany):
        declare(session, chen, declaration(b"40"), declaration(b"41"), case_id=case_id)
    session.rollback()
    declare(session, chen, declaration(b"40"), case_id=case_id)
    declare(session, chen, declaration(b"41"), case_id=case_id, group_id=new_id())


def test_the_same_bytes_for_two_acts_are_flagged(session: Session, chen: Actor) -> None:
    data = encoded(picture(seed=18))
    before = declaration(data)
    case_id = declare(session, chen, before)
    twin = declaration(data)
    declare(session, chen, twin, case_id=case_id)
    after = declaration(data, kind="A")
    declare(session, chen, after, case_id=case_id, stage=PhotoStage.AFTER, group_id=new_id())
    elsewhere = declaration(data)
    declare(session, chen, elsewhere)
    flags = {name: row(session, one["photo_id"]).flags for name, one in
             {"before": before, "twin": twin, "after": after, "elsewhere": elsewhere}.items()}  # fmt: skip
    assert flags == {"before": [], "twin": [], "after": ["reused"], "elsewhere": ["reused"]}

    answer = send(chen, after["photo_id"], data)
    assert answer.get_json()["flags"] == ["reused"]
    (line,) = ledger.lines(session, case_id)
    assert set(line.data["same_as"]) == {str(one["photo_id"]) for one in (before, twin, elsewhere)}


def test_known_bytes_must_be_sent_all_the_same(session: Session, chen: Actor) -> None:
    data = encoded(picture(seed=19))
    stored(session, chen, data)
    second = expected(session, chen, data)
    assert status(chen, second) == (204, "0", "?0")
    assert view(chen, second).status_code == 404
    assert send(chen, second, data).status_code == 200


# Who may


def test_only_who_declared_it_may_send_it(session: Session, cast: Cast, chen: Actor) -> None:
    data = encoded(picture(seed=20))
    photo_id = expected(session, chen, data)
    for name, answer, problem in (
        ("inspector_li", 403, "photo.not_yours"),
        ("supervisor_he", 403, "photo.not_yours"),
        ("inspector_wang", 404, "core.not_found"),
        ("firm_liu", 404, "core.not_found"),
    ):
        refused = send(cast(name), photo_id, data)
        assert (refused.status_code, code(refused)) == (answer, problem), name
        assert cast(name).client.head(f"/api/photos/{photo_id}/content").status_code == answer
    assert row(session, photo_id).state is PhotoState.EXPECTED


def test_nobody_in_particular_gets_nothing(session: Session, app: Flask, chen: Actor) -> None:
    photo_id = stored(session, chen, encoded(picture(seed=21)))
    stranger = app.test_client()
    for answer in (
        stranger.get(f"/api/photos/{photo_id}/content"),
        stranger.patch(f"/api/photos/{photo_id}/content", data=b"x", headers=headers(0, 1)),
    ):
        assert (answer.status_code, code(answer)) == (401, "core.sign_in_required")


def test_reading_follows_the_case(session: Session, cast: Cast, chen: Actor, base: Any) -> None:
    photo_id = stored(session, chen, encoded(picture(seed=22)))
    readers = [
        "inspector_chen",
        "inspector_li",
        "supervisor_he",
        "supervisor_xu",
        "legal_qin",
        "observer_bai",
    ]
    strangers = ["inspector_wang", "supervisor_sun", "firm_liu", "firm_zhao"]
    assert {view(cast(name), photo_id).status_code for name in readers} == {200}
    assert {view(cast(name), photo_id).status_code for name in strangers} == {404}
    row(session, photo_id).firm_id = base[1].firms["岸禾物业"]
    session.commit()
    assert view(cast("firm_liu"), photo_id).status_code == 200
    assert view(cast("firm_zhao"), photo_id).status_code == 404


def test_knowing_an_id_of_nothing_tells_nothing(chen: Actor) -> None:
    for answer in (view(chen, new_id()), send(chen, new_id(), b"x")):
        assert (answer.status_code, code(answer)) == (404, "core.not_found")
    assert chen.get("/api/photos/nonsense/content").status_code == 404


# Showing


def test_the_original_is_served_with_its_hash_for_ever(session: Session, chen: Actor) -> None:
    data = encoded(picture(seed=23))
    photo_id = stored(session, chen, data)
    answer = view(chen, photo_id)
    assert answer.data == data
    assert answer.headers["ETag"] == f'"{hashlib.sha256(data).hexdigest()}"'
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == f'inline; filename="{photo_id}-original.jpg"'
    assert int(answer.headers["Content-Length"]) == len(data)
    again = view(chen, photo_id, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-9", 0, 10), ("bytes=10-", 10, None), ("bytes=-7", -7, None), ("bytes=5-99999999", 5, None)],
)
def test_a_range_of_the_original(
    session: Session, chen: Actor, asked: str, start: int, end: int | None
) -> None:
    data = encoded(picture(seed=24))
    answer = view(chen, stored(session, chen, data), headers={"Range": asked})
    first = start % len(data)
    assert (answer.status_code, answer.data) == (206, data[start:end])
    assert answer.headers["Content-Range"] == f"bytes {first}-{first + len(answer.data) - 1}/{len(data)}"


def test_ranges_that_are_none(session: Session, chen: Actor) -> None:
    data = encoded(picture(seed=25))
    photo_id = stored(session, chen, data)
    beyond = view(chen, photo_id, headers={"Range": f"bytes={len(data)}-"})
    assert (beyond.status_code, code(beyond)) == (416, "photo.range_not_satisfiable")
    for asked in ("bytes=0-1,5-6", "lines=1-2", "nonsense"):
        assert view(chen, photo_id, headers={"Range": asked}).data == data
    other = view(chen, photo_id, headers={"Range": "bytes=0-9", "If-Range": '"another"'})
    assert (other.status_code, other.data) == (200, data)


def test_views_before_and_after_the_worker_are_the_same(session: Session, chen: Actor) -> None:
    data = encoded(picture((2000, 1500), seed=26))
    photo_id = stored(session, chen, data)
    early = {size: view(chen, photo_id, size) for size in ("thumb", "large")}
    service.make_views(session, hashlib.sha256(data).digest())
    session.commit()
    blob = session.get_one(Blob, hashlib.sha256(data).digest())
    for size, key in (("thumb", blob.thumb_sha256), ("large", blob.large_sha256)):
        late = view(chen, photo_id, size)
        assert late.data == early[size].data
        assert late.headers["ETag"] == early[size].headers["ETag"] == f'"{key.hex()}"'  # type: ignore[union-attr]
        assert late.content_type == "image/jpeg"
        assert max(Image.open(io.BytesIO(late.data)).size) == {"thumb": 320, "large": 1600}[size]


def test_a_photo_that_needs_no_large_view_is_its_own(session: Session, chen: Actor) -> None:
    data = encoded(picture(seed=27))
    assert view(chen, stored(session, chen, data), "large").data == data


def test_a_heic_is_shown_as_jpeg_and_kept_as_heic(session: Session, chen: Actor, shared_data: Path) -> None:
    data = (shared_data / "photos" / "phone_iphone13.heic").read_bytes()
    photo_id = stored(session, chen, data, mime="image/heic")
    assert (view(chen, photo_id).content_type, view(chen, photo_id).data) == ("image/heic", data)
    assert view(chen, photo_id).headers["Content-Disposition"].endswith('.heic"')
    large = view(chen, photo_id, "large")
    assert large.content_type == "image/jpeg"
    assert Image.open(io.BytesIO(large.data)).size == (1200, 1600)


def test_what_has_not_arrived_cannot_be_shown(session: Session, chen: Actor) -> None:
    photo_id = expected(session, chen, encoded(picture(seed=28)))
    for size in ("thumb", "large", "original"):
        answer = view(chen, photo_id, size)
        assert (answer.status_code, code(answer)) == (404, "photo.not_stored")
    assert view(chen, photo_id, "huge").status_code == 422


def test_storing_enqueues_the_views_once(session: Session, chen: Actor) -> None:
    data = encoded(picture(seed=29))
    stored(session, chen, data)
    stored(session, chen, data)
    query = sa.text("SELECT args->>'sha256' FROM procrastinate_jobs WHERE task_name = 'photos.make_views'")
    assert list(session.scalars(query)) == [hashlib.sha256(data).hexdigest()]
    jobs.make_views(hashlib.sha256(data).hexdigest())
    blob = session.get_one(Blob, hashlib.sha256(data).digest())
    assert (blob.thumb_sha256 is None, blob.large_sha256) == (False, None)


def test_an_original_that_cannot_be_decoded_stays_and_says_so(session: Session, chen: Actor) -> None:
    whole = encoded(picture(seed=30), "HEIF")
    at = whole.index(b"mdat") + 4
    data = whole[:at] + bytes(len(whole) - at)
    photo_id = stored(session, chen, data, mime="image/heic")
    service.make_views(session, hashlib.sha256(data).digest())
    session.commit()
    assert row(session, photo_id).flags == ["photo.undecodable"]
    assert view(chen, photo_id).data == data
    answer = view(chen, photo_id, "thumb")
    assert (answer.status_code, code(answer)) == (422, "photo.undecodable")
    assert send(chen, photo_id, data).status_code == 200
    assert prints.rendition(session, row(session, photo_id)) is None


def test_a_copy_for_print(session: Session, chen: Actor) -> None:
    photo_id = stored(session, chen, encoded(picture((2000, 1500), seed=31)))
    copy = prints.rendition(session, row(session, photo_id))
    assert copy is not None
    assert Image.open(io.BytesIO(copy)).size == (800, 600)
    waiting = expected(session, chen, b"not here yet")
    assert prints.rendition(session, row(session, waiting)) is None


def test_the_print_copy_of_a_before_photo_is_made_ahead(
    session: Session, chen: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = encoded(picture((2000, 1500), seed=32))
    photo = row(session, stored(session, chen, data))
    jobs.make_views(hashlib.sha256(data).hexdigest())
    with monkeypatch.context() as patch:
        patch.setattr(prints.imaging, "scaled", None)  # whoever scaled again would fail
        ahead = prints.rendition(session, photo)
    assert ahead is not None
    prints.forget(datetime.now(UTC) + prints.KEPT_FOR + timedelta(hours=1))
    assert prints.rendition(session, photo) == ahead  # made anew, the same to the byte


def test_photos_of_a_case_as_one_may_see_them(session: Session, cast: Cast, chen: Actor) -> None:
    one, two = declaration(b"one"), declaration(b"two")
    case_id = declare(session, chen, one, two)
    mine = service.of_case(session, identity_of(chen), case_id)
    assert {photo["id"] for photo in mine} == {one["photo_id"], two["photo_id"]}
    stranger = replace(identity_of(chen), path=PATHS["松涛社区"][1])
    assert service.of_case(session, stranger, case_id) == []
