"""Rounds, visits and the answers of the checklists, as rows."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import timedelta
from random import Random
from typing import Any

from shapely.geometry import Point
from sqlalchemy.orm import Session

from server.checklists import service as checklists
from server.checklists.rules import load_sets
from server.demo.bulk import copy_rows
from server.demo.district import District
from server.demo.patrols import Round, Visit
from server.demo.registry import Registry, area_path
from server.rounds.models import Round as RoundRow
from server.rounds.models import Visit as VisitRow
from server.rounds.models import VisitAnswer
from server.rounds.rules import AnswerResult, VisitState

NOT_APPLICABLE_SHARE = 0.05


def write_rounds(session: Session, district: District, registry: Registry) -> None:
    """All rounds. An item that a finding of the visit names was failed; nearly all others passed."""
    versions = {s.code: checklists.checklist_id_of(session, s.code) for s in load_sets()}
    failed: dict[uuid.UUID, set[str]] = {}
    for case in district.cases:
        if case.sighting.visit:
            failed.setdefault(case.sighting.visit.id, set()).add(case.sighting.item)
    copy_rows(session, RoundRow, _rounds(district, registry, versions))
    copy_rows(session, VisitRow, _visits(district, registry, versions))
    copy_rows(session, VisitAnswer, _answers(district, registry.rng, failed))


def _rounds(
    district: District, registry: Registry, versions: Mapping[str, uuid.UUID]
) -> Iterator[dict[str, Any]]:
    for round_ in district.rounds:
        yield {
            "id": round_.id,
            "level": round_.level,
            "period_key": round_.period_key,
            "title": round_.title,
            "inspector_id": registry.users[round_.inspector],
            "organisation_id": registry.units[round_.organisation],
            "path": area_path(round_.area_code),
            "checklist_version_id": versions[round_.set_code],
            "starts_on": round_.starts_on,
            "ends_on": round_.ends_on,
            "state": round_.state,
        }


def _visits(
    district: District, registry: Registry, versions: Mapping[str, uuid.UUID]
) -> Iterator[dict[str, Any]]:
    for round_, visit in _all(district):
        yield {
            "id": visit.id,
            "round_id": round_.id,
            "compound_id": registry.compounds[visit.compound.key],
            "path": area_path(visit.compound.community_code),
            "inspector_id": registry.users[visit.inspector],
            "checklist_version_id": versions[visit.set_code],
            "seq": visit.seq,
            "state": visit.state,
            "arrived_at": visit.arrived_at,
            "left_at": visit.left_at,
            "position": Point(visit.spot.lon, visit.spot.lat) if visit.spot else None,
            "accuracy_m": visit.spot.accuracy_m if visit.spot else None,
            "received_at": visit.received_at,
            "flags": [],
        }


def _answers(
    district: District, rng: Random, failed: Mapping[uuid.UUID, set[str]]
) -> Iterator[dict[str, Any]]:
    points = {s.code: [p.code for p in s.points] for s in load_sets()}
    for _, visit in _all(district):
        if visit.state is not VisitState.LEFT or not (visit.arrived_at and visit.left_at):
            continue
        codes = points[visit.set_code]
        step = (visit.left_at - visit.arrived_at) / (len(codes) + 2)
        for index, code in enumerate(codes, start=1):
            result = AnswerResult.PASS
            if code in failed.get(visit.id, ()):
                result = AnswerResult.FAIL
            elif rng.random() < NOT_APPLICABLE_SHARE:
                result = AnswerResult.NOT_APPLICABLE
            answered = visit.arrived_at + step * index + timedelta(seconds=rng.uniform(-9, 9))
            yield {"visit_id": visit.id, "item_code": code, "result": result, "answered_at": answered}


def _all(district: District) -> Iterator[tuple[Round, Visit]]:
    return ((r, v) for r in district.rounds for v in r.visits)
