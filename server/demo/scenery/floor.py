"""The ground: strips, slabs, painted lines and letters, shadows where there is no sun."""

from __future__ import annotations

import math
from random import Random

from PIL import Image, ImageDraw

from server.demo.scenery.lettering import font
from server.demo.scenery.model import Colour, Decal, Face, Scene

ASPHALT: Colour = (96, 98, 100)


PAVING: Colour = (176, 172, 162)


YELLOW: Colour = (222, 178, 44)


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
