"""The triggers against the truth: random histories, rolled back savepoints, and many at once."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from server.core.db import db
from server.findings.rules import CLOSED_STATES, FIRM_SEES, FindingState, Progress, Severity, progress_of
from server.maps import rules, service, triggers
from tests.factories.actors import Actor
from tests.factories.world import NOW, SIDE, World
from tests.integration.maps_kit import plant

S = FindingState
Live = tuple[Flask, Callable[[str], Actor]]
COMPOUNDS = ("汀禾苑", "岸禾新村", "无管小院", "听涛苑")
READ = {
    "open_pin": "finding_id, compound_id, firm_id, path::text, severity, progress, overdue, category, "
    "urgency, ST_AsText(geom, 2)",
    "open_tally": "compound_id, category, " + ", ".join(cell.column for cell in rules.CELLS),
    "compound_counter": "compound_id, path::text, n_open, n_critical, n_major, n_general, n_overdue, "
    "n_replied, ST_AsText(centre, 2)",
    "compound_shape": "compound_id, path::text, firm_id, name, hectares, ST_AsText(geom, 2)",
    "building_shape": "compound_id, seq, name, ST_AsText(geom, 2)",
}
_NOT_EMPTY = " + ".join(cell.column for cell in rules.CELLS) + " <> 0"


@pytest.fixture
def world(live: Live) -> Iterator[World]:
    app, cast = live
    with app.app_context():
        yield cast("supervisor_he").world


def _tables(session: Session) -> dict[str, set[tuple[Any, ...]]]:
    """What the map reads; a tally of none is as good as no tally."""
    found = {}
    for table, columns in READ.items():
        where = f"WHERE {_NOT_EMPTY}" if table == "open_tally" else ""
        found[table] = {
            tuple(row) for row in session.execute(sa.text(f"SELECT {columns} FROM {table} {where}"))
        }
    session.rollback()
    return found


def _counter(session: Session, world: World, name: str = "汀禾苑") -> Any:
    query = sa.text("SELECT * FROM compound_counter WHERE compound_id = :id")
    row = session.execute(query, {"id": world.compounds[name]}).one()
    session.rollback()
    return row


class History:
    """Random changes to findings and compounds, as commands and imports would make them."""

    def __init__(self, session: Session, world: World, seed: int) -> None:
        self.session, self.world, self.dice = session, world, random.Random(seed)
        self.ids: list[uuid.UUID] = []

    def step(self) -> None:
        if not self.ids or self.dice.random() < 0.35:
            self.ids.append(self._plant())
        elif self.dice.random() < 0.1:
            self._change_compound()
        else:
            self._change(self.dice.choice(self.ids))

    def _plant(self) -> uuid.UUID:
        dice = self.dice
        return plant(
            self.session, self.world, dice.choice(COMPOUNDS), severity=dice.choice(list(Severity)),
            state=dice.choice([state for state in S if state is not S.DUPLICATE]),
            item=dice.choice(["FP-01", "ES-01", "EB-02"]),
            spot=dice.choice([None, (dice.random(), dice.random())]),
            due_in=dice.choice([None, timedelta(days=dice.randint(-5, 5))]),
        )  # fmt: skip

    def _change(self, finding_id: uuid.UUID) -> None:
        dice = self.dice
        change, values = dice.choice(
            [
                ("state = :v", dice.choice([state.value for state in S if state is not S.DUPLICATE])),
                ("severity = :v", dice.choice([severity.value for severity in Severity])),
                ("due_at = :v", NOW + timedelta(days=dice.randint(-5, 5))),
                ("overdue_at = :v", dice.choice([None, NOW])),
                ("position = CAST(:v AS geometry)", dice.choice([None, "SRID=4326;POINT(119.62 38.94)"])),
                ("compound_id = :v", self.world.compounds[dice.choice(COMPOUNDS)]),
                ("text = :v", "no matter to the map"),
            ]
        )  # fmt: skip
        statement = sa.text(f"UPDATE finding SET {change} WHERE id = :id AND state <> 'duplicate'")
        self.session.execute(statement, {"v": values, "id": finding_id})

    def _change_compound(self) -> None:
        change = self.dice.choice(
            [
                f"outline = ST_Translate(outline, {SIDE / 7}, 0)",
                "path = '9999.999901.999901002.999901002001'",
                "name = name || '二期'",
                "building_outlines = ST_Buffer(ST_Centroid(outline), 0.0001, 2), building_names = '{1号楼}'",
                "building_outlines = NULL",
                "firm_id = NULL",
            ]
        )
        where = {"id": self.world.compounds[self.dice.choice(COMPOUNDS)]}
        self.session.execute(sa.text(f"UPDATE compound SET {change} WHERE id = :id"), where)


@pytest.mark.parametrize("seed", range(4))
def test_after_any_history_the_triggers_agree_with_a_rebuild(world: World, seed: int) -> None:
    session = db.session()
    history = History(session, world, seed)
    for _ in range(25):
        for _ in range(history.dice.randint(1, 6)):
            kept = len(history.ids)
            savepoint = session.begin_nested()
            history.step()
            if history.dice.random() < 0.2:
                savepoint.rollback()
                del history.ids[kept:]
            else:
                savepoint.commit()
        if history.dice.random() < 0.15:
            session.rollback()
            known = set(session.scalars(sa.text("SELECT id FROM finding")))
            history.ids = [finding_id for finding_id in history.ids if finding_id in known]
        else:
            session.commit()
    by_triggers = _tables(session)
    assert len(by_triggers["open_pin"]) > 10
    service.rebuild(session)
    session.commit()
    assert _tables(session) == by_triggers


def test_a_rebuild_makes_good_what_was_loaded_past_the_triggers(world: World) -> None:
    session = db.session()
    plant(session, world)
    session.commit()
    by_triggers = _tables(session)
    pins = dict(session.execute(sa.text("SELECT finding_id, id FROM open_pin")).all())
    version = _counter(session, world).version
    for statement in ("DELETE FROM open_tally", "UPDATE compound_counter SET n_open = 9, n_overdue = 7",
                      "UPDATE open_pin SET severity = 2", "DELETE FROM compound_shape"):  # fmt: skip
        session.execute(sa.text(statement))
    service.rebuild(session)
    session.commit()
    assert _tables(session) == by_triggers
    assert dict(session.execute(sa.text("SELECT finding_id, id FROM open_pin")).all()) == pins
    assert _counter(session, world).version > version


def test_the_database_knows_the_states_as_the_rules_do(world: World) -> None:
    session = db.session()
    planted = {state: plant(session, world, state=state) for state in S if state is not S.DUPLICATE}
    session.commit()
    pins = {
        row[0]: row for row in session.execute(sa.text("SELECT finding_id, progress, firm_id FROM open_pin"))
    }
    for state, finding_id in planted.items():
        assert (finding_id in pins) == (state not in CLOSED_STATES), state
        if finding_id in pins:
            _, progress, firm_id = pins[finding_id]
            assert progress == (progress_of(state) is Progress.REPLIED), state
            on_map = state in FIRM_SEES - {S.TRANSFERRED}  # what a department holds waits for no firm
            assert (firm_id is not None) == on_map, state


def test_a_duplicate_leaves_the_map(world: World) -> None:
    session = db.session()
    master, other = plant(session, world), plant(session, world)
    session.commit()
    session.execute(
        sa.text("UPDATE finding SET state = 'duplicate', master_id = :master WHERE id = :id"),
        {"master": master, "id": other},
    )
    session.commit()
    assert list(session.scalars(sa.text("SELECT finding_id FROM open_pin"))) == [master]
    assert _counter(session, world).n_open == 1


def test_severity_and_lateness_are_coded_as_the_rules_say(world: World) -> None:
    session = db.session()
    for severity in Severity:
        plant(session, world, severity=severity, due_in=timedelta(days=-1), state=S.REPLIED)
    session.commit()
    query = """SELECT f.severity, p.severity, p.progress * 2 + p.overdue::int
        FROM open_pin p JOIN finding f ON f.id = p.finding_id"""
    rows = session.execute(sa.text(query)).all()
    assert {(name, code) for name, code, _ in rows} == {
        (s.value, code) for s, code in rules.SEVERITY_CODES.items()
    }
    assert {mark for _, _, mark in rows} == {rules.Mark(Progress.REPLIED, True).code}
    counter = _counter(session, world)
    assert (counter.n_critical, counter.n_major, counter.n_general) == (1, 1, 1)
    assert (counter.n_overdue, counter.n_replied) == (3, 3)


def test_a_moved_outline_takes_along_what_has_no_position_of_its_own(world: World) -> None:
    session = db.session()
    loose, fixed = plant(session, world, spot=None), plant(session, world)
    session.commit()
    query = sa.text("SELECT finding_id, ST_X(geom) FROM open_pin")
    before = dict(session.execute(query).all())
    session.execute(
        sa.text(f"UPDATE compound SET outline = ST_Translate(outline, {SIDE}, 0) WHERE name = '汀禾苑'")
    )
    session.commit()
    after = dict(session.execute(query).all())
    assert after[fixed] == before[fixed]
    assert after[loose] - before[loose] == pytest.approx(SIDE / 180 * rules.WORLD, rel=1e-3)


def test_a_commit_changes_each_version_once_however_much_it_did(world: World) -> None:
    session = db.session()
    before = _counter(session, world).version
    for _ in range(7):
        plant(session, world)
    session.commit()
    assert _counter(session, world).version == before + 1


def test_work_under_way_holds_up_nobody(live: Live, world: World) -> None:
    """A long batch that has touched a compound must not block another's commit there."""
    session = db.session()
    first, second = plant(session, world), plant(session, world)
    session.commit()
    change = sa.text("UPDATE finding SET state = 'replied' WHERE id = :id")
    with db.engine.connect() as slow, db.engine.connect() as quick:
        slow.execute(change, {"id": first})
        quick.execute(sa.text("SET LOCAL lock_timeout = '2s'"))
        quick.execute(change, {"id": second})
        quick.commit()
        slow.commit()
    assert _counter(session, world).n_replied == 2


def test_batches_over_the_same_compounds_neither_deadlock_nor_lose_counts(live: Live, world: World) -> None:
    session = db.session()
    workers, rounds = 6, 15
    own = {w: [plant(session, world, name) for name in COMPOUNDS * 2] for w in range(workers)}
    session.commit()
    failures: list[BaseException] = []
    engine = db.engine

    def work(worker: int) -> None:
        dice = random.Random(worker)
        try:
            for turn in range(rounds):
                state = ("replied", "rectifying", "closed")[turn % 3]
                batch = dice.sample(own[worker], len(own[worker]))
                with engine.begin() as connection:
                    for finding_id in batch:
                        with connection.begin_nested():
                            connection.execute(
                                sa.text(
                                    "UPDATE finding SET state = :state, version = version + 1 WHERE id = :id"
                                ),
                                {"state": state, "id": finding_id},
                            )
                        if turn % 5 == 4:
                            connection.execute(
                                sa.text("UPDATE compound SET name = name || '.' WHERE id = "
                                        "(SELECT compound_id FROM finding WHERE id = :id) AND :first"),
                                {"id": finding_id, "first": worker == 0 and finding_id == batch[0]},
                            )  # fmt: skip
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert failures == []
    by_triggers = _tables(session)
    assert sum(row[2] for row in by_triggers["compound_counter"]) == 0
    service.rebuild(session)
    session.commit()
    assert _tables(session) == by_triggers


def test_a_rebuild_beside_running_work_loses_nothing(live: Live, world: World) -> None:
    session = db.session()
    ids = [plant(session, world, name) for name in COMPOUNDS * 5]
    session.commit()
    engine, stop = db.engine, threading.Event()

    def work() -> None:
        dice = random.Random(3)
        while not stop.is_set():
            with engine.begin() as connection:
                connection.execute(
                    sa.text("UPDATE finding SET state = :state WHERE id = :id"),
                    {"state": dice.choice(["replied", "closed", "rectifying"]), "id": dice.choice(ids)},
                )

    thread = threading.Thread(target=work)
    thread.start()
    try:
        for _ in range(5):
            service.rebuild(session)
            session.commit()
    finally:
        stop.set()
        thread.join(30)
    by_triggers = _tables(session)
    service.rebuild(session)
    session.commit()
    assert _tables(session) == by_triggers


def test_the_migrated_database_has_the_functions_of_record(world: World) -> None:
    """The migrations carry a copy; whoever changes one without the other learns it here."""
    session = db.session()
    made = dict(
        session.execute(sa.text("SELECT proname, prosrc FROM pg_proc WHERE proname LIKE 'map\\_%'")).all()
    )
    recorded = {
        statement.split("FUNCTION ")[1].split("(")[0]: statement.split("$$")[1]
        for statement in triggers.CREATE
        if statement.lstrip().startswith("CREATE FUNCTION")
    }
    assert made == recorded


def test_the_list_can_be_read_from_an_index_alone(world: World) -> None:
    """Without the carried columns a page of a wide box reads a row for each entry: 28 ms instead of 1."""
    query = sa.text("SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_open_pin_urgency_id'")
    definition = db.session().scalar(query)
    assert definition.endswith("(urgency, id) INCLUDE (geom, path, severity, progress, overdue, category)")
