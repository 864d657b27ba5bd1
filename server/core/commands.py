"""What every command of a phone brings along besides its body.

A command handler has the signature `(session, identity, body, context) -> dict`: `body` was loaded by
the command's schema, the dict is the stored answer. Handlers never ask the clock themselves, since a
command may be replayed.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from server.core.identity import Identity


@dataclass(frozen=True, slots=True)
class CommandContext:
    """`now` is our clock, `captured_at` the phone's; `clock_offset_ms` is phone minus server, if known."""

    command_id: uuid.UUID
    now: datetime
    captured_at: datetime
    clock_offset_ms: int | None = None
    device_id: uuid.UUID | None = None


Handler = Callable[[Session, Identity, dict[str, Any], CommandContext], dict[str, Any]]
