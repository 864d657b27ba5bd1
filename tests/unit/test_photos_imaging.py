"""Looking into pictures: by content, whole, within limits; views upright and small."""

from __future__ import annotations

import io
import struct
import time
from pathlib import Path

import pytest
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from server.photos import imaging
from server.photos.errors import NotAnImage, TooManyPixels, Truncated, Undecodable
from tests.factories.pictures import bomb, encoded, photo_of, picture, rationals, tiff

# The server ignores what Pillow remarks about EXIF; pytest would make exceptions of it.
pytestmark = pytest.mark.filterwarnings("ignore:Corrupt EXIF:UserWarning")


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize(
    ("kind", "mime"),
    [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp"), ("HEIF", "image/heic")],
)
def test_a_picture_is_known_by_its_content(kind: str, mime: str) -> None:
    found = imaging.identify(encoded(picture((64, 48)), kind))
    assert (found.mime, found.width, found.height, found.orientation) == (mime, 64, 48, 1)


@pytest.mark.parametrize(
    "data",
    [
        b"<!doctype html><script>alert(1)</script>",
        b"",
        b"\0" * 1000,
        b"GIF89a" + b"\0" * 100,
        b"%PDF-1.7\n",
        b"BM" + b"\0" * 100,
    ],
    ids=["html", "empty", "zeros", "gif", "pdf", "bmp"],
)
def test_what_is_no_photo_is_refused(data: bytes) -> None:
    with pytest.raises(NotAnImage):
        imaging.identify(data)


def test_a_gif_is_refused_though_pillow_could_read_it() -> None:
    with pytest.raises(NotAnImage):
        imaging.identify(encoded(picture((64, 48), "P"), "GIF"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9, 0.999])
def test_a_truncated_picture_is_refused(kind: str, part: float) -> None:
    whole = encoded(picture((640, 480)), kind)
    with pytest.raises((Truncated, NotAnImage)) as caught:
        imaging.identify(whole[: int(len(whole) * part)])
    if part > 0.5:
        assert caught.type is Truncated


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}], ids=str)
def test_a_whole_jpeg_is_known_without_decoding(
    options: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = encoded(picture((640, 480)), **options)
    monkeypatch.setattr(JpegImageFile, "load", lambda self: pytest.fail("decoded"))
    for tail in (b"", b"a second picture or the maker's notes"):
        assert imaging.identify(data + tail).width == 640


def test_a_jpeg_with_odd_markers_is_decoded_before_it_is_refused() -> None:
    data = encoded(picture((640, 480)))
    at = data.index(b"\xff\xda")
    padded = data[:at] + b"\xff\xff" + data[at:]
    assert imaging.identify(padded).width == 640
    with pytest.raises(Truncated):
        imaging.identify(padded[:-2000])


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    data = bomb()
    assert len(data) < 150_000
    began = time.process_time()
    with pytest.raises(TooManyPixels):
        imaging.identify(data)
    assert time.process_time() - began < 0.2


def test_the_limit_counts_pixels() -> None:
    data = encoded(picture((100, 100)))
    assert imaging.identify(data, max_pixels=10_000).width == 100
    with pytest.raises(TooManyPixels) as caught:
        imaging.identify(data, max_pixels=9_999)
    assert caught.value.extra == {"limit": 9_999}


GOOD = [(0x010F, 2, 6, b"Apple\0"), (0x0110, 2, 10, b"iPhone 13\0"), (0x0112, 3, 1, b"\x06\0")]
NORTH, EAST = (1, 2, 2, b"N\0"), (3, 2, 2, b"E\0")
LAT = (2, 5, 3, rationals((31, 1), (14, 1), (3000, 100)))
LON = (4, 5, 3, rationals((121, 1), (28, 1), (0, 1)))


def test_helpful_exif_is_kept() -> None:
    facts = imaging.identify(encoded(picture(), exif=tiff(GOOD, [NORTH, LAT, EAST, LON]))).exif
    assert facts == {
        "make": "Apple",
        "model": "iPhone 13",
        "orientation": 6,
        "lat": pytest.approx(31.2416667, abs=1e-6),
        "lon": pytest.approx(121.4666667, abs=1e-6),
    }


BROKEN_GPS = {
    "denominator zero": [NORTH, (2, 5, 3, rationals((31, 0), (0, 0), (1, 0))), EAST, LON],
    "latitude beyond 90": [NORTH, (2, 5, 3, rationals((310, 1), (0, 1), (0, 1))), EAST, LON],
    "two numbers": [NORTH, (2, 5, 2, rationals((31, 1), (0, 1))), EAST, LON],
    "text for a number": [NORTH, (2, 2, 8, b"thirty1\0"), EAST, LON],
    "no reference": [LAT, LON],
    "reference a number": [(1, 3, 1, b"\1\0"), LAT, EAST, LON],
    "directory out of the file": [
        NORTH,
        (2, 5, 3, rationals((1, 1), (1, 1), (1, 1))),
        EAST,
        (4, 5, 9999, b"\xff" * 8),
    ],
    "nothing": [],
}


@pytest.mark.parametrize("gps", BROKEN_GPS.values(), ids=BROKEN_GPS.keys())
def test_broken_gps_hurts_nobody(gps: list[tuple[int, int, int, bytes]]) -> None:
    found = imaging.identify(encoded(picture(), exif=tiff(GOOD, gps)))
    assert not {"lat", "lon"} & set(found.exif)
    assert found.exif["make"] == "Apple"
    assert imaging.views(encoded(picture(), exif=tiff(GOOD, gps))).thumb


@pytest.mark.parametrize(
    "exif",
    [
        b"Exif\0\0",
        b"Exif\0\0garbage garbage",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0MM\0*" + b"\xff" * 60,
    ],
)
def test_broken_exif_hurts_nobody(exif: bytes) -> None:
    found = imaging.identify(encoded(picture(), exif=exif))
    assert found.mime == "image/jpeg"


def test_exif_text_is_fit_for_the_database() -> None:
    dirty = "A\0\x07B\ud800".encode("utf-8", "surrogatepass") + b"\0"
    facts = imaging.identify(encoded(picture(), exif=tiff([(0x010F, 2, len(dirty), dirty)], []))).exif
    assert "\0" not in facts.get("make", "")
    assert not any(0xD800 <= ord(char) <= 0xDFFF for char in facts.get("make", ""))


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"2026:11:20 09:15:00\0", "2026-11-20T09:15:00"),
        (b"0000:00:00 00:00:00\0", None),
        (b"yesterday\0", None),
    ],
)
def test_the_time_of_the_shutter(raw: bytes, told: str | None) -> None:
    facts = imaging.identify(encoded(picture(), exif=tiff([(0x0132, 2, len(raw), raw)], []))).exif
    assert facts.get("taken_at") == told


@pytest.mark.parametrize("orientation", range(1, 9))
def test_views_are_upright(orientation: int) -> None:
    """A red corner, turned as EXIF says, must come out at the top left."""
    upright = Image.new("RGB", (400, 300), "blue")
    upright.paste("red", (0, 0, 100, 100))
    undo = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    stored = upright if undo is None else upright.transpose(undo)
    exif = tiff([(0x0112, 3, 1, struct.pack("<H", orientation))], [])
    made = imaging.views(encoded(stored, exif=exif))
    for view in filter(None, (made.thumb, made.large)):
        image = opened(view)
        assert image.width > image.height
        red, _, blue = image.getpixel((20, 20))  # type: ignore[misc]
        assert red > 200
        assert blue < 60
        assert image.getexif() == {}
    assert (made.large is None) == (orientation == 1)


@pytest.mark.parametrize("size", [(320, 240), (1600, 1200), (1601, 900), (4000, 3000), (10, 3000), (5, 5)])
def test_views_fit_their_boxes(size: tuple[int, int]) -> None:
    made = imaging.views(encoded(picture(size)))
    thumb = opened(made.thumb)
    assert max(thumb.size) == min(320, max(size))
    if max(size) <= 1600:
        assert made.large is None
    else:
        assert made.large is not None
        assert max(opened(made.large).size) == 1600


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("PNG", "RGBA"),
        ("PNG", "LA"),
        ("PNG", "P"),
        ("PNG", "1"),
        ("WEBP", "RGBA"),
        ("JPEG", "CMYK"),
        ("JPEG", "L"),
    ],
)
def test_views_of_every_mode_are_rgb_jpegs(kind: str, mode: str) -> None:
    image = opened(imaging.views(encoded(picture((400, 300), mode), kind)).thumb)
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (320, 240))


def test_sixteen_bits_of_grey_keep_their_grey() -> None:
    data = encoded(Image.new("I;16", (400, 300), 30_000), "PNG")
    grey = opened(imaging.views(data).thumb).convert("L").getpixel((5, 5))
    assert abs(grey - 30_000 / 256) <= 2


def test_what_is_transparent_becomes_white() -> None:
    data = encoded(Image.new("RGBA", (400, 300), (0, 0, 0, 0)), "PNG")
    assert opened(imaging.views(data).thumb).getpixel((5, 5)) == (255, 255, 255)


def test_a_heic_gets_a_large_view_that_browsers_can_read() -> None:
    made = imaging.views(encoded(picture((800, 600)), "HEIF"))
    assert made.large is not None
    assert (opened(made.large).format, opened(made.large).size) == ("JPEG", (800, 600))


def test_bytes_that_only_look_whole_are_undecodable() -> None:
    whole = encoded(picture((640, 480)), "HEIF")
    at = whole.index(b"mdat") + 4
    broken = whole[:at] + bytes(len(whole) - at)
    assert imaging.identify(broken).mime == "image/heic"
    with pytest.raises(Undecodable):
        imaging.views(broken)


def test_a_scaled_copy_for_print() -> None:
    copy = opened(imaging.scaled(encoded(picture((3000, 2000))), 900))
    assert (copy.format, copy.size) == ("JPEG", (900, 600))


def test_a_photo_of_a_phone_is_proven_whole_in_no_time() -> None:
    data = photo_of(400_000)
    imaging.identify(data)
    began = time.process_time()
    for _ in range(10):
        imaging.identify(data)
    assert (time.process_time() - began) / 10 < 0.002


def test_real_photos(shared_data: Path) -> None:
    folder = shared_data / "photos"
    for path in sorted(folder.iterdir()):
        data = path.read_bytes()
        found, made = imaging.identify(data), imaging.views(data)
        assert found.mime == ("image/heic" if path.suffix == ".heic" else "image/jpeg")
        assert max(opened(made.thumb).size) <= 320
    nokia = imaging.identify((folder / "phone_nokia_12mp.jpg").read_bytes())
    assert nokia.exif["lat"] == pytest.approx(60.1467, abs=1e-3)
    heic = imaging.views((folder / "phone_iphone13.heic").read_bytes())
    assert heic.large is not None
    assert opened(heic.large).size == (1200, 1600)
