"""What the bench knows happened, to be held against the server at the end."""

from __future__ import annotations

import base64
import hashlib
import io
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from PIL import Image


@dataclass
class Capture:
    """A finding that somebody meant to make. `saved`: the screen said so."""

    place: str
    username: str
    originals: list[str]
    """Hashes of the camera's files, lower-case hexadecimal."""
    saved: bool = False
    dropped: bool = False


@dataclass
class Book:
    """Everything that was meant, said by a screen, or seen to break."""

    wanted: int
    until: float = float("inf")
    """Where `time.monotonic` stops asking for more."""
    captures: dict[str, Capture] = field(default_factory=dict)
    rolled: dict[str, str] = field(default_factory=dict)
    """Photographs that a roll has shown, by hash, and whose they are; those thrown away are not here."""
    thrown: set[str] = field(default_factory=set)
    done: Counter[str] = field(default_factory=Counter)
    proven: Counter[str] = field(default_factory=Counter)
    """Faults that are known to have bitten: it was not only tried."""
    spent: Counter[str] = field(default_factory=Counter)
    """Seconds of all phones together, by act of the driver."""
    stumbles: int = 0
    diary: TextIO | None = None

    def note(self, who: str, what: str, why: object) -> None:
        """Keep what did not come to its end, for whoever wonders why a run was slow."""
        self.stumbles += 1
        if self.diary is not None:
            print(f"{time.strftime('%H:%M:%S')} {who} {what}: {why}", file=self.diary, flush=True)

    @property
    def saved(self) -> int:
        return sum(capture.saved for capture in self.captures.values())

    @property
    def full(self) -> bool:
        return self.saved >= self.wanted or time.monotonic() >= self.until


@dataclass(frozen=True, slots=True)
class Picture:
    """A file of the camera."""

    data: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def text(self) -> str:
        """As it goes into a page."""
        return base64.b64encode(self.data).decode()

    def put(self, folder: Path) -> str:
        """As it goes through a file dialogue: the path of a new file."""
        path = folder / f"{self.sha256}.jpg"
        path.write_bytes(self.data)
        return str(path)


def picture(rng: random.Random, *, large: bool | None = None) -> Picture:
    """Noise that no other picture has. Large (one in eight) is what phones send, 200 to 480 KB.

    The others have 70 KB on average: mostly two chunks on a phone that has just been switched on.
    """
    if large is None:
        large = rng.random() < 1 / 8
    size = (rng.randrange(350, 500), rng.randrange(300, 400)) if large else (rng.randrange(150, 260), 160)
    image = Image.frombytes("RGB", size, rng.randbytes(size[0] * size[1] * 3))
    out = io.BytesIO()
    image.resize((size[0] * 2, size[1] * 2)).save(out, "JPEG", quality=85)
    return Picture(out.getvalue())
