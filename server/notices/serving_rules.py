"""Pure rules of service (送达): the methods of the law, what proves each, when it counts."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from enum import StrEnum


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
