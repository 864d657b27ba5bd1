"""People in action: a signed-in HTTP client that speaks the field's language."""

from __future__ import annotations

import hashlib
import io
import uuid
from datetime import datetime
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from server.core.db import new_id
from tests.factories.world import LAT, LON, SIDE, World

CENTRE = {"lon": LON + SIDE / 2, "lat": LAT + SIDE / 2}


def jpeg(colour: tuple[int, int, int] = (120, 120, 120), size: tuple[int, int] = (320, 240)) -> bytes:
    """A small real JPEG; another colour is another photo."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG", quality=80)
    return out.getvalue()


class Shot:
    """A photo in somebody's phone: bytes and the declaration of them."""

    def __init__(self, content: bytes, kind: str, at: datetime, mime: str = "image/jpeg") -> None:
        self.content = content
        self.id = new_id()
        self.declaration: dict[str, Any] = {
            "photo_id": str(self.id),
            "kind": kind,
            "sha256": hashlib.sha256(content).hexdigest(),
            "size": len(content),
            "mime": mime,
            "source": "camera",
            "captured_at": at.isoformat(),
        }
        self.original = b""

    def with_original(self, content: bytes, mime: str) -> Shot:
        """And the camera's own file, announced to follow."""
        self.original = content
        self.declaration |= {
            "original_sha256": hashlib.sha256(content).hexdigest(),
            "original_size": len(content),
            "original_mime": mime,
        }
        return self


class Actor:
    """One of the cast, signed in. `command` sends one command and returns its result entry."""

    def __init__(self, app: Flask, world: World, name: str) -> None:
        self.app, self.world, self.name = app, world, name
        self.user_id = world.users[name]
        self.client: FlaskClient = app.test_client()
        self.client.set_cookie("xunjian_session", world.tokens[name])

    def now(self) -> datetime:
        moment: datetime = self.app.extensions["clock"].now()
        return moment

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.client.get(path, query_string=query or None)

    def post(self, path: str, json: Any) -> TestResponse:
        return self.client.post(path, json=json)

    def push(self, *commands: dict[str, Any], device_time: datetime | None = None) -> TestResponse:
        sent = device_time or self.now()
        return self.post("/api/sync/commands", {"device_time": sent.isoformat(), "commands": list(commands)})

    def make(self, kind: str, **body: Any) -> dict[str, Any]:
        """A command as the phone stores it."""
        return {"id": str(new_id()), "kind": kind, "captured_at": self.now().isoformat(), "body": body}

    def command(self, kind: str, **body: Any) -> dict[str, Any]:
        """Send one command and return its entry of `results`."""
        answer = self.push(self.make(kind, **body))
        assert answer.status_code == 200, answer.get_data(as_text=True)
        entry: dict[str, Any] = answer.get_json()["results"][0]
        return entry

    def does(self, kind: str, **body: Any) -> dict[str, Any]:
        """Send one command that must be applied; returns its result."""
        entry = self.command(kind, **body)
        assert entry["status"] == "applied", entry["problem"]
        result: dict[str, Any] = entry["result"]
        return result

    def fails(self, kind: str, **body: Any) -> str:
        """Send one command that must be refused; returns the problem's code."""
        entry = self.command(kind, **body)
        assert entry["status"] == "refused", entry
        code: str = entry["problem"]["code"]
        return code

    def shoots(self, kind: str = "O", colour: tuple[int, int, int] = (120, 120, 120)) -> Shot:
        """Take a photo."""
        return Shot(jpeg(colour), kind, self.now())

    def uploads(self, *shots: Shot) -> None:
        """Deliver the bytes of photos in one piece each."""
        for shot in shots:
            headers = {
                "Upload-Offset": "0",
                "Upload-Length": str(len(shot.content)),
                "Upload-Complete": "?1",
                "Content-Type": "application/octet-stream",
            }
            answer = self.client.patch(f"/api/photos/{shot.id}/content", data=shot.content, headers=headers)
            assert answer.status_code == 200, answer.get_data(as_text=True)

    def uploads_original(self, shot: Shot) -> TestResponse:
        """Deliver the camera's own file of a photo in one piece."""
        headers = {
            "Upload-Offset": "0",
            "Upload-Length": str(len(shot.original)),
            "Upload-Complete": "?1",
            "Content-Type": "application/octet-stream",
        }
        return self.client.patch(f"/api/photos/{shot.id}/original", data=shot.original, headers=headers)

    def finds(
        self, item_code: str = "FP-01", compound: str = "汀禾苑", shots: list[Shot] | None = None, **more: Any
    ) -> uuid.UUID:
        """Report a hazard with an overview and a close-up (or `shots`) that have arrived; returns its id."""
        shots = shots or [self.shoots("O", (90, 100, 110)), self.shoots("C", (91, 101, 111))]
        finding_id = new_id()
        body: dict[str, Any] = {
            "finding_id": str(finding_id),
            "compound_id": str(self.world.compounds[compound]),
            "item_code": item_code,
            "text": "石墩4个，道闸锁闭",
            "place": "3号楼北侧",
            "position": CENTRE | {"accuracy_m": 6.0},
            "photos": [shot.declaration for shot in shots],
        }
        self.does("open_finding", **(body | more))
        self.uploads(*shots)
        return finding_id

    def case(self, finding_id: uuid.UUID) -> dict[str, Any]:
        """The case file as this person sees it."""
        answer = self.get(f"/api/findings/{finding_id}")
        assert answer.status_code == 200, answer.get_data(as_text=True)
        document: dict[str, Any] = answer.get_json()
        return document
