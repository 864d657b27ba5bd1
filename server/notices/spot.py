"""现场整改通知单 (N1) written, signed and handed over on the spot, wherever that is.

In a cellar there is no server, so the slip bears the phone's own number, and a token for the verification
page that the phone drew by lot. When the network is back one command brings both acts, the notice and its
service, since neither is true without the other: the official number is taken then (no gap, and none taken
offline), the terms count from the hour of the hand-over, and the token leads to the official document, which
names the number of the slip.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from server.core.commands import CommandContext
from server.core.identity import Identity
from server.documents import verifying
from server.findings import service as findings
from server.findings.rules import CLOCK_SKEW, FindingAction, next_state
from server.notices import errors, issuing, serving
from server.notices.serving import EARLIEST_ON_THE_SPOT, ON_THE_SPOT
from server.notices.serving_rules import Method

METHODS = (Method.DIRECT, Method.LEFT_IN_PLACE)


def hand_over(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """Issue the slip and record its service in one act.

    Raises what `issuing.issue` and `serving.serve` raise, `SpotOvertaken` where the office has dealt with an
    item in the meantime, `ServiceDate` where the hour of the hand-over cannot be true.
    """
    at = _handed_at(body["handed_at"], context)
    if body["service"]["method"] not in METHODS:
        raise errors.ServiceUnproven(missing=["method"])
    _refuse_overtaken(session, identity, body)
    if verifying.public(session, body["verify_token"]) is not None:
        raise errors.TokenTaken()
    slip = issuing.Slip(at, body["verify_token"])
    issued = issuing.issue(session, identity, _as_notice(body), context, slip)
    service = body["service"] | {"notice_ids": [body["notice_id"]], "served_at": body["handed_at"]}
    served = serving.serve(session, identity, _ELSEWHERE | service, context)
    return issued | {
        "provisional_number": body["provisional_number"],
        "state": served["notices"][0]["state"],
        "served_at": served["served_at"],
    }


_ELSEWHERE: dict[str, Any] = dict.fromkeys(
    ("channel", "tracking_number", "delivered_at", "announcement_reason", "published_on")
)
"""What only other ways of service fill in."""


def _handed_at(said: datetime, context: CommandContext) -> datetime:
    """The hour of the hand-over by our clock."""
    at = said - timedelta(milliseconds=context.clock_offset_ms or 0)
    if at < context.now - EARLIEST_ON_THE_SPOT or at > context.now + CLOCK_SKEW:
        raise errors.ServiceDate()
    return min(at, context.now)


def _refuse_overtaken(session: Session, identity: Identity, body: dict[str, Any]) -> None:
    """All items that cannot be on the slip any more, so that the phone can say them and leave them out."""
    moved = []
    for item in sorted(body["items"], key=lambda item: str(item["finding_id"])):
        finding = findings.visible(session, identity, item["finding_id"])
        if next_state(finding.state, FindingAction.ISSUE_SPOT_NOTICE) is None:
            moved.append({"finding_id": str(finding.id), "state": finding.state.value})
    if moved:
        raise errors.SpotOvertaken(findings=moved)


def _as_notice(body: dict[str, Any]) -> dict[str, Any]:
    """The body of `issue_notice`. Photographs are still on the phone: they hang on the cases, not on this."""
    plain = {"place": None, "facts": None, "legal_basis": None, "requirement": None, "due_at": None}
    return {
        "notice_id": body["notice_id"],
        "document_type": ON_THE_SPOT,
        "provisional_number": body["provisional_number"],
        "officers": [],
        "items": [plain | item for item in body["items"]],
        "contact": body["contact"],
        "contact_phone": body["contact_phone"],
        "without_missing_photos": True,
    }
