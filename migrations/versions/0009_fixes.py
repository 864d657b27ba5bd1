"""Arrival and departure keep the fix as the phone sent it; the trail of a person is found by an index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("visit", sa.Column("fix", postgresql.JSONB()))
    op.add_column("visit", sa.Column("left_fix", postgresql.JSONB()))
    op.create_index(op.f("ix_finding_found_by_captured_at"), "finding", ["found_by", "captured_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_finding_found_by_captured_at"), "finding")
    op.drop_column("visit", "left_fix")
    op.drop_column("visit", "fix")
