"""Walking a round through the command endpoint: in order, twice, late, by the wrong person."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from server.accounts import queries
from server.accounts.models import Device, SignInSession
from server.accounts.sessions import identity_of, token_hash
from server.checklists import service as checklists
from server.core.clock import FixedClock
from server.core.db import db, new_id
from server.photos.models import Photo
from server.rounds import errors, planning, reading, service
from server.rounds.models import Round, Visit, VisitAnswer
from server.rounds.rules import RoundLevel, RoundState, VisitState
from tests.factories.actors import CENTRE, Actor
from tests.factories.world import NOW, PATHS

Cast = Callable[[str], Actor]
STREET = PATHS["青禾街道"][1]
COMMUNITY = PATHS["禾田社区"][1]
LONG_AGO = 10**15
HERE = CENTRE | {"accuracy_m": 6.0}


@pytest.fixture
def week(session: Session) -> str:
    return str(checklists.checklist_id_of(session, "CK-WEEK"))


@pytest.fixture
def planned(session: Session, cast: Cast, week: str) -> Round:
    """陈巡01's week: 汀禾苑, then 岸禾新村."""
    return plan(session, cast("inspector_chen"), week)


def plan(session: Session, actor: Actor, week: str, day: date = date(2026, 11, 20), **change: Any) -> Round:
    world = actor.world
    stops = [(world.compounds[name], COMMUNITY) for name in ("汀禾苑", "岸禾新村")]
    fields: dict[str, Any] = {
        "inspector_id": actor.user_id,
        "organisation_id": world.organisations["青禾街道办事处"],
        "level": RoundLevel.WEEKLY,
        "day": day,
        "title": "禾田社区周巡查",
        "path": COMMUNITY,
        "stops": stops,
        "checklist_version_id": uuid.UUID(week),
    }
    made = planning.plan_round(session, **(fields | change))
    session.commit()
    return made


def visits(session: Session, round_: Round) -> list[Visit]:
    query = sa.select(Visit).where(Visit.round_id == round_.id).order_by(Visit.seq)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def check_in(actor: Actor, week: str, **change: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "visit_id": str(new_id()),
        "compound_id": str(actor.world.compounds["汀禾苑"]),
        "checklist_version_id": week,
        "arrived_at": actor.now().isoformat(),
        "position": HERE,
    }
    return body | change


def answers(visit_id: Any, at: datetime = NOW, **results: str) -> dict[str, Any]:
    lines = [
        {"code": code.replace("_", "-"), "result": result, "answered_at": at.isoformat()}
        for code, result in results.items()
    ]
    return {"visit_id": str(visit_id), "answers": lines}


def test_a_whole_round(cast: Cast, session: Session, planned: Round, week: str) -> None:
    chen = cast("inspector_chen")
    for visit in visits(session, planned):
        body = check_in(chen, week, visit_id=str(visit.id), compound_id=str(visit.compound_id))
        assert chen.does("check_in", **body)["state"] == "arrived"
        told = chen.does("answer_checklist", **answers(visit.id, FP_01="fail", EB_03="pass"))
        assert told["answers"] == {"FP-01": "fail", "EB-03": "pass"}
        chen.does("leave", visit_id=str(visit.id), left_at=chen.now().isoformat())
    session.expire_all()
    assert planned.state is RoundState.FINISHED
    assert {visit.state for visit in visits(session, planned)} == {VisitState.LEFT}


def test_a_round_starts_with_its_first_visit_and_ends_with_its_last(
    cast: Cast, session: Session, planned: Round, week: str
) -> None:
    chen = cast("inspector_chen")
    first, _ = visits(session, planned)
    body = check_in(chen, week, visit_id=str(first.id))
    chen.does("check_in", **body)
    session.expire_all()
    assert planned.state is RoundState.STARTED
    chen.does("leave", visit_id=str(first.id), left_at=NOW.isoformat())
    session.expire_all()
    assert planned.state is RoundState.STARTED


def test_every_act_may_be_repeated_under_a_new_command(cast: Cast, session: Session, week: str) -> None:
    chen = cast("inspector_chen")
    body = check_in(chen, week)
    first = chen.does("check_in", **body)
    later = (NOW + timedelta(hours=1)).isoformat()
    assert chen.does("check_in", **(body | {"arrived_at": later})) == first
    chen.does("leave", visit_id=body["visit_id"], left_at=NOW.isoformat())
    again = chen.does("leave", visit_id=body["visit_id"], left_at=later)
    visit = session.get_one(Visit, uuid.UUID(body["visit_id"]), populate_existing=True)
    assert (again["state"], visit.arrived_at, visit.left_at) == ("left", NOW, NOW)
    assert chen.does("check_in", **body)["state"] == "left"


def test_a_visit_off_the_plan_and_one_added_to_a_round(
    cast: Cast, session: Session, planned: Round, week: str
) -> None:
    chen = cast("inspector_chen")
    alone = check_in(chen, week)
    chen.does("check_in", **alone)
    assert session.get_one(Visit, uuid.UUID(alone["visit_id"])).round_id is None
    extra = check_in(chen, week, round_id=str(planned.id), compound_id=str(chen.world.compounds["无管小院"]))
    chen.does("check_in", **extra)
    assert [str(visit.id) for visit in visits(session, planned)][2] == extra["visit_id"]


@pytest.mark.parametrize(
    ("position", "flags"),
    [
        (HERE, []),
        (None, ["no_position"]),
        # 0.001° of latitude are 111 m: inside the 200 m that nobody minds.
        ({"lon": CENTRE["lon"], "lat": CENTRE["lat"] - 0.002, "accuracy_m": 6.0}, []),
        ({"lon": CENTRE["lon"], "lat": CENTRE["lat"] - 0.004, "accuracy_m": 6.0}, ["outside_compound"]),
        ({"lon": CENTRE["lon"], "lat": CENTRE["lat"] - 0.004, "accuracy_m": 900.0}, ["poor_accuracy"]),
        ({"lon": 0.0, "lat": 0.0}, ["outside_compound"]),
    ],
)
def test_a_doubtful_position_is_taken_and_flagged(
    cast: Cast, week: str, position: Any, flags: list[str]
) -> None:
    chen = cast("inspector_chen")
    assert chen.does("check_in", **check_in(chen, week, position=position))["flags"] == flags


def test_nobody_arrives_at_two_ends_of_a_city_within_a_minute(cast: Cast, week: str) -> None:
    chen = cast("inspector_chen")
    assert chen.does("check_in", **check_in(chen, week))["flags"] == []
    soon = {"arrived_at": (NOW + timedelta(minutes=1)).isoformat()}
    far = {"lon": CENTRE["lon"], "lat": CENTRE["lat"] + 0.05, "accuracy_m": 6.0}
    flags = chen.does("check_in", **check_in(chen, week, position=far, **soon))["flags"]
    assert flags == ["outside_compound", "impossible_speed"]
    stale = far | {"source": "last_fix"}
    assert chen.does("check_in", **check_in(chen, week, position=stale, **soon))["flags"] == [
        "outside_compound"
    ]


def test_a_clean_visit_is_proven_by_entrance_answers_arrival_and_departure(
    cast: Cast, session: Session, week: str
) -> None:
    chen = cast("inspector_chen")
    body = check_in(chen, week)
    visit_id = body["visit_id"]

    def seen() -> dict[str, Any]:
        visit = session.get_one(Visit, uuid.UUID(visit_id), populate_existing=True)
        (document,) = reading.visit_documents(session, [visit])
        return document

    chen.does("check_in", **body)
    assert seen()["lacking"] == ["entrance", "answers", "departure"]
    chen.does("add_visit_photos", visit_id=visit_id, photos=[chen.shoots().declaration])
    codes = sorted(checklists.line_codes(session, uuid.UUID(week)) or ())
    answers = [{"code": code, "result": "pass", "answered_at": NOW.isoformat()} for code in codes]
    chen.does("answer_checklist", visit_id=visit_id, answers=answers[1:])
    assert seen()["lacking"] == ["answers", "departure"]
    chen.does("answer_checklist", visit_id=visit_id, answers=answers[:1])
    chen.does("leave", visit_id=visit_id, left_at=NOW.isoformat(), position=HERE)
    visit = session.get_one(Visit, uuid.UUID(visit_id), populate_existing=True)
    assert visit.left_fix is not None and visit.left_fix["accuracy_m"] == 6.0
    assert visit.fix is not None and visit.fix["source"] == "gnss"
    assert (seen()["lacking"], seen()["left_position"]) == ([], {"lon": HERE["lon"], "lat": HERE["lat"]})


def test_a_clock_that_is_off_is_flagged(cast: Cast, week: str) -> None:
    chen = cast("inspector_chen")
    command = chen.make("check_in", **check_in(chen, week))
    answer = chen.push(command, device_time=NOW + timedelta(days=2)).get_json()
    assert answer["results"][0]["result"]["flags"] == ["clock_skew"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"compound_id": str(uuid.UUID(int=9))}, "core.not_found"),
        ({"checklist_version_id": str(uuid.UUID(int=9))}, "rounds.unknown_checklist"),
        ({"round_id": str(uuid.UUID(int=9))}, "core.not_found"),
        ({"visit_id": str(uuid.uuid4())}, "core.invalid"),
        ({"position": {"lon": 38.9, "lat": 119.6}}, "position.swapped"),
        ({"position": {"lon": 119.6, "lat": 38.9, "crs": "gcj02"}}, "core.invalid"),
        ({"position": {"lon": 119.6, "lat": 38.9, "accuracy_m": -1}}, "core.invalid"),
        ({"position": {"lon": "NaN", "lat": 38.9}}, "core.invalid"),
        ({"arrived_at": "2026-11-20T09:00:00"}, "core.invalid"),
        ({"arrived_at": "0001-01-01T00:00:00+14:00"}, "core.invalid"),
        ({"arrived_at": "9999-12-31T23:59:59-12:00"}, "core.invalid"),
        ({"surprise": 1}, "core.invalid"),
    ],
)
def test_check_ins_that_are_refused(
    cast: Cast, session: Session, week: str, change: dict[str, Any], code: str
) -> None:
    chen = cast("inspector_chen")
    assert chen.fails("check_in", **check_in(chen, week, **change)) == code
    assert session.scalar(sa.select(sa.func.count()).select_from(Visit)) == 0
    chen.does("check_in", **check_in(chen, week))


def test_nobody_checks_in_outside_their_area(cast: Cast, week: str) -> None:
    chen, wang = cast("inspector_chen"), cast("inspector_wang")
    foreign = str(chen.world.compounds["听涛苑"])
    assert chen.fails("check_in", **check_in(chen, week, compound_id=foreign)) == "core.not_found"
    assert wang.fails("check_in", **check_in(wang, week)) == "core.not_found"
    for name in ("observer_bai", "firm_liu", "legal_qin"):
        assert cast(name).fails("check_in", **check_in(chen, week)) == "core.forbidden"


def test_a_colleagues_visit_is_not_ones_own(cast: Cast, session: Session, planned: Round, week: str) -> None:
    chen, li, wang = cast("inspector_chen"), cast("inspector_li"), cast("inspector_wang")
    first = str(visits(session, planned)[0].id)
    assert li.fails("check_in", **check_in(li, week, visit_id=first)) == "rounds.not_own_visit"
    assert li.fails("check_in", **check_in(li, week, round_id=str(planned.id))) == "rounds.not_own_round"
    chen.does("check_in", **check_in(chen, week, visit_id=first))
    late = NOW.isoformat()
    shot = li.shoots().declaration
    for actor, code in ((li, "rounds.not_own_visit"), (wang, "core.not_found")):
        assert actor.fails("answer_checklist", **answers(first, FP_01="pass")) == code
        assert actor.fails("leave", visit_id=first, left_at=late) == code
        assert actor.fails("add_visit_photos", visit_id=first, photos=[shot]) == code
    assert session.scalar(sa.select(sa.func.count()).select_from(VisitAnswer)) == 0


def test_a_visit_belongs_to_its_compound(cast: Cast, session: Session, planned: Round, week: str) -> None:
    chen = cast("inspector_chen")
    second = str(visits(session, planned)[1].id)
    assert chen.fails("check_in", **check_in(chen, week, visit_id=second)) == "rounds.visit_mismatch"


def test_nothing_is_answered_before_arriving(cast: Cast, session: Session, planned: Round) -> None:
    chen = cast("inspector_chen")
    first = str(visits(session, planned)[0].id)
    shot = chen.shoots().declaration
    assert chen.fails("answer_checklist", **answers(first, FP_01="pass")) == "rounds.illegal_action"
    assert chen.fails("leave", visit_id=first, left_at=NOW.isoformat()) == "rounds.illegal_action"
    assert chen.fails("add_visit_photos", visit_id=first, photos=[shot]) == "rounds.illegal_action"
    assert chen.fails("answer_checklist", **answers(new_id(), FP_01="pass")) == "core.not_found"


def test_the_later_answer_counts_whatever_comes_first(cast: Cast, week: str) -> None:
    chen = cast("inspector_chen")
    body = check_in(chen, week)
    chen.does("check_in", **body)
    visit_id = body["visit_id"]
    chen.does("answer_checklist", **answers(visit_id, NOW + timedelta(minutes=2), FP_01="fail"))
    told = chen.does("answer_checklist", **answers(visit_id, NOW, FP_01="pass", EB_03="not_applicable"))
    assert told["answers"] == {"FP-01": "fail", "EB-03": "not_applicable"}
    chen.does("leave", visit_id=visit_id, left_at=NOW.isoformat())
    last = chen.does("answer_checklist", **answers(visit_id, NOW + timedelta(minutes=3), FP_01="pass"))
    assert (last["state"], last["answers"]["FP-01"]) == ("left", "pass")


def test_within_one_delivery_too(cast: Cast, week: str) -> None:
    chen = cast("inspector_chen")
    body = check_in(chen, week)
    chen.does("check_in", **body)
    later = answers(body["visit_id"], NOW + timedelta(minutes=2), FP_01="fail")
    sent = answers(body["visit_id"], NOW, FP_01="pass")
    sent["answers"] = later["answers"] + sent["answers"]
    assert chen.does("answer_checklist", **sent)["answers"] == {"FP-01": "fail"}


def test_lines_that_the_list_does_not_have(cast: Cast, session: Session, week: str) -> None:
    chen = cast("inspector_chen")
    body = check_in(chen, week)
    chen.does("check_in", **body)
    sent = answers(body["visit_id"], FP_01="pass", EL_04="pass", ZZ_99="fail")
    entry = chen.command("answer_checklist", **sent)
    assert (entry["problem"]["code"], entry["problem"]["codes"]) == (
        "rounds.unknown_item",
        ["EL-04", "ZZ-99"],
    )
    assert session.scalar(sa.select(sa.func.count()).select_from(VisitAnswer)) == 0
    assert chen.fails("answer_checklist", **answers(body["visit_id"], FP_01="maybe")) == "core.invalid"
    assert chen.fails("answer_checklist", visit_id=body["visit_id"], answers=[]) == "core.invalid"


def test_photos_prove_a_clean_visit(cast: Cast, session: Session, week: str) -> None:
    chen = cast("inspector_chen")
    body = check_in(chen, week)
    chen.does("check_in", **body)
    shot = chen.shoots("O")
    told = chen.does("add_visit_photos", visit_id=body["visit_id"], photos=[shot.declaration])
    assert told["photo_ids"] == [str(shot.id)]
    photo = session.get_one(Photo, shot.id)
    assert (photo.visit_id, photo.case_id, photo.stage) == (uuid.UUID(body["visit_id"]), None, "visit")
    assert (photo.path, photo.firm_id) == (COMMUNITY, None)
    chen.uploads(shot)


def test_a_period_that_ended_lapses_and_a_late_phone_revives_it(
    cast: Cast, session: Session, planned: Round, week: str, clock: FixedClock
) -> None:
    chen = cast("inspector_chen")
    sunday_night = datetime.fromisoformat("2026-11-22T23:59:00+08:00")
    assert service.lapse(session, sunday_night) == 0
    monday = datetime.fromisoformat("2026-11-23T00:00:00+08:00")
    assert service.lapse(session, monday) == 2
    assert service.lapse(session, monday) == 0
    session.commit()
    assert planned.state is RoundState.MISSED
    clock.set(monday)
    first = visits(session, planned)[0]
    assert first.state is VisitState.MISSED
    chen.does("check_in", **check_in(chen, week, visit_id=str(first.id), arrived_at=NOW.isoformat()))
    session.expire_all()
    assert (planned.state, first.state, first.arrived_at) == (RoundState.STARTED, VisitState.ARRIVED, NOW)
    service.lapse(session, monday)
    session.expire_all()
    assert (planned.state, first.state) == (RoundState.FINISHED, VisitState.ARRIVED)


def test_a_plan_needs_a_compound(cast: Cast, session: Session, week: str) -> None:
    with pytest.raises(errors.NothingToWalk):
        plan(session, cast("inspector_chen"), week, stops=[])


def test_the_days_rounds_with_what_is_open(cast: Cast, session: Session, planned: Round) -> None:
    chen = cast("inspector_chen")
    chen.finds()
    # The map's triggers count when a transaction commits; the test's never does.
    session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
    items = chen.get("/api/rounds", on="2026-11-22").get_json()["items"]
    assert [item["period_key"] for item in items] == ["2026-W47"]
    assert items[0]["inspector"]["name"] == "陈巡01"
    stops = items[0]["visits"]
    assert [stop["compound"]["name"] for stop in stops] == ["汀禾苑", "岸禾新村"]
    assert [(stop["compound"]["n_open"], stop["compound"]["n_critical"]) for stop in stops] == [
        (1, 1),
        (0, 0),
    ]
    assert stops[0]["compound"]["community"] == "禾田社区"
    assert chen.get("/api/rounds").get_json()["items"] == items
    assert chen.get("/api/rounds", on="2026-11-23").get_json()["items"] == []


def test_whose_rounds_one_sees(cast: Cast, planned: Round) -> None:
    def count(name: str, query: str = "") -> int:
        return len(cast(name).get(f"/api/rounds?on=2026-11-20{query}").get_json()["items"])

    assert (count("inspector_chen"), count("inspector_li"), count("inspector_wang")) == (1, 0, 0)
    assert (count("supervisor_he"), count("supervisor_xu"), count("supervisor_sun")) == (1, 1, 0)
    assert count("supervisor_xu", f"&path={STREET}") == 1
    assert count("supervisor_xu", f"&path={PATHS['听松街道'][1]}") == 0
    assert count("supervisor_sun", f"&path={STREET}") == 0
    for name in ("firm_liu", "observer_bai", "department_ma"):
        assert cast(name).get("/api/rounds").status_code == 403
    for path in ("%27", "9999%0A", "9999..1", ""):
        assert cast("supervisor_xu").get(f"/api/rounds?path={path}").status_code == 422


def test_the_pull_brings_ones_walks_and_their_answers(
    cast: Cast, session: Session, planned: Round, week: str
) -> None:
    chen = cast("inspector_chen")
    first = visits(session, planned)[0]
    chen.does("check_in", **check_in(chen, week, visit_id=str(first.id)))
    chen.does("answer_checklist", **answers(first.id, FP_01="fail"))
    who = identity(chen, session)
    rounds = service.changed_rounds(session, who, None, 10, LONG_AGO, True)
    assert [item["period_key"] for item in rounds.items] == ["2026-W47"]
    found = {
        item["id"]: item for item in service.changed_visits(session, who, None, 10, LONG_AGO, True).items
    }
    assert found[first.id]["answers"] == {"FP-01": "fail"}
    assert found[first.id]["position"] == pytest.approx(CENTRE)
    assert len(found) == 2
    for name in ("inspector_li", "inspector_wang", "firm_liu"):
        other = identity(cast(name), session)
        assert service.changed_rounds(session, other, None, 10, LONG_AGO, True).items == []
        assert service.changed_visits(session, other, None, 10, LONG_AGO, False).items == []
    boss = identity(cast("supervisor_he"), session)
    assert len(service.changed_visits(session, boss, None, 10, LONG_AGO, False).items) == 2


def test_the_first_pull_leaves_out_what_is_over(cast: Cast, session: Session, week: str) -> None:
    chen = cast("inspector_chen")
    plan(session, chen, week, day=date(2026, 11, 2))
    service.lapse(session, NOW)
    who = identity(chen, session)
    assert service.changed_rounds(session, who, None, 10, LONG_AGO, True).items == []
    assert service.changed_visits(session, who, None, 10, LONG_AGO, True).items == []
    assert len(service.changed_rounds(session, who, None, 10, LONG_AGO, False).items) == 1
    assert len(service.changed_visits(session, who, None, 10, LONG_AGO, False).items) == 2


def identity(actor: Actor, session: Session) -> Any:
    user = queries.user_by_id(session, actor.user_id)
    assert user is not None
    return identity_of(user)


def test_one_check_in_from_several_phones_at_once(live: tuple[Flask, Cast]) -> None:
    """Different commands for the same visit: one makes it, the others find it."""
    app, cast = live
    phones = [cast("inspector_chen") for _ in range(6)]
    with app.app_context():
        week = str(checklists.checklist_id_of(db.session(), "CK-WEEK"))
        for number, phone in enumerate(phones):
            phone.client.set_cookie("xunjian_session", another_phone(phone, number))
        db.session.commit()
    body = check_in(phones[0], week)
    with ThreadPoolExecutor(6) as pool:
        entries = list(pool.map(lambda phone: phone.command("check_in", **body), phones))
    assert [entry["problem"] for entry in entries] == [None] * 6
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Visit)) == 1


def another_phone(actor: Actor, number: int) -> str:
    """A further device of the same person, signed in; returns its token."""
    device = Device(
        id=new_id(), user_id=actor.user_id, label="", app_version="1", first_seen_at=NOW, last_seen_at=NOW
    )
    db.session.add(device)
    db.session.flush()
    token = f"phone {number} of {actor.name}"
    db.session.add(
        SignInSession(
            token_sha256=token_hash(token),
            user_id=actor.user_id,
            device_id=device.id,
            created_at=NOW,
            last_used_at=NOW,
            expires_at=NOW + timedelta(days=1),
        )
    )
    return token
