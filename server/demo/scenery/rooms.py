"""Hydrant niche, lift, garage."""

from __future__ import annotations

import math
from random import Random

from PIL import Image, ImageDraw

from server.demo.scenery.floor import flat_shadow
from server.demo.scenery.hall import PAINT, TILE, lamp, room
from server.demo.scenery.lettering import font, sign
from server.demo.scenery.model import Colour, Decal, Face, Scene
from server.demo.scenery.shapes import bar, box, cylinder, rope, sphere
from server.demo.scenery.things import carton, paper, upright
from server.demo.scenery.vehicles import BIKES, car, e_bike


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
