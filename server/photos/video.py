"""What a short video is, read from its container alone: no frame is decoded, no codec is loaded.

Two families are taken, since these are what cameras and browsers of phones write: ISO base media
(MP4 and QuickTime, ISO/IEC 14496-12, also in fragments) and WebM (RFC 8794, RFC 9559). Nothing is believed
that the file says about itself alone: how long it runs is the longest of what its head, its tables of samples
and its pieces say, so that a head that says three seconds does not let three minutes through.

Recorders in browsers write as they go: a WebM of theirs has no duration in its head and clusters of unknown
size, an MP4 comes in fragments with a duration of nought.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from server.photos.errors import NotAVideo, Truncated, VideoTooLong
from server.photos.rules import VIDEO_MS, video_too_long

STILLS = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif"})
"""Brands of ISO base media that are pictures."""

MOST_ROWS = 100_000
"""Rows of a table and elements of a file: at 60 frames a second a quarter of an hour and more. What has more
is no short video, and nobody walks through twelve million empty elements for it."""


@dataclass(frozen=True, slots=True)
class Video:
    """What a file turned out to be: `video/mp4` or `video/webm`, pixels, milliseconds."""

    mime: str
    width: int
    height: int
    milliseconds: int


def is_container(data: bytes) -> bool:
    """Whether the first bytes are those of a moving picture."""
    return data[:4] == EBML or (data[4:8] == b"ftyp" and data[8:12] not in STILLS)


def identify(data: bytes) -> Video:
    """What `data` is. Raises `NotAVideo`, `Truncated` or `VideoTooLong`."""
    if not is_container(data):
        raise NotAVideo()
    try:
        found = _webm(data) if data[:4] == EBML else _mp4(data)
    except (struct.error, IndexError, OverflowError, ValueError) as error:  # ends in the middle of a number
        raise Truncated() from error
    if video_too_long(found.milliseconds):
        raise VideoTooLong(limit_ms=VIDEO_MS, milliseconds=found.milliseconds)
    return found


# ISO base media: boxes of length, name, content


@dataclass
class _Track:
    """One `trak` and what the fragments add to it. Times are in units of `timescale` a second."""

    timescale: int = 0
    is_video: bool = False
    width: int = 0
    height: int = 0
    lasts: int = 0
    sample: int = 0
    reached: int = 0

    @property
    def milliseconds(self) -> int:
        return max(self.lasts, self.reached) * 1000 // self.timescale if self.timescale else 0


@dataclass
class _Movie:
    tracks: dict[int, _Track] = field(default_factory=dict)
    milliseconds: int = 0
    has_media: bool = False


def _mp4(data: bytes) -> Video:
    movie = _Movie()
    for name, start, end in _boxes(data, 0, len(data)):
        if name == b"moov":
            _read_moov(data, start, end, movie)
        elif name == b"moof":
            _read_moof(data, start, end, movie)
        elif name == b"mdat":
            movie.has_media = True
    if not movie.tracks or not movie.has_media:  # the head may lie behind what was cut off
        raise Truncated()
    shown = next((track for track in movie.tracks.values() if track.is_video), None)
    if shown is None:
        raise NotAVideo()
    longest = max(movie.milliseconds, *(track.milliseconds for track in movie.tracks.values()))
    if longest == 0:
        raise Truncated()
    return Video("video/mp4", shown.width, shown.height, longest)


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Names of the boxes between two places, with where the content of each begins and ends.

    Size 1 has 64 bits behind the name, 0 reaches to the end. Raises `Truncated` for one that is longer.
    """
    at, seen = start, 0
    while at + 8 <= end:
        seen += 1
        if seen > MOST_ROWS:
            raise NotAVideo()
        size, head = int.from_bytes(data[at : at + 4], "big"), 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        if size == 0:
            size = end - at
        if size < head or at + size > end:
            raise Truncated()
        yield data[at + 4 : at + 8], at + head, at + size
        at += size


def _inside(data: bytes, start: int, end: int, *path: bytes) -> Iterator[tuple[int, int]]:
    """Where the contents lie of all boxes that one comes to by `path`."""
    for name, begin, stop in _boxes(data, start, end):
        if name != path[0]:
            continue
        if len(path) == 1:
            yield begin, stop
        else:
            yield from _inside(data, begin, stop, *path[1:])


def _read_moov(data: bytes, start: int, end: int, movie: _Movie) -> None:
    for begin, _ in _inside(data, start, end, b"mvhd"):
        scale, lasts = _scale_and_duration(data, begin)
        movie.milliseconds = max(movie.milliseconds, lasts * 1000 // scale if scale else 0)
    for begin, stop in _inside(data, start, end, b"trak"):
        number, track = _track(data, begin, stop)
        movie.tracks[number] = track
    for begin, _ in _inside(data, start, end, b"mvex", b"trex"):
        number, sample = struct.unpack_from(">I4xI", data, begin + 4)
        if number in movie.tracks:
            movie.tracks[number].sample = sample


def _scale_and_duration(data: bytes, at: int) -> tuple[int, int]:
    """Of `mvhd` and `mdhd`. A duration of all ones says that it is not known."""
    if data[at] == 1:
        scale, lasts = struct.unpack_from(">IQ", data, at + 20)
        return scale, 0 if lasts == 2**64 - 1 else lasts
    scale, lasts = struct.unpack_from(">II", data, at + 12)
    return scale, 0 if lasts == 2**32 - 1 else lasts


def _track(data: bytes, start: int, end: int) -> tuple[int, _Track]:
    track, number = _Track(), 0
    for begin, stop in _inside(data, start, end, b"tkhd"):
        number = struct.unpack_from(">I", data, begin + (20 if data[begin] == 1 else 12))[0]
        width, height = struct.unpack_from(">II", data, stop - 8)
        track.width, track.height = width >> 16, height >> 16
    for begin, _ in _inside(data, start, end, b"mdia", b"mdhd"):
        track.timescale, track.lasts = _scale_and_duration(data, begin)
    for begin, _ in _inside(data, start, end, b"mdia", b"hdlr"):
        track.is_video = data[begin + 8 : begin + 12] == b"vide"
    for begin, _ in _inside(data, start, end, b"mdia", b"minf", b"stbl", b"stts"):
        track.lasts = max(track.lasts, sum(count * delta for count, delta in _rows(data, begin + 4, ">II")))
    return number, track


def _rows(data: bytes, at: int, form: str) -> Iterator[tuple[int, ...]]:
    """A table: how many rows, then the rows."""
    (count,) = struct.unpack_from(">I", data, at)
    if count > MOST_ROWS:
        raise VideoTooLong(limit_ms=VIDEO_MS)
    for row in range(count):
        yield struct.unpack_from(form, data, at + 4 + row * struct.calcsize(form))


def _read_moof(data: bytes, start: int, end: int, movie: _Movie) -> None:
    """A fragment: which track, where it begins, and how long its samples last together."""
    for begin, stop in _inside(data, start, end, b"traf"):
        number, sample = _fragment_head(data, next(_inside(data, begin, stop, b"tfhd"), (stop, stop))[0])
        track = movie.tracks.get(number)
        if track is None:
            continue
        at = track.reached
        for place, _ in _inside(data, begin, stop, b"tfdt"):
            at = struct.unpack_from(">Q" if data[place] == 1 else ">I", data, place + 4)[0]
        for place, _ in _inside(data, begin, stop, b"trun"):
            at += _run(data, place, sample or track.sample)
        track.reached = max(track.reached, at)


def _fragment_head(data: bytes, at: int) -> tuple[int, int]:
    """Number of the track, and how long a sample lasts where that is said (`tfhd`)."""
    flags, number = struct.unpack_from(">II", data, at)
    at += 8 + (8 if flags & 0x01 else 0) + (4 if flags & 0x02 else 0)
    return number, struct.unpack_from(">I", data, at)[0] if flags & 0x08 else 0


def _run(data: bytes, at: int, sample: int) -> int:
    """How long the samples of a `trun` last together."""
    flags, count = struct.unpack_from(">II", data, at)
    flags &= 0xFFFFFF
    at += 8 + (4 if flags & 0x01 else 0) + (4 if flags & 0x04 else 0)
    if count > MOST_ROWS:
        raise VideoTooLong(limit_ms=VIDEO_MS)
    if not flags & 0x100:
        return int(count) * sample
    step = 4 * (flags >> 8 & 0xF).bit_count()
    return sum(int(struct.unpack_from(">I", data, at + row * step)[0]) for row in range(count))


# WebM: elements of name, length, content

EBML = b"\x1a\x45\xdf\xa3"
_DOC_TYPE, _SEGMENT, _INFO, _SCALE, _DURATION = 0x4282, 0x18538067, 0x1549A966, 0x2AD7B1, 0x4489
_TRACKS, _ENTRY, _TYPE, _PICTURE, _WIDTH, _HEIGHT = 0x1654AE6B, 0xAE, 0x83, 0xE0, 0xB0, 0xBA
_CLUSTER, _TIME, _SIMPLE, _GROUP, _BLOCK = 0x1F43B675, 0xE7, 0xA3, 0xA0, 0xA1
_OPENED = frozenset({0x1A45DFA3, _SEGMENT, _INFO, _TRACKS, _ENTRY, _PICTURE, _CLUSTER, _GROUP})
"""Elements whose content is looked into: what follows their head is read as if it stood beside them, which
is also right for those that do not say how long they are."""


@dataclass
class _Scan:
    kind: str = ""
    scale: int = 1_000_000
    said: float = 0.0
    is_video: bool = False
    width: int = 0
    height: int = 0
    cluster: int = 0
    reached: int = 0
    blocks: int = 0


def _webm(data: bytes) -> Video:
    scan, at, seen = _Scan(), 0, 0
    while at < len(data):
        seen += 1
        if seen > MOST_ROWS:
            raise NotAVideo()
        name, at = _number(data, at, keep_marker=True)
        size, at = _number(data, at, keep_marker=False)
        if size is not None and at + size > len(data):
            raise Truncated()
        if name in _OPENED:
            continue
        if size is None or name is None:
            raise Truncated()
        _note(scan, name, data[at : at + min(size, 16)], size)
        at += size
    if scan.kind != "webm" or not scan.is_video:
        raise NotAVideo()
    if not scan.blocks:
        raise Truncated()
    longest = max(scan.said, float(scan.reached)) * scan.scale / 1_000_000
    return Video("video/webm", scan.width, scan.height, int(longest))


def _number(data: bytes, at: int, *, keep_marker: bool) -> tuple[int | None, int]:
    """A name or a length: the leading zeros of the first byte say how many bytes follow it.

    Returns it with the place behind it; None for a length that is not known (all ones).
    """
    first = data[at]
    width = 9 - first.bit_length()
    if width > (4 if keep_marker else 8) or at + width > len(data):
        raise Truncated()
    value = int.from_bytes(data[at : at + width], "big")
    if keep_marker:
        return value, at + width
    value &= (1 << 7 * width) - 1
    return (None if value == (1 << 7 * width) - 1 else value), at + width


def _note(scan: _Scan, name: int, content: bytes, size: int) -> None:
    """What one element says; `content` is its beginning."""
    whole = int.from_bytes(content[:size], "big") if size <= 8 else 0
    if name == _DOC_TYPE:
        scan.kind = content[:size].rstrip(b"\0").decode("ascii", "replace")
    elif name == _SCALE:
        scan.scale = whole
    elif name == _DURATION:
        scan.said = struct.unpack(">d" if size == 8 else ">f", content[:size])[0]
    elif name == _TYPE:
        scan.is_video = scan.is_video or whole == 1
    elif name == _WIDTH:
        scan.width = whole
    elif name == _HEIGHT:
        scan.height = whole
    elif name == _TIME:
        scan.cluster = whole
    elif name in (_SIMPLE, _BLOCK):
        _, behind = _number(content, 0, keep_marker=False)
        scan.blocks += 1
        scan.reached = max(
            scan.reached, scan.cluster + int.from_bytes(content[behind : behind + 2], "big", signed=True)
        )
