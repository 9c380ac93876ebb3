"""Print the fastest way between two points as a GeoJSON Feature.

    skoraya route maps/tver --from 56.8587,35.9176 --to 56.8420,35.8972

Its properties are seconds, metres and degraded. With siren unless --no-siren is given.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from console.commands.position import demand_road, open_map, position


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("map", metavar="MAP", type=Path, help="a map made by: skoraya map build")
    parser.add_argument(
        "--from", dest="start", metavar="LAT,LON", type=position, required=True, help="where it starts"
    )
    parser.add_argument(
        "--to", dest="end", metavar="LAT,LON", type=position, required=True, help="where it ends"
    )
    parser.add_argument(
        "--siren", action=argparse.BooleanOptionalAction, default=True, help="drive with siren (default: yes)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the way; return 0."""
    router = open_map(arguments.map)
    demand_road(router, "--from", arguments.start, arguments.map)
    demand_road(router, "--to", arguments.end, arguments.map)
    way = router.route(arguments.start, arguments.end, siren=arguments.siren)
    feature = {
        "type": "Feature",
        "properties": {
            "seconds": way.seconds_s,
            "metres": round(way.metres_m, 1),
            "degraded": way.degraded,
        },
        "geometry": {"type": "LineString", "coordinates": way.line},
    }
    print(json.dumps(feature))
    return 0
