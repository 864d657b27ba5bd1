"""Areas from a CSV of division codes, and their outlines from GeoJSON.

Codes are re-issued every year: a code that comes with another name closes the old row and opens a
new one, and what pointed at the old row follows. Missing parents are made with their code as name,
with a warning, so that streets can be imported before the outline that names their district.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer

from server.core import geo, sheets
from server.core.db import new_id
from server.places.importing.outlines import read_outline
from server.places.importing.report import MAX_ROWS, Report, RowReader
from server.places.models import Area, AreaLevel, Compound
from server.places.rules import AreaCode, read_area_code

NAME_LENGTH = 64


@dataclass(slots=True)
class AreaDraft:
    """One area that the file brings; `outline` is a shapely polygon or None."""

    row: int
    code: AreaCode
    name: str
    outline: Any = None


@dataclass(slots=True)
class AreaPlan:
    """What applying would do; `known` are the areas in force, `drafts` what the file brings, both by path."""

    report: Report
    known: dict[str, Area]
    drafts: dict[str, AreaDraft] = field(default_factory=dict)


def plan_csv(session: Session, data: bytes) -> AreaPlan:
    """A plan for rows with `code` and `name`."""
    rows = sheets.read_csv(data, ("code", "name"), MAX_ROWS)
    return _plan(session, ((row.number, row.cells, None) for row in rows))


def plan_geojson(session: Session, data: bytes) -> AreaPlan:
    """A plan for features with properties `id` (or `code`) and `name`."""
    features = sheets.read_geojson(data, MAX_ROWS)
    return _plan(session, (_feature(number, feature) for number, feature in enumerate(features, start=1)))


def _feature(number: int, feature: Mapping[str, Any]) -> tuple[int, dict[str, str], Any]:
    properties = feature.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    code = properties.get("code") or properties.get("id") or ""
    return number, {"code": str(code), "name": str(properties.get("name") or "")}, feature.get("geometry")


def _plan(session: Session, rows: Iterable[tuple[int, Mapping[str, str], Any]]) -> AreaPlan:
    in_force = sa.select(Area).options(defer(Area.outline)).where(Area.valid_to.is_(None))
    plan = AreaPlan(Report("areas"), {area.path: area for area in session.scalars(in_force)})
    for number, cells, geometry in rows:
        plan.report.rows += 1
        draft = _draft(plan, RowReader(plan.report, number, cells, {}), geometry)
        if draft is not None:
            plan.drafts[draft.code.path] = draft
    for draft in list(plan.drafts.values()):
        _plan_parents(plan, draft)
    _count(plan)
    return plan


def _draft(plan: AreaPlan, reader: RowReader, geometry: Any) -> AreaDraft | None:
    name = reader.text("name", NAME_LENGTH, required=True)
    reader.text("code", 12, required=True)
    code = reader.read("code", read_area_code)
    outline = None if geometry is None else read_outline(reader, "geometry", geometry)
    district = reader.cells.get("areaCode", "")
    if code is None or not reader.good:
        return None
    if not code.code.startswith(district):
        reader.fault("areaCode", "area.parent_mismatch", f"代码 {code.code} 不属于 {district}")
    if code.path in plan.drafts:
        reader.fault("code", "area.duplicate", f"与第 {plan.drafts[code.path].row} 行的代码相同")
    return AreaDraft(reader.number, code, name, outline) if reader.good else None


def _plan_parents(plan: AreaPlan, draft: AreaDraft) -> None:
    parent_path = draft.code.parent_path
    while parent_path is not None and parent_path not in plan.drafts and parent_path not in plan.known:
        parent = read_area_code(parent_path.rpartition(".")[2])
        message = f"上级 {parent.code} 还没有，先以代码为名建立"
        plan.report.warn(draft.row, "code", "area.parent_created", message)
        plan.drafts[parent_path] = AreaDraft(draft.row, parent, parent.code)
        parent_path = parent.parent_path


def _count(plan: AreaPlan) -> None:
    for path, draft in plan.drafts.items():
        known = plan.known.get(path)
        if known is None:
            plan.report.created += 1
        elif known.name != draft.name:
            plan.report.updated += 1
            if known.name != known.code:
                plan.report.warn(draft.row, "name", "area.renamed", f"原名 {known.name}，将启用新名")
        elif draft.outline is not None:
            plan.report.updated += 1
        else:
            plan.report.unchanged += 1


def apply(session: Session, plan: AreaPlan, today: date) -> None:
    """Write the plan: parents before children, since paths and parent ids build on each other."""
    ids = {path: area.id for path, area in plan.known.items()}
    for draft in sorted(plan.drafts.values(), key=lambda draft: draft.code.path.count(".")):
        known = plan.known.get(draft.code.path)
        if known is None:
            area = _new(session, draft, ids, today)
        elif known.name not in (draft.name, known.code):
            area = _renamed(session, known, draft, ids, today)
        else:
            area = known
            area.name = draft.name
        if draft.outline is not None:
            area.outline = geo.multi_polygon(draft.outline)
        ids[draft.code.path] = area.id
    session.flush()


def _new(session: Session, draft: AreaDraft, ids: Mapping[str, uuid.UUID], today: date) -> Area:
    parent_path = draft.code.parent_path
    area = Area(
        id=new_id(),
        code=draft.code.code,
        level=AreaLevel(draft.code.level.value),
        name=draft.name,
        parent_id=ids[parent_path] if parent_path else None,
        path=draft.code.path,
        valid_from=today,
    )
    session.add(area)
    session.flush()
    return area


def _renamed(
    session: Session, old: Area, draft: AreaDraft, ids: Mapping[str, uuid.UUID], today: date
) -> Area:
    """Close the old row and let its children and compounds follow to the new one."""
    old.valid_to = today
    session.flush()
    area = _new(session, draft, ids, today)
    area.outline = old.outline
    session.execute(sa.update(Area).where(Area.parent_id == old.id).values(parent_id=area.id))
    session.execute(sa.update(Compound).where(Compound.area_id == old.id).values(area_id=area.id))
    return area
