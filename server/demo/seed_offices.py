"""How the demo's offices seal, who may order about what, and where orders are contested."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from server.demo import names
from server.demo.bulk import copy_rows
from server.demo.district import District
from server.demo.registry import Registry
from server.documents.models import DocumentOffice, OrderPower
from server.documents.service import DEMO_SEAL

# Unit, groups of items, statute, day from which its text stands.
POWERS = (
    ("dept-fire", ("FP", "FE", "EB"), "中华人民共和国消防法", date(2021, 4, 29)),
    ("dept-fire", ("FP", "FE", "EB"), "高层民用建筑消防安全管理规定", date(2021, 8, 1)),
    ("dept-urban", ("ES", "IC"), "城市市容和环境卫生管理条例", date(2017, 3, 1)),
    ("dept-urban", ("GR",), "城市绿化条例", date(2017, 3, 1)),
    ("district", ("PF", "DS", "IC", "OR"), "物业管理条例", date(2018, 3, 19)),
    ("district", ("PF", "IC"), "住宅室内装饰装修管理办法", date(2011, 1, 26)),
)


def write_offices(session: Session, district: District, registry: Registry) -> None:
    """Seals of all who issue, the bodies of remedy of the district, and the powers."""
    copy_rows(session, DocumentOffice, _offices(district, registry))
    copy_rows(session, OrderPower, _powers(registry))


def _offices(district: District, registry: Registry) -> Iterator[dict[str, Any]]:
    for unit in district.organisations.units:
        if unit.document_word or unit.kind == "department":
            yield {
                "organisation_id": registry.units[unit.key],
                "seal_label": DEMO_SEAL,
                "reconsideration_body": f"{names.DISTRICT}人民政府",
                "court": f"{names.DISTRICT}人民法院",
                "changed_at": registry.made,
            }


def _powers(registry: Registry) -> Iterator[dict[str, Any]]:
    for key, groups, statute, since in POWERS:
        for group in groups:
            yield {
                "id": registry.new(),
                "organisation_id": registry.units[key],
                "item_group": group,
                "statute": statute,
                "valid_from": since,
                "note": "演示",
                "created_at": registry.made,
            }
