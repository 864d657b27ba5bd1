"""Which object store this deployment has."""

from __future__ import annotations

from server.core.config import Settings
from server.core.storage import Storage
from server.core.storage_local import LocalStorage


def from_settings(settings: Settings) -> Storage:
    """The store that the settings name. `local` lies in VAR/storage."""
    if settings.storage == "s3":
        from server.core.storage_s3 import S3Storage  # loads boto3, for which a local store need not wait

        return S3Storage(settings)
    return LocalStorage(settings.var / "storage")
