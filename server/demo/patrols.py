"""Rounds and visits: weekly by community, every ten days by street, monthly by district, and a campaign.

Plans cover 13 weeks that end with ``now``. About 93 of 100 planned visits happen. This week's round
in 禾田社区 belongs to the first demo inspector and is still to be walked, with 汀禾苑 in it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from server.calendars.rules import CST, CalendarView
from server.demo.accounts import User
from server.demo.moments import DAY, at_local, make_id, workdays
from server.demo.spots import Spot, entrance
from server.demo.world import DISTRICT_CODE, ROUND, Compound, World
from server.rounds.rules import RoundLevel, RoundState, VisitState, period_of

WEEKS = 13
TEN_DAY_PERIODS = 9
TEN_DAY_COMPOUNDS = 8
MONTHS = 3
MONTHLY_COMPOUNDS = 30
CAMPAIGN_COMPOUNDS = 429
CAMPAIGN_JOINT_ROUNDS = 8
CAMPAIGN_FIRST_DAY = timedelta(days=117)  # before now; the second of its four phases, fifteen days long
CAMPAIGN_LENGTH = timedelta(days=15)
LOOKBACKS = 15
WEEKLY_SHARE = 0.74  # of a community's compounds in an ordinary week
DONE_SHARE = 0.935
STORY_COMMUNITIES = {"禾田社区": "inspector01", "汀桥社区": "inspector02"}
STORY_WEEKS = 5


@dataclass(frozen=True, slots=True)
class Visit:
    """One compound of a round. Moments are None while it is planned or when it was missed."""

    id: uuid.UUID
    compound: Compound
    inspector: str
    set_code: str
    seq: int
    state: VisitState
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    received_at: datetime | None = None
    spot: Spot | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """A planned walk of one inspector. ``area_code`` and ``organisation`` say whose it is."""

    id: uuid.UUID
    level: RoundLevel
    period_key: str
    title: str
    inspector: str
    organisation: str
    area_code: str
    set_code: str
    starts_on: date
    ends_on: date
    state: RoundState
    visits: tuple[Visit, ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    """A round before anybody walked it."""

    level: RoundLevel
    title: str
    inspector: User
    area_code: str
    set_code: str
    period: tuple[str, date, date]
    days: Sequence[date]
    compounds: Sequence[Compound]


class Patrols:
    """Plans rounds and walks them, up to ``now``. ``scale`` below 1 leaves out some of the past."""

    def __init__(
        self,
        rng: Random,
        world: World,
        users: Iterable[User],
        calendar: CalendarView,
        now: datetime,
        scale: float = 1.0,
    ) -> None:
        self.scale = scale
        self.rng, self.world, self.calendar = rng, world, calendar
        self.now = now.astimezone(CST)
        self.users = {u.username: u for u in users}
        self.by_area: dict[str, list[User]] = {}
        for user in self.users.values():
            if user.role == "inspector" and user.level != "third_party":
                self.by_area.setdefault(user.area_code or "", []).append(user)
        self.of_area: dict[str, list[Compound]] = {}
        for compound in world.compounds:
            for code in (compound.community_code, compound.street_code, DISTRICT_CODE):
                self.of_area.setdefault(code, []).append(compound)

    def all(self) -> list[Round]:
        """Every round, oldest first."""
        plans = [
            *self._campaign(),
            *self._weekly(),
            *self._ten_day(),
            *self._monthly(),
            self._lookback(),
        ]
        plans = [p for p in plans if p.period[2] >= self.now.date() or self.rng.random() < self.scale]
        return sorted((self._walk(plan) for plan in plans), key=lambda r: (r.starts_on, r.id))

    def _weekly(self) -> Iterable[_Plan]:
        for back in range(WEEKS - 1, -1, -1):
            period = period_of(RoundLevel.WEEKLY, self.now.date() - 7 * back * DAY)
            days = workdays(self.calendar, period[1], period[2]) or [period[1]]
            week = int(period[0].partition("-W")[2])
            for index, area in enumerate(a for a in self.world.areas if a.level == "community"):
                story = STORY_COMMUNITIES.get(area.name) if back < STORY_WEEKS else None
                user = self.users[story] if story else self.by_area[area.code][0]
                first = (index + back * 2) % len(days)
                yield _Plan(
                    RoundLevel.WEEKLY,
                    f"第{week}周周巡查",
                    user,
                    area.code,
                    "CK-WEEK",
                    period,
                    days[first : first + 2] or days,
                    self._choose(area.code, back),
                )

    def _choose(self, code: str, back: int) -> list[Compound]:
        group = self.of_area[code]
        if any(c.name in ROUND for c in group):
            return sorted(group, key=lambda c: list(ROUND).index(c.name))
        count = max(
            1,
            min(
                len(group),
                round(len(group) * WEEKLY_SHARE + self.rng.uniform(-0.5, 0.5)),
            ),
        )
        start = (back * count) % len(group)
        return [group[(start + n) % len(group)] for n in range(count)]

    def _ten_day(self) -> Iterable[_Plan]:
        day = self.now.date()
        for _ in range(TEN_DAY_PERIODS):
            period = period_of(RoundLevel.TEN_DAY, day)
            days = workdays(self.calendar, period[1], period[2]) or [period[1]]
            label = f"{day.month}月{period[0][-2:]}旬检查"
            for code, users in sorted(self.by_area.items()):
                if code.endswith("000") and code != DISTRICT_CODE:
                    group = self.rng.sample(self.of_area[code], TEN_DAY_COMPOUNDS)
                    yield _Plan(
                        RoundLevel.TEN_DAY,
                        label,
                        self.rng.choice(users),
                        code,
                        "CK-TEN",
                        period,
                        sorted(self.rng.sample(days, min(2, len(days)))),
                        group,
                    )
            day = period[1] - DAY

    def _monthly(self) -> Iterable[_Plan]:
        day = self.now.date()
        for _ in range(MONTHS):
            period = period_of(RoundLevel.MONTHLY, day)
            days = workdays(self.calendar, period[1], period[2])
            chosen = sorted(self.rng.sample(days, min(6, len(days))))
            group = self.rng.sample(self.of_area[DISTRICT_CODE], MONTHLY_COMPOUNDS)
            yield _Plan(
                RoundLevel.MONTHLY,
                f"{day.month}月月督查",
                self.rng.choice(self.by_area[DISTRICT_CODE]),
                DISTRICT_CODE,
                "CK-MONTH",
                period,
                chosen,
                group,
            )
            day = period[1] - DAY

    def _campaign(self) -> Iterable[_Plan]:
        first = self.now.date() - CAMPAIGN_FIRST_DAY
        last = first + CAMPAIGN_LENGTH
        days = workdays(self.calendar, first, last)
        chosen = {c.key for c in self.rng.sample(self.world.compounds, CAMPAIGN_COMPOUNDS)}
        joint = CAMPAIGN_JOINT_ROUNDS
        for code, users in sorted(self.by_area.items()):
            if not code.endswith("000") or code == DISTRICT_CODE:
                continue
            group = [c for c in self.of_area[code] if c.key in chosen]
            for index, user in enumerate(users):
                title = "大排查大整治大提升专项检查"
                if index == 0 and joint:
                    title, joint = "大排查大整治大提升联合检查", joint - 1
                period = (first.isoformat(), first, last)
                start = self.rng.randrange(len(days) - 2)
                yield _Plan(
                    RoundLevel.AD_HOC,
                    title,
                    user,
                    code,
                    "CK-TEN",
                    period,
                    days[start : start + 3],
                    group[index :: len(users)],
                )

    def _lookback(self) -> _Plan:
        last = self.now.date() - 20 * DAY
        days = workdays(self.calendar, last - 4 * DAY, last) or [last]
        group = self.rng.sample(self.of_area[DISTRICT_CODE], LOOKBACKS)
        return _Plan(
            RoundLevel.LOOKBACK,
            "“回头看”复查",
            self.by_area[DISTRICT_CODE][0],
            DISTRICT_CODE,
            "CK-WEEK",
            (days[0].isoformat(), days[0], days[-1]),
            days,
            group,
        )

    def _walk(self, plan: _Plan) -> Round:
        story = (
            plan.level is RoundLevel.WEEKLY
            and plan.period[2] >= self.now.date()
            and (plan.compounds[0].name in ROUND)
        )
        visits = self._story_visits(plan) if story else self._visits(plan)
        done = sum(v.state is VisitState.LEFT for v in visits)
        over = plan.period[2] < self.now.date()
        state = (
            RoundState.FINISHED
            if done and (over or done == len(visits))
            else RoundState.STARTED
            if done
            else RoundState.MISSED
            if over
            else RoundState.PLANNED
        )
        made = at_local(plan.period[1], 8)
        return Round(
            make_id(self.rng, made),
            plan.level,
            plan.period[0],
            plan.title,
            plan.inspector.username,
            plan.inspector.organisation,
            plan.area_code,
            plan.set_code,
            plan.period[1],
            plan.period[2],
            state,
            tuple(visits),
        )

    def _visits(self, plan: _Plan) -> list[Visit]:
        order = _walking_order(plan.compounds)
        share = -(-len(order) // len(plan.days))
        visits = []
        missed_all = self.rng.random() < 0.012
        for seq, compound in enumerate(order, start=1):
            day = plan.days[min((seq - 1) // share, len(plan.days) - 1)]
            hour = 8.6 + ((seq - 1) % share) * min(1.15, 8.2 / share) + self.rng.uniform(0, 0.3)
            arrived = at_local(day, hour if hour < 11.6 else hour + 1.6)
            done = not missed_all and self.rng.random() < DONE_SHARE
            visits.append(self._visit(plan, compound, seq, arrived, done))
        return visits

    def _story_visits(self, plan: _Plan) -> list[Visit]:
        """The first two compounds were walked in the last hours; the rest is for the live demo."""
        visits = []
        for seq, compound in enumerate(plan.compounds, start=1):
            arrived = self.now - timedelta(minutes=155 - 55 * seq)
            walked = seq <= 2 and arrived.date() >= plan.period[1]
            visits.append(self._visit(plan, compound, seq, arrived if walked else self.now + DAY, walked))
        return visits

    def _visit(self, plan: _Plan, compound: Compound, seq: int, arrived: datetime, done: bool) -> Visit:
        made = make_id(self.rng, at_local(plan.period[1], 8))
        left = arrived + timedelta(minutes=self.rng.uniform(18, 45))
        name = plan.inspector.username
        if left > self.now:
            return Visit(made, compound, name, plan.set_code, seq, VisitState.PLANNED)
        if not done:
            state = VisitState.MISSED if plan.period[2] < self.now.date() else VisitState.PLANNED
            return Visit(made, compound, name, plan.set_code, seq, state)
        delay = timedelta(minutes=self.rng.choice((0.2, 0.3, 0.4, 14, 48)))
        return Visit(
            made,
            compound,
            name,
            plan.set_code,
            seq,
            VisitState.LEFT,
            arrived,
            left,
            min(left + delay, self.now),
            entrance(self.rng, self.world, compound),
        )


def _walking_order(compounds: Sequence[Compound]) -> list[Compound]:
    """Always the nearest compound next, from the most southern one."""
    left = sorted(compounds, key=lambda c: c.outline.centroid.y)
    order = [left.pop(0)]
    while left:
        here = order[-1].outline.centroid
        order.append(
            left.pop(
                min(
                    range(len(left)),
                    key=lambda i: left[i].outline.centroid.distance(here),
                )
            )
        )
    return order
