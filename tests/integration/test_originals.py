"""The camera's own file, and short video: sent last, proven, kept beside the rendition, shown by right."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from server.core import context, ledger, receipts
from server.core.clock import FixedClock
from server.core.db import new_id
from server.core.receipt_keys import public_keys
from server.photos import originals, service, uploading
from server.photos.errors import UnsupportedType
from server.photos.models import Blob, OriginalUpload, Photo
from tests.factories.actors import Actor
from tests.factories.evidence import declaration, declare, headers, identity_of, send
from tests.factories.pictures import bomb, encoded, photo_of, picture
from tests.factories.videos import fragmented, mp4, webm
from tests.factories.world import NOW

Cast = Callable[[str], Actor]


@pytest.fixture
def chen(cast: Cast) -> Actor:
    return cast("inspector_chen")


def announced(session: Session, actor: Actor, original: bytes, **changes: Any) -> tuple[uuid.UUID, uuid.UUID]:
    """A stored photo whose original was announced; its id and the case's."""
    data = encoded(picture(seed=len(original)))
    told = {
        "original_sha256": hashlib.sha256(original).digest(),
        "original_size": len(original),
        "original_mime": "image/jpeg",
    }
    one = declaration(data, **(told | changes))
    case_id = declare(session, actor, one)
    assert send(actor, one["photo_id"], data).status_code == 200
    return one["photo_id"], case_id


def clip(session: Session, actor: Actor, data: bytes, **changes: Any) -> tuple[uuid.UUID, uuid.UUID]:
    """The stored poster of a video that was announced."""
    return announced(session, actor, data, **({"kind": "V", "original_mime": "video/webm"} | changes))


def deliver(
    actor: Actor, photo_id: uuid.UUID, data: bytes, start: int = 0, end: int | None = None, **more: Any
) -> Any:
    stop = len(data) if end is None else end
    told = {"length": len(data), "complete": stop >= len(data)} | more
    return actor.client.patch(
        f"/api/photos/{photo_id}/original", data=data[start:stop], headers=headers(start, **told)
    )


def read(actor: Actor, photo_id: uuid.UUID, **more: Any) -> Any:
    return actor.client.get(f"/api/photos/{photo_id}/original", **more)


def row(session: Session, photo_id: uuid.UUID) -> Photo:
    return session.get_one(Photo, photo_id, populate_existing=True)


def code(answer: Any) -> str:
    return str(answer.get_json()["code"])


# Sending


def test_an_original_in_one_piece_is_stored_beside_its_photo_and_signed_for(
    session: Session, chen: Actor, app: Flask
) -> None:
    original = photo_of(120_000, seed=7)
    photo_id, case_id = announced(session, chen, original)
    assert row(session, photo_id).original_stored_at is None

    answer = deliver(chen, photo_id, original)
    assert answer.status_code == 200, answer.data
    told = answer.get_json()
    digest = hashlib.sha256(original).hexdigest()
    assert (told["sha256"], told["size"], told["mime"]) == (digest, len(original), "image/jpeg")
    receipt = told["receipt"]
    assert (receipt["kind"], receipt["id"], receipt["sha256"]) == ("original", str(photo_id), digest)
    with app.test_request_context():
        assert receipts.fault(receipt, public_keys(session)) is None

    photo = row(session, photo_id)
    assert photo.sha256.hex() != digest
    assert context.storage().read(digest) == original
    assert context.storage().exists(photo.sha256.hex())
    assert session.get_one(Blob, photo.original_sha256).exif == {}
    assert [line.act for line in ledger.lines(session, case_id)] == ["photo.stored", "photo.original_stored"]
    assert ledger.lines(session, case_id)[-1].data["rendition"] == photo.sha256.hex()


def test_pieces_survive_and_the_server_knows_where_to_go_on(session: Session, chen: Actor) -> None:
    original = photo_of(150_000, seed=8)
    photo_id, _ = announced(session, chen, original)
    url = f"/api/photos/{photo_id}/original"
    step = 64 * 1024
    for start in range(0, len(original), step):
        head = chen.client.head(url)
        assert (head.status_code, head.headers["Upload-Offset"]) == (204, str(start))
        answer = deliver(chen, photo_id, original, start, min(len(original), start + step))
        assert answer.status_code == (200 if start + step >= len(original) else 204)
    head = chen.client.head(url)
    assert head.headers["Upload-Complete"] == "?1"
    assert json.loads(head.headers["Upload-Receipt"]) == answer.get_json()["receipt"]
    assert not list((context.settings().var / "uploads").glob("*.part"))


def test_a_repetition_gets_the_same_receipt_and_changes_nothing(
    session: Session, chen: Actor, clock: FixedClock
) -> None:
    original = photo_of(60_000, seed=9)
    photo_id, case_id = announced(session, chen, original)
    first = deliver(chen, photo_id, original)
    for start in (0, len(original) - 1):
        assert deliver(chen, photo_id, original, start).get_json() == first.get_json()
    assert len(ledger.lines(session, case_id)) == 2


def test_the_true_offset_is_told_to_whoever_has_another(session: Session, chen: Actor) -> None:
    original = photo_of(60_000, seed=10)
    photo_id, _ = announced(session, chen, original)
    deliver(chen, photo_id, original, 0, 10_000)
    answer = deliver(chen, photo_id, original, 20_000)
    assert (answer.status_code, code(answer), answer.get_json()["offset"]) == (
        409, "photo.offset_mismatch", 10_000,
    )  # fmt: skip
    assert (
        code(deliver(chen, photo_id, original, 10_000, length=len(original) + 1)) == "photo.length_mismatch"
    )
    assert deliver(chen, photo_id, original, 10_000).status_code == 200


def test_other_bytes_than_at_the_shutter_are_refused_and_may_be_sent_again(
    session: Session, chen: Actor
) -> None:
    original = photo_of(60_000, seed=11)
    photo_id, _ = announced(session, chen, original)
    spoilt = original[:-20] + bytes(20)
    answer = deliver(chen, photo_id, spoilt)
    assert (answer.status_code, code(answer)) == (422, "photo.hash_mismatch")
    assert row(session, photo_id).original_stored_at is None
    assert not context.storage().exists(hashlib.sha256(spoilt).hexdigest())
    assert deliver(chen, photo_id, original).status_code == 200


def test_one_that_was_only_named_by_its_hash_is_welcome_too(session: Session, chen: Actor) -> None:
    original = photo_of(60_000, seed=12)
    photo_id, _ = announced(session, chen, original, original_size=None, original_mime=None)
    assert deliver(chen, photo_id, original).status_code == 200


def test_where_no_original_was_named_there_is_none(session: Session, chen: Actor) -> None:
    photo_id, _ = announced(session, chen, b"x", original_sha256=None, original_size=None, original_mime=None)
    assert chen.client.head(f"/api/photos/{photo_id}/original").status_code == 404
    assert deliver(chen, photo_id, b"x").status_code == 404
    assert read(chen, photo_id).status_code == 404
    assert chen.client.head(f"/api/photos/{new_id()}/original").status_code == 404


def test_more_than_the_limit_and_bombs_are_refused(session: Session, chen: Actor) -> None:
    photo_id, _ = announced(session, chen, b"x", original_size=None, original_mime=None)
    limit = context.settings().max_photo_bytes
    assert code(deliver(chen, photo_id, b"x", length=limit + 1)) == "photo.too_large"
    pixels = bomb()
    photo_id, _ = announced(session, chen, pixels, original_mime="image/png")
    for _ in range(2):  # the refusal is remembered
        answer = deliver(chen, photo_id, pixels)
        assert (answer.status_code, code(answer)) == (422, "photo.too_many_pixels")
    assert session.get_one(OriginalUpload, photo_id).refused == "photo.too_many_pixels"
    assert not context.storage().exists(hashlib.sha256(pixels).hexdigest())


def test_only_the_author_sends_it(session: Session, chen: Actor, cast: Cast) -> None:
    original = photo_of(60_000, seed=13)
    photo_id, _ = announced(session, chen, original)
    assert code(deliver(cast("supervisor_he"), photo_id, original)) == "photo.not_yours"
    assert row(session, photo_id).original_stored_at is None


def test_what_an_import_takes_in_a_dry_run_is_not_kept(session: Session, chen: Actor) -> None:
    original = photo_of(60_000, seed=14)
    photo_id, _ = announced(session, chen, original)
    assert originals.deliver(session, identity_of(chen), photo_id, original, NOW, keep=False) == "stored"
    assert not context.storage().exists(hashlib.sha256(original).hexdigest())
    assert originals.deliver(session, identity_of(chen), photo_id, original, NOW, keep=True) == "stored"
    assert originals.deliver(session, identity_of(chen), photo_id, original, NOW, keep=True) == "known"


# Looking


def test_officials_see_the_original_through_the_case_and_a_firm_does_not(
    session: Session, chen: Actor, cast: Cast
) -> None:
    original = photo_of(60_000, seed=15)
    photo_id, _ = announced(session, chen, original)
    assert code(read(chen, photo_id)) == "photo.not_stored"
    deliver(chen, photo_id, original)
    firm = cast("firm_liu")
    row(session, photo_id).firm_id = firm.world.firms["岸禾物业"]
    session.commit()
    assert firm.get(f"/api/photos/{photo_id}/content?size=thumb").status_code == 200

    answer = read(cast("supervisor_he"), photo_id)
    assert (answer.status_code, answer.data, answer.mimetype) == (200, original, "image/jpeg")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert read(firm, photo_id).status_code == 404


# Video


@pytest.mark.parametrize(
    ("data", "mime"), [(mp4(3), "video/mp4"), (fragmented(3), "video/mp4"), (webm(3), "video/webm")]
)
def test_a_video_is_the_original_of_its_poster(session: Session, chen: Actor, data: bytes, mime: str) -> None:
    photo_id, _ = clip(session, chen, data, original_mime=mime)
    answer = deliver(chen, photo_id, data)
    assert answer.status_code == 200, answer.data
    assert answer.get_json()["mime"] == mime
    photo = row(session, photo_id)
    assert photo.original_ms is not None
    assert 2_900 <= photo.original_ms <= 3_100
    told = service.document(photo, identity_of(chen))
    assert (told["original_mime"], told["original_ms"]) == (mime, photo.original_ms)

    part = read(chen, photo_id, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.data, part.mimetype) == (206, data[100:200], mime)
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(data)}"


def test_a_firm_sees_the_video_of_its_case_and_nobody_elses(
    session: Session, chen: Actor, cast: Cast
) -> None:
    photo_id, _ = clip(session, chen, webm(3))
    deliver(chen, photo_id, webm(3))
    firm = cast("firm_liu")
    assert read(firm, photo_id).status_code == 404
    row(session, photo_id).firm_id = firm.world.firms["岸禾物业"]
    session.commit()
    assert read(firm, photo_id).data == webm(3)


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (mp4(20), "photo.video_too_long"),
        (webm(20), "photo.video_too_long"),
        (mp4(3)[:-200], "photo.truncated"),
        (b"<html><body><script>alert(1)</script></body></html>", "photo.not_a_video"),
        (encoded(picture(seed=77)), "photo.not_a_video"),
    ],
)
def test_what_is_no_short_video_is_refused_and_its_poster_stays(
    session: Session, chen: Actor, data: bytes, refusal: str
) -> None:
    photo_id, case_id = clip(session, chen, data, original_mime="video/mp4")
    for _ in range(2):
        answer = deliver(chen, photo_id, data)
        assert (answer.status_code, code(answer)) == (422, refusal)
    assert not context.storage().exists(hashlib.sha256(data).hexdigest())
    assert [line.act for line in ledger.lines(session, case_id)] == ["photo.stored"]
    assert chen.client.head(f"/api/photos/{photo_id}/original").status_code == 422


def test_a_video_with_another_hash_is_refused(session: Session, chen: Actor) -> None:
    photo_id, _ = clip(session, chen, webm(3))
    answer = deliver(chen, photo_id, webm(4), length=len(webm(3)))
    assert code(answer) in {"photo.chunk_past_end", "photo.hash_mismatch"}
    same_length = bytearray(webm(3))
    same_length[-1] ^= 1
    assert code(deliver(chen, photo_id, bytes(same_length))) == "photo.hash_mismatch"


def test_a_video_in_the_place_of_a_picture_is_refused(session: Session, chen: Actor) -> None:
    photo_id, _ = announced(session, chen, webm(3))
    assert code(deliver(chen, photo_id, webm(3))) == "photo.not_an_image"


def test_a_declaration_announces_no_other_types(session: Session, chen: Actor) -> None:
    with pytest.raises(UnsupportedType):
        declare(session, chen, declaration(b"x", original_mime="text/html"))


def test_a_video_that_is_in_storage_already_proves_nothing_for_others(session: Session, chen: Actor) -> None:
    """The row of the second waits for its own bytes, and both name one object."""
    first, _ = clip(session, chen, webm(5))
    deliver(chen, first, webm(5))
    second, _ = clip(session, chen, webm(5))
    assert row(session, second).original_stored_at is None
    assert deliver(chen, second, webm(5)).status_code == 200
    assert uploading.staged_bytes(f"{second}-original") == 0
