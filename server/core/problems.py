"""One catalogue of failures.

Every refusal is a `Problem` with a stable string code (`notice.deadline_past`) that is never reused;
the body is RFC 9457 `application/problem+json`. Titles are Chinese sentences because an operator may
read them raw; the app maps the code to its own wording. What the database refuses becomes a problem
in `from_database_error` and nowhere else: the database is the validator of record.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError


class Problem(Exception):
    """Base of all refusals.

    `code` names the failure for programs, `status` is the HTTP status, `title` the sentence for
    people. `extra` is merged into the body (RFC 9457 extension members); it must be JSON-able.
    """

    code: ClassVar[str] = "core.problem"
    status: ClassVar[int] = 400
    title: ClassVar[str] = "请求无法处理"

    def __init__(self, detail: str | None = None, **extra: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.extra = extra

    def body(self) -> dict[str, Any]:
        """The problem document as a dict."""
        document: dict[str, Any] = {
            "type": f"/problems/{self.code}",
            "code": self.code,
            "status": self.status,
            "title": self.title,
        }
        if self.detail:
            document["detail"] = self.detail
        return document | self.extra


class NotFound(Problem):
    """Absent, or invisible to this person: the two must look the same."""

    code, status, title = "core.not_found", 404, "没有找到"


class Forbidden(Problem):
    """Visible, but this role may not do it."""

    code, status, title = "core.forbidden", 403, "没有这项权限"


class AppTooOld(Problem):
    """The app speaks a version of the API that is no longer served; `minimum` is the oldest that is."""

    code, status, title = "sync.app_too_old", 426, "应用版本太旧：请联网后刷新或重新打开，待发内容不会丢"


class SignInRequired(Problem):
    code, status, title = "core.sign_in_required", 401, "请先登录"


class CrossSite(Problem):
    """An unsafe request came from another origin (CSRF)."""

    code, status, title = "core.cross_site", 403, "请求来源不对"


class Invalid(Problem):
    """The request does not fit its schema; `errors` says where."""

    code, status, title = "core.invalid", 422, "内容不符合要求"


class BadText(Problem):
    """Text that PostgreSQL cannot hold: NUL or a lone surrogate."""

    code, status, title = "core.bad_text", 422, "文字里有无法保存的字符"


class BadRequest(Problem):
    code, status, title = "core.bad_request", 400, "请求格式不对"


class Conflict(Problem):
    """A uniqueness or version rule of the database was hit."""

    code, status, title = "core.conflict", 409, "与已有记录冲突"


class BadReference(Problem):
    code, status, title = "core.bad_reference", 422, "引用的记录不存在"


class OutOfRange(Problem):
    code, status, title = "core.out_of_range", 422, "数值超出范围"


class Busy(Problem):
    """A lock, deadlock or statement time-out; the same request may simply be repeated."""

    code, status, title = "core.busy", 503, "正忙，请稍后再试"


class Unavailable(Problem):
    """The database cannot be reached; the same request may be repeated."""

    code, status, title = "core.unavailable", 503, "数据库暂时连不上"


_BY_SQLSTATE: dict[str, type[Problem]] = {
    "23505": Conflict,
    "23P01": Conflict,
    "23503": BadReference,
    "23502": Invalid,
    "23514": OutOfRange,
    "22003": OutOfRange,
    "22007": Invalid,
    "22008": OutOfRange,
    "22P02": Invalid,
    "22021": BadText,
    "22P05": BadText,
    "40001": Busy,
    "40P01": Busy,
    "55P03": Busy,
    "57014": Busy,
}


def from_database_error(error: DBAPIError) -> Problem | None:
    """The problem for an SQLSTATE, or None where it is a fault of ours (then a 500 is right)."""
    sqlstate = getattr(error.orig, "sqlstate", None)
    problem = _BY_SQLSTATE.get(sqlstate or "")
    if problem is not None:
        constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        return problem(**({"constraint": constraint} if constraint else {}))
    if isinstance(error, OperationalError) or error.connection_invalidated:
        return Unavailable()
    if isinstance(error, IntegrityError):
        return Conflict()
    return None
