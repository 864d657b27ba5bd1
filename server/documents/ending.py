"""Voiding and correcting documents by command; those of notices go through the notice."""

from __future__ import annotations

import dataclasses
from typing import Any

from sqlalchemy.orm import Session

from server.core.commands import CommandContext
from server.core.identity import Identity
from server.core.permissions import Permission, require
from server.documents import errors, service
from server.documents.models import OfficialDocument
from server.documents.paper import Facts
from server.documents.rules import NOTICE_TYPES, DocumentAction


def void(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """作废: the number is never given again; file and row stay, the public page says so."""
    document = _own(session, identity, body)
    service.end(session, identity, document.id, DocumentAction.VOID, body["reason"], context.now)
    return _told(document)


def correct(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """更正: another document with the same number and a mark takes the place of this one."""
    document = _own(session, identity, body)
    facts = service.facts_of(session, document, pictures=True)
    changed = _changed(facts, body["changes"])
    following = service.correct(session, identity, document.id, changed, body["reason"], context.now)
    return _told(following)


def _own(session: Session, identity: Identity, body: dict[str, Any]) -> OfficialDocument:
    document = service.visible(session, identity, body["document_id"])
    require(identity, Permission.DOCUMENT_END, document)
    if document.document_type in NOTICE_TYPES:
        raise errors.BoundToNotice()
    return document


def _changed(facts: Facts, changes: dict[str, str]) -> Facts:
    texts = {each.name for each in dataclasses.fields(facts) if isinstance(getattr(facts, each.name), str)}
    for name in changes:
        if name not in texts:
            raise errors.UnknownField(field=name)
    corrected = dataclasses.replace(facts, **dict[str, Any](changes))
    if corrected == facts:
        raise errors.NothingChanged()
    return corrected


def _told(document: OfficialDocument) -> dict[str, Any]:
    return {"document_id": str(document.id), "number": document.number, "state": document.state.value}
