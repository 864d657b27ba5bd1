"""A bare WSGI program that does what no product can do without: read the bytes, hash them, make two files
durable under their hash, and write one transaction. No sign-in, rights, validation, ledger, idempotence.

It speaks the product's own three requests, so that both are asked by the same phones.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

import psycopg
import uuid_utils

_LOCAL = threading.local()
_FOLDER = os.environ.get("SINK_FOLDER", "")
TABLES = """
CREATE TABLE sink_finding (id uuid PRIMARY KEY, compound_id uuid, firm_id uuid, item_code text, path ltree,
    received_at timestamptz, state text, body jsonb, position geometry(POINT, 4326));
CREATE INDEX ON sink_finding USING gist (position);
CREATE INDEX ON sink_finding (compound_id, item_code, received_at);
CREATE INDEX ON sink_finding (firm_id, received_at);
CREATE INDEX ON sink_finding (received_at, id);
CREATE INDEX ON sink_finding (state);
CREATE TABLE sink_photo (id uuid PRIMARY KEY, case_id uuid, sha256 bytea, size int);
CREATE INDEX ON sink_photo (case_id);
CREATE INDEX ON sink_photo (sha256);
"""
"""As many indexes as a finding with photos needs: one GiST and seven b-trees beside the keys."""

FINDING = """INSERT INTO sink_finding VALUES (%(id)s, %(compound)s, NULL, 'FP-02', '9999.1', now(),
    'submitted', %(body)s, ST_SetSRID(ST_MakePoint(119.6, 38.9), 4326))"""
PHOTO = "INSERT INTO sink_photo VALUES (%(id)s, %(case)s, %(sha256)s, 400000)"


def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """POST: one transaction with a finding and two photos. PATCH: one durable file. GET: 200."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if length else b""
    if environ["REQUEST_METHOD"] == "POST":
        _write_rows(json.loads(body))
    elif environ["REQUEST_METHOD"] == "PATCH":
        write_file(_FOLDER, body)
    start("200 OK", [("Content-Type", "application/json"), ("Content-Length", "2")])
    return [b"{}"]


def write_file(folder: str, data: bytes) -> None:
    """A file under the hash of its bytes that survives a power cut."""
    with open(os.path.join(folder, hashlib.sha256(data).hexdigest()), "wb", buffering=0) as file:
        file.write(data)
        os.fsync(file.fileno())
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(handle)
    os.close(handle)


def _write_rows(request: dict[str, Any]) -> None:
    connection = getattr(_LOCAL, "connection", None)
    if connection is None:
        connection = _LOCAL.connection = psycopg.connect(os.environ["SINK_DSN"], autocommit=True)
    finding = request["commands"][0]["body"]
    with connection.transaction():
        row = {"id": finding["finding_id"], "compound": finding["compound_id"], "body": json.dumps(finding)}
        connection.execute(FINDING, row)
        for photo in finding["photos"]:
            sha256 = bytes.fromhex(photo["sha256"])
            connection.execute(
                PHOTO, {"id": str(uuid_utils.uuid7()), "case": finding["finding_id"], "sha256": sha256}
            )
