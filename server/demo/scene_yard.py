"""Scenes between the houses: bins, the ground with its covers, the garden."""

from __future__ import annotations

import math
from random import Random

from server.demo.scene_kit import Camera, Colour, Decal, Face, Scene, Vec, sign
from server.demo.scene_outdoor import ASPHALT, ground, paving, stripe
from server.demo.scene_shapes import bar, box, cylinder, sphere
from server.demo.scene_street import WALLS, hedge, tree, wall
from server.demo.scene_things import bag, bin_, carton, upright

GRASS: Colour = (112, 146, 78)
SOIL: Colour = (122, 94, 66)


def _backdrop(scene: Scene, rng: Random, y: float = 14.0) -> None:
    wall(scene, (-18, y), (18, y), 19, rng.choice(WALLS), rng)
    hedge(scene, (-14, y - 2), (14, y - 2), rng, 0.85)


def bins(scene: Scene, what: str, hazard: bool, rng: Random) -> None:
    """A sorting point with four bins."""
    ground(scene, (172, 168, 160))
    paving(scene, rng, -4, 6, size=1.1)
    _backdrop(scene, rng)
    tree(scene, (6.5, 10, 0), rng, 5.4, 1.8)
    box(scene, (-3.2, 6.0, 0), (3.2, 6.12, 2.4), (206, 210, 206))
    for x in (-3.2, 3.14):
        box(scene, (x, 4.2, 0), (x + 0.08, 6.1, 2.5), (90, 120, 100))
    scene.add(Face([(-3.5, 3.9, 2.5), (3.5, 3.9, 2.5), (3.5, 6.3, 2.75), (-3.5, 6.3, 2.75)], (70, 110, 86)))
    scene.casters.append([(-3.5, 3.9, 2.5), (3.5, 3.9, 2.5), (3.5, 6.3, 2.75), (-3.5, 6.3, 2.75)])
    scene.add(
        Decal(
            upright(0, 5.95, 1.7, 3.6, 0.5),
            sign(["生活垃圾分类投放点"], (30, 110, 72), size=(900, 125)),
            bias=0.3,
        )
    )
    kinds: list[tuple[str, Colour]] = [
        ("厨余", (40, 120, 66)),
        ("可回收", (36, 84, 156)),
        ("有害", (178, 40, 36)),
        ("其他", (92, 96, 98)),
    ]
    full = hazard and what == "full"
    for k, (label, tone) in enumerate(kinds):
        if hazard and what == "mixed" and k == 2:
            continue
        x = -2.1 + 1.4 * k
        bin_(
            scene,
            (x, 5.0, 0),
            tone,
            "其他" if hazard and what == "mixed" and k == 0 else label,
            full or (hazard and what == "mixed"),
            rng,
        )
    if full:
        for _ in range(26):
            bag(scene, (rng.uniform(-2.8, 2.8), rng.uniform(3.2, 4.5), 0), rng, rng.uniform(0.16, 0.34))
        carton(scene, (-2.6, 3.6, 0), (0.7, 0.5, 0.5), 20)
        carton(scene, (1.9, 3.3, 0), (0.6, 0.5, 0.4), -14)
    elif hazard and what == "debris":
        _debris(scene, rng)
    elif hazard and what == "pests":
        for x, y in ((-1.2, 3.6), (0.9, 3.2)):
            hole = [
                (x + 0.24 * math.cos(a), y + 0.16 * math.sin(a), 0)
                for a in (k * math.pi / 8 for k in range(16))
            ]
            scene.ground.append(Face(hole, (34, 28, 24), shade=False))
        for x in (-2.4, 2.3):
            cylinder(scene, (x, 3.4, 0), 0.24, 0.3, (60, 110, 170), steps=14)
            disc = [
                (x + 0.21 * math.cos(a), 3.4 + 0.21 * math.sin(a), 0.29)
                for a in (k * math.pi / 8 for k in range(16))
            ]
            scene.add(Face(disc, (86, 96, 70), bias=0.3))
        for _ in range(9):
            bag(scene, (rng.uniform(-2.4, 2.4), rng.uniform(3.6, 4.4), 0), rng, rng.uniform(0.12, 0.2))


def _debris(scene: Scene, rng: Random) -> None:
    for k in range(20):
        x, y = rng.uniform(-2.6, 2.6), rng.uniform(2.4, 4.2)
        sphere(
            scene,
            (x, y, 0.2),
            rng.uniform(0.28, 0.4),
            rng.choice(((226, 220, 204), (186, 178, 160), (206, 196, 172))),
            squash=0.7,
        )
        if k % 2:
            box(
                scene,
                (x, y - 0.5, 0),
                (x + rng.uniform(0.3, 0.6), y - 0.1, rng.uniform(0.1, 0.3)),
                rng.choice(((158, 84, 62), (196, 190, 180))),
                rng.uniform(0, 90),
            )
    for k in range(4):
        bar(scene, (-2.0 + k, 3.0, 0.1), (-1.4 + k, 4.0, 0.9), 0.1, (176, 134, 88))


def yard_ground(scene: Scene, what: str, hazard: bool, rng: Random) -> None:
    """A footpath or lane with a cover, a hole, water or a trench."""
    road = what in ("pothole", "cover")
    ground(scene, ASPHALT if road else (172, 168, 160))
    if not road:
        paving(scene, rng, -3, 9, -7, 7, 0.8)
    else:
        for s in (-1, 1):
            stripe(scene, (s * 4.0, -6), (s * 4.0, 14), 0.35, (196, 194, 188))
    _backdrop(scene, rng, 16)
    tree(scene, (-6.5, 9, 0), rng)
    scene.ground.append(Face([(-14, 10, 0), (14, 10, 0), (14, 14, 0), (-14, 14, 0)], GRASS))
    _GROUND[what](scene, hazard, rng)


def _disc(x: float, y: float, r: float, z: float = 0.0, steps: int = 24) -> list[Vec]:
    return [
        (x + r * math.cos(2 * math.pi * k / steps), y + r * math.sin(2 * math.pi * k / steps), z)
        for k in range(steps)
    ]


def _cover_plate(scene: Scene, x: float, y: float, label: str, lift: float = 0.0) -> None:
    scene.ground.append(Face(_disc(x, y, 0.62), (120, 116, 110)))
    scene.ground.append(Face(_disc(x, y, 0.54, lift), (76, 78, 80)))
    for k in range(-3, 4):
        stripe(scene, (x + k * 0.13, y - 0.4), (x + k * 0.13, y + 0.4), 0.03, (104, 106, 108))
    scene.ground.append(
        Decal(
            (
                (x - 0.24, y + 0.14, lift),
                (x + 0.24, y + 0.14, lift),
                (x + 0.24, y - 0.14, lift),
                (x - 0.24, y - 0.14, lift),
            ),
            sign([label], (76, 78, 80), (160, 162, 162), (130, 76)),
        )
    )


def _hole(scene: Scene, hazard: bool, rng: Random) -> None:
    if not hazard:
        _cover_plate(scene, 0, 3.2, "污")
        return
    scene.ground.append(Face(_disc(0, 3.2, 0.66), (128, 122, 114)))
    scene.ground.append(Face(_disc(0, 3.2, 0.54), (14, 14, 16), shade=False))
    far = [p for p in _disc(0, 3.2, 0.54) if p[1] > 3.2]
    scene.ground.append(Face([*far, (-0.5, 3.28, 0), (0.5, 3.28, 0)], (62, 56, 50), shade=False))
    bar(scene, (0.8, 2.7, 0), (1.4, 3.4, 0.05), 0.1, (150, 116, 74))


def _cover(scene: Scene, hazard: bool, rng: Random) -> None:
    if hazard:
        scene.ground.append(
            Face(
                [(p[0] * 1.3, 3.2 + (p[1] - 3.2) * 1.3, 0) for p in _disc(0, 3.2, 0.7, steps=11)],
                (70, 70, 72),
            )
        )
        for k in range(9):
            a = k * 0.7
            stripe(
                scene,
                (0.8 * math.cos(a), 3.2 + 0.8 * math.sin(a)),
                (1.5 * math.cos(a + 0.1), 3.2 + 1.4 * math.sin(a + 0.1)),
                0.03,
                (52, 52, 54),
            )
    _cover_plate(scene, 0, 3.2, "雨")
    if hazard:
        scene.ground.append(
            Face([*[p for p in _disc(0, 3.2, 0.55) if p[1] > 3.3]], (24, 24, 26), shade=False)
        )


def _pothole(scene: Scene, hazard: bool, rng: Random) -> None:
    tone: Colour = (88, 84, 78) if hazard else (78, 80, 82)
    for x, y, r in ((-0.4, 3.4, 1.2), (1.3, 5.2, 0.9), (-1.8, 6.4, 0.8)):
        edge = [
            (x + r * rng.uniform(0.75, 1.2) * math.cos(a), y + r * rng.uniform(0.6, 0.95) * math.sin(a), 0.0)
            for a in (k * math.pi / 8 for k in range(16))
        ]
        scene.ground.append(Face(edge, tone))
        if hazard:
            scene.ground.append(
                Face([(x + (p[0] - x) * 0.72, y + (p[1] - y) * 0.7, 0) for p in edge], (112, 128, 138))
            )
            scene.ground.append(
                Face([(x + (p[0] - x) * 0.4, y + (p[1] - y) * 0.3 + 0.1, 0) for p in edge], (150, 166, 176))
            )
            for _ in range(8):
                a = rng.uniform(0, 6.28)
                box(
                    scene,
                    (x + r * math.cos(a), y + r * 0.8 * math.sin(a), 0),
                    (x + r * math.cos(a) + 0.14, y + r * 0.8 * math.sin(a) + 0.12, 0.07),
                    (104, 102, 98),
                    rng.uniform(0, 90),
                )


def _sewage(scene: Scene, hazard: bool, rng: Random) -> None:
    if hazard:
        edge = [
            (
                2.3 * rng.uniform(0.8, 1.15) * math.cos(a),
                3.4 + 1.5 * rng.uniform(0.8, 1.15) * math.sin(a),
                0.0,
            )
            for a in (k * math.pi / 12 for k in range(24))
        ]
        scene.ground.append(Face(edge, (82, 82, 62)))
        scene.ground.append(
            Face([(p[0] * 0.72, 3.4 + (p[1] - 3.4) * 0.6 + 0.2, 0) for p in edge], (104, 106, 84))
        )
    _cover_plate(scene, 0, 3.2, "污", 0.0)
    if hazard:
        for _ in range(24):
            a, r = rng.uniform(0, 6.28), rng.uniform(0.5, 1.5)
            sphere(
                scene,
                (r * math.cos(a), 3.3 + 0.6 * r * math.sin(a), 0.01),
                rng.uniform(0.03, 0.09),
                (150, 146, 116),
                squash=0.5,
                shadow=False,
            )


def _pipe(scene: Scene, hazard: bool, rng: Random) -> None:
    box(scene, (-4.5, 7.2, 0), (4.5, 7.6, 3.4), (206, 192, 168))
    bar(scene, (0.4, 7.1, 1.3 if hazard else 0.1), (0.4, 7.1, 3.4), 0.16, (222, 222, 218), bias=0.2)
    if hazard:
        bar(scene, (0.5, 7.0, 0.1), (0.62, 7.0, 0.9), 0.16, (212, 212, 206), bias=0.2)
        bar(scene, (0.42, 6.9, 1.3), (0.5, 6.5, 0.05), 0.06, (170, 196, 206), bias=0.4)
        edge = [
            (0.5 + 1.6 * rng.uniform(0.8, 1.15) * math.cos(a), 5.0 + 1.3 * math.sin(a), 0.0)
            for a in (k * math.pi / 10 for k in range(20))
        ]
        scene.ground.append(Face(edge, (120, 130, 128)))
        scene.ground.append(
            Face([(0.5 + (p[0] - 0.5) * 0.6, 5.1 + (p[1] - 5.0) * 0.5, 0) for p in edge], (160, 174, 176))
        )
    for k in range(11):
        stripe(scene, (-4.0 + 0.8 * k, 6.3), (-4.0 + 0.8 * k, 6.9), 0.34, (92, 94, 96))


def _trench(scene: Scene, hazard: bool, rng: Random) -> None:
    if not hazard:
        scene.ground.append(Face([(-1.2, -2, 0), (0.6, -2, 0), (1.4, 9, 0), (-0.2, 9, 0)], (142, 138, 132)))
        return
    scene.ground.append(
        Face([(-1.3, -2, 0), (0.7, -2, 0), (1.5, 9, 0), (-0.3, 9, 0)], (66, 52, 40), shade=False)
    )
    scene.ground.append(Face([(-1.3, -2, 0), (-0.7, -2, 0), (0.1, 9, 0), (-0.3, 9, 0)], SOIL))
    for k in range(16):
        sphere(
            scene,
            (1.7 + 0.08 * k + rng.uniform(-0.2, 0.2), -0.6 + 0.6 * k, 0.05),
            rng.uniform(0.35, 0.62),
            (round(SOIL[0] * rng.uniform(0.85, 1.15)), 96, 68),
            squash=0.6,
        )
    box(scene, (-1.2, 3.2, 0.02), (1.4, 3.6, 0.09), (176, 134, 88), 4)


_GROUND = {
    "hole": _hole,
    "cover": _cover,
    "pothole": _pothole,
    "sewage": _sewage,
    "pipe": _pipe,
    "trench": _trench,
}


def garden(scene: Scene, what: str, hazard: bool, rng: Random) -> None:
    """A lawn with a path."""
    ground(scene, GRASS)
    for k in range(70):
        x, y = rng.uniform(-9, 9), rng.uniform(-2, 12)
        t = rng.uniform(0.88, 1.1)
        scene.ground.append(
            Face(
                [(x, y, 0), (x + 0.9, y + 0.1, 0), (x + 0.5, y + 0.5, 0)],
                (round(GRASS[0] * t), round(GRASS[1] * t), round(GRASS[2] * t)),
            )
        )
    for k in range(14):
        y = -5 + k * 1.0
        x = 3.2 + 0.9 * math.sin(k * 0.35)
        scene.ground.append(
            Face(
                [(x - 0.8, y, 0), (x + 0.8, y, 0), (x + 0.8, y + 0.92, 0), (x - 0.8, y + 0.92, 0)],
                (190, 184, 172),
            )
        )
    _backdrop(scene, rng)
    tree(scene, (-6.4, 9.0, 0), rng, 5.4, 1.8)
    tree(scene, (7.2, 8.0, 0), rng, 5.0, 1.6)
    _GARDEN[what](scene, hazard, rng)


def _crops(scene: Scene, hazard: bool, rng: Random) -> None:
    if not hazard:
        return
    scene.ground.append(Face([(-4.2, 2.0, 0), (1.4, 2.0, 0), (1.4, 7.6, 0), (-4.2, 7.6, 0)], SOIL))
    for row in range(5):
        for col in range(9):
            sphere(
                scene,
                (-3.8 + col * 0.6, 2.6 + row * 1.1, 0.16),
                rng.uniform(0.2, 0.3),
                (104, 160, 70),
                leafy=True,
                squash=0.8,
            )
    for k in range(5):
        x = -3.9 + k * 1.2
        bar(scene, (x, 7.3, 0), (x + 0.35, 7.3, 1.9), 0.04, (190, 164, 110))
        bar(scene, (x + 0.7, 7.3, 0), (x + 0.35, 7.3, 1.9), 0.04, (190, 164, 110))
    bar(scene, (-3.6, 7.3, 1.8), (1.4, 7.3, 1.8), 0.04, (190, 164, 110))


def _stump(scene: Scene, hazard: bool, rng: Random) -> None:
    for x, y in ((-1.6, 4.0), (0.6, 5.4)):
        if hazard:
            cylinder(scene, (x, y, 0), 0.3, 0.62, (104, 78, 56), steps=16)
            scene.add(Face(_disc(x, y, 0.29, 0.63, 16), (206, 172, 120), bias=0.2))
            scene.add(Face(_disc(x, y, 0.16, 0.635, 16), (186, 148, 98), bias=0.3))
            for _ in range(5):
                a = rng.uniform(0, 6.28)
                bar(
                    scene,
                    (x + math.cos(a) * 0.5, y + math.sin(a) * 0.5, 0.08),
                    (x + math.cos(a) * 1.6, y + math.sin(a) * 1.2, 0.12),
                    0.09,
                    (110, 84, 60),
                )
                sphere(
                    scene,
                    (x + math.cos(a) * 1.5, y + math.sin(a) * 1.1, 0.25),
                    0.4,
                    (120, 132, 64),
                    leafy=True,
                    squash=0.6,
                )
        else:
            tree(scene, (x, y, 0), rng, 3.6, 1.0)


def _bare(scene: Scene, hazard: bool, rng: Random) -> None:
    for x, y, r in ((-2.2, 4.0, 1.9), (0.4, 6.0, 1.4), (-0.4, 2.2, 1.0)):
        if hazard:
            edge = [
                (
                    x + r * rng.uniform(0.75, 1.2) * math.cos(a),
                    y + r * rng.uniform(0.6, 0.9) * math.sin(a),
                    0.0,
                )
                for a in (k * math.pi / 8 for k in range(16))
            ]
            scene.ground.append(Face(edge, (168, 142, 104)))
            for _ in range(3):
                sphere(
                    scene,
                    (x + rng.uniform(-1, 1), y + rng.uniform(-0.6, 0.6), 0.3),
                    0.42,
                    (150, 122, 76),
                    leafy=True,
                    squash=0.8,
                )
        else:
            for _ in range(4):
                sphere(
                    scene,
                    (x + rng.uniform(-1, 1), y + rng.uniform(-0.6, 0.6), 0.3),
                    0.42,
                    (100, 150, 70),
                    leafy=True,
                    squash=0.8,
                )


def _litter(scene: Scene, hazard: bool, rng: Random) -> None:
    hedge(scene, (-5.0, 5.0), (1.2, 5.0), rng, 0.8)
    if not hazard:
        return
    for _ in range(26):
        x, y = rng.uniform(-4.6, 1.8), rng.uniform(1.6, 4.6)
        pick = rng.random()
        if pick < 0.4:
            bag(scene, (x, y, 0), rng, rng.uniform(0.12, 0.24))
        elif pick < 0.75:
            bar(
                scene,
                (x, y, 0.06),
                (x + 0.3, y + 0.08, 0.06),
                0.11,
                rng.choice(((196, 220, 230), (70, 140, 90), (230, 120, 60))),
            )
        else:
            carton(scene, (x, y, 0), (0.34, 0.26, 0.2), rng.uniform(0, 90))


def _pets(scene: Scene, hazard: bool, rng: Random) -> None:
    scene.add(
        Decal(
            upright(-2.0, 4.4, 0.4, 1.1, 0.7),
            sign(["文明养犬", "请清粪便"], (34, 110, 84), size=(360, 230)),
            bias=0.3,
        )
    )
    bar(scene, (-2.0, 4.5, 0), (-2.0, 4.5, 0.5), 0.08, (110, 116, 118))
    if hazard:
        for _ in range(9):
            x, y = rng.uniform(-1.4, 4.4), rng.uniform(1.6, 4.6)
            for k in range(3):
                sphere(scene, (x + 0.07 * k, y + 0.05 * k, 0.06), 0.09, (96, 66, 40), squash=0.8)


def _gym(scene: Scene, hazard: bool, rng: Random) -> None:
    scene.ground.append(Face([(-5, 2.4, 0), (2.0, 2.4, 0), (2.0, 8.0, 0), (-5, 8.0, 0)], (166, 84, 66)))
    for x in (-4.0, -1.0):
        bar(scene, (x, 4.6, 0), (x, 4.6, 2.4), 0.12, (226, 178, 40))
    bar(scene, (-4.0, 4.6, 2.4), (-1.0, 4.6, 2.4), 0.1, (226, 178, 40))
    for k, x in enumerate((-3.2, -2.6, -1.8)):
        broken = hazard and k == 1
        bar(scene, (x, 4.6, 2.4), (x + (0.3 if broken else 0), 4.6, 0.6), 0.05, (60, 100, 160))
        if not broken:
            box(scene, (x - 0.3, 4.45, 0.5), (x + 0.3, 4.75, 0.6), (60, 100, 160))
    cylinder(scene, (0.6, 5.4, 0), 0.1, 1.3, (226, 178, 40), steps=10)
    box(scene, (0.0, 5.2, 1.25), (1.2, 5.6, 1.4), (200, 60, 50), -24 if hazard else 0)
    if hazard:
        for k in range(6):
            sphere(scene, (-2.7 + 0.16 * k, 4.0 + 0.1 * k, 0.05), 0.05, (150, 152, 154))
        box(scene, (-2.9, 3.9, 0), (-2.3, 4.2, 0.1), (60, 100, 160), 30)


def _leaning(scene: Scene, hazard: bool, rng: Random) -> None:
    if not hazard:
        tree(scene, (-0.6, 5.2, 0), rng, 5.6, 1.7)
        for a in (0.5, 2.6, 4.4):
            bar(
                scene,
                (-0.6 + 1.3 * math.cos(a), 5.2 + 1.3 * math.sin(a), 0),
                (-0.6, 5.2, 2.0),
                0.07,
                (190, 164, 110),
            )
        return
    top: Vec = (2.6, 5.4, 3.4)
    for k in range(8):
        t0, t1 = k / 8, (k + 1) / 8
        bar(
            scene,
            (-0.8 + 3.4 * t0, 5.4, 3.4 * t0**0.8),
            (-0.8 + 3.4 * t1, 5.4, 3.4 * t1**0.8),
            0.3 - 0.02 * k,
            (92, 70, 52),
        )
    for _ in range(9):
        sphere(
            scene,
            (
                top[0] + rng.uniform(-1.2, 1.2),
                top[1] + rng.uniform(-0.7, 0.7),
                top[2] + rng.uniform(-0.6, 0.9),
            ),
            rng.uniform(0.7, 1.1),
            (92, 130, 66),
            leafy=True,
        )
    for k in range(6):
        sphere(scene, (-0.9 + 0.3 * math.cos(k), 5.2 + 0.3 * math.sin(k), 0.06), 0.3, SOIL, squash=0.5)
    bar(scene, (2.0, 5.0, 2.6), (1.2, 4.7, 0.9), 0.08, (110, 84, 60), bias=0.5)
    sphere(scene, (1.1, 4.6, 0.7), 0.5, (120, 128, 62), leafy=True, squash=0.8)


_GARDEN = {
    "crops": _crops,
    "stump": _stump,
    "bare": _bare,
    "litter": _litter,
    "pets": _pets,
    "gym": _gym,
    "leaning": _leaning,
}

YARD_VIEWS: dict[str, tuple[Camera, Camera]] = {
    "bins": (Camera((0.5, -1.4, 1.6), (0, 6, 1.15), 64), Camera((-0.9, 1.0, 1.5), (-0.7, 4.6, 0.75), 60)),
    "ground": (Camera((0.4, -1.4, 1.65), (0, 4.6, 0.4), 62), Camera((0.2, 0.9, 1.6), (0, 3.2, 0.1), 58)),
    "ground_trench": (
        Camera((-0.2, -3.2, 1.7), (0.3, 6, 0.6), 64),
        Camera((-1.4, 0.2, 1.7), (0.3, 3.8, 0.0), 60),
    ),
    "ground_pipe": (
        Camera((0.4, -1.0, 1.6), (0.2, 7, 1.1), 62),
        Camera((0.6, 2.8, 1.5), (0.5, 6.8, 0.7), 56),
    ),
    "garden": (Camera((0.0, -2.2, 1.6), (-0.8, 6, 0.9), 64), Camera((-0.9, 0.4, 1.5), (-1.0, 4.6, 0.5), 60)),
    "garden_leaning": (
        Camera((0.4, -2.6, 1.6), (0.6, 6, 1.9), 62),
        Camera((0.8, 1.0, 1.5), (1.2, 5.2, 1.7), 58),
    ),
    "garden_gym": (
        Camera((-0.6, -1.8, 1.6), (-1.4, 6, 1.1), 62),
        Camera((-1.9, 1.4, 1.5), (-2.4, 4.6, 0.8), 56),
    ),
    "garden_pets": (
        Camera((0.6, -1.6, 1.6), (0.2, 6, 0.6), 62),
        Camera((1.0, 0.6, 1.6), (1.0, 3.2, 0.0), 56),
    ),
}
