"""Every SELECT of the feature. The visibility clause is an argument without default."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from server.accounts.models import Organisation, OrganisationKind, User
from server.documents.models import OfficialDocument
from server.findings.models import Finding
from server.notices.models import Notice, NoticeItem
from server.photos.models import Photo, PhotoState
from server.places.models import Compound, Firm
from server.transfers.models import Bundle, Transfer
from server.transfers.rules import TransferState


def department(session: Session, organisation_id: uuid.UUID) -> Organisation | None:
    """A department (部门); None for a unit of another kind, a firm above all."""
    unit = session.get(Organisation, organisation_id)
    return unit if unit is not None and unit.kind is OrganisationKind.DEPARTMENT else None


def get(session: Session, transfer_id: uuid.UUID) -> Transfer | None:
    """One transfer by its key."""
    return session.get(Transfer, transfer_id)


def locked(session: Session, transfer_id: uuid.UUID) -> Transfer | None:
    """One transfer, locked until the transaction ends."""
    query = sa.select(Transfer).where(Transfer.id == transfer_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def running(session: Session, finding_id: uuid.UUID) -> Transfer | None:
    """The transfer that a case is in now, locked."""
    query = sa.select(Transfer).where(
        Transfer.finding_id == finding_id,
        Transfer.state.not_in([TransferState.DECLINED, TransferState.CONCLUDED]),
    )
    query = query.order_by(Transfer.sent_at.desc()).limit(1).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def page(
    session: Session,
    visible: sa.ColumnElement[bool],
    narrow: Sequence[sa.ColumnElement[bool]],
    after: tuple[datetime, uuid.UUID] | None,
    limit: int,
    *,
    oldest_first: bool,
) -> list[uuid.UUID]:
    """Ids of one page of transfers in the order of their letters."""
    query = sa.select(Transfer.id).where(visible, *narrow)
    key = sa.tuple_(Transfer.sent_at, Transfer.id)
    if after:
        query = query.where(key > after if oldest_first else key < after)
    order = (Transfer.sent_at, Transfer.id)
    ordered = query.order_by(*(order if oldest_first else (column.desc() for column in order)))
    return list(session.scalars(ordered.limit(limit)))


def unanswered(now: datetime) -> sa.ColumnElement[bool]:
    """Past its three working days without an answer."""
    return sa.and_(Transfer.state == TransferState.SENT, Transfer.answer_due_at < now)


def counts(session: Session, visible: sa.ColumnElement[bool], now: datetime) -> dict[str, int]:
    """Transfers in sight by state, and `late` ones among those sent."""
    columns = [sa.func.count().filter(Transfer.state == state).label(state.value) for state in TransferState]
    late = sa.func.count().filter(unanswered(now)).label("late")
    return dict(session.execute(sa.select(*columns, late).where(visible)).one()._mapping)


def rows(session: Session, ids: Sequence[uuid.UUID]) -> list[sa.Row[Any]]:
    """Transfers with what their documents print."""
    sender, receiver = aliased(Organisation), aliased(Organisation)
    query = (
        sa.select(
            Transfer,
            Finding,
            Bundle,
            sender.name.label("sender"),
            receiver.name.label("department"),
            User.display_name.label("sender_name"),
            Compound.name.label("compound_name"),
        )
        .join(Finding, Finding.id == Transfer.finding_id)
        .join(Compound, Compound.id == Finding.compound_id)
        .join(sender, sender.id == Transfer.organisation_id)
        .join(receiver, receiver.id == Transfer.department_id)
        .join(User, User.id == Transfer.sent_by)
        .outerjoin(Bundle, Bundle.transfer_id == Transfer.id)
        .where(Transfer.id.in_(ids))
    )
    return list(session.execute(query))


def bundle(session: Session, transfer_id: uuid.UUID) -> Bundle | None:
    """The bundle of a transfer, as it is now."""
    return session.get(Bundle, transfer_id, populate_existing=True)


def originals(session: Session, finding_id: uuid.UUID) -> Sequence[Photo]:
    """Photos of the case that are here, oldest first."""
    query = sa.select(Photo).where(Photo.case_id == finding_id, Photo.state == PhotoState.STORED)
    return session.scalars(query.order_by(Photo.captured_at, Photo.id)).all()


def missing(session: Session, finding_id: uuid.UUID) -> int:
    """How many declared photos of the case are still on a phone."""
    query = sa.select(sa.func.count()).where(Photo.case_id == finding_id, Photo.state != PhotoState.STORED)
    return session.scalar(query) or 0


def notices(session: Session, finding_id: uuid.UUID) -> Sequence[Notice]:
    """The notices that named the case, oldest first."""
    query = (
        sa.select(Notice)
        .join(NoticeItem, NoticeItem.notice_id == Notice.id)
        .where(NoticeItem.finding_id == finding_id)
        .order_by(Notice.issued_at)
    )
    return session.scalars(query).all()


def share_documents(session: Session, finding_id: uuid.UUID) -> None:
    """Let the departments that hold a case of a document read it, and nobody who holds none any more."""
    holders = (
        sa.select(sa.func.array_agg(Finding.department_id.distinct()))
        .where(Finding.id == sa.any_(OfficialDocument.case_ids), Finding.department_id.is_not(None))
        .correlate(OfficialDocument)
        .scalar_subquery()
    )
    nobody = sa.cast(sa.literal("{}"), OfficialDocument.department_ids.type)
    session.execute(
        sa.update(OfficialDocument)
        .where(OfficialDocument.case_ids.contains([finding_id]))
        .values(department_ids=sa.func.coalesce(holders, nobody))
        .execution_options(synchronize_session=False)
    )


def unit(session: Session, organisation_id: uuid.UUID | None) -> Organisation | None:
    """The unit that hands over."""
    return None if organisation_id is None else session.get(Organisation, organisation_id)


def party(session: Session, finding: Finding) -> sa.Row[Any]:
    """Whom a letter is about: the compound, and the firm that manages it (None where nobody does)."""
    query = (
        sa.select(Compound.name.label("compound_name"), Firm.name.label("firm_name"), Firm.uscc)
        .outerjoin(Firm, Firm.id == Compound.firm_id)
        .where(Compound.id == finding.compound_id)
    )
    return session.execute(query).one()
