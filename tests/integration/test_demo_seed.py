"""The demo district in a real database: whole, consistent, signed for line by line, and usable."""

from __future__ import annotations

import hashlib
import io
import uuid
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session

from server.accounts.models import Organisation, User
from server.accounts.rules import DEMO_PASSWORD, DEMO_USERNAMES
from server.accounts.sessions import HASHER
from server.app import create_app
from server.calendars.rules import CST
from server.core import ledger
from server.core.clock import FixedClock
from server.core.config import Settings
from server.core.db import db, new_id
from server.core.ledger import CaseEvent
from server.core.storage import Storage
from server.demo import seed
from server.demo.world import HERO
from server.documents.models import NumberSeries, OfficialDocument
from server.findings.models import Finding
from server.findings.rules import FindingState
from server.maps.models import BaseFeature, CompoundCounter, OpenPin
from server.notices.models import Notice, NoticeItem
from server.photos.models import Blob, Photo
from server.places.models import Area, Compound, Firm
from server.rounds.models import Round, Visit, VisitAnswer
from server.transfers import bundling
from tests.factories import database

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=CST)
SCALE = 0.006


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A database of its own with a thinned-out district."""
    with database.clone() as url:
        settings = Settings(database_url=url, var=tmp_path_factory.mktemp("demo"), demo=True)
        app = create_app(settings, clock=FixedClock(NOW))
        app.testing = True
        with app.app_context():
            session = db.session()
            assert not seed.is_filled(session)
            seed.seed(session, NOW, app.extensions["storage"], scale=SCALE)
            session.commit()
            db.session.remove()
        yield app
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def session(filled: Flask) -> Iterator[Session]:
    with filled.app_context():
        yield db.session()
        db.session.remove()


def _count(session: Session, model: type, *where: sa.ColumnElement[bool]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(model).where(*where)) or 0


def test_places_and_people_are_all_there(session: Session) -> None:
    assert seed.is_filled(session)
    assert _count(session, Area) == 123
    assert _count(session, Compound) == 565
    assert _count(session, Compound, Compound.firm_id.is_not(None)) == 496
    assert _count(session, Firm) == 97
    assert _count(session, Organisation) == 227
    assert _count(session, User) > 380


def test_the_fixed_accounts_open_with_the_demo_password(session: Session) -> None:
    found = session.scalars(sa.select(User).where(User.username.in_(DEMO_USERNAMES))).all()
    assert len(found) == len(DEMO_USERNAMES)
    assert all(HASHER.verify(user.password_hash, DEMO_PASSWORD) for user in found)


def test_scope_follows_the_paths(session: Session) -> None:
    inspector = session.scalars(sa.select(User).where(User.username == "inspector01")).one()
    hero = session.scalars(sa.select(Compound).where(Compound.name == HERO)).one()
    assert inspector.path is not None
    assert hero.path.startswith(inspector.path + ".")
    outside = _count(session, Compound, sa.not_(Compound.path.descendant_of(inspector.path)))
    assert outside > 500


def test_positions_and_outlines_are_where_postgis_says(session: Session) -> None:
    inside = sa.func.ST_Contains(Compound.outline, Finding.position)
    query = sa.select(sa.func.count()).select_from(Finding).join(Compound, Compound.id == Finding.compound_id)
    assert session.scalar(query.where(sa.not_(inside))) == 0
    valid = sa.select(sa.func.bool_and(sa.func.ST_IsValid(Compound.outline)))
    assert session.scalar(valid) is True


def test_the_map_agrees_with_the_list(session: Session) -> None:
    closed = [s.value for s in (FindingState.CLOSED, FindingState.REJECTED, FindingState.DUPLICATE)]
    open_ = _count(session, Finding, Finding.state.not_in([*closed, FindingState.ON_SPOT_FIXED.value]))
    assert open_ > 25
    assert _count(session, OpenPin) == open_
    assert session.scalar(sa.select(sa.func.sum(CompoundCounter.n_open))) == open_
    kinds = set(session.scalars(sa.select(BaseFeature.kind).distinct()))
    assert {"water", "green", "road_major", "road_minor", "district", "street", "community"} <= kinds


def test_every_case_file_is_intact(session: Session) -> None:
    case_ids = session.scalars(sa.select(Finding.id)).all()
    for case_id in case_ids:
        lines = ledger.lines(session, case_id)
        assert lines[0].act == "finding.open"
        assert ledger.first_broken(lines) is None
    assert _count(session, CaseEvent) > 3 * len(case_ids)


def test_photos_are_stored_under_their_hash_with_thumbnails(filled: Flask, session: Session) -> None:
    storage: Storage = filled.extensions["storage"]
    for blob in session.scalars(sa.select(Blob).limit(12)):
        data = storage.read(blob.sha256.hex())
        assert hashlib.sha256(data).digest() == blob.sha256
        assert len(data) == blob.size
        assert blob.thumb_sha256 is not None
        with Image.open(io.BytesIO(storage.read(blob.thumb_sha256.hex()))) as thumb:
            assert max(thumb.size) == 320
    orphans = sa.select(sa.func.count()).select_from(Photo).outerjoin(Blob, Blob.sha256 == Photo.sha256)
    assert session.scalar(orphans.where(Blob.sha256.is_(None))) == 0


def test_every_finding_has_a_photo_and_every_answer_one_after(session: Session) -> None:
    bare = sa.select(sa.func.count()).where(
        ~sa.exists().where(Photo.case_id == Finding.id).correlate(Finding)
    )
    assert session.scalar(bare.select_from(Finding)) == 0


def test_notices_have_a_document_and_the_series_goes_on(filled: Flask, session: Session) -> None:
    storage: Storage = filled.extensions["storage"]
    for notice in session.scalars(sa.select(Notice).order_by(Notice.issued_at.desc()).limit(5)):
        assert storage.read(notice.document_sha256.hex(), 0, 5) == b"%PDF-"
    series = session.execute(
        sa.select(
            *(NumberSeries.organisation_id, NumberSeries.year),
            *(NumberSeries.document_type, NumberSeries.last),
        )
    ).all()
    assert {kind for *_, kind, _ in series} == {"N2", "transfer"}
    for organisation_id, year, kind, last in series:
        paper = OfficialDocument
        mine = (paper.organisation_id == organisation_id, paper.year == year, paper.document_type == kind)
        assert _count(session, paper, *mine) == last
    assert _count(session, NoticeItem) >= _count(session, Notice)


def test_visits_have_answers_and_findings_failed_items(session: Session) -> None:
    assert _count(session, Round) > 110
    assert _count(session, VisitAnswer) > 1_000
    walked = session.scalars(sa.select(Visit.id).where(Visit.left_at.is_not(None)).limit(5)).all()
    assert all(_count(session, VisitAnswer, VisitAnswer.visit_id == v) >= 10 for v in walked)


def _signed_in(filled: Flask, username: str) -> FlaskClient:
    client = filled.test_client()
    device = {"id": str(new_id()), "label": "test", "app_version": "1"}
    body = {"username": username, "password": DEMO_PASSWORD, "device": device}
    answer = client.post("/api/session", json=body, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 200, answer.get_json()
    return client


def test_the_inspector_sees_a_round_with_the_story_compound_still_to_walk(filled: Flask) -> None:
    rounds = _signed_in(filled, "inspector01").get("/api/rounds").get_json()["items"]
    weekly = [r for r in rounds if r["level"] == "weekly"]
    assert len(weekly) == 1
    assert len(weekly[0]["visits"]) == 7
    states = {v["state"] for v in weekly[0]["visits"]}
    assert states == {"left", "planned"}


def test_a_whole_case_can_be_read_by_the_supervisor_and_by_its_firm(filled: Flask, session: Session) -> None:
    query = sa.select(Finding.id, Notice.firm_id).join(Notice, Notice.id == Finding.notice_id)
    replied = query.join(Compound, Compound.id == Finding.compound_id).where(
        Compound.name == HERO, Finding.state == FindingState.REPLIED
    )
    finding_id = session.execute(replied).first()
    assert finding_id is not None
    for username in ("street01", "district01", "firm01"):
        answer = _signed_in(filled, username).get(f"/api/findings/{finding_id[0]}")
        assert answer.status_code == 200, (username, answer.get_json())
    assert _signed_in(filled, "firm02").get(f"/api/findings/{finding_id[0]}").status_code == 404


def test_what_is_open_says_since_when_it_waits(session: Session) -> None:
    """Steps of the ladder count from there; a case without it would never fall due."""
    assert _count(session, Finding, Finding.waiting_since.is_(None)) == 0
    assert _count(session, Finding, Finding.waiting_since < Finding.received_at) == 0


def test_the_fire_brigade_finds_its_cases_and_nobody_elses(filled: Flask, session: Session) -> None:
    dept, street = _signed_in(filled, "dept01"), _signed_in(filled, "street01")
    sent = dept.get("/api/transfers").get_json()["items"]
    assert {one["state"] for one in sent} >= {"sent", "accepted", "reported", "declined"}
    assert {one["late"] for one in sent if one["state"] == "sent"} == {True, False}
    assert all(one["number"] for one in sent if one["state"] == "sent")
    held = {one["finding_id"] for one in sent if one["state"] != "declined"}
    assert {one["id"] for one in dept.get("/api/findings?limit=100").get_json()["items"]} == held
    open_ = sum(one["state"] in ("sent", "accepted", "reported") for one in sent)
    assert dept.get("/api/map/counts").get_json()["total"] == open_ >= 4
    for finding_id in held:
        photos = dept.get(f"/api/findings/{finding_id}").get_json()["photos"]
        assert dept.get(f"/api/photos/{photos[0]['id']}/content").status_code == 200
    theirs = [one for one in street.get("/api/transfers").get_json()["items"] if one["id"] not in
              {mine["id"] for mine in sent}]  # fmt: skip
    assert theirs
    for one in theirs:
        assert dept.get(f"/api/findings/{one['finding_id']}").status_code == 404
        assert dept.get(f"/api/transfers/{one['id']}").status_code == 404


def test_a_letter_of_transfer_is_in_the_register_and_its_bundle_can_be_packed(
    filled: Flask, session: Session
) -> None:
    dept = _signed_in(filled, "dept01")
    sent = next(one for one in dept.get("/api/transfers?state=sent").get_json()["items"])
    papers = dept.get(f"/api/documents?case_id={sent['finding_id']}").get_json()["items"]
    assert [one["number"] for one in papers] == [sent["number"]]
    assert dept.get(f"/api/documents/{papers[0]['id']}/file").data.startswith(b"%PDF-")
    bundling.make(session, uuid.UUID(sent["id"]), NOW)
    session.commit()
    archive = zipfile.ZipFile(io.BytesIO(dept.get(f"/api/transfers/{sent['id']}/bundle").data))
    assert {"移送函.pdf", "ledger.json", "manifest.json"} <= set(archive.namelist())


@pytest.mark.parametrize(("username", "group"), [("fire01", "FP-02"), ("urban01", "ES-01")])
def test_departments_with_a_power_can_order(
    filled: Flask, session: Session, username: str, group: str
) -> None:
    me = session.scalars(sa.select(User).where(User.username == username)).one()
    mates = sa.select(User.id).where(User.organisation_id == me.organisation_id, User.role == "department")
    officers = [str(user_id) for user_id in session.scalars(mates.limit(2))]
    query = sa.select(Finding.id).where(Finding.item_code == group, Finding.state == FindingState.SUBMITTED)
    case = str(session.scalars(query.limit(1)).one())
    client = _signed_in(filled, username)

    def does(kind: str, **body: Any) -> dict[str, Any]:
        sent = {"id": str(new_id()), "kind": kind, "captured_at": NOW.isoformat(), "body": body}
        told = client.post(
            "/api/sync/commands",
            json={"device_time": NOW.isoformat(), "commands": [sent]},
            headers={"Sec-Fetch-Site": "same-origin"},
        )
        (entry,) = told.get_json()["results"]
        assert entry["status"] == "applied", entry["problem"]
        result: dict[str, Any] = entry["result"]
        return result

    does("confirm_finding", finding_id=case)
    items = [{"finding_id": case}]
    order = does("issue_notice", notice_id=str(new_id()), document_type="N3", officers=officers, items=items)
    assert order["number"].startswith({"fire01": "澄消责改", "urban01": "澄城管责改"}[username])
