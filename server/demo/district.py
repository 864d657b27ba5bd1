"""The whole demo district of one seed and one moment: places, people, 90 days of work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from random import Random

from server.calendars.rules import CalendarView
from server.checklists.rules import Catalogue
from server.demo.accounts import User, build_users
from server.demo.cases import Case, Letter
from server.demo.docket import Docket
from server.demo.drafts import Office, Quota
from server.demo.handovers import Handover, handed_over
from server.demo.hazards import Hazards
from server.demo.patrols import Patrols, Round
from server.demo.people import Organisations, build_organisations
from server.demo.story import fresh_elsewhere, story_cases
from server.demo.world import SEED, World, build_world


@dataclass(frozen=True, slots=True)
class District:
    """Everything to show. Keys (``C0001``, ``F001``, usernames) link the parts."""

    world: World
    organisations: Organisations
    users: tuple[User, ...]
    rounds: tuple[Round, ...]
    cases: tuple[Case, ...]
    letters: tuple[Letter, ...]
    handovers: tuple[Handover, ...]


def build_district(
    now: datetime,
    calendar: CalendarView,
    catalogue: Catalogue,
    seed: int = SEED,
    scale: float = 1.0,
) -> District:
    """The district as it stands at ``now`` (aware). Pure; takes a few seconds.

    ``scale`` below 1 thins out rounds and findings, not places and people.
    """
    world = build_world(seed)
    rng = Random(f"{seed}/people")
    organisations = build_organisations(rng, world)
    users = build_users(rng, world, organisations.firms, organisations.units)
    rounds = Patrols(Random(f"{seed}/patrols"), world, users, calendar, now, scale).all()
    rng = Random(f"{seed}/cases")
    hazards = Hazards(rng, world, {i.code: i.severity.value for i in catalogue.items}, now, scale)
    sightings = [*hazards.campaign(rounds), *hazards.regular(rounds)]
    office = Office(rng, catalogue, calendar, users, organisations.firms)
    passing = Random(f"{seed}/handovers")
    docket = Docket(rng, office, organisations.units, now, Quota().scaled(scale), passing)
    docket.take(sightings)
    docket.tell(story_cases(rng, world, hazards, now))
    inspectors = {u.area_code or "": u.username for u in users if u.level == "street"}
    docket.tell(fresh_elsewhere(rng, world, hazards, now, inspectors))
    docket.hand_over(handed_over(passing, world, hazards, now))
    cases, letters = docket.cases()
    return District(
        world, organisations, users, tuple(rounds), tuple(cases), tuple(letters), tuple(docket.handovers)
    )
