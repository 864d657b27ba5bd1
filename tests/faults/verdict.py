"""What is true in the end: the server's rows, bytes and ledgers, against what the screens had said."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from server.core import context, ledger
from server.core.db import db
from server.core.storage import ObjectMissing
from server.findings.models import Finding
from server.photos.models import Photo, PhotoState
from tests.faults.book import Book, Capture


@dataclass
class Verdict:
    """Names of what went wrong; all lists empty is a pass."""

    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    half: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    broken_ledgers: list[str] = field(default_factory=list)
    on_the_phone: int = 0
    unsaved_here: int = 0
    photos: int = 0
    originals: int = 0
    """Camera files that are at the office, byte for byte."""

    @property
    def good(self) -> bool:
        return not (self.lost or self.twice or self.half or self.changed or self.broken_ledgers)


def judge(app: Flask, book: Book, held: dict[str, dict[str, Any]]) -> Verdict:
    """`held`: what each phone still shows as unsent (see `held` in driver.mjs), by username."""
    verdict = Verdict()
    with app.app_context():
        session = db.session()
        here: dict[str, list[Finding]] = defaultdict(list)
        for finding in session.scalars(sa.select(Finding)):
            here[finding.place].append(finding)
        for capture in book.captures.values():
            _one(session, verdict, capture, here.pop(capture.place, []), held[capture.username])
        verdict.twice += [f"unknown finding {place}" for place in here]
        _rolls(session, verdict, book, held)
        _ledgers(session, verdict)
        session.rollback()
        db.engine.dispose()
    return verdict


def _one(
    session: Session, verdict: Verdict, capture: Capture, found: list[Finding], held: dict[str, Any]
) -> None:
    waiting = {row["place"] for row in held["commands"] if row["place"]}
    verdict.photos += len(capture.originals) if capture.saved else 0
    if len(found) > 1:
        verdict.twice.append(capture.place)
    if not found:
        if capture.saved and capture.place in waiting and _shown(held):
            verdict.on_the_phone += 1
        elif capture.saved:
            verdict.lost.append(capture.place)
        return
    if capture.dropped:
        verdict.twice.append(f"a draft became a finding: {capture.place}")
    verdict.unsaved_here += not capture.saved
    _photos(session, verdict, capture, found[0], held)


def _photos(
    session: Session, verdict: Verdict, capture: Capture, finding: Finding, held: dict[str, Any]
) -> None:
    rows = session.scalars(sa.select(Photo).where(Photo.case_id == finding.id)).all()
    missing = set(capture.originals) - {(row.original_sha256 or row.sha256).hex() for row in rows}
    if missing and capture.saved:
        verdict.lost.append(f"{capture.place}: {len(missing)} of {len(capture.originals)} photos")
    waiting = {row["id"] for row in held["photos"]}
    for row in rows:
        _original(verdict, capture, row, held)
        if row.state is not PhotoState.STORED:
            if str(row.id) not in waiting or not _shown(held):
                verdict.half.append(f"{capture.place}: photo {row.id}")
            continue
        _bytes(verdict, f"{capture.place}: photo {row.id}", row.sha256, row.size)


def _original(verdict: Verdict, capture: Capture, row: Photo, held: dict[str, Any]) -> None:
    """The camera's own file, where one was announced: here to the byte, or waiting on the phone."""
    name = f"{capture.place}: original of {row.id}"
    if row.original_size is None or row.original_sha256 is None:
        return
    if row.original_stored_at is None:
        if str(row.id) not in {one["id"] for one in held["originals"]}:
            verdict.lost.append(name)
        return
    _bytes(verdict, name, row.original_sha256, row.original_size)
    verdict.originals += 1


def _bytes(verdict: Verdict, name: str, sha256: bytes, size: int) -> None:
    try:
        data = context.storage().read(sha256.hex())
    except ObjectMissing:
        verdict.lost.append(f"{name}: bytes")
        return
    if hashlib.sha256(data).digest() != sha256 or len(data) != size:
        verdict.changed.append(name)


def _rolls(session: Session, verdict: Verdict, book: Book, held: dict[str, dict[str, Any]]) -> None:
    """Each picture belongs to one photo; what a roll had shown is in a finding or still on its phone."""
    told = sa.func.encode(sa.func.coalesce(Photo.original_sha256, Photo.sha256), "hex")
    here = dict(session.execute(sa.select(told, sa.func.count()).group_by(told)).all())
    verdict.twice += [f"picture {name}: {count} photos" for name, count in here.items() if count > 1]
    for name, username in book.rolled.items():
        if name not in here and name not in held[username]["kept"]:
            verdict.lost.append(f"{username}: {name} of the roll")


def _shown(held: dict[str, Any]) -> bool:
    """Whether the screen of what is unsent says that something is."""
    return "都送到局里了" not in held["title"]


def _ledgers(session: Session, verdict: Verdict) -> None:
    for case_id in session.scalars(sa.select(Finding.id)):
        lines = ledger.lines(session, case_id)
        if not lines or ledger.first_broken(lines) is not None:
            verdict.broken_ledgers.append(str(case_id))
        for act in ("photo.stored", "photo.original_stored"):
            stored = [line.data["photo_id"] for line in lines if line.act == act]
            if len(stored) != len(set(stored)):
                verdict.twice.append(f"{case_id}: {act} twice in the case file")
