"""Which severities' camera files phones send besides the pictures that they made of them.

Until an administrator says so it is what the deployment was configured with (`XUNJIAN_KEEP_ORIGINALS`). A
version is never changed: what a phone was told on a day can be looked up.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.accounts import errors, queries
from server.accounts.models import OriginalsRule
from server.core import context
from server.core.identity import Identity
from server.core.permissions import Permission, require

HISTORY_SHOWN = 50
_ORDER = ("critical", "major", "general")


def in_force(session: Session) -> Sequence[str]:
    """The severities, the gravest first."""
    newest = queries.originals_rules(session, 1)
    return newest[0].severities if newest else context.settings().keep_originals


def show(session: Session, identity: Identity) -> dict[str, Any]:
    """The rule in force and the versions before it (schema `OriginalsRuleSchema`)."""
    require(identity, Permission.ORIGINALS_RULE)
    history = queries.originals_rules(session, HISTORY_SHOWN)
    return {
        "no": history[0].no if history else 0,
        "severities": in_force(session),
        "history": [
            {"no": row.no, "created_at": row.created_at, "author": row.author, "severities": row.severities}
            for row in history
        ],
    }


def decide(session: Session, identity: Identity, body: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Store another rule on top of the one that the editor saw; raises `OriginalsRuleChanged`."""
    require(identity, Permission.ORIGINALS_RULE)
    queries.lock_originals_rule(session)
    newest = queries.originals_rules(session, 1)
    no = newest[0].no if newest else 0
    if body["based_on"] != no:
        raise errors.OriginalsRuleChanged(no=no)
    row = {"no": no + 1, "created_at": now, "created_by": identity.user_id, "author": identity.display_name}
    wanted = [each for each in _ORDER if each in body["severities"]]
    session.execute(sa.insert(OriginalsRule).values(row | {"severities": wanted}))
    return show(session, identity)
