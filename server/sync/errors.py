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


class NotOutboxFile(Problem):
    code, status, title = "sync.not_outbox_file", 422, "这不是巡检应用导出的待发文件"


class WrongKey(Problem):
    """Neither the passphrase nor the office's key opens the file."""

    code, status, title = "sync.wrong_key", 422, "口令或密钥打不开这个文件"


class Damaged(Problem):
    """The file is cut or was changed; what stands before that place is genuine."""

    code, status, title = "sync.outbox_damaged", 422, "文件不完整或已损坏"


class UnknownAuthor(Problem):
    code, status, title = "sync.unknown_author", 422, "文件的主人不是本系统的账号"


class DecisionInFile(Problem):
    """A file may bring what somebody captured; a decision is taken by signing in."""

    code, status, title = "sync.decision_in_file", 403, "文件只能补交现场记录，决定要本人登录来做"
