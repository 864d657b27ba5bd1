"""电子送达确认书: what a firm agreed to about electronic service. At most one stands at a time."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from server.core.commands import CommandContext
from server.core.identity import Identity
from server.core.permissions import Permission, require
from server.core.problems import NotFound
from server.notices import errors, serving_queries
from server.notices.models import ServiceConsent


def standing(session: Session, firm_id: uuid.UUID) -> ServiceConsent | None:
    """The consent in force, if any."""
    return serving_queries.consent(session, firm_id)


def give(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """The firm agrees in the portal, or an official records its signed paper (`paper_number`)."""
    firm_id = _firm(session, identity, body["firm_id"])
    if serving_queries.consent_by_id(session, body["consent_id"]) is not None:
        raise errors.IdReused()
    if standing(session, firm_id) is not None:
        raise errors.ConsentStands()
    same = (
        *("scope", "channels", "signer_name", "signer_title", "signer_phone", "signed_on"),
        "paper_number",
    )
    consent = ServiceConsent(
        **{name: body[name] for name in same},
        id=body["consent_id"],
        firm_id=firm_id,
        recorded_at=context.now,
        recorded_by=identity.user_id,
    )
    session.add(consent)
    session.flush()
    return {"consent_id": str(consent.id)}


def withdraw(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """The firm takes its consent back; what was served under it stays served."""
    firm_id = _firm(session, identity, body["firm_id"])
    consent = serving_queries.consent(session, firm_id, lock=True)
    if consent is None:
        raise NotFound()
    consent.withdrawn_at, consent.withdrawn_by = context.now, identity.user_id
    return {"consent_id": str(consent.id)}


def of_firm(session: Session, identity: Identity, firm_id: uuid.UUID | None) -> list[dict[str, Any]]:
    """All consents of a firm, newest first; those who may read notices of the firm may read them."""
    chosen = firm_id or identity.firm_id
    if chosen is None:
        raise NotFound()
    if (
        identity.firm_id != chosen
        and serving_queries.compound_of_firm(session, chosen, identity.path) is None
    ):
        raise NotFound()
    require(identity, Permission.NOTICE_READ)
    names = (
        *("id", "firm_id", "scope", "channels", "signer_name", "signer_title", "signer_phone"),
        *("signed_on", "paper_number", "recorded_at", "withdrawn_at"),
    )
    return [{name: getattr(one, name) for name in names} for one in serving_queries.consents(session, chosen)]


def _firm(session: Session, identity: Identity, firm_id: uuid.UUID | None) -> uuid.UUID:
    """The firm in question; `NotFound` where it manages nothing that the identity may see."""
    chosen = firm_id or identity.firm_id
    compound = serving_queries.compound_of_firm(session, chosen, identity.path) if chosen else None
    if compound is None:
        raise NotFound()
    require(identity, Permission.CONSENT_GIVE, compound)
    assert chosen is not None
    return chosen
