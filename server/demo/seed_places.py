"""Areas, firms, compounds, the ground of the map, organisations and accounts, as rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from geoalchemy2.shape import from_shape
from shapely.geometry import MultiPolygon
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from server.accounts.models import Organisation, User
from server.accounts.rules import DEMO_PASSWORD
from server.accounts.sessions import hash_password
from server.demo import people
from server.demo.accounts import User as Account
from server.demo.bulk import copy_rows
from server.demo.district import District
from server.demo.people import Organisations
from server.demo.registry import Registry, area_path
from server.demo.world import Compound, World
from server.maps.models import BaseFeature
from server.places import models as places

VALID_FROM = date(2025, 1, 1)
_LEVEL_ZOOM = {"district": 8, "street": 10, "community": 14}
_ROAD_KIND = {
    "main": ("road_major", 10),
    "secondary": ("road_major", 12),
    "minor": ("road_minor", 13),
    "lakeside": ("road_minor", 12),
}
THIRD_PARTY_CONTRACT = timedelta(days=800)  # from the day on which everything was set up


def write_places(session: Session, district: District, registry: Registry) -> None:
    """Everything that stands still, parents first."""
    world, units = district.world, district.organisations
    copy_rows(session, places.Area, _areas(world, registry))
    copy_rows(session, places.Firm, _firms(units, registry))
    copy_rows(session, places.ProjectManager, _managers(units, registry))
    copy_rows(session, Organisation, _units(units, registry))
    copy_rows(session, User, _users(district.users, registry))
    copy_rows(session, places.Compound, _compounds(district, registry))
    write_ground(session, world)


def write_ground(session: Session, world: World) -> None:
    """Water, greenery, roads and boundaries of the map, turned into web mercator by the database."""
    rows = [
        {
            "kind": kind,
            "name": name,
            "min_zoom": zoom,
            "geom": sa.func.ST_Transform(from_shape(shape, 4326), 3857),
        }
        for kind, name, zoom, shape in _ground(world)
    ]
    session.execute(sa.insert(BaseFeature).values(rows))


def _ground(world: World) -> Iterator[tuple[str, str, int, BaseGeometry]]:
    for ground in world.grounds:
        yield (
            ground.kind,
            ground.name,
            8 if ground.name == "澄湖" else 11 if ground.kind == "water" else 13,
            ground.outline,
        )
    for area in world.areas:
        if area.level in _LEVEL_ZOOM:
            yield area.level, area.name, _LEVEL_ZOOM[area.level], area.outline
    for road in world.roads:
        kind, zoom = _ROAD_KIND[road.kind]
        yield kind, road.name, zoom, road.line


def _areas(world: World, registry: Registry) -> Iterator[dict[str, Any]]:
    for area in world.areas:
        yield {
            "id": registry.areas[area.code],
            "code": area.code,
            "level": area.level,
            "name": area.name,
            "parent_id": registry.areas[area.parent] if area.parent else None,
            "path": area_path(area.code),
            "valid_from": VALID_FROM,
            "valid_to": None,
            "outline": MultiPolygon([area.outline]),
        }


def _firms(units: Organisations, registry: Registry) -> Iterator[dict[str, Any]]:
    for firm in units.firms:
        yield {
            "id": registry.firms[firm.key],
            "name": firm.name,
            "short_name": firm.short_name,
            "uscc": firm.uscc,
            "uscc_suspect": False,
            "address": firm.address,
            "legal_representative": firm.legal_representative,
            "phone": firm.phone,
            "has_party_organisation": firm.party_organisation,
        }


def _managers(units: Organisations, registry: Registry) -> Iterator[dict[str, Any]]:
    for manager in units.managers:
        yield {
            "id": registry.managers[manager.key],
            "firm_id": registry.firms[manager.firm],
            "name": manager.name,
            "phone": manager.phone,
        }


def _units(units: Organisations, registry: Registry) -> Iterator[dict[str, Any]]:
    short = {f"firm-{f.key}": f.short_name for f in units.firms}
    for index, unit in enumerate(units.units):
        yield {
            "id": registry.units[unit.key],
            "kind": unit.kind,
            "name": unit.name,
            "short_name": short.get(unit.key) or short_name(unit),
            "path": area_path(unit.area_code) if unit.area_code else None,
            "document_word": unit.document_word,
            "phone": f"{10_000_005_000 + index}",
        }


def short_name(unit: people.Organisation) -> str:
    """How people call a unit: 青禾街道, 区住建局, 消防救援."""
    if unit.kind == "department":
        return next(word for key, _, word, _ in people.DEPARTMENTS if unit.key == f"dept-{key}")
    fixed = {"city": "市住建局", "district": "区住建局", "third": "衡正评估"}
    return fixed.get(unit.key) or unit.name.removesuffix("办事处").removesuffix("居民委员会")


def _users(users: tuple[Account, ...], registry: Registry) -> Iterator[dict[str, Any]]:
    password = hash_password(DEMO_PASSWORD)
    contract_end = (registry.made + THIRD_PARTY_CONTRACT).date()
    for user in users:
        who = registry.identities[user.username]
        yield {
            "id": who.user_id,
            "username": user.username,
            "display_name": user.name,
            "password_hash": password,
            "role": user.role,
            "organisation_id": who.organisation_id,
            "path": who.path,
            "firm_id": who.firm_id,
            "phone": user.phone,
            "is_active": True,
            "valid_until": contract_end if user.level == "third_party" else None,
        }


def _compounds(district: District, registry: Registry) -> Iterator[dict[str, Any]]:
    manager_of = {key: m.key for m in district.organisations.managers for key in m.compounds}
    for compound in district.world.compounds:
        manager = manager_of.get(compound.key)
        yield _compound(compound, registry) | {
            "manager_id": registry.managers[manager] if manager else None,
        }


def _compound(compound: Compound, registry: Registry) -> dict[str, Any]:
    entry = compound.entry
    return {
        "id": registry.compounds[compound.key],
        "name": compound.name,
        "management_area": compound.management_area,
        "area_id": registry.areas[compound.community_code],
        "path": area_path(compound.community_code),
        "four_bounds": compound.bounds_text,
        "service_form": entry.service_form,
        "committee": entry.committee,
        "party_coverage": entry.party_coverage,
        "fee_collection_rate": entry.fee_rate,
        "firm_id": registry.firm_id_of(compound),
        "buildings": len(compound.buildings),
        "households": entry.households,
        "floor_area_m2": entry.floor_area_m2,
        "is_high_rise": compound.height_class == "high_rise",
        "service_grade": entry.service_grade,
        "outline": MultiPolygon([compound.outline]),
        "building_outlines": MultiPolygon([b.outline for b in compound.buildings]),
        "building_names": [b.label for b in compound.buildings],
    }
