"""Service, extensions, objections, duty reports, links, transfers.

Until now signing a notice in the portal was its service; rows of that time say so.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

from server.core.db import Ltree

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

WIDENED = {
    # (table, column): what it held before, and what it may hold besides
    ("user_account", "role"): (
        (
            *("inspector", "supervisor", "legal", "firm_handler", "firm_manager", "department"),
            *("administrator", "observer", "system"),
        ),
        ("firm_link",),
    ),
    ("photo", "stage"): (("before", "after", "review", "visit"), ("service", "duty", "transfer")),
    ("notice", "state"): (
        ("issued", "acknowledged", "replied", "complied", "partly", "not_complied", "voided"),
        ("served",),
    ),
    ("notice_item", "state"): (("pending", "answered", "passed", "failed"), ("withdrawn",)),
}
INSERT_ONLY = ("deadline_change", "procedure_rule")


def _check(table: str, column: str, values: tuple[str, ...]) -> None:
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{column}")
    allowed = ", ".join(f"'{value}'" for value in values)
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{column} CHECK ({column} IN ({allowed}))")


def upgrade() -> None:
    for (table, column), (before, besides) in WIDENED.items():
        _check(table, column, before + besides)
    op.create_table(
        "procedure_rule",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.UUID(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["set_by"], ["user_account.id"], name=op.f("fk_procedure_rule_set_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedure_rule")),
    )
    op.create_index(op.f("ix_procedure_rule_key_set_at"), "procedure_rule", ["key", "set_at"], unique=False)
    op.create_table(
        "service_consent",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("firm_id", sa.UUID(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("channels", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("signer_name", sa.Text(), nullable=False),
        sa.Column("signer_title", sa.Text(), nullable=False),
        sa.Column("signer_phone", sa.Text(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("paper_number", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.UUID(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.UUID(), nullable=True),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_service_consent_firm_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["user_account.id"], name=op.f("fk_service_consent_recorded_by")
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by"], ["user_account.id"], name=op.f("fk_service_consent_withdrawn_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_consent")),
    )
    op.create_index(
        "uq_service_consent_standing",
        "service_consent",
        ["firm_id"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "service_act",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("firm_id", sa.UUID(), nullable=False),
        sa.Column(
            "method",
            sa.Enum(
                "direct",
                "left_in_place",
                "electronic",
                "post",
                "announcement",
                name="method",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "completed",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("served_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("served_by", sa.UUID(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("recipient", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "relation",
            sa.Enum(
                "legal_representative",
                "principal",
                "mail_receiver",
                "agent",
                name="relation",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("signature_photo_id", sa.UUID(), nullable=True),
        sa.Column("refusal_reason", sa.Text(), nullable=True),
        sa.Column("witness", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("consent_id", sa.UUID(), nullable=True),
        sa.Column("tracking_number", sa.Text(), nullable=True),
        sa.Column("announcement_reason", sa.Text(), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("document_id", sa.UUID(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column(
            "position",
            Geometry(geometry_type="POINT", srid=4326, dimension=2, spatial_index=False),
            nullable=True,
        ),
        sa.Column("accuracy_m", sa.Float(), nullable=True),
        sa.CheckConstraint(
            "(state = 'completed') = (served_at IS NOT NULL)", name=op.f("ck_service_act_completed_has_date")
        ),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["service_consent.id"], name=op.f("fk_service_act_consent_id")
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_service_act_firm_id")),
        sa.ForeignKeyConstraint(["served_by"], ["user_account.id"], name=op.f("fk_service_act_served_by")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["official_document.id"], name=op.f("fk_service_act_document_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_act")),
    )
    op.create_index(
        op.f("ix_service_act_firm_id_attempted_at"), "service_act", ["firm_id", "attempted_at"], unique=False
    )
    op.create_table(
        "notice_link",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("notice_id", sa.UUID(), nullable=False),
        sa.Column("firm_id", sa.UUID(), nullable=False),
        sa.Column("token_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.UUID(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.UUID(), nullable=True),
        sa.Column("holder_name", sa.Text(), nullable=True),
        sa.Column("holder_phone", sa.Text(), nullable=True),
        sa.Column("holder_key_sha256", sa.LargeBinary(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("window_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("window_uses", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_notice_link_firm_id")),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_notice_link_made_by")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_link_notice_id")),
        sa.ForeignKeyConstraint(["revoked_by"], ["user_account.id"], name=op.f("fk_notice_link_revoked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_link")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_notice_link_token_sha256")),
    )
    op.create_index(op.f("ix_notice_link_notice_id"), "notice_link", ["notice_id"], unique=False)
    op.create_table(
        "service_act_notice",
        sa.Column("service_act_id", sa.UUID(), nullable=False),
        sa.Column("notice_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_service_act_notice_notice_id")),
        sa.ForeignKeyConstraint(
            ["service_act_id"], ["service_act.id"], name=op.f("fk_service_act_notice_service_act_id")
        ),
        sa.PrimaryKeyConstraint("service_act_id", "notice_id", name=op.f("pk_service_act_notice")),
    )
    op.create_index(
        op.f("ix_service_act_notice_notice_id"), "service_act_notice", ["notice_id"], unique=False
    )
    op.create_table(
        "transfer",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("finding_id", sa.UUID(), nullable=False),
        sa.Column("path", Ltree(), nullable=False),
        sa.Column("organisation_id", sa.UUID(), nullable=False),
        sa.Column("department_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("document_id", sa.UUID(), nullable=True),
        sa.Column("document_sha256", sa.LargeBinary(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "sent",
                "accepted",
                "declined",
                "reported",
                "concluded",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by", sa.UUID(), nullable=False),
        sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.UUID(), nullable=True),
        sa.Column("handler", sa.Text(), nullable=True),
        sa.Column("handler_phone", sa.Text(), nullable=True),
        sa.Column("answer_text", sa.Text(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("concluded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["answered_by"], ["user_account.id"], name=op.f("fk_transfer_answered_by")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["organisation.id"], name=op.f("fk_transfer_department_id")
        ),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_transfer_finding_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_transfer_organisation_id")
        ),
        sa.ForeignKeyConstraint(["sent_by"], ["user_account.id"], name=op.f("fk_transfer_sent_by")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["official_document.id"], name=op.f("fk_transfer_document_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
    )
    op.create_index(
        op.f("ix_transfer_department_id_sent_at"), "transfer", ["department_id", "sent_at"], unique=False
    )
    op.create_index(op.f("ix_transfer_finding_id"), "transfer", ["finding_id"], unique=False)
    op.create_index(op.f("ix_transfer_path"), "transfer", ["path"], unique=False, postgresql_using="gist")
    op.create_index(
        "ix_transfer_unanswered",
        "transfer",
        ["answer_due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'sent'"),
    )
    op.create_table(
        "deadline_change",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("notice_item_id", sa.UUID(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("cause_id", sa.UUID(), nullable=True),
        sa.ForeignKeyConstraint(
            ["notice_item_id"], ["notice_item.id"], name=op.f("fk_deadline_change_notice_item_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline_change")),
    )
    op.create_index(
        op.f("ix_deadline_change_notice_item_id_changed_at"),
        "deadline_change",
        ["notice_item_id", "changed_at"],
        unique=False,
    )
    op.create_table(
        "extension",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("notice_id", sa.UUID(), nullable=False),
        sa.Column("notice_item_id", sa.UUID(), nullable=False),
        sa.Column("finding_id", sa.UUID(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("interim_measures", sa.Text(), nullable=False),
        sa.Column("due_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wanted_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "granted",
                "refused",
                "withdrawn",
                "moot",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.UUID(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.UUID(), nullable=True),
        sa.Column("granted_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("document_id", sa.UUID(), nullable=True),
        sa.Column("decision_text", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["user_account.id"], name=op.f("fk_extension_decided_by")),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_extension_finding_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_extension_notice_id")),
        sa.ForeignKeyConstraint(
            ["notice_item_id"], ["notice_item.id"], name=op.f("fk_extension_notice_item_id")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["user_account.id"], name=op.f("fk_extension_requested_by")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["official_document.id"], name=op.f("fk_extension_document_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension")),
    )
    op.create_index(op.f("ix_extension_finding_id"), "extension", ["finding_id"], unique=False)
    op.create_index(
        "uq_extension_pending",
        "extension",
        ["notice_item_id"],
        unique=True,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "objection",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("notice_id", sa.UUID(), nullable=False),
        sa.Column("notice_item_id", sa.UUID(), nullable=False),
        sa.Column("finding_id", sa.UUID(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "granted",
                "refused",
                "withdrawn",
                "moot",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filed_by", sa.UUID(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.UUID(), nullable=True),
        sa.Column("decision_text", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["user_account.id"], name=op.f("fk_objection_decided_by")),
        sa.ForeignKeyConstraint(["filed_by"], ["user_account.id"], name=op.f("fk_objection_filed_by")),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_objection_finding_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_objection_notice_id")),
        sa.ForeignKeyConstraint(
            ["notice_item_id"], ["notice_item.id"], name=op.f("fk_objection_notice_item_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection")),
        sa.UniqueConstraint("notice_item_id", name=op.f("uq_objection_notice_item_id")),
    )
    op.create_index(op.f("ix_objection_finding_id"), "objection", ["finding_id"], unique=False)
    op.create_table(
        "transfer_bundle",
        sa.Column("transfer_id", sa.UUID(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "working",
                "ready",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfer.id"], name=op.f("fk_transfer_bundle_transfer_id")
        ),
        sa.PrimaryKeyConstraint("transfer_id", name=op.f("pk_transfer_bundle")),
    )
    op.create_table(
        "duty_report",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("notice_id", sa.UUID(), nullable=False),
        sa.Column("notice_item_id", sa.UUID(), nullable=False),
        sa.Column("finding_id", sa.UUID(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "found",
                "dissuaded",
                "reported",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("steps", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("response_id", sa.UUID(), nullable=True),
        sa.Column("document_id", sa.UUID(), nullable=True),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_duty_report_finding_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_duty_report_notice_id")),
        sa.ForeignKeyConstraint(
            ["notice_item_id"], ["notice_item.id"], name=op.f("fk_duty_report_notice_item_id")
        ),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"], name=op.f("fk_duty_report_response_id")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["official_document.id"], name=op.f("fk_duty_report_document_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_report")),
        sa.UniqueConstraint("notice_item_id", name=op.f("uq_duty_report_notice_item_id")),
    )
    op.create_index(op.f("ix_duty_report_finding_id"), "duty_report", ["finding_id"], unique=False)
    op.add_column("command", sa.Column("link_id", sa.UUID(), nullable=True))
    op.alter_column("command", "user_id", existing_type=sa.UUID(), nullable=True)
    op.add_column("finding", sa.Column("clock_from", sa.DateTime(timezone=True), nullable=True))
    op.add_column("finding", sa.Column("relapse_of", sa.UUID(), nullable=True))
    op.add_column("finding", sa.Column("department_id", sa.UUID(), nullable=True))
    op.create_index(
        "ix_finding_department",
        "finding",
        ["department_id"],
        unique=False,
        postgresql_where=sa.text("department_id IS NOT NULL"),
    )
    op.create_foreign_key(
        op.f("fk_finding_department_id"), "finding", "organisation", ["department_id"], ["id"]
    )
    op.create_foreign_key(op.f("fk_finding_relapse_of"), "finding", "finding", ["relapse_of"], ["id"])
    op.add_column("notice", sa.Column("serve_by", sa.DateTime(timezone=True), nullable=True))
    op.add_column("notice", sa.Column("served_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "notice",
        sa.Column(
            "service_method",
            sa.Enum(
                "direct",
                "left_in_place",
                "electronic",
                "post",
                "announcement",
                name="service_method",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
    )
    op.add_column("notice", sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "notice_item",
        sa.Column(
            "asks",
            sa.Enum(
                "rectify", "duty_report", name="asks", native_enum=False, create_constraint=True, length=32
            ),
            server_default="rectify",
            nullable=False,
        ),
    )
    op.add_column("photo", sa.Column("link_id", sa.UUID(), nullable=True))
    op.add_column("photo", sa.Column("department_id", sa.UUID(), nullable=True))
    op.alter_column("photo", "declared_by", existing_type=sa.UUID(), nullable=True)
    op.add_column("response", sa.Column("link_id", sa.UUID(), nullable=True))
    op.add_column(
        "response",
        sa.Column(
            "state",
            sa.Enum(
                "submitted",
                "need_more",
                "accepted",
                "passed",
                "failed",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="submitted",
            nullable=False,
        ),
    )
    op.add_column("response", sa.Column("more_asked", sa.Text(), nullable=True))
    op.alter_column("response", "submitted_by", existing_type=sa.UUID(), nullable=True)
    op.create_foreign_key(op.f("fk_response_link_id"), "response", "notice_link", ["link_id"], ["id"])
    op.add_column(
        "review", sa.Column("partly", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.execute(
        "UPDATE notice SET serve_by = issued_at + interval '5 days', served_at = acknowledged_at, "
        "opened_at = acknowledged_at, "
        "service_method = CASE WHEN acknowledged_at IS NOT NULL THEN 'electronic' END"
    )
    op.alter_column("notice", "serve_by", nullable=False)
    op.execute("UPDATE finding f SET clock_from = n.served_at FROM notice n WHERE n.id = f.notice_id")
    op.execute(
        "UPDATE response r SET state = CASE WHEN v.passed THEN 'passed' ELSE 'failed' END "
        "FROM review v WHERE v.response_id = r.id"
    )
    for table in INSERT_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_column("review", "partly")
    op.drop_constraint(op.f("fk_response_link_id"), "response", type_="foreignkey")
    op.alter_column("response", "submitted_by", existing_type=sa.UUID(), nullable=False)
    op.drop_column("response", "more_asked")
    op.drop_column("response", "state")
    op.drop_column("response", "link_id")
    op.alter_column("photo", "declared_by", existing_type=sa.UUID(), nullable=False)
    op.drop_column("photo", "department_id")
    op.drop_column("photo", "link_id")
    op.drop_column("notice_item", "asks")
    op.drop_column("notice", "opened_at")
    op.drop_column("notice", "service_method")
    op.drop_column("notice", "served_at")
    op.drop_column("notice", "serve_by")
    op.drop_constraint(op.f("fk_finding_relapse_of"), "finding", type_="foreignkey")
    op.drop_constraint(op.f("fk_finding_department_id"), "finding", type_="foreignkey")
    op.drop_index(
        "ix_finding_department", table_name="finding", postgresql_where=sa.text("department_id IS NOT NULL")
    )
    op.drop_column("finding", "department_id")
    op.drop_column("finding", "relapse_of")
    op.drop_column("finding", "clock_from")
    op.alter_column("command", "user_id", existing_type=sa.UUID(), nullable=False)
    op.drop_column("command", "link_id")
    op.drop_index(op.f("ix_duty_report_finding_id"), table_name="duty_report")
    op.drop_table("duty_report")
    op.drop_table("transfer_bundle")
    op.drop_index(op.f("ix_objection_finding_id"), table_name="objection")
    op.drop_table("objection")
    op.drop_index(
        "uq_extension_pending", table_name="extension", postgresql_where=sa.text("state = 'pending'")
    )
    op.drop_index(op.f("ix_extension_finding_id"), table_name="extension")
    op.drop_table("extension")
    op.drop_index(op.f("ix_deadline_change_notice_item_id_changed_at"), table_name="deadline_change")
    op.drop_table("deadline_change")
    op.drop_index("ix_transfer_unanswered", table_name="transfer", postgresql_where=sa.text("state = 'sent'"))
    op.drop_index(op.f("ix_transfer_path"), table_name="transfer", postgresql_using="gist")
    op.drop_index(op.f("ix_transfer_finding_id"), table_name="transfer")
    op.drop_index(op.f("ix_transfer_department_id_sent_at"), table_name="transfer")
    op.drop_table("transfer")
    op.drop_index(op.f("ix_service_act_notice_notice_id"), table_name="service_act_notice")
    op.drop_table("service_act_notice")
    op.drop_index(op.f("ix_notice_link_notice_id"), table_name="notice_link")
    op.drop_table("notice_link")
    op.drop_index(op.f("ix_service_act_firm_id_attempted_at"), table_name="service_act")
    op.drop_table("service_act")
    op.drop_index(
        "uq_service_consent_standing",
        table_name="service_consent",
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.drop_table("service_consent")
    op.drop_index(op.f("ix_procedure_rule_key_set_at"), table_name="procedure_rule")
    op.drop_table("procedure_rule")
    for (table, column), (before, _) in WIDENED.items():
        _check(table, column, before)
