"""What services may ask of the running house without knowing HTTP: its settings and its storage."""

from __future__ import annotations

from flask import current_app

from server.core.config import Settings
from server.core.receipt_keys import keyring
from server.core.receipts import Signer
from server.core.storage import Storage


def settings() -> Settings:
    """The settings of the current app."""
    found: Settings = current_app.extensions["settings"]
    return found


def storage() -> Storage:
    """The object store of the current app."""
    found: Storage = current_app.extensions["storage"]
    return found


def receipts() -> Signer:
    """What signs the receipts of the current app."""
    return keyring().signer
