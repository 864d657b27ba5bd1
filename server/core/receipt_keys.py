"""The deployment's receipt key: where it lies, and which ones were ever used.

The private key comes from `RECEIPT_KEY` (PEM) or from `VAR/keys/receipt.pem`, which is made at the first
start and readable by its owner only. Public keys are remembered in the database before the first receipt
is given, so that receipts in phones stay verifiable after the key was changed. Several hosts share one
key, by the setting or by a shared file; a host with its own key would still be understood, since every
key is listed.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
import structlog
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from flask import Flask, current_app, request
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from server.core import clock
from server.core.config import InsecureSettings, Settings
from server.core.db import db
from server.core.own_transaction import own_transaction
from server.core.receipts import Signer, decode, key_document

log = structlog.get_logger()


class ReceiptKey(db.Model):  # type: ignore[name-defined, misc]
    """A public key that signs or has signed receipts here. Rows are never removed."""

    __tablename__ = "receipt_key"

    id: Mapped[str] = mapped_column(primary_key=True)
    public_key: Mapped[bytes]
    first_used_at: Mapped[datetime]


class Keyring:
    """The signing key of this process, read when first needed: `xunjian contract` has no use for one."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._signer: Signer | None = None
        self.remembered = False

    @property
    def signer(self) -> Signer:
        """Signs this deployment's receipts. Raises `InsecureSettings` for a key that is none."""
        if self._signer is None:
            self._signer = Signer(_private_key(self._settings))
        return self._signer


def _private_key(settings: Settings) -> Ed25519PrivateKey:
    pem = settings.receipt_key or _made_once(settings.var / "keys" / "receipt.pem")
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise InsecureSettings("the receipt key is no unencrypted PEM private key") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise InsecureSettings("the receipt key must be an Ed25519 key")
    return key


def _made_once(path: Path) -> str:
    """The PEM at `path`, made and reported where there is none; two processes at once get the same."""
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        pem = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        handle, name = tempfile.mkstemp(dir=path.parent)  # readable by the owner only
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(pem)
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(name, path)
                log.warning("receipt_key_made", path=str(path), hint="back it up with the database")
        finally:
            os.unlink(name)
    return path.read_text()


def keyring() -> Keyring:
    """The key of the current app."""
    found: Keyring = current_app.extensions["receipts"]
    return found


def public_keys(session: Session) -> list[dict[str, str]]:
    """Key documents, the one in use first, then the retired ones by age."""
    current = keyring().signer.document
    rows = session.scalars(sa.select(ReceiptKey).order_by(ReceiptKey.first_used_at, ReceiptKey.id))
    known = (key_document(Ed25519PublicKey.from_public_bytes(row.public_key)) for row in rows)
    return [current, *(document for document in known if document["id"] != current["id"])]


def _remember() -> None:
    """Before the first request of a process that stores anything: write the public key down."""
    ring = keyring()
    if ring.remembered or request.method in ("GET", "HEAD", "OPTIONS"):
        return
    document = ring.signer.document
    row = {"id": document["id"], "public_key": decode(document["public_key"]), "first_used_at": clock.now()}
    with own_transaction() as session:
        session.execute(insert(ReceiptKey).values(row).on_conflict_do_nothing())
    ring.remembered = True


def init_app(app: Flask, settings: Settings) -> None:
    """Give the app its keyring."""
    app.extensions["receipts"] = Keyring(settings)
    app.before_request(_remember)
