"""Rules of the map: what filters let through, tiles and boxes, counts of the panel."""

from __future__ import annotations

import itertools
import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.findings.rules import CLOSED_STATES, Progress, Severity
from server.maps import rules
from server.maps.rules import MARKS, Box, Facets, Filters, Mark, Status, make_filters


def test_a_mark_stands_at_its_code() -> None:
    assert [mark.code for mark in MARKS] == [0, 1, 2, 3]
    assert rules.SEVERITIES == (Severity.GENERAL, Severity.MAJOR, Severity.CRITICAL)


def test_the_boxes_of_the_panel_hold_each_mark_once() -> None:
    shown = {status: make_filters(status=[status]).marks for status in Status}
    assert Counter(itertools.chain(*shown.values())) == Counter(MARKS)
    assert shown[Status.CLOSED] == frozenset()


def test_late_beats_replied() -> None:
    assert Mark(Progress.REPLIED, True).status is Status.OVERDUE
    assert Mark(Progress.REPLIED, False).status is Status.REPLIED
    assert Mark(Progress.OPEN, False).status is Status.PENDING


def test_without_conditions_all_open_findings_pass_and_counters_suffice() -> None:
    filters = make_filters()
    assert filters == Filters()
    assert filters.marks == frozenset(MARKS)
    assert not filters.closed
    assert not filters.splits_counters
    assert not make_filters(street="9999").splits_counters


@pytest.mark.parametrize(
    "asked",
    [{"severity": [Severity.MAJOR]}, {"category": ["FP"]}, {"overdue": True}, {"progress": [Progress.OPEN]}],
)
def test_a_condition_that_counters_cannot_answer_needs_tallies(asked: dict[str, object]) -> None:
    assert make_filters(**asked).splits_counters  # type: ignore[arg-type]


def test_progress_and_lateness_must_both_hold() -> None:
    assert make_filters(progress=[Progress.REPLIED], overdue=False).marks == {Mark(Progress.REPLIED, False)}
    assert make_filters(overdue=True).marks == {Mark(Progress.OPEN, True), Mark(Progress.REPLIED, True)}


def test_a_filter_chooses_columns_of_the_tally() -> None:
    assert len(rules.cells(make_filters())) == 12
    late = rules.cells(make_filters(severity=[Severity.CRITICAL, Severity.MAJOR], overdue=True))
    assert [cell.column for cell in late] == ["m1", "m3", "c1", "c3"]
    assert rules.cells(make_filters(status=[Status.CLOSED])) == []


@pytest.mark.parametrize(
    ("progress", "overdue", "status", "closed"),
    [
        ([Progress.CLOSED], None, [], True),
        ([], None, [Status.CLOSED, Status.PENDING], True),
        ([Progress.CLOSED], False, [Status.CLOSED], True),
        ([Progress.CLOSED], True, [], False),
        ([Progress.CLOSED], None, [Status.OVERDUE], False),
        ([Progress.OPEN], None, [Status.CLOSED], False),
        ([Progress.OPEN], None, [], False),
    ],
)
def test_closed_findings_pass_only_when_named(
    progress: list[Progress], overdue: bool | None, status: list[Status], closed: bool
) -> None:
    assert make_filters(progress=progress, overdue=overdue, status=status).closed is closed


def test_what_was_put_right_is_a_part_of_what_is_closed() -> None:
    assert set(rules.PUT_RIGHT) < CLOSED_STATES


def test_tiles_tile_the_world() -> None:
    whole = rules.tile_box(0, 0, 0)
    assert whole == Box(-rules.WORLD, -rules.WORLD, rules.WORLD, rules.WORLD)
    north_west, south_east = rules.tile_box(1, 0, 0), rules.tile_box(1, 1, 1)
    assert north_west == Box(-rules.WORLD, 0, 0, rules.WORLD)
    assert south_east == Box(0, -rules.WORLD, rules.WORLD, 0)


@pytest.mark.parametrize("tile", [(-1, 0, 0), (2, 4, 0), (2, 0, 4), (2, -1, 0), (rules.MAX_ZOOM + 1, 0, 0)])
def test_there_is_no_tile_outside_the_square(tile: tuple[int, int, int]) -> None:
    assert rules.tile_box(*tile) is None


def test_degrees_become_mercator_metres() -> None:
    box = rules.box_of_degrees(-180, -90, 180, 90)
    assert box == pytest.approx(tuple(rules.tile_box(0, 0, 0) or ()), rel=1e-6)
    # Reference values of PostGIS: ST_Transform('SRID=4326;POINT(119.62 38.94)', 3857)
    spot = rules.box_of_degrees(119.62, 38.94, 119.63, 38.95)
    assert spot.west == pytest.approx(13316037.489, abs=0.01)
    assert spot.south == pytest.approx(4713080.728, abs=0.01)


spots = st.floats(min_value=-1.9 * rules.WORLD, max_value=1.9 * rules.WORLD)


@given(spots, spots)
def test_everything_outside_a_box_is_in_exactly_one_of_the_four_around_it(x: float, y: float) -> None:
    box = Box(100.0, 200.0, 3_000_000.0, 4_000_000.0)

    def inside(area: Box) -> bool:
        return area.west < x < area.east and area.south < y < area.north

    if not (x in (box.west, box.east) or y in (box.south, box.north)):
        assert sum(map(inside, (box, *rules.around(box)))) == 1


@pytest.mark.parametrize("z", range(rules.MAX_ZOOM + 1))
def test_a_tile_stays_small_at_every_zoom(z: int) -> None:
    cells = rules.cells_per_side(z) ** 2
    assert cells * (rules.RING_LEAST - 1) <= 800
    assert 4096 / rules.cells_per_side(z) > 200  # units; a glyph of 22 px has 176


groups = st.lists(
    st.tuples(
        st.sampled_from(["9999.1.1", "9999.1.2", "9999.1.11"]),
        st.sampled_from(["FP", "EB"]),
        st.integers(0, 2),
        st.integers(0, 3),
        st.integers(1, 50),
    ),
    max_size=30,
)
subsets = st.builds(
    make_filters,
    severity=st.sets(st.sampled_from(list(Severity))),
    category=st.sets(st.sampled_from(["FP", "EB"])),
    street=st.sampled_from([None, "9999.1.1", "9999.1"]),
    overdue=st.sampled_from([None, True, False]),
    status=st.sets(st.sampled_from(list(Status))),
)


def _passes(group: tuple[str, str, int, int, int], filters: Filters, but: str = "") -> bool:
    street, category, severity, mark, _ = group
    return all(
        (
            but == "street" or filters.street is None or f"{street}.".startswith(f"{filters.street}."),
            but == "category" or not filters.categories or category in filters.categories,
            but == "severity" or not filters.severities or rules.SEVERITIES[severity] in filters.severities,
            but == "mark" or MARKS[mark] in filters.marks,
        )
    )  # fmt: skip


@given(groups, subsets)
def test_each_dimension_is_counted_with_all_filters_but_its_own(
    found: list[tuple[str, str, int, int, int]], filters: Filters
) -> None:
    facets = Facets(found, filters)
    assert facets.total == sum(group[4] for group in found if _passes(group, filters))
    assert facets.overdue == sum(
        group[4] for group in found if _passes(group, filters) and MARKS[group[3]].overdue
    )
    for name, counter in (
        ("street", facets.street),
        ("category", facets.category),
        ("severity", facets.severity),
    ):
        assert sum(counter.values()) == sum(group[4] for group in found if _passes(group, filters, but=name))
    assert sum(facets.status.values()) == sum(
        group[4] for group in found if _passes(group, filters, but="mark")
    )
    assert sum(facets.progress.values()) == sum(facets.status.values())


def test_the_document_of_counts_names_every_box() -> None:
    facets = Facets([("9999.1.1", "FP", 2, 1, 3), ("9999.1.1", "FP", 2, 1, 2)], make_filters())
    assert facets.document(7, {"9999.1.1": "青禾街道"}) == {
        "total": 5,
        "overdue": 5,
        "by_progress": {"open": 5, "replied": 0, "closed": 7},
        "by_status": {"pending": 0, "overdue": 5, "replied": 0, "closed": 7},
        "by_severity": {"critical": 5, "major": 0, "general": 0},
        "by_category": {"FP": 5},
        "by_street": [{"path": "9999.1.1", "name": "青禾街道", "n": 5}],
    }


def test_mercator_is_steeper_to_the_north() -> None:
    north = rules.box_of_degrees(0, 59, 1, 60)
    south = rules.box_of_degrees(0, 0, 1, 1)
    assert north.north - north.south > 1.9 * (south.north - south.south)
    assert math.isclose(north.east - north.west, south.east - south.west)
