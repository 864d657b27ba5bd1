"""The office's key: phones encrypt to it what they cannot send.

Made by `xunjian office-key`. The private half is a PEM file that the office keeps (`VAR/keys/office.pem`
where it is to be read by the office's own screen); the public half lies in the database and travels to
every phone with its session, the newest one only.
"""

from __future__ import annotations

import hashlib
import os
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from server.core.config import Settings
from server.core.db import db
from server.core.receipts import encode

ALGORITHM = "ECDH-P256"


class OfficeKey(db.Model):  # type: ignore[name-defined, misc]
    """A public key of the office, an uncompressed P-256 point. Old rows stay: files to them may come late."""

    __tablename__ = "office_key"

    id: Mapped[str] = mapped_column(primary_key=True)
    public_key: Mapped[bytes]
    made_at: Mapped[datetime]


def make(session: Session, path: Path, now: datetime) -> str:
    """Write a new private key to `path` (0600; raises `FileExistsError`), announce it; returns its id."""
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    row = OfficeKey(id=hashlib.sha256(point).hexdigest()[:16], public_key=point, made_at=now)
    session.add(row)
    session.flush()
    return row.id


def load(path: Path) -> ec.EllipticCurvePrivateKey:
    """The private key in a PEM file. Raises `ValueError` for anything else than a P-256 key."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except TypeError as error:
        raise ValueError("the key is encrypted") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("not a P-256 key")
    return key


def newest(session: Session) -> dict[str, str] | None:
    """The key that phones use (`id`, `algorithm`, `public_key` base64url); None where none was made."""
    row = session.scalars(sa.select(OfficeKey).order_by(OfficeKey.made_at.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    return {"id": row.id, "algorithm": ALGORITHM, "public_key": encode(row.public_key)}


def place(settings: Settings) -> Path:
    """Where this deployment's own private key lies, if it keeps one."""
    return settings.var / "keys" / "office.pem"


def load_for(
    settings: Settings, given: str | None, passphrase: str | None
) -> ec.EllipticCurvePrivateKey | None:
    """The key in the file `given`, else the deployment's own; None where there is none or words are used."""
    if given is not None:
        return load(Path(given))
    own = place(settings)
    return load(own) if passphrase is None and own.is_file() else None
