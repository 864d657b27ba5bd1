"""One-time links: a firm without an account reads, acknowledges and answers one notice from a phone.

The token carries the link's id and its expiry under an HMAC, so that a forged or stale one is refused
before the database is asked; only its hash is stored, and the stored answer of the command names no
address. The first to open it gives name and phone, and the browser gets a key of its own: forwarded
afterwards, the link opens nothing. A new link to a notice revokes the former ones. What a link may do
is a role of its own in `core.permissions`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import segno
import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.core import context as house
from server.core.commands import CommandContext
from server.core.identity import Identity, Role
from server.core.own_transaction import own_transaction
from server.core.permissions import Permission, require
from server.core.problems import NotFound
from server.findings import service as findings
from server.notices import deadlines, errors, queries, service, serving_queries
from server.notices.models import Notice, NoticeLink

ORGANISATION = "企业（链接）"
WINDOW = timedelta(minutes=1)
USES_PER_WINDOW = 120
"""A notice with 40 items and its photos loads well within it; a script does not."""
COMMANDS = frozenset(
    {"open_notice", "acknowledge_notice", "answer_item", "withdraw_answer", "file_duty_step"}
)
_SIGNATURE = 32


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who came by a link: the row, and the identity that acts (None until the link is claimed)."""

    link: NoticeLink
    identity: Identity | None


def make(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """A new link to a notice; former ones are revoked. Who made it is sent the address besides: `told`."""
    notice = service.visible(session, identity, body["notice_id"])
    require(identity, Permission.NOTICE_LINK, notice)
    if serving_queries.link(session, body["link_id"]) is not None:
        raise errors.IdReused()
    for former in serving_queries.open_links(session, notice.id):
        former.revoked_at, former.revoked_by = context.now, identity.user_id
    expires_at = context.now + timedelta(days=deadlines.terms(session).link_days)
    token = sign(body["link_id"], expires_at)
    link = NoticeLink(
        id=body["link_id"],
        notice_id=notice.id,
        firm_id=notice.firm_id,
        token_sha256=hashlib.sha256(token.encode()).digest(),
        made_at=context.now,
        made_by=identity.user_id,
        expires_at=expires_at,
    )
    session.add(link)
    _write(session, identity, notice, "link.make", link, context)
    return {"link_id": str(link.id), "expires_at": expires_at.isoformat()}


def told(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer of `make` with the address, and its QR code as a data URI.

    Reckoned anew from the key of the deployment at each delivery and never stored: who reads the database,
    or a copy of it, can open no notice with what stands there.
    """
    token = sign(uuid.UUID(answer["link_id"]), datetime.fromisoformat(answer["expires_at"]))
    url = f"{house.settings().origin}/l/{token}"
    return answer | {"url": url, "qr": segno.make(url, error="m", micro=False).svg_data_uri(border=2)}


def revoke(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """Shut a link; revoking it again changes nothing."""
    link = serving_queries.link(session, body["link_id"])
    if link is None:
        raise NotFound()
    notice = service.visible(session, identity, link.notice_id)
    require(identity, Permission.NOTICE_LINK, notice)
    if link.revoked_at is None:
        link.revoked_at, link.revoked_by = context.now, identity.user_id
        _write(session, identity, notice, "link.revoke", link, context)
    return {"link_id": str(link.id)}


def listed(session: Session, identity: Identity, notice: Notice, now: datetime) -> list[dict[str, Any]]:
    """The links to a notice with who uses them, for those who make them."""
    require(identity, Permission.NOTICE_LINK, notice)
    names = ("id", "made_at", "expires_at", "revoked_at", "claimed_at", "holder_name", "holder_phone")
    return [
        {name: getattr(link, name) for name in names}
        | {"open": link.revoked_at is None and link.expires_at > now}
        for link in serving_queries.links(session, notice.id)
    ]


def sign(link_id: uuid.UUID, expires_at: datetime) -> str:
    """The token: id and expiry (seconds since 1970) with an HMAC-SHA256 over both, in base64url."""
    content = link_id.bytes + int(expires_at.timestamp()).to_bytes(6, "big")
    return base64.urlsafe_b64encode(content + _mac(content)).decode().rstrip("=")


def _mac(content: bytes) -> bytes:
    return hmac.new(house.link_key(), content, hashlib.sha256).digest()


def _read(token: str, now: datetime) -> uuid.UUID:
    """The link's id; raises `LinkInvalid` or `LinkExpired` without asking the database."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise errors.LinkInvalid() from error
    content, signature = raw[:-_SIGNATURE], raw[-_SIGNATURE:]
    if len(content) != 22 or not hmac.compare_digest(signature, _mac(content)):
        raise errors.LinkInvalid()
    if datetime.fromtimestamp(int.from_bytes(content[16:], "big"), UTC) <= now:
        raise errors.LinkExpired()
    return uuid.UUID(bytes=content[:16])


def enter(session: Session, token: str, key: str | None, now: datetime) -> Bearer:
    """Who holds this token, with the right key the identity that may act.

    Raises `LinkInvalid`, `LinkExpired`, `LinkRevoked`, `LinkTooMany`, and `LinkClaimed` where somebody
    else has claimed the link.
    """
    link_id = _read(token, now)
    _count(link_id, now)
    link = serving_queries.link(session, link_id)
    if link is None or not hmac.compare_digest(link.token_sha256, hashlib.sha256(token.encode()).digest()):
        raise errors.LinkInvalid()
    if link.revoked_at is not None:
        raise errors.LinkRevoked()
    if link.expires_at <= now:
        raise errors.LinkExpired()
    if link.holder_key_sha256 is None:
        return Bearer(link, None)
    if key is None or not hmac.compare_digest(link.holder_key_sha256, hashlib.sha256(key.encode()).digest()):
        raise errors.LinkClaimed()
    return Bearer(link, _identity(link))


_COUNT = sa.text("""
    UPDATE notice_link SET
        window_uses = CASE WHEN window_started_at > :since THEN window_uses + 1 ELSE 1 END,
        window_started_at = CASE WHEN window_started_at > :since THEN window_started_at ELSE :now END
    WHERE id = :id RETURNING window_uses, window_started_at
""")


def _count(link_id: uuid.UUID, now: datetime) -> None:
    """Count one use, in a transaction of its own: a refused request counts as well."""
    with own_transaction() as mine:
        row = mine.execute(_COUNT, {"id": link_id, "now": now, "since": now - WINDOW}).one_or_none()
    if row is None:
        raise errors.LinkInvalid()
    uses, started = row
    if uses > USES_PER_WINDOW:
        wait = max(1, int((started + WINDOW - now).total_seconds()) + 1)
        raise errors.LinkTooMany(retry_after=wait)


def preview(session: Session, token: str, key: str | None, now: datetime) -> dict[str, Any]:
    """What stands before the name is given: whose notice it is, not what it says."""
    link = enter(session, token, key, now).link
    row = queries.rows(session, [link.notice_id])[0]
    return {
        "number": row.Notice.number,
        "organisation": row.organisation_name,
        "firm": row.firm_name,
        "compound": row.compound_name,
        "expires_at": link.expires_at,
        "claimed": link.holder_key_sha256 is not None,
        "holder": link.holder_name,
    }


def claim(session: Session, token: str, name: str, phone: str, now: datetime) -> dict[str, Any]:
    """The first to open the link says who they are; their browser gets the key that goes with it."""
    found = enter(session, token, None, now).link
    link = serving_queries.link(session, found.id, lock=True)
    assert link is not None
    if link.holder_key_sha256 is not None:
        raise errors.LinkClaimed()
    key = secrets.token_urlsafe(24)
    link.holder_name, link.holder_phone, link.claimed_at = name, phone, now
    link.holder_key_sha256 = hashlib.sha256(key.encode()).digest()
    session.flush()
    identity = _identity(link)
    notice = queries.get(session, link.notice_id)
    assert notice is not None
    context = CommandContext(command_id=link.id, now=now, captured_at=now)
    _write(session, identity, notice, "link.claim", link, context)
    return {"key": key, "holder": name, "expires_at": link.expires_at}


def _identity(link: NoticeLink) -> Identity:
    return Identity(
        user_id=None,
        username=f"link:{link.id}",
        display_name=f"{link.holder_name}（{link.holder_phone}）",
        role=Role.FIRM_LINK,
        organisation_name=ORGANISATION,
        firm_id=link.firm_id,
        link_id=link.id,
        notice_id=link.notice_id,
    )


def _write(
    session: Session, identity: Identity, notice: Notice, act: str, link: NoticeLink, context: CommandContext
) -> None:
    data = {"number": notice.number, "link_id": str(link.id), "holder": link.holder_name}
    for item in queries.items(session, [notice.id]):
        findings.record(session, identity, item.finding_id, act, context, data)
    session.flush()
