"""Pure rules of the notice, its items and the firm's answers: what may follow on what.

Service (送达) and notification are two things. `served_at` is the date from which the law reckons;
`acknowledged_at` says that somebody of the firm has seen the notice. A notice may have either alone.
What firm and office ask of each other (extensions, objections, duty reports) has its tables further down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum


class NoticeState(StrEnum):
    ISSUED = "issued"
    SERVED = "served"
    """Served in law, though nobody of the firm has signed for it (留置, post, announcement)."""
    ACKNOWLEDGED = "acknowledged"
    REPLIED = "replied"
    COMPLIED = "complied"
    PARTLY = "partly"
    NOT_COMPLIED = "not_complied"
    VOIDED = "voided"


class NoticeAction(StrEnum):
    SERVE = "serve"
    SIGN = "sign"
    """The recipient's signature under the 送达回证 is an acknowledgement as well."""
    ACKNOWLEDGE = "acknowledge"
    ANSWER_ITEM = "answer_item"
    SETTLE = "settle"
    VOID = "void"
    CORRECT = "correct"


class ItemState(StrEnum):
    """One line of a notice."""

    PENDING = "pending"
    ANSWERED = "answered"
    PASSED = "passed"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    """The issuer took it back on the firm's objection."""


@dataclass(frozen=True, slots=True)
class NoticeTransition:
    """`to` None: the target follows from the items (`state_of`)."""

    to: NoticeState | None
    permission: str


N, A = NoticeState, NoticeAction
TRANSITIONS: dict[tuple[NoticeState, NoticeAction], NoticeTransition] = {
    (N.ISSUED, A.SERVE): NoticeTransition(N.SERVED, "notice:serve"),
    (N.SERVED, A.SERVE): NoticeTransition(N.SERVED, "notice:serve"),
    (N.ACKNOWLEDGED, A.SERVE): NoticeTransition(N.ACKNOWLEDGED, "notice:serve"),
    (N.REPLIED, A.SERVE): NoticeTransition(N.REPLIED, "notice:serve"),
    (N.SERVED, A.SIGN): NoticeTransition(N.ACKNOWLEDGED, "system"),
    (N.ISSUED, A.ACKNOWLEDGE): NoticeTransition(N.ACKNOWLEDGED, "notice:acknowledge"),
    (N.SERVED, A.ACKNOWLEDGE): NoticeTransition(N.ACKNOWLEDGED, "notice:acknowledge"),
    (N.SERVED, A.ANSWER_ITEM): NoticeTransition(None, "notice:answer"),
    (N.ACKNOWLEDGED, A.ANSWER_ITEM): NoticeTransition(None, "notice:answer"),
    (N.REPLIED, A.ANSWER_ITEM): NoticeTransition(None, "notice:answer"),
    (N.ISSUED, A.SETTLE): NoticeTransition(None, "system"),
    (N.SERVED, A.SETTLE): NoticeTransition(None, "system"),
    (N.ACKNOWLEDGED, A.SETTLE): NoticeTransition(None, "system"),
    (N.REPLIED, A.SETTLE): NoticeTransition(None, "system"),
    (N.ISSUED, A.VOID): NoticeTransition(N.VOIDED, "document:end"),
    (N.SERVED, A.VOID): NoticeTransition(N.VOIDED, "document:end"),
    (N.ACKNOWLEDGED, A.VOID): NoticeTransition(N.VOIDED, "document:end"),
    (N.REPLIED, A.VOID): NoticeTransition(N.VOIDED, "document:end"),
    (N.ISSUED, A.CORRECT): NoticeTransition(N.ISSUED, "document:end"),
    (N.SERVED, A.CORRECT): NoticeTransition(N.SERVED, "document:end"),
    (N.ACKNOWLEDGED, A.CORRECT): NoticeTransition(N.ACKNOWLEDGED, "document:end"),
    (N.REPLIED, A.CORRECT): NoticeTransition(N.REPLIED, "document:end"),
}

ITEM_TRANSITIONS: dict[tuple[ItemState, str], ItemState] = {
    (ItemState.PENDING, "answer"): ItemState.ANSWERED,
    (ItemState.ANSWERED, "pass_review"): ItemState.PASSED,
    (ItemState.ANSWERED, "fail_review"): ItemState.FAILED,
    (ItemState.FAILED, "answer"): ItemState.ANSWERED,
    (ItemState.ANSWERED, "ask_more"): ItemState.PENDING,
    (ItemState.ANSWERED, "withdraw_answer"): ItemState.PENDING,
    (ItemState.PENDING, "withdraw_item"): ItemState.WITHDRAWN,
    (ItemState.ANSWERED, "withdraw_item"): ItemState.WITHDRAWN,
    (ItemState.FAILED, "withdraw_item"): ItemState.WITHDRAWN,
}
"""After a failed review the firm may answer again at once; the old deadline goes on."""

SETTLED = frozenset({NoticeState.COMPLIED, NoticeState.PARTLY, NoticeState.NOT_COMPLIED, NoticeState.VOIDED})


def state_of(
    items: Sequence[ItemState], *, superseded: bool = False, before: NoticeState = NoticeState.ACKNOWLEDGED
) -> NoticeState:
    """The state of a notice from its items; `before` is where it stands.

    A notice is settled when every item passed or was withdrawn, or when a second order (`superseded`)
    has taken over those that failed; until then it is replied once no item waits for the firm. A
    notice whose items all still wait stays where it is: nothing came from the firm.
    """
    passed = sum(item is ItemState.PASSED for item in items)
    if all(item in (ItemState.PASSED, ItemState.WITHDRAWN) for item in items):
        return NoticeState.COMPLIED
    waiting = any(item in (ItemState.PENDING, ItemState.ANSWERED) for item in items)
    if superseded and not waiting:
        return NoticeState.PARTLY if passed else NoticeState.NOT_COMPLIED
    untouched = all(item in (ItemState.PENDING, ItemState.WITHDRAWN) for item in items)
    if untouched and before in (NoticeState.ISSUED, NoticeState.SERVED):
        return before
    if any(item in (ItemState.PENDING, ItemState.FAILED) for item in items):
        return NoticeState.ACKNOWLEDGED
    return NoticeState.REPLIED


AT_ONCE_HOURS = 24
"""An item that must be put right 立即 still needs an hour by which the answer is in: a day by default."""


def notice_term(n: int, unit: str) -> tuple[int, str]:
    """The term that a notice prints for a catalogue term; `now` becomes a day of clock hours."""
    return (AT_ONCE_HOURS, "hour") if unit == "now" else (n, unit)


def later_of(printed: datetime, from_service: datetime) -> datetime:
    """The date in force: the printed one is final, service may only move it later (民法典 201, 203)."""
    return max(printed, from_service)


LEAST_FIXED = timedelta(hours=1)
"""A date set by hand is no sooner than this, neither at issue nor once the notice is served."""


def fixed_due(printed: datetime, issued_at: datetime, served_at: datetime) -> datetime:
    """The date in force of an item whose hour the issuer set by hand, once it is served.

    It stands as printed where service came in time for it; service so late that less than an hour is
    left gives the firm the same span from service that the paper gave it from issue.
    """
    if printed - served_at >= LEAST_FIXED:
        return printed
    return served_at + max(printed - issued_at, LEAST_FIXED)


class Method(StrEnum):
    """送达方式 (民事诉讼法 87–95, taken over by 行政处罚法 61)."""

    DIRECT = "direct"
    LEFT_IN_PLACE = "left_in_place"
    ELECTRONIC = "electronic"
    POST = "post"
    ANNOUNCEMENT = "announcement"


class ServiceState(StrEnum):
    """Where the service of a notice stands; a fact of its own beside the notice's state."""

    UNSERVED = "unserved"
    UNDER_WAY = "under_way"
    """A letter is in the post, or an announcement has not run its 30 days."""
    SERVED = "served"


class AttemptState(StrEnum):
    """One attempt to serve."""

    PENDING = "pending"
    COMPLETED = "completed"
    FAILED = "failed"


class Relation(StrEnum):
    """Who signed for the firm (民诉法 88: the legal representative, the principal, or who receives mail)."""

    LEGAL_REPRESENTATIVE = "legal_representative"
    PRINCIPAL = "principal"
    MAIL_RECEIVER = "mail_receiver"
    AGENT = "agent"


ANNOUNCEMENT_DAYS = 30
"""民事诉讼法 95 in the text of 2023."""
CHANNELS = ("portal", "email", "sms")
"""Ways of electronic service that a 电子送达确认书 may name."""


def announced_service(published_on: date) -> tuple[date, time]:
    """The last moment (Shanghai) of the 30th day after publication, from which it counts as served."""
    return published_on + timedelta(days=ANNOUNCEMENT_DAYS), time(23, 59, 59)


def service_state(served_at: datetime | None, pending: bool, now: datetime) -> ServiceState:
    """Where service stands at `now`; a date of service may lie ahead (announcement)."""
    if served_at is not None and served_at <= now:
        return ServiceState.SERVED
    return ServiceState.UNDER_WAY if pending or served_at is not None else ServiceState.UNSERVED


def missing_proof(method: Method, given: frozenset[str]) -> list[str]:
    """Which proofs of `method` are not among `given`: names of the fields that are filled.

    留置 wants the reason of refusal and a photo of the paper left behind, or a witness instead of it
    (民诉法 89); a posted letter counts from its receipt, so the receipt's photo comes with its date.
    """
    wanted: dict[Method, tuple[str, ...]] = {
        Method.DIRECT: ("recipient", "relation", "signature"),
        Method.LEFT_IN_PLACE: ("refusal_reason",),
        Method.ELECTRONIC: ("channel",),
        Method.POST: ("tracking_number",),
        Method.ANNOUNCEMENT: ("announcement_reason", "published_on"),
    }
    missing = [name for name in wanted[method] if name not in given]
    if method is Method.LEFT_IN_PLACE and not given & {"photos", "witness"}:
        missing.append("photos")
    if method is Method.POST and "delivered_at" in given and "photos" not in given:
        missing.append("photos")
    return missing


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
