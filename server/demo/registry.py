"""Keys of the demo district to ids of rows, and usernames to identities for the ledger."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from server.core.identity import SYSTEM, Identity, Role
from server.demo.accounts import User
from server.demo.district import District
from server.demo.moments import make_id
from server.demo.world import CITY_CODE, DISTRICT_CODE, Compound


@dataclass(slots=True)
class Registry:
    """Ids by key. ``made`` is the moment that ids of standing data carry."""

    rng: Random
    made: datetime
    areas: dict[str, uuid.UUID] = field(default_factory=dict)
    units: dict[str, uuid.UUID] = field(default_factory=dict)
    firms: dict[str, uuid.UUID] = field(default_factory=dict)
    managers: dict[str, uuid.UUID] = field(default_factory=dict)
    users: dict[str, uuid.UUID] = field(default_factory=dict)
    compounds: dict[str, uuid.UUID] = field(default_factory=dict)
    identities: dict[str, Identity] = field(default_factory=dict)
    firm_of: dict[str, str] = field(default_factory=dict)
    """Compound key → firm key, for those under contract."""

    def new(self) -> uuid.UUID:
        return make_id(self.rng, self.made)

    def firm_id_of(self, compound: Compound) -> uuid.UUID | None:
        key = self.firm_of.get(compound.key)
        return self.firms[key] if key else None

    def identity(self, username: str | None) -> Identity:
        return self.identities[username] if username else SYSTEM


def build_registry(district: District, rng: Random, made: datetime) -> Registry:
    """Ids for everything that stands still."""
    registry = Registry(rng, made)
    registry.areas = {a.code: registry.new() for a in district.world.areas}
    registry.units = {u.key: registry.new() for u in district.organisations.units}
    registry.firms = {f.key: registry.new() for f in district.organisations.firms}
    registry.managers = {m.key: registry.new() for m in district.organisations.managers}
    registry.users = {u.username: registry.new() for u in district.users}
    registry.compounds = {c.key: registry.new() for c in district.world.compounds}
    registry.firm_of = {key: f.key for f in district.organisations.firms for key in f.compounds}
    names = {u.key: u.name for u in district.organisations.units}
    registry.identities = {u.username: _identity(registry, u, names[u.organisation]) for u in district.users}
    return registry


def area_path(code: str) -> str:
    """The ltree path of a 12-digit code: 9999.999901.999901003.999901003002."""
    parts = [CITY_CODE[:4]]
    if code != CITY_CODE:
        parts.append(DISTRICT_CODE[:6])
    if code not in (CITY_CODE, DISTRICT_CODE):
        parts.append(code[:9])
        if not code.endswith("000"):
            parts.append(code)
    return ".".join(parts)


def _identity(registry: Registry, user: User, unit: str) -> Identity:
    return Identity(
        user_id=registry.users[user.username],
        username=user.username,
        display_name=user.name,
        role=Role(user.role),
        organisation_id=registry.units[user.organisation],
        organisation_name=unit,
        path=area_path(user.area_code) if user.area_code else None,
        firm_id=registry.firms[user.firm] if user.firm else None,
    )
