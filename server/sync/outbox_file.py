"""Reads the encrypted file in which unsent work leaves a phone (docs/outbox-file.md).

One frame and one record are in memory at a time. Whoever calls decides what to do with the records that
came before a damage: each frame is sealed for itself, so what was read is genuine.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.core.receipts import decode
from server.sync import errors

MAGIC, VERSION = b"XJOUTBOX", 1
TAG, FRAME = 16, 262_144
LARGEST_HEADER = 65_536
LARGEST_RECORD = 64 * 1024 * 1024
MOST_ITERATIONS = 10_000_000
TYPES = {1: "manifest", 2: "command", 3: "photo", 4: "bytes", 5: "original", 127: "end"}
BINARY = frozenset({"bytes", "original"})


@dataclass(frozen=True, slots=True)
class Record:
    """One record: `json` for all but `bytes` and `original`, which have `data`."""

    kind: str
    json: dict[str, Any]
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Opener:
    """What opens a file: the words, or the office's private key (P-256)."""

    passphrase: str | None = None
    office: ec.EllipticCurvePrivateKey | None = None


def public_point(key: ec.EllipticCurvePublicKey) -> bytes:
    """The 65 bytes by which phones know the office's key."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def records(file: IO[bytes], opener: Opener) -> Iterator[Record]:
    """The records of a file in order, the manifest first and the end record last.

    Raises `NotOutboxFile` or `WrongKey` before the first record, and `Damaged` at the place where the file
    is cut or changed.
    """
    header, preamble = _header(file)
    try:
        secret = _secret(header, opener)
        prefix = decode(header["nonce_prefix"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise errors.NotOutboxFile() from error
    if secret is None or len(prefix) != 7:
        raise errors.WrongKey()
    yield from _parse(_frames(file, AESGCM(secret), prefix, hashlib.sha256(preamble).digest()))


def _header(file: IO[bytes]) -> tuple[dict[str, Any], bytes]:
    fixed = file.read(13)
    size = int.from_bytes(fixed[9:])
    if fixed[:8] != MAGIC or fixed[8:9] != bytes([VERSION]) or size > LARGEST_HEADER:
        raise errors.NotOutboxFile()
    text = file.read(size)
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise errors.NotOutboxFile() from error
    if not isinstance(header, dict) or header.get("format") != "xunjian-outbox":
        raise errors.NotOutboxFile()
    return header, fixed + text


def _secret(header: dict[str, Any], opener: Opener) -> bytes | None:
    """The file's key, from the first recipient that the opener fits; None where it fits none."""
    for recipient in header["recipients"]:
        key = _recipient_key(recipient, opener)
        if key is None:
            continue
        try:
            sealed = decode(recipient["wrapped_key"])
            return AESGCM(key).decrypt(decode(recipient["nonce"]), sealed, b"xunjian-outbox-key-1")
        except InvalidTag:
            continue
    return None


def _recipient_key(recipient: dict[str, Any], opener: Opener) -> bytes | None:
    if recipient["kind"] == "passphrase" and opener.passphrase is not None:
        iterations = int(recipient["iterations"])
        if not 1 <= iterations <= MOST_ITERATIONS:
            raise ValueError("iterations")
        words = unicodedata.normalize("NFC", opener.passphrase).encode()
        return PBKDF2HMAC(hashes.SHA256(), 32, decode(recipient["salt"]), iterations).derive(words)
    if recipient["kind"] == "office" and opener.office is not None:
        ephemeral = decode(recipient["ephemeral"])
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), ephemeral)
        shared = opener.office.exchange(ec.ECDH(), theirs)
        info = b"xunjian-outbox-office-1" + ephemeral + public_point(opener.office.public_key())
        return HKDF(hashes.SHA256(), 32, None, info).derive(shared)
    return None


def _frames(file: IO[bytes], cipher: AESGCM, prefix: bytes, aad: bytes) -> Iterator[bytes]:
    """Plain texts of the frames. The last one is known by the file's end and proven by its nonce."""
    head, number = file.read(4), 0
    while True:
        size = int.from_bytes(head)
        if len(head) != 4 or not TAG <= size <= FRAME + TAG:
            raise errors.Damaged(frame=number)
        box, head = file.read(size), file.read(4)
        nonce = prefix + number.to_bytes(4) + bytes([0 if head else 1])
        try:
            yield cipher.decrypt(nonce, box, aad)
        except InvalidTag as error:
            raise errors.Damaged(frame=number) from error
        if not head:
            return
        number += 1


def _parse(pieces: Iterator[bytes]) -> Iterator[Record]:
    rest, ended = bytearray(), False
    for piece in pieces:
        rest += piece
        while len(rest) >= 5:
            size = int.from_bytes(rest[1:5])
            if size > LARGEST_RECORD:
                raise errors.Damaged(record=size)
            if len(rest) < 5 + size:
                break
            kind, payload = TYPES.get(rest[0]), bytes(rest[5 : 5 + size])
            del rest[: 5 + size]
            if kind is not None:  # a type that a later version added is passed over
                ended = kind == "end"
                yield _record(kind, payload)
    if rest or not ended:
        raise errors.Damaged()


def _record(kind: str, payload: bytes) -> Record:
    if kind in BINARY:
        return Record(kind, {}, payload)
    try:
        content = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise errors.Damaged() from error
    if not isinstance(content, dict):
        raise errors.Damaged()
    return Record(kind, content)
