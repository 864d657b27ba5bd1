"""Pure rules of evidence: what is accepted, how an upload goes on, which views a picture needs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MIMES = frozenset({"image/jpeg", "image/png", "image/webp", "image/heic", "image/heif"})
"""What may be declared. What a file is, is decided by its content once it is here."""

VIDEO_MIMES = frozenset({"video/mp4", "video/webm", "video/quicktime"})
"""What the original of a photo may be announced as besides these: the photo is the poster of a video."""

BROWSER_READABLE = frozenset({"image/jpeg", "image/png", "image/webp"})
SUFFIXES = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/heic": "heic",
    "video/mp4": "mp4",
    "video/webm": "webm",
}
"""By what a file was found to be."""

VIDEO_MS, VIDEO_TOLERANCE_MS = 15_000, 1_000
"""The longest video (kind V), and what a recorder may need to come to its end."""

MAX_PER_GROUP = 40
"""Photos of one act (a finding, an answer, a review, a visit)."""

THUMB_PX = 320
LARGE_PX = 1600
"""Longer side of the two views."""

PRINT_PX = 800
"""Longer side of a printed photo: about 270 dpi at its size on paper. Half of what phones send, which a JPEG
decoder gives for a quarter of the work: 10 CPU ms instead of 20."""

ANNOTATED = "annotated"
"""Flag: drawn on or blurred by the inspector; `original_sha256` names the plain picture."""

REUSED = "reused"
"""Flag: the same bytes are evidence of another act too (虚假整改 shows like this)."""


class Fault(StrEnum):
    """Why a chunk cannot be taken."""

    LENGTH_MISMATCH = "length_mismatch"
    OFFSET_PAST_END = "offset_past_end"
    OFFSET_MISMATCH = "offset_mismatch"
    CHUNK_PAST_END = "chunk_past_end"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class ChunkHead:
    """What the headers of a chunk claim, in bytes: where it begins, the whole file, if it is the last."""

    offset: int
    length: int
    complete: bool


def held(row_offset: int, staged: int) -> int:
    """How many bytes of an upload are safe here.

    The row is ahead of the file when another host has the file, the file is ahead of the row when we
    died between the two: only what both know of counts.
    """
    return min(row_offset, staged)


def chunk_fault(head: ChunkHead, chunk: int, size: int, have: int) -> Fault | None:
    """What is wrong with a chunk of `chunk` bytes for a file of `size` of which `have` are here."""
    if head.length != size:
        return Fault.LENGTH_MISMATCH
    if head.offset > size:
        return Fault.OFFSET_PAST_END
    if head.offset != have:
        return Fault.OFFSET_MISMATCH
    if head.offset + chunk > size:
        return Fault.CHUNK_PAST_END
    if head.complete and head.offset + chunk < size:
        return Fault.INCOMPLETE
    return None


def needs_large(mime: str, width: int, height: int, orientation: int) -> bool:
    """Whether the original is unfit as the large view: unreadable for browsers, too big, or not upright."""
    return mime not in BROWSER_READABLE or max(width, height) > LARGE_PX or orientation != 1


def is_video(mime: str | None) -> bool:
    """Whether a type is one of a moving picture."""
    return mime is not None and mime.startswith("video/")


def video_too_long(milliseconds: int) -> bool:
    """Whether a video runs longer than one may."""
    return milliseconds > VIDEO_MS + VIDEO_TOLERANCE_MS
