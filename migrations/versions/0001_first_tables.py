"""The first tables of every feature."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

from server.core.db import Ltree, Xid8

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    op.execute("CREATE EXTENSION IF NOT EXISTS ltree")
    op.create_geospatial_table(
        "area",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "city",
                "district",
                "street",
                "community",
                name="level",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.UUID(), nullable=True),
        sa.Column("path", Ltree(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column(
            "outline",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["area.id"], name=op.f("fk_area_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area")),
    )
    op.create_index(op.f("ix_area_path"), "area", ["path"], unique=False, postgresql_using="gist")
    op.create_index(
        "uq_area_code_valid",
        "area",
        ["code"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.create_geospatial_table(
        "base_feature",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("min_zoom", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column(
            "geom",
            Geometry(
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_base_feature")),
    )
    op.create_geospatial_index(
        "idx_base_feature_geom",
        "base_feature",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_table(
        "blob",
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("mime", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("exif", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("thumb_sha256", sa.LargeBinary(), nullable=True),
        sa.Column("large_sha256", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blob")),
    )
    op.create_table(
        "calendar_day",
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "workday",
                "weekend",
                "holiday",
                "makeup",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("date", name=op.f("pk_calendar_day")),
    )
    op.create_table(
        "calendar_version",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_version")),
    )
    op.create_index(
        op.f("ix_calendar_version_imported_at"),
        "calendar_version",
        ["imported_at"],
        unique=False,
    )
    op.create_table(
        "case_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.UUID(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("prev_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_event")),
        sa.UniqueConstraint("case_id", "seq", name=op.f("uq_case_event_case_id_seq")),
    )
    op.create_table(
        "catalogue_version",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("groups", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("items", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_catalogue_version")),
    )
    op.create_table(
        "firm",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("short_name", sa.Text(), nullable=False),
        sa.Column("uscc", sa.Text(), nullable=True),
        sa.Column("uscc_suspect", sa.Boolean(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("legal_representative", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("has_party_organisation", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firm")),
        sa.UniqueConstraint("uscc", name=op.f("uq_firm_uscc")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "city",
                "district",
                "street",
                "community",
                "firm",
                "department",
                "third_party",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("short_name", sa.Text(), nullable=False),
        sa.Column("path", Ltree(), nullable=True),
        sa.Column("document_word", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    op.create_table(
        "sign_in_failure",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failure")),
    )
    op.create_index(
        op.f("ix_sign_in_failure_address_at"),
        "sign_in_failure",
        ["address", "at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_sign_in_failure_username_at"),
        "sign_in_failure",
        ["username", "at"],
        unique=False,
    )
    op.create_table(
        "checklist_version",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("set_code", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("catalogue_version", sa.Text(), nullable=False),
        sa.Column("items", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["catalogue_version"],
            ["catalogue_version.version"],
            name=op.f("fk_checklist_version_catalogue_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checklist_version")),
        sa.UniqueConstraint("set_code", "version", name=op.f("uq_checklist_version_set_code_version")),
    )
    op.create_table(
        "number_series",
        sa.Column("organisation_id", sa.UUID(), nullable=False),
        sa.Column("document_type", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_number_series_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "document_type", "year", name=op.f("pk_number_series")),
    )
    op.create_table(
        "project_manager",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("firm_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_project_manager_firm_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_manager")),
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "inspector",
                "supervisor",
                "legal",
                "firm_handler",
                "firm_manager",
                "department",
                "administrator",
                "observer",
                "system",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("organisation_id", sa.UUID(), nullable=False),
        sa.Column("path", Ltree(), nullable=True),
        sa.Column("firm_id", sa.UUID(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(role IN ('firm_handler','firm_manager')) = (firm_id IS NOT NULL)",
            name=op.f("ck_user_account_firm_role_has_firm"),
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_user_account_firm_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_user_account_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("username", name=op.f("uq_user_account_username")),
    )
    op.create_table(
        "command",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("device_id", sa.UUID(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clock_offset_ms", sa.Integer(), nullable=True),
        sa.Column("applied", sa.Boolean(), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_command_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_command")),
    )
    op.create_index(
        op.f("ix_command_user_id_received_at"),
        "command",
        ["user_id", "received_at"],
        unique=False,
    )
    op.create_geospatial_table(
        "compound",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("management_area", sa.Text(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.Column("path", Ltree(), nullable=False),
        sa.Column("four_bounds", sa.Text(), nullable=False),
        sa.Column("service_form", sa.SmallInteger(), nullable=False),
        sa.Column("committee", sa.SmallInteger(), nullable=False),
        sa.Column("party_coverage", sa.SmallInteger(), nullable=False),
        sa.Column("fee_collection_rate", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("firm_id", sa.UUID(), nullable=True),
        sa.Column("manager_id", sa.UUID(), nullable=True),
        sa.Column("buildings", sa.Integer(), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.Column("floor_area_m2", sa.Integer(), nullable=False),
        sa.Column("is_high_rise", sa.Boolean(), nullable=False),
        sa.Column("service_grade", sa.SmallInteger(), nullable=True),
        sa.Column(
            "outline",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "building_outlines",
            Geometry(
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("building_names", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "changed_xid",
            Xid8(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
        ),
        sa.CheckConstraint("committee BETWEEN 1 AND 3", name=op.f("ck_compound_committee")),
        sa.CheckConstraint(
            "fee_collection_rate BETWEEN 0 AND 100",
            name=op.f("ck_compound_fee_collection_rate"),
        ),
        sa.CheckConstraint("party_coverage BETWEEN 1 AND 5", name=op.f("ck_compound_party_coverage")),
        sa.CheckConstraint("service_form BETWEEN 1 AND 6", name=op.f("ck_compound_service_form")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_compound_area_id")),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_compound_firm_id")),
        sa.ForeignKeyConstraint(["manager_id"], ["project_manager.id"], name=op.f("fk_compound_manager_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compound")),
    )
    op.create_geospatial_index(
        "idx_compound_outline",
        "compound",
        ["outline"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(
        op.f("ix_compound_changed_xid_id"),
        "compound",
        ["changed_xid", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_compound_firm_id"), "compound", ["firm_id"], unique=False)
    op.create_index(
        op.f("ix_compound_path"),
        "compound",
        ["path"],
        unique=False,
        postgresql_using="gist",
    )
    op.create_table(
        "device",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("app_version", sa.Text(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clock_offset_ms", sa.Integer(), nullable=True),
        sa.Column("unsent_count", sa.Integer(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_device_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
    )
    op.create_geospatial_table(
        "photo",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=True),
        sa.Column("visit_id", sa.UUID(), nullable=True),
        sa.Column(
            "stage",
            sa.Enum(
                "before",
                "after",
                "review",
                "visit",
                name="stage",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("group_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(length=1), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("original_sha256", sa.LargeBinary(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("mime", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "position",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("accuracy_m", sa.Float(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "expected",
                "stored",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declared_by", sa.UUID(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("path", Ltree(), nullable=False),
        sa.Column("firm_id", sa.UUID(), nullable=True),
        sa.Column("flags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "changed_xid",
            Xid8(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
        ),
        sa.CheckConstraint("num_nonnulls(case_id, visit_id) = 1", name=op.f("ck_photo_one_subject")),
        sa.CheckConstraint("octet_length(sha256) = 32", name=op.f("ck_photo_sha256")),
        sa.CheckConstraint("size > 0", name=op.f("ck_photo_size")),
        sa.ForeignKeyConstraint(["declared_by"], ["user_account.id"], name=op.f("fk_photo_declared_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo")),
    )
    op.create_index(op.f("ix_photo_case_id"), "photo", ["case_id"], unique=False)
    op.create_index(op.f("ix_photo_changed_xid_id"), "photo", ["changed_xid", "id"], unique=False)
    op.create_index(op.f("ix_photo_sha256"), "photo", ["sha256"], unique=False)
    op.create_index(op.f("ix_photo_visit_id"), "photo", ["visit_id"], unique=False)
    op.create_table(
        "round",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "weekly",
                "ten_day",
                "monthly",
                "ad_hoc",
                "lookback",
                name="level",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("period_key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("inspector_id", sa.UUID(), nullable=False),
        sa.Column("organisation_id", sa.UUID(), nullable=False),
        sa.Column("path", Ltree(), nullable=False),
        sa.Column("checklist_version_id", sa.UUID(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "started",
                "finished",
                "missed",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "changed_xid",
            Xid8(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
        ),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_round_period")),
        sa.ForeignKeyConstraint(
            ["checklist_version_id"],
            ["checklist_version.id"],
            name=op.f("fk_round_checklist_version_id"),
        ),
        sa.ForeignKeyConstraint(["inspector_id"], ["user_account.id"], name=op.f("fk_round_inspector_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_round_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round")),
    )
    op.create_index(op.f("ix_round_changed_xid_id"), "round", ["changed_xid", "id"], unique=False)
    op.create_index(
        op.f("ix_round_inspector_id_starts_on"),
        "round",
        ["inspector_id", "starts_on"],
        unique=False,
    )
    op.create_geospatial_table(
        "building_shape",
        sa.Column("compound_id", sa.UUID(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POLYGON",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["compound_id"],
            ["compound.id"],
            name=op.f("fk_building_shape_compound_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("compound_id", "seq", name=op.f("pk_building_shape")),
    )
    op.create_geospatial_index(
        "idx_building_shape_geom",
        "building_shape",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_table(
        "compound_counter",
        sa.Column("compound_id", sa.UUID(), nullable=False),
        sa.Column("path", Ltree(), nullable=False),
        sa.Column("n_open", sa.Integer(), server_default="0", nullable=False),
        sa.Column("n_critical", sa.Integer(), server_default="0", nullable=False),
        sa.Column("n_major", sa.Integer(), server_default="0", nullable=False),
        sa.Column("n_general", sa.Integer(), server_default="0", nullable=False),
        sa.Column("n_overdue", sa.Integer(), server_default="0", nullable=False),
        sa.Column("n_replied", sa.Integer(), server_default="0", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "centre",
            Geometry(
                geometry_type="POINT",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["compound_id"],
            ["compound.id"],
            name=op.f("fk_compound_counter_compound_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("compound_id", name=op.f("pk_compound_counter")),
    )
    op.create_geospatial_index(
        "idx_compound_counter_centre",
        "compound_counter",
        ["centre"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(
        op.f("ix_compound_counter_path"),
        "compound_counter",
        ["path"],
        unique=False,
        postgresql_using="gist",
    )
    op.create_geospatial_table(
        "compound_shape",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("compound_id", sa.UUID(), nullable=False),
        sa.Column("path", Ltree(), nullable=False),
        sa.Column("firm_id", sa.UUID(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hectares", sa.Float(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["compound_id"],
            ["compound.id"],
            name=op.f("fk_compound_shape_compound_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compound_shape")),
        sa.UniqueConstraint("compound_id", name=op.f("uq_compound_shape_compound_id")),
    )
    op.create_geospatial_index(
        "idx_compound_shape_geom",
        "compound_shape",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("document_type", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.UUID(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("firm_id", sa.UUID(), nullable=False),
        sa.Column("compound_id", sa.UUID(), nullable=False),
        sa.Column("path", Ltree(), nullable=False),
        sa.Column("order_no", sa.Integer(), nullable=False),
        sa.Column("previous_id", sa.UUID(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "issued",
                "acknowledged",
                "replied",
                "complied",
                "partly",
                "not_complied",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.UUID(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("contact_phone", sa.Text(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.UUID(), nullable=True),
        sa.Column("receipt", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("verify_token", sa.Text(), nullable=False),
        sa.Column("document_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("calendar_version", sa.Text(), nullable=False),
        sa.Column(
            "changed_xid",
            Xid8(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["acknowledged_by"],
            ["user_account.id"],
            name=op.f("fk_notice_acknowledged_by"),
        ),
        sa.ForeignKeyConstraint(["compound_id"], ["compound.id"], name=op.f("fk_notice_compound_id")),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_notice_firm_id")),
        sa.ForeignKeyConstraint(["issued_by"], ["user_account.id"], name=op.f("fk_notice_issued_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_notice_organisation_id"),
        ),
        sa.ForeignKeyConstraint(["previous_id"], ["notice.id"], name=op.f("fk_notice_previous_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint(
            "organisation_id",
            "document_type",
            "year",
            "sequence",
            name=op.f("uq_notice_organisation_id_document_type_year_sequence"),
        ),
        sa.UniqueConstraint("verify_token", name=op.f("uq_notice_verify_token")),
    )
    op.create_index(op.f("ix_notice_changed_xid_id"), "notice", ["changed_xid", "id"], unique=False)
    op.create_index(
        op.f("ix_notice_firm_id_issued_at"),
        "notice",
        ["firm_id", "issued_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_notice_path"),
        "notice",
        ["path"],
        unique=False,
        postgresql_using="gist",
    )
    op.create_table(
        "open_tally",
        sa.Column("compound_id", sa.UUID(), nullable=False),
        sa.Column("category", sa.String(length=2), nullable=False),
        sa.Column("severity", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("progress", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("overdue", sa.Boolean(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["compound_id"],
            ["compound.id"],
            name=op.f("fk_open_tally_compound_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "compound_id",
            "category",
            "severity",
            "progress",
            "overdue",
            name=op.f("pk_open_tally"),
        ),
    )
    op.create_table(
        "sign_in_session",
        sa.Column("token_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("device_id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_sign_in_session_device_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_sign_in_session_user_id")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_sign_in_session")),
    )
    op.create_table(
        "upload",
        sa.Column("photo_id", sa.UUID(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name=op.f("fk_upload_photo_id")),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_upload")),
    )
    op.create_geospatial_table(
        "visit",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("round_id", sa.UUID(), nullable=True),
        sa.Column("compound_id", sa.UUID(), nullable=False),
        sa.Column("path", Ltree(), nullable=False),
        sa.Column("inspector_id", sa.UUID(), nullable=False),
        sa.Column("checklist_version_id", sa.UUID(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "arrived",
                "left",
                "missed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "position",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("accuracy_m", sa.Float(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("flags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "changed_xid",
            Xid8(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["checklist_version_id"],
            ["checklist_version.id"],
            name=op.f("fk_visit_checklist_version_id"),
        ),
        sa.ForeignKeyConstraint(["compound_id"], ["compound.id"], name=op.f("fk_visit_compound_id")),
        sa.ForeignKeyConstraint(["inspector_id"], ["user_account.id"], name=op.f("fk_visit_inspector_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_visit_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
    )
    op.create_index(op.f("ix_visit_changed_xid_id"), "visit", ["changed_xid", "id"], unique=False)
    op.create_index(
        op.f("ix_visit_compound_id_arrived_at"),
        "visit",
        ["compound_id", "arrived_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_visit_inspector_id_arrived_at"),
        "visit",
        ["inspector_id", "arrived_at"],
        unique=False,
    )
    op.create_index(op.f("ix_visit_round_id_seq"), "visit", ["round_id", "seq"], unique=False)
    op.create_geospatial_table(
        "finding",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("compound_id", sa.UUID(), nullable=False),
        sa.Column("visit_id", sa.UUID(), nullable=True),
        sa.Column("path", Ltree(), nullable=False),
        sa.Column("firm_id", sa.UUID(), nullable=True),
        sa.Column("item_code", sa.Text(), nullable=False),
        sa.Column("catalogue_version", sa.Text(), nullable=False),
        sa.Column(
            "severity",
            sa.Enum(
                "critical",
                "major",
                "general",
                name="severity",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("responsible", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column(
            "position",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("fix", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("accuracy_m", sa.Float(), nullable=True),
        sa.Column("flags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("photo_excuses", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clock_offset_ms", sa.Integer(), nullable=True),
        sa.Column("found_by", sa.UUID(), nullable=False),
        sa.Column("organisation_id", sa.UUID(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "submitted",
                "returned",
                "rejected",
                "duplicate",
                "on_spot_fixed",
                "confirmed",
                "transferred",
                "noticed",
                "rectifying",
                "overdue",
                "replied",
                "reviewing",
                "closed",
                "reopened",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("triage_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_provisional", sa.Boolean(), nullable=False),
        sa.Column("overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("master_id", sa.UUID(), nullable=True),
        sa.Column("notice_id", sa.UUID(), nullable=True),
        sa.Column("notice_number", sa.Text(), nullable=True),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("failed_reviews", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.UUID(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "changed_xid",
            Xid8(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(state = 'duplicate') = (master_id IS NOT NULL)",
            name=op.f("ck_finding_duplicate_has_master"),
        ),
        sa.CheckConstraint("master_id <> id", name=op.f("ck_finding_not_own_master")),
        sa.ForeignKeyConstraint(
            ["catalogue_version"],
            ["catalogue_version.version"],
            name=op.f("fk_finding_catalogue_version"),
        ),
        sa.ForeignKeyConstraint(["compound_id"], ["compound.id"], name=op.f("fk_finding_compound_id")),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_finding_firm_id")),
        sa.ForeignKeyConstraint(["found_by"], ["user_account.id"], name=op.f("fk_finding_found_by")),
        sa.ForeignKeyConstraint(["master_id"], ["finding.id"], name=op.f("fk_finding_master_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_finding_organisation_id"),
        ),
        sa.ForeignKeyConstraint(["reviewer_id"], ["user_account.id"], name=op.f("fk_finding_reviewer_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_finding_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    op.create_geospatial_index(
        "idx_finding_position",
        "finding",
        ["position"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(
        op.f("ix_finding_changed_xid_id"),
        "finding",
        ["changed_xid", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_finding_compound_id_item_code_captured_at"),
        "finding",
        ["compound_id", "item_code", "captured_at"],
        unique=False,
    )
    op.create_index(
        "ix_finding_due",
        "finding",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'rectifying'"),
    )
    op.create_index(
        op.f("ix_finding_firm_id_received_at"),
        "finding",
        ["firm_id", "received_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_finding_path"),
        "finding",
        ["path"],
        unique=False,
        postgresql_using="gist",
    )
    op.create_index(
        op.f("ix_finding_received_at_id"),
        "finding",
        ["received_at", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_finding_visit_id"), "finding", ["visit_id"], unique=False)
    op.create_table(
        "visit_answer",
        sa.Column("visit_id", sa.UUID(), nullable=False),
        sa.Column("item_code", sa.Text(), nullable=False),
        sa.Column(
            "result",
            sa.Enum(
                "pass",
                "fail",
                "not_applicable",
                name="result",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_visit_answer_visit_id")),
        sa.PrimaryKeyConstraint("visit_id", "item_code", name=op.f("pk_visit_answer")),
    )
    op.create_table(
        "notice_item",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("notice_id", sa.UUID(), nullable=False),
        sa.Column("finding_id", sa.UUID(), nullable=False),
        sa.Column("seq", sa.SmallInteger(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("requirement", sa.Text(), nullable=False),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("printed_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "answered",
                "passed",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_notice_item_finding_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_item_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_item")),
        sa.UniqueConstraint("notice_id", "seq", name=op.f("uq_notice_item_notice_id_seq")),
    )
    op.create_index(op.f("ix_notice_item_finding_id"), "notice_item", ["finding_id"], unique=False)
    op.create_geospatial_table(
        "open_pin",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("finding_id", sa.UUID(), nullable=False),
        sa.Column("compound_id", sa.UUID(), nullable=False),
        sa.Column("firm_id", sa.UUID(), nullable=True),
        sa.Column("path", Ltree(), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("progress", sa.SmallInteger(), nullable=False),
        sa.Column("overdue", sa.Boolean(), nullable=False),
        sa.Column("category", sa.String(length=2), nullable=False),
        sa.Column("urgency", sa.BigInteger(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["finding_id"],
            ["finding.id"],
            name=op.f("fk_open_pin_finding_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_pin")),
        sa.UniqueConstraint("finding_id", name=op.f("uq_open_pin_finding_id")),
    )
    op.create_geospatial_index(
        "idx_open_pin_geom",
        "open_pin",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(op.f("ix_open_pin_compound_id"), "open_pin", ["compound_id"], unique=False)
    op.create_index(
        op.f("ix_open_pin_firm_id"),
        "open_pin",
        ["firm_id"],
        unique=False,
        postgresql_where=sa.text("firm_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_open_pin_urgency_id"), "open_pin", ["urgency", "id"], unique=False)
    op.create_table(
        "response",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("notice_item_id", sa.UUID(), nullable=False),
        sa.Column("finding_id", sa.UUID(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_by", sa.UUID(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_response_finding_id")),
        sa.ForeignKeyConstraint(
            ["notice_item_id"],
            ["notice_item.id"],
            name=op.f("fk_response_notice_item_id"),
        ),
        sa.ForeignKeyConstraint(["submitted_by"], ["user_account.id"], name=op.f("fk_response_submitted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response")),
    )
    op.create_index(op.f("ix_response_notice_item_id"), "response", ["notice_item_id"], unique=False)
    op.create_geospatial_table(
        "review",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("finding_id", sa.UUID(), nullable=False),
        sa.Column("notice_item_id", sa.UUID(), nullable=False),
        sa.Column("response_id", sa.UUID(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "position",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("accuracy_m", sa.Float(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed_by", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_review_finding_id")),
        sa.ForeignKeyConstraint(
            ["notice_item_id"],
            ["notice_item.id"],
            name=op.f("fk_review_notice_item_id"),
        ),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"], name=op.f("fk_review_response_id")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["user_account.id"], name=op.f("fk_review_reviewed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
    )
    op.create_index(op.f("ix_review_finding_id"), "review", ["finding_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_review_finding_id"), table_name="review")
    op.drop_geospatial_table("review")
    op.drop_index(op.f("ix_response_notice_item_id"), table_name="response")
    op.drop_table("response")
    op.drop_index(op.f("ix_open_pin_urgency_id"), table_name="open_pin")
    op.drop_index(
        op.f("ix_open_pin_firm_id"),
        table_name="open_pin",
        postgresql_where=sa.text("firm_id IS NOT NULL"),
    )
    op.drop_index(op.f("ix_open_pin_compound_id"), table_name="open_pin")
    op.drop_geospatial_index(
        "idx_open_pin_geom",
        table_name="open_pin",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_geospatial_table("open_pin")
    op.drop_index(op.f("ix_notice_item_finding_id"), table_name="notice_item")
    op.drop_table("notice_item")
    op.drop_table("visit_answer")
    op.drop_index(op.f("ix_finding_visit_id"), table_name="finding")
    op.drop_index(op.f("ix_finding_received_at_id"), table_name="finding")
    op.drop_index(op.f("ix_finding_path"), table_name="finding", postgresql_using="gist")
    op.drop_index(op.f("ix_finding_firm_id_received_at"), table_name="finding")
    op.drop_index(
        "ix_finding_due",
        table_name="finding",
        postgresql_where=sa.text("state = 'rectifying'"),
    )
    op.drop_index(op.f("ix_finding_compound_id_item_code_captured_at"), table_name="finding")
    op.drop_index(op.f("ix_finding_changed_xid_id"), table_name="finding")
    op.drop_geospatial_index(
        "idx_finding_position",
        table_name="finding",
        postgresql_using="gist",
        column_name="position",
    )
    op.drop_geospatial_table("finding")
    op.drop_index(op.f("ix_visit_round_id_seq"), table_name="visit")
    op.drop_index(op.f("ix_visit_inspector_id_arrived_at"), table_name="visit")
    op.drop_index(op.f("ix_visit_compound_id_arrived_at"), table_name="visit")
    op.drop_index(op.f("ix_visit_changed_xid_id"), table_name="visit")
    op.drop_geospatial_table("visit")
    op.drop_table("upload")
    op.drop_table("sign_in_session")
    op.drop_table("open_tally")
    op.drop_index(op.f("ix_notice_path"), table_name="notice", postgresql_using="gist")
    op.drop_index(op.f("ix_notice_firm_id_issued_at"), table_name="notice")
    op.drop_index(op.f("ix_notice_changed_xid_id"), table_name="notice")
    op.drop_table("notice")
    op.drop_geospatial_index(
        "idx_compound_shape_geom",
        table_name="compound_shape",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_geospatial_table("compound_shape")
    op.drop_index(
        op.f("ix_compound_counter_path"),
        table_name="compound_counter",
        postgresql_using="gist",
    )
    op.drop_geospatial_index(
        "idx_compound_counter_centre",
        table_name="compound_counter",
        postgresql_using="gist",
        column_name="centre",
    )
    op.drop_geospatial_table("compound_counter")
    op.drop_geospatial_index(
        "idx_building_shape_geom",
        table_name="building_shape",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_geospatial_table("building_shape")
    op.drop_index(op.f("ix_round_inspector_id_starts_on"), table_name="round")
    op.drop_index(op.f("ix_round_changed_xid_id"), table_name="round")
    op.drop_table("round")
    op.drop_index(op.f("ix_photo_visit_id"), table_name="photo")
    op.drop_index(op.f("ix_photo_sha256"), table_name="photo")
    op.drop_index(op.f("ix_photo_changed_xid_id"), table_name="photo")
    op.drop_index(op.f("ix_photo_case_id"), table_name="photo")
    op.drop_geospatial_table("photo")
    op.drop_table("device")
    op.drop_index(op.f("ix_compound_path"), table_name="compound", postgresql_using="gist")
    op.drop_index(op.f("ix_compound_firm_id"), table_name="compound")
    op.drop_index(op.f("ix_compound_changed_xid_id"), table_name="compound")
    op.drop_geospatial_index(
        "idx_compound_outline",
        table_name="compound",
        postgresql_using="gist",
        column_name="outline",
    )
    op.drop_geospatial_table("compound")
    op.drop_index(op.f("ix_command_user_id_received_at"), table_name="command")
    op.drop_table("command")
    op.drop_table("user_account")
    op.drop_table("project_manager")
    op.drop_table("number_series")
    op.drop_table("checklist_version")
    op.drop_index(op.f("ix_sign_in_failure_username_at"), table_name="sign_in_failure")
    op.drop_index(op.f("ix_sign_in_failure_address_at"), table_name="sign_in_failure")
    op.drop_table("sign_in_failure")
    op.drop_table("organisation")
    op.drop_table("firm")
    op.drop_table("catalogue_version")
    op.drop_table("case_event")
    op.drop_index(op.f("ix_calendar_version_imported_at"), table_name="calendar_version")
    op.drop_table("calendar_version")
    op.drop_table("calendar_day")
    op.drop_table("blob")
    op.drop_geospatial_index(
        "idx_base_feature_geom",
        table_name="base_feature",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_geospatial_table("base_feature")
    op.drop_index(
        "uq_area_code_valid",
        table_name="area",
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.drop_index(op.f("ix_area_path"), table_name="area", postgresql_using="gist")
    op.drop_geospatial_table("area")
