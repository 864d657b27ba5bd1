"""Every SELECT of the feature. Visibility is an argument without default."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer

from server.core.db import Ltree
from server.core.prepared import Kept
from server.core.visibility import Scope
from server.places.models import Area, AreaLevel, Compound, Firm, ProjectManager

DIGITS = 7
"""Decimal places of degrees in GeoJSON: about a centimetre."""


def compound(session: Session, compound_id: uuid.UUID) -> Any | None:
    """What acts need to know of a compound: id, path, firm_id."""
    return _COMPOUND.row(session, id=compound_id)


def distance_to_outline(session: Session, compound_id: uuid.UUID, lon: float, lat: float) -> float | None:
    """Metres from a spot to the outline, 0 inside; None where there is no such compound."""
    found: float | None = _DISTANCE.value(session, id=compound_id, lon=lon, lat=lat)
    return found


# Text, built once: every report and every check-in asks both.
_COMPOUND = Kept("SELECT id, path, firm_id FROM compound WHERE id = :id")
_DISTANCE = Kept("""
    SELECT ST_Distance(outline::geography, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)::geography)
    FROM compound WHERE id = :id
""")


def compound_rows(session: Session, scope: Scope, ids: Iterable[uuid.UUID]) -> Sequence[Any]:
    """Everything that the compound document needs but area names, one row a compound."""
    centre = sa.func.ST_PointOnSurface(Compound.outline)
    columns = [column for column in Compound.__table__.columns if "outline" not in column.name]
    query = (
        sa.select(
            *columns,
            sa.func.ST_X(centre).label("lon"),
            sa.func.ST_Y(centre).label("lat"),
            sa.func.ST_AsGeoJSON(Compound.outline, DIGITS).label("outline"),
            sa.func.ST_AsGeoJSON(Compound.building_outlines, DIGITS).label("building_outlines"),
            Firm.name.label("firm_name"),
            Firm.short_name.label("firm_short_name"),
            ProjectManager.name.label("manager_name"),
            ProjectManager.phone.label("manager_phone"),
        )
        .outerjoin(Firm, Firm.id == Compound.firm_id)
        .outerjoin(ProjectManager, ProjectManager.id == Compound.manager_id)
        .where(Compound.id.in_(list(ids)), scope.clause(Compound.path, Compound.firm_id))
    )
    return session.execute(query).all()


def area_names(session: Session, paths: Iterable[str]) -> dict[str, str]:
    """Names by path; where a path was used again, the name in force."""
    query = sa.select(sa.cast(Area.path, sa.Text), Area.name).where(
        Area.path.in_([sa.cast(path, Ltree()) for path in paths])
    )
    return {row[0]: row[1] for row in session.execute(query.order_by(Area.valid_to.asc().nulls_last()))}


def areas(session: Session, scope: Scope, level: AreaLevel | None) -> Sequence[Area]:
    """Areas in force within scope, in the order of their paths, without outlines."""
    query = (
        sa.select(Area)
        .options(defer(Area.outline, raiseload=True))
        .where(Area.valid_to.is_(None), scope.clause(Area.path))
        .order_by(Area.path)
    )
    return session.scalars(query if level is None else query.where(Area.level == level)).all()


def firm(session: Session, firm_id: uuid.UUID) -> Firm | None:
    """A firm."""
    return session.get(Firm, firm_id)


def compounds_of_firm(session: Session, scope: Scope, firm_id: uuid.UUID) -> int:
    """How many compounds of a firm somebody may see."""
    mine = (Compound.firm_id == firm_id) & scope.clause(Compound.path, Compound.firm_id)
    return session.scalar(sa.select(sa.func.count()).select_from(Compound).where(mine)) or 0


def compounds_by_name(session: Session, scope: Scope) -> dict[tuple[str, str], uuid.UUID]:
    """Ids by (path, name), to recognise what an import brings again."""
    query = sa.select(sa.cast(Compound.path, sa.Text), Compound.name, Compound.id)
    rows = session.execute(query.where(scope.clause(Compound.path, Compound.firm_id)))
    return {(row[0], row[1]): row[2] for row in rows}


def all_firms(session: Session) -> Sequence[Firm]:
    """All firms, for matching by name or code."""
    return session.scalars(sa.select(Firm).order_by(Firm.id)).all()


def managers_of(session: Session, firm_ids: Iterable[uuid.UUID]) -> Sequence[ProjectManager]:
    """Project managers of some firms."""
    return session.scalars(sa.select(ProjectManager).where(ProjectManager.firm_id.in_(list(firm_ids)))).all()


def inner_points(session: Session) -> dict[str, tuple[float, float]]:
    """A point inside each area in force that has an outline, by path."""
    inside = sa.func.ST_PointOnSurface(Area.outline)
    query = sa.select(sa.cast(Area.path, sa.Text), sa.func.ST_X(inside), sa.func.ST_Y(inside)).where(
        Area.valid_to.is_(None), Area.outline.is_not(None)
    )
    return {row[0]: (row[1], row[2]) for row in session.execute(query)}
