"""A notice with four photos of 400 KB and a QR code: the renderer, and the whole act of issuing one.

Ceiling of the renderer: typst on the same page count with no photo and no facts of ours is not a fair
floor, so the raw ceiling is a bare typst compile of one line of text with the same fonts.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
import typst

from server.app import create_app
from server.core.clock import FixedClock
from server.core.config import Settings
from server.core.db import db, new_id
from server.core.identity import SYSTEM
from server.documents import paper, service, signing
from server.documents.paper.sample import sample_document
from server.photos import service as photos
from server.photos.models import Blob
from tests.bench import processes
from tests.bench.bench_ingest import photo, unique
from tests.bench.rows import Row, row
from tests.factories import database, world
from tests.factories.actors import Actor, Shot
from tests.factories.papers import change

ROUNDS = 20
BATCH = 200
SHOT = photo(1)


def measure() -> Iterator[Row]:
    """CPU ms per rendered notice, and per issued notice (rows, number, ledger, PDF, storage)."""
    yield _rendered()
    yield _signed()
    yield _issued()
    yield _batch()


def _cpu_ms(work: list[object], act: object) -> float:
    start = time.process_time()
    for one in work:
        act(one)  # type: ignore[operator]
    return (time.process_time() - start) * 1000 / len(work)


def _rendered() -> Row:
    sample = sample_document(photos=4)
    copies: list[object] = [change(sample, number=f"样字〔2026〕第{n}号") for n in range(ROUNDS)]
    paper.render(sample)
    fonts = paper.shared_fonts()
    lines: list[object] = [f"line {n}".encode() for n in range(ROUNDS)]
    ceiling = _cpu_ms(lines, lambda text: typst.compile(text, font_paths=fonts, ignore_system_fonts=True))
    return row("notice.render_4_photos", _cpu_ms(copies, paper.render), "CPU ms", ceiling)


def _signed() -> Row:
    """The electronic signature (PAdES) alone: a part of issuing, in pure Python."""
    with tempfile.TemporaryDirectory() as var:
        signer = signing.of_settings(Settings(var=Path(var)))
        pdf, at = paper.render(sample_document(photos=4)), datetime(2026, 11, 20, tzinfo=UTC)
        signer.sign(pdf, at, "")
        copies: list[object] = [pdf] * ROUNDS
        return row("notice.sign", _cpu_ms(copies, lambda one: signer.sign(one, at, "")), "CPU ms", None)


def _batch() -> Row:
    """Two hundred documents in one transaction, on the wall; the ceiling is typst alone."""
    sample = sample_document(photos=4)
    with database.clone() as url, tempfile.TemporaryDirectory() as var:
        app = create_app(Settings(database_url=url, var=Path(var)))
        with app.app_context():
            built = world.build(db.session())
            bureau = built.organisations["澄湖区住房和城乡建设局"]
            start = time.monotonic()
            for _ in range(BATCH):
                service.issue(db.session(), SYSTEM, bureau, sample.facts, world.NOW, path=None)
            db.session.commit()
            value = time.monotonic() - start
            db.session.remove()
            db.engine.dispose()
    start = time.monotonic()
    for n in range(BATCH):
        paper.render(change(sample, number=f"样字〔2026〕第{n}号"))
    return row("document.batch_200", value, "s", time.monotonic() - start, goal=30)


def _issued() -> Row:
    """Issue through the command endpoint; the ceiling is rendering and signing alone, measured here.

    Rows, number, ledger, document, signature and stored PDF, with PostgreSQL's share.
    """
    with database.clone() as url, tempfile.TemporaryDirectory() as var:
        clock = FixedClock(datetime(2026, 11, 20, 1, 0, tzinfo=UTC))
        app = create_app(Settings(database_url=url, var=Path(var)), clock=clock)
        with app.app_context():
            built = world.build(db.session())
            db.session.commit()
            db.session.remove()
        chen, he = Photographer(app, built, "inspector_chen"), Actor(app, built, "supervisor_he")
        pairs = []
        for _ in range(ROUNDS):
            pair = [chen.finds("FP-03"), chen.finds("EB-05")]
            for finding_id in pair:
                he.does("confirm_finding", finding_id=str(finding_id))
            pairs.append([{"finding_id": str(finding_id)} for finding_id in pair])

        def issue(items: object) -> None:
            he.does("issue_notice", notice_id=str(new_id()), items=items)

        with app.app_context():
            for sha256 in db.session.scalars(sa.select(Blob.sha256)).all():
                photos.make_views(db.session(), sha256)  # as the worker does when a photo arrives
            db.session.commit()
            db.session.remove()
        issue(pairs.pop())
        before = processes.backends(url)
        value = _cpu_ms(list(pairs), issue)
        value += (processes.backends(url) - before) * 1000 / len(pairs)
        with app.app_context():
            db.engine.dispose()
    sample = sample_document(photos=4)
    copies: list[object] = [change(sample, number=f"样字〔2026〕第{n}号") for n in range(ROUNDS)]
    ceiling = _cpu_ms(copies, paper.render) + _signed()["value"]
    return row("notice.issue_row_to_pdf", value, "CPU ms", ceiling, goal=45)


class Photographer(Actor):
    """Takes photos of 400 KB, each with bytes of its own."""

    def shoots(self, kind: str = "O", colour: tuple[int, int, int] = (0, 0, 0)) -> Shot:
        return Shot(unique(SHOT), kind, self.now())
