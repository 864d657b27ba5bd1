"""Publishing the packaged catalogue once, and reading it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from server.checklists import errors, service
from server.checklists.models import CatalogueVersion, ChecklistVersion
from server.checklists.rules import load_catalogue, load_sets
from server.core.db import new_id
from tests.factories.actors import Actor
from tests.factories.world import NOW

Cast = Callable[[str], Actor]


def test_everything_packaged_is_published_once(session: Session) -> None:
    catalogue, checklists = service.current(session)
    assert len(catalogue.items) == len(load_catalogue().items) == 85
    assert {checklist.set_code for checklist in checklists} == {each.code for each in load_sets()}
    assert service.publish(session, NOW) == []


def test_other_words_under_a_published_version_are_refused(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = service.read_data("catalogue")
    changed["items"][0]["name"] += "！"
    monkeypatch.setattr(
        service, "read_data", lambda name: changed if name == "catalogue" else {"version": "x"}
    )
    with pytest.raises(errors.VersionChanged):
        service.publish(session, NOW)


@pytest.mark.parametrize("table", ["catalogue_version", "checklist_version"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET published_at = now()", "DELETE FROM {}"])
def test_a_published_version_cannot_be_changed(session: Session, table: str, verb: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(sa.text(verb.format(table)))


def test_reading_the_current_one_and_asking_again(cast: Cast) -> None:
    chen = cast("inspector_chen")
    answer = chen.get("/api/checklists/current")
    assert answer.status_code == 200
    document = answer.get_json()
    assert len(document["catalogue"]["items"]) == 85
    week = next(each for each in document["checklists"] if each["set_code"] == "CK-WEEK")
    assert {"code", "text", "text_en", "items"} == set(week["items"][0])
    assert answer.headers["Cache-Control"] == "private, no-cache"
    tag = answer.headers["ETag"]
    again = chen.client.get("/api/checklists/current", headers={"If-None-Match": tag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    weak = chen.client.get("/api/checklists/current", headers={"If-None-Match": f"W/{tag}"})
    assert weak.status_code == 304
    other = chen.client.get("/api/checklists/current", headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


def test_a_new_version_has_another_tag_and_the_old_stays_readable(session: Session, cast: Cast) -> None:
    catalogue, checklists = service.current(session)
    old = next(each for each in checklists if each.set_code == "CK-WEEK")
    tag = service.etag(catalogue, checklists)
    session.add(
        ChecklistVersion(
            set_code="CK-WEEK",
            version="2026.2",
            name="社区周巡查表",
            catalogue_version=catalogue.version,
            items=[{"code": "FP-01", "text": "通道", "text_en": "lane", "items": ["FP-01"]}],
            published_at=NOW.replace(year=2027),
        )
    )
    session.commit()
    catalogue, checklists = service.current(session)
    assert len(checklists) == len(load_sets())
    assert next(each.version for each in checklists if each.set_code == "CK-WEEK") == "2026.2"
    assert service.etag(catalogue, checklists) != tag
    answer = cast("inspector_chen").get(f"/api/checklists/{old.id}")
    assert (answer.status_code, answer.get_json()["version"]) == (200, old.version)


def test_an_unknown_checklist(cast: Cast) -> None:
    assert cast("inspector_chen").get(f"/api/checklists/{new_id()}").status_code == 404


def test_checklists_are_for_those_who_signed_in(app: Flask) -> None:
    for path in ("current", str(new_id())):
        assert app.test_client().get(f"/api/checklists/{path}").status_code == 401


def test_items_are_parsed_once(session: Session) -> None:
    version = service.current_version(session)
    first = service.item(session, version, "FP-01")
    assert first.severity == "critical"
    assert service.find_item(session, version, "FP-01") is first
    assert service.find_item(session, version, "ZZ-99") is None
    assert service.find_item(session, "1999.1", "FP-01") is None
    with pytest.raises(errors.Problem):
        service.item(session, version, "ZZ-99")


def test_photo_kinds_that_are_missing(session: Session) -> None:
    item = service.item(session, service.current_version(session), "FP-01")
    assert [kind.value for kind in service.missing_photo_kinds(item, set())] == ["O", "C", "T"]
    assert service.missing_photo_kinds(item, ["O", "C", "T", "A"]) == []


def test_nothing_published_says_so(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service.queries, "current_catalogue", lambda _: None)
    monkeypatch.setattr(service.queries, "current_version", lambda _: None)
    for ask in (service.current, service.current_version):
        with pytest.raises(errors.NothingPublished):
            ask(session)


def test_the_newest_version_of_a_set(session: Session) -> None:
    found = session.get_one(ChecklistVersion, service.checklist_id_of(session, "CK-WEEK"))
    assert found.set_code == "CK-WEEK"
    assert session.get(CatalogueVersion, found.catalogue_version) is not None
    with pytest.raises(errors.Problem):
        service.checklist_id_of(session, "CK-NONE")
