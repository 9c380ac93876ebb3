"""⚙ Mapbuild: an extract → a map folder with roads, places and tiles."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from routing.gazetteer import build_places
from routing.graph import MapError
from routing.mapfile import check_target, finish, info, save
from routing.osm import check_input, read_roads
from routing.tiles import FILE as TILES
from routing.tiles import TilesUnavailable, build_tiles, read_header

STAGES = ("roads", "places", "tiles", "saving")

Progress = Callable[[str, int], None]
"""Called with the stage that runs and how many objects it is through."""


def build_map(
    source: Path,
    folder: Path,
    *,
    label: str | None = None,
    progress: Progress | None = None,
    tiles: Path | None = None,
    islands: bool = False,
) -> dict[str, Any]:
    """Build a map folder; one that is there already is replaced in one step, and kept if anything fails.

    Args:
        source: `.osm.pbf`, `.pbf`, `.osm`, `.osm.gz` or `.osm.bz2`.
        folder: where the map goes.
        label: what `map info` names as the source; the file's name unless given.
        progress: told which stage of `STAGES` runs.
        tiles: a ready PMTiles file to take instead of drawing tiles from the extract.
        islands: whether the largest island may stand for a place of several.

    Returns:
        What `map info` prints, with what was left out, and `without_tiles`: why there are none, or None.

    Raises:
        MapError: the source or the target is not usable; one line.
    """
    tell = progress or (lambda _stage, _count: None)
    check_target(folder)
    check_input(source)
    if tiles is not None:
        _check_tiles(tiles)
    aside = folder.with_name(f".{folder.name}.new-{os.getpid()}")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        aside.mkdir(parents=True)
        tell("roads", 0)
        roads = read_roads(source, lambda count: tell("roads", count), islands=islands)
        tell("places", 0)
        places = _places(source, aside)
        tell("tiles", 0)
        without_tiles = _tiles(source, aside, ready=tiles)
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
            "ferries": roads.ferries,
            "timed_ways": roads.timed_ways,
            "timed_arcs": len(roads.graph.timed_arc),
            "hours_not_understood": len(roads.unknown_hours),
            "hours_not_understood_first": list(roads.unknown_hours[:10]),
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
        save(roads.graph, aside, meta, roads.divides)
        finish(aside, folder)
    except OSError as error:
        where = error.filename or folder
        raise MapError(
            f"{where} cannot be written: {error.strerror or error}; the old map, if any, stays"
        ) from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return info(folder)


def _check_tiles(tiles: Path) -> None:
    try:
        read_header(tiles)
    except OSError as error:
        raise MapError(f"{tiles} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise MapError(f"{error}; give a PMTiles file of version 3, or build without --tiles") from None


def _places(source: Path, folder: Path) -> int:
    try:
        return build_places(source, folder)
    except ValueError as error:
        raise MapError(f"{source} cannot be indexed ({_line(error)}); download it again") from None


def _tiles(source: Path, folder: Path, *, ready: Path | None) -> str | None:
    """Draw the tiles; return why there are none, where there are none: the roads are of use without them."""
    if ready is not None:
        shutil.copyfile(ready, folder / TILES)
        return None
    try:
        build_tiles(source, folder)
    except TilesUnavailable as error:
        return str(error)
    except (ValueError, RuntimeError) as error:
        raise MapError(f"{source} cannot be drawn ({_line(error)}); download it again") from None
    return None


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
