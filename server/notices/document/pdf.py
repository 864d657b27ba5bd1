"""From facts to PDF/A-3b: composes the words, checks them, and calls typst with templates/notice.typ.

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
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import segno
import typst
from PIL import Image, ImageOps

from server.notices.document import wording
from server.notices.document.facts import NoticeDocument, NoticeItem, PhotoSheet
from server.notices.document.fonts import UndrawableText, missing_glyphs, shared_fonts

DEMO_MARK = "演示数据，不具法律效力"

_TEMPLATE = Path(__file__).parents[1] / "templates" / "notice.typ"
_PHOTO_KINDS = {b"\xff\xd8\xff": ".jpg", b"\x89PNG": ".png"}
_SEAL_KINDS = _PHOTO_KINDS | {b"<svg": ".svg", b"<?xml": ".svg"}
_LONG_TEXT = 400  # characters in a cell, above which the template measures if the row is taller than a page


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


def undrawable(doc: NoticeDocument) -> list[str]:
    """Characters for which :func:`render` would refuse the document; [] when all can be printed.

    Covers every word of the sheet, captions included, in the form in which they are set: ask this before
    a number is taken.
    """
    return missing_glyphs(_leaves(_words(doc)))


def render(doc: NoticeDocument) -> bytes:
    """The notice as PDF/A-3b: body, receipt block and the annex of photographs.

    Raises :class:`UndrawableText`, :class:`UnusablePicture`, :class:`FontsMissing`; ValueError where the
    document contradicts itself (no items, a photo of no row, a time without zone, a bad check code).
    """
    _require_consistent(doc)
    with tempfile.TemporaryDirectory(prefix="notice-") as folder:
        if missing := undrawable(doc):
            raise UndrawableText(missing)
        pictures = _pictures(doc, Path(folder))
        return _typeset(doc, folder, _breakable(_words(doc)), pictures)


def _typeset(doc: NoticeDocument, folder: str, words: Any, pictures: dict[str, Any]) -> bytes:
    try:
        return typst.compile(
            shutil.copy(_TEMPLATE, folder),
            root=folder,
            font_paths=shared_fonts(),
            ignore_system_fonts=True,
            sys_inputs={"words": _json(words), "pictures": _json(pictures)},
            pdf_standards=["a-3b"],
            timestamp=int(datetime.combine(doc.issued_on, time(), UTC).timestamp()),
        )
    except typst.TypstError as cause:
        if "decode" in cause.message or "image" in cause.message:
            raise UnusablePicture(cause.message) from cause
        raise


def _require_consistent(doc: NoticeDocument) -> None:
    rows = [item.index for item in doc.items]
    if not rows or len(set(rows)) != len(rows) or not doc.inspections:
        raise ValueError("a notice needs an inspection and items with distinct indexes")
    if strays := [photo.number for photo in doc.photos if photo.item not in rows]:
        raise ValueError(f"photos {strays} belong to no item")
    if len({photo.number for photo in doc.photos}) != len(doc.photos):
        raise ValueError("photos need distinct numbers")
    if not re.fullmatch(r"[0-9a-f]{8}", doc.check_code):
        raise ValueError(f"the check code is 8 hex digits, not {doc.check_code!r}")
    if not re.match(r"https?://", doc.verify_url):
        raise ValueError(f"the address to verify is http(s), not {doc.verify_url!r}")


def _words(doc: NoticeDocument) -> dict[str, Any]:
    """Everything the template prints, as plain text."""
    uscc = f"（{doc.uscc}）" if doc.uscc else ""
    return {
        "issuer": _plain(doc.issuer),
        "title": _plain(doc.title),
        "subtitle": "（再次整改）" if doc.order == 2 else "",
        "number": _plain(doc.number),
        "addressee": _plain(f"{doc.addressee}{uscc}："),
        "opening": _plain(wording.opening_text(doc)),
        "items": [_row(doc, item) for item in doc.items],
        "note": _plain(wording.note_text(doc)),
        "demand": _plain(wording.demand_text(doc)),
        "consequence": _plain(wording.consequence_text(doc)),
        "contact": _plain(f"联系人：{doc.contact_name}　　电话：{doc.contact_phone}"),
        "date": wording.chinese_date(doc.issued_on),
        "check_code": f"{doc.check_code[:4]} {doc.check_code[4:]}",
        "copy": _plain(doc.copy_name),
        "demo": DEMO_MARK if doc.demo else "",
        "photos": [_caption(photo) for photo in doc.photos],
    }


def _pictures(doc: NoticeDocument, folder: Path) -> dict[str, Any]:
    """Lays the pictures into ``folder``; their paths there, the QR, and what kind of seal is set."""
    seal = "image" if doc.seal is not None else "drawn" if doc.demo else "none"
    return {
        "verify_url": doc.verify_url,
        "qr": _qr(doc.verify_url),
        "seal": seal,
        "seal_path": None if doc.seal is None else _lay(doc.seal, folder, "seal", _SEAL_KINDS),
        "photos": [
            None if photo.image is None else _lay(photo.image, folder, f"photo-{photo.number}", _PHOTO_KINDS)
            for photo in doc.photos
        ],
    }


def _row(doc: NoticeDocument, item: NoticeItem) -> dict[str, Any]:
    shown = wording.numbers(photo.number for photo in doc.photos if photo.item == item.index)
    facts = wording.sentence("，".join(part for part in (item.place, item.facts) if part))
    due = item.due_text.split("\n") if item.due_text else _due_lines(item)
    long = max(map(len, (facts, item.basis, item.requirement))) > _LONG_TEXT
    return {
        "index": item.index,
        "name": _plain(f"{item.code}　{item.name}"),
        "facts": _plain(facts + (f"照片{shown}" if shown else "")),
        "basis": _plain(item.basis),
        "requirement": _plain(item.requirement),
        "due": [_plain(line) for line in due],
        "provisional": item.provisional,
        "long": long,
    }


def _due_lines(item: NoticeItem) -> list[str]:
    lines = wording.deadline_lines(item.due_at) if item.due_at else []
    return ["立即整改", *lines] if item.unit == "now" else lines


def _caption(photo: PhotoSheet) -> dict[str, Any]:
    position = "无定位"
    if photo.lon is not None and photo.lat is not None:
        east, north = "东经" if photo.lon >= 0 else "西经", "北纬" if photo.lat >= 0 else "南纬"
        position = f"{east}{abs(photo.lon):.5f} {north}{abs(photo.lat):.5f}"
        position += f"　±{photo.accuracy_m:.0f} m" if photo.accuracy_m is not None else ""
    return {
        "head": _plain(f"照片{photo.number}　第{photo.item}项　{photo.kind}"),
        "lines": [
            _plain(f"{photo.place}　{wording.in_shanghai(photo.taken_at):%Y-%m-%d %H:%M:%S}"),
            position,
            f"SHA-256 {photo.sha256[:4]} {photo.sha256[4:8]}…",
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


def _plain(text: str) -> str:
    """Composed form, and line ends and tabs as one kind each: phones send several."""
    return unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\t", " ").strip()


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _leaves(inner)


def _breakable(value: Any) -> Any:
    """The same words with zero-width spaces in Latin runs that no column could hold otherwise."""
    if isinstance(value, str):
        return re.sub(r"[!-~]{20,}", lambda run: "\u200b".join(re.findall(r".{1,8}", run[0])), value)
    if isinstance(value, dict):
        return {key: _breakable(inner) for key, inner in value.items()}
    return [_breakable(inner) for inner in value] if isinstance(value, list) else value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
