"""Use cases of places: find a compound, measure to it, hand compounds to phones."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.orm import Session

from server.core.changes import Changes, Cursor, changed_keys, page
from server.core.identity import Identity
from server.core.permissions import Permission, require, require_visible
from server.core.problems import NotFound
from server.core.visibility import Scope, scope_of
from server.places import queries
from server.places.models import AreaLevel, Compound

LIST_FIELDS = (
    "id",
    "name",
    "management_area",
    "path",
    "four_bounds",
    "service_form",
    "committee",
    "party_coverage",
    "buildings",
    "households",
    "floor_area_m2",
    "is_high_rise",
    "service_grade",
    "building_names",
)


def compound_for(session: Session, identity: Identity, compound_id: uuid.UUID, permission: Permission) -> Any:
    """The compound (a row of id, path, firm_id) for an act that needs `permission`.

    Raises `NotFound` where it is absent or outside one's area or firm, `Forbidden` where it is visible
    but the role may not do this.
    """
    compound = queries.compound(session, compound_id)
    if compound is None:
        raise NotFound()
    require_visible(identity, Permission.PLACE_READ, compound)
    require(identity, permission, compound)
    return compound


def distance_to_outline_m(session: Session, compound_id: uuid.UUID, lon: float, lat: float) -> float:
    """Metres on the spheroid from a spot to the compound's outline; 0 inside. Raises `NotFound`."""
    metres = queries.distance_to_outline(session, compound_id, lon, lat)
    if metres is None:
        raise NotFound()
    return metres


def area_names(session: Session, paths: Iterable[str]) -> dict[str, str]:
    """Names of the areas at `paths` and at everything above them, by path; "" where there is none.

    Kept for the life of the session, which is one request: a page of a hundred findings asks once.
    """
    known: dict[str, str] = session.info.setdefault("area_names", {})
    wanted = {prefix for path in paths for prefix in _prefixes(path)}
    missing = wanted - known.keys()
    if missing:
        known.update(queries.area_names(session, missing))
    return {path: known.get(path, "") for path in wanted}


def _prefixes(path: str) -> list[str]:
    parts = path.split(".")
    return [".".join(parts[: size + 1]) for size in range(len(parts))]


def street_and_community(names: dict[str, str], path: str) -> tuple[str, str]:
    """Names of street and community on a path `city.district.street.community`; "" where it ends before."""
    prefixes = _prefixes(path)
    street = names.get(prefixes[2], "") if len(prefixes) > 2 else ""
    community = names.get(prefixes[3], "") if len(prefixes) > 3 else ""
    return street, community


def compound_documents(session: Session, scope: Scope, ids: Sequence[uuid.UUID]) -> list[dict[str, Any]]:
    """Compounds as phones keep them, outlines as GeoJSON in WGS-84, area in m²; two statements for all."""
    rows = queries.compound_rows(session, scope, ids)
    names = area_names(session, {row.path for row in rows})
    return [_document(row, names) for row in rows]


def _document(row: Any, names: dict[str, str]) -> dict[str, Any]:
    street, community = street_and_community(names, row.path)
    firm = {"id": row.firm_id, "name": row.firm_name, "short_name": row.firm_short_name}
    rate = row.fee_collection_rate
    buildings = row.building_outlines
    return {field: getattr(row, field) for field in LIST_FIELDS} | {
        "street": street,
        "community": community,
        "fee_collection_rate": None if rate is None else float(rate),
        "firm": firm if row.firm_id else None,
        "manager": {"name": row.manager_name, "phone": row.manager_phone} if row.manager_id else None,
        "centre": {"lon": round(row.lon, 7), "lat": round(row.lat, 7)},
        "outline": json.loads(row.outline),
        "building_outlines": None if buildings is None else json.loads(buildings),
    }


def compound_document(session: Session, identity: Identity, compound_id: uuid.UUID) -> dict[str, Any]:
    """One compound; raises `NotFound` outside one's scope."""
    found = compound_documents(session, scope_of(identity, Permission.PLACE_READ), [compound_id])
    if not found:
        raise NotFound()
    return found[0]


def changed_compounds(
    session: Session, scope: Scope, cursor: Cursor | None, limit: int, below_xid: int
) -> Changes:
    """The next page of compounds in scope that changed after `cursor`, for the phones' pull.

    Ordered by `(changed_xid, id)`, never at or above `below_xid` (see `core.changes`). What a compound
    borrows from firm, manager or area is as of now; renaming those touches the compound as well when an
    import does it.
    """
    where = scope.clause(Compound.path, Compound.firm_id)
    keys, more = changed_keys(session, Compound, where, cursor, limit, below_xid)
    return page(keys, more, lambda ids: compound_documents(session, scope, ids))


def list_areas(session: Session, identity: Identity, level: str | None) -> list[dict[str, Any]]:
    """Areas in force within one's scope, parents before children."""
    require(identity, Permission.PLACE_READ)
    scope = scope_of(identity, Permission.PLACE_READ)
    found = queries.areas(session, scope, None if level is None else AreaLevel(level))
    fields = ("id", "code", "name", "path", "parent_id")
    return [{field: getattr(area, field) for field in fields} | {"level": area.level.value} for area in found]


def firm_document(session: Session, identity: Identity, firm_id: uuid.UUID) -> dict[str, Any]:
    """A firm that manages something within one's scope, or one's own; raises `NotFound`."""
    require(identity, Permission.PLACE_READ)
    firm = queries.firm(session, firm_id)
    count = queries.compounds_of_firm(session, scope_of(identity, Permission.PLACE_READ), firm_id)
    if firm is None or (count == 0 and identity.firm_id != firm_id):
        raise NotFound()
    fields = ("id", "name", "short_name", "uscc", "uscc_suspect", "address", "legal_representative", "phone")
    return {field: getattr(firm, field) for field in fields} | {
        "has_party_organisation": firm.has_party_organisation,
        "compounds": count,
    }
