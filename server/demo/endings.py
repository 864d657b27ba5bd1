"""How the items of notices end: still open, answered, overdue, or written off in time or late."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from random import Random

from server.demo.cases import Answer, Verdict
from server.demo.drafts import Draft, DraftItem, Office, Quota
from server.demo.moments import in_duty, make_id
from server.demo.names import STREETS
from server.demo.phrases import remedy, say
from server.demo.spots import Spot
from server.demo.story import Fate
from server.demo.world import ROUND
from server.findings.rules import FindingAction
from server.notices.rules import ItemState

FAIL_SHARE = 0.15  # of first re-checks; with the second ones 13 of 100 fail
SECOND_ORDER_SHARE = 0.7
IN_TIME_SHARE = 76 / 94  # of those that were closed
RECENT = timedelta(days=16)
_LATE_STREETS = dict(zip(STREETS, (5, 2, 7, 4, 6, 2, 3, 1, 4, 2, 2), strict=True))


class Endings:
    """Decides and plays the endings. Nothing happens after ``now``."""

    def __init__(self, rng: Random, office: Office, now: datetime, drafts: list[Draft]) -> None:
        self.rng, self.office, self.now, self.drafts = rng, office, now, drafts

    def begin(self, draft: Draft) -> None:
        """Issue and service, as lines in every case of the notice."""
        action = FindingAction.ISSUE_NOTICE if draft.order_no == 1 else FindingAction.ISSUE_SECOND_ORDER
        for item in draft.items:
            file = item.file
            file.letter, file.orders, file.overdue_at = draft.id, draft.order_no, None
            file.due_at, file.due_provisional = item.printed, item.provisional
            file.do(action, draft.issued_at, draft.issued_by.username, notice_id=draft.id)
            if draft.acknowledged_at:
                file.due_at = item.due_at
                file.do(
                    FindingAction.ACKNOWLEDGE,
                    draft.acknowledged_at,
                    draft.acknowledged_by.username,
                    notice_id=draft.id,
                )

    def decide(self, quota: Quota) -> None:
        """Give every served item its ending, so that the open ones fill the quota."""
        served = [(d, i) for d in list(self.drafts) if d.acknowledged_at for i in d.items]
        running = [p for p in served if p[1].due_at > self.now]
        expired = [p for p in served if p[1].due_at <= self.now]
        fates: dict[int, Fate] = {}
        overdue = self._draw(expired, quota.overdue, self._overdue_weight)
        replied = self._draw(
            [p for p in running if self._age(p) > timedelta(hours=5)],
            round(quota.replied * 0.78),
            lambda p: 1.0,
        )
        left = [p for p in expired if p not in overdue]
        replied += self._draw(left, quota.replied - len(replied), self._recent_weight)
        for pairs, fate in ((overdue, Fate.OVERDUE), (replied, Fate.REPLIED)):
            fates.update((id(p[1]), fate) for p in pairs)
        resting = sorted((p for p in running if id(p[1]) not in fates), key=self._age)
        fresh = [p for p in resting if self._age(p) < timedelta(hours=30)]
        keep = max(quota.rectifying, len(fresh))
        fates.update((id(p[1]), Fate.RECTIFYING) for p in resting[:keep])
        for draft, item in served:
            in_time = draft.acknowledged_at and self.rng.random() < IN_TIME_SHARE
            self.end(draft, item, fates.get(id(item), Fate.IN_TIME if in_time else Fate.LATE))
        for _, item in replied[: quota.dispatched]:
            self._dispatch(item)

    def end(self, draft: Draft, item: DraftItem, fate: Fate) -> None:
        """Play one ending."""
        served = draft.acknowledged_at
        if fate is Fate.RECTIFYING or served is None:
            return
        if fate is Fate.OVERDUE:
            self._expire(item, self.now)
            return
        at = self._answer_moment(item, served, fate)
        self._expire(item, at)
        self._answer(draft, item, at)
        if fate is Fate.REPLIED:
            return
        fails = (
            self.rng.random() < FAIL_SHARE
            and self.now - at > timedelta(days=9)
            and (draft.organisation != "district")
        )
        checked = self._after(at, self.rng.uniform(2, 40))
        self._review(item, checked, passed=not fails)
        if fails:
            self._again(draft, item, checked)

    def relapse(self, count: int) -> None:
        """A look-back finds that some closed cases have come back."""
        old = [
            i.file
            for d in self.drafts
            for i in d.items
            if i.file.closed_at
            and i.file.overdue_at is None
            and timedelta(days=25) < self.now - i.file.closed_at < timedelta(days=60)
        ]
        for file in self.rng.sample(old, min(count, len(old))):
            boss = self.office.supervisor(f"street-{file.sighting.compound.street_code}")
            at = self._after(self.now - timedelta(days=2), self.rng.uniform(1, 20))
            file.orders = file.failed_reviews = 0
            file.do(FindingAction.REOPEN, at, boss.username, reason="回头看发现问题复发")

    def _again(self, draft: Draft, item: DraftItem, failed_at: datetime) -> None:
        """After a failed re-check: a second order, or the firm corrects at once."""
        if self.rng.random() < SECOND_ORDER_SHARE:
            issued = self._after(failed_at, self.rng.uniform(1, 14))
            served = self._after(issued, self.rng.uniform(0.5, 8))
            second = self.office.draft([item.file], draft.organisation, issued, served, first=draft)
            self.drafts.append(second)
            draft.superseded = True
            self.begin(second)
            draft, item = second, second.items[0]
        last = item.file.acts[-1].at
        latest = min(item.due_at, last + (self.now - last) * 0.5)
        at = last + (max(latest, last + timedelta(hours=1)) - last) * self.rng.uniform(0.3, 0.9)
        self._answer(draft, item, at)
        self._review(item, self._after(at, self.rng.uniform(2, 30)), passed=True)

    def _answer_moment(self, item: DraftItem, served: datetime, fate: Fate) -> datetime:
        """When the firm answered: before the deadline, or after it for LATE and some of REPLIED."""
        if fate is Fate.LATE and item.due_at < self.now - timedelta(hours=8):
            hours = min(self.rng.lognormvariate(3.2, 0.8), 168)
            latest = self.now - timedelta(hours=3)
            return min(
                item.due_at + timedelta(hours=hours),
                item.due_at + (latest - item.due_at) * 0.8,
            )
        if fate is Fate.REPLIED:
            first = max(served, self.now - timedelta(hours=62))
            return first + (self.now - first) * self.rng.uniform(0.15, 0.92)
        limit = min(item.due_at, served + (self.now - served) * 0.7)
        return served + (limit - served) * self.rng.betavariate(2.2, 1.6)

    def _expire(self, item: DraftItem, by: datetime) -> None:
        file = item.file
        if item.due_at < by and file.overdue_at is None:
            file.overdue_at = item.due_at
            file.do(FindingAction.EXPIRE, item.due_at, None, due_at=item.due_at.isoformat())

    def _answer(self, draft: Draft, item: DraftItem, at: datetime) -> None:
        by = draft.acknowledged_by.username
        answer = Answer(
            make_id(self.rng, at),
            remedy(self.rng, item.file.sighting.item),
            at,
            by,
            at > item.due_at,
        )
        item.answers.append(answer)
        item.state = ItemState.ANSWERED
        item.file.do(
            FindingAction.ANSWER,
            at,
            by,
            response_id=str(answer.id),
            text=answer.text,
            late=answer.late,
        )

    def _dispatch(self, item: DraftItem) -> None:
        """Somebody is on the way to re-check."""
        file = item.file
        user, answered = self.office.reviewer(file), file.acts[-1].at
        file.reviewer = user.username
        boss = self.office.supervisor(f"street-{file.sighting.compound.street_code}")
        at = answered + (self.now - answered) * 0.6
        file.do(
            FindingAction.DISPATCH_REVIEW, at, boss.username, reviewer_key=user.username, reviewer=user.name
        )

    def _review(self, item: DraftItem, at: datetime, passed: bool) -> None:
        file = item.file
        user = self.office.reviewer(file)
        spot = file.sighting.spot
        seen = Spot(
            spot.place,
            round(spot.lon + self.rng.gauss(0, 2e-5), 7),
            round(spot.lat + self.rng.gauss(0, 1.6e-5), 7),
            round(self.rng.uniform(3, 14), 1),
        )
        text = say(self.rng, "pass" if passed else "fail")
        verdict = Verdict(
            make_id(self.rng, at),
            item.answers[-1].id,
            passed,
            text,
            seen,
            at - timedelta(seconds=self.rng.uniform(1, 20)),
            at,
            user.username,
        )
        item.verdicts.append(verdict)
        item.state = ItemState.PASSED if passed else ItemState.FAILED
        file.failed_reviews += 0 if passed else 1
        file.reviewer = None
        action = FindingAction.PASS_REVIEW if passed else FindingAction.FAIL_REVIEW
        file.do(action, at, user.username, review_id=str(verdict.id), text=text)

    def _after(self, moment: datetime, hours: float) -> datetime:
        """In duty hours after ``moment`` where that is still the past, else soon after it."""
        at = in_duty(self.rng, self.office.calendar, moment, hours)
        return at if at < self.now else moment + (self.now - moment) * self.rng.uniform(0.2, 0.7)

    def _draw(
        self,
        pairs: Sequence[tuple[Draft, DraftItem]],
        count: int,
        weight: Callable[[tuple[Draft, DraftItem]], float],
    ) -> list[tuple[Draft, DraftItem]]:
        """``count`` pairs without repetition, likelier with more weight."""
        keyed = sorted(pairs, key=lambda p: -(self.rng.random() ** (1 / max(weight(p), 1e-6))))
        return keyed[:count]

    def _age(self, pair: tuple[Draft, DraftItem]) -> timedelta:
        assert pair[0].acknowledged_at
        return self.now - pair[0].acknowledged_at

    def _recent_weight(self, pair: tuple[Draft, DraftItem]) -> float:
        return 1.0 if self.now - pair[1].due_at < timedelta(days=4) else 0.001

    def _overdue_weight(self, pair: tuple[Draft, DraftItem]) -> float:
        sighting = pair[1].file.sighting
        street = _LATE_STREETS[STREETS[int(sighting.compound.street_code[6:9]) - 1]]
        recent = 1.0 if self.now - pair[1].due_at < RECENT else 0.0005
        return street * recent * (0.1 if sighting.compound.name in ROUND else 1.0)
