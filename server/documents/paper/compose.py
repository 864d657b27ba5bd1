"""From facts to what the templates print: one function a type, plain dicts of text for typst.

A letter is blocks (`text`, `plain`, `note`, `items`, `table`), then the `last` words, which never part from
the signature; a form is rows of labelled cells. Widths in millimetres, 156 in all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from server.documents.paper import wording
from server.documents.paper.facts import (
    BulletinFacts,
    DutyReportFacts,
    ExtensionFacts,
    Facts,
    InterviewFacts,
    NoticeFacts,
    NoticeItem,
    OrderFacts,
    Paper,
    PhotoSheet,
    ReviewFacts,
    ServiceFacts,
    SpotNoticeFacts,
    SupervisionFacts,
    TransferFacts,
    UrgeFacts,
)
from server.documents.paper.phrases import fill
from server.documents.rules import DocumentType

Words = dict[str, Any]
Block = dict[str, Any]
DEMO_MARK = "演示数据，不具法律效力"
_LONG_TEXT = 400  # characters in a cell, above which the template measures if the row is taller than a page
_VERDICTS = {"passed": "已整改", "partly": "部分整改", "failed": "未整改"}


def words(paper: Paper) -> Words:
    """Everything the template prints, as plain text; `template` names the file."""
    common = _common(paper)
    body = _BODIES[paper.cover.document_type](paper, paper.facts)
    return {key: _clean(value) for key, value in (common | body).items()}


def plain(text: str) -> str:
    """Composed form, and line ends and tabs as one kind each: phones send several."""
    return unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\t", " ").strip()


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, dict):
        return {key: _clean(inner) for key, inner in value.items()}
    return [_clean(inner) for inner in value] if isinstance(value, list | tuple) else value


def _common(paper: Paper) -> Words:
    cover, facts = paper.cover, paper.facts
    uscc = f"（{facts.uscc}）" if facts.uscc else ""
    date = wording.day_text(cover.issued_on) if cover.arabic_date else wording.chinese_date(cover.issued_on)
    return {
        "template": "letter.typ",
        "issuer": cover.issuer,
        "title": cover.title,
        "subtitle": "",
        "remark": "",
        "number": cover.number,
        "addressee": f"{facts.addressee}{uscc}：",
        "blocks": [],
        "last": [],
        "receipt": "",
        "officers": [],
        "slip": [],
        "scan": cover.wording["scan"],
        "date": date,
        "check_code": f"{cover.check_code[:4]} {cover.check_code[4:]}",
        "copy": cover.copy_name,
        "demo": DEMO_MARK if cover.demo else "",
        "photos": [_caption(photo) for photo in facts.photos],
    }


def _caption(photo: PhotoSheet) -> dict[str, Any]:
    position = "无定位"
    if photo.lon is not None and photo.lat is not None:
        east, north = "东经" if photo.lon >= 0 else "西经", "北纬" if photo.lat >= 0 else "南纬"
        position = f"{east}{abs(photo.lon):.5f} {north}{abs(photo.lat):.5f}"
        position += f"　±{photo.accuracy_m:.0f} m" if photo.accuracy_m is not None else ""
    item = f"　第{photo.item}项" if photo.item else ""
    return {
        "head": f"照片{photo.number}{item}　{photo.kind}",
        "lines": [
            f"{photo.place}　{wording.in_shanghai(photo.taken_at):%Y-%m-%d %H:%M:%S}",
            position,
            f"SHA-256 {photo.sha256[:4]} {photo.sha256[4:8]}…",
        ],
    }


def _text(text: str) -> Block:
    return {"kind": "text", "text": text}


def _table(widths: Sequence[float], head: Sequence[str], rows: Sequence[Sequence[str]]) -> Block:
    return {
        "kind": "table",
        "widths": list(widths),
        "head": list(head),
        "rows": [{"cells": list(row), "long": max(map(len, row)) > _LONG_TEXT} for row in rows],
    }


def _contact(paper: Paper) -> list[str]:
    facts = paper.facts
    if not facts.contact_name and not facts.contact_phone:
        return []
    return [fill(paper.cover.wording["contact"], name=facts.contact_name, phone=facts.contact_phone)]


# ── Notices


def _notice(paper: Paper, facts: Facts) -> Words:
    assert isinstance(facts, NoticeFacts)
    said = paper.cover.wording
    demand = fill(said["demand"], finish=wording.finish_text(facts)) + wording.terms_text(facts)
    return _notice_head(paper, facts) | {
        "blocks": [*_notice_table(paper, facts), _text(demand)],
        "last": [wording.consequence_text(paper, facts), *_contact(paper)],
        "receipt": "inspectors",
    }


def _notice_head(paper: Paper, facts: NoticeFacts) -> Words:
    return {"subtitle": "（再次整改）" if facts.order == 2 else ""}


def _notice_table(paper: Paper, facts: NoticeFacts) -> list[Block]:
    note = wording.note_text(facts)
    return [
        _text(wording.opening_text(paper, facts)),
        {"kind": "items", "items": [_row(facts, item) for item in facts.items]},
        *([{"kind": "note", "text": note}] if note else []),
    ]


def _spot_notice(paper: Paper, facts: Facts) -> Words:
    assert isinstance(facts, SpotNoticeFacts)
    number = facts.provisional_number
    remark = fill(paper.cover.wording["provisional"], number=number) if number else ""
    return _notice(paper, facts) | {"remark": remark}


def _order(paper: Paper, facts: Facts) -> Words:
    assert isinstance(facts, OrderFacts)
    said = paper.cover.wording
    powers = "、".join(dict.fromkeys(part for item in facts.items for part in item.basis.split("、") if part))
    demand = fill(said["basis"], powers=powers) + wording.terms_text(facts)
    remedies = fill(said["remedies"], body=facts.reconsideration_body, court=facts.court)
    person = f"　　法定代表人（负责人）：{facts.person}" if facts.person else ""
    return _notice_head(paper, facts) | {
        "blocks": [
            *([{"kind": "plain", "text": f"地址：{facts.address}{person}"}] if facts.address else []),
            *_notice_table(paper, facts),
            _text(demand),
            _text(wording.consequence_text(paper, facts)),
        ],
        "last": [remedies, *_contact(paper)],
        "receipt": "officers",
        "officers": [f"执法人员：{each.name}（执法证号{each.certificate}）" for each in facts.officers],
    }


def _row(facts: NoticeFacts, item: NoticeItem) -> dict[str, Any]:
    shown = wording.numbers(photo.number for photo in facts.photos if photo.item == item.index)
    said = wording.sentence("，".join(part for part in (item.place, item.facts) if part))
    due = item.due_text.split("\n") if item.due_text else _due_lines(item)
    return {
        "index": item.index,
        "name": f"{item.code}　{item.name}",
        "facts": said + (f"照片{shown}" if shown else ""),
        "basis": item.basis,
        "requirement": item.requirement,
        "steps": [
            {"lines": wording.stage_lines(stage), "provisional": stage.provisional} for stage in item.stages
        ],
        "due_of": wording.last_stage_name(item),
        "due": due,
        "provisional": item.provisional,
        "long": max(map(len, (said, item.basis, item.requirement))) > _LONG_TEXT,
    }


def _due_lines(item: NoticeItem) -> list[str]:
    lines = wording.deadline_lines(item.due_at) if item.due_at else []
    return ["立即整改", *lines] if item.unit == "now" else lines


# ── Companions


def _supervision(paper: Paper, facts: Facts) -> Words:
    assert isinstance(facts, SupervisionFacts)
    said = paper.cover.wording
    manner = said["manner_listed" if facts.listed else "manner"]
    rows = [
        (str(n), task.place, task.matter, task.requirement, _due(task.due_at or facts.finish_at))
        for n, task in enumerate(facts.tasks, start=1)
    ]
    demand = fill(
        said["demand"],
        plan_due=wording.moment_text(facts.plan_due_at),
        every=facts.report_every,
        finish=wording.moment_text(facts.finish_at),
    )
    return {
        "blocks": [
            _text(fill(said["opening"], reason=facts.reason, matter=facts.matter, manner=manner)),
            _table((8.2, 34, 46, 36, 31.8), ("序", "小区及部位", "事项", "要求", "期限"), rows),
            _text(demand),
        ],
        "last": [said["consequence"], *_contact(paper)],
        "receipt": "plain",
    }


def _interview(paper: Paper, facts: Facts) -> Words:
    assert isinstance(facts, InterviewFacts)
    said = paper.cover.wording
    demand = fill(
        said["demand"], attendees=facts.attendees, at=wording.moment_text(facts.at), place=facts.place
    )
    bring = [_text(fill(said["bring"], list="、".join(facts.bring)))] if facts.bring else []
    return {
        "blocks": [_text(said["opening"]), *_numbered(facts.reasons), _text(demand), *bring],
        "last": [said["consequence"], *_contact(paper)],
        "receipt": "plain",
    }


def _numbered(sentences: Sequence[str]) -> list[Block]:
    return [_text(f"{n}. {wording.sentence(text)}") for n, text in enumerate(sentences, start=1)]


def _urge(paper: Paper, facts: Facts) -> Words:
    assert isinstance(facts, UrgeFacts)
    said = paper.cover.wording
    opening = fill(
        said["opening"],
        served=wording.date_text(facts.served_at),
        title=facts.earlier_title,
        number=facts.earlier_number,
        expired=wording.moment_text(facts.expired_at),
    )
    demand = fill(said["demand"], due=wording.moment_text(facts.due_at))
    return {
        "blocks": [_text(opening), *_numbered(facts.unfinished), _text(demand), _text(said["hearing"])],
        "last": [said["consequence"], *_contact(paper)],
        "receipt": "plain",
    }


def _extension(paper: Paper, facts: Facts) -> Words:
    assert isinstance(facts, ExtensionFacts)
    said = paper.cover.wording
    opening = fill(
        said["opening"],
        applied=wording.date_text(facts.applied_at),
        number=facts.earlier_number,
        reason=wording.sentence(facts.reason),
    )
    rows = [
        (str(each.index), each.name, _due(each.old_due_at), _due(each.new_due_at or each.old_due_at))
        for each in facts.items
    ]
    measures = fill(said["interim"], measures=wording.sentence(facts.interim_measures))
    return {
        "blocks": [
            _text(opening),
            _text(said["granted" if facts.granted else "refused"]),
            _table((12, 66, 39, 39), ("项", "问题", "原期限", "现期限"), rows),
            *([_text(wording.sentence(facts.opinion))] if facts.opinion else []),
            *([_text(measures)] if facts.granted and facts.interim_measures else []),
        ],
        "last": [said["consequence"], *_contact(paper)],
        "receipt": "plain",
    }


def _review(paper: Paper, facts: Facts) -> Words:
    assert isinstance(facts, ReviewFacts)
    said = paper.cover.wording
    names = "、".join(reviewer.name for reviewer in facts.reviewers)
    opening = fill(
        said["opening"],
        when=wording.moment_text(facts.reviewed_at),
        who=f"{wording.pronoun(paper.cover.issuer)}复查人员{names}",
        place=facts.place,
        number=facts.earlier_number,
    )
    rows = [(str(each.index), each.name, _VERDICTS[each.verdict], each.remark) for each in facts.items]
    return {
        "blocks": [_text(opening), _table((12, 60, 24, 60), ("项", "问题", "复查结论", "说明"), rows)],
        "last": [fill(said["opinion"], opinion=wording.sentence(facts.opinion)), *_contact(paper)],
        "receipt": "officers" if all(each.certificate for each in facts.reviewers) else "inspectors",
        "officers": [f"复查人员：{each.name}（执法证号{each.certificate}）" for each in facts.reviewers],
    }


def _transfer(paper: Paper, facts: Facts) -> Words:
    assert isinstance(facts, TransferFacts)
    said = paper.cover.wording
    party = facts.party + (f"（{facts.party_code}）" if facts.party_code else "")
    rows = [
        (str(n), each.name, str(each.copies), str(each.pages) if each.pages else "—")
        for n, each in enumerate(facts.materials, start=1)
    ]
    demand = said["demand"]
    if facts.accept_by and said["accept_by"]:
        demand += fill(said["accept_by"], due=wording.moment_text(facts.accept_by))
    blanks = ("收到日期", "是否受理", "不受理的理由", "承办部门", "承办人", "联系电话")
    return {
        "blocks": [
            _text(fill(said["opening"], party=party, cause=facts.cause)),
            _text(fill(said["facts"], facts=wording.sentence(facts.facts))),
            _text(fill(said["measures"], measures=wording.sentence(facts.measures))),
            _text(said["materials"]),
            _table((12, 104, 20, 20), ("序", "材料名称", "份数", "页数"), rows),
        ],
        "last": [demand, *_contact(paper)],
        "slip": [[label, ""] for label in blanks],
        "slip_to": paper.cover.issuer,
        "slip_text": f"你单位《{paper.cover.title}》（{paper.cover.number}）及所附材料已收到，"
        "现将办理情况回复如下：",
    }


def _bulletin(paper: Paper, facts: Facts) -> Words:
    assert isinstance(facts, BulletinFacts)
    said = paper.cover.wording
    width = 144 / max(1, len(facts.columns))
    rows = [(str(n), *row) for n, row in enumerate(facts.rows, start=1)]
    named = [_table((12, *[width] * len(facts.columns)), ("序", *facts.columns), rows)] if facts.rows else []
    asked = [_text(said["measures"]), *_numbered(facts.measures[:-1])] if facts.measures else []
    final = (
        [f"{len(facts.measures)}. {wording.sentence(facts.measures[-1])}"]
        if facts.measures
        else [facts.paragraphs[-1]]
    )
    told = facts.paragraphs if facts.measures else facts.paragraphs[:-1]
    copied = [fill(said["copied"], list=facts.copied_to)] if facts.copied_to else []
    return {
        "subtitle": facts.subject,
        "blocks": [*(_text(paragraph) for paragraph in told), *named, *asked],
        "last": [*final, *copied, *_contact(paper)],
    }


def _due(moment: datetime) -> str:
    return "\n".join(wording.deadline_lines(moment))


# ── Forms


def _cell(text: str, span: int = 1, label: bool = False) -> dict[str, Any]:
    return {"text": text, "span": span, "label": label, "signature": None}


def _wide(label: str, text: str, height: float = 10) -> dict[str, Any]:
    return {"cells": [_cell(label, label=True), _cell(text, 3)], "height": height}


def _pair(first: tuple[str, str], second: tuple[str, str], height: float = 10) -> dict[str, Any]:
    cells = [_cell(first[0], label=True), _cell(first[1]), _cell(second[0], label=True), _cell(second[1])]
    return {"cells": cells, "height": height}


def _when(moment: datetime | None) -> str:
    return wording.moment_text(moment) if moment else "　　年　月　日　时　分"


def _service(paper: Paper, facts: Facts) -> Words:
    assert isinstance(facts, ServiceFacts)
    papers = "\n".join(f"《{each.title}》　{each.number}　{each.copies}份" for each in facts.documents)
    receiver = facts.received_by + (f"（与受送达人关系：{facts.relation}）" if facts.relation else "")
    rows = [
        _wide("送达文书名称、文号及份数", papers, 16),
        _pair(("送达单位", paper.cover.issuer), ("受送达人", facts.addressee)),
        _pair(("送达时间", _when(facts.served_at)), ("送达方式", facts.method)),
        _wide("送达地点", facts.place),
        _wide("收件人签名或盖章", receiver, 20),
        _wide("收件日期", _when(facts.received_at)),
        _wide("拒收事由", facts.refusal_reason),
        _pair(("见证人签名", facts.witness), ("见证日期", _when(facts.witnessed_at)), 13),
        _pair(("送达人签名", "、".join(facts.servers)), ("日期", _when(facts.served_at)), 13),
        _wide("备注", facts.note, 13),
    ]
    rows[4]["cells"][1]["signature"] = "signature" if facts.signature else None
    return {"template": "form.typ", "rows": rows, "note": paper.cover.wording["note"]}


def _duty_report(paper: Paper, facts: Facts) -> Words:
    assert isinstance(facts, DutyReportFacts)

    def step(title: str, at: datetime, who: str, text: str) -> list[dict[str, Any]]:
        return [
            _pair((f"{title}时间", wording.moment_text(at)), (f"{title}人", who)),
            _wide(f"{title}情况", text, 17),
        ]

    rows = [
        _pair(("物业企业", paper.cover.issuer), ("小区", facts.compound)),
        _pair(("行为人", facts.party), ("报告部门", facts.addressee)),
        _wide("部位及事项", f"{facts.place}　{facts.matter}"),
        *step("发现", facts.found_at, facts.found_by, facts.found_text),
        *step("劝阻", facts.dissuaded_at, facts.dissuaded_by, facts.dissuaded_text),
        *step("报告", facts.reported_at, facts.reported_by, facts.reported_text),
        _pair(("行为人签收", ""), ("部门签收", ""), 12),
    ]
    return {"template": "form.typ", "rows": rows, "note": paper.cover.wording["note"]}


_BODIES: dict[DocumentType, Callable[[Paper, Facts], Words]] = {
    DocumentType.N1: _spot_notice,
    DocumentType.N2: _notice,
    DocumentType.N3: _order,
    DocumentType.N4: _supervision,
    DocumentType.N5: _interview,
    DocumentType.URGE: _urge,
    DocumentType.EXTENSION: _extension,
    DocumentType.REVIEW: _review,
    DocumentType.TRANSFER: _transfer,
    DocumentType.SERVICE: _service,
    DocumentType.BULLETIN: _bulletin,
    DocumentType.DUTY_REPORT: _duty_report,
}


_WORDS = r"[^\s\u200b\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
_UNBROKEN = re.compile(rf"[!-~]{{20,}}|[^\x00-\u00ff\w\s]{{6,}}|{_WORDS}{{24,}}")
"""Latin runs, runs of marks (！！！, ……, ★) and mixtures: Unicode lets no line end inside (UAX 14)."""


def breakable(value: Any) -> Any:
    """The same words with zero-width spaces in runs that no column could hold otherwise."""
    if isinstance(value, str):
        return _UNBROKEN.sub(_with_breaks, value)
    if isinstance(value, dict):
        return {key: breakable(inner) for key, inner in value.items()}
    return [breakable(inner) for inner in value] if isinstance(value, list) else value


def _with_breaks(run: re.Match[str]) -> str:
    piece = 8 if run[0].isascii() else 4
    return "\u200b".join(run[0][at : at + piece] for at in range(0, len(run[0]), piece))
