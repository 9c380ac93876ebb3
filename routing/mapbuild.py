"""⚙ Mapbuild: an extract → a map folder with roads, places and tiles."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from routing.graph import MapError
from routing.mapfile import check_target, finish, info, save
from routing.osm import check_input, read_roads
from routing.places import build_places
from routing.tiles import TilesUnavailable, build_tiles

STAGES = ("roads", "places", "tiles", "saving")

Progress = Callable[[str, int], None]
"""Called with the stage that runs and how many objects it is through."""


def build_map(
    source: Path, folder: Path, *, label: str | None = None, progress: Progress | None = None
) -> dict[str, Any]:
    """Build a map folder; one that is there already is replaced in one step, and kept if anything fails.

    Args:
        source: `.osm.pbf`, `.pbf`, `.osm`, `.osm.gz` or `.osm.bz2`.
        folder: where the map goes.
        label: what `map info` names as the source; the file's name unless given.
        progress: told which stage of `STAGES` runs.

    Returns:
        What `map info` prints, and beside it what was left out: `left_out_nodes`, `left_out_km`,
        `left_out_parts`, `ways`, `closed_ways`, `cut_points`, `turn_restrictions_seen`, and `without_tiles`:
        why there are none, or None.

    Raises:
        MapError: the source or the target is not usable; one line.
    """
    tell = progress or (lambda _stage, _count: None)
    check_target(folder)
    check_input(source)
    aside = folder.with_name(f".{folder.name}.new-{os.getpid()}")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        aside.mkdir(parents=True)
        tell("roads", 0)
        roads = read_roads(source, lambda count: tell("roads", count))
        tell("places", 0)
        places = _places(source, aside)
        tell("tiles", 0)
        without_tiles = _tiles(source, aside)
        tell("saving", 0)
        left = roads.left_out
        beside = {
            "speeds": roads.speeds,
            "ways": roads.ways,
            "closed_ways": roads.closed_ways,
            "cut_points": roads.cut_points,
            "left_out_nodes": left.nodes,
            "left_out_km": round(left.km, 3),
            "left_out_parts": left.parts,
            "turn_restrictions_seen": roads.turn_restrictions,
            "without_tiles": without_tiles,
        }
        meta = {
            "nodes": roads.graph.nodes,
            "arcs": roads.graph.arcs,
            "km": round(roads.graph.km, 3),
            "turn_restrictions": left.turns_applied,
            "places": places,
            "bounds": list(roads.graph.bounds),
            "source": label or source.name,
            "built_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            **beside,
        }
        save(roads.graph, aside, meta)
        finish(aside, folder)
    except OSError as error:
        where = error.filename or folder
        raise MapError(
            f"{where} cannot be written: {error.strerror or error}; the old map, if any, stays"
        ) from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return {**info(folder), **beside}


def _places(source: Path, folder: Path) -> int:
    try:
        return build_places(source, folder)
    except ValueError as error:
        raise MapError(f"{source} cannot be indexed ({_line(error)}); download it again") from None


def _tiles(source: Path, folder: Path) -> str | None:
    """Draw the tiles; return why there are none, where there are none: the roads are of use without them."""
    try:
        build_tiles(source, folder)
    except TilesUnavailable as error:
        return str(error)
    except (ValueError, RuntimeError) as error:
        raise MapError(f"{source} cannot be drawn ({_line(error)}); download it again") from None
    return None


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
