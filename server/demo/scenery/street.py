"""House fronts, trees and hedges."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

from server.demo.scenery.model import Colour, Face, Scene, Vec
from server.demo.scenery.shapes import cylinder, sphere

WALLS: tuple[Colour, ...] = (
    (214, 196, 168),
    (206, 194, 180),
    (222, 206, 184),
    (198, 178, 152),
    (214, 212, 204),
    (196, 166, 142),
)


def wall(
    scene: Scene,
    a: tuple[float, float],
    b: tuple[float, float],
    height: float,
    colour: Colour,
    rng: Random,
    floors: int = 6,
    pitch: float = 3.2,
    windows: bool = True,
    lift: float = 0.0,
) -> None:
    """A house front from ``a`` to ``b`` with rows of windows, sills, air conditioners and pipes."""
    length = math.dist(a, b)
    along = ((b[0] - a[0]) / length, (b[1] - a[1]) / length)

    def at(s: float, z: float, out: float = 0.0) -> Vec:
        return (a[0] + along[0] * s + normal[0] * out, a[1] + along[1] * s + normal[1] * out, z + lift)

    eye = scene.camera.eye
    normal = (-along[1], along[0])
    if (eye[0] - a[0]) * normal[0] + (eye[1] - a[1]) * normal[1] < 0:
        normal = (along[1], -along[0])
    scene.casters.append([at(0, 0), at(length, 0), at(length, height), at(0, height)])
    storey = height / floors
    columns = max(1, int(length / pitch))
    step = length / columns
    band = tuple(round(c * 0.9) for c in colour)
    plinth = tuple(round(c * 0.72) for c in colour)
    for floor in range(floors):
        for column in range(columns):
            s0, s1, z0, z1 = column * step, (column + 1) * step, floor * storey, (floor + 1) * storey
            scene.add(Face([at(s0, z0), at(s1, z0), at(s1, z1), at(s0, z1)], colour, bias=-0.05))
            strip = (0.0, 0.55, plinth) if floor == 0 else (z0 - 0.07, z0 + 0.02, band)
            scene.add(
                Face(
                    [
                        at(s0, strip[0], 0.01),
                        at(s1, strip[0], 0.01),
                        at(s1, strip[1], 0.01),
                        at(s0, strip[1], 0.01),
                    ],
                    (strip[2][0], strip[2][1], strip[2][2]),
                    bias=0.0,
                )
            )
            if windows:
                where = (column + 0.5) * step
                _window(
                    scene,
                    at,
                    where,
                    z0 + storey * 0.36,
                    min(1.75, step * 0.56),
                    storey * 0.46,
                    rng,
                    (where, z0 + storey / 2),
                )


def _window(
    scene: Scene,
    at: Callable[..., Vec],
    s: float,
    z: float,
    width: float,
    height: float,
    rng: Random,
    panel: tuple[float, float],
) -> None:
    """A window with frame, curtain and sill; its faces sort with the ``panel`` of the wall they sit on."""
    depth = math.dist(at(*panel), scene.camera.eye)
    order = iter(range(1, 20))

    def plate(s0: float, s1: float, z0: float, z1: float, out: float, tone: Colour) -> None:
        points = [at(s0, z0, out), at(s1, z0, out), at(s1, z1, out), at(s0, z1, out)]
        middle = at((s0 + s1) / 2, (z0 + z1) / 2, out)
        bias = math.dist(middle, scene.camera.eye) - depth + 0.02 * next(order)
        scene.add(Face(points, tone, bias=bias))

    frame: Colour = (226, 226, 220)
    tone = rng.uniform(0.75, 1.3)
    glass: Colour = (round(64 * tone), round(80 * tone), round(94 * tone))
    w, h = width / 2, height
    plate(s - w - 0.09, s + w + 0.09, z - 0.09, z + h + 0.09, 0.02, frame)
    plate(s - w, s + w, z, z + h, 0.03, glass)
    if rng.random() < 0.65:
        half = rng.choice((-1, 1))
        curtain = rng.choice(((110, 122, 132), (170, 164, 150), (134, 142, 144), (150, 132, 112)))
        plate(s + (0.03 if half > 0 else -w), s + (w if half > 0 else -0.03), z, z + h, 0.035, curtain)
    plate(s - 0.03, s + 0.03, z, z + h, 0.05, frame)
    plate(s - w - 0.16, s + w + 0.16, z - 0.16, z - 0.07, 0.1, (206, 202, 192))
    if rng.random() < 0.42:
        left, low = s + w + 0.2, z - 0.12
        plate(left, left + 0.64, low, low + 0.52, 0.3, (208, 208, 202))
        ring = [
            at(
                left + 0.32 + 0.19 * math.cos(k * math.pi / 6),
                low + 0.26 + 0.19 * math.sin(k * math.pi / 6),
                0.32,
            )
            for k in range(12)
        ]
        bias = math.dist(ring[0], scene.camera.eye) - depth + 0.02 * next(order)
        scene.add(Face(ring, (150, 152, 150), bias=bias))


def tree(
    scene: Scene, at: Vec, rng: Random, height: float = 5.0, crown: float = 1.6, trunk: Colour = (86, 66, 50)
) -> None:
    """A broad-leaved tree of several balls."""
    cylinder(scene, at, 0.13, height * 0.62, trunk, top=0.09, steps=8)
    for k in range(6):
        a = rng.uniform(0, 2 * math.pi)
        off = crown * (0.0 if k == 0 else rng.uniform(0.35, 0.65))
        green = rng.uniform(0.8, 1.2)
        sphere(
            scene,
            (
                at[0] + off * math.cos(a),
                at[1] + off * math.sin(a),
                at[2] + height * 0.62 + crown * rng.uniform(0.25, 0.9),
            ),
            crown * rng.uniform(0.55, 0.8),
            (round(84 * green), round(122 * green), round(66 * green)),
            leafy=True,
            squash=0.88,
        )


def hedge(
    scene: Scene, a: tuple[float, float], b: tuple[float, float], rng: Random, height: float = 0.8
) -> None:
    """A row of clipped bushes."""
    length = math.dist(a, b)
    count = max(1, round(length / 0.85))
    for i in range(count):
        t = (i + 0.5) / count
        green = rng.uniform(0.8, 1.25)
        sphere(
            scene,
            (a[0] + (b[0] - a[0]) * t + rng.uniform(-0.12, 0.12), a[1] + (b[1] - a[1]) * t, height * 0.45),
            height * rng.uniform(0.6, 0.78),
            (round(84 * green), round(124 * green), round(64 * green)),
            leafy=True,
            squash=0.84,
        )
