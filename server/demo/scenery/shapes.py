"""Solids: boxes, profiles, balls, tubes, rods and cables. What faces away is left out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from server.demo.scenery.model import Ball, Colour, Face, Scene, Vec


def turn(points: Iterable[Vec], degrees: float, about: Vec = (0, 0, 0)) -> list[Vec]:
    """Turn about the vertical through ``about``."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return [
        (
            about[0] + (x - about[0]) * c - (y - about[1]) * s,
            about[1] + (x - about[0]) * s + (y - about[1]) * c,
            z,
        )
        for x, y, z in points
    ]


def box(
    scene: Scene,
    low: Vec,
    high: Vec,
    colour: Colour,
    degrees: float = 0.0,
    shadow: bool = True,
    bias: float = 0.0,
) -> None:
    """A box between two corners, turned about its middle; only faces toward the camera are kept."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    middle = ((x0 + x1) / 2, (y0 + y1) / 2, 0.0)
    corners = turn(
        [(x, y, z) for z in (z0, z1) for x, y in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))], degrees, middle
    )
    sides = ((0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7), (4, 5, 6, 7), (3, 2, 1, 0))
    for side in sides:
        points = [corners[i] for i in side]
        if _faces(points, middle, (z0 + z1) / 2, scene.camera.eye):
            scene.add(Face(points, colour, bias=bias))
    if shadow:
        scene.casters.extend([corners[i] for i in side] for side in sides[:5])


def pull(
    scene: Scene,
    outline: Sequence[tuple[float, float]],
    at: Vec,
    depth: float,
    colour: Colour,
    degrees: float,
    pivot: Vec,
    bias: float = 0.0,
) -> None:
    """A profile in the x-z plane pulled along y by ``depth``, then turned about ``pivot``."""
    front = turn([(at[0] + x, at[1], z) for x, z in outline], degrees, pivot)
    back = turn([(at[0] + x, at[1] + depth, z) for x, z in outline], degrees, pivot)
    n = len(outline)
    middle = [sum(p[i] for p in (*front, *back)) / (2 * n) for i in range(3)]
    quads = [[front[i], front[(i + 1) % n], back[(i + 1) % n], back[i]] for i in range(n)]
    for points in [*quads, front, back]:
        if _faces(points, (middle[0], middle[1], 0), middle[2], scene.camera.eye):
            scene.add(Face(points, colour, bias=bias))
    scene.casters.extend([*quads, front, back])


def _faces(points: Sequence[Vec], middle: Vec, height: float, eye: Vec) -> bool:
    a, b, c = points[0], points[1], points[2]
    u = (b[0] - a[0], b[1] - a[1], b[2] - a[2])
    v = (c[0] - b[0], c[1] - b[1], c[2] - b[2])
    n = (u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0])
    centre = [sum(p[i] for p in points) / len(points) for i in range(3)]
    out = (centre[0] - middle[0], centre[1] - middle[1], centre[2] - height)
    sign_out = sum(n[i] * out[i] for i in range(3))
    to_eye = sum(n[i] * (eye[i] - centre[i]) for i in range(3))
    return (sign_out > 0) == (to_eye > 0)


def sphere(
    scene: Scene,
    centre: Vec,
    radius: float,
    colour: Colour,
    leafy: bool = False,
    squash: float = 1.0,
    bias: float = 0.0,
    shadow: bool = True,
) -> None:
    """A ball, or with ``leafy`` a clump of leaves."""
    scene.add(Ball(centre, radius, colour, leafy, squash, bias))
    if not shadow:
        return
    sx, sy, sz = scene.light.sun
    flat = math.hypot(sx, sy) or 1.0
    stretch = math.hypot(flat, sz) / sz
    along, side = (sx / flat, sy / flat), (-sy / flat, sx / flat)
    scene.casters.append(
        [
            (
                centre[0] + radius * (stretch * math.cos(a) * along[0] + math.sin(a) * side[0]),
                centre[1] + radius * (stretch * math.cos(a) * along[1] + math.sin(a) * side[1]),
                centre[2],
            )
            for a in (k * math.pi / 8 for k in range(16))
        ]
    )


def cylinder(
    scene: Scene,
    base: Vec,
    radius: float,
    height: float,
    colour: Colour,
    top: float | None = None,
    steps: int = 14,
    shadow: bool = True,
) -> None:
    """An upright cylinder or cone stump."""
    top = radius if top is None else top
    lower = [
        (
            base[0] + radius * math.cos(2 * math.pi * i / steps),
            base[1] + radius * math.sin(2 * math.pi * i / steps),
            base[2],
        )
        for i in range(steps)
    ]
    upper = [
        (
            base[0] + top * math.cos(2 * math.pi * i / steps),
            base[1] + top * math.sin(2 * math.pi * i / steps),
            base[2] + height,
        )
        for i in range(steps)
    ]
    for i in range(steps):
        a = 2 * math.pi * (i + 0.5) / steps
        normal = (math.cos(a), math.sin(a), 0.0)
        middle = (base[0] + radius * normal[0], base[1] + radius * normal[1], base[2])
        if sum(n * (e - m) for n, e, m in zip(normal, scene.camera.eye, middle, strict=True)) > 0:
            scene.add(
                Face(
                    [lower[i], lower[(i + 1) % steps], upper[(i + 1) % steps], upper[i]],
                    colour,
                    normal=normal,
                )
            )
    if scene.camera.eye[2] > base[2] + height:
        scene.add(Face(upper, colour, normal=(0, 0, 1), bias=0.02))
    if shadow:
        scene.casters.append(upper)
        for i in range(0, steps, 2):
            j = (i + steps // 2) % steps
            scene.casters.append([lower[i], lower[j], upper[j], upper[i]])


def bar(
    scene: Scene, a: Vec, b: Vec, thick: float, colour: Colour, shade: bool = True, bias: float = 0.0
) -> None:
    """A thin rod as a ribbon that faces the camera."""
    eye = scene.camera.eye
    d = [b[i] - a[i] for i in range(3)]
    m = [eye[i] - (a[i] + b[i]) / 2 for i in range(3)]
    n = (d[1] * m[2] - d[2] * m[1], d[2] * m[0] - d[0] * m[2], d[0] * m[1] - d[1] * m[0])
    length = math.sqrt(sum(v * v for v in n)) or 1.0
    w = [v / length * thick / 2 for v in n]
    points = [
        tuple(a[i] + w[i] for i in range(3)),
        tuple(b[i] + w[i] for i in range(3)),
        tuple(b[i] - w[i] for i in range(3)),
        tuple(a[i] - w[i] for i in range(3)),
    ]
    scene.add(Face([(p[0], p[1], p[2]) for p in points], colour, shade=shade, bias=bias))
    scene.casters.append([(p[0], p[1], p[2]) for p in points])


def rope(
    scene: Scene, a: Vec, b: Vec, sag: float, thick: float, colour: Colour, bias: float = 0.3, parts: int = 14
) -> None:
    """A hanging cable."""
    last = a
    for i in range(1, parts + 1):
        t = i / parts
        here = (
            a[0] + (b[0] - a[0]) * t,
            a[1] + (b[1] - a[1]) * t,
            a[2] + (b[2] - a[2]) * t - sag * 4 * t * (1 - t),
        )
        bar(scene, last, here, thick, colour, bias=bias)
        last = here
