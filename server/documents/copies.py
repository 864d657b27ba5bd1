"""The parts (联) of a document besides the served one: the same words, another name in the foot line."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from server.documents import queries, service
from server.documents.models import DocumentCopy
from server.documents.rules import KINDS, copy_label


def print_missing(session: Session, document_id: uuid.UUID) -> int:
    """Print, sign and store the parts that are not there yet; returns how many. May run twice."""
    document = queries.locked(session, document_id)
    if document is None or not document.facts:
        return 0
    kind = KINDS[document.document_type]
    there = {copy.part for copy in queries.copies(session, document_id)}
    missing = [part for part in range(len(kind.copies)) if part != kind.served and part not in there]
    facts = service.facts_of(session, document, pictures=True) if missing else None
    for part in missing:
        assert facts is not None
        sha256 = service.print_part(session, document, facts, part)
        label = copy_label(kind.copies, part)
        session.add(DocumentCopy(document_id=document_id, part=part, label=label, sha256=sha256))
    session.flush()
    return len(missing)
