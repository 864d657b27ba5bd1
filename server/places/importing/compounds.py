"""Compounds from GeoJSON (with outlines) or from the ledger 附件1 (XLSX, ten columns, no outlines).

A compound is recognised again by its community and name. The ledger has no geometry, so a compound
that only the ledger knows gets a stand-in circle inside its community, with a warning, until an
outline is imported; the text 四至 is kept as written.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.core import geo, sheets
from server.core.db import new_id
from server.core.identity import Identity
from server.core.permissions import Permission
from server.core.visibility import Scope, scope_of
from server.places import queries
from server.places.importing.firms import FirmBook
from server.places.importing.outlines import read_outline, stand_in
from server.places.importing.report import MAX_ROWS, Report, RowReader
from server.places.models import Compound
from server.places.rules import (
    COMMITTEES,
    LEDGER_COLUMNS,
    PARTY_COVERAGE,
    SERVICE_FORMS,
    area_candidates,
    narrow,
    read_area_code,
    read_choice,
    read_count,
    read_flag,
    read_rate,
)

LEDGER_KEYS = (
    "number",
    "management_area",
    "name",
    "area",
    "four_bounds",
    "service_form",
    "committee",
    "party_coverage",
    "firm",
    "fee_collection_rate",
)
LABELS = dict(zip(LEDGER_KEYS, LEDGER_COLUMNS, strict=True))
COUNTS = ("buildings", "households", "floor_area_m2")


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row of either file: texts by key, words for the columns, formula columns, raw geometry."""

    number: int
    cells: Mapping[str, str]
    labels: Mapping[str, str]
    formulas: frozenset[str] = frozenset()
    geometry: Any = None


@dataclass(slots=True)
class Draft:
    """One compound that the file brings. `values` are column values, `outline` a shapely polygon or None."""

    row: int
    key: tuple[str, str]
    values: dict[str, Any]
    outline: Any
    firm: int | None
    manager: tuple[int, str] | None


@dataclass(slots=True)
class CompoundPlan:
    """What applying would do. Firms and managers are kept in `book` under numbers until they have ids."""

    report: Report
    book: FirmBook
    known: dict[tuple[str, str], uuid.UUID]
    drafts: dict[tuple[str, str], Draft] = field(default_factory=dict)


def read_xlsx_file(data: bytes) -> list[SourceRow]:
    """Rows of the first sheet with the columns of 附件1; 序号 may be missing."""
    rows = sheets.read_xlsx(data, LEDGER_COLUMNS[1:], MAX_ROWS)
    return [
        SourceRow(
            row.number,
            {key: row.cells.get(label, "") for key, label in LABELS.items()},
            LABELS,
            frozenset(key for key, label in LABELS.items() if label in row.formulas and key != "number"),
        )
        for row in rows
    ]


def read_geojson_file(data: bytes) -> list[SourceRow]:
    """Features; properties are named as in the compound document, or by the headings of 附件1."""
    keys = {label: key for key, label in LABELS.items()}
    rows = []
    for number, feature in enumerate(sheets.read_geojson(data, MAX_ROWS), start=1):
        properties = feature.get("properties")
        named: dict[str, Any] = properties if isinstance(properties, dict) else {}
        cells = {keys.get(name, name): _scalar(value) for name, value in named.items()}
        rows.append(SourceRow(number, cells, {}, geometry=feature.get("geometry")))
    return rows


def _scalar(value: Any) -> str:
    if value is None or isinstance(value, (dict, list)):
        return ""
    return str(int(value)) if isinstance(value, bool) else str(value).strip()


def make_plan(session: Session, identity: Identity, rows: Iterable[SourceRow]) -> CompoundPlan:
    """Judge every row; writes nothing."""
    scope = scope_of(identity, Permission.PLACE_IMPORT)
    plan = CompoundPlan(
        Report("compounds"), FirmBook(queries.all_firms(session)), queries.compounds_by_name(session, scope)
    )
    resolver = AreaResolver(session, scope)
    for row in rows:
        plan.report.rows += 1
        draft = _draft(plan, resolver, row)
        if draft is not None:
            plan.drafts[draft.key] = draft
    plan.report.updated = sum(key in plan.known for key in plan.drafts)
    plan.report.created = len(plan.drafts) - plan.report.updated
    return plan


class AreaResolver:
    """Finds the area of a row by code or words among those that the importer may write to."""

    def __init__(self, session: Session, scope: Scope) -> None:
        areas = {area.path: area for area in queries.areas(session, scope, None)}
        self.names = {path: area.name for path, area in areas.items()}
        self.ids = {path: area.id for path, area in areas.items()}
        self.points = queries.inner_points(session)
        self.seen: dict[str, list[str]] = {}

    def path(self, reader: RowReader) -> str | None:
        """The path of the row's street or community, or None after a fault was noted."""
        code = reader.read("area_code", read_area_code)
        if code is not None:
            found = [code.path] if code.path in self.ids else []
        else:
            text = reader.text("area", 200, required=True)
            found = self.seen.setdefault(text, area_candidates(text, self.names)) if text else []
        found = [path for path in found if path.count(".") >= 2]
        if not reader.good:
            return None
        if len(found) != 1:
            key = "area_code" if code is not None else "area"
            words = (
                ("area_ambiguous", "不止一处叫这个名字") if found else ("area_unknown", "没有这个街道或社区")
            )
            reader.fault(key, f"compound.{words[0]}", f"{words[1]}：{reader.cells.get(key, '')[:40]}")
            return None
        if found[0].count(".") == 2:
            reader.warn("area", "compound.street_only", "只写到街道，没有社区")
        return found[0]

    def inner_point(self, path: str) -> tuple[float, float] | None:
        """A point inside the nearest area on `path` that has an outline."""
        while path:
            if path in self.points:
                return self.points[path]
            path = path.rpartition(".")[0]
        return None


def _draft(plan: CompoundPlan, resolver: AreaResolver, row: SourceRow) -> Draft | None:
    reader = RowReader(plan.report, row.number, row.cells, row.labels)
    for column in sorted(row.formulas):
        reader.fault(column, "cell.formula", "单元格是公式，请粘贴为数值")
    name = narrow(reader.text("name", 80, required=True))
    path = resolver.path(reader)
    key = (path or "", name)
    new = key not in plan.known
    values = _values(reader, new)
    firm, manager = plan.book.read(reader)
    outline = None if row.geometry is None else read_outline(reader, "geometry", row.geometry)
    if path is None or not reader.good:
        return None
    if key in plan.drafts:
        reader.fault("name", "compound.duplicate", f"与第 {plan.drafts[key].row} 行是同一小区")
    if new and outline is None:
        outline = _stand_in(reader, resolver, path)
    if new and values.get("service_form") == 1 and firm is None:
        reader.warn("firm", "compound.firm_missing", "专业化物业服务，但没有写物业服务企业")
    values |= {"area_id": resolver.ids[path], "path": path, "name": name}
    return Draft(row.number, key, values, outline, firm, manager) if reader.good else None


def _values(reader: RowReader, new: bool) -> dict[str, Any]:
    """Column values of what the row says; what it is silent about is left out.

    The three code lists must be filled for a new compound, and wherever the file has the column.
    """
    values: dict[str, Any] = {
        "management_area": narrow(reader.text("management_area", 120)) or None,
        "four_bounds": reader.text("four_bounds", 500) or None,
        "fee_collection_rate": reader.read("fee_collection_rate", read_rate),
        "is_high_rise": reader.read("is_high_rise", read_flag),
        "service_grade": reader.read("service_grade", partial(read_choice, choices=GRADES)),
    }
    for key, choices in CODE_LISTS.items():
        reader.text(key, 40, required=new or key in reader.cells)
        values[key] = reader.read(key, partial(read_choice, choices=choices))
    for key in COUNTS:
        values[key] = reader.read(key, read_count)
    return {key: value for key, value in values.items() if value is not None}


CODE_LISTS = {"service_form": SERVICE_FORMS, "committee": COMMITTEES, "party_coverage": PARTY_COVERAGE}
GRADES = {1: "一级", 2: "二级", 3: "三级", 4: "四级", 5: "五级"}


def _stand_in(reader: RowReader, resolver: AreaResolver, path: str) -> Any:
    point = resolver.inner_point(path)
    if point is None:
        reader.fault(
            "area", "compound.no_outline", "没有小区轮廓，所在社区、街道和区也都没有，请先导入 GeoJSON"
        )
        return None
    reader.warn("name", "compound.outline_missing", "没有轮廓，暂放在所在社区中央，请补导 GeoJSON")
    return stand_in(*point)


def apply(session: Session, plan: CompoundPlan) -> None:
    """Write the plan: new firms and managers first, then compounds."""
    plan.book.store(session)
    ids = [plan.known[key] for key in plan.drafts if key in plan.known]
    known = {row.id: row for row in session.scalars(sa.select(Compound).where(Compound.id.in_(ids)))}
    for key, draft in plan.drafts.items():
        known_id = plan.known.get(key)
        compound = known.get(known_id) if known_id else None
        if compound is None:
            compound = _blank(draft.key[1])
            session.add(compound)
        _write(compound, draft, plan.book)
    changed = sum(session.is_modified(row) for row in known.values())
    plan.report.unchanged, plan.report.updated = len(known) - changed, changed
    session.flush()


def _blank(name: str) -> Compound:
    """A new compound with what the ledger does not tell."""
    counts = dict.fromkeys(COUNTS, 0)
    return Compound(id=new_id(), management_area=name, four_bounds="", building_names=[], **counts)


def _write(compound: Compound, draft: Draft, book: FirmBook) -> None:
    for column, value in draft.values.items():
        setattr(compound, column, value)
    if draft.firm is not None:
        compound.firm_id = book.firm_id(draft.firm)
    if draft.manager is not None:
        compound.manager_id = book.manager_id(draft.manager)
    if draft.outline is not None:
        compound.outline = geo.multi_polygon(draft.outline)
