"""The shape of one figure."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]


def row(name: str, value: float, unit: str, ceiling: float | None, goal: float | None = None) -> Row:
    """One figure beside its ceiling, what the machine does without a product.

    `ratio` is value over ceiling, None where nothing bounds it; `goal` is the value not to exceed.
    """
    ratio = None if not ceiling else round(value / ceiling, 3)
    shown = None if ceiling is None else round(ceiling, 3)
    figures = {"name": name, "value": round(value, 3), "unit": unit, "ceiling": shown, "ratio": ratio}
    return figures | {"goal": goal}


def percentile(times: list[float], share: float) -> float:
    """The value below which `share` of `times` lie."""
    return sorted(times)[min(int(len(times) * share), len(times) - 1)]
