"""⚙ Shores: the outlines of lakes and wide rivers that an extract draws as multipolygons.

Their ways carry no tags of their own, and the relation that says "water" comes last in the file. So the
relations are read first, then their ways, then those ways' nodes: three passes that skip all else, and only
the first where there is no such relation.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import osmium
from osmium.osm.types import Node, Relation, Way

Spots = list[tuple[int, int]]
"""(x, y): longitude and latitude in 1e-7 degrees."""

WATERS = (("natural", "water"), ("waterway", "riverbank"), ("landuse", "reservoir"))


def shores(path: Path, least_e7: int) -> Iterator[Spots]:
    """Yield the lines of the shores of every water that is a relation; islands in it have shores too.

    Args:
        path: the extract.
        least_e7: what is smaller than this, by latitude and by longitude, is walked round.
    """
    bits = osmium.osm.osm_entity_bits
    waters = [
        [member.ref for member in one.members if member.type == "w"]
        for one in osmium.FileProcessor(str(path), bits.RELATION).with_filter(
            osmium.filter.TagFilter(*WATERS)
        )
        if isinstance(one, Relation) and not one.deleted and one.tags.get("type") == "multipolygon"
    ]
    wanted = {way for water in waters for way in water}
    if not wanted:
        return
    nodes: dict[int, list[int]] = {}
    for way in osmium.FileProcessor(str(path), bits.WAY).with_filter(osmium.filter.IdFilter(wanted)):
        if isinstance(way, Way):
            nodes[way.id] = [node.ref for node in way.nodes]
    on_shore = {node for run in nodes.values() for node in run}
    spots: dict[int, tuple[int, int]] = {}
    for node in osmium.FileProcessor(str(path), bits.NODE).with_filter(osmium.filter.IdFilter(on_shore)):
        if isinstance(node, Node) and node.location.valid():
            spots[node.id] = node.location.x, node.location.y
    for water in waters:
        lines = [[spots[node] for node in nodes.get(way, ()) if node in spots] for way in water]
        seen = [spot for line in lines for spot in line]
        wide = max((max(axis) - min(axis) for axis in zip(*seen, strict=True)), default=0)
        if wide >= least_e7:
            yield from (line for line in lines if len(line) > 1)
