"""Dates, terms and the sentences of a notice, counted from its items. Pure; no spaces on paper.

Wording follows the usage of enforcement papers for the date of issue (二〇二六年, 〇 U+3007).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from server.documents.paper.facts import Inspection, NoticeFacts, NoticeItem, Paper, StageLine
from server.documents.paper.phrases import fill

SHANGHAI = ZoneInfo("Asia/Shanghai")


def chinese_date(day: date) -> str:
    """``2026-11-20`` → ``二〇二六年十一月二十日``: the year digit by digit, with 〇 (U+3007)."""
    year = "".join("〇一二三四五六七八九"[int(digit)] for digit in str(day.year))
    return f"{year}年{_below_hundred(day.month)}月{_below_hundred(day.day)}日"


def day_text(day: date) -> str:
    """``2026年12月7日``: no leading zeros, no spaces on paper."""
    return f"{day.year}年{day.month}月{day.day}日"


def deadline_text(due_at: datetime) -> str:
    """``2026年12月7日18时00分前``; the hour is printed since the law leaves 24:00 or closing time open."""
    return "".join(deadline_lines(due_at))


def _below_hundred(n: int) -> str:
    digits = "〇一二三四五六七八九"
    tens, ones = divmod(n, 10)
    return ("" if tens < 2 else digits[tens]) + ("十" if tens else "") + (digits[ones] if ones else "")


def in_shanghai(moment: datetime) -> datetime:
    """The moment in Shanghai time. Raises ValueError for one without zone."""
    if moment.tzinfo is None:
        raise ValueError(f"a time without zone cannot be printed: {moment}")
    return moment.astimezone(SHANGHAI)


def _clock(moment: datetime) -> str:
    return f"{moment.hour}时{moment.minute:02d}分"


def deadline_lines(due_at: datetime) -> list[str]:
    """``["2026年12月7日", "18时00分前"]``, the two lines of the table cell."""
    local = in_shanghai(due_at)
    return [day_text(local.date()), f"{_clock(local)}前"]


def numbers(values: Iterable[int]) -> str:
    """1 2 3 5 → ``1至3、5``; runs of two stay apart."""
    runs: list[list[int]] = []
    for value in sorted(values):
        if runs and value == runs[-1][-1] + 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    parts = [f"{r[0]}至{r[-1]}" if len(r) > 2 else "、".join(map(str, r)) for r in runs]
    return "、".join(parts)


def sentence(text: str) -> str:
    """The text with a full stop, unless it ends with one of its own."""
    return text if not text or text[-1] in "。！？；" else text + "。"


def pronoun(issuer: str) -> str:
    """How the office calls itself: 我局, 我中心, 我办; else 我单位."""
    short = {"局": "我局", "中心": "我中心", "办事处": "我办"}
    return next((own for ending, own in short.items() if issuer.endswith(ending)), "我单位")


def period(visit: Inspection) -> str:
    """2026年11月20日9时04分至9时58分."""
    start = in_shanghai(visit.start)
    text = day_text(start.date()) + _clock(start)
    if visit.end is None:
        return text
    end = in_shanghai(visit.end)
    return f"{text}至{'' if end.date() == start.date() else day_text(end.date())}{_clock(end)}"


def opening_text(paper: Paper, facts: NoticeFacts) -> str:
    """When, who and where, and that problems were found; the second order speaks of a re-check."""
    words = paper.cover.wording
    who = f"{pronoun(paper.cover.issuer)}{words['inspector']}{'、'.join(facts.inspectors)}"
    earlier = f"《{paper.cover.title}》（{facts.previous_number}）" if facts.previous_number else "前次通知书"
    return fill(
        words["opening" if facts.order == 1 else "opening_again"],
        when="、".join(period(visit) for visit in facts.inspections),
        who=who,
        places="、".join(dict.fromkeys(visit.place for visit in facts.inspections)),
        earlier=earlier,
    )


def _counting(item: NoticeItem) -> str:
    """How the term of one item runs: hours by the wall clock never roll, days roll over days of rest."""
    if item.counting:
        return item.counting
    if item.unit == "day":
        return f"自送达次日起{item.count}日" + _rolled(item)
    return {
        "now": "须立即整改",
        "hour": "按小时计算，遇休息日不顺延",
        "duty_hour": f"按工作时间计算，共{item.count}小时",
        "workday": f"自送达次日起{item.count}个工作日",
    }[item.unit]


def _rolled(item: NoticeItem) -> str:
    if item.natural_end is None or item.due_at is None or in_shanghai(item.due_at).date() <= item.natural_end:
        return ""
    weekday = item.natural_end.weekday()
    return f"，届满日为{'周六' if weekday == 5 else '周日' if weekday == 6 else '放假日'}，顺延至下一工作日"


_STAGES = {
    "stop": ("停止违法行为", "立即停止"),
    "guard": ("设置防护", "立即设置防护"),
    "report": ("上报情况", "立即上报"),
    "plan": ("报送整改方案", "立即报送方案"),
    "fix": ("完成整改", "立即整改"),
}
"""What a step asks for, before an hour and without one."""


def stage_lines(stage: StageLine) -> list[str]:
    """The lines of a step in the table cell: what, and by when."""
    named, at_once = _STAGES[stage.stage]
    return [f"{named}：", *deadline_lines(stage.due_at)] if stage.due_at else [at_once]


def last_stage_name(item: NoticeItem) -> str:
    """What the date of a staged row is for; empty where there is only the one."""
    return f"{_STAGES[item.last_stage][0]}：" if item.stages else ""


def terms_text(facts: NoticeFacts) -> str:
    """How each term was counted; items counted alike share a clause."""
    groups: dict[str, list[int]] = {}
    for item in facts.items:
        groups.setdefault(_counting(item), []).append(item.index)
    everything = len(groups) == 1 and len(facts.items) > 1
    clauses = [("各项" if everything else f"第{numbers(rows)}项") + how for how, rows in groups.items()]
    staged = [item.index for item in facts.items if item.stages]
    steps = f"第{numbers(staged)}项分步进行，每一步均应当在表列期限内完成。" if staged else ""
    return "；".join(clauses) + "。" + steps


def finish_text(facts: NoticeFacts) -> str:
    """What is asked: 完成整改, or 再次整改 in a second order."""
    return "完成整改" if facts.order == 1 else "再次整改"


def consequence_text(paper: Paper, facts: NoticeFacts) -> str:
    """What follows when nothing is done."""
    return ("" if facts.order == 1 else "再次") + sentence(paper.cover.wording["consequence"])


def note_text(doc: NoticeFacts) -> str:
    """Why a term is 暂定, in words; empty when none is."""
    late: list[NoticeItem | StageLine] = [item for item in doc.items if item.provisional]
    late += [stage for item in doc.items for stage in item.stages if stage.provisional]
    if not late:
        return ""
    years = "、".join(str(y) for y in sorted({in_shanghai(one.due_at).year for one in late if one.due_at}))
    reason = f"{years}年放假安排尚未公布" if years else "有关年份的放假安排尚未公布"
    return doc.provisional_note or f"注：标“暂定”的期限，因{reason}，公布后只会延后，不会提前。"


def moment_text(moment: datetime) -> str:
    """``2026年12月7日18时00分``."""
    local = in_shanghai(moment)
    return day_text(local.date()) + _clock(local)


def date_text(moment: datetime) -> str:
    """``2026年12月7日``: the day of a moment in Shanghai."""
    return day_text(in_shanghai(moment).date())
