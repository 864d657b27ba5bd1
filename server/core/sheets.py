"""Tables out of files that people upload: CSV, XLSX, GeoJSON.

The files come from offices, so they are honest but odd (GBK, title rows, percent formats), and once in
a while hostile. An XLSX is a zip of XML: it is opened only after its declared sizes were added up
(`zipfile` never yields more than the declared size of an entry), a DOCTYPE is refused, formulas are
refused rather than evaluated or trusted, and no more rows are read than the caller allows, whatever
the sheet says about its own dimensions.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

import openpyxl
from openpyxl.cell.read_only import EmptyCell

from server.core.problems import Problem

MAX_BYTES = 10 * 1024 * 1024
MAX_UNPACKED_BYTES = 100 * 1024 * 1024
MAX_ENTRIES = 500
MAX_CELL = 4000
DOCTYPES = tuple("<!DOCTYPE".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))
HEADER_WITHIN = 12
"""The header is looked for in so many rows, since official forms begin with a title."""


class FileTooLarge(Problem):
    """The file, what it unpacks to, or its number of rows is beyond the limit."""

    code: ClassVar[str] = "core.file_too_large"
    status: ClassVar[int] = 413
    title: ClassVar[str] = "文件太大"


class FileUnreadable(Problem):
    """Not the kind of file that was announced, or broken."""

    code: ClassVar[str] = "core.file_unreadable"
    status: ClassVar[int] = 422
    title: ClassVar[str] = "文件读不出来"


@dataclass(frozen=True, slots=True)
class Row:
    """One line: its number as the program that made the file shows it, text by column, formula columns."""

    number: int
    cells: Mapping[str, str]
    formulas: frozenset[str] = frozenset()


def refuse_large(data: bytes) -> None:
    """Raise `FileTooLarge` beyond 10 MB."""
    if len(data) > MAX_BYTES:
        raise FileTooLarge(f"最大 {MAX_BYTES // 1024 // 1024} MB", limit=MAX_BYTES)


def read_csv(data: bytes, columns: Sequence[str], max_rows: int) -> list[Row]:
    """Rows of a CSV with a header line; UTF-8 (with or without BOM), else GB 18030."""
    refuse_large(data)
    try:
        lines = list(csv.reader(io.StringIO(_decoded(data), newline="")))
    except csv.Error as error:
        raise FileUnreadable("不是有效的 CSV") from error
    header = {name.strip(): at for at, name in enumerate(lines[0])} if lines else {}
    _refuse_missing([column for column in columns if column not in header])
    rows = [
        Row(number, {name: line[at].strip()[:MAX_CELL] for name, at in header.items() if at < len(line)})
        for number, line in enumerate(lines[1:], start=2)
        if any(cell.strip() for cell in line)
    ]
    return _bounded(rows, max_rows)


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise FileUnreadable("文字编码应为 UTF-8 或 GB 18030")


def read_geojson(data: bytes, max_features: int) -> list[dict[str, Any]]:
    """Features of a FeatureCollection, as parsed; each is an object with `properties` and `geometry`."""
    refuse_large(data)
    try:
        document = json.loads(_decoded(data), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise FileUnreadable("不是有效的 JSON") from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not all(isinstance(feature, dict) for feature in features):
        raise FileUnreadable("不是 GeoJSON FeatureCollection")
    if len(features) > max_features:
        raise FileTooLarge(f"最多 {max_features} 个要素", limit=max_features)
    return features


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def read_xlsx(data: bytes, columns: Sequence[str], max_rows: int) -> list[Row]:
    """Rows below the header of the first sheet that has all `columns`; other columns are ignored."""
    refuse_large(data)
    _refuse_hostile_zip(data)
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        for sheet in book.worksheets:
            rows = _sheet_rows(sheet, columns, max_rows)
            if rows is not None:
                return rows
    except Problem:
        raise
    except Exception as error:
        # openpyxl raises whatever its depths raise: KeyError, ValueError, zlib.error, ParseError, …
        raise FileUnreadable("不是有效的 XLSX") from error
    _refuse_missing(columns)
    return []


def _refuse_hostile_zip(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
                raise FileTooLarge("解压后过大", limit=MAX_UNPACKED_BYTES)
            for entry in entries:
                if entry.flag_bits & 1:
                    raise FileUnreadable("文件有密码")
                if _has_doctype(archive, entry):
                    raise FileUnreadable("文件含有不允许的声明")
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, EOFError, ValueError) as error:
        raise FileUnreadable("不是有效的 XLSX") from error


def _has_doctype(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    """Looks through the whole part: a long comment may come before the declaration."""
    tail = b""
    with archive.open(entry) as part:
        while chunk := part.read(1 << 20):
            if any(mark in tail + chunk for mark in DOCTYPES):
                return True
            tail = chunk[-32:]
    return False


def _sheet_rows(sheet: Any, columns: Sequence[str], max_rows: int) -> list[Row] | None:
    """None where the sheet has no header with all `columns`."""
    header: dict[str, int] | None = None
    rows: list[Row] = []
    numbered = enumerate(
        sheet.iter_rows(min_row=1, max_row=max_rows + HEADER_WITHIN + 1, max_col=len(columns) + 20), start=1
    )
    for number, cells in numbered:
        if header is not None:
            rows.extend(_row(number, cells, header))
        elif number > HEADER_WITHIN:
            return None
        else:
            names = {_heading(cell.value): at for at, cell in enumerate(cells) if cell.value is not None}
            header = names if set(columns) <= set(names) else None
    return None if header is None else _bounded(rows, max_rows)


def _heading(value: Any) -> str:
    return "".join(str(value).split())


def _row(number: int, cells: Sequence[Any], header: Mapping[str, int]) -> Iterator[Row]:
    there = {name: cells[at] for name, at in header.items() if at < len(cells)}
    texts = {name: _cell_text(cell) for name, cell in there.items()}
    if any(texts.values()):
        formulas = (name for name, cell in there.items() if getattr(cell, "data_type", "") == "f")
        yield Row(number, texts, frozenset(formulas))


def _cell_text(cell: Any) -> str:
    value = cell.value
    if value is None or isinstance(cell, EmptyCell):
        return ""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, (int, float)):
        percent = "%" in str(cell.number_format or "")
        return f"{value * 100:.10g}%" if percent else f"{value:.15g}"
    return str(value).strip()[:MAX_CELL]


def _refuse_missing(missing: Sequence[str]) -> None:
    if missing:
        raise FileUnreadable("缺少列：" + "、".join(missing), columns=list(missing))


def _bounded(rows: list[Row], max_rows: int) -> list[Row]:
    if len(rows) > max_rows:
        raise FileTooLarge(f"最多 {max_rows} 行", limit=max_rows)
    return rows
