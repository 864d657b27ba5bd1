"""A notice with invented people and drawn photographs, for the benchmark, the tests and a look at the layout.

``python -m server.notices.sample notice.pdf`` writes it to a file.
"""

from __future__ import annotations

import hashlib
import io
import sys
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw

from server.notices.document import Inspection, NoticeDocument, NoticeItem, PhotoSheet, number_text, render
from server.notices.document.wording import SHANGHAI

_KINDS = ("全景", "近景")


@lru_cache(maxsize=64)
def drawn_photo(seed: int, size: tuple[int, int] = (900, 675)) -> bytes:
    """A JPEG of about 45 KB: houses, a lane and bollards, with some grain; the same for the same seed."""
    width, height = size
    picture = Image.linear_gradient("L").resize(size).point(lambda v: 120 + v // 3).convert("RGB")
    draw = ImageDraw.Draw(picture)
    shade = (176 - seed * 17 % 40, 160 - seed * 11 % 40, 140 - seed * 7 % 30)
    for left, right in ((0, width * 3 // 10), (width * 7 // 10, width)):
        draw.rectangle((left, 0, right, height * 6 // 10), fill=shade)
        for x in range(left + 18, right - 30, 56):
            for y in range(20, height * 6 // 10 - 40, 62):
                draw.rectangle((x, y, x + 30, y + 38), fill=(62, 74, 84), outline=(226, 226, 220), width=3)
    draw.polygon(
        ((width * 3 // 10, height // 2), (width * 7 // 10, height // 2), (width, height), (0, height)),
        fill=(92, 94, 98),
    )
    for n in range(4):
        x, radius = width // 2 + (n * 2 - 3) * width // 12, width // 22 + seed % 3 * width // 60
        draw.ellipse(
            (x - radius, height * 6 // 10, x + radius, height * 6 // 10 + radius * 2), fill=(196, 192, 182)
        )
    grain = Image.radial_gradient("L").resize((37, 29)).resize(size, Image.Resampling.NEAREST).convert("RGB")
    out = io.BytesIO()
    Image.blend(picture, grain, 0.06).save(out, "JPEG", quality=86)
    return out.getvalue()


def sample_document(photos: int = 4) -> NoticeDocument:
    """Two items and ``photos`` photographs shared between them, on the demo district of 澄湖区."""
    return NoticeDocument(
        issuer="澄湖区住房和城乡建设局",
        number=number_text("澄住建物改", 2026, 37),
        addressee="澜川岸禾物业服务有限公司",
        uscc="91999901MADM3K7Q5U",
        inspections=(Inspection(_at(20, 9, 4), "青禾街道禾田社区汀禾苑", end=_at(20, 9, 58)),),
        inspectors=("陈巡01", "李巡02"),
        items=_items(),
        contact_name="许督02",
        contact_phone="199****0001",
        verify_url="https://xunjian.example/v/01939f5c-6b7a-7c31-9d42-3f9a1c07e5b8",
        check_code="3f9a1c07",
        issued_on=date(2026, 11, 20),
        photos=tuple(_photo(n, photos) for n in range(1, photos + 1)),
        demo=True,
    )


def _at(day: int, hour: int, minute: int, second: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, second, tzinfo=SHANGHAI)


def _items() -> tuple[NoticeItem, ...]:
    return (
        NoticeItem(
            index=1,
            code="FP-02",
            name="固定障碍物封堵消防车通道",
            place="3号楼北侧",
            facts="石墩4个，道闸锁闭，净宽1.6米",
            basis="《消防法》第二十八条、第六十条",
            requirement="清除石墩，开启道闸，恢复净宽4米",
            due_at=_at(21, 11, 0),
            unit="hour",
            count=24,
        ),
        NoticeItem(
            index=2,
            code="EB-05",
            name="集中充电棚无消防器材、无自动断电",
            place="西门充电棚",
            facts="插座28个",
            basis="《高层民用建筑消防安全管理规定》第三十七条",
            requirement="配齐灭火器，加装充满自动断电装置",
            due_at=_at(7, 18, 0, month=12),
            unit="day",
            count=15,
            natural_end=date(2026, 12, 5),
        ),
    )


def _photo(number: int, total: int) -> PhotoSheet:
    first = number <= (total + 1) // 2
    return PhotoSheet(
        number=number,
        item=1 if first else 2,
        kind=_KINDS[(number - 1) % 2],
        place="汀禾苑3号楼北侧" if first else "汀禾苑西门充电棚",
        taken_at=_at(20, 9, 7 + number // 6, 32 + number % 6),
        sha256=hashlib.sha256(f"sample-{number}".encode()).hexdigest(),
        image=drawn_photo(number),
        lon=119.62314 - number * 0.0003,
        lat=38.94170 - number * 0.0001,
        accuracy_m=6 + number % 4,
    )


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(render(sample_document()))
