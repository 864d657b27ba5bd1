"""Chinese coordinate systems: WGS-84, GCJ-02 (高德, 腾讯, WeChat) and BD-09 (百度). Pure.

Degrees, longitude first. GCJ-02 shifts WGS-84 by 100–700 m by a published approximation over the
ellipsoid of Krasovsky 1940; outside a box around China it is the identity. The vectors in the tests are
those of the gcoord README.
"""

from __future__ import annotations

from math import atan2, cos, hypot, pi, sin, sqrt

_SEMI_MAJOR_M = 6378245.0
_ECCENTRICITY_2 = 0.00669342162296594323
_BD_PI = pi * 3000.0 / 180.0
_BD_LON, _BD_LAT = 0.0065, 0.006

LonLat = tuple[float, float]


def in_shifted_area(lon: float, lat: float) -> bool:
    """Whether the shift applies: the usual box, which covers neighbours too."""
    return 72.004 <= lon <= 137.8347 and 0.8293 <= lat <= 55.8271


def _waves(value: float, scale: float) -> float:
    """Two sine waves of full and half period, in the weights that all three sums share."""
    return 20.0 * sin(6.0 * value * pi * scale) + 20.0 * sin(2.0 * value * pi * scale)


def _raw_shift(x: float, y: float) -> LonLat:
    """The shift in metres, east and north, `x` and `y` being degrees from 105° E, 35° N."""
    common = _waves(x, 1.0)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    north += (common + 20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    east += (common + 20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    return east, north


def wgs84_to_gcj02(lon: float, lat: float) -> LonLat:
    """What a Chinese map draws for a true position."""
    if not in_shifted_area(lon, lat):
        return lon, lat
    east, north = _raw_shift(lon - 105.0, lat - 35.0)
    phi = lat / 180.0 * pi
    flat = 1.0 - _ECCENTRICITY_2 * sin(phi) ** 2
    meridian = _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY_2) / (flat * sqrt(flat))
    parallel = _SEMI_MAJOR_M / sqrt(flat) * cos(phi)
    return lon + east * 180.0 / (parallel * pi), lat + north * 180.0 / (meridian * pi)


def gcj02_to_wgs84(lon: float, lat: float) -> LonLat:
    """The true position behind a shifted one, to 1e-8° (a millimetre): the shift is undone step by step."""
    true_lon, true_lat = lon, lat
    for _ in range(5):
        back_lon, back_lat = wgs84_to_gcj02(true_lon, true_lat)
        true_lon, true_lat = true_lon - (back_lon - lon), true_lat - (back_lat - lat)
    return true_lon, true_lat


def wgs84_to_bd09(lon: float, lat: float) -> LonLat:
    """What 百度 draws for a true position: GCJ-02, turned and shifted once more."""
    x, y = wgs84_to_gcj02(lon, lat)
    radius = hypot(x, y) + 0.00002 * sin(y * _BD_PI)
    angle = atan2(y, x) + 0.000003 * cos(x * _BD_PI)
    return radius * cos(angle) + _BD_LON, radius * sin(angle) + _BD_LAT
