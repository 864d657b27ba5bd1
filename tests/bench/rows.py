"""The shape of one figure."""

from __future__ import annotations

import os
from typing import Any

Row = dict[str, Any]
_TICKS = os.sysconf("SC_CLK_TCK")


def row(name: str, value: float, unit: str, ceiling: float | None) -> Row:
    """One figure beside its ceiling; `ratio` is value over ceiling, None where nothing bounds it."""
    ratio = None if not ceiling else round(value / ceiling, 3)
    shown = None if ceiling is None else round(ceiling, 3)
    return {"name": name, "value": round(value, 3), "unit": unit, "ceiling": shown, "ratio": ratio}


def percentile(times: list[float], share: float) -> float:
    """The value below which `share` of `times` lie."""
    return sorted(times)[min(int(len(times) * share), len(times) - 1)]


def cpu_seconds(pids: list[int]) -> float:
    """CPU seconds that these processes and their finished children have used (Linux)."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
                fields = stat.read().rpartition(")")[2].split()
        except FileNotFoundError:
            continue
        total += sum(int(field) for field in fields[11:15])
    return total / _TICKS
