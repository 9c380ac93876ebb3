from __future__ import annotations

from collections.abc import Sequence

from dispatch.candidate import PositionOf
from dispatch.recommend import recommend
from dispatch.sureroads import RESTED, SureRoads
from routing.times import Eta, Leg, Point, StraightLine, UnitPlace, Way
from tests.dispatch.conftest import World


class Broken(StraightLine):
    """A router that raises, until it is mended."""

    asked = 0
    mended = False

    @property
    def bounds(self) -> tuple[float, float, float, float]:  # type: ignore[override]  # there is a map
        """A map of the neighbourhood."""
        return (60.0, 54.0, 62.0, 56.0)

    def nearest(
        self, lat_deg: float, lon_deg: float, units: Sequence[UnitPlace], k: int, *, siren: bool = True
    ) -> list[Eta]:
        """Raise, or answer as from roads."""
        del lat_deg, lon_deg, siren
        self.asked += 1
        if not self.mended:
            raise MemoryError("no heap")
        return [Eta(unit.unit, 60.0, 500.0, degraded=False) for unit in units][:k]

    def route(self, start: Point, end: Point, heading_deg: float | None = None, *, siren: bool = True) -> Way:
        """Raise."""
        raise IndexError("off the map", start, end, heading_deg, siren)

    def one_to_many(
        self, start: Point, ends: Sequence[Point], heading_deg: float | None = None, *, siren: bool = True
    ) -> list[Leg]:
        """Raise."""
        raise ZeroDivisionError(start, ends, heading_deg, siren)


def test_when_the_router_is_gone_the_recommendation_is_a_labelled_straight_line(world: World) -> None:
    """A router that raises costs nobody a crew: everyone is ranked, each line and the whole is marked."""
    roads = SureRoads(Broken())
    places = {
        unit: PositionOf(unit=unit, lat_deg=55.0, lon_deg=61.0 + number / 100, age_s=1.0, freshness="live")
        for number, unit in enumerate(world.region.units)
    }
    made = recommend(world.region, world.call(), places, roads, world.now_ms)
    assert [crew.unit for crew in made.crews] == ["u1", "u2", "u3", "u4"]
    assert (made.degraded, made.degraded_why) == (True, "no_road_answer")
    assert all("straight_line" in {reason.code for reason in crew.reasons} for crew in made.crews)
    assert roads.failure == "MemoryError: no heap"


def test_every_question_is_answered(world: World) -> None:
    """Ways and tables too."""
    del world
    roads = SureRoads(Broken())
    assert roads.bounds == (60.0, 54.0, 62.0, 56.0)
    assert roads.route((55.0, 61.0), (55.1, 61.0)).degraded
    assert SureRoads(Broken()).one_to_many((55.0, 61.0), [(55.1, 61.0)])[0].degraded


def test_a_failing_router_rests_and_is_then_asked_again() -> None:
    """It is not asked at every call, and its first answer ends the label."""
    broken = Broken()
    roads = SureRoads(broken)
    units = [UnitPlace("u1", 55.0, 61.0)]
    for _ in range(RESTED + 1):
        assert roads.nearest(55.0, 61.0, units, 1)[0].degraded
    assert broken.asked == 1
    broken.mended = True
    assert not roads.nearest(55.0, 61.0, units, 1)[0].degraded
    assert roads.failure is None
