"""Use cases of a link's holder: what an account of the firm could do, cut down to one notice."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from server.core.identity import Identity
from server.notices import errors, links, reading
from server.photos import originals, uploading
from server.photos import service as photos
from server.photos.rules import ChunkHead
from server.sync import service as sync

Headers = dict[str, Any]
"""Loaded by `LinkHeadersSchema`: token and key."""


def holder(session: Session, headers: Headers, now: datetime) -> Identity:
    """The identity behind a claimed link; raises what `notices.links.enter` raises, or `LinkUnclaimed`."""
    identity = links.enter(session, headers["token"], headers["key"], now).identity
    if identity is None:
        raise errors.LinkUnclaimed()
    return identity


def preview(session: Session, headers: Headers, now: datetime) -> dict[str, Any]:
    """Whose notice the link opens (schema `LinkPreviewSchema`)."""
    return links.preview(session, headers["token"], headers["key"], now)


def claim(session: Session, headers: Headers, body: dict[str, str], now: datetime) -> dict[str, Any]:
    """The first to come says who they are (schema `ClaimedSchema`)."""
    return links.claim(session, headers["token"], body["name"], body["phone"], now)


def notice(session: Session, headers: Headers, now: datetime) -> dict[str, Any]:
    """The notice as the firm sees it."""
    identity = holder(session, headers, now)
    assert identity.notice_id is not None
    return reading.one(session, identity, identity.notice_id)


def document(session: Session, headers: Headers, now: datetime) -> tuple[bytes, str]:
    """The stored PDF and its number."""
    identity = holder(session, headers, now)
    assert identity.notice_id is not None
    return reading.pdf(session, identity, identity.notice_id)


def case_photos(session: Session, headers: Headers, now: datetime) -> list[dict[str, Any]]:
    """All photos of the notice's cases that the firm may see."""
    identity = holder(session, headers, now)
    return photos.of_cases_for_firm(session, identity, reading.cases(session, identity))


def view(session: Session, headers: Headers, photo_id: uuid.UUID, size: str, now: datetime) -> photos.View:
    """The object behind one of those photos."""
    cases = reading.cases(session, holder(session, headers, now))
    return photos.view_in_cases(session, cases, photo_id, size)


def video(session: Session, headers: Headers, photo_id: uuid.UUID, now: datetime) -> photos.View:
    """The video of which one of those photos is the poster."""
    cases = reading.cases(session, holder(session, headers, now))
    return originals.video_in_cases(session, cases, photo_id)


def push(session: Session, headers: Headers, request: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Commands of the holder; raises `LinkLimited` for kinds that a link does not open."""
    identity = holder(session, headers, now)
    if any(command["kind"] not in links.COMMANDS for command in request["commands"]):
        raise errors.LinkLimited()
    return sync.push(session, identity, request, now)


def photo(session: Session, headers: Headers, received: uploading.Received, now: datetime) -> dict[str, Any]:
    """The document of a photo that has arrived, with its receipt."""
    assert received.photo is not None
    return photos.document(received.photo, holder(session, headers, now))


def upload_status(
    session: Session, headers: Headers, photo_id: uuid.UUID, now: datetime
) -> uploading.Received:
    """How far the upload of one of the holder's own photos is."""
    return uploading.upload_status(session, holder(session, headers, now), photo_id)


def upload(
    session: Session, headers: Headers, photo_id: uuid.UUID, head: ChunkHead, chunk: bytes, now: datetime
) -> uploading.Received:
    """Take a chunk of one of the holder's own photos."""
    identity = holder(session, headers, now)
    session.rollback()  # the lock of the upload comes before any other query of its transaction
    return uploading.receive(session, identity, photo_id, head, chunk, now)
