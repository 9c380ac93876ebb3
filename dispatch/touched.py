"""Touched: whose views an entry changed, so that those are shown anew. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec

from dispatch import alarmevents, events
from dispatch.alarm import Alarm
from dispatch.callevents import CallEvent, HazardNoted, HazardWithdrawn, IncidentLinked, IncidentUnlinked
from dispatch.crewshift import CrewShiftOpened
from dispatch.deskevents import AttendanceChanged, DeskEvent, OwnerChanged, ShiftEnded, ShiftOpened
from dispatch.hazard import Hazard, same_address
from dispatch.incident import Incident
from dispatch.majorevents import MajorFact
from dispatch.queued import CallQueued, CallUnqueued


class Touched(msgspec.Struct, frozen=True):
    """Whose views an entry changed: ids."""

    incidents: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    assignments: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()
    workplaces: tuple[str, ...] = ()


class Known(Protocol):
    """What must be known of a region to say whose views changed; see `dispatch.region.Region`."""

    @property
    def incidents(self) -> Mapping[str, Incident]:
        """The calls by id."""
        ...

    @property
    def open_incidents(self) -> Iterable[str]:
        """Ids of the calls that have not ended."""
        ...

    @property
    def alarms(self) -> Mapping[str, Alarm]:
        """The alarms by id."""
        ...

    @property
    def hazards(self) -> Mapping[str, Hazard]:
        """The hazards by id."""
        ...


def touched(region: Known, event: events.Event) -> Touched:  # noqa: C901, PLR0911  # one case an event, as a table
    """Return whose views an event changed; ask after it was folded."""
    match event:
        case (
            events.DutyChanged(unit=unit)
            | events.UnitRegistered(unit=unit)
            | alarmevents.PositionBelieved(unit=unit)
        ):
            return Touched(units=(unit,))
        case (
            events.IncidentCreated(incident=incident)
            | events.IncidentCancelled(incident=incident)
            | events.IncidentClosed(incident=incident)
        ):
            return Touched(incidents=(incident,))
        case (
            events.CrewAssigned(assignment=assignment, incident=incident, unit=unit)
            | events.StatusChanged(assignment=assignment, incident=incident, unit=unit)
            | events.HospitalChosen(assignment=assignment, incident=incident, unit=unit)
        ):
            return Touched((incident,), (unit,), (assignment,))
        case events.TimeCorrected(assignment=assignment, incident=incident, unit=unit):
            return Touched((incident,), (unit,), (assignment,))
        case events.MotionInferred(assignment=assignment, incident=incident, unit=unit):
            return Touched((incident,), (unit,), (assignment,))
        case (
            alarmevents.AlarmRaised(alarm=alarm, unit=unit)
            | alarmevents.AlarmJoined(alarm=alarm, unit=unit)
            | alarmevents.AlarmAcknowledged(alarm=alarm, unit=unit)
        ):
            return Touched(units=(unit,) if unit else (), alarms=(alarm,))
        case (ShiftOpened() | ShiftEnded() | AttendanceChanged() | OwnerChanged()) as event:
            return _at_desks(region, event)
        case events.IncidentReopened(incident=incident):
            return Touched(incidents=(incident,))
        case CallQueued(incident=incident, unit=unit) | CallUnqueued(incident=incident, unit=unit):
            return Touched(incidents=(incident,), units=(unit,))
        case CrewShiftOpened(unit=unit):
            return Touched(units=(unit,))
        case events.CrewsSwapped(incidents=incidents):
            return Touched(incidents=incidents)
        case IncidentLinked(incident=incident, main=main) | IncidentUnlinked(incident=incident, main=main):
            return Touched((incident, main))
        case CallEvent(incident=incident) | MajorFact(incident=incident):
            return Touched((incident,))
        case HazardNoted(hazard=hazard) | HazardWithdrawn(hazard=hazard):
            place, calls = region.hazards[hazard].place, region.open_incidents
            return Touched(tuple(one for one in calls if same_address(region.incidents[one].place, place)))
        case _:
            return Touched()


def _at_desks(region: Known, event: DeskEvent) -> Touched:
    """Return the calls that go to another desk, and the alarms whose owner may change with it."""
    alarms = tuple(one.id for one in region.alarms.values() if one.open)
    if isinstance(event, OwnerChanged):
        return Touched((event.incident,), alarms=alarms)
    calls = () if isinstance(event, AttendanceChanged) else event.calls
    return Touched(calls, alarms=alarms, workplaces=(event.workplace,))
