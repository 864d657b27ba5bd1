"""Indoor scenes: entrance hall, hydrant niche, lift, garage, plant room, notice board, record sheet."""

from __future__ import annotations

import math
from random import Random

from PIL import Image, ImageDraw

from server.demo.scene_kit import Camera, Colour, Decal, Face, Scene, font, sign
from server.demo.scene_shapes import bar, box, cylinder, rope, sphere
from server.demo.scene_street import BIKES, bicycle, car, e_bike
from server.demo.scene_things import bag, carton, paper, upright

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


def flat_shadow(scene: Scene, x: float, y: float, rx: float, ry: float) -> None:
    """A soft contact shadow for things that stand indoors."""
    side = 64
    image = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    for k in range(16):
        inset = k * 2
        draw.ellipse((inset, inset, side - inset, side - inset), fill=(20, 20, 24, 8 + k * 7))
    scene.ground.append(
        Decal(
            (
                (x - rx, y + ry, 0.002),
                (x + rx, y + ry, 0.002),
                (x + rx, y - ry, 0.002),
                (x - rx, y - ry, 0.002),
            ),
            image,
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


def _hall_ebikes(scene: Scene, hazard: bool, rng: Random) -> None:
    for k, (x, y, a) in enumerate(((-1.4, 2.3, 76), (-0.5, 3.4, 84), (0.8, 3.0, 98), (1.5, 4.6, 90))):
        flat_shadow(scene, x, y, 0.5, 0.9)
        e_bike(scene, (x, y, 0), a + rng.uniform(-5, 5), BIKES[(k + rng.randint(0, 3)) % len(BIKES)])


def _hall_charging(scene: Scene, hazard: bool, rng: Random) -> None:
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


def _hall_bikes(scene: Scene, hazard: bool, rng: Random) -> None:
    for x, y, a, tone in (
        (-1.5, 2.2, 80, (180, 40, 44)),
        (-0.7, 3.3, 84, (50, 90, 150)),
        (1.0, 2.7, 96, (60, 62, 66)),
        (1.7, 4.0, 92, (220, 180, 40)),
    ):
        flat_shadow(scene, x, y, 0.35, 0.9)
        bicycle(scene, (x, y, 0), a + rng.uniform(-6, 6), tone)


def _hall_clutter(scene: Scene, hazard: bool, rng: Random) -> None:
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


def _hall_dirty(scene: Scene, hazard: bool, rng: Random) -> None:
    for _ in range(60):
        x, y = rng.uniform(-2.1, 2.1), rng.uniform(0.6, 5.8)
        r = rng.uniform(0.03, 0.12)
        tone = rng.choice(((236, 234, 226), (120, 104, 84), (214, 190, 150), (90, 84, 76)))
        scene.ground.append(
            Face([(x, y, 0.01), (x + r, y + r * 0.3, 0.01), (x + r * 0.6, y + r, 0.01)], tone)
        )
    for k in range(7):
        flat_shadow(
            scene, rng.uniform(-1.9, 1.9), rng.uniform(1.0, 5.4), rng.uniform(0.3, 0.8), rng.uniform(0.2, 0.5)
        )
    bag(scene, (-1.7, 3.2, 0), rng, 0.28)
    bag(scene, (-1.3, 3.6, 0), rng, 0.22)


def _hall_ads(scene: Scene, hazard: bool, rng: Random) -> None:
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


def _hall_locked(scene: Scene, hazard: bool, rng: Random) -> None:
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


def _hall_firedoor(scene: Scene, hazard: bool, rng: Random) -> None:
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


def _hall_gate(scene: Scene, hazard: bool, rng: Random) -> None:
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
    "ebikes": _hall_ebikes,
    "charging": _hall_charging,
    "bikes": _hall_bikes,
    "clutter": _hall_clutter,
    "dirty": _hall_dirty,
    "ads": _hall_ads,
    "locked": _hall_locked,
    "firedoor": _hall_firedoor,
    "gate": _hall_gate,
}


def hydrant(scene: Scene, what: str, hazard: bool, rng: Random) -> None:
    """A corridor wall with hydrant box, extinguishers and an exit light."""
    room(
        scene,
        3.4,
        3.4,
        2.9,
        TILE,
        PAINT,
        (206, 206, 200),
        rng.choice(((168, 164, 152), (150, 160, 168))),
        near=-4,
    )
    lamp(scene, 0.6, 2.9)
    blocked = what == "blocked" and hazard
    box(scene, (-0.7, 3.15, 0.8), (0.7, 3.4, 2.1), (186, 34, 30), shadow=False)
    scene.add(
        Face(
            [(-0.58, 3.13, 0.92), (0.58, 3.13, 0.92), (0.58, 3.13, 1.98), (-0.58, 3.13, 1.98)],
            (196, 206, 208) if what != "dry" else (60, 62, 66),
            bias=0.1,
        )
    )
    scene.add(
        Decal(upright(0, 3.11, 1.5, 0.8, 0.34), sign(["消火栓"], (186, 34, 30), size=(300, 128)), bias=0.3)
    )
    if what == "dry":
        _valve(scene, hazard)
    if what == "extinguisher" and hazard:
        box(scene, (1.1, 3.0, 0.0), (1.9, 3.38, 0.75), (200, 40, 36), shadow=False)
        scene.add(
            Face(
                [(1.18, 2.98, 0.08), (1.82, 2.98, 0.08), (1.82, 2.98, 0.68), (1.18, 2.98, 0.68)],
                (58, 40, 38),
                bias=0.1,
            )
        )
        scene.add(
            Decal(
                upright(1.5, 2.96, 0.2, 0.4, 0.3),
                sign(["2023"], (236, 232, 220), (170, 30, 30), (160, 110)),
                bias=0.3,
            )
        )
    else:
        box(scene, (1.1, 3.0, 0.0), (1.9, 3.38, 0.75), (200, 40, 36), shadow=False)
        for x in (1.32, 1.68):
            cylinder(scene, (x, 2.9, 0.06), 0.12, 0.5, (214, 36, 34), steps=14, shadow=False)
            sphere(scene, (x, 2.9, 0.6), 0.07, (30, 30, 32), shadow=False)
    dead = what == "light" and hazard
    scene.add(
        Decal(
            upright(-2.1, 3.3, 2.1 if not dead else 1.9, 1.1, 0.4),
            sign(
                ["安全出口"],
                (20, 136, 76) if not dead else (92, 104, 98),
                (255, 255, 255) if not dead else (150, 156, 152),
                (380, 140),
            ),
            bias=0.3,
        )
    )
    if dead:
        rope(scene, (-2.5, 3.3, 2.5), (-2.3, 3.28, 2.2), 0.1, 0.03, (30, 30, 32))
        scene.add(
            Face(
                [(-2.6, 3.3, 0.3), (-1.7, 3.3, 0.3), (-1.7, 3.3, 0.55), (-2.6, 3.3, 0.55)],
                (90, 98, 94),
                bias=0.2,
            )
        )
    if blocked:
        for x, y, z, w, h in (
            (-0.7, 2.5, 0, 0.8, 0.6),
            (0.2, 2.6, 0, 0.9, 0.7),
            (-0.6, 2.6, 0.6, 0.7, 0.5),
            (0.25, 2.6, 0.7, 0.75, 0.55),
            (-0.2, 2.0, 0, 0.6, 0.45),
        ):
            if z == 0:
                flat_shadow(scene, x, y, w * 0.7, w * 0.6)
            carton(scene, (x, y, z), (w, w * 0.65, h), rng.uniform(-8, 8))


def _valve(scene: Scene, hazard: bool) -> None:
    cylinder(scene, (-0.1, 3.0, 1.0), 0.1, 0.3, (176, 130, 60), steps=14, shadow=False)
    sphere(scene, (-0.1, 2.95, 1.38), 0.12, (190, 40, 36), shadow=False)
    for k in range(9):
        cylinder(
            scene,
            (0.3 + 0.02 * k, 3.0, 1.0 + 0.05 * k),
            0.2 - 0.004 * k,
            0.03,
            (226, 222, 208),
            steps=16,
            shadow=False,
        )
    ring = [
        (1.5 + 0.42 * math.cos(a), 3.1, 1.75 + 0.42 * math.sin(a))
        for a in (k * math.pi / 16 for k in range(32))
    ]
    scene.add(Face(ring, (40, 42, 46), bias=0.1))
    face = [(1.5 + (x - 1.5) * 0.9, 3.08, 1.75 + (z - 1.75) * 0.9) for x, _, z in ring]
    scene.add(Face(face, (240, 240, 234), bias=0.2))
    value = 210 if hazard else 105
    a = math.radians(value)
    bar(
        scene,
        (1.5, 3.05, 1.75),
        (1.5 + 0.32 * math.cos(a), 3.05, 1.75 + 0.32 * math.sin(a)),
        0.04,
        (180, 24, 24),
        bias=0.4,
    )
    scene.add(
        Decal(
            upright(1.5, 3.06, 1.5, 0.4, 0.12),
            sign(["MPa"], (240, 240, 234), (40, 42, 46), (160, 50)),
            bias=0.3,
        )
    )


def lift(scene: Scene, what: str, hazard: bool, rng: Random) -> None:
    """Inside or before a lift."""
    steel: Colour = (176, 180, 184)
    room(scene, 1.5, 2.4, 2.5, (120, 118, 116), steel, (226, 226, 222), near=-4)
    lamp(scene, 0.4, 2.5)
    for x in (-0.75, 0.75):
        scene.ground.append(
            Face(
                [(x - 0.72, 2.38, 0), (x + 0.72, 2.38, 0), (x + 0.72, 2.38, 2.3), (x - 0.72, 2.38, 2.3)],
                (196, 200, 204),
            )
        )
    scene.ground.append(
        Face([(-0.02, 2.37, 0), (0.02, 2.37, 0), (0.02, 2.37, 2.3), (-0.02, 2.37, 2.3)], (70, 72, 76))
    )
    panel = upright(1.02, 2.3, 0.75, 0.5, 1.25)
    scene.add(Decal(panel, _lift_panel(hazard and what == "panel"), bias=0.3))
    label = upright(-0.9, 2.3, 1.2, 0.62, 0.86)
    if what != "label" or not hazard:
        scene.add(Decal(label, paper(["电梯使用标志", "下次检验 2027年6月"], 5, rng, (420, 580)), bias=0.3))
    else:
        if rng.random() < 0.5:
            scene.add(
                Decal(label, paper(["电梯使用标志", "下次检验 2026年8月"], 5, rng, (420, 580)), bias=0.3)
            )
        else:
            scene.add(Face([label[0], label[1], label[2], label[3]], (150, 154, 158), bias=0.3))
            scene.add(
                Face([(-1.2, 2.29, 1.2), (-1.0, 2.29, 1.2), (-1.1, 2.29, 1.34)], (236, 232, 220), bias=0.4)
            )
    if what == "ebike" and hazard:
        flat_shadow(scene, -0.1, 0.9, 0.6, 1.0)
        e_bike(scene, (-0.1, 0.9, 0), 78, BIKES[rng.randrange(len(BIKES))])
        box(scene, (0.6, 0.8, 0), (0.85, 1.1, 0.3), (40, 42, 46), shadow=False)


def _lift_panel(broken: bool) -> Image.Image:
    image = Image.new("RGB", (260, 650), (206, 210, 212))
    draw = ImageDraw.Draw(image)
    draw.rectangle((50, 24, 210, 110), fill=(16, 18, 20))
    draw.text((130, 67), "E2" if broken else "1", font=font(66), fill=(226, 60, 40), anchor="mm")
    for k in range(10):
        x, y = 84 + (k % 2) * 92, 170 + (k // 2) * 74
        draw.ellipse((x - 28, y - 28, x + 28, y + 28), fill=(232, 234, 234), outline=(120, 124, 126), width=4)
        draw.text((x, y), str(k + 1), font=font(28), fill=(40, 42, 44), anchor="mm")
    tone = (120, 122, 122) if broken else (230, 180, 30)
    draw.ellipse((86, 548, 174, 636), fill=tone, outline=(90, 92, 94), width=5)
    draw.text((130, 592), "呼叫", font=font(30), fill=(60, 30, 20), anchor="mm")
    return image


def garage(scene: Scene, what: str, hazard: bool, rng: Random) -> None:
    """An underground garage."""
    dim = 0.42 if what == "dark" and hazard else 1.0
    room(
        scene,
        8.4,
        24,
        3.3,
        _dim((120, 124, 122), dim),
        _dim((196, 196, 190), dim),
        _dim((150, 152, 150), dim),
        _dim((206, 168, 60), dim),
        near=-5,
    )
    for y in (3.0, 9.0, 15.0, 21.0):
        lit = not (what == "dark" and hazard) or y == 21.0
        lamp(scene, y, 3.3, lit)
        for s in (-1, 1):
            box(
                scene,
                (s * 4.4 - 0.35, y, 0),
                (s * 4.4 + 0.35, y + 0.7, 3.3),
                _dim((206, 206, 200), dim),
                shadow=False,
            )
            box(
                scene,
                (s * 4.4 - 0.36, y - 0.01, 0),
                (s * 4.4 + 0.36, y + 0.71, 0.9),
                _dim((222, 178, 44), dim),
                shadow=False,
                bias=0.05,
            )
    scene.add(
        Decal(
            upright(-4.4, 2.98, 1.7, 0.62, 0.62),
            sign([rng.choice("ABC")], _dim((30, 70, 150), dim), size=(120, 120)),
            bias=0.5,
        )
    )
    for x, y in ((6.2, 6.4), (-6.3, 12.2), (6.3, 17.5)):
        flat_shadow(scene, x, y, 1.3, 2.6)
        car(scene, (x, y, 0), 90, _dim(rng.choice(((222, 224, 226), (44, 46, 50), (56, 90, 138))), dim))
    bar(scene, (-1.6, -2, 3.0), (-1.6, 22, 3.0), 0.12, _dim((196, 40, 36), dim))
    if not hazard:
        return
    if what == "leak":
        for x, y, r in ((-0.6, 4.6, 1.6), (1.2, 7.2, 1.1)):
            pool = [
                (x + r * rng.uniform(0.8, 1.2) * math.cos(a), y + r * 0.8 * math.sin(a), 0.01)
                for a in (k * math.pi / 9 for k in range(18))
            ]
            scene.ground.append(Face(pool, (70, 82, 90)))
            scene.ground.append(
                Face(
                    [(x + (p[0] - x) * 0.6, y + (p[1] - y) * 0.5 + 0.1, 0.01) for p in pool], (112, 128, 136)
                )
            )
            stain = [
                (x + r * 0.7 * math.cos(a), y + r * 0.6 * math.sin(a), 3.28)
                for a in (k * math.pi / 9 for k in range(18))
            ]
            scene.ground.append(Face(stain, (96, 90, 74), shade=False))
            for k in range(5):
                bar(
                    scene,
                    (x + 0.2 * k - 0.4, y, 3.2 - 0.5 * k),
                    (x + 0.2 * k - 0.4, y, 2.9 - 0.5 * k),
                    0.018,
                    (206, 220, 226),
                    shade=False,
                )
    elif what == "store":
        for k in range(12):
            carton(
                scene,
                (-3.4 + 0.75 * (k % 4), 6.4 + 0.2 * (k % 3), 0.55 * (k // 4)),
                (0.7, 0.55, 0.54),
                rng.uniform(-6, 6),
            )
        for k in range(7):
            box(scene, (0.8, 6.6, 0.16 * k), (2.8, 7.4, 0.16 * k + 0.14), (206, 184, 140), shadow=False)


def _dim(tone: Colour, share: float) -> Colour:
    return (round(tone[0] * share), round(tone[1] * share), round(tone[2] * share))


def plant(scene: Scene, what: str, hazard: bool, rng: Random) -> None:
    """Pump room, control room, store, tank, shaft."""
    room(scene, 3.6, 7.0, 3.0, (150, 154, 150), PAINT, (190, 192, 190), (120, 144, 138), near=-4)
    lamp(scene, 1.4, 3.0)
    if what == "tank":
        _tank(scene, hazard)
    elif what == "shaft":
        _shaft(scene, hazard)
    elif what in ("store", "station"):
        _store(scene, what, hazard, rng)
    else:
        _cabinets(scene, what, hazard, rng)


def _cabinets(scene: Scene, what: str, hazard: bool, rng: Random) -> None:
    for k in range(3):
        x = -2.6 + k * 1.5
        box(scene, (x, 5.4, 0), (x + 1.35, 6.4, 2.2), (196, 200, 196), shadow=False)
        for j in range(4):
            lit = (
                (40, 170, 80)
                if not hazard or what == "room"
                else (226, 60, 30)
                if (j + k) % 2
                else (236, 180, 30)
            )
            sphere(scene, (x + 0.25 + 0.28 * j, 5.36, 1.85), 0.06, lit, shadow=False)
        scene.add(
            Face(
                [(x + 0.2, 5.38, 1.2), (x + 1.15, 5.38, 1.2), (x + 1.15, 5.38, 1.65), (x + 0.2, 5.38, 1.65)],
                (20, 30, 34),
                bias=0.1,
            )
        )
        text = ["屏蔽 36"] if what == "alarm" and hazard and k == 1 else ["运行"]
        tone: Colour = (236, 90, 60) if text == ["屏蔽 36"] else (90, 220, 150)
        scene.add(
            Decal(
                upright(x + 0.68, 5.36, 1.25, 0.85, 0.35),
                sign(text, (20, 30, 34), tone, (260, 104)),
                bias=0.3,
            )
        )
    box(scene, (1.4, 3.2, 0), (3.2, 4.2, 0.78), (150, 118, 84), shadow=False)
    scene.add(
        Decal(
            ((1.7, 3.9, 0.79), (2.4, 3.9, 0.79), (2.4, 3.3, 0.79), (1.7, 3.3, 0.79)),
            paper(["巡查记录"], 6, rng, (300, 320), False, range(6) if hazard else ()),
            bias=0.5,
        )
    )
    box(scene, (1.9, 2.4, 0.42), (2.5, 3.0, 0.52), (50, 54, 62), shadow=False)
    box(scene, (1.9, 2.4, 0.5), (2.5, 2.5, 1.1), (50, 54, 62), shadow=False)
    if what == "room" and hazard:
        scene.add(
            Face(
                [(-3.58, 3.2, 0), (-3.58, 4.4, 0), (-3.58, 4.4, 2.1), (-3.58, 3.2, 2.1)],
                (60, 64, 66),
                bias=0.2,
            )
        )
        scene.add(
            Face(
                [(-3.58, 3.2, 0), (-2.7, 2.5, 0), (-2.7, 2.5, 2.1), (-3.58, 3.2, 2.1)],
                (120, 132, 140),
                bias=0.3,
            )
        )


def _tank(scene: Scene, hazard: bool) -> None:
    for i in range(3):
        for j in range(2):
            x, z = -2.4 + i * 1.3, j * 1.1
            box(scene, (x, 4.6, z + 0.3), (x + 1.28, 6.4, z + 1.38), (204, 210, 214), shadow=False)
            scene.add(
                Face(
                    [
                        (x + 0.2, 4.58, z + 0.5),
                        (x + 1.08, 4.58, z + 0.5),
                        (x + 1.08, 4.58, z + 1.2),
                        (x + 0.2, 4.58, z + 1.2),
                    ],
                    (182, 190, 196),
                    bias=0.1,
                )
            )
    box(scene, (-0.6, 4.7, 2.5), (0.3, 5.6, 2.62), (150, 156, 160), shadow=False, degrees=24 if hazard else 0)
    bar(scene, (1.8, 4.5, 0), (1.8, 4.5, 2.8), 0.14, (50, 110, 170))
    if not hazard:
        box(scene, (-0.28, 4.6, 2.36), (-0.06, 4.7, 2.56), (206, 168, 50), shadow=False, bias=0.4)
        scene.add(
            Decal(
                upright(2.7, 5.6, 1.2, 0.9, 1.1), paper(["水质检测报告"], 6, Random(3), (320, 400)), bias=0.3
            )
        )
    else:
        for k in range(6):
            flat_shadow(scene, -1.8 + 0.7 * k, 4.2, 0.4, 0.2)


def _shaft(scene: Scene, hazard: bool) -> None:
    scene.add(
        Face([(-1.3, 5.2, 0), (1.3, 5.2, 0), (1.3, 5.2, 2.5), (-1.3, 5.2, 2.5)], (70, 72, 74), bias=-0.2)
    )
    for k in range(7):
        x = -1.0 + k * 0.33
        bar(scene, (x, 5.0, 0), (x, 5.0, 2.5), 0.1, ((30, 32, 36), (190, 60, 40), (60, 90, 140))[k % 3])
    hole: Colour = (12, 12, 14) if hazard else (176, 64, 50)
    scene.add(
        Face(
            [(-1.25, 4.4, 0.02), (1.25, 4.4, 0.02), (1.25, 5.2, 0.02), (-1.25, 5.2, 0.02)],
            hole,
            shade=not hazard,
            bias=0.1,
        )
    )
    for s in (-1, 1):
        scene.add(
            Face(
                [(s * 1.3, 5.2, 0), (s * 2.3, 4.6, 0), (s * 2.3, 4.6, 2.5), (s * 1.3, 5.2, 2.5)],
                (168, 172, 168),
            )
        )


def _store(scene: Scene, what: str, hazard: bool, rng: Random) -> None:
    for x in (-2.8, 0.4):
        for z in (0.5, 1.2, 1.9):
            box(scene, (x, 5.4, z), (x + 2.4, 6.2, z + 0.06), (150, 156, 160), shadow=False)
        for dx in (0.0, 2.4):
            bar(scene, (x + dx, 5.4, 0), (x + dx, 5.4, 2.4), 0.08, (90, 96, 100))
    board = ["微型消防站"] if what == "station" else ["物业用房"]
    scene.add(Decal(upright(0, 6.9, 2.45, 3.0, 0.45), sign(board, (176, 30, 28), size=(720, 110)), bias=0.3))
    full = hazard
    for k in range(14):
        x, z = -2.6 + (k % 7) * 0.8, 0.56 if k < 7 else 1.26
        if full:
            carton(scene, (x, 5.7, z), (0.6, 0.5, 0.5), rng.uniform(-8, 8))
        elif what == "station":
            cylinder(scene, (x, 5.6, z), 0.11, 0.45, (206, 34, 32), steps=12, shadow=False)
    if full:
        for x, y in ((-1.6, 3.4), (-0.8, 3.8), (0.7, 3.2), (1.6, 3.9)):
            flat_shadow(scene, x, y, 0.6, 0.5)
            carton(scene, (x, y, 0), (0.8, 0.6, 0.6), rng.uniform(-20, 20))
    else:
        box(scene, (-1.0, 3.2, 0.7), (1.0, 4.2, 0.78), (170, 130, 92), shadow=False)
        for x in (-0.95, 0.95):
            for y in (3.25, 4.15):
                bar(scene, (x, y, 0), (x, y, 0.7), 0.06, (110, 84, 60))


def notice_board(scene: Scene, what: str, hazard: bool, rng: Random) -> None:
    """A glazed board with sheets behind it."""
    scene.ground.append(
        Face(
            [(-20, 6, 0), (20, 6, 0), (20, 6, 8), (-20, 6, 8)],
            rng.choice(((206, 190, 166), (196, 200, 196), (214, 206, 190))),
        )
    )
    scene.ground.append(Face([(-20, -6, 0), (20, -6, 0), (20, 6, 0), (-20, 6, 0)], (170, 166, 158)))
    box(scene, (-3.2, 5.5, 0.9), (3.2, 5.9, 3.3), (150, 156, 160), shadow=False)
    scene.add(
        Face(
            [(-3.05, 5.48, 1.0), (3.05, 5.48, 1.0), (3.05, 5.48, 2.8), (-3.05, 5.48, 2.8)],
            (232, 234, 228),
            bias=0.1,
        )
    )
    scene.add(
        Decal(
            upright(0, 5.46, 2.84, 3.4, 0.4),
            sign(["物业服务公示栏"], (28, 84, 116), size=(900, 106)),
            bias=1.5,
        )
    )
    for x in (-3.0, 3.0):
        bar(scene, (x, 5.6, 0), (x, 5.6, 0.95), 0.12, (110, 116, 120))
    titles = ("服务内容", "收费标准", "收支公示", "联系方式", "公共收益")
    for k, title in enumerate(titles):
        x = -2.4 + 1.2 * k
        empty = hazard and what == "empty" and k in (1, 2, 4)
        if empty:
            for dx, dz in ((-0.42, 0.6), (0.42, 0.6), (-0.42, -0.6), (0.42, -0.6)):
                sphere(scene, (x + dx, 5.44, 1.9 + dz), 0.03, (196, 60, 50), bias=2.6, shadow=False)
            continue
        old = hazard and what == "old"
        sheet = paper(
            [title, "2024年3月" if old else "2026年10月"],
            7,
            rng,
            (360, 520),
            stamp=not old,
            gaps=range(3, 7) if old and k > 1 else (),
        )
        if old:
            sheet = Image.blend(sheet, Image.new("RGB", sheet.size, (206, 190, 140)), 0.42)
        scene.add(Decal(upright(x, 5.44, 1.2, 1.0, 1.44), sheet, bias=2.6))
    if hazard and what == "old":
        scene.add(Face([(-0.5, 5.4, 2.64), (0.2, 5.3, 2.5), (0.5, 5.4, 2.64)], (226, 214, 176), bias=3.0))
    for x in (-5.4, 5.2):
        sphere(scene, (x, 5.0, 0.6), 0.9, (92, 136, 70), leafy=True)
        sphere(scene, (x + 0.9, 5.2, 0.5), 0.7, (84, 126, 66), leafy=True)


def record(scene: Scene, what: str, hazard: bool, rng: Random) -> None:
    """A sheet on a desk, seen from above."""
    wood = rng.choice(((150, 112, 78), (176, 146, 108), (120, 100, 84)))
    for k in range(14):
        t = rng.uniform(0.94, 1.06)
        scene.ground.append(
            Face(
                [
                    (-4, k * 0.35 - 1, 0),
                    (4, k * 0.35 - 1, 0),
                    (4, k * 0.35 - 0.66, 0),
                    (-4, k * 0.35 - 0.66, 0),
                ],
                (round(wood[0] * t), round(wood[1] * t), round(wood[2] * t)),
            )
        )
    title = rng.choice((["维护保养记录表"], ["消防设施检测记录"], ["保安员登记表"], ["劝阻报告登记表"]))
    gaps = (2, 3, 5, 6) if hazard else ()
    sheet = paper([*title, "澄湖区"], 9, rng, (620, 860), stamp=not hazard, gaps=gaps)
    for shift_y, image in ((0.03, Image.new("RGB", (62, 86), (232, 228, 216))), (0.0, sheet)):
        scene.ground.append(
            Decal(
                (
                    (-0.72 + shift_y, 2.55 + shift_y, 0.01),
                    (0.72 + shift_y, 2.55 + shift_y, 0.01),
                    (0.72 + shift_y, 0.55 + shift_y, 0.01),
                    (-0.72 + shift_y, 0.55 + shift_y, 0.01),
                ),
                image,
            )
        )
    box(scene, (-1.9, 1.0, 0), (-1.1, 2.1, 0.12), (36, 70, 116), 8)
    bar(scene, (0.95, 0.8, 0.04), (1.25, 1.9, 0.04), 0.07, (30, 32, 36))
    bar(scene, (1.25, 1.9, 0.04), (1.28, 2.0, 0.04), 0.05, (200, 202, 204))
    cylinder(scene, (1.7, 2.3, 0), 0.24, 0.34, (236, 236, 230), top=0.27, steps=20)
    if hazard:
        ring = [
            (0.16 + 0.62 * math.cos(a), 1.28 + 0.2 * math.sin(a), 0.02)
            for a in (k * math.pi / 16 for k in range(33))
        ]
        for p, q in zip(ring, ring[1:], strict=False):
            bar(scene, p, q, 0.022, (206, 40, 36), shade=False, bias=0.5)


INDOOR_VIEWS: dict[str, tuple[Camera, Camera]] = {
    "hall": (Camera((0.1, -1.5, 1.55), (0, 5, 1.05), 66), Camera((0.3, 0.4, 1.4), (-0.3, 3.6, 0.75), 62)),
    "hall_ads": (
        Camera((0.9, -0.4, 1.55), (-0.9, 5, 1.3), 70),
        Camera((0.2, 1.8, 1.6), (-2.3, 3.6, 1.6), 60),
    ),
    "hall_locked": (Camera((0.1, 0.0, 1.55), (0, 6, 1.2), 62), Camera((0.2, 3.4, 1.5), (0, 6, 1.0), 58)),
    "hall_firedoor": (
        Camera((0.1, 0.0, 1.55), (0, 6, 1.15), 60),
        Camera((-0.1, 2.6, 1.5), (-0.3, 6, 1.05), 56),
    ),
    "hydrant": (Camera((0.3, -1.2, 1.5), (0, 3.4, 1.25), 66), Camera((0.25, 0.7, 1.45), (0.4, 3.2, 1.2), 60)),
    "hydrant_light": (
        Camera((-0.4, -1.0, 1.5), (-0.8, 3.4, 1.5), 66),
        Camera((-1.6, 1.0, 1.6), (-2.1, 3.3, 1.8), 56),
    ),
    "hydrant_extinguisher": (
        Camera((0.3, -1.2, 1.5), (0.3, 3.4, 1.1), 64),
        Camera((1.3, 1.0, 1.2), (1.45, 3.1, 0.55), 54),
    ),
    "lift": (Camera((0.0, -1.3, 1.5), (0, 2.4, 1.2), 62), Camera((0.3, 0.3, 1.5), (0.8, 2.3, 1.4), 54)),
    "lift_ebike": (
        Camera((0.0, -1.6, 1.5), (0, 2.4, 1.0), 62),
        Camera((0.4, -0.5, 1.6), (-0.1, 1.2, 0.7), 60),
    ),
    "lift_label": (
        Camera((0.0, -1.3, 1.5), (0, 2.4, 1.25), 62),
        Camera((-0.5, 0.7, 1.6), (-0.9, 2.3, 1.58), 52),
    ),
    "garage": (Camera((0.4, -2.0, 1.6), (0, 9, 1.25), 66), Camera((0.2, 0.6, 1.6), (0.1, 6.4, 0.75), 62)),
    "plant": (Camera((0.3, -1.2, 1.6), (0, 5, 1.25), 66), Camera((-0.2, 1.8, 1.5), (-0.5, 5.2, 1.4), 56)),
    "plant_shaft": (Camera((0.3, -0.4, 1.6), (0, 5, 1.1), 62), Camera((0.1, 2.6, 1.9), (0, 4.9, 0.2), 58)),
    "board": (Camera((0.5, 0.4, 1.7), (0, 5.6, 1.9), 66), Camera((0.1, 2.9, 1.9), (0.2, 5.5, 1.95), 62)),
    "record": (Camera((0.05, -0.1, 2.4), (0, 1.6, 0), 54), Camera((0.1, 0.6, 1.7), (0.05, 1.5, 0), 52)),
}
