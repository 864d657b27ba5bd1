"""From sightings to cases: triage, notices, answers, re-checks, up to the moment ``now``.

First every sighting gets a road (notice, transfer, fixed on the spot …), then every notice its moments,
and only then is decided which cases are still open today, so that the open set has the shape of the
demo plan: about 313, of which 38 overdue and 61 answered. Everything else was closed in time or late.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from server.calendars.rules import CST, Term, Unit, due
from server.demo.cases import Case, CaseFile, Letter
from server.demo.drafts import Draft, Office, Quota, finished, number_all
from server.demo.endings import Endings
from server.demo.handovers import DEPARTMENT_OF, HandedStep, Handover, Handovers
from server.demo.hazards import Sighting
from server.demo.moments import in_duty
from server.demo.people import Organisation
from server.demo.phrases import say
from server.demo.story import Fate, StoryCase
from server.findings.rules import FindingAction, FindingState, Severity, triage_hours
from server.rounds.rules import RoundLevel

CAMPAIGN_NOTICES = 251
DISTRICT_NOTICES = 36  # the story's notice becomes 第37号
TRANSFERRED_PARTIES = (
    "IC-01",
    "IC-02",
    "IC-03",
    "IC-05",
    "PF-12",
    "ES-07",
    "OR-05",
    "OR-06",
    "OR-07",
    "GR-01",
    "GR-02",
    "EB-04",
)


class Docket:
    """Carries all cases of the district through their lives."""

    def __init__(
        self,
        rng: Random,
        office: Office,
        units: Sequence[Organisation],
        now: datetime,
        quota: Quota,
        passing: Random,
    ) -> None:
        """``passing`` decides what becomes of transfers."""
        self.rng, self.office, self.now, self.quota = (
            rng,
            office,
            now.astimezone(CST),
            quota,
        )
        self.units = {u.key: u for u in units}
        self.files: dict[uuid.UUID, CaseFile] = {}
        self.drafts: list[Draft] = []
        self.returned = 0
        self.endings = Endings(rng, office, self.now, self.drafts)
        self.passing = Handovers(passing, office, self.units, self.now)

    def take(self, sightings: Sequence[Sighting]) -> None:
        """All ordinary sightings: roads, notices, endings."""
        roads: dict[uuid.UUID, list[CaseFile]] = {}
        for sighting in sorted(sightings, key=lambda s: s.received_at):
            file = self._open(sighting)
            road = self._road(sighting)
            if road == "notice" and sighting.compound.key in self.office.firms:
                roads.setdefault(sighting.visit.id if sighting.visit else sighting.id, []).append(file)
            else:
                self._settle(file, road)
        self._campaign_roads(roads)
        groups = sorted(roads.values(), key=lambda g: (g[-1].sighting.received_at, g[0].sighting.id))
        self._write(groups)
        self.endings.decide(self.quota)
        self.endings.relapse(self.quota.reopened)
        self.passing.decline(self.files)

    def tell(self, story: Sequence[StoryCase]) -> None:
        """The cases of the story and of this morning, each with its own fate."""
        letters: dict[str, list[StoryCase]] = {}
        for part in story:
            self._open(part.sighting)
            if part.fate is not Fate.FRESH:
                letters.setdefault(part.letter or str(part.sighting.id), []).append(part)
        for parts in letters.values():
            self._tell_letter(parts)

    def hand_over(self, handed: Sequence[tuple[Sighting, datetime, HandedStep]]) -> None:
        """The transfers that are written out."""
        for sighting, sent, step in handed:
            file, unit = self._open(sighting), self.units[DEPARTMENT_OF[sighting.item[:2]]]
            boss = self.office.supervisor(self._street(sighting)).username
            seen = sighting.received_at
            self._confirm(file, seen + (sent - seen) * 0.6, boss)
            reason = say(self.passing.rng, "transfer", department=unit.name)
            self.passing.tell(step, self.passing.send(file, sent, boss, unit, reason), file)

    @property
    def handovers(self) -> list[Handover]:
        """All transfers, in the order of their letters."""
        return sorted(self.passing.made, key=lambda made: (made.sent_at, made.id))

    def _tell_letter(self, parts: Sequence[StoryCase]) -> None:
        first, files = parts[0], [self.files[p.sighting.id] for p in parts]
        assert first.issued_at is not None
        assert first.served_at is not None
        unit = first.organisation or self._street(first.sighting)
        for file in files:
            seen = file.sighting.received_at
            self._confirm(file, seen + (first.issued_at - seen) * 0.6, self.office.supervisor(unit).username)
        draft = self.office.draft(files, unit, first.issued_at, first.served_at)
        self.drafts.append(draft)
        self.endings.begin(draft)
        for item, part in zip(draft.items, parts, strict=True):
            self.endings.end(draft, item, part.fate)

    def cases(self) -> tuple[list[Case], list[Letter]]:
        """Everything as it stands at ``now``."""
        numbers = number_all(self.drafts, self.units)
        texts = {key: number[2] for key, number in numbers.items()}
        letters = [finished(d, numbers[d.id], self.now) for d in self.drafts]
        return (
            [f.finished(texts) for f in self.files.values()],
            sorted(letters, key=lambda n: (n.issued_at, n.id)),
        )

    def _open(self, sighting: Sighting) -> CaseFile:
        n, unit = triage_hours(Severity(sighting.severity))
        limit = due(sighting.received_at, Term(n, Unit(unit)), self.office.calendar).at
        file = CaseFile(sighting, limit)
        self.files[sighting.id] = file
        return file

    def _road(self, sighting: Sighting) -> str:
        dice = self.rng.random()
        if dice < 0.03:
            return "reject"
        if dice < 0.075:
            return "duplicate"
        managed = sighting.compound.key in self.office.firms
        easy = {"general": 0.30, "major": 0.13, "critical": 0.16}[sighting.severity]
        easy *= 0.6 if sighting.campaign else 1.0
        if self.rng.random() < easy:
            return "on_spot"
        elsewhere = sighting.item in TRANSFERRED_PARTIES and self.rng.random() < 0.45
        return "transfer" if elsewhere or not managed else "notice"

    def _campaign_roads(self, roads: dict[uuid.UUID, list[CaseFile]]) -> None:
        """Leave exactly 251 notices to the campaign; what is over was fixed on the spot."""
        keys = [k for k, group in roads.items() if group[0].sighting.campaign]
        for key in keys[CAMPAIGN_NOTICES:]:
            for file in roads.pop(key):
                self._settle(file, "on_spot")

    def _settle(self, file: CaseFile, road: str) -> None:
        sighting, boss = (
            file.sighting,
            self.office.supervisor(self._street(file.sighting)).username,
        )
        at = self._triaged(file)
        if road in ("on_spot", "notice"):
            self._fix_on_spot(file)
        elif at > self.now:
            return
        elif road == "reject" and self.now - at < timedelta(days=4) and self.returned < self.quota.returned:
            self.returned += 1
            file.do(FindingAction.RETURN, at, boss, reason=say(self.rng, "return"))
        elif road == "reject":
            file.do(FindingAction.REJECT, at, boss, reason=say(self.rng, "reject"))
        elif road == "duplicate" and (master := self._older(sighting)):
            file.master = master.sighting.id
            file.do(
                FindingAction.MARK_DUPLICATE,
                at,
                boss,
                master_id=str(master.sighting.id),
                reason="同一处，并案",
            )
            master.absorb(sighting.id, at, boss)
        else:
            self._transfer(file, at, boss)

    def _fix_on_spot(self, file: CaseFile) -> None:
        sighting = file.sighting
        end = sighting.visit.received_at if sighting.visit else None
        at = max(
            sighting.received_at + timedelta(minutes=self.rng.uniform(3, 12)),
            end or sighting.received_at,
        )
        file.fixed_text, file.fixed_at = say(self.rng, "on_spot"), min(at, self.now)
        file.do(
            FindingAction.FIX_ON_SPOT,
            file.fixed_at,
            sighting.found_by,
            text=file.fixed_text,
        )

    def _older(self, sighting: Sighting) -> CaseFile | None:
        """An earlier case of the same compound that a duplicate can point to, the same item first."""
        same = [
            f
            for f in self.files.values()
            if f.sighting.compound is sighting.compound
            and f.sighting.id != sighting.id
            and f.sighting.received_at < sighting.received_at
            and f.state not in (FindingState.DUPLICATE, FindingState.REJECTED)
        ]
        return max(
            same,
            key=lambda f: (f.sighting.item == sighting.item, f.sighting.received_at),
            default=None,
        )

    def _transfer(self, file: CaseFile, at: datetime, boss: str) -> None:
        unit = self.units[DEPARTMENT_OF[file.sighting.item[:2]]]
        reason = say(self.rng, "transfer", department=unit.name)
        made = self.passing.send(file, at, boss, unit, reason)
        done = in_duty(self.rng, self.office.calendar, at, self.rng.uniform(48, 420))
        if done < self.now:
            self.passing.settled(made, file, done, boss, say(self.rng, "transfer_done", department=unit.name))
        else:
            self.passing.running(made, file)

    def _write(self, groups: list[list[CaseFile]]) -> None:
        """Notices for groups of findings of one visit each; the newest wait for issue or signature."""
        district = self._district_share(groups)
        for index, files in enumerate(groups):
            unit = "district" if index in district else self._street(files[0].sighting)
            boss = self.office.supervisor(unit)
            latest = max(self._confirm(f, self._triaged(f), boss.username) for f in files)
            issued = in_duty(
                self.rng,
                self.office.calendar,
                latest,
                self.rng.choice((0.4, 0.8, 1.5, 3, 18)),
            )
            if issued >= self.now:
                continue
            served = in_duty(
                self.rng,
                self.office.calendar,
                issued,
                self.rng.choice((0.3, 0.7, 2, 4, 16)),
            )
            draft = self.office.draft(files, unit, issued, served if served < self.now else None)
            self.drafts.append(draft)
        self._hold_back()
        for draft in self.drafts:
            self.endings.begin(draft)

    def _district_share(self, groups: list[list[CaseFile]]) -> set[int]:
        """Which groups the district takes: those of its own rounds first, none of the last days."""
        older = [
            i
            for i, g in enumerate(groups)
            if not g[0].sighting.campaign and self.now - g[-1].sighting.received_at > timedelta(days=7)
        ]
        monthly = [i for i in older if groups[i][0].sighting.level is RoundLevel.MONTHLY]
        step = max(1, len(monthly) // DISTRICT_NOTICES)
        chosen = monthly[::step][:DISTRICT_NOTICES]
        ordinary = [i for i in older if i not in chosen]
        missing = DISTRICT_NOTICES - len(chosen)
        return {*chosen, *ordinary[:: max(1, len(ordinary) // missing)][:missing]} if missing else set(chosen)

    def _hold_back(self) -> None:
        """Of the newest notices some are not issued yet and some are not signed for."""
        newest = sorted(self.drafts, key=lambda d: d.issued_at, reverse=True)
        waiting = sum(f.state is FindingState.CONFIRMED for f in self.files.values()) - sum(
            len(d.items) for d in self.drafts
        )
        unserved = sum(len(d.items) for d in self.drafts if d.acknowledged_at is None)
        for draft in newest:
            if draft.organisation == "district":
                continue
            if waiting < self.quota.confirmed:
                waiting += len(draft.items)
                self.drafts.remove(draft)
            elif unserved < self.quota.unserved:
                unserved += len(draft.items) if draft.acknowledged_at else 0
                draft.acknowledged_at = None
            else:
                return

    def _triaged(self, file: CaseFile) -> datetime:
        sighting = file.sighting
        if sighting.severity == "critical":
            return sighting.received_at + timedelta(minutes=self.rng.uniform(4, 52))
        return in_duty(
            self.rng,
            self.office.calendar,
            sighting.received_at,
            self.rng.uniform(0.2, 3.2),
        )

    def _confirm(self, file: CaseFile, at: datetime, boss: str) -> datetime:
        moment = min(at, self.now - timedelta(minutes=2))
        moment = max(moment, file.sighting.received_at)
        file.do(FindingAction.CONFIRM, moment, boss, note="")
        return moment

    @staticmethod
    def _street(sighting: Sighting) -> str:
        return f"street-{sighting.compound.street_code}"
