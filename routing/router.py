"""Router: road times on one built map."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from routing.times import Eta, Leg, Point, RoadTimes, StraightLine, UnitPlace, Way

__all__ = ["Eta", "Leg", "Point", "RoadTimes", "Router", "StraightLine", "UnitPlace", "Way"]


class Router:
    """Road times on one map. Safe to call from many threads at once: every call borrows its own scratch."""

    @classmethod
    def open(cls, folder: Path) -> Router:
        """Open a map folder made by `skoraya map build`.

        Raises:
            MapError: the folder is missing, truncated, foreign or of another version; says what to do.
        """
        raise NotImplementedError

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees."""
        raise NotImplementedError

    @property
    def info(self) -> dict[str, object]:
        """What `skoraya map info` prints."""
        raise NotImplementedError

    def warm_up(self) -> None:
        """Compile the kernels (seconds the first time ever, then cached); call once at start."""
        raise NotImplementedError

    def nearest(
        self, lat_deg: float, lon_deg: float, units: Sequence[UnitPlace], k: int, *, siren: bool = True
    ) -> list[Eta]:
        """Return the `k` units that are there first, best first."""
        raise NotImplementedError

    def route(self, start: Point, end: Point, heading_deg: float | None = None, *, siren: bool = True) -> Way:
        """Return the fastest way from `start` to `end`, both (lat, lon)."""
        raise NotImplementedError

    def one_to_many(
        self, start: Point, ends: Sequence[Point], heading_deg: float | None = None, *, siren: bool = True
    ) -> list[Leg]:
        """Return time and length from `start` to each of `ends`, in their order."""
        raise NotImplementedError
