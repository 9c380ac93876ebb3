"""Position: LAT,LON as a person types it, checked; and whether it lies on a map."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

from console.commands.failure import Failure

if TYPE_CHECKING:
    from routing.router import Router


def position(text: str) -> tuple[float, float]:
    """Return (lat_deg, lon_deg) of "55.75,37.62"; the type of a command's LAT,LON argument."""
    parts = text.split(",")
    try:
        lat_deg, lon_deg = (float(part) for part in parts)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not LAT,LON: two numbers with a comma, such as 55.75,37.62"
        ) from None
    if not (math.isfinite(lat_deg) and abs(lat_deg) <= 90):
        raise argparse.ArgumentTypeError(f"the latitude in {text!r} is not within -90 to 90")
    if not (math.isfinite(lon_deg) and abs(lon_deg) <= 180):
        raise argparse.ArgumentTypeError(f"the longitude in {text!r} is not within -180 to 180")
    return lat_deg, lon_deg


def open_map(folder: Path) -> Router:
    """Return the map's router; a map that cannot be opened is a Failure."""
    from routing.graph import MapError  # noqa: PLC0415  # numpy and numba, which --help does not need
    from routing.router import Router  # noqa: PLC0415  # the same

    try:
        return Router.open(folder)
    except MapError as error:
        raise Failure(str(error)) from error


def demand_road(router: Router, option: str, point: tuple[float, float], folder: Path) -> None:
    """Raise Failure where a point lies so far from every road that there is no road answer."""
    if math.isinf(router.off_road_m(*point)):
        west, south, east, north = router.bounds
        raise Failure(
            f"{option} {point[0]},{point[1]} is more than 2 km from every road of {folder}, which spans "
            f"{south:.4f},{west:.4f} to {north:.4f},{east:.4f}; give a point on the map"
        )
