"""What an import says about a file: one finding for each cell that is wrong or odd."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from server.places.rules import CellFault

T = TypeVar("T")
MAX_SHOWN = 1000
MAX_ROWS = 5000


@dataclass(frozen=True, slots=True)
class Finding:
    """`row` as the program that made the file numbers it; `severity` is error or warning."""

    row: int
    column: str | None
    severity: str
    code: str
    message: str


@dataclass(slots=True)
class Report:
    """Counts and findings. `stored` is true once rows are in the tables."""

    kind: str
    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    dry_run: bool = True
    stored: bool = False
    findings: list[Finding] = field(default_factory=list)

    @property
    def errors(self) -> int:
        return sum(finding.severity == "error" for finding in self.findings)

    @property
    def refused(self) -> bool:
        """Whether nothing may be stored."""
        return self.errors > 0

    def error(self, row: int, column: str | None, code: str, message: str) -> None:
        self.findings.append(Finding(row, column, "error", code, message))

    def warn(self, row: int, column: str | None, code: str, message: str) -> None:
        self.findings.append(Finding(row, column, "warning", code, message))

    def ordered(self) -> list[Finding]:
        """Errors before warnings, each in the order of rows."""
        return sorted(self.findings, key=lambda finding: (finding.severity, finding.row))

    def lines(self) -> list[str]:
        """For a terminal: one line a finding, then what was or would be done."""
        told = [
            f"{finding.severity} row {finding.row} {finding.column or '-'} {finding.code}: {finding.message}"
            for finding in self.ordered()
        ]
        done = "refused" if self.refused else "stored" if self.stored else "dry run"
        counts = f"{self.created} new, {self.updated} changed, {self.unchanged} unchanged"
        return [*told, f"{self.kind}: {self.rows} rows, {counts}, {self.errors} errors: {done}"]

    def document(self) -> dict[str, Any]:
        """JSON-able; at most 1,000 findings (`truncated` says so)."""
        ordered = self.ordered()
        return {
            "kind": self.kind,
            "dry_run": self.dry_run,
            "stored": self.stored,
            "rows": self.rows,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "error_count": self.errors,
            "warning_count": len(self.findings) - self.errors,
            "truncated": len(ordered) > MAX_SHOWN,
            "findings": [asdict(finding) for finding in ordered[:MAX_SHOWN]],
        }


class RowReader:
    """Reads the cells of one row and notes every fault, so that a row is judged in one go."""

    def __init__(
        self, report: Report, number: int, cells: Mapping[str, str], labels: Mapping[str, str]
    ) -> None:
        self.report, self.number, self.cells, self.labels = report, number, cells, labels
        self.faulty: set[str] = set()

    @property
    def good(self) -> bool:
        """Whether nothing was wrong so far."""
        return not self.faulty

    def text(self, key: str, limit: int, *, required: bool = False) -> str:
        """The cell's text; a fault when it is too long, or empty although required."""
        value = self.cells.get(key, "")
        if required and not value:
            self.fault(key, "cell.empty", "不能为空")
        if len(value) > limit:
            self.fault(key, "cell.too_long", f"最多 {limit} 个字")
        return value

    def read(self, key: str, parse: Callable[[str], T]) -> T | None:
        """The parsed cell; None where it is empty or faulty."""
        value = self.cells.get(key, "")
        if not value:
            return None
        try:
            return parse(value)
        except CellFault as fault:
            self.fault(key, fault.code, fault.message)
            return None

    def fault(self, key: str, code: str, message: str) -> None:
        """Refuse this row; of several faults of one cell the first is told."""
        if key not in self.faulty:
            self.faulty.add(key)
            self.report.error(self.number, self.labels.get(key, key), code, message)

    def warn(self, key: str, code: str, message: str) -> None:
        """Remark something and go on."""
        self.report.warn(self.number, self.labels.get(key, key), code, message)
