"""Firms and project managers that a file names: matched, or noted as new.

The firm's code decides where there is one, else its exact name. Nothing is written before the plan as
a whole is accepted, so new ones are kept under numbers until then.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy.orm import Session

from server.core.db import new_id
from server.places import queries
from server.places.importing.report import RowReader
from server.places.models import Firm, ProjectManager
from server.places.rules import (
    FirmText,
    UsccVerdict,
    check_uscc,
    narrow,
    normalise_uscc,
    read_firm,
    short_firm_name,
)

NAME_LENGTH = 120


class FirmBook:
    """All firms, known and new, by code and by name."""

    def __init__(self, firms: Sequence[Firm]) -> None:
        self.firms = list(firms)
        self.by_name: dict[str, int] = {}
        for number, firm in enumerate(self.firms):
            self.by_name.setdefault(narrow(firm.name), number)
        self.by_uscc = {firm.uscc: number for number, firm in enumerate(self.firms) if firm.uscc}
        self.known = len(self.firms)
        self.managers: dict[tuple[int, str], ProjectManager] = {}
        self.wanted: dict[tuple[int, str], str | None] = {}
        self.codes: dict[int, str] = {}

    def read(self, reader: RowReader) -> tuple[int | None, tuple[int, str] | None]:
        """The numbers of the row's firm and manager; None where the row names nobody."""
        reader.text("firm", 300)
        words = read_firm(reader.cells.get("firm", ""))
        manager = narrow(reader.text("manager", 40)) or words.manager
        phone = narrow(reader.text("manager_phone", 32)) or words.phone
        uscc = self._uscc(reader)
        if words.firm is None and uscc is None:
            return None, None
        number = self._firm(reader, words, uscc)
        if number is None or manager is None:
            return number, None
        key = (number, manager)
        self.wanted[key] = phone or self.wanted.get(key)
        return number, key

    def _uscc(self, reader: RowReader) -> str | None:
        code = normalise_uscc(reader.cells.get("uscc", ""))
        if not code:
            return None
        verdict = check_uscc(code)
        if verdict is UsccVerdict.MALFORMED:
            reader.fault("uscc", "firm.uscc_malformed", "统一社会信用代码应为 18 位，不含 I、O、S、V、Z")
            return None
        if verdict is UsccVerdict.SUSPECT:
            reader.warn("uscc", "firm.uscc_suspect", "统一社会信用代码的校验位对不上，请核对")
        return code

    def _firm(self, reader: RowReader, words: FirmText, uscc: str | None) -> int | None:
        if uscc is not None and uscc in self.by_uscc:
            return self.by_uscc[uscc]
        if words.firm is None:
            reader.fault("firm", "firm.name_missing", "有统一社会信用代码，但没有企业名称")
            return None
        if len(words.firm) > NAME_LENGTH:
            reader.fault("firm", "cell.too_long", f"企业名称最多 {NAME_LENGTH} 个字")
            return None
        number = self.by_name.get(words.firm)
        if number is None:
            return self._new(reader, words.firm, uscc)
        if uscc is not None:
            self._compare(reader, number, uscc)
        return number

    def _new(self, reader: RowReader, name: str, uscc: str | None) -> int:
        reader.warn("firm", "firm.created", f"没有“{name}”，将新建这家企业")
        suspect = uscc is not None and check_uscc(uscc) is UsccVerdict.SUSPECT
        firm = Firm(id=new_id(), name=name, short_name=short_firm_name(name), uscc=uscc, uscc_suspect=suspect)
        self.firms.append(firm)
        number = len(self.firms) - 1
        self.by_name[name] = number
        if uscc is not None:
            self.by_uscc[uscc] = number
        return number

    def _compare(self, reader: RowReader, number: int, uscc: str) -> None:
        ours = self.codes.get(number) or self.firms[number].uscc
        if ours is None:
            self.codes[number] = uscc
            self.by_uscc[uscc] = number
        elif ours != uscc:
            reader.warn("uscc", "firm.uscc_differs", f"与已有代码 {ours} 不同，保留已有的")

    def firm_id(self, number: int) -> uuid.UUID:
        """The id of a firm."""
        return self.firms[number].id

    def manager_id(self, key: tuple[int, str]) -> uuid.UUID:
        """The id of a manager, once stored."""
        return self.managers[key].id

    def store(self, session: Session) -> None:
        """Write new firms, codes that were missing, and managers; phones are brought up to date."""
        session.add_all(self.firms[self.known :])
        for number, code in self.codes.items():
            firm = self.firms[number]
            firm.uscc, firm.uscc_suspect = code, check_uscc(code) is UsccVerdict.SUSPECT
        session.flush()
        numbers = {firm.id: number for number, firm in enumerate(self.firms)}
        firm_ids = {self.firms[number].id for number, _ in self.wanted}
        for manager in queries.managers_of(session, firm_ids):
            self.managers.setdefault((numbers[manager.firm_id], manager.name), manager)
        for key, phone in self.wanted.items():
            manager = self.managers.get(key) or ProjectManager(
                id=new_id(), firm_id=self.firm_id(key[0]), name=key[1]
            )
            manager.phone = phone or manager.phone
            session.add(manager)
            self.managers[key] = manager
        session.flush()
