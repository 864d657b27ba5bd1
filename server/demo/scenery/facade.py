"""The front of a house, and the charging shed."""

from __future__ import annotations

import math
from random import Random

from server.demo.scenery.floor import ground, paving
from server.demo.scenery.lettering import sign
from server.demo.scenery.model import Colour, Decal, Face, Scene
from server.demo.scenery.shapes import bar, box, cylinder, rope, sphere
from server.demo.scenery.street import WALLS, hedge, tree, wall
from server.demo.scenery.things import bag, carton, upright
from server.demo.scenery.vehicles import BIKES, e_bike

BRICK: Colour = (158, 84, 62)


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
    for _ in range(10):
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
