"""Whether a paper or a file is what was issued: by its QR code, by its bytes, by its signature."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from server.core import context as house
from server.documents import queries, service, signing
from server.documents.models import OfficialDocument
from server.documents.rules import DocumentState

Progress = Callable[[Session, OfficialDocument], dict[str, Any] | None]
_PROGRESS: list[Progress] = []
Alias = Callable[[Session, str], Sequence[OfficialDocument]]
_ALIASES: list[Alias] = []


def tell_progress(progress: Progress) -> None:
    """Register what a feature above adds to the public page of its documents."""
    _PROGRESS.append(progress)


def know_alias(alias: Alias) -> None:
    """Register other numbers by which a feature above knows documents (the slip on the spot)."""
    _ALIASES.append(alias)


def by_number(session: Session, number: str, code: str) -> dict[str, Any] | None:
    """As `public`, for whoever types the number and the check code from under the QR code.

    The code is asked for since numbers can be counted up: without it the register could be read out.
    """
    said = "".join(code.split()).lower()
    found = [*queries.of_number(session, number)]
    found += [document for alias in _ALIASES for document in alias(session, number)]
    for document in found:
        if hmac.compare_digest(service.check_code(document.verify_token).encode(), said.encode()):
            return told(session, document)
    return None


def public(session: Session, token: str) -> dict[str, Any] | None:
    """What a stranger with the paper in hand may know: no persons, no photos, no words of the case."""
    document = queries.by_token(session, token)
    return None if document is None else told(session, document)


def by_hash(session: Session, sha256: str) -> dict[str, Any] | None:
    """Number, title and state of the document whose file has this SHA-256 (hex)."""
    try:
        found = queries.by_hash(session, bytes.fromhex(sha256))
    except ValueError:
        return None
    if found is None:
        return None
    document, label = found
    return {
        "number": document.number,
        "title": document.title,
        "state": document.state.value,
        "copy": label,
    }


def told(session: Session, document: OfficialDocument) -> dict[str, Any]:
    """The public facts of a document."""
    unit = queries.organisation(session, document.organisation_id)
    successor = queries.successor(session, document.id)
    progress = next((found for ask in _PROGRESS if (found := ask(session, document))), None)
    return {
        "document_type": document.document_type.value,
        "number": document.number,
        "title": document.title,
        "organisation": unit.name if unit else "",
        "addressee": document.addressee,
        "issued_at": document.issued_at,
        "state": document.state.value,
        "ended_at": document.ended_at,
        "end_reason": document.end_reason,
        "superseded_by": successor.number if successor else None,
        "superseded_by_url": service.verify_url(successor.verify_token) if successor else None,
        "check_code": service.check_code(document.verify_token),
        "sha256": document.sha256.hex(),
        "copies": [
            {"label": copy.label, "sha256": copy.sha256.hex()}
            for copy in queries.copies(session, document.id)
        ],
        "signed_by": document.signed_by,
        "demo": house.settings().demo,
        "progress": progress,
    }


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found of a file. `document` is the register's row by hash, or by the number that the file
    itself names when its bytes are not the issued ones; `copy` names the part it is."""

    sha256: str
    document: OfficialDocument | None
    copy: str
    registered: bool
    signature: signing.Verdict

    @property
    def authentic(self) -> bool:
        """Exactly the bytes that were issued, with a signature that holds."""
        return self.registered and self.signature.intact

    @property
    def in_force(self) -> bool:
        """Authentic, and neither voided nor superseded."""
        return self.authentic and self.document is not None and self.document.state is DocumentState.IN_FORCE


def examine(session: Session, content: bytes) -> Examined:
    """Look a file up in the register and check its signature."""
    digest = hashlib.sha256(content).digest()
    verdict = signing.verify(content, house.settings())
    found = queries.by_hash(session, digest)
    if found is not None:
        return Examined(digest.hex(), found[0], found[1], True, verdict)
    named = queries.by_number(session, signing.number_in(content)) if signing.number_in(content) else None
    return Examined(digest.hex(), named, "", False, verdict)


def report(session: Session, found: Examined) -> list[str]:
    """What `xunjian verify-document` prints."""
    lines = [f"SHA-256     {found.sha256}"]
    document = found.document
    if document is None:
        lines.append("number      none: no document of this register")
    else:
        lines.append(
            f"number      {document.number}  {document.title}{f'  {found.copy}' if found.copy else ''}"
        )
        lines.append(f"state       {_state_line(session, document)}")
    lines.append(f"signature   {_signature_line(found.signature)}")
    lines.append(
        "content     as issued, not altered" if found.authentic else "content     NOT what was issued"
    )
    return lines


def _state_line(session: Session, document: OfficialDocument) -> str:
    if document.state is DocumentState.VOIDED:
        return f"voided: {document.end_reason}"
    if document.state is DocumentState.SUPERSEDED:
        successor = queries.successor(session, document.id)
        return f"superseded by {successor.number if successor else 'another'}: {document.end_reason}"
    return "in force"


def _signature_line(verdict: signing.Verdict) -> str:
    if not verdict.signed:
        return "none"
    if not verdict.intact:
        return "BROKEN: the file was altered after signing"
    trust = "trusted" if verdict.trusted else "certificate not among ours"
    at = f" at {verdict.at:%Y-%m-%d %H:%M:%S %Z}" if verdict.at else ""
    return f"valid, by {verdict.subject}{at} ({trust})"
