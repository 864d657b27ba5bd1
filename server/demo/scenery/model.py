"""What a drawn scene is made of: camera, light, faces, balls, pictures on walls. Metres, z up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Vec = tuple[float, float, float]


Colour = tuple[int, int, int]


Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Camera:
    """Where the phone is and where it looks. ``field_of_view`` degrees across, ``roll`` degrees."""

    eye: Vec
    target: Vec
    field_of_view: float = 62.0
    roll: float = 0.0

    def axes(self) -> tuple[Points, Points, Points]:
        forward = np.subtract(self.target, self.eye)
        forward = forward / np.linalg.norm(forward)
        right = np.cross(forward, (0.0, 0.0, 1.0))
        right = right / np.linalg.norm(right)
        up = np.cross(right, forward)
        a = math.radians(self.roll)
        return math.cos(a) * right + math.sin(a) * up, math.cos(a) * up - math.sin(a) * right, forward


@dataclass(frozen=True, slots=True)
class Light:
    """``sun`` points from the ground to the sun; colours are factors. ``haze`` per metre."""

    sun: Vec = (-0.45, -0.5, 0.75)
    warm: tuple[float, float, float] = (1.0, 0.97, 0.90)
    ambient: tuple[float, float, float] = (0.50, 0.54, 0.60)
    strength: float = 0.62
    sky_top: Colour = (150, 182, 208)
    sky_low: Colour = (222, 229, 230)
    haze: float = 0.006
    shadow: float = 0.42
    indoors: bool = False


@dataclass(slots=True)
class Face:
    """A flat polygon. ``shade`` False keeps its colour; ``bias`` moves it nearer in the order (metres)."""

    points: Sequence[Vec]
    colour: Colour
    shade: bool = True
    bias: float = 0.0
    normal: Vec | None = None


@dataclass(slots=True)
class Decal:
    """A picture laid on a flat quad: corners top-left, top-right, bottom-right, bottom-left."""

    corners: tuple[Vec, Vec, Vec, Vec]
    image: Image.Image
    bias: float = 0.02
    opacity: float = 1.0


@dataclass(slots=True)
class Ball:
    """A sphere, painted as one shaded disc. ``leafy`` gives it a ragged, mottled edge."""

    centre: Vec
    radius: float
    colour: Colour
    leafy: bool = False
    squash: float = 1.0
    bias: float = 0.0


Thing = Face | Decal | Ball


@dataclass(slots=True)
class Scene:
    """Things to paint. ``ground`` is painted first, in order; ``casters`` throw shadows on z = 0."""

    light: Light
    camera: Camera
    rng: Random
    ground: list[Face | Decal] = field(default_factory=list)
    things: list[Thing] = field(default_factory=list)
    casters: list[Sequence[Vec]] = field(default_factory=list)

    def add(self, *things: Thing) -> None:
        self.things.extend(things)
