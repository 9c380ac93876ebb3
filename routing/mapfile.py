"""⚙ Mapfile: a road graph as a folder of arrays, written aside, put in place in one step, mapped into memory.

`places.*` and `tiles.pmtiles` lie in the same folder; `meta.json`, written last, says that it is whole.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.graph import MapError, RoadGraph
from routing.grid import frame_of

FORMAT = "skoraya-map"
VERSION = 2
META = "meta.json"
AT_FDCWD, RENAME_EXCHANGE = -100, 2  # linux/fcntl.h, linux/fs.h
INFO_KEYS = ("nodes", "arcs", "km", "turn_restrictions", "places", "bounds", "source", "built_at")

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
}


def save(graph: RoadGraph, folder: Path, meta: Mapping[str, Any]) -> None:
    """Write the graph's arrays and `meta.json` into an existing folder.

    The meta is written last, so a folder without it is unfinished. `finish` puts a folder into its place.
    """
    arrays: dict[str, dict[str, Any]] = {}
    for field in fields(graph):
        array = np.ascontiguousarray(getattr(graph, field.name), dtype=DTYPES[field.name])
        path = folder / f"{field.name}.npy"
        with path.open("wb") as file:
            np.save(file, array, allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
        arrays[field.name] = {"shape": list(array.shape), "bytes": path.stat().st_size}
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
    if meta.get("version") != VERSION:
        raise MapError(
            f"{path} is of map version {meta.get('version')!r}, not {VERSION}; build the map again"
        )
    return meta


def load(folder: Path) -> RoadGraph:
    """Map a saved graph into memory, checked: sizes, types, and every index that a kernel will follow.

    Raises:
        MapError: something is missing, truncated, foreign or of another version; names the file.
    """
    meta = read_meta(folder)
    expected = meta.get("arrays")
    if not isinstance(expected, dict):
        raise MapError(f"{folder / META} lists no arrays; build the map again")
    arrays = {name: _load_array(folder / f"{name}.npy", expected.get(name), DTYPES[name]) for name in DTYPES}
    graph = RoadGraph(**arrays)
    for name, sound in _indices(graph).items():
        if not sound:
            raise MapError(
                f"{folder / f'{name}.npy'} is damaged (it points outside the map); build the map again"
            )
    return graph


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
    }


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def info(folder: Path) -> dict[str, Any]:
    """Return what `skoraya map info` prints: counts, km, bounds, where it came from, bytes on disk.

    Raises:
        MapError: the folder is not a whole map.
    """
    load(folder)
    meta = read_meta(folder)
    shown = {key: meta.get(key) for key in INFO_KEYS}
    return {**shown, "bytes": sum(path.stat().st_size for path in folder.iterdir() if path.is_file())}
