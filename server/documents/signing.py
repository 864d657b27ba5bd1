"""Signatures over stored documents: PAdES by a key of ours, or by one that a certification body gave.

1. A signature is an incremental update: the bytes that typst wrote stay, PDF/A-3b stays PDF/A-3b (the
   widget is of zero size, printable, and the file gets no new font or colour).
2. Without configuration a key is made in VAR/keys at first use, with a certificate that says who signs with
   it and that it is self-made. That shows alterations; it is no 可靠的电子签名 in the sense of 电子签名法 13,
   for which an operator names a PKCS#12 file of a licensed body (`XUNJIAN_SIGNER_PKCS12`).
3. Or the body keeps the key and signs by itself (`XUNJIAN_SIGNER_SERVICE`, `remote_signing.py`).
4. The private key is parsed once. pyHanko's own signer parses it for each document, and the check of an RSA
   key costs more than all the rest (60 of 76 ms).
"""

from __future__ import annotations

import io
import os
import tempfile
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from asn1crypto import algos, cms, parser
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from server.core.config import Settings
from server.documents.remote_signing import FIELD, CannotSign, RemoteSigner, Service

RESERVED = 16384
"""Hexadecimal digits kept free for the signature; pyHanko would sign twice to find out how many it needs."""
_YEARS = 10


class Signer(Protocol):
    """What signs: bytes of a PDF in, bytes of the signed PDF out."""

    @property
    def subject(self) -> str:
        """Whom the certificate names."""

    def sign(self, pdf: bytes, at: datetime, location: str) -> bytes:
        """The same file with a PAdES signature appended. Raises `CannotSign`."""

    def turn(self) -> AbstractContextManager[None]:
        """Held around number and signature. Raises `CannotSign` where a signature need not be tried now."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A private key, its certificate and the chain above it (DER certificates)."""

    key: Any
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()


class _Pen(signers.Signer):
    """pyHanko's signer around a key that is already parsed."""

    def __init__(self, credential: Credential) -> None:
        self._key = credential.key
        self._constant: list[bytes] | None = None
        own = _asn1(credential.certificate)
        store: Any = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        store.register_multiple([own, *map(_asn1, credential.chain)])
        mechanism = "sha256_ecdsa" if isinstance(credential.key, ec.EllipticCurvePrivateKey) else "sha256_rsa"
        super().__init__(
            signing_cert=own,
            cert_registry=store,
            signature_mechanism=algos.SignedDigestAlgorithm({"algorithm": mechanism}),
        )

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            signed: bytes = self._key.sign(data, ec.ECDSA(hashes.SHA256()))
        else:
            signed = self._key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return signed

    async def signed_attrs(self, data_digest: bytes, *args: Any, **more: Any) -> cms.CMSAttributes:
        """What is signed: the hash of the document, and what is the same for all documents.

        The latter is put together once and kept as bytes. asn1crypto encodes an object that was put together
        anew, with all that it holds, each time somebody looks at it: 6 of 11 ms a signature.
        """
        if self._constant is None:
            whole = await super().signed_attrs(data_digest, *args, **more)
            self._constant = [one.dump() for one in whole if one["type"].native != "message_digest"]
        digest = cms.CMSAttribute({"type": "message_digest", "values": [data_digest]}).dump()
        parts = b"".join(sorted([*self._constant, digest]))  # DER: a SET OF is in the order of its bytes
        return cms.CMSAttributes.load(parser.emit(0, 1, 17, parts))


class PadesSigner:
    """PAdES-B-B with a key in memory."""

    def __init__(self, credential: Credential) -> None:
        if not isinstance(credential.key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise CannotSign("the key must be RSA or an elliptic curve")
        self.credential = credential
        self._pen = _Pen(credential)

    @property
    def subject(self) -> str:
        names = self.credential.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(names[0].value) if names else self.credential.certificate.subject.rfc4514_string()

    def sign(self, pdf: bytes, at: datetime, location: str) -> bytes:
        metadata = signers.PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            subfilter=fields.SigSeedSubFilter.PADES,
            location=location,
        )
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        signed: bytes = signers.sign_pdf(
            writer, metadata, signer=self._pen, bytes_reserved=RESERVED
        ).getvalue()
        return signed

    def turn(self) -> AbstractContextManager[None]:
        return nullcontext()


def of_settings(settings: Settings) -> Signer:
    """The signer of a deployment, kept in memory: a service, a file, or our own key. Raises `CannotSign`."""
    if settings.signer_service is not None:
        return _remote(
            Service(
                settings.signer_service,
                settings.signer_credential or "",
                settings.signer_token,
                settings.signer_pin,
                settings.signer_roots,
            )
        )
    if settings.signer_pkcs12 is not None:
        return _from_pkcs12(settings.signer_pkcs12, settings.signer_password or "")
    return _local(settings.var.resolve() / "keys")


def trusted(settings: Settings) -> list[x509.Certificate]:
    """The certificates at the top of our own signatures' chains."""
    signer = of_settings(settings)
    if isinstance(signer, RemoteSigner):
        return signer.roots()
    assert isinstance(signer, PadesSigner)
    return [*signer.credential.chain[-1:]] or [signer.credential.certificate]


@lru_cache(maxsize=8)
def _remote(service: Service) -> RemoteSigner:
    return RemoteSigner(service)


@lru_cache(maxsize=8)
def _from_pkcs12(path: Path, password: str) -> PadesSigner:
    try:
        key, certificate, chain = pkcs12.load_key_and_certificates(path.read_bytes(), password.encode())
    except (OSError, ValueError) as error:
        raise CannotSign(f"{path}: {error}") from error
    if key is None or certificate is None:
        raise CannotSign(f"{path} holds no key with a certificate")
    return PadesSigner(Credential(key, certificate, tuple(chain)))


@lru_cache(maxsize=8)
def _local(folder: Path) -> PadesSigner:
    """The key in `folder`, made there at first use; two processes that make one agree on the first."""
    path = folder / "seal.pem"
    try:
        if not path.is_file():
            _make(path)
        text = path.read_bytes()
    except OSError as error:
        raise CannotSign(str(error)) from error
    key = serialization.load_pem_private_key(text, None)
    return PadesSigner(Credential(key, x509.load_pem_x509_certificate(text)))


def _make(path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Xunjian"),
            x509.NameAttribute(NameOID.COMMON_NAME, "巡检系统自制证书"),
        ]
    )
    now = datetime.now(UTC)
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=800))  # a demo's documents are older than its key
        .not_valid_after(now + timedelta(days=365 * _YEARS))
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(pem + certificate.public_bytes(serialization.Encoding.PEM))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass  # another process was first, and its key is the one
    finally:
        os.unlink(temporary)


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


@dataclass(frozen=True, slots=True)
class Verdict:
    """`signed`: there is a signature; `intact`: it covers the whole file and the bytes are as signed;
    `trusted`: its certificate is ours or of our certification body; `subject`, `at`: who and when."""

    signed: bool
    intact: bool
    trusted: bool
    subject: str = ""
    at: datetime | None = None


UNSIGNED = Verdict(False, False, False)


def verify(pdf: bytes, settings: Settings) -> Verdict:
    """Check the last signature of a PDF without asking anybody over the network."""
    try:
        reader = PdfFileReader(io.BytesIO(pdf))
        embedded = reader.embedded_signatures
        if not embedded:
            return UNSIGNED
        last = embedded[-1]
        roots = [_asn1(certificate) for certificate in trusted(settings)]
        context = ValidationContext(trust_roots=roots, allow_fetching=False)
        status = validate_pdf_signature(last, context)
    except (PdfError, SignatureValidationError, ValueError, LookupError, TypeError, AttributeError):
        return Verdict(b"/ByteRange" in pdf, False, False)
    intact = status.intact and status.valid and status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    return Verdict(True, intact, status.trusted, _name_of(status.signing_cert), status.signer_reported_dt)


def number_in(pdf: bytes) -> str:
    """The number that a file's own title names, "" where it names none: for files that were altered."""
    try:
        title = PdfFileReader(io.BytesIO(pdf)).trailer_view["/Info"]["/Title"]
        return str(title).partition(" ")[2]
    except (PdfError, ValueError, LookupError, TypeError, AttributeError):
        return ""


def _name_of(certificate: asn1_x509.Certificate) -> str:
    return str(certificate.subject.native.get("common_name", certificate.subject.human_friendly))
