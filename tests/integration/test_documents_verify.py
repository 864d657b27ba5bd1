"""A file in a stranger's hand: the operator's command, the public page, the look-up by fingerprint."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from flask import Flask

from server.cli import main
from server.core.config import Settings
from server.core.db import new_id
from server.documents import signing
from server.documents.paper import render
from server.documents.paper.sample import sample_document
from server.documents.remote_signing import CannotSign
from tests.factories.actors import Actor

Live = tuple[Flask, Callable[[str], Actor]]


def _issue(cast: Callable[[str], Actor]) -> tuple[Actor, dict[str, Any], bytes]:
    finding_id = cast("inspector_chen").finds("FP-03")
    he = cast("supervisor_he")
    he.does("confirm_finding", finding_id=str(finding_id))
    notice_id = str(new_id())
    he.does("issue_notice", notice_id=notice_id, items=[{"finding_id": str(finding_id)}])
    notice: dict[str, Any] = he.get(f"/api/notices/{notice_id}").get_json()
    return he, notice, he.get(f"/api/notices/{notice_id}/document").data


def test_the_command_tells_whole_altered_voided_and_foreign_apart(live: Live, tmp_path: Path) -> None:
    app, cast = live
    he, notice, content = _issue(cast)
    environment = {
        "DATABASE_URL": app.extensions["settings"].database_url,
        "VAR": str(app.extensions["settings"].var),
    }

    def verify(data: bytes) -> tuple[int, str]:
        file = tmp_path / "paper.pdf"
        file.write_bytes(data)
        done = CliRunner().invoke(main, ["verify-document", str(file)], env=environment)
        return done.exit_code, done.output

    code, said = verify(content)
    assert code == 0, said
    for words in (notice["number"], "in force", "signature   valid", "(trusted)", "not altered"):
        assert words in said, said
    flipped = bytearray(content)
    flipped[len(content) // 2] ^= 1
    code, said = verify(bytes(flipped))
    assert code == 1 and "NOT what was issued" in said and "BROKEN" in said and notice["number"] in said
    he.does("void_notice", notice_id=notice["id"], reason="误发")
    code, said = verify(content)
    assert code == 1 and "voided: 误发" in said and "not altered" in said
    code, said = verify(render(sample_document(0)))
    assert code == 1 and "signature   none" in said and "NOT what was issued" in said
    code, said = verify(b"no pdf at all")
    assert code == 1 and "none: no document of this register" in said


def test_the_public_page_finds_a_file_by_its_fingerprint_alone(cast: Callable[[str], Actor]) -> None:
    he, notice, content = _issue(cast)
    digest = hashlib.sha256(content).hexdigest()
    page = he.client.get("/v/" + notice["verify_url"].rpartition("/")[2]).get_data(as_text=True)
    assert f'data-hashes="{digest}' in page and "现行有效" in page and 'src="/v/static/verify.js"' in page
    assert "巡检系统自制证书" in page
    stranger = he.app.test_client()
    with stranger.get("/v/static/verify.js") as script:
        assert b"crypto.subtle.digest" in script.data
    assert stranger.get("/v/").status_code == 200
    found = stranger.get(f"/v/hash/{digest}").get_json()
    assert (found["number"], found["state"]) == (notice["number"], "in_force")
    for unknown in ("0" * 64, "z" * 64):
        assert stranger.get(f"/v/hash/{unknown}").status_code == 404
    assert stranger.get("/v/nothing").status_code == 404


def test_a_key_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    signing._local.cache_clear()
    first = signing._local(tmp_path / "keys")
    signing._local.cache_clear()
    again = signing._local(tmp_path / "keys")
    assert first.credential.certificate == again.credential.certificate
    assert oct((tmp_path / "keys").stat().st_mode)[-3:] == "700"
    assert oct((tmp_path / "keys" / "seal.pem").stat().st_mode)[-3:] == "600"


def test_a_body_of_certification_signs_by_its_own_file(tmp_path: Path) -> None:
    made = signing._local(tmp_path / "made").credential
    path = tmp_path / "office.p12"
    path.write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"office",
            made.key,
            made.certificate,
            None,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    settings = Settings(var=tmp_path, signer_pkcs12=path, signer_password="secret")
    signed = signing.of_settings(settings).sign(render(sample_document(0)), datetime.now(UTC), "某局")
    assert signing.verify(signed, settings).trusted
    foreign = signing.verify(signed, Settings(var=tmp_path))
    assert foreign.intact and not foreign.trusted
    with pytest.raises(CannotSign):
        signing.of_settings(Settings(var=tmp_path, signer_pkcs12=path, signer_password="wrong"))


def test_a_signed_file_still_calls_itself_pdf_a_and_keeps_its_first_bytes(tmp_path: Path) -> None:
    plain = render(sample_document(1))
    signed = signing._local(tmp_path / "keys").sign(plain, datetime.now(UTC), "某局")
    assert signed.startswith(plain)
    assert b"<pdfaid:part>3</pdfaid:part>" in signed
    added = signed[len(plain) :]
    assert b"/ETSI.CAdES.detached" in added and b"/Font" not in added
    assert b"/F 132" in added or b"/F 4" in added, "the widget is printable and not hidden"
