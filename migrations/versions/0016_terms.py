"""Powers and certificates with terms: what gives them, what ended them, and nothing overwritten.

A certificate was a number of the account. Those numbers become rows of their own; since when they hold was
never asked, which their note says.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_TAKE_OVER = """
INSERT INTO officer_certificate (id, user_id, number, valid_from, note, created_at)
SELECT gen_random_uuid(), id, certificate, DATE '2000-01-01', '由账号登记转入，起始日期不详', now()
FROM user_account WHERE btrim(certificate) <> ''
"""
_GIVE_BACK = """
UPDATE user_account SET certificate = held.number FROM (
  SELECT DISTINCT ON (user_id) user_id, number FROM officer_certificate
  WHERE ended_on IS NULL ORDER BY user_id, valid_from DESC
) AS held WHERE held.user_id = user_account.id
"""


def _ending() -> list[sa.Column[object]]:
    return [
        sa.Column("ended_on", sa.Date()),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_by", sa.Uuid()),
        sa.Column("end_reason", sa.Text()),
    ]


def upgrade() -> None:
    op.add_column("order_power", sa.Column("basis", sa.Text(), nullable=False, server_default=""))
    op.alter_column("order_power", "basis", server_default=None)
    for column in _ending():
        op.add_column("order_power", column)
    op.create_foreign_key(
        op.f("fk_order_power_ended_by"), "order_power", "user_account", ["ended_by"], ["id"]
    )
    op.create_check_constraint(
        op.f("ck_order_power_ended_whole"), "order_power", "(ended_on IS NULL) = (ended_at IS NULL)"
    )
    op.create_table(
        "officer_certificate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date()),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        *_ending(),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_officer_certificate_term")
        ),
        sa.CheckConstraint(
            "(ended_on IS NULL) = (ended_at IS NULL)", name=op.f("ck_officer_certificate_ended_whole")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_officer_certificate_user_id")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user_account.id"], name=op.f("fk_officer_certificate_author_id")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["user_account.id"], name=op.f("fk_officer_certificate_ended_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer_certificate")),
    )
    op.create_index(op.f("ix_officer_certificate_user_id"), "officer_certificate", ["user_id"])
    op.execute(_TAKE_OVER)
    op.drop_column("user_account", "certificate")


def downgrade() -> None:
    op.add_column("user_account", sa.Column("certificate", sa.Text()))
    op.execute(_GIVE_BACK)
    op.drop_table("officer_certificate")
    op.drop_constraint(op.f("ck_order_power_ended_whole"), "order_power", type_="check")
    op.drop_constraint(op.f("fk_order_power_ended_by"), "order_power", type_="foreignkey")
    for name in ("ended_on", "ended_at", "ended_by", "end_reason", "basis"):
        op.drop_column("order_power", name)
