"""The camera's own file of a photo: what was announced, what arrived, and how far its upload is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("photo", sa.Column("original_size", sa.BigInteger()))
    op.add_column("photo", sa.Column("original_mime", sa.Text()))
    op.add_column("photo", sa.Column("original_stored_at", sa.DateTime(timezone=True)))
    op.add_column("photo", sa.Column("original_ms", sa.Integer()))
    op.create_table(
        "original_upload",
        sa.Column("photo_id", sa.Uuid(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.Text()),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name=op.f("fk_original_upload_photo_id")),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_original_upload")),
    )


def downgrade() -> None:
    op.drop_table("original_upload")
    for name in ("original_ms", "original_stored_at", "original_mime", "original_size"):
        op.drop_column("photo", name)
