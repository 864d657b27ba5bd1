"""Ninety days of work: lawful steps, right totals, and an open set that a district could have."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from random import Random

import pytest
from shapely.geometry import Point

from server.calendars.rules import CST, Term, Unit, due
from server.calendars.service import packaged_view
from server.checklists.rules import load_catalogue
from server.demo.district import District, build_district
from server.demo.phrases import describe, fill, phrases, remedy, scene_of, spot_kind
from server.demo.world import HERO, ROUND
from server.findings.rules import CLOSED_STATES, FindingAction, FindingState, next_state
from server.notices.rules import ItemState, later_of
from server.rounds.rules import RoundLevel, RoundState, VisitState
from server.transfers.rules import TransferState

S, T = FindingState, TransferState
NOW = datetime(2026, 11, 20, 10, 30, tzinfo=CST)
# A Sunday night, the first minutes of a Monday, the middle of a holiday, just after New Year.
ODD_MOMENTS = (
    datetime(2026, 11, 22, 3, 0, tzinfo=CST),
    datetime(2026, 11, 23, 0, 10, tzinfo=CST),
    datetime(2026, 10, 5, 12, 0, tzinfo=CST),
    datetime(2027, 1, 5, 9, 0, tzinfo=CST),
)


@pytest.fixture(scope="module")
def district() -> District:
    return build_district(NOW, packaged_view(), load_catalogue())


def test_the_same_moment_gives_the_same_district(district: District) -> None:
    again = build_district(NOW, packaged_view(), load_catalogue())
    assert again.cases == district.cases
    assert again.letters == district.letters
    assert again.rounds == district.rounds


def test_rounds_are_those_of_the_plan(district: District) -> None:
    levels = Counter(r.level for r in district.rounds)
    assert (levels[RoundLevel.WEEKLY], levels[RoundLevel.TEN_DAY], levels[RoundLevel.MONTHLY]) == (
        1430,
        99,
        3,
    )
    assert sum("联合" in r.title for r in district.rounds) == 8
    visits = [v for r in district.rounds for v in r.visits if r.ends_on < NOW.date()]
    done = sum(v.state is VisitState.LEFT for v in visits)
    assert 5_500 <= done <= 6_500
    assert 0.90 <= done / len(visits) <= 0.96


def test_campaign_has_606_findings_and_251_first_notices(district: District) -> None:
    campaign = {c.sighting.id for c in district.cases if c.sighting.campaign}
    assert len(campaign) == 606
    letters = [n for n in district.letters if any(i.finding in campaign for i in n.items)]
    assert sum(n.order_no == 1 for n in letters) == 251


def test_findings_follow_the_shares_of_the_plan(district: District) -> None:
    total = len(district.cases)
    assert 2_500 <= total <= 2_700
    groups = Counter(c.sighting.item[:2] for c in district.cases)
    for group, share in {"FP": 14, "EB": 18, "IC": 9, "ES": 22, "PF": 12, "FE": 8}.items():
        assert abs(groups[group] / total * 100 - share) < 3, group
    severities = Counter(c.sighting.severity for c in district.cases)
    assert abs(severities["critical"] / total - 0.13) < 0.03
    assert abs(severities["general"] / total - 0.55) < 0.06


def test_the_open_set_looks_like_the_picture(district: District) -> None:
    states = Counter(c.state for c in district.cases)
    open_cases = [c for c in district.cases if c.state not in CLOSED_STATES]
    assert 290 <= len(open_cases) <= 340
    assert 34 <= states[S.OVERDUE] <= 42
    assert 55 <= states[S.REPLIED] + states[S.REVIEWING] <= 66
    assert 12 <= states[S.SUBMITTED] <= 22
    assert states[S.RETURNED] == 2
    assert states[S.REOPENED] == 2


def test_closed_in_time_and_failed_reviews_are_near_the_plan(district: District) -> None:
    closed = [c for c in district.cases if c.state is S.CLOSED and c.letter]
    late = sum(any(a.act == "finding.expire" for a in c.acts) for c in closed)
    assert 0.70 <= 1 - late / len(closed) <= 0.86
    verdicts = [v for n in district.letters for i in n.items for v in i.verdicts]
    assert 0.09 <= sum(not v.passed for v in verdicts) / len(verdicts) <= 0.16


def _replayed(district: District) -> None:
    for case in district.cases:
        state, last = S.SUBMITTED, case.sighting.received_at
        for act in case.acts:
            assert last <= act.at, (case.sighting.id, act)
            last = act.at
            if act.act == "finding.absorb":
                continue
            step = next_state(state, FindingAction(act.act.removeprefix("finding.")))
            assert step is not None, (state, act)
            state = step.to
        assert state is case.state


@pytest.mark.parametrize("now", [NOW, *ODD_MOMENTS], ids=str)
def test_every_case_obeys_the_transition_table_and_nothing_is_in_the_future(now: datetime) -> None:
    made = build_district(now, packaged_view(), load_catalogue())
    _replayed(made)
    assert all(act.at <= now for case in made.cases for act in case.acts)
    assert all(c.sighting.captured_at <= c.sighting.received_at <= now for c in made.cases)
    assert all(n.issued_at <= now and (n.acknowledged_at or now) <= now for n in made.letters)
    assert 220 <= sum(c.is_open for c in made.cases) <= 420
    hero = [c for c in made.cases if c.sighting.compound.name == HERO and c.is_open]
    assert {S.SUBMITTED, S.OVERDUE, S.REPLIED} <= {c.state for c in hero}


def test_numbers_have_no_gap_in_any_series(district: District) -> None:
    series: dict[tuple[str, int], list[int]] = {}
    for letter in sorted(district.letters, key=lambda n: n.issued_at):
        series.setdefault((letter.organisation, letter.year), []).append(letter.sequence)
    for numbers in series.values():
        assert numbers == list(range(1, len(numbers) + 1))
    story = [n for n in district.letters if n.number == "澄住建物改〔2026〕第37号"]
    assert [len(n.items) for n in story] == [2]


def test_deadlines_are_those_of_the_calendar(district: District) -> None:
    calendar = packaged_view()
    for letter in district.letters:
        for item in letter.items:
            term = Term(item.term, Unit(item.unit))
            printed = due(letter.issued_at, term, calendar)
            assert item.printed_due_at == printed.at
            if letter.acknowledged_at:
                assert item.due_at == later_of(printed.at, due(letter.acknowledged_at, term, calendar).at)


def test_items_and_cases_agree(district: District) -> None:
    cases = {c.sighting.id: c for c in district.cases}
    for letter in district.letters:
        for item in letter.items:
            case = cases[item.finding]
            if item.state is ItemState.PASSED and case.state is not S.REOPENED:
                assert case.state is S.CLOSED
            if item.state is ItemState.ANSWERED:
                assert case.state in (S.REPLIED, S.REVIEWING)
            assert case.sighting.compound.key == letter.compound


def test_nobody_reviews_what_they_found(district: District) -> None:
    cases = {c.sighting.id: c for c in district.cases}
    for letter in district.letters:
        for item in letter.items:
            assert all(v.by != cases[item.finding].sighting.found_by for v in item.verdicts)


def test_the_first_inspector_has_a_round_to_walk_today(district: District) -> None:
    mine = [
        r for r in district.rounds if r.inspector == "inspector01" and r.starts_on <= NOW.date() <= r.ends_on
    ]
    today = [r for r in mine if r.level is RoundLevel.WEEKLY]
    assert len(today) == 1
    assert [v.compound.name for v in today[0].visits] == list(ROUND)
    assert today[0].state is RoundState.STARTED
    planned = {v.compound.name for v in today[0].visits if v.state is VisitState.PLANNED}
    assert HERO in planned


def test_duplicates_point_to_an_older_case_of_the_same_compound(district: District) -> None:
    cases = {c.sighting.id: c for c in district.cases}
    for case in district.cases:
        assert (case.state is S.DUPLICATE) == (case.master is not None)
        if case.master:
            master = cases[case.master]
            assert master.sighting.compound is case.sighting.compound
            assert master.sighting.received_at <= case.sighting.received_at
            assert any(a.data.get("duplicate_id") == str(case.sighting.id) for a in master.acts)


def test_positions_lie_inside_the_compound(district: District) -> None:
    for case in district.cases:
        spot = case.sighting.spot
        assert case.sighting.compound.outline.contains(Point(spot.lon, spot.lat)), spot


@pytest.mark.parametrize("now", [NOW, *ODD_MOMENTS], ids=str)
def test_departments_have_transfers_in_every_state_whatever_the_day(now: datetime) -> None:
    made = build_district(now, packaged_view(), load_catalogue(), scale=0.05)
    cases = {c.sighting.id: c for c in made.cases}
    fire = [h for h in made.handovers if h.department == "dept-fire"]
    assert {h.state for h in fire} >= {T.SENT, T.ACCEPTED, T.REPORTED, T.DECLINED}
    assert {h.answer_due_at < now for h in fire if h.state is T.SENT} == {True, False}
    assert sum(h.department == "dept-urban" and h.state is not T.CONCLUDED for h in made.handovers) >= 2
    for handed in made.handovers:
        moments = [handed.sent_at, handed.answered_at, handed.reported_at, handed.concluded_at, now]
        known = [at for at in moments if at]
        assert known == sorted(known)
        open_ = {T.DECLINED: S.CONFIRMED, T.CONCLUDED: S.CLOSED}.get(handed.state, S.TRANSFERRED)
        assert cases[handed.case].state is open_


def test_scale_thins_out_work_but_not_the_story() -> None:
    small = build_district(NOW, packaged_view(), load_catalogue(), scale=0.05)
    assert len(small.world.compounds) == 565
    assert 100 <= len(small.cases) <= 250
    assert any(r.inspector == "inspector01" and r.state is RoundState.STARTED for r in small.rounds)
    _replayed(small)
    tiny = build_district(NOW, packaged_view(), load_catalogue(), scale=0.004)
    assert len(tiny.cases) < 60


def test_every_item_has_words_a_place_and_a_scene() -> None:
    rng = Random(1)
    for item in load_catalogue().items:
        for _ in range(8):
            assert "{" not in describe(rng, item.code) + remedy(rng, item.code)
        assert spot_kind(item.code) in phrases()["places"]
        assert "_" in scene_of(item.code)


def test_templates_fill_numbers_choices_and_names() -> None:
    text = fill(Random(1), "{b}{北|南}侧，净宽{1.4-2.2}米，{3-5}个", b="3号楼")
    assert text.startswith("3号楼")
    assert "{" not in text
    with pytest.raises(KeyError):
        fill(Random(1), "{nobody}")
