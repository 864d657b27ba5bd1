"""Use cases of catalogue and checklists: publish, read, look an item up.

A published version never changes (a trigger refuses it), so parsed items are kept in memory for as
long as the engine lives. The memory hangs on the engine, since another database may hold other words
under the same version.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy.orm import Session

from server.checklists import errors, queries
from server.checklists.models import CatalogueVersion, ChecklistVersion
from server.checklists.rules import (
    ChecklistSet,
    Item,
    PhotoKind,
    load_catalogue,
    load_sets,
    parse_item,
    read_data,
    required_photos,
)
from server.core.problems import NotFound

_ITEMS: WeakKeyDictionary[Any, dict[str, dict[str, Item]]] = WeakKeyDictionary()


def publish(session: Session, now: datetime) -> list[str]:
    """Put the packaged catalogue and sets into the tables, as far as they are not there yet.

    Returns what was published, e.g. `["catalogue 2026.1", "CK-WEEK 2026.1"]`; empty on every later
    start. Raises `VersionChanged` where the package has other words under a published version.
    """
    packaged, sets = read_data("catalogue"), read_data("sets")
    load_catalogue(), load_sets()
    published = []
    stored = queries.catalogue(session, packaged["version"])
    if stored is None:
        session.add(
            CatalogueVersion(
                version=packaged["version"],
                published_at=now,
                groups=packaged["groups"],
                items=packaged["items"],
            )
        )
        session.flush()
        published.append(f"catalogue {packaged['version']}")
    elif (stored.groups, stored.items) != (packaged["groups"], packaged["items"]):
        raise errors.VersionChanged(version=stored.version)
    known = queries.set_codes(session, sets["version"])
    for each in load_sets():
        if each.code not in known:
            session.add(_checklist(each, sets["version"], packaged["version"], now))
            published.append(f"{each.code} {sets['version']}")
    session.flush()
    return published


def _checklist(each: ChecklistSet, version: str, catalogue_version: str, now: datetime) -> ChecklistVersion:
    lines = [
        {"code": point.code, "text": point.text, "text_en": point.text_en, "items": list(point.items)}
        for point in each.points
    ]
    return ChecklistVersion(
        set_code=each.code,
        version=version,
        name=each.name,
        catalogue_version=catalogue_version,
        items=lines,
        published_at=now,
    )


def current(session: Session) -> tuple[CatalogueVersion, Sequence[ChecklistVersion]]:
    """The catalogue in force and the newest version of each set; raises `NothingPublished`."""
    catalogue = queries.current_catalogue(session)
    if catalogue is None:
        raise errors.NothingPublished()
    return catalogue, queries.current_checklists(session)


def current_version(session: Session) -> str:
    """The version of the catalogue in force; raises `NothingPublished`."""
    version = queries.current_version(session)
    if version is None:
        raise errors.NothingPublished()
    return version


def etag(catalogue: CatalogueVersion, checklists: Iterable[ChecklistVersion]) -> str:
    """A tag that changes exactly when something new is published."""
    parts = [catalogue.version, *sorted(str(checklist.id) for checklist in checklists)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def checklist(session: Session, checklist_id: uuid.UUID) -> ChecklistVersion:
    """One checklist version, also an old one; raises `NotFound`."""
    found = queries.checklist(session, checklist_id)
    if found is None:
        raise NotFound()
    return found


def line_codes(session: Session, checklist_id: uuid.UUID) -> frozenset[str] | None:
    """Codes that may be answered in a checklist version, or None where there is no such version."""
    return queries.codes_of(session, checklist_id)


def checklist_id_of(session: Session, set_code: str) -> uuid.UUID:
    """The newest version of a set such as CK-WEEK; raises `NotFound`."""
    for found in queries.current_checklists(session):
        if found.set_code == set_code:
            return found.id
    raise NotFound()


def find_item(session: Session, version: str, code: str) -> Item | None:
    """The item of `code` in a catalogue version, or None where either does not exist."""
    return _items(session, version).get(code)


def codes_named(session: Session, version: str, text: str) -> list[str]:
    """Codes of the items in whose Chinese or English name `text` occurs, in the order of the catalogue."""
    wanted = text.casefold()
    items = _items(session, version).values()
    return [
        each.code
        for each in items
        if any(wanted in name.casefold() for name in (each.name, each.short_name, each.name_en))
    ]


def _items(session: Session, version: str) -> dict[str, Item]:
    by_version = _ITEMS.setdefault(session.get_bind(), {})
    items = by_version.get(version)
    if items is None:
        stored = queries.catalogue(session, version)
        if stored is None:
            return {}
        items = by_version[version] = {raw["code"]: parse_item(raw) for raw in stored.items}
    return items


def item(session: Session, version: str, code: str) -> Item:
    """Like `find_item`, but raises `NotFound`."""
    found = find_item(session, version, code)
    if found is None:
        raise NotFound()
    return found


def missing_photo_kinds(item: Item, present: Iterable[str]) -> list[PhotoKind]:
    """Kinds that a finding of `item` should carry and that are not among `present` (letters)."""
    there = set(present)
    return [need.kind for need in required_photos(item) if need.kind.value not in there]
