"""Plant rooms, the notice board, a record sheet on a desk."""

from __future__ import annotations

import math
from random import Random

from PIL import Image

from server.demo.scenery.floor import flat_shadow
from server.demo.scenery.hall import PAINT, lamp, room
from server.demo.scenery.lettering import sign
from server.demo.scenery.model import Colour, Decal, Face, Scene
from server.demo.scenery.shapes import bar, box, cylinder, sphere
from server.demo.scenery.things import carton, paper, upright


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
                    (4, k * 0.35 - 0.645, 0),
                    (-4, k * 0.35 - 0.645, 0),
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
