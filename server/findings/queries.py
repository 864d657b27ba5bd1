"""Every SELECT of the feature. The visibility clause is an argument without default."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from geoalchemy2 import Geography
from sqlalchemy.orm import Session, aliased

from server.accounts.models import Organisation, User
from server.core.fixes import Fix, read_fix
from server.core.prepared import Kept
from server.findings.models import Finding
from server.findings.rules import CLOSED_STATES, FindingState
from server.photos.models import Photo, PhotoStage, PhotoState
from server.places.models import Area, Compound, Firm
from server.rounds.models import Visit

S = FindingState
INBOXES: dict[str, sa.ColumnElement[bool]] = {
    "triage": Finding.state == S.SUBMITTED,
    "issue": Finding.state.in_([S.CONFIRMED, S.REOPENED]),
    "serve": Finding.state == S.NOTICED,
    "review": Finding.state.in_([S.REPLIED, S.REVIEWING]),
    "overdue": Finding.state == S.OVERDUE,
    "second_order": sa.and_(
        Finding.state.in_([S.RECTIFYING, S.OVERDUE]), Finding.failed_reviews > 0, Finding.orders == 1
    ),
}
URGENCY: dict[str, Any] = {
    "triage": Finding.triage_due_at,
    "review": Finding.due_at,
    "overdue": Finding.due_at,
}


def locked(session: Session, finding_id: uuid.UUID) -> Finding | None:
    """The row, locked until the transaction ends: two acts on one case come one after the other."""
    query = sa.select(Finding).where(Finding.id == finding_id).with_for_update(of=Finding)
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def exists(session: Session, finding_id: uuid.UUID) -> bool:
    """Whether there is such a finding, in sight or not."""
    return _EXISTS.value(session, id=finding_id) is not None


_EXISTS = Kept("SELECT 1 FROM finding WHERE id = :id")


def visit_compound(session: Session, visit_id: uuid.UUID) -> uuid.UUID | None:
    """The compound of a visit, or None where there is no such visit."""
    return session.scalar(sa.select(Visit.compound_id).where(Visit.id == visit_id))


def user(session: Session, user_id: uuid.UUID) -> User | None:
    """One account."""
    return session.get(User, user_id)


def has_other_reviewer(session: Session, finder_id: uuid.UUID, organisation_id: uuid.UUID) -> bool:
    """Whether the finder's unit has anybody else who could re-check."""
    query = sa.select(
        sa.exists().where(
            User.organisation_id == organisation_id,
            User.id != finder_id,
            User.is_active,
            User.role.in_(["inspector", "supervisor"]),
        )
    )
    return bool(session.scalar(query))


def trail(session: Session, user_id: uuid.UUID, at: datetime, own_id: uuid.UUID) -> list[Fix]:
    """Where a person was measured just before and just after `at`: arrivals and findings but `own_id`."""
    found = _TRAIL.rows(session, user_id=user_id, at=at, own_id=own_id)
    return [read for raw, taken in found if (read := read_fix(raw, taken)) is not None]


_FINDING_FIX = """SELECT fix, captured_at AS at FROM finding
    WHERE found_by = :user_id AND fix ->> 'source' = 'gnss' AND id <> :own_id"""
_VISIT_FIX = """SELECT fix, arrived_at AS at FROM visit
    WHERE inspector_id = :user_id AND fix ->> 'source' = 'gnss'"""
_TRAIL = Kept(f"""
    (SELECT * FROM ({_FINDING_FIX}) f WHERE at <= :at ORDER BY at DESC LIMIT 1)
    UNION ALL (SELECT * FROM ({_FINDING_FIX}) f WHERE at > :at ORDER BY at LIMIT 1)
    UNION ALL (SELECT * FROM ({_VISIT_FIX}) v WHERE at <= :at ORDER BY at DESC LIMIT 1)
    UNION ALL (SELECT * FROM ({_VISIT_FIX}) v WHERE at > :at ORDER BY at LIMIT 1)
""")
"""Each branch is the end of an index: one person's acts in the order of their time."""


def shots(session: Session, finding_id: uuid.UUID) -> list[tuple[str, datetime, str | None]]:
    """The before photos that were declared for a finding, as `rules.kinds_shown` takes them."""
    query = sa.select(Photo.kind, Photo.captured_at, Photo.original_mime)
    query = query.where(Photo.case_id == finding_id, Photo.stage == PhotoStage.BEFORE)
    return [(row.kind, row.captured_at, row.original_mime) for row in session.execute(query)]


def similar(
    session: Session, finding: Finding, within_m: float, within: timedelta
) -> list[tuple[uuid.UUID, float]]:
    """Older open cases of the same item nearby: `(id, metres)`, nearest first, at most five."""
    if finding.position is None:
        return []
    here = sa.select(sa.cast(Finding.position, Geography)).where(Finding.id == finding.id).scalar_subquery()
    metres = sa.func.ST_Distance(sa.cast(Finding.position, Geography), here)
    query = (
        sa.select(Finding.id, metres)
        .where(
            Finding.compound_id == finding.compound_id,
            Finding.item_code == finding.item_code,
            Finding.id != finding.id,
            Finding.state.not_in([S.DUPLICATE, S.REJECTED]),
            Finding.captured_at >= finding.captured_at - within,
            Finding.captured_at <= finding.captured_at,
            metres <= within_m,
        )
        .order_by(metres)
        .limit(5)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


_RELAPSE = sa.text("""
    SELECT id FROM finding
    WHERE compound_id = :compound_id AND item_code = :item_code AND state IN ('closed', 'on_spot_fixed')
        AND closed_at BETWEEN :since AND :seen_at
        AND ST_DWithin(position::geography, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)::geography, :within_m)
    ORDER BY closed_at DESC, id LIMIT 1
""")
"""Text, since every finding asks it and putting the statement together costs more than running it."""


def relapse_of(
    session: Session, finding: Finding, spot: Mapping[str, Any], within_m: float, within: timedelta
) -> uuid.UUID | None:
    """The case last closed within `within` before, of the same item in `finding`'s compound, near `spot`."""
    asked = {
        "compound_id": finding.compound_id,
        "item_code": finding.item_code,
        "since": finding.received_at - within,
        "seen_at": finding.captured_at,
        "lon": spot["lon"],
        "lat": spot["lat"],
        "within_m": within_m,
    }
    found: uuid.UUID | None = session.scalar(_RELAPSE, asked)
    return found


def due_before(session: Session, now: datetime, limit: int) -> Sequence[Finding]:
    """Findings whose deadline passed unanswered, locked; those another worker holds are skipped."""
    query = (
        sa.select(Finding)
        .where(Finding.state == S.RECTIFYING, Finding.due_at <= now, Finding.clock_from.is_not(None))
        .order_by(Finding.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(query).all()


def inbox_counts(session: Session, visible: sa.ColumnElement[bool]) -> dict[str, int]:
    """One pass over the open findings of a scope."""
    columns = [sa.func.count().filter(clause).label(name) for name, clause in INBOXES.items()]
    row = session.execute(sa.select(*columns).where(visible, Finding.state.not_in(CLOSED_STATES))).one()
    return dict(row._mapping)


def page_ids(
    session: Session,
    visible: sa.ColumnElement[bool],
    filters: Sequence[sa.ColumnElement[bool]],
    order: Any,
    after: tuple[datetime | None, uuid.UUID] | None,
    limit: int,
) -> list[tuple[uuid.UUID, datetime | None]]:
    """Ids and sort times of one page, ascending by `(order, id)`; NULL times sort last."""
    never = sa.cast("infinity", sa.DateTime(timezone=True))
    key = sa.func.coalesce(order, never)
    ascending = order is not Finding.received_at
    query = sa.select(Finding.id, order).where(visible, *filters).limit(limit)
    if after is not None:
        moment, finding_id = after
        last = sa.tuple_(never if moment is None else sa.literal(moment), sa.literal(finding_id))
        position = sa.tuple_(key, Finding.id)
        query = query.where(position > last if ascending else position < last)
    ordering = (key.asc(), Finding.id.asc()) if ascending else (key.desc(), Finding.id.desc())
    return [(row[0], row[1]) for row in session.execute(query.order_by(*ordering))]


def text_filter(text: str, codes: Sequence[str]) -> sa.ColumnElement[bool]:
    """Number, compound, firm, item or words: the search field above the list.

    `codes` are the items whose names the text is part of; names live in the catalogue.
    """
    pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    return sa.or_(
        Finding.item_code.ilike(pattern),
        Finding.item_code.in_(codes),
        Finding.text.ilike(pattern),
        Finding.place.ilike(pattern),
        Finding.notice_number.ilike(pattern),
        sa.exists().where(Compound.id == Finding.compound_id, Compound.name.ilike(pattern)),
        sa.exists().where(
            Firm.id == Finding.firm_id, sa.or_(Firm.name.ilike(pattern), Firm.short_name.ilike(pattern))
        ),
    )


def rows(session: Session, ids: Sequence[uuid.UUID]) -> list[sa.Row[Any]]:
    """Everything that a finding document needs, one query for the whole list."""
    community = aliased(Area)
    street = aliased(Area)
    photos = (
        sa.select(
            Photo.case_id,
            sa.func.count().label("expected"),
            sa.func.count().filter(Photo.state == PhotoState.STORED).label("stored"),
        )
        .where(Photo.case_id.in_(ids))
        .group_by(Photo.case_id)
        .subquery()
    )
    cover = (
        sa.select(Photo.id)
        .where(
            Photo.case_id == Finding.id, Photo.state == PhotoState.STORED, Photo.stage == PhotoStage.BEFORE
        )
        .order_by(Photo.captured_at, Photo.id)
        .limit(1)
        .correlate(Finding)
        .scalar_subquery()
    )
    query = (
        sa.select(
            Finding,
            sa.func.ST_X(Finding.position).label("lon"),
            sa.func.ST_Y(Finding.position).label("lat"),
            Compound.name.label("compound_name"),
            community.name.label("community"),
            street.name.label("street"),
            User.display_name.label("finder"),
            Firm.name.label("firm_name"),
            Organisation.name.label("department_name"),
            sa.func.coalesce(photos.c.expected, 0).label("expected"),
            sa.func.coalesce(photos.c.stored, 0).label("stored"),
            cover.label("cover"),
        )
        .join(Compound, Compound.id == Finding.compound_id)
        .join(community, community.id == Compound.area_id)
        .outerjoin(street, street.id == community.parent_id)
        .join(User, User.id == Finding.found_by)
        .outerjoin(Firm, Firm.id == Finding.firm_id)
        .outerjoin(Organisation, Organisation.id == Finding.department_id)
        .outerjoin(photos, photos.c.case_id == Finding.id)
        .where(Finding.id.in_(ids))
    )
    return list(session.execute(query))
