"""The data dictionary of an export: every column's name, meaning, unit and NEMSIS element. Pure."""

from __future__ import annotations

import msgspec

from dispatch.response import INTERVALS, TIMES


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column of an export.

    Attributes:
        name: in the file.
        source: SQL over the warehouse's responses.
        personal: it tells of the patient or the place; left out unless asked for.
    """

    name: str
    source: str
    meaning: str
    unit: str = ""
    nemsis: str = ""
    personal: bool = False


def _time(name: str) -> str:
    return f"strftime(make_timestamp({name}_at * 1000), '%Y-%m-%dT%H:%M:%S.%gZ')"


# eTimes elements by their names in NEMSIS v3.5.
NEMSIS_NAMES: dict[str, str] = {
    "01": "PSAP Call Date/Time",
    "02": "Dispatch Notified Date/Time",
    "03": "Unit Notified by Dispatch Date/Time",
    "04": "Dispatch Acknowledged Date/Time",
    "05": "Unit En Route Date/Time",
    "06": "Unit Arrived on Scene Date/Time",
    "07": "Arrived at Patient Date/Time",
    "09": "Unit Left Scene Date/Time",
    "11": "Patient Arrived at Destination Date/Time",
    "12": "Destination Patient Transfer of Care Date/Time",
    "13": "Unit Back in Service Date/Time",
}

COLUMNS: tuple[Column, ...] = (
    Column(name="source", source="source", meaning="empty: this system; else the name of an imported log"),
    Column(name="region", source="region", meaning="the region"),
    Column(name="assignment", source="assignment", meaning="id of one crew on one call"),
    Column(name="incident", source="incident", meaning="id of the call"),
    Column(name="number", source='"number"', meaning="the call's number within its day"),
    Column(name="unit", source="unit", meaning="the vehicle with its crew"),
    Column(name="status", source="status", meaning="how the assignment ended"),
    Column(name="district", source="district", meaning="the nearest named place of the call; empty: unknown"),
    Column(name="substation", source="substation", meaning="where the unit belonged when it was sent"),
    Column(name="crew_kind", source="crew_kind", meaning="the kind of crew when it was sent"),
    Column(name="priority", source="priority", meaning="1 danger to life, 2 emergency, 3 urgent (can wait)"),
    Column(name="reason", source="reason", meaning="why somebody called, by the region's list"),
    Column(name="hospital", source="hospital", meaning="where the patient was taken"),
    Column(
        name="first_on_scene",
        source='"first"',
        meaning="whether this crew was the first of its call on scene",
    ),
    *(
        Column(
            name=f"eTimes.{element}",
            source=_time(name),
            meaning=f"{name}: {NEMSIS_NAMES[element]}",
            unit="ISO 8601, UTC",
            nemsis=f"eTimes.{element}",
        )
        for name, element in TIMES
    ),
    *(
        Column(
            name=f"{name}_s",
            source=f"{name}_ms / 1000",
            meaning=f"from {first} to {last}; negative where the times are out of order",
            unit="s",
        )
        for name, (first, last) in INTERVALS.items()
    ),
    Column(
        name="norm_s",
        source="norm_ms / 1000",
        meaning="the norm of the response when the call came",
        unit="s",
    ),
    Column(
        name="eta_s",
        source="eta_s",
        meaning="the travel time that the dispatcher saw when choosing",
        unit="s",
    ),
    Column(name="rank", source='"rank"', meaning="the crew's place in the recommendation that was shown"),
    Column(
        name="times_out_of_order",
        source="out_of_order",
        meaning="the first time that lies before an earlier one",
    ),
    Column(
        name="times_missing", source="missing", meaning="which of notified, en_route, on_scene are not known"
    ),
    Column(name="overlaps", source="overlap_of", meaning="the unit's assignment that had not ended yet"),
    Column(
        name="entered_late",
        source="entered_late",
        meaning="times told or corrected more than 5 minutes afterwards",
    ),
    Column(
        name="override_reason",
        source="override_reason",
        meaning="why another than the first recommended crew was sent, as typed",
        personal=True,
    ),
    Column(
        name="lat_deg",
        source="lat_deg",
        meaning="where the patient was",
        unit="degrees, WGS-84",
        personal=True,
    ),
    Column(
        name="lon_deg",
        source="lon_deg",
        meaning="where the patient was",
        unit="degrees, WGS-84",
        personal=True,
    ),
)


def columns(*, with_personal: bool) -> tuple[Column, ...]:
    """Return the columns of an export."""
    return tuple(each for each in COLUMNS if with_personal or not each.personal)
