"""Which severities' camera files the office wants: versions that are never changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "originals_rule",
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("severities", pg.ARRAY(sa.Text()), nullable=False),
        sa.CheckConstraint(
            "severities <@ ARRAY['critical', 'major', 'general']", name=op.f("ck_originals_rule_severities")
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user_account.id"], name=op.f("fk_originals_rule_created_by")
        ),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_originals_rule")),
    )
    op.execute(
        "CREATE TRIGGER originals_rule_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON originals_rule "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("originals_rule")
