"""Every SELECT of the feature. The visibility clause is an argument without default."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.accounts.models import Organisation, OrganisationKind, User
from server.core.db import Ltree
from server.documents.models import OfficialDocument
from server.findings.models import Finding
from server.notices.models import Notice, NoticeItem, Response, Review
from server.photos.models import Photo, PhotoStage, PhotoState
from server.places.models import Area, Compound, Firm
from server.rounds.models import Visit


def get(session: Session, notice_id: uuid.UUID) -> Notice | None:
    """One notice by its key."""
    return session.get(Notice, notice_id)


def locked(session: Session, notice_id: uuid.UUID) -> Notice | None:
    """The notice, locked until the transaction ends."""
    query = sa.select(Notice).where(Notice.id == notice_id).with_for_update(of=Notice)
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def holding(session: Session, finding_ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Ids of the notices that these findings are in, in order."""
    query = sa.select(Finding.notice_id).where(Finding.id.in_(finding_ids), Finding.notice_id.is_not(None))
    return sorted(set(session.scalars(query)))


def items(session: Session, notice_ids: Sequence[uuid.UUID]) -> list[NoticeItem]:
    """The lines of these notices, in order."""
    query = sa.select(NoticeItem).where(NoticeItem.notice_id.in_(notice_ids))
    return list(session.scalars(query.order_by(NoticeItem.notice_id, NoticeItem.seq)))


def current_item(session: Session, finding: Finding) -> NoticeItem | None:
    """The line about `finding` in the notice now in force."""
    query = sa.select(NoticeItem).where(
        NoticeItem.notice_id == finding.notice_id, NoticeItem.finding_id == finding.id
    )
    return session.scalars(query).one_or_none()


def latest_response(session: Session, item_id: uuid.UUID) -> Response | None:
    """The firm's newest answer to a line."""
    query = sa.select(Response).where(Response.notice_item_id == item_id)
    return session.scalars(query.order_by(Response.submitted_at.desc(), Response.id.desc()).limit(1)).first()


def organisation(session: Session, organisation_id: uuid.UUID | None) -> Organisation | None:
    """The issuing unit."""
    return None if organisation_id is None else session.get(Organisation, organisation_id)


def subject(session: Session, compound_id: uuid.UUID) -> sa.Row[Any]:
    """What the letterhead needs of the place: compound, firm (or None), community and street names."""
    street = sa.orm.aliased(Area)
    query = (
        sa.select(Compound, Firm, Area.name.label("community"), street.name.label("street"))
        .join(Area, Area.id == Compound.area_id)
        .outerjoin(street, street.id == Area.parent_id)
        .outerjoin(Firm, Firm.id == Compound.firm_id)
        .where(Compound.id == compound_id)
    )
    return session.execute(query).one()


def inspections(session: Session, findings: Sequence[Finding]) -> list[tuple[datetime, datetime | None]]:
    """Arrival and departure of the visits behind the findings.

    Where there was no visit, when the finding was made: the phone's time put right by what is known of
    its clock, and never after it reached us.
    """
    visit_ids = [finding.visit_id for finding in findings if finding.visit_id]
    query = sa.select(Visit.arrived_at, Visit.left_at).where(
        Visit.id.in_(visit_ids), Visit.arrived_at.is_not(None)
    )
    spans = [(row[0], row[1]) for row in session.execute(query.order_by(Visit.arrived_at))]
    return spans or [(min(_seen_at(finding) for finding in findings), None)]


def _seen_at(finding: Finding) -> datetime:
    moment = finding.captured_at - timedelta(milliseconds=finding.clock_offset_ms or 0)
    return min(moment, finding.received_at)


def finders(session: Session, findings: Sequence[Finding]) -> list[str]:
    """Names of those who found the hazards."""
    ids = {finding.found_by for finding in findings}
    return list(session.scalars(sa.select(User.display_name).where(User.id.in_(ids)).order_by(User.username)))


def firm(session: Session, firm_id: uuid.UUID) -> Firm:
    """The addressee."""
    return session.get_one(Firm, firm_id)


def user(session: Session, user_id: uuid.UUID | None) -> User | None:
    """One account."""
    return None if user_id is None else session.get(User, user_id)


def before_photos(session: Session, finding_ids: Sequence[uuid.UUID]) -> list[Photo]:
    """Photos of the hazards, oldest first."""
    query = sa.select(Photo).where(Photo.case_id.in_(finding_ids), Photo.stage == PhotoStage.BEFORE)
    return list(session.scalars(query.order_by(Photo.captured_at, Photo.id)))


def missing_photos(session: Session, finding_ids: Sequence[uuid.UUID]) -> int:
    """How many declared before photos have not arrived."""
    query = sa.select(sa.func.count()).where(
        Photo.case_id.in_(finding_ids), Photo.stage == PhotoStage.BEFORE, Photo.state == PhotoState.EXPECTED
    )
    return session.scalar(query) or 0


def show_photos_to_firm(
    session: Session, finding_ids: Sequence[uuid.UUID], firm_id: uuid.UUID | None
) -> None:
    """From the notice on, the firm may see the photos of what it must put right; with None no firm may."""
    session.execute(sa.update(Photo).where(Photo.case_id.in_(finding_ids)).values(firm_id=firm_id))


def unit_for_slips(session: Session, unit: Organisation) -> Organisation:
    """The unit that numbers what `unit` hands over: itself, or the nearest authority above that has a word.

    Communities and third parties inspect and have no 机关代字 of their own.
    """
    if unit.document_word or unit.path is None:
        return unit
    above = (OrganisationKind.STREET, OrganisationKind.DISTRICT, OrganisationKind.CITY)
    query = (
        sa.select(Organisation)
        .where(Organisation.path.op("@>")(sa.cast(unit.path, Ltree())))
        .where(Organisation.kind.in_(above), Organisation.document_word.is_not(None))
        .order_by(sa.func.nlevel(Organisation.path).desc(), Organisation.id)
        .limit(1)
    )
    return session.scalars(query).one_or_none() or unit


def of_provisional_number(session: Session, number: str) -> list[OfficialDocument]:
    """Papers, corrected ones too, of the slips that bear this number of a phone."""
    series = ("organisation_id", "document_type", "year", "sequence")
    same = [getattr(OfficialDocument, name) == getattr(Notice, name) for name in series]
    query = sa.select(OfficialDocument).join(Notice, sa.and_(*same))
    return list(session.scalars(query.where(Notice.provisional_number == number).limit(50)))


def by_document(session: Session, document_id: uuid.UUID) -> Notice | None:
    """The notice whose paper in force this is."""
    return session.scalars(sa.select(Notice).where(Notice.document_id == document_id)).one_or_none()


def page(
    session: Session,
    visible: sa.ColumnElement[bool],
    state: str | None,
    after: tuple[datetime, uuid.UUID] | None,
    limit: int,
) -> list[uuid.UUID]:
    """Ids of one page of notices, newest first."""
    query = sa.select(Notice.id).where(visible)
    if state:
        query = query.where(Notice.state == state)
    if after:
        query = query.where(sa.tuple_(Notice.issued_at, Notice.id) < after)
    return list(session.scalars(query.order_by(Notice.issued_at.desc(), Notice.id.desc()).limit(limit)))


def rows(session: Session, ids: Sequence[uuid.UUID]) -> list[sa.Row[Any]]:
    """Notices with the names that their documents print."""
    query = (
        sa.select(
            Notice,
            Organisation.name.label("organisation_name"),
            Firm.name.label("firm_name"),
            Compound.name.label("compound_name"),
        )
        .join(Organisation, Organisation.id == Notice.organisation_id)
        .join(Firm, Firm.id == Notice.firm_id)
        .join(Compound, Compound.id == Notice.compound_id)
        .where(Notice.id.in_(ids))
    )
    return list(session.execute(query))


def item_rows(session: Session, notice_ids: Sequence[uuid.UUID]) -> list[sa.Row[Any]]:
    """Lines of these notices with their findings."""
    query = (
        sa.select(NoticeItem, Finding)
        .join(Finding, Finding.id == NoticeItem.finding_id)
        .where(NoticeItem.notice_id.in_(notice_ids))
        .order_by(NoticeItem.notice_id, NoticeItem.seq)
    )
    return list(session.execute(query))


def responses(session: Session, clause: sa.ColumnElement[bool]) -> list[Response]:
    """Answers that fit `clause`, oldest first."""
    return list(session.scalars(sa.select(Response).where(clause).order_by(Response.submitted_at)))


def reviews(session: Session, clause: sa.ColumnElement[bool]) -> list[sa.Row[Any]]:
    """Reviews that fit `clause` with the reviewers' names and units, oldest first."""
    query = (
        sa.select(Review, User.display_name.label("reviewer"), Organisation.short_name.label("organisation"))
        .join(User, User.id == Review.reviewed_by)
        .join(Organisation, Organisation.id == User.organisation_id)
    )
    return list(session.execute(query.where(clause).order_by(Review.received_at)))


def photo_ids(
    session: Session, finding_ids: Sequence[uuid.UUID], group_ids: Sequence[uuid.UUID]
) -> dict[tuple[PhotoStage, uuid.UUID], list[uuid.UUID]]:
    """Photos of these findings by stage and the act that declared them.

    The act alone does not say: its id is the client's choice and may be that of an act of another kind.
    """
    found: dict[tuple[PhotoStage, uuid.UUID], list[uuid.UUID]] = {}
    query = sa.select(Photo.stage, Photo.group_id, Photo.id).where(
        Photo.group_id.in_(group_ids), Photo.case_id.in_(finding_ids)
    )
    for stage, group_id, photo_id in session.execute(query.order_by(Photo.captured_at, Photo.id)):
        found.setdefault((stage, group_id), []).append(photo_id)
    return found


def videos_among(session: Session, photo_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these photos that are frames of a video."""
    return set(session.scalars(sa.select(Photo.id).where(Photo.id.in_(photo_ids), Photo.kind == "V")))


def notices_of(session: Session, finding_id: uuid.UUID) -> list[sa.Row[Any]]:
    """All notices that named a finding, oldest first: id, number, order_no."""
    query = (
        sa.select(Notice.id, Notice.number, Notice.order_no)
        .join(NoticeItem, NoticeItem.notice_id == Notice.id)
        .where(NoticeItem.finding_id == finding_id)
        .order_by(Notice.issued_at)
    )
    return list(session.execute(query))


def response(session: Session, response_id: uuid.UUID) -> Response | None:
    """One answer by its key."""
    return session.get(Response, response_id)


def failed_before(session: Session, item_id: uuid.UUID) -> bool:
    """Whether a review of this line has failed before."""
    return bool(
        session.scalar(
            sa.select(sa.exists().where(Review.notice_item_id == item_id, Review.passed.is_(False)))
        )
    )


def findings_of(session: Session, notice_id: uuid.UUID) -> set[uuid.UUID]:
    """The cases that a notice names."""
    query = sa.select(NoticeItem.finding_id).where(NoticeItem.notice_id == notice_id)
    return set(session.scalars(query))


def photos_of_act(session: Session, group_id: uuid.UUID, stage: PhotoStage) -> Sequence[Photo]:
    """Photos of an act that are here, oldest first."""
    query = sa.select(Photo).where(
        Photo.group_id == group_id, Photo.stage == stage, Photo.state == PhotoState.STORED
    )
    return session.scalars(query.order_by(Photo.captured_at, Photo.id)).all()


def newest_reviews(session: Session, notice_id: uuid.UUID) -> list[sa.Row[Any]]:
    """The newest verdict on each line of a notice, with the reviewer, in the order of the lines."""
    query = (
        sa.select(Review, NoticeItem, Finding, User.display_name.label("reviewer"))
        .join(NoticeItem, NoticeItem.id == Review.notice_item_id)
        .join(Finding, Finding.id == Review.finding_id)
        .join(User, User.id == Review.reviewed_by)
        .where(NoticeItem.notice_id == notice_id)
        .distinct(NoticeItem.seq)
        .order_by(NoticeItem.seq, Review.received_at.desc(), Review.id.desc())
    )
    return list(session.execute(query))
