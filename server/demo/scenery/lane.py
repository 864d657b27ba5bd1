"""The fire lane, the gate, the car park."""

from __future__ import annotations

from random import Random

from server.demo.scenery.floor import ASPHALT, PAVING, YELLOW, floor_text, ground, paving, stripe
from server.demo.scenery.lettering import sign
from server.demo.scenery.model import Colour, Decal, Face, Scene, Vec
from server.demo.scenery.shapes import bar, box, cylinder, rope, sphere
from server.demo.scenery.street import WALLS, hedge, tree, wall
from server.demo.scenery.things import post_sign, tape_measure, upright
from server.demo.scenery.vehicles import BIKES, CARS, car, e_bike


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
    if what == "zombie" and hazard:
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


def measure(scene: Scene, reading: float) -> None:
    """A tape held across the hazard, square to the camera, that shows ``reading`` metres."""
    (ex, ey, _), (tx, ty, tz) = scene.camera.eye, scene.camera.target
    x, y = ex + (tx - ex) * 0.62, ey + (ty - ey) * 0.62
    tape_measure(scene, (x - 0.7, y, max(0.25, tz * 0.5)), (x + 0.7, y, max(0.25, tz * 0.5)), reading)
