"""A town of any size for measurements, made inside the database in seconds.

Nothing here resembles the demo: equal compounds on a square grid, findings strewn over them at random,
one in five open, one in forty handed to a department. What matters is the number of rows and how they are
spread.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import sqlalchemy as sa

WEST, SOUTH = 119.55, 38.90
SPACING_M = 320.0
CITY, DISTRICT = "9998", "9998.999801"


@dataclass(frozen=True, slots=True)
class Town:
    """What the filled town is made of; ids of the accounts' surroundings."""

    compounds: int
    findings: int
    organisation_id: uuid.UUID
    department_id: uuid.UUID
    firm_id: uuid.UUID
    centre: tuple[float, float]
    bounds: tuple[float, float, float, float]


_SURROUNDINGS = """
INSERT INTO area (id, code, level, name, path, valid_from)
VALUES (gen_random_uuid(), '9998', 'city', '测城', '9998', '2026-01-01'),
       (gen_random_uuid(), '999801', 'district', '测区', '9998.999801', '2026-01-01');
INSERT INTO area (id, code, level, name, parent_id, path, valid_from)
SELECT gen_random_uuid(), ('9998010' || to_char(i, 'FM00')), 'street', ('测' || i || '街道'),
    (SELECT id FROM area WHERE code = '999801'),
    ('9998.999801.9998010' || to_char(i, 'FM00'))::ltree, '2026-01-01'
FROM generate_series(1, 8) i;
INSERT INTO area (id, code, level, name, parent_id, path, valid_from)
SELECT gen_random_uuid(), code || to_char(i, 'FM000'), 'community', ('测' || i || '社区'), id,
    path || (code || to_char(i, 'FM000')), '2026-01-01'
FROM area CROSS JOIN generate_series(1, 8) i WHERE level = 'street' AND path <@ '9998';
INSERT INTO catalogue_version (version, published_at, groups, items)
VALUES ('bench', '2026-01-01', '[]', '[]') ON CONFLICT DO NOTHING;
"""

_FIRMS = """
INSERT INTO firm (id, name, short_name, has_party_organisation, uscc_suspect)
SELECT gen_random_uuid(), '测企' || i, '测企' || i, false, false FROM generate_series(0, :n - 1) i
"""

_UNITS = """
INSERT INTO organisation (id, kind, name, short_name, path)
VALUES (:organisation, 'district', '测区住建局', '测区', '9998.999801'),
       (:department, 'department', '测区消防', '测消防', '9998.999801')
"""

_PEOPLE = """
INSERT INTO user_account (id, username, display_name, password_hash, role, organisation_id, path, is_active)
VALUES (:finder, 'bench', '测', '', 'supervisor', :organisation, '9998.999801', true),
       (gen_random_uuid(), 'bench-department', '消', '', 'department', :department, '9998.999801', true)
"""

_COMPOUNDS = """
WITH side AS (SELECT ceil(sqrt(:n))::int AS n), spot AS (
    SELECT i, (i % side.n) * :spacing AS east, (i / side.n) * :spacing AS north
    FROM side, generate_series(0, :n - 1) i
), ground AS (
    SELECT i, ST_Transform(ST_SetSRID(ST_MakePoint(:west, :south), 4326), 3857) AS corner,
        east / 0.777 AS east, north / 0.777 AS north FROM spot
), shape AS (
    SELECT i, ST_Translate(ST_MakeEnvelope(ST_X(corner), ST_Y(corner), ST_X(corner) + 270, ST_Y(corner) + 230,
        3857), east, north) AS box FROM ground
), place AS (
    SELECT id, path, row_number() OVER (ORDER BY path) - 1 AS at, count(*) OVER () AS places
    FROM area WHERE level = 'community' AND path <@ '9998'
)
INSERT INTO compound (id, name, management_area, area_id, path, four_bounds, service_form, committee,
    party_coverage, firm_id, buildings, households, floor_area_m2, is_high_rise, outline, building_outlines,
    building_names)
SELECT gen_random_uuid(), ('测' || i || '苑'), ('测' || i || '苑'), place.id, place.path, '', 1, 1, 1,
    (SELECT id FROM firm WHERE short_name = ('测企' || (i % 60))), 6, 600, 60000, false,
    ST_Multi(ST_Transform(box, 4326)),
    (SELECT ST_Multi(ST_Collect(ST_Transform(ST_Translate(ST_MakeEnvelope(
        ST_XMin(box) + 20, ST_YMin(box) + 20, ST_XMin(box) + 70, ST_YMin(box) + 40, 3857),
        80 * (k % 3), 100 * (k / 3)), 4326)))
     FROM generate_series(0, 5) k),
    ARRAY['1号楼', '2号楼', '3号楼', '4号楼', '5号楼', '6号楼']
FROM shape JOIN place ON place.at = i * place.places / :n
"""

_FINDINGS = """
WITH home AS (
    SELECT id, path, firm_id, ST_XMin(outline) AS west, ST_YMin(outline) AS south,
        ST_XMax(outline) - ST_XMin(outline) AS width, ST_YMax(outline) - ST_YMin(outline) AS height,
        row_number() OVER (ORDER BY id) - 1 AS at
    FROM compound WHERE path <@ '9998'
), drawn AS (
    SELECT i, i % :compounds AS at, random() AS fate, random() AS weight, random() AS x, random() AS y,
        :codes ->> (random() * 84)::int AS item,
        timestamptz '2026-11-20' - random() * interval '300 days' AS captured
    FROM generate_series(1, :n) i
)
INSERT INTO finding (id, compound_id, path, firm_id, item_code, catalogue_version, severity,
    responsible, text, place, position, accuracy_m, flags, photo_excuses, captured_at, received_at,
    found_by, organisation_id, department_id,
    state, due_at, overdue_at, closed_at, due_provisional, orders, failed_reviews, version)
SELECT gen_random_uuid(), home.id, home.path, home.firm_id, item, 'bench',
    CASE WHEN weight < 0.07 THEN 'critical' WHEN weight < 0.42 THEN 'major' ELSE 'general' END,
    'firm', '测', '3号楼北侧',
    CASE WHEN i % 100 <> 0 THEN ST_SetSRID(ST_MakePoint(west + x * width, south + y * height), 4326) END,
    8, '{}', '{}', captured, captured, :finder, :organisation,
    CASE WHEN i % 40 = 7 THEN CAST(:department AS uuid) END,
    CASE WHEN fate < 0.025 THEN 'overdue' WHEN fate < 0.04 THEN 'replied' WHEN fate < 0.15 THEN 'rectifying'
        WHEN fate < 0.2 THEN 'submitted' ELSE 'closed' END,
    CASE WHEN fate < 0.15 THEN timestamptz '2026-11-20' + (fate * 200 - 5) * interval '1 day' END,
    CASE WHEN fate < 0.025 THEN timestamptz '2026-11-20' + (fate * 200 - 5) * interval '1 day' END,
    CASE WHEN fate >= 0.2 THEN captured + interval '5 days' END, false, 1, 0, 1
FROM drawn JOIN home USING (at)
"""


def fill(connection: sa.Connection, compounds: int, findings: int) -> Town:
    """Fill an empty, migrated database; commits nothing. About 60 s for a million findings."""
    units, finder, firms = {"organisation": uuid.uuid4(), "department": uuid.uuid4()}, uuid.uuid4(), 60
    connection.exec_driver_sql("SELECT setseed(0.42)")
    for statement in filter(str.strip, _SURROUNDINGS.split(";\n")):
        connection.execute(sa.text(statement))
    connection.execute(sa.text(_FIRMS), {"n": firms})
    connection.execute(sa.text(_UNITS), units)
    connection.execute(sa.text(_PEOPLE), {"finder": finder} | units)
    for table in ("compound", "finding"):
        connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER {table}_map_insert")
    place = {"n": compounds, "spacing": SPACING_M, "west": WEST, "south": SOUTH}
    connection.execute(sa.text(_COMPOUNDS), place)
    codes = json.loads(files("server.checklists").joinpath("data/catalogue.json").read_text("utf-8"))["items"]
    connection.execute(
        sa.text(_FINDINGS).bindparams(sa.bindparam("codes", type_=sa.JSON)),
        {"n": findings, "compounds": compounds, "codes": [item["code"] for item in codes], "finder": finder}
        | units,
    )  # fmt: skip
    for table in ("compound", "finding"):
        connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE TRIGGER {table}_map_insert")
    connection.exec_driver_sql("SELECT map_rebuild()")
    for table in ("finding", "compound", "open_pin", "open_tally", "compound_counter", "compound_shape",
                  "building_shape"):  # fmt: skip
        connection.exec_driver_sql(f"ANALYZE {table}")
    return _town(connection, compounds, findings, units)


def _town(connection: sa.Connection, compounds: int, findings: int, units: dict[str, uuid.UUID]) -> Town:
    box: Any = connection.execute(
        sa.text("SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM "
                "(SELECT ST_Extent(outline) AS e FROM compound WHERE path <@ '9998') t")
    ).one()  # fmt: skip
    firm_id = connection.scalar(sa.text("SELECT id FROM firm WHERE short_name = '测企0'"))
    west, south, east, north = (float(value) for value in box)
    centre = ((west + east) / 2, (south + north) / 2)
    bounds = (west, south, east, north)
    return Town(compounds, findings, units["organisation"], units["department"], firm_id, centre, bounds)
