"""Tallies with one column for each look of a finding, so that filters read one row a compound.

Before, a compound had a row for each combination that occurred: 600,000 of them in a city of two
million open findings, and a filtered overview read them all. The list beside the map gets an index that
carries all its filters ask. A copy of the statements of `server/maps/triggers.py` as they were.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CELLS = ("g0", "g1", "g2", "g3", "m0", "m1", "m2", "m3", "c0", "c1", "c2", "c3")
CARRIED = ["geom", "path", "severity", "progress", "overdue", "category"]
TO_COMPOUND = {"ondelete": "CASCADE", "name": "fk_open_tally_compound_id"}

FUNCTIONS = (
    """
CREATE OR REPLACE FUNCTION map_settle_pins(changed uuid[]) RETURNS void LANGUAGE plpgsql
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
        UPDATE open_pin p SET compound_id = w.compound_id, firm_id = w.firm_id, path = w.path,
            severity = w.severity, progress = w.progress, overdue = w.overdue, category = w.category,
            urgency = w.urgency, geom = w.geom
        FROM wanted w JOIN had h ON h.finding_id = w.finding_id
        WHERE p.id = h.id AND
            (h.compound_id, h.firm_id, h.path, h.severity, h.progress, h.overdue, h.category, h.urgency,
             h.geom::bytea) IS DISTINCT FROM
            (w.compound_id, w.firm_id, w.path, w.severity, w.progress, w.overdue, w.category, w.urgency,
             w.geom::bytea)
    ), new AS (
        INSERT INTO open_pin (finding_id, compound_id, firm_id, path, severity, progress, overdue, category,
            urgency, geom)
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
END $$
    """,
    """
CREATE OR REPLACE FUNCTION map_settle() RETURNS trigger LANGUAGE plpgsql
    SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    redrawn uuid[];
    changed uuid[];
    touched uuid[];
BEGIN
    IF current_setting('xunjian.map_marked', true) IS DISTINCT FROM 'yes' THEN
        RETURN NULL;  -- an earlier row of this transaction has settled all of them
    END IF;
    EXECUTE 'SELECT array(SELECT id FROM compound WHERE changed_xid = $1),
        array(SELECT id FROM finding WHERE changed_xid = $1)'
        INTO redrawn, changed USING pg_current_xact_id();
    IF redrawn <> '{}' THEN
        changed := changed || ARRAY(
            SELECT f.id FROM finding f JOIN compound c ON c.id = f.compound_id
            JOIN open_pin p ON p.finding_id = f.id
            WHERE c.id = ANY (redrawn) AND (f.position IS NULL OR p.path <> c.path));
    END IF;
    touched := ARRAY(
        SELECT unnest(redrawn) UNION SELECT compound_id FROM finding WHERE id = ANY (changed)
        UNION SELECT compound_id FROM open_pin WHERE finding_id = ANY (changed));
    PERFORM map_lock_counters(touched);
    IF redrawn <> '{}' THEN
        PERFORM map_redraw(redrawn);
    END IF;
    IF changed <> '{}' THEN
        PERFORM map_settle_pins(changed);
    END IF;
    PERFORM set_config('xunjian.map_marked', 'no', true);
    RETURN NULL;
END $$
    """,
    """
CREATE OR REPLACE FUNCTION map_rebuild() RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    LOCK TABLE compound_counter, open_pin, open_tally IN EXCLUSIVE MODE;
    PERFORM map_lock_counters(ARRAY(SELECT id FROM compound ORDER BY id));
    PERFORM map_redraw(ARRAY(SELECT id FROM compound));
    CREATE TEMPORARY TABLE map_wanted ON COMMIT DROP AS SELECT * FROM map_wanted_pins();
    CREATE UNIQUE INDEX ON map_wanted (finding_id);
    ANALYZE map_wanted;
    DELETE FROM open_pin p WHERE NOT EXISTS (SELECT FROM map_wanted w WHERE w.finding_id = p.finding_id);
    UPDATE open_pin p SET compound_id = w.compound_id, firm_id = w.firm_id, path = w.path,
        severity = w.severity, progress = w.progress, overdue = w.overdue, category = w.category,
        urgency = w.urgency, geom = w.geom
    FROM map_wanted w WHERE w.finding_id = p.finding_id AND
        (p.compound_id, p.firm_id, p.path, p.severity, p.progress, p.overdue, p.category, p.urgency,
         p.geom::bytea) IS DISTINCT FROM
        (w.compound_id, w.firm_id, w.path, w.severity, w.progress, w.overdue, w.category, w.urgency,
         w.geom::bytea);
    -- Ordering by geometry follows a Hilbert curve: the pins of one tile lie side by side on disk.
    INSERT INTO open_pin (finding_id, compound_id, firm_id, path, severity, progress, overdue, category,
        urgency, geom)
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
END $$
    """,
)

FORMER = (
    """
CREATE OR REPLACE FUNCTION map_settle_pins(changed uuid[]) RETURNS void LANGUAGE plpgsql
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
        UPDATE open_pin p SET compound_id = w.compound_id, firm_id = w.firm_id, path = w.path,
            severity = w.severity, progress = w.progress, overdue = w.overdue, category = w.category,
            urgency = w.urgency, geom = w.geom
        FROM wanted w JOIN had h ON h.finding_id = w.finding_id
        WHERE p.id = h.id AND
            (h.compound_id, h.firm_id, h.path, h.severity, h.progress, h.overdue, h.category, h.urgency,
             h.geom::bytea) IS DISTINCT FROM
            (w.compound_id, w.firm_id, w.path, w.severity, w.progress, w.overdue, w.category, w.urgency,
             w.geom::bytea)
    ), new AS (
        INSERT INTO open_pin (finding_id, compound_id, firm_id, path, severity, progress, overdue, category,
            urgency, geom)
        SELECT w.* FROM wanted w WHERE NOT EXISTS (SELECT FROM had h WHERE h.finding_id = w.finding_id)
    ), delta AS MATERIALIZED (
        SELECT d.compound_id, d.category, d.severity, d.progress, d.overdue, sum(d.n)::integer AS n FROM (
            SELECT compound_id, category, severity, progress, overdue, 1 AS n FROM wanted UNION ALL
            SELECT compound_id, category, severity, progress, overdue, -1 FROM had) d
        GROUP BY 1, 2, 3, 4, 5 HAVING sum(d.n) <> 0
    ), tallied AS (
        INSERT INTO open_tally AS t (compound_id, category, severity, progress, overdue, n)
        SELECT * FROM delta
        ON CONFLICT (compound_id, category, severity, progress, overdue) DO UPDATE SET n = t.n + excluded.n
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
END $$
    """,
    """
CREATE OR REPLACE FUNCTION map_settle() RETURNS trigger LANGUAGE plpgsql
    SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    redrawn uuid[];
    changed uuid[];
    touched uuid[];
BEGIN
    IF current_setting('xunjian.map_marked', true) IS DISTINCT FROM 'yes' THEN
        RETURN NULL;  -- an earlier row of this transaction has settled all of them
    END IF;
    EXECUTE 'SELECT array(SELECT id FROM compound WHERE changed_xid = $1),
        array(SELECT id FROM finding WHERE changed_xid = $1)'
        INTO redrawn, changed USING pg_current_xact_id();
    IF redrawn <> '{}' THEN
        changed := changed || ARRAY(SELECT finding_id FROM open_pin WHERE compound_id = ANY (redrawn));
    END IF;
    touched := ARRAY(
        SELECT unnest(redrawn) UNION SELECT compound_id FROM finding WHERE id = ANY (changed)
        UNION SELECT compound_id FROM open_pin WHERE finding_id = ANY (changed));
    PERFORM map_lock_counters(touched);
    IF redrawn <> '{}' THEN
        PERFORM map_redraw(redrawn);
    END IF;
    IF changed <> '{}' THEN
        PERFORM map_settle_pins(changed);
    END IF;
    PERFORM set_config('xunjian.map_marked', 'no', true);
    RETURN NULL;
END $$
    """,
    """
CREATE OR REPLACE FUNCTION map_rebuild() RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    LOCK TABLE compound_counter, open_pin, open_tally IN EXCLUSIVE MODE;
    PERFORM map_lock_counters(ARRAY(SELECT id FROM compound ORDER BY id));
    PERFORM map_redraw(ARRAY(SELECT id FROM compound));
    CREATE TEMPORARY TABLE map_wanted ON COMMIT DROP AS SELECT * FROM map_wanted_pins();
    CREATE UNIQUE INDEX ON map_wanted (finding_id);
    ANALYZE map_wanted;
    DELETE FROM open_pin p WHERE NOT EXISTS (SELECT FROM map_wanted w WHERE w.finding_id = p.finding_id);
    UPDATE open_pin p SET compound_id = w.compound_id, firm_id = w.firm_id, path = w.path,
        severity = w.severity, progress = w.progress, overdue = w.overdue, category = w.category,
        urgency = w.urgency, geom = w.geom
    FROM map_wanted w WHERE w.finding_id = p.finding_id AND
        (p.compound_id, p.firm_id, p.path, p.severity, p.progress, p.overdue, p.category, p.urgency,
         p.geom::bytea) IS DISTINCT FROM
        (w.compound_id, w.firm_id, w.path, w.severity, w.progress, w.overdue, w.category, w.urgency,
         w.geom::bytea);
    -- Ordering by geometry follows a Hilbert curve: the pins of one tile lie side by side on disk.
    INSERT INTO open_pin (finding_id, compound_id, firm_id, path, severity, progress, overdue, category,
        urgency, geom)
    SELECT w.* FROM map_wanted w
    WHERE NOT EXISTS (SELECT FROM open_pin p WHERE p.finding_id = w.finding_id) ORDER BY w.geom;
    DELETE FROM open_tally;
    INSERT INTO open_tally (compound_id, category, severity, progress, overdue, n)
    SELECT compound_id, category, severity, progress, overdue, count(*) FROM map_wanted
    GROUP BY 1, 2, 3, 4, 5;
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
END $$
    """,
)


def upgrade() -> None:
    op.drop_table("open_tally")
    op.create_table(
        "open_tally",
        sa.Column("category", sa.String(length=2), nullable=False),
        sa.Column("compound_id", sa.UUID(), nullable=False),
        *(sa.Column(name, sa.Integer(), server_default="0", nullable=False) for name in CELLS),
        sa.ForeignKeyConstraint(["compound_id"], ["compound.id"], **TO_COMPOUND),
        sa.PrimaryKeyConstraint("category", "compound_id", name="pk_open_tally"),
    )
    _replace(FUNCTIONS, include=CARRIED)


def downgrade() -> None:
    op.drop_table("open_tally")
    op.create_table(
        "open_tally",
        sa.Column("compound_id", sa.UUID(), nullable=False),
        sa.Column("category", sa.String(length=2), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("progress", sa.SmallInteger(), nullable=False),
        sa.Column("overdue", sa.Boolean(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["compound_id"], ["compound.id"], **TO_COMPOUND),
        sa.PrimaryKeyConstraint(
            "compound_id", "category", "severity", "progress", "overdue", name="pk_open_tally"
        ),
    )
    _replace(FORMER, include=None)


def _replace(functions: tuple[str, ...], include: list[str] | None) -> None:
    """Functions, index and free space; then everything is counted anew."""
    op.execute("ALTER TABLE open_tally SET (fillfactor = 70)")
    op.drop_index("ix_open_pin_urgency_id", "open_pin")
    op.create_index("ix_open_pin_urgency_id", "open_pin", ["urgency", "id"], postgresql_include=include)
    for function in functions:
        op.execute(function)
    op.execute("SELECT map_rebuild()")
