"""A small painter of solid things: perspective, sun, shadows, haze; numpy and Pillow only.

World metres: x to the right, y into the picture, z up. Faces are sorted by distance and painted from
far to near (painter's algorithm), which is fast and good enough for houses, cars and bins. Pictures
are painted somewhat larger and reduced, which smooths the edges.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Vec = tuple[float, float, float]
Colour = tuple[int, int, int]
Points = NDArray[np.float64]

SIZE = (1600, 1200)
SCALE = 1.25  # painted larger by this, then reduced: smooth edges for half the time of 1.5
NEAR = 0.15  # metres before the lens; what is closer is cut away
FONT_FILES = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Bold.ttc",
)
HAN_INDEX = 2  # the simplified Chinese face of the collection


@dataclass(frozen=True, slots=True)
class Camera:
    """Where the phone is and where it looks. ``field_of_view`` degrees across, ``roll`` degrees."""

    eye: Vec
    target: Vec
    field_of_view: float = 62.0
    roll: float = 0.0

    def axes(self) -> tuple[Points, Points, Points]:
        forward = np.subtract(self.target, self.eye)
        forward = forward / np.linalg.norm(forward)
        right = np.cross(forward, (0.0, 0.0, 1.0))
        right = right / np.linalg.norm(right)
        up = np.cross(right, forward)
        a = math.radians(self.roll)
        return math.cos(a) * right + math.sin(a) * up, math.cos(a) * up - math.sin(a) * right, forward


@dataclass(frozen=True, slots=True)
class Light:
    """``sun`` points from the ground to the sun; colours are factors. ``haze`` per metre."""

    sun: Vec = (-0.45, -0.5, 0.75)
    warm: tuple[float, float, float] = (1.0, 0.97, 0.90)
    ambient: tuple[float, float, float] = (0.50, 0.54, 0.60)
    strength: float = 0.62
    sky_top: Colour = (150, 182, 208)
    sky_low: Colour = (222, 229, 230)
    haze: float = 0.006
    shadow: float = 0.42
    indoors: bool = False


@dataclass(slots=True)
class Face:
    """A flat polygon. ``shade`` False keeps its colour; ``bias`` moves it nearer in the order (metres)."""

    points: Sequence[Vec]
    colour: Colour
    shade: bool = True
    bias: float = 0.0
    normal: Vec | None = None


@dataclass(slots=True)
class Decal:
    """A picture laid on a flat quad: corners top-left, top-right, bottom-right, bottom-left."""

    corners: tuple[Vec, Vec, Vec, Vec]
    image: Image.Image
    bias: float = 0.02
    opacity: float = 1.0


@dataclass(slots=True)
class Ball:
    """A sphere, painted as one shaded disc. ``leafy`` gives it a ragged, mottled edge."""

    centre: Vec
    radius: float
    colour: Colour
    leafy: bool = False
    squash: float = 1.0
    bias: float = 0.0


Thing = Face | Decal | Ball


@dataclass(slots=True)
class Scene:
    """Things to paint. ``ground`` is painted first, in order; ``casters`` throw shadows on z = 0."""

    light: Light
    camera: Camera
    rng: Random
    ground: list[Face | Decal] = field(default_factory=list)
    things: list[Thing] = field(default_factory=list)
    casters: list[Sequence[Vec]] = field(default_factory=list)

    def add(self, *things: Thing) -> None:
        self.things.extend(things)


def paint(scene: Scene) -> Image.Image:
    """The picture, SIZE in RGB."""
    width, height = (round(n * SCALE) for n in SIZE)
    lens = _Lens(scene.camera, width, height)
    picture = _sky(scene, lens, width, height)
    _draw(picture, scene, lens, scene.ground, in_order=True)
    if scene.casters and not scene.light.indoors:
        _cast_shadows(picture, scene, lens)
    _draw(picture, scene, lens, scene.things, in_order=False)
    return picture.resize(SIZE, Image.Resampling.BILINEAR)


class _Lens:
    """Projects points of the world to pixels."""

    def __init__(self, camera: Camera, width: int, height: int) -> None:
        self.eye = np.asarray(camera.eye, dtype=float)
        self.right, self.up, self.forward = camera.axes()
        self.basis = np.stack([self.right, self.up, self.forward], axis=1)
        self.focal = width / 2 / math.tan(math.radians(camera.field_of_view) / 2)
        self.size = (width, height)

    def view(self, points: Points | Sequence[Vec]) -> Points:
        turned: Points = (np.asarray(points, dtype=float) - self.eye) @ self.basis
        return turned

    def pixels(self, view: Points) -> Points:
        z = np.maximum(view[:, 2], NEAR)
        return np.stack(
            [self.size[0] / 2 + view[:, 0] / z * self.focal, self.size[1] / 2 - view[:, 1] / z * self.focal],
            axis=1,
        )


class _Batch:
    """Polygons projected together: numpy works on all points at once."""

    def __init__(self, lens: _Lens, polygons: Sequence[Sequence[Vec]]) -> None:
        counts = np.array([len(p) for p in polygons])
        self.starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        self.ends = self.starts + counts
        self.points = np.array([v for p in polygons for v in p], dtype=float)
        self.view = lens.view(self.points)
        self.centre = np.add.reduceat(self.view, self.starts) / counts[:, None]
        self.nearest = np.minimum.reduceat(self.view[:, 2], self.starts)
        self.farthest = np.maximum.reduceat(self.view[:, 2], self.starts)
        pixels = lens.pixels(self.view)
        low = np.minimum.reduceat(pixels, self.starts)
        high = np.maximum.reduceat(pixels, self.starts)
        width, height = lens.size
        self.shown = (self.farthest > NEAR) & (high[:, 0] > 0) & (high[:, 1] > 0) & (low[:, 0] < width) & (
            low[:, 1] < height
        ) | (self.nearest <= NEAR) & (self.farthest > NEAR)
        self.pixels = [(x, y) for x, y in pixels.tolist()]
        self.lens = lens

    def outline(self, index: int) -> list[tuple[float, float]]:
        if self.nearest[index] > NEAR:
            return self.pixels[self.starts[index] : self.ends[index]]
        kept = clip(self.view[self.starts[index] : self.ends[index]])
        return [(x, y) for x, y in self.lens.pixels(kept).tolist()] if len(kept) > 2 else []

    def normals(self, eye: Points) -> Points:
        a, b, c = (self.points[self.starts + k] for k in range(3))
        n = np.cross(b - a, c - a)
        n /= np.maximum(np.linalg.norm(n, axis=1), 1e-9)[:, None]
        towards = np.einsum("ij,ij->i", n, eye - a)
        return n * np.where(towards < 0, -1.0, 1.0)[:, None]


def clip(view: Points) -> Points:
    """The part of a polygon in view space that lies before the lens."""
    kept: list[Points] = []
    for i in range(len(view)):
        a, b = view[i - 1], view[i]
        if (a[2] > NEAR) != (b[2] > NEAR):
            kept.append(a + (b - a) * (NEAR - a[2]) / (b[2] - a[2]))
        if b[2] > NEAR:
            kept.append(b)
    return np.array(kept)


def _draw(picture: Image.Image, scene: Scene, lens: _Lens, things: Sequence[Thing], in_order: bool) -> None:
    """Paint ``things``, from far to near unless ``in_order``."""
    faces = [t for t in things if isinstance(t, Face)]
    draw = ImageDraw.Draw(picture)
    batch = _Batch(lens, [f.points for f in faces]) if faces else None
    colours = _colours(scene, lens, faces, batch) if batch else []
    index = iter(range(len(faces)))
    queue: list[tuple[float, int, Thing]] = []
    for thing in things:
        if isinstance(thing, Face):
            assert batch is not None
            k = next(index)
            if batch.shown[k]:
                queue.append((float(np.linalg.norm(batch.centre[k])) - thing.bias, k, thing))
        elif isinstance(thing, Ball):
            queue.append((math.dist(thing.centre, scene.camera.eye) - thing.bias, -1, thing))
        else:
            middle = lens.view(thing.corners).mean(axis=0)
            queue.append((float(np.linalg.norm(middle)) - thing.bias, -1, thing))
    if not in_order:
        queue.sort(key=lambda entry: -entry[0])
    shader = _BallShader(scene, lens)
    for _, k, thing in queue:
        if isinstance(thing, Face):
            assert batch is not None
            outline = batch.outline(k)
            if outline:
                draw.polygon(outline, fill=colours[k])
        elif isinstance(thing, Ball):
            shader.paint(picture, thing)
        else:
            _lay(picture, lens, thing)


def _colours(scene: Scene, lens: _Lens, faces: Sequence[Face], batch: _Batch) -> list[Colour]:
    light = scene.light
    normals = batch.normals(lens.eye)
    for k, face in enumerate(faces):
        if face.normal is not None:
            normals[k] = face.normal
    base = np.array([f.colour for f in faces], dtype=float)
    lit = base * shade(light, normals)
    plain = np.array([not f.shade for f in faces])
    lit[plain] = base[plain]
    share = 1 - np.exp(-light.haze * np.maximum(0.0, batch.centre[:, 2] - 4))
    far = np.array(light.sky_low, dtype=float)
    hazed = lit + (far - lit) * share[:, None]
    return [(r, g, b) for r, g, b in np.clip(np.rint(hazed), 0, 255).astype(int).tolist()]


def shade(light: Light, normals: Points) -> Points:
    """Light per colour channel on surfaces with these normals."""
    sun = np.asarray(light.sun) / np.linalg.norm(light.sun)
    direct = np.maximum(0.0, normals @ sun) * light.strength
    sky = 0.86 + 0.14 * normals[..., 2]
    return sky[..., None] * np.array(light.ambient) + direct[..., None] * np.array(light.warm)


class _BallShader:
    """Discs shaded like spheres, made once per picture and tinted for each ball."""

    SIDE = 160

    def __init__(self, scene: Scene, lens: _Lens) -> None:
        self.lens, self.light = lens, scene.light
        axis = (np.arange(self.SIDE) + 0.5) / self.SIDE * 2 - 1
        x, y = np.meshgrid(axis, -axis)
        inside = 1 - x * x - y * y
        z = np.sqrt(np.maximum(0.0, inside))
        normals = x[..., None] * lens.right + y[..., None] * lens.up - z[..., None] * lens.forward
        self.glow = shade(scene.light, normals)
        self.alpha = Image.fromarray((np.clip(inside * self.SIDE / 3, 0, 1) * 255).astype(np.uint8))
        grain = _leaves(self.SIDE)
        self.leaf_glow = self.glow * (0.62 + 0.76 * grain)[..., None]
        ragged = np.clip((inside - 0.34 * (1 - grain)) * 9, 0, 1)
        self.leaf_alpha = Image.fromarray((ragged * 255).astype(np.uint8))
        self.cache: dict[tuple[Colour, bool], Image.Image] = {}

    def paint(self, picture: Image.Image, ball: Ball) -> None:
        view = self.lens.view([ball.centre])
        depth = float(view[0, 2])
        if depth < NEAR + ball.radius * 0.5:
            return
        ((x, y),) = self.lens.pixels(view).tolist()
        r = ball.radius / depth * self.lens.focal
        w, h = max(2, round(2 * r)), max(2, round(2 * r * ball.squash))
        if x + r < 0 or y + r < 0 or x - r > picture.width or y - r > picture.height or w > 3000:
            return
        tinted = self._tinted(ball, depth).resize((w, h), Image.Resampling.BILINEAR)
        alpha = (self.leaf_alpha if ball.leafy else self.alpha).resize((w, h), Image.Resampling.BILINEAR)
        picture.paste(tinted, (round(x - w / 2), round(y - h / 2)), alpha)

    def _tinted(self, ball: Ball, depth: float) -> Image.Image:
        share = 1 - math.exp(-self.light.haze * max(0.0, depth - 4))
        step = round(share * 20) / 20
        far = self.light.sky_low
        mixed = tuple(round(c * (1 - step)) for c in ball.colour)
        key = ((mixed[0] // 4 * 4, mixed[1] // 4 * 4, mixed[2] // 4 * 4), ball.leafy)
        if key not in self.cache:
            glow = self.leaf_glow if ball.leafy else self.glow
            pixels = glow * np.array(key[0], dtype=float) + np.array(far, dtype=float) * step
            self.cache[key] = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8), "RGB")
        return self.cache[key]


@cache
def _leaves(side: int) -> Points:
    """Mottling between 0 and 1, the same for every tree."""
    noise = np.random.default_rng(7)
    total: Points = np.zeros((side, side))
    for cells, weight in ((9, 0.45), (20, 0.35), (44, 0.2)):
        small = Image.fromarray((noise.random((cells, cells)) * 255).astype(np.uint8))
        total += weight * np.asarray(small.resize((side, side), Image.Resampling.BICUBIC), dtype=float) / 255
    return total


def _sky(scene: Scene, lens: _Lens, width: int, height: int) -> Image.Image:
    top, low = scene.light.sky_top, scene.light.sky_low
    horizon = height / 2 + lens.focal * float(lens.forward[2]) / max(0.05, float(lens.up[2]))
    ramp = np.clip(np.arange(height) / max(1.0, horizon), 0, 1)[:, None]
    rows = np.array(top) * (1 - ramp) + np.array(low) * ramp
    strip = Image.fromarray(rows[:, None, :].astype(np.uint8), "RGB")
    return strip.resize((width, height), Image.Resampling.NEAREST)


def _byte(value: float) -> int:
    return max(0, min(255, round(value)))


def _cast_shadows(picture: Image.Image, scene: Scene, lens: _Lens) -> None:
    """Darken the ground where a caster stands between it and the sun."""
    small = (picture.width // 2, picture.height // 2)
    mask = Image.new("L", small, 0)
    draw = ImageDraw.Draw(mask)
    sx, sy, sz = scene.light.sun
    fallen = [[(x - sx / sz * z, y - sy / sz * z, 0.0) for x, y, z in caster] for caster in scene.casters]
    batch = _Batch(lens, fallen)
    for k in np.nonzero(batch.shown)[0].tolist():
        outline = batch.outline(k)
        if outline:
            draw.polygon([(x / 2, y / 2) for x, y in outline], fill=255)
    opacity = scene.light.shadow
    box = mask.getbbox()
    if box is not None:
        top = max(0, box[1] - 8)  # above the horizon there is no ground to darken
        strip = mask.crop((0, top, small[0], small[1])).filter(ImageFilter.BoxBlur(2))
        strip = strip.point(lambda v: round(v * opacity)).resize(
            (picture.width, picture.height - 2 * top), Image.Resampling.BILINEAR
        )
        picture.paste((26, 30, 44), (0, 2 * top), strip)


def _lay(picture: Image.Image, lens: _Lens, decal: Decal) -> None:
    view = lens.view(decal.corners)
    if (view[:, 2] < NEAR).any():
        return
    corners = lens.pixels(view).tolist()
    xs, ys = [p[0] for p in corners], [p[1] for p in corners]
    left, top = max(0, math.floor(min(xs))), max(0, math.floor(min(ys)))
    right, bottom = min(picture.width, math.ceil(max(xs))), min(picture.height, math.ceil(max(ys)))
    if right - left < 2 or bottom - top < 2:
        return
    image = decal.image.convert("RGBA")
    w, h = image.size
    shifted = [(x - left, y - top) for x, y in corners]
    coefficients = _homography(shifted, [(0, 0), (w, 0), (w, h), (0, h)])
    warped = image.transform(
        (right - left, bottom - top), Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BILINEAR
    )
    if decal.opacity < 1:
        warped.putalpha(warped.getchannel("A").point(lambda v: round(v * decal.opacity)))
    picture.paste(warped, (left, top), warped)


def _homography(source: list[tuple[float, float]], target: list[tuple[float, float]]) -> list[float]:
    """The eight numbers that Pillow wants to find the target point of a source pixel."""
    rows, values = [], []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    found: list[float] = np.linalg.solve(np.array(rows), np.array(values)).tolist()
    return found


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
