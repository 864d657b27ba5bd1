"""发现–劝阻–报告 三联单: what a firm owes where a resident, developer or utility is responsible.

The firm has no power over the hazard; it must find it, dissuade, and report (物业管理条例 45). Each step
is filed as it happens, with its own date and photos; the third one answers the item.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from server.core.commands import CommandContext
from server.core.identity import Identity
from server.core.permissions import Permission, require
from server.findings import service as findings
from server.findings.rules import CLOCK_SKEW
from server.notices import errors, procedure_queries, service
from server.notices.models import DutyReport, Notice, NoticeItem
from server.notices.procedure_rules import DUTY_TRANSITIONS, Asks, DutyState
from server.notices.rules import TRANSITIONS, NoticeAction
from server.photos.models import PhotoStage

STEP_NAMES = {DutyState.FOUND: "发现", DutyState.DISSUADED: "劝阻", DutyState.REPORTED: "报告"}


def file_step(
    session: Session, identity: Identity, body: dict[str, Any], context: CommandContext
) -> dict[str, Any]:
    """File one of the three steps; `report_id` names the whole report and is the client's."""
    notice = service.visible(session, identity, body["notice_id"])
    require(identity, Permission.NOTICE_ANSWER, notice)
    item, finding = service.item_of(session, identity, notice, body["finding_id"], "file_duty_step")
    if item.asks is not Asks.DUTY_REPORT:
        raise errors.DutyNotAsked()
    if (notice.state, NoticeAction.ANSWER_ITEM) not in TRANSITIONS:
        raise errors.IllegalAction(state=notice.state.value, action="file_duty_step")
    if not body["photos"]:
        raise errors.DutyUnproven()
    step = DutyState(body["step"])
    report = _report(session, notice, item, body, step)
    _refuse_misdated(report, body["at"], context)
    report.state = step
    report.steps = report.steps | {step.value: _step(body)}
    session.flush()
    data = {
        "number": notice.number,
        "report_id": str(report.id),
        "at": body["at"],
        "text": body["text"],
        "counterpart": body["counterpart"],
        "photos": service.hashes(body["photos"]),
    }
    findings.record(session, identity, finding.id, f"duty.{step.value}", context, data)
    photos = body["photos"]
    service.declare(session, identity, finding.id, notice, photos, PhotoStage.DUTY, report.id, context)
    if step is DutyState.REPORTED:
        response = service.answered(
            session, identity, notice, item, finding, context.command_id, _summary(report), photos, context
        )
        report.response_id = response.id
    service.settle(session, notice.id)
    return service.told(notice) | {
        "report_id": str(report.id),
        "duty_state": report.state.value,
        "finding_state": finding.state.value,
    }


def _report(
    session: Session, notice: Notice, item: NoticeItem, body: dict[str, Any], step: DutyState
) -> DutyReport:
    """The report that goes on with `step`, begun by the first. Raises `DutyOutOfOrder`, `IdReused`."""
    report = procedure_queries.duty_report(session, item.id)
    if report is None:
        if step is not DutyState.FOUND:
            raise errors.DutyOutOfOrder()
        if session.get(DutyReport, body["report_id"]) is not None:
            raise errors.IdReused()
        report = DutyReport(
            id=body["report_id"],
            notice_id=notice.id,
            notice_item_id=item.id,
            finding_id=item.finding_id,
            state=step,
            steps={},
        )
        session.add(report)
        return report
    if (report.state, step) not in DUTY_TRANSITIONS:
        raise errors.DutyOutOfOrder(state=report.state.value)
    return report


def _refuse_misdated(report: DutyReport, at: datetime, context: CommandContext) -> None:
    earlier = [datetime.fromisoformat(step["at"]) for step in report.steps.values()]
    if at > context.now + CLOCK_SKEW or any(at < before for before in earlier):
        raise errors.DutyOutOfOrder(state=report.state.value)


def _step(body: dict[str, Any]) -> dict[str, Any]:
    return {
        "at": body["at"].isoformat(),
        "text": body["text"],
        "counterpart": body["counterpart"],
        "photo_ids": [str(photo["photo_id"]) for photo in body["photos"]],
    }


def _summary(report: DutyReport) -> str:
    """The three steps in words, for the list of answers."""
    return "；".join(
        f"{name}：{report.steps[step.value]['text']}"
        for step, name in STEP_NAMES.items()
        if step.value in report.steps
    )
