"""What a transfer (移送) does to the notice that the case stands under.

Only what is overdue is handed over under a notice. Meanwhile the firm's line rests: it waits for nobody.
If the department declines, the notice goes on where it was; if it settles the case, the line is over.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from server.findings.models import Finding
from server.notices import queries, service
from server.notices.rules import ITEM_TRANSITIONS


def rests(session: Session, finding: Finding) -> bool:
    """Whether a notice still waits for its firm about this case."""
    item = queries.current_item(session, finding)
    return item is not None and (item.state, "hand_over") in ITEM_TRANSITIONS


def end(session: Session, finding: Finding) -> None:
    """The department settled the case: nothing is asked of the firm about it any more."""
    item = queries.current_item(session, finding)
    if item is not None and rests(session, finding):
        service.move_item(item, "hand_over")
        service.settle(session, item.notice_id)
