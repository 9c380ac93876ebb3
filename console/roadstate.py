"""⚙ Roadstate: what holds on the roads now: closures and slow roads, the hour, the map; and coverage."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from console.charts import Charts
from console.quickener import Quickener
from console.views import View, feature
from routing.closures import struck
from routing.coverage import Coverage
from routing.learning import Factors
from routing.partway import RoadPoints
from routing.router import Router
from routing.times import Point, UnitPlace
from routing.timetable import state
from routing.weights import Conditions

log = logging.getLogger("skoraya.roadstate")

EVERY_S = 20.0  # the hour and closures that end are looked at this often
COVERAGE_MS = 500  # an answer about coverage serves for this long, though crews have moved since
MOST_CLOSURES = 500
CELLS = 120  # along the longer side of the map, in an answer about coverage


class Closure(msgspec.Struct, frozen=True):
    """One stroke of a dispatcher: roads closed, or slow."""

    id: str
    line: tuple[tuple[float, float], ...]  # (lon_deg, lat_deg)
    by: str
    made_at_ms: int
    slow: float | None = None  # how many times as long; None: closed
    note: str = ""
    until_ms: int | None = None


class ClosureError(Exception):
    """A closure that cannot be made; the message is one line, `code` names what is wrong."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class _Covered:
    """An answer about coverage, and what it was made of."""

    looked_ms: int
    minutes: int
    free: frozenset[UnitPlace]
    conditions: Conditions
    view: View


@dataclass(slots=True)
class RoadState:
    """Closures live in a file of the data folder: they survive a restart, and are no part of the journal."""

    charts: Charts
    folder: str | None
    path: Path
    timezone: ZoneInfo
    now_ms: Callable[[], int]
    closures: dict[str, Closure] = field(default_factory=dict)
    _edges: dict[str, frozenset[int]] = field(default_factory=dict)
    _hour: int | None = None
    _timed: tuple[bool, ...] = ()  # which of the map's rules shut their roads at this hour
    _houses: RoadPoints | None = None
    learned: Factors | None = None
    _covered: _Covered | None = None
    _quickener: Quickener = field(init=False)
    _task: asyncio.Task[None] | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self._quickener = Quickener(lambda: self.router)

    async def start(self) -> None:
        """Read the closures, let them hold, and keep the hour."""
        try:
            kept = msgspec.json.decode(self.path.read_bytes(), type=list[Closure])
            self.closures = {closure.id: closure for closure in kept}
        except FileNotFoundError:
            pass
        except (OSError, UnicodeDecodeError, msgspec.MsgspecError) as error:
            log.exception("the closures in %s cannot be read and do not hold", self.path)
            self.charts.mark("closures", self.now_ms(), f"closures of roads were lost: {error}")
        await asyncio.to_thread(self._apply)
        self._task = asyncio.create_task(self._keep())
        self._quickener.start()

    async def close(self) -> None:
        """Stop keeping the hour."""
        self._quickener.close()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    @property
    def router(self) -> Router | None:
        """The map's router, where there is a map."""
        current = self.charts.roads.current
        return current if isinstance(current, Router) else None

    def counts(self) -> View:
        """Count, for health: the map's nodes, closures, and how its hierarchy stands."""
        router = self.router
        return {
            "nodes": 0 if router is None else router.graph.nodes,
            "closures": len(self.closures),
            "hierarchy": self._quickener.state,
        }

    # ── closures ─────────────────────────────────────────────────────────────────────────────────────────

    async def add(self, closure: Closure) -> View:
        """Close or slow what a stroke means, from the next query on; durable before it is answered.

        Raises:
            ClosureError: there is no map, no road under the stroke, or too many closures.
        """
        async with self._lock:
            router = self.router
            if router is None:
                raise ClosureError("no-map", "there is no map: nothing can be closed on it")
            if len(self.closures) >= MOST_CLOSURES:
                raise ClosureError("too-many", f"there are {MOST_CLOSURES} closures already; remove some")
            try:
                edges = await asyncio.to_thread(struck, router.graph, router.snapper, closure.line)
            except ValueError as error:
                raise ClosureError("bad-line", str(error)) from None
            if not edges:
                raise ClosureError("no-road", "there is no road under this stroke")
            self._store({**self.closures, closure.id: closure})
            await asyncio.to_thread(self._apply)
            return self.view(closure)

    async def remove(self, closure_id: str) -> bool:
        """Open again what was closed; say whether it was there."""
        async with self._lock:
            if closure_id not in self.closures:
                return False
            self._store({key: one for key, one in self.closures.items() if key != closure_id})
            await asyncio.to_thread(self._apply)
            return True

    def views(self) -> list[View]:
        """Show every closure that holds, with the roads that it means."""
        return [self.view(closure) for closure in self.closures.values()]

    def view(self, closure: Closure) -> View:
        """Show one closure."""
        router = self.router
        lines = []
        if router is not None:
            graph = router.graph
            for edge in sorted(self._edges.get(closure.id, ())):
                run = slice(int(graph.edge_start[edge]), int(graph.edge_start[edge + 1]))
                lons, lats = graph.shape_lon_e7[run] / 1e7, graph.shape_lat_e7[run] / 1e7
                lines.append(list(zip(lons.tolist(), lats.tolist(), strict=True)))
        return {**msgspec.to_builtins(closure), "roads": lines}

    def _store(self, closures: dict[str, Closure]) -> None:
        aside = self.path.with_name(self.path.name + ".new")
        try:
            with aside.open("wb") as file:
                file.write(msgspec.json.encode(list(closures.values())))
                file.flush()
                os.fsync(file.fileno())
            aside.rename(self.path)
        except OSError as error:
            raise ClosureError("not-stored", f"it could not be stored: {error.strerror}") from error
        self.closures = closures

    def _apply(self) -> None:
        """Let closures and hour hold: the router's weights are replaced in one step."""
        now_ms = self.now_ms()
        local = self._local(now_ms)
        self._hour = local.hour
        router = self.router
        self._covered = None
        if router is None:
            return
        closed: set[int] = set()
        slow: dict[int, float] = {}
        found: dict[str, frozenset[int]] = {}
        for closure in self.closures.values():
            edges = found[closure.id] = struck(router.graph, router.snapper, closure.line)
            if closure.until_ms is not None and closure.until_ms <= now_ms:
                continue
            if closure.slow is None:
                closed |= edges
            else:
                slow |= dict.fromkeys(edges, closure.slow)
        self._edges = found
        self._timed = state(router.graph, local)
        router.set_conditions(
            replace(
                router.conditions,
                hour=self._hour,
                closed=frozenset(closed),
                slow=slow,
                learned=self.learned,
                local=local,
            )
        )
        self._quickener.changed()

    def _local(self, now_ms: int) -> dt.datetime:
        return dt.datetime.fromtimestamp(now_ms / 1000, self.timezone).replace(tzinfo=None)

    async def teach(self, learned: Factors | None) -> None:
        """Let what the fleet's own drives taught hold from the next query on; None: nothing."""
        async with self._lock:
            self.learned = learned
            await asyncio.to_thread(self._apply)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            now_ms = self.now_ms()
            over = {key for key, one in self.closures.items() if one.until_ms and one.until_ms <= now_ms}
            local, router = self._local(now_ms), self.router
            timed = () if router is None else state(router.graph, local)
            if not over and local.hour == self._hour and timed == self._timed:
                continue
            async with self._lock:
                with contextlib.suppress(ClosureError):  # over in the weights even if the file says otherwise
                    self._store({key: one for key, one in self.closures.items() if key not in over})
                await asyncio.to_thread(self._apply)

    # ── the map ──────────────────────────────────────────────────────────────────────────────────────────

    async def reload(self) -> View:
        """Put the map as it is on disk now in the place of the one in use; the old one stays if it is bad.

        Raises:
            MapError: the new map cannot be used.
            ClosureError: none is configured.
        """
        if self.folder is None:
            raise ClosureError("no-map", "no map is configured")
        async with self._lock:
            fresh = await asyncio.to_thread(Charts.read, Path(self.folder), self.now_ms())
            self.charts.swap(fresh)
            self._houses = None
            await asyncio.to_thread(self._apply)
        router = self.router
        return {} if router is None else {"map": router.info}

    async def other_way(
        self, start: Point, end: Point, heading_deg: float | None, *, siren: bool
    ) -> View | None:
        """Return another good way, as GeoJSON; None where there is none, and without a map."""
        router = self.router
        if router is None:
            return None
        try:
            way = await asyncio.to_thread(router.alternative, start, end, heading_deg, siren=siren)
        except Exception:  # the way itself was answered: another one is only an offer
            log.exception("no other way can be told")
            return None
        return None if way is None else feature(way)

    # ── coverage ─────────────────────────────────────────────────────────────────────────────────────────

    async def coverage(
        self, free: Sequence[UnitPlace], minutes: int, known_ms: int | None = None
    ) -> View | None:
        """Show how soon a free unit is anywhere; computed in a thread, anew only when something has changed.

        Args:
            free: where the free units are.
            minutes: within how many the shares are meant.
            known_ms: `made_at_ms` of what the asker has.

        Returns:
            The picture, as of at most `COVERAGE_MS` ago; None where it is the asker's.

        Raises:
            ClosureError: there is no map.
        """
        router, now_ms = self.router, self.now_ms()
        if router is None:
            raise ClosureError("no-map", "there is no map: nothing is known about its roads")
        kept, units, conditions = self._covered, frozenset(free), router.conditions
        if kept is not None and kept.minutes == minutes and kept.conditions is conditions:
            same = kept.free == units
            if same or 0 <= now_ms - kept.looked_ms < COVERAGE_MS:
                if same:
                    self._covered = replace(kept, looked_ms=now_ms)
                return None if kept.view["made_at_ms"] == known_ms else kept.view
        shown = await asyncio.to_thread(self._cover, router, free, minutes)
        shown["made_at_ms"] = now_ms
        self._covered = _Covered(now_ms, minutes, units, conditions, shown)
        return shown

    def _cover(self, router: Router, free: Sequence[UnitPlace], minutes: int) -> dict[str, Any]:
        found = router.coverage(free)
        houses = self._houses
        if houses is None:
            places = self.charts.places
            points = [] if places is None else [(h.lat_deg, h.lon_deg) for h in places.houses(len(places))]
            houses = self._houses = router.snap(points) if points else RoadPoints.joined([])
        return {
            "minutes": minutes,
            "units": len(free),
            "roads": found.road_share(minutes * 60),
            "addresses": found.address_share(houses, minutes * 60),
            "cells": _cells(found),
        }


def _cells(found: Coverage) -> dict[str, Any]:
    """Return the minutes over squares of the map: the length-weighted mean of the roads in each."""
    graph = found.graph
    west, south, east, north = graph.bounds
    shrink = math.cos(math.radians((south + north) / 2))
    step = max((east - west) * shrink, north - south, 1e-6) / CELLS
    step_lon = step / shrink
    columns, rows = int((east - west) / step_lon) + 1, int((north - south) / step) + 1
    middle = (graph.edge_start[:-1] + graph.edge_start[1:]) // 2
    column = ((graph.shape_lon_e7[middle] / 1e7 - west) / step_lon).astype(np.int64)
    row = ((graph.shape_lat_e7[middle] / 1e7 - south) / step).astype(np.int64)
    cell = np.clip(row, 0, rows - 1) * columns + np.clip(column, 0, columns - 1)
    times = found.edge_ms()
    on = times >= 0
    metres = np.bincount(cell[on], weights=graph.edge_m[on], minlength=columns * rows)
    total = np.bincount(cell[on], weights=graph.edge_m[on] * times[on], minlength=columns * rows)
    minutes = np.where(metres > 0, total / np.maximum(metres, 1e-9) / 60_000, -1)
    return {
        "west_deg": west,
        "south_deg": south,
        "step_lon_deg": step_lon,
        "step_lat_deg": step,
        "columns": columns,
        "rows": rows,
        "minutes": [None if value < 0 else round(value, 1) for value in minutes.tolist()],
    }
