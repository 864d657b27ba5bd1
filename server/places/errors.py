"""Refusals of places and their imports."""

from __future__ import annotations

from server.core.problems import Problem


class ImportRefused(Problem):
    """Some rows have faults, so nothing was stored; `findings` names each row, column and fault."""

    code, status, title = "places.import_refused", 422, "文件里有错误，没有导入任何内容"


class UnknownFileKind(Problem):
    code, status, title = "places.unknown_file_kind", 422, "只能导入 CSV、XLSX 或 GeoJSON 文件"
