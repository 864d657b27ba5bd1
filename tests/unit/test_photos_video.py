"""What a video is and how long it runs, from its container; files that lie, files that are cut."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.photos import video
from server.photos.errors import NotAVideo, Truncated, VideoTooLong
from tests.factories.pictures import encoded, picture
from tests.factories.videos import fragmented, mp4, sound_only, webm

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


@pytest.mark.parametrize(("name", "mime"), [("recorded.mp4", "video/mp4"), ("recorded.webm", "video/webm")])
def test_what_a_browser_recorded_for_two_seconds(name: str, mime: str) -> None:
    found = video.identify((GOLDEN / name).read_bytes())
    assert (found.mime, found.width, found.height) == (mime, 320, 240)
    assert 1_500 <= found.milliseconds <= 2_500


@pytest.mark.parametrize(
    ("data", "mime", "milliseconds"),
    [
        (mp4(3.0), "video/mp4", 3_000),
        (mp4(3.0, brand=b"qt  ", sound=False), "video/mp4", 3_000),
        (mp4(15.5), "video/mp4", 15_500),
        (fragmented(4.0), "video/mp4", 4_000),
        (webm(3.0), "video/webm", 2_990),
        (webm(2.0, said=2.04), "video/webm", 2_040),
    ],
)
def test_containers_of_cameras_and_recorders(data: bytes, mime: str, milliseconds: int) -> None:
    assert video.identify(data) == video.Video(mime, 640, 480, milliseconds)


@pytest.mark.parametrize(
    "data", [mp4(20), fragmented(20), webm(20), webm(3, said=20), mp4(3, said=20), mp4(20, said=3)]
)
def test_longer_than_fifteen_seconds_whatever_the_head_says(data: bytes) -> None:
    with pytest.raises(VideoTooLong):
        video.identify(data)


@pytest.mark.parametrize("whole", [mp4(3), fragmented(3), webm(3)])
@pytest.mark.parametrize("share", [0.2, 0.6, 0.99])
def test_what_was_cut_off_is_not_whole(whole: bytes, share: float) -> None:
    with pytest.raises(Truncated):
        video.identify(whole[: int(len(whole) * share)])


@pytest.mark.parametrize(
    "data",
    [
        b"<html><script>alert(1)</script></html>",
        b"",
        b"\0\0\0\x18ftypheic" + bytes(100),
        encoded(picture()),
        sound_only(),
        webm(3, kind=b"matroska"),
        webm(3, track=2),
        b"\x1a\x45\xdf\xa3\x80" + b"\xec\x80" * 200_000,
    ],
)
def test_what_is_no_video(data: bytes) -> None:
    with pytest.raises(NotAVideo):
        video.identify(data)


@pytest.mark.parametrize("seed", range(40))
def test_spoilt_bytes_are_refused_or_read_and_never_anything_else(seed: int) -> None:
    import random

    source = random.Random(seed)
    for whole in (mp4(2), fragmented(2), webm(2)):
        data = bytearray(whole)
        for _ in range(8):
            data[source.randrange(len(data))] = source.randrange(256)
        try:
            video.identify(bytes(data))
        except (NotAVideo, Truncated, VideoTooLong):
            continue
