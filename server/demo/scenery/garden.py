"""The lawn and what grows or lies on it."""

from __future__ import annotations

import math
from random import Random

from server.demo.scenery.floor import ground
from server.demo.scenery.lettering import sign
from server.demo.scenery.model import Decal, Face, Scene, Vec
from server.demo.scenery.shapes import bar, box, cylinder, sphere
from server.demo.scenery.street import hedge, tree
from server.demo.scenery.things import bag, carton, upright
from server.demo.scenery.yard import GRASS, SOIL, backdrop, disc


def garden(scene: Scene, what: str, hazard: bool, rng: Random) -> None:
    """A lawn with a path."""
    ground(scene, GRASS)
    for _ in range(70):
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
    backdrop(scene, rng)
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
            scene.add(Face(disc(x, y, 0.29, 0.63, 16), (206, 172, 120), bias=0.2))
            scene.add(Face(disc(x, y, 0.16, 0.635, 16), (186, 148, 98), bias=0.3))
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
