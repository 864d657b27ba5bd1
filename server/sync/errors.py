"""Refusals of the command endpoint and of the pull."""

from __future__ import annotations

from server.core.problems import NotFound, Problem


class IdReused(Problem):
    """The id was used before, for other content or by another account."""

    code, status, title = "sync.id_reused", 409, "同一个编号送来了不同的内容"


class UnknownKind(Problem):
    code, status, title = "sync.unknown_kind", 422, "不认识这种操作，请更新应用"


class AfterRevocation(Problem):
    """The phone was revoked before this was captured, or it is a decision and no capture."""

    code, status, title = "sync.after_revocation", 403, "设备停用之后的内容不再接收"


class BadPullCursor(NotFound):
    """There is no such place in the feed; the phone starts a pull afresh."""

    code, title = "sync.bad_cursor", "同步位置无效，请重新同步"
