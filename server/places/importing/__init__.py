"""Imports of areas and compounds: dry run with row-by-row findings first, then all or nothing.

A package of its own beside `service.py`, since reading what offices send is half of the work. Both
imports first make a *plan* out of the file and the tables without writing anything; findings with
severity `error` refuse the whole file, `warning` lets it pass. Only a plan without errors is applied,
in the caller's transaction. One import runs at a time (advisory lock).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.core.clock import SHANGHAI
from server.core.identity import SYSTEM, Identity
from server.core.permissions import Permission, require
from server.core.problems import Problem
from server.places.errors import ImportRefused, UnknownFileKind
from server.places.importing import areas, compounds
from server.places.importing.report import Report

__all__ = ["Report", "import_areas", "import_compounds", "run"]


def import_areas(
    session: Session, identity: Identity, data: bytes, filename: str, *, dry_run: bool, today: date
) -> Report:
    """Areas from a CSV (`code,name`, further columns ignored but `areaCode`) or outlines from GeoJSON.

    The tree belongs to the whole deployment, so it is not bounded by the administrator's own area.
    Raises `ImportRefused` (not in a dry run), `FileUnreadable`, `FileTooLarge`, `UnknownFileKind`.
    """
    require(identity, Permission.PLACE_IMPORT)
    _one_at_a_time(session)
    kind = file_kind(data, filename)
    if kind == "xlsx":
        raise UnknownFileKind()
    plan = areas.plan_csv(session, data) if kind == "csv" else areas.plan_geojson(session, data)
    return _finish(session, plan.report, dry_run, lambda: areas.apply(session, plan, today))


def import_compounds(
    session: Session, identity: Identity, data: bytes, filename: str, *, dry_run: bool
) -> Report:
    """Compounds from GeoJSON (with outlines) or from an XLSX in the ten columns of 附件1.

    Recognised again by community and name, then updated. Same refusals as `import_areas`.
    """
    require(identity, Permission.PLACE_IMPORT)
    _one_at_a_time(session)
    kind = file_kind(data, filename)
    if kind == "csv":
        raise UnknownFileKind()
    read = compounds.read_xlsx_file if kind == "xlsx" else compounds.read_geojson_file
    plan = compounds.make_plan(session, identity, read(data))
    return _finish(session, plan.report, dry_run, lambda: compounds.apply(session, plan))


def run(session: Session, kind: str, file: Path, now: datetime, *, dry_run: bool) -> Report:
    """Import a file from the command line, as the system itself; `kind` is areas or compounds.

    Faults of rows and of the file as a whole are in the report (`refused`), nothing is raised.
    """
    data = file.read_bytes()
    try:
        if kind == "areas":
            today = now.astimezone(SHANGHAI).date()
            return import_areas(session, SYSTEM, data, file.name, dry_run=dry_run, today=today)
        return import_compounds(session, SYSTEM, data, file.name, dry_run=dry_run)
    except ImportRefused as refused:
        return refused.report
    except Problem as problem:
        report = Report(kind, dry_run=dry_run)
        report.error(0, None, problem.code, problem.detail or problem.title)
        return report


def file_kind(data: bytes, filename: str) -> str:
    """`xlsx`, `geojson` or `csv`, by content first; raises `UnknownFileKind` for old XLS and the like."""
    if data[:4] == b"PK\x03\x04":
        return "xlsx"
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{":
        return "geojson"
    if filename.lower().endswith((".csv", ".txt")):
        return "csv"
    raise UnknownFileKind()


def _one_at_a_time(session: Session) -> None:
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended("places.import", 0))))


def _finish(session: Session, report: Report, dry_run: bool, apply: Callable[[], None]) -> Report:
    report.dry_run = dry_run
    if dry_run:
        return report
    if report.errors:
        raise ImportRefused(report)
    apply()
    session.flush()
    session.info.pop("area_names", None)
    report.stored = True
    return report
