"""The figures as tables for `docs/performance.md`: `xunjian bench --markdown`, or lines of JSON from before.

`python -m tests.bench.tables < figures.jsonl` prints the tables of figures that were kept.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterable
from datetime import datetime

from tests.bench.rows import Row

HEAD = "| figure | value | ceiling | ratio | goal | |\n|---|--:|--:|--:|--:|---|"


def markdown(rows: Iterable[Row]) -> str:
    """One table for each bench: figure, ceiling of the same run, their ratio, the goal, whether it is met."""
    parts = [_conditions()]
    bench = ""
    for each in rows:
        name, _, rest = each["name"].partition(": " if ": " in each["name"] else ".")
        if name != bench:
            bench = name
            parts.append(
                f"\n### {name}\n\n| figure | value | ceiling | ratio | goal | |\n|---|--:|--:|--:|--:|---|"
            )
        parts.append(_line(rest, each))
    return "\n".join(parts) + "\n"


def _line(name: str, each: Row) -> str:
    goal = each.get("goal")
    met = "" if goal is None else "met" if each["value"] <= goal else "**missed**"
    cells = [_number(each["ceiling"]), _number(each["ratio"]), _number(goal), met]
    value = f"{_number(each['value'])} {each['unit'].removeprefix('1')}"
    return f"| {name.replace('_', ' ')} | {value} | {' | '.join(cells)} |"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _conditions() -> str:
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    now = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M")
    return f"Taken {now} on {os.cpu_count()} cores ({platform.system()}), load averages at the end {load}."


if __name__ == "__main__":
    print(markdown(json.loads(line) for line in sys.stdin if line.startswith("{")))
