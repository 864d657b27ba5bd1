"""Lines for the person who waits: what goes on now and how long it took."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


class Progress:
    """Writes one line for each step to ``stream``; without a stream it keeps silent."""

    def __init__(self, stream: TextIO | None = sys.stderr) -> None:
        self._stream = stream

    def line(self, text: str) -> None:
        if self._stream is not None:
            self._stream.write(text + "\n")
            self._stream.flush()

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """``text … 1.9 s``: the text at once, since a wait without a word looks like a hang."""
        if self._stream is None:
            yield
            return
        self._stream.write(f"{text} … ")
        self._stream.flush()
        began = time.monotonic()
        try:
            yield
        except BaseException:
            self.line("failed")
            raise
        self.line(f"{time.monotonic() - began:.1f} s")
