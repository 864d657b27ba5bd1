"""Three hundred drawn photographs of hazards, before and after, the same on every machine.

A scene is named ``family_hazard`` (lane_bollards). Each take of it is another place: other colours,
another light. A take gives three pictures: the overview ``O``, the close-up ``C``, and ``A`` from the
spot of the overview when the hazard is gone. Nothing in them shows a real place.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from random import Random

from PIL import Image

from server.demo.phrases import phrases
from server.demo.scene_indoor import INDOOR_VIEWS, garage, hall, hydrant, lift, notice_board, plant, record
from server.demo.scene_kit import SIZE, Camera, Light, Scene, paint
from server.demo.scene_outdoor import OUTDOOR_VIEWS, facade, gate, lane, parking, shed
from server.demo.scene_yard import YARD_VIEWS, bins, garden, yard_ground

Shot = tuple[str, int, str]
"""Scene, take, view: what the pictures of `draw_all` are called."""

ENTRANCE = "gate_clean"
VIEWS = ("O", "C", "A")
QUALITY = 80
LARGEST = 250_000  # bytes
_SECOND_TAKES = (
    "lane_bollards",
    "lane_cars",
    "lane_faded",
    "facade_wire",
    "facade_hut",
    "facade_debris",
    "hall_ebikes",
    "hall_clutter",
    "hall_bikes",
    "hall_firedoor",
    "hall_charging",
    "hall_dirty",
    "hall_ads",
    "shed_bare",
    "shed_close",
    "shed_few",
    "bins_full",
    "bins_debris",
    "hydrant_blocked",
    "hydrant_extinguisher",
    "board_empty",
    "board_old",
    "record_sheet",
    "garage_dark",
    "garage_leak",
    "ground_pothole",
    "ground_cover",
    "parking_messy",
    "garden_crops",
    "garden_litter",
)
_ENTRANCES = 3

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
_VIEWS = OUTDOOR_VIEWS | INDOOR_VIEWS | YARD_VIEWS
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


def shots() -> list[Shot]:
    """The names of all pictures."""
    scenes = sorted({item["scene"] for item in phrases()["items"].values()})
    named = [(s, take, view) for s in scenes for take in range(shots_of(s)) for view in VIEWS]
    return named + [(ENTRANCE, take, "O") for take in range(_ENTRANCES)]


def draw_all() -> Iterator[tuple[Shot, bytes]]:
    """All pictures as JPEG of 1600 × 1200, each below 250 KB."""
    for shot in shots():
        yield shot, encode(draw(shot), shot)


def draw(shot: Shot) -> Image.Image:
    """One picture."""
    name, take, view = shot
    family, _, hazard = name.partition("_")
    dice = Random(f"{name}/{take}")
    light = dice.choice(_ROOM_LIGHT if family in _INDOORS else _DAYLIGHT)
    cameras = _VIEWS.get(name) or _VIEWS[family]
    camera = _held(cameras[1 if view == "C" else 0], Random(f"{name}/{take}/{view}"))
    scene = Scene(light, camera, dice)
    _BUILD[family](scene, hazard, view != "A" and hazard != "clean", Random(f"{family}/{hazard}/{take}/set"))
    return _developed(paint(scene), Random(f"{name}/{take}/{view}/print"))


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
