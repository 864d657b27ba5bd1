"""Pure rules of places: codes, the words of the ledger 附件1, and how cells are read.

Streets fill the ledger by hand: digits or words, full-width or not, several names in one cell. What
can be read without doubt is read; anything else is a fault that names the cell. Source of columns and
code lists: 《住宅物业管理区域信息台账》 (附件1 with 填表说明).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum

LEDGER_COLUMNS = (
    "序号",
    "物业管理区域名称",
    "小区名称",
    "所在街道、社区",
    "四至范围",
    "物业服务形态",
    "业主委员会组建情况",
    "党的工作覆盖情况",
    "物业服务企业及项目负责人",
    "物业费收缴率",
)
SERVICE_FORMS = {
    1: "专业化物业服务",
    2: "社区统管",
    3: "单位代管",
    4: "居民自管",
    5: "无物管",
    6: "其它形态",
}
COMMITTEES = {1: "业主委员会", 2: "物业管理委员会", 3: "未成立"}
PARTY_COVERAGE = {1: "党委", 2: "党总支", 3: "党支部", 4: "党的工作小组", 5: "未成立"}
SYNONYMS = {
    "其他形态": "其它形态",
    "其他": "其它形态",
    "其它": "其它形态",
    "无": "未成立",
    "业委会": "业主委员会",
}
SYNONYMS |= {"物管会": "物业管理委员会", "专业化": "专业化物业服务", "党小组": "党的工作小组"}
NOTHING = frozenset({"", "无", "/", "-", "—", "——", "暂无", "未知"})

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_USCC = re.compile(r"[0-9A-HJ-NP-RTUWXY]{2}[0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}")
_SEPARATORS = re.compile(r"[\s、，,;；/／|]+")
_PHONE = re.compile(r"\+?[0-9][0-9*\-]{5,19}")


class UsccVerdict(StrEnum):
    GOOD = "good"
    SUSPECT = "suspect"
    MALFORMED = "malformed"


class Level(StrEnum):
    """Level of an area by the length of its code without trailing zeros."""

    CITY = "city"
    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"


class CellFault(ValueError):
    """A cell that cannot be read: a stable code and a sentence for the person who fills the sheet."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class AreaCode:
    """A division code and what follows from it: `code` has 12 digits, `path` is the ltree."""

    code: str
    level: Level
    path: str

    @property
    def parent_path(self) -> str | None:
        head, _, tail = self.path.rpartition(".")
        return head if tail and head else None


@dataclass(frozen=True, slots=True)
class FirmText:
    """物业服务企业及项目负责人 taken apart; each part may be missing."""

    firm: str | None
    manager: str | None
    phone: str | None


def narrow(text: str) -> str:
    """NFKC (full-width letters and digits become half-width), outer blanks removed."""
    return unicodedata.normalize("NFKC", text).strip()


def normalise_uscc(text: str) -> str:
    """The one spelling of a 统一社会信用代码: half-width, upper case, without blanks and dashes."""
    return re.sub(r"[\s\-]", "", narrow(text)).upper()


def uscc_check_character(first17: str) -> str:
    """The 18th character after GB 32100-2015: weights 3^(i-1) mod 31, `(31 - sum mod 31) mod 31`."""
    total = sum(
        USCC_ALPHABET.index(char) * weight for char, weight in zip(first17, USCC_WEIGHTS, strict=True)
    )
    return USCC_ALPHABET[(31 - total % 31) % 31]


def check_uscc(code: str) -> UsccVerdict:
    """Whether a normalised code can be one. A wrong check digit is a warning: real firms have such codes."""
    if not _USCC.fullmatch(code):
        return UsccVerdict.MALFORMED
    fits = uscc_check_character(code[:17]) == code[17]
    return UsccVerdict.GOOD if fits else UsccVerdict.SUSPECT


def read_area_code(text: str) -> AreaCode:
    """A division code of 4, 6, 9 or 12 digits, trailing zeros allowed; raises `CellFault`.

    `341302001` → `341302001000`, street, path `3413.341302.341302001`.
    """
    digits = narrow(text)
    if not re.fullmatch(r"[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12}", digits):
        raise CellFault("area.code", f"区划代码应为 4、6、9 或 12 位数字：{text[:20]}")
    code = digits.ljust(12, "0")
    lengths = [
        length for length, tail in ((4, 2), (6, 3), (9, 3)) if code[length : length + tail] != "0" * tail
    ]
    size = {(): 4, (4,): 6, (4, 6): 9, (4, 6, 9): 12}.get(tuple(lengths))
    if size is None or code[:2] == "00":
        raise CellFault("area.code", f"区划代码中间一级缺失：{text[:20]}")
    cuts = [cut for cut in (4, 6, 9, 12) if cut <= size]
    level = list(Level)[len(cuts) - 1]
    return AreaCode(code, level, ".".join(code[:cut] for cut in cuts))


def read_choice(text: str, choices: Mapping[int, str]) -> int:
    """The digit of a code list from `1`, `专业化物业服务` or `1.专业化物业服务`; raises `CellFault`."""
    plain = narrow(text)
    match = re.fullmatch(r"([0-9])(?:\.0+)?(?:[\s.、:：]*(.+))?", plain)
    if match and int(match[1]) in choices and (not match[2] or _word(match[2]) == choices[int(match[1])]):
        return int(match[1])
    for digit, word in choices.items():
        if _word(plain) == word:
            return digit
    allowed = "，".join(f"{digit} {word}" for digit, word in choices.items())
    raise CellFault("compound.code_list", f"“{plain[:20]}”不在填表说明里，可填：{allowed}")


def _word(text: str) -> str:
    word = re.sub(r"\s", "", text)
    return SYNONYMS.get(word, word)


def read_rate(text: str) -> Decimal | None:
    """物业费收缴率 in percent from `95`, `95%` or `95.5 %`; None for an empty cell; raises `CellFault`."""
    plain = narrow(text).removesuffix("%").strip()
    if plain in NOTHING:
        return None
    try:
        rate = Decimal(plain)
    except InvalidOperation:
        rate = Decimal("NaN")
    if not rate.is_finite() or not 0 <= rate <= 100:
        raise CellFault("compound.rate", f"收缴率应在 0 到 100 之间：{text[:20]}")
    return rate.quantize(Decimal("0.01"))


def read_count(text: str) -> int:
    """A whole number from 0 up to nine digits, thousands separators allowed; raises `CellFault`."""
    plain = narrow(text).replace(",", "").removesuffix(".0")
    if not re.fullmatch(r"[0-9]{1,9}", plain):
        raise CellFault("compound.count", f"应为不小于 0 的整数：{text[:20]}")
    return int(plain)


def read_flag(text: str) -> bool:
    """是/否, 1/0, true/false; raises `CellFault`."""
    word = narrow(text).lower()
    if word in {"1", "是", "true", "yes"}:
        return True
    if word in {"0", "否", "false", "no"}:
        return False
    raise CellFault("compound.flag", f"应填是或否：{text[:20]}")


def read_firm(text: str) -> FirmText:
    """Firm and project manager from one cell: `某物业有限公司、张三 13800000000`, `某物业（张三）`."""
    plain = re.sub(r"[()（）]|项目(负责人|经理)\s*[:：]?", " ", narrow(text))
    words = [word for word in _SEPARATORS.split(plain) if word not in NOTHING]
    phone = next((word for word in words if _PHONE.fullmatch(word)), None)
    names = [word for word in words if word != phone]
    return FirmText(names[0] if names else None, names[1] if len(names) > 1 else None, phone)


def short_firm_name(name: str) -> str:
    """A name for narrow screens: without 物业服务有限公司 and the like."""
    short = re.sub(r"(物业)?(服务|管理|服务管理)?(股份|集团)?(有限)?(责任)?公司.*$", "", name)
    return short if len(short) >= 2 else name


def area_candidates(text: str, names: Mapping[str, str]) -> list[str]:
    """Paths of the areas that 所在街道、社区 may mean, deepest level only.

    `names` maps paths to names. `青禾街道、锦绣社区`, `青禾街道锦绣社区` and `青禾 锦绣` are all understood;
    the community must lie in the street that is named. More than one path: the text is ambiguous.
    """
    wanted = _SEPARATORS.sub("", narrow(text))
    exact: list[str] = []
    for path, name in names.items():
        spellings = {_bare(name), name}
        parent = names.get(path.rpartition(".")[0])
        full = {first + last for first in ({parent, _bare(parent)} if parent else ()) for last in spellings}
        if wanted in spellings | full:
            exact.append(path)
    deepest = max((path.count(".") for path in exact), default=0)
    return [path for path in exact if path.count(".") == deepest]


def _bare(name: str) -> str:
    """`青禾街道` → `青禾`; names of one remaining character keep their ending."""
    bare = re.sub(r"(街道办事处|街道|社区居委会|社区|镇|乡)$", "", name)
    return bare if len(bare) >= 2 else name
