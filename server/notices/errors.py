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


class SpotOvertaken(Problem):
    """The office has dealt with items of a slip on the spot: `findings` of `{"finding_id", "state"}`."""

    code, status, title = "notice.spot_overtaken", 409, "单子上有问题已由办公室处理，不能再列入"


class TokenTaken(Problem):
    """Another paper bears the token of this slip's QR code."""

    code, status, title = "notice.token_taken", 409, "单子上的二维码和另一份文书重了"


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


class ReviewEmpty(Problem):
    """A verdict needs words or a photo; one that failed needs words, since the firm must know why."""

    code, status, title = "notice.review_empty", 422, "复查要写结论或附照片"


class AnsweredSince(Problem):
    """The firm answered anew after this verdict was made; look again."""

    code, status, title = "notice.answered_since", 409, "复查之后企业又提交了新的回复"


class MixedRecipients(Problem):
    code, status, title = "notice.mixed_recipients", 422, "一份送达回证只能送达同一家企业"


class AlreadyServed(Problem):
    code, status, title = "notice.already_served", 409, "这份通知书已经送达"


class ServiceUnproven(Problem):
    """Proof is missing; `missing` names the fields."""

    code, status, title = "notice.service_unproven", 422, "送达证明不全"


class ServiceDate(Problem):
    """The date of service lies ahead, or before the notice was issued."""

    code, status, title = "notice.service_date", 422, "送达时间不对"


class NoConsent(Problem):
    """Electronic service needs a standing 电子送达确认书 that names the channel."""

    code, status, title = "notice.no_consent", 409, "企业没有确认以这种方式电子送达"


class AttemptClosed(Problem):
    code, status, title = "notice.attempt_closed", 409, "这次送达已有结果"


class ConsentStands(Problem):
    code, status, title = "notice.consent_stands", 409, "企业已有有效的电子送达确认书"


class NotWithdrawable(Problem):
    """The answer was taken up, judged, or withdrawn before."""

    code, status, title = "notice.not_withdrawable", 409, "这份回复已被受理，不能撤回"


class ExtensionRefused(Problem):
    """`reason` is critical, expired, not_served, not_later, beyond_cap (with `latest`) or too_many."""

    code, status, title = "notice.extension_refused", 409, "这一项现在不能申请延期"


class RequestPending(Problem):
    code, status, title = "notice.request_pending", 409, "已有一份申请在等答复"


class RequestClosed(Problem):
    """`state` says what became of it."""

    code, status, title = "notice.request_closed", 409, "这份申请已有结果"


class NotYourDecision(Problem):
    """Extensions are decided above the issuer or by a colleague, objections by the issuer's unit."""

    code, status, title = "notice.not_your_decision", 403, "这件事要由有权的人决定"


class ObjectionLate(Problem):
    code, status, title = "notice.objection_late", 409, "整改期限已过，不能再提异议"


class ObjectionMade(Problem):
    code, status, title = "notice.objection_made", 409, "对这一项已经提过异议"


class DutyNotAsked(Problem):
    code, status, title = "notice.duty_not_asked", 422, "这一项由企业自己整改，不用三联单"


class DutyOutOfOrder(Problem):
    """发现, 劝阻, 报告: each once, in this order, none dated before the one before or ahead."""

    code, status, title = "notice.duty_out_of_order", 409, "三联单要按发现、劝阻、报告的次序填写"


class DutyUnproven(Problem):
    code, status, title = "notice.duty_unproven", 422, "三联单每一联至少要有一张照片"


class LinkInvalid(Problem):
    code, status, title = "link.invalid", 404, "链接不对"


class LinkExpired(Problem):
    code, status, title = "link.expired", 410, "链接已过期"


class LinkRevoked(Problem):
    code, status, title = "link.revoked", 410, "链接已作废"


class LinkClaimed(Problem):
    """A link serves one person on one device; the issuer can make another."""

    code, status, title = "link.claimed", 409, "链接已由他人使用"


class LinkUnclaimed(Problem):
    code, status, title = "link.unclaimed", 403, "请先填写姓名和电话"


class LinkTooMany(Problem):
    """Too many requests; `retry_after` seconds."""

    code, status, title = "link.too_many", 429, "操作太频繁，请稍后再试"


class LinkLimited(Problem):
    """A link opens one notice: to read, acknowledge and answer it, nothing else."""

    code, status, title = "link.limited", 403, "链接只能用来查看、签收和回复这份通知书"


class PaperExists(Problem):
    """The paper was issued before; it can be voided in the register."""

    code, status, title = "notice.paper_exists", 409, "这份文书已经出具"


class WithDepartment(Problem):
    """The case was handed over; the firm's line rests until the department has answered."""

    code, status, title = "notice.with_department", 409, "这一项已移送部门处理，现在不用回复"
