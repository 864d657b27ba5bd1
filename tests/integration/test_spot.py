"""A slip handed over on the spot (N1): signed without a network, official once the phone has one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.accounts.models import Organisation, OrganisationKind, User
from server.core.clock import FixedClock
from server.core.db import new_id
from server.documents.models import NumberSeries
from server.notices.models import Notice, ServiceAct
from tests.factories.actors import Actor, Shot

Cast = Callable[[str], Actor]
TOKEN = "kJ3vQ0b9XyZ_a-12"


def _slip(who: Actor, *cases: Any, **more: Any) -> tuple[dict[str, Any], Shot]:
    """The body as the phone makes it, and the picture of the signature."""
    signed = who.shoots("L", (250, 250, 250))
    body: dict[str, Any] = {
        "notice_id": str(new_id()),
        "provisional_number": "T-7F3A2C-1",
        "verify_token": TOKEN,
        "handed_at": who.now().isoformat(),
        "items": [{"finding_id": str(case), "term": 6, "unit": "hour"} for case in cases],
        "service": {
            "service_id": str(new_id()),
            "method": "direct",
            "recipient": {"name": "刘某", "title": "项目主管"},
            "relation": "principal",
            "signature_photo_id": str(signed.id),
            "place": "物业服务中心",
            "position": None,
            "photos": [signed.declaration],
        },
    }
    return body | more, signed


def _read(who: Actor, notice_id: str) -> dict[str, Any]:
    document: dict[str, Any] = who.get(f"/api/notices/{notice_id}").get_json()
    return document


def test_what_was_signed_in_a_cellar_is_official_with_the_network(
    cast: Cast, clock: FixedClock, session: Session
) -> None:
    chen, liu = cast("inspector_chen"), cast("firm_liu")
    case = chen.finds("FP-03")
    body, signed = _slip(chen, case)
    command = chen.make("hand_over_slip", **body)
    handed = chen.now()
    clock.set(handed + timedelta(hours=4))

    first = chen.push(command).get_json()["results"][0]
    assert first["status"] == "applied", first["problem"]
    assert first["result"]["number"] == "青禾办物场改〔2026〕第1号"
    assert first["result"]["provisional_number"] == "T-7F3A2C-1"

    # The terms count from the hand-over, not from the hour at which a network was found.
    read = _read(liu, body["notice_id"])
    assert (read["state"], read["service"]["method"]) == ("acknowledged", "direct")
    assert datetime.fromisoformat(read["service"]["served_at"]) == handed
    assert datetime.fromisoformat(read["items"][0]["due_at"]) == handed + timedelta(hours=6)
    assert chen.case(case)["state"] == "rectifying"

    # The picture of the signature follows, and hangs on the service.
    chen.uploads(signed)
    service = session.scalars(sa.select(ServiceAct)).one()
    assert service.signature_photo_id == signed.id
    assert chen.get(f"/api/photos/{signed.id}/content", size="original").data == signed.content

    # Told twice, done once: the same answer, one notice, one number.
    again = chen.push(command).get_json()["results"][0]
    assert again["replayed"] and again["result"] == first["result"]
    assert chen.fails("hand_over_slip", **body) == "notice.spot_overtaken"
    assert session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 1
    series = session.scalars(sa.select(NumberSeries).where(NumberSeries.document_type == "N1")).one()
    assert series.last == 1


def test_the_slips_qr_code_and_its_number_lead_to_the_official_document(cast: Cast) -> None:
    chen = cast("inspector_chen")
    page = chen.client.get(f"/v/{TOKEN}")
    assert page.status_code == 404 and "手机联网后，这里才查得到" in page.get_data(as_text=True)
    body, _ = _slip(chen, chen.finds("FP-03"))
    number = chen.does("hand_over_slip", **body)["number"]
    code = hashlib.sha256(TOKEN.encode()).hexdigest()[:8]
    spaced = f"{code[:4].upper()} {code[4:]}"
    for query in (
        f"/v/{TOKEN}",
        f"/v/?number=T-7F3A2C-1&code={spaced}",
        f"/v/?number={number}&code={code}",
    ):
        text = chen.client.get(query).get_data(as_text=True)
        assert number in text and "T-7F3A2C-1" in text and "现行有效" in text, query
    for query in (
        "/v/?number=T-7F3A2C-1&code=00000000",
        "/v/?number=T-7F3A2C-1",
        f"/v/?number=T-7F3A2C-2&code={code}",
    ):
        answer = chen.client.get(query)
        assert answer.status_code == 404 and number not in answer.get_data(as_text=True), query


def test_what_the_office_did_meanwhile_is_named_and_the_rest_goes_through(
    cast: Cast, session: Session
) -> None:
    chen, he = cast("inspector_chen"), cast("supervisor_he")
    rejected, standing = chen.finds("FP-03"), chen.finds("FP-05")
    body, _ = _slip(chen, rejected, standing)
    he.does("reject_finding", finding_id=str(rejected), reason="已经划好线")
    refused = chen.command("hand_over_slip", **body)["problem"]
    assert refused["code"] == "notice.spot_overtaken"
    assert refused["findings"] == [{"finding_id": str(rejected), "state": "rejected"}]
    assert session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 0
    rest = body | {"items": [item for item in body["items"] if item["finding_id"] == str(standing)]}
    assert chen.does("hand_over_slip", **rest)["number"] == "青禾办物场改〔2026〕第1号"


def test_a_refusal_to_sign_is_proven_by_a_photo_or_a_witness(cast: Cast) -> None:
    chen = cast("inspector_chen")
    body, _ = _slip(chen, chen.finds("FP-03"))
    left = body["service"] | {
        "method": "left_in_place",
        "recipient": None,
        "relation": None,
        "signature_photo_id": None,
        "refusal_reason": "说要等经理",
        "photos": [],
    }
    missing = chen.command("hand_over_slip", **(body | {"service": left}))["problem"]
    assert (missing["code"], missing["missing"]) == ("notice.service_unproven", ["photos"])
    witness = {"name": "王某", "title": "居委会"}
    told = chen.does("hand_over_slip", **(body | {"service": left | {"witness": witness}}))
    assert told["state"] == "served"
    assert _read(chen, body["notice_id"])["service"]["method"] == "left_in_place"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"verify_token": "kurz"}, "core.invalid"),
        ({"provisional_number": "7F3A"}, "core.invalid"),
        ({"items": []}, "core.invalid"),
        ({"handed_at": "2026-11-01T10:00:00+08:00"}, "notice.service_date"),
        ({"handed_at": "2026-12-24T10:00:00+08:00"}, "notice.service_date"),
    ],
)
def test_a_slip_that_cannot_be_true_is_refused_and_leaves_nothing(
    cast: Cast, session: Session, more: dict[str, Any], code: str
) -> None:
    chen = cast("inspector_chen")
    body, _ = _slip(chen, chen.finds("FP-03"), **more)
    assert chen.fails("hand_over_slip", **body) == code
    assert session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 0


def test_what_is_critical_is_not_for_a_slip_and_nobody_else_hands_one_over(cast: Cast) -> None:
    chen = cast("inspector_chen")
    critical, _ = _slip(chen, chen.finds("FP-01"))
    assert chen.fails("hand_over_slip", **critical) == "notice.not_minor"
    raised, _ = _slip(chen, chen.finds("FP-03", severity="critical"))
    assert chen.fails("hand_over_slip", **raised) == "notice.not_minor"
    plain, _ = _slip(chen, chen.finds("FP-03"))
    assert cast("legal_qin").fails("hand_over_slip", **plain) == "core.forbidden"
    assert cast("firm_liu").fails("hand_over_slip", **plain) == "core.not_found"
    other = plain["service"] | {"method": "post", "photos": []}
    assert chen.fails("hand_over_slip", **(plain | {"service": other})) == "notice.service_unproven"


def test_a_community_without_a_word_of_its_own_hands_over_slips_of_its_street(
    cast: Cast, session: Session
) -> None:
    chen = cast("inspector_chen")
    street = session.scalars(sa.select(Organisation).where(Organisation.document_word == "青禾办物改")).one()
    community = Organisation(
        kind=OrganisationKind.COMMUNITY,
        name="测试社区",
        short_name="测试社区",
        path=f"{street.path}.x1",
        document_word=None,
    )
    session.add(community)
    session.flush()
    session.get_one(User, chen.user_id).organisation_id = community.id
    session.commit()
    body, _ = _slip(chen, chen.finds("FP-03"))
    assert chen.does("hand_over_slip", **body)["number"] == "青禾办物场改〔2026〕第1号"


def test_a_token_is_never_given_to_two_papers(cast: Cast, session: Session) -> None:
    chen = cast("inspector_chen")
    first, _ = _slip(chen, chen.finds("FP-03"))
    second, _ = _slip(chen, chen.finds("FP-05"), provisional_number="T-7F3A2C-2")
    chen.does("hand_over_slip", **first)
    assert chen.fails("hand_over_slip", **second) == "notice.token_taken"
    fresh = second | {"verify_token": "kJ3vQ0b9XyZ_a-13"}
    assert chen.does("hand_over_slip", **fresh)["number"] == "青禾办物场改〔2026〕第2号"
