"""Numbers have no gap whoever issues at once, start anew at midnight in Shanghai, go by type and office."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from server.core.clock import FixedClock
from server.core.db import db
from server.core.identity import SYSTEM
from server.documents import errors, service
from server.documents.models import DocumentTemplate, NumberSeries, OfficialDocument
from server.documents.paper.sample import sample
from server.documents.rules import DocumentType
from tests.factories.actors import Actor

Live = tuple[Flask, Callable[[str], Actor]]
ISSUERS = 50
SPOILT = 10
BATCH = 60
BATCH_SECONDS = 9
"""Two hundred in 30 s, of which the benchmark issues all."""


def _issue(
    session: Session, actor: Actor, kind: DocumentType = DocumentType.N5, **more: Any
) -> OfficialDocument:
    bureau = actor.world.organisations["澄湖区住房和城乡建设局"]
    now = more.pop("now", actor.now())
    return service.issue(session, SYSTEM, bureau, sample(kind, 0).facts, now, path=None, **more)


def test_fifty_issuers_at_once_leave_no_gap(live: Live) -> None:
    """Real commits; ten of them take a number and then fail, and give it back."""
    app, cast = live
    xu = cast("supervisor_xu")
    gate = threading.Barrier(ISSUERS)
    given: list[str] = []

    def issue(n: int) -> None:
        with app.app_context():
            gate.wait()
            document = _issue(db.session(), xu)
            if n < SPOILT:
                db.session.rollback()
                return
            db.session.commit()
            given.append(document.number)

    with ThreadPoolExecutor(ISSUERS) as pool:
        for done in [pool.submit(issue, n) for n in range(ISSUERS)]:
            done.result()
    with app.app_context():
        numbers = sorted(db.session.scalars(sa.select(OfficialDocument.sequence)))
        last = db.session.scalars(sa.select(NumberSeries.last)).one()
    assert numbers == list(range(1, ISSUERS - SPOILT + 1))
    assert last == ISSUERS - SPOILT
    assert len(set(given)) == ISSUERS - SPOILT


def test_the_series_starts_anew_at_midnight_in_shanghai(
    session: Session, cast: Callable[[str], Actor], clock: FixedClock
) -> None:
    xu = cast("supervisor_xu")
    moments = [
        datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC),
        datetime(2026, 12, 31, 16, 0, 0, tzinfo=UTC),
        datetime(2027, 1, 1, 0, 0, tzinfo=UTC),
    ]
    numbers = [_issue(session, xu, now=moment).number for moment in moments]
    assert numbers == ["澄住建物约〔2026〕第1号", "澄住建物约〔2027〕第1号", "澄住建物约〔2027〕第2号"]


def test_types_and_offices_count_for_themselves(session: Session, cast: Callable[[str], Actor]) -> None:
    xu = cast("supervisor_xu")
    first = [
        _issue(session, xu, kind).sequence for kind in (DocumentType.N4, DocumentType.N5, DocumentType.N4)
    ]
    assert first == [1, 1, 2]
    street = xu.world.organisations["青禾街道办事处"]
    facts = sample(DocumentType.N4, 0).facts
    other = service.issue(session, SYSTEM, street, facts, xu.now(), path=None)
    assert (other.sequence, other.number) == (1, "青禾办物督〔2026〕第1号")


def test_an_office_without_a_word_numbers_nothing(session: Session, cast: Callable[[str], Actor]) -> None:
    xu = cast("supervisor_xu")
    brigade = xu.world.organisations["消防救援大队"]
    with pytest.raises(errors.NoDocumentWord):
        service.issue(session, SYSTEM, brigade, sample(DocumentType.N5, 0).facts, xu.now(), path=None)
    firm = xu.world.organisations["岸禾物业"]
    report = service.issue(
        session, SYSTEM, firm, sample(DocumentType.DUTY_REPORT, 0).facts, xu.now(), path=None
    )
    assert report.number == "岸禾物业报〔2026〕第1号"


def test_two_patterns_that_meet_are_refused_and_take_nothing(
    session: Session, cast: Callable[[str], Actor]
) -> None:
    xu = cast("supervisor_xu")
    _issue(session, xu, DocumentType.N4)
    session.add(
        DocumentTemplate(
            organisation_id=xu.world.organisations["澄湖区住房和城乡建设局"],
            document_type=DocumentType.N5,
            version=1,
            number_pattern="澄住建物督〔{year}〕第{n}号",
            wording={},
            created_at=xu.now(),
        )
    )
    session.flush()
    with pytest.raises(errors.NumberTaken), session.begin_nested():
        _issue(session, xu, DocumentType.N5)
    series = session.scalars(sa.select(NumberSeries).where(NumberSeries.document_type == "N5")).all()
    assert series == []


def test_a_number_of_a_voided_document_is_never_given_again(
    session: Session, cast: Callable[[str], Actor]
) -> None:
    xu = cast("supervisor_xu")
    first = _issue(session, xu)
    service.end(session, SYSTEM, first.id, service.DocumentAction.VOID, "误发", xu.now())
    assert _issue(session, xu).sequence == 2


def test_a_batch_is_issued_at_the_pace_of_two_hundred_in_half_a_minute(
    session: Session, cast: Callable[[str], Actor]
) -> None:
    """Numbered, printed with two photographs, signed, stored and registered."""
    xu = cast("supervisor_xu")
    bureau = xu.world.organisations["澄湖区住房和城乡建设局"]
    facts = sample(DocumentType.N2, 2).facts
    service.issue(session, SYSTEM, bureau, facts, xu.now(), path=None)
    start = time.process_time()
    for _ in range(BATCH):
        service.issue(session, SYSTEM, bureau, facts, xu.now(), path=None)
    assert time.process_time() - start < BATCH_SECONDS
