"""What the database itself guarantees, and the job queue.

* `changed_xid` follows every update of a mirrored row, so that no change can be hidden from a phone.
* The case file, the catalogue and checklist versions cannot be changed or deleted, by anybody.
* The job queue's own schema (procrastinate), which lives and migrates with ours.
"""

from __future__ import annotations

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MIRRORED = ("compound", "round", "visit", "photo", "finding", "notice")


def upgrade() -> None:
    op.execute(
        """
        CREATE FUNCTION touch_changed_xid() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.changed_xid := pg_current_xact_id();
            RETURN NEW;
        END $$
        """
    )
    for table in MIRRORED:
        op.execute(
            f"CREATE TRIGGER {table}_changed BEFORE INSERT OR UPDATE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION touch_changed_xid()"
        )
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    for table in ("case_event", "catalogue_version", "checklist_version", "command"):
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    # The driver is called without parameters, because the schema's text contains percent signs.
    op.get_bind().connection.cursor().execute(SchemaManager.get_schema())


def downgrade() -> None:
    op.execute(
        """
        DO $$
        DECLARE item record;
        BEGIN
            FOR item IN SELECT tablename FROM pg_tables
                WHERE schemaname = current_schema() AND tablename LIKE 'procrastinate\\_%' LOOP
                EXECUTE format('DROP TABLE %I CASCADE', item.tablename);
            END LOOP;
            FOR item IN SELECT p.oid::regprocedure AS name FROM pg_proc p
                WHERE p.pronamespace = current_schema()::regnamespace AND p.proname LIKE 'procrastinate\\_%' LOOP
                EXECUTE format('DROP FUNCTION %s CASCADE', item.name);
            END LOOP;
            FOR item IN SELECT typname FROM pg_type
                WHERE typnamespace = current_schema()::regnamespace
                AND typname IN ('procrastinate_job_status', 'procrastinate_job_event_type', 'procrastinate_job_to_defer_v1',
                                'procrastinate_job_to_defer_v2') LOOP
                EXECUTE format('DROP TYPE IF EXISTS %I CASCADE', item.typname);
            END LOOP;
        END $$
        """
    )
    op.execute("DROP FUNCTION touch_changed_xid() CASCADE")
    op.execute("DROP FUNCTION refuse_change() CASCADE")
