"""The ground of a district as one file: written from the database, read by ranges, in one's own area only."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from server.core.http import policy
from server.core.problems import NotFound
from server.maps import basemap, pmtiles, rules, tiles
from server.maps.pmtiles import Extent
from tests.factories.actors import CENTRE, Actor

Cast = Callable[[str], Actor]
EXTENT = Extent(119.5, 38.8, 119.7, 39.0, 0, 3)


def _varints(data: bytes) -> Iterator[int]:
    value = shift = 0
    for byte in data:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield value
            value = shift = 0


def _entries(packed: bytes) -> list[tuple[int, int, int, int]]:
    """A directory as (tile id, run, offset, length), read by the letter of the specification."""
    numbers = list(_varints(gzip.decompress(packed)))
    count, columns = numbers[0], numbers[1:]
    ids, runs, lengths, offsets = (columns[i * count : (i + 1) * count] for i in range(4))
    found, place, end = [], 0, 0
    for i in range(count):
        place += ids[i]
        start = end if offsets[i] == 0 else offsets[i] - 1
        end = start + lengths[i]
        found.append((place, runs[i], start, lengths[i]))
    return found


def _read(file: bytes, z: int, x: int, y: int) -> bytes | None:
    assert file[:8] == b"PMTiles\x03"
    root, root_size, _, _, leaves, _, data, _ = struct.unpack_from("<8Q", file, 8)
    wanted = pmtiles.tile_id(z, x, y)
    start, size = root, root_size
    for _ in range(3):
        before = [entry for entry in _entries(file[start : start + size]) if entry[0] <= wanted]
        if not before:
            return None
        place, run, offset, length = before[-1]
        if run:
            inside = wanted < place + run
            return gzip.decompress(file[data + offset : data + offset + length]) if inside else None
        start, size = leaves + offset, length
    raise AssertionError("directories are nested too deep")


def test_the_curve_is_the_one_of_the_specification() -> None:
    # The examples of the PMTiles specification, section "Tile ID", and the corners of zoom 2 by hand.
    known = {(0, 0, 0): 0, (1, 0, 0): 1, (1, 0, 1): 2, (1, 1, 1): 3, (1, 1, 0): 4, (2, 0, 0): 5}
    assert {place: pmtiles.tile_id(*place) for place in known} == known
    assert pmtiles.tile_id(12, 3423, 1763) == 19078479
    for z in range(5):
        side = 1 << z
        ids = {pmtiles.tile_id(z, x, y) for x in range(side) for y in range(side)}
        first = (4**z - 1) // 3
        assert ids == set(range(first, first + side * side))


def test_every_tile_is_found_again_and_equal_ones_are_stored_once() -> None:
    laid = {
        (z, x, y): f"{z}/{x}/{y}".encode() if (x + y) % 3 else b"water" * 40
        for z in range(7)
        for x in range(1 << z)
        for y in range(1 << z)
        if (x, y) != (1, 1)
    }
    tiles_of = [(*place, content) for place, content in laid.items()]
    file = pmtiles.archive(tiles_of, EXTENT, {"name": "x"})
    for place, content in list(laid.items())[::41]:
        assert _read(file, *place) == content, place
    assert _read(file, 3, 1, 1) is None
    addressed, entries, contents = struct.unpack_from("<3Q", file, 72)
    assert addressed == len(laid)
    assert contents == len(set(laid.values())) and entries < addressed
    assert pmtiles.archive(reversed(tiles_of), EXTENT, {"name": "x"}) == file


def test_many_tiles_go_into_leaves_and_the_root_stays_in_the_first_16_kib() -> None:
    # Lengths without a pattern, or the directory would be packed away to nothing.
    laid = [
        (8, x, y, bytes((x * 37 + y * 101 + i) % 251 for i in range((x * 7919 + y * 104729) % 90 + 1)))
        for x in range(160)
        for y in range(160)
    ]
    file = pmtiles.archive(laid, EXTENT, {})
    root, root_size, _, _, _, leaf_size, _, _ = struct.unpack_from("<8Q", file, 8)
    assert leaf_size > 0 and root + root_size <= 16_384
    for z, x, y, content in laid[::997]:
        assert _read(file, z, x, y) == content


def test_no_tile_no_file() -> None:
    with pytest.raises(ValueError, match="at least one tile"):
        pmtiles.archive([(0, 0, 0, b"")], EXTENT, {})


@pytest.fixture
def ground(session: Session) -> None:
    """A lake in the middle of the district."""
    session.execute(
        sa.text(
            "INSERT INTO base_feature (kind, name, min_zoom, geom) VALUES ('water', '澄湖', 8, ST_Transform("
            "ST_Buffer(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)::geography, 900)::geometry, 3857))"
        ),
        CENTRE,
    )
    session.commit()


@pytest.fixture
def folder(app: Flask, tmp_path: Path) -> Iterator[Path]:
    settings = app.extensions["settings"]
    before, settings.basemaps = settings.basemaps, tmp_path
    yield tmp_path
    settings.basemaps = before


def _fetch(who: Actor, url: str, **headers: str) -> tuple[int, Any, bytes]:
    """Status, headers and body of an answer, with the file behind it closed."""
    with who.client.get(url, headers=headers) as answer:
        return answer.status_code, answer.headers, answer.data


@pytest.mark.usefixtures("ground")
def test_the_district_goes_along_by_ranges_and_nobody_elses(
    cast: Cast, session: Session, folder: Path
) -> None:
    chen = cast("inspector_chen")
    assert chen.get("/api/map/basemaps").get_json() == {"items": [], "tianditu_key": None}
    code = session.scalars(sa.text("SELECT left(code, 6) FROM area WHERE level = 'district'")).one()
    size = basemap.build(session, code, folder)
    (item,) = chen.get("/api/map/basemaps").get_json()["items"]
    assert (item["code"], item["size"]) == (code, size)

    url = f"/api/map/basemaps/{code}.pmtiles"
    status, headers, whole = _fetch(chen, url)
    assert (status, len(whole), headers["Accept-Ranges"]) == (200, size, "bytes")
    pieces = [_fetch(chen, url, Range=f"bytes={at}-{at + 999}") for at in range(0, size, 1000)]
    assert {piece[0] for piece in pieces} == {206}
    assert b"".join(piece[2] for piece in pieces) == whole == (folder / f"{code}.pmtiles").read_bytes()
    assert _fetch(chen, url, Range=f"bytes={size}-")[0] == 416
    assert _fetch(chen, url, **{"If-None-Match": headers["ETag"]})[0] == 304

    # A tile of the file is the tile that the office's map shows.
    x, y = basemap._tile_at(14, CENTRE["lon"], CENTRE["lat"])
    box = rules.tile_box(14, x, y)
    assert box is not None
    online = tiles.base_tile(session, 14, box)
    assert online and _read(whole, 14, x, y) == online

    assert chen.get("/api/map/basemaps/110101.pmtiles").status_code == 404
    assert cast("firm_liu").get(url).status_code == 404
    assert cast("firm_liu").get("/api/map/basemaps").get_json()["items"] == []
    (folder / "110101.pmtiles").write_bytes(whole)
    assert chen.get("/api/map/basemaps/110101.pmtiles").status_code == 404


@pytest.mark.parametrize("code", ["000000", "../etc", "99990", "9999011"])
def test_only_a_known_district_is_built(session: Session, tmp_path: Path, code: str) -> None:
    with pytest.raises(NotFound):
        basemap.build(session, code, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_tianditu_is_reached_only_where_a_key_is_configured(app: Flask, cast: Cast) -> None:
    settings = app.extensions["settings"]
    chen = cast("inspector_chen")
    assert "tianditu" not in chen.get("/api/map/basemaps").headers["Content-Security-Policy"]
    before, settings.tianditu_key = settings.tianditu_key, "0123456789abcdef"
    try:
        answer = chen.get("/api/map/basemaps")
        assert answer.get_json()["tianditu_key"] == "0123456789abcdef"
        csp: dict[str, Any] = dict(
            part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";")
        )
        assert csp["connect-src"] == "'self' https://*.tianditu.gov.cn"
        assert csp["default-src"] == "'self'"
    finally:
        settings.tianditu_key = before
    assert policy(False).count("https://") == 0
