"""Across: whether water or a railway lies between a place and the road that it snaps to."""

from __future__ import annotations

import numpy as np

from routing.divides import Divides, between
from routing.graph import RoadGraph
from routing.lines import draw
from routing.snap import Snapper
from routing.weights import fixed


def across(
    graph: RoadGraph, snapper: Snapper, divides: Divides, lat_deg: float, lon_deg: float
) -> str | None:
    """Return what lies between a point and its nearest road: "water", "railway"; None for nothing.

    Args:
        graph: the roads.
        snapper: of that graph.
        divides: of the same map.
        lat_deg: WGS-84.
        lon_deg: likewise.
    """
    place = snapper.snap(np.array([float(lat_deg)]), np.array([float(lon_deg)]))
    if place.edge[0] < 0:
        return None
    shape = fixed(graph.shape_lat_e7), fixed(graph.shape_lon_e7)
    lon, lat = draw(place.edge, place.fraction, place.fraction, fixed(graph.edge_start), shape)[0]
    return between(divides, (float(lat_deg), float(lon_deg)), (float(lat), float(lon)))
