"""Which drawn picture stands for which photo of a case, an answer, a re-check or a visit."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from server.checklists.rules import Catalogue
from server.demo.cases import Answer, Case, Verdict
from server.demo.moments import make_id
from server.demo.patrols import Visit
from server.demo.phrases import scene_of
from server.demo.scenes import ENTRANCE, kinds_of, shots_of, views_of
from server.demo.spots import Spot
from server.photos.models import PhotoStage

GALLERY_SHARE = 0.12  # of a firm's answers come from the gallery instead of the camera


@dataclass(frozen=True, slots=True)
class Picture:
    """One photo. ``shot`` names the drawn picture: scene, take and view."""

    id: uuid.UUID
    stage: PhotoStage
    group: uuid.UUID
    kind: str
    shot: tuple[str, int, str]
    captured_at: datetime
    declared_at: datetime
    spot: Spot
    by: str
    source: str = "camera"
    reused: bool = False
    """The same bytes prove another act of this case already."""


class Album:
    """Deals pictures; a case keeps one take of its scene, so that before and after fit together."""

    def __init__(self, rng: Random, catalogue: Catalogue) -> None:
        self.rng = rng
        self.kinds = {item.code: kinds_of(item) for item in catalogue.items}
        self.takes: dict[uuid.UUID, tuple[str, int]] = {}
        self.dealt: dict[str, int] = {}

    def before(self, case: Case) -> list[Picture]:
        """What the inspector took: the kinds that the catalogue asks for, a video as two stills."""
        sighting = case.sighting
        scene, take = self._take(case)
        kinds = [k for k in self.kinds[sighting.item] if k != "V"] or ["O", "C"]
        pictures, at = [], sighting.captured_at
        for kind, view in zip(kinds, views_of(kinds), strict=True):
            at += timedelta(minutes=11) if view == "U" else timedelta(seconds=self.rng.uniform(1, 30))
            taken = min(at, sighting.received_at)
            pictures.append(
                self._picture(
                    PhotoStage.BEFORE,
                    sighting.id,
                    kind,
                    (scene, take, view),
                    taken,
                    sighting.received_at,
                    sighting.spot,
                    sighting.found_by,
                )
            )
        return pictures

    def fixed(self, case: Case) -> list[Picture]:
        """The after photo of a hazard that was put right on the spot."""
        if case.fixed_at is None:
            return []
        scene, take = self._take(case)
        return [
            self._picture(
                PhotoStage.AFTER,
                make_id(self.rng, case.fixed_at),
                "A",
                (scene, take, "A"),
                case.fixed_at,
                case.fixed_at,
                case.sighting.spot,
                case.sighting.found_by,
            )
        ]

    def answered(self, case: Case, answer: Answer, failed: bool) -> list[Picture]:
        """What the firm sent. Where it had done nothing, it sent the inspector's own picture back."""
        scene, take = self._take(case)
        source = "gallery" if failed or self.rng.random() < GALLERY_SHARE else "camera"
        view = views_of(self.kinds[case.sighting.item])[0] if failed else "A"
        taken = answer.at - timedelta(minutes=self.rng.uniform(1, 25))
        spot = self._beside(case.sighting.spot)
        sent = self._picture(
            PhotoStage.AFTER, answer.id, "A", (scene, take, view), taken, answer.at, spot, answer.by
        )
        return [replace(sent, source=source, reused=failed)]

    def reviewed(self, case: Case, verdict: Verdict) -> list[Picture]:
        """What the re-check saw."""
        scene, take = self._take(case)
        view = "R" if verdict.passed else "O"
        return [
            self._picture(
                PhotoStage.REVIEW,
                verdict.id,
                "A",
                (scene, take, view),
                verdict.at,
                verdict.received_at,
                verdict.spot,
                verdict.by,
            )
        ]

    def visited(self, visit: Visit) -> Iterator[Picture]:
        """The entrance, as proof of a walk on which nothing was found."""
        if visit.arrived_at and visit.received_at and visit.spot:
            take = self._next(ENTRANCE)
            yield self._picture(
                PhotoStage.VISIT,
                visit.id,
                "O",
                (ENTRANCE, take, "O"),
                visit.arrived_at,
                visit.received_at,
                visit.spot,
                visit.inspector,
            )

    def _take(self, case: Case) -> tuple[str, int]:
        key = case.sighting.id
        if key not in self.takes:
            scene = scene_of(case.sighting.item)
            self.takes[key] = (scene, self._next(scene))
        return self.takes[key]

    def _next(self, scene: str) -> int:
        turn = self.dealt[scene] = self.dealt.get(scene, -1) + 1
        return turn % shots_of(scene)

    def _beside(self, spot: Spot) -> Spot:
        return Spot(
            spot.place,
            round(spot.lon + self.rng.gauss(0, 2e-5), 7),
            round(spot.lat + self.rng.gauss(0, 2e-5), 7),
            round(self.rng.uniform(4, 15), 1),
        )

    def _picture(
        self,
        stage: PhotoStage,
        group: uuid.UUID,
        kind: str,
        shot: tuple[str, int, str],
        captured: datetime,
        declared: datetime,
        spot: Spot,
        by: str,
    ) -> Picture:
        return Picture(make_id(self.rng, captured), stage, group, kind, shot, captured, declared, spot, by)
