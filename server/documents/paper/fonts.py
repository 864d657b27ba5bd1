"""The fonts of all documents, and whether they can draw a text.

typst leaves a blank where a font has no glyph. On an official document that is a lost name, so all text is
held against the character maps first. One shared ``Fonts`` object saves ~50 ms a notice.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import typst
from fontTools.ttLib import TTFont

_FONT_ROOTS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
_FACES = tuple((f"Noto {style} CJK SC", weight) for style in ("Serif", "Sans") for weight in (400, 700))


class UndrawableText(ValueError):
    """Text holds characters that the fonts cannot draw. ``characters``: the offenders, each once."""

    def __init__(self, characters: list[str]) -> None:
        self.characters = characters
        named = "、".join(f"{c if c.isprintable() else ''}(U+{ord(c):04X})" for c in characters)
        super().__init__(f"the fonts cannot draw: {named}")


class FontsMissing(RuntimeError):
    """Noto Serif CJK SC or Noto Sans CJK SC (regular and bold) is not installed."""


@lru_cache(maxsize=1)
def shared_fonts() -> typst.Fonts:
    """The fonts of all documents, loaded once a process (~60 ms). Raises :class:`FontsMissing`."""
    roots = [Path(root).expanduser() for root in _FONT_ROOTS]
    folders = {file.parent for root in roots for file in root.rglob("NotoS*CJK*.[to]t[cf]")}
    fonts = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(folder) for folder in sorted(folders)],
    )
    installed = {(face.family, face.weight) for face in fonts.fonts()}
    if lacking := [face for face in _FACES if face not in installed]:
        names = ", ".join(f"{family} {weight}" for family, weight in lacking)
        raise FontsMissing(f"no font {names}: apt-get install fonts-noto-cjk")
    return fonts


@lru_cache(maxsize=1)
def _drawable() -> frozenset[int]:
    """Code points that every face in use has: the same name is set in regular, bold, serif and sans."""
    faces = {(face.family, face.weight): face for face in shared_fonts().fonts()}
    used = [faces[key] for key in _FACES]
    return frozenset(set.intersection(*(_code_points(str(face.path), face.index) for face in used)))


def _code_points(path: str, index: int) -> set[int]:
    """The code points of one face, from the groups of its format 12 map (OpenType cmap, 12 bytes a group).

    fontTools' own decoding also names 65,535 glyphs: 100 ms and 35 MB a face, for names nobody reads.
    """
    with TTFont(path, fontNumber=index, lazy=True) as font:
        table = bytes(font.reader["cmap"])
    points: set[int] = set()
    for n in range(struct.unpack_from(">H", table, 2)[0]):
        platform, encoding, start = struct.unpack_from(">HHL", table, 4 + 8 * n)
        if (platform, encoding) == (3, 10) and struct.unpack_from(">H", table, start)[0] == 12:
            count = struct.unpack_from(">L", table, start + 12)[0]
            groups = struct.iter_unpack(">LLL", table[start + 16 : start + 16 + 12 * count])
            points.update(point for first, last, _ in groups for point in range(first, last + 1))
    return points


def missing_glyphs(texts: Iterable[str]) -> list[str]:
    """Characters of ``texts`` that cannot be printed, in order of appearance, each once; [] when all can.

    Line feeds are layout. Invisible format characters (direction marks among them, which could make a
    line read otherwise than it is stored) are in no face and so are refused too.
    """
    drawable = _drawable()
    return [c for c in dict.fromkeys("".join(texts)) if c != "\n" and ord(c) not in drawable]
