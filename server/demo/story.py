"""The cases that the live demonstration tells, and what came in this morning.

Each is written out, so that 汀禾苑 always has something overdue, something answered, and something to
triage, whatever day the demo is started on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from server.demo.hazards import Hazards, Sighting
from server.demo.phrases import spot_kind
from server.demo.spots import place_spot
from server.demo.world import World


class Fate(StrEnum):
    """What becomes of a case by today."""

    FRESH = "fresh"
    RECTIFYING = "rectifying"
    OVERDUE = "overdue"
    REPLIED = "replied"
    IN_TIME = "in_time"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class StoryCase:
    """A sighting with its fate. ``organisation`` issues the notice, None the street.

    Parts of one ``letter`` stand in the same notice, with the moments of the first.
    """

    sighting: Sighting
    fate: Fate
    issued_at: datetime | None = None
    served_at: datetime | None = None
    organisation: str | None = None
    letter: str | None = None


@dataclass(frozen=True, slots=True)
class _Line:
    """``hours`` before now the notice was signed for (FRESH: the hazard was seen)."""

    compound: str
    item: str
    place: str
    text: str
    fate: Fate
    hours: float
    by: str = "inspector01"
    unit: str | None = None
    letter: str | None = None


_STORY = (
    _Line(
        "汀禾苑",
        "FP-02",
        "3号楼北侧",
        "石墩4个，道闸锁闭，净宽1.6米",
        Fate.REPLIED,
        70,
        unit="district",
        letter="first",
    ),
    _Line(
        "汀禾苑",
        "EB-05",
        "西门充电棚",
        "插座28个，无灭火器，充满不断电",
        Fate.RECTIFYING,
        70,
        unit="district",
        letter="first",
    ),
    _Line(
        "汀禾苑",
        "EB-02",
        "2号楼1单元门厅",
        "门厅停放电动自行车3辆，挡住楼梯口",
        Fate.OVERDUE,
        74,
    ),
    _Line(
        "汀禾苑",
        "FE-02",
        "3号楼1单元首层",
        "消火栓箱前堆放纸箱，箱门打不开",
        Fate.REPLIED,
        50,
        "inspector02",
    ),
    _Line(
        "岸禾新村",
        "EB-01",
        "5号楼南侧",
        "4层窗口垂下电线2根，正在给电动自行车充电",
        Fate.OVERDUE,
        43,
        "inspector02",
    ),
    _Line(
        "岸禾新村",
        "FP-07",
        "12号楼2单元楼道",
        "6层防火门用灭火器顶住常开，闭门器缺2个",
        Fate.RECTIFYING,
        26,
    ),
    _Line(
        "岸禾新村",
        "PF-02",
        "8号楼北侧路面",
        "窨井盖下沉约6厘米，车过有响声",
        Fate.RECTIFYING,
        22,
    ),
    _Line(
        "岸禾新村",
        "ES-03",
        "15号楼东侧",
        "装修垃圾堆在楼头，约3立方米，无围挡",
        Fate.RECTIFYING,
        8,
    ),
    _Line(
        "澄望阁",
        "FP-08",
        "1号楼2单元楼道",
        "2层走道停放自行车3辆，剩余宽度不足0.8米",
        Fate.REPLIED,
        20,
    ),
    _Line(
        "澄望阁",
        "PF-04",
        "4号楼地下车库出入口",
        "路灯5盏不亮，晚间20时现场黑暗",
        Fate.RECTIFYING,
        30,
    ),
    _Line(
        "澄望阁",
        "OR-04",
        "南门内停车场",
        "路口乱停车6辆，影响通行",
        Fate.RECTIFYING,
        18,
    ),
    _Line(
        "禾汀佳园",
        "FP-07",
        "16号楼1单元楼道",
        "防火门闭门器断臂，门扇关不严",
        Fate.OVERDUE,
        98,
        "inspector02",
    ),
    _Line(
        "禾汀佳园",
        "FP-06",
        "9号楼2单元楼梯间",
        "疏散出口用链条锁锁住，钥匙在值班室",
        Fate.OVERDUE,
        40,
    ),
    _Line(
        "禾汀佳园",
        "FE-01",
        "20号楼1单元6层",
        "消火栓出水无压，压力表读数0.05MPa",
        Fate.RECTIFYING,
        28,
    ),
    _Line(
        "禾汀佳园",
        "ES-01",
        "东门垃圾投放点",
        "垃圾桶4个满溢，地面散落约2平方米",
        Fate.REPLIED,
        12,
    ),
    _Line(
        "禾汀佳园",
        "GR-01",
        "22号楼南侧绿地",
        "楼前绿地种菜约12平方米，搭竹架",
        Fate.RECTIFYING,
        49,
        "inspector02",
    ),
)

_FRESH = (
    _Line(
        "拾汀苑",
        "EB-01",
        "5号楼西侧",
        "3层窗口垂下电线2根，正在给4辆电动自行车充电",
        Fate.FRESH,
        0.7,
    ),
    _Line(
        "汀禾苑",
        "FP-02",
        "6号楼北侧",
        "地桩3根上锁，钥匙不在岗亭，净宽1.8米",
        Fate.FRESH,
        0.5,
    ),
    _Line(
        "岸禾新村",
        "EB-02",
        "2号楼1单元门厅",
        "门厅停放电动自行车4辆，挡住楼梯口",
        Fate.FRESH,
        0.25,
        "inspector02",
    ),
    _Line(
        "汀禾苑",
        "EB-05",
        "东门充电棚",
        "充电棚仅有灭火器1具且过期，无烟感",
        Fate.FRESH,
        1.6,
    ),
    _Line(
        "临禾里",
        "ES-01",
        "东门垃圾投放点",
        "垃圾桶3个满溢，地面散落约1平方米",
        Fate.FRESH,
        1.3,
    ),
    _Line(
        "栖澜坊",
        "FP-05",
        "7号楼2单元楼道",
        "4层楼道堆放纸箱、旧家具，剩余宽度0.6米",
        Fate.FRESH,
        2.1,
        "inspector03",
    ),
    _Line(
        "澄望阁",
        "FP-07",
        "1号楼1单元楼道",
        "防火门闭门器断臂，门扇关不严",
        Fate.FRESH,
        1.9,
        "inspector02",
    ),
    _Line(
        "禾汀佳园",
        "OR-04",
        "南门内停车场",
        "楼前乱停车7辆，影响通行",
        Fate.FRESH,
        1.1,
        "inspector03",
    ),
    _Line(
        "听荷里",
        "GR-04",
        "2号楼北侧绿地",
        "绿地内塑料袋、饮料瓶较多，约20件",
        Fate.FRESH,
        0.9,
        "inspector02",
    ),
    _Line(
        "岸禾新村",
        "FE-02",
        "9号楼1单元首层",
        "箱内水带缺1盘、水枪缺1支",
        Fate.FRESH,
        0.6,
        "inspector02",
    ),
)
# Elsewhere in the district: street index and item, by an inspector of that street.
_FRESH_ELSEWHERE = (
    (0, "PF-03", 1.4),
    (4, "ES-03", 2.3),
    (8, "FP-03", 1.8),
    (3, "DS-04", 0.8),
)


def story_cases(rng: Random, world: World, hazards: Hazards, now: datetime) -> list[StoryCase]:
    """All written-out cases, those of this morning included."""
    return [_case(rng, world, hazards, line, now) for line in (*_STORY, *_FRESH)]


def fresh_elsewhere(
    rng: Random,
    world: World,
    hazards: Hazards,
    now: datetime,
    inspectors: dict[str, str],
) -> list[StoryCase]:
    """This morning's sightings in other streets. ``inspectors``: street code → username."""
    found = []
    for index, item, hours in _FRESH_ELSEWHERE:
        code = f"999901{index + 1:03d}000"
        compound = rng.choice([c for c in world.compounds if c.street_code == code and c.entry.contracted])
        kind = spot_kind(item)
        label = rng.choice(compound.buildings).label
        place = {"record": "物业服务中心", "board": "南门公示栏"}.get(kind, f"{label}北侧")
        spot = place_spot(rng, world, compound, place, kind)
        seen = now - timedelta(hours=hours)
        sighting = hazards.record(compound, item, spot, inspectors[code], seen, seen + timedelta(seconds=9))
        found.append(StoryCase(sighting, Fate.FRESH))
    return found


def _case(rng: Random, world: World, hazards: Hazards, line: _Line, now: datetime) -> StoryCase:
    compound = world.compound(line.compound)
    spot = place_spot(rng, world, compound, line.place, spot_kind(line.item))
    at = now - timedelta(hours=line.hours)
    fresh = line.fate is Fate.FRESH
    seen = at if fresh else at - timedelta(hours=2, minutes=rng.uniform(5, 40))
    late = timedelta(minutes=rng.choice((0.1, 0.2, 12, 34))) if line.hours > 0.6 else timedelta(seconds=6)
    sighting = hazards.record(compound, line.item, spot, line.by, seen, min(seen + late, now), text=line.text)
    if fresh:
        return StoryCase(sighting, line.fate)
    return StoryCase(
        sighting, line.fate, at - timedelta(minutes=rng.uniform(20, 40)), at, line.unit, line.letter
    )
