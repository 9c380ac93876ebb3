"""Ledger: what journal entries change in the warehouse, as rows. Pure.

Rows are made from the region as it is after the entries, never from what was in the warehouse before: the
same entries again change nothing, and a rebuild from the first entry gives the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from dispatch import events
from dispatch.assignment import TERMINAL
from dispatch.events import Envelope
from dispatch.incident import Incident
from dispatch.region import Region
from dispatch.response import ORDER, Response, response_of

# The district of a point (lat, lon in degrees), or None.
DistrictOf = Callable[[float, float], str | None]

Row = dict[str, object]


class Rows(msgspec.Struct, frozen=True):
    """What entries change, up to the entry `seq` whose hash is `hash`.

    Attributes:
        responses: finished responses, new or changed.
        calls: ended calls, new or changed.
        duties: duty changes: seq, unit, duty, at_ms, substation, crew_kind.
        disputes: where a button and the track disagree: seq, assignment, incident, unit, at_ms by the track,
            stage, button_ms, disagreement_s.
    """

    seq: int
    hash: str
    responses: list[Row]
    calls: list[Row]
    duties: list[Row]
    disputes: list[Row]


def nowhere(_lat_deg: float, _lon_deg: float) -> str | None:
    """Know no districts."""
    return None


def rows_of(region: Region, entries: Iterable[Envelope], district_of: DistrictOf = nowhere) -> Rows:
    """Return what the entries change.

    Args:
        region: with the entries folded in.
        entries: in order; the region may be ahead of them, and what came later is then written again.
        district_of: names the district of a place.
    """
    entries = list(entries)
    touched: dict[str, None] = {}
    duties: list[Row] = []
    disputes: list[Row] = []
    for envelope in entries:
        touched |= dict.fromkeys(region.touched(envelope).incidents)
        event = envelope.event
        if isinstance(event, events.DutyChanged):
            unit = region.units[event.unit]
            duties.append(
                {
                    "seq": envelope.seq,
                    "unit": event.unit,
                    "duty": event.duty,
                    "at_ms": envelope.at_ms,
                    "substation": unit.substation,
                    "crew_kind": unit.crew_kind,
                }
            )
        elif isinstance(event, events.MotionInferred) and event.disagreement_s is not None:
            disputes.append(
                {
                    "seq": envelope.seq,
                    "assignment": event.assignment,
                    "incident": event.incident,
                    "unit": event.unit,
                    "at_ms": envelope.at_ms,
                    "stage": event.stage,
                    "button_ms": event.button_ms,
                    "disagreement_s": event.disagreement_s,
                }
            )
    responses: list[Row] = []
    calls: list[Row] = []
    for name in touched:
        incident = region.incidents[name]
        place = incident.place
        finished = [each for each in region.assignments_of(name) if each.status in TERMINAL]
        if not finished and incident.open:
            continue
        district = district_of(place.lat_deg, place.lon_deg)
        responses += [response_row(response_of(region, each), region.id, district) for each in finished]
        if not incident.open:
            calls.append(call_row(region, incident, district))
    last = entries[-1] if entries else None
    seq, chain = (region.seq, region.hash) if last is None else (last.seq, last.hash)
    return Rows(seq, chain, responses, calls, duties, disputes)


def response_row(response: Response, region_id: str, district: str | None = None) -> Row:
    """Return a response as a row of `sheet.RAW`."""
    row: Row = {
        "region": region_id,
        "assignment": response.assignment,
        "incident": response.incident,
        "number": response.number,
        "unit": response.unit,
        "status": response.status,
        "district": district if response.district is None else response.district,
        "substation": response.substation,
        "crew_kind": response.crew_kind,
        "priority": response.priority,
        "reason": response.reason,
        "hospital": response.hospital,
        "lat_deg": response.lat_deg,
        "lon_deg": response.lon_deg,
        "norm_ms": None if response.norm_s is None else response.norm_s * 1000,
        "first": response.first,
        "entered_late": ",".join(response.entered_late) or None,
        "eta_s": response.eta_s,
        "rank": response.rank,
        "override_reason": response.override_reason,
    }
    for name in ORDER:
        row[f"{name}_at"] = response.times.get(name)
    return row


def call_row(region: Region, incident: Incident, district: str | None) -> Row:
    """Return an ended call as a row of `warehouse.CALLS`."""
    crews = region.assignments_of(incident.id)
    return {
        "region": region.id,
        "incident": incident.id,
        "number": incident.number,
        "district": district,
        "priority": incident.priority,
        "reason": incident.reason,
        "called_at": incident.called_at_ms,
        "created_at": incident.created_at_ms,
        "sent_at": min((each.times["notified"] for each in crews), default=None),
        "arrived_at": incident.arrived_at_ms,
        "ended_at": incident.ended_at_ms,
        "ending": incident.ending,
        "outcome": incident.outcome,
        "crews": len(crews),
        "norm_ms": incident.norm_s * 1000,
    }
