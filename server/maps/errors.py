"""The refusals of the map."""

from __future__ import annotations

from server.core.problems import NotFound


class NoSuchTile(NotFound):
    """Outside the square of its zoom, or deeper than the map goes."""

    code, title = "map.no_such_tile", "没有这一块地图"
