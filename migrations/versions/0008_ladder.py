"""The escalation ladder and the delivery of messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from server.core.db import Ltree

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ladder_version",
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.UUID(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user_account.id"], name=op.f("fk_ladder_version_created_by")
        ),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_ladder_version")),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "in_app",
                "web_push",
                "email",
                "sms",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "sent",
                "dead",
                "dropped",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_message_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("cause", "user_id", "channel", name=op.f("uq_message_cause_user_id_channel")),
    )
    op.create_index(
        "ix_message_due", "message", ["next_at"], unique=False, postgresql_where=sa.text("state = 'queued'")
    )
    op.create_index(
        "ix_message_inbox",
        "message",
        ["user_id", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("channel = 'in_app'"),
    )
    op.create_index(
        "ix_message_state",
        "message",
        ["state", "created_at"],
        unique=False,
        postgresql_where=sa.text("channel <> 'in_app'"),
    )
    op.create_index(
        "ix_message_unread",
        "message",
        ["user_id"],
        unique=False,
        postgresql_where=sa.text("channel = 'in_app' AND read_at IS NULL"),
    )
    op.create_table(
        "message_preference",
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("web_push_on", sa.Boolean(), nullable=False),
        sa.Column("email_on", sa.Boolean(), nullable=False),
        sa.Column("sms_on", sa.Boolean(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_to", sa.Time(), nullable=True),
        sa.Column("muted", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_message_preference_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_message_preference")),
    )
    op.create_table(
        "bulletin",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("path", Ltree(), nullable=False),
        sa.Column("firm_id", sa.UUID(), nullable=False),
        sa.Column("compound_id", sa.UUID(), nullable=False),
        sa.Column("organisation_id", sa.UUID(), nullable=False),
        sa.Column("finding_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.UUID(), nullable=False),
        sa.Column("document_id", sa.UUID(), nullable=True),
        sa.ForeignKeyConstraint(["compound_id"], ["compound.id"], name=op.f("fk_bulletin_compound_id")),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_bulletin_firm_id")),
        sa.ForeignKeyConstraint(["issued_by"], ["user_account.id"], name=op.f("fk_bulletin_issued_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_bulletin_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletin")),
    )
    op.create_index(op.f("ix_bulletin_issued_at_id"), "bulletin", ["issued_at", "id"], unique=False)
    op.create_index(op.f("ix_bulletin_path"), "bulletin", ["path"], unique=False, postgresql_using="gist")
    op.create_table(
        "interview",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("path", Ltree(), nullable=False),
        sa.Column("firm_id", sa.UUID(), nullable=False),
        sa.Column("compound_id", sa.UUID(), nullable=False),
        sa.Column("organisation_id", sa.UUID(), nullable=False),
        sa.Column("finding_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "called",
                "held",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("attendees", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.Column("commitments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("document_id", sa.UUID(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(["compound_id"], ["compound.id"], name=op.f("fk_interview_compound_id")),
        sa.ForeignKeyConstraint(["created_by"], ["user_account.id"], name=op.f("fk_interview_created_by")),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_interview_firm_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_interview_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interview")),
    )
    op.create_index(op.f("ix_interview_created_at_id"), "interview", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_interview_firm_id"), "interview", ["firm_id"], unique=False)
    op.create_index(op.f("ix_interview_path"), "interview", ["path"], unique=False, postgresql_using="gist")
    op.create_table(
        "ladder_step",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("seq", sa.SmallInteger(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "trigger",
            sa.Enum(
                "manual",
                "triage_late",
                "unserved",
                "unacknowledged",
                "due_before",
                "stage_due",
                "overdue",
                "review_due",
                "failed_review",
                "failed_again",
                "transfer_unanswered",
                "repeated_overdue",
                "monthly_bottom",
                "interview_held",
                "report_due",
                "listing_ends",
                name="trigger",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column(
            "action",
            sa.Enum(
                "record",
                "remind",
                "second_order",
                "interview",
                "bulletin",
                "credit",
                "listing",
                "transfer",
                "decision",
                name="action",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "actor",
            sa.Enum(
                "inspector",
                "firm",
                "issuer",
                "firm_and_issuer",
                "reviewer",
                "supervisor",
                "department",
                "district",
                name="actor",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("term_n", sa.Integer(), nullable=True),
        sa.Column("term_unit", sa.Text(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=True),
        sa.Column("window_days", sa.Integer(), nullable=True),
        sa.Column("severities", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("document_types", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("min_orders", sa.SmallInteger(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["version"], ["ladder_version.no"], name=op.f("fk_ladder_step_version")),
        sa.PrimaryKeyConstraint("version", "code", name=op.f("pk_ladder_step")),
    )
    op.create_table(
        "listing",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("path", Ltree(), nullable=False),
        sa.Column("firm_id", sa.UUID(), nullable=False),
        sa.Column("compound_id", sa.UUID(), nullable=False),
        sa.Column("organisation_id", sa.UUID(), nullable=False),
        sa.Column("finding_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "listed",
                "planned",
                "accepting",
                "cleared",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("listed_by", sa.UUID(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("continued", sa.SmallInteger(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.UUID(), nullable=True),
        sa.Column("document_id", sa.UUID(), nullable=True),
        sa.ForeignKeyConstraint(["compound_id"], ["compound.id"], name=op.f("fk_listing_compound_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["user_account.id"], name=op.f("fk_listing_decided_by")),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_listing_firm_id")),
        sa.ForeignKeyConstraint(["listed_by"], ["user_account.id"], name=op.f("fk_listing_listed_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_listing_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing")),
    )
    op.create_index(op.f("ix_listing_firm_id"), "listing", ["firm_id"], unique=False)
    op.create_index(op.f("ix_listing_listed_at_id"), "listing", ["listed_at", "id"], unique=False)
    op.create_index(op.f("ix_listing_path"), "listing", ["path"], unique=False, postgresql_using="gist")
    op.create_table(
        "push_subscription",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("device_id", sa.UUID(), nullable=True),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("p256dh", sa.Text(), nullable=False),
        sa.Column("auth", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_push_subscription_device_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_push_subscription_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscription")),
        sa.UniqueConstraint("endpoint", name=op.f("uq_push_subscription_endpoint")),
    )
    op.create_index(op.f("ix_push_subscription_user_id"), "push_subscription", ["user_id"], unique=False)
    op.create_table(
        "listing_report",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("listing_id", sa.UUID(), nullable=False),
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("percent", sa.SmallInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reported_by", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_listing_report_listing_id")),
        sa.ForeignKeyConstraint(
            ["reported_by"], ["user_account.id"], name=op.f("fk_listing_report_reported_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_report")),
        sa.UniqueConstraint("listing_id", "week", name=op.f("uq_listing_report_listing_id_week")),
    )
    op.create_table(
        "proposal",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column(
            "action",
            sa.Enum(
                "record",
                "remind",
                "second_order",
                "interview",
                "bulletin",
                "credit",
                "listing",
                "transfer",
                "decision",
                name="action",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "actor",
            sa.Enum(
                "inspector",
                "firm",
                "issuer",
                "firm_and_issuer",
                "reviewer",
                "supervisor",
                "department",
                "district",
                name="actor",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "sent",
                "open",
                "accepted",
                "dismissed",
                "lapsed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("finding_id", sa.UUID(), nullable=False),
        sa.Column("notice_id", sa.UUID(), nullable=True),
        sa.Column("firm_id", sa.UUID(), nullable=True),
        sa.Column("compound_id", sa.UUID(), nullable=False),
        sa.Column("path", Ltree(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.UUID(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("outcome", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["compound_id"], ["compound.id"], name=op.f("fk_proposal_compound_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["user_account.id"], name=op.f("fk_proposal_decided_by")),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_proposal_finding_id")),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_proposal_firm_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_proposal_notice_id")),
        sa.ForeignKeyConstraint(["version"], ["ladder_version.no"], name=op.f("fk_proposal_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
        sa.UniqueConstraint(
            "subject_id", "step", "occasion", name=op.f("uq_proposal_subject_id_step_occasion")
        ),
    )
    op.create_index(op.f("ix_proposal_created_at_id"), "proposal", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_proposal_finding_id"), "proposal", ["finding_id"], unique=False)
    op.create_index(
        "ix_proposal_open",
        "proposal",
        ["created_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(op.f("ix_proposal_path"), "proposal", ["path"], unique=False, postgresql_using="gist")
    op.add_column("finding", sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True))

    op.add_column(
        "notice_item",
        sa.Column(
            "stages",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
    )
    # Without the triggers: no phone needs to pull every case again because the server knows one time more.
    op.execute("ALTER TABLE finding DISABLE TRIGGER USER")
    op.execute("UPDATE finding SET waiting_since = coalesce(closed_at, overdue_at, received_at)")
    op.execute("ALTER TABLE finding ENABLE TRIGGER USER")
    op.create_index(
        "ix_finding_waiting",
        "finding",
        ["state", "waiting_since"],
        postgresql_where=sa.text("state IN ('noticed', 'replied', 'reviewing', 'transferred')"),
    )
    op.create_index(
        "ix_finding_overdue", "finding", ["due_at"], postgresql_where=sa.text("state = 'overdue'")
    )
    op.create_index(
        "ix_finding_triage", "finding", ["triage_due_at"], postgresql_where=sa.text("state = 'submitted'")
    )
    for table in ("ladder_version", "ladder_step"):
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_index("ix_finding_triage", table_name="finding")
    op.drop_index("ix_finding_overdue", table_name="finding")
    op.drop_index("ix_finding_waiting", table_name="finding")
    op.drop_column("notice_item", "stages")
    op.drop_column("finding", "waiting_since")
    op.drop_index(op.f("ix_proposal_path"), table_name="proposal", postgresql_using="gist")
    op.drop_index("ix_proposal_open", table_name="proposal", postgresql_where=sa.text("state = 'open'"))
    op.drop_index(op.f("ix_proposal_finding_id"), table_name="proposal")
    op.drop_index(op.f("ix_proposal_created_at_id"), table_name="proposal")
    op.drop_table("proposal")
    op.drop_table("listing_report")
    op.drop_index(op.f("ix_push_subscription_user_id"), table_name="push_subscription")
    op.drop_table("push_subscription")
    op.drop_index(op.f("ix_listing_path"), table_name="listing", postgresql_using="gist")
    op.drop_index(op.f("ix_listing_listed_at_id"), table_name="listing")
    op.drop_index(op.f("ix_listing_firm_id"), table_name="listing")
    op.drop_table("listing")
    op.drop_table("ladder_step")
    op.drop_index(op.f("ix_interview_path"), table_name="interview", postgresql_using="gist")
    op.drop_index(op.f("ix_interview_firm_id"), table_name="interview")
    op.drop_index(op.f("ix_interview_created_at_id"), table_name="interview")
    op.drop_table("interview")
    op.drop_index(op.f("ix_bulletin_path"), table_name="bulletin", postgresql_using="gist")
    op.drop_index(op.f("ix_bulletin_issued_at_id"), table_name="bulletin")
    op.drop_table("bulletin")
    op.drop_table("message_preference")
    op.drop_index(
        "ix_message_unread",
        table_name="message",
        postgresql_where=sa.text("channel = 'in_app' AND read_at IS NULL"),
    )
    op.drop_index("ix_message_state", table_name="message", postgresql_where=sa.text("channel <> 'in_app'"))
    op.drop_index("ix_message_inbox", table_name="message", postgresql_where=sa.text("channel = 'in_app'"))
    op.drop_index("ix_message_due", table_name="message", postgresql_where=sa.text("state = 'queued'"))
    op.drop_table("message")
    op.drop_table("ladder_version")
