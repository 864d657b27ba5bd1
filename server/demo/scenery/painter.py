"""A small painter of solid things: perspective, sun, shadows, haze; numpy and Pillow only.

Faces are sorted by distance and painted from far to near (painter's algorithm), which is fast and good
enough for houses, cars and bins. Pictures are painted somewhat larger and reduced, which smooths the edges.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from server.demo.scenery.lens import NEAR, Batch, Lens
from server.demo.scenery.model import Ball, Colour, Decal, Face, Light, Points, Scene, Thing

SIZE = (1600, 1200)


SCALE = 1.25  # painted larger by this, then reduced: smooth edges for half the time of 1.5


def paint(scene: Scene) -> Image.Image:
    """The picture, SIZE in RGB."""
    width, height = (round(n * SCALE) for n in SIZE)
    lens = Lens(scene.camera, width, height)
    picture = _sky(scene, lens, width, height)
    _draw(picture, scene, lens, scene.ground, in_order=True)
    if scene.casters and not scene.light.indoors:
        _cast_shadows(picture, scene, lens)
    _draw(picture, scene, lens, scene.things, in_order=False)
    return picture.resize(SIZE, Image.Resampling.BILINEAR)


def _draw(picture: Image.Image, scene: Scene, lens: Lens, things: Sequence[Thing], in_order: bool) -> None:
    """Paint ``things``, from far to near unless ``in_order``."""
    faces = [t for t in things if isinstance(t, Face)]
    draw = ImageDraw.Draw(picture)
    batch = Batch(lens, [f.points for f in faces]) if faces else None
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


def _colours(scene: Scene, lens: Lens, faces: Sequence[Face], batch: Batch) -> list[Colour]:
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
    lit: Points = sky[..., None] * np.array(light.ambient) + direct[..., None] * np.array(light.warm)
    return lit


class _BallShader:
    """Discs shaded like spheres, made once per picture and tinted for each ball."""

    SIDE = 160

    def __init__(self, scene: Scene, lens: Lens) -> None:
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


def _sky(scene: Scene, lens: Lens, width: int, height: int) -> Image.Image:
    top, low = scene.light.sky_top, scene.light.sky_low
    horizon = height / 2 + lens.focal * float(lens.forward[2]) / max(0.05, float(lens.up[2]))
    ramp = np.clip(np.arange(height) / max(1.0, horizon), 0, 1)[:, None]
    rows = np.array(top) * (1 - ramp) + np.array(low) * ramp
    strip = Image.fromarray(rows[:, None, :].astype(np.uint8), "RGB")
    return strip.resize((width, height), Image.Resampling.NEAREST)


def _cast_shadows(picture: Image.Image, scene: Scene, lens: Lens) -> None:
    """Darken the ground where a caster stands between it and the sun."""
    small = (picture.width // 2, picture.height // 2)
    mask = Image.new("L", small, 0)
    draw = ImageDraw.Draw(mask)
    sx, sy, sz = scene.light.sun
    fallen = [[(x - sx / sz * z, y - sy / sz * z, 0.0) for x, y, z in caster] for caster in scene.casters]
    batch = Batch(lens, fallen)
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


def _lay(picture: Image.Image, lens: Lens, decal: Decal) -> None:
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
