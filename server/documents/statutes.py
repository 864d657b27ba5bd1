"""Which text of a statute was in force on a day: 《中华人民共和国消防法》（2021年修正）.

The data are `data/statutes.json`; a statute that is not listed, or a day before the first listed text, is
printed without an edition rather than with a wrong one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files

_NAMED = re.compile(r"《([^《》]+)》")
Editions = Mapping[str, Sequence[tuple[date, str]]]


@cache
def editions() -> Editions:
    """The packaged editions, oldest first, by full name."""
    text = files("server.documents").joinpath("data/statutes.json").read_text(encoding="utf-8")
    return {
        name: sorted((date.fromisoformat(each["from"]), each["label"]) for each in texts)
        for name, texts in json.loads(text)["statutes"].items()
    }


def edition_on(name: str, day: date, known: Editions | None = None) -> str:
    """The label of the text in force on `day`, "" where none is known."""
    texts = (known if known is not None else editions()).get(name, ())
    return next((label for start, label in reversed(texts) if start <= day), "")


def with_editions(text: str, day: date, known: Editions | None = None) -> str:
    """A basis with the text version after each statute's name."""

    def named(match: re.Match[str]) -> str:
        label = edition_on(match[1], day, known)
        return f"{match[0]}（{label}）" if label else match[0]

    return _NAMED.sub(named, text)
