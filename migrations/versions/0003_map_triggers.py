"""Triggers that keep the map's tables in the transaction that changes a finding or a compound.

A copy of the statements of `server/maps/triggers.py` as they were; later changes are later migrations.
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE compound_counter SET (fillfactor = 50)")
    op.execute("ALTER TABLE open_tally SET (fillfactor = 70)")
    op.execute(
        "ALTER TABLE open_pin SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02)"
    )
    op.execute(
        """
CREATE FUNCTION map_wanted_pins() RETURNS TABLE (
    finding_id uuid, compound_id uuid, firm_id uuid, path ltree, severity smallint, progress smallint,
    overdue boolean, category varchar, urgency bigint, geom geometry
) LANGUAGE sql STABLE AS $$
    SELECT f.id, f.compound_id,
        CASE WHEN f.state IN ('noticed', 'rectifying', 'overdue', 'replied', 'reviewing', 'reopened')
            THEN f.firm_id END,
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
$$
        """
    )
    op.execute(
        """
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
$$
        """
    )
    op.execute(
        """
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
        """
    )
    op.execute(
        """
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
END $$
        """
    )
    op.execute(
        """
CREATE FUNCTION map_mark() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('xunjian.map_marked', 'yes', true);
    RETURN NULL;
END $$
        """
    )
    op.execute(
        """
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
        """
    )
    op.execute(
        """
CREATE FUNCTION map_rebuild() RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
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
        """
    )
    op.execute(
        "CREATE TRIGGER compound_map_mark BEFORE INSERT OR UPDATE OF name, path, firm_id, outline, building_outlines, building_names ON compound FOR EACH STATEMENT EXECUTE FUNCTION map_mark()"
    )
    op.execute(
        "CREATE CONSTRAINT TRIGGER compound_map_insert AFTER INSERT ON compound DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION map_settle()"
    )
    op.execute(
        "CREATE CONSTRAINT TRIGGER compound_map_update AFTER UPDATE OF name, path, firm_id, outline, building_outlines, building_names ON compound DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name OR OLD.path IS DISTINCT FROM NEW.path OR OLD.firm_id IS DISTINCT FROM NEW.firm_id OR OLD.outline::bytea IS DISTINCT FROM NEW.outline::bytea OR OLD.building_outlines::bytea IS DISTINCT FROM NEW.building_outlines::bytea OR OLD.building_names IS DISTINCT FROM NEW.building_names) EXECUTE FUNCTION map_settle()"
    )
    op.execute(
        "CREATE TRIGGER finding_map_mark BEFORE INSERT OR UPDATE OF compound_id, firm_id, item_code, severity, position, state, due_at, overdue_at ON finding FOR EACH STATEMENT EXECUTE FUNCTION map_mark()"
    )
    op.execute(
        "CREATE CONSTRAINT TRIGGER finding_map_insert AFTER INSERT ON finding DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION map_settle()"
    )
    op.execute(
        "CREATE CONSTRAINT TRIGGER finding_map_update AFTER UPDATE OF compound_id, firm_id, item_code, severity, position, state, due_at, overdue_at ON finding DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.compound_id IS DISTINCT FROM NEW.compound_id OR OLD.firm_id IS DISTINCT FROM NEW.firm_id OR OLD.item_code IS DISTINCT FROM NEW.item_code OR OLD.severity IS DISTINCT FROM NEW.severity OR OLD.position::bytea IS DISTINCT FROM NEW.position::bytea OR OLD.state IS DISTINCT FROM NEW.state OR OLD.due_at IS DISTINCT FROM NEW.due_at OR OLD.overdue_at IS DISTINCT FROM NEW.overdue_at) EXECUTE FUNCTION map_settle()"
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION map_mark() CASCADE")
    op.execute("DROP FUNCTION map_settle() CASCADE")
    op.execute("DROP FUNCTION map_rebuild()")
    op.execute("DROP FUNCTION map_settle_pins(uuid[])")
    op.execute("DROP FUNCTION map_lock_counters(uuid[])")
    op.execute("DROP FUNCTION map_redraw(uuid[])")
    op.execute("DROP FUNCTION map_wanted_pins()")
    op.execute(
        "ALTER TABLE open_pin RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor)"
    )
    op.execute("ALTER TABLE open_tally RESET (fillfactor)")
    op.execute("ALTER TABLE compound_counter RESET (fillfactor)")
