"""Official documents of every type: register, numbers, templates, seals, powers; officers' certificates.

Notices that were issued before get the register's row that their paper should have had.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from server.core.db import Ltree

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NOTICE_STATES = ("issued", "acknowledged", "replied", "complied", "partly", "not_complied")
TABLES = ("document_copy", "order_power", "official_document", "document_template", "document_office")

ADOPT = """
    INSERT INTO official_document (id, document_type, organisation_id, year, sequence, edition, number, title,
        addressee, firm_id, path, case_ids, issued_at, issued_by, state, verify_token, sha256,
        template_version, facts)
    SELECT gen_random_uuid(), n.document_type, n.organisation_id, n.year, n.sequence, 0, n.number,
        '限期整改通知书', f.name, n.firm_id, n.path,
        coalesce((SELECT array_agg(i.finding_id ORDER BY i.seq) FROM notice_item i WHERE i.notice_id = n.id), '{}'),
        n.issued_at, n.issued_by, 'in_force', n.verify_token, n.document_sha256, 0, '{}'
    FROM notice n JOIN firm f ON f.id = n.firm_id
"""


def _types() -> sa.Enum:
    return sa.Enum(
        "N1",
        "N2",
        "N3",
        "N4",
        "N5",
        "urge",
        "extension",
        "review",
        "transfer",
        "service",
        "bulletin",
        "duty_report",
        name="document_type",
        native_enum=False,
        create_constraint=True,
        length=32,
    )


def upgrade() -> None:
    op.create_table(
        "document_office",
        sa.Column("organisation_id", sa.UUID(), nullable=False),
        sa.Column("seal_sha256", sa.LargeBinary(), nullable=True),
        sa.Column("seal_label", sa.Text(), nullable=False),
        sa.Column("reconsideration_body", sa.Text(), nullable=False),
        sa.Column("court", sa.Text(), nullable=False),
        sa.Column("author_id", sa.UUID(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user_account.id"], name=op.f("fk_document_office_author_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_document_office_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_document_office")),
    )
    op.create_table(
        "document_template",
        sa.Column("organisation_id", sa.UUID(), nullable=False),
        sa.Column("document_type", _types(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number_pattern", sa.Text(), nullable=False),
        sa.Column("arabic_date", sa.Boolean(), nullable=False),
        sa.Column("wording", postgresql.JSONB(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("author_id", sa.UUID(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user_account.id"], name=op.f("fk_document_template_author_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_document_template_organisation_id")
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "document_type", "version", name=op.f("pk_document_template")
        ),
    )
    op.create_table(
        "official_document",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("document_type", _types(), nullable=False),
        sa.Column("organisation_id", sa.UUID(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("edition", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("addressee", sa.Text(), nullable=False),
        sa.Column("firm_id", sa.UUID(), nullable=True),
        sa.Column("path", Ltree(), nullable=True),
        sa.Column("case_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("refers_to_id", sa.UUID(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.UUID(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "in_force",
                "voided",
                "superseded",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("supersedes_id", sa.UUID(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.UUID(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("verify_token", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("signed_by", sa.Text(), nullable=True),
        sa.Column("template_version", sa.Integer(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["user_account.id"], name=op.f("fk_official_document_ended_by")
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_official_document_firm_id")),
        sa.ForeignKeyConstraint(
            ["issued_by"], ["user_account.id"], name=op.f("fk_official_document_issued_by")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_official_document_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["refers_to_id"], ["official_document.id"], name=op.f("fk_official_document_refers_to_id")
        ),
        sa.ForeignKeyConstraint(
            ["supersedes_id"], ["official_document.id"], name=op.f("fk_official_document_supersedes_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_official_document")),
        sa.UniqueConstraint(
            "organisation_id",
            "document_type",
            "year",
            "sequence",
            "edition",
            name="uq_official_document_series",
        ),
        sa.UniqueConstraint(
            "organisation_id", "number", name=op.f("uq_official_document_organisation_id_number")
        ),
        sa.UniqueConstraint("supersedes_id", name=op.f("uq_official_document_supersedes_id")),
        sa.UniqueConstraint("verify_token", name=op.f("uq_official_document_verify_token")),
    )
    op.create_index(
        op.f("ix_official_document_case_ids"),
        "official_document",
        ["case_ids"],
        unique=False,
        postgresql_using="gin",
    )
    op.create_index(op.f("ix_official_document_firm_id"), "official_document", ["firm_id"], unique=False)
    op.create_index(
        op.f("ix_official_document_issued_at_id"), "official_document", ["issued_at", "id"], unique=False
    )
    op.create_index(
        op.f("ix_official_document_path"),
        "official_document",
        ["path"],
        unique=False,
        postgresql_using="gist",
    )
    op.create_index(
        op.f("ix_official_document_refers_to_id"), "official_document", ["refers_to_id"], unique=False
    )
    op.create_index(op.f("ix_official_document_sha256"), "official_document", ["sha256"], unique=False)
    op.create_table(
        "order_power",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("organisation_id", sa.UUID(), nullable=False),
        sa.Column("item_code", sa.Text(), nullable=True),
        sa.Column("item_group", sa.Text(), nullable=True),
        sa.Column("statute", sa.Text(), nullable=False),
        sa.Column("article", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("author_id", sa.UUID(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(item_code IS NULL) <> (item_group IS NULL)", name=op.f("ck_order_power_item_or_group")
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_order_power_term")),
        sa.ForeignKeyConstraint(["author_id"], ["user_account.id"], name=op.f("fk_order_power_author_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_order_power_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_power")),
    )
    op.create_index(op.f("ix_order_power_organisation_id"), "order_power", ["organisation_id"], unique=False)
    op.create_table(
        "document_copy",
        sa.Column("document_id", sa.UUID(), nullable=False),
        sa.Column("part", sa.SmallInteger(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["official_document.id"], name=op.f("fk_document_copy_document_id")
        ),
        sa.PrimaryKeyConstraint("document_id", "part", name=op.f("pk_document_copy")),
    )
    op.create_index(op.f("ix_document_copy_sha256"), "document_copy", ["sha256"], unique=False)
    op.execute(ADOPT)
    op.add_column("notice", sa.Column("document_id", sa.UUID(), nullable=True))
    op.execute(
        "UPDATE notice n SET document_id = d.id FROM official_document d WHERE d.verify_token = n.verify_token"
    )
    op.alter_column("notice", "document_id", nullable=False)
    op.add_column("notice", sa.Column("provisional_number", sa.Text(), nullable=True))
    op.add_column("notice", sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("notice", sa.Column("void_reason", sa.Text(), nullable=True))
    op.create_unique_constraint("uq_notice_document_id", "notice", ["document_id"])
    op.create_foreign_key("fk_notice_document_id", "notice", "official_document", ["document_id"], ["id"])
    _notice_states(*NOTICE_STATES, "voided")
    op.add_column("user_account", sa.Column("certificate", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("user_account", "certificate")
    _notice_states(*NOTICE_STATES)
    for column in ("void_reason", "voided_at", "provisional_number", "document_id"):
        op.drop_column("notice", column)
    for table in TABLES:
        op.drop_table(table)


def _notice_states(*states: str) -> None:
    listed = ", ".join(f"'{state}'" for state in states)
    op.execute("ALTER TABLE notice DROP CONSTRAINT ck_notice_state")
    op.execute(f"ALTER TABLE notice ADD CONSTRAINT ck_notice_state CHECK (state IN ({listed}))")
