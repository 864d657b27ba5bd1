"""Letters on boards: the font of the machine and painted signs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from server.demo.scenery.model import Colour

FONT_FILES = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Bold.ttc",
)


HAN_INDEX = 2  # the simplified Chinese face of the collection


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """A bold Chinese face; where none is installed, Pillow's own, which draws boxes for Hanzi."""
    for path in FONT_FILES:
        try:
            return ImageFont.truetype(path, size, index=HAN_INDEX)
        except OSError:
            continue
    return ImageFont.load_default(size)


def sign(
    lines: Sequence[str],
    fill: Colour,
    ink: Colour = (255, 255, 255),
    size: tuple[int, int] = (320, 200),
    border: Colour | None = None,
    text: float = 0.0,
) -> Image.Image:
    """A painted board with centred lines. ``text``: height of a line in pixels, 0 fits the board."""
    image = Image.new("RGB", size, fill)
    draw = ImageDraw.Draw(image)
    if border:
        draw.rectangle((6, 6, size[0] - 7, size[1] - 7), outline=border, width=5)
    longest = max((len(line) for line in lines), default=1)
    height = text or min(size[1] / (len(lines) + 0.5), size[0] * 0.86 / max(1, longest))
    for index, line in enumerate(lines):
        y = size[1] / 2 + (index - (len(lines) - 1) / 2) * height * 1.18
        draw.text((size[0] / 2, y), line, font=font(int(height * 0.92)), fill=ink, anchor="mm")
    return image
