"""Every SELECT about service: attempts, consents, links."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.core.db import Ltree
from server.notices.models import NoticeLink, ServiceAct, ServiceActNotice, ServiceConsent
from server.places.models import Compound


def service_act(session: Session, act_id: uuid.UUID, *, lock: bool = False) -> ServiceAct | None:
    """One attempt to serve."""
    query = sa.select(ServiceAct).where(ServiceAct.id == act_id)
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def notices_of_act(session: Session, act_id: uuid.UUID) -> list[uuid.UUID]:
    """Ids of the notices that an attempt was for."""
    query = sa.select(ServiceActNotice.notice_id).where(ServiceActNotice.service_act_id == act_id)
    return list(session.scalars(query.order_by(ServiceActNotice.notice_id)))


def service_acts(session: Session, notice_ids: Sequence[uuid.UUID]) -> list[sa.Row[Any]]:
    """Attempts to serve these notices with who served, oldest first."""
    query = (
        sa.select(ServiceActNotice.notice_id, ServiceAct, User.display_name.label("server"))
        .join(ServiceAct, ServiceAct.id == ServiceActNotice.service_act_id)
        .outerjoin(User, User.id == ServiceAct.served_by)
        .where(ServiceActNotice.notice_id.in_(notice_ids))
        .order_by(ServiceAct.received_at, ServiceAct.id)
    )
    return list(session.execute(query))


def consent(session: Session, firm_id: uuid.UUID, *, lock: bool = False) -> ServiceConsent | None:
    """The firm's standing consent to electronic service."""
    query = sa.select(ServiceConsent).where(
        ServiceConsent.firm_id == firm_id, ServiceConsent.withdrawn_at.is_(None)
    )
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def consent_by_id(session: Session, consent_id: uuid.UUID) -> ServiceConsent | None:
    """One consent by its key."""
    return session.get(ServiceConsent, consent_id)


def consents(session: Session, firm_id: uuid.UUID) -> Sequence[ServiceConsent]:
    """All consents of a firm, newest first."""
    query = sa.select(ServiceConsent).where(ServiceConsent.firm_id == firm_id)
    return session.scalars(query.order_by(ServiceConsent.recorded_at.desc())).all()


def compound_of_firm(session: Session, firm_id: uuid.UUID, path: str | None) -> Compound | None:
    """Some compound that the firm manages below `path` (None: anywhere)."""
    query = sa.select(Compound).where(Compound.firm_id == firm_id)
    if path is not None:
        query = query.where(sa.type_coerce(Compound.path, Ltree()).descendant_of(path))
    return session.scalars(query.order_by(Compound.id).limit(1)).first()


def link(session: Session, link_id: uuid.UUID, *, lock: bool = False) -> NoticeLink | None:
    """One link by its key."""
    query = sa.select(NoticeLink).where(NoticeLink.id == link_id)
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def open_links(session: Session, notice_id: uuid.UUID) -> Sequence[NoticeLink]:
    """Links to a notice that nobody revoked, newest first."""
    query = sa.select(NoticeLink).where(NoticeLink.notice_id == notice_id, NoticeLink.revoked_at.is_(None))
    return session.scalars(query.order_by(NoticeLink.made_at.desc()).with_for_update()).all()


def links(session: Session, notice_id: uuid.UUID) -> Sequence[NoticeLink]:
    """All links to a notice, newest first."""
    query = sa.select(NoticeLink).where(NoticeLink.notice_id == notice_id)
    return session.scalars(query.order_by(NoticeLink.made_at.desc(), NoticeLink.id.desc())).all()
