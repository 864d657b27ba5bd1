"""Papers with invented people and drawn photographs: for the preview of templates, the benchmark, the tests.

``python -m server.documents.paper.sample N2 notice.pdf`` writes one to a file.
"""

from __future__ import annotations

import hashlib
import io
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from server.documents.paper.facts import (
    BulletinFacts,
    Cover,
    DutyReportFacts,
    Enclosure,
    ExtensionFacts,
    Facts,
    Inspection,
    InterviewFacts,
    NoticeFacts,
    NoticeItem,
    Officer,
    OrderFacts,
    Paper,
    PhotoSheet,
    Postponement,
    Reviewed,
    ReviewFacts,
    Served,
    ServiceFacts,
    SpotNoticeFacts,
    SupervisionFacts,
    Task,
    TransferFacts,
    UrgeFacts,
)
from server.documents.paper.pdf import render
from server.documents.paper.phrases import complete
from server.documents.paper.wording import SHANGHAI
from server.documents.rules import KINDS, DocumentType, copy_label, default_pattern, number_text

_KINDS = ("全景", "近景")
DEMO_SEAL = "样章"


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


def sample_document(photos: int = 4) -> Paper:
    """An N2 with two items and ``photos`` photographs shared between them, on the demo district of 澄湖区."""
    return sample(DocumentType.N2, photos)


def sample(document_type: DocumentType, photos: int = 2, edited: Mapping[str, str] | None = None) -> Paper:
    """A paper of any type, with ``edited`` phrases; what the preview of a template shows."""
    kind = KINDS[document_type]
    wording = complete(document_type, edited or {})
    cover = Cover(
        document_type=document_type,
        title=wording["title"],
        issuer="澄湖区住房和城乡建设局",
        number=number_text(default_pattern(document_type), "澄住建物改", 2026, 37),
        issued_on=date(2026, 11, 20),
        verify_url="https://xunjian.example/v/01939f5c-6b7a-7c31-9d42-3f9a1c07e5b8",
        check_code="3f9a1c07",
        copy_name=copy_label(kind.copies, kind.served),
        wording=wording,
        demo=True,
        seal_label=DEMO_SEAL,
    )
    return Paper(cover, _facts(document_type, photos))


def _facts(document_type: DocumentType, photos: int) -> Facts:
    firm: dict[str, Any] = {
        "addressee": "澜川岸禾物业服务有限公司",
        "uscc": "91999901MADM3K7Q5U",
        "contact_name": "许督02",
        "contact_phone": "199****0001",
    }
    notice: dict[str, Any] = firm | {
        "inspections": (Inspection(_at(20, 9, 4), "青禾街道禾田社区汀禾苑", end=_at(20, 9, 58)),),
        "inspectors": ("陈巡01", "李巡02"),
        "items": _items(),
        "photos": tuple(_photo(n, photos) for n in range(1, photos + 1)),
    }
    officers = (Officer("陈巡01", "99990100123"), Officer("李巡02", "99990100124"))
    number = "澄住建物改〔2026〕第37号"
    made: dict[DocumentType, Callable[[], Facts]] = {
        DocumentType.N1: lambda: SpotNoticeFacts(**notice, provisional_number="T-7F3A-12"),
        DocumentType.N2: lambda: NoticeFacts(**notice),
        DocumentType.N3: lambda: OrderFacts(
            **notice,
            officers=officers,
            reconsideration_body="澄湖区人民政府",
            court="澄湖区人民法院",
            person="某某",
            address="澜川市澄湖区禾田路18号",
        ),
        DocumentType.N4: lambda: SupervisionFacts(
            **firm,
            matter="汀禾苑消防车通道长期被占",
            reason="经季度信访研判，汀禾苑同一问题反映集中",
            tasks=(
                Task("汀禾苑3号楼北侧", "石墩4个封堵消防车通道", "清除石墩", _at(4, 18, 0, month=12)),
                Task("汀禾苑西门充电棚", "无消防器材、无自动断电", "配齐器材，加装断电装置"),
            ),
            plan_due_at=_at(25, 18, 0),
            finish_at=_at(20, 18, 0, month=12),
        ),
        DocumentType.N5: lambda: InterviewFacts(
            **firm,
            at=_at(27, 14, 30),
            place="澄湖区住房和城乡建设局三楼会议室",
            attendees="你单位主要负责人及汀禾苑项目经理",
            reasons=("三十日内两份限期整改通知书逾期未整改到位", "十月考评列青禾街道后五位"),
            bring=("整改情况书面材料", "营业执照复印件", "项目经理任命文件"),
        ),
        DocumentType.URGE: lambda: UrgeFacts(
            **firm,
            earlier_title="责令限期改正通知书",
            earlier_number=number,
            served_at=_at(20, 9, 0),
            expired_at=_at(7, 18, 0, month=12),
            unfinished=(
                "清除汀禾苑3号楼北侧石墩4个，恢复消防车通道净宽4米",
                "为西门充电棚加装充满自动断电装置",
            ),
            due_at=_at(21, 18, 0, month=12),
        ),
        DocumentType.EXTENSION: lambda: ExtensionFacts(
            **firm,
            earlier_number=number,
            applied_at=_at(30, 10, 0),
            reason="断电装置需厂家定制，预计十二月中旬到货",
            granted=True,
            items=(
                Postponement(
                    2, "集中充电棚无消防器材、无自动断电", _at(7, 18, 0, month=12), _at(22, 18, 0, month=12)
                ),
            ),
            interim_measures="停用无断电功能的插座，安排专人夜间值守",
        ),
        DocumentType.REVIEW: lambda: ReviewFacts(
            **firm,
            earlier_number=number,
            reviewed_at=_at(8, 10, 20, month=12),
            place="青禾街道禾田社区汀禾苑",
            reviewers=officers,
            items=(
                Reviewed(1, "固定障碍物封堵消防车通道", "passed", "石墩已清除，净宽4.1米"),
                Reviewed(2, "集中充电棚无消防器材、无自动断电", "partly", "器材已配齐，断电装置未安装"),
            ),
            opinion="第1项销号；第2项再次责令整改",
            photos=tuple(_photo(n, photos) for n in range(1, photos + 1)),
        ),
        DocumentType.TRANSFER: lambda: TransferFacts(
            **firm | {"addressee": "澄湖区消防救援大队", "uscc": ""},
            cause="占用、堵塞消防车通道",
            party="澜川岸禾物业服务有限公司",
            party_code="91999901MADM3K7Q5U",
            facts="2026年11月20日检查发现汀禾苑3号楼北侧消防车通道被4个石墩封堵，净宽1.6米，经两次责令仍未清除",
            measures="下发限期整改通知书1份、再次整改通知书1份，现场复查2次",
            materials=(
                Enclosure("限期整改通知书及送达回证", 1, 4),
                Enclosure("现场照片及校验清单", 1, 6),
                Enclosure("案卷摘录", 1, 3),
            ),
            accept_by=_at(25, 18, 0, month=12),
        ),
        DocumentType.SERVICE: lambda: ServiceFacts(
            **firm | {"contact_name": "", "contact_phone": ""},
            documents=(
                Served("限期整改通知书", number),
                Served("现场整改通知单", "澄住建物场改〔2026〕第9号"),
            ),
            method="直接送达",
            place="汀禾苑物业服务中心",
            served_at=_at(20, 11, 5),
            received_by="刘某",
            relation="项目经理",
            received_at=_at(20, 11, 5),
            servers=("陈巡01", "李巡02"),
        ),
        DocumentType.BULLETIN: lambda: BulletinFacts(
            **firm | {"addressee": "各街道办事处、各物业服务企业", "uscc": ""},
            subject="关于十月份住宅小区巡查整改情况的通报",
            paragraphs=(
                "十月份，全区共巡查住宅小区412个次，发现问题368项，销号331项，销号率89.9%。现将整改不力的情况通报如下：",
            ),
            columns=("街道", "企业", "小区", "逾期项数"),
            rows=(
                ("青禾街道", "澜川岸禾物业服务有限公司", "汀禾苑", "2"),
                ("听松街道", "澜川松涛物业服务有限公司", "听涛苑", "1"),
            ),
            measures=(
                "上述企业应当于七日内书面报告整改情况",
                "各街道应当逐项复查，未整改到位的依照有关规定处理",
            ),
            copied_to="区委办公室、区政府办公室",
        ),
        DocumentType.DUTY_REPORT: lambda: DutyReportFacts(
            **firm | {"addressee": "澄湖区城市管理局", "uscc": ""},
            compound="汀禾苑",
            place="5号楼2单元1802室",
            party="该户业主",
            matter="拆除卧室承重墙",
            found_at=_at(20, 8, 40),
            found_by="刘某",
            found_text="巡楼时发现该户正在拆除卧室与客厅之间的承重墙，已拆约1.2米",
            dissuaded_at=_at(20, 8, 55),
            dissuaded_by="刘某",
            dissuaded_text="当场要求停止施工，张贴停工告知，行为人暂停但拒绝恢复",
            reported_at=_at(20, 9, 30),
            reported_by="刘某",
            reported_text="电话并书面报告区城市管理局，附照片",
            photos=tuple(replace(_photo(n, photos), item=0) for n in range(1, photos + 1)),
        ),
    }
    return made[document_type]()


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
    Path(sys.argv[2]).write_bytes(render(sample(DocumentType(sys.argv[1]))))
