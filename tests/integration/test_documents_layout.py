"""The printed notice as paper: what it says when read back, where pages break, how it looks.

Golden pictures are in tests/golden; with ``UPDATE_GOLDEN=1`` this file draws them anew.
"""

from __future__ import annotations

import dataclasses
import io
import os
import re
import subprocess
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import segno
from PIL import Image, ImageChops, ImageFilter, ImageStat

from server.documents.paper import (
    DEMO_MARK,
    Paper,
    PhotoSheet,
    UnusablePicture,
    print_copy,
    render,
)
from server.documents.paper.sample import drawn_photo, sample, sample_document
from server.documents.rules import DocumentType
from tests.factories.papers import change

STUB = "第一联　存根"
GOLDEN = Path(__file__).parents[1] / "golden"
PHOTOS = Path(__file__).parents[3] / "shared" / "data" / "photos"
SIXTY = (
    "澜川市澄湖区青禾街道禾田社区及周边住宅小区综合物业管理服务与"
    "设施设备维护保养清洁绿化秩序维护安全防范一体化运营有限责任公"
)
EVIL = '#eval("1") $x^2$ *b* _i_ \\ @ref <lab> "q" \'s\' `code` [x] {y} // c /* d */ = h - l + e ~ ---'


def pages(pdf: bytes) -> list[str]:
    """The text of each page in the order of its drawing, without white space: line breaks do not matter."""
    read = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return [re.sub(r"\s|\u200b", "", page) for page in read.stdout.decode().split("\f")[:-1]]


def pictures(pdf: bytes, dpi: int = 50) -> list[Image.Image]:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["pdftoppm", "-r", str(dpi), "-", f"{folder}/page"], input=pdf, check=True)
        return [Image.open(file).copy() for file in sorted(Path(folder).iterdir())]


def sheets(count: int, size: tuple[int, int]) -> tuple[PhotoSheet, ...]:
    return tuple(
        replace(sheet, image=drawn_photo(sheet.number, size)) for sheet in sample_document(count).facts.photos
    )


def with_items(count: int) -> Paper:
    """Items whose first and last words can be found again."""
    two = sample_document(0).facts.items
    return change(
        sample_document(0),
        items=tuple(
            replace(
                two[n % 2],
                index=n,
                place=f"首{n}首",
                requirement=f"请{n}请",
                facts="石墩" * (n * 7 % 60) + f"尾{n}尾",
            )
            for n in range(1, count + 1)
        ),
    )


CASES = {
    "one item": with_items(1),
    "forty items": with_items(40),
    "names of sixty": change(
        sample_document(0),
        issuer="澜川市澄湖区住房和城乡建设与物业管理综合行政执法监督局",
        addressee=SIXTY,
        contact_name=SIXTY,
        items=tuple(
            replace(item, name=SIXTY, place="A" * 60, facts=SIXTY, basis="b" * 60, requirement=SIXTY)
            for item in sample_document(0).facts.items
        ),
        photos=tuple(replace(sheet, place=SIXTY) for sheet in sheets(3, (900, 675))),
    ),
    "thirty portraits": change(sample_document(0), photos=sheets(30, (675, 900))),
    "thirty landscapes": change(sample_document(0), photos=sheets(30, (900, 675))),
    "odd shapes": change(
        sample_document(0),
        photos=tuple(
            replace(sheet, image=image)
            for sheet, image in zip(
                sample_document(4).facts.photos,
                (drawn_photo(1, (1200, 300)), drawn_photo(2, (200, 1200)), None, drawn_photo(3, (88, 64))),
                strict=True,
            )
        ),
    ),
    "very long facts": change(
        sample_document(0),
        items=tuple(
            replace(item, facts="石墩四个，道闸锁闭。" * 250) for item in sample_document(0).facts.items
        ),
    ),
}


def test_what_was_given_stands_on_the_paper() -> None:
    body, annex = pages(render(sample_document(4)))
    for words in (
        "澄湖区住房和城乡建设局限期整改通知书澄住建物改〔2026〕第37号澜川岸禾物业服务有限公司（91999901MADM3K7Q5U）：",
        "2026年11月20日9时04分至9时58分，我局巡查人员陈巡01、李巡02对你单位管理的青禾街道禾田社区汀禾苑进行检查",
        "2026年11月21日11时00分前",
        "2026年12月7日18时00分前",
        "第1项按小时计算，遇休息日不顺延；第2项自送达次日起15日，届满日为周六，顺延至下一工作日。",
        "联系人：许督02电话：199****0001",
        "校验码3f9a1c07附件：现场照片1页4张",
        "二〇二六年十一月二十日",
        "第二联被通知人",
        DEMO_MARK,
        "共2页第1页",
    ):
        assert words in body, words
    for words in (
        "FP-02固定障碍物封堵消防车通道",
        "3号楼北侧，石墩4个",
        "照片1、2",
        "照片3、4",
        "《消防法》第二十八条",
    ):
        assert words in body, words
    for words in ("照片1第1项全景", "东经119.62284北纬38.94160±7m", "2026-11-2009:07:33", "共2页第2页"):
        assert words in annex, words
    assert f"SHA-256{sample_document(1).facts.photos[0].sha256[:8]}…" in annex
    assert "责令" not in body


def test_the_same_document_gives_the_same_bytes() -> None:
    assert render(sample_document(4)) == render(sample_document(4))
    assert render(sample_document(0)) != render(change(sample_document(0), copy_name=STUB))


def test_the_file_calls_itself_pdf_a_3b_and_is_dated_with_the_issue() -> None:
    pdf = render(sample_document(0))
    xmp = pdf[pdf.index(b"<x:xmpmeta") : pdf.index(b"</x:xmpmeta")].decode()
    assert "<pdfaid:part>3</pdfaid:part>" in xmp
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in xmp
    assert "<xmp:CreateDate>2026-11-20T00:00:00" in xmp
    listed = subprocess.run(["pdffonts", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    rows = listed.splitlines()[2:]
    assert rows and all(re.search(r"yes yes yes", row) for row in rows), listed


def test_text_is_never_taken_for_markup() -> None:
    doc = sample_document(1)
    first = replace(
        doc.facts.items[0], name=EVIL, place=EVIL, facts=EVIL, basis=EVIL, requirement=EVIL, due_text=EVIL
    )
    sheet = replace(doc.facts.photos[0], place=EVIL, kind=EVIL)
    text = "".join(
        pages(
            render(
                change(
                    doc, addressee=EVIL, contact_name=EVIL, items=(first, doc.facts.items[1]), photos=(sheet,)
                )
            )
        )
    )
    assert text.count(re.sub(r"\s", "", EVIL)) >= 4
    assert text.count("#eval") == text.count("/*d*/") == 10


def test_demo_mark_and_drawn_seal_only_in_the_demo() -> None:
    official = change(sample_document(0), demo=False, seal_label="")
    text = "".join(pages(render(official)))
    assert "演示" not in text and "样" not in text
    shown = "".join(pages(render(sample_document(0))))
    assert DEMO_MARK in shown and "样章" in shown


def test_a_given_seal_is_set_over_the_date() -> None:
    seal = io.BytesIO()
    Image.new("RGB", (300, 300), (0, 0, 255)).save(seal, "PNG")
    (page,) = pictures(render(change(sample_document(0), demo=False, seal=seal.getvalue())))
    blue = [
        (x, y) for x in range(page.width) for y in range(page.height) if page.getpixel((x, y)) == (0, 0, 255)
    ]
    left, right = min(x for x, _ in blue), max(x for x, _ in blue)
    assert 38 < (right - left) / 50 * 25.4 < 43, "a seal is 41 mm wide"


def test_the_second_order_and_the_stub_say_so() -> None:
    doc = change(sample_document(0), order=2, previous_number="澄住建物改〔2026〕第37号", copy_name=STUB)
    (text,) = pages(render(doc))
    assert "（再次整改）" in text and "按上表期限再次整改" in text and "第一联存根" in text


def test_a_provisional_term_is_marked_and_explained() -> None:
    doc = sample_document(0)
    late = replace(doc.facts.items[1], due_at=datetime(2027, 2, 1, 10, tzinfo=UTC), provisional=True)
    (text,) = pages(render(change(doc, items=(doc.facts.items[0], late))))
    assert "2027年2月1日18时00分前（暂定）" in text
    assert "因2027年放假安排尚未公布" in text
    assert "暂定" not in "".join(pages(render(doc)))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 7, 9, 12, 40])
def test_rows_and_the_signing_block_stay_whole(count: int) -> None:
    found = pages(render(with_items(count)))
    for n in range(1, count + 1):
        (page,) = [p for p in found if f"首{n}首" in p]
        assert f"尾{n}尾" in page, f"row {n} is torn"
    (signed,) = [p for p in found if "签收人" in p]
    for words in ("挂牌督办", "联系人", "校验码", "二〇二六年十一月二十日", "送达时间", "已拍照或录像"):
        assert words in signed, words
    assert all(f"共{len(found)}页第{n}页" in page for n, page in enumerate(found, 1))
    assert all("序问题及位置依据整改要求期限" in page for page in found if re.search(r"首\d+首", page))


def test_a_row_taller_than_a_page_breaks_and_loses_nothing() -> None:
    found = pages(render(CASES["very long facts"]))
    assert "".join(found).count("锁") == 500
    assert len(found) > 4


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("one item", 1),
        ("forty items", 11),
        ("names of sixty", 3),
        ("thirty portraits", 10),
        ("thirty landscapes", 9),
        ("odd shapes", 2),
        ("very long facts", 12),
    ],
)
def test_pages_and_margins(name: str, expected: int) -> None:
    """Nothing is printed into the margins: 28 mm left, 26 mm right, 12 mm below."""
    drawn = pictures(render(CASES[name]), dpi=25)
    assert len(drawn) == expected
    for number, page in enumerate(drawn, 1):
        ink = ImageChops.invert(page.convert("L")).point(lambda v: 255 if v > 60 else 0).getbbox()
        assert ink is not None, f"page {number} is empty"
        left, top, right, bottom = (edge / 25 * 25.4 for edge in ink)
        assert left >= 26.5 and right <= 185.5 and top >= 11 and bottom <= 286, (number, ink)


def test_the_closing_remark_of_the_annex_is_never_alone() -> None:
    for count in range(1, 13):
        found = pages(render(change(sample_document(0), photos=sheets(count, (900, 675)))))
        (last,) = [page for page in found if "上列照片为缩印件" in page]
        assert f"照片{count}第" in last
        assert f"现场照片{len(found) - 1}页{count}张" in found[0]


@pytest.mark.parametrize(("name", "page"), [("notice-page", 0), ("notice-annex", 1)])
def test_it_looks_as_approved(name: str, page: int) -> None:
    compare_with_golden(name, pictures(render(sample_document(4)))[page])


def compare_with_golden(name: str, drawn: Image.Image) -> None:
    """Blurred over 2 mm, no spot may differ much: type may be smoothed otherwise, nothing may move."""
    golden = GOLDEN / f"{name}.png"
    if os.environ.get("UPDATE_GOLDEN"):
        drawn.quantize(64).save(golden, optimize=True)
    assert golden.stat().st_size <= 60_000
    difference = ImageChops.difference(
        drawn.convert("RGB").filter(ImageFilter.GaussianBlur(2)),
        Image.open(golden).convert("RGB").filter(ImageFilter.GaussianBlur(2)),
    )
    assert max(high for _, high in difference.getextrema()) <= 48
    assert max(ImageStat.Stat(difference).mean) <= 2


@pytest.mark.parametrize(
    "image",
    [
        b"",
        b"<html>not a photo",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\xff\xd8\xffjunk",
        b"\x89PNG\r\n",
    ],
)
def test_what_is_no_picture_is_refused(image: bytes) -> None:
    doc = sample_document(1)
    with pytest.raises(UnusablePicture):
        render(change(doc, photos=(replace(doc.facts.photos[0], image=image),)))


def test_print_copy_is_small_upright_and_without_exif() -> None:
    tall = Image.effect_noise((1600, 1200), 40).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "maker"
    original = io.BytesIO()
    tall.save(original, "JPEG", exif=exif)
    copy = Image.open(io.BytesIO(print_copy(original.getvalue())))
    assert copy.size == (675, 900)
    assert not copy.getexif()
    with pytest.raises(UnusablePicture):
        print_copy(original.getvalue()[:5000])
    with pytest.raises(UnusablePicture):
        print_copy(b"<html>")


@pytest.mark.skipif(not PHOTOS.is_dir(), reason="../shared/data/photos is not here")
def test_photos_of_real_phones_are_printed(tmp_path: Path) -> None:
    names = (
        "phone_nokia_12mp.jpg",
        "phone_iphone_hdr.jpg",
        "orientation_portrait_6.jpg",
        "orientation_landscape_3.jpg",
    )
    doc = sample_document(4)
    laid = []
    for sheet, name in zip(doc.facts.photos, names, strict=True):
        path = tmp_path / name
        path.write_bytes(print_copy((PHOTOS / name).read_bytes()))
        laid.append(replace(sheet, image=path))
    pdf = render(change(doc, photos=laid))
    assert len(pages(pdf)) == 2
    listed = subprocess.run(
        ["pdfimages", "-list", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()
    assert listed.count("jpeg") == 4
    assert len(pdf) < 800_000


def test_the_code_on_the_paper_is_the_address_to_verify() -> None:
    """Module by module at 10 px a millimetre: the code stands at the left margin, 24.3 mm wide."""
    doc = sample_document(0)
    page = np.asarray(pictures(render(doc), dpi=254)[0].convert("L")) < 128
    wanted = np.array(
        [list(row) for row in segno.make(doc.cover.verify_url, error="m", micro=False).matrix], bool
    )
    centres = ((np.arange(len(wanted)) + 0.5) * 243 / len(wanted)).astype(int)
    best = max((page[np.ix_(top + centres, 280 + centres)] == wanted).mean() for top in range(1500, 2500))
    assert best == 1.0


ONE_PAGE = {
    DocumentType.N4,
    DocumentType.N5,
    DocumentType.URGE,
    DocumentType.EXTENSION,
    DocumentType.BULLETIN,
}
LONG = "因管理区域内同一问题反复出现且长期未得到解决，" * 12


def stretched(kind: DocumentType) -> Paper:
    """A sample whose every own sentence is long and whose names have sixty characters."""
    sheet = sample(kind, 0)
    long: dict[str, object] = {"addressee": SIXTY, "contact_name": SIXTY}
    for each in dataclasses.fields(sheet.facts):
        value = getattr(sheet.facts, each.name)
        if isinstance(value, str) and each.name in ("reason", "facts", "measures", "opinion", "found_text"):
            long[each.name] = LONG
        if each.name in ("reasons", "unfinished", "paragraphs", "measures") and not isinstance(value, str):
            long[each.name] = (LONG,) * 6
    return change(sheet, issuer=SIXTY, **long)


@pytest.mark.parametrize("kind", list(DocumentType))
@pytest.mark.parametrize("form", ["sample", "stretched"])
def test_every_type_stays_within_the_page_and_is_signed_below_its_words(
    kind: DocumentType, form: str
) -> None:
    pdf = render(sample(kind, 0) if form == "sample" else stretched(kind))
    found = pages(pdf)
    if form == "sample":
        assert len(found) == (1 if kind in ONE_PAGE else len(found)) and len(found) <= 2
    for number, page in enumerate(pictures(pdf, dpi=25), 1):
        ink = ImageChops.invert(page.convert("L")).point(lambda v: 255 if v > 60 else 0).getbbox()
        assert ink is not None, f"page {number} is empty"
        left, top, right, bottom = (edge / 25 * 25.4 for edge in ink)
        assert left >= 26.5 and right <= 185.5 and top >= 24 and bottom <= 274, (number, ink)
    (signed,) = [page for page in found if "校验码" in page]
    assert "二〇二六年十一月二十日" in signed
    around = signed.replace("校验码", "").replace("演示数据，不具法律效力", "")
    assert len(around) > 120, "a signature never stands alone"
    assert all(f"共{len(found)}页第{n}页" in page for n, page in enumerate(found, 1))


@pytest.mark.parametrize(
    ("name", "kind", "page"),
    [
        ("order-page", DocumentType.N3, 0),
        ("order-signed", DocumentType.N3, 1),
        ("transfer-page", DocumentType.TRANSFER, 0),
        ("service-form", DocumentType.SERVICE, 0),
        ("duty-report-form", DocumentType.DUTY_REPORT, 0),
    ],
)
def test_other_types_look_as_approved(name: str, kind: DocumentType, page: int) -> None:
    compare_with_golden(name, pictures(render(sample(kind, 0)))[page])


@pytest.mark.parametrize(
    "run", ["！" * 40, "…" * 40, "—" * 40, "★☆" * 20, "é" * 60, "Привет" * 12, "a□" * 30, "A" * 100, "-" * 60]
)
def test_no_run_of_signs_leaves_its_cell(run: str) -> None:
    """Unicode lets no line end inside such a run (UAX 14); it would be printed across the dates beside it."""
    item = sample_document(0).facts.items[1]
    pdf = render(change(sample_document(0), items=(replace(item, index=1, requirement=run),)))
    read = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True)
    words = re.findall(r'xMin="([\d.]+)" .*?xMax="([\d.]+)" .*?>(.*?)</word>', read.stdout.decode())
    date_column = next(float(left) for left, _, text in words if re.fullmatch(r"2026年12月\d+日", text))
    ends = [
        float(right) for _, right, text in words if set(text) & set(run) - set("-A") or text[:3] == run[:3]
    ]
    assert len(ends) > 1
    assert max(ends) < date_column
