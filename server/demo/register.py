"""The register of compounds: every attribute of the official ledger 附件1, with fixed totals.

The totals are those of the demo plan: service forms 478/31/20/24/9/3, owners' committees 41/204/320,
496 of 565 managed under contract, 74,000 households on 3,100万㎡.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

SERVICE_FORMS = {1: 478, 2: 31, 3: 20, 4: 24, 5: 9, 6: 3}
COMMITTEES = {1: 41, 2: 204, 3: 320}
PARTY_COVERAGE = {1: 6, 2: 11, 3: 334, 4: 121, 5: 93}
SERVICE_GRADES = {1: 47, 2: 168, 3: 241, 4: 88, 5: 21}
CONTRACTED_OTHER = 18  # of forms 2 and 3, beside all of form 1
HOUSEHOLDS = 74_000
FLOOR_AREA_M2 = 31_000_000
HIGH_RISE_FLOORS = 10  # above 27 m the rules for high-rise housing apply


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the register. Codes as printed in 附件1; areas in ㎡; the rate in percent."""

    service_form: int
    committee: int
    party_coverage: int
    service_grade: int
    contracted: bool
    fee_rate: float
    households: int
    floor_area_m2: int


def build_register(
    rng: Random,
    volumes: list[float],
    plain: frozenset[int],
    fixed: dict[int, tuple[int, int]],
) -> list[Entry]:
    """One entry per compound.

    ``volumes`` are built volumes (any unit) that floor area and households follow; compounds in
    ``plain`` are professionally managed; ``fixed`` gives households and floor area of some positions.
    """
    count = len(volumes)
    forms = _deal(rng, SERVICE_FORMS, count, plain)
    committees = _deal(rng, COMMITTEES, count)
    party = _deal(rng, PARTY_COVERAGE, count)
    grades = _deal(rng, SERVICE_GRADES, count)
    others = [i for i, form in enumerate(forms) if form in (2, 3)]
    contracted = {i for i, form in enumerate(forms) if form == 1} | set(rng.sample(others, CONTRACTED_OTHER))
    areas = _around(FLOOR_AREA_M2, volumes, {i: area for i, (_, area) in fixed.items()})
    uneven = [v * rng.uniform(0.6, 1.4) for v in volumes]
    homes = _around(HOUSEHOLDS, uneven, {i: homes for i, (homes, _) in fixed.items()}, least=12)
    return [
        Entry(
            forms[i],
            committees[i],
            party[i],
            grades[i],
            i in contracted,
            _fee_rate(rng, forms[i], grades[i]),
            homes[i],
            areas[i],
        )
        for i in range(count)
    ]


def share_out(total: int, weights: list[float], least: int = 0) -> list[int]:
    """Split ``total`` by weight into whole numbers of at least ``least`` that sum to it exactly."""
    spread = total - least * len(weights)
    scale = spread / sum(weights)
    whole = [int(w * scale) for w in weights]
    rest = sorted(range(len(weights)), key=lambda i: whole[i] - weights[i] * scale)
    for i in rest[: spread - sum(whole)]:
        whole[i] += 1
    return [least + w for w in whole]


def _around(total: int, weights: list[float], fixed: dict[int, int], least: int = 0) -> list[int]:
    """``share_out`` for the positions that are not fixed."""
    free = [i for i in range(len(weights)) if i not in fixed]
    shares = share_out(total - sum(fixed.values()), [weights[i] for i in free], least)
    counts = dict(zip(free, shares, strict=True)) | fixed
    return [counts[i] for i in range(len(weights))]


def _deal(rng: Random, counts: dict[int, int], size: int, plain: frozenset[int] = frozenset()) -> list[int]:
    """Codes in random order with exact counts; positions in ``plain`` get code 1."""
    cards = [code for code, n in counts.items() for _ in range(n)]
    if len(cards) != size:
        raise ValueError(f"{len(cards)} codes for {size} compounds")
    for _ in plain:
        cards.remove(1)
    rng.shuffle(cards)
    return [1 if i in plain else cards.pop() for i in range(size)]


def _fee_rate(rng: Random, form: int, grade: int) -> float:
    if form >= 4:
        return round(rng.uniform(0, 45), 1) if form == 4 else 0.0
    middle = {1: 94, 2: 90, 3: 83, 4: 74, 5: 62}[grade]
    return round(min(100.0, max(30.0, rng.gauss(middle, 6))), 1)
