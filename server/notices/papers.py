"""The companions of a notice on paper: 送达回证, 延期批复, 复查意见书, 三联单.

Each is an entry of the register (`server/documents/`) that refers to the notice. The decision on an
extension is printed with the decision; the others when somebody asks for them, because their photographs
and the signature on the screen may still be on their way from a phone.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from server.checklists import service as checklists
from server.core import context as house
from server.core.commands import CommandContext
from server.core.identity import Identity
from server.core.permissions import Permission, require
from server.core.problems import NotFound
from server.documents import paper
from server.documents import service as documents
from server.documents.models import OfficialDocument
from server.documents.rules import KINDS, DocumentType
from server.documents.service import PhotoRef, legible
from server.findings import service as findings
from server.findings.models import Finding
from server.notices import errors, queries, service, serving_queries
from server.notices.models import DutyReport, Extension, Notice, NoticeItem, ServiceAct
from server.notices.procedure_rules import DutyState
from server.notices.serving_rules import Method, Relation
from server.photos.models import PhotoStage

METHODS = {
    Method.DIRECT: "直接送达",
    Method.LEFT_IN_PLACE: "留置送达",
    Method.ELECTRONIC: "电子送达",
    Method.POST: "邮寄送达",
    Method.ANNOUNCEMENT: "公告送达",
}
RELATIONS = {
    Relation.LEGAL_REPRESENTATIVE: "法定代表人",
    Relation.PRINCIPAL: "负责人",
    Relation.MAIL_RECEIVER: "负责收件的人",
    Relation.AGENT: "代理人",
}


def extension_reply(
    session: Session, identity: Identity, extension: Extension, notice: Notice, context: CommandContext
) -> OfficialDocument | None:
    """延期批复; None where the deciding unit has no 机关代字 to number it with."""
    unit = queries.organisation(session, identity.organisation_id)
    if unit is None or not documents.word_of(unit):
        return None
    item = session.get_one(NoticeItem, extension.notice_item_id)
    finding = session.get_one(Finding, extension.finding_id)
    changed = paper.Postponement(
        item.seq, _name(session, finding), extension.due_before, extension.granted_due_at
    )
    facts = paper.ExtensionFacts(
        **_addressee(session, notice),
        earlier_number=notice.number,
        applied_at=extension.requested_at,
        reason=legible(extension.reason),
        granted=extension.granted_due_at is not None,
        items=[changed],
        interim_measures=legible(extension.interim_measures),
        opinion=extension.decision_text or "",
    )
    return _issue(session, identity, notice, facts, [finding.id], context)


def print_service(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """送达回证 of one attempt, for all notices that it was for, with the signature from the screen."""
    act = serving_queries.service_act(session, body["service_id"], lock=True)
    if act is None:
        raise NotFound()
    notices = [
        service.visible(session, identity, one) for one in serving_queries.notices_of_act(session, act.id)
    ]
    for notice in notices:
        require(identity, Permission.NOTICE_SERVE, notice)
    if act.document_id is not None:
        raise errors.PaperExists()
    cases = [item.finding_id for item in queries.items(session, [notice.id for notice in notices])]
    facts = _service_facts(session, act, notices)
    document = _issue(session, identity, notices[0], facts, cases, context)
    act.document_id = document.id
    return _tell(session, identity, document, cases, "notice.print_service", context)


def _service_facts(session: Session, act: ServiceAct, notices: Sequence[Notice]) -> paper.ServiceFacts:
    recipient, witness = act.recipient or {}, act.witness or {}
    server = queries.user(session, act.served_by)
    return paper.ServiceFacts(
        **_addressee(session, notices[0]),
        documents=[paper.Served(_title(notice), notice.number) for notice in notices],
        method=METHODS[Method(act.method)],
        place=legible(act.place),
        served_at=act.served_at,
        received_by="".join((recipient.get("name", ""), recipient.get("title", ""))),
        relation=RELATIONS.get(act.relation, "") if act.relation else "",
        received_at=act.served_at,
        refusal_reason=legible(act.refusal_reason or ""),
        witness="".join((witness.get("name", ""), witness.get("title", ""))),
        witnessed_at=act.served_at if witness else None,
        servers=[server.display_name] if server else [],
        note=legible(act.remark or act.tracking_number or ""),
        signature=_signature(session, act),
        photos=_sheets(session, act.id, PhotoStage.SERVICE, act.signature_photo_id),
    )


def _title(notice: Notice) -> str:
    return KINDS[DocumentType(notice.document_type)].title


def _signature(session: Session, act: ServiceAct) -> bytes | None:
    """The picture that was signed on the screen, once it is here."""
    rows = queries.photos_of_act(session, act.id, PhotoStage.SERVICE)
    signed = next((row for row in rows if row.id == act.signature_photo_id), None)
    return None if signed is None else house.storage().read(signed.sha256.hex())


def issue_review_opinion(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """复查意见书: the newest verdict on each item that was re-checked, and what follows."""
    notice = service.visible(session, identity, body["notice_id"])
    require(identity, Permission.NOTICE_ISSUE, notice)
    rows = queries.newest_reviews(session, notice.id)
    if not rows:
        raise errors.NothingToReview()
    names = dict.fromkeys([*(row.reviewer for row in rows), *body["with_officers"]])
    cases = [row.Finding.id for row in rows]
    facts = paper.ReviewFacts(
        **_addressee(session, notice),
        earlier_number=notice.number,
        reviewed_at=max(row.Review.reviewed_at for row in rows),
        place=queries.rows(session, [notice.id])[0].compound_name,
        reviewers=[paper.Officer(name) for name in names],
        items=[
            paper.Reviewed(
                row.NoticeItem.seq,
                _name(session, row.Finding),
                "passed" if row.Review.passed else "partly" if row.Review.partly else "failed",
                legible(row.Review.text),
            )
            for row in rows
        ],
        opinion=body["opinion"],
        photos=[sheet for row in rows for sheet in _sheets(session, row.Review.id, PhotoStage.REVIEW, None)],
    )
    document = _issue(session, identity, notice, facts, cases, context)
    return _tell(session, identity, document, cases, "notice.review_opinion", context)


def print_duty_report(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """三联单 in three parts, numbered by the firm itself, once all three steps are filed."""
    report = session.get(DutyReport, body["report_id"])
    if report is None:
        raise NotFound()
    notice = service.visible(session, identity, report.notice_id)
    require(identity, Permission.OBJECTION_FILE, notice)
    if report.state is not DutyState.REPORTED:
        raise errors.DutyOutOfOrder(state=report.state.value)
    if report.document_id is not None:
        raise errors.PaperExists()
    finding = session.get_one(Finding, report.finding_id)
    steps, compound = report.steps, queries.rows(session, [notice.id])[0].compound_name
    by = identity.display_name
    said: dict[str, Any] = {
        f"{step.value}_{part}": value
        for step in DutyState
        for part, value in (
            ("at", datetime.fromisoformat(steps[step.value]["at"])),
            ("by", by),
            ("text", legible(steps[step.value]["text"])),
        )
    }
    facts = paper.DutyReportFacts(
        addressee=steps["reported"]["counterpart"] or "主管部门",
        compound=compound,
        place=legible(finding.place),
        party=legible(steps["dissuaded"]["counterpart"] or "行为人"),
        matter=_name(session, finding),
        photos=_sheets(session, report.id, PhotoStage.DUTY, None),
        **said,
    )
    document = _issue(session, identity, notice, facts, [finding.id], context)
    report.document_id = document.id
    return _tell(session, identity, document, [finding.id], "duty.print", context)


def _addressee(session: Session, notice: Notice) -> dict[str, Any]:
    firm = queries.firm(session, notice.firm_id)
    return {
        "addressee": firm.name,
        "uscc": firm.uscc or "",
        "contact_name": notice.contact,
        "contact_phone": notice.contact_phone,
    }


def _name(session: Session, finding: Finding) -> str:
    entry = checklists.find_item(session, finding.catalogue_version, finding.item_code)
    return entry.name if entry else finding.item_code


def _sheets(
    session: Session, group_id: uuid.UUID, stage: PhotoStage, without: uuid.UUID | None
) -> list[paper.PhotoSheet]:
    rows = queries.photos_of_act(session, group_id, stage)
    return documents.sheets(session, [PhotoRef(row, 0, "") for row in rows if row.id != without])


def _issue(
    session: Session,
    identity: Identity,
    notice: Notice,
    facts: paper.Facts,
    cases: Sequence[uuid.UUID],
    context: CommandContext,
) -> OfficialDocument:
    assert identity.organisation_id is not None
    # What is printed stands in the notice's document, though not in its row: so the phones pull it again.
    flag_modified(notice, "state")
    return documents.issue(
        session,
        identity,
        identity.organisation_id,
        facts,
        context.now,
        path=notice.path,
        firm_id=notice.firm_id,
        case_ids=cases,
        refers_to=notice.document_id,
    )


def _tell(
    session: Session,
    identity: Identity,
    document: OfficialDocument,
    cases: Sequence[uuid.UUID],
    act: str,
    context: CommandContext,
) -> dict[str, Any]:
    for case_id in dict.fromkeys(cases):
        findings.record(session, identity, case_id, act, context, documents.reference(document))
    return {"document_id": str(document.id), "number": document.number}
