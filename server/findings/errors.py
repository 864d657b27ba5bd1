"""Refusals of the finding's use cases."""

from __future__ import annotations

from server.core.problems import Problem


class IllegalAction(Problem):
    """The finding is not in a state that allows the action; `state` says where it stands."""

    code, status, title = "finding.illegal_action", 409, "这件事现在不能这样办，情况已经变了"


class IdReused(Problem):
    code, status, title = "finding.id_reused", 409, "这个编号已用于另一条问题"


class UnknownItem(Problem):
    code, status, title = "finding.unknown_item", 422, "检查项不在当前目录里"


class VisitMismatch(Problem):
    code, status, title = "finding.visit_mismatch", 422, "到场记录不属于这个小区"


class PhotoRequired(Problem):
    code, status, title = "finding.photo_required", 422, "至少要有一张照片"


class AfterPhotoRequired(Problem):
    code, status, title = "finding.after_photo_required", 422, "当场改好要附整改后照片"


class DuplicateOfItself(Problem):
    code, status, title = "finding.duplicate_of_itself", 422, "不能并入自己"


class MasterNotUsable(Problem):
    """The master is itself closed as a duplicate or rejected."""

    code, status, title = "finding.master_not_usable", 409, "要并入的案卷已并案或驳回"


class NoRelapse(Problem):
    """No case of the same item was closed at this spot in the last 90 days."""

    code, status, title = "finding.no_relapse", 409, "附近近期没有同类问题销过号"


class ReviewerNotUsable(Problem):
    code, status, title = "finding.reviewer_not_usable", 422, "这个人不能派去复查这里"


class OwnReview(Problem):
    """Re-checks are done by someone other than the finder where the unit has one."""

    code, status, title = "finding.own_review", 409, "复查要换一个人做"
