"""Refusals of the messages' use cases."""

from __future__ import annotations

from server.core.problems import Problem


class PushServiceUnknown(Problem):
    """The endpoint is not at a push service that this deployment talks to (SSRF)."""

    code, status, title = "messages.push_service_unknown", 422, "这个浏览器的推送服务不在名单里"


class PushKeysBroken(Problem):
    """The subscription's keys are no P-256 point and 16-byte secret."""

    code, status, title = "messages.push_keys_broken", 422, "推送登记的密钥不对"


class NotDead(Problem):
    """Only a delivery that was given up can be sent again."""

    code, status, title = "messages.not_dead", 409, "这条消息没有停在失败状态"
