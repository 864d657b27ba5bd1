"""The case file is append-only and every change of it shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from server.core import ledger
from server.core.ledger import CaseEvent
from tests.factories.actors import Actor

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


def test_bulk_lines_are_the_same_as_single_ones(cast: Cast, session: Any) -> None:
    finding_id = cast("inspector_chen").finds()
    events = list(ledger.lines(session, finding_id))
    single = [event.hash for event in events]
    assert len(set(single)) == len(single)
    assert events[0].prev_hash == ledger.GENESIS
