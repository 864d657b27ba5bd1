"""Use case: the office reads an outbox file, because the phone itself cannot deliver any more.

Every command is done in its author's name with its own id, exactly as if it had been pushed, and every
photo is held against its hash; what the phone delivers later is then a repetition. A file proves nothing
about its author (whoever knows the office's key can write one), so only captures are taken from it, never
decisions, and each command remembers who read it in.

Everything or nothing: a file that is cut or changed is refused whole, unless it is said that what stands
before the damage is wanted (`salvage`). A dry run does all of it and rolls back.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

import marshmallow as ma
import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.accounts import devices, sessions
from server.accounts import service as accounts
from server.core.identity import Identity
from server.core.permissions import Permission, require, require_visible
from server.core.problems import Invalid, Problem
from server.photos import originals, uploading
from server.sync import errors, outbox_file, service
from server.sync.commands import CAPTURES
from server.sync.models import Command, ImportedCommand
from server.sync.schemas import CommandSchema

COMMAND = CommandSchema()
SENT = ("id", "kind", "captured_at", "body")


@dataclass
class Report:
    """What became of each thing in the file, in its order. `whole` is False where only a part was read."""

    manifest: dict[str, Any]
    dry_run: bool
    whole: bool = False
    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, what: str, subject: Any, title: str, outcome: str, problem: Any = None) -> None:
        row = {"what": what, "id": str(subject), "title": title[:200], "outcome": outcome, "problem": problem}
        self.rows.append(row)

    @property
    def refused(self) -> int:
        """Rows that did not arrive."""
        return sum(row["outcome"] in ("refused", "missing") for row in self.rows)

    def lines(self) -> Iterator[str]:
        """For a terminal: a line a row, and the sum."""
        for row in self.rows:
            why = f"  {row['problem']['code']}" if row["problem"] else ""
            yield f"{row['outcome']:9} {row['what']:8} {row['id']}  {row['title']}{why}"
        kept = "nothing kept, a dry run" if self.dry_run else "kept"
        counts = ", ".join(f"{count} {outcome}" for outcome, count in self.document()["counts"].items())
        part = "" if self.whole else "; the file is damaged, the rest of it could not be read"
        yield f"{counts or 'nothing in it'}: {kept}{part}"

    def document(self) -> dict[str, Any]:
        """As `OutboxReportSchema` has it; `counts` by outcome."""
        counts: dict[str, int] = {}
        for row in self.rows:
            counts[row["outcome"]] = counts.get(row["outcome"], 0) + 1
        told = {name: self.manifest.get(name) for name in ("created_at", "app_version", "user", "device_id")}
        return told | {"dry_run": self.dry_run, "whole": self.whole, "counts": counts, "rows": self.rows}


@dataclass
class _Waiting:
    """A photo whose bytes are still being read."""

    id: uuid.UUID
    title: str
    is_here: bool
    """The phone had the receipt of the photo itself: only its original is in the file."""
    data: bytearray = field(default_factory=bytearray)
    original: bytearray = field(default_factory=bytearray)


def import_file(
    session: Session,
    reader: Identity,
    file: IO[bytes],
    opener: outbox_file.Opener,
    now: datetime,
    *,
    dry_run: bool,
    salvage: bool = False,
) -> Report:
    """Read `file` on behalf of `reader`; returns the report of every row.

    Raises `NotOutboxFile`, `WrongKey`, `Damaged` (without `salvage`), `UnknownAuthor`, `Forbidden`, or
    what a refused photo store raises (then nothing is kept, since the caller rolls back).
    """
    require(reader, Permission.OUTBOX_IMPORT)
    entries = outbox_file.records(file, opener)
    first = next(entries, None)
    if first is None or first.kind != "manifest":
        raise errors.Damaged()
    author = _author(session, reader, first.json)
    report = Report(first.json, dry_run)
    trial = session.begin_nested()
    try:
        _Reading(session, author, reader, report, now).run(entries)
        report.whole = True
    except errors.Damaged:
        if not salvage:
            raise
    if dry_run:
        trial.rollback()
    else:
        trial.commit()
    return report


def _author(session: Session, reader: Identity, manifest: dict[str, Any]) -> Identity:
    """Whose work it is. The device counts only where it is theirs."""
    told = manifest.get("user")
    user = accounts.find_user(session, _uuid(told.get("id") if isinstance(told, dict) else None))
    if user is None:
        raise errors.UnknownAuthor()
    require_visible(reader, Permission.OUTBOX_IMPORT, user)
    device_id = devices.own_device(session, user.id, _uuid(manifest.get("device_id")))
    return sessions.identity_of(user, device_id)


def _uuid(text: Any) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except (TypeError, ValueError, AttributeError):
        return uuid.UUID(int=0)


class _Reading:
    """One pass over the records, in the author's name."""

    def __init__(
        self, session: Session, author: Identity, reader: Identity, report: Report, now: datetime
    ) -> None:
        self.session, self.author, self.reader, self.report, self.now = session, author, reader, report, now
        self.waiting: _Waiting | None = None

    def run(self, entries: Any) -> None:
        for entry in entries:
            if entry.kind == "bytes" and self.waiting is not None:
                self.waiting.data += entry.data
            elif entry.kind == "original" and self.waiting is not None:
                self.waiting.original += entry.data
            elif entry.kind == "command":
                self._command(entry.json)
            elif entry.kind in ("photo", "end"):
                self._store()
                if entry.kind == "photo":
                    self.waiting = _Waiting(
                        _uuid(entry.json.get("id")),
                        str(entry.json.get("kind", "")),
                        entry.json.get("receipt") is not None,
                    )

    def _command(self, record: dict[str, Any]) -> None:
        sent = {name: record.get(name) for name in SENT}
        title = str(record.get("title") or record.get("kind"))
        try:
            command = COMMAND.load(sent)
            if command["kind"] not in CAPTURES:
                raise errors.DecisionInFile()
        except ma.ValidationError as error:
            problem = Invalid(errors=error.messages).body()
            self.report.add("command", sent["id"], title, "refused", problem)
            return
        except Problem as error:
            self.report.add("command", sent["id"], title, "refused", error.body())
            return
        known = self.session.get(Command, command["id"]) is not None
        result = service.deliver(self.session, self.author, command, self.now, None)
        if not known:
            row = {"command_id": command["id"], "imported_by": self.reader.user_id, "imported_at": self.now}
            self.session.execute(sa.insert(ImportedCommand), row)
        outcome = "known" if result["replayed"] else result["status"]
        self.report.add("command", command["id"], title, outcome, result["problem"])

    def _store(self) -> None:
        photo, self.waiting = self.waiting, None
        if photo is None:
            return
        if photo.data or not photo.is_here:
            self._deliver("photo", photo, photo.data, uploading.deliver)
        if photo.original:
            self._deliver("original", photo, photo.original, originals.deliver)

    def _deliver(self, what: str, photo: _Waiting, data: bytearray, deliver: Any) -> None:
        """One file of a photo: refused for itself, or the whole reading where the store does not answer."""
        keep = not self.report.dry_run
        try:
            outcome = deliver(self.session, self.author, photo.id, bytes(data), self.now, keep=keep)
            self.report.add(what, photo.id, photo.title, outcome)
        except Problem as error:
            if error.status >= 500:
                raise
            self.report.add(what, photo.id, photo.title, "refused" if data else "missing", error.body())
