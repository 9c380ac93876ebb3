"""Small maps drawn by hand, and the real one of Porto, for the tests of the roads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest

from routing.osm import Roads, read_roads
from routing.router import Router

Tags = Mapping[str, str]
Way = tuple[int, Sequence[int], Tags]
Relation = tuple[int, Sequence[tuple[str, str, int]], Tags]  # id, (role, type, ref), tags
Draw = Callable[..., Path]


def _tags(tags: Tags) -> str:
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items())


@pytest.fixture
def draw(tmp_path: Path) -> Draw:
    """Write an OSM file: nodes {id: (lat, lon)}, ways, relations and tags of nodes; return its path."""

    def write(
        nodes: Mapping[int, tuple[float, float]],
        ways: Sequence[Way],
        relations: Sequence[Relation] = (),
        marks: Mapping[int, Tags] | None = None,
        name: str = "drawn.osm",
    ) -> Path:
        lines = ["<?xml version='1.0' encoding='UTF-8'?>", "<osm version='0.6'>"]
        for node, (lat, lon) in nodes.items():
            lines.append(
                f"<node id='{node}' lat='{lat}' lon='{lon}'>{_tags((marks or {}).get(node, {}))}</node>"
            )
        for way, points, tags in ways:
            members = "".join(f"<nd ref='{point}'/>" for point in points)
            lines.append(f"<way id='{way}'>{members}{_tags(tags)}</way>")
        for relation, parts, tags in relations:
            members = "".join(
                f"<member type='{kind}' ref='{ref}' role={quoteattr(role)}/>" for role, kind, ref in parts
            )
            lines.append(f"<relation id='{relation}'>{members}{_tags(tags)}</relation>")
        path = tmp_path / name
        path.write_text("\n".join([*lines, "</osm>"]), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def porto_roads(shared: Path) -> Roads:
    """The roads of Porto."""
    return read_roads(shared / "data" / "maps" / "porto_portugal.osm.pbf")


@pytest.fixture(scope="session")
def porto(porto_roads: Roads) -> Router:
    """A router of Porto."""
    return Router(porto_roads.graph)
