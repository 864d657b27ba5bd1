"""After an import of the calendar: the list of open deadlines, moved by a person, later only, each a line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.core import ledger
from server.core.clock import SHANGHAI, FixedClock
from server.core.db import new_id
from server.escalation import recount
from server.messages.models import Message
from server.notices.models import NoticeItem
from tests.factories.actors import Actor

Cast = Callable[[str], Actor]
LATER, EARLIER, NEAR, PROVISIONAL = "later", "earlier", "near", "provisional"
TERMS = {LATER: (31, "workday"), EARLIER: (42, "day"), NEAR: (3, "day")}
"""Served on 2026-11-20; of 2027 it is only estimated that 1 January is off."""
REST = ["01-04", "01-05", "01-06", "02-06", "02-07", "04-05", "05-01", "05-03", "06-09", "09-15", "10-01"]
PLAN = {"year": 2027, "days": [{"name": "休", "date": f"2027-{on}", "isOffDay": True} for on in REST]}
"""A plan that takes the 1st away and gives three days after it: some deadlines come earlier, some later."""


def _at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T18:00").replace(tzinfo=SHANGHAI)


@pytest.fixture
def served(cast: Cast) -> dict[str, UUID]:
    """One served notice each, with terms into the new year and one that ends before."""
    found, he, firm = {}, cast("supervisor_he"), cast("firm_liu")
    for name, (term, unit) in TERMS.items():
        finding_id, notice_id = cast("inspector_chen").finds("FP-03"), str(new_id())
        he.does("confirm_finding", finding_id=str(finding_id))
        line = {"finding_id": str(finding_id), "term": term, "unit": unit}
        he.does("issue_notice", notice_id=notice_id, items=[line])
        firm.does("acknowledge_notice", notice_id=notice_id, name="刘某")
        found[name] = finding_id
    return found


def _affected(actor: Actor) -> dict[str, dict[str, Any]]:
    answer = actor.get("/api/escalation/recount")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return {item["finding_id"]: item for item in answer.get_json()["items"]}


def _import(cast: Cast, dry_run: bool = False) -> None:
    admin = cast("admin_gu")
    path = f"/api/calendars/imports/holidays?dry_run={str(dry_run).lower()}"
    assert admin.post(path, PLAN).status_code == 200


def _confirmed(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "items": [{"notice_item_id": one["notice_item_id"], "due_at": one["new_due_at"]} for one in items]
    }


def _line(session: Session, finding_id: UUID) -> NoticeItem:
    session.expire_all()
    return session.scalars(sa.select(NoticeItem).where(NoticeItem.finding_id == finding_id)).one()


def test_the_list_shows_old_and_new_and_nothing_moves_by_itself(
    cast: Cast, session: Session, served: dict[str, UUID]
) -> None:
    before = {name: _line(session, finding_id).due_at for name, finding_id in served.items()}
    assert before[LATER] == _at("2027-01-05")
    assert before[EARLIER] == _at("2027-01-04")
    assert _affected(cast("admin_gu")) == {}
    _import(cast, dry_run=True)
    assert _affected(cast("admin_gu")) == {}
    _import(cast)
    found = _affected(cast("admin_gu"))
    assert set(found) == {str(served[LATER]), str(served[EARLIER])}
    later, earlier = found[str(served[LATER])], found[str(served[EARLIER])]
    assert datetime.fromisoformat(later["due_at"]) == before[LATER]
    assert datetime.fromisoformat(later["new_due_at"]) == _at("2027-01-07")
    assert (later["moves"], later["provisional"], later["new_provisional"]) == (True, True, False)
    # It would be the 1st now. What is printed stands; it merely stops being provisional.
    assert datetime.fromisoformat(earlier["new_due_at"]) == before[EARLIER]
    assert (earlier["moves"], earlier["new_provisional"]) == (False, False)
    assert {name: _line(session, finding_id).due_at for name, finding_id in served.items()} == before


def test_what_is_confirmed_moves_later_once_with_a_line_and_a_history(
    cast: Cast, session: Session, served: dict[str, UUID]
) -> None:
    _import(cast)
    admin = cast("admin_gu")
    body = _confirmed(list(_affected(admin).values()))
    told = admin.make("apply_recount", **body)
    for _ in range(2):  # a phone that got no answer sends the same command again
        assert admin.push(told).get_json()["results"][0]["status"] == "applied"
    assert _affected(admin) == {}
    later, earlier = _line(session, served[LATER]), _line(session, served[EARLIER])
    assert (later.printed_due_at, later.due_at) == (_at("2027-01-05"), _at("2027-01-07"))
    assert (earlier.printed_due_at, earlier.due_at) == (_at("2027-01-04"), _at("2027-01-04"))
    assert not later.provisional and not earlier.provisional
    case = cast("supervisor_he").case(served[LATER])
    assert datetime.fromisoformat(case["due_at"]) == _at("2027-01-07")
    for name in (LATER, EARLIER):
        lines = [one for one in ledger.lines(session, served[name]) if one.act == "notice.recount"]
        assert len(lines) == 1
        assert {"number", "printed_due_at", "before", "due_at", "calendar"} <= lines[0].data.keys()
        assert lines[0].actor == "顾某"
        assert ledger.first_broken(ledger.lines(session, served[name])) is None
    query = "SELECT count(*) FROM deadline_change WHERE reason = 'calendar' AND notice_item_id = :id"
    assert session.scalar(sa.text(query), {"id": later.id}) == 1
    assert session.scalar(sa.text(query), {"id": earlier.id}) == 0
    assert not [one for one in ledger.lines(session, served[NEAR]) if one.act == "notice.recount"]


def test_a_list_that_is_out_of_date_moves_nothing_at_all(
    cast: Cast, session: Session, served: dict[str, UUID]
) -> None:
    _import(cast)
    admin = cast("admin_gu")
    items = list(_affected(admin).values())
    wrong = _confirmed(items)
    wrong["items"][1]["due_at"] = _at("2027-01-02").isoformat()  # earlier than printed, too
    assert admin.fails("apply_recount", **wrong) == "escalation.recount_stale"
    assert len(_affected(admin)) == 2
    assert _line(session, served[LATER]).due_at == _at("2027-01-05")
    assert admin.does("apply_recount", **_confirmed(items)) == {"moved": 2}
    assert admin.fails("apply_recount", **_confirmed(items)) == "escalation.recount_stale"


def test_only_an_administrator_sees_and_moves_them(cast: Cast, served: dict[str, UUID]) -> None:
    _import(cast)
    he = cast("supervisor_he")
    assert he.get("/api/escalation/recount").status_code == 403
    body = _confirmed(list(_affected(cast("admin_gu")).values()))
    assert he.command("apply_recount", **body)["problem"]["status"] == 403


def test_an_overdue_case_and_an_answered_one_are_left_alone(
    cast: Cast, session: Session, clock: FixedClock, served: dict[str, UUID]
) -> None:
    notice_id = str(_line(session, served[LATER]).notice_id)
    body = {"response_id": str(new_id()), "notice_id": notice_id, "finding_id": str(served[LATER])}
    cast("firm_liu").does("answer_item", text="已改", **body)
    _import(cast)
    assert set(_affected(cast("admin_gu"))) == {str(served[EARLIER])}


def test_those_whose_deadlines_change_are_told_once_a_plan(
    cast: Cast, session: Session, clock: FixedClock, served: dict[str, UUID]
) -> None:
    jobs = sa.text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'escalation.calendar_changed'")
    _import(cast, dry_run=True)
    assert session.scalar(jobs) == 0
    _import(cast)
    assert session.scalar(jobs) == 1
    for _ in range(2):
        recount.announce(session, clock.now())
    session.commit()
    query = sa.select(Message).where(Message.kind == "calendar.changed", Message.channel == "in_app")
    told = {row.user_id: row for row in session.scalars(query)}
    admin, he = cast("admin_gu").user_id, cast("supervisor_he").user_id
    assert set(told) == {admin, he}
    assert (told[admin].body, told[admin].link) == ("2 项待核", "/a/calendar")
    number = cast("supervisor_he").case(served[LATER])["notice_number"]
    assert (told[he].body, told[he].link) == (number, "/s/notices")
    cast("admin_gu").does("apply_recount", **_confirmed(list(_affected(cast("admin_gu")).values())))
    query = sa.select(Message.user_id).where(Message.kind == "notice.recounted", Message.channel == "in_app")
    assert set(session.scalars(query)) == {cast("firm_liu").user_id, he}


def test_a_local_day_off_moves_what_ends_on_it(cast: Cast, served: dict[str, UUID]) -> None:
    admin = cast("admin_gu")
    body = {"date": "2026-11-23", "off": True, "name": "台风停工"}
    assert admin.post("/api/calendars/local-days", body).status_code == 204
    found = _affected(admin)[str(served[NEAR])]
    assert datetime.fromisoformat(found["due_at"]) == _at("2026-11-23")
    assert datetime.fromisoformat(found["new_due_at"]) == _at("2026-11-24")
