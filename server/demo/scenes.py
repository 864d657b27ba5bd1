"""Drawn photographs of hazards, before and after, the same on every machine.

A scene is named ``family_hazard`` (lane_bollards). Each take of it is another place: other colours,
another light. A take gives the overview ``O``, the close-up ``C``, what else the catalogue asks for, and from
the spot of the overview ``A`` when the hazard is gone and ``R`` when somebody re-checks it. Nothing in
them shows a real place.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from random import Random

from PIL import Image

from server.checklists.rules import Item, load_catalogue
from server.demo.phrases import scene_of
from server.demo.scenery.facade import facade, shed
from server.demo.scenery.garden import garden
from server.demo.scenery.hall import hall
from server.demo.scenery.lane import gate, lane, measure, parking
from server.demo.scenery.model import Camera, Light, Scene
from server.demo.scenery.painter import SIZE, paint
from server.demo.scenery.plant import notice_board, plant, record
from server.demo.scenery.rooms import garage, hydrant, lift
from server.demo.scenery.views import VIEWS
from server.demo.scenery.yard import bins, yard_ground

Shot = tuple[str, int, str]
"""Scene, take, view: what the pictures are called."""

ENTRANCE = "gate_clean"
QUALITY = 80
LARGEST = 250_000  # bytes
_ENTRANCES = 3
_SECOND_TAKES = frozenset(
    {
        "lane_bollards",
        "lane_cars",
        "facade_wire",
        "hall_ebikes",
        "hall_clutter",
        "hall_charging",
        "shed_bare",
        "bins_full",
        "hydrant_blocked",
        "ground_pothole",
    }
)
_VIEWS_OF_KIND = {"O": "O", "C": "C", "M": "M", "L": "L", "T": "TU", "A": "A"}
"""Overview, close-up, the close-up with a tape, a label or sheet, two shots apart, after."""

_BUILD: dict[str, Callable[[Scene, str, bool, Random], None]] = {
    "lane": lane,
    "facade": facade,
    "shed": shed,
    "gate": gate,
    "parking": parking,
    "bins": bins,
    "ground": yard_ground,
    "garden": garden,
    "hall": hall,
    "hydrant": hydrant,
    "lift": lift,
    "garage": garage,
    "plant": plant,
    "board": notice_board,
    "record": record,
}
_INDOORS = frozenset({"hall", "hydrant", "lift", "garage", "plant", "record"})

_DAYLIGHT = (
    Light(sun=(0.55, -0.62, 0.62), warm=(1.0, 0.95, 0.84), ambient=(0.56, 0.585, 0.62), strength=0.66),
    Light(sun=(-0.6, -0.55, 0.7), warm=(1.0, 0.96, 0.88), ambient=(0.57, 0.59, 0.62), strength=0.64),
    Light(
        sun=(0.2, -0.5, 0.85),
        warm=(0.9, 0.94, 1.0),
        ambient=(0.78, 0.80, 0.82),
        strength=0.22,
        shadow=0.16,
        sky_top=(186, 196, 204),
        sky_low=(222, 226, 228),
        haze=0.009,
    ),
    Light(
        sun=(0.75, -0.45, 0.4),
        warm=(1.0, 0.86, 0.66),
        ambient=(0.55, 0.55, 0.60),
        strength=0.7,
        sky_top=(150, 176, 206),
        sky_low=(240, 224, 204),
    ),
)
_ROOM_LIGHT = (
    Light(
        sun=(0.1, -0.6, 0.9),
        warm=(1.0, 0.97, 0.9),
        ambient=(0.66, 0.665, 0.65),
        strength=0.34,
        indoors=True,
        haze=0.0,
    ),
    Light(
        sun=(-0.3, -0.5, 0.9),
        warm=(0.95, 1.0, 1.0),
        ambient=(0.60, 0.63, 0.64),
        strength=0.32,
        indoors=True,
        haze=0.0,
    ),
)


def shots_of(scene: str) -> int:
    """How many takes of a scene there are."""
    if scene == ENTRANCE:
        return _ENTRANCES
    return 2 if scene in _SECOND_TAKES else 1


def views_of(kinds: Sequence[str]) -> list[str]:
    """Which views stand for the photo kinds that an item asks for; a video becomes two stills."""
    stills = [kind for kind in kinds if kind != "V"] or ["O", "C"]
    used: dict[str, int] = {}
    views = []
    for kind in stills:
        choice = _VIEWS_OF_KIND[kind]
        views.append(choice[used.get(kind, 0) % len(choice)])
        used[kind] = used.get(kind, 0) + 1
    return views


def kinds_of(item: Item) -> list[str]:
    """The photo kinds of an item, one letter for each photo."""
    return [need.kind.value for need in item.photos for _ in range(need.count)]


@cache
def shots() -> tuple[Shot, ...]:
    """The names of all pictures, between 300 and 400."""
    wanted: dict[str, set[str]] = {}
    for item in load_catalogue().items:
        wanted.setdefault(scene_of(item.code), {"O", "C", "A", "R"}).update(views_of(kinds_of(item)))
    named = [
        (s, take, view) for s in sorted(wanted) for take in range(shots_of(s)) for view in sorted(wanted[s])
    ]
    return (*named, *((ENTRANCE, take, "O") for take in range(_ENTRANCES)))


def picture(shot: Shot) -> bytes:
    """One picture as JPEG of 1600 × 1200, below 250 KB. Pure; may run in several threads."""
    return encode(draw(shot), shot)


def draw(shot: Shot) -> Image.Image:
    """One picture."""
    name, take, view = shot
    family, _, hazard = name.partition("_")
    dice = Random(f"{name}/{take}")
    light = dice.choice(_ROOM_LIGHT if family in _INDOORS else _DAYLIGHT)
    scene = Scene(light, _camera(name, family, take, view), dice)
    present = view not in ("A", "R") and hazard != "clean"
    _BUILD[family](scene, hazard, present, Random(f"{family}/{hazard}/{take}/set"))
    if view == "M":
        measure(scene, 1.6 if hazard == "bollards" else dice.uniform(0.8, 2.2))
    return _developed(paint(scene), Random(f"{name}/{take}/{view}/print"))


def _camera(name: str, family: str, take: int, view: str) -> Camera:
    far, near = VIEWS.get(name) or VIEWS[family]
    camera = {"C": near, "M": near, "L": _between(far, near)}.get(view, far)
    return _held(camera, Random(f"{name}/{take}/{view}"))


def _between(far: Camera, near: Camera) -> Camera:
    """Most of the way from the overview to the close-up."""
    pairs = zip(far.eye, near.eye, strict=True), zip(far.target, near.target, strict=True)
    (ex, ey, ez), (tx, ty, tz) = ([a + (b - a) * 0.6 for a, b in pair] for pair in pairs)
    return Camera((ex, ey, ez), (tx, ty, tz), near.field_of_view - 6)


def encode(picture: Image.Image, shot: Shot) -> bytes:
    """JPEG at quality 80, or less where it would be too large."""
    for quality in (QUALITY, 70, 58):
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=quality, optimize=False)
        if out.tell() <= LARGEST:
            return out.getvalue()
    raise ValueError(f"{shot} does not fit {LARGEST} bytes")


def _held(camera: Camera, dice: Random) -> Camera:
    """A hand is never where it was: a little aside, a little tilted."""
    x, y, z = camera.eye
    tx, ty, tz = camera.target
    return replace(
        camera,
        eye=(x + dice.uniform(-0.25, 0.25), y + dice.uniform(-0.2, 0.2), z + dice.uniform(-0.08, 0.08)),
        target=(tx + dice.uniform(-0.3, 0.3), ty, tz + dice.uniform(-0.12, 0.12)),
        roll=dice.uniform(-1.6, 1.6),
    )


def _developed(picture: Image.Image, dice: Random) -> Image.Image:
    """Exposure, contrast and a darker rim, as a phone gives them."""
    gain, contrast = dice.uniform(1.02, 1.15), dice.uniform(1.02, 1.12)
    tone = [max(0, min(255, round((v * gain - 118) * contrast + 118))) for v in range(256)]
    picture = picture.point(tone * 3)
    picture.paste((0, 0, 0), (0, 0), _rim())
    return picture


@cache
def _rim() -> Image.Image:
    glow = Image.radial_gradient("L").resize(SIZE)
    return glow.point(lambda v: max(0, v - 110) * 52 // 145)
