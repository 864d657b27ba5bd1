"""Refusals of signing in and of managing accounts."""

from __future__ import annotations

from server.core.problems import Problem


class BadCredentials(Problem):
    """Name or password is wrong; which of the two is not said."""

    code, status, title = "accounts.bad_credentials", 401, "用户名或密码不对"


class Throttled(Problem):
    """Too many failures; `retry_after` says in how many seconds to try again."""

    code, status, title = "accounts.throttled", 429, "尝试次数过多，请稍后再试"


class AccountClosed(Problem):
    """The password was right, but the account is switched off or its term is over."""

    code, status, title = "accounts.account_closed", 403, "账号已停用或到期，请联系管理员"


class DeviceRevoked(Problem):
    code, status, title = "accounts.device_revoked", 401, "这台设备已被停用，请联系管理员"


class OtherUser(Problem):
    """The request speaks for one account, the cookie for another: an old tab of who was here before."""

    code, status, title = "accounts.other_user", 401, "这部手机上换了人登录，请本人重新登录"


class DeviceTaken(Problem):
    """A device id belongs to one account: the app makes one for each account on a phone."""

    code, status, title = "accounts.device_taken", 409, "这个设备编号属于另一个账号"


class UsernameTaken(Problem):
    code, status, title = "accounts.username_taken", 409, "用户名已被使用"


class WeakPassword(Problem):
    """`reason` is too_short, same_as_name or demo."""

    code, status, title = "accounts.weak_password", 409, "密码太弱：至少 10 个字符，不能与用户名相同"


class RoleMismatch(Problem):
    """Firm accounts belong to a firm, all others do not."""

    code, status, title = "accounts.role_mismatch", 409, "只有物业企业的账号要指定企业"


class UnknownOrganisation(Problem):
    code, status, title = "accounts.unknown_organisation", 409, "单位不存在"


class CertificateRefused(Problem):
    """`reason`: firm (the account is a firm's), backwards (ends before it begins), taken (somebody else's
    number), overlaps (the person has one for some of these days)."""

    code, status, title = "accounts.certificate_refused", 409, "执法证登记有误"


class CertificateEnded(Problem):
    """It was ended before; what was written then stays."""

    code, status, title = "accounts.certificate_ended", 409, "这张执法证已经终止过"


class CertificateEndRefused(Problem):
    """The last day lies before the certificate began, or after it is over anyway."""

    code, status, title = "accounts.certificate_end_refused", 409, "终止日期要在有效期里"


class OriginalsRuleChanged(Problem):
    """Somebody else stored a rule since; `no` is the one now in force."""

    code, status, title = "accounts.originals_rule_changed", 409, "原图规则刚被别人改过"
