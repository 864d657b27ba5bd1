"""The entrance hall and what blocks it."""

from __future__ import annotations

import math
from random import Random

from server.demo.scenery.floor import flat_shadow
from server.demo.scenery.lettering import sign
from server.demo.scenery.model import Colour, Decal, Face, Scene
from server.demo.scenery.shapes import bar, box, cylinder, rope, sphere
from server.demo.scenery.things import bag, carton, upright
from server.demo.scenery.vehicles import BIKES, bicycle, e_bike

TILE: Colour = (188, 184, 174)


PAINT: Colour = (228, 226, 218)


def room(
    scene: Scene,
    half: float,
    depth: float,
    height: float,
    floor: Colour,
    walls: Colour,
    ceiling: Colour,
    skirting: Colour | None = None,
    near: float = -6.0,
) -> None:
    """A box seen from inside, in strips so that it darkens with distance; tiled floor."""
    step = 1.2
    y = near
    while y < depth:
        z = y + step
        fade = 1.0 - 0.028 * max(0.0, y)
        f, w, c = (tuple(round(v * fade) for v in tone) for tone in (floor, walls, ceiling))
        x = -half
        while x < half - 0.01:
            scene.ground.append(
                Face(
                    [
                        (x + 0.01, y + 0.01, 0),
                        (min(half, x + step) - 0.01, y + 0.01, 0),
                        (min(half, x + step) - 0.01, z - 0.01, 0),
                        (x + 0.01, z - 0.01, 0),
                    ],
                    (f[0], f[1], f[2]),
                )
            )
            x += step
        scene.ground.append(
            Face(
                [(-half, y, height), (half, y, height), (half, z, height), (-half, z, height)],
                (c[0], c[1], c[2]),
                normal=(0, 0, 0.4),
            )
        )
        for s in (-1, 1):
            scene.ground.append(
                Face(
                    [(s * half, y, 0), (s * half, z, 0), (s * half, z, height), (s * half, y, height)],
                    (w[0], w[1], w[2]),
                )
            )
            if skirting:
                k = tuple(round(v * fade) for v in skirting)
                scene.ground.append(
                    Face(
                        [(s * half, y, 0), (s * half, z, 0), (s * half, z, 0.95), (s * half, y, 0.95)],
                        (k[0], k[1], k[2]),
                    )
                )
        y = z
    fade = 1.0 - 0.026 * depth
    w = tuple(round(v * fade) for v in walls)
    scene.ground.append(
        Face(
            [(-half, depth, 0), (half, depth, 0), (half, depth, height), (-half, depth, height)],
            (w[0], w[1], w[2]),
        )
    )
    if skirting:
        k = tuple(round(v * fade) for v in skirting)
        scene.ground.append(
            Face(
                [(-half, depth, 0), (half, depth, 0), (half, depth, 0.95), (-half, depth, 0.95)],
                (k[0], k[1], k[2]),
            )
        )


def lamp(scene: Scene, y: float, height: float, lit: bool = True, x: float = 0.0) -> None:
    tone: Colour = (255, 252, 236) if lit else (120, 122, 122)
    scene.ground.append(
        Face(
            [
                (x - 0.6, y, height - 0.02),
                (x + 0.6, y, height - 0.02),
                (x + 0.6, y + 0.3, height - 0.02),
                (x - 0.6, y + 0.3, height - 0.02),
            ],
            tone,
            shade=False,
        )
    )


def hall(scene: Scene, what: str, hazard: bool, rng: Random) -> None:
    """A ground-floor hall with stairs at its end."""
    band = rng.choice(((126, 152, 140), (150, 128, 104), (118, 136, 158), (168, 164, 152)))
    room(scene, 2.3, 9.0, 2.9, TILE, PAINT, (206, 206, 200), band)
    lamp(scene, 1.4, 2.9)
    lamp(scene, 5.4, 2.9)
    _stairs(scene, what)
    for k in range(3):
        box(scene, (2.16, 2.6 + 0.62 * k, 1.25), (2.3, 3.14 + 0.62 * k, 2.0), (176, 180, 182), shadow=False)
    scene.add(
        Decal(
            ((-2.28, 3.2, 2.2), (-2.28, 4.0, 2.2), (-2.28, 4.0, 1.6), (-2.28, 3.2, 1.6)),
            sign(["安全出口"], (20, 120, 70), size=(300, 170)),
            bias=0.5,
        )
    )
    if hazard or what in ("firedoor", "gate", "locked"):
        _HALL[what](scene, hazard, rng)


def _stairs(scene: Scene, what: str) -> None:
    if what in ("firedoor", "gate", "locked"):
        return
    for k in range(8):
        y, z = 6.0 + 0.3 * k, 0.17 * k
        box(scene, (0.2, y, 0), (2.2, 9.0, z + 0.17), (176, 172, 164), shadow=False, bias=-0.1 * k)
    bar(scene, (0.2, 6.0, 0.95), (0.2, 8.6, 2.3), 0.07, (120, 70, 44))
    for k in range(8):
        bar(scene, (0.2, 6.1 + 0.3 * k, 0.17 * k), (0.2, 6.1 + 0.3 * k, 0.95 + 0.155 * k), 0.03, (80, 84, 88))
    scene.ground.append(
        Face([(-1.9, 8.98, 0), (-0.5, 8.98, 0), (-0.5, 8.98, 2.1), (-1.9, 8.98, 2.1)], (112, 84, 64))
    )
    scene.ground.append(
        Face([(-1.8, 8.97, 0.1), (-0.6, 8.97, 0.1), (-0.6, 8.97, 2.0), (-1.8, 8.97, 2.0)], (136, 102, 76))
    )


def _ebikes(scene: Scene, hazard: bool, rng: Random) -> None:
    for k, (x, y, a) in enumerate(((-1.4, 2.3, 76), (-0.5, 3.4, 84), (0.8, 3.0, 98), (1.5, 4.6, 90))):
        flat_shadow(scene, x, y, 0.5, 0.9)
        e_bike(scene, (x, y, 0), a + rng.uniform(-5, 5), BIKES[(k + rng.randint(0, 3)) % len(BIKES)])


def _charging(scene: Scene, hazard: bool, rng: Random) -> None:
    for k, (x, y, a) in enumerate(((-1.3, 2.6, 70), (0.0, 3.3, 88), (1.2, 2.9, 104))):
        flat_shadow(scene, x, y, 0.5, 0.9)
        e_bike(scene, (x, y, 0), a, BIKES[(k * 2 + 1) % len(BIKES)])
        rope(
            scene,
            (2.2, 3.3, 1.2),
            (x, y - 0.1, 0.72),
            0.35,
            0.035,
            ((26, 26, 28), (236, 234, 226), (200, 60, 40))[k],
        )
    box(scene, (2.06, 3.1, 1.05), (2.24, 3.6, 1.22), (240, 238, 230), shadow=False, bias=0.5)


def _bikes(scene: Scene, hazard: bool, rng: Random) -> None:
    for x, y, a, tone in (
        (-1.5, 2.2, 80, (180, 40, 44)),
        (-0.7, 3.3, 84, (50, 90, 150)),
        (1.0, 2.7, 96, (60, 62, 66)),
        (1.7, 4.0, 92, (220, 180, 40)),
    ):
        flat_shadow(scene, x, y, 0.35, 0.9)
        bicycle(scene, (x, y, 0), a + rng.uniform(-6, 6), tone)


def _clutter(scene: Scene, hazard: bool, rng: Random) -> None:
    for x, y, z, w, h in (
        (-1.7, 3.0, 0, 0.8, 0.6),
        (-1.65, 3.05, 0.6, 0.7, 0.5),
        (-1.5, 4.2, 0, 0.9, 0.7),
        (-0.8, 3.6, 0, 0.6, 0.45),
        (-1.7, 2.0, 0, 0.7, 0.5),
        (-1.6, 2.05, 0.5, 0.55, 0.4),
        (-1.5, 4.2, 0.7, 0.7, 0.5),
    ):
        t = rng.uniform(0.9, 1.1)
        if z == 0:
            flat_shadow(scene, x, y, w * 0.8, w * 0.7)
        carton(
            scene,
            (x, y, z),
            (w, w * 0.7, h),
            rng.uniform(-9, 9),
            (round(184 * t), round(146 * t), round(102 * t)),
        )
    flat_shadow(scene, 1.4, 3.6, 1.0, 0.7)
    box(scene, (0.9, 3.3, 0.35), (2.1, 4.0, 0.5), (120, 86, 60))
    box(scene, (0.9, 3.9, 0.35), (2.1, 4.05, 1.1), (130, 92, 66))
    for x, y in ((0.95, 3.35), (2.05, 3.35), (0.95, 3.95), (2.05, 3.95)):
        bar(scene, (x, y, 0), (x, y, 0.4), 0.06, (96, 68, 48))
    bag(scene, (0.6, 2.6, 0), rng, 0.3)
    bag(scene, (1.1, 2.4, 0), rng, 0.25)


def _dirty(scene: Scene, hazard: bool, rng: Random) -> None:
    for _ in range(60):
        x, y = rng.uniform(-2.1, 2.1), rng.uniform(0.6, 5.8)
        r = rng.uniform(0.03, 0.12)
        tone = rng.choice(((236, 234, 226), (120, 104, 84), (214, 190, 150), (90, 84, 76)))
        scene.ground.append(
            Face([(x, y, 0.01), (x + r, y + r * 0.3, 0.01), (x + r * 0.6, y + r, 0.01)], tone)
        )
    for _ in range(7):
        flat_shadow(
            scene, rng.uniform(-1.9, 1.9), rng.uniform(1.0, 5.4), rng.uniform(0.3, 0.8), rng.uniform(0.2, 0.5)
        )
    bag(scene, (-1.7, 3.2, 0), rng, 0.28)
    bag(scene, (-1.3, 3.6, 0), rng, 0.22)


def _ads(scene: Scene, hazard: bool, rng: Random) -> None:
    words = ("开锁", "疏通", "搬家", "回收", "贷款", "租房", "换锁", "维修")
    tones: tuple[Colour, ...] = (
        (244, 226, 80),
        (240, 240, 234),
        (236, 150, 150),
        (150, 200, 236),
        (170, 220, 160),
    )
    for k in range(22):
        y, z = rng.uniform(1.6, 6.4), rng.uniform(0.9, 2.3)
        w, h = rng.uniform(0.25, 0.5), rng.uniform(0.18, 0.34)
        s = rng.choice((-1, 1))
        x = s * 2.27
        image = sign([rng.choice(words)], rng.choice(tones), (30, 30, 34), (160, 100))
        near, far = (y, y + w) if s < 0 else (y + w, y)
        scene.add(
            Decal(((x, near, z + h), (x, far, z + h), (x, far, z), (x, near, z)), image, bias=0.6 + k * 0.01)
        )


def _door(scene: Scene, x0: float, x1: float, tone: Colour, y: float = 6.2, height: float = 2.2) -> None:
    scene.add(Face([(x0, y, 0), (x1, y, 0), (x1, y, height), (x0, y, height)], tone))
    scene.add(
        Face(
            [
                (x0 + 0.2, y - 0.01, 1.2),
                (x1 - 0.2, y - 0.01, 1.2),
                (x1 - 0.2, y - 0.01, 1.95),
                (x0 + 0.2, y - 0.01, 1.95),
            ],
            (120, 136, 140),
            bias=0.05,
        )
    )


def _end_wall(scene: Scene, y: float = 6.2, opening: float = 1.3) -> None:
    for s in (-1, 1):
        scene.add(
            Face(
                [(s * opening, y, 0), (s * 2.3, y, 0), (s * 2.3, y, 2.9), (s * opening, y, 2.9)],
                (208, 206, 198),
            )
        )
    scene.add(
        Face([(-opening, y, 2.2), (opening, y, 2.2), (opening, y, 2.9), (-opening, y, 2.9)], (208, 206, 198))
    )


def _locked(scene: Scene, hazard: bool, rng: Random) -> None:
    _end_wall(scene)
    _door(scene, -1.3, -0.01, (58, 110, 84))
    _door(scene, 0.01, 1.3, (58, 110, 84))
    for s in (-1, 1):
        bar(scene, (s * 0.3, 6.1, 1.0), (s * 1.1, 6.1, 1.0), 0.09, (190, 194, 196), bias=0.2)
    scene.add(
        Decal(upright(0, 6.1, 2.3, 1.3, 0.42), sign(["安全出口"], (20, 126, 72), size=(420, 140)), bias=0.3)
    )
    if hazard:
        for k in range(11):
            sphere(
                scene,
                (-0.5 + 0.1 * k, 6.02, 1.0 - 0.22 * math.sin(k * math.pi / 10)),
                0.065,
                (150, 152, 156),
                bias=0.4,
                shadow=False,
            )
        box(scene, (-0.13, 5.88, 0.58), (0.13, 6.0, 0.86), (196, 158, 52), shadow=False, bias=0.6)
        carton(scene, (-0.9, 5.5, 0), (0.7, 0.5, 0.6), 8)
        carton(scene, (0.8, 5.6, 0), (0.6, 0.5, 0.45), -12)


def _firedoor(scene: Scene, hazard: bool, rng: Random) -> None:
    _end_wall(scene, opening=0.75)
    scene.add(
        Decal(
            upright(1.5, 6.1, 1.4, 0.9, 0.6),
            sign(["常闭式防火门", "请随手关门"], (176, 34, 30), size=(420, 250)),
            bias=0.3,
        )
    )
    if hazard:
        scene.add(
            Face([(-0.75, 6.25, 0), (0.75, 6.25, 0), (0.75, 6.25, 2.2), (-0.75, 6.25, 2.2)], (62, 64, 68))
        )
        scene.add(
            Face(
                [(-0.75, 6.18, 0), (-0.95, 4.8, 0), (-0.95, 4.8, 2.2), (-0.75, 6.18, 2.2)],
                (150, 60, 50),
                bias=0.3,
            )
        )
        flat_shadow(scene, -0.72, 4.7, 0.25, 0.2)
        cylinder(scene, (-0.72, 4.7, 0), 0.1, 0.5, (200, 30, 30), steps=14)
        bar(scene, (-0.72, 4.7, 0.5), (-0.6, 4.65, 0.62), 0.05, (30, 30, 30), bias=0.2)
    else:
        _door(scene, -0.75, 0.75, (150, 60, 50))
        bar(scene, (-0.5, 6.1, 2.08), (0.2, 6.05, 2.08), 0.06, (190, 192, 194), bias=0.2)


def _gate(scene: Scene, hazard: bool, rng: Random) -> None:
    if not hazard:
        scene.ground.append(
            Face([(-0.6, 8.98, 0), (0.6, 8.98, 0), (0.6, 8.98, 2.1), (-0.6, 8.98, 2.1)], (136, 102, 76))
        )
        return
    for k in range(16):
        x = -2.2 + k * 0.293
        bar(scene, (x, 5.6, 0), (x, 5.6, 2.85), 0.04, (86, 60, 44))
    for z in (0.1, 1.2, 2.75):
        bar(scene, (-2.25, 5.58, z), (2.25, 5.58, z), 0.08, (86, 60, 44), bias=0.1)
    box(scene, (0.25, 5.45, 1.0), (0.55, 5.58, 1.3), (196, 158, 52), shadow=False, bias=0.3)
    box(scene, (-1.9, 6.6, 0), (-0.9, 7.2, 1.2), (168, 132, 96), shadow=False)
    bicycle(scene, (1.2, 6.9, 0), 86, (60, 90, 140))


_HALL = {
    "ebikes": _ebikes,
    "charging": _charging,
    "bikes": _bikes,
    "clutter": _clutter,
    "dirty": _dirty,
    "ads": _ads,
    "locked": _locked,
    "firedoor": _firedoor,
    "gate": _gate,
}
