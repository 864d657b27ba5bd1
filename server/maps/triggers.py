"""The SQL that keeps the map's tables true, as the migrations carry it.

Three decisions:

1. *The work is done at commit.* A batch of commands touches compounds in the order of the day, another
   batch in another order, and counters locked along the way would deadlock. So a change only marks the
   transaction; the deferred trigger then settles everything that the transaction touched at once, with
   the counter rows locked in the order of their ids, and holds those locks for the commit alone.
2. *The change is a difference, not a count.* What a finding contributes now (`map_wanted_pins`) is
   compared with its pin, and the difference goes into the tallies. Settling twice changes nothing, and
   `map_rebuild` uses the same definition from scratch.
3. *Rows of this transaction are found by `changed_xid`*, which the phones' pull needs anyway.

Those two look-ups are planned anew each time: after a bulk load one `changed_xid` may be most of the
table, and a generic plan would then read all of it at every commit. All else keeps its plan, which is
most of the cost (measured: 1.4 ms a commit when planned anew, 0.4 ms so).

The statements are the text of record for tests; migrations hold their own copy, since they must not
change with the code. The file stands beside the usual names because it is neither query nor model.
"""

from __future__ import annotations

_CELLS = [(f"{letter}{mark}", 4 * code + mark) for code, letter in enumerate("gmc") for mark in range(4)]
"""Columns of `open_tally` with the code that a finding has: 4 × severity + 2 × progress + overdue."""

_NAMES = ", ".join(name for name, _ in _CELLS)
_SUMS = ",\n            ".join(
    f"sum(CASE WHEN severity * 4 + progress * 2 + overdue::integer = {code} THEN n ELSE 0 END) AS {name}"
    for name, code in _CELLS
)
_ADDED = ", ".join(f"{name} = t.{name} + excluded.{name}" for name, _ in _CELLS)

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

REDRAW = """
CREATE FUNCTION map_redraw(redrawn uuid[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO compound_shape (compound_id, path, firm_id, name, hectares, geom)
    SELECT id, path, firm_id, name, ST_Area(outline::geography) / 10000, ST_Transform(outline, 3857)
    FROM compound WHERE id = ANY (redrawn) ORDER BY id
    ON CONFLICT (compound_id) DO UPDATE SET path = excluded.path, firm_id = excluded.firm_id,
        name = excluded.name, hectares = excluded.hectares, geom = excluded.geom;
    DELETE FROM building_shape WHERE compound_id = ANY (redrawn);
    INSERT INTO building_shape (compound_id, seq, name, geom)
    SELECT c.id, part.seq, coalesce(c.building_names[part.seq], ''), ST_Transform(part.geom, 3857)
    FROM compound c CROSS JOIN LATERAL (
        SELECT d.geom, (row_number() OVER (ORDER BY d.path))::integer AS seq
        FROM ST_Dump(c.building_outlines) d) part
    WHERE c.id = ANY (redrawn) AND GeometryType(part.geom) = 'POLYGON';
    UPDATE compound_counter k SET path = c.path, centre = ST_PointOnSurface(s.geom)
    FROM compound c JOIN compound_shape s ON s.compound_id = c.id
    WHERE k.compound_id = c.id AND c.id = ANY (redrawn)
        AND (k.path IS DISTINCT FROM c.path OR NOT ST_Equals(k.centre, ST_PointOnSurface(s.geom)));
$$"""

SETTLE_PINS = f"""
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
        INSERT INTO open_tally AS t (category, compound_id, {_NAMES})
        SELECT k.category, d.compound_id,
            {_SUMS}
        FROM delta d CROSS JOIN LATERAL (VALUES (d.category), ('')) k (category) GROUP BY 1, 2
        ON CONFLICT (category, compound_id) DO UPDATE SET {_ADDED}
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

LOCK = """
CREATE FUNCTION map_lock_counters(touched uuid[]) RETURNS void LANGUAGE plpgsql
    SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    INSERT INTO compound_counter (compound_id, path, centre)
    SELECT id, path, ST_PointOnSurface(ST_Transform(outline, 3857)) FROM compound
    WHERE id = ANY (touched) AND NOT EXISTS (SELECT FROM compound_counter k WHERE k.compound_id = compound.id)
    ORDER BY id
    ON CONFLICT (compound_id) DO NOTHING;
    PERFORM FROM compound_counter WHERE compound_id = ANY (touched) ORDER BY compound_id FOR NO KEY UPDATE;
    UPDATE compound_counter SET version = version + 1 WHERE compound_id = ANY (touched);
END $$"""

SETTLE = """
CREATE FUNCTION map_settle() RETURNS trigger LANGUAGE plpgsql
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
END $$"""

MARK = """
CREATE FUNCTION map_mark() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('xunjian.map_marked', 'yes', true);
    RETURN NULL;
END $$"""

REBUILD = f"""
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
    INSERT INTO open_tally (category, compound_id, {_NAMES})
    SELECT k.category, w.compound_id,
            {_SUMS}
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

_OF_FINDING = (
    *("compound_id", "firm_id", "department_id", "item_code", "severity", "position", "state", "due_at"),
    "overdue_at",
)
_OF_COMPOUND = ("name", "path", "firm_id", "outline", "building_outlines", "building_names")


def _triggers(table: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    """Mark before each statement; settle at commit when one of `columns` really changed."""
    listed = ", ".join(columns)
    # Geometry's own equality compares outlines point by point only in recent PostGIS; bytes always do.
    as_is = {"position", "outline", "building_outlines"}
    differs = " OR ".join(
        f"OLD.{name}::bytea IS DISTINCT FROM NEW.{name}::bytea"
        if name in as_is
        else f"OLD.{name} IS DISTINCT FROM NEW.{name}"
        for name in columns
    )
    return (
        f"CREATE TRIGGER {table}_map_mark BEFORE INSERT OR UPDATE OF {listed} ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION map_mark()",
        f"CREATE CONSTRAINT TRIGGER {table}_map_insert AFTER INSERT ON {table} "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION map_settle()",
        f"CREATE CONSTRAINT TRIGGER {table}_map_update AFTER UPDATE OF {listed} ON {table} "
        f"DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ({differs}) EXECUTE FUNCTION map_settle()",
    )


CREATE: tuple[str, ...] = (
    # Counters change often and keep their indexed columns: free space lets them be updated in place.
    "ALTER TABLE compound_counter SET (fillfactor = 50)",
    "ALTER TABLE open_tally SET (fillfactor = 70)",
    # The list reads pins from an index alone, which works while few pages have changed since a vacuum.
    "ALTER TABLE open_pin SET "
    "(autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02)",
    WANTED,
    REDRAW,
    SETTLE_PINS,
    LOCK,
    MARK,
    SETTLE,
    REBUILD,
    *_triggers("compound", _OF_COMPOUND),
    *_triggers("finding", _OF_FINDING),
)

DROP: tuple[str, ...] = (
    "DROP FUNCTION map_mark() CASCADE",
    "DROP FUNCTION map_settle() CASCADE",
    "DROP FUNCTION map_rebuild()",
    "DROP FUNCTION map_settle_pins(uuid[])",
    "DROP FUNCTION map_lock_counters(uuid[])",
    "DROP FUNCTION map_redraw(uuid[])",
    "DROP FUNCTION map_wanted_pins()",
    "ALTER TABLE open_pin RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor)",
    "ALTER TABLE open_tally RESET (fillfactor)",
    "ALTER TABLE compound_counter RESET (fillfactor)",
)
