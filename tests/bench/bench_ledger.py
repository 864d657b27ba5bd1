"""A million lines of case files, recomputed: `xunjian verify-case --all`.

Ceiling: the same rows fetched in the same order and a SHA-256 over as many bytes as each line has, in the
same process: what reading and hashing take without knowing what a line is.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

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
    """Seconds of the whole command for all lines, and the memory of its process, MB."""
    with database.clone() as url, tempfile.TemporaryDirectory() as var:
        app = create_app(Settings(database_url=url, var=Path(var)))
        with app.app_context():
            _fill(db.session(), lines)
            wall, megabytes = _command(url, var, f"intact: {lines // EACH:,} cases, {lines:,} lines")
            began = time.perf_counter()
            _bare(db.session())
            bare = time.perf_counter() - began
            db.session.remove()
            db.engine.dispose()
    yield row(f"ledger.verify {lines:,} lines", wall, "s", bare, goal=60)
    yield row(f"ledger.memory {lines:,} lines", megabytes, "MB", None, goal=256)


def _command(url: str, var: str, said: str) -> tuple[float, float]:
    command = [sys.executable, "-m", "server.cli", "verify-case", "--all"]
    environ, peak = os.environ | {"DATABASE_URL": url, "VAR": var}, 0.0
    began = time.perf_counter()
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        while running.poll() is None:
            peak = max(peak, _megabytes(running.pid))
            time.sleep(0.2)
        wall = time.perf_counter() - began
        assert running.stdout and said in running.stdout.read().decode()
    return wall, peak


def _megabytes(pid: int) -> float:
    """The most that a process ever held (`VmHWM`); what `wait` tells begins with its parent's."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


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


def _bare(session: Session) -> None:
    query = sa.select(*ledger.CaseEvent.__table__.c).order_by(ledger.CaseEvent.case_id, ledger.CaseEvent.seq)
    content = bytes(600)
    for _ in session.execute(query.execution_options(yield_per=ledger.AUDIT_PAGE)):
        hashlib.sha256(content).digest()
