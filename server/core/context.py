"""What services may ask of the running house without knowing HTTP: its settings and its storage."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from flask import current_app

from server.core.config import Settings
from server.core.receipt_keys import keyring
from server.core.receipts import Signer
from server.core.storage import Storage


def settings() -> Settings:
    """The settings of the current app."""
    found: Settings = current_app.extensions["settings"]
    return found


def link_key() -> bytes:
    """The key that signs one-time links: configured, or made at first use and kept in VAR."""
    configured = settings().link_secret
    if configured:
        return configured.encode()
    path = settings().var / "keys" / "links"
    if not path.exists():
        _make_key(path)
    return path.read_bytes()


def _make_key(path: Path) -> None:
    """Write a new key in one step, so that two processes that start together end with the same one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"links.{secrets.token_hex(4)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(32))
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()


def storage() -> Storage:
    """The object store of the current app."""
    found: Storage = current_app.extensions["storage"]
    return found


def receipts() -> Signer:
    """What signs the receipts of the current app."""
    return keyring().signer
