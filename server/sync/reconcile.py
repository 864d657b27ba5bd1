"""Use case: does the server hold what the phones say they gave it?

Each night the totals that a phone keeps of its own work are held against what came from it. Two things
cannot be explained and are told to the supervisor: the phone has a receipt for more than is here, or it
recorded more than it has sent and still holds. What merely waits on a phone is no gap.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.accounts import devices, people
from server.accounts.models import Device
from server.accounts.rules import Gap, Totals, unexplained
from server.messages import service as messages


@dataclass(frozen=True, slots=True)
class Reconciled:
    """One phone: whose, what it told, what is here, and the gap if there is one."""

    device_id: uuid.UUID
    username: str
    recorded: Totals
    confirmed: Totals
    received: Totals
    unsent: int
    gap: Gap | None
    is_new: bool

    def line(self) -> str:
        """For a terminal."""
        told = " ".join(
            f"{name} {getattr(self.recorded, name)}/{getattr(self.confirmed, name)}/"
            f"{getattr(self.received, name)}"
            for name in ("findings", "photos", "commands", "originals")
        )
        fault = f"  GAP: {self.gap.lost_here} lost here, {self.gap.lost_there} lost there" if self.gap else ""
        return f"{self.device_id} {self.username}: {told} unsent {self.unsent}{fault}"


_RECEIVED = sa.text("""
    WITH counted AS (SELECT id, counted_since FROM device WHERE counted_since IS NOT NULL),
    commands AS (
        SELECT c.device_id AS id, count(*) AS commands,
            count(*) FILTER (WHERE c.kind = 'open_finding') AS findings
        FROM command c JOIN counted d ON d.id = c.device_id AND c.received_at >= d.counted_since
        GROUP BY c.device_id
    ), photos AS (
        SELECT p.device_id AS id, count(*) AS photos, count(p.original_stored_at) AS originals
        FROM photo p JOIN counted d ON d.id = p.device_id AND p.declared_at >= d.counted_since
        WHERE p.state = 'stored'
        GROUP BY p.device_id
    )
    SELECT d.id, coalesce(c.findings, 0) AS findings, coalesce(p.photos, 0) AS photos,
        coalesce(c.commands, 0) AS commands, coalesce(p.originals, 0) AS originals
    FROM counted d LEFT JOIN commands c USING (id) LEFT JOIN photos p USING (id)
""")
"""Two passes over the tables for all phones at once: an index by device would cost every delivery."""


def reconcile(session: Session, now: datetime) -> Iterator[Reconciled]:
    """Compare every phone that keeps totals, keep the result at its row, tell of new gaps; yields each."""
    received = {
        row.id: Totals(row.findings, row.photos, row.commands, row.originals)
        for row in session.execute(_RECEIVED)
    }
    for device, username in devices.counted(session):
        recorded, confirmed = Totals.of(device.recorded), Totals.of(device.confirmed)
        here = received.get(device.id, Totals())
        unsent = device.unsent_count or 0
        gap = unexplained(recorded, confirmed, here, unsent)
        is_new = devices.note_gap(session, device, gap, now)
        if gap is not None and is_new:
            _tell(session, device, username, gap, now)
        yield Reconciled(device.id, username, recorded, confirmed, here, unsent, gap, is_new)


def _tell(session: Session, device: Device, username: str, gap: Gap, now: datetime) -> None:
    """Say it to whoever answers for the phone's owner: once for each gap, again only when it is another."""
    since = device.gap_since or now
    cause = f"device.gap:{device.id}:{since.isoformat()}:{gap.lost_here}:{gap.lost_there}"
    parts = [
        f"{gap.lost_here} 件手机上有回执、局里没有" if gap.lost_here else "",
        f"{gap.lost_there} 件手机上记过、没有送到也不在待发里" if gap.lost_there else "",
    ]
    body = f"{username} 的手机：" + "，".join(part for part in parts if part)
    for owner in people.named(session, [device.user_id], now):
        to = [person.id for person in people.nearest_supervisors(session, owner.path or "", now)]
        messages.tell(session, "device.gap", cause, to, body, "/s/devices", now)
