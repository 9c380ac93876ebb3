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

from routing.across import between
from routing.coverage import Coverage, cover
from routing.crews import Crews, Roads, prepare, soonest
from routing.divides import Divides, no_divides
from routing.fewcrews import soonest_of_few
from routing.graph import RoadGraph
from routing.hierarchy import Hierarchy
from routing.learning import UNKNOWN_P90
from routing.lines import draw
from routing.located import Located
from routing.mapfile import load, load_divides, read_meta
from routing.matching import Matched, Seen, match
from routing.matrix import matrix_ms
from routing.outward import Reached, outward
from routing.partway import RoadPoints
from routing.search import Scratch
from routing.snap import Ends, Snapper
from routing.times import Eta, Leg, Point, RoadTimes, StraightLine, UnitPlace, Way
from routing.tree import Tree, to_destination
from routing.weights import Conditions, Weights, weights

__all__ = ["Eta", "Leg", "Point", "RoadTimes", "Router", "StraightLine", "UnitPlace", "Way"]

Ints = NDArray[Any]
Floats = NDArray[np.float64]


# An alternative shares at most this much of its time with the fastest way, and is at most so much slower.
SHARED_MOST, SLOWER_MOST = 0.7, 1.5
PENALTY = 3.0


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
        self.snapper = Snapper(graph)
        self.divides: Divides = no_divides()  # `open` brings those of the map
        self._roads = Roads(graph)
        self._straight = StraightLine()
        self._scratches: list[Scratch] = []  # append and pop are atomic
        self._places = Located(self.snapper)
        self._hierarchy: Hierarchy | None = None
        self._conditions = Conditions()
        self._weights: dict[bool, Weights] = {}
        self._last_crews: dict[bool, tuple[list[UnitPlace], Crews]] = {}
        self.set_conditions(self._conditions)

    @classmethod
    def open(cls, folder: Path) -> Router:
        """Open a map folder made by `skoraya map build`.

        Raises:
            MapError: the folder is missing, truncated, foreign or of another version; says what to do.
        """
        router = cls(load(folder), read_meta(folder))
        router.divides = load_divides(folder)
        return router

    @property
    def info(self) -> dict[str, Any]:
        """What `skoraya map info` prints, and what was left out when the map was built."""
        return {key: value for key, value in self._meta.items() if key != "arrays"}

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees."""
        return self._bounds

    @property
    def conditions(self) -> Conditions:
        """What the times depend on now."""
        return self._conditions

    def set_conditions(self, conditions: Conditions) -> None:
        """Let other times hold: in force at the next query, in one step for all threads."""
        self._weights = {siren: weights(self.graph, conditions, siren=siren) for siren in (False, True)}
        self._conditions = conditions

    def warm_up(self) -> None:
        """Compile the kernels (seconds the first time ever, then cached); call once at start."""
        graph = self.graph
        middle = int(graph.edge_start[graph.edges // 2])
        here = int(graph.shape_lat_e7[middle]) / 1e7, int(graph.shape_lon_e7[middle]) / 1e7
        last = int(graph.shape_lat_e7[-1]) / 1e7, int(graph.shape_lon_e7[-1]) / 1e7
        self.nearest(*here, [UnitPlace("", *last)], 1)
        self.route(here, last, 0.0)

    # ── units → an incident ──────────────────────────────────────────────────────────────────────────────

    def nearest(
        self, lat_deg: float, lon_deg: float, units: Sequence[UnitPlace], k: int, *, siren: bool = True
    ) -> list[Eta]:
        """Return the `k` units that are there first, best first; ties in the order of `units`."""
        end = self.ends([(lat_deg, lon_deg)])
        if end.places.edge[0] < 0:
            return self._straight.nearest(lat_deg, lon_deg, units, k, siren=siren)
        # Who is there already is there, even where the heading would put it on the other carriageway.
        here = (lat_deg, lon_deg)
        placed = [
            UnitPlace(unit.unit, *here) if unit.lat_deg == lat_deg and unit.lon_deg == lon_deg else unit
            for unit in units
        ]
        crews = self.crews(placed, siren=siren)
        etas = self.nearest_of(end, crews, k)
        if len(crews.lost) == 0:
            return etas
        lost = [units[number] for number in crews.lost]
        return sorted(
            etas + self._straight.nearest(lat_deg, lon_deg, lost, k, siren=siren),
            key=lambda eta: eta.seconds_s,
        )[: max(k, 0)]

    def locate(self, units: Sequence[UnitPlace]) -> RoadPoints:
        """Return where on the roads units are, in their order; remembers what it was asked before."""
        return self._places.of(units)

    def crews(self, units: Sequence[UnitPlace], *, siren: bool = True) -> Crews:
        """Return a fleet made ready for `nearest_of`; the same units as the last time come back at once."""
        known = self._last_crews.get(siren)
        if known is not None and known[1].weights is self._weights[siren] and known[0] == units:
            return known[1]
        places = self.locate(units)
        crews = prepare(self.graph, self._weights[siren], [unit.unit for unit in units], places)
        self._last_crews[siren] = (list(units), crews)
        return crews

    def ends(self, points: Sequence[Point]) -> Ends:
        """Return where incidents can be reached by road."""
        lat, lon = np.array(points, dtype=np.float64).reshape(-1, 2).T
        return self.snapper.ends(lat, lon)

    def nearest_of(self, end: Ends, crews: Crews, k: int) -> list[Eta]:
        """Return the `k` soonest of a fleet at one incident, best first; units off every road are left out.

        Args:
            end: of one incident, from `ends`.
            crews: from `crews`; made ready anew where conditions have changed since.
            k: how many.
        """
        return [eta for eta, _ in self.ways_of(end, crews, k, drawn=False)]

    def ways_of(self, end: Ends, crews: Crews, k: int, *, drawn: bool = True) -> list[tuple[Eta, Floats]]:
        """Return what `nearest_of` does, each with its way: [points, 2] of (lon, lat) degrees."""
        current = self._weights[crews.weights.siren]
        if crews.weights is not current:
            crews = prepare(self.graph, current, crews.names, crews.places)
        found, times, metres, lines = self._soonest(crews, end, max(k, 0), drawn=drawn)
        p90 = self.p90
        return [
            (
                Eta(crews.names[unit], ms / 1000, metres_m, degraded=False, p90_s=ms * p90 / 1000),
                lines[number] if drawn else NO_LINE,
            )
            for number, (unit, ms, metres_m) in enumerate(
                zip(found.tolist(), times.tolist(), metres.tolist(), strict=True)
            )
        ]

    def _soonest(
        self, crews: Crews, end: Ends, k: int, *, drawn: bool
    ) -> tuple[Ints, Ints, Floats, list[Floats]]:
        hierarchy = self._hierarchy
        if hierarchy is not None and hierarchy.pays(len(crews.names), k):
            with hierarchy.free(crews.weights) as metric:
                if metric is not None:
                    return soonest_of_few(self._roads, metric, crews, end, k, drawn=drawn)
        with self._scratch() as scratch:
            return soonest(self._roads, scratch, crews, end, k, drawn=drawn)

    def matrix(self, units: Sequence[UnitPlace], points: Sequence[Point], *, siren: bool = True) -> Floats:
        """Return the time of each unit to each incident: [units, points] seconds, NaN where there is none."""
        places, ends, now = self.locate(units), self.ends(points), self._weights[siren]
        with self._scratch() as scratch:
            found = matrix_ms(
                self.graph,
                now,
                scratch,
                units=places,
                ends=ends,
                count=len(points),
                hierarchy=self._hierarchy,
            )
        times: Floats = np.where(found >= 0, found / 1000, np.nan)
        return times

    def build_hierarchy(self) -> bool:
        """Make few units, single routes and matrices quicker, where pyroutingkit is installed.

        Takes seconds for a city, without the interpreter's lock; until it is done, the kernels answer.

        Returns:
            Whether pyroutingkit is installed.
        """
        try:
            hierarchy = Hierarchy(self.graph)
        except ImportError:
            return False
        for now in self._weights.values():
            hierarchy.customise(now)
        self._hierarchy = hierarchy
        self.warm_up()
        return True

    @property
    def has_hierarchy(self) -> bool:
        """Whether a hierarchy was built."""
        return self._hierarchy is not None

    @property
    def is_customised(self) -> bool:
        """Whether there is a hierarchy, ready for the conditions that hold."""
        hierarchy = self._hierarchy
        return hierarchy is not None and all(hierarchy.ready(now) for now in self._weights.values())

    def customise(self) -> None:
        """Make the hierarchy, where there is one, ready for the conditions that hold.

        Call it after `set_conditions`, in a thread: tens of milliseconds for a city. Until it is done, the
        kernels answer.
        """
        hierarchy = self._hierarchy
        if hierarchy is not None:
            for now in self._weights.values():
                hierarchy.customise(now)

    def tree(self, end: Point, *, siren: bool = True) -> Tree | None:
        """Return the tree of a destination, for the ETAs of all who drive there; None far from every road."""
        ends = self.ends([end])
        if ends.places.edge[0] < 0:
            return None
        with self._scratch() as scratch:
            return to_destination(self.graph, self._weights[siren], scratch, ends)

    def holds(self, tree: Tree) -> bool:
        """Say whether a tree was grown under the times that hold now."""
        return tree.weights is self._weights[tree.weights.siren]

    def coverage(self, units: Sequence[UnitPlace], *, siren: bool = True) -> Coverage:
        """Return how soon the nearest of the units is anywhere."""
        places, now = self.locate(units), self._weights[siren]
        with self._scratch() as scratch:
            return cover(self.graph, now, scratch, places)

    # ── a start → ends ───────────────────────────────────────────────────────────────────────────────────

    def route(self, start: Point, end: Point, heading_deg: float | None = None, *, siren: bool = True) -> Way:
        """Return the fastest way from `start` to `end`, both (lat, lon)."""
        found = self._ways(
            start, [end], None if start == end else heading_deg, self._weights[siren], drawn=True
        )
        if found[0] is None:
            return self._straight.route(start, end, siren=siren)
        return self._way(found[0])

    def alternative(
        self, start: Point, end: Point, heading_deg: float | None = None, *, siren: bool = True
    ) -> Way | None:
        """Return another good way: mostly other roads, at most half slower; None where there is none.

        Found by the penalty method: the fastest way's roads made slower, and the search run once more.
        """
        now = self._weights[siren]
        (first,) = self._ways(start, [end], heading_deg, now, drawn=False)
        if first is None:
            return None
        slowed = now.ahead[2].copy()
        slowed[first.arcs] = np.where(
            slowed[first.arcs] < 0, -1, np.minimum(slowed[first.arcs] * PENALTY, 1 << 27).astype(np.int32)
        )
        detour = Weights(
            siren,
            (*now.ahead[:2], _frozen(slowed)),
            (*now.back[:2], _frozen(slowed[self.graph.back_arc])),
            now.own_ms,
        )
        (second,) = self._ways(start, [end], heading_deg, detour, drawn=True)
        if second is None:
            return None
        again = np.isin(second.arcs, first.arcs)
        # Its time by the times that hold: the penalty was only for the search.
        extra_ms = int((slowed[second.arcs[1:-1]] - now.ahead[2][second.arcs[1:-1]]).sum())
        ms = second.ms - extra_ms
        shared_ms = int(now.own_ms[second.arcs[again]].sum())
        if shared_ms > SHARED_MOST * max(first.ms, 1) or ms > SLOWER_MOST * first.ms:
            return None
        return self._way(Reached(ms, second.metres_m, second.arcs, second.place, second.line))

    def one_to_many(
        self, start: Point, ends: Sequence[Point], heading_deg: float | None = None, *, siren: bool = True
    ) -> list[Leg]:
        """Return time and length from `start` to each of `ends`, in their order."""
        if not ends:
            return []
        legs = self._straight.one_to_many(start, ends, siren=siren)
        found = self._ways(start, ends, heading_deg, self._weights[siren], drawn=False)
        for number, reached in enumerate(found):
            if reached is not None:
                legs[number] = Leg(reached.ms / 1000, reached.metres_m, degraded=False)
        return legs

    def match(self, track: Sequence[Seen]) -> list[Matched | None]:
        """Return where on the roads a vehicle was at each position of its track; see `routing.matching`."""
        now = self._weights[True]
        with self._scratch() as scratch:

            def between(start: RoadPoints, ends: Ends, count: int, limit_ms: int) -> list[Reached | None]:
                return outward(
                    self.graph, self._roads, now, scratch,
                    start=start, ends=ends, count=count, limit_ms=limit_ms,
                )  # fmt: skip

            return match(self.graph, self.snapper, between, track)

    def snap(self, points: Sequence[Point]) -> RoadPoints:
        """Return the nearest place on a road for each position, nothing remembered."""
        lat, lon = np.array(points, dtype=np.float64).reshape(-1, 2).T
        return self.snapper.snap(lat, lon)

    def across(self, lat_deg: float, lon_deg: float) -> str | None:
        """Return what lies between a point and its nearest road: "water", "railway", or None for nothing."""
        place = self.snapper.snap(np.array([float(lat_deg)]), np.array([float(lon_deg)]))
        if place.edge[0] < 0:
            return None
        lon, lat = draw(
            place.edge, place.fraction, place.fraction, self._roads.edge_start, self._roads.shape
        )[0]
        return between(self.divides, (float(lat_deg), float(lon_deg)), (float(lat), float(lon)))

    def off_road_m(self, lat_deg: float, lon_deg: float) -> float:
        """Return the distance to the nearest road, metres; infinite where that is more than `LIMIT_M`."""
        place = self.snapper.snap(np.array([float(lat_deg)]), np.array([float(lon_deg)]))
        return float(place.off_m[0]) if place.edge[0] >= 0 else float("inf")

    def _ways(
        self, start: Point, ends: Sequence[Point], heading_deg: float | None, now: Weights, *, drawn: bool
    ) -> list[Reached | None]:
        heading = np.array([np.nan if heading_deg is None else heading_deg])
        first = self.snapper.snap(np.array([float(start[0])]), np.array([float(start[1])]), heading)
        if first.edge[0] < 0:
            return [None] * len(ends)
        reach = self.ends(ends)
        for number, end in enumerate(ends):
            if end == start:  # already there, even where the heading puts the start on the other carriageway
                reach.places.edge[number], reach.places.fraction[number] = first.edge[0], first.fraction[0]
        hierarchy = self._hierarchy
        if hierarchy is not None and hierarchy.pays_outward(len(ends)):
            with hierarchy.free(now) as metric:
                if metric is not None:
                    return outward(
                        self.graph, self._roads, now, None,
                        start=first, ends=reach, count=len(ends), drawn=drawn, metric=metric,
                    )  # fmt: skip
        with self._scratch() as scratch:
            return outward(
                self.graph, self._roads, now, scratch, start=first, ends=reach, count=len(ends), drawn=drawn
            )

    @property
    def p90(self) -> float:
        """How many times its median an ETA's 90th percentile is."""
        learned = self._conditions.learned
        return UNKNOWN_P90 if learned is None else learned.p90

    @staticmethod
    def _way(reached: Reached) -> Way:
        points = np.round(reached.line if reached.line is not None else NO_LINE, 7)
        moved = np.ones(len(points), dtype=bool)
        moved[1:] = (points[1:] != points[:-1]).any(axis=1)
        line = [(lon, lat) for lon, lat in points[moved].tolist()]
        if len(line) == 1:
            line *= 2  # GeoJSON wants two positions in a line
        return Way(reached.ms / 1000, reached.metres_m, tuple(line), degraded=False)

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


NO_LINE = np.empty((0, 2))


def _frozen(array: Ints) -> Ints:
    array.flags.writeable = False
    return array
