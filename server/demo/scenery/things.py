"""Bins, bags, boxes, signs on posts, printed sheets, and a tape measure."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from PIL import Image, ImageDraw

from server.demo.scenery.lettering import font, sign
from server.demo.scenery.model import Colour, Decal, Face, Scene, Vec
from server.demo.scenery.shapes import bar, box, sphere, turn


def bin_(scene: Scene, at: Vec, colour: Colour, label: str, full: bool, rng: Random) -> None:
    """A wheeled bin of 240 l; ``full`` lets bags stand out of it."""
    box(scene, (at[0] - 0.3, at[1] - 0.32, 0.06), (at[0] + 0.3, at[1] + 0.32, 0.98), colour)
    dark = tuple(round(c * 0.8) for c in colour)
    if full:
        for _ in range(5):
            bag(
                scene,
                (
                    at[0] + rng.uniform(-0.22, 0.22),
                    at[1] + rng.uniform(-0.2, 0.2),
                    1.0 + rng.uniform(0, 0.22),
                ),
                rng,
                rng.uniform(0.17, 0.25),
            )
    else:
        box(
            scene,
            (at[0] - 0.32, at[1] - 0.35, 0.98),
            (at[0] + 0.32, at[1] + 0.35, 1.06),
            (dark[0], dark[1], dark[2]),
        )
    mark = sign([label], colour, size=(180, 90))
    scene.add(
        Decal(
            (
                (at[0] - 0.24, at[1] - 0.325, 0.72),
                (at[0] + 0.24, at[1] - 0.325, 0.72),
                (at[0] + 0.24, at[1] - 0.325, 0.46),
                (at[0] - 0.24, at[1] - 0.325, 0.46),
            ),
            mark,
            bias=0.4,
        )
    )


def bag(scene: Scene, at: Vec, rng: Random, radius: float = 0.22) -> None:
    """A tied rubbish bag."""
    tone = rng.choice(
        ((46, 48, 50), (226, 224, 216), (70, 92, 70), (170, 44, 40), (60, 76, 120), (205, 190, 150))
    )
    sphere(scene, (at[0], at[1], at[2] + radius * 0.7), radius, tone, squash=0.82)


def carton(scene: Scene, at: Vec, size: Vec, degrees: float, tone: Colour = (176, 140, 96)) -> None:
    """A cardboard box with a strip of tape."""
    box(
        scene,
        (at[0] - size[0] / 2, at[1] - size[1] / 2, at[2]),
        (at[0] + size[0] / 2, at[1] + size[1] / 2, at[2] + size[2]),
        tone,
        degrees,
    )
    strip = turn(
        [
            (at[0] - 0.03, at[1] - size[1] / 2 - 0.005, at[2]),
            (at[0] + 0.03, at[1] - size[1] / 2 - 0.005, at[2]),
            (at[0] + 0.03, at[1] - size[1] / 2 - 0.005, at[2] + size[2]),
            (at[0] - 0.03, at[1] - size[1] / 2 - 0.005, at[2] + size[2]),
        ],
        degrees,
        (at[0], at[1], 0),
    )
    scene.add(Face(strip, (206, 178, 130), bias=0.08))


def upright(x: float, y: float, z: float, width: float, height: float) -> tuple[Vec, Vec, Vec, Vec]:
    """Corners of an upright board that faces the camera side (-y), ``z`` its lower edge."""
    return (
        (x - width / 2, y, z + height),
        (x + width / 2, y, z + height),
        (x + width / 2, y, z),
        (x - width / 2, y, z),
    )


def post_sign(
    scene: Scene,
    at: tuple[float, float],
    lines: Sequence[str],
    fill: Colour,
    height: float = 2.3,
    width: float = 0.8,
) -> None:
    """A sign on a post."""
    bar(scene, (at[0], at[1], 0), (at[0], at[1], height), 0.08, (70, 72, 74))
    scene.add(
        Decal(
            upright(at[0], at[1] - 0.06, height - 0.95, width, 1.0),
            sign(lines, fill, size=(240, 300), border=(255, 255, 255)),
            bias=0.2,
        )
    )


def tape_measure(scene: Scene, a: Vec, b: Vec, metres: float) -> None:
    """A yellow tape laid from ``a`` to ``b`` with the reading on a tag."""
    bar(scene, a, b, 0.06, (240, 206, 60), shade=False, bias=1.2)
    steps = 12
    for i in range(steps + 1):
        t = i / steps
        p = (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t + 0.02)
        bar(
            scene,
            (p[0], p[1], p[2] - 0.03),
            (p[0], p[1], p[2] + 0.02),
            0.012,
            (20, 20, 20),
            shade=False,
            bias=1.3,
        )
    middle = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2 + 0.06)
    tag = sign([f"{metres:.2f} m"], (250, 226, 90), ink=(20, 20, 20), size=(300, 110))
    scene.add(Decal(upright(middle[0], middle[1] - 0.02, middle[2], 0.62, 0.23), tag, bias=1.5))


def paper(
    lines: Sequence[str],
    rows: int,
    rng: Random,
    size: tuple[int, int] = (620, 860),
    stamp: bool = True,
    gaps: Sequence[int] = (),
) -> Image.Image:
    """A printed sheet: heading, a table of scribbles, a round stamp; rows in ``gaps`` stay empty."""
    image = Image.new("RGB", size, (246, 244, 236))
    draw = ImageDraw.Draw(image)
    for index, line in enumerate(lines):
        draw.text(
            (size[0] / 2, 62 + index * 52),
            line,
            font=font(40 if index == 0 else 26),
            fill=(30, 32, 34),
            anchor="mm",
        )
    top, left, right = 90 + 52 * len(lines), 40, size[0] - 40
    step = (size[1] - top - 120) / rows
    for column in (left, left + 90, left + 250, left + 420, right):
        draw.line((column, top, column, top + step * rows), fill=(110, 112, 112), width=2)
    for row in range(rows + 1):
        draw.line((left, top + row * step, right, top + row * step), fill=(110, 112, 112), width=2)
        if row < rows and row not in gaps:
            for column in (left + 16, left + 106, left + 268, left + 436):
                _scribble(draw, column, top + (row + 0.5) * step, rng)
    if stamp:
        x, y = size[0] - 150, size[1] - 96
        draw.ellipse((x - 74, y - 74, x + 74, y + 74), outline=(196, 44, 40), width=6)
        draw.regular_polygon((x, y, 26), 5, fill=(196, 44, 40))
    return image


def _scribble(draw: ImageDraw.ImageDraw, x: float, y: float, rng: Random) -> None:
    points = [(x + i * 7, y + rng.uniform(-9, 9)) for i in range(rng.randint(6, 15))]
    draw.line(points, fill=(40, 48, 90), width=3, joint="curve")
