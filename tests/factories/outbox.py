"""Outbox files as docs/outbox-file.md describes them, written independently of the app's own writer."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from server.core.receipts import encode
from tests.factories.actors import Actor, Shot

WORDS = "青禾 松涛 2026"
FRAME = 262_144


def record(kind: int, payload: dict[str, Any] | bytes) -> bytes:
    """One record of the plain text."""
    data = payload if isinstance(payload, bytes) else json.dumps(payload, ensure_ascii=False).encode()
    return bytes([kind]) + len(data).to_bytes(4) + data


def plain(
    actor: Actor, commands: list[dict[str, Any]], shots: list[Shot], device_id: str | None = None
) -> bytes:
    """The records of an export of `actor`'s phone. A shot without content was no longer on the phone,
    or, where it has an original, is signed for."""
    user = {"id": str(actor.user_id), "username": "x", "display_name": "x"}
    manifest = {
        "format": "xunjian-outbox", "version": 1, "created_at": "2026-11-20T04:12:09.120Z",
        "app_version": "2.0.0", "user": user, "device_id": device_id,
        "commands": len(commands), "photos": len(shots),
    }  # fmt: skip
    parts = [record(1, manifest)]
    parts += [record(2, command | {"title": command["kind"], "refused": None}) for command in commands]
    for shot in shots:
        known = {"receipt": {"kind": "photo"} if shot.original and not shot.content else None}
        parts.append(record(3, {"id": str(shot.id), "kind": shot.declaration["kind"]} | known))
        half = len(shot.content) // 2
        parts += [record(4, piece) for piece in (shot.content[:half], shot.content[half:]) if piece]
        half = len(shot.original) // 2
        parts += [record(5, piece) for piece in (shot.original[:half], shot.original[half:]) if piece]
    parts.append(record(99, b"of a later version"))
    parts.append(record(127, {"commands": len(commands), "photos": len(shots)}))
    return b"".join(parts)


def sealed(text: bytes, words: str = WORDS, frame: int = FRAME) -> bytes:
    """`text` in frames, locked with a passphrase."""
    secret, prefix, salt, nonce = os.urandom(32), os.urandom(7), os.urandom(16), os.urandom(12)
    key = PBKDF2HMAC(hashes.SHA256(), 32, salt, 1000).derive(words.encode())
    recipient = {
        "kind": "passphrase", "kdf": "PBKDF2-SHA256", "iterations": 1000, "salt": encode(salt),
        "nonce": encode(nonce),
        "wrapped_key": encode(AESGCM(key).encrypt(nonce, secret, b"xunjian-outbox-key-1")),
    }  # fmt: skip
    header = json.dumps(
        {
            "format": "xunjian-outbox", "version": 1, "created_at": "2026-11-20T04:12:09.120Z",
            "cipher": "AES-256-GCM", "frame": frame, "nonce_prefix": encode(prefix),
            "recipients": [recipient],
        }
    ).encode()  # fmt: skip
    head = b"XJOUTBOX\x01" + len(header).to_bytes(4) + header
    aad, out = hashlib.sha256(head).digest(), [head]
    pieces = [text[at : at + frame] for at in range(0, len(text), frame)]
    for number, piece in enumerate(pieces):
        last = bytes([number == len(pieces) - 1])
        box = AESGCM(secret).encrypt(prefix + number.to_bytes(4) + last, piece, aad)
        out.append(len(box).to_bytes(4) + box)
    return b"".join(out)
