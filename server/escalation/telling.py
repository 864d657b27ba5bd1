"""Who is told of what: the acts of a case, the steps of the ladder, the day's new work.

Acts are announced by a job that the act itself enqueued, so that telling costs the act nothing and is
never forgotten; the cause makes it exist once, however often the job runs.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from server.accounts import people
from server.accounts.people import Person
from server.core.clock import SHANGHAI
from server.core.identity import Role
from server.escalation import queries
from server.escalation.rules import Actor, is_district
from server.findings.models import Finding
from server.findings.rules import FindingState
from server.messages import service as messages
from server.notices.models import Notice
from server.places.models import Compound

ANNOUNCED = {
    "open": "finding.critical",
    "return": "finding.returned",
    "transfer": "finding.transferred",
    "dispatch_review": "review.assigned",
    "issue_notice": "notice.issued",
    "issue_second_order": "notice.second_order",
    "acknowledge": "notice.acknowledged",
    "answer": "notice.answered",
    "pass_review": "review.passed",
    "fail_review": "review.failed",
}
"""Acts of a case that somebody is told of at once, and the kind of message."""

TO_FIRM = frozenset({"issue_notice", "issue_second_order", "pass_review", "fail_review"})
ONE_A_NOTICE = frozenset({"issue_notice", "issue_second_order", "acknowledge"})
WINDOW = timedelta(minutes=30)
"""New findings are told in half hours: one message, not one a photo."""


def announce(session: Session, act: str, finding_id: uuid.UUID, cause: str, now: datetime) -> int:
    """Tell whoever has to know of an act on a case; `cause` names the act itself."""
    finding = session.get(Finding, finding_id)
    kind = ANNOUNCED.get(act)
    if finding is None or kind is None:
        return 0
    notice = session.get(Notice, finding.notice_id) if finding.notice_id else None
    to = _concerned(session, act, finding, notice, now)
    subject = str(notice.id) if notice and act in ONE_A_NOTICE else str(finding.id)
    return tell(session, kind, f"{kind}:{subject}:{cause}", to, finding, words(session, finding, notice), now)


def _concerned(
    session: Session, act: str, finding: Finding, notice: Notice | None, now: datetime
) -> list[Person]:
    if act == "open":
        return people.supervisors(session, finding.path, now)
    if act == "return":
        return people.named(session, [finding.found_by], now)
    if act == "dispatch_review":
        reviewer = queries.last_named(session, finding.id, "finding.dispatch_review", "reviewer_id")
        return people.named(session, [reviewer] if reviewer else [], now)
    if act == "transfer":
        return concerned(session, Actor.DEPARTMENT, finding, notice, now)
    actor = Actor.FIRM if act in TO_FIRM else Actor.ISSUER
    return concerned(session, actor, finding, notice, now)


def concerned(
    session: Session, actor: Actor, finding: Finding, notice: Notice | None, now: datetime
) -> list[Person]:
    """The open accounts behind an actor of the ladder; the nearest supervisors where nobody else is left."""
    if actor is Actor.FIRM:
        return people.of_firm(session, notice.firm_id, now) if notice else []
    if actor is Actor.FIRM_AND_ISSUER:
        both = (Actor.FIRM, Actor.ISSUER)
        return [person for each in both for person in concerned(session, each, finding, notice, now)]
    if actor is Actor.INSPECTOR:
        return people.named(session, [finding.found_by], now)
    if actor is Actor.DISTRICT:
        covering = people.supervisors(session, finding.path, now)
        return [person for person in covering if is_district(person.path)] or covering
    found: list[Person] = []
    if actor is Actor.DEPARTMENT:
        unit = queries.last_named(session, finding.id, "finding.transfer", "organisation_id")
        found = people.of_unit(session, unit, now) if unit else []
        return found + people.nearest_supervisors(session, finding.path, now)
    if actor is Actor.REVIEWER and finding.reviewer_id:
        found = people.named(session, [finding.reviewer_id], now)
    if not found and actor in (Actor.ISSUER, Actor.REVIEWER) and notice is not None:
        found = people.named(session, [notice.issued_by], now)
    return found or people.nearest_supervisors(session, finding.path, now)


def words(session: Session, finding: Finding, notice: Notice | None) -> str:
    """Place, item and number of a case, as the body of a message."""
    compound = session.get(Compound, finding.compound_id)
    parts = [compound.name if compound else "", finding.item_code, finding.place]
    parts += [notice.number if notice else "", due_words(finding)]
    return " · ".join(part for part in parts if part)


def due_words(finding: Finding) -> str:
    """The deadline of a case that still runs, e.g. 12月7日 18:00; 暂定 where a calendar is not out yet."""
    if finding.due_at is None or finding.state not in (FindingState.NOTICED, FindingState.RECTIFYING):
        return ""
    local = finding.due_at.astimezone(SHANGHAI)
    mark = "（暂定）" if finding.due_provisional else ""
    return f"{local.month}月{local.day}日 {local:%H:%M}{mark}"


def tell(
    session: Session,
    kind: str,
    cause: str,
    to: Iterable[Person],
    finding: Finding,
    body: str,
    now: datetime,
    link: str | None = None,
) -> int:
    """Tell people of all faces about a case, each with the link that their own face knows."""
    by_link: dict[str, list[uuid.UUID]] = {}
    for person in to:
        by_link.setdefault(link or case_link(person, finding), []).append(person.id)
    return sum(
        messages.tell(session, kind, cause, user_ids, body, target, now)
        for target, user_ids in by_link.items()
    )


def case_link(person: Person, finding: Finding) -> str:
    """Where somebody's face shows a case."""
    if person.role in (Role.FIRM_HANDLER, Role.FIRM_MANAGER):
        return f"/f/notices/{finding.notice_id}?item={finding.id}"
    return f"/i/case/{finding.id}" if person.role is Role.INSPECTOR else f"/s/case/{finding.id}"


def new_work(session: Session, now: datetime) -> None:
    """Tell supervisors of findings to confirm (each half hour at most) and inspectors of their rounds."""
    window = datetime.fromtimestamp(
        now.timestamp() // WINDOW.total_seconds() * WINDOW.total_seconds(), SHANGHAI
    )
    for path in queries.submitted_paths(session, window):
        to = [person.id for person in people.nearest_supervisors(session, path, now)]
        cause = f"finding.waiting:{window.isoformat()}"
        messages.tell(session, "finding.waiting", cause, to, f"{window:%H:%M} 起", "/s/inbox/triage", now)
    _rounds(session, now)


def _rounds(session: Session, now: datetime) -> None:
    today = now.astimezone(SHANGHAI).date()
    for planned in queries.untold_rounds(session, today):
        body = f"{planned.title} · {planned.starts_on:%m-%d} 至 {planned.ends_on:%m-%d}"
        cause = f"round.assigned:{planned.id}"
        messages.tell(session, "round.assigned", cause, [planned.inspector_id], body, "/i/today", now)


def of_step(session: Session, kind: str, step: str, row: Any, actor: Actor, now: datetime) -> int:
    """Remind of one step: one message a notice and hour, though it may be about many of its lines."""
    finding: Finding = row.Finding
    notice = session.get(Notice, finding.notice_id) if finding.notice_id else None
    subject = notice.id if notice else finding.id
    cause = f"{kind}:{step}:{subject}:{row.occasion}"
    to = concerned(session, actor, finding, notice, now)
    return tell(session, kind, cause, to, finding, words(session, finding, notice), now)


def administrators(session: Session, kind: str, cause: str, body: str, link: str, now: datetime) -> int:
    """Tell whoever runs the deployment."""
    to: Sequence[uuid.UUID] = [person.id for person in people.administrators(session, now)]
    return messages.tell(session, kind, cause, to, body, link, now)
