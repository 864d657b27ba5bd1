"""Cars, electric bicycles and bicycles."""

from __future__ import annotations

import math
from collections.abc import Sequence

from server.demo.scenery.model import Colour, Scene, Vec
from server.demo.scenery.shapes import bar, pull, turn

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
            x, z = 0.31 * math.cos(k * math.pi / 4), 0.31 * math.sin(k * math.pi / 4)
            bar(
                scene,
                place(wx - x, 0.34 - z),
                place(wx + x, 0.34 + z),
                0.01,
                (150, 150, 150),
            )
    for start, end in (
        ((0.33, 0.34), (0.62, 0.86)),
        ((0.62, 0.8), (1.2, 0.84)),
        ((0.72, 0.34), (1.2, 0.84)),
        ((0.72, 0.34), (0.62, 0.86)),
        ((0.33, 0.34), (0.72, 0.34)),
        ((1.33, 0.34), (1.18, 1.0)),
    ):
        bar(scene, place(*start), place(*end), 0.05, colour, bias=0.1)
    bar(scene, place(0.5, 0.93), place(0.76, 0.92), 0.09, (30, 30, 32), bias=0.12)
    bar(scene, place(1.1, 1.04), place(1.26, 1.02), 0.05, (60, 60, 62), bias=0.12)
