"""What the server knows of each phone: receipts given, work received, remote orders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

DEVICE = (
    ("readiness", pg.JSONB()),
    ("recorded", pg.JSONB()),
    ("confirmed", pg.JSONB()),
    ("counted_since", sa.DateTime(timezone=True)),
    ("counted_at", sa.DateTime(timezone=True)),
    ("gap", pg.JSONB()),
    ("gap_since", sa.DateTime(timezone=True)),
    ("reconciled_at", sa.DateTime(timezone=True)),
    ("revoked_by", pg.UUID(as_uuid=True)),
    ("drained_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    op.create_table(
        "receipt_key",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_receipt_key"),
    )
    op.create_table(
        "office_key",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_office_key"),
    )
    op.create_table(
        "imported_command",
        sa.Column("command_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("imported_by", pg.UUID(as_uuid=True), nullable=True),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["command_id"], ["command.id"], name="fk_imported_command_command_id"),
        sa.PrimaryKeyConstraint("command_id", name="pk_imported_command"),
    )
    for name, kind in DEVICE:
        op.add_column("device", sa.Column(name, kind, nullable=True))
    op.add_column("photo", sa.Column("device_id", pg.UUID(as_uuid=True), nullable=True))


def downgrade() -> None:
    op.drop_column("photo", "device_id")
    for name, _ in reversed(DEVICE):
        op.drop_column("device", name)
    op.drop_table("imported_command")
    op.drop_table("office_key")
    op.drop_table("receipt_key")
