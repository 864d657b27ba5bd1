"""Pure rules of accounts: names, passwords, how long a session lives, when guessing is slowed down."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from server.core.identity import Role

DEMO_PASSWORD = "xunjian-demo"
DEMO_USERNAMES = (
    "inspector01",
    "inspector02",
    "street01",
    "district01",
    "firm01",
    "dept01",
    "legal01",
    "admin01",
)
"""The accounts that the demo district prints. Outside it, neither they nor their password are allowed."""

FIRM_ROLES = frozenset({Role.FIRM_HANDLER, Role.FIRM_MANAGER})
REVIEWER_ROLES = frozenset({Role.INSPECTOR, Role.SUPERVISOR})
MIN_PASSWORD_LENGTH = 10
MAX_PASSWORD_LENGTH = 200
FAILURES_PER_ADDRESS = 30
"""More than per name, since a whole office sits behind one address."""

SLIDE_AFTER = timedelta(hours=1)
"""A session is renewed at most this often, so that reading does not mean writing."""

SEALED_GRACE = timedelta(minutes=2)
"""A delivery over a bad link makes the phone's clock look late by as long as it was under way."""


def normalise_username(username: str) -> str:
    """The one spelling of a name: NFKC, no outer blanks, lower case."""
    return unicodedata.normalize("NFKC", username).strip().casefold()


def password_fault(password: str, username: str) -> str | None:
    """Why a new password is refused (`too_short`, `same_as_name`, `demo`), or None.

    Length is what resists guessing (NIST SP 800-63B); no rules about kinds of characters.
    """
    if len(password) < MIN_PASSWORD_LENGTH:
        return "too_short"
    if normalise_username(password) == normalise_username(username):
        return "same_as_name"
    if password == DEMO_PASSWORD:
        return "demo"
    return None


def account_open(is_active: bool, valid_until: date | None, now: datetime) -> bool:
    """Whether an account may be used: not switched off, and its last day (in China) is not over."""
    today = now.astimezone(ZoneInfo("Asia/Shanghai")).date()
    return is_active and (valid_until is None or today <= valid_until)


def session_alive(expires_at: datetime, ended_at: datetime | None, now: datetime) -> bool:
    """Whether a session still counts."""
    return ended_at is None and now < expires_at


_PHOTO_BYTES = re.compile(r"/api/photos/[^/]+/(content|original)")


def passes_sealed(method: str, path: str, drained: bool) -> bool:
    """Whether a request of a revoked phone is looked at: deliveries until it is drained, and signing."""
    if path == "/api/session":
        return method != "GET"
    if drained:
        return False
    if method == "POST":
        return path == "/api/sync/commands"
    return method in ("HEAD", "PATCH") and _PHOTO_BYTES.fullmatch(path) is not None


def captured_before(
    captured_at: datetime, clock_offset_ms: int | None, sealed_at: datetime, grace: timedelta = SEALED_GRACE
) -> bool:
    """Whether a capture, its phone's clock put right, was made before the phone was revoked."""
    return captured_at - timedelta(milliseconds=clock_offset_ms or 0) <= sealed_at + grace


@dataclass(frozen=True, slots=True)
class Totals:
    """Pieces of work: findings opened, photos, commands of any kind (opening a finding is one of them), and
    camera files and videos that were to follow their photos."""

    findings: int = 0
    photos: int = 0
    commands: int = 0
    originals: int = 0

    @classmethod
    def of(cls, told: Mapping[str, int] | None) -> Totals:
        """From what a phone told (`CountersSchema`); nothing counts as none."""
        return cls(**told) if told else cls()

    @property
    def things(self) -> int:
        """What the unsent are counted in: a finding travels as a command, an original waits for Wi-Fi."""
        return self.photos + self.commands


@dataclass(frozen=True, slots=True)
class Gap:
    """Work that nobody can account for. `lost_here`: the phone holds receipts for more than is here.
    `lost_there`: it recorded more than it has delivered and still holds."""

    lost_here: int
    lost_there: int


def unexplained(recorded: Totals, confirmed: Totals, received: Totals, unsent: int) -> Gap | None:
    """What a phone's totals and the server's do not explain together; None where all is accounted for.

    The server may have more than the phone knows (an answer was lost, a file was read in), never less.
    """
    here = sum(
        max(0, getattr(confirmed, name) - getattr(received, name))
        for name in ("photos", "commands", "originals")
    )
    missing_findings = max(0, confirmed.findings - received.findings)
    delivered = max(confirmed.things, min(received.things, recorded.things))
    there = max(0, recorded.things - delivered - unsent)
    here = max(here, missing_findings)
    return Gap(here, there) if here or there else None


def slides(last_used_at: datetime, now: datetime) -> bool:
    """Whether this use renews the session."""
    return now - last_used_at >= SLIDE_AFTER


def retry_after(failures: list[datetime], limit: int, window: timedelta, now: datetime) -> int:
    """Seconds until the next attempt is allowed; 0 when it is allowed now.

    `failures` are the times of failed attempts within `window`. The wait ends when so many of them
    have left the window that fewer than `limit` remain.
    """
    recent = sorted(at.astimezone(UTC) for at in failures if at > now - window)
    if len(recent) < limit:
        return 0
    opens = recent[len(recent) - limit] + window
    return max(1, int((opens - now).total_seconds()) + 1)
