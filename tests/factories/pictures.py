"""Pictures good and bad, made when asked for."""

from __future__ import annotations

import io
import random
import struct
import zlib

import pillow_heif
from PIL import Image


def picture(size: tuple[int, int] = (640, 480), mode: str = "RGB", seed: int = 1) -> Image.Image:
    """Soft blobs with some grain: compresses like a photo, and every seed is another one."""
    source = random.Random(seed)
    grain = Image.frombytes("RGB", (32, 24), source.randbytes(32 * 24 * 3))
    return grain.resize(size, Image.Resampling.BICUBIC).convert(mode)


def encoded(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    out = io.BytesIO()
    if kind == "HEIF":
        pillow_heif.register_heif_opener()
    image.save(out, kind, **options)
    return out.getvalue()


def photo_of(size: int, seed: int = 1) -> bytes:
    """A JPEG of about `size` bytes, 1600 px wide."""
    image = picture((1600, 1200), seed=seed)
    noise = Image.frombytes("RGB", (1600, 1200), random.Random(seed).randbytes(1600 * 1200 * 3))
    blended = Image.blend(image, noise, 0.25)
    return min(
        (encoded(blended, quality=q) for q in range(20, 96, 5)), key=lambda data: abs(len(data) - size)
    )


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A PNG of enormous dimensions in about 100 KB: one bit a pixel, all the same."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def tiff(entries: list[tuple[int, int, int, bytes]], gps: list[tuple[int, int, int, bytes]]) -> bytes:
    """An EXIF block by hand, so that it can be as broken as those in the wild.

    Entries are (tag, type, count, value); values above four bytes are laid out behind the directories.
    """
    directories = [sorted([*entries, (0x8825, 4, 1, b"GPS!")]), sorted(gps)]
    lengths = [2 + 12 * len(entries) + 4 for entries in directories]
    starts = [8, 8 + lengths[0]]
    heap_at, heap, out = 8 + sum(lengths), b"", b""
    for entries_of in directories:
        out += struct.pack("<H", len(entries_of))
        for tag, kind, count, value in entries_of:
            if value == b"GPS!":
                value = struct.pack("<I", starts[1])
            if len(value) > 4:
                place = struct.pack("<I", heap_at + len(heap))
                heap += value
                value = place
            out += struct.pack("<HHI", tag, kind, count) + value.ljust(4, b"\0")
        out += b"\0\0\0\0"
    return b"Exif\0\0" + b"II*\0" + struct.pack("<I", 8) + out + heap


def rationals(*pairs: tuple[int, int]) -> bytes:
    return b"".join(struct.pack("<II", *pair) for pair in pairs)
