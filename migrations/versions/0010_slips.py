"""A paper is found by its number, and a slip on the spot by the number that the phone gave it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_official_document_number"), "official_document", ["number"])
    op.create_index(
        op.f("ix_notice_provisional_number"),
        "notice",
        ["provisional_number"],
        postgresql_where=sa.text("provisional_number IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_notice_provisional_number"), "notice")
    op.drop_index(op.f("ix_official_document_number"), "official_document")
