"""Pure rules of a transfer (移送): who answers, what may follow, how a bundle is named inside."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class TransferState(StrEnum):
    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    REPORTED = "reported"
    """The department said what came of it; the unit that handed over has not closed the case."""
    CONCLUDED = "concluded"


class TransferAction(StrEnum):
    ACCEPT = "accept"
    DECLINE = "decline"
    REPORT = "report"
    CONCLUDE = "conclude"


class BundleState(StrEnum):
    QUEUED = "queued"
    WORKING = "working"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class Step:
    """Where an action leads and which permission it needs."""

    to: TransferState
    permission: str


S, A = TransferState, TransferAction
_ANSWER, _TRIAGE = "transfer:answer", "finding:triage"
TRANSITIONS: dict[tuple[TransferState, TransferAction], Step] = {
    (S.SENT, A.ACCEPT): Step(S.ACCEPTED, _ANSWER),
    (S.SENT, A.DECLINE): Step(S.DECLINED, _ANSWER),
    (S.SENT, A.CONCLUDE): Step(S.CONCLUDED, _TRIAGE),
    (S.ACCEPTED, A.REPORT): Step(S.REPORTED, _ANSWER),
    (S.ACCEPTED, A.CONCLUDE): Step(S.CONCLUDED, _TRIAGE),
    (S.REPORTED, A.REPORT): Step(S.REPORTED, _ANSWER),
    (S.REPORTED, A.CONCLUDE): Step(S.CONCLUDED, _TRIAGE),
}
"""A case is concluded straight from `sent` where the department answered on paper."""

SUFFIXES = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/heic": "heic",
    "image/heif": "heif",
    "video/mp4": "mp4",
    "video/webm": "webm",
}


def original_name(index: int, stage: str, sha256: str, mime: str) -> str:
    """Name of a photo's original in the bundle: `originals/003-before-1a2b3c4d.jpg`."""
    return f"originals/{index:03d}-{stage}-{sha256[:8]}.{SUFFIXES.get(mime, 'bin')}"


def camera_name(index: int, stage: str, sha256: str, mime: str) -> str:
    """Name of the camera's own file of the photo `index`: `originals/003-before-5e6f7a8b-camera.heic`."""
    return f"originals/{index:03d}-{stage}-{sha256[:8]}-camera.{SUFFIXES.get(mime, 'bin')}"


def checksums(entries: dict[str, str]) -> str:
    """The text of SHA256SUMS (`sha256sum -c` reads it) over names with their hex digests."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(entries.items()))
