"""From facts to PDF/A-3b: composes the words, checks them, and calls typst.

1. The same document gives the same bytes: the creation date is the date of issue, and the names of
   temporary files do not enter the file. A stored hash can be made again.
2. Words enter as JSON. typst takes a string for text: ``#``, ``$``, ``*`` typed on a phone stay as they are.
3. typst starts threads of its own: render in workers, never in a process that forks afterwards.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import segno
import typst
from PIL import Image, ImageOps

from server.documents.paper import compose
from server.documents.paper.facts import FACTS, NoticeFacts, Paper, ServiceFacts
from server.documents.paper.fonts import UndrawableText, missing_glyphs, shared_fonts

_TEMPLATES = Path(__file__).parent
_PHOTO_KINDS = {b"\xff\xd8\xff": ".jpg", b"\x89PNG": ".png"}
_SEAL_KINDS = _PHOTO_KINDS | {b"<svg": ".svg", b"<?xml": ".svg"}


class UnusablePicture(ValueError):
    """A photo or seal is not a picture that can be printed (JPEG, PNG; a seal also SVG)."""


def print_copy(original: bytes, longest: int = 900) -> bytes:
    """A JPEG for the annex: upright, at most ``longest`` pixels, ~60 KB, free of EXIF (300 dpi on paper).

    ``original``: bytes of any picture that Pillow opens. Raises :class:`UnusablePicture`.
    """
    try:
        with Image.open(io.BytesIO(original)) as picture:
            picture.draft("RGB", (longest, longest))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
            upright.thumbnail((longest, longest), Image.Resampling.LANCZOS, reducing_gap=2.0)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as cause:
        raise UnusablePicture(f"not a picture that can be printed: {cause}") from cause
    out = io.BytesIO()
    upright.save(out, "JPEG", quality=80)
    return out.getvalue()


def undrawable(paper: Paper) -> list[str]:
    """Characters for which :func:`render` would refuse the document; [] when all can be printed.

    Covers every word of the sheet, captions included, in the form in which they are set: ask this before
    a number is taken.
    """
    return missing_glyphs(_leaves(compose.words(paper)))


def render(paper: Paper) -> bytes:
    """The document as PDF/A-3b with its annex of photographs.

    Raises :class:`UndrawableText`, :class:`UnusablePicture`, :class:`FontsMissing`; ValueError where the
    document contradicts itself (no items, a photo of no row, a time without zone, a bad check code).
    """
    return bytes(_render(paper, {"pdf_standards": ["a-3b"]}))


def _render(paper: Paper, form: dict[str, Any]) -> Any:
    _require_consistent(paper)
    words = compose.words(paper)
    if missing := missing_glyphs(_leaves(words)):
        raise UndrawableText(missing)
    with tempfile.TemporaryDirectory(prefix="paper-") as folder:
        pictures = _pictures(paper, Path(folder), words)
        return _typeset(paper, folder, compose.breakable(words), pictures, form)


def render_page(paper: Paper, number: int, ppi: float = 110) -> tuple[bytes, int]:
    """Page ``number`` (from 1) as PNG, and how many pages there are; the last one for a number beyond.

    For looking at: no stored document is made this way. Raises what :func:`render` raises.
    """
    drawn = _render(paper, {"format": "png", "ppi": ppi})
    pages = [drawn] if isinstance(drawn, bytes) else list(drawn)
    return pages[min(number, len(pages)) - 1], len(pages)


def _typeset(paper: Paper, folder: str, words: Any, pictures: dict[str, Any], form: dict[str, Any]) -> Any:
    shutil.copy(_TEMPLATES / "parts.typ", folder)
    try:
        return typst.compile(
            shutil.copy(_TEMPLATES / words["template"], folder),
            root=folder,
            font_paths=shared_fonts(),
            ignore_system_fonts=True,
            sys_inputs={"words": _json(words), "pictures": _json(pictures)},
            **form,
            timestamp=int(datetime.combine(paper.cover.issued_on, time(), UTC).timestamp()),
        )
    except typst.TypstError as cause:
        if "decode" in cause.message or "image" in cause.message:
            raise UnusablePicture(cause.message) from cause
        raise


def _require_consistent(paper: Paper) -> None:
    cover, facts = paper.cover, paper.facts
    if not isinstance(facts, FACTS[cover.document_type]):
        raise ValueError(f"{cover.document_type} does not say {type(facts).__name__}")
    if isinstance(facts, NoticeFacts):
        rows = [item.index for item in facts.items]
        if not rows or len(set(rows)) != len(rows) or not facts.inspections:
            raise ValueError("a notice needs an inspection and items with distinct indexes")
        if strays := [photo.number for photo in facts.photos if photo.item not in rows]:
            raise ValueError(f"photos {strays} belong to no item")
    if len({photo.number for photo in facts.photos}) != len(facts.photos):
        raise ValueError("photos need distinct numbers")
    if not re.fullmatch(r"[0-9a-f]{8}", cover.check_code):
        raise ValueError(f"the check code is 8 hex digits, not {cover.check_code!r}")
    if not re.match(r"https?://", cover.verify_url):
        raise ValueError(f"the address to verify is http(s), not {cover.verify_url!r}")


def _pictures(paper: Paper, folder: Path, words: dict[str, Any]) -> dict[str, Any]:
    """Lays the pictures into ``folder``; their paths there, the QR, and what kind of seal is set."""
    cover = paper.cover
    for row in words.get("rows", []):
        for cell in row["cells"]:
            if cell["signature"] and isinstance(paper.facts, ServiceFacts) and paper.facts.signature:
                cell["signature"] = _lay(paper.facts.signature, folder, "signature", _PHOTO_KINDS)
    return {
        "verify_url": cover.verify_url,
        "qr": _qr(cover.verify_url),
        "seal": "image" if cover.seal is not None else "drawn" if cover.seal_label else "none",
        "seal_label": cover.seal_label,
        "seal_path": None if cover.seal is None else _lay(cover.seal, folder, "seal", _SEAL_KINDS),
        "photos": [
            None if photo.image is None else _lay(photo.image, folder, f"photo-{photo.number}", _PHOTO_KINDS)
            for photo in paper.facts.photos
        ],
    }


def _lay(picture: Path | bytes, folder: Path, name: str, suffixes: dict[bytes, str]) -> str:
    """Writes a picture where typst may read it; the name is made here, never taken from a user."""
    data = picture if isinstance(picture, bytes) else picture.read_bytes()
    suffix = next((suffix for magic, suffix in suffixes.items() if data.startswith(magic)), None)
    if suffix is None:
        raise UnusablePicture(f"{name} is not one of {', '.join(sorted(set(suffixes.values())))}")
    (folder / f"{name}{suffix}").write_bytes(data)
    return f"/{name}{suffix}"


def _qr(url: str) -> str:
    out = io.BytesIO()
    segno.make(url, error="m", micro=False).save(out, kind="svg", border=0, xmldecl=False)
    return out.getvalue().decode()


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _leaves(inner)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
