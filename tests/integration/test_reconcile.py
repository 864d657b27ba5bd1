"""The nightly question: is everything that the phones say they gave really here?"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.accounts.models import Device
from server.accounts.rules import Gap, Totals, unexplained
from server.core.clock import FixedClock
from server.core.db import new_id
from server.messages.models import Message
from server.sync import jobs
from server.sync.reconcile import Reconciled, reconcile
from tests.factories.actors import CENTRE, Actor
from tests.factories.videos import webm
from tests.factories.world import NOW, sign_in

Cast = Callable[[str], Actor]


@pytest.mark.parametrize(
    ("recorded", "confirmed", "received", "unsent", "gap"),
    [
        (Totals(), Totals(), Totals(), 0, None),
        (Totals(2, 5, 3), Totals(2, 5, 3), Totals(2, 5, 3), 0, None),
        (Totals(2, 5, 3), Totals(1, 2, 2), Totals(1, 2, 2), 4, None),  # the rest waits on the phone
        (Totals(2, 5, 3), Totals(1, 2, 2), Totals(2, 5, 3), 0, None),  # the answers were lost
        (Totals(2, 5, 3), Totals(1, 2, 2), Totals(2, 5, 3), 4, None),
        (Totals(2, 5, 3), Totals(2, 5, 3), Totals(2, 4, 3), 0, Gap(1, 0)),
        (Totals(2, 5, 3), Totals(2, 5, 3), Totals(1, 5, 2), 0, Gap(1, 0)),
        (Totals(2, 5, 3), Totals(2, 5, 3), Totals(1, 5, 3), 0, Gap(1, 0)),
        (Totals(2, 5, 3), Totals(1, 2, 2), Totals(1, 2, 2), 1, Gap(0, 3)),
        (Totals(0, 0, 1), Totals(0, 0, 3), Totals(0, 0, 3), 0, None),
        (Totals(2, 5, 3, 2), Totals(2, 5, 3, 0), Totals(2, 5, 3, 0), 0, None),  # they wait for Wi-Fi
        (Totals(2, 5, 3, 2), Totals(2, 5, 3, 2), Totals(2, 5, 3, 1), 0, Gap(1, 0)),
    ],
)
def test_what_is_a_gap(
    recorded: Totals, confirmed: Totals, received: Totals, unsent: int, gap: Gap | None
) -> None:
    assert unexplained(recorded, confirmed, received, unsent) == gap


@pytest.fixture
def chen(cast: Cast) -> Actor:
    return cast("inspector_chen")


def tells(actor: Actor, recorded: tuple[int, int, int], confirmed: tuple[int, int, int], unsent: int) -> None:
    def totals(three: tuple[int, int, int]) -> dict[str, int]:
        return dict(zip(("findings", "photos", "commands"), three, strict=True))

    counters = {"recorded": totals(recorded), "confirmed": totals(confirmed)}
    body: dict[str, Any] = {"commands": [], "unsent": unsent, "counters": counters}
    assert actor.post("/api/sync/commands", body).status_code == 200


def report(actor: Actor) -> dict[str, Any]:
    return actor.make(
        "open_finding",
        finding_id=str(new_id()),
        compound_id=str(actor.world.compounds["汀禾苑"]),
        item_code="FP-01",
        position=CENTRE | {"accuracy_m": 6.0},
        photos=[actor.shoots().declaration],
    )


def compared(session: Session) -> dict[str, Reconciled]:
    return {found.username: found for found in reconcile(session, NOW + timedelta(hours=17))}


def test_a_phone_without_totals_is_not_compared(session: Session, chen: Actor) -> None:
    chen.post("/api/sync/commands", {"commands": [], "unsent": 3})
    assert compared(session) == {}


def test_what_came_is_counted_by_the_phone_it_came_from(session: Session, chen: Actor, cast: Cast) -> None:
    tells(chen, (0, 0, 0), (0, 0, 0), 0)
    chen.finds()
    cast("inspector_li").finds()
    tells(chen, (1, 2, 1), (1, 2, 1), 0)
    found = compared(session)["chen"]
    assert (found.received, found.gap) == (Totals(1, 2, 1), None)


def test_work_that_a_file_brought_to_another_phone_counts_where_it_was_made(
    session: Session, chen: Actor, cast: Cast
) -> None:
    """The old phone hears of it later and has a receipt too; neither it nor the other one has a gap."""
    old = chen.get("/api/session").get_json()["device_id"]
    tells(chen, (1, 0, 1), (0, 0, 0), 1)
    new = cast("inspector_chen")
    token = sign_in(session, f"{chen.name} again", chen.user_id)
    session.commit()
    new.client.set_cookie("xunjian_session", token)
    tells(new, (0, 0, 0), (0, 0, 0), 1)
    command = report(chen)
    [answer] = new.push(command | {"recorded_on": old}).get_json()["results"]
    [again] = chen.push(command).get_json()["results"]
    assert (answer["status"], answer["receipt"]) == ("applied", again["receipt"])
    tells(chen, (1, 0, 1), (1, 0, 1), 0)
    found = {str(each.device_id): each for each in reconcile(session, NOW + timedelta(hours=17))}
    assert {key: each.received.commands for key, each in found.items()} == {old: 1} | {
        key: 0 for key in found if key != old
    }
    assert len(found) == 2 and all(each.gap is None for each in found.values())


def test_nobody_else_s_phone_is_credited(session: Session, chen: Actor, cast: Cast) -> None:
    tells(chen, (0, 0, 0), (0, 0, 0), 0)
    li = cast("inspector_li")
    theirs = chen.get("/api/session").get_json()["device_id"]
    [answer] = li.push(report(li) | {"recorded_on": theirs}).get_json()["results"]
    assert answer["status"] == "applied"
    assert compared(session)["chen"].received == Totals()


def test_an_original_that_arrived_is_counted(session: Session, chen: Actor) -> None:
    tells(chen, (0, 0, 0), (0, 0, 0), 0)
    shot = chen.shoots("V").with_original(webm(3), "video/webm")
    chen.finds("EL-05", shots=[shot])
    assert compared(session)["chen"].received.originals == 0
    assert chen.uploads_original(shot).status_code == 200
    assert compared(session)["chen"].received.originals == 1


def test_what_came_before_the_phone_counted_is_left_out(
    session: Session, chen: Actor, clock: FixedClock
) -> None:
    chen.finds()
    clock.set(NOW + timedelta(minutes=1))
    tells(chen, (0, 0, 0), (0, 0, 0), 0)
    assert compared(session)["chen"].received == Totals()


def test_a_receipt_for_what_is_not_here_is_an_alert(session: Session, chen: Actor, cast: Cast) -> None:
    tells(chen, (1, 2, 1), (1, 2, 1), 0)
    found = compared(session)["chen"]
    assert (found.gap, found.is_new) == (Gap(3, 0), True)
    assert not compared(session)["chen"].is_new
    session.commit()
    [device] = cast("supervisor_he").get("/api/devices", trouble=True).get_json()["items"]
    assert device["gap"] == {"lost_here": 3, "lost_there": 0}
    assert device["gap_since"] == (NOW + timedelta(hours=17)).isoformat()
    # It turns up after all: the file of a dying phone was read in.
    session.execute(sa.update(Device).values(confirmed={"findings": 0, "photos": 0, "commands": 0}))
    session.execute(sa.update(Device).values(recorded={"findings": 0, "photos": 0, "commands": 0}))
    assert compared(session)["chen"].gap is None
    session.commit()
    assert cast("supervisor_he").get("/api/devices", trouble=True).get_json()["items"] == []


def test_the_worker_does_it_each_night(session: Session, chen: Actor) -> None:
    tells(chen, (4, 0, 4), (0, 0, 0), 1)
    jobs.reconcile_devices()
    device = session.get_one(Device, uuid.UUID(chen.get("/api/session").get_json()["device_id"]))
    session.refresh(device)
    assert device.gap == {"lost_here": 0, "lost_there": 3}
    assert device.reconciled_at is not None


def told(session: Session) -> list[Message]:
    return list(session.scalars(sa.select(Message).where(Message.kind == "device.gap").order_by(Message.id)))


def test_a_gap_is_told_to_the_supervisor_once_and_another_one_again(
    session: Session, chen: Actor, cast: Cast
) -> None:
    tells(chen, (1, 2, 1), (1, 2, 1), 0)
    for _ in range(2):
        jobs.reconcile_devices()
        session.commit()
    [message] = told(session)
    assert message.user_id == cast("supervisor_he").user_id
    assert message.link == "/s/devices"
    assert message.body == "chen 的手机：3 件手机上有回执、局里没有"
    tells(chen, (4, 2, 4), (1, 2, 1), 1)
    jobs.reconcile_devices()
    session.commit()
    assert [each.body for each in told(session)[1:]] == [
        "chen 的手机：3 件手机上有回执、局里没有，2 件手机上记过、没有送到也不在待发里"
    ]


def test_what_adds_up_is_not_told(session: Session, chen: Actor) -> None:
    tells(chen, (2, 2, 2), (0, 0, 0), 6)
    jobs.reconcile_devices()
    session.commit()
    assert told(session) == []
