"""A million lines of case files, recomputed: `xunjian verify-case --all`.

Ceiling: the same rows fetched in the same order and a SHA-256 over as many bytes as each line has, in the
same process: what reading and hashing take without knowing what a line is.
"""

from __future__ import annotations

import hashlib
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.app import create_app
from server.core import ledger
from server.core.config import Settings
from server.core.db import db, new_id
from server.core.identity import SYSTEM
from tests.bench.rows import Row, row
from tests.factories import database

LINES, EACH, BATCH = 1_000_000, 10, 20_000
BEGAN = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
DATA = {
    "item_code": "FP-02",
    "severity": "critical",
    "place": "3 号楼 2 单元东侧消防车通道",
    "photos": ["0" * 64] * 2,
}


def measure(lines: int = LINES) -> Iterator[Row]:
    """Seconds for all lines and the growth of the process meanwhile, MB."""
    with database.clone() as url, tempfile.TemporaryDirectory() as var:
        app = create_app(Settings(database_url=url, var=Path(var)))
        with app.app_context():
            session = db.session()
            _fill(session, lines)
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            wall, found = _timed(lambda: ledger.audit(session))
            grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
            assert (found.cases, found.lines, found.broken) == (lines // EACH, lines, [])
            bare, _ = _timed(lambda: _bare(session))
            session.rollback()
            db.session.remove()
            db.engine.dispose()
    size = f"{lines:,} lines"
    yield row(f"ledger.verify {size}", wall, "s", bare, goal=60)
    yield row(f"ledger.memory {size}", grown, "MB", None, goal=256)


def _fill(session: Session, lines: int) -> None:
    for start in range(0, lines, BATCH):
        cases = [new_id() for _ in range(BATCH // EACH)]
        acts = (
            ledger.Act(case, f"step.{n}", BEGAN + timedelta(minutes=start + n), SYSTEM, DATA)
            for case in cases
            for n in range(EACH)
        )
        session.execute(sa.insert(ledger.CaseEvent), ledger.chain(acts))
        session.commit()
    session.execute(sa.text("ANALYZE case_event"))


def _timed(work: Any) -> tuple[float, Any]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def _bare(session: Session) -> None:
    query = sa.select(*ledger.CaseEvent.__table__.c).order_by(ledger.CaseEvent.case_id, ledger.CaseEvent.seq)
    content = bytes(600)
    for _ in session.execute(query.execution_options(yield_per=ledger.AUDIT_PAGE)):
        hashlib.sha256(content).digest()
