"""What inspectors saw: hazards spread over the visits, in the shares of the demo plan."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from server.demo import phrases
from server.demo.moments import make_id
from server.demo.names import STREETS
from server.demo.patrols import Round, Visit
from server.demo.spots import Spot, find_spot
from server.demo.world import ROUND, Compound, World
from server.rounds.rules import RoundLevel, VisitState

FINDINGS = 1_960  # beside those of the story, of this morning, and of the campaign
CAMPAIGN_FINDINGS = 606
GROUP_SHARES = {
    "FP": 14,
    "EB": 18,
    "IC": 9,
    "ES": 22,
    "PF": 12,
    "FE": 8,
    "EL": 3,
    "OR": 5,
    "DS": 6,
    "GR": 3,
}
# Within a group: how often each item is met, so that severities come near 13 : 32 : 55.
ITEM_WEIGHTS: Mapping[str, Mapping[str, int]] = {
    "FP": {
        "FP-01": 12,
        "FP-02": 7,
        "FP-03": 16,
        "FP-04": 2,
        "FP-05": 26,
        "FP-06": 3,
        "FP-07": 15,
        "FP-08": 18,
        "FP-09": 1,
    },
    "EB": {
        "EB-01": 14,
        "EB-02": 12,
        "EB-03": 5,
        "EB-04": 3,
        "EB-05": 25,
        "EB-06": 16,
        "EB-07": 25,
    },
    "IC": {
        "IC-01": 3,
        "IC-02": 26,
        "IC-03": 20,
        "IC-04": 2,
        "IC-05": 13,
        "IC-06": 16,
        "IC-07": 12,
        "IC-08": 4,
        "IC-09": 4,
    },
    "ES": {
        "ES-01": 26,
        "ES-02": 18,
        "ES-03": 16,
        "ES-04": 15,
        "ES-05": 9,
        "ES-06": 3,
        "ES-07": 2,
        "ES-08": 7,
        "ES-09": 3,
        "ES-10": 1,
    },
    "PF": {
        "PF-01": 2,
        "PF-02": 12,
        "PF-03": 22,
        "PF-04": 24,
        "PF-05": 2,
        "PF-06": 13,
        "PF-07": 6,
        "PF-08": 5,
        "PF-09": 3,
        "PF-10": 6,
        "PF-11": 4,
        "PF-12": 1,
    },
    "FE": {
        "FE-01": 3,
        "FE-02": 24,
        "FE-03": 24,
        "FE-04": 2,
        "FE-05": 15,
        "FE-06": 2,
        "FE-07": 9,
        "FE-08": 6,
        "FE-09": 12,
        "FE-10": 3,
    },
    "EL": {"EL-01": 1, "EL-02": 24, "EL-03": 10, "EL-04": 3, "EL-05": 2, "EL-06": 8},
    "OR": {
        "OR-01": 18,
        "OR-02": 6,
        "OR-03": 15,
        "OR-04": 36,
        "OR-05": 12,
        "OR-06": 3,
        "OR-07": 5,
        "OR-08": 2,
    },
    "DS": {
        "DS-01": 16,
        "DS-02": 18,
        "DS-03": 12,
        "DS-04": 22,
        "DS-05": 12,
        "DS-06": 10,
        "DS-08": 8,
    },
    "GR": {"GR-01": 22, "GR-02": 5, "GR-03": 20, "GR-04": 24, "GR-05": 3},
}
PER_VISIT = (1, 1, 2, 2, 3, 3, 4)  # hazards of a visit that finds any
RECENT = timedelta(days=24)
RECENT_LOAD = 1.7  # the weeks before winter are inspected harder
MILDER_SHARE = 0.2  # of major items that the inspector files as general
LIFT_GROUPS = frozenset({"EL"})
_STREET_LOAD = dict(zip(STREETS, (1.3, 1.0, 1.6, 1.2, 1.45, 0.8, 1.05, 0.7, 1.1, 0.9, 0.7), strict=True))
_LEVEL_LOAD = {
    RoundLevel.WEEKLY: 1.0,
    RoundLevel.TEN_DAY: 1.7,
    RoundLevel.MONTHLY: 3.0,
    RoundLevel.LOOKBACK: 0.5,
}


@dataclass(frozen=True, slots=True)
class Sighting:
    """A hazard as it was first recorded, before anybody judged it."""

    id: uuid.UUID
    compound: Compound
    visit: Visit | None
    level: RoundLevel | None
    item: str
    severity: str
    text: str
    spot: Spot
    found_by: str
    captured_at: datetime
    received_at: datetime
    campaign: bool = False


class Hazards:
    """Draws sightings for finished visits. ``severities`` maps item codes to the catalogue's."""

    def __init__(
        self,
        rng: Random,
        world: World,
        severities: Mapping[str, str],
        now: datetime,
        scale: float = 1.0,
    ) -> None:
        self.rng, self.world, self.severities = rng, world, severities
        self.newest, self.scale = now, scale
        self.loads = {
            c.key: rng.lognormvariate(0, 0.55) * (1.9 if c.name in ROUND else 1.0) for c in world.compounds
        }

    def regular(self, rounds: Sequence[Round]) -> list[Sighting]:
        """About 2,000 sightings of the ordinary rounds."""
        walked = [
            (r, v)
            for r in rounds
            if r.level is not RoundLevel.AD_HOC
            for v in r.visits
            if v.state is VisitState.LEFT
        ]
        keyed = sorted(walked, key=lambda rv: -(self.rng.random() ** (1 / self._load(*rv))))
        found: list[Sighting] = []
        wanted = round(FINDINGS * self.scale)
        for round_, visit in keyed:
            for _ in range(min(self.rng.choice(PER_VISIT), wanted - len(found))):
                found.append(self.sight(round_, visit))
        return found

    def campaign(self, rounds: Sequence[Round]) -> list[Sighting]:
        """The 606 sightings of the campaign: nearly every visit has one, some have several."""
        walked = [
            (r, v)
            for r in rounds
            if r.level is RoundLevel.AD_HOC
            for v in r.visits
            if v.state is VisitState.LEFT
        ]
        if not walked:
            return []  # a small scale may leave out every round of the campaign
        first = self.rng.sample(walked, min(len(walked), round(360 * self.scale)))
        more = self.rng.choices(first, k=round(CAMPAIGN_FINDINGS * self.scale) - len(first))
        return [self.sight(r, v, campaign=True) for r, v in (*first, *more)]

    def sight(self, round_: Round, visit: Visit, campaign: bool = False) -> Sighting:
        """One random sighting of a finished visit."""
        assert visit.arrived_at is not None
        assert visit.left_at is not None
        assert visit.received_at is not None
        item = self._item(visit.compound)
        stay = (visit.left_at - visit.arrived_at).total_seconds()
        captured = visit.arrived_at + timedelta(seconds=self.rng.uniform(120, stay - 60))
        received = (
            max(captured + timedelta(seconds=self.rng.uniform(2, 9)), visit.received_at)
            if (self.rng.random() < 0.3)
            else captured + timedelta(seconds=self.rng.uniform(2, 25))
        )
        spot = find_spot(self.rng, self.world, visit.compound, phrases.spot_kind(item))
        return self.record(
            visit.compound,
            item,
            spot,
            visit.inspector,
            captured,
            received,
            visit,
            round_.level,
            campaign=campaign,
        )

    def record(
        self,
        compound: Compound,
        item: str,
        spot: Spot,
        found_by: str,
        captured: datetime,
        received: datetime,
        visit: Visit | None = None,
        level: RoundLevel | None = None,
        text: str | None = None,
        campaign: bool = False,
    ) -> Sighting:
        """A sighting with everything given but its words and severity."""
        severity = self.severities[item]
        if text is None and severity == "major" and self.rng.random() < MILDER_SHARE:
            severity = "general"
        words = text or phrases.describe(self.rng, item)
        return Sighting(
            make_id(self.rng, captured),
            compound,
            visit,
            level,
            item,
            severity,
            words,
            spot,
            found_by,
            captured,
            received,
            campaign,
        )

    def _load(self, round_: Round, visit: Visit) -> float:
        street = STREETS[int(visit.compound.street_code[6:9]) - 1]
        recent = RECENT_LOAD if visit.arrived_at and self.newest - visit.arrived_at < RECENT else 1.0
        return recent * self.loads[visit.compound.key] * _STREET_LOAD[street] * _LEVEL_LOAD[round_.level]

    def _item(self, compound: Compound) -> str:
        groups = [g for g in GROUP_SHARES if g not in LIFT_GROUPS or compound.height_class == "high_rise"]
        group = self.rng.choices(groups, [GROUP_SHARES[g] * (3 if g in LIFT_GROUPS else 1) for g in groups])[
            0
        ]
        items = ITEM_WEIGHTS[group]
        return self.rng.choices(list(items), list(items.values()))[0]
