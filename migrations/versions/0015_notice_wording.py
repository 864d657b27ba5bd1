"""A line of a notice keeps place and facts as its paper words them; rows of before say what the finding says."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notice_item", sa.Column("place", sa.Text()))
    op.add_column("notice_item", sa.Column("facts", sa.Text()))


def downgrade() -> None:
    op.drop_column("notice_item", "facts")
    op.drop_column("notice_item", "place")
