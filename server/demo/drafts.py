"""Notices while they are being made: who issues, what each item demands, and by when."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from server.calendars.rules import CalendarView, Term, Unit, due
from server.checklists.rules import Catalogue, Item, default_term, law_text
from server.demo.accounts import User
from server.demo.cases import Answer, CaseFile, Letter, LetterItem, Verdict
from server.demo.moments import make_id
from server.demo.people import Firm, Organisation
from server.demo.phrases import phrases
from server.documents.rules import DocumentType, default_pattern, number_text
from server.notices.rules import ItemState, later_of, notice_term, state_of
from server.notices.rules import NoticeState as State

PATTERN = default_pattern(DocumentType.N2)


@dataclass(frozen=True, slots=True)
class Quota:
    """How many cases are open today, by why. ``rectifying`` is what the rest may not exceed."""

    confirmed: int = 6
    unserved: int = 8
    overdue: int = 34  # and four of the story
    replied: int = 57  # and four of the story
    dispatched: int = 9  # of the answered ones somebody is on the way to
    rectifying: int = 180
    returned: int = 2
    reopened: int = 2

    def scaled(self, scale: float) -> Quota:
        return Quota(*(max(1, round(getattr(self, name) * scale)) for name in self.__slots__))


@dataclass(slots=True)
class DraftItem:
    """One finding of a draft with its term, its deadline, and later what became of it."""

    id: uuid.UUID
    file: CaseFile
    law: str
    demand: str
    term: Term
    printed: datetime
    natural_end: datetime | None
    provisional: bool
    due_at: datetime
    state: ItemState = ItemState.PENDING
    answers: list[Answer] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)


@dataclass(slots=True)
class Draft:
    """A notice with its planned moments. ``acknowledged_at`` None: not yet signed for."""

    id: uuid.UUID
    organisation: str
    firm: Firm
    compound: str
    issued_at: datetime
    issued_by: User
    acknowledged_at: datetime | None
    acknowledged_by: User
    receipt: dict[str, str]
    items: list[DraftItem]
    order_no: int = 1
    previous: uuid.UUID | None = None
    superseded: bool = False


class Office:
    """Writes drafts: knows the catalogue, the calendar, and who holds which desk."""

    def __init__(
        self,
        rng: Random,
        catalogue: Catalogue,
        calendar: CalendarView,
        users: Iterable[User],
        firms: Iterable[Firm],
    ) -> None:
        self.rng, self.calendar = rng, calendar
        self.items: Mapping[str, Item] = {i.code: i for i in catalogue.items}
        self.users = {u.username: u for u in users}
        self.firms = {key: firm for firm in firms for key in firm.compounds}
        self.handlers = {u.firm: u for u in self.users.values() if u.role == "firm_handler"}
        self.supervisors: dict[str, User] = {}
        self.inspectors: dict[str, list[User]] = {}
        for user in self.users.values():
            if user.role == "supervisor":
                self.supervisors.setdefault(user.organisation, user)
            if user.role == "inspector" and user.level in ("street", "district"):
                self.inspectors.setdefault(user.area_code or "", []).append(user)

    def supervisor(self, organisation: str) -> User:
        return self.supervisors[organisation]

    def reviewer(self, file: CaseFile) -> User:
        """An inspector of the street who did not find it."""
        group = self.inspectors[file.sighting.compound.street_code]
        return self.rng.choice([u for u in group if u.username != file.sighting.found_by])

    def draft(
        self,
        files: list[CaseFile],
        organisation: str,
        issued_at: datetime,
        acknowledged_at: datetime | None,
        first: Draft | None = None,
    ) -> Draft:
        """A notice about the findings ``files`` of one compound; a second order where ``first`` is given."""
        compound = files[0].sighting.compound
        firm = self.firms[compound.key]
        handler = self.handlers[firm.key]
        receipt = {
            "name": handler.name,
            "title": self.rng.choice(phrases()["words"]["acknowledge"]),
            "phone": handler.phone,
        }
        items = [self._item(f, issued_at, acknowledged_at, first is not None) for f in files]
        return Draft(
            make_id(self.rng, issued_at),
            organisation,
            firm,
            compound.key,
            issued_at,
            self.supervisor(organisation),
            acknowledged_at,
            handler,
            receipt,
            items,
            2 if first else 1,
            first.id if first else None,
        )

    def _item(self, file: CaseFile, issued: datetime, served: datetime | None, second: bool) -> DraftItem:
        item = self.items[file.sighting.item]
        plain = default_term(item)
        n, unit = notice_term(plain.n, plain.unit.value)
        term = Term(max(1, n // 2) if second else n, Unit(unit))
        printed = due(issued, term, self.calendar)
        actual = due(served, term, self.calendar) if served else printed
        high = file.sighting.compound.height_class == "high_rise"
        final = later_of(printed.at, actual.at)
        return DraftItem(
            make_id(self.rng, issued),
            file,
            law_text(item, high),
            item.requirement,
            term,
            printed.at,
            printed.basis.nominal if printed.rolled else None,
            actual.provisional if final != printed.at else printed.provisional,
            final,
        )


def number_all(
    drafts: Iterable[Draft], units: Mapping[str, Organisation]
) -> dict[uuid.UUID, tuple[int, int, str]]:
    """(year, sequence, number) of every notice: gap-free per organisation and year, in order of issue."""
    last: dict[tuple[str, int], int] = {}
    numbers = {}
    for draft in sorted(drafts, key=lambda d: (d.issued_at, d.id)):
        year = draft.issued_at.year
        sequence = last.get((draft.organisation, year), 0) + 1
        last[(draft.organisation, year)] = sequence
        word = units[draft.organisation].document_word
        assert word is not None
        numbers[draft.id] = (year, sequence, number_text(PATTERN, word, year, sequence))
    return numbers


def finished(draft: Draft, number: tuple[int, int, str], now: datetime) -> Letter:
    """The frozen notice as it stands at ``now``."""
    served = draft.acknowledged_at if draft.acknowledged_at and draft.acknowledged_at <= now else None
    items = tuple(
        LetterItem(
            i.id,
            seq,
            i.file.sighting.id,
            i.file.sighting.item,
            i.law,
            i.demand,
            i.term.n,
            i.term.unit.value,
            i.printed,
            i.due_at if served else i.printed,
            i.natural_end,
            i.provisional,
            i.state,
            tuple(i.answers),
            tuple(i.verdicts),
        )
        for seq, i in enumerate(draft.items, start=1)
    )
    state = state_of([i.state for i in items], superseded=draft.superseded) if served else State.ISSUED
    return Letter(
        draft.id,
        draft.organisation,
        number[0],
        number[1],
        number[2],
        draft.firm.key,
        draft.compound,
        draft.order_no,
        draft.previous,
        state,
        draft.issued_at,
        draft.issued_by.username,
        draft.issued_by.name,
        draft.issued_by.phone,
        served,
        draft.acknowledged_by.username if served else None,
        draft.receipt if served else None,
        items,
    )
