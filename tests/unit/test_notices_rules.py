"""The notice's table, the state that follows from its items, and its number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from server.notices.rules import (
    ITEM_TRANSITIONS,
    SETTLED,
    TRANSITIONS,
    ItemState,
    NoticeAction,
    NoticeState,
    later_of,
    notice_term,
    state_of,
)

P, W, G, B = ItemState.PENDING, ItemState.ANSWERED, ItemState.PASSED, ItemState.FAILED


@pytest.mark.parametrize(
    ("items", "superseded", "state"),
    [
        ([P, P], False, NoticeState.ACKNOWLEDGED),
        ([W, P], False, NoticeState.ACKNOWLEDGED),
        ([W, W], False, NoticeState.REPLIED),
        ([G, W], False, NoticeState.REPLIED),
        ([G, B], False, NoticeState.ACKNOWLEDGED),
        ([G, G], False, NoticeState.COMPLIED),
        ([G, B], True, NoticeState.PARTLY),
        ([B, B], True, NoticeState.NOT_COMPLIED),
        ([B, W], True, NoticeState.ACKNOWLEDGED),
    ],
)
def test_state_follows_from_the_items(items: list[ItemState], superseded: bool, state: NoticeState) -> None:
    assert state_of(items, superseded=superseded) is state


def test_a_settled_notice_has_no_way_on() -> None:
    assert not [source for (source, _) in TRANSITIONS if source in SETTLED]


def test_nothing_is_answered_before_it_was_received() -> None:
    assert (NoticeState.ISSUED, NoticeAction.ANSWER_ITEM) not in TRANSITIONS


def test_a_passed_item_is_final() -> None:
    assert not [act for (source, act) in ITEM_TRANSITIONS if source is ItemState.PASSED]


def test_at_once_still_names_an_hour() -> None:
    assert notice_term(0, "now") == (24, "hour")
    assert notice_term(15, "day") == (15, "day")


def test_the_printed_date_only_moves_later() -> None:
    printed = datetime(2026, 12, 7, 10, tzinfo=UTC)
    assert later_of(printed, printed - timedelta(days=3)) == printed
    assert later_of(printed, printed + timedelta(days=3)) == printed + timedelta(days=3)
