"""⚙ Mapfile: a road graph as a folder of arrays, written aside, put in place in one step, mapped into memory.

`places.*` and `tiles.pmtiles` lie in the same folder; `meta.json`, written last, says that it is whole.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.cells import frame_of
from routing.divides import Divides, no_divides
from routing.graph import MapError, RoadGraph

FORMAT = "skoraya-map"
VERSION = 3
READ = (2, 3)  # version 2 knew no hours, twins and divides: such a map is one without any
META = "meta.json"
SEAL = "seal.json"
AT_FDCWD, RENAME_EXCHANGE = -100, 2  # linux/fcntl.h, linux/fs.h
INFO_KEYS = ("nodes", "arcs", "km", "turn_restrictions", "places", "bounds", "source", "built_at")
# Printed behind those, where the map knows them: what was left out, and by which hours roads are open.
MORE_KEYS = (
    *("version", "speeds", "ways", "closed_ways", "cut_points"),
    *("left_out_nodes", "left_out_km", "left_out_parts", "turn_restrictions_seen"),
    *("ferries", "timed_ways", "timed_arcs", "hours_not_understood", "hours_not_understood_first"),
    "without_tiles",
)

# Each array's type on disk and in memory.
DTYPES = {
    "node_lat_e7": "<i4",
    "node_lon_e7": "<i4",
    "arc_start": "<i4",
    "arc_tail": "<i4",
    "arc_head": "<i4",
    "arc_edge": "<i4",
    "arc_plain_ms": "<i4",
    "arc_siren_ms": "<i4",
    "back_start": "<i4",
    "back_tail": "<i4",
    "back_arc": "<i4",
    "edge_forward": "<i4",
    "edge_backward": "<i4",
    "edge_m": "<f8",
    "edge_road": "|u1",
    "edge_name": "<i4",
    "edge_start": "<i4",
    "shape_lat_e7": "<i4",
    "shape_lon_e7": "<i4",
    "cell_start": "<i4",
    "cell_stretch": "<i4",
    "name_start": "<i4",
    "name_bytes": "|u1",
    "twin_edge": "<i4",
    "twin_of": "<i4",
    "timed_arc": "<i4",
    "timed_rule": "<i4",
    "rule_start": "<i4",
    "rule_bytes": "|u1",
    "arc_m": "<f8",
    "back_plain_ms": "<i4",
    "back_siren_ms": "<i4",
}
DIVIDE_DTYPES = {
    "line_start": "<i4",
    "line_kind": "|u1",
    "point_lat_e7": "<i4",
    "point_lon_e7": "<i4",
    "line_cell_start": "<i4",
    "line_cell_stretch": "<i4",
}
SINCE_3 = (
    *("twin_edge", "twin_of", "timed_arc", "timed_rule", "rule_start", "rule_bytes"),
    *("arc_m", "back_plain_ms", "back_siren_ms"),
)


def save(graph: RoadGraph, folder: Path, meta: Mapping[str, Any], divides: Divides | None = None) -> None:
    """Write the arrays of a graph and its divides, and `meta.json`, into an existing folder.

    The meta is written last, so a folder without it is unfinished. `finish` puts a folder into its place.
    """
    arrays: dict[str, dict[str, Any]] = {}
    graph = replace(
        graph,
        arc_m=graph.arc_metres,
        back_plain_ms=graph.back_ms(siren=False),
        back_siren_ms=graph.back_ms(siren=True),
    )
    columns = [(graph, DTYPES), (divides or no_divides(), DIVIDE_DTYPES)]
    for holder, name, dtype in ((one, key, of[key]) for one, of in columns for key in of):
        array = np.ascontiguousarray(getattr(holder, name), dtype=dtype)
        path = folder / f"{name}.npy"
        with path.open("wb") as file:
            np.save(file, array, allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
        arrays[name] = {"shape": list(array.shape), "bytes": path.stat().st_size}
    _seal(folder, arrays)
    written = {"format": FORMAT, "version": VERSION, **meta, "arrays": arrays}
    with (folder / META).open("w", encoding="utf-8") as file:
        json.dump(written, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())


def finish(aside: Path, folder: Path) -> None:
    """Put the finished folder `aside` in the place of `folder`; whoever has the old map open keeps it.

    In one step where the system can exchange two names (Linux); elsewhere there is an instant without a map.

    Raises:
        MapError: `folder` exists and is no map, so it is not ours to replace.
    """
    check_target(folder)
    if not folder.exists():
        aside.rename(folder)
        return
    if not _exchange(aside, folder):
        old = folder.with_name(f".{folder.name}.old-{os.getpid()}")
        folder.rename(old)
        aside.rename(folder)
        aside = old
    shutil.rmtree(aside, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange the names of two folders in one step; say whether the system could (renameat2(2))."""
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError, TypeError):
        return False
    done: int = renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE)
    return done == 0


def check_target(folder: Path) -> None:
    """Raise MapError where a map may not be written: over a file, or over a folder that is something else."""
    if folder.exists() and not folder.is_dir():
        raise MapError(f"{folder} is a file; give the name of a folder for the map")
    if folder.is_dir() and not (folder / META).exists() and any(folder.iterdir()):
        raise MapError(f"{folder} holds other files and is no map; give another folder, or empty it")


def read_meta(folder: Path) -> dict[str, Any]:
    """Return a map folder's meta.json.

    Raises:
        MapError: there is none, or it is not of this format and version.
    """
    path = folder / META
    if folder.is_file():
        raise MapError(f"{folder} is a file, not a map folder; make one with: skoraya map build {folder} OUT")
    try:
        meta = json.loads(path.read_bytes())
    except FileNotFoundError:
        what = "is not a map: it has no meta.json" if folder.is_dir() else "does not exist"
        raise MapError(f"{folder} {what}; make one with: skoraya map build IN {folder}") from None
    except (OSError, ValueError) as error:
        raise MapError(f"{path} cannot be read ({_line(error)}); build the map again") from None
    if not isinstance(meta, dict) or meta.get("format") != FORMAT:
        raise MapError(f"{path} is not the meta of a Skoraya map; build the map again")
    if meta.get("version") not in READ:
        raise MapError(
            f"{folder} is a map of version {meta.get('version')!r}, and this program reads "
            f"version {VERSION}; rebuild it with: skoraya map build EXTRACT {folder}"
        )
    return meta


def _seal(folder: Path, arrays: Mapping[str, Any]) -> None:
    """Write down which files were just written, so that opening need not read them all to trust them."""
    stamps = {name: _stamp(folder / f"{name}.npy") for name in arrays}
    with (folder / SEAL).open("w", encoding="utf-8") as file:
        json.dump(stamps, file, indent=1)


def _stamp(path: Path) -> list[int]:
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns, stat.st_ino]


def _is_sealed(folder: Path, names: Iterable[str]) -> bool:
    """Say whether the arrays are the very files that `save` wrote, untouched since."""
    try:
        stamps = json.loads((folder / SEAL).read_bytes())
        return isinstance(stamps, dict) and all(
            stamps.get(name) == _stamp(folder / f"{name}.npy") for name in names
        )
    except (OSError, ValueError):
        return False


def load(folder: Path, *, thorough: bool = False) -> RoadGraph:
    """Map a saved graph into memory, checked: sizes, types, and every index that a kernel will follow.

    Reading every index takes a country a second. So the indices of files that nobody has touched since `save`
    wrote them (size, time of change and file number are those of the seal) are believed, unless `thorough`; a
    map that was copied, mended or damaged is read through.

    Raises:
        MapError: something is missing, truncated, foreign or of another version; names the file.
    """
    meta = read_meta(folder)
    names = [name for name in DTYPES if meta["version"] > 2 or name not in SINCE_3]
    graph = RoadGraph(**_load_arrays(folder, meta, {name: DTYPES[name] for name in names}))
    if not thorough and _is_sealed(folder, names):
        return graph
    for name, sound in _indices(graph).items():
        if not sound:
            raise MapError(
                f"{folder / f'{name}.npy'} is damaged (it points outside the map); build the map again"
            )
    return graph


def load_divides(folder: Path) -> Divides:
    """Map the divides of a saved map into memory, checked likewise.

    Raises:
        MapError: something is missing, truncated, foreign or of another version; names the file.
    """
    meta = read_meta(folder)
    if meta["version"] < 3:
        return no_divides()
    divides = Divides(**_load_arrays(folder, meta, DIVIDE_DTYPES))
    if not divides.is_sound():
        raise MapError(f"{folder}: its lines of water and railways are damaged; build the map again")
    return divides


def _load_arrays(folder: Path, meta: Mapping[str, Any], dtypes: Mapping[str, str]) -> dict[str, NDArray[Any]]:
    expected = meta.get("arrays")
    if not isinstance(expected, dict):
        raise MapError(f"{folder / META} lists no arrays; build the map again")
    return {
        name: _load_array(folder / f"{name}.npy", expected.get(name), dtype) for name, dtype in dtypes.items()
    }


def _load_array(path: Path, expected: object, dtype: str) -> NDArray[Any]:
    try:
        size = path.stat().st_size
    except OSError:
        raise MapError(f"{path} is missing; build the map again") from None
    if not isinstance(expected, dict) or size != expected.get("bytes"):
        wanted = expected.get("bytes") if isinstance(expected, dict) else "none"
        raise MapError(f"{path} has {size} bytes, not {wanted}; build the map again")
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r" if size > 4096 else None, allow_pickle=False)
    except Exception as error:  # noqa: BLE001  # a damaged header raises the tokenizer's and parser's errors too
        raise MapError(f"{path} is not an array ({_line(error)}); build the map again") from None
    if array.dtype != np.dtype(dtype) or list(array.shape) != expected.get("shape") or array.ndim != 1:
        raise MapError(f"{path} is not the array that the map was saved with; build the map again")
    plain = np.asarray(array)  # no memmap subclass: the kernels are compiled for one type of array
    plain.flags.writeable = False
    return plain


def _indices(graph: RoadGraph) -> dict[str, bool]:
    """Say of each array of indices whether it stays inside what it points into."""
    nodes, arcs, edges = graph.nodes, graph.arcs, graph.edges

    def within(array: NDArray[Any], low: int, high: int) -> bool:
        return len(array) == 0 or (int(array.min()) >= low and int(array.max()) < high)

    def offsets(array: NDArray[Any], entries: int, end: int) -> bool:
        shaped = len(array) == entries + 1 and array[0] == 0 and array[-1] == end
        return bool(shaped and (np.diff(array) >= 0).all())

    frame = (
        frame_of(graph.shape_lat_e7, graph.shape_lon_e7)
        if len(graph.shape_lat_e7) == len(graph.shape_lon_e7) > 0
        else None
    )
    cells = 0 if frame is None else frame.columns * frame.rows
    return {
        "node_lon_e7": nodes > 0 and len(graph.node_lon_e7) == nodes,
        "arc_start": offsets(graph.arc_start, nodes, arcs),
        "back_start": offsets(graph.back_start, nodes, arcs),
        "edge_start": offsets(graph.edge_start, edges, len(graph.shape_lat_e7)),
        "shape_lon_e7": len(graph.shape_lon_e7) == len(graph.shape_lat_e7),
        "cell_start": cells > 0 and offsets(graph.cell_start, cells, len(graph.cell_stretch)),
        "cell_stretch": within(graph.cell_stretch, 0, len(graph.shape_lat_e7) - 1),
        "name_start": offsets(graph.name_start, len(graph.name_start) - 1, len(graph.name_bytes)),
        "arc_tail": len(graph.arc_tail) == arcs and within(graph.arc_tail, 0, nodes),
        "arc_head": within(graph.arc_head, 0, nodes),
        "arc_edge": len(graph.arc_edge) == arcs and within(graph.arc_edge, -1, edges),
        "arc_plain_ms": len(graph.arc_plain_ms) == arcs and within(graph.arc_plain_ms, 1, 1 << 31),
        "arc_siren_ms": len(graph.arc_siren_ms) == arcs and within(graph.arc_siren_ms, 1, 1 << 31),
        "back_tail": len(graph.back_tail) == arcs and within(graph.back_tail, 0, nodes),
        "back_arc": len(graph.back_arc) == arcs and within(graph.back_arc, 0, arcs),
        "edge_forward": len(graph.edge_forward) == edges and within(graph.edge_forward, -1, arcs),
        "edge_backward": len(graph.edge_backward) == edges and within(graph.edge_backward, -1, arcs),
        "edge_name": len(graph.edge_name) == edges
        and within(graph.edge_name, -1, max(len(graph.name_start) - 1, 0)),
        "edge_road": len(graph.edge_road) == edges,
        "twin_edge": within(graph.twin_edge, 0, edges),
        "twin_of": len(graph.twin_of) == len(graph.twin_edge) and within(graph.twin_of, 0, edges),
        "timed_arc": within(graph.timed_arc, 0, arcs),
        "timed_rule": len(graph.timed_rule) == len(graph.timed_arc)
        and within(graph.timed_rule, 0, max(len(graph.rule_start) - 1, 0)),
        "arc_m": len(graph.arc_m) in (0, arcs),
        "back_plain_ms": len(graph.back_plain_ms) == 0
        or (len(graph.back_plain_ms) == arcs and within(graph.back_plain_ms, 1, 1 << 31)),
        "back_siren_ms": len(graph.back_siren_ms) == 0
        or (len(graph.back_siren_ms) == arcs and within(graph.back_siren_ms, 1, 1 << 31)),
        "rule_start": len(graph.rule_start) == 0
        or offsets(graph.rule_start, len(graph.rule_start) - 1, len(graph.rule_bytes)),
    }


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def info(folder: Path) -> dict[str, Any]:
    """Return what `skoraya map info` prints: counts, km, bounds, source, bytes on disk, what was left out.

    Raises:
        MapError: the folder is not a whole map.
    """
    load(folder, thorough=True)
    load_divides(folder)
    meta = read_meta(folder)
    shown = {key: meta.get(key) for key in INFO_KEYS}
    size = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
    return {**shown, "bytes": size, **{key: meta[key] for key in MORE_KEYS if key in meta}}
