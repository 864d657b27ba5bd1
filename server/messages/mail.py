"""E-mail by SMTP."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import urlsplit

from server.core.config import Settings
from server.messages.models import Message

TIMEOUT_SECONDS = 10


class MailRefused(Exception):
    """The mail server did not take it; the message says why."""


def send(settings: Settings, address: str, message: Message) -> None:
    """Send one message to one address. Raises `MailRefused`."""
    host = settings.smtp_host
    assert host is not None
    try:
        with _connect(settings, host) as server:
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password or "")
            server.send_message(_letter(settings, address, message))
    except (smtplib.SMTPException, OSError) as error:
        raise MailRefused(f"邮件服务器：{_words(error)}") from error


def _connect(settings: Settings, host: str) -> smtplib.SMTP:
    if settings.smtp_security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(host, settings.smtp_port, timeout=TIMEOUT_SECONDS, context=context)
    server = smtplib.SMTP(host, settings.smtp_port, timeout=TIMEOUT_SECONDS)
    if settings.smtp_security == "starttls":
        server.starttls(context=ssl.create_default_context())
    return server


def _letter(settings: Settings, address: str, message: Message) -> EmailMessage:
    letter = EmailMessage()
    letter["From"] = settings.mail_from
    letter["To"] = address
    letter["Subject"] = f"【巡检】{message.title}"
    letter["Date"] = message.created_at
    letter["Message-ID"] = f"<{message.id}@{urlsplit(settings.origin).hostname}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(f"{message.title}\n\n{message.body}\n\n{settings.origin}{message.link}\n")
    return letter


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {error.smtp_error!r}"
    return f"{type(error).__name__} {error}"
