"""Local metres to WGS-84 and back, about one anchor in the open sea."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from shapely import transform
from shapely.geometry.base import BaseGeometry

_Shape = TypeVar("_Shape", bound=BaseGeometry)

DECIMALS = 7  # about a centimetre; shared corners round alike, so partitions stay exact


@dataclass(frozen=True, slots=True)
class Projection:
    """Flat approximation around (``lon``, ``lat``) degrees; below 5 mm of error within 10 km."""

    lon: float
    lat: float
    x: float = 0.0
    y: float = 0.0

    @property
    def metres_per_degree(self) -> tuple[float, float]:
        phi = math.radians(self.lat)
        east = 111_412.84 * math.cos(phi) - 93.5 * math.cos(3 * phi)
        north = 111_132.92 - 559.82 * math.cos(2 * phi) + 1.175 * math.cos(4 * phi)
        return east, north

    def lonlat(self, x: float, y: float) -> tuple[float, float]:
        east, north = self.metres_per_degree
        return (
            round(self.lon + (x - self.x) / east, DECIMALS),
            round(self.lat + (y - self.y) / north, DECIMALS),
        )

    def metres(self, lon: float, lat: float) -> tuple[float, float]:
        east, north = self.metres_per_degree
        return self.x + (lon - self.lon) * east, self.y + (lat - self.lat) * north

    def geometry(self, shape: _Shape) -> _Shape:
        """The same shape in degrees (EPSG:4326)."""
        return transform(shape, self._array)

    def _array(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.array([self.lonlat(x, y) for x, y in points])
