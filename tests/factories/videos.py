"""Short videos good and bad: containers with the right words in them and noise where frames would be."""

from __future__ import annotations

import struct


def box(name: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8) + name + body


def full(name: bytes, *parts: bytes, flags: int = 0, version: int = 0) -> bytes:
    return box(name, struct.pack(">I", version << 24 | flags), *parts)


def _track(
    seconds: float, kind: bytes = b"vide", said: float | None = None, number: int = 1, timescale: int = 600
) -> bytes:
    """A `trak` of ten samples; `said` is what its head claims instead of the truth."""
    lasts = int(seconds * timescale)
    told = lasts if said is None else int(said * timescale)
    size = struct.pack(">II", 640 << 16, 480 << 16)
    stts = full(b"stts", struct.pack(">III", 1, 10, lasts // 10))
    mdia = box(
        b"mdia",
        full(b"mdhd", struct.pack(">IIII", 0, 0, timescale, told), bytes(4)),
        full(b"hdlr", bytes(4), kind, bytes(13)),
        box(b"minf", box(b"stbl", stts)),
    )
    return box(b"trak", full(b"tkhd", struct.pack(">III", 0, 0, number), bytes(60), size), mdia)


def mp4(
    seconds: float = 3.0, *, said: float | None = None, brand: bytes = b"isom", sound: bool = True
) -> bytes:
    """Head at the end, as cameras write it: what is cut off has none."""
    told = seconds if said is None else said
    tracks = [_track(seconds, said=said)] + ([_track(seconds, b"soun", said, 2)] if sound else [])
    moov = box(b"moov", full(b"mvhd", struct.pack(">IIII", 0, 0, 600, int(told * 600)), bytes(80)), *tracks)
    return box(b"ftyp", brand, bytes(4)) + box(b"mdat", bytes(range(256)) * 40) + moov


def sound_only(seconds: float = 3.0) -> bytes:
    moov = box(b"moov", full(b"mvhd", struct.pack(">IIII", 0, 0, 600, 1800)), _track(seconds, b"soun"))
    return box(b"ftyp", b"M4A ", bytes(4)) + moov + box(b"mdat", bytes(100))


def fragmented(seconds: float = 3.0, each: float = 0.5) -> bytes:
    """As a browser records: the head says nought, every piece brings its own times."""
    head = box(
        b"moov",
        full(b"mvhd", struct.pack(">IIII", 0, 0, 1000, 0), bytes(80)),
        _track(0, timescale=1000),
        box(b"mvex", full(b"trex", struct.pack(">IIIII", 1, 1, 100, 0, 0))),
    )
    pieces = []
    for number in range(int(seconds / each)):
        start, samples = int(number * each * 1000), int(each * 10)
        traf = box(
            b"traf",
            full(b"tfhd", struct.pack(">I", 1), flags=0x20000),
            full(b"tfdt", struct.pack(">Q", start), version=1),
            full(b"trun", struct.pack(">II", samples, 0), bytes(4 * samples), flags=0x201),
        )
        pieces.append(box(b"moof", traf) + box(b"mdat", bytes(500)))
    return box(b"ftyp", b"iso5", bytes(4)) + head + b"".join(pieces)


def element(name: int, *parts: bytes, unknown: bool = False) -> bytes:
    body = b"".join(parts)
    head = name.to_bytes((name.bit_length() + 7) // 8, "big")
    return head + (b"\x01" + b"\xff" * 7 if unknown else struct.pack(">Q", 1 << 56 | len(body))) + body


def webm(seconds: float = 3.0, *, said: float | None = None, kind: bytes = b"webm", track: int = 1) -> bytes:
    """As a browser records: no duration in the head (or `said`), clusters of unknown size."""
    info = [element(0x2AD7B1, (1_000_000).to_bytes(3, "big"))]
    if said is not None:
        info.append(element(0x4489, struct.pack(">d", said * 1000)))
    size = element(0xE0, element(0xB0, b"\x02\x80"), element(0xBA, b"\x01\xe0"))
    tracks = element(0x1654AE6B, element(0xAE, element(0x83, bytes([track])), size))
    clusters = []
    for start in range(0, int(seconds * 1000), 1000):
        last = min(990, int(seconds * 1000) - start)
        blocks = [element(0xA3, b"\x81" + struct.pack(">h", at) + b"\x80" + bytes(300)) for at in (0, last)]
        clusters.append(element(0x1F43B675, element(0xE7, start.to_bytes(4, "big")), *blocks, unknown=True))
    head = element(0x1A45DFA3, element(0x4282, kind))
    return head + element(0x18538067, element(0x1549A966, *info), tracks, *clusters, unknown=True)
