"""Stages: what a unit's motion says of its assignment, as commands that offer it to the region. Pure.

- `en_route`: it drove off after it was notified, and not from the patient's door. A crew that was driving
  already when it was notified has no such moment, and none is made up.
- `on_scene`: it stopped within `ARRIVED_M` of the call; at once if it stood there when it was notified.
- `left_scene`: it drove off from there, after it had been there by its button or by its fixes.
- `at_hospital`: it stopped within `AT_HOSPITAL_M` of the chosen hospital, after it had left the scene.
"""

from __future__ import annotations

from dispatch.assignment import Assignment
from dispatch.commands import NoteMotion
from dispatch.region import Region
from tracking.distance import metres_between
from tracking.motion import ARRIVED_M, Motion

# Hospitals are large, and their point on the map is seldom the door for ambulances.
AT_HOSPITAL_M = 250.0


def stages_of(region: Region, assignment: Assignment, motion: Motion) -> list[NoteMotion]:
    """Return what the unit's motion tells of an open assignment and has not been offered yet."""
    if not assignment.open:
        return []
    found = [
        _driving_off(region, assignment, motion),
        _arriving(region, assignment, motion),
        _at_hospital(region, assignment, motion),
    ]
    return [each for each in found if each is not None]


def _driving_off(region: Region, assignment: Assignment, motion: Motion) -> NoteMotion | None:
    """Return the departure to the call, or the one from it."""
    started = motion.started
    if started is None or started.at_ms <= assignment.times["notified"]:
        return None
    place = region.incidents[assignment.incident].place
    away_m = metres_between(place.lat_deg, place.lon_deg, started.lat_deg, started.lon_deg)
    from_scene = away_m <= ARRIVED_M
    if from_scene:
        there_ms = assignment.inferred.get("on_scene", assignment.arrived_ms)
        if there_ms is None or started.at_ms <= there_ms or "left_scene" in assignment.inferred:
            return None
    elif assignment.inferred:
        return None  # the departure is known, or the crew was there already
    return NoteMotion(
        assignment=assignment.id,
        stage="left_scene" if from_scene else "en_route",
        at_ms=started.at_ms,
        not_before_ms=started.not_before_ms,
    )


def _arriving(region: Region, assignment: Assignment, motion: Motion) -> NoteMotion | None:
    inferred = assignment.inferred
    if "on_scene" in inferred or "left_scene" in inferred or "left_scene" in assignment.times:
        return None
    place = region.incidents[assignment.incident].place
    stop = motion.arrived(place.lat_deg, place.lon_deg)
    if stop is None:
        return None
    notified_ms = assignment.times["notified"]
    if stop.at_ms <= notified_ms:  # it stood there already
        return NoteMotion(assignment=assignment.id, stage="on_scene", at_ms=notified_ms)
    return NoteMotion(
        assignment=assignment.id, stage="on_scene", at_ms=stop.at_ms, not_before_ms=stop.not_before_ms
    )


def _at_hospital(region: Region, assignment: Assignment, motion: Motion) -> NoteMotion | None:
    left_ms = assignment.inferred.get("left_scene", assignment.times.get("left_scene"))
    if assignment.hospital is None or left_ms is None or "at_hospital" in assignment.inferred:
        return None
    hospital = region.hospitals[assignment.hospital]
    stop = motion.arrived(hospital.lat_deg, hospital.lon_deg, AT_HOSPITAL_M)
    if stop is None or stop.at_ms <= left_ms:
        return None
    return NoteMotion(
        assignment=assignment.id, stage="at_hospital", at_ms=stop.at_ms, not_before_ms=stop.not_before_ms
    )
