"""What the API and the feed show of a region: the views of docs/protocols.md §2. Plain functions."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from console.callviews import call_taking_view, call_view
from console.crewviews import crew_view, waiting_view
from console.deskviews import major_view, post_view, posts_view, scales_view, workplaces_view, zones_view
from dispatch.alarm import Alarm
from dispatch.alarmowner import alarm_owner
from dispatch.assignment import Assignment
from dispatch.events import Envelope
from dispatch.incident import Incident
from dispatch.ownership import owner_of
from dispatch.region import Region
from dispatch.touched import Touched
from dispatch.unit import Unit
from routing.times import Way
from tracking.fix import Fix

View = dict[str, object]

# Ended calls stay on the screens this long, so that a dispatcher sees what has just been done.
ENDED_SHOWN_MS = 30 * 60_000


def incident_view(region: Region, incident: Incident) -> View:
    """Show one call."""
    return {
        "id": incident.id,
        "number": incident.number,
        "phase": region.phase(incident.id),
        "place": incident.place,
        "reason": incident.reason,
        "priority": incident.priority,
        "phone": incident.phone,
        "patient": incident.patient,
        "note": incident.note,
        "called_at_ms": incident.called_at_ms,
        "created_at_ms": incident.created_at_ms,
        "norm_ends_ms": incident.norm_ends_ms,
        "arrived_at_ms": incident.arrived_at_ms,
        "ended_at_ms": incident.ended_at_ms,
        "outcome": incident.outcome,
        "assignments": incident.assignments,
        "source": incident.source,
        **call_view(region, incident),
        **waiting_view(region, incident),
        "zone": incident.zone,
        "owner": owner_of(region, incident.id),
        "major": None if (major := region.majors.get(incident.id)) is None else major_view(region, major),
    }


def unit_view(region: Region, unit: Unit) -> View:
    """Show one unit; its state is derived here and stored nowhere."""
    active = region.active_assignment(unit.id)
    return {
        "id": unit.id,
        "index": unit.index,
        "call_sign": unit.call_sign,
        "crew_kind": unit.crew_kind,
        "vehicle_class": unit.vehicle_class,
        "substation": unit.substation,
        "duty": unit.duty,
        "state": region.unit_state(unit.id),
        "state_since_ms": region.unit_state_since_ms(unit.id),
        "assignment": None if active is None else active.id,
        "incident": None if active is None else active.incident,
        **crew_view(region, unit),
    }


def assignment_view(assignment: Assignment) -> View:
    """Show one assignment with both clocks of each status."""
    return {
        "id": assignment.id,
        "incident": assignment.incident,
        "unit": assignment.unit,
        "status": assignment.status,
        "times": assignment.times,
        "learned": assignment.learned,
        "hospital": assignment.hospital,
        "eta_s": assignment.eta_s,
        "override_reason": assignment.override_reason,
        "recommended_rank": assignment.recommended_rank,
        "by": assignment.by,
        "inferred": assignment.inferred,
    }


def alarm_view(region: Region, alarm: Alarm) -> View:
    """Show one alarm with its evidence."""
    return {
        "id": alarm.id,
        "kind": alarm.kind,
        "owner": alarm_owner(region, alarm.kind, alarm.unit, alarm.evidence),
        "unit": alarm.unit,
        "units": alarm.named,
        "units_total": len(alarm.units),
        "raised_ms": alarm.raised_ms,
        "learned_ms": alarm.learned_ms,
        "acknowledged_ms": alarm.acknowledged_ms,
        "acknowledged_by": alarm.acknowledged_by,
        "evidence": alarm.evidence,
    }


def timeline_entry(envelope: Envelope) -> View:
    """Show one journal entry that touched a call."""
    data = msgspec.to_builtins(envelope.event)
    data.pop("kind", None)
    return {
        "seq": envelope.seq,
        "kind": envelope.kind,
        "at_ms": envelope.at_ms,
        "learned_ms": envelope.learned_ms,
        "by": envelope.by,
        "source": envelope.source,
        "data": data,
    }


def changed(region: Region, touched: Touched) -> View:
    """Show whatever an entry touched, as it is now; a call's change shows on its crews' rows too."""
    incidents = dict.fromkeys(touched.incidents)
    assignments = dict.fromkeys(touched.assignments)
    units = dict.fromkeys(touched.units)
    for incident in touched.incidents:
        for assignment in region.assignments_of(incident):
            assignments[assignment.id] = None
            units[assignment.unit] = None
    return {
        "incidents": [incident_view(region, region.incidents[each]) for each in incidents],
        "units": [unit_view(region, region.units[each]) for each in units],
        "assignments": [assignment_view(region.assignments[each]) for each in assignments],
        "alarms": [alarm_view(region, region.alarms[each]) for each in touched.alarms],
        "posts": [post_view(region, each) for each in touched.workplaces],
    }


def snapshot(region: Region, now_ms: int) -> View:
    """Show all units, every open call, and the calls that ended within the last half hour."""
    incidents = region.recent_incidents(now_ms - ENDED_SHOWN_MS)
    return {
        "incidents": [incident_view(region, each) for each in incidents],
        "units": [unit_view(region, each) for each in region.units.values()],
        "assignments": [
            assignment_view(region.assignments[each])
            for incident in incidents
            for each in incident.assignments
        ],
        "alarms": [
            alarm_view(region, each)
            for each in region.alarms.values()
            if each.acknowledged_ms is None or each.acknowledged_ms >= now_ms - ENDED_SHOWN_MS
        ],
        "posts": posts_view(region),
    }


def past_view(region: Region, at_ms: int, fixes: Mapping[str, Fix]) -> View:
    """Show a region as it was known at `at_ms`, and each unit's last position taken by then."""
    return {
        "t": "snapshot",
        "epoch": region.epoch,
        "seq": region.seq,
        "now_ms": at_ms,
        "speed": 0.0,
        **snapshot(region, at_ms),
        "degraded": [],
        "demo": None,
        "positions": [
            {
                "unit": unit,
                "lat_deg": fix.lat_deg,
                "lon_deg": fix.lon_deg,
                "course_deg": fix.course_deg,
                "speed_mps": fix.speed_mps,
                "taken_ms": fix.taken_ms,
            }
            for unit, fix in fixes.items()
            if unit in region.units
        ],
    }


def region_view(
    region: Region, *, demo: bool, bounds: tuple[float, float, float, float] | None, has_tiles: bool
) -> View:
    """Show what does not change while the service runs."""
    settings = region.settings
    if settings is None:  # a service configures its region before it answers anybody
        raise ValueError(f"region {region.id} is not configured")
    return {
        "region": region.id,
        "name": settings.name,
        "timezone": settings.timezone,
        "norm_s": settings.norm_s,
        "demo": demo,
        "bounds": bounds,
        "tiles": has_tiles,
        "substations": list(region.substations.values()),
        "hospitals": list(region.hospitals.values()),
        "crew_kinds": [{"id": kind.id, "ru": kind.ru, "en": kind.en} for kind in settings.crew_kinds],
        "reasons": settings.reasons,
        "equipment": settings.equipment,
        "qualifications": settings.qualifications,
        **call_taking_view(settings),
        "zones": zones_view(region),
        "workplaces": workplaces_view(region),
        "scales": scales_view(region),
    }


def feature(way: Way, **more: object) -> View:
    """Show a way as GeoJSON, with `more` among its properties."""
    return {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": way.line},
        "properties": {"seconds": way.seconds_s, "metres": way.metres_m, "degraded": way.degraded, **more},
    }
