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
from tests.faults.phones import Book, Capture


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
    originals = [row.original_sha256 or row.sha256 for row in rows]
    if len(originals) != len(set(originals)):
        verdict.twice.append(f"{capture.place}: a photo")
    missing = set(capture.originals) - {one.hex() for one in originals}
    if missing and capture.saved:
        verdict.lost.append(f"{capture.place}: {len(missing)} of {len(capture.originals)} photos")
    waiting = {row["id"] for row in held["photos"]}
    for row in rows:
        if row.state is not PhotoState.STORED:
            if str(row.id) not in waiting or not _shown(held):
                verdict.half.append(f"{capture.place}: photo {row.id}")
            continue
        try:
            data = context.storage().read(row.sha256.hex())
        except ObjectMissing:
            verdict.lost.append(f"{capture.place}: bytes of {row.id}")
            continue
        if hashlib.sha256(data).digest() != row.sha256 or len(data) != row.size:
            verdict.changed.append(f"{capture.place}: photo {row.id}")


def _shown(held: dict[str, Any]) -> bool:
    """Whether the screen of what is unsent says that something is."""
    return "都送到局里了" not in held["title"]


def _ledgers(session: Session, verdict: Verdict) -> None:
    for case_id in session.scalars(sa.select(Finding.id)):
        lines = ledger.lines(session, case_id)
        if not lines or ledger.first_broken(lines) is not None:
            verdict.broken_ledgers.append(str(case_id))
        stored = [line.data["photo_id"] for line in lines if line.act == "photo.stored"]
        if len(stored) != len(set(stored)):
            verdict.twice.append(f"{case_id}: a photo stored twice in the case file")
