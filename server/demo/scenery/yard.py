"""Between the houses: bins, covers, holes, water."""

from __future__ import annotations

import math
from random import Random

from server.demo.scenery.floor import ASPHALT, ground, paving, stripe
from server.demo.scenery.lettering import sign
from server.demo.scenery.model import Colour, Decal, Face, Scene, Vec
from server.demo.scenery.shapes import bar, box, cylinder, sphere
from server.demo.scenery.street import WALLS, hedge, tree, wall
from server.demo.scenery.things import bag, bin_, carton, upright

GRASS: Colour = (112, 146, 78)
SOIL: Colour = (122, 94, 66)


def backdrop(scene: Scene, rng: Random, y: float = 14.0) -> None:
    wall(scene, (-18, y), (18, y), 19, rng.choice(WALLS), rng)
    hedge(scene, (-14, y - 2), (14, y - 2), rng, 0.85)


def bins(scene: Scene, what: str, hazard: bool, rng: Random) -> None:
    """A sorting point with four bins."""
    ground(scene, (172, 168, 160))
    paving(scene, rng, -4, 6, size=1.1)
    backdrop(scene, rng)
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
    backdrop(scene, rng, 16)
    tree(scene, (-6.5, 9, 0), rng)
    scene.ground.append(Face([(-14, 10, 0), (14, 10, 0), (14, 14, 0), (-14, 14, 0)], GRASS))
    _GROUND[what](scene, hazard, rng)


def disc(x: float, y: float, r: float, z: float = 0.0, steps: int = 24) -> list[Vec]:
    return [
        (x + r * math.cos(2 * math.pi * k / steps), y + r * math.sin(2 * math.pi * k / steps), z)
        for k in range(steps)
    ]


def _cover_plate(scene: Scene, x: float, y: float, label: str, lift: float = 0.0) -> None:
    scene.ground.append(Face(disc(x, y, 0.62), (120, 116, 110)))
    scene.ground.append(Face(disc(x, y, 0.54, lift), (76, 78, 80)))
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
    scene.ground.append(Face(disc(0, 3.2, 0.66), (128, 122, 114)))
    scene.ground.append(Face(disc(0, 3.2, 0.54), (14, 14, 16), shade=False))
    far = [p for p in disc(0, 3.2, 0.54) if p[1] > 3.2]
    scene.ground.append(Face([*far, (-0.5, 3.28, 0), (0.5, 3.28, 0)], (62, 56, 50), shade=False))
    bar(scene, (0.8, 2.7, 0), (1.4, 3.4, 0.05), 0.1, (150, 116, 74))


def _cover(scene: Scene, hazard: bool, rng: Random) -> None:
    if hazard:
        scene.ground.append(
            Face(
                [(p[0] * 1.3, 3.2 + (p[1] - 3.2) * 1.3, 0) for p in disc(0, 3.2, 0.7, steps=11)],
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
        scene.ground.append(Face([*[p for p in disc(0, 3.2, 0.55) if p[1] > 3.3]], (24, 24, 26), shade=False))


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
