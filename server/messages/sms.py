"""SMS through a webhook: every operator has another gateway, and a few lines of theirs translate.

POST of JSON `{"id", "phone", "text", "link"}` with `Idempotency-Key` (the message's id) and
`X-Xunjian-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">` under the shared secret.
Any 2xx is acceptance.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime

import requests

from server.core.config import Settings
from server.messages.models import Message

TIMEOUT_SECONDS = 10


class SmsRefused(Exception):
    """The gateway did not take it; the message says why."""


def signature(secret: str, stamp: int, body: bytes) -> str:
    """The value of `X-Xunjian-Signature`; the stamp inside it lets the receiver refuse old copies."""
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest}"


def send(settings: Settings, phone: str, message: Message, now: datetime) -> None:
    """Send one message to one phone. Raises `SmsRefused`."""
    assert settings.sms_webhook is not None
    text = f"【巡检】{message.title}：{message.body}"
    content = {"id": str(message.id), "phone": phone, "text": text, "link": settings.origin + message.link}
    body = json.dumps(content, ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": str(message.id),
        "X-Xunjian-Signature": signature(settings.sms_secret or "", int(now.timestamp()), body),
    }
    try:
        answer = requests.post(
            settings.sms_webhook, data=body, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False
        )
    except requests.RequestException as error:
        raise SmsRefused(f"短信网关没连上：{type(error).__name__}") from error
    if not 200 <= answer.status_code < 300:
        raise SmsRefused(f"短信网关回答 {answer.status_code}")
