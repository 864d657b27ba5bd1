"""Refusals of catalogue and checklists."""

from __future__ import annotations

from server.core.problems import Problem


class NothingPublished(Problem):
    """The database has no catalogue yet; starting the server publishes the packaged one."""

    code, status, title = "checklists.nothing_published", 503, "检查目录还没有发布"


class VersionChanged(Problem):
    """The packaged data differs from what was published under the same version."""

    code, status, title = "checklists.version_changed", 409, "同一版本号的检查目录内容不同，请改用新版本号"
