"""The drawn photographs: enough of them, each different, small enough, and a hazard that shows."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageChops, ImageStat

from server.checklists.rules import load_catalogue
from server.demo.phrases import scene_of
from server.demo.scenery.painter import SIZE
from server.demo.scenes import ENTRANCE, LARGEST, draw, kinds_of, picture, shots, shots_of, views_of

SAMPLE = (
    "lane_bollards",
    "facade_wire",
    "hall_ebikes",
    "bins_full",
    "hydrant_dry",
    "ground_hole",
    "board_empty",
)


def test_there_are_about_three_hundred_pictures_and_every_item_has_its_views() -> None:
    names = set(shots())
    assert 300 <= len(names) <= 400
    for item in load_catalogue().items:
        scene = scene_of(item.code)
        for take in range(shots_of(scene)):
            assert {(scene, take, view) for view in (*views_of(kinds_of(item)), "A", "R")} <= names
    assert (ENTRANCE, 0, "O") in names


def test_a_picture_is_a_jpeg_of_a_phone_s_size_and_the_same_each_time() -> None:
    shot = ("lane_bollards", 0, "O")
    jpeg = picture(shot)
    assert len(jpeg) <= LARGEST
    assert jpeg == picture(shot)
    with Image.open(io.BytesIO(jpeg)) as opened:
        assert (opened.format, opened.size) == ("JPEG", SIZE)


@pytest.mark.parametrize("scene", SAMPLE)
def test_the_hazard_makes_a_visible_difference(scene: str) -> None:
    """More than the hand's movement between two pictures of the same cleaned place."""

    def small(view: str) -> Image.Image:
        return draw((scene, 0, view)).convert("L").resize((160, 120))

    before, after = small("O"), small("A")
    assert ImageStat.Stat(ImageChops.difference(before, after)).mean[0] > 2.0
    assert 50 < ImageStat.Stat(before).mean[0] < 215


def test_takes_of_one_scene_are_different_places() -> None:
    assert shots_of("lane_bollards") == 2
    assert picture(("lane_bollards", 0, "A")) != picture(("lane_bollards", 1, "A"))


def test_a_video_becomes_two_stills_and_dwell_two_different_pictures() -> None:
    assert views_of(["V"]) == ["O", "C"]
    assert views_of(["O", "C", "T", "T"]) == ["O", "C", "T", "U"]
