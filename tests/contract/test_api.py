"""The API against its own description: generated requests, every answer checked (schemathesis).

Each generated request is sent as several people in turn, since rights decide which branch answers; to think
one up takes far longer than to send it. A 5xx, an undocumented status, a body that does not fit its schema or
a wrong content type fails the test.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, settings
from openapi_spec_validator import validate
from schemathesis.specs.openapi.checks import positive_data_acceptance

from server.app import create_app
from server.contract import stale
from server.core.config import Settings
from server.findings.schemas import FindingSchema
from tests.factories.actors import Actor

ROOT = Path(__file__).resolve().parents[2]
WHO = ["supervisor_he", "inspector_chen", "firm_liu", "admin_gu"]

description = create_app(Settings(database_url="postgresql:///unused"))
schema = schemathesis.openapi.from_wsgi("/api/openapi.json", description)
# NUL in text is refused everywhere (tests/integration/test_sync.py); JSON Schema cannot say so in each place.
schema.config.generation.update(allow_x00=False)


def test_the_committed_contract_is_what_the_code_says() -> None:
    assert stale(ROOT / "contract") == []


def test_the_description_is_valid_openapi_3_1() -> None:
    document = json.loads((ROOT / "contract" / "openapi.json").read_text(encoding="utf-8"))
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_every_operation_says_what_it_does() -> None:
    document = json.loads((ROOT / "contract" / "openapi.json").read_text(encoding="utf-8"))
    silent = [
        f"{method} {path}"
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method != "parameters" and not operation.get("summary")
    ]
    assert silent == []


def test_every_command_kind_is_described() -> None:
    document = json.loads((ROOT / "contract" / "openapi.json").read_text(encoding="utf-8"))
    from server.sync.commands import KINDS

    assert set(document["components"]["schemas"]["Command"]["x-kinds"]) == set(KINDS)


def test_the_finding_document_has_no_field_of_its_own() -> None:
    document = json.loads((ROOT / "contract" / "openapi.json").read_text(encoding="utf-8"))
    assert set(document["components"]["schemas"]["Finding"]["properties"]) == set(FindingSchema().fields)


BEYOND = re.compile(
    r"/imports(/|$)|/subscriptions$|/local-days$|/escalation/(ladder|simulation)$"
    r"|/documents/(templates/|powers$)"
)
"""What no schema can say: that a file is a sheet of areas, an endpoint a known push service's, a day inside
the calendar, a ladder without contradictions, a phrase one that its type of document has, a power one of an
item or of a group."""


@schema.parametrize()
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
    ],
)
def test_answers_fit_the_description(case: Any, app: Flask, cast: Callable[[str], Actor]) -> None:
    case.operation.app = app
    excluded = [positive_data_acceptance] if BEYOND.search(case.path) else []
    for who in WHO:
        cookies = {"xunjian_session": cast(who).world.tokens[who]}
        case.call_and_validate(cookies=cookies, excluded_checks=excluded)
