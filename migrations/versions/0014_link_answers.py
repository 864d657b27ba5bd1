"""Stored answers of `make_link` lose the address of the link: it is reckoned anew when it is told.

The table refuses every change but for the moment of this one.
"""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE command DISABLE TRIGGER USER")
    op.execute("""
        UPDATE command SET answer = jsonb_set(answer, '{result}', (answer -> 'result') - 'url' - 'qr')
        WHERE kind = 'make_link' AND jsonb_typeof(answer -> 'result') = 'object'
    """)
    op.execute("ALTER TABLE command ENABLE TRIGGER USER")


def downgrade() -> None:
    """What was forgotten stays forgotten."""
