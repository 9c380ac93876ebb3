"""Track files: a unit's fixes as GeoJSON and as GPX, for maps and for programs that people already have."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from tracking.fix import Fix

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_GPX_FIX = {True: "3d", False: "2d"}


def geojson(unit: str, fixes: Sequence[Fix]) -> dict[str, Any]:
    """Return a Feature with the time and speed of each of its points as properties.

    It is a LineString, or, of fewer than two fixes, of which RFC 7946 makes no line, a MultiPoint.
    """
    kind = "LineString" if len(fixes) > 1 else "MultiPoint"
    return {
        "type": "Feature",
        "geometry": {"type": kind, "coordinates": [(fix.lon_deg, fix.lat_deg) for fix in fixes]},
        "properties": {
            "unit": unit,
            "taken_ms": [fix.taken_ms for fix in fixes],
            "speed_mps": [fix.speed_mps for fix in fixes],
        },
    }


def gpx(unit: str, fixes: Sequence[Fix]) -> str:
    """Return a GPX 1.1 document of one track (https://www.topografix.com/GPX/1/1/).

    GPX 1.1 has no speed or course of its own; they stand in the extension that Garmin's programs read.
    """
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<gpx version="1.1" creator="Skoraya"',
        ' xmlns="http://www.topografix.com/GPX/1/1"',
        ' xmlns:gpxtpx="http://www.garmin.com/xmlschemas/TrackPointExtension/v2">',
        f"<trk><name>{escape(unit)}</name><trkseg>",
    ]
    lines += [_point(fix) for fix in fixes]
    lines += ["</trkseg></trk>", "</gpx>", ""]
    return "\n".join(lines)


def _point(fix: Fix) -> str:
    # In the order that the schema demands: ele, time, fix, sat, hdop, extensions.
    parts = [f'<trkpt lat="{fix.lat_deg:.9f}" lon="{fix.lon_deg:.9f}">']
    if fix.altitude_m is not None:
        parts.append(f"<ele>{fix.altitude_m:g}</ele>")
    if fix.taken_ms is not None:
        try:
            taken = _EPOCH + dt.timedelta(milliseconds=fix.taken_ms)
        except (
            OverflowError
        ):  # a broken clock's year 60,000 is kept in the archive, but no calendar writes it
            pass
        else:
            written = taken.isoformat(timespec="milliseconds").removesuffix("+00:00")
            parts.append(f"<time>{written}Z</time>")
    parts.append(f"<fix>{_GPX_FIX[fix.altitude_m is not None]}</fix>")
    if fix.satellites is not None:
        parts.append(f"<sat>{fix.satellites}</sat>")
    if fix.hdop is not None:
        parts.append(f"<hdop>{fix.hdop:g}</hdop>")
    motion = ""
    if fix.speed_mps is not None:
        motion += f"<gpxtpx:speed>{fix.speed_mps:g}</gpxtpx:speed>"
    if fix.course_deg is not None:
        motion += f"<gpxtpx:course>{fix.course_deg:g}</gpxtpx:course>"
    if motion:
        parts.append(
            "<extensions><gpxtpx:TrackPointExtension>" + motion + "</gpxtpx:TrackPointExtension></extensions>"
        )
    return "".join([*parts, "</trkpt>"])
