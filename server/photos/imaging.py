"""Looking into pictures: what a file is, whether it is whole, and smaller upright views of it.

A file of its own beside the usual ones, because decoders are the one place where hostile bytes meet
native code: formats are an allow-list, pixels are counted before anything is unpacked, and whatever a
decoder throws becomes one of three refusals.

Whether a file is whole is read from its structure, in 0.2 ms: JPEG by its markers up to the last one, PNG
by the checksums of its chunks, WebP and HEIC by the lengths of their boxes. A JPEG whose markers are odd is
decoded at an eighth of its size (2.5 ms for 400 KB) before it is refused. Pixels (20 to 330 ms for what
phones take) are left to the worker, which proves them once more by making the views.
"""

from __future__ import annotations

import io
import math
import re
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import pillow_heif
from PIL import ExifTags, Image, UnidentifiedImageError

from server.photos.errors import NotAnImage, TooManyPixels, Truncated, Undecodable
from server.photos.rules import LARGE_PX, THUMB_PX, needs_large

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
MIME_OF = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "HEIF": "image/heic",
}
"""By Pillow's names; MPO is a JPEG with further pictures behind it, as phones write."""

MAX_PIXELS = 60_000_000
QUALITY_THUMB, QUALITY_LARGE = 72, 82
LONGEST_PROFILE = 4096  # bytes of an ICC profile that a view may carry
LONGEST_TEXT = 64

pillow_heif.register_heif_opener()
warnings.simplefilter("error", Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")  # corrupt EXIF is no news

_DECODING = threading.BoundedSemaphore(2)
"""A full decode takes up to four bytes a pixel, 240 MB: two at a time in a process."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What a file turned out to be. `exif` has only helpful, plausible fields."""

    mime: str
    width: int
    height: int
    exif: dict[str, Any]

    @property
    def orientation(self) -> int:
        """1 is upright; 2 to 8 as EXIF has them."""
        return int(self.exif.get("orientation", 1))


@dataclass(frozen=True, slots=True)
class Views:
    """JPEG views without metadata. `large` is None where the original serves as one."""

    thumb: bytes
    large: bytes | None


def identify(data: bytes, max_pixels: int = MAX_PIXELS) -> Picture:
    """What `data` is, by content. Raises `NotAnImage`, `TooManyPixels` or `Truncated`."""
    image = _open(data, max_pixels)
    width, height = image.size
    picture = Picture(MIME_OF[str(image.format)], width, height, exif_facts(image))
    _WHOLE[picture.mime](data, image)
    return picture


def views(data: bytes, max_pixels: int = MAX_PIXELS) -> Views:
    """Both views from one decode. Raises `Undecodable` (or what `identify` raises)."""
    image = _open(data, max_pixels)
    orientation = exif_facts(image).get("orientation", 1)
    if not needs_large(MIME_OF[str(image.format)], *image.size, orientation):
        return Views(_jpeg(_upright(image, THUMB_PX), QUALITY_THUMB), None)
    large = _upright(image, LARGE_PX)
    thumb = large.copy()
    thumb.thumbnail((THUMB_PX, THUMB_PX), Image.Resampling.LANCZOS)
    return Views(_jpeg(thumb, QUALITY_THUMB), _jpeg(large, QUALITY_LARGE))


def scaled(data: bytes, longest: int, max_pixels: int = MAX_PIXELS) -> bytes:
    """An upright JPEG whose longer side is at most `longest` pixels. Raises as `views`."""
    return _jpeg(_upright(_open(data, max_pixels), longest), QUALITY_LARGE)


def exif_facts(image: Image.Image) -> dict[str, Any]:
    """The EXIF fields that help a reviewer: taken_at, make, model, software, lon, lat, orientation.

    EXIF is written by thousands of devices and edited by as many programs. A field that is broken is left
    out, and never costs the photo or the other fields.
    """
    exif = _quietly(lambda: _exif(image))
    if exif is None:
        return {}
    details = _quietly(lambda: exif.get_ifd(ExifTags.IFD.Exif)) or {}
    found: dict[str, Any] = {
        "taken_at": _quietly(lambda: _taken_at(exif, details)),
        "make": _quietly(lambda: _text(exif.get(ExifTags.Base.Make))),
        "model": _quietly(lambda: _text(exif.get(ExifTags.Base.Model))),
        "software": _quietly(lambda: _text(exif.get(ExifTags.Base.Software))),
        "orientation": _quietly(lambda: _orientation(exif.get(ExifTags.Base.Orientation))),
    }
    found |= _quietly(lambda: _lon_lat(exif.get_ifd(ExifTags.IFD.GPSInfo))) or {}
    return {name: value for name, value in found.items() if value is not None}


def _open(data: bytes, max_pixels: int) -> Image.Image:
    """The picture, header read, pixels not."""
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooManyPixels(limit=max_pixels) from error
    except UnidentifiedImageError as error:
        raise NotAnImage() from error
    except Exception as error:  # a decoder choked on the header of what had the right first bytes
        raise Truncated() from error
    if image.width * image.height > max_pixels:
        raise TooManyPixels(limit=max_pixels)
    return image


def _whole_jpeg(data: bytes, image: Image.Image) -> None:
    if _reaches_its_end(data):
        return
    try:
        image.draft("RGB", (max(1, image.width // 8), max(1, image.height // 8)))
        image.load()
    except Exception as error:
        raise Truncated() from error


_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9


def _reaches_its_end(data: bytes) -> bool:
    """Walk the markers (ITU-T T.81, B.1): segments by their lengths, scans up to the next marker.

    Where the file ends with the last marker, as nearly all do, the first scan is as far as we need to walk.
    """
    ends = data.endswith(bytes((0xFF, _END_OF_IMAGE)))
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == _START_OF_SCAN:
            if ends and at < len(data):
                return True
            found = _NEXT_MARKER.search(data, at)
            if found is None:
                return False
            at = found.start()
            if data[at + 1] == _END_OF_IMAGE:
                return True
    return False


def _whole_png(data: bytes, image: Image.Image) -> None:
    try:
        image.verify()
    except Exception as error:
        raise Truncated() from error


def _whole_webp(data: bytes, image: Image.Image) -> None:
    if int.from_bytes(data[4:8], "little") + 8 > len(data):
        raise Truncated()


def _whole_heic(data: bytes, image: Image.Image) -> None:
    """Walk the boxes (ISO/IEC 14496-12, 4.2): size 1 has 64 bits behind the name, 0 reaches to the end."""
    at, seen = 0, set()
    while at < len(data):
        head = data[at : at + 16]
        size = int.from_bytes(head[:4], "big")
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        seen.add(head[4:8])
        if size == 0:
            break
        if size < 8 or at + size > len(data):
            raise Truncated()
        at += size
    if b"meta" not in seen:
        raise Truncated()


_WHOLE: dict[str, Callable[[bytes, Image.Image], None]] = {
    "image/jpeg": _whole_jpeg,
    "image/png": _whole_png,
    "image/webp": _whole_webp,
    "image/heic": _whole_heic,
}


def _upright(image: Image.Image, longest: int) -> Image.Image:
    """Decoded, at most `longest` pixels on the longer side, turned as EXIF says, RGB without alpha."""
    turn = _TURNS.get(exif_facts(image).get("orientation", 1))
    with _DECODING:
        try:
            if image.mode not in _SCALABLE:
                image = _opaque(image)
            image.thumbnail((longest, longest), Image.Resampling.LANCZOS, reducing_gap=1.0)
            image.load()  # one that fits already is not decoded by thumbnail()
            image = image if turn is None else image.transpose(turn)
            return image if image.mode == "RGB" else _converted(image)
        except Exception as error:
            raise Undecodable() from error


_SCALABLE = ("RGB", "L", "CMYK", "YCbCr")
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _opaque(image: Image.Image) -> Image.Image:
    """On white paper. Palettes and alpha do not survive scaling; 16 bits of grey become 8."""
    if image.mode.startswith("I"):
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    flat = Image.new("RGB", layer.size, "white")
    flat.paste(layer, mask=layer.getchannel("A"))
    return flat


def _converted(image: Image.Image) -> Image.Image:
    """RGB; a profile for other channels would be wrong there."""
    result = image.convert("RGB")
    result.info.pop("icc_profile", None)
    return result


def _exif(image: Image.Image) -> Image.Exif:
    """Pillow decodes a whole PNG to look for EXIF behind its pixels; nobody writes it there."""
    if image.format == "PNG" and "exif" not in image.info:
        return Image.Exif()
    return image.getexif()


def _jpeg(image: Image.Image, quality: int) -> bytes:
    profile = image.info.get("icc_profile") or b""
    target = io.BytesIO()
    kept = {"icc_profile": profile} if 0 < len(profile) <= LONGEST_PROFILE else {"icc_profile": None}
    image.save(target, "JPEG", quality=quality, exif=b"", **kept)
    return target.getvalue()


_T = TypeVar("_T")


def _quietly(read: Callable[[], _T]) -> _T | None:
    try:
        return read()
    except Exception:
        return None


def _text(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    text = re.sub(r"[^\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd]", "", value).strip()[:LONGEST_TEXT]
    return text or None


def _orientation(value: Any) -> int | None:
    return value if isinstance(value, int) and 1 <= value <= 8 else None


def _taken_at(exif: Image.Exif, details: dict[int, Any]) -> str | None:
    """ISO 8601, with offset where the camera wrote one (EXIF 2.31), else local time of who knows where."""
    raw = details.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    at = datetime.strptime(str(raw).strip("\0 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - EXIF times are naive
    offset = str(details.get(ExifTags.Base.OffsetTimeOriginal) or "").strip("\0 ")
    return at.isoformat() + (offset if re.fullmatch(r"[+-](0\d|1[0-4]):[0-5]\d", offset) else "")


def _lon_lat(gps: dict[int, Any]) -> dict[str, float]:
    lat = _degrees(gps[ExifTags.GPS.GPSLatitude], gps[ExifTags.GPS.GPSLatitudeRef], "NS", 90)
    lon = _degrees(gps[ExifTags.GPS.GPSLongitude], gps[ExifTags.GPS.GPSLongitudeRef], "EW", 180)
    return {"lon": lon, "lat": lat}


def _degrees(parts: Any, reference: str, signs: str, limit: float) -> float:
    """Degrees, minutes, seconds as rationals; raises for what is no angle (a denominator of 0 gives NaN)."""
    degrees, minutes, seconds = (float(part) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value) or not 0 <= value <= limit or min(degrees, minutes, seconds) < 0:
        raise ValueError("not an angle")
    return round(value if reference.strip("\0 ")[:1].upper() == signs[0] else -value, 7)
