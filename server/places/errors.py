"""Refusals of places and their imports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.core.problems import Problem

if TYPE_CHECKING:
    from server.places.importing.report import Report as ImportReport


class ImportRefused(Problem):
    """Some rows have faults, so nothing was stored; `findings` names each row, column and fault."""

    code, status, title = "places.import_refused", 422, "文件里有错误，没有导入任何内容"

    def __init__(self, report: ImportReport) -> None:
        super().__init__(**report.document())
        self.report = report


class UnknownFileKind(Problem):
    code, status, title = "places.unknown_file_kind", 422, "只能导入 CSV、XLSX 或 GeoJSON 文件"
