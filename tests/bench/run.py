"""`make bench`: one JSON object a line, `{"name", "value", "unit", "ceiling", "ratio"}`.

Every figure stands beside a raw ceiling that was measured in the same minute on the same machine; each
module says what its ceiling is. Wall time on a shared machine swings, so ratios and CPU milliseconds are
what to read.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from server.app import create_app
from server.core.config import Settings
from tests.bench import (
    bench_ingest,
    bench_ledger,
    bench_links,
    bench_maps,
    bench_notices,
    bench_pull,
    bench_storm,
)
from tests.bench.rows import Row
from tests.bench.tables import markdown
from tests.factories import database


def _maps(findings: int) -> Iterable[Row]:
    with database.clone() as url, tempfile.TemporaryDirectory() as var:
        app = create_app(Settings(database_url=url, var=Path(var)))
        yield from bench_maps.measure(app, findings=findings)


def run(only: str, findings: int, as_markdown: bool) -> None:
    """Print the figures of all benches whose name starts with `only`: as each is done, or as tables."""
    benches: dict[str, Callable[[], Iterable[Row]]] = {
        "notice": bench_notices.measure,
        "ingest": bench_ingest.measure,
        "links": bench_links.measure,
        "pull": bench_pull.measure,
        "ledger": bench_ledger.measure,
        "map": lambda: _maps(findings),
        "storm": bench_storm.measure,
    }
    found: list[Row] = []
    for name, measure in benches.items():
        if not name.startswith(only):
            continue
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        for row in measure():
            found.append(row)
            if not as_markdown:
                print(json.dumps(row, ensure_ascii=False), flush=True)
    if as_markdown:
        print(markdown(found))
