"""Where the crews of the demo's past drove: made-up fixes along real roads, for the calls that people open.

Those are the late ones and those of the last days. Written beside the running demo, a few at a time: the
roads' kernels and the disk belong to the living first.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from console.demo_response import SOURCE, Point, metres
from dispatch.assignment import Assignment
from dispatch.region import Region
from tracking.archive import Archive
from tracking.fix import Fix

# (start, end) as (lat, lon) → the way's line as (lon, lat).
WayOf = Callable[[Point, Point], Sequence[tuple[float, float]]]

EVERY_MS = 10_000
DAY_MS = 86_400_000
LAST_DAYS = 2
AT_ONCE = 12
REST_S = 0.1
# The reports open on so many days: the tracks of these come first.
SHOWN_DAYS = 28
DONE = "past-tracks.done"


async def lay_tracks(region: Region, archive: Archive, way_of: WayOf, folder: Path, now_ms: int) -> None:
    """Store the tracks, the late calls' first; does nothing where an earlier start has finished it.

    Raises:
        ArchiveError: a track cannot be stored.
    """
    done = folder / DONE
    if await asyncio.to_thread(done.exists):
        return
    wanted = list(worth_a_track(region, now_ms))
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]

        def store(some: list[Assignment] = some) -> None:
            archive.append([fix for each in some for fix in fixes_of(region, each, way_of)])

        await asyncio.to_thread(store)
        await asyncio.sleep(REST_S)
    await asyncio.to_thread(done.touch)


def worth_a_track(region: Region, now_ms: int) -> Iterator[Assignment]:
    """Yield the responses that get a track: the late ones, those that a report shows first; then the last."""
    past = [
        each
        for each in region.assignments.values()
        if each.by == SOURCE and {"en_route", "on_scene"} <= each.times.keys()
    ]

    def order(each: Assignment) -> tuple[bool, int]:
        return each.times["notified"] < now_ms - SHOWN_DAYS * DAY_MS, -_late_ms(region, each)

    yield from sorted((each for each in past if _late_ms(region, each) > 0), key=order)
    since_ms = now_ms - LAST_DAYS * DAY_MS
    yield from (each for each in past if each.times["notified"] > since_ms and _late_ms(region, each) <= 0)


def fixes_of(region: Region, assignment: Assignment, way_of: WayOf) -> Iterator[Fix]:
    """Yield where a crew was: from its base to the patient, there, and on to a hospital if it went there."""
    times = assignment.times
    base = region.substations.get(assignment.substation or "")
    place = region.incidents[assignment.incident].place
    scene = (place.lat_deg, place.lon_deg)
    start = scene if base is None else (base.lat_deg, base.lon_deg)
    yield from _drive(assignment.unit, way_of(start, scene), times["en_route"], times["on_scene"])
    leaves_ms = times.get("left_scene", times.get("cleared", times["on_scene"]))
    yield from _stand(assignment.unit, scene, times["on_scene"], leaves_ms)
    hospital = region.hospitals.get(assignment.hospital or "")
    if hospital is None or not {"left_scene", "at_hospital"} <= times.keys():
        return
    there = (hospital.lat_deg, hospital.lon_deg)
    yield from _drive(assignment.unit, way_of(scene, there), times["left_scene"], times["at_hospital"])
    yield from _stand(assignment.unit, there, times["at_hospital"], times.get("cleared", 0))


def _late_ms(region: Region, assignment: Assignment) -> int:
    call = region.incidents[assignment.incident]
    return assignment.times["on_scene"] - call.called_at_ms - call.norm_s * 1000


def _stand(unit: str, place: Point, from_ms: int, to_ms: int) -> Iterator[Fix]:
    """One fix in two minutes: a standing receiver speaks seldom."""
    for at_ms in range(from_ms + 12 * EVERY_MS, to_ms, 12 * EVERY_MS):
        yield Fix(unit, at_ms, None, at_ms, *place, speed_mps=0.0)


def _drive(unit: str, line: Sequence[tuple[float, float]], from_ms: int, to_ms: int) -> Iterator[Fix]:
    """Yield the fixes of one drive along a line, at an even pace."""
    points = [(lat, lon) for lon, lat in line]
    if len(points) < 2 or to_ms <= from_ms:
        return
    lengths_m = [metres(here, there) for here, there in pairwise(points)]
    whole_m = sum(lengths_m) or 1.0
    speed_mps = whole_m / (to_ms - from_ms) * 1000
    index, passed_m = 0, 0.0
    for at_ms in range(from_ms, to_ms + 1, EVERY_MS):
        gone_m = whole_m * (at_ms - from_ms) / (to_ms - from_ms)
        while index < len(lengths_m) - 1 and passed_m + lengths_m[index] < gone_m:
            passed_m += lengths_m[index]
            index += 1
        here, there = points[index], points[index + 1]
        share = min(1.0, (gone_m - passed_m) / lengths_m[index]) if lengths_m[index] else 0.0
        lat, lon = (here[axis] + (there[axis] - here[axis]) * share for axis in (0, 1))
        east = (there[1] - here[1]) * math.cos(math.radians(lat))
        course = math.degrees(math.atan2(east, there[0] - here[0])) % 360
        yield Fix(
            unit, at_ms, None, at_ms, lat, lon, speed_mps=round(speed_mps, 2), course_deg=round(course, 1)
        )
