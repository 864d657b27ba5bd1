"""Refusals of walking a round."""

from __future__ import annotations

from server.core.problems import Problem


class NotOwnVisit(Problem):
    """The visit is somebody else's: visible to the asker, but not theirs to walk."""

    code, status, title = "rounds.not_own_visit", 403, "这次走访是别人的"


class NotOwnRound(Problem):
    code, status, title = "rounds.not_own_round", 403, "这轮巡查不是派给你的"


class VisitMismatch(Problem):
    """The visit was planned for, or begun at, another compound."""

    code, status, title = "rounds.visit_mismatch", 409, "这次走访属于另一个小区"


class IllegalAction(Problem):
    """The visit is not in a state that allows the action; `state` says where it stands."""

    code, status, title = "rounds.illegal_action", 409, "还没有签到，不能这样做"


class UnknownChecklist(Problem):
    code, status, title = "rounds.unknown_checklist", 422, "检查表版本不存在"


class UnknownItem(Problem):
    """`codes` are not in the checklist version of this visit."""

    code, status, title = "rounds.unknown_item", 422, "检查项不在这次走访的检查表里"


class NothingToWalk(Problem):
    code, status, title = "rounds.nothing_to_walk", 422, "一轮巡查至少要有一个小区"
