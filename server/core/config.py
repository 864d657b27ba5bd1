"""Settings, read once from the environment by the composition root.

Names are the ones an operator types: `DATABASE_URL`, `VAR`, `PORT`, `HOST` bare, everything else
with the prefix `XUNJIAN_`. A default that would be dangerous in production is refused there by
`Settings.check_production`, because a warning at start is read by nobody.
"""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class InsecureSettings(Exception):
    """A production start was refused; the message is one line that says what to change."""


class Settings(BaseSettings):
    """All configuration. Sizes in bytes, durations in the unit that the name says."""

    model_config = SettingsConfigDict(env_prefix="XUNJIAN_", extra="ignore", populate_by_name=True)

    environment: Literal["development", "production"] = "development"
    database_url: str | None = Field(default=None, validation_alias=AliasChoices("DATABASE_URL"))
    var: Path = Field(default=Path("var"), validation_alias=AliasChoices("VAR"))
    host: str = Field(default="127.0.0.1", validation_alias=AliasChoices("HOST"))
    port: int = Field(default=8000, validation_alias=AliasChoices("PORT"))
    public_origin: str | None = None
    """Origin that phones and QR codes use, e.g. `https://xunjian.example.gov.cn`."""

    web_root: Path | None = None
    """Folder of the built web app, where it is not the one beside this code."""

    storage: Literal["local", "s3"] = "local"
    s3_endpoint: str | None = None
    s3_bucket: str = "xunjian"
    s3_access_key: str | None = None
    s3_secret_key: str | None = None
    s3_region: str = "us-east-1"
    s3_checksums: Literal["when_supported", "when_required"] = "when_required"

    receipt_key: str | None = Field(default=None, validation_alias=AliasChoices("RECEIPT_KEY"))
    """PEM of the Ed25519 key that signs receipts; None: `VAR/keys/receipt.pem`, made at the first start."""

    session_days: int = 30
    sign_in_failures: int = 5
    sign_in_window_minutes: int = 15
    max_photo_bytes: int = 25 * 1024 * 1024
    max_photo_pixels: int = 60_000_000
    keep_originals: tuple[Literal["critical", "major", "general"], ...] = ("critical",)
    """Severities whose camera files go to the office as well, last and on Wi-Fi (JSON list). What an
    inspector drew on or blurred, and videos, go whatever stands here."""
    max_upload_chunk_bytes: int = 26 * 1024 * 1024
    max_outbox_file_bytes: int = 1024 * 1024 * 1024
    close_of_business: time = time(18, 0)
    duplicate_within_m: float = 30.0
    duplicate_within_days: int = 30
    relapse_within_days: int = 90
    """A hazard seen again so soon after its case was closed is a relapse (复发)."""
    link_secret: str | None = None
    """Signs one-time links; None: made once and kept in VAR. Several web nodes need the same one."""
    demo: bool = False
    """True in a deployment that carries the demo district; shows the banner 演示数据."""

    signer_pkcs12: Path | None = None
    """Key and certificate of a certification body for signing documents; without, a self-made key in VAR."""
    signer_password: str | None = None
    signer_service: str | None = None
    """Base address of a signing service of a certification body (CSC API): it keeps the key, not we."""
    signer_credential: str | None = None
    """Id of our key at the signing service."""
    signer_token: str | None = None
    """Bearer token for the signing service."""
    signer_pin: str | None = None
    """PIN that authorises each signature at the signing service."""
    signer_roots: Path | None = None
    """PEM with the root certificates of the signing service's body, against which documents are checked."""
    vapid_key: str | None = None
    """PEM of the web push key (P-256); without it one is made in `VAR/keys/`."""
    vapid_contact: str | None = None
    """`mailto:` or https address for the push services; `mail_from` where absent."""
    push_services: tuple[str, ...] = (
        "fcm.googleapis.com",
        "updates.push.services.mozilla.com",
        "web.push.apple.com",
        "*.push.apple.com",
        "*.notify.windows.com",
    )
    """Hosts of push services that may be called (JSON list); whole origins for relays of one's own."""
    basemaps: Path | None = None
    """Folder of the districts' base maps (`<code>.pmtiles`); `VAR/basemaps` where absent."""
    tianditu_key: str | None = None
    """Browser key (tk) of 天地图: its layers are then offered online beside the own map."""
    smtp_host: str | None = None
    smtp_port: int = 25
    smtp_security: Literal["none", "starttls", "tls"] = "none"
    smtp_user: str | None = None
    smtp_password: str | None = None
    mail_from: str = "xunjian@localhost.localdomain"
    sms_webhook: str | None = None
    """Address of the SMS gateway's webhook; messages are signed with `sms_secret`."""
    sms_secret: str | None = None

    db_pool_size: int = 16
    """Connections of one web process. All are kept: one opened for a moment's rush would cost 10 CPU ms."""

    @property
    def origin(self) -> str:
        """The public origin without a trailing slash; falls back to the listening address."""
        return (self.public_origin or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def secure(self) -> bool:
        """Whether browsers reach us by https, which decides the cookie's name and flags."""
        return self.origin.startswith("https://")

    def check_production(self) -> None:
        """Raise `InsecureSettings` where a production start would be unsafe."""
        if self.environment != "production":
            return
        if self.demo:
            raise InsecureSettings(
                "production refuses demo data: unset XUNJIAN_DEMO and use an empty database"
            )
        if not self.secure:
            raise InsecureSettings("production needs XUNJIAN_PUBLIC_ORIGIN=https://…")
        if self.sms_webhook and not (self.sms_secret and self.sms_webhook.startswith("https://")):
            raise InsecureSettings("an SMS webhook needs https and XUNJIAN_SMS_SECRET")
