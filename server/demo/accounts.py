"""User accounts of the demo district. Every password is the same and only valid with demo data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from server.demo import names
from server.demo.people import DEPARTMENTS, Firm, Organisation
from server.demo.world import CITY_CODE, DISTRICT_CODE, World

HERO_STREET_CODE = "999901003000"
STREET_INSPECTORS = 4
DISTRICT_INSPECTORS = 10
THIRD_PARTY_INSPECTORS = 8
HANDLERS_PER_DEPARTMENT = 3
# Who joins the patrols (执法进小区) and orders in the name of the own department.
ENFORCERS = (("fire01", "韩消01", "dept-fire"), ("urban01", "魏城01", "dept-urban"))


@dataclass(frozen=True, slots=True)
class User:
    """``role`` is a value of `core.identity.Role`; ``level`` tells inspectors apart.

    ``organisation`` and ``firm`` are keys; ``area_code`` bounds what an official sees (None for firms).
    """

    username: str
    name: str
    role: str
    organisation: str
    area_code: str | None
    phone: str
    level: str | None = None  # community | street | district | third_party
    firm: str | None = None


class _Desk:
    """Hands out telephone numbers and surnames while accounts are made."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.users: list[User] = []

    def add(
        self,
        username: str,
        name: str,
        role: str,
        organisation: str,
        area: str | None,
        level: str | None = None,
        firm: str | None = None,
    ) -> None:
        number = names.phone(len(self.users) + 1)
        self.users.append(User(username, name, role, organisation, area, number, level, firm))

    def named(self, role: str, number: int, width: int = 2) -> str:
        return names.role_name(self.rng, role, number, width)


def build_users(
    rng: Random,
    world: World,
    firms: Sequence[Firm],
    organisations: Sequence[Organisation],
) -> tuple[User, ...]:
    """All accounts; the eight fixed ones come first and carry the names of the story."""
    desk = _Desk(rng)
    home = f"street-{HERO_STREET_CODE}"
    desk.add("inspector01", "陈巡01", "inspector", home, HERO_STREET_CODE, "street")
    desk.add("inspector02", "李巡02", "inspector", home, HERO_STREET_CODE, "street")
    desk.add("street01", "何督01", "supervisor", home, HERO_STREET_CODE)
    desk.add("district01", "许督02", "supervisor", "district", DISTRICT_CODE)
    desk.add(
        "firm01",
        "刘某",
        "firm_handler",
        f"firm-{firms[0].key}",
        None,
        firm=firms[0].key,
    )
    desk.add("dept01", "秦队01", "department", "dept-fire", DISTRICT_CODE)
    desk.add("legal01", "沈法01", "legal", "district", DISTRICT_CODE)
    desk.add("admin01", "唐管01", "administrator", "city", CITY_CODE)
    _officials(desk, world)
    _communities(desk, organisations)
    _departments(desk)
    for index, firm in enumerate(firms, start=1):
        unit = f"firm-{firm.key}"
        if index > 1:
            desk.add(
                f"firm{index:02d}",
                names.somebody(rng)[0] + "某",
                "firm_handler",
                unit,
                None,
                firm=firm.key,
            )
        desk.add(
            f"manager{index:02d}",
            names.somebody(rng),
            "firm_manager",
            unit,
            None,
            firm=firm.key,
        )
    for username, name, unit in ENFORCERS:
        desk.add(username, name, "supervisor", unit, DISTRICT_CODE)
    return tuple(desk.users)


def _officials(desk: _Desk, world: World) -> None:
    streets = [a for a in world.areas if a.level == "street"]
    number = 3
    for index, area in enumerate(sorted(streets, key=lambda a: a.code != HERO_STREET_CODE), start=1):
        unit = f"street-{area.code}"
        if index > 1:
            desk.add(
                f"street{index:02d}",
                desk.named("督", index + 2),
                "supervisor",
                unit,
                area.code,
            )
        for _ in range(STREET_INSPECTORS - (2 if index == 1 else 0)):
            desk.add(
                f"inspector{number:02d}",
                desk.named("巡", number),
                "inspector",
                unit,
                area.code,
                "street",
            )
            number += 1
    for index in range(2, 5):
        desk.add(
            f"district{index:02d}",
            desk.named("督", index + 20),
            "supervisor",
            "district",
            DISTRICT_CODE,
        )
    for index in range(1, DISTRICT_INSPECTORS + 1):
        desk.add(
            f"district-inspector{index:02d}",
            desk.named("察", index),
            "inspector",
            "district",
            DISTRICT_CODE,
            "district",
        )
    for index in range(1, THIRD_PARTY_INSPECTORS + 1):
        desk.add(
            f"third{index:02d}",
            desk.named("评", index),
            "inspector",
            "third",
            DISTRICT_CODE,
            "third_party",
        )


def _communities(desk: _Desk, organisations: Sequence[Organisation]) -> None:
    units = [o for o in organisations if o.kind == "community"]
    for index, unit in enumerate(units, start=1):
        desk.add(
            f"community{index:03d}",
            desk.named("巡", 100 + index, 3),
            "inspector",
            unit.key,
            unit.area_code,
            "community",
        )


def _departments(desk: _Desk) -> None:
    number = 2
    for key, *_ in DEPARTMENTS:
        for _ in range(HANDLERS_PER_DEPARTMENT - (1 if key == "fire" else 0)):
            desk.add(
                f"dept{number:02d}",
                desk.named("队", number),
                "department",
                f"dept-{key}",
                DISTRICT_CODE,
            )
            number += 1
