"""Departments on the map and in the register: whose a pin is, and who may read a document.

A copy of the statements of `server/maps/triggers.py` as they were; without `department_id` they are those
of 0004.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

WANTED = """
CREATE FUNCTION map_wanted_pins() RETURNS TABLE (
    finding_id uuid, compound_id uuid, firm_id uuid, department_id uuid, path ltree, severity smallint,
    progress smallint, overdue boolean, category varchar, urgency bigint, geom geometry
) LANGUAGE sql STABLE AS $$
    SELECT f.id, f.compound_id,
        CASE WHEN f.state IN ('noticed', 'rectifying', 'overdue', 'replied', 'reviewing', 'reopened')
            THEN f.firm_id END,
        f.department_id,
        c.path,
        (CASE f.severity WHEN 'critical' THEN 2 WHEN 'major' THEN 1 ELSE 0 END)::smallint,
        (CASE WHEN f.state IN ('replied', 'reviewing') THEN 1 ELSE 0 END)::smallint,
        f.overdue_at IS NOT NULL,
        left(f.item_code, 2)::varchar,
        coalesce((extract(epoch FROM f.due_at) * 1000000)::bigint, 2305843009213693952)
            - CASE WHEN f.overdue_at IS NULL THEN 0 ELSE 2305843009213693952 END,
        coalesce(ST_Transform(f.position, 3857), c.centre)
    FROM finding f JOIN compound_counter c ON c.compound_id = f.compound_id
    WHERE f.state NOT IN ('rejected', 'duplicate', 'on_spot_fixed', 'closed')
$$"""

SETTLE_PINS = """
CREATE FUNCTION map_settle_pins(changed uuid[]) RETURNS void LANGUAGE plpgsql
    SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    WITH wanted AS MATERIALIZED (
        SELECT * FROM map_wanted_pins() w WHERE w.finding_id = ANY (changed)
    ), had AS MATERIALIZED (
        SELECT * FROM open_pin p WHERE p.finding_id = ANY (changed)
    ), gone AS (
        DELETE FROM open_pin p USING had h
        WHERE p.id = h.id AND NOT EXISTS (SELECT FROM wanted w WHERE w.finding_id = h.finding_id)
    ), moved AS (
        UPDATE open_pin p SET compound_id = w.compound_id, firm_id = w.firm_id,
            department_id = w.department_id, path = w.path, severity = w.severity, progress = w.progress,
            overdue = w.overdue, category = w.category, urgency = w.urgency, geom = w.geom
        FROM wanted w JOIN had h ON h.finding_id = w.finding_id
        WHERE p.id = h.id AND
            (h.compound_id, h.firm_id, h.department_id, h.path, h.severity, h.progress, h.overdue,
             h.category, h.urgency, h.geom::bytea) IS DISTINCT FROM
            (w.compound_id, w.firm_id, w.department_id, w.path, w.severity, w.progress, w.overdue,
             w.category, w.urgency, w.geom::bytea)
    ), new AS (
        INSERT INTO open_pin (finding_id, compound_id, firm_id, department_id, path, severity, progress,
            overdue, category, urgency, geom)
        SELECT w.* FROM wanted w WHERE NOT EXISTS (SELECT FROM had h WHERE h.finding_id = w.finding_id)
    ), delta AS MATERIALIZED (
        SELECT d.compound_id, d.category, d.severity, d.progress, d.overdue, sum(d.n)::integer AS n FROM (
            SELECT compound_id, category, severity, progress, overdue, 1 AS n FROM wanted UNION ALL
            SELECT compound_id, category, severity, progress, overdue, -1 FROM had) d
        GROUP BY 1, 2, 3, 4, 5 HAVING sum(d.n) <> 0
    ), tallied AS (
        INSERT INTO open_tally AS t (category, compound_id, g0, g1, g2, g3, m0, m1, m2, m3, c0, c1, c2, c3)
        SELECT k.category, d.compound_id,
            sum(CASE WHEN severity * 4 + progress * 2 + overdue::integer = 0 THEN n ELSE 0 END) AS g0,
            sum(CASE WHEN severity * 4 + progress * 2 + overdue::integer = 1 THEN n ELSE 0 END) AS g1,
            sum(CASE WHEN severity * 4 + progress * 2 + overdue::integer = 2 THEN n ELSE 0 END) AS g2,
            sum(CASE WHEN severity * 4 + progress * 2 + overdue::integer = 3 THEN n ELSE 0 END) AS g3,
            sum(CASE WHEN severity * 4 + progress * 2 + overdue::integer = 4 THEN n ELSE 0 END) AS m0,
            sum(CASE WHEN severity * 4 + progress * 2 + overdue::integer = 5 THEN n ELSE 0 END) AS m1,
            sum(CASE WHEN severity * 4 + progress * 2 + overdue::integer = 6 THEN n ELSE 0 END) AS m2,
            sum(CASE WHEN severity * 4 + progress * 2 + overdue::integer = 7 THEN n ELSE 0 END) AS m3,
            sum(CASE WHEN severity * 4 + progress * 2 + overdue::integer = 8 THEN n ELSE 0 END) AS c0,
            sum(CASE WHEN severity * 4 + progress * 2 + overdue::integer = 9 THEN n ELSE 0 END) AS c1,
            sum(CASE WHEN severity * 4 + progress * 2 + overdue::integer = 10 THEN n ELSE 0 END) AS c2,
            sum(CASE WHEN severity * 4 + progress * 2 + overdue::integer = 11 THEN n ELSE 0 END) AS c3
        FROM delta d CROSS JOIN LATERAL (VALUES (d.category), ('')) k (category) GROUP BY 1, 2
        ON CONFLICT (category, compound_id) DO UPDATE SET g0 = t.g0 + excluded.g0, g1 = t.g1 + excluded.g1, g2 = t.g2 + excluded.g2, g3 = t.g3 + excluded.g3, m0 = t.m0 + excluded.m0, m1 = t.m1 + excluded.m1, m2 = t.m2 + excluded.m2, m3 = t.m3 + excluded.m3, c0 = t.c0 + excluded.c0, c1 = t.c1 + excluded.c1, c2 = t.c2 + excluded.c2, c3 = t.c3 + excluded.c3
    )
    UPDATE compound_counter c SET
        n_open = c.n_open + d.n, n_critical = c.n_critical + d.critical, n_major = c.n_major + d.major,
        n_general = c.n_general + d.general, n_overdue = c.n_overdue + d.overdue,
        n_replied = c.n_replied + d.replied
    FROM (SELECT compound_id, sum(n) AS n,
            coalesce(sum(n) FILTER (WHERE severity = 2), 0) AS critical,
            coalesce(sum(n) FILTER (WHERE severity = 1), 0) AS major,
            coalesce(sum(n) FILTER (WHERE severity = 0), 0) AS general,
            coalesce(sum(n) FILTER (WHERE delta.overdue), 0) AS overdue,
            coalesce(sum(n) FILTER (WHERE progress = 1), 0) AS replied
        FROM delta GROUP BY compound_id) d
    WHERE c.compound_id = d.compound_id;
END $$"""

REBUILD = """
CREATE FUNCTION map_rebuild() RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    LOCK TABLE compound_counter, open_pin, open_tally IN EXCLUSIVE MODE;
    PERFORM map_lock_counters(ARRAY(SELECT id FROM compound ORDER BY id));
    PERFORM map_redraw(ARRAY(SELECT id FROM compound));
    CREATE TEMPORARY TABLE map_wanted ON COMMIT DROP AS SELECT * FROM map_wanted_pins();
    CREATE UNIQUE INDEX ON map_wanted (finding_id);
    ANALYZE map_wanted;
    DELETE FROM open_pin p WHERE NOT EXISTS (SELECT FROM map_wanted w WHERE w.finding_id = p.finding_id);
    UPDATE open_pin p SET compound_id = w.compound_id, firm_id = w.firm_id,
        department_id = w.department_id, path = w.path, severity = w.severity, progress = w.progress,
        overdue = w.overdue, category = w.category, urgency = w.urgency, geom = w.geom
    FROM map_wanted w WHERE w.finding_id = p.finding_id AND
        (p.compound_id, p.firm_id, p.department_id, p.path, p.severity, p.progress, p.overdue,
         p.category, p.urgency, p.geom::bytea) IS DISTINCT FROM
        (w.compound_id, w.firm_id, w.department_id, w.path, w.severity, w.progress, w.overdue,
         w.category, w.urgency, w.geom::bytea);
    -- Ordering by geometry follows a Hilbert curve: the pins of one tile lie side by side on disk.
    INSERT INTO open_pin (finding_id, compound_id, firm_id, department_id, path, severity, progress,
        overdue, category, urgency, geom)
    SELECT w.* FROM map_wanted w
    WHERE NOT EXISTS (SELECT FROM open_pin p WHERE p.finding_id = w.finding_id) ORDER BY w.geom;
    DELETE FROM open_tally;
    INSERT INTO open_tally (category, compound_id, g0, g1, g2, g3, m0, m1, m2, m3, c0, c1, c2, c3)
    SELECT k.category, w.compound_id,
            sum(CASE WHEN severity * 4 + progress * 2 + overdue::integer = 0 THEN n ELSE 0 END) AS g0,
            sum(CASE WHEN severity * 4 + progress * 2 + overdue::integer = 1 THEN n ELSE 0 END) AS g1,
            sum(CASE WHEN severity * 4 + progress * 2 + overdue::integer = 2 THEN n ELSE 0 END) AS g2,
            sum(CASE WHEN severity * 4 + progress * 2 + overdue::integer = 3 THEN n ELSE 0 END) AS g3,
            sum(CASE WHEN severity * 4 + progress * 2 + overdue::integer = 4 THEN n ELSE 0 END) AS m0,
            sum(CASE WHEN severity * 4 + progress * 2 + overdue::integer = 5 THEN n ELSE 0 END) AS m1,
            sum(CASE WHEN severity * 4 + progress * 2 + overdue::integer = 6 THEN n ELSE 0 END) AS m2,
            sum(CASE WHEN severity * 4 + progress * 2 + overdue::integer = 7 THEN n ELSE 0 END) AS m3,
            sum(CASE WHEN severity * 4 + progress * 2 + overdue::integer = 8 THEN n ELSE 0 END) AS c0,
            sum(CASE WHEN severity * 4 + progress * 2 + overdue::integer = 9 THEN n ELSE 0 END) AS c1,
            sum(CASE WHEN severity * 4 + progress * 2 + overdue::integer = 10 THEN n ELSE 0 END) AS c2,
            sum(CASE WHEN severity * 4 + progress * 2 + overdue::integer = 11 THEN n ELSE 0 END) AS c3
    FROM (SELECT *, 1 AS n FROM map_wanted) w CROSS JOIN LATERAL (VALUES (w.category), ('')) k (category)
    GROUP BY 1, 2;
    UPDATE compound_counter c SET n_open = d.n, n_critical = d.critical, n_major = d.major,
        n_general = d.general, n_overdue = d.overdue, n_replied = d.replied
    FROM (SELECT k.compound_id, count(w.*) AS n,
            count(*) FILTER (WHERE w.severity = 2) AS critical,
            count(*) FILTER (WHERE w.severity = 1) AS major,
            count(*) FILTER (WHERE w.severity = 0) AS general,
            count(*) FILTER (WHERE w.overdue) AS overdue,
            count(*) FILTER (WHERE w.progress = 1) AS replied
        FROM compound_counter k LEFT JOIN map_wanted w ON w.compound_id = k.compound_id
        GROUP BY k.compound_id) d
    WHERE c.compound_id = d.compound_id;
    DROP TABLE map_wanted;
END $$"""

COLUMNS = (
    *("compound_id", "firm_id", "department_id", "item_code", "severity", "position", "state", "due_at"),
    "overdue_at",
)
_WORD = re.compile(r"\s*(?:[fhpw]\.)?department_id(?: = w\.department_id| uuid)?,")


def upgrade() -> None:
    op.add_column("open_pin", sa.Column("department_id", sa.UUID()))
    op.create_index(
        "ix_open_pin_department_id",
        "open_pin",
        ["department_id"],
        postgresql_where=sa.text("department_id IS NOT NULL"),
    )
    op.drop_index("ix_finding_department", "finding")
    op.create_index(
        "ix_finding_department",
        "finding",
        ["department_id", "received_at", "id"],
        postgresql_where=sa.text("department_id IS NOT NULL"),
    )
    held = sa.Column("department_ids", postgresql.ARRAY(sa.UUID()), server_default="{}", nullable=False)
    op.add_column("official_document", held)
    op.create_index(
        "ix_official_document_department_ids",
        "official_document",
        ["department_ids"],
        postgresql_using="gin",
    )
    op.execute("""
        UPDATE official_document d SET department_ids = held.ids FROM (
            SELECT o.id, array_agg(DISTINCT f.department_id) AS ids
            FROM official_document o JOIN finding f ON f.id = ANY (o.case_ids)
            WHERE f.department_id IS NOT NULL GROUP BY o.id) held
        WHERE held.id = d.id""")
    _replace([WANTED, SETTLE_PINS, REBUILD], COLUMNS)


def downgrade() -> None:
    former = [_WORD.sub("", text) for text in (WANTED, SETTLE_PINS, REBUILD)]
    _replace(former, tuple(name for name in COLUMNS if name != "department_id"))
    op.drop_column("official_document", "department_ids")
    op.drop_index("ix_finding_department", "finding")
    op.create_index(
        "ix_finding_department",
        "finding",
        ["department_id"],
        postgresql_where=sa.text("department_id IS NOT NULL"),
    )
    op.drop_column("open_pin", "department_id")


def _replace(functions: list[str], columns: tuple[str, ...]) -> None:
    """Functions and the triggers that name columns; then everything is counted anew."""
    op.execute("DROP FUNCTION map_rebuild()")
    op.execute("DROP FUNCTION map_settle_pins(uuid[])")
    op.execute("DROP FUNCTION map_wanted_pins()")
    for function in functions:
        op.execute(function)
    listed, differs = ", ".join(columns), " OR ".join(_changed(name) for name in columns)
    op.execute("DROP TRIGGER finding_map_mark ON finding")
    op.execute("DROP TRIGGER finding_map_update ON finding")
    op.execute(
        f"CREATE TRIGGER finding_map_mark BEFORE INSERT OR UPDATE OF {listed} ON finding "
        "FOR EACH STATEMENT EXECUTE FUNCTION map_mark()"
    )
    op.execute(
        f"CREATE CONSTRAINT TRIGGER finding_map_update AFTER UPDATE OF {listed} ON finding "
        f"DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ({differs}) EXECUTE FUNCTION map_settle()"
    )
    op.execute("SELECT map_rebuild()")


def _changed(name: str) -> str:
    cast = "::bytea" if name == "position" else ""
    return f"OLD.{name}{cast} IS DISTINCT FROM NEW.{name}{cast}"
