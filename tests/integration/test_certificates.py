"""执法证: who holds one on a day, who may name them, and a register in which nothing is overwritten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from server.core.clock import FixedClock
from tests.factories.actors import Actor

Cast = Callable[[str], Actor]
CERTIFICATES = "/api/users/certificates"


def _enters(gu: Actor, holder: Actor, **more: Any) -> TestResponse:
    body: dict[str, Any] = {"number": "99990101001", "valid_from": "2024-07-01", "valid_to": "2026-11-30"}
    return gu.post(CERTIFICATES, {"user_id": str(holder.user_id)} | body | more)


def _ends(gu: Actor, row: dict[str, Any], day: str) -> TestResponse:
    body = {"ended_on": day, "reason": "调离执法岗位"}
    return gu.client.put(f"{CERTIFICATES}/{row['id']}/end", json=body)


def _officers(actor: Actor) -> list[str]:
    return [one["display_name"] for one in actor.get("/api/users/officers").get_json()["items"]]


def test_officers_are_those_of_the_own_unit_who_hold_one_today(cast: Cast, clock: FixedClock) -> None:
    gu, xu, qin, he = (cast(name) for name in ("admin_gu", "supervisor_xu", "legal_qin", "supervisor_he"))
    for holder, number in ((xu, "99990101001"), (he, "99990101003")):
        assert _enters(gu, holder, number=number).status_code == 201
    later = _enters(gu, qin, number="99990101002", valid_from="2026-11-21", valid_to=None).get_json()
    assert later["state"] == "coming"
    assert _officers(xu) == ["许督02"], "the other's begins tomorrow"
    assert _officers(he) == ["何督01"], "another unit's are not offered"
    (one,) = xu.get("/api/users/officers").get_json()["items"]
    assert (one["certificate"], one["valid_to"]) == ("99990101001", "2026-11-30")
    clock.set(clock.now() + timedelta(days=1))
    assert set(_officers(xu)) == {"许督02", "秦某"}
    clock.set(clock.now() + timedelta(days=11))
    assert _officers(xu) == ["秦某"], "the first ended with the month"


def test_an_account_that_is_closed_is_no_officer(cast: Cast) -> None:
    gu, xu, qin = cast("admin_gu"), cast("supervisor_xu"), cast("legal_qin")
    _enters(gu, qin)
    gu.client.patch(f"/api/users/{qin.user_id}", json={"is_active": False})
    assert _officers(xu) == []


def test_a_certificate_is_renewed_and_ended_and_all_of_it_stays(cast: Cast) -> None:
    gu, xu = cast("admin_gu"), cast("supervisor_xu")
    first = _enters(gu, xu).get_json()
    second = _enters(gu, xu, valid_from="2026-12-01", valid_to="2031-11-30").get_json()
    done = _ends(gu, first, "2026-11-19").get_json()
    assert (done["state"], done["end_reason"], done["ended_by"]) == ("over", "调离执法岗位", "顾某")
    assert done["valid_to"] == "2026-11-30", "what was entered stays"
    assert _officers(xu) == []
    again = _ends(gu, first, "2026-11-25")
    assert (again.status_code, again.get_json()["code"]) == (409, "accounts.certificate_ended")
    never = _ends(gu, second, "2026-11-30")
    assert never.status_code == 200, "the day before it began: it never held"
    told = gu.get(CERTIFICATES).get_json()["items"]
    assert [(one["number"], one["state"]) for one in told] == [("99990101001", "over")] * 2


@pytest.mark.parametrize(
    ("holder", "change", "reason"),
    [
        ("supervisor_xu", {"valid_to": "2024-06-30"}, "backwards"),
        ("supervisor_xu", {"valid_from": "2026-11-30", "valid_to": None}, "overlaps"),
        ("legal_qin", {}, "taken"),
        ("firm_liu", {"number": "99990101009"}, "firm"),
    ],
)
def test_a_certificate_that_cannot_be(cast: Cast, holder: str, change: dict[str, Any], reason: str) -> None:
    gu = cast("admin_gu")
    assert _enters(gu, cast("supervisor_xu")).status_code == 201
    refused = _enters(gu, cast(holder), **change)
    assert refused.status_code == 409
    assert (refused.get_json()["code"], refused.get_json()["reason"]) == (
        "accounts.certificate_refused",
        reason,
    )
    assert len(gu.get(CERTIFICATES).get_json()["items"]) == 1


def test_it_ends_within_its_term_only(cast: Cast) -> None:
    gu, xu = cast("admin_gu"), cast("supervisor_xu")
    row = _enters(gu, xu).get_json()
    for day in ("2024-06-29", "2026-12-01"):
        assert _ends(gu, row, day).get_json()["code"] == "accounts.certificate_end_refused"
    assert _officers(xu) == ["许督02"]


def test_who_reads_and_writes_certificates(cast: Cast) -> None:
    xu = cast("supervisor_xu")
    row = _enters(cast("admin_gu"), xu).get_json()
    for name in ("supervisor_xu", "inspector_chen", "legal_qin", "firm_liu", "department_ma"):
        actor = cast(name)
        assert actor.get(CERTIFICATES).status_code == 403, name
        assert _enters(actor, xu).status_code == 403, name
        assert _ends(actor, row, "2026-11-19").status_code == 403, name
        assert actor.get("/api/users/officers").status_code == (200 if name == "supervisor_xu" else 403)
