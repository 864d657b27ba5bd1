"""Receipts: a signed word of the server that it holds these very bytes, or this very command.

1. A phone deletes its only copy of a photo against a receipt that it verified itself, with a public key
   that it learned at sign-in: no answer of a captive portal, a proxy or a broken server can make it
   throw evidence away.
2. Ed25519 (RFC 8032) is deterministic and every signed part is stored, so that the receipt for a repeated
   request is the same to the byte and nothing has to be kept beside the rows.
3. What a command is, is the SHA-256 of its canonical JSON (RFC 8785) of `id`, `kind`, `captured_at` and
   `body` as the phone sent them: both sides compute it, neither believes the other.

Signed are the UTF-8 bytes of six lines: `xunjian-receipt-1`, kind, id, sha256, received_at, key_id.
"""

from __future__ import annotations

import base64
import hashlib
import math
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ALGORITHM = "Ed25519"
SAFE_INTEGER = 2**53 - 1
PARTS = ("kind", "id", "sha256", "received_at", "key_id")


class NotCanonical(ValueError):
    """The value holds a number that JSON cannot carry (infinite or not a number)."""


def key_id(public: Ed25519PublicKey) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of the raw public key."""
    return hashlib.sha256(public.public_bytes_raw()).hexdigest()[:16]


def key_document(public: Ed25519PublicKey) -> dict[str, str]:
    """A public key as phones learn it: `id`, `algorithm`, `public_key` (base64url of 32 bytes)."""
    return {"id": key_id(public), "algorithm": ALGORITHM, "public_key": encode(public.public_bytes_raw())}


def encode(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bytes of base64url with or without padding; raises `ValueError`."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def stamp(at: datetime) -> str:
    """`at` as it is signed: ISO 8601 in UTC with milliseconds and `Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def signed_bytes(receipt: Mapping[str, Any]) -> bytes:
    """What the signature of a receipt covers."""
    return "\n".join(["xunjian-receipt-1", *(str(receipt[part]) for part in PARTS)]).encode()


def command_sha256(sent: Mapping[str, Any]) -> bytes:
    """SHA-256 of the canonical JSON of a command's four parts as they were sent.

    Raises `NotCanonical`. Whole numbers beyond 2**53 count as the doubles that a browser makes of them.
    """
    parts = {name: _as_browser(sent[name]) for name in ("id", "kind", "captured_at", "body")}
    try:
        return hashlib.sha256(rfc8785.dumps(parts)).digest()
    except rfc8785.CanonicalizationError as error:
        raise NotCanonical(str(error)) from error


def _as_browser(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _as_browser(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_as_browser(item) for item in value]
    if isinstance(value, int) and not -SAFE_INTEGER <= value <= SAFE_INTEGER:
        try:
            return float(value)
        except OverflowError as error:
            raise NotCanonical("a number beyond the doubles") from error
    if isinstance(value, float) and not math.isfinite(value):
        raise NotCanonical("not a finite number")
    return value


class Signer:
    """Signs receipts with one private key. `document` is the public half."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.document = key_document(private.public_key())

    def sign(self, kind: str, subject: uuid.UUID, sha256: bytes, received_at: datetime) -> dict[str, str]:
        """A receipt (`PARTS` and `signature`) for a photo or a command that is stored."""
        receipt = {
            "kind": kind,
            "id": str(subject),
            "sha256": sha256.hex(),
            "received_at": stamp(received_at),
            "key_id": self.document["id"],
        }
        return receipt | {"signature": encode(self._private.sign(signed_bytes(receipt)))}


def fault(receipt: Mapping[str, Any], keys: Iterable[Mapping[str, str]]) -> str | None:
    """Why a receipt proves nothing (`incomplete`, `unknown_key`, `bad_signature`), or None where it does.

    `keys` are key documents. Whether the id and the hash are those of the thing in hand is the caller's
    question.
    """
    if any(not isinstance(receipt.get(part), str) for part in (*PARTS, "signature")):
        return "incomplete"
    known = {key["id"]: key["public_key"] for key in keys}
    if receipt["key_id"] not in known:
        return "unknown_key"
    public = Ed25519PublicKey.from_public_bytes(decode(known[receipt["key_id"]]))
    try:
        public.verify(decode(receipt["signature"]), signed_bytes(receipt))
    except (InvalidSignature, ValueError):
        return "bad_signature"
    return None
