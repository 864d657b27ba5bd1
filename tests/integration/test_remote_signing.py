"""A certification body that keeps the key: a real server on loopback speaks the CSC API and signs hashes."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.x509.oid import NameOID
from flask import Flask

from server.core.config import Settings
from server.core.db import db
from server.core.identity import SYSTEM
from server.documents import errors, remote_signing, service, signing
from server.documents.paper import render
from server.documents.paper.sample import sample, sample_document
from server.documents.remote_signing import CannotSign, RemoteSigner
from server.documents.rules import DocumentType
from tests.factories.actors import Actor

Live = tuple[Flask, Callable[[str], Actor]]

TOKEN, PIN, CREDENTIAL = "t0ken", "246810", "office-7"
RSA_SHA256 = "1.2.840.113549.1.1.11"
NAME = "澄湖区住房和城乡建设局电子印章"


def _certificate(
    name: str, key: rsa.RSAPrivateKey, issuer: tuple[x509.Name, rsa.RSAPrivateKey] | None
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    by, by_key = issuer or (subject, key)
    now = datetime.now(UTC)
    usage = x509.KeyUsage(issuer is not None, issuer is not None, *[False] * 3, not issuer, *[False] * 3)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(by_key, hashes.SHA256())
    )


class Body:
    """The body: a root, a key of ours under it, and the three calls. It refuses what a real one refuses."""

    def __init__(self) -> None:
        self.root_key, self.key = (rsa.generate_private_key(65537, 2048) for _ in range(2))
        self.root = _certificate("某电子认证服务机构", self.root_key, None)
        self.own = _certificate(NAME, self.key, (self.root.subject, self.root_key))
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.allowed: dict[str, list[str]] = {}
        self.broken = False
        self.wait = threading.Event()
        self.wait.set()
        body = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, answer = body.answer(self.path, self.headers.get("Authorization"), asked)
                said = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        keep = {"target": self.server.serve_forever, "kwargs": {"poll_interval": 0.02}, "daemon": True}
        threading.Thread(**keep).start()  # type: ignore[arg-type]

    def answer(self, path: str, bearer: str | None, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.heard.append((path.removeprefix("/csc/v1/"), asked))
        self.wait.wait(20)
        if bearer != f"Bearer {TOKEN}" or asked.get("credentialID") != CREDENTIAL:
            return 401, {"error": "invalid_token"}
        match path:
            case "/csc/v1/credentials/info":
                chain = [self.own, self.root]
                der = [base64.b64encode(c.public_bytes(serialization.Encoding.DER)).decode() for c in chain]
                key = {"status": "enabled", "algo": [RSA_SHA256], "len": 2048}
                return 200, {"key": key, "cert": {"certificates": der}, "multisign": 1, "SCAL": "2"}
            case "/csc/v1/credentials/authorize":
                if asked.get("PIN") != PIN:
                    return 400, {"error": "invalid_pin"}
                self.allowed["sad"] = asked["hash"]
                return 200, {"SAD": "sad", "expiresIn": 60}
            case _:
                if self.allowed.pop(asked["SAD"], None) != asked["hash"]:
                    return 400, {"error": "invalid_sad"}
                digest = base64.b64decode(asked["hash"][0])
                signed = self.key.sign(digest, padding.PKCS1v15(), Prehashed(hashes.SHA256()))
                found = "" if self.broken else base64.b64encode(signed).decode()
                return 200, {"signatures": [found] if found else []}

    def settings(self, var: Path, **more: Any) -> Settings:
        roots = var / "roots.pem"
        roots.write_bytes(self.root.public_bytes(serialization.Encoding.PEM))
        told = {"signer_credential": CREDENTIAL, "signer_token": TOKEN, "signer_pin": PIN}
        return Settings(var=var, **({"signer_service": self.url, "signer_roots": roots} | told | more))


@pytest.fixture
def body() -> Iterator[Body]:
    made = Body()
    yield made
    made.wait.set()
    made.server.shutdown()
    made.server.server_close()


def test_a_body_that_keeps_the_key_signs_and_sees_no_word(tmp_path: Path, body: Body) -> None:
    settings, plain = body.settings(tmp_path), render(sample_document(0))
    signer = signing.of_settings(settings)
    signed = signer.sign(plain, datetime.now(UTC), "某局")
    assert signer.subject == NAME
    assert signed.startswith(plain) and b"/ETSI.CAdES.detached" in signed[len(plain) :]
    verdict = signing.verify(signed, settings)
    assert (verdict.signed, verdict.intact, verdict.trusted, verdict.subject) == (True, True, True, NAME)
    assert [path for path, _ in body.heard] == [
        "credentials/info",
        "credentials/authorize",
        "signatures/signHash",
    ]
    [sent] = body.heard[2][1]["hash"]
    assert len(base64.b64decode(sent)) == hashlib.sha256().digest_size
    altered = signed[:1000] + bytes([signed[1000] ^ 1]) + signed[1001:]
    assert not signing.verify(altered, settings).intact
    foreign = signing.verify(signed, Settings(var=tmp_path))
    assert foreign.intact and not foreign.trusted


def test_the_certificate_is_asked_for_once_and_each_document_authorised(tmp_path: Path, body: Body) -> None:
    signer, plain = signing.of_settings(body.settings(tmp_path)), render(sample_document(0))
    for _ in range(2):
        signer.sign(plain, datetime.now(UTC), "某局")
    assert [path for path, _ in body.heard].count("credentials/info") == 1
    asked = [told["hash"] for path, told in body.heard if path == "credentials/authorize"]
    assert len(asked) == 2 and asked[0] != asked[1]


@pytest.mark.parametrize("wrong", [{"signer_pin": "0"}, {"signer_token": "x"}, {"signer_credential": "y"}])
def test_a_refusal_is_told_to_the_operator(tmp_path: Path, body: Body, wrong: dict[str, str]) -> None:
    signer = signing.of_settings(body.settings(tmp_path, **wrong))
    with pytest.raises(CannotSign):
        signer.sign(render(sample_document(0)), datetime.now(UTC), "某局")


def test_a_service_that_is_gone_or_confused_signs_nothing(tmp_path: Path, body: Body) -> None:
    signer = signing.of_settings(body.settings(tmp_path))
    body.broken = True
    with pytest.raises(CannotSign):
        signer.sign(render(sample_document(0)), datetime.now(UTC), "某局")
    nobody = body.settings(tmp_path, signer_service="http://127.0.0.1:9")
    with pytest.raises(CannotSign):
        signing.of_settings(nobody).sign(render(sample_document(0)), datetime.now(UTC), "某局")


def test_a_pin_is_sent_over_https_only(tmp_path: Path, body: Body) -> None:
    with pytest.raises(CannotSign, match="https"):
        signing.of_settings(body.settings(tmp_path, signer_service="http://sign.example"))


def test_a_slow_service_holds_nobody_up_and_costs_no_number(
    live: Live, tmp_path: Path, body: Body, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve issuers of one series while the service hangs: all are told within two budgets, no number is
    gone, who signs nothing is not kept waiting; and when it answers again, the next number follows."""
    monkeypatch.setattr(remote_signing, "BUDGET_S", 1)
    monkeypatch.setattr(remote_signing, "PAUSE_S", 3600.0)
    app, cast = live
    xu = cast("supervisor_xu")
    app.extensions["settings"] = app.extensions["settings"].model_copy(
        update={"signer_service": body.url, "signer_credential": CREDENTIAL}
        | {"signer_token": TOKEN, "signer_pin": PIN}
    )
    bureau = xu.world.organisations["澄湖区住房和城乡建设局"]
    with app.app_context():
        signer = signing.of_settings(app.extensions["settings"])
    assert isinstance(signer, RemoteSigner) and signer.subject == NAME

    def issue(n: int) -> tuple[str, float]:
        began = time.monotonic()
        with app.app_context():
            try:
                facts = sample(DocumentType.N5, 0).facts
                found = service.issue(db.session(), SYSTEM, bureau, facts, xu.now(), path=None)
                db.session.commit()
                return found.number, time.monotonic() - began
            except errors.SignatureFailed:
                db.session.rollback()
                return "", time.monotonic() - began

    assert issue(0)[0] == "澄住建物约〔2026〕第1号"
    body.wait.clear()
    heard = len(body.heard)
    with ThreadPoolExecutor(12) as pool:
        waiting = [pool.submit(issue, n) for n in range(12)]
        began = time.monotonic()
        assert cast("supervisor_he").get("/api/notices").status_code == 200
        reading = time.monotonic() - began
        told = [one.result() for one in waiting]
    assert {number for number, _ in told} == {""}
    assert len(body.heard) - heard == 1, "one asks, the others are sent away"
    assert max(took for _, took in told) < 6 and reading < 6
    body.wait.set()
    assert issue(1)[0] == "" and len(body.heard) - heard == 1, "still resting"
    signer._rests_until = 0.0
    assert issue(2)[0] == "澄住建物约〔2026〕第2号"


def test_too_many_at_once_are_refused_instead_of_queued(tmp_path: Path, body: Body) -> None:
    signer = signing.of_settings(body.settings(tmp_path))
    with ExitStack() as held:
        for _ in range(remote_signing.AT_ONCE):
            held.enter_context(signer.turn())
        with pytest.raises(CannotSign, match="more to do"), signer.turn():
            pass
    with signer.turn():
        assert signer.sign(render(sample_document(0)), datetime.now(UTC), "某局")
