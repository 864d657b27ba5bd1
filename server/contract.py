"""The files that bind server and web app, generated from the code and committed.

`openapi.json` describes the API, `rules.json` the transition tables, from which the app offers exactly
the legal actions while offline; `states.md` draws the same tables for people. `make check` fails when
one of them is stale.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from server.core.permissions import GRANTS
from server.findings import rules as findings
from server.notices import procedure_rules as procedure
from server.notices import rules as notices
from server.rounds import rules as rounds
from server.transfers import rules as transfers


def rules() -> dict[str, Any]:
    """The transition tables as JSON: states, and transitions with the permission each needs."""
    return {
        "finding": {
            "states": [state.value for state in findings.FindingState],
            "closed": sorted(state.value for state in findings.CLOSED_STATES),
            "progress": {state.value: findings.progress_of(state).value for state in findings.FindingState},
            "transitions": [
                {
                    "from": source.value,
                    "action": action.value,
                    "to": step.to.value,
                    "permission": step.permission,
                }
                for (source, action), step in findings.TRANSITIONS.items()
            ],
            "max_orders": findings.MAX_ORDERS,
        },
        "notice": {
            "states": [state.value for state in notices.NoticeState],
            "transitions": [
                {
                    "from": source.value,
                    "action": action.value,
                    "to": step.to.value if step.to else None,
                    "permission": step.permission,
                }
                for (source, action), step in notices.TRANSITIONS.items()
            ],
        },
        "response": _machine(procedure.RESPONSE_TRANSITIONS),
        "extension": _machine(procedure.EXTENSION_TRANSITIONS),
        "objection": _machine(procedure.OBJECTION_TRANSITIONS),
        "duty_report": _machine(procedure.DUTY_TRANSITIONS),
        "transfer": _machine(transfers.TRANSITIONS),
        "visit": {
            "states": [state.value for state in rounds.VisitState],
            "transitions": [
                {"from": source.value, "action": action.value, "to": target.value, "permission": "round:walk"}
                for (source, action), target in rounds.VISIT_TRANSITIONS.items()
            ],
        },
        "permissions": {
            permission.value: {role.value: predicate.__name__ for role, predicate in grants.items()}
            for permission, grants in GRANTS.items()
        },
    }


def _machine(table: Mapping[Any, Any]) -> dict[str, Any]:
    """A transition table whose targets are settled, as `rules` tells it."""
    states = dict.fromkeys(state.value for (source, _), step in table.items() for state in (source, step.to))
    return {
        "states": list(states),
        "transitions": [
            {"from": source.value, "action": action.value, "to": step.to.value, "permission": step.permission}
            for (source, action), step in table.items()
        ],
    }


def openapi() -> dict[str, Any]:
    """The API description of the application as it is wired."""
    from server.app import create_app
    from server.core.config import Settings

    app = create_app(Settings(database_url="postgresql:///unused"))
    with app.app_context():
        document: dict[str, Any] = app.test_client().get("/api/openapi.json").get_json()
    return document


TITLES = {
    "finding": "Finding 问题",
    "notice": "Notice 通知书",
    "response": "Response 回复",
    "extension": "Extension 延期",
    "objection": "Objection 异议",
    "duty_report": "Duty report 三联单",
    "transfer": "Transfer 移送",
    "visit": "Visit 到场",
}


def states() -> str:
    """The transition tables as Mermaid diagrams in a Markdown page."""
    lines = ["# States and who moves them", "", "Generated from the transition tables by `make contract`."]
    for name, title in TITLES.items():
        lines += ["", f"## {title}", "", "```mermaid", "stateDiagram-v2"]
        for step in rules()[name]["transitions"]:
            target = step["to"] or "by_its_items"
            lines.append(f"    {step['from']} --> {target}: {step['action']} ({step['permission']})")
        lines.append("```")
    return "\n".join(lines) + "\n"


def _texts() -> dict[str, str]:
    generated = {"rules.json": rules(), "openapi.json": openapi()}
    texts = {name: json.dumps(data, ensure_ascii=False, indent=1) + "\n" for name, data in generated.items()}
    return texts | {"states.md": states()}


def write(folder: Path) -> None:
    """Write the files into `folder`."""
    folder.mkdir(exist_ok=True)
    for name, text in _texts().items():
        (folder / name).write_text(text, encoding="utf-8")


def stale(folder: Path) -> list[str]:
    """Names of the files that are missing or differ from what the code says."""
    return [
        name
        for name, text in _texts().items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text
    ]
