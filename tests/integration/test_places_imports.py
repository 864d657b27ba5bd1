"""Imports: row-by-row findings first, then all or nothing; files from offices and from enemies."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.core.identity import SYSTEM
from server.places import importing
from server.places.models import Area, Compound, Firm, ProjectManager
from server.places.rules import LEDGER_COLUMNS
from tests.factories.actors import Actor
from tests.factories.world import LAT, LON, NOW

Cast = Callable[[str], Actor]
TODAY = date(2026, 11, 20)
STREET = "青禾街道、禾田社区"
GOOD = (
    "",
    "甲院管理区",
    "甲院",
    STREET,
    "东至一路，西至二路",
    "1",
    "2",
    "党支部",
    "丙物业有限公司、张某",
    "95%",
)


def ledger(
    rows: Sequence[Sequence[Any]], *, title: bool = True, columns: Sequence[str] = LEDGER_COLUMNS
) -> bytes:
    """An XLSX as a street keeps it: a title, the header, rows numbered by hand."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    if title:
        sheet.append(["宿州市住宅物业管理区域信息台账"])
    sheet.append(list(columns))
    for number, row in enumerate(rows, start=1):
        sheet.append([number, *row[1:]])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def row(name: str, **change: Any) -> tuple[Any, ...]:
    """A good row with some cells changed by position: `c5="9"`."""
    cells = [*GOOD]
    cells[1], cells[2] = f"{name}管理区", name
    for key, value in change.items():
        cells[int(key[1:])] = value
    return tuple(cells)


def upload(actor: Actor, kind: str, data: bytes, filename: str, *, dry_run: bool = False) -> Any:
    """Send a file. The body is made by hand, as the test client would leave its temporary file open."""
    head = f'--edge\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n\r\n'
    return actor.client.post(
        f"/api/places/imports/{kind}?dry_run={str(dry_run).lower()}",
        data=head.encode() + data + b"\r\n--edge--\r\n",
        content_type="multipart/form-data; boundary=edge",
    )


def counts(session: Session) -> tuple[int, ...]:
    tables = (Area, Compound, Firm, ProjectManager)
    return tuple(session.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in tables)


@pytest.fixture
def outlined(session: Session) -> Session:
    """The street has an outline, so compounds without one can be put somewhere."""
    outline = sa.func.ST_Multi(sa.func.ST_MakeEnvelope(LON, LAT, LON + 0.1, LAT + 0.1, 4326))
    session.execute(sa.update(Area).where(Area.name == "青禾街道").values(outline=outline))
    session.commit()
    return session


def test_one_bad_row_in_five_hundred_refuses_all_and_is_named(cast: Cast, outlined: Session) -> None:
    admin, before = cast("admin_gu"), counts(outlined)
    rows = [row(f"第{number}院") for number in range(500)]
    rows[320] = row("第320院", c5="9")
    answer = upload(admin, "compounds", ledger(rows), "台账.xlsx")
    assert answer.status_code == 422
    problem = answer.get_json()
    assert (problem["code"], problem["error_count"], problem["rows"]) == ("places.import_refused", 1, 500)
    finding = problem["findings"][0]
    assert (finding["row"], finding["column"], finding["code"]) == (323, "物业服务形态", "compound.code_list")
    assert counts(outlined) == before
    rows[320] = row("第320院")
    good = upload(admin, "compounds", ledger(rows), "台账.xlsx").get_json()
    assert (good["stored"], good["created"], good["error_count"]) == (True, 500, 0)
    assert counts(outlined)[1] == before[1] + 500


def test_a_dry_run_tells_everything_and_stores_nothing(cast: Cast, outlined: Session) -> None:
    before = counts(outlined)
    answer = upload(cast("admin_gu"), "compounds", ledger([row("甲院")]), "a.xlsx", dry_run=True)
    report = answer.get_json()
    assert (answer.status_code, report["dry_run"], report["stored"], report["created"]) == (
        200,
        True,
        False,
        1,
    )
    assert {finding["code"] for finding in report["findings"]} == {"compound.outline_missing", "firm.created"}
    assert counts(outlined) == before


def test_what_the_ledger_says_is_stored(cast: Cast, outlined: Session) -> None:
    upload(cast("admin_gu"), "compounds", ledger([row("甲院")]), "a.xlsx")
    found = outlined.scalars(
        sa.select(Compound)
        .options(sa.orm.joinedload(Compound.firm), sa.orm.joinedload(Compound.manager))
        .where(Compound.name == "甲院")
    ).one()
    assert (found.service_form, found.committee, found.party_coverage) == (1, 2, 3)
    assert (found.management_area, str(found.fee_collection_rate)) == ("甲院管理区", "95.00")
    assert found.path == "9999.999901.999901003.999901003001"
    assert found.firm is not None
    assert (found.firm.name, found.firm.short_name, found.firm.uscc) == (
        "丙物业有限公司",
        "丙物业有限公司",
        None,
    )
    assert found.manager is not None
    assert found.manager.name == "张某"


def test_importing_again_updates_and_doubles_nothing(cast: Cast, outlined: Session) -> None:
    admin = cast("admin_gu")
    upload(admin, "compounds", ledger([row("甲院")]), "a.xlsx")
    after = counts(outlined)
    again = upload(admin, "compounds", ledger([row("甲院")]), "a.xlsx").get_json()
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 1)
    changed = row("甲院", c6="1", c8="丙物业有限公司、李某")
    report = upload(admin, "compounds", ledger([changed]), "a.xlsx").get_json()
    assert (report["created"], report["updated"]) == (0, 1)
    assert counts(outlined) == (*after[:3], after[3] + 1)


@pytest.mark.parametrize(
    ("change", "column", "code"),
    [
        ({"c2": ""}, "小区名称", "cell.empty"),
        ({"c2": "长" * 81}, "小区名称", "cell.too_long"),
        ({"c3": "无此街道、无此社区"}, "所在街道、社区", "compound.area_unknown"),
        ({"c3": "听松街道、禾田社区"}, "所在街道、社区", "compound.area_unknown"),
        ({"c3": "澄湖区"}, "所在街道、社区", "compound.area_unknown"),
        ({"c3": ""}, "所在街道、社区", "cell.empty"),
        ({"c5": ""}, "物业服务形态", "cell.empty"),
        ({"c5": "7"}, "物业服务形态", "compound.code_list"),
        ({"c6": "4"}, "业主委员会组建情况", "compound.code_list"),
        ({"c7": "党小小组"}, "党的工作覆盖情况", "compound.code_list"),
        ({"c9": "120%"}, "物业费收缴率", "compound.rate"),
        ({"c9": "=1/0"}, "物业费收缴率", "cell.formula"),
        ({"c4": '=HYPERLINK("http://evil.example")'}, "四至范围", "cell.formula"),
    ],
)
def test_faults_name_row_and_column(
    cast: Cast, outlined: Session, change: dict[str, Any], column: str, code: str
) -> None:
    report = upload(
        cast("admin_gu"), "compounds", ledger([row("甲院"), row("乙院", **change)]), "a.xlsx", dry_run=True
    ).get_json()
    errors = [finding for finding in report["findings"] if finding["severity"] == "error"]
    assert [(e["row"], e["column"], e["code"]) for e in errors] == [(4, column, code)]


def test_every_fault_of_a_row_is_told_at_once(cast: Cast, outlined: Session) -> None:
    bad = row("甲院", c5="8", c6="8", c7="8", c9="很高")
    report = upload(cast("admin_gu"), "compounds", ledger([bad]), "a.xlsx", dry_run=True).get_json()
    assert report["error_count"] == 4


def test_the_same_compound_twice_in_a_file(cast: Cast, outlined: Session) -> None:
    report = upload(
        cast("admin_gu"), "compounds", ledger([row("甲院"), row("甲院")]), "a.xlsx", dry_run=True
    ).get_json()
    assert [f["code"] for f in report["findings"] if f["severity"] == "error"] == ["compound.duplicate"]


def test_percent_cells_and_number_cells(cast: Cast, outlined: Session) -> None:
    book = openpyxl.load_workbook(io.BytesIO(ledger([row("甲院", c5=1, c9=0.955), row("乙院", c9=88)])))
    book.active["J3"].number_format = "0.0%"
    out = io.BytesIO()
    book.save(out)
    upload(cast("admin_gu"), "compounds", out.getvalue(), "a.xlsx")
    rates = dict(outlined.execute(sa.select(Compound.name, Compound.fee_collection_rate)).tuples().all())
    assert (str(rates["甲院"]), str(rates["乙院"])) == ("95.50", "88.00")


def test_without_any_outline_a_ledger_compound_has_no_place(cast: Cast, session: Session) -> None:
    report = upload(cast("admin_gu"), "compounds", ledger([row("甲院")]), "a.xlsx", dry_run=True).get_json()
    assert [f["code"] for f in report["findings"] if f["severity"] == "error"] == ["compound.no_outline"]


def test_only_administrators_import(cast: Cast) -> None:
    for name in ("supervisor_xu", "inspector_chen", "firm_liu"):
        assert upload(cast(name), "compounds", ledger([]), "a.xlsx").status_code == 403
        assert upload(cast(name), "areas", b"code,name\n", "a.csv").status_code == 403


def feature(name: str, **change: Any) -> dict[str, Any]:
    """A compound of 100 m in 禾田社区."""
    west, south = LON + 0.05, LAT + 0.05
    ring = [
        [west, south],
        [west + 0.001, south],
        [west + 0.001, south + 0.001],
        [west, south + 0.001],
        [west, south],
    ]
    properties = {
        "name": name,
        "area_code": "999901003001",
        "service_form": 1,
        "committee": "未成立",
        "party_coverage": 5,
        "firm": "丁物业服务有限公司",
        "uscc": "91999901MADM0073X0",
        "manager": "王某",
        "buildings": 7,
        "is_high_rise": True,
        "四至范围": "东至河",
    }
    geometry = change.pop("geometry", {"type": "Polygon", "coordinates": [ring]})
    return {"type": "Feature", "properties": properties | change, "geometry": geometry}


def collection(*features: dict[str, Any]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()


def test_a_compound_with_its_outline_from_geojson(cast: Cast, session: Session) -> None:
    report = upload(cast("admin_gu"), "compounds", collection(feature("丁院")), "x.geojson").get_json()
    assert (report["stored"], report["created"]) == (True, 1)
    query = sa.select(Compound, sa.func.ST_Area(sa.func.geography(Compound.outline))).where(
        Compound.name == "丁院"
    )
    found, square_metres = session.execute(query).one()
    assert square_metres == pytest.approx(86.7 * 111.0, rel=0.02)
    assert (found.buildings, found.is_high_rise, found.four_bounds) == (7, True, "东至河")
    firm = session.get_one(Firm, found.firm_id)
    assert (firm.uscc, firm.uscc_suspect, firm.short_name) == (
        "91999901MADM0073X0",
        False,
        "丁物业服务有限公司",
    )


def test_geojson_alone_may_correct_an_outline(cast: Cast, session: Session) -> None:
    admin = cast("admin_gu")
    only = feature("汀禾苑")
    only["properties"] = {"name": "汀禾苑", "area_code": "999901003001"}
    report = upload(admin, "compounds", collection(only), "x.geojson").get_json()
    assert (report["stored"], report["updated"]) == (True, 1)
    found = session.scalars(
        sa.select(Compound)
        .where(Compound.id == admin.world.compounds["汀禾苑"])
        .execution_options(populate_existing=True)
    ).one()
    assert (found.households, found.firm_id) == (816, admin.world.firms["岸禾物业"])
    inside = sa.select(sa.func.ST_X(sa.func.ST_Centroid(Compound.outline))).where(Compound.id == found.id)
    assert session.scalar(inside) == pytest.approx(LON + 0.0505)


@pytest.mark.parametrize(
    ("change", "severity", "code"),
    [
        ({"uscc": "91350211M0000XUF46"}, "warning", "firm.uscc_suspect"),
        ({"uscc": "not a code"}, "error", "firm.uscc_malformed"),
        ({"firm": "澜川岸禾物业服务有限公司"}, "warning", "firm.uscc_differs"),
        ({"firm": ""}, "error", "firm.name_missing"),
        ({"area_code": "999901003999"}, "error", "compound.area_unknown"),
        ({"area_code": "9999010x"}, "error", "area.code"),
        ({"area_code": "999901003"}, "warning", "compound.street_only"),
        ({"buildings": -1}, "error", "compound.count"),
        ({"is_high_rise": "也许"}, "error", "compound.flag"),
        ({"service_form": None}, "error", "cell.empty"),
        ({"geometry": {"type": "Point", "coordinates": [1, 2]}}, "error", "outline.not_polygon"),
        ({"geometry": {"type": "Polygon", "coordinates": []}}, "error", "outline.not_polygon"),
        ({"geometry": {"type": "Polygon", "coordinates": "x"}}, "error", "outline.not_polygon"),
        ({"geometry": {"type": "Polygon", "coordinates": [[[1, 2], [3]]]}}, "error", "outline.not_polygon"),
        (
            {"geometry": {"type": "Polygon", "coordinates": [[[39, 119], [40, 119], [40, 120], [39, 119]]]}},
            "error",
            "position.swapped",
        ),
        (
            {"geometry": {"type": "Polygon", "coordinates": [[[500, 9], [501, 9], [501, 10], [500, 9]]]}},
            "error",
            "outline.out_of_range",
        ),
        (
            {
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [[[119, 39], [120, 40], [120, 39], [119, 40], [119, 39]]],
                }
            },
            "warning",
            "outline.mended",
        ),
    ],
)
def test_what_a_feature_may_lack(
    cast: Cast, session: Session, change: dict[str, Any], severity: str, code: str
) -> None:
    report = upload(
        cast("admin_gu"), "compounds", collection(feature("丁院", **change)), "x.json", dry_run=True
    ).get_json()
    assert (severity, code) in {(finding["severity"], finding["code"]) for finding in report["findings"]}
    assert (report["error_count"] > 0) == (severity == "error")


def test_a_suspect_code_is_kept_and_marked(cast: Cast, session: Session) -> None:
    upload(cast("admin_gu"), "compounds", collection(feature("丁院", uscc="91350211M0000XUF46")), "x.json")
    firm = session.scalars(sa.select(Firm).where(Firm.uscc == "91350211M0000XUF46")).one()
    assert firm.uscc_suspect


def test_firms_are_matched_by_code_then_by_name(cast: Cast, session: Session) -> None:
    admin = cast("admin_gu")
    nameless = Firm(name="戊物业有限公司", short_name="戊物业")
    session.add(nameless)
    session.commit()
    by_code = feature("一院", firm="换了名字的公司", uscc="91999901MADM002030", manager="新经理")
    by_name = feature("二院", firm="戊物业有限公司", uscc="91999901MADM0073X0", manager="")
    nobody = feature("三院", firm="无", uscc="", manager="", service_form=5)
    report = upload(admin, "compounds", collection(by_code, by_name, nobody), "x.json").get_json()
    assert (report["created"], report["findings"]) == (3, [])
    found = dict(session.execute(sa.select(Compound.name, Compound.firm_id)).tuples().all())
    assert found["一院"] == admin.world.firms["岸禾物业"]
    assert found["二院"] == nameless.id
    assert found["三院"] is None
    assert session.get_one(Firm, nameless.id, populate_existing=True).uscc == "91999901MADM0073X0"
    managers = session.scalars(sa.select(ProjectManager.name).where(ProjectManager.firm_id == found["一院"]))
    assert "新经理" in set(managers)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"firm": "长" * 121}, "cell.too_long"),
        ({"firm": "长" * 301}, "cell.too_long"),
        ({"小区名称": {}}, "cell.empty"),
    ],
)
def test_odd_properties(cast: Cast, session: Session, change: dict[str, Any], code: str) -> None:
    report = upload(
        cast("admin_gu"), "compounds", collection(feature("丁院", **change)), "x.json", dry_run=True
    ).get_json()
    assert [finding["code"] for finding in report["findings"] if finding["severity"] == "error"] == [code]


def test_the_wrong_kind_of_file_for_the_import(cast: Cast) -> None:
    admin = cast("admin_gu")
    assert upload(admin, "areas", ledger([]), "x.xlsx").get_json()["code"] == "places.unknown_file_kind"
    assert upload(admin, "compounds", CSV.encode(), "x.csv").get_json()["code"] == "places.unknown_file_kind"
    assert upload(admin, "areas", b"\xff\xfe\x00\x81", "x.csv").get_json()["code"] == "core.file_unreadable"
    assert upload(admin, "areas", b'"\xc4', "x.csv").get_json()["code"] == "core.file_unreadable"
    assert admin.post("/api/places/imports/areas", {}).status_code == 422


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def with_part(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for entry in source.infolist():
            content = source.read(entry)
            target.writestr(entry.filename, change(content) if entry.filename == name else content)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
HOSTILE = {
    "bomb": lambda: with_part(ledger([row("甲院")]), SHEET, lambda c: c + b" " * (101 * 1024 * 1024)),
    "many entries": lambda: zipped(**{f"part{number}": b"" for number in range(501)}),
    "too large": lambda: b"PK\x03\x04" + bytes(11 * 1024 * 1024),
    "broken zip": lambda: b"PK\x03\x04 and then nothing",
    "not a workbook": lambda: zipped(hello=b"world"),
    "cut off": lambda: ledger([row("甲院")])[:-200],
    "not xml": lambda: with_part(ledger([row("甲院")]), SHEET, lambda _: b"<worksheet"),
    "entities": lambda: with_part(
        ledger([row("甲院")]),
        SHEET,
        lambda c: b"<!-- " + bytes(5000) + b'--><!DOCTYPE a [<!ENTITY b "c">]>' + c,
    ),
    "other columns": lambda: ledger([], columns=["甲", "乙"]),
    "too many rows": lambda: ledger([("", "", str(number)) for number in range(5001)]),
    "json list": lambda: b'{"type": "FeatureCollection", "features": [1]}',
    "nested json": lambda: b'{"features":' + b"[" * 100_000,
    "nan": lambda: b'{"type": "FeatureCollection", "features": [{"geometry": NaN}]}',
    "old excel": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512),
    "empty": lambda: b"",
}


SAID = {
    "bomb": ("core.file_too_large", "解压后过大"),
    "many entries": ("core.file_too_large", "解压后过大"),
    "too large": ("core.file_too_large", "最大 10 MB"),
    "too many rows": ("core.file_too_large", "最多 5000 行"),
    "entities": ("core.file_unreadable", "文件含有不允许的声明"),
    "other columns": (
        "core.file_unreadable",
        "缺少列：物业管理区域名称、小区名称、所在街道、社区、四至范围、物业服务形态、业主委员会组建情况、"
        "党的工作覆盖情况、物业服务企业及项目负责人、物业费收缴率",
    ),
    "old excel": ("places.unknown_file_kind", None),
    "empty": ("places.unknown_file_kind", None),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_and_broken_files(cast: Cast, session: Session, kind: str) -> None:
    before = counts(session)
    answer = upload(cast("admin_gu"), "compounds", HOSTILE[kind](), "x.xlsx")
    assert answer.status_code in (413, 422), answer.get_data(as_text=True)
    problem = answer.get_json()
    assert problem["code"] == SAID.get(kind, ("core.file_unreadable",))[0]
    assert problem.get("detail") == SAID.get(kind, (None, problem.get("detail")))[1]
    assert counts(session) == before


def test_a_sheet_that_lies_about_its_size_costs_nothing(cast: Cast, outlined: Session) -> None:
    def lie(content: bytes) -> bytes:
        return content.replace(b'<row r="3"', b'<row r="1048576"', 1)

    data = with_part(ledger([row("甲院")]), SHEET, lie)
    answer = upload(cast("admin_gu"), "compounds", data, "x.xlsx", dry_run=True)
    assert answer.status_code in (200, 413, 422)


CSV = """code,name,areaCode,provinceCode,cityCode
999901007,"新街道",999901,99,9999
999901003,"青禾街道",999901,99,9999
"""


def test_areas_from_csv(cast: Cast, session: Session) -> None:
    report = upload(cast("admin_gu"), "areas", CSV.encode(), "streets.csv").get_json()
    assert (report["created"], report["unchanged"], report["stored"]) == (1, 1, True)
    area = session.scalars(sa.select(Area).where(Area.name == "新街道")).one()
    assert (area.code, area.path, area.level.value) == ("999901007000", "9999.999901.999901007", "street")
    parent = session.get_one(Area, area.parent_id)
    assert parent.name == "澄湖区"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_encodings(cast: Cast, session: Session, encoding: str) -> None:
    report = upload(cast("admin_gu"), "areas", CSV.encode(encoding), "a.csv").get_json()
    assert report["stored"]
    assert session.scalars(sa.select(Area.name).where(Area.code == "999901007000")).one() == "新街道"


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        ("99990100x,坏代码,999901", "code", "area.code"),
        (",无代码,999901", "code", "cell.empty"),
        ("999901008,,999901", "name", "cell.empty"),
        ("999901008,别区,999902", "areaCode", "area.parent_mismatch"),
        ("999901007,又一个,999901", "code", "area.duplicate"),
    ],
)
def test_bad_rows_of_a_csv(cast: Cast, session: Session, line: str, column: str, code: str) -> None:
    before = counts(session)
    data = f"code,name,areaCode\n999901007,新街道,999901\n{line}\n".encode()
    problem = upload(cast("admin_gu"), "areas", data, "a.csv").get_json()
    finding = problem["findings"][0]
    assert (finding["row"], finding["column"], finding["code"]) == (3, column, code)
    assert counts(session) == before


def test_a_renamed_area_keeps_its_past(cast: Cast, session: Session) -> None:
    data = "code,name\n999901003,新青禾街道\n".encode()
    report = upload(cast("admin_gu"), "areas", data, "a.csv").get_json()
    assert [finding["code"] for finding in report["findings"]] == ["area.renamed"]
    rows = session.scalars(
        sa.select(Area).where(Area.path == sa.cast("9999.999901.999901003", Area.path.type))
    )
    past, present = sorted(rows, key=lambda area: area.valid_to is None)
    assert (past.name, past.valid_to, present.name, present.valid_to) == (
        "青禾街道",
        TODAY,
        "新青禾街道",
        None,
    )
    children = session.scalars(sa.select(Area.name).where(Area.parent_id == present.id)).all()
    assert children == ["禾田社区"]
    compound = cast("inspector_chen").get(
        f"/api/places/compounds/{cast('inspector_chen').world.compounds['汀禾苑']}"
    )
    assert compound.get_json()["street"] == "新青禾街道"


def test_real_area_codes_and_outline(shared_data: Path, session: Session) -> None:
    csv = (shared_data / "areas" / "streets_341302.csv").read_bytes()
    report = importing.import_areas(session, SYSTEM, csv, "streets.csv", dry_run=False, today=TODAY)
    assert (report.rows, report.errors, report.created) == (38, 0, 40)
    assert {finding.code for finding in report.findings} == {"area.parent_created"}
    outline = (shared_data / "areas" / "district_341302.geojson").read_bytes()
    report = importing.import_areas(session, SYSTEM, outline, "d.geojson", dry_run=False, today=TODAY)
    district = session.scalars(sa.select(Area).where(Area.code == "341302000000")).one()
    assert (district.name, report.updated) == ("埇桥区", 1)
    streets = session.scalar(sa.select(sa.func.count()).where(Area.parent_id == district.id))
    assert streets == 38
    again = importing.import_areas(session, SYSTEM, csv, "streets.csv", dry_run=False, today=TODAY)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 38)


def test_the_command_line_tells_instead_of_raising(session: Session, tmp_path: Path) -> None:
    file = tmp_path / "areas.csv"
    file.write_text("code,name\n999901007,新街道\n9,坏\n", encoding="utf-8")
    refused = importing.run(session, "areas", file, NOW, dry_run=False)
    assert refused.refused
    assert refused.lines()[0] == "error row 3 code area.code: 区划代码应为 4、6、9 或 12 位数字：9"
    assert refused.lines()[-1].endswith("1 errors: refused")
    file.write_text("name\n新街道\n", encoding="utf-8")
    assert "缺少列：code" in importing.run(session, "areas", file, NOW, dry_run=True).lines()[0]
    file.write_text("code,name\n999901007,新街道\n", encoding="utf-8")
    assert importing.run(session, "areas", file, NOW, dry_run=True).lines()[-1].endswith("dry run")
    assert importing.run(session, "areas", file, NOW, dry_run=False).stored
    book = tmp_path / "book.xlsx"
    book.write_bytes(ledger([row("甲院")]))
    report = importing.run(session, "compounds", book, NOW, dry_run=False)
    assert [finding.code for finding in report.findings if finding.severity == "error"] == [
        "compound.no_outline"
    ]
