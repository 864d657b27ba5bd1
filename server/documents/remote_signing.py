"""Signing at a body of certification over the CSC API (Cloud Signature Consortium, v1.0.4).

The key never leaves the body. What is sent is the SHA-256 of the signed attributes, so that nobody outside
learns what a notice says; what comes back is a raw signature, from which the CMS container of PAdES is built
here. The calls: `credentials/info` once a process; then for each document `credentials/authorize` with the
PIN, bound to the hash, and `signatures/signHash`. pyHanko speaks the protocol; this says to whom.

The number of a document is locked while its signature is awaited, so the wait is bounded three times: a
signature has `BUDGET_S` for all its calls; no more than `AT_ONCE` threads of a process are about it, that
the others have connections left; and after a failure nobody asks for `PAUSE_S`, so that whoever queued for
the number is refused at once instead of waiting in turn.
"""

from __future__ import annotations

import asyncio
import io
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp
from cryptography import x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.csc_signer import (
    CSCAuthorizationInfo,
    CSCAuthorizationManager,
    CSCCredentialInfo,
    CSCServiceSessionInfo,
    CSCSigner,
    fetch_certs_in_csc_credential,
)

T = TypeVar("T")
FIELD = "Seal"
BUDGET_S = 8
AT_ONCE = 4
TURN_S = 2.0
PAUSE_S = 30.0
RESERVED = 24576
"""Hexadecimal digits kept free: a chain of a body is longer than a certificate of our own."""


class CannotSign(RuntimeError):
    """Key, password, certificate or service do not serve; the message is for the operator."""


@dataclass(frozen=True, slots=True)
class Service:
    """Where our key is kept: base address, its id there, a bearer token, the PIN, roots to trust (PEM)."""

    url: str
    credential: str
    token: str | None = None
    pin: str | None = None
    roots: Path | None = None

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
            raise CannotSign(f"{self.url}: a PIN goes over https only")


class _Authorizer(CSCAuthorizationManager):
    """Asks for each signature by itself: the answer is good for this hash and no other."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        info: CSCServiceSessionInfo,
        known: CSCCredentialInfo,
        pin: str | None,
    ) -> None:
        super().__init__(info, known)
        self._session, self._pin = session, pin

    async def authorize_signature(self, hash_b64s: list[str]) -> CSCAuthorizationInfo:
        body = self.format_csc_auth_request(num_signatures=len(hash_b64s), pin=self._pin, hash_b64s=hash_b64s)
        url: str = self.csc_session_info.endpoint_url("credentials/authorize")  # type: ignore[no-untyped-call]
        timeout = aiohttp.ClientTimeout(total=BUDGET_S)
        async with self._session.post(
            url, headers=self.auth_headers, json=body, raise_for_status=True, timeout=timeout
        ) as answer:
            return self.parse_csc_auth_response(await answer.json())


class RemoteSigner:
    """PAdES-B-B with a key that somebody else keeps."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._info = CSCServiceSessionInfo(
            service_url=service.url.rstrip("/"), credential_id=service.credential, oauth_token=service.token
        )
        self._known: CSCCredentialInfo | None = None
        self._turns = threading.Semaphore(AT_ONCE)
        self._rests_until = 0.0

    @property
    def subject(self) -> str:
        """Whom the certificate names; asks the service the first time. Raises `CannotSign`."""
        known = self._known or self._ask(self._credential())
        return str(known.signing_cert.subject.native.get("common_name", ""))

    def roots(self) -> list[x509.Certificate]:
        """What our own signatures are checked against: the operator's file, for checking is done offline."""
        if self.service.roots is None:
            raise CannotSign("name the roots of the body of certification (XUNJIAN_SIGNER_ROOTS)")
        try:
            return x509.load_pem_x509_certificates(self.service.roots.read_bytes())
        except (OSError, ValueError) as error:
            raise CannotSign(f"{self.service.roots}: {error}") from error

    def sign(self, pdf: bytes, at: datetime, location: str) -> bytes:
        """The same file with a PAdES signature appended. Raises `CannotSign`."""
        return self._ask(self._sign(pdf, location))

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Taken before the number: raises `CannotSign` while the service rests or all turns are taken."""
        self._require_awake()
        if not self._turns.acquire(timeout=TURN_S):
            raise CannotSign("the signing service has more to do than it can")
        try:
            yield
        finally:
            self._turns.release()

    def _require_awake(self) -> None:
        if time.monotonic() < self._rests_until:
            raise CannotSign("the signing service has just failed and is left alone for a while")

    def _ask(self, work: Coroutine[Any, Any, T]) -> T:
        """One conversation within its budget; a failure of any kind sends everybody away for a while."""
        try:
            self._require_awake()
        except CannotSign:
            work.close()
            raise
        try:
            return _wait(asyncio.wait_for(work, BUDGET_S))
        except CannotSign:
            self._rests_until = time.monotonic() + PAUSE_S
            raise

    async def _credential(self) -> CSCCredentialInfo:
        if self._known is None:
            async with aiohttp.ClientSession() as session:
                self._known = await fetch_certs_in_csc_credential(session, self._info, timeout=BUDGET_S)
        return self._known

    async def _sign(self, pdf: bytes, location: str) -> bytes:
        known = await self._credential()
        metadata = signers.PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            subfilter=fields.SigSeedSubFilter.PADES,
            location=location,
        )
        async with aiohttp.ClientSession() as session:
            authorizer = _Authorizer(session, self._info, known, self.service.pin)
            pen = CSCSigner(session, authorizer, sign_timeout=BUDGET_S)
            signed = await signers.async_sign_pdf(
                IncrementalPdfFileWriter(io.BytesIO(pdf)), metadata, signer=pen, bytes_reserved=RESERVED
            )
        found: bytes = signed.getvalue()
        return found


def _wait(work: Coroutine[Any, Any, T]) -> T:
    """Run one conversation with the service to its end; every failure of it is `CannotSign`."""
    try:
        return asyncio.run(work)
    except (SigningError, aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise CannotSign(f"the signing service: {error}") from error
