"""The arithmetic of resumable uploads, and which views a picture needs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.photos.rules import ChunkHead, Fault, chunk_fault, held, needs_large


def head(offset: int, length: int = 100, complete: bool = False) -> ChunkHead:
    return ChunkHead(offset, length, complete)


@pytest.mark.parametrize(
    ("claim", "chunk", "have", "fault"),
    [
        (head(0), 40, 0, None),
        (head(40), 60, 40, None),
        (head(40, complete=True), 60, 40, None),
        (head(100, complete=True), 0, 100, None),
        (head(0), 0, 0, None),
        (head(0, length=99), 40, 0, Fault.LENGTH_MISMATCH),
        (head(101), 0, 0, Fault.OFFSET_PAST_END),
        (head(100), 1, 0, Fault.OFFSET_MISMATCH),
        (head(0), 40, 40, Fault.OFFSET_MISMATCH),
        (head(41), 40, 40, Fault.OFFSET_MISMATCH),
        (head(40), 61, 40, Fault.CHUNK_PAST_END),
        (head(40, complete=True), 59, 40, Fault.INCOMPLETE),
    ],
)
def test_a_chunk_is_taken_or_refused(claim: ChunkHead, chunk: int, have: int, fault: Fault | None) -> None:
    assert chunk_fault(claim, chunk, 100, have) is fault


@given(st.integers(0, 200), st.integers(0, 200), st.booleans(), st.integers(0, 100))
def test_what_is_taken_begins_where_we_stand_and_fits(
    offset: int, chunk: int, complete: bool, have: int
) -> None:
    if chunk_fault(head(offset, complete=complete), chunk, 100, have) is None:
        assert offset == have
        assert have + chunk <= 100
        assert have + chunk == 100 or not complete


def test_only_what_row_and_file_both_know_is_held() -> None:
    assert held(64, 128) == 64
    assert held(64, 0) == 0


@pytest.mark.parametrize(
    ("mime", "width", "height", "orientation", "needed"),
    [
        ("image/jpeg", 1600, 1200, 1, False),
        ("image/png", 10, 1600, 1, False),
        ("image/webp", 10, 10, 1, False),
        ("image/jpeg", 1601, 1200, 1, True),
        ("image/jpeg", 1200, 1601, 1, True),
        ("image/jpeg", 1600, 1200, 6, True),
        ("image/heic", 10, 10, 1, True),
    ],
)
def test_a_large_view_only_where_the_original_will_not_do(
    mime: str, width: int, height: int, orientation: int, needed: bool
) -> None:
    assert needs_large(mime, width, height, orientation) is needed
