"""Write the demo district into an empty database and its pictures and documents into storage."""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.calendars import service as calendars
from server.checklists import service as checklists
from server.checklists.rules import load_catalogue
from server.core.storage import Storage
from server.demo.album import Album, Picture
from server.demo.district import District, build_district
from server.demo.registry import Registry, area_path, build_registry
from server.demo.seed_cases import Evidence, write_findings, write_ledger
from server.demo.seed_letters import Press, write_letters
from server.demo.seed_offices import write_offices
from server.demo.seed_photos import subject, write_photos, write_prints
from server.demo.seed_places import write_places
from server.demo.seed_rounds import write_rounds
from server.demo.seed_transfers import write_transfers
from server.demo.world import SEED

STANDING_SINCE = timedelta(days=400)  # places, people and the catalogue are older than the first round

Pictures = dict[uuid.UUID, list[Picture]]


class _Progress:
    """One line to standard error per step, with the seconds it took."""

    def __init__(self) -> None:
        self.last = time.monotonic()

    def __call__(self, done: str) -> None:
        now = time.monotonic()
        sys.stderr.write(f"demo: {done} ({now - self.last:.1f} s)\n")
        sys.stderr.flush()
        self.last = now


def is_filled(session: Session) -> bool:
    """Whether there already are users, so that a demo would mix with something real."""
    return session.scalar(sa.select(sa.exists(sa.select(User.id)))) or False


def seed(session: Session, now: datetime, storage: Storage, scale: float = 1.0) -> None:
    """Fill an empty database with the district as it stands at ``now`` (aware). Does not commit.

    ``scale`` below 1 thins out rounds and findings. Needs an app context for the public address.
    """
    say = _Progress()
    calendars.seed(session, now)
    checklists.publish(session, now - STANDING_SINCE)
    calendar = calendars.load_view(session)
    district = build_district(now, calendar, load_catalogue(), scale=scale)
    say(f"{len(district.cases)} cases and {len(district.letters)} notices thought out")
    registry = build_registry(district, Random(f"{SEED}/ids"), now - STANDING_SINCE)
    write_places(session, district, registry)
    say(f"{len(district.world.compounds)} compounds, {len(district.users)} accounts")
    write_offices(session, district, registry)
    write_rounds(session, district, registry)
    say(f"{len(district.rounds)} rounds")
    album = Album(Random(f"{SEED}/album"), load_catalogue())
    pictures = _case_pictures(district, album)
    photos = list(_all_pictures(district, registry, album, pictures))
    prints = write_prints(session, storage, now, {picture.shot for picture, _ in photos})
    say(f"{len(prints)} pictures drawn")
    write_findings(session, district, registry)
    press = Press(district, registry, storage, prints, pictures, now, calendar)
    documents = write_letters(session, press, calendar.version)
    say(f"{len(documents)} notices printed")
    transfers = write_transfers(session, press)
    say(f"{len(transfers)} letters of transfer printed")
    write_photos(session, photos, prints, registry)
    letters = {n.id: n for n in district.letters}
    lines = write_ledger(
        session, district, registry, Evidence(pictures, prints, letters, documents, transfers)
    )
    say(f"{lines} ledger lines")


def _case_pictures(district: District, album: Album) -> Pictures:
    """All pictures by case."""
    pictures: Pictures = {}
    for case in district.cases:
        pictures[case.sighting.id] = [*album.before(case), *album.fixed(case)]
    cases = {case.sighting.id: case for case in district.cases}
    for item in (i for n in district.letters for i in n.items):
        case = cases[item.finding]
        refused = {v.answer for v in item.verdicts if not v.passed}
        for answer in item.answers:
            pictures[item.finding] += album.answered(case, answer, answer.id in refused)
        for verdict in item.verdicts:
            pictures[item.finding] += album.reviewed(case, verdict)
    return pictures


def _all_pictures(
    district: District, registry: Registry, album: Album, pictures: Pictures
) -> Iterator[tuple[Picture, dict[str, Any]]]:
    held = {h.case: registry.units[h.holder] for h in district.handovers if h.holder}
    for case in district.cases:
        compound, case_id = case.sighting.compound, case.sighting.id
        firm = registry.firm_id_of(compound) if case.letter else None
        about = subject(area_path(compound.community_code), firm, case=case_id, department=held.get(case_id))
        for picture in pictures[case.sighting.id]:
            yield picture, about
    for round_ in district.rounds:
        for visit in round_.visits:
            about = subject(area_path(visit.compound.community_code), None, visit=visit.id)
            for picture in album.visited(visit):
                yield picture, about
