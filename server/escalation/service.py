"""The sweep: deadlines are stored facts, being late is noticed here, once, whoever runs it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from server.core.commands import CommandContext
from server.core.db import new_id
from server.core.identity import SYSTEM
from server.findings import service as findings

BATCH = 200


def sweep(session: Session, now: datetime) -> int:
    """Turn findings whose deadline passed unanswered into overdue ones; how many it were.

    Rows held by another worker are skipped, so two sweeps at once share the work and a lost one only
    delays it.
    """
    late = findings.due_now(session, now, BATCH)
    for finding in late:
        context = CommandContext(command_id=new_id(), now=now, captured_at=now)
        findings.expire(session, finding, SYSTEM, context)
    return len(late)
