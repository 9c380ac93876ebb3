"""Charts: everything that one map gives the service (roads, places, tiles), or what stands in for it."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from console.views import View
from dispatch.district import Centre, Districts
from dispatch.figures import warm_up
from routing.across import across
from routing.divides import Divides
from routing.graph import MapError
from routing.institutions import Hospital, Substation
from routing.mapfile import META, load_divides
from routing.places import Places, PlacesError
from routing.router import Router
from routing.tiles import FILE as TILES
from routing.times import Eta, Leg, Point, RoadTimes, StraightLine, UnitPlace, Way

log = logging.getLogger("skoraya.charts")


@dataclass(frozen=True, slots=True)
class Degraded:
    """A part that does not do its work: since when, and what that means."""

    part: str
    since_ms: int
    message: str


class LiveRoads:
    """The roads that everybody asks: those of the map in use now, which is replaced without a restart."""

    def __init__(self, current: RoadTimes) -> None:
        self.current = current  # replaced in one step; a query keeps the one that it began with

    @property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north in degrees; None without a map."""
        return self.current.bounds

    def nearest(
        self, lat_deg: float, lon_deg: float, units: Sequence[UnitPlace], k: int, *, siren: bool = True
    ) -> list[Eta]:
        """Return the `k` units that are there first, best first."""
        return self.current.nearest(lat_deg, lon_deg, units, k, siren=siren)

    def route(self, start: Point, end: Point, heading_deg: float | None = None, *, siren: bool = True) -> Way:
        """Return the fastest way from `start` to `end`, both (lat, lon)."""
        return self.current.route(start, end, heading_deg, siren=siren)

    def one_to_many(
        self, start: Point, ends: Sequence[Point], heading_deg: float | None = None, *, siren: bool = True
    ) -> list[Leg]:
        """Return time and length from `start` to each of `ends`, in their order."""
        return self.current.one_to_many(start, ends, heading_deg, siren=siren)


@dataclass(slots=True)
class Charts:
    """A map folder that was opened; without one, straight lines."""

    roads: LiveRoads = field(default_factory=lambda: LiveRoads(StraightLine()))
    places: Places | None = None
    tiles: Path | None = None
    divides: Divides | None = None
    substations: Sequence[Substation] = ()
    hospitals: Sequence[Hospital] = ()
    districts: Districts = field(default_factory=lambda: Districts(()))
    degraded: list[Degraded] = field(default_factory=list)

    @classmethod
    def open(cls, folder: str | None, last_good: Path, now_ms: int) -> Charts:
        """Open the map; a bad one is replaced by the last that opened, or by none, and marked."""
        if folder is None:
            charts = cls()
            charts.mark("map", now_ms, "no map is configured: times are by straight line")
            return charts
        try:
            charts = cls.read(Path(folder), now_ms)
        except MapError as error:
            return cls._after(error, last_good, now_ms)
        _keep(Path(folder), last_good)
        return charts

    @classmethod
    def read(cls, folder: Path, now_ms: int) -> Charts:
        """Open the folder's road graph, and its address index and tiles where they are.

        Raises:
            MapError: the road graph cannot be opened.
        """
        router = Router.open(folder)
        router.warm_up()
        warm_up()  # the reports' kernels too: the first question must not compile them beside the work
        charts = cls(roads=LiveRoads(router), divides=load_divides(folder))
        try:
            charts.places = Places.open(folder)
            charts.substations = charts.places.stations()
            charts.hospitals = charts.places.hospitals()
            charts.districts = Districts(
                Centre(each.label, each.kind, each.lat_deg, each.lon_deg)
                for each in charts.places.settlements()
            )
        except PlacesError as error:
            charts.mark("places", now_ms, f"no address search: {error}")
        if (folder / TILES).exists():
            charts.tiles = folder / TILES
        else:
            charts.mark("tiles", now_ms, "the map was built without tiles: the console draws no streets")
        return charts

    @classmethod
    def _after(cls, error: MapError, last_good: Path, now_ms: int) -> Charts:
        log.error("the map cannot be used: %s", error)
        try:
            charts = cls.read(last_good, now_ms)
        except MapError:
            charts = cls()
            charts.mark("map", now_ms, f"no usable map, times are by straight line: {error}")
        else:
            charts.mark("map", now_ms, f"the last good map is used, for the configured one fails: {error}")
        return charts

    @property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north in degrees; None without a map."""
        return self.roads.bounds

    def swap(self, fresh: Charts) -> None:
        """Go over to another map in the place of this one; queries under way end on the old one."""
        self.roads.current = fresh.roads.current
        self.places, self.tiles, self.divides = fresh.places, fresh.tiles, fresh.divides
        self.substations, self.hospitals = fresh.substations, fresh.hospitals
        self.districts = fresh.districts
        self.degraded[:] = fresh.degraded

    def mark(self, part: str, now_ms: int, message: str) -> None:
        """Say that a part does not do its work."""
        self.degraded.append(Degraded(part, now_ms, message))

    def find(self, text: str, limit: int) -> list[View]:
        """Look an address up; without an index nothing is found, and `degraded` says so."""
        if self.places is None:
            return []
        return [
            {"label": place.label, "lat_deg": place.lat_deg, "lon_deg": place.lon_deg, "kind": place.kind}
            for place in self.places.find(text, limit)
        ]

    def across(self, lat_deg: float, lon_deg: float) -> str | None:
        """Say what lies between a point and its nearest road: "water", "railway"; None for nothing."""
        router, divides = self.roads.current, self.divides
        if divides is None or not isinstance(router, Router):
            return None
        return across(router.graph, router.snapper, divides, lat_deg, lon_deg)

    def district_of(self, lat_deg: float, lon_deg: float) -> str | None:
        """Return the district of a place by the map in use now; None without one."""
        return self.districts.of(lat_deg, lon_deg)

    def near(self, lat_deg: float, lon_deg: float) -> View | None:
        """Say what lies at a point; None without an index, and where nothing is near."""
        place = None if self.places is None else self.places.near(lat_deg, lon_deg)
        if place is None:
            return None
        return {"label": place.label, "lat_deg": place.lat_deg, "lon_deg": place.lon_deg, "kind": place.kind}


def _keep(folder: Path, last_good: Path) -> None:
    """Copy a map that opened, unless it is the copy already; a full disk costs the copy alone."""
    try:
        if last_good.exists() and (last_good / META).read_bytes() == (folder / META).read_bytes():
            return
        aside = last_good.with_name(last_good.name + ".new")
        shutil.rmtree(aside, ignore_errors=True)
        shutil.copytree(folder, aside)
        shutil.rmtree(last_good, ignore_errors=True)
        aside.rename(last_good)
    except OSError as error:
        log.warning("no copy of the map was kept in %s: %s", last_good, error)
