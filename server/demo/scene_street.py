"""House fronts, trees, cars and cycles for the drawn scenes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from random import Random

from server.demo.scene_kit import Colour, Face, Scene, Vec
from server.demo.scene_shapes import bar, cylinder, pull, sphere, turn

WALLS: tuple[Colour, ...] = (
    (214, 196, 168),
    (206, 194, 180),
    (222, 206, 184),
    (198, 178, 152),
    (214, 212, 204),
    (196, 166, 142),
)
CARS: tuple[Colour, ...] = (
    (222, 224, 226),
    (44, 46, 50),
    (158, 32, 34),
    (56, 90, 138),
    (204, 196, 176),
    (120, 124, 128),
)
BIKES: tuple[Colour, ...] = ((176, 26, 32), (38, 78, 130), (214, 214, 208), (50, 52, 54), (64, 130, 104))
GLASS: Colour = (62, 76, 88)
DARK: Colour = (40, 42, 44)


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
    """A window with frame, curtain and sill. All its faces sort with the ``panel`` of the wall they sit on."""
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


def car(scene: Scene, at: Vec, degrees: float, colour: Colour, dust: float = 0.0, van: bool = False) -> None:
    """A car of 4.3 m; ``dust`` 0–1 dulls it, flat tyres included above one half."""
    grey = (128, 122, 110)
    body = tuple(round(c + (g - c) * dust) for c, g in zip(colour, grey, strict=True))
    paint: Colour = (body[0], body[1], body[2])
    x, y = at[0] - 2.15, at[1] - 0.88
    low = 0.12 if dust > 0.5 else 0.22
    lower = [(0, low), (4.3, low), (4.3, 0.78), (4.15, 0.86), (0.1, 0.92), (0, 0.8)]
    top = (
        [(0.2, 0.9), (4.2, 0.9), (4.1, 1.85), (0.5, 1.9)]
        if van
        else [(0.75, 0.88), (3.75, 0.88), (2.95, 1.45), (1.35, 1.47)]
    )
    parts: list[tuple[list[tuple[float, float]], float, float, Colour]] = [
        (lower, 0.0, 1.76, paint),
        (top, 0.12, 1.52, paint if van else GLASS),
    ]
    for outline, inset, depth, tone in parts:
        pull(scene, outline, (x, y + inset, 0), depth, tone, degrees, at)
    if not van:
        pull(
            scene,
            [(1.42, 1.42), (2.9, 1.42), (2.86, 1.49), (1.46, 1.5)],
            (x, y + 0.16, 0),
            1.44,
            paint,
            degrees,
            at,
            0.15,
        )
    else:
        pull(
            scene,
            [(0.9, 1.2), (3.9, 1.2), (3.85, 1.62), (0.95, 1.62)],
            (x, y + 0.09, 0),
            1.58,
            GLASS,
            degrees,
            at,
            0.06,
        )
    pull(
        scene,
        [(-0.02, 0.6), (0.05, 0.6), (0.05, 0.76), (-0.02, 0.76)],
        (x, y + 0.12, 0),
        0.42,
        (236, 226, 190),
        degrees,
        at,
        0.1,
    )
    pull(
        scene,
        [(-0.02, 0.6), (0.05, 0.6), (0.05, 0.76), (-0.02, 0.76)],
        (x, y + 1.22, 0),
        0.42,
        (236, 226, 190),
        degrees,
        at,
        0.1,
    )
    for wx in (0.82, 3.42):
        for wy in (-0.02, 1.58):
            wheel = [
                (
                    wx + 0.33 * math.cos(k * math.pi / 7),
                    0.32 + (0.26 if dust > 0.5 else 0.33) * math.sin(k * math.pi / 7),
                )
                for k in range(14)
            ]
            pull(scene, wheel, (x, y + wy, 0), 0.2, (34, 34, 36), degrees, at, 0.12)
            hub = [
                (wx + 0.17 * math.cos(k * math.pi / 5), 0.32 + 0.17 * math.sin(k * math.pi / 5))
                for k in range(10)
            ]
            pull(scene, hub, (x, y + wy - 0.01, 0), 0.22, (156, 158, 160), degrees, at, 0.18)


def e_bike(scene: Scene, at: Vec, degrees: float, colour: Colour) -> None:
    """An electric bicycle of 1.5 m that points along x before it is turned."""
    x, y = at[0] - 0.75, at[1]

    def flat(outline: Sequence[tuple[float, float]], width: float, tone: Colour, bias: float = 0.0) -> None:
        pull(
            scene,
            [(px, pz + at[2]) for px, pz in outline],
            (x, y - width / 2, 0),
            width,
            tone,
            degrees,
            at,
            bias,
        )

    for wx in (0.26, 1.28):
        outer = [
            (wx + 0.26 * math.cos(k * math.pi / 8), 0.27 + 0.26 * math.sin(k * math.pi / 8))
            for k in range(16)
        ]
        flat(outer, 0.09, (30, 30, 32))
        hub = [
            (wx + 0.14 * math.cos(k * math.pi / 5), 0.27 + 0.14 * math.sin(k * math.pi / 5))
            for k in range(10)
        ]
        flat(hub, 0.11, (120, 122, 124), 0.05)
    flat(
        [
            (0.3, 0.34),
            (0.95, 0.3),
            (1.0, 0.42),
            (0.62, 0.5),
            (0.55, 0.68),
            (0.05, 0.72),
            (0.04, 0.55),
            (0.3, 0.5),
        ],
        0.24,
        colour,
        0.06,
    )
    flat([(0.06, 0.72), (0.66, 0.7), (0.66, 0.78), (0.06, 0.82)], 0.26, (34, 34, 36), 0.1)
    flat([(0.95, 0.3), (1.06, 0.34), (1.28, 0.92), (1.16, 0.96)], 0.2, colour, 0.08)
    flat([(1.12, 0.96), (1.24, 0.94), (1.3, 1.06), (1.18, 1.08)], 0.16, DARK, 0.1)
    flat([(1.14, 1.0), (1.22, 1.0), (1.2, 1.06), (1.14, 1.06)], 0.62, DARK, 0.12)


def bicycle(scene: Scene, at: Vec, degrees: float, colour: Colour) -> None:
    """A plain bicycle."""

    def place(px: float, pz: float) -> Vec:
        ((qx, qy, _),) = turn([(at[0] + px - 0.8, at[1], 0)], degrees, at)
        return qx, qy, at[2] + pz

    for wx in (0.33, 1.33):
        ring = [
            place(wx + 0.33 * math.cos(k * math.pi / 9), 0.34 + 0.33 * math.sin(k * math.pi / 9))
            for k in range(19)
        ]
        for a, b in zip(ring, ring[1:], strict=False):
            bar(scene, a, b, 0.045, (30, 30, 32), bias=0.05)
        for k in range(4):
            a = k * math.pi / 4
            bar(
                scene,
                place(wx - 0.31 * math.cos(a), 0.34 - 0.31 * math.sin(a)),
                place(wx + 0.31 * math.cos(a), 0.34 + 0.31 * math.sin(a)),
                0.01,
                (150, 150, 150),
            )
    for (a, b), (c, d) in (
        ((0.33, 0.34), (0.62, 0.86)),
        ((0.62, 0.8), (1.2, 0.84)),
        ((0.72, 0.34), (1.2, 0.84)),
        ((0.72, 0.34), (0.62, 0.86)),
        ((0.33, 0.34), (0.72, 0.34)),
        ((1.33, 0.34), (1.18, 1.0)),
    ):
        bar(scene, place(a, b), place(c, d), 0.05, colour, bias=0.1)
    bar(scene, place(0.5, 0.93), place(0.76, 0.92), 0.09, (30, 30, 32), bias=0.12)
    bar(scene, place(1.1, 1.04), place(1.26, 1.02), 0.05, (60, 60, 62), bias=0.12)
