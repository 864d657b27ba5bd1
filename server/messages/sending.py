"""Sending one message: a push, an e-mail or an SMS, and what becomes of it.

A failure is a fact to keep (attempt, reason, next try), so it is written down instead of raised: a job
that raised would roll its own record back. A worker that dies between the sending and the commit
sends twice, therefore each carries the message's id (Message-ID, Idempotency-Key, Topic) by
which the receiver can tell.
"""

from __future__ import annotations

import uuid
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from server.core import context as house
from server.messages import mail, push, queries, rules, sms
from server.messages.models import Message
from server.messages.rules import Channel, DeliveryState

log = structlog.get_logger()


class Undeliverable(Exception):
    """There is nowhere to send it; trying again would change nothing."""


class TryAgain(Exception):
    """The other side did not take it; the message says why."""


def deliver(session: Session, message_id: uuid.UUID, now: datetime) -> None:
    """Send a queued message once; harmless where it is sent, given up or in other hands."""
    message = queries.queued(session, message_id)
    if message is None:
        return
    message.attempts += 1
    try:
        _send(session, message, now)
    except Undeliverable as error:
        message.state, message.reason, message.next_at = DeliveryState.DROPPED, str(error), None
    except TryAgain as error:
        _failed(message, str(error), now)
    else:
        message.state, message.sent_at = DeliveryState.SENT, now
        message.reason, message.next_at = None, None
    session.flush()


def _failed(message: Message, reason: str, now: datetime) -> None:
    wait = rules.wait_after(message.attempts)
    message.reason = reason[:300]
    message.next_at = None if wait is None else now + wait
    if wait is None:
        message.state = DeliveryState.DEAD
        log.warning("message_dead", message=str(message.id), channel=message.channel.value, reason=reason)


def _send(session: Session, message: Message, now: datetime) -> None:
    if message.channel is Channel.WEB_PUSH:
        _push(session, message, now)
        return
    contact = queries.contact(session, message.user_id)
    settings = house.settings()
    try:
        if message.channel is Channel.EMAIL:
            if not settings.smtp_host or not contact.email:
                raise Undeliverable("没有邮箱地址")
            mail.send(settings, contact.email, message)
        else:
            if not settings.sms_webhook or not rules.dialable(contact.phone):
                raise Undeliverable("没有可用的手机号")
            sms.send(settings, contact.phone, message, now)
    except (mail.MailRefused, sms.SmsRefused) as error:
        raise TryAgain(str(error)) from error


def _push(session: Session, message: Message, now: datetime) -> None:
    """To all browsers of the person; one that took it is enough. Those that are gone are forgotten."""
    accepted, refusals = 0, []
    for subscription in queries.subscriptions(session, message.user_id):
        try:
            push.send(house.settings(), subscription, message)
        except push.SubscriptionGone:
            session.delete(subscription)
        except push.PushRefused as error:
            refusals.append(str(error))
        else:
            subscription.accepted_at = now
            accepted += 1
    if accepted:
        return
    if refusals:
        raise TryAgain("；".join(refusals))
    raise Undeliverable("没有登记推送的浏览器")
