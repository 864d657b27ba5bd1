"""移送 in the demo: what went to which department, and how far each has come with it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from server.calendars.rules import Term, Unit, due
from server.demo.accounts import User
from server.demo.cases import CaseFile
from server.demo.drafts import Office
from server.demo.hazards import Hazards, Sighting
from server.demo.moments import in_duty, make_id
from server.demo.people import Organisation
from server.demo.phrases import say, spot_kind
from server.demo.spots import place_spot
from server.demo.world import World
from server.findings.rules import FindingAction
from server.transfers.rules import TransferState

ANSWER_TERM = Term(3, Unit.WORKDAY)
SILENT_SHARE, REPORTED_SHARE = 0.35, 0.45
"""Of the transfers whose three working days are over: without any answer; of the rest: reported on."""
DECLINED = 2
DEPARTMENT_OF = {
    "IC": "dept-urban",
    "ES": "dept-urban",
    "GR": "dept-urban",
    "OR": "dept-police",
    "EB": "dept-fire",
    "FP": "dept-fire",
    "FE": "dept-fire",
    "PF": "dept-housing",
    "EL": "dept-market",
    "DS": "dept-market",
}


@dataclass(slots=True)
class Handover:
    """One transfer. ``sender`` and ``department`` are keys of units; who sent and answered, usernames."""

    id: uuid.UUID
    case: uuid.UUID
    sender: str
    department: str
    reason: str
    sent_at: datetime
    sent_by: str
    answer_due_at: datetime
    state: TransferState = TransferState.SENT
    answered_at: datetime | None = None
    answered_by: str | None = None
    handler: str | None = None
    handler_phone: str | None = None
    answer_text: str | None = None
    reported_at: datetime | None = None
    result: str | None = None
    concluded_at: datetime | None = None

    @property
    def holder(self) -> str | None:
        """The department that has the case; None once it declined."""
        return None if self.state is TransferState.DECLINED else self.department


class HandedStep(StrEnum):
    """How far a written-out transfer has come."""

    SENT = "sent"
    ACCEPTED = "accepted"
    REPORTED = "reported"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class _Line:
    """``hours`` before now the letter went out; the hazard was seen two hours earlier."""

    compound: str
    item: str
    place: str
    text: str
    hours: float
    step: HandedStep


_LINES = (
    _Line("岸禾新村", "EB-04", "11号楼2单元电梯", "住户推电动自行车进电梯上楼，入户充电", 5, HandedStep.SENT),
    _Line("禾汀佳园", "EB-01", "7号楼北侧", "3层窗口垂下电线3根，劝阻无效", 350, HandedStep.SENT),
    _Line("汀禾苑", "FP-09", "5号楼2单元18层", "走廊尽头私装铁门一道，门锁闭", 340, HandedStep.ACCEPTED),
    _Line(
        "澄望阁", "FE-04", "消防控制室", "自动报警主机停用，故障灯亮，无停用报告", 420, HandedStep.REPORTED
    ),
    _Line(
        "澄望阁", "EB-02", "3号楼1单元门厅", "门厅停放电动自行车2辆，车主拒不挪走", 390, HandedStep.DECLINED
    ),
    _Line("汀禾苑", "IC-01", "2号楼楼顶", "楼顶搭建钢架房，正在焊接，约20平方米", 4, HandedStep.SENT),
    _Line("禾汀佳园", "IC-02", "19号楼1层院落", "院内搭建阳光房约15平方米", 360, HandedStep.ACCEPTED),
)


class Handovers:
    """Plays transfers. Has dice of its own, so that the rest of the district falls as it would without."""

    def __init__(self, rng: Random, office: Office, units: Mapping[str, Organisation], now: datetime) -> None:
        self.rng, self.office, self.units, self.now = rng, office, units, now
        self.made: list[Handover] = []
        self.people: dict[str, list[User]] = {}
        for user in office.users.values():
            if user.role == "department":
                self.people.setdefault(user.organisation, []).append(user)

    def send(self, file: CaseFile, at: datetime, boss: str, unit: Organisation, reason: str) -> Handover:
        """The letter goes out."""
        limit, sender = due(at, ANSWER_TERM, self.office.calendar).at, self.office.users[boss].organisation
        made = Handover(make_id(self.rng, at), file.sighting.id, sender, unit.key, reason, at, boss, limit)
        file.do(
            FindingAction.TRANSFER,
            at,
            boss,
            transfer_id=str(made.id),
            organisation_key=unit.key,
            organisation=unit.name,
            reason=reason,
            answer_due_at=limit.isoformat(),
        )
        self.made.append(made)
        return made

    def settled(self, made: Handover, file: CaseFile, done: datetime, boss: str, text: str) -> None:
        """Accepted, reported on and closed, the last at ``done``."""
        accepted = self._between(made.sent_at, done, 0.3)
        self._accept(made, file, accepted)
        self._report(made, file, self._between(accepted, done, 0.8))
        file.do(FindingAction.CONCLUDE_TRANSFER, done, boss, transfer_id=str(made.id), text=text)
        made.state, made.concluded_at = TransferState.CONCLUDED, done

    def running(self, made: Handover, file: CaseFile) -> None:
        """Not closed by now: some departments are silent, some at work, some have reported."""
        late = made.answer_due_at < self.now
        silent, reported = self.rng.random() < SILENT_SHARE, self.rng.random() < REPORTED_SHARE
        if silent or self.now - made.sent_at < timedelta(hours=12):
            return
        self._accept(made, file, self._between(made.sent_at, self.now, 0.4))
        if late and reported:
            self._report(made, file, self._between(file.acts[-1].at, self.now, 0.8))

    def decline(self, files: Mapping[uuid.UUID, CaseFile]) -> None:
        """A few come back as belonging to another."""
        silent = [h for h in self.made if h.state is TransferState.SENT and h.answer_due_at < self.now]
        for made in silent[:DECLINED]:
            self._decline(made, files[made.case], self._between(made.sent_at, self.now, 0.7))

    def tell(self, line: HandedStep, made: Handover, file: CaseFile) -> None:
        """Bring a written-out transfer as far as its line says."""
        at = self._between(made.sent_at, self.now, 0.15)
        if line is HandedStep.DECLINED:
            self._decline(made, file, at)
        elif line is not HandedStep.SENT:
            self._accept(made, file, at)
        if line is HandedStep.REPORTED:
            self._report(made, file, self._between(at, self.now, 0.6))

    def _accept(self, made: Handover, file: CaseFile, at: datetime) -> None:
        self._answered(made, at, TransferState.ACCEPTED, "")
        told = {"transfer_id": str(made.id), "handler": made.handler, "text": ""}
        file.do(FindingAction.ACCEPT_TRANSFER, at, made.answered_by, **told)

    def _decline(self, made: Handover, file: CaseFile, at: datetime) -> None:
        text = say(self.rng, "transfer_declined")
        self._answered(made, at, TransferState.DECLINED, text)
        told = {"transfer_id": str(made.id), "handler": made.handler, "text": text}
        file.do(FindingAction.DECLINE_TRANSFER, at, made.answered_by, **told)

    def _answered(self, made: Handover, at: datetime, state: TransferState, text: str) -> None:
        who = self.rng.choice(self.people[made.department])
        made.state, made.answered_at, made.answered_by = state, at, who.username
        made.handler, made.handler_phone, made.answer_text = who.name, who.phone, text

    def _report(self, made: Handover, file: CaseFile, at: datetime) -> None:
        made.state, made.reported_at = TransferState.REPORTED, at
        made.result = say(self.rng, "transfer_result")
        told = {"transfer_id": str(made.id), "text": made.result, "photos": []}
        file.do(FindingAction.REPORT_TRANSFER, at, made.answered_by, **told)

    def _between(self, first: datetime, last: datetime, share: float) -> datetime:
        """In duty hours before ``share`` of the time from ``first`` to ``last`` where there are any."""
        span = (last - first) * share
        at = in_duty(self.rng, self.office.calendar, first, span.total_seconds() / 3600 * self.rng.random())
        return at if at < first + span else first + span * self.rng.uniform(0.4, 0.9)


def handed_over(
    rng: Random, world: World, hazards: Hazards, now: datetime
) -> list[tuple[Sighting, datetime, HandedStep]]:
    """The written-out transfers: what was seen, when the letter went out, how far it has come."""
    found = []
    for line in _LINES:
        compound = world.compound(line.compound)
        spot = place_spot(rng, world, compound, line.place, spot_kind(line.item))
        sent = now - timedelta(hours=line.hours)
        seen = sent - timedelta(hours=2, minutes=rng.uniform(5, 40))
        received = seen + timedelta(seconds=12)
        sighting = hazards.record(compound, line.item, spot, "inspector01", seen, received, text=line.text)
        found.append((sighting, sent, line.step))
    return found
