"""The calendar as a table: filling, reading, importing a year, and refusing bad files whole."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.calendars import years
from server.calendars.errors import ImportRefused
from server.calendars.models import CalendarDay, CalendarVersion
from server.calendars.rules import DayKind, Unit
from server.calendars.service import deadline, import_days, load_view, packaged_view, seed
from server.core.db import db
from server.core.embedded import ensure_database, stop_database
from server.core.identity import SYSTEM, Identity, Role
from server.core.problems import Forbidden, NotFound
from server.core.progress import Progress

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
LATER = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
SERVED = datetime.fromisoformat("2026-11-20T10:00+08:00")
TABLES = [CalendarDay.__table__, CalendarVersion.__table__]


@pytest.fixture(scope="module")
def engine() -> Iterator[sa.Engine]:
    """A cluster of its own with the two tables, filled: nothing else of the house is needed here."""
    var = Path(tempfile.mkdtemp(prefix="xj-", dir="/tmp"))
    var.chmod(0o777)
    engine = sa.create_engine(ensure_database(var, environ={}, progress=Progress(None)))
    db.metadata.create_all(engine, tables=TABLES)
    with Session(engine) as session, session.begin():
        seed(session, NOW)
    yield engine
    engine.dispose()
    stop_database(var)
    shutil.rmtree((var / "pg").resolve())
    shutil.rmtree(var)


@pytest.fixture
def session(engine: sa.Engine) -> Iterator[Session]:
    """A session whose work is undone afterwards."""
    with engine.connect() as connection, connection.begin() as outer:
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            yield session
        outer.rollback()


def paper(year: int, *days: tuple[str, bool], name: str = "春节") -> dict[str, Any]:
    return {"year": year, "days": [{"name": name, "date": on, "isOffDay": off} for on, off in days]}


def stored(session: Session, on: str) -> tuple[str, str, bool]:
    day = session.get(CalendarDay, date.fromisoformat(on), populate_existing=True)
    assert day is not None
    return day.kind.value, day.name, day.provisional


def versions(session: Session) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(CalendarVersion)) or 0


OFF_2027 = ["01-01", "01-04", "02-06", "02-07", "04-05", "05-01", "05-02", "05-03", "06-09", "09-15"]
OFF_2027 += ["10-01", "10-02", "10-03"]
PLAN_2027 = paper(2027, *((f"2027-{on}", True) for on in OFF_2027), ("2027-01-09", False), name="休")


def test_a_fresh_table_is_filled_once(session: Session) -> None:
    assert seed(session, LATER) is False
    assert versions(session) == 1
    count, first, last = session.execute(
        sa.select(sa.func.count(), sa.func.min(CalendarDay.date), sa.func.max(CalendarDay.date))
    ).one()
    assert (count, first, last) == (9132, date(2004, 1, 1), date(2028, 12, 31))
    assert stored(session, "2026-09-20") == ("makeup", "国庆节", False)
    assert stored(session, "2027-02-06") == ("holiday", "春节", True)


def test_the_stored_calendar_counts_as_the_packages_do(session: Session) -> None:
    for unit, n in ((Unit.DAY, 15), (Unit.WORKDAY, 30), (Unit.DUTY_HOUR, 40)):
        ours, theirs = (deadline(view, SERVED, n, unit) for view in (load_view(session), packaged_view()))
        assert (ours.at, ours.provisional) == (theirs.at, theirs.provisional)
    assert deadline(load_view(session), SERVED, 3650, Unit.DAY).provisional  # beyond the table


def test_the_view_is_kept_until_the_calendar_changes(session: Session) -> None:
    view = load_view(session)
    assert load_view(session) is view
    import_days(session, SYSTEM, PLAN_2027, now=LATER, dry_run=False)
    changed = load_view(session)
    assert changed is not view
    assert changed.version != view.version
    assert deadline(changed, SERVED, 1, Unit.DAY).basis.calendar == changed.version


def test_an_empty_table_falls_back_to_the_packages(session: Session) -> None:
    session.execute(sa.delete(CalendarVersion))
    session.execute(sa.delete(CalendarDay))
    assert load_view(session) is packaged_view()


def test_a_published_year_settles_a_provisional_deadline(session: Session) -> None:
    before = deadline(load_view(session), SERVED, 30, Unit.WORKDAY)
    assert (before.at.date(), before.provisional) == (date(2027, 1, 4), True)
    report = import_days(session, SYSTEM, PLAN_2027, now=LATER, dry_run=False)
    after = deadline(load_view(session), SERVED, 30, Unit.WORKDAY)
    assert (after.at.date(), after.provisional) == (date(2027, 1, 5), False)
    assert (report.year, report.settled, report.applied) == (2027, 365, True)
    kinds = {change.date: (change.before, change.after) for change in report.changes}
    assert kinds[date(2027, 1, 9)] == (DayKind.WEEKEND, DayKind.MAKEUP)
    assert kinds[date(2027, 2, 8)] == (DayKind.HOLIDAY, DayKind.WORKDAY)  # estimated, then not listed
    assert date(2027, 1, 1) not in kinds


def test_a_dry_run_reports_the_same_and_writes_nothing(session: Session) -> None:
    trial = import_days(session, SYSTEM, PLAN_2027, now=LATER, dry_run=True)
    assert (trial.applied, versions(session)) == (False, 1)
    assert stored(session, "2027-01-09") == ("weekend", "", True)
    real = import_days(session, SYSTEM, PLAN_2027, now=LATER, dry_run=False)
    assert (real.changes, real.settled) == (trial.changes, trial.settled)
    assert stored(session, "2027-01-09") == ("makeup", "休", False)


def test_a_paper_may_reach_into_the_december_before(session: Session) -> None:
    late = paper(2028, ("2027-12-31", True), ("2028-01-03", True), name="元旦")
    import_days(session, SYSTEM, late, now=LATER, dry_run=False)
    assert stored(session, "2027-12-31") == ("holiday", "元旦", False)
    import_days(session, SYSTEM, PLAN_2027, now=LATER, dry_run=False)
    assert stored(session, "2027-12-31") == ("holiday", "元旦", False)  # its own year does not undo it
    assert stored(session, "2027-12-30") == ("workday", "", False)


def test_a_year_beyond_the_table_is_added(session: Session) -> None:
    import_days(session, SYSTEM, paper(2035, ("2035-02-08", True)), now=LATER, dry_run=False)
    assert stored(session, "2035-02-08") == ("holiday", "春节", False)
    assert session.get(CalendarDay, date(2034, 6, 1)) is None


def test_an_amendment_changes_the_listed_days_only(session: Session) -> None:
    amended = paper(2026, ("2026-11-23", True), name="突发停工")
    report = import_days(session, SYSTEM, amended, now=LATER, dry_run=False)
    assert [change.date for change in report.changes] == [date(2026, 11, 23)]
    assert deadline(load_view(session), SERVED, 1, Unit.WORKDAY).at.date() == date(2026, 11, 24)
    assert stored(session, "2026-10-10") == ("makeup", "国庆节", False)


def test_one_local_day_does_not_settle_an_estimated_year(session: Session) -> None:
    report = import_days(session, SYSTEM, paper(2027, ("2027-01-04", True)), now=LATER, dry_run=False)
    assert report.settled == 1
    result = deadline(load_view(session), SERVED, 30, Unit.WORKDAY)
    assert (result.at.date(), result.provisional) == (date(2027, 1, 5), True)


def test_only_an_administrator_may_import(session: Session) -> None:
    stranger = Identity(None, "inspector01", "陈巡01", Role.INSPECTOR)
    with pytest.raises(Forbidden):
        import_days(session, stranger, PLAN_2027, now=LATER, dry_run=True)


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"year": "2027", "days": []},
        {"year": True, "days": []},
        {"year": 1999, "days": []},
        {"year": 2027},
        {"year": 2027, "days": []},  # listed as empty: not published yet
        {"year": 2027, "days": [{"name": "元旦", "date": "2027-01-01", "isOffDay": True}] * 401},
    ],
)
def test_a_file_that_is_no_plan_is_refused(session: Session, document: Any) -> None:
    with pytest.raises(ImportRefused):
        import_days(session, SYSTEM, document, now=LATER, dry_run=False)
    assert versions(session) == 1


def test_every_faulty_row_is_named_and_nothing_is_stored(session: Session) -> None:
    good = {"name": "元旦", "date": "2027-01-01", "isOffDay": True}
    rows: list[Any] = [good, "2027-01-02"]
    rows += [good | {"date": bad} for bad in ("2027-02-30", "2029-01-01", 20270101, None)]
    rows += [good | {"isOffDay": bad} for bad in ("true", 1)]
    rows += [good | {"name": bad} for bad in ("", "a\0", "\ud800", "长" * 41, 7)]
    rows += [good]
    with pytest.raises(ImportRefused) as refused:
        import_days(session, SYSTEM, {"year": 2027, "days": rows}, now=LATER, dry_run=False)
    assert [error["row"] for error in refused.value.extra["rows"]] == list(range(2, len(rows) + 1))
    assert versions(session) == 1
    assert stored(session, "2027-01-02")[2]  # still provisional


def test_the_two_packages_agree_but_for_one_day_of_2005(session: Session) -> None:
    found = [item["date"].isoformat() for item in years.differences(session, 2004, 2026)]
    assert found == ["2005-12-31"]


def test_a_year_without_a_paper_is_missing_from_mid_october_until_it_is_imported(session: Session) -> None:
    assert years.missing_year(session, datetime(2026, 10, 14, 15, 59, tzinfo=UTC)) is None
    assert years.missing_year(session, datetime(2026, 10, 14, 16, 0, tzinfo=UTC)) == 2027
    import_days(session, SYSTEM, PLAN_2027, now=LATER, dry_run=False)
    assert years.missing_year(session, LATER) is None
    assert years.overview(session, LATER)["missing"] is None


def test_a_local_day_off_moves_deadlines_and_is_no_rest_of_the_year(session: Session) -> None:
    before = deadline(load_view(session), SERVED, 5, Unit.WORKDAY).at
    years.set_local_day(session, SYSTEM, date(2026, 11, 25), {"off": True, "name": "台风停工"}, LATER)
    after = deadline(load_view(session), SERVED, 5, Unit.WORKDAY).at
    assert (before.date(), after.date()) == (date(2026, 11, 27), date(2026, 11, 30))
    local = [day for day in years.special_days(session, 2026) if day["source"] == "本地"]
    assert [(day["date"], day["name"]) for day in local] == [(date(2026, 11, 25), "台风停工")]
    stranger = Identity(None, "inspector01", "陈巡01", Role.INSPECTOR)
    with pytest.raises(Forbidden):
        years.set_local_day(session, stranger, date(2026, 11, 26), {"off": True, "name": "x"}, LATER)


def test_a_local_day_set_by_mistake_is_taken_back(session: Session) -> None:
    """A Saturday that was called off is a plain weekend again, and no make-up day."""
    years.set_local_day(session, SYSTEM, date(2026, 11, 28), {"off": True, "name": "停工"}, LATER)
    years.withdraw_local_day(session, SYSTEM, date(2026, 11, 28), LATER)
    assert load_view(session).day(date(2026, 11, 28)).kind is DayKind.WEEKEND
    for on in (date(2026, 11, 28), date(2026, 10, 1)):
        with pytest.raises(NotFound):
            years.withdraw_local_day(session, SYSTEM, on, LATER)
    years.set_local_day(session, SYSTEM, date(2027, 3, 5), {"off": True, "name": "停工"}, LATER)
    years.withdraw_local_day(session, SYSTEM, date(2027, 3, 5), LATER)
    assert load_view(session).day(date(2027, 3, 5)).provisional
