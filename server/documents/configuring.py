"""What an administrator sets per organisation: templates with their history, seal, bodies of remedy.

A template is never changed: saving writes the next version, and a document names the one it was printed with.
"""

from __future__ import annotations

import dataclasses
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from server.core import context as house
from server.core.clock import SHANGHAI
from server.core.identity import Identity
from server.core.permissions import Permission, require
from server.core.problems import NotFound
from server.documents import errors, paper, queries, service
from server.documents.models import DocumentOffice, DocumentTemplate
from server.documents.paper.phrases import LONGEST, PHRASES, BadWording, check
from server.documents.paper.sample import sample
from server.documents.rules import (
    KINDS,
    BadPattern,
    DocumentType,
    check_pattern,
    default_pattern,
    number_text,
)

SAMPLE_SEQUENCE = 37
SEAL_BYTES = 1024 * 1024


def offices(session: Session, identity: Identity) -> list[dict[str, Any]]:
    """Organisations that may issue, with their seal and remedies (schema `OfficeSchema`)."""
    require(identity, Permission.DOCUMENT_CONFIGURE)
    own = {office.organisation_id: office for office in queries.offices(session)}
    return [_office(unit, own.get(unit.id)) for unit in queries.issuers(session)]


def _office(unit: Any, office: DocumentOffice | None) -> dict[str, Any]:
    return {
        "organisation_id": unit.id,
        "name": unit.name,
        "document_word": service.word_of(unit),
        "seal_sha256": office.seal_sha256 if office else None,
        "seal_label": office.seal_label if office else "",
        "reconsideration_body": office.reconsideration_body if office else "",
        "court": office.court if office else "",
        "changed_at": office.changed_at if office else None,
    }


def change_office(
    session: Session, identity: Identity, organisation_id: uuid.UUID, body: dict[str, Any], now: datetime
) -> dict[str, Any]:
    """Set what is drawn in the seal and where orders are contested. Raises `UndrawableText`."""
    office = _own_office(session, identity, organisation_id, now)
    missing = paper.missing_glyphs(body.values())
    if missing:
        raise errors.UndrawableText(characters=missing)
    for name in ("seal_label", "reconsideration_body", "court"):
        setattr(office, name, body[name])
    session.flush()
    return _office(queries.organisation(session, organisation_id), office)


def change_seal(
    session: Session, identity: Identity, organisation_id: uuid.UUID, image: bytes, now: datetime
) -> dict[str, Any]:
    """Set the image of the seal, or remove it with no bytes. Raises `SealRefused`."""
    office = _own_office(session, identity, organisation_id, now)
    office.seal_sha256 = None
    if image:
        _try_seal(image)
        office.seal_sha256 = bytes.fromhex(house.storage().put(image))
    session.flush()
    return _office(queries.organisation(session, organisation_id), office)


def _try_seal(image: bytes) -> None:
    """Print a page with it: what the printer cannot use is refused now, not at the next issue."""
    if len(image) > SEAL_BYTES:
        raise errors.SealRefused()
    sheet = sample(DocumentType.N5, 0)
    try:
        paper.render(paper.Paper(dataclasses.replace(sheet.cover, seal=image), sheet.facts))
    except paper.UnusablePicture as error:
        raise errors.SealRefused() from error


def _own_office(
    session: Session, identity: Identity, organisation_id: uuid.UUID, now: datetime
) -> DocumentOffice:
    require(identity, Permission.DOCUMENT_CONFIGURE)
    if queries.organisation(session, organisation_id) is None:
        raise NotFound()
    office = queries.office(session, organisation_id)
    if office is None:
        office = DocumentOffice(
            organisation_id=organisation_id, seal_label="", reconsideration_body="", court=""
        )
        session.add(office)
    office.author_id, office.changed_at = identity.user_id, now
    return office


def templates(session: Session, identity: Identity, organisation_id: uuid.UUID) -> list[dict[str, Any]]:
    """One line a type: title, version in force, who saved it and when."""
    require(identity, Permission.DOCUMENT_CONFIGURE)
    unit = _issuer(session, organisation_id)
    found = []
    for document_type, kind in KINDS.items():
        history = queries.template_history(session, organisation_id, document_type)
        template = service.as_template(document_type, history[0][0] if history else None)
        found.append(
            {
                "document_type": document_type.value,
                "title": template.wording["title"],
                "title_en": kind.title_en,
                "version": template.version,
                "author": history[0][1] if history else None,
                "created_at": history[0][0].created_at if history else None,
                "sample_number": _sample_number(unit, template),
            }
        )
    return found


def template(
    session: Session,
    identity: Identity,
    organisation_id: uuid.UUID,
    document_type: DocumentType,
    version: int | None = None,
) -> dict[str, Any]:
    """A template with every phrase, what may be changed of it, and its history, newest first."""
    require(identity, Permission.DOCUMENT_CONFIGURE)
    unit = _issuer(session, organisation_id)
    history = queries.template_history(session, organisation_id, document_type)
    rows = {row.version: row for row, _ in history}
    wanted = max(rows, default=0) if version is None else version
    if wanted and wanted not in rows:
        raise NotFound()
    chosen = service.as_template(document_type, rows.get(wanted))
    return {
        "document_type": document_type.value,
        "title_en": KINDS[document_type].title_en,
        "version": chosen.version,
        "latest_version": max(rows, default=0),
        "number_pattern": chosen.pattern,
        "default_pattern": default_pattern(document_type),
        "sample_number": _sample_number(unit, chosen),
        "arabic_date": chosen.arabic_date,
        "parts": list(KINDS[document_type].copies),
        "longest": LONGEST,
        "phrases": [
            {
                "key": key,
                "label": phrase.label,
                "label_en": phrase.label_en,
                "text": chosen.wording[key],
                "default": phrase.default,
                "locked": phrase.locked,
                "optional": phrase.optional,
                "blanks": sorted(phrase.blanks),
            }
            for key, phrase in PHRASES[document_type].items()
        ],
        "history": [
            {"version": row.version, "author": author, "created_at": row.created_at, "note": row.note}
            for row, author in history
        ],
    }


def save(
    session: Session,
    identity: Identity,
    organisation_id: uuid.UUID,
    document_type: DocumentType,
    body: dict[str, Any],
    now: datetime,
) -> dict[str, Any]:
    """Write the next version. Raises `WordingLocked`, `WordingRefused`, `PatternRefused`, `UndrawableText`,
    and `TemplateMoved` where `base_version` is not the one in force."""
    require(identity, Permission.DOCUMENT_CONFIGURE)
    unit = _issuer(session, organisation_id, lock=True)
    in_force = queries.template(session, organisation_id, document_type)
    latest = in_force.version if in_force else 0
    if body["base_version"] != latest:
        raise errors.TemplateMoved(version=latest)
    wording = _checked(document_type, body)
    _refuse_shared_pattern(session, organisation_id, document_type, body["number_pattern"])
    row = DocumentTemplate(
        organisation_id=organisation_id,
        document_type=document_type,
        version=latest + 1,
        number_pattern=body["number_pattern"],
        arabic_date=body["arabic_date"],
        wording=wording,
        note=body["note"],
        author_id=identity.user_id,
        created_at=now,
    )
    missing = paper.undrawable(_sample(session, unit, document_type, row, now))
    if missing:
        raise errors.UndrawableText(characters=missing)
    session.add(row)
    session.flush()
    return template(session, identity, organisation_id, document_type)


def preview(
    session: Session,
    identity: Identity,
    organisation_id: uuid.UUID,
    document_type: DocumentType,
    body: dict[str, Any],
    now: datetime,
) -> paper.Paper:
    """The paper with invented facts in these words; nothing is stored, no number is taken."""
    require(identity, Permission.DOCUMENT_CONFIGURE)
    unit = _issuer(session, organisation_id)
    row = DocumentTemplate(
        version=0,
        number_pattern=body["number_pattern"],
        arabic_date=body["arabic_date"],
        wording=_checked(document_type, body),
    )
    sheet = _sample(session, unit, document_type, row, now)
    missing = paper.undrawable(sheet)
    if missing:
        raise errors.UndrawableText(characters=missing)
    return sheet


def _issuer(session: Session, organisation_id: uuid.UUID, *, lock: bool = False) -> Any:
    unit = queries.organisation(session, organisation_id, lock=lock)
    if unit is None or not service.word_of(unit):
        raise NotFound()
    return unit


def _checked(document_type: DocumentType, body: dict[str, Any]) -> dict[str, str]:
    try:
        check_pattern(body["number_pattern"])
        return check(document_type, body["wording"])
    except BadPattern as error:
        raise errors.PatternRefused(str(error)) from error
    except BadWording as error:
        if error.reason == "locked":
            raise errors.WordingLocked(key=error.key) from error
        raise errors.WordingRefused(key=error.key, reason=error.reason) from error


def _refuse_shared_pattern(
    session: Session, organisation_id: uuid.UUID, document_type: DocumentType, pattern: str
) -> None:
    """Two types with one pattern would both number 第1号."""
    for other in DocumentType:
        if other is not document_type:
            theirs = service.template_of(session, organisation_id, other).pattern
            if theirs == pattern:
                raise errors.PatternRefused(f"{other.value} has this pattern already")


def _sample_number(unit: Any, template: service.Template) -> str:
    return number_text(template.pattern, service.word_of(unit), 2026, SAMPLE_SEQUENCE)


def _sample(
    session: Session, unit: Any, document_type: DocumentType, row: DocumentTemplate, now: datetime
) -> paper.Paper:
    """Invented facts in the organisation's name, words and seal; always marked as a demonstration."""
    chosen, sheet = service.as_template(document_type, row), sample(document_type)
    office = queries.office(session, unit.id)
    seal = office.seal_sha256 if office else None
    cover = dataclasses.replace(
        sheet.cover,
        title=chosen.wording["title"],
        issuer=unit.name,
        number=_sample_number(unit, chosen),
        issued_on=now.astimezone(SHANGHAI).date(),
        wording=chosen.wording,
        arabic_date=chosen.arabic_date,
        seal=house.storage().read(seal.hex()) if seal else None,
    )
    return paper.Paper(cover, sheet.facts)
