"""Photos declared without the case around them: uploads and views need no more than that."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from server.core.db import new_id
from server.core.identity import Identity, Role
from server.photos import service
from server.photos.models import PhotoStage
from tests.factories.actors import Actor
from tests.factories.world import NOW, PATHS

HERE = PATHS["禾田社区"][1]


def declaration(data: bytes, **changes: Any) -> dict[str, Any]:
    """As `PhotoDeclarationSchema` loads it."""
    told = {
        "photo_id": new_id(),
        "kind": "O",
        "sha256": hashlib.sha256(data).digest(),
        "original_sha256": None,
        "size": len(data),
        "mime": "image/jpeg",
        "source": "camera",
        "captured_at": NOW,
        "position": {"lon": 119.621, "lat": 38.941, "accuracy_m": 6.0},
    }
    return told | changes


def identity_of(actor: Actor, role: Role = Role.INSPECTOR) -> Identity:
    """Enough of an identity to declare something."""
    return Identity(
        actor.user_id, actor.name, actor.name, role, organisation_name="青禾街道办事处", path=HERE
    )


def declare(
    session: Session,
    actor: Actor,
    *declarations: dict[str, Any],
    case_id: uuid.UUID | None = None,
    stage: PhotoStage = PhotoStage.BEFORE,
    group_id: uuid.UUID | None = None,
    firm_id: uuid.UUID | None = None,
    now: datetime = NOW,
) -> uuid.UUID:
    """Expect photos on a case of 禾田社区; returns the case's id."""
    case_id = case_id or new_id()
    service.declare(
        session,
        identity_of(actor),
        case_id=case_id,
        stage=stage,
        group_id=group_id or case_id,
        declarations=declarations,
        path=HERE,
        firm_id=firm_id,
        now=now,
    )
    session.commit()
    return case_id


def headers(offset: int, length: int, complete: bool = False) -> dict[str, str]:
    return {
        "Upload-Offset": str(offset),
        "Upload-Length": str(length),
        "Upload-Complete": "?1" if complete else "?0",
        "Content-Type": "application/octet-stream",
    }


def send(
    actor: Actor, photo_id: uuid.UUID, data: bytes, start: int = 0, end: int | None = None, **more: Any
) -> TestResponse:
    """PATCH `data[start:end]`; `length` and `complete` may be told wrongly."""
    stop = len(data) if end is None else end
    told = {"length": len(data), "complete": stop >= len(data)} | more
    return actor.client.patch(
        f"/api/photos/{photo_id}/content", data=data[start:stop], headers=headers(start, **told)
    )


Expecting = Callable[..., uuid.UUID]
