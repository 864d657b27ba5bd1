"""Refusals of the ladder's use cases."""

from __future__ import annotations

from server.core.problems import Problem


class IllegalAction(Problem):
    """A proposal that was decided, an interview that was held, a listing that is over."""

    code, status, title = "escalation.illegal_action", 409, "情况已经变了，现在不能这样办"


class MixedProposals(Problem):
    """One decision is about one kind of measure and one firm in one compound."""

    code, status, title = "escalation.mixed_proposals", 422, "一次只能决定同一小区、同一企业的同一种建议"


class ActMissing(Problem):
    """Accepting needs what the measure needs: `missing` names the part of the body."""

    code, status, title = "escalation.act_missing", 422, "接受建议还缺内容"


class DistrictOnly(Problem):
    """The ladder leaves this measure to the district."""

    code, status, title = "escalation.district_only", 403, "这一级措施由区级决定"


class NoFirm(Problem):
    code, status, title = "escalation.no_firm", 422, "没有物业企业，不能采取这项措施"


class TermTooLong(Problem):
    """A second order grants at most half of the first term."""

    code, status, title = "escalation.term_too_long", 422, "再次整改的期限最多是原期限的一半"


class CasesClosed(Problem):
    """None of the cases is open any more."""

    code, status, title = "escalation.cases_closed", 409, "这些问题已经办结"


class IdReused(Problem):
    code, status, title = "escalation.id_reused", 409, "编号已经用过"


class LadderFaulty(Problem):
    """An edited ladder with faults; `faults` lists them as {"row", "fault"}. Nothing was stored."""

    code, status, title = "escalation.ladder_faulty", 422, "升级规则有误，没有保存"


class LadderChanged(Problem):
    """Somebody else stored a version since; `no` is the one now in force."""

    code, status, title = "escalation.ladder_changed", 409, "升级规则刚被别人改过"


class WeekReported(Problem):
    code, status, title = "escalation.week_reported", 409, "本周已经报过"


class InterviewPast(Problem):
    """A firm called to an hour that is over."""

    code, status, title = "escalation.interview_past", 422, "约谈时间要在以后"


class NotHeldYet(Problem):
    """Minutes of an interview at an hour that is still to come."""

    code, status, title = "escalation.not_held_yet", 422, "约谈时间还没到，不能记为已约谈"


class UnknownCommitment(Problem):
    code, status, title = "escalation.unknown_commitment", 422, "没有这一条承诺"


class RecountStale(Problem):
    """The deadline is no longer what the list said; look again."""

    code, status, title = "escalation.recount_stale", 409, "期限已经变了，请重新核对"
