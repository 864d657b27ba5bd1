"""The words of every type that an administrator may edit, and those that law fixes.

A phrase is a sentence with named blanks in braces. A locked one says what a law demands (the basis, the
remedies of 行政复议法 20 and 行政诉讼法 46, the right to be heard of 行政强制法 36): it is shown in the form
and refused when changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from server.documents.rules import DocumentType

_BLANK = re.compile(r"\{([a-z_]*)\}")
LONGEST = 600


@dataclass(frozen=True, slots=True)
class Phrase:
    """`label` and `label_en` name it in the form; `blanks` are the names that may stand in braces."""

    label: str
    label_en: str
    default: str
    locked: bool = False
    optional: bool = False

    @property
    def blanks(self) -> frozenset[str]:
        """Names in braces of the default; a changed sentence may leave out none of them and add none."""
        return frozenset(_BLANK.findall(self.default))


class BadWording(ValueError):
    """`key` is the phrase, `reason` one of unknown, locked, blanks, empty, long."""

    def __init__(self, key: str, reason: str) -> None:
        self.key, self.reason = key, reason
        super().__init__(f"{key}: {reason}")


def _load() -> dict[DocumentType, dict[str, Phrase]]:
    text = files("server.documents").joinpath("data/phrases.json").read_text(encoding="utf-8")
    return {
        DocumentType(document_type): {
            key: Phrase(
                raw["label"],
                raw["label_en"],
                raw["text"],
                raw.get("locked", False),
                raw.get("optional", False),
            )
            for key, raw in phrases.items()
        }
        for document_type, phrases in json.loads(text).items()
    }


PHRASES = _load()


def defaults(document_type: DocumentType) -> dict[str, str]:
    """The wording of a type before anybody edited it."""
    return {key: phrase.default for key, phrase in PHRASES[document_type].items()}


def complete(document_type: DocumentType, edited: Mapping[str, str]) -> dict[str, str]:
    """The wording in force: edited phrases over the defaults; locked ones are always the default."""
    known = PHRASES[document_type]
    own = {key: text for key, text in edited.items() if key in known and not known[key].locked}
    return defaults(document_type) | own


def check(document_type: DocumentType, edited: Mapping[str, str]) -> dict[str, str]:
    """What of `edited` differs from the defaults. Raises `BadWording`."""
    changed = {}
    for key, text in edited.items():
        phrase = PHRASES[document_type].get(key)
        if phrase is None:
            raise BadWording(key, "unknown")
        if text == phrase.default:
            continue
        if phrase.locked:
            raise BadWording(key, "locked")
        if not text.strip() and not phrase.optional:
            raise BadWording(key, "empty")
        if len(text) > LONGEST:
            raise BadWording(key, "long")
        if text.strip() and (
            sorted(_BLANK.findall(text)) != sorted(phrase.blanks) or "{" in _BLANK.sub("", text)
        ):
            raise BadWording(key, "blanks")
        changed[key] = text
    return changed


def fill(text: str, **values: str) -> str:
    """The sentence with its blanks filled; a value is never read for blanks itself."""
    return _BLANK.sub(lambda blank: values[blank.group(1)], text)
