"""Web push (RFC 8030, 8291, 8292): to known push services only, never where an answer redirects.

An endpoint is an address that a browser gave us and that our server then calls: whoever could choose
it freely would call from inside our network. So its host must be on the deployment's list, checked
when it is registered and again when it is used.
"""

from __future__ import annotations

import base64
import json
import threading
from pathlib import Path
from typing import Any

import requests
import structlog
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02
from pywebpush import WebPushException, webpush

from server.core.config import Settings
from server.messages import rules
from server.messages.models import Message, PushSubscription

TTL_SECONDS = 24 * 3600
TIMEOUT_SECONDS = 10
GONE = (404, 410)
log = structlog.get_logger()
_KEYS: dict[Path, Vapid02] = {}
_MAKING = threading.Lock()


class PushRefused(Exception):
    """The push service did not take it; the message says why."""


class SubscriptionGone(Exception):
    """The browser gave its subscription up."""


class _NoRedirects(requests.Session):
    """A redirect would lead to where the list does not look."""

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        return super().request(*args, **(kwargs | {"allow_redirects": False}))


def key(settings: Settings) -> Vapid02:
    """The deployment's VAPID key: `XUNJIAN_VAPID_KEY` (PEM), else `VAR/keys/vapid.pem`, made when missing.

    Several web nodes need the same one, by configuration or by a shared file.
    """
    if settings.vapid_key:
        return Vapid02.from_pem(settings.vapid_key.encode())
    path = (settings.var / "keys" / "vapid.pem").resolve()
    with _MAKING:
        if path not in _KEYS:
            if not path.exists():
                _make(path)
            _KEYS[path] = Vapid02.from_pem(path.read_bytes())
        return _KEYS[path]


def _make(path: Path) -> None:
    """Write a new key; of two processes that start at once one wins and both read what stands there."""
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"vapid.{threading.get_ident()}.{id(pem)}.half")
    half.touch(mode=0o600)
    half.write_bytes(pem)
    try:
        path.hardlink_to(half)
        log.info("vapid_key_made", path=str(path))
    except FileExistsError:
        pass
    finally:
        half.unlink()


def public_key(settings: Settings) -> str:
    """What browsers subscribe with: the uncompressed point, base64url without padding."""
    point = key(settings).public_key.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return base64.urlsafe_b64encode(point).decode().rstrip("=")


def keys_fit(p256dh: str, auth: str) -> bool:
    """Whether a subscription's keys are what RFC 8291 asks for: a P-256 point and 16 bytes."""
    try:
        point, secret = (base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) for text in (p256dh, auth))
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except (ValueError, TypeError):
        return False
    return len(secret) == 16


def send(settings: Settings, subscription: PushSubscription, message: Message) -> None:
    """Push one message to one browser. Raises `SubscriptionGone` or `PushRefused`."""
    if not rules.push_service_known(subscription.endpoint, settings.push_services):
        raise SubscriptionGone()
    content = {"id": str(message.id), "title": message.title, "body": message.body, "link": message.link}
    with _NoRedirects() as session:
        session.trust_env = False
        try:
            webpush(
                {
                    "endpoint": subscription.endpoint,
                    "keys": {"p256dh": subscription.p256dh, "auth": subscription.auth},
                },
                json.dumps(content, ensure_ascii=False).encode(),
                vapid_private_key=key(settings),
                vapid_claims={"sub": settings.vapid_contact or f"mailto:{settings.mail_from}"},
                ttl=TTL_SECONDS,
                headers={"Urgency": "high" if message.urgent else "normal", "Topic": message.id.hex},
                timeout=TIMEOUT_SECONDS,
                requests_session=session,
            )
        except WebPushException as error:
            status = error.response.status_code if error.response is not None else None
            if status in GONE:
                raise SubscriptionGone() from error
            raise PushRefused(f"推送服务回答 {status}" if status else "推送没有发出") from error
        except requests.RequestException as error:
            raise PushRefused(f"推送服务没连上：{type(error).__name__}") from error
