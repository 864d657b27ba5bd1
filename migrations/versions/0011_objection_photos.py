"""Photos of an objection are a stage of their own: they are no proof that anything was put right."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BEFORE = ("before", "after", "review", "visit", "service", "duty", "transfer")


def _allow(stages: tuple[str, ...]) -> None:
    op.execute("ALTER TABLE photo DROP CONSTRAINT ck_photo_stage")
    allowed = ", ".join(f"'{stage}'" for stage in stages)
    op.execute(f"ALTER TABLE photo ADD CONSTRAINT ck_photo_stage CHECK (stage IN ({allowed}))")


def upgrade() -> None:
    _allow((*BEFORE, "objection"))
    op.execute(
        "UPDATE photo SET stage = 'objection' FROM objection "
        "WHERE photo.group_id = objection.id AND photo.case_id = objection.finding_id AND photo.stage = 'after'"
    )


def downgrade() -> None:
    op.execute("UPDATE photo SET stage = 'after' WHERE stage = 'objection'")
    _allow(BEFORE)
