"""Papers for tests: a sample with some fields changed, wherever on cover or facts they are."""

from __future__ import annotations

import dataclasses
from typing import Any

from server.documents.paper import Paper


def change(sheet: Paper, **changes: Any) -> Paper:
    """The paper with these fields of its cover or its facts."""
    names = {field.name for field in dataclasses.fields(sheet.cover)}
    cover = {name: value for name, value in changes.items() if name in names}
    facts = {name: value for name, value in changes.items() if name not in names}
    return Paper(dataclasses.replace(sheet.cover, **cover), dataclasses.replace(sheet.facts, **facts))
