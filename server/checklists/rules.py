"""The hazard catalogue as values: loading, checking, and what an item asks of people.

`data/catalogue.json` holds 85 items in 10 groups, `data/sets.json` the eight checklists made of them.
Both are data, since deadlines, articles and points are defaults that a district changes without a
programmer. A document with a fault is refused whole, and every fault is named at once.

Law is printed on notices only where an article was read (`read`) or two pages agree (`two_pages`);
what is known from memory alone is named without an article. Local regulations and policy papers are
kept as examples and never printed, since they bind elsewhere.

The module is long because it is one thing: the shape of an item and the reading of that shape.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from server.calendars.rules import Term, Unit

T = TypeVar("T")
ITEM_CODE = re.compile(r"[A-Z]{2}-\d{2}")
SHORT_NAME_LENGTH = 12
"""Hanzi that fit beside a deadline at 360 px."""


class CatalogueError(ValueError):
    """A catalogue or set document with faults, one a line."""


class Severity(StrEnum):
    """紧急, 较重, 一般."""

    CRITICAL = "critical"
    MAJOR = "major"
    GENERAL = "general"


class Party(StrEnum):
    """Who must rectify: 物业、业主或使用人、建设单位、专营或维保单位、业主委员会."""

    FIRM = "firm"
    RESIDENT = "resident"
    DEVELOPER = "developer"
    UTILITY = "utility"
    COMMITTEE = "committee"


class PhotoKind(StrEnum):
    """全景、近景、量尺、凭证、间隔两张、视频、整改后."""

    OVERVIEW = "O"
    CLOSE_UP = "C"
    MEASURED = "M"
    LABEL = "L"
    TWO_APART = "T"
    VIDEO = "V"
    AFTER = "A"


REPLY_PHOTO = PhotoKind.AFTER
"""Every answer of a firm carries a shot from the same spot, whatever the item asks of a finding."""


class StageName(StrEnum):
    """What must have happened: stopped, made safe, reported, planned, rectified."""

    STOP = "stop"
    GUARD = "guard"
    REPORT = "report"
    PLAN = "plan"
    FIX = "fix"


class Confidence(StrEnum):
    READ = "read"
    TWO_PAGES = "two_pages"
    MEMORY = "memory"


@dataclass(frozen=True, slots=True)
class Article:
    """第…条第…款第…项."""

    article: int
    paragraph: int | None = None
    item: int | None = None


@dataclass(frozen=True, slots=True)
class LawRef:
    """One source. `kind`: law, document, standard, local or policy; `scope`: high_rise or none."""

    statute: str
    name: str
    kind: str
    articles: tuple[Article, ...]
    confidence: Confidence
    number: str | None = None
    section: str | None = None
    scope: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    stage: StageName
    term: Term


@dataclass(frozen=True, slots=True)
class Points:
    """Default deduction from 100 a year. `own_fault`: applied once the firm's own fault is confirmed;
    otherwise only after a missed deadline or a failed re-check."""

    min: int
    max: int
    own_fault: bool


@dataclass(frozen=True, slots=True)
class PhotoNeed:
    """A kind of photo and what it must show. Dwell is proven by two shots."""

    kind: PhotoKind
    note: str | None = None

    @property
    def count(self) -> int:
        return 2 if self.kind is PhotoKind.TWO_APART else 1


@dataclass(frozen=True, slots=True)
class Item:
    """One hazard. `pinyin` has one letter or digit for each letter, digit or Hanzi of the name."""

    code: str
    group: str
    name: str
    name_en: str
    short_name: str
    pinyin: str
    short_pinyin: str
    severity: Severity
    parties: tuple[Party, ...]
    departments: tuple[str, ...]
    law: tuple[LawRef, ...]
    law_text: str
    law_text_low_rise: str | None
    deadline: tuple[Stage, ...]
    points: Points
    photos: tuple[PhotoNeed, ...]
    ledger_category: str
    gb30428_class: str | None
    requirement: str


@dataclass(frozen=True, slots=True)
class Group:
    """`walk` is the place of the group on the way through a compound, from 1."""

    code: str
    name: str
    short_name: str
    name_en: str
    walk: int


@dataclass(frozen=True, slots=True)
class Catalogue:
    version: str
    valid_from: date
    groups: tuple[Group, ...]
    items: tuple[Item, ...]

    def item(self, code: str) -> Item:
        """The item of `code`; raises KeyError."""
        return {item.code: item for item in self.items}[code]


@dataclass(frozen=True, slots=True)
class Point:
    """One line of a checklist. A failure is filed under one of `items`, catalogue codes, likeliest first."""

    code: str
    text: str
    text_en: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChecklistSet:
    """A checklist in walking order. `cadence`: weekly, ten_day, monthly or ad_hoc; `level`: who walks."""

    code: str
    name: str
    name_en: str
    cadence: str
    level: str
    points: tuple[Point, ...]


def parse_item(raw: Mapping[str, Any]) -> Item:
    """One item of `catalogue.json`; raises KeyError, TypeError or ValueError where a field is amiss."""
    item = Item(
        **{field: _text(raw, field) for field in ("code", "group", "name", "name_en", "short_name")},
        **{field: _text(raw, field) for field in ("pinyin", "short_pinyin", "law_text", "requirement")},
        severity=Severity(raw["severity"]),
        parties=tuple(Party(party) for party in raw["parties"]),
        departments=tuple(raw["departments"]),
        law=tuple(_law(ref) for ref in raw["law"]),
        law_text_low_rise=raw.get("law_text_low_rise"),
        deadline=tuple(_stage(stage) for stage in raw["deadline"]),
        points=Points(**raw["points"]),
        photos=tuple(PhotoNeed(PhotoKind(need["kind"]), need.get("note")) for need in raw["photos"]),
        ledger_category=_text(raw, "ledger_category"),
        gb30428_class=raw["gb30428_class"],
    )
    for fault in _item_faults(item):
        raise ValueError(fault)
    return item


def _text(raw: Mapping[str, Any], field: str) -> str:
    value = raw[field]
    if not isinstance(value, str) or not value or not value.isprintable():
        raise ValueError(f"{field} must be a printable text")
    return value


def _law(raw: Mapping[str, Any]) -> LawRef:
    articles = tuple(Article(**article) for article in raw["articles"])
    return LawRef(**{**raw, "articles": articles, "confidence": Confidence(raw["confidence"])})


def _stage(raw: Mapping[str, Any]) -> Stage:
    return Stage(StageName(raw["stage"]), Term(raw["n"], Unit(raw["unit"])))


def _item_faults(item: Item) -> Iterable[str]:
    if not ITEM_CODE.fullmatch(item.code) or not item.code.startswith(item.group + "-"):
        yield f"code {item.code!r} does not belong to group {item.group!r}"
    if len(item.short_name) > SHORT_NAME_LENGTH:
        yield f"short_name is longer than {SHORT_NAME_LENGTH}"
    for name, letters in ((item.name, item.pinyin), (item.short_name, item.short_pinyin)):
        if len(letters) != sum(char.isalnum() for char in name) or not re.fullmatch("[a-z0-9]+", letters):
            yield f"pinyin {letters!r} does not match {name!r}"
    if not item.photos or not item.departments:
        yield "photos and departments must not be empty"
    if not 0 <= item.points.min <= item.points.max <= 100:
        yield "points must rise within 0 to 100"


def parse_catalogue(document: Mapping[str, Any]) -> Catalogue:
    """The catalogue of a JSON document; raises `CatalogueError` that names every fault."""
    faults: list[str] = []
    heads = _each(
        [document], lambda raw: (_text(raw, "version"), date.fromisoformat(raw["valid_from"])), faults
    )
    groups = tuple(_each(document.get("groups", ()), lambda raw: Group(**raw), faults))
    items = tuple(_each(document.get("items", ()), parse_item, faults))
    faults += _repeated([group.code for group in groups] + [item.code for item in items])
    known = {group.code for group in groups}
    faults += [f"{item.code}: unknown group {item.group}" for item in items if item.group not in known]
    _refuse(faults)
    return Catalogue(*heads[0], groups, items)


def parse_sets(document: Mapping[str, Any], catalogue: Catalogue) -> tuple[ChecklistSet, ...]:
    """The checklists of a JSON document; raises `CatalogueError` that names every fault."""
    faults: list[str] = []
    items = {item.code: item for item in catalogue.items}
    sets = tuple(_each(document.get("sets", ()), lambda raw: _set(raw, items), faults))
    faults += _repeated([each.code for each in sets])
    for each in sets:
        faults += _repeated([f"{each.code} {point.code}" for point in each.points])
    _refuse(faults)
    return sets


def _set(raw: Mapping[str, Any], items: Mapping[str, Item]) -> ChecklistSet:
    """A set lists either catalogue codes, or `points` with words of their own that map to codes."""
    head = {field: _text(raw, field) for field in ("code", "name", "name_en", "cadence", "level")}
    if "points" not in raw:
        found = [items[code] for code in raw["items"]]
        return ChecklistSet(
            **head, points=tuple(Point(item.code, item.name, item.name_en, (item.code,)) for item in found)
        )
    points = tuple(Point(**{**point, "items": tuple(point["items"])}) for point in raw["points"])
    for point in points:
        if not point.items or not set(point.items) <= set(items):
            raise ValueError(f"{point.code} maps to no known item")
    return ChecklistSet(**head, points=points)


def _each(raws: Sequence[Any], parse: Callable[[Any], T], faults: list[str]) -> list[T]:
    """What parses of `raws`; the rest is noted in `faults` under its code or place."""
    parsed = []
    for place, raw in enumerate(raws, start=1):
        try:
            parsed.append(parse(raw))
        except (KeyError, TypeError, ValueError) as error:
            label = raw.get("code", place) if isinstance(raw, Mapping) else place
            faults.append(f"{label}: {type(error).__name__} {error}")
    return parsed


def _repeated(codes: Sequence[str]) -> list[str]:
    return [f"{code}: appears {times} times" for code, times in Counter(codes).items() if times > 1]


def _refuse(faults: Sequence[str]) -> None:
    if faults:
        raise CatalogueError("\n".join(faults))


def read_data(name: str) -> dict[str, Any]:
    """A packaged document as parsed JSON: `catalogue` or `sets`."""
    text = files("server.checklists").joinpath(f"data/{name}.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


@cache
def load_catalogue() -> Catalogue:
    """The packaged catalogue."""
    return parse_catalogue(read_data("catalogue"))


@cache
def load_sets() -> tuple[ChecklistSet, ...]:
    """The packaged checklists."""
    return parse_sets(read_data("sets"), load_catalogue())


def count_by_severity(catalogue: Catalogue) -> dict[Severity, int]:
    """How many items of each severity."""
    return dict(Counter(item.severity for item in catalogue.items))


def default_term(item: Item) -> Term:
    """The term that a notice grants unless its issuer decides otherwise.

    The last `fix` stage; where rectifying takes its own course (an order to stop, a report, a plan),
    the last stage; where nothing is granted, since the time was already missed, at once.
    """
    fixes = [stage for stage in item.deadline if stage.stage is StageName.FIX] or item.deadline
    return fixes[-1].term if fixes else Term(0, Unit.NOW)


def required_photos(item: Item) -> tuple[PhotoNeed, ...]:
    """The photos that a finding of this item must carry, in the order in which they are taken."""
    return item.photos


def missing_photos(item: Item, kinds_present: Iterable[str]) -> tuple[PhotoKind, ...]:
    """Required kinds not yet there; `kinds_present` has one letter a photo. ValueError on another letter."""
    present = Counter(PhotoKind(kind) for kind in kinds_present)
    return tuple(need.kind for need in required_photos(item) if present[need.kind] < need.count)


def law_text(item: Item, high_rise: bool) -> str:
    """The articles as a notice prints them. The high-rise regulation binds only above 27 m."""
    return item.law_text if high_rise or item.law_text_low_rise is None else item.law_text_low_rise
