"""Pure rules of messages: what there is to say, by which channels, when, and when to give up.

A message exists once per (cause, recipient, channel). Its delivery has states of its own, apart from the
state of the case: an e-mail server that is down changes nothing about a deadline.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from enum import StrEnum
from urllib.parse import urlsplit

CST = timezone(timedelta(hours=8))


class Channel(StrEnum):
    """站内、浏览器推送、电子邮件、短信."""

    IN_APP = "in_app"
    WEB_PUSH = "web_push"
    EMAIL = "email"
    SMS = "sms"


class DeliveryState(StrEnum):
    """`dropped`: there was nowhere to send it (any more), which is nobody's fault."""

    QUEUED = "queued"
    SENT = "sent"
    DEAD = "dead"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of message. `urgent` ones ring at night, go out by SMS and cannot be muted."""

    title: str
    urgent: bool = False


KINDS: dict[str, Kind] = {
    "finding.critical": Kind("紧急问题待确认", urgent=True),
    "finding.waiting": Kind("有新问题待确认"),
    "finding.returned": Kind("问题退回补充"),
    "finding.transferred": Kind("收到移送"),
    "round.assigned": Kind("新的巡查任务"),
    "review.assigned": Kind("派您复查"),
    "notice.issued": Kind("收到整改通知书，请签收", urgent=True),
    "notice.second_order": Kind("收到再次整改通知书，请签收", urgent=True),
    "notice.acknowledged": Kind("企业已签收"),
    "notice.answered": Kind("企业已回复，待复查"),
    "notice.recounted": Kind("整改期限按放假安排顺延"),
    "notice.voided": Kind("通知书作废，不用再办"),
    "notice.corrected": Kind("通知书已更正，请看新的"),
    "transfer.sent": Kind("问题已移送部门处理"),
    "transfer.accepted": Kind("移送已受理"),
    "transfer.declined": Kind("移送没有受理"),
    "transfer.reported": Kind("移送有处理结果"),
    "transfer.concluded": Kind("移送已办结"),
    "review.passed": Kind("复查通过，已销号"),
    "review.failed": Kind("复查未通过", urgent=True),
    "reminder.due": Kind("整改期限将到", urgent=True),
    "reminder.stage": Kind("分步整改的一步到期", urgent=True),
    "reminder.overdue": Kind("整改已逾期", urgent=True),
    "reminder.unacknowledged": Kind("通知书还没有签收"),
    "reminder.unserved": Kind("通知书还没有送达"),
    "reminder.review_due": Kind("复查到期"),
    "reminder.transfer_unanswered": Kind("移送没有回音"),
    "reminder.triage_late": Kind("问题确认超时"),
    "reminder.report_due": Kind("督办周报到期"),
    "proposal.made": Kind("有升级建议待决定"),
    "interview.called": Kind("约谈通知", urgent=True),
    "interview.cancelled": Kind("约谈取消", urgent=True),
    "listing.made": Kind("挂牌督办通知", urgent=True),
    "listing.accepting": Kind("督办企业请求验收"),
    "listing.settled": Kind("挂牌督办有结果"),
    "calendar.missing": Kind("明年放假安排还没有导入"),
    "calendar.changed": Kind("放假安排已更新，有期限待核"),
    "device.gap": Kind("有手机的记录对不上"),
}

ATTEMPTS = 6
LEASE = timedelta(minutes=5)
"""How long a delivery that was handed to the queue is left alone by the sweep."""
KEEP = timedelta(days=400)


def wait_after(attempts: int) -> timedelta | None:
    """The wait after the `attempts`-th failure (1, 4, 16 minutes, 1 h 4, 4 h 16), None to give up."""
    return None if attempts >= ATTEMPTS else timedelta(minutes=4 ** (attempts - 1))


def in_quiet(moment: datetime, quiet_from: time | None, quiet_to: time | None) -> bool:
    """Whether `moment` (aware) lies in the quiet hours, which may go over midnight."""
    if quiet_from is None or quiet_to is None or quiet_from == quiet_to:
        return False
    clock = moment.astimezone(CST).time()
    if quiet_from < quiet_to:
        return quiet_from <= clock < quiet_to
    return clock >= quiet_from or clock < quiet_to


def send_at(
    now: datetime, channel: Channel, urgent: bool, quiet_from: time | None, quiet_to: time | None
) -> datetime:
    """When a message goes out: now, or at the end of quiet hours where it would ring and need not."""
    rings = channel in (Channel.WEB_PUSH, Channel.SMS)
    if urgent or not rings or not in_quiet(now, quiet_from, quiet_to):
        return now
    assert quiet_to is not None
    local = now.astimezone(CST)
    end = datetime.combine(local.date(), quiet_to, CST)
    return end if end > local else end + timedelta(days=1)


_DIALABLE = re.compile(r"\+?\d{7,15}")


def dialable(phone: str | None) -> bool:
    """Whether a phone number can be sent an SMS: digits only, so neither masked nor an extension."""
    return phone is not None and _DIALABLE.fullmatch(phone) is not None


def push_service_known(endpoint: str, services: tuple[str, ...]) -> bool:
    """Whether `endpoint` lies at one of `services`.

    An entry is a host (`web.push.apple.com`), a family of hosts (`*.push.apple.com`), both by https on
    the usual port only, or an origin with its scheme (`http://10.0.0.8:9000`), which an operator
    with a relay of their own writes out.
    """
    try:
        url = urlsplit(endpoint)
        host, port = url.hostname or "", url.port
    except ValueError:
        return False
    if url.username is not None or url.password is not None or not endpoint.isascii():
        return False
    origin = f"{url.scheme}://{url.netloc}"
    plain = url.scheme == "https" and port in (None, 443)
    return any(origin == entry if "://" in entry else plain and _host_fits(host, entry) for entry in services)


def _host_fits(host: str, entry: str) -> bool:
    return host.endswith(entry[1:]) if entry.startswith("*.") else host == entry
