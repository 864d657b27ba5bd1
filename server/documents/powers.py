"""Who may order by which article: the register of powers, and the guards of an order (N3).

An order needs, for every item, a power of the issuing organisation that is in force on the day, covers the
item (its code or its group) and rests on an article that the catalogue names for the item; two officers with
certificates (行政处罚法 42); and the bodies at which it can be contested (行政复议法 20, 行政诉讼法 46).
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.accounts import certificates
from server.checklists.rules import Item
from server.core.clock import SHANGHAI
from server.core.identity import Identity
from server.core.permissions import Permission, require
from server.core.problems import NotFound
from server.core.terms import Standing, may_end, overlap, standing
from server.documents import errors, queries
from server.documents.models import DocumentOffice, OrderPower
from server.documents.paper import Officer

OFFICERS_NEEDED = 2


def covers(power: OrderPower, item: Item, day: date) -> bool:
    """Whether a power reaches an item on a day, by an article that the catalogue names for it."""
    if standing(power, day) is not Standing.IN_FORCE:
        return False
    if item.code != power.item_code and item.group != power.item_group:
        return False
    articles = {article.article for law in item.law if law.name == power.statute for article in law.articles}
    return bool(articles) if power.article is None else power.article in articles


def require_powers(session: Session, organisation_id: uuid.UUID, items: Sequence[Item], day: date) -> None:
    """Raise `NoPower` with the codes of the items that the organisation may not order about."""
    powers = queries.powers(session, organisation_id)
    beyond = [item.code for item in items if not any(covers(power, item, day) for power in powers)]
    if beyond:
        raise errors.NoPower(items=list(dict.fromkeys(beyond)))


def require_officers(
    session: Session, organisation_id: uuid.UUID, user_ids: Sequence[uuid.UUID], now: datetime
) -> list[Officer]:
    """Two or more people of the organisation with certificates in force; raises `OfficersMissing`."""
    fit = {one["id"]: one for one in certificates.officers(session, organisation_id, now)}
    named = list(dict.fromkeys(user_ids))
    if len(named) < OFFICERS_NEEDED or not set(named) <= set(fit):
        raise errors.OfficersMissing(needed=OFFICERS_NEEDED)
    return [Officer(fit[one]["display_name"], fit[one]["certificate"]) for one in named]


def require_enough_officers(session: Session, organisation_id: uuid.UUID, now: datetime) -> None:
    """Raise `OfficersMissing` where the organisation has nobody to name at all."""
    if len(certificates.officers(session, organisation_id, now)) < OFFICERS_NEEDED:
        raise errors.OfficersMissing(needed=OFFICERS_NEEDED)


def require_remedies(session: Session, organisation_id: uuid.UUID) -> DocumentOffice:
    """The office's entry with 复议机关 and court; raises `RemediesMissing`."""
    office = queries.office(session, organisation_id)
    if office is None or not office.reconsideration_body or not office.court:
        raise errors.RemediesMissing()
    return office


def listed(session: Session, identity: Identity, now: datetime) -> list[dict[str, Any]]:
    """All powers that ever were registered (schema `PowerSchema`), by organisation."""
    require(identity, Permission.DOCUMENT_CONFIGURE)
    return _documents(session, now)


def register(session: Session, identity: Identity, body: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Enter a power. Raises `PowerRefused`."""
    require(identity, Permission.DOCUMENT_CONFIGURE)
    if (body["item_code"] is None) == (body["item_group"] is None):
        raise errors.PowerRefused("item_code or item_group, not both", reason="scope")
    if body["valid_to"] is not None and body["valid_to"] < body["valid_from"]:
        raise errors.PowerRefused("valid_to lies before valid_from", reason="backwards")
    if queries.organisation(session, body["organisation_id"], lock=True) is None:
        raise NotFound()
    same = ("item_code", "item_group", "statute", "article")
    for known in queries.powers(session, body["organisation_id"]):
        if all(getattr(known, name) == body[name] for name in same) and overlap(
            known, body["valid_from"], body["valid_to"]
        ):
            raise errors.PowerRefused(reason="overlaps")
    power = OrderPower(**body, author_id=identity.user_id, created_at=now)
    session.add(power)
    session.flush()
    return _documents(session, now, OrderPower.id == power.id)[0]


def end(
    session: Session, identity: Identity, power_id: uuid.UUID, body: dict[str, Any], now: datetime
) -> dict[str, Any]:
    """End a power before its term, once: nothing is deleted or changed, since orders rest on it.

    Raises `PowerEnded`, `PowerEndRefused`.
    """
    require(identity, Permission.DOCUMENT_CONFIGURE)
    power = queries.power_locked(session, power_id)
    if power is None:
        raise NotFound()
    if power.ended_on is not None:
        raise errors.PowerEnded()
    if not may_end(power, body["ended_on"]):
        raise errors.PowerEndRefused()
    power.ended_on, power.end_reason = body["ended_on"], body["reason"]
    power.ended_at, power.ended_by = now, identity.user_id
    session.flush()
    return _documents(session, now, OrderPower.id == power.id)[0]


_TOLD = (
    *("id", "organisation_id", "item_code", "item_group", "statute", "article", "valid_from", "valid_to"),
    *("basis", "note", "created_at", "ended_on", "ended_at", "end_reason"),
)


def _documents(session: Session, now: datetime, *where: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    today = now.astimezone(SHANGHAI).date()
    return [
        {name: getattr(row.OrderPower, name) for name in _TOLD}
        | {
            "organisation": row.organisation,
            "state": standing(row.OrderPower, today).value,
            "author": row.author,
            "ended_by": row.ender,
        }
        for row in queries.power_rows(session, *where)
    ]
