"""What inspectors, firms and officials write: templates with numbers and choices filled in.

``{3-5}`` is a whole number, ``{1.4-2.2}`` one with a decimal, ``{甲|乙}`` a choice; ``{b}`` and ``{c}``
are houses, ``{department}`` an authority.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

_SLOT = re.compile(r"\{([^{}]+)\}")


@cache
def phrases() -> dict[str, Any]:
    """The packaged templates: ``places`` by kind of spot, ``words`` by act, ``items`` by code."""
    text = files("server.demo").joinpath("data/phrases.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def fill(rng: Random, template: str, **given: str) -> str:
    """The template with every slot filled; raises KeyError for an unknown name."""

    def slot(match: re.Match[str]) -> str:
        word = match.group(1)
        if "|" in word:
            words: list[str] = word.split("|")
            return rng.choice(words)
        low, dash, high = word.partition("-")
        if not dash:
            return given[word]
        if "." in word:
            return f"{rng.uniform(float(low), float(high)):.{len(low.partition('.')[2])}f}"
        return str(rng.randint(int(low), int(high)))

    return _SLOT.sub(slot, template)


def say(rng: Random, act: str, **given: str) -> str:
    """A sentence for an act: pass, fail, reject, return, on_spot, transfer and its answers."""
    return fill(rng, rng.choice(phrases()["words"][act]), **given)


def describe(rng: Random, code: str) -> str:
    """What an inspector writes about an item."""
    return fill(rng, rng.choice(phrases()["items"][code]["texts"]))


def remedy(rng: Random, code: str) -> str:
    """What a firm answers about an item."""
    return fill(rng, rng.choice(phrases()["items"][code]["fixes"]))


def spot_kind(code: str) -> str:
    """Where an item is found: lane, hall, facade, gate …"""
    kind: str = phrases()["items"][code]["place"]
    return kind


def scene_of(code: str) -> str:
    """The drawn scene that shows the item."""
    scene: str = phrases()["items"][code]["scene"]
    return scene
