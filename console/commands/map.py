"""Build, make up or describe a map.

    skoraya map build tver.osm.pbf maps/tver
    skoraya map synth maps/demo --nodes 5000 --seed 1
    skoraya map place "Tver, Russia" maps/tver
    skoraya map info maps/tver

A map is one folder: the road graph, the address index and the tiles that the console draws. A new map takes
the place of an old one in one step; if building fails, the old one stays.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from console.commands.failure import Failure


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="{build,synth,place,info}")
    build = actions.add_parser(
        "build", help="build a map from an extract", description="skoraya map build tver.osm.pbf maps/tver"
    )
    build.add_argument(
        "source", metavar="IN", type=Path, help="the extract: .osm.pbf, .pbf, .osm, .osm.gz or .osm.bz2"
    )
    build.add_argument("folder", metavar="OUT", type=Path, help="the folder to write")
    build.add_argument(
        "--tiles", metavar="FILE.pmtiles", type=Path, help="take this ready base map instead of drawing one"
    )
    build.add_argument(
        "--largest-island",
        action="store_true",
        help="where a place falls into islands that no road or ferry joins, build the largest",
    )
    synth = actions.add_parser(
        "synth",
        help="build a map of a made-up city",
        description="skoraya map synth maps/demo --nodes 5000 --seed 1",
    )
    synth.add_argument("folder", metavar="OUT", type=Path, help="the folder to write")
    synth.add_argument(
        "--nodes", type=_junctions, default=5000, help="about how many junctions (%(default)s)"
    )
    synth.add_argument("--seed", type=int, default=1, help="the same seed makes the same city (%(default)s)")
    place = actions.add_parser(
        "place",
        help="download a place and build its map (needs the extra: pip install 'skoraya[place]')",
        description='skoraya map place "Tver, Russia" maps/tver',
    )
    place.add_argument("name", metavar="PLACE", help="as one would type it into a map search")
    place.add_argument("folder", metavar="OUT", type=Path, help="the folder to write")
    info = actions.add_parser(
        "info", help="describe a map, as JSON", description="skoraya map info maps/tver"
    )
    info.add_argument("folder", metavar="MAP", type=Path, help="the map's folder")


def run(arguments: argparse.Namespace) -> int:
    """Run one of the actions; return 0."""
    from routing.graph import MapError  # noqa: PLC0415  # numpy and pyosmium, not for --help

    try:
        if arguments.action == "info":
            from routing.mapfile import info  # noqa: PLC0415  # the same

            print(json.dumps(info(arguments.folder), ensure_ascii=False))
        elif arguments.action == "build":
            _build(
                arguments.source,
                arguments.folder,
                tiles=arguments.tiles,
                islands=arguments.largest_island,
            )
        elif arguments.action == "synth":
            _synth(arguments.folder, arguments.nodes, arguments.seed)
        else:
            _place(arguments.name, arguments.folder)
    except MapError as error:
        raise Failure(str(error)) from error
    return 0


def _build(
    source: Path,
    folder: Path,
    label: str | None = None,
    *,
    tiles: Path | None = None,
    islands: bool = False,
) -> None:
    from routing.mapbuild import build_map  # noqa: PLC0415  # numba, not for --help or info

    bar = _Bar()
    try:
        built = build_map(source, folder, label=label, progress=bar.stage, tiles=tiles, islands=islands)
    finally:
        bar.close()
    print(_summary(folder, built), file=sys.stderr)


def _summary(folder: Path, built: dict[str, Any]) -> str:
    size = f"{built['nodes']:,} nodes, {built['arcs']:,} arcs, {built['km']:,.0f} km of roads"
    lost = f"{built['left_out_km']:,.1f} km in {built['left_out_parts']:,} parts that do not reach the rest"
    turns = f"{built['turn_restrictions']:,} applied of {built['turn_restrictions_seen']:,} seen"
    lines = [
        f"{folder}: {size}, {built['places']:,} places, {built['bytes'] / 1e6:.1f} MB",
        f"left out: {lost}; {built['closed_ways']:,} ways that are closed to an ambulance",
        f"turn restrictions: {turns}",
    ]
    if built["timed_ways"] or built["ferries"]:
        lines.append(
            f"by the hour or the season: {built['timed_ways']:,} ways; "
            f"ferries for vehicles: {built['ferries']:,}"
        )
    if built["hours_not_understood"]:
        texts = ", ".join(repr(text) for text in built["hours_not_understood_first"][:3])
        lines.append(
            f"hours that were not understood: {built['hours_not_understood']:,} ({texts}); "
            "such turns are held forbidden, such ferries and winter roads closed"
        )
    if built["cut_points"]:
        lines.append(f"the extract is cut: {built['cut_points']:,} points of its ways have no position in it")
    if built["without_tiles"]:
        lines.append(f"without tiles, so the console draws no base map: {built['without_tiles']}")
    return "\n".join(lines)


def _synth(folder: Path, nodes: int, seed: int) -> None:
    from routing.synth import write_city  # noqa: PLC0415  # numpy and pyosmium, not for --help

    with tempfile.TemporaryDirectory(prefix="skoraya-") as scratch:
        drawn = Path(scratch) / "city.osm.pbf"
        try:
            write_city(drawn, nodes=nodes, seed=seed)
        except OSError as error:
            raise Failure(f"the city could not be written: {error}; is {scratch} full?") from error
        _build(drawn, folder, label=f"synth --nodes {nodes} --seed {seed}")


def _junctions(text: str) -> int:
    from routing.synth import LEAST_NODES, MOST_NODES  # noqa: PLC0415  # numpy and pyosmium, not for --help

    if not text.isascii() or not text.isdigit() or not LEAST_NODES <= int(text) <= MOST_NODES:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from {LEAST_NODES} to {MOST_NODES}")
    return int(text)


def _place(name: str, folder: Path) -> None:
    """Download what lies in a place's box: found by OSMnx's geocoder, fetched whole from its Overpass server.

    OSMnx's own road filter drops the service and private ways that an ambulance needs, so only its geocoder
    and its settings are used, and the data goes through the same loader as every extract.
    """
    try:
        import osmnx  # noqa: PLC0415  # an optional extra, with pandas and GDAL behind it
    except ImportError:
        raise Failure(
            "map place needs OSMnx, which is not installed: pip install 'skoraya[place]'; "
            "or download an .osm.pbf extract and use: skoraya map build"
        ) from None
    import httpx  # noqa: PLC0415  # only a download needs it

    with tempfile.TemporaryDirectory(prefix="skoraya-") as scratch:
        extract = Path(scratch) / "place.osm"
        try:
            box = osmnx.geocoder.geocode_to_gdf(name).total_bounds
            url = f"{osmnx.settings.overpass_url}/map?bbox={','.join(f'{side:.7f}' for side in box)}"
            with httpx.stream("GET", url, timeout=600, follow_redirects=True) as answer:
                answer.raise_for_status()
                with extract.open("wb") as file:
                    for chunk in answer.iter_bytes():
                        file.write(chunk)
        except Exception as error:  # OSMnx raises its own, requests' and pandas' errors
            what = " ".join(str(error).split()) or type(error).__name__
            raise Failure(
                f"{name!r} could not be downloaded ({what}); check name and network, or use: map build"
            ) from error
        _build(extract, folder, label=name)


class _Bar:
    """A progress bar on stderr, where that is a terminal; else nothing."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._drawn_at = 0.0
        self._stage = ""

    def stage(self, name: str, count: int) -> None:
        """Draw the bar anew: at a new stage at once, within one at most ten times a second."""
        from routing.mapbuild import STAGES  # noqa: PLC0415  # imported long before this is called

        now = time.monotonic()
        if not self._shown or (name == self._stage and now - self._drawn_at < 0.1):
            return
        self._drawn_at, self._stage = now, name
        done = STAGES.index(name)
        bar = "#" * (6 * done) + "·" * (6 * (len(STAGES) - done))
        counted = f": {count:,} objects" if count else ""
        print(f"\r\x1b[K[{bar}] {name}{counted}", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Wipe the bar."""
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
