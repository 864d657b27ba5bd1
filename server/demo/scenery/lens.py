"""Perspective: points of the world to pixels, many polygons at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from server.demo.scenery.model import Camera, Points, Vec

NEAR = 0.15  # metres before the lens; what is closer is cut away


class Lens:
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


class Batch:
    """Polygons projected together: numpy works on all points at once."""

    def __init__(self, lens: Lens, polygons: Sequence[Sequence[Vec]]) -> None:
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
