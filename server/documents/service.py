"""The register of official documents. What other features call:

    from server.documents import service as documents
    from server.documents.paper import InterviewFacts     # one class of facts per type, see paper/facts.py

    facts = InterviewFacts(addressee=firm.name, uscc=firm.uscc, at=…, place=…, attendees=…, reasons=[…],
                           photos=documents.sheets(session, [PhotoRef(photo, item=1, place="3号楼北侧")]))
    document = documents.issue(session, identity, organisation.id, facts, context.now,
                               path=notice.path, firm_id=notice.firm_id, case_ids=[finding.id, …],
                               refers_to=notice.document_id)
    findings.advance(…, data | documents.reference(document))  # the caller's own ledger line names it

`issue` does it all in the caller's transaction: it refuses text that the fonts lack (before a number is
taken), takes the next number of (organisation, type, year), prints PDF/A-3b by the organisation's template,
signs it, stores the file under its hash and writes the register's row; nothing commits here. The returned
row has `id`, `number`, `sha256` (32 bytes), `verify_token`, `title`, `issued_at`. The further parts (存根,
街道) are printed by a job.

`preview(session, organisation_id, facts, now)` is the same PDF without number, seal and traces.
`read(session, document)` gives the stored bytes; `GET /api/documents/{id}/file` serves them.
`of_cases(session, identity, case_ids)` lists the documents of cases for a case page.
`end` voids, `correct` issues a correction that supersedes; both write a line to every case of the
document. The commands `void_document` and `correct_document` use them for all types but N1 to N3, whose
documents end with their notice (`notices/ending.py`).

The module stays long because it is the interface; how things are done is in `paper/`, `signing.py`,
`templates.py`, `verifying.py`.
"""

from __future__ import annotations

import dataclasses
import hashlib
import secrets
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.accounts.models import Organisation
from server.core import context as house
from server.core import jobs, ledger
from server.core.clock import SHANGHAI
from server.core.db import new_id
from server.core.geo import lon_lat
from server.core.identity import Identity
from server.core.ledger import Act
from server.core.permissions import Permission, require_visible
from server.core.visibility import scope_of
from server.documents import errors, paper, queries, signing
from server.documents.models import DocumentTemplate, OfficialDocument
from server.documents.paper import Cover, Facts, Paper, PhotoSheet, stored
from server.documents.paper.phrases import complete
from server.documents.remote_signing import CannotSign
from server.documents.rules import (
    KINDS,
    TRANSITIONS,
    DocumentAction,
    DocumentState,
    DocumentType,
    copy_label,
    default_pattern,
    number_text,
)
from server.photos import prints
from server.photos import service as photos
from server.photos.models import Photo
from server.photos.rules import is_video

KIND_NAMES = {"O": "全景", "C": "近景", "M": "量尺", "L": "凭证", "T": "间隔", "V": "视频", "A": "整改后"}
DEMO_SEAL = "样章"
PREVIEW_SEQUENCE = 0


@dataclass(frozen=True, slots=True)
class PhotoRef:
    """A photograph for the annex: its row, the line of the table it belongs to (0: the whole document), and
    where it was taken in words."""

    photo: Photo
    item: int
    place: str


@dataclass(frozen=True, slots=True)
class Template:
    """What an organisation prints a type with: its own version or, as version 0, the packaged one."""

    version: int
    pattern: str
    arabic_date: bool
    wording: dict[str, str]


def sheets(session: Session, refs: Sequence[PhotoRef]) -> list[PhotoSheet]:
    """Annex entries for stored photographs, numbered in the order given. A video is printed as its poster,
    with the hash of the video."""
    return [_sheet(session, number, ref) for number, ref in enumerate(refs, start=1)]


def _sheet(session: Session, number: int, ref: PhotoRef) -> PhotoSheet:
    photo, spot = ref.photo, lon_lat(ref.photo.position)
    clip = photo.original_sha256 if is_video(photo.original_mime) else None
    return PhotoSheet(
        number=number,
        item=ref.item,
        kind="视频截图" if clip else KIND_NAMES.get(photo.kind, "照片"),
        place=legible(ref.place),
        taken_at=photo.captured_at,
        sha256=(clip or photo.sha256).hex(),
        image=prints.rendition(session, photo),
        lon=spot["lon"] if spot else None,
        lat=spot["lat"] if spot else None,
        accuracy_m=photo.accuracy_m,
        photo_id=photo.id,
    )


def legible(text: str) -> str:
    """What somebody else wrote, with □ for what the fonts lack.

    For words that the issuer quotes and may not change: a firm's reason, a remark made at a door, a slip that
    is handed over. Direction marks become visible likewise, so no line reads otherwise than it is stored.
    The words of a notice are refused instead: its issuer can put them otherwise.
    """
    missing = set(undrawable(text))
    return "".join("□" if char in missing else char for char in text)


def undrawable(text: str) -> list[str]:
    """Characters of `text` that no document can print, each once. Raises `FontsMissing`."""
    try:
        return paper.missing_glyphs([text])
    except paper.FontsMissing as error:
        raise errors.FontsMissing(str(error)) from error


def issue(
    session: Session,
    identity: Identity,
    organisation_id: uuid.UUID,
    facts: Facts,
    now: datetime,
    *,
    path: str | None,
    firm_id: uuid.UUID | None = None,
    case_ids: Sequence[uuid.UUID] = (),
    refers_to: uuid.UUID | None = None,
    document_id: uuid.UUID | None = None,
    verify_token: str | None = None,
) -> OfficialDocument:
    """Number, print, sign, store and register a document. Rights are the caller's to check.

    `verify_token` is given where a paper with its QR code is out already.

    Raises `NoDocumentWord`, `UndrawableText` (before a number is taken), `FontsMissing`, `SignatureFailed`,
    `NumberTaken`.
    """
    unit, template = _unit(session, organisation_id), template_of(session, organisation_id, facts.TYPE)
    document = OfficialDocument(
        id=document_id or new_id(),
        document_type=facts.TYPE,
        organisation_id=organisation_id,
        edition=0,
        addressee=facts.addressee,
        firm_id=firm_id,
        path=path,
        case_ids=list(dict.fromkeys(case_ids)),
        refers_to_id=refers_to,
        issued_at=now,
        issued_by=identity.user_id,
        state=DocumentState.IN_FORCE,
        template_version=template.version,
        verify_token=verify_token or secrets.token_urlsafe(12),
    )
    _refuse_undrawable(_paper(session, unit, template, document, facts))
    document.year = now.astimezone(SHANGHAI).year
    with _turn():
        document.sequence = queries.next_number(session, organisation_id, facts.TYPE, document.year)
        return _register(session, unit, template, document, facts)


def reference(document: OfficialDocument) -> dict[str, Any]:
    """What a ledger line says of a document."""
    return {
        "document_id": str(document.id),
        "document_type": document.document_type.value,
        "number": document.number,
        "document_sha256": document.sha256.hex(),
    }


def preview(
    session: Session,
    organisation_id: uuid.UUID,
    facts: Facts,
    now: datetime,
    template: Template | None = None,
) -> bytes:
    """The PDF as `issue` would print it, with 〔year〕第0号, no seal and no signature; nothing is stored."""
    unit = _unit(session, organisation_id)
    template = template or template_of(session, organisation_id, facts.TYPE)
    document = OfficialDocument(
        id=new_id(), document_type=facts.TYPE, organisation_id=organisation_id, issued_at=now, edition=0
    )
    sheet = _paper(session, unit, template, document, facts)
    _refuse_undrawable(sheet)
    return paper.render(
        dataclasses.replace(sheet, cover=dataclasses.replace(sheet.cover, seal=None, seal_label=""))
    )


def template_of(session: Session, organisation_id: uuid.UUID, document_type: DocumentType) -> Template:
    """The template in force."""
    own = queries.template(session, organisation_id, document_type)
    return as_template(document_type, own)


def as_template(document_type: DocumentType, own: DocumentTemplate | None) -> Template:
    """A stored version over the packaged template."""
    if own is None:
        return Template(0, default_pattern(document_type), False, complete(document_type, {}))
    return Template(own.version, own.number_pattern, own.arabic_date, complete(document_type, own.wording))


def visible(session: Session, identity: Identity, document_id: uuid.UUID) -> OfficialDocument:
    """The document; `NotFound` where it is absent or out of sight."""
    document = queries.get(session, document_id)
    require_visible(identity, Permission.DOCUMENT_READ, document)
    assert document is not None
    return document


def read(document: OfficialDocument) -> bytes:
    """The stored file, byte for byte as issued."""
    return house.storage().read(document.sha256.hex())


def of_cases(
    session: Session, identity: Identity, case_ids: Sequence[uuid.UUID], limit: int = 100
) -> list[OfficialDocument]:
    """Documents about any of these cases that `identity` may see, newest first."""
    about = OfficialDocument.case_ids.overlap(list(case_ids))
    return queries.page(session, visibility(identity), [about], None, limit)


def visibility(identity: Identity) -> sa.ColumnElement[bool]:
    """The WHERE clause of what `identity` may see of the register."""
    scope = scope_of(identity, Permission.DOCUMENT_READ)
    if scope.department_id is not None:
        held = OfficialDocument.department_ids.contains([scope.department_id])
        return sa.or_(OfficialDocument.organisation_id == scope.department_id, held)
    return scope.clause(OfficialDocument.path, OfficialDocument.firm_id)


def end(
    session: Session,
    identity: Identity,
    document_id: uuid.UUID,
    action: DocumentAction,
    reason: str,
    now: datetime,
    *,
    tell: bool = True,
) -> OfficialDocument:
    """Void a document, or mark it superseded. Raises `Ended`.

    A voided one gets a line in each of its cases, unless the caller's own line says it (`tell` False).
    """
    document = queries.locked(session, document_id)
    assert document is not None, "the caller has seen it"
    target = TRANSITIONS.get((document.state, action))
    if target is None:
        raise errors.Ended(state=document.state.value)
    document.state, document.ended_at, document.ended_by = target, now, identity.user_id
    document.end_reason = reason
    session.flush()
    if tell and action is DocumentAction.VOID:
        _tell(session, identity, document, "document.voided", now, {"reason": reason})
    return document


def correct(
    session: Session, identity: Identity, document_id: uuid.UUID, facts: Facts, reason: str, now: datetime
) -> OfficialDocument:
    """Issue a corrected document: same number with the mark 更正, the former one superseded."""
    former = end(session, identity, document_id, DocumentAction.CORRECT, reason, now)
    unit = _unit(session, former.organisation_id)
    template = template_of(session, former.organisation_id, former.document_type)
    document = OfficialDocument(
        id=new_id(),
        document_type=former.document_type,
        organisation_id=former.organisation_id,
        year=former.year,
        sequence=former.sequence,
        edition=former.edition + 1,
        addressee=facts.addressee,
        firm_id=former.firm_id,
        path=former.path,
        case_ids=former.case_ids,
        department_ids=former.department_ids,
        refers_to_id=former.refers_to_id,
        supersedes_id=former.id,
        issued_at=now,
        issued_by=identity.user_id,
        state=DocumentState.IN_FORCE,
        template_version=template.version,
    )
    _refuse_undrawable(_paper(session, unit, template, document, facts))
    with _turn():
        _register(session, unit, template, document, facts)
    _tell(
        session, identity, document, "document.corrected", now, {"reason": reason, "former": str(former.id)}
    )
    return document


def facts_of(session: Session, document: OfficialDocument, *, pictures: bool = False) -> Facts:
    """What a document says; with `pictures` the annex is drawn again. Raises `NoFacts` for old papers."""
    if not document.facts:
        raise errors.NoFacts()
    facts = stored.load(document.document_type, document.facts)
    if not pictures or not facts.photos:
        return facts
    rows = {row.id: row for row in photos.rows(session, [p.photo_id for p in facts.photos if p.photo_id])}
    drawn = [
        dataclasses.replace(sheet, image=prints.rendition(session, rows[sheet.photo_id]))
        if sheet.photo_id in rows
        else sheet
        for sheet in facts.photos
    ]
    return dataclasses.replace(facts, photos=drawn)


def print_part(session: Session, document: OfficialDocument, facts: Facts, part: int) -> bytes:
    """Another part of an issued document, by the template it was issued with; returns its SHA-256."""
    own = queries.template_version(
        session, document.organisation_id, document.document_type, document.template_version
    )
    template = as_template(document.document_type, own)
    unit = _unit(session, document.organisation_id)
    return _store(_signer(), _paper(session, unit, template, document, facts, part), document.issued_at)


def verify_url(token: str) -> str:
    """Where the QR code leads."""
    return f"{house.settings().origin}/v/{token}"


def check_code(token: str) -> str:
    """The eight hex digits under the QR code: for reading aloud over the phone."""
    return hashlib.sha256(token.encode()).hexdigest()[:8]


def _unit(session: Session, organisation_id: uuid.UUID) -> Organisation:
    unit = queries.organisation(session, organisation_id)
    if unit is None or not word_of(unit):
        raise errors.NoDocumentWord()
    return unit


def word_of(unit: Organisation) -> str:
    """机关代字; a firm numbers its own reports by its short name."""
    return unit.document_word or (unit.short_name if unit.kind.value == "firm" else "")


def _paper(
    session: Session,
    unit: Organisation,
    template: Template,
    document: OfficialDocument,
    facts: Facts,
    part: int | None = None,
) -> Paper:
    """The printed form of a register row; part None is the served one."""
    if not document.verify_token:
        document.verify_token = secrets.token_urlsafe(12)
    kind = KINDS[document.document_type]
    settings, office = house.settings(), queries.office(session, unit.id)
    seal = office.seal_sha256 if office else None
    label = office.seal_label if office else ""
    number = number_text(
        template.pattern,
        word_of(unit),
        document.year or document.issued_at.astimezone(SHANGHAI).year,
        document.sequence or PREVIEW_SEQUENCE,
        document.edition,
    )
    cover = Cover(
        document_type=document.document_type,
        title=title_of(facts, template),
        issuer=unit.name,
        number=number,
        issued_on=document.issued_at.astimezone(SHANGHAI).date(),
        verify_url=verify_url(document.verify_token),
        check_code=check_code(document.verify_token),
        copy_name=copy_label(kind.copies, kind.served if part is None else part),
        wording=template.wording,
        demo=settings.demo,
        seal=house.storage().read(seal.hex()) if seal else None,
        seal_label=label or (DEMO_SEAL if settings.demo else ""),
        arabic_date=template.arabic_date,
    )
    return Paper(cover, facts)


def title_of(facts: Facts, template: Template) -> str:
    """The title; an order whose items all run 立即 says so in its title."""
    if isinstance(facts, paper.OrderFacts) and all(item.unit == "now" for item in facts.items):
        return template.wording["title_now"]
    return template.wording["title"]


def _refuse_undrawable(sheet: Paper) -> None:
    try:
        missing = paper.undrawable(sheet)
    except paper.FontsMissing as error:
        raise errors.FontsMissing(str(error)) from error
    if missing:
        raise errors.UndrawableText(characters=missing)


def _register(
    session: Session, unit: Organisation, template: Template, document: OfficialDocument, facts: Facts
) -> OfficialDocument:
    """Bytes first, row after."""
    sheet = _paper(session, unit, template, document, facts)
    document.number, document.title = sheet.cover.number, sheet.cover.title
    signer = _signer()
    document.sha256 = _store(signer, sheet, document.issued_at)
    document.signed_by = signer.subject
    document.facts = stored.dump(facts)
    session.add(document)
    try:
        session.flush()
    except IntegrityError as error:
        if _constraint(error) == "uq_official_document_organisation_id_number":
            raise errors.NumberTaken(number=document.number) from error
        raise
    if len(KINDS[document.document_type].copies) > 1:
        jobs.enqueue(session, "documents.copies", document_id=str(document.id))
    return document


def _constraint(error: IntegrityError) -> str | None:
    return getattr(getattr(error.orig, "diag", None), "constraint_name", None)


def _signer() -> signing.Signer:
    try:
        return signing.of_settings(house.settings())
    except CannotSign as error:
        raise errors.SignatureFailed(str(error)) from error


@contextmanager
def _turn() -> Iterator[None]:
    """Nobody locks a number to wait for a signature that will not come."""
    try:
        with _signer().turn():
            yield
    except CannotSign as error:
        raise errors.SignatureFailed(str(error)) from error


def _store(signer: signing.Signer, sheet: Paper, at: datetime) -> bytes:
    """Print, sign, put into storage; returns the SHA-256 (32 bytes)."""
    try:
        signed = signer.sign(paper.render(sheet), at, sheet.cover.issuer)
    except CannotSign as error:
        raise errors.SignatureFailed(str(error)) from error
    return bytes.fromhex(house.storage().put(signed))


def _tell(
    session: Session,
    identity: Identity,
    document: OfficialDocument,
    act: str,
    now: datetime,
    data: dict[str, Any],
) -> None:
    for case_id in sorted(document.case_ids):
        ledger.append(session, Act(case_id, act, now, identity, reference(document) | data))
