"""Notices as rows, and each as the PDF that its hash names.

The annex of photographs is rendered for notices that somebody still works with; those of settled old
cases go without, which saves a minute and 200 MB at the first start.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from shapely.geometry import Point
from sqlalchemy.orm import Session

from server.calendars import rules as calendar_rules
from server.calendars.rules import CST, CalendarView, Term, Unit
from server.checklists.rules import Item, load_catalogue
from server.core import context as house
from server.core.storage import Storage
from server.demo.accounts import User
from server.demo.album import Picture
from server.demo.bulk import copy_rows
from server.demo.cases import Case, Letter, LetterItem
from server.demo.district import District
from server.demo.people import Firm
from server.demo.registry import Registry, area_path
from server.demo.seed_photos import WORKERS, Prints
from server.demo.world import Compound
from server.documents import paper, signing
from server.documents import service as documents
from server.documents.models import NumberSeries, OfficialDocument
from server.documents.paper import stored
from server.documents.paper.phrases import complete
from server.documents.rules import KINDS, DocumentState, DocumentType, copy_label
from server.notices.models import (
    Notice,
    NoticeItem,
    Response,
    Review,
    ServiceAct,
    ServiceActNotice,
    ServiceConsent,
)
from server.notices.procedure_rules import ResponseState, asked_of_firm
from server.notices.rules import SETTLED
from server.notices.serving_rules import AttemptState, Method
from server.photos.models import PhotoStage
from server.photos.rules import PRINT_PX

DOCUMENT_TYPE = DocumentType.N2
DEMO_SEAL = documents.DEMO_SEAL
SERVE_TERM = Term(3, Unit.WORKDAY)


@dataclass(slots=True)
class Press:
    """Everything that printing a notice needs to look up."""

    district: District
    registry: Registry
    storage: Storage
    prints: Prints
    pictures: Mapping[uuid.UUID, Sequence[Picture]]
    now: datetime
    calendar: CalendarView
    cases: dict[uuid.UUID, Case] = field(default_factory=dict)
    compounds: dict[str, Compound] = field(default_factory=dict)
    firms: dict[str, Firm] = field(default_factory=dict)
    area_names: dict[str, str] = field(default_factory=dict)
    unit_names: dict[str, str] = field(default_factory=dict)
    user_names: dict[str, str] = field(default_factory=dict)
    user_phones: dict[str, str] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)

    def __post_init__(self) -> None:
        district = self.district
        self.cases = {c.sighting.id: c for c in district.cases}
        self.compounds = {c.key: c for c in district.world.compounds}
        self.firms = {f.key: f for f in district.organisations.firms}
        self.area_names = {a.code: a.name for a in district.world.areas}
        self.unit_names = {u.key: u.name for u in district.organisations.units}
        self.user_names = {u.username: u.name for u in district.users}
        self.user_phones = {u.username: u.phone for u in district.users}
        self.items = {i.code: i for i in load_catalogue().items}


def write_letters(session: Session, press: Press, calendar_version: str) -> dict[uuid.UUID, bytes]:
    """All notices with items, answers, re-checks and number series; returns their documents' SHA-256."""
    letters = press.district.letters
    numbers = {letter.id: letter.number for letter in letters}

    # Composed here, since a thread has no application context; rendered and stored side by side.
    composed = [_paper(press, n, numbers.get(n.previous) if n.previous else None) for n in letters]
    signer = signing.of_settings(house.settings())

    def printed(each: tuple[Letter, paper.Paper]) -> bytes:
        letter, sheet = each
        signed = signer.sign(paper.render(sheet), letter.issued_at, sheet.cover.issuer)
        return bytes.fromhex(press.storage.put(signed))

    with ThreadPoolExecutor(WORKERS) as pool:
        keys = pool.map(printed, zip(letters, composed, strict=True))
        hashes = {letter.id: key for letter, key in zip(letters, keys, strict=True)}
    ordered = sorted(letters, key=lambda n: n.order_no)
    sheets = {letter.id: sheet for letter, sheet in zip(letters, composed, strict=True)}
    copy_rows(
        session,
        OfficialDocument,
        (_register(press, n, sheets[n.id], hashes[n.id], signer.subject) for n in ordered),
    )
    copy_rows(session, Notice, (_notice(press, n, hashes[n.id], calendar_version) for n in ordered))
    parties = {code: i.parties[0].value if i.parties else "firm" for code, i in press.items.items()}
    copy_rows(session, NoticeItem, (_item(n, i, parties[i.item]) for n in letters for i in n.items))
    copy_rows(session, Response, _responses(press.registry, letters))
    copy_rows(session, Review, _reviews(press.registry, letters))
    copy_rows(session, NumberSeries, _series(press.registry, letters))
    _write_service(session, press)
    return hashes


def _write_service(session: Session, press: Press) -> None:
    """Every firm has agreed to electronic service, under which its notices were served when signed for."""
    registry = press.registry
    handlers = {user.firm: user for user in press.district.users if user.role == "firm_handler"}
    consents = {key: registry.new() for key in registry.firms}
    copy_rows(session, ServiceConsent, (_consent(press, consents[key], handlers[key]) for key in consents))
    served = [(letter, registry.new()) for letter in press.district.letters if letter.acknowledged_at]
    acts = (_act(registry, letter, act, consents[letter.firm]) for letter, act in served)
    copy_rows(session, ServiceAct, acts)
    links = ({"service_act_id": act, "notice_id": letter.id} for letter, act in served)
    copy_rows(session, ServiceActNotice, links)


def _consent(press: Press, consent: uuid.UUID, handler: User) -> dict[str, Any]:
    made = press.registry.made
    return {
        "id": consent,
        "firm_id": press.registry.firms[str(handler.firm)],
        "scope": "全部通知书和函件",
        "channels": ["portal"],
        "signer_name": handler.name,
        "signer_title": "项目主管",
        "signer_phone": handler.phone,
        "signed_on": made.astimezone(CST).date(),
        "paper_number": "",
        "recorded_at": made,
        "recorded_by": press.registry.users[handler.username],
    }


def _act(registry: Registry, letter: Letter, act: uuid.UUID, consent: uuid.UUID) -> dict[str, Any]:
    return {
        "id": act,
        "firm_id": registry.firms[letter.firm],
        "method": Method.ELECTRONIC,
        "state": AttemptState.COMPLETED,
        "attempted_at": letter.issued_at,
        "served_at": letter.acknowledged_at,
        "received_at": letter.acknowledged_at,
        "place": "",
        "recipient": letter.receipt,
        "channel": "portal",
        "consent_id": consent,
        "remark": "",
    }


def token_of(letter: uuid.UUID) -> str:
    """The verification token of a demo notice: sixteen characters that its id gives."""
    return base64.urlsafe_b64encode(letter.bytes[-12:]).decode()


def document_of(letter: uuid.UUID) -> uuid.UUID:
    """The register's id of a demo notice's paper."""
    return uuid.uuid5(letter, "document")


def _paper(press: Press, letter: Letter, previous: str | None) -> paper.Paper:
    firm, token = press.firms[letter.firm], token_of(letter.id)
    compound = press.compounds[letter.compound]
    files = [press.cases[i.finding] for i in letter.items]
    where = press.area_names[compound.street_code] + press.area_names[compound.community_code] + compound.name
    finders = sorted({press.user_names[f.sighting.found_by] for f in files})
    kind, words = KINDS[DOCUMENT_TYPE], complete(DOCUMENT_TYPE, {})
    cover = paper.Cover(
        document_type=DOCUMENT_TYPE,
        title=words["title"],
        issuer=press.unit_names[letter.organisation],
        number=letter.number,
        issued_on=letter.issued_at.astimezone(CST).date(),
        verify_url=documents.verify_url(token),
        check_code=documents.check_code(token),
        copy_name=copy_label(kind.copies, kind.served),
        wording=words,
        demo=True,
        seal_label=DEMO_SEAL,
    )
    facts = paper.NoticeFacts(
        addressee=firm.name,
        uscc=firm.uscc,
        inspections=_inspections(files, where),
        inspectors=finders,
        items=[_line(press, seq, i) for seq, i in enumerate(letter.items, start=1)],
        photos=_sheets(press, letter, compound),
        contact_name=letter.contact,
        contact_phone=letter.contact_phone,
        order=2 if letter.order_no == 2 else 1,
        previous_number=previous or "",
    )
    return paper.Paper(cover, facts)


def _inspections(files: Sequence[Case], where: str) -> list[paper.Inspection]:
    visits = {f.sighting.visit.id: f.sighting.visit for f in files if f.sighting.visit}
    spans = [paper.Inspection(v.arrived_at, where, v.left_at) for v in visits.values() if v.arrived_at]
    return spans or [paper.Inspection(min(f.sighting.captured_at for f in files), where)]


def _line(press: Press, seq: int, item: LetterItem) -> paper.NoticeItem:
    sighting = press.cases[item.finding].sighting
    return paper.NoticeItem(
        index=seq,
        code=item.item,
        name=press.items[item.item].name,
        place=sighting.spot.place,
        facts=sighting.text,
        basis=item.legal_basis,
        requirement=item.requirement,
        due_at=item.printed_due_at,
        unit=item.unit,  # type: ignore[arg-type]
        count=item.term,
        natural_end=item.natural_end.astimezone(CST).date() if item.natural_end else None,
        provisional=item.provisional,
    )


def _sheets(press: Press, letter: Letter, compound: Compound) -> list[paper.PhotoSheet]:
    if letter.state in SETTLED:
        return []
    sheets: list[paper.PhotoSheet] = []
    for seq, item in enumerate(letter.items, start=1):
        for picture in press.pictures[item.finding]:
            if picture.stage is PhotoStage.BEFORE:
                printed = press.prints[picture.shot]
                sheets.append(
                    paper.PhotoSheet(
                        number=len(sheets) + 1,
                        item=seq,
                        kind=documents.KIND_NAMES[picture.kind],
                        place=f"{compound.name}{picture.spot.place}",
                        taken_at=picture.captured_at,
                        sha256=printed.sha256.hex(),
                        image=_print_copy(printed.jpeg),
                        lon=picture.spot.lon,
                        lat=picture.spot.lat,
                        accuracy_m=picture.spot.accuracy_m,
                        photo_id=picture.id,
                    )
                )
    return sheets


@cache
def _print_copy(jpeg: bytes) -> bytes:
    return paper.print_copy(jpeg, PRINT_PX)


def _register(
    press: Press, letter: Letter, sheet: paper.Paper, sha256: bytes, signed_by: str
) -> dict[str, Any]:
    registry = press.registry
    return {
        "id": document_of(letter.id),
        "document_type": DOCUMENT_TYPE,
        "organisation_id": registry.units[letter.organisation],
        "year": letter.year,
        "sequence": letter.sequence,
        "edition": 0,
        "number": letter.number,
        "title": sheet.cover.title,
        "addressee": sheet.facts.addressee,
        "firm_id": registry.firms[letter.firm],
        "path": area_path(press.compounds[letter.compound].community_code),
        "case_ids": [item.finding for item in letter.items],
        "refers_to_id": document_of(letter.previous) if letter.previous else None,
        "issued_at": letter.issued_at,
        "issued_by": registry.users[letter.issued_by],
        "state": DocumentState.IN_FORCE,
        "verify_token": token_of(letter.id),
        "sha256": sha256,
        "signed_by": signed_by,
        "template_version": 0,
        "facts": stored.dump(sheet.facts),
    }


def _notice(press: Press, letter: Letter, sha256: bytes, calendar_version: str) -> dict[str, Any]:
    registry = press.registry
    return {
        "id": letter.id,
        "document_type": DOCUMENT_TYPE,
        "organisation_id": registry.units[letter.organisation],
        "year": letter.year,
        "sequence": letter.sequence,
        "number": letter.number,
        "firm_id": registry.firms[letter.firm],
        "compound_id": registry.compounds[letter.compound],
        "path": area_path(press.compounds[letter.compound].community_code),
        "order_no": letter.order_no,
        "previous_id": letter.previous,
        "state": letter.state,
        "issued_at": letter.issued_at,
        "issued_by": registry.users[letter.issued_by],
        "contact": letter.contact,
        "contact_phone": letter.contact_phone,
        "serve_by": calendar_rules.due(letter.issued_at, SERVE_TERM, press.calendar).at,
        "served_at": letter.acknowledged_at,
        "service_method": Method.ELECTRONIC if letter.acknowledged_at else None,
        "opened_at": letter.acknowledged_at,
        "acknowledged_at": letter.acknowledged_at,
        "acknowledged_by": registry.users[letter.acknowledged_by] if letter.acknowledged_by else None,
        "receipt": letter.receipt,
        "verify_token": token_of(letter.id),
        "document_id": document_of(letter.id),
        "document_sha256": sha256,
        "calendar_version": calendar_version,
    }


def _item(letter: Letter, item: LetterItem, responsible: str) -> dict[str, Any]:
    return {
        "id": item.id,
        "notice_id": letter.id,
        "finding_id": item.finding,
        "seq": item.seq,
        "legal_basis": item.legal_basis,
        "requirement": item.requirement,
        "term": item.term,
        "unit": item.unit,
        "printed_due_at": item.printed_due_at,
        "due_at": item.due_at,
        "provisional": item.provisional,
        "state": item.state,
        "asks": asked_of_firm(responsible),
    }


def _responses(registry: Registry, letters: Sequence[Letter]) -> Iterator[dict[str, Any]]:
    for item in (i for n in letters for i in n.items):
        verdicts = {
            verdict.answer: ResponseState.PASSED if verdict.passed else ResponseState.FAILED
            for verdict in item.verdicts
        }
        for answer in item.answers:
            yield {
                "id": answer.id,
                "notice_item_id": item.id,
                "finding_id": item.finding,
                "text": answer.text,
                "submitted_at": answer.at,
                "submitted_by": registry.users[answer.by],
                "late": answer.late,
                "state": verdicts.get(answer.id, ResponseState.SUBMITTED),
            }


def _reviews(registry: Registry, letters: Sequence[Letter]) -> Iterator[dict[str, Any]]:
    for item in (i for n in letters for i in n.items):
        for verdict in item.verdicts:
            yield {
                "id": verdict.id,
                "finding_id": item.finding,
                "notice_item_id": item.id,
                "response_id": verdict.answer,
                "passed": verdict.passed,
                "text": verdict.text,
                "position": Point(verdict.spot.lon, verdict.spot.lat),
                "accuracy_m": verdict.spot.accuracy_m,
                "reviewed_at": verdict.at,
                "received_at": verdict.received_at,
                "reviewed_by": registry.users[verdict.by],
            }


def _series(registry: Registry, letters: Sequence[Letter]) -> list[dict[str, Any]]:
    last: dict[tuple[str, int], int] = {}
    for letter in letters:
        key = (letter.organisation, letter.year)
        last[key] = max(last.get(key, 0), letter.sequence)
    return [
        {
            "organisation_id": registry.units[unit],
            "document_type": DOCUMENT_TYPE,
            "year": year,
            "last": number,
        }
        for (unit, year), number in last.items()
    ]
