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

from sqlalchemy.orm import Session

from server.accounts.models import User
from server.checklists.rules import Item
from server.core.identity import Identity
from server.core.permissions import Permission, require
from server.core.problems import NotFound
from server.documents import errors, queries
from server.documents.models import DocumentOffice, OrderPower
from server.documents.paper import Officer

OFFICERS_NEEDED = 2


def covers(power: OrderPower, item: Item, day: date) -> bool:
    """Whether a power reaches an item on a day, by an article that the catalogue names for it."""
    if not power.valid_from <= day <= (power.valid_to or date.max):
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
    session: Session, organisation_id: uuid.UUID, user_ids: Sequence[uuid.UUID]
) -> list[Officer]:
    """Two or more active people of the organisation with certificates; raises `OfficersMissing`."""
    found = {user.id: user for user in queries.users(session, user_ids)}
    officers = [found[user_id] for user_id in dict.fromkeys(user_ids) if user_id in found]
    fit = [user for user in officers if _is_officer(user, organisation_id)]
    if len(fit) < OFFICERS_NEEDED or len(fit) != len(dict.fromkeys(user_ids)):
        raise errors.OfficersMissing(needed=OFFICERS_NEEDED)
    return [Officer(user.display_name, user.certificate or "") for user in fit]


def _is_officer(user: User, organisation_id: uuid.UUID) -> bool:
    return user.is_active and user.organisation_id == organisation_id and bool(user.certificate)


def require_remedies(session: Session, organisation_id: uuid.UUID) -> DocumentOffice:
    """The office's entry with 复议机关 and court; raises `RemediesMissing`."""
    office = queries.office(session, organisation_id)
    if office is None or not office.reconsideration_body or not office.court:
        raise errors.RemediesMissing()
    return office


def listed(session: Session, identity: Identity) -> list[OrderPower]:
    """All registered powers, by organisation."""
    require(identity, Permission.DOCUMENT_CONFIGURE)
    return queries.powers(session, None)


def register(session: Session, identity: Identity, body: dict[str, Any], now: datetime) -> OrderPower:
    """Enter a power. Raises `PowerRefused` where it names both an item and a group, or neither."""
    require(identity, Permission.DOCUMENT_CONFIGURE)
    if (body["item_code"] is None) == (body["item_group"] is None):
        raise errors.PowerRefused("item_code or item_group, not both")
    if body["valid_to"] is not None and body["valid_to"] < body["valid_from"]:
        raise errors.PowerRefused("valid_to lies before valid_from")
    if queries.organisation(session, body["organisation_id"]) is None:
        raise NotFound()
    power = OrderPower(**body, author_id=identity.user_id, created_at=now)
    session.add(power)
    session.flush()
    return power


def finish(session: Session, identity: Identity, power_id: uuid.UUID, last_day: date) -> OrderPower:
    """Let a power end; nothing is deleted, since orders rest on it."""
    require(identity, Permission.DOCUMENT_CONFIGURE)
    power = session.get(OrderPower, power_id)
    if power is None:
        raise NotFound()
    if last_day < power.valid_from:
        raise errors.PowerRefused("valid_to lies before valid_from")
    power.valid_to = last_day
    return power
