"""Refusals of the notice's use cases."""

from __future__ import annotations

from server.core.problems import Problem


class IllegalAction(Problem):
    code, status, title = "notice.illegal_action", 409, "通知书现在不能这样办，情况已经变了"


class IdReused(Problem):
    code, status, title = "notice.id_reused", 409, "这个编号已用于另一份通知书"


class MixedSubjects(Problem):
    """One notice names one firm and one compound."""

    code, status, title = "notice.mixed_subjects", 422, "一份通知书只能针对一个小区和一家企业"


class NoFirm(Problem):
    code, status, title = "notice.no_firm", 422, "这个小区没有物业企业，不能向企业签发"


class MixedOrders(Problem):
    """A second order covers findings of one earlier notice, not new ones."""

    code, status, title = "notice.mixed_orders", 422, "再次整改和首次整改要分开签发"


class SecondOrderClosed(Problem):
    code, status, title = "notice.second_order_closed", 409, "没有复查未过的项目，或者已经再次责成过"


class DeadlinePast(Problem):
    code, status, title = "notice.deadline_past", 422, "整改期限已经过去"


class DeadlineEarlier(Problem):
    """A correction may move a printed date later, never earlier; `printed` is the date on paper."""

    code, status, title = "notice.deadline_earlier", 422, "更正不能把期限提前"


class BasisLocked(Problem):
    """The articles of an order are those of the catalogue."""

    code, status, title = "notice.basis_locked", 422, "责令改正的依据按检查项目录，不能改写"


class NotMinor(Problem):
    """A notice on the spot is for what is not 紧急; `items` are the codes that are."""

    code, status, title = "notice.not_minor", 422, "紧急的问题不能只发现场整改通知单"


class WrongForType(Problem):
    """`field` does not belong to this type of notice."""

    code, status, title = "notice.wrong_for_type", 422, "这种通知书没有这一栏"


class DeadlineTooFar(Problem):
    code, status, title = "notice.deadline_too_far", 422, "整改期限超出可以计算的范围"


class TermRefused(Problem):
    code, status, title = "notice.term_refused", 422, "期限的数字或单位不对"


class PhotosMissing(Problem):
    """Photos are still on their way; `missing` counts them."""

    code, status, title = "notice.photos_missing", 409, "还有照片没到齐"


class UnknownItem(Problem):
    code, status, title = "notice.unknown_item", 422, "通知书里没有这一项"


class NothingToReview(Problem):
    code, status, title = "notice.nothing_to_review", 409, "企业还没有回复，不能复查"


class AnswerEmpty(Problem):
    """An answer needs words or an after photo."""

    code, status, title = "notice.answer_empty", 422, "回复要写说明或附整改后照片"
