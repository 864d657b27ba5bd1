"""Pure rules of what firm and office ask of each other: answers, extensions, objections, duty reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ResponseState(StrEnum):
    """回复 (domain: submitted → need_more | accepted → passed | failed; or withdrawn)."""

    SUBMITTED = "submitted"
    NEED_MORE = "need_more"
    ACCEPTED = "accepted"
    """Taken up for the re-check; the firm can no longer take it back."""
    PASSED = "passed"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class ResponseAction(StrEnum):
    ASK_MORE = "ask_more"
    ACCEPT = "accept"
    PASS = "pass"
    FAIL = "fail"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class Step:
    """Where an action leads and which permission it needs (a `Permission` value, or `system`)."""

    to: StrEnum
    permission: str


RS, RA = ResponseState, ResponseAction


_REVIEW, _ANSWER = "finding:review", "notice:answer"


RESPONSE_TRANSITIONS: dict[tuple[StrEnum, StrEnum], Step] = {
    (RS.SUBMITTED, RA.ASK_MORE): Step(RS.NEED_MORE, _REVIEW),
    (RS.SUBMITTED, RA.ACCEPT): Step(RS.ACCEPTED, "finding:triage"),
    (RS.SUBMITTED, RA.PASS): Step(RS.PASSED, _REVIEW),
    (RS.SUBMITTED, RA.FAIL): Step(RS.FAILED, _REVIEW),
    (RS.SUBMITTED, RA.WITHDRAW): Step(RS.WITHDRAWN, _ANSWER),
    (RS.ACCEPTED, RA.ASK_MORE): Step(RS.NEED_MORE, _REVIEW),
    (RS.ACCEPTED, RA.ACCEPT): Step(RS.ACCEPTED, "finding:triage"),
    (RS.ACCEPTED, RA.PASS): Step(RS.PASSED, _REVIEW),
    (RS.ACCEPTED, RA.FAIL): Step(RS.FAILED, _REVIEW),
}


class RequestState(StrEnum):
    """What becomes of something the firm asked for: an extension (延期) or an objection (异议)."""

    PENDING = "pending"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    MOOT = "moot"
    """Overtaken: the item was passed, withdrawn or ordered anew before anybody decided."""


class RequestAction(StrEnum):
    GRANT = "grant"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    OVERTAKE = "overtake"


QS, QA = RequestState, RequestAction


def _request(decides: str, asks: str) -> dict[tuple[StrEnum, StrEnum], Step]:
    return {
        (QS.PENDING, QA.GRANT): Step(QS.GRANTED, decides),
        (QS.PENDING, QA.REFUSE): Step(QS.REFUSED, decides),
        (QS.PENDING, QA.WITHDRAW): Step(QS.WITHDRAWN, asks),
        (QS.PENDING, QA.OVERTAKE): Step(QS.MOOT, "system"),
    }


EXTENSION_TRANSITIONS = _request("extension:decide", "extension:request")


OBJECTION_TRANSITIONS = _request("notice:issue", "objection:file")


class DutyState(StrEnum):
    """三联单 of a firm where somebody else is responsible: found, dissuaded, reported."""

    FOUND = "found"
    DISSUADED = "dissuaded"
    REPORTED = "reported"


DUTY_TRANSITIONS: dict[tuple[StrEnum, StrEnum], Step] = {
    (DutyState.FOUND, DutyState.DISSUADED): Step(DutyState.DISSUADED, _ANSWER),
    (DutyState.DISSUADED, DutyState.REPORTED): Step(DutyState.REPORTED, _ANSWER),
}
"""Keyed by where the report stands and the step that is filed; the last one answers the item."""


THIRD_PARTIES = frozenset({"resident", "developer", "utility"})


class Asks(StrEnum):
    """What an item asks of the firm. A hazard that is gone answers either."""

    RECTIFY = "rectify"
    DUTY_REPORT = "duty_report"


def asked_of_firm(responsible: str) -> Asks:
    """物业管理条例 45: for what others do, the firm must find it, dissuade them and report."""
    return Asks.DUTY_REPORT if responsible in THIRD_PARTIES else Asks.RECTIFY


class ExtensionReason(StrEnum):
    MATERIALS = "materials"
    REPAIR_FUND = "repair_fund"
    WEATHER = "weather"
    GOVERNMENT_WORKS = "government_works"
    OTHER = "other"


class Refusal(StrEnum):
    """Why an extension cannot be asked for."""

    CRITICAL = "critical"
    EXPIRED = "expired"
    NOT_SERVED = "not_served"
    NOT_LATER = "not_later"
    BEYOND_CAP = "beyond_cap"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class ProcedureRules:
    """The house's terms, which an administrator edits with history (`ProcedureRule`).

    `extension_cap_percent` is of the term's original length, so 100 at most doubles it.
    """

    service_workdays: int = 3
    extensions_per_item: int = 1
    extension_cap_percent: int = 100
    need_more_workdays: int = 1
    review_workdays: int = 3
    transfer_workdays: int = 3
    link_days: int = 30


def extension_cap(started: datetime, due_at: datetime, first_due_at: datetime, percent: int) -> datetime:
    """The latest date that an extension may reach: `percent` of the first term beyond the date in force."""
    return due_at + (first_due_at - started) * percent / 100


def extension_refusal(
    *,
    severity: str,
    now: datetime,
    started: datetime | None,
    first_due_at: datetime,
    due_at: datetime,
    wanted: datetime,
    granted_before: int,
    terms: ProcedureRules,
) -> Refusal | None:
    """Why `wanted` cannot be asked for, or None. `started` is service, `first_due_at` the term's own end."""
    if severity == "critical":
        return Refusal.CRITICAL
    if started is None:
        return Refusal.NOT_SERVED
    if now >= due_at:
        return Refusal.EXPIRED
    if granted_before >= terms.extensions_per_item:
        return Refusal.TOO_MANY
    if wanted <= due_at:
        return Refusal.NOT_LATER
    if wanted > extension_cap(started, due_at, first_due_at, terms.extension_cap_percent):
        return Refusal.BEYOND_CAP
    return None


def may_decide_extension(
    *,
    decider: str,
    unit: str,
    decider_path: str | None,
    issuer: str,
    issuer_unit: str,
    issuer_path: str | None,
) -> bool:
    """Whether a supervisor may decide: of the issuer's unit but not the issuer, or of a level above it.

    `decider`, `issuer` and the units are ids as text, paths are area paths.
    """
    if unit == issuer_unit:
        return decider != issuer
    return decider_path is not None and issuer_path is not None and issuer_path.startswith(decider_path + ".")
