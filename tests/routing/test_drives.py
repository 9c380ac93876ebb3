from __future__ import annotations

from itertools import pairwise
from math import exp

import msgspec
import pytest

from routing.drives import LEAST_M, Drive, drive_of, thinned
from routing.learning import Factors, learn
from routing.matching import Seen
from routing.router import Router
from routing.speeds import CLASSES
from routing.times import great_circle_m
from tests.routing.driving import LIGHTS, drives, planted, tracks

NUMBERS = {name: number for number, name in enumerate(CLASSES)}


def test_matched_drives_teach_the_planted_speeds(porto: Router) -> None:
    """From 60 noisy tracks of five-second positions the classes' factors come out within a tenth."""
    found = drives(porto, 60, 1)
    assert len(found) > 50
    stretches = [one for drive in found for one in drive.lessons()]
    learned = learn(stretches)
    judged = 0
    for road in {one.road for one in stretches}:
        logs = [one for one in stretches if one.road == road]
        if len(logs) > 150:
            # Lights scatter the pieces of a stretch: its mean is more than their median.
            true = sum(planted(road, one.hour) for one in logs) / len(logs) * exp(LIGHTS**2 / 2)
            assert learned.factor(road, None, siren=True) == pytest.approx(true, rel=0.12)
            judged += 1
    assert judged >= 2


def test_a_drive_adds_up(porto: Router) -> None:
    """By the map alone a whole drive is predicted as the sum of its roads; it took what its track took."""
    for track, hour in tracks(porto, 5, 2):
        thin = thinned(track)
        drive = drive_of(porto.graph, thin, porto.match(thin), "d", hour, siren=True)
        assert drive is not None
        assert drive.actual_s == pytest.approx((thin[-1].taken_ms - thin[0].taken_ms) / 1000, rel=0.21)
        assert drive.run(Factors()).predicted_s == pytest.approx(sum(s for _, s in drive.by_road))
        assert drive.run(Factors(by_siren={True: 2.0})).predicted_s == pytest.approx(
            2 * drive.run(Factors()).predicted_s
        )
        assert msgspec.json.decode(msgspec.json.encode(drive), type=Drive) == drive


def test_thinning_keeps_the_driving_and_not_the_standing() -> None:
    """Ten minutes before setting off go but for the last position; so do positions close together."""
    standing = [Seen(at * 1000, 55.0, 37.0) for at in range(600)]
    driving = [Seen(600_000 + at * 1000, 55.0 + at * 1e-4, 37.0) for at in range(300)]
    kept = thinned([*standing, *driving])
    assert kept[0].taken_ms >= 599_000
    for one, other in pairwise(kept):
        assert great_circle_m((one.lat_deg, one.lon_deg), (other.lat_deg, other.lon_deg)) >= LEAST_M
        assert other.taken_ms - one.taken_ms >= 5_000


def test_what_is_on_no_road_teaches_nothing(porto: Router) -> None:
    """A track at sea, one of a single position, and none at all are no drives."""
    sea = [Seen(at * 10_000, 41.0 + at * 1e-3, -10.0) for at in range(20)]
    for track in (sea, sea[:1], []):
        assert drive_of(porto.graph, track, porto.match(track), "d", 12, siren=True) is None
