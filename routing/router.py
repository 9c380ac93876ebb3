"""⚙ Router: road times on one built map, which it maps from its folder.

Pure modules type against `routing.times`, which costs nothing to import; this one brings compiled kernels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.graph import RoadGraph
from routing.mapfile import load, read_meta
from routing.partway import RoadPoints, arrivals, departures, direct_ms
from routing.search import Scratch, settle, trace
from routing.snap import Snapper
from routing.times import Eta, Leg, Point, RoadTimes, StraightLine, UnitPlace, Way

__all__ = ["Eta", "Leg", "Point", "RoadTimes", "Router", "StraightLine", "UnitPlace", "Way"]

Ints = NDArray[Any]

# Of how many positions the snapped place is kept: a fleet's, many times over. Who stands is snapped once.
REMEMBERED = 20_000


class Router:
    """Road times on one map. Safe to call from many threads at once: every call borrows its own scratch.

    A position farther than `LIMIT_M` from every road has no road answer: it gets the straight line's, marked
    degraded.

    Args:
        graph: the roads.
        meta: what its meta.json says, if it came from a folder.
    """

    def __init__(self, graph: RoadGraph, meta: dict[str, Any] | None = None) -> None:
        self.graph = graph
        self._meta = meta or {}
        self._bounds = graph.bounds
        self._snapper = Snapper(graph)
        self._straight = StraightLine()
        self._scratches: list[Scratch] = []  # append and pop are atomic
        self._snapped: dict[UnitPlace, RoadPoints] = {}
        # Metres of each arc; the arcs inside a junction have none.
        self._arc_m = np.where(graph.arc_edge >= 0, graph.edge_m[graph.arc_edge], 0.0)
        self._ahead, self._back = {}, {}
        for siren in (False, True):
            arc_ms = graph.arc_ms(siren=siren)
            back_ms = arc_ms[graph.back_arc]
            back_ms.flags.writeable = False
            self._ahead[siren] = _fixed(graph.arc_start), _fixed(graph.arc_head), _fixed(arc_ms)
            self._back[siren] = _fixed(graph.back_start), _fixed(graph.back_tail), back_ms

    @classmethod
    def open(cls, folder: Path) -> Router:
        """Open a map folder made by `skoraya map build`.

        Raises:
            MapError: the folder is missing, truncated, foreign or of another version; says what to do.
        """
        return cls(load(folder), read_meta(folder))

    @property
    def info(self) -> dict[str, Any]:
        """What `skoraya map info` prints, and what was left out when the map was built."""
        return {key: value for key, value in self._meta.items() if key != "arrays"}

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees."""
        return self._bounds

    def warm_up(self) -> None:
        """Compile the kernels (seconds the first time ever, then cached); call once at start."""
        graph = self.graph
        middle = int(graph.edge_start[graph.edges // 2])
        here = int(graph.shape_lat_e7[middle]) / 1e7, int(graph.shape_lon_e7[middle]) / 1e7
        last = int(graph.shape_lat_e7[-1]) / 1e7, int(graph.shape_lon_e7[-1]) / 1e7
        self.nearest(*here, [UnitPlace("", *last)], 1)
        self.route(here, last, 0.0)

    def nearest(
        self, lat_deg: float, lon_deg: float, units: Sequence[UnitPlace], k: int, *, siren: bool = True
    ) -> list[Eta]:
        """Return the `k` units that are there first, best first; ties in the order of `units`."""
        end = self._snap([(lat_deg, lon_deg)], None)
        # Who is there already is there, even where the heading would put it on the other carriageway.
        here = (lat_deg, lon_deg)
        places = self.locate(
            [UnitPlace("", *here) if (unit.lat_deg, unit.lon_deg) == here else unit for unit in units]
        )
        if end.edge[0] < 0:
            return self._straight.nearest(lat_deg, lon_deg, units, k, siren=siren)
        etas = self.nearest_of(end, places, [unit.unit for unit in units], k, siren=siren)
        lost = [unit for unit, edge in zip(units, places.edge, strict=True) if edge < 0]
        if not lost:
            return etas
        return sorted(
            etas + self._straight.nearest(lat_deg, lon_deg, lost, k, siren=siren),
            key=lambda eta: eta.seconds_s,
        )[: max(k, 0)]

    def locate(self, units: Sequence[UnitPlace]) -> RoadPoints:
        """Return where on the roads units are, in their order; remembers what it was asked before."""
        known = self._snapped
        new = [unit for unit in dict.fromkeys(units) if unit not in known]
        if new:
            snapped = self._snap(
                [(unit.lat_deg, unit.lon_deg) for unit in new], [unit.heading_deg for unit in new]
            )
            if len(known) > REMEMBERED:
                known = {unit: known[unit] for unit in units if unit in known}
            # A new dictionary, put in place in one step: other threads may be reading the old one.
            known = known | {unit: snapped.take(slice(at, at + 1)) for at, unit in enumerate(new)}
            self._snapped = known
        return RoadPoints.joined([known[unit] for unit in units])

    def nearest_of(
        self, end: RoadPoints, places: RoadPoints, names: Sequence[str], k: int, *, siren: bool = True
    ) -> list[Eta]:
        """Return the `k` soonest of located units at one located point, best first.

        Args:
            end: one place on a road.
            places: where the units are, from `locate`; those off every road are left out.
            names: the units, in the same order.
            k: how many.
            siren: whether they drive with siren.
        """
        arc_ms = self.graph.arc_ms(siren=siren)
        seed_node, seed_ms, _, seed_arc = arrivals(self.graph, arc_ms, end)
        node, ms, unit, arc = departures(self.graph, arc_ms, places)
        straight_ms = direct_ms(self.graph, arc_ms, places, end)
        with self._scratch() as scratch:
            found, times = settle(
                scratch,
                self._back[siren],
                seeds=(seed_node, seed_ms),
                items=(node, ms, unit),
                direct_ms=straight_ms,
                k=max(k, 0),
            )
            etas = []
            for target, time in zip(found.tolist(), times.tolist(), strict=True):
                if straight_ms[target] == time:
                    metres_m = self._between_m(places, target, end, 0)
                else:
                    item = _item(scratch, (node, ms, unit), target, time)
                    entries, seed = trace(
                        node[item], self._ahead[siren], scratch.label, scratch.query, (seed_node, seed_ms)
                    )
                    metres_m = (
                        self._rest_m(places, target, int(arc[item]))
                        + float(self._arc_m[entries].sum())
                        + self._reached_m(end, 0, int(seed_arc[seed]))
                    )
                etas.append(Eta(names[target], time / 1000, metres_m, degraded=False))
        return etas

    def route(self, start: Point, end: Point, heading_deg: float | None = None, *, siren: bool = True) -> Way:
        """Return the fastest way from `start` to `end`, both (lat, lon)."""
        places = self._snap([start, end], [None if start == end else heading_deg, None])
        if (places.edge < 0).any():
            return self._straight.route(start, end, siren=siren)
        first, last = places.take(slice(0, 1)), places.take(slice(1, 2))
        arc_ms = self.graph.arc_ms(siren=siren)
        straight_ms = direct_ms(self.graph, arc_ms, first, last)
        seed_node, seed_ms, _, seed_arc = departures(self.graph, arc_ms, first)
        node, ms, target, arc = arrivals(self.graph, arc_ms, last)
        with self._scratch() as scratch:
            found, times = settle(
                scratch,
                self._ahead[siren],
                seeds=(seed_node, seed_ms),
                items=(node, ms, target),
                direct_ms=straight_ms,
                k=1,
            )
            if len(found) == 0:
                return self._straight.route(start, end, siren=siren)
            time = int(times[0])
            if straight_ms[0] == time:
                line = self._line(int(first.edge[0]), float(first.fraction[0]), float(last.fraction[0]))
                return _way(time, self._between_m(first, 0, last, 0), [line])
            item = _item(scratch, (node, ms, target), 0, time)
            entries, seed = trace(
                node[item], self._back[siren], scratch.label, scratch.query, (seed_node, seed_ms)
            )
        arcs = self.graph.back_arc[entries[::-1]]
        leave, reach = int(seed_arc[seed]), int(arc[item])
        metres_m = (
            self._rest_m(first, 0, leave) + float(self._arc_m[arcs].sum()) + self._reached_m(last, 0, reach)
        )
        lines = [self._line(int(first.edge[0]), float(first.fraction[0]), self._at_end(leave))]
        lines.extend(
            self._line(int(self.graph.arc_edge[passed]), 1 - self._at_end(passed), self._at_end(passed))
            for passed in arcs[self.graph.arc_edge[arcs] >= 0].tolist()
        )
        lines.append(self._line(int(last.edge[0]), 1 - self._at_end(reach), float(last.fraction[0])))
        return _way(time, metres_m, lines)

    def one_to_many(
        self, start: Point, ends: Sequence[Point], heading_deg: float | None = None, *, siren: bool = True
    ) -> list[Leg]:
        """Return time and length from `start` to each of `ends`, in their order."""
        places = self._snap([start, *ends], [heading_deg, *[None] * len(ends)])
        legs = self._straight.one_to_many(start, ends, siren=siren)
        if places.edge[0] < 0 or not ends:
            return legs
        first, last = places.take(slice(0, 1)), places.take(slice(1, None))
        for number, end in enumerate(ends):
            if end == start:  # already there, even where the heading puts the start on the other carriageway
                last.edge[number], last.fraction[number] = first.edge[0], first.fraction[0]
        arc_ms = self.graph.arc_ms(siren=siren)
        straight_ms = direct_ms(self.graph, arc_ms, first, last)
        seed_node, seed_ms, _, seed_arc = departures(self.graph, arc_ms, first)
        node, ms, target, arc = arrivals(self.graph, arc_ms, last)
        with self._scratch() as scratch:
            found, times = settle(
                scratch,
                self._ahead[siren],
                seeds=(seed_node, seed_ms),
                items=(node, ms, target),
                direct_ms=straight_ms,
                k=len(np.unique(target)),
            )
            for end, time in zip(found.tolist(), times.tolist(), strict=True):
                if straight_ms[end] == time:
                    metres_m = self._between_m(first, 0, last, end)
                else:
                    item = _item(scratch, (node, ms, target), end, time)
                    entries, seed = trace(
                        node[item], self._back[siren], scratch.label, scratch.query, (seed_node, seed_ms)
                    )
                    metres_m = (
                        self._rest_m(first, 0, int(seed_arc[seed]))
                        + float(self._arc_m[self.graph.back_arc[entries]].sum())
                        + self._reached_m(last, end, int(arc[item]))
                    )
                legs[end] = Leg(time / 1000, metres_m, degraded=False)
        return legs

    def off_road_m(self, lat_deg: float, lon_deg: float) -> float:
        """Return the distance to the nearest road, metres; infinite where that is more than `LIMIT_M`."""
        place = self._snap([(lat_deg, lon_deg)], None)
        return float(place.off_m[0]) if place.edge[0] >= 0 else float("inf")

    def _snap(self, points: Sequence[Point], headings: Sequence[float | None] | None) -> RoadPoints:
        lat, lon = np.array(points, dtype=np.float64).reshape(-1, 2).T
        heading = None if headings is None else np.array(headings, dtype=np.float64)  # None becomes NaN
        return self._snapper.snap(lat, lon, heading)

    @contextmanager
    def _scratch(self) -> Iterator[Scratch]:
        try:
            scratch = self._scratches.pop()
        except IndexError:
            scratch = Scratch(self.graph.nodes)
        try:
            yield scratch
        finally:
            self._scratches.append(scratch)

    def _at_end(self, arc: int) -> float:
        """Return the fraction of its edge at which an arc ends: 1, or 0 where it drives against it."""
        return 1.0 if self.graph.edge_forward[self.graph.arc_edge[arc]] == arc else 0.0

    def _rest_m(self, places: RoadPoints, place: int, arc: int) -> float:
        return float(abs(self._at_end(arc) - places.fraction[place]) * self._arc_m[arc])

    def _reached_m(self, places: RoadPoints, place: int, arc: int) -> float:
        return float(self._arc_m[arc]) - self._rest_m(places, place, arc)

    def _between_m(self, starts: RoadPoints, start: int, ends: RoadPoints, end: int) -> float:
        apart = abs(float(starts.fraction[start]) - float(ends.fraction[end]))
        return apart * float(self.graph.edge_m[starts.edge[start]])

    def _line(self, edge: int, start: float, end: float) -> NDArray[np.float64]:
        """Return the shape of an edge between two fractions of it, in that order: [points, (lon, lat)]."""
        graph = self.graph
        run = slice(int(graph.edge_start[edge]), int(graph.edge_start[edge + 1]))
        lat, lon = graph.shape_lat_e7[run] / 1e7, graph.shape_lon_e7[run] / 1e7
        at = np.concatenate(
            [[0.0], np.cumsum(np.hypot(np.diff(lat), np.diff(lon) * np.cos(np.radians(lat[0]))))]
        )
        if at[-1] > 0:
            at /= at[-1]
        low, high = min(start, end), max(start, end)
        inside = np.concatenate([[low], at[(at > low) & (at < high)], [high]])
        line = np.column_stack([np.interp(inside, at, lon), np.interp(inside, at, lat)])
        return line if start <= end else line[::-1]


def _fixed(array: Ints) -> Ints:
    """Return the array as a plain one that nobody writes: the one type that the kernels are compiled for."""
    plain = np.ascontiguousarray(array).view()
    plain.flags.writeable = False
    return plain


def _item(scratch: Scratch, items: tuple[Ints, Ints, Ints], wanted: int, time: int) -> int:
    """Return the item that settled a target: its node's time and its own offset make the target's."""
    node, ms, target = items
    own = np.flatnonzero(target == wanted)
    fits = scratch.label[node[own]] == (scratch.query << 32) + time - ms[own]
    return int(own[fits.argmax()])


def _way(time_ms: int, metres_m: float, lines: Sequence[NDArray[np.float64]]) -> Way:
    points = np.round(np.concatenate(lines), 7)
    moved = np.ones(len(points), dtype=bool)
    moved[1:] = (points[1:] != points[:-1]).any(axis=1)
    line = [(lon, lat) for lon, lat in points[moved].tolist()]
    if len(line) == 1:
        line *= 2  # GeoJSON wants two positions in a line
    return Way(time_ms / 1000, metres_m, tuple(line), degraded=False)
