"""How the demo's offices seal, who may order about what with which officers, and where that is contested."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from server.accounts.models import OfficerCertificate
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


CERTIFIED, CERTIFIED_UNTIL = date(2024, 7, 1), date(2029, 6, 30)
"""Certificates are given for five years."""


def write_offices(session: Session, district: District, registry: Registry) -> None:
    """Seals of all who issue, the bodies of remedy of the district, the powers and the certificates."""
    copy_rows(session, DocumentOffice, _offices(district, registry))
    copy_rows(session, OrderPower, _powers(registry))
    copy_rows(session, OfficerCertificate, _certificates(district, registry))


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
                "basis": f"{names.DISTRICT}权责清单（2025年版）",
                "note": "演示",
                "created_at": registry.made,
            }


def _certificates(district: District, registry: Registry) -> Iterator[dict[str, Any]]:
    """执法证 for those whose unit may order: officials of the district and the departments."""
    for user in district.users:
        if user.organisation == "district" or user.organisation.startswith("dept-"):
            yield {
                "id": registry.new(),
                "user_id": registry.identities[user.username].user_id,
                "number": f"999901{zlib.crc32(user.username.encode()) % 100_000:05d}",
                "valid_from": CERTIFIED,
                "valid_to": CERTIFIED_UNTIL,
                "note": "演示",
                "created_at": registry.made,
            }
