"""The case file is append-only and every change of it shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from server.core import ledger
from server.core.db import new_id
from server.core.identity import SYSTEM
from server.core.ledger import CaseEvent
from tests.factories.actors import Actor
from tests.factories.world import NOW

Cast = Callable[[str], Actor]


def test_the_database_refuses_to_change_a_line(cast: Cast, session: Any) -> None:
    cast("inspector_chen").finds()
    for statement in (sa.update(CaseEvent).values(act="other"), sa.delete(CaseEvent)):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), session.begin_nested():
            session.execute(statement)


@pytest.mark.parametrize(
    "change",
    [
        {"act": "finding.reject"},
        {"actor": "别人"},
        {"data": {"text": "改过"}},
        {"prev_hash": bytes(32)},
        {"hash": bytes(32)},
        {"seq": 9},
    ],
)
def test_a_changed_line_breaks_the_chain(cast: Cast, session: Any, change: dict[str, Any]) -> None:
    finding_id = cast("inspector_chen").finds()
    cast("supervisor_he").does("confirm_finding", finding_id=str(finding_id))
    events = list(ledger.lines(session, finding_id))
    assert ledger.first_broken(events) is None
    victim = events[-1]
    session.expunge_all()
    for name, value in change.items():
        setattr(victim, name, value)
    assert ledger.first_broken(events) == len(events)


def test_a_removed_line_breaks_the_chain(cast: Cast, session: Any) -> None:
    finding_id = cast("inspector_chen").finds()
    events = list(ledger.lines(session, finding_id))
    assert len(events) >= 3
    assert ledger.first_broken(events[:1] + events[2:]) == 2


def test_bulk_lines_are_the_same_as_single_ones(session: Any) -> None:
    case_id, other = new_id(), new_id()
    acts = [
        ledger.Act(case_id, "finding.open", NOW, SYSTEM, {"text": "石墩", "n": 1.5}, device_at=NOW),
        ledger.Act(other, "finding.open", NOW, SYSTEM, {}),
        ledger.Act(case_id, "finding.confirm", NOW, SYSTEM, {"at": NOW, "id": other}),
    ]
    for act in acts:
        ledger.append(session, act)
    single = [line.hash for line in ledger.lines(session, case_id)]
    bulk = [row["hash"] for row in ledger.chain(acts) if row["case_id"] == case_id]
    assert single == bulk
    assert ledger.first_broken(list(ledger.lines(session, case_id))) is None


def test_no_line_is_older_than_the_one_before_it(session: Any) -> None:
    case_id, before = new_id(), NOW - timedelta(milliseconds=3)
    for act, at in (("finding.open", NOW), ("photo.stored", before)):
        ledger.append(session, ledger.Act(case_id, act, at, SYSTEM, {}))
    events = ledger.lines(session, case_id)
    assert [event.at for event in events] == [NOW, NOW]
    assert ledger.first_broken(events) is None


def test_all_case_files_are_checked_at_once_and_the_bad_ones_named(session: Any) -> None:
    cases = [new_id() for _ in range(4)]
    acts = [ledger.Act(case, f"step.{n}", NOW, SYSTEM, {"n": n}) for case in cases for n in range(3)]
    rows = ledger.chain(acts)
    whole, changed, gap, swapped = ([row for row in rows if row["case_id"] == case] for case in cases)
    before = ledger.audit(session)
    changed[1]["data"] = {"n": 7}
    swapped[1]["seq"], swapped[2]["seq"] = swapped[2]["seq"], swapped[1]["seq"]
    session.execute(sa.insert(CaseEvent), [*whole, *changed, gap[0], gap[2], *swapped])
    found = ledger.audit(session)
    assert before.broken == []
    assert (found.cases - before.cases, found.lines - before.lines) == (4, 11)
    assert set(found.broken) == {(cases[1], 2), (cases[2], 2), (cases[3], 2)}


def test_the_operator_hears_how_far_the_check_is(session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "AUDIT_PAGE", 10)
    acts = [ledger.Act(case, "step", NOW, SYSTEM, {}) for case in (new_id() for _ in range(35))]
    session.execute(sa.insert(CaseEvent), ledger.chain(acts))
    heard: list[int] = []
    total = ledger.audit(session, heard.append).lines
    assert len(heard) == total // 10
    assert heard == sorted(heard)
