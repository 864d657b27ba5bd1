"""Refusals of the transfer's use cases."""

from __future__ import annotations

from server.core.problems import Problem


class IllegalAction(Problem):
    """The transfer is not in a state that allows the action; `state` says where it stands."""

    code, status, title = "transfer.illegal_action", 409, "这份移送现在不能这样办，情况已经变了"


class IdReused(Problem):
    code, status, title = "transfer.id_reused", 409, "这个编号已用于另一份移送"


class BundleNotReady(Problem):
    """The bundle is still being made; `done` of `total` files are in it."""

    code, status, title = "transfer.bundle_not_ready", 409, "材料包还在打包"
