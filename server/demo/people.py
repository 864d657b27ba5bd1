"""Organisations, firms and project managers of the demo district."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from server.demo import names
from server.demo.world import (
    CITY_CODE,
    DISTRICT_CODE,
    HERO,
    STORY_NEIGHBOUR,
    Area,
    World,
)

FIRM_SIZES = (
    28,
    22,
    18,
    15,
    13,
    12,
    11,
    10,
    10,
    9,
    9,
    8,
    8,
    8,
    *([7] * 8),
    *([6] * 10),
    *([5] * 12),
    *([4] * 18),
    *([3] * 8),
    *([2] * 16),
    *([1] * 11),
)
HERO_FIRM_RANK = 8  # 岸禾 manages ten compounds
NEIGHBOUR_FIRM_RANK = 10
PARTY_FIRMS = 13
COMPOUNDS_PER_MANAGER = 1.66
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_PREFIX = "91999901MADM"
HERO_USCC = "91999901MADM3K7Q5U"
# Their weighted sum divides by 31, so the check digit is 0: the case that naive code gets wrong.
TRICKY_USCC = ("91999901MADM002030", "91999901MADM0073X0", "91999901MADM007480")

# Departments that receive transfers: key, name, routing word of the hazard catalogue, 机关代字.
DEPARTMENTS = (
    ("fire", "澄湖区消防救援大队", "消防救援", "澄消"),
    ("urban", "澄湖区城市管理局", "城管", "澄城管"),
    ("market", "澄湖区市场监督管理局", "市场监管", "澄市监"),
    ("police", "澄湖区公安分局", "公安", "澄公"),
    ("land", "澄湖区自然资源和规划局", "自然资源", "澄自然资"),
    ("housing", "澄湖区住房和城乡建设综合执法大队", "住建", "澄住建执"),
)


@dataclass(frozen=True, slots=True)
class Organisation:
    """``kind``: city, district, street, community, department, third_party or firm.

    ``area_code`` bounds what it sees; ``document_word`` is the 机关代字 of its notices.
    """

    key: str
    kind: str
    name: str
    area_code: str | None
    parent: str | None
    document_word: str | None = None


@dataclass(frozen=True, slots=True)
class Manager:
    """A project manager (项目经理) and the compounds under that person."""

    key: str
    firm: str
    name: str
    phone: str
    compounds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Firm:
    """A property firm. ``short_name`` is its two-character word; ``compounds`` are keys."""

    key: str
    name: str
    short_name: str
    uscc: str
    legal_representative: str
    phone: str
    address: str
    party_organisation: bool
    compounds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Organisations:
    """Everybody but the accounts, which `accounts.build_users` adds."""

    units: tuple[Organisation, ...]
    firms: tuple[Firm, ...]
    managers: tuple[Manager, ...]

    def firm_of(self, compound: str) -> Firm | None:
        """The firm under contract for a compound key, if any."""
        return next((f for f in self.firms if compound in f.compounds), None)

    def manager_of(self, compound: str) -> Manager | None:
        """The project manager of a compound key, if any."""
        return next((m for m in self.managers if compound in m.compounds), None)


def build_organisations(rng: Random, world: World) -> Organisations:
    """Units, firms and project managers. Pure; the same generator state gives the same people."""
    firms = _firms(rng, world)
    return Organisations(_units(world, firms), firms, _managers(rng, firms))


def uscc_check(body: str) -> str:
    """Check digit of the first 17 characters by GB 32100-2015."""
    total = sum(_USCC_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return _USCC_ALPHABET[(31 - total % 31) % 31]


def _codes(rng: Random, count: int) -> list[str]:
    """Unique valid codes; the story's firm has the first, the tricky three come right after."""
    found = [HERO_USCC, *TRICKY_USCC]
    while len(found) < count:
        body = _USCC_PREFIX + "".join(rng.choices(_USCC_ALPHABET, k=5))
        code = body + uscc_check(body)
        if code not in found and code[-1] != "0":
            found.append(code)
    return found


def _firms(rng: Random, world: World) -> tuple[Firm, ...]:
    shares = _territories(rng, world)
    titles = names.firm_names(rng, len(FIRM_SIZES))
    codes = _codes(rng, len(FIRM_SIZES))
    roads = sorted({r.name for r in world.roads if r.kind in ("main", "secondary")})
    party = set(rng.sample(range(len(titles)), PARTY_FIRMS))
    firms = []
    for index, (title, share) in enumerate(zip(titles, shares, strict=True)):
        address = f"{names.CITY}{names.DISTRICT}{rng.choice(roads)}{rng.randint(1, 299)}号"
        firms.append(
            Firm(
                f"F{index + 1:03d}",
                title,
                _short(title),
                codes[index],
                names.somebody(rng),
                names.phone(1_000 + index),
                address,
                index in party,
                share,
            )
        )
    return tuple(firms)


def _short(title: str) -> str:
    bare = title.removeprefix("澜川市").removeprefix("澜川").removeprefix("澄湖")
    return bare[:2] + "物业"


def _territories(rng: Random, world: World) -> list[tuple[str, ...]]:
    """Compounds per firm: each firm takes the free ones nearest to where it began.

    Firm 0 begins at the story's compound, firm 1 beside it.
    """
    places = {c.key: c.outline.centroid.coords[0] for c in world.compounds if c.entry.contracted}
    starts = {0: world.compound(HERO).key, 1: world.compound(STORY_NEIGHBOUR).key}
    sizes = list(FIRM_SIZES)
    story = [sizes.pop(NEIGHBOUR_FIRM_RANK), sizes.pop(HERO_FIRM_RANK)]
    sizes = [story[1], story[0], *sizes]
    free = dict(places)
    shares = []
    for index, size in enumerate(sizes):
        start = starts.get(index) or rng.choice(sorted(k for k in free if k not in starts.values()))
        x, y = places[start]
        reserved = set(starts.values()) - {start} if index < 2 else set()
        near = sorted(
            (k for k in free if k not in reserved),
            key=lambda k: ((free[k][0] - x) ** 2 + (free[k][1] - y) ** 2) * rng.uniform(0.5, 3),
        )
        share = tuple(dict.fromkeys([start, *near]))[:size]
        for key in share:
            del free[key]
        shares.append(share)
    return shares


def _managers(rng: Random, firms: tuple[Firm, ...]) -> tuple[Manager, ...]:
    managers: list[Manager] = []
    for firm in firms:
        count = max(1, round(len(firm.compounds) / COMPOUNDS_PER_MANAGER))
        for index in range(count):
            number = len(managers) + 1
            managers.append(
                Manager(
                    f"M{number:03d}",
                    firm.key,
                    names.somebody(rng),
                    names.phone(2_000 + number),
                    firm.compounds[index::count],
                )
            )
    return tuple(managers)


def _units(world: World, firms: tuple[Firm, ...]) -> tuple[Organisation, ...]:
    found = [
        Organisation("city", "city", "澜川市住房和城乡建设局", CITY_CODE, None, "澜住建物改"),
        Organisation(
            "district",
            "district",
            "澄湖区住房和城乡建设局",
            DISTRICT_CODE,
            "city",
            "澄住建物改",
        ),
        Organisation(
            "third",
            "third_party",
            "澜川衡正物业服务评估有限公司",
            DISTRICT_CODE,
            "district",
        ),
    ]
    for key, name, _, word in DEPARTMENTS:
        found.append(Organisation(f"dept-{key}", "department", name, DISTRICT_CODE, "district", word))
    found += [_street(area) for area in world.areas if area.level == "street"]
    found += [_community(area) for area in world.areas if area.level == "community"]
    found += [Organisation(f"firm-{f.key}", "firm", f.name, None, None) for f in firms]
    return tuple(found)


def _street(area: Area) -> Organisation:
    word = area.name.removesuffix("街道")
    return Organisation(
        f"street-{area.code}",
        "street",
        f"{word}街道办事处",
        area.code,
        "district",
        f"{word}办物改",
    )


def _community(area: Area) -> Organisation:
    return Organisation(
        f"community-{area.code}",
        "community",
        f"{area.name}居民委员会",
        area.code,
        f"street-{area.parent}",
    )
