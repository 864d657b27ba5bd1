"""Positions: coordinate systems against published vectors, and what makes a fix doubtful."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from server.core import crs, fixes
from server.core.fixes import Doubt, Fix

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
LON, LAT = 119.62314, 38.9417


def fix(
    lon: float = LON, lat: float = LAT, accuracy: float | None = 6.0, minutes: float = 0, mocked: bool = False
) -> Fix:
    return Fix(lon, lat, accuracy, NOON + timedelta(minutes=minutes), mocked)


def test_the_published_vectors() -> None:
    # The published one stops where its step is below 1e-6°; two centimetres are what it leaves.
    assert crs.gcj02_to_wgs84(123, 45) == pytest.approx((122.99395597, 44.99804071), abs=2e-7)
    there = crs.wgs84_to_bd09(116.403988, 39.914266)
    assert there == pytest.approx((116.41661560068297, 39.92196580126834), abs=1e-12)


@pytest.mark.parametrize("lon", [73.5, 87.6, 104.1, 119.6, 134.9])
@pytest.mark.parametrize("lat", [4.0, 18.2, 30.6, 41.8, 53.4])
def test_there_and_back_is_where_one_was(lon: float, lat: float) -> None:
    assert crs.gcj02_to_wgs84(*crs.wgs84_to_gcj02(lon, lat)) == pytest.approx((lon, lat), abs=1e-9)


@pytest.mark.parametrize("place", [(2.35, 48.85), (-122.4, 37.8), (0.0, 0.0), (139.7, 35.7)])
def test_nothing_is_shifted_elsewhere(place: tuple[float, float]) -> None:
    assert crs.wgs84_to_gcj02(*place) == place
    assert crs.gcj02_to_wgs84(*place) == place


def test_the_shift_of_the_demo_town_is_half_a_kilometre() -> None:
    shifted = fix(*crs.wgs84_to_gcj02(LON, LAT))
    assert 100 < fixes.metres_apart(fix(), shifted) < 700


@pytest.mark.parametrize(
    ("metres_north", "minutes", "doubted"),
    [
        (250, 0.01, False),  # between houses a receiver jumps that far
        (4_000, 30, False),  # by bus
        (4_000, 1, True),
        (40_000, 30, False),  # by car
        (400_000, 60, True),
        (400_000, 60 * 5, False),
    ],
)
def test_nobody_is_in_two_places(metres_north: float, minutes: float, doubted: bool) -> None:
    there = fix(lat=LAT + metres_north / 111_195, minutes=minutes)
    assert fixes.too_fast(fix(), there) is doubted
    assert fixes.too_fast(there, fix()) is doubted


def test_a_vague_fix_is_no_journey() -> None:
    """A phone that comes out of a garage first reports a cell tower two kilometres off."""
    tower = fix(lat=LAT + 2_000 / 111_195, accuracy=1_900, minutes=0.2)
    assert fixes.doubts(tower, [fix()], 0, None) == []


def test_pain_9_fake_gps_is_flagged_and_an_honest_receiver_is_not() -> None:
    """Accuracy 0 alone is what honest external receivers say: it takes more than that."""
    external = fix(accuracy=0)
    assert fixes.doubts(external, [fix(lon=LON + 1e-7, minutes=-5)], 0, None) == []
    again = fix(accuracy=0, minutes=-5)
    assert fixes.doubts(external, [again], 0, None) == [Doubt.SUSPECTED_MOCK]
    assert fixes.doubts(fix(mocked=True), [], 0, None) == [Doubt.SUSPECTED_MOCK]
    assert fixes.doubts(fix(), [fix(minutes=-5)], 0, None) == []


@pytest.mark.parametrize(
    ("outside", "corrected", "doubted"),
    [(520.0, 0.0, True), (520.0, 8.0, True), (520.0, 300.0, False), (5.0, 0.0, False), (520.0, None, False)],
)
def test_a_shifted_fix_is_known_by_where_it_would_fall(
    outside: float, corrected: float | None, doubted: bool
) -> None:
    assert fixes.doubts(fix(), [], outside, corrected) == [Doubt.GCJ_OFFSET] * doubted


def test_what_is_no_measurement_is_not_judged() -> None:
    raw = {"lon": LON, "lat": LAT, "accuracy_m": 6.0, "captured_at": NOON.isoformat(), "source": "gnss"}
    read = fixes.read_fix(raw, NOON)
    assert read == fix()
    assert fixes.read_fix(raw | {"source": "last_fix"}, NOON) is None
    assert fixes.read_fix(raw | {"source": "manual"}, NOON) is None
    assert fixes.read_fix(None, NOON) is None
    assert fixes.read_fix(raw | {"captured_at": None}, NOON + timedelta(hours=1)) == fix(minutes=60)
