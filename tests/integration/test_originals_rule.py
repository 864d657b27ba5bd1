"""Which camera files are wanted is said by an administrator, kept as versions, and learned with the pull."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from server.accounts.models import OriginalsRule
from tests.factories.actors import Actor

Cast = Callable[[str], Actor]
RULE = "/api/originals-rule"


def test_what_an_administrator_decides_reaches_the_phones(session: Session, cast: Cast) -> None:
    admin, chen = cast("admin_gu"), cast("inspector_chen")
    assert admin.get(RULE).get_json() == {"no": 0, "severities": ["critical"], "history": []}
    answer = admin.post(RULE, {"based_on": 0, "severities": ["general", "critical"]})
    assert answer.get_json()["severities"] == ["critical", "general"]
    session.commit()
    for said in (chen.get("/api/session"), chen.get("/api/sync/changes")):
        assert said.get_json()["keep_originals"] == ["critical", "general"]
    assert admin.post(RULE, {"based_on": 1, "severities": []}).get_json()["no"] == 2
    session.commit()
    assert chen.get("/api/session").get_json()["keep_originals"] == []
    history = admin.get(RULE).get_json()["history"]
    assert [(each["no"], each["severities"]) for each in history] == [(2, []), (1, ["critical", "general"])]
    assert all(each["author"] for each in history)


def test_who_did_not_see_the_last_change_changes_nothing(cast: Cast) -> None:
    admin = cast("admin_gu")
    admin.post(RULE, {"based_on": 0, "severities": ["major"]})
    answer = admin.post(RULE, {"based_on": 0, "severities": []})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "accounts.originals_rule_changed")
    assert admin.get(RULE).get_json()["severities"] == ["major"]


@pytest.mark.parametrize("severities", [["minor"], ["major"] * 4, "major", None])
def test_what_is_no_severity_is_refused(cast: Cast, severities: object) -> None:
    assert cast("admin_gu").post(RULE, {"based_on": 0, "severities": severities}).status_code == 422


def test_it_is_the_administrators_to_say(cast: Cast) -> None:
    for name in ("inspector_chen", "supervisor_he"):
        assert cast(name).get(RULE).status_code == 403
        assert cast(name).post(RULE, {"based_on": 0, "severities": []}).status_code == 403


def test_a_version_is_never_changed(session: Session, cast: Cast) -> None:
    cast("admin_gu").post(RULE, {"based_on": 0, "severities": ["major"]})
    with pytest.raises(DBAPIError, match="originals_rule"):
        session.execute(sa.update(OriginalsRule).values(severities=[]))
