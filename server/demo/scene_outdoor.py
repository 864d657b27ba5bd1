"""Outdoor scenes: the fire lane, the house front, the charging shed, the gate, the car park."""

from __future__ import annotations

import math
from random import Random

from PIL import Image, ImageDraw

from server.demo.scene_kit import Camera, Colour, Decal, Face, Scene, Vec, font, sign
from server.demo.scene_shapes import bar, box, cylinder, rope, sphere
from server.demo.scene_street import BIKES, CARS, WALLS, car, e_bike, hedge, tree, wall
from server.demo.scene_things import bag, carton, post_sign, tape_measure, upright

ASPHALT: Colour = (96, 98, 100)
PAVING: Colour = (176, 172, 162)
YELLOW: Colour = (222, 178, 44)
BRICK: Colour = (158, 84, 62)


def ground(scene: Scene, colour: Colour, near: float = -9.0, far: float = 70.0, half: float = 60.0) -> None:
    """A floor in strips, so that haze deepens with distance."""
    y = near
    while y < far:
        step = 3.0 if y < 12 else 9.0
        scene.ground.append(
            Face([(-half, y, 0), (half, y, 0), (half, y + step, 0), (-half, y + step, 0)], colour)
        )
        y += step


def paving(
    scene: Scene, rng: Random, y0: float, y1: float, x0: float = -9.0, x1: float = 9.0, size: float = 0.9
) -> None:
    """Slabs with joints."""
    x = x0
    while x < x1:
        y = y0
        while y < y1:
            t = rng.uniform(0.94, 1.05)
            tone = (round(184 * t), round(178 * t), round(166 * t))
            scene.ground.append(
                Face(
                    [
                        (x + 0.015, y + 0.015, 0),
                        (x + size - 0.015, y + 0.015, 0),
                        (x + size - 0.015, y + size - 0.015, 0),
                        (x + 0.015, y + size - 0.015, 0),
                    ],
                    tone,
                )
            )
            y += size
        x += size


def floor_text(
    scene: Scene,
    text: str,
    x: float,
    y: float,
    width: float,
    depth: float,
    strength: float = 0.92,
    ink: Colour = YELLOW,
) -> None:
    """Letters painted on the ground, to be read from the camera."""
    image = Image.new("RGBA", (150 * len(text), 200), (0, 0, 0, 0))
    ImageDraw.Draw(image).text((75 * len(text), 100), text, font=font(140), fill=(*ink, 255), anchor="mm")
    scene.ground.append(
        Decal(
            (
                (x - width / 2, y + depth, 0),
                (x + width / 2, y + depth, 0),
                (x + width / 2, y, 0),
                (x - width / 2, y, 0),
            ),
            image,
            opacity=strength,
        )
    )


def stripe(
    scene: Scene, a: tuple[float, float], b: tuple[float, float], width: float, colour: Colour
) -> None:
    """A painted line on the ground."""
    length = math.dist(a, b) or 1.0
    nx, ny = -(b[1] - a[1]) / length * width / 2, (b[0] - a[0]) / length * width / 2
    parts = max(1, round(length / 4))
    for k in range(parts):
        p = (a[0] + (b[0] - a[0]) * k / parts, a[1] + (b[1] - a[1]) * k / parts)
        q = (a[0] + (b[0] - a[0]) * (k + 1) / parts, a[1] + (b[1] - a[1]) * (k + 1) / parts)
        scene.ground.append(
            Face(
                [
                    (p[0] + nx, p[1] + ny, 0),
                    (q[0] + nx, q[1] + ny, 0),
                    (q[0] - nx, q[1] - ny, 0),
                    (p[0] - nx, p[1] - ny, 0),
                ],
                colour,
            )
        )


def lane(scene: Scene, what: str, hazard: bool, rng: Random) -> None:
    """A fire lane between houses, looking along it."""
    coat = rng.choice(WALLS)
    ground(scene, PAVING)
    for k in range(18):
        y = -9 + k * 4.0
        t = rng.uniform(0.97, 1.03)
        scene.ground.append(
            Face(
                [(-3.2, y, 0), (3.2, y, 0), (3.2, y + 4.0, 0), (-3.2, y + 4.0, 0)],
                (round(ASPHALT[0] * t), round(ASPHALT[1] * t), round(ASPHALT[2] * t)),
            )
        )
    faded = what == "faded" and hazard
    line: Colour = (112, 108, 96) if faded else YELLOW
    for s in (-1, 1):
        stripe(scene, (s * 3.4, -9), (s * 3.4, 60), 0.4, (192, 190, 184))
        stripe(scene, (s * 2.8, -9), (s * 2.8, 48), 0.16, line)
    floor_text(scene, "消防车道", 0, 0.4, 4.6, 2.3, 0.13 if faded else 0.9)
    floor_text(scene, "禁止占用", 0, 9.4, 4.6, 2.3, 0.1 if faded else 0.9)
    wall(scene, (-8, -7), (-8, 35), 19, coat, rng)
    wall(scene, (8, -7), (8, 35), 19, coat, rng)
    wall(scene, (-13, 45), (13, 45), 26, (212, 212, 206), rng, floors=8)
    for s in (-1, 1):
        hedge(scene, (s * 4.7, -3), (s * 4.7, 30), rng, rng.uniform(0.7, 0.95))
        for y in (8, 17, 27):
            tree(scene, (s * 5.8, y + rng.uniform(-1.5, 1.5), 0), rng, rng.uniform(4.4, 5.6))
    number = sign([f"{rng.randint(1, 18)}号楼"], (28, 66, 128), size=(320, 150))
    scene.add(
        Decal(((-7.94, 5.0, 4.3), (-7.94, 7.4, 4.3), (-7.94, 7.4, 3.2), (-7.94, 5.0, 3.2)), number, bias=1.2)
    )
    if not faded:
        post_sign(scene, (4.2, 8.4), ["消防", "车道"], (172, 30, 28))
    if what == "bollards":
        _barrier(scene, closed=hazard)
        if hazard:
            for x in (-2.1, -0.7, 0.7, 2.1):
                cylinder(scene, (x, 6.6, 0), 0.33, 0.24, (196, 192, 184), top=0.26, steps=20)
                sphere(scene, (x, 6.6, 0.55), 0.35, (212, 208, 200))
    elif what == "cars" and hazard:
        tones = rng.sample(CARS, 3)
        car(scene, (0.7, 6.6, 0), 86 + rng.uniform(-5, 5), tones[0])
        car(scene, (-1.3, 12.6, 0), 93, tones[1], van=rng.random() < 0.5)
        car(scene, (1.4, 18.8, 0), 88, tones[2])
    elif what == "planters":
        for k in range(8):
            stripe(scene, (-2.6, 4 + k * 1.6), (2.6, 5.6 + k * 1.6), 0.12, YELLOW)
        if hazard:
            for x, y in ((-1.6, 6.2), (0.4, 6.8), (2.0, 8.4), (-0.8, 9.6)):
                box(scene, (x - 0.55, y - 0.35, 0), (x + 0.55, y + 0.35, 0.62), (146, 104, 76))
                sphere(scene, (x, y, 0.95), 0.5, (92, 136, 70), leafy=True)
            tree(scene, (1.2, 11.5, 0), rng, 3.6, 1.1)


def _barrier(scene: Scene, closed: bool) -> None:
    box(scene, (-3.35, 8.2, 0), (-3.0, 8.5, 1.1), (214, 168, 40))
    for k in range(10):
        tone: Colour = (196, 36, 32) if k % 2 else (238, 238, 232)
        if closed:
            bar(scene, (-3 + 0.6 * k, 8.3, 0.98), (-2.4 + 0.6 * k, 8.3, 0.98), 0.12, tone)
        else:
            bar(scene, (-3.15, 8.3, 1.0 + 0.55 * k), (-3.12, 8.3, 1.55 + 0.55 * k), 0.12, tone)


def facade(scene: Scene, what: str, hazard: bool, rng: Random) -> None:
    """The front of a house with a paved yard before it."""
    coat = rng.choice(WALLS)
    ground(scene, (168, 166, 158))
    paving(scene, rng, -4.5, 8.0)
    wall(scene, (-16, 8), (16, 8), 19.2, coat, rng, floors=6, pitch=3.2)
    tree(scene, (7.6, 4.6, 0), rng, 5.2, 1.7)
    hedge(scene, (4.2, 7.0), (10.5, 7.0), rng, 0.8)
    hedge(scene, (-11.5, 7.0), (-6.4, 7.0), rng, 0.8)
    if hazard:
        _FACADE[what](scene, rng, coat)


def _wires(scene: Scene, rng: Random, coat: Colour) -> None:
    rope(scene, (-1.4, 7.7, 8.6), (-2.4, 5.4, 0.75), 0.5, 0.055, (24, 24, 26), parts=20)
    rope(scene, (2.1, 7.7, 11.8), (0.6, 5.5, 0.8), -0.9, 0.06, (232, 230, 224), parts=24)
    for k, x in enumerate((-2.9, -1.3, 0.4, 2.1)):
        e_bike(scene, (x, 5.4, 0), rng.uniform(-16, 10), BIKES[k % len(BIKES)])
    box(scene, (-2.55, 5.3, 0.62), (-2.2, 5.45, 0.78), (238, 236, 228), bias=0.6)


def _peel(scene: Scene, rng: Random, coat: Colour) -> None:
    for cx, cz, size in ((-0.6, 8.4, 1.5), (1.9, 5.6, 0.9), (-2.6, 11.4, 0.8)):
        edge = [
            (
                cx + size * rng.uniform(0.7, 1.15) * math.cos(k * math.pi / 7),
                7.9,
                cz + size * rng.uniform(0.5, 0.9) * math.sin(k * math.pi / 7),
            )
            for k in range(14)
        ]
        scene.add(Face(edge, (112, 106, 98), bias=1.2))
        inner = [(cx + (x - cx) * 0.72, 7.88, cz + (z - cz) * 0.72) for x, _, z in edge]
        scene.add(Face(inner, (196, 188, 150) if size > 1 else (136, 128, 118), bias=1.3))
    for _ in range(16):
        x, y = rng.uniform(-3, 3), rng.uniform(5.6, 7.6)
        box(
            scene,
            (x, y, 0),
            (x + rng.uniform(0.12, 0.4), y + 0.2, rng.uniform(0.04, 0.14)),
            (188, 180, 166),
            rng.uniform(0, 90),
        )


def _hut(scene: Scene, rng: Random, coat: Colour) -> None:
    for x in (-3.4, -1.0, 1.4):
        box(scene, (x - 0.06, 4.4, 0), (x + 0.06, 4.52, 2.7), (236, 236, 232))
    box(scene, (-3.45, 4.4, 2.66), (1.45, 8.0, 2.82), (92, 120, 148))
    for x0, x1 in ((-3.34, -1.06), (-0.94, 1.34)):
        scene.add(
            Face([(x0, 4.42, 0.75), (x1, 4.42, 0.75), (x1, 4.42, 2.6), (x0, 4.42, 2.6)], (122, 148, 160))
        )
        scene.add(Face([(x0, 4.41, 0), (x1, 4.41, 0), (x1, 4.41, 0.75), (x0, 4.41, 0.75)], (224, 222, 214)))
        bar(scene, ((x0 + x1) / 2, 4.38, 0.75), ((x0 + x1) / 2, 4.38, 2.6), 0.06, (236, 236, 232), bias=0.1)
    scene.add(Face([(1.4, 4.46, 0), (1.4, 8, 0), (1.4, 8, 2.7), (1.4, 4.46, 2.7)], (150, 170, 178)))


def _opening(scene: Scene, rng: Random, coat: Colour) -> None:
    scene.add(
        Face([(-1.0, 7.9, 0), (0.4, 7.9, 0), (0.4, 7.9, 2.3), (-1.0, 7.9, 2.3)], (52, 46, 42), bias=1.0)
    )
    edge = [(-1.0, 2.3), (0.4, 2.3), (0.55, 2.55), (0.1, 2.5), (-0.4, 2.62), (-0.8, 2.48), (-1.15, 2.56)]
    scene.add(Face([(x, 7.88, z) for x, z in edge], BRICK, bias=1.1))
    for k in range(22):
        x, y = rng.uniform(-2.2, 1.4), rng.uniform(6.0, 7.7)
        box(scene, (x, y, 0), (x + 0.24, y + 0.12, 0.07 + 0.07 * (k % 3)), BRICK, rng.uniform(0, 90))


def _building(scene: Scene, rng: Random, coat: Colour) -> None:
    for row in range(9):
        for col in range(13 - row // 3):
            x = -3.2 + col * 0.42 + (0.21 if row % 2 else 0)
            t = rng.uniform(0.86, 1.12)
            box(
                scene,
                (x, 5.2, row * 0.15),
                (x + 0.4, 5.44, row * 0.15 + 0.14),
                (round(BRICK[0] * t), round(BRICK[1] * t), round(BRICK[2] * t)),
            )
    for k in range(26):
        x, z = 2.9 + (k % 5) * 0.28, (k // 5) * 0.14
        box(scene, (x, 4.6, z), (x + 0.26, 4.8, z + 0.13), BRICK)
    for k in range(5):
        bag(scene, (3.2 + 0.3 * k, 5.5, 0), rng, 0.3)
    sphere(scene, (-4.6, 4.9, 0.0), 0.9, (196, 176, 130), squash=0.45)
    bar(scene, (-4.2, 4.4, 0.1), (-3.7, 5.2, 1.3), 0.06, (150, 110, 70))


def _debris(scene: Scene, rng: Random, coat: Colour) -> None:
    for k in range(14):
        x, y = -2.6 + (k % 7) * 0.72 + rng.uniform(-0.1, 0.1), 5.6 + (k // 7) * 0.7
        sphere(
            scene,
            (x, y, 0.22),
            0.36,
            rng.choice(((206, 198, 178), (178, 170, 152), (222, 214, 196))),
            squash=0.72,
        )
    for k in range(10):
        x, y = rng.uniform(-3.2, 3.0), rng.uniform(4.6, 5.6)
        box(
            scene,
            (x, y, 0),
            (x + rng.uniform(0.2, 0.5), y + 0.3, rng.uniform(0.08, 0.25)),
            (170, 164, 156),
            rng.uniform(0, 90),
        )
    scene.add(
        Face([(-0.5, 7.9, 4.4), (1.2, 7.9, 4.4), (1.2, 7.9, 6.0), (-0.5, 7.9, 6.0)], (60, 54, 50), bias=1.2)
    )
    bar(scene, (-0.3, 7.8, 4.4), (0.4, 7.5, 5.2), 0.08, (120, 116, 110), bias=1.4)


def _shop_sign(scene: Scene, rng: Random, coat: Colour) -> None:
    words, tone = rng.choice(
        (
            (["棋牌室"], (150, 36, 40)),
            (["美容工作室"], (176, 84, 130)),
            (["快递驿站"], (36, 96, 150)),
            (["小饭桌"], (196, 110, 30)),
        )
    )
    scene.add(
        Decal(
            upright(0.2, 7.7, 2.7, 3.6, 0.9),
            sign(words, tone, size=(720, 180), border=(250, 240, 200)),
            bias=1.4,
        )
    )
    scene.add(
        Face([(-0.6, 7.86, 0), (0.9, 7.86, 0), (0.9, 7.86, 2.4), (-0.6, 7.86, 2.4)], (86, 96, 100), bias=1.0)
    )
    for k in range(9):
        carton(
            scene,
            (1.6 + 0.5 * (k % 4), 6.4 + 0.1 * k, 0.36 * (k // 4)),
            (0.44, 0.36, 0.34),
            rng.uniform(-9, 9),
        )
    scene.add(
        Decal(upright(-2.0, 6.2, 0.1, 0.8, 1.1), sign(["营业中"], (30, 60, 50), size=(200, 280)), bias=0.4)
    )


def _laundry(scene: Scene, rng: Random, coat: Colour) -> None:
    for y, z in ((4.4, 2.5), (5.6, 2.7)):
        rope(scene, (-7, y, z), (7.4, y, z), 0.16, 0.03, (60, 60, 60))
        for k in range(9):
            x = -4.6 + k * 1.1 + rng.uniform(-0.2, 0.2)
            tone = rng.choice(
                ((176, 60, 66), (70, 104, 160), (228, 226, 218), (214, 178, 70), (110, 140, 110))
            )
            w, h = rng.uniform(0.5, 0.95), rng.uniform(0.6, 1.2)
            top = z - 0.12
            scene.add(
                Face(
                    [
                        (x, y, top),
                        (x + w, y, top),
                        (x + w * 0.96, y - 0.06, top - h),
                        (x + 0.03, y - 0.06, top - h),
                    ],
                    tone,
                )
            )
            scene.casters.append([(x, y, top), (x + w, y, top), (x + w, y, top - h), (x, y, top - h)])


def _pots(scene: Scene, rng: Random, coat: Colour) -> None:
    for z, x0 in ((7.55, -2.6), (10.75, 0.6), (7.55, 3.8)):
        box(
            scene,
            (x0 - 0.2, 7.55, z - 0.12),
            (x0 + 1.7, 8.0, z - 0.04),
            (150, 152, 154),
            shadow=False,
            bias=1.0,
        )
        for k in range(4):
            x = x0 + 0.1 + 0.42 * k
            cylinder(scene, (x, 7.72, z - 0.04), 0.15, 0.26, (172, 96, 64), top=0.19, steps=10)
            sphere(scene, (x, 7.7, z + 0.42), 0.24, (96, 142, 74), leafy=True, bias=1.3)
    box(scene, (-0.9, 7.4, 4.5), (0.0, 8.0, 5.1), (196, 190, 176), shadow=False, bias=1.2)
    bar(scene, (-0.8, 7.4, 4.5), (-0.8, 8.0, 4.1), 0.05, (134, 74, 44), bias=1.4)


def _gas(scene: Scene, rng: Random, coat: Colour) -> None:
    box(scene, (-1.9, 6.9, 0), (0.6, 8.0, 2.5), (168, 150, 122))
    bar(scene, (-0.6, 6.86, 0.0), (-0.6, 6.86, 2.4), 0.04, (110, 92, 70), bias=0.2)
    scene.add(
        Face(
            [(-1.7, 6.88, 0.15), (-0.7, 6.88, 0.15), (-0.7, 6.88, 2.3), (-1.7, 6.88, 2.3)],
            (186, 168, 138),
            bias=0.1,
        )
    )
    bar(scene, (-1.2, 7.7, 2.5), (-1.2, 7.7, 12), 0.09, (226, 190, 40), bias=1.4)


_FACADE = {
    "wire": _wires,
    "peel": _peel,
    "hut": _hut,
    "opening": _opening,
    "building": _building,
    "debris": _debris,
    "sign": _shop_sign,
    "laundry": _laundry,
    "pots": _pots,
    "gas": _gas,
}


def shed(scene: Scene, what: str, hazard: bool, rng: Random) -> None:
    """A charging shed with electric bicycles."""
    ground(scene, (178, 174, 166))
    paving(scene, rng, -4.5, 3.0, size=1.2)
    close = what == "close" and hazard
    wall_y = 8.4 if close else 15.0
    wall(scene, (-16, wall_y), (16, wall_y), 16, rng.choice(WALLS), rng, floors=5)
    if not close:
        hedge(scene, (-9, 11), (9, 11), rng, 0.9)
        tree(scene, (-6.5, 10, 0), rng)
    for x in (-5.0, -1.7, 1.7, 5.0):
        box(scene, (x - 0.07, 3.4, 0), (x + 0.07, 3.54, 2.45), (52, 62, 72))
        box(scene, (x - 0.07, 7.4, 0), (x + 0.07, 7.54, 2.75), (52, 62, 72))
    scene.add(
        Face(
            [(-5.6, 3.0, 2.5), (5.6, 3.0, 2.5), (5.6, 7.9, 2.85), (-5.6, 7.9, 2.85)], (70, 96, 118), bias=-0.5
        )
    )
    scene.add(
        Face([(-5.6, 3.0, 2.44), (5.6, 3.0, 2.44), (5.6, 3.0, 2.56), (-5.6, 3.0, 2.56)], (88, 118, 142))
    )
    scene.casters.append([(-5.6, 3.0, 2.5), (5.6, 3.0, 2.5), (5.6, 7.9, 2.85), (-5.6, 7.9, 2.85)])
    scene.add(Face([(-5.2, 7.6, 0), (5.2, 7.6, 0), (5.2, 7.6, 1.9), (-5.2, 7.6, 1.9)], (158, 162, 164)))
    for k in range(6):
        x = -4.4 + k * 1.75
        box(scene, (x - 0.2, 7.4, 1.0), (x + 0.2, 7.55, 1.5), (208, 212, 210), shadow=False)
        scene.add(
            Face(
                [
                    (x - 0.08, 7.38, 1.2),
                    (x + 0.08, 7.38, 1.2),
                    (x + 0.08, 7.38, 1.36),
                    (x - 0.08, 7.38, 1.36),
                ],
                (36, 120, 60) if not (what == "bare" and hazard) else (150, 36, 30),
                bias=0.1,
            )
        )
    crowd = 11 if what == "few" and hazard else 6
    for k in range(crowd):
        x = -4.6 + k * 9.2 / max(1, crowd - 1)
        e_bike(scene, (x, 5.4 + rng.uniform(-0.3, 0.3), 0), 82 + rng.uniform(-8, 8), BIKES[k % len(BIKES)])
    if what == "few" and hazard:
        for k in range(7):
            e_bike(
                scene,
                (-4.4 + k * 1.45, 1.6 + rng.uniform(-0.4, 0.4), 0),
                rng.uniform(60, 110),
                BIKES[(k + 2) % len(BIKES)],
            )
    if not hazard:
        for x in (-1.7, 1.7):
            cylinder(scene, (x, 3.2, 0.1), 0.1, 0.48, (196, 30, 30), steps=12)
        scene.add(
            Decal(
                upright(0, 2.96, 1.75, 2.2, 0.55),
                sign(["充满自动断电"], (24, 110, 70), size=(440, 110)),
                bias=0.3,
            )
        )
    elif what == "bare":
        rope(scene, (-2.6, 7.3, 1.1), (-2.9, 5.2, 0.75), 0.2, 0.045, (30, 30, 32))
        rope(scene, (0.8, 7.3, 1.1), (0.6, 5.3, 0.75), 0.25, 0.045, (230, 228, 222))


def gate(scene: Scene, what: str, hazard: bool, rng: Random) -> None:
    """The entrance of a compound with guard box, barrier and name wall."""
    ground(scene, ASPHALT)
    paving(scene, rng, -3.0, 4.0, -10, -4.2, 1.2)
    wall(scene, (-18, 34), (-3, 34), 30, rng.choice(WALLS), rng, floors=10)
    wall(scene, (3, 38), (20, 38), 36, rng.choice(WALLS), rng, floors=12)
    for s in (-1, 1):
        tree(scene, (s * 7.6, 14, 0), rng, 5.6, 1.9)
        tree(scene, (s * 8.6, 22, 0), rng, 5.2, 1.7)
        hedge(scene, (s * 5.4, 11), (s * 5.4, 26), rng, 0.8)
    box(scene, (-6.9, 7.0, 0), (-4.4, 9.4, 2.7), (222, 220, 212))
    scene.add(
        Face(
            [(-6.6, 6.98, 1.0), (-4.7, 6.98, 1.0), (-4.7, 6.98, 2.2), (-6.6, 6.98, 2.2)],
            (84, 104, 118),
            bias=0.1,
        )
    )
    box(scene, (-7.2, 6.7, 2.7), (-4.1, 9.7, 2.9), (120, 60, 48))
    box(scene, (4.6, 7.8, 0), (8.6, 8.4, 2.2), (150, 138, 122))
    scene.add(
        Decal(
            upright(6.6, 7.76, 0.7, 3.4, 0.9),
            sign(
                [rng.choice(("平安小区", "文明小区", "和谐家园"))],
                (150, 138, 122),
                (250, 232, 180),
                (680, 180),
            ),
            bias=0.3,
        )
    )
    lifted = hazard and what == "empty"
    box(scene, (-3.9, 8.6, 0), (-3.5, 9.0, 1.1), (214, 168, 40))
    for k in range(10):
        tone: Colour = (196, 36, 32) if k % 2 else (238, 238, 232)
        if lifted:
            bar(
                scene,
                (-3.7 + 0.1 * k, 8.7, 1.05 + 0.6 * k),
                (-3.6 + 0.1 * k, 8.7, 1.65 + 0.6 * k),
                0.12,
                tone,
            )
        else:
            bar(scene, (-3.7 + 0.72 * k, 8.7, 1.0), (-2.98 + 0.72 * k, 8.7, 1.0), 0.12, tone)
    cylinder(scene, (-3.2, 7.6, 0), 0.06, 3.2, (90, 94, 98), steps=8)
    box(
        scene,
        (-3.4, 7.3, 3.1),
        (-3.0, 7.75, 3.3),
        (226, 228, 230),
        0 if not (hazard and what == "camera") else 50,
    )
    if not lifted:
        _guard(scene, (-5.6, 6.4, 0))
    else:
        box(scene, (-5.2, 6.0, 0), (-4.7, 6.5, 0.45), (60, 62, 66))
        box(scene, (-5.2, 6.42, 0.45), (-4.7, 6.5, 1.0), (60, 62, 66))
    if hazard and what == "camera":
        rope(scene, (-3.2, 7.5, 3.1), (-2.9, 7.3, 1.7), 0.1, 0.04, (24, 24, 26))
        scene.add(
            Decal(
                upright(-5.6, 6.9, 1.2, 1.1, 0.8),
                sign(["无信号"], (16, 18, 22), (200, 210, 220), (300, 220)),
                bias=0.4,
            )
        )
    if what == "ramp":
        _ramp(scene, hazard, rng)
    if hazard and what == "stalls":
        _stalls(scene, rng)


def _guard(scene: Scene, at: Vec) -> None:
    """A figure in uniform, without a face."""
    x, y, z = at
    for dx in (-0.11, 0.11):
        cylinder(scene, (x + dx, y, z), 0.09, 0.82, (36, 42, 58), steps=10)
    cylinder(scene, (x, y, z + 0.8), 0.21, 0.62, (62, 84, 120), top=0.24, steps=14)
    sphere(scene, (x, y, z + 1.6), 0.14, (206, 172, 148))
    cylinder(scene, (x, y, z + 1.68), 0.16, 0.1, (36, 42, 58), steps=14)


def _ramp(scene: Scene, hazard: bool, rng: Random) -> None:
    points: list[Vec] = [(4.2, 3.0, 0), (6.0, 3.0, 0), (6.0, 6.6, 0.5), (4.2, 6.6, 0.5)]
    scene.add(Face(points, (188, 186, 178)))
    box(scene, (4.2, 6.6, 0), (8.2, 7.6, 0.5), (180, 178, 170))
    for x in (4.2, 6.0):
        bar(scene, (x, 3.0, 0.9), (x, 6.6, 1.4), 0.06, (196, 200, 202))
        for t in (0.0, 0.5, 1.0):
            bar(scene, (x, 3 + 3.6 * t, 0.5 * t), (x, 3 + 3.6 * t, 0.9 + 0.5 * t), 0.05, (196, 200, 202))
    scene.ground.append(
        Decal(
            ((4.5, 2.8, 0), (5.7, 2.8, 0), (5.7, 1.8, 0), (4.5, 1.8, 0)),
            sign(["无障碍"], (30, 90, 170), size=(300, 200)),
            opacity=0.9,
        )
    )
    if hazard:
        for k in range(3):
            e_bike(scene, (4.6 + 0.5 * k, 3.6 + 0.7 * k, 0.1 * k), 70, BIKES[k])
        box(scene, (4.5, 2.2, 0), (5.6, 2.8, 0.6), (146, 104, 76))
        sphere(scene, (5.05, 2.5, 0.95), 0.5, (92, 136, 70), leafy=True)


def _stalls(scene: Scene, rng: Random) -> None:
    for x, tone in ((2.2, (176, 50, 46)), (5.0, (46, 104, 150))):
        for dx in (-1.1, 1.1):
            bar(scene, (x + dx, 5.2, 0), (x + dx, 5.2, 2.2), 0.05, (200, 204, 206))
        scene.add(
            Face([(x - 1.4, 4.6, 2.1), (x + 1.4, 4.6, 2.1), (x + 1.2, 6.4, 2.6), (x - 1.2, 6.4, 2.6)], tone)
        )
        box(scene, (x - 1.1, 4.9, 0), (x + 1.1, 5.7, 0.8), (196, 190, 178))
        for k in range(10):
            sphere(
                scene,
                (x - 0.9 + 0.2 * k, 5.1 + 0.2 * (k % 3), 0.88),
                0.1,
                rng.choice(((206, 60, 40), (226, 170, 40), (110, 160, 60))),
            )


def parking(scene: Scene, what: str, hazard: bool, rng: Random) -> None:
    """Parking bays before a house."""
    ground(scene, ASPHALT)
    wall(scene, (-18, 17), (18, 17), 19, rng.choice(WALLS), rng)
    hedge(scene, (-14, 13.4), (14, 13.4), rng, 0.9)
    for x in (-8.5, 9.0):
        tree(scene, (x, 14.2, 0), rng, 5.4, 1.8)
    for k in range(7):
        x = -9.0 + k * 2.9
        stripe(scene, (x, 6.4), (x, 12.0), 0.12, (232, 232, 226))
    stripe(scene, (-9.0, 12.0), (8.4, 12.0), 0.12, (232, 232, 226))
    tones = [rng.choice(CARS) for _ in range(8)]
    bays = {"locks": (0, 1, 4), "zombie": (0, 4, 5), "messy": (0, 1, 2, 4, 5)}[what]
    for k in bays:
        car(scene, (-7.55 + 2.9 * k, 9.2, 0), -90 + rng.uniform(-2, 2), tones[k])
    if what == "locks" and hazard:
        for k in (2, 3):
            x = -7.55 + 2.9 * k
            for dx in (-0.35, 0.35):
                bar(scene, (x + dx, 8.0, 0), (x, 8.0, 0.62), 0.07, (226, 180, 36))
            box(scene, (x - 0.5, 7.9, 0), (x + 0.5, 8.1, 0.08), (60, 60, 62))
    if what == "zombie":
        if hazard:
            car(scene, (-7.55 + 5.8, 8.8, 0), -90, tones[6], dust=0.85, van=rng.random() < 0.4)
            for _ in range(22):
                scene.ground.append(
                    Face(
                        [
                            (x := rng.uniform(-3.4, 0.0), y := rng.uniform(6.2, 7.4), 0),
                            (x + 0.14, y + 0.02, 0),
                            (x + 0.1, y + 0.1, 0),
                        ],
                        (150, 116, 54),
                    )
                )
    if what == "messy" and hazard:
        for x, y, a, k in ((-3.4, 3.6, 24, 5), (2.6, 2.4, -16, 6), (-7.6, 4.4, 8, 7)):
            car(scene, (x, y, 0), a, tones[k], van=k == 6)


def measure(scene: Scene, family: str) -> None:
    """A tape in the picture, as the measured photo needs."""
    if family == "lane":
        tape_measure(scene, (-0.35, 6.1, 0.25), (0.36, 6.1, 0.25), 1.6)
    elif family == "facade":
        tape_measure(scene, (-1.6, 4.2, 0.5), (1.2, 4.2, 0.5), 2.8)
    elif family == "shed":
        tape_measure(scene, (-1.0, 3.1, 0.6), (0.6, 3.1, 0.6), 1.6)


OUTDOOR_VIEWS: dict[str, tuple[Camera, Camera]] = {
    "lane": (Camera((0.25, -3.6, 1.62), (0, 12, 2.2), 64), Camera((0.5, 2.4, 1.4), (0.2, 8.6, 0.85), 58)),
    "lane_cars": (
        Camera((-0.6, -2.6, 1.62), (0.2, 12, 1.9), 62),
        Camera((-1.4, 0.6, 1.6), (0.6, 6.6, 0.8), 58),
    ),
    "lane_faded": (
        Camera((0.25, -3.6, 1.62), (0, 10, 1.2), 64),
        Camera((0.3, -1.6, 1.7), (0.1, 3.4, 0.0), 58),
    ),
    "facade": (Camera((0.4, -3.4, 1.6), (0.1, 8, 3.3), 62), Camera((-0.6, 1.4, 1.5), (-0.2, 7.0, 1.3), 58)),
    "facade_peel": (Camera((0.4, -3.6, 1.6), (0.1, 8, 5.4), 64), Camera((0.2, 0.6, 1.6), (-0.4, 8, 7.6), 46)),
    "facade_pots": (Camera((0.4, -3.6, 1.6), (0.3, 8, 5.6), 64), Camera((0.2, 0.8, 1.6), (-1.2, 8, 7.4), 44)),
    "facade_gas": (
        Camera((0.4, -3.4, 1.6), (-0.4, 8, 3.3), 60),
        Camera((0.6, 2.6, 1.6), (-0.8, 7.4, 1.7), 58),
    ),
    "facade_debris": (
        Camera((0.4, -3.4, 1.6), (0.1, 8, 3.0), 62),
        Camera((0.2, 1.6, 1.7), (0, 6.4, 0.5), 60),
    ),
    "facade_hut": (
        Camera((0.8, -3.0, 1.6), (-0.6, 8, 2.8), 62),
        Camera((1.8, 0.6, 1.6), (-0.9, 5.4, 1.5), 60),
    ),
    "facade_building": (
        Camera((0.4, -2.6, 1.6), (0.1, 8, 2.6), 62),
        Camera((0.8, 2.0, 1.6), (-0.4, 5.4, 0.6), 60),
    ),
    "facade_laundry": (
        Camera((0.4, -3.2, 1.6), (0.1, 8, 2.8), 62),
        Camera((-1.6, 0.4, 1.5), (-1.0, 5.0, 2.0), 56),
    ),
    "shed": (Camera((0.6, -3.0, 1.6), (0, 7, 1.6), 64), Camera((-2.9, 1.4, 1.5), (-2.6, 7, 1.1), 56)),
    "gate": (Camera((0.2, -3.4, 1.65), (-0.2, 12, 2.3), 64), Camera((-2.2, 1.2, 1.6), (-4.8, 8, 1.6), 60)),
    "gate_ramp": (
        Camera((1.6, -3.6, 1.65), (2.6, 9, 1.5), 62),
        Camera((3.6, -0.4, 1.65), (5.3, 5.0, 0.5), 58),
    ),
    "gate_stalls": (
        Camera((0.8, -3.4, 1.65), (1.6, 9, 1.7), 64),
        Camera((2.0, 0.8, 1.65), (3.2, 5.4, 1.2), 62),
    ),
    "parking": (
        Camera((0.6, -2.4, 1.7), (-0.8, 10, 1.2), 66),
        Camera((-0.6, 3.0, 1.7), (-1.9, 8.8, 0.5), 58),
    ),
    "parking_messy": (
        Camera((0.6, -4.6, 2.0), (-0.8, 8, 0.9), 68),
        Camera((-3.4, -2.0, 1.8), (-3.2, 4.0, 0.5), 62),
    ),
    "parking_zombie": (
        Camera((0.4, 0.0, 1.7), (-1.4, 10, 0.9), 64),
        Camera((-0.2, 3.6, 1.7), (-1.9, 8.2, 0.6), 58),
    ),
}
