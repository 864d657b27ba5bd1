"""Writing a PMTiles archive (specification version 3): a map in one file that is read by ranges.

Pure: tiles in, bytes out. The header (127 bytes) and the root directory lie in the first 16 KiB, so that a
reader knows the file after one request; directories that would not fit go into leaves. Tiles lie in the order
of the Hilbert curve, equal ones (open water) once.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

HEADER_BYTES = 127
ROOT_LIMIT = 16_384 - HEADER_BYTES
LEAF_ENTRIES = 4096
GZIP, MVT = 2, 1


@dataclass(frozen=True, slots=True)
class Entry:
    """`run` tiles from `tile_id` on share `length` bytes at `offset`; a run of 0 points to a leaf."""

    tile_id: int
    offset: int
    length: int
    run: int


@dataclass(frozen=True, slots=True)
class Extent:
    """Degrees WGS-84 and zooms that an archive covers."""

    west: float
    south: float
    east: float
    north: float
    min_zoom: int
    max_zoom: int


def tile_id(z: int, x: int, y: int) -> int:
    """Place of a tile in the archive: all tiles of smaller zooms, then the Hilbert curve of its own."""
    position, side = ((1 << 2 * z) - 1) // 3, 1 << z
    half = side >> 1
    while half:
        right, lower = int(bool(x & half)), int(bool(y & half))
        position += half * half * ((3 * right) ^ lower)
        if lower == 0:
            if right:
                x, y = side - 1 - x, side - 1 - y
            x, y = y, x
        half >>= 1
    return position


def archive(tiles: Iterable[tuple[int, int, int, bytes]], extent: Extent, metadata: dict[str, Any]) -> bytes:
    """The file of some tiles `(z, x, y, uncompressed vector tile)`; empty ones are left out.

    The same tiles make the same bytes. Raises `ValueError` where there is none.
    """
    entries, data, contents = _lay(tiles)
    if not entries:
        raise ValueError("an archive needs at least one tile")
    root, leaves = _directories(entries)
    told = gzip.compress(json.dumps(metadata, ensure_ascii=False, sort_keys=True).encode(), 9, mtime=0)
    root_at = HEADER_BYTES
    metadata_at = root_at + len(root)
    leaves_at = metadata_at + len(told)
    data_at = leaves_at + len(leaves)
    header = _header(
        (root_at, len(root), metadata_at, len(told), leaves_at, len(leaves), data_at, len(data)),
        (sum(entry.run for entry in entries), len(entries), contents),
        extent,
    )
    return header + root + told + leaves + data


def _lay(tiles: Iterable[tuple[int, int, int, bytes]]) -> tuple[list[Entry], bytes, int]:
    """Entries in order, the bytes that they point into, and how many different tiles there are."""
    placed = sorted((tile_id(z, x, y), content) for z, x, y, content in tiles if content)
    entries: list[Entry] = []
    known: dict[bytes, tuple[int, int]] = {}
    data = bytearray()
    for position, content in placed:
        digest = hashlib.sha256(content).digest()
        if digest not in known:
            packed = gzip.compress(content, 9, mtime=0)
            known[digest] = (len(data), len(packed))
            data += packed
        offset, length = known[digest]
        last = entries[-1] if entries else None
        if last and last.tile_id + last.run == position and last.offset == offset:
            entries[-1] = Entry(last.tile_id, offset, length, last.run + 1)
        else:
            entries.append(Entry(position, offset, length, 1))
    return entries, bytes(data), len(known)


def _directories(entries: Sequence[Entry]) -> tuple[bytes, bytes]:
    """Root directory and leaves; no leaves where the root alone fits."""
    root = _directory(entries)
    if len(root) <= ROOT_LIMIT:
        return root, b""
    leaves, pointers = bytearray(), []
    for start in range(0, len(entries), LEAF_ENTRIES):
        part = entries[start : start + LEAF_ENTRIES]
        packed = _directory(part)
        pointers.append(Entry(part[0].tile_id, len(leaves), len(packed), 0))
        leaves += packed
    return _directory(pointers), bytes(leaves)


def _directory(entries: Sequence[Entry]) -> bytes:
    """Columns of numbers: places as differences, an offset as 0 where it follows on the one before."""
    numbers = [len(entries)]
    numbers += [
        entry.tile_id - before
        for entry, before in zip(entries, [0, *(e.tile_id for e in entries)], strict=False)
    ]
    numbers += [entry.run for entry in entries]
    numbers += [entry.length for entry in entries]
    for i, entry in enumerate(entries):
        follows = i > 0 and entry.offset == entries[i - 1].offset + entries[i - 1].length
        numbers.append(0 if follows else entry.offset + 1)
    return gzip.compress(b"".join(map(_varint, numbers)), 9, mtime=0)


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _header(places: Sequence[int], counts: Sequence[int], extent: Extent) -> bytes:
    clustered = 1
    corners = [round(value * 1e7) for value in (extent.west, extent.south, extent.east, extent.north)]
    middle = [(corners[0] + corners[2]) // 2, (corners[1] + corners[3]) // 2]
    return (
        b"PMTiles\x03"
        + struct.pack("<11Q", *places, *counts)
        + struct.pack("<6B", clustered, GZIP, GZIP, MVT, extent.min_zoom, extent.max_zoom)
        + struct.pack("<4i", *corners)
        + struct.pack("<B2i", min(extent.min_zoom + 3, extent.max_zoom), *middle)
    )
