"""Refusals of the register of documents."""

from __future__ import annotations

from server.core.problems import Problem


class NoDocumentWord(Problem):
    """The unit has no 机关代字 registered, so it cannot number a document."""

    code, status, title = "document.no_document_word", 403, "本单位没有登记发文代字，不能签发"


class UndrawableText(Problem):
    """The fonts cannot draw some characters; `characters` names them."""

    code, status, title = "document.undrawable_text", 422, "有打印不出来的字"


class FontsMissing(Problem):
    code, status, title = "document.fonts_missing", 503, "服务器缺少打印字体，请联系管理员"


class SignatureFailed(Problem):
    """The key or the certificate of the signature cannot be used now."""

    code, status, title = "document.signature_failed", 503, "电子签名暂时不可用，请联系管理员"


class Ended(Problem):
    """The document was voided or superseded before; `state` says which."""

    code, status, title = "document.ended", 409, "这份文书已经作废或更正过"


class BoundToNotice(Problem):
    """A notice's document is voided and corrected with the notice."""

    code, status, title = "document.bound_to_notice", 409, "这是通知书的文书，请在通知书上作废或更正"


class NothingChanged(Problem):
    code, status, title = "document.nothing_changed", 422, "没有改动，不需要更正"


class UnknownField(Problem):
    """A correction names a field that this type does not have, or that is not text; `field` names it."""

    code, status, title = "document.unknown_field", 422, "这种文书没有这一栏"


class NumberTaken(Problem):
    """Two patterns of one organisation gave the same number; change one of them."""

    code, status, title = "document.number_taken", 409, "文号和本单位另一份文书重复，请修改文号格式"


class WordingLocked(Problem):
    """The phrase says what a law demands; `key` names it."""

    code, status, title = "document.wording_locked", 422, "这句话由法律规定，不能修改"


class WordingRefused(Problem):
    """`key` names the phrase, `reason` is unknown, blanks, empty or long."""

    code, status, title = "document.wording_refused", 422, "这句话不符合要求"


class PatternRefused(Problem):
    code, status, title = "document.pattern_refused", 422, "文号格式不对"


class TemplateMoved(Problem):
    """Somebody saved another version meanwhile; `version` is the one in force."""

    code, status, title = "document.template_moved", 409, "模板刚被别人改过，请重新打开"


class SealRefused(Problem):
    code, status, title = "document.seal_refused", 422, "印章图片要用 PNG、JPEG 或 SVG，不超过 1 MB"


class PowerRefused(Problem):
    """`reason`: scope (an item or a group, not both), backwards (ends before it begins), overlaps (the same
    power is registered for some of these days)."""

    code, status, title = "document.power_refused", 422, "职权登记不完整"


class PowerEnded(Problem):
    """It was ended before; what was written then stays."""

    code, status, title = "document.power_ended", 409, "这项职权已经终止过"


class PowerEndRefused(Problem):
    """The last day lies before the power began, or after it is over anyway."""

    code, status, title = "document.power_end_refused", 409, "终止日期要在有效期里"


class NoPower(Problem):
    """The organisation has no registered power over some items; `items` are their codes."""

    code, status, title = "document.no_power", 403, "本单位对这些检查项没有登记责令改正的职权"


class OfficersMissing(Problem):
    """An order needs `needed` officers of the organisation, each with a certificate."""

    code, status, title = "document.officers_missing", 422, "责令改正要有两名持执法证的本单位人员"


class RemediesMissing(Problem):
    code, status, title = "document.remedies_missing", 422, "本单位没有登记复议机关和管辖法院，不能责令改正"


class NoFacts(Problem):
    """The document is older than the register and keeps nothing to correct."""

    code, status, title = "document.no_facts", 409, "这份旧文书没有留底，不能更正"
