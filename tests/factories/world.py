"""A small district with a named cast, and noise that must not match.

青禾街道 is where the stories happen (汀禾苑 and 岸禾新村, managed by 岸禾物业); 听松街道 with its own
compound, firm and people is the noise: nothing of it may ever show up in a 青禾 story.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from geoalchemy2.shape import from_shape
from shapely import MultiPolygon, box
from sqlalchemy.orm import Session

from server.accounts.models import Device, Organisation, OrganisationKind, SignInSession, User
from server.calendars import service as calendars
from server.checklists import service as checklists
from server.core.db import new_id
from server.core.identity import Role
from server.notices.models import ServiceConsent
from server.places.models import Area, AreaLevel, Compound, Firm, ProjectManager

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
"""Friday 2026-11-20 09:00 in Shanghai: where every story starts."""
LON, LAT = 119.62, 38.94
SIDE = 0.002


@dataclass(frozen=True)
class World:
    """Ids of everything, by name."""

    areas: dict[str, uuid.UUID]
    organisations: dict[str, uuid.UUID]
    firms: dict[str, uuid.UUID]
    compounds: dict[str, uuid.UUID]
    users: dict[str, uuid.UUID]
    tokens: dict[str, str]


PATHS = {
    "澜川市": ("9999", "9999", AreaLevel.CITY),
    "澄湖区": ("999901", "9999.999901", AreaLevel.DISTRICT),
    "青禾街道": ("999901003", "9999.999901.999901003", AreaLevel.STREET),
    "禾田社区": ("999901003001", "9999.999901.999901003.999901003001", AreaLevel.COMMUNITY),
    "听松街道": ("999901002", "9999.999901.999901002", AreaLevel.STREET),
    "松涛社区": ("999901002001", "9999.999901.999901002.999901002001", AreaLevel.COMMUNITY),
}

PEOPLE = {
    # name: (username, display name, role, unit, scope, firm)
    "inspector_chen": ("chen", "陈巡01", Role.INSPECTOR, "青禾街道办事处", "青禾街道", None),
    "inspector_li": ("li", "李巡02", Role.INSPECTOR, "青禾街道办事处", "青禾街道", None),
    "supervisor_he": ("he", "何督01", Role.SUPERVISOR, "青禾街道办事处", "青禾街道", None),
    "supervisor_xu": ("xu", "许督02", Role.SUPERVISOR, "澄湖区住房和城乡建设局", "澄湖区", None),
    "inspector_wang": ("wang", "王巡09", Role.INSPECTOR, "听松街道办事处", "听松街道", None),
    "supervisor_sun": ("sun", "孙督09", Role.SUPERVISOR, "听松街道办事处", "听松街道", None),
    "firm_liu": ("liu", "刘某", Role.FIRM_HANDLER, "岸禾物业", None, "岸禾物业"),
    "firm_zhao": ("zhao", "赵某", Role.FIRM_HANDLER, "松涛物业", None, "松涛物业"),
    "department_ma": ("ma", "马某", Role.DEPARTMENT, "消防救援大队", "澄湖区", None),
    "legal_qin": ("qin", "秦某", Role.LEGAL, "澄湖区住房和城乡建设局", "澄湖区", None),
    "admin_gu": ("gu", "顾某", Role.ADMINISTRATOR, "澄湖区住房和城乡建设局", "澄湖区", None),
    "department_lu": ("lu", "陆某", Role.DEPARTMENT, "城市管理局", "澄湖区", None),
    "observer_bai": ("bai", "白某", Role.OBSERVER, "澄湖区住房和城乡建设局", "澄湖区", None),
}

UNITS = {
    "澄湖区住房和城乡建设局": (OrganisationKind.DISTRICT, "澄湖区", "澄住建物改"),
    "青禾街道办事处": (OrganisationKind.STREET, "青禾街道", "青禾办物改"),
    "听松街道办事处": (OrganisationKind.STREET, "听松街道", "听松办物改"),
    "消防救援大队": (OrganisationKind.DEPARTMENT, "澄湖区", None),
    "城市管理局": (OrganisationKind.DEPARTMENT, "澄湖区", None),
    "岸禾物业": (OrganisationKind.FIRM, None, None),
    "松涛物业": (OrganisationKind.FIRM, None, None),
}

COMPOUNDS = {
    # name: (community, firm, east, north) in sides from the origin
    "汀禾苑": ("禾田社区", "岸禾物业", 0, 0),
    "岸禾新村": ("禾田社区", "岸禾物业", 2, 0),
    "无管小院": ("禾田社区", None, 4, 0),
    "听涛苑": ("松涛社区", "松涛物业", 20, 10),
}


def build(session: Session) -> World:
    """Write the district; the caller commits."""
    calendars.seed(session, NOW)
    checklists.publish(session, NOW)
    areas = _areas(session)
    firms = {
        "岸禾物业": _firm(session, "澜川岸禾物业服务有限公司", "岸禾物业", "91999901MADM002030"),
        "松涛物业": _firm(session, "澜川松涛物业服务有限公司", "松涛物业", "91999901MADM007480"),
    }
    organisations = _organisations(session)
    compounds = {
        name: compound(session, name, areas[community], PATHS[community][1], firms.get(firm or ""), x, y)
        for name, (community, firm, x, y) in COMPOUNDS.items()
    }
    users, tokens = _people(session, organisations, firms)
    _consent(session, firms["岸禾物业"], users["firm_liu"])
    return World(areas, organisations, firms, compounds, users, tokens)


def _consent(session: Session, firm_id: uuid.UUID, by: uuid.UUID) -> None:
    """岸禾物业 has agreed to electronic service, 松涛物业 has not."""
    session.add(
        ServiceConsent(
            id=new_id(),
            firm_id=firm_id,
            scope="全部通知书和函件",
            channels=["portal"],
            signer_name="刘某",
            signer_title="项目主管",
            signer_phone="",
            signed_on=date(2026, 1, 5),
            paper_number="",
            recorded_at=NOW - timedelta(days=300),
            recorded_by=by,
        )
    )
    session.flush()


def _areas(session: Session) -> dict[str, uuid.UUID]:
    ids: dict[str, uuid.UUID] = {}
    by_path = {path: name for name, (_, path, _) in PATHS.items()}
    for name, (code, path, level) in PATHS.items():
        parent = by_path.get(path.rpartition(".")[0])
        area = Area(
            id=new_id(),
            code=code,
            level=level,
            name=name,
            path=path,
            parent_id=ids.get(parent or ""),
            valid_from=date(2020, 1, 1),
        )
        session.add(area)
        session.flush()
        ids[name] = area.id
    return ids


def _firm(session: Session, name: str, short_name: str, uscc: str) -> uuid.UUID:
    firm = Firm(id=new_id(), name=name, short_name=short_name, uscc=uscc, legal_representative="某某")
    session.add(firm)
    session.flush()
    return firm.id


def _organisations(session: Session) -> dict[str, uuid.UUID]:
    ids = {}
    for name, (kind, area, word) in UNITS.items():
        unit = Organisation(
            id=new_id(),
            kind=kind,
            name=name,
            short_name=name[:4],
            path=PATHS[area][1] if area else None,
            document_word=word,
            phone="199****0001",
        )
        session.add(unit)
        session.flush()
        ids[name] = unit.id
    return ids


def compound(
    session: Session, name: str, area_id: uuid.UUID, path: str, firm_id: uuid.UUID | None, x: int, y: int
) -> uuid.UUID:
    """A compound `x` sides east and `y` north of the origin; returns its id."""
    manager_id = None
    if firm_id:
        manager = ProjectManager(id=new_id(), firm_id=firm_id, name="项目经理某", phone="10000000009")
        session.add(manager)
        session.flush()
        manager_id = manager.id
    west, south = LON + x * SIDE, LAT + y * SIDE
    outline = MultiPolygon([box(west, south, west + SIDE, south + SIDE)])
    place = Compound(
        id=new_id(),
        name=name,
        management_area=f"{name}物业管理区域",
        area_id=area_id,
        path=path,
        four_bounds="东至一路，南至二路，西至三路，北至四路",
        service_form=1 if firm_id else 5,
        committee=1,
        party_coverage=3,
        firm_id=firm_id,
        manager_id=manager_id,
        buildings=12,
        households=816,
        floor_area_m2=60_000,
        outline=from_shape(outline, srid=4326),
        building_names=[],
    )
    session.add(place)
    session.flush()
    return place.id


def _people(
    session: Session, organisations: dict[str, uuid.UUID], firms: dict[str, uuid.UUID]
) -> tuple[dict[str, uuid.UUID], dict[str, str]]:
    users, tokens = {}, {}
    for name, (username, display, role, unit, scope, firm) in PEOPLE.items():
        user = User(
            id=new_id(),
            username=username,
            display_name=display,
            password_hash="no password fits this",
            role=role,
            organisation_id=organisations[unit],
            path=PATHS[scope][1] if scope else None,
            firm_id=firms[firm] if firm else None,
            phone="199****0001",
        )
        session.add(user)
        session.flush()
        users[name] = user.id
        tokens[name] = sign_in(session, name, user.id)
    return users, tokens


def sign_in(session: Session, name: str, user_id: uuid.UUID) -> str:
    """A phone of this person with a session on it; the token of its cookie."""
    device = Device(
        id=new_id(), user_id=user_id, label="测试机", app_version="1", first_seen_at=NOW, last_seen_at=NOW
    )
    session.add(device)
    session.flush()
    token = f"token-of-{name}"
    session.add(
        SignInSession(
            token_sha256=hashlib.sha256(token.encode()).digest(),
            user_id=user_id,
            device_id=device.id,
            created_at=NOW,
            last_used_at=NOW,
            expires_at=NOW + timedelta(days=3650),
        )
    )
    session.flush()
    return token
