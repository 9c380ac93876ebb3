"""Say which share of a map's roads and addresses the units reach in time: one JSON object.

    skoraya coverage maps/tver --units units.csv --minutes 20

`roads` is the share of the roads' length, `addresses` that of the addresses (null where the map has none);
`units_off_road` counts units too far from every road to drive. With --geojson it is a FeatureCollection with
these as `properties`, and a line with its `minutes` for each road.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.commands.failure import Failure
from console.commands.nearest import instant, local_at, read_units
from console.commands.position import open_map

if TYPE_CHECKING:
    from routing.coverage import Coverage


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("map", metavar="MAP", type=Path, help="a map made by: skoraya map build")
    parser.add_argument("--units", metavar="UNITS.csv", type=Path, required=True, help="where the units are")
    parser.add_argument("--minutes", type=_minutes, default=20.0, help="what is in time (%(default)g)")
    parser.add_argument("--geojson", action="store_true", help="print every road with its minutes")
    parser.add_argument("--at", metavar="ISO", type=instant, help="when: speeds depend on the hour")
    parser.add_argument(
        "--siren", action=argparse.BooleanOptionalAction, default=True, help="drive with siren (default: yes)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the shares; return 0."""
    from routing.places import Places, PlacesError  # noqa: PLC0415  # rapidfuzz, which --help does not need
    from routing.weights import Conditions  # noqa: PLC0415  # numpy, the same

    units = read_units(arguments.units)
    router = open_map(arguments.map)
    local = local_at(arguments.at, router.bounds)
    router.set_conditions(Conditions(hour=local.hour if local else None, local=local))
    found = router.coverage(units, siren=arguments.siren)
    within_s = arguments.minutes * 60
    addresses = None
    try:
        with Places.open(arguments.map) as places:
            points = [(house.lat_deg, house.lon_deg) for house in places.houses(len(places))]
        if points:
            addresses = found.address_share(router.snap(points), within_s)
    except PlacesError as error:
        print(f"no addresses: {error}", file=sys.stderr)
    lost = sum(math.isinf(router.off_road_m(unit.lat_deg, unit.lon_deg)) for unit in units)
    shares: dict[str, Any] = {
        "minutes": arguments.minutes,
        "roads": round(found.road_share(within_s), 6),
        "addresses": None if addresses is None else round(addresses, 6),
        "units": len(units),
        "units_off_road": lost,
    }
    if lost == len(units):
        raise Failure(f"{arguments.units}: no unit is within 2 km of a road of {arguments.map}; another map?")
    print(json.dumps(features(found, shares) if arguments.geojson else shares))
    return 0


def features(found: Coverage, properties: dict[str, Any]) -> dict[str, Any]:
    """Return every road with the minutes after which its middle is reached, as a FeatureCollection."""
    graph = found.graph
    lons, lats = (graph.shape_lon_e7 / 1e7).tolist(), (graph.shape_lat_e7 / 1e7).tolist()
    starts, times = graph.edge_start.tolist(), found.edge_ms().tolist()
    return {
        "type": "FeatureCollection",
        "properties": properties,
        "features": [
            {
                "type": "Feature",
                "properties": {"minutes": None if ms < 0 else round(ms / 60_000, 2)},
                "geometry": {
                    "type": "LineString",
                    "coordinates": list(zip(lons[first:last], lats[first:last], strict=True)),
                },
            }
            for ms, first, last in zip(times, starts, starts[1:], strict=False)
        ],
    }


def _minutes(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= 24 * 60:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of minutes from 0 to 1440")
    return value
