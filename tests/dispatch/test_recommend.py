from __future__ import annotations

import random
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import commands
from dispatch.candidate import BASE_MARGIN_S, Freshness, PositionOf
from dispatch.catalogue import Reason
from dispatch.equipment import EQUIPMENT
from dispatch.recommend import P90, RankedCrew, Recommendation, recommend
from dispatch.soonfree import SoonFree
from dispatch.unit import Duty
from routing.times import Eta, StraightLine, UnitPlace
from tests.dispatch.conftest import World, make_world


class Roads(StraightLine):
    """Road times that the test states, by unit; a unit without one has no road to the place."""

    def __init__(self, **seconds_s: float) -> None:
        self.seconds_s = seconds_s

    @property
    def bounds(self) -> tuple[float, float, float, float]:  # type: ignore[override]  # there is a map
        """A map of the neighbourhood."""
        return (60.0, 54.0, 62.0, 56.0)

    def nearest(
        self, lat_deg: float, lon_deg: float, units: Sequence[UnitPlace], k: int, *, siren: bool = True
    ) -> list[Eta]:
        """Return the stated times, best first."""
        del lat_deg, lon_deg, siren
        known = [unit.unit for unit in units if unit.unit in self.seconds_s]
        known.sort(key=self.seconds_s.__getitem__)
        return [Eta(unit, self.seconds_s[unit], self.seconds_s[unit] * 10, degraded=False) for unit in known][
            :k
        ]


def at(unit: str, age_s: float = 1.0, freshness: Freshness = "live") -> PositionOf:
    """A position; where it is does not matter, for the roads are stated."""
    return PositionOf(unit=unit, lat_deg=55.0, lon_deg=61.0, age_s=age_s, freshness=freshness)


def ranking(made: Recommendation) -> list[str]:
    """The units in the order of their ranks."""
    assert [crew.rank for crew in made.crews] == list(range(1, len(made.crews) + 1))
    return [crew.unit for crew in made.crews]


def codes(made: Recommendation, unit: str) -> set[str]:
    """The codes of a crew's reasons, ranked or left out."""
    crew = made.crew(unit)
    reasons = (
        crew.reasons
        if crew is not None
        else next(each.reasons for each in made.left_out if each.unit == unit)
    )
    return {reason.code for reason in reasons}


LIVE = {unit: at(unit) for unit in ("u1", "u2", "u3", "u4")}


def made_for(
    world: World, incident: str, roads: StraightLine, positions: dict[str, PositionOf] | None = None
) -> Recommendation:
    """Recommend at the world's present moment."""
    return recommend(world.region, incident, LIVE if positions is None else positions, roads, world.now_ms)


def test_crews_are_ranked_by_road_time_and_say_why(world: World) -> None:
    """The first is the soonest; each other says by how much it is later, and than whom."""
    made = made_for(world, world.call(), Roads(u1=300, u2=100, u3=200, u4=400))
    assert ranking(made) == ["u2", "u3", "u1", "u4"]
    assert codes(made, "u2") == {"soonest", "any_kind"}
    later = made.crews[1].reasons[0]
    assert (later.code, later.values) == ("later_by", {"seconds_s": 100.0, "than": "u2"})
    assert not made.degraded


def test_danger_to_life_gets_the_soonest_crew_that_can_begin_to_treat(world: World) -> None:
    """Priority 1: a paramedic who is sooner goes before the doctor that was asked for, and is marked."""
    made = made_for(world, world.call("chest_pain"), Roads(u1=300, u2=100, u3=200, u4=400))
    assert ranking(made) == ["u2", "u3", "u1", "u4"]
    assert made.crews[0].kind_fit == "lower"
    assert "kind_lower" in codes(made, "u2")


def test_an_emergency_gets_the_soonest_crew_that_can_treat_it_fully(world: World) -> None:
    """Priority 2: paramedics come after every doctor when a doctor is asked for."""
    made = made_for(world, world.call("chest_pain", priority=2), Roads(u1=300, u2=100, u3=200, u4=400))
    assert ranking(made) == ["u3", "u1", "u2", "u4"]


def test_a_call_that_can_wait_spares_the_doctors(world: World) -> None:
    """Priority 3: a paramedic within the norm goes before a sooner doctor, and says whom it spares."""
    incident = world.call("fever")
    made = made_for(world, incident, Roads(u1=100, u2=500, u3=200, u4=1100))
    assert ranking(made) == ["u2", "u4", "u1", "u3"]
    assert "keeps_higher_free" in codes(made, "u2")
    too_late = made_for(world, incident, Roads(u1=100, u2=1500, u3=200, u4=1600))
    assert ranking(too_late) == ["u1", "u3", "u2", "u4"]
    assert "beyond_norm" in codes(too_late, "u2")


def test_a_stale_position_never_ranks_as_a_fresh_one(world: World) -> None:
    """A crew last seen 3 minutes ago is ranked 3 minutes later than its road time, and says so."""
    positions = {**LIVE, "u1": at("u1", 180.0, "stale")}
    made = made_for(world, world.call(), Roads(u1=100, u2=250, u3=300, u4=400), positions)
    assert ranking(made) == ["u2", "u1", "u3", "u4"]
    stale = made.crew("u1")
    assert stale is not None
    assert (stale.eta_s, stale.eta_worst_s, stale.position, stale.position_age_s) == (
        100,
        280,
        "stale",
        180.0,
    )
    assert "position_stale" in codes(made, "u1")


def test_a_parked_crew_is_ranked_a_minute_later_at_most_and_never_as_fresh(world: World) -> None:
    """Silent for three hours since it stood at its base, it is no farther than a minute's drive."""
    parked = at("u1", 10_800.0, "parked")
    positions = {**LIVE, "u1": msgspec.structs.replace(parked, may_have_driven_s=60.0)}
    made = made_for(world, world.call(), Roads(u1=100, u2=150, u3=170, u4=400), positions)
    assert ranking(made) == ["u2", "u1", "u3", "u4"]
    line = made.crew("u1")
    assert line is not None
    assert (line.eta_worst_s, line.position, line.position_age_s) == (160, "parked", 10_800)
    assert "position_parked" in codes(made, "u1")
    unsure = {**LIVE, "u1": parked}
    assert made_for(world, world.call(), Roads(u1=100, u2=150), unsure).crews[0].unit == "u2"


def test_a_doubtful_position_ranks_far_behind(world: World) -> None:
    """A position that quality control suspects adds ten minutes at least, however fresh it claims to be."""
    positions = {**LIVE, "u1": at("u1", 1.0, "suspect")}
    made = made_for(world, world.call(), Roads(u1=10, u2=600, u3=500, u4=400), positions)
    assert ranking(made)[-1] == "u1"
    assert "position_suspect" in codes(made, "u1")


def test_a_crew_without_a_position_is_taken_to_be_at_its_base_and_marked(world: World) -> None:
    """Without a tracker it stays dispatchable, five minutes later than from its base; without a base not."""
    world.do(commands.RegisterUnit(unit="u4", call_sign="4", crew_kind="paramedic", substation=None))
    positions = {unit: at(unit) for unit in ("u2", "u3")}
    made = made_for(world, world.call(), Roads(u1=100, u2=350, u3=450, u4=1), positions)
    assert ranking(made) == ["u2", "u1", "u3"]
    base = made.crew("u1")
    assert base is not None
    assert (base.position, base.position_age_s, base.eta_worst_s) == ("base", None, 100 + BASE_MARGIN_S)
    assert codes(made, "u4") == {"no_position"}


def test_every_crew_that_is_left_out_says_why(world: World) -> None:
    """Busy and where, on a break, broken, off duty, of the wrong kind, without a road, already there."""
    for number in range(5, 8):
        kind = "transport" if number == 7 else "doctor"
        world.do(commands.RegisterUnit(unit=f"u{number}", call_sign="x", crew_kind=kind, substation="s1"))
        world.do(commands.SetDuty(unit=f"u{number}", duty="on"))
    elsewhere, incident = world.call(), world.call("chest_pain")
    world.press(world.send(elsewhere, "u1"), "on_scene")
    world.do(commands.SetDuty(unit="u2", duty="break"))
    world.do(commands.SetDuty(unit="u3", duty="out_of_order"))
    world.do(commands.SetDuty(unit="u4", duty="off"))
    world.send(incident, "u5")
    made = made_for(world, incident, Roads(), {})
    assert made.crews == ()
    assert {unit: codes(made, unit) for unit in world.region.units} == {
        "u1": {"busy"},
        "u2": {"on_break"},
        "u3": {"out_of_order"},
        "u4": {"off_duty"},
        "u5": {"already_here"},
        "u6": {"no_road"},
        "u7": {"wrong_kind"},
    }
    busy = next(each.reasons[0].values for each in made.left_out if each.unit == "u1")
    assert busy == {"incident": elsewhere, "state": "on_scene"}


def test_a_crew_that_refused_this_call_is_marked(world: World) -> None:
    """It can be asked again, and the dispatcher sees that it refused."""
    incident = world.call()
    world.press(world.send(incident, "u1"), "refused")
    assert "declined_before" in codes(made_for(world, incident, Roads(u1=1, u2=2)), "u1")


def test_without_a_map_the_answer_is_a_labelled_straight_line(world: World) -> None:
    """Nothing but the straight line is left: crews are still ranked, each marked, and so is the whole."""
    made = made_for(world, world.call(), StraightLine())
    assert (made.degraded, made.degraded_why) == (True, "no_map")
    assert all("straight_line" in codes(made, crew.unit) for crew in made.crews)
    assert len(made.crews) == 4


def test_crews_beyond_the_ranked_ones_are_told_so(world: World) -> None:
    """With two ranked of each sort, the others are left out as farther away and not forgotten."""
    made = recommend(world.region, world.call(), LIVE, Roads(u1=1, u2=2, u3=3, u4=4), world.now_ms, ranked=2)
    assert ranking(made) == ["u1", "u2"]
    assert codes(made, "u3") == codes(made, "u4") == {"farther"}


def test_the_evidence_names_what_was_shown(world: World) -> None:
    """The first lines go into the journal with the choice, and come back from it."""
    incident = world.call()
    made = made_for(world, incident, Roads(u1=300, u2=100, u3=200, u4=400))
    command = commands.AssignCrew(incident=incident, unit="u3", rank=2, ranking=made.evidence())
    event = world.do(command)[0].event
    assert [(line.unit, line.rank, line.eta_s) for line in event.ranking] == [  # type: ignore[union-attr]  # a CrewAssigned
        ("u2", 1, 100),
        ("u3", 2, 200),
        ("u1", 3, 300),
        ("u4", 4, 400),
    ]


def test_there_is_no_recommendation_for_what_does_not_exist(world: World) -> None:
    """An unknown incident raises."""
    with pytest.raises(KeyError):
        made_for(world, "ghost", Roads())


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), reason=st.sampled_from(["chest_pain", "fever", "other"]))
def test_every_unit_appears_once_and_no_uncertain_one_outranks_a_surer_sooner_one(
    seed: int, reason: str
) -> None:
    """Each unit is ranked or left out, once, with reasons; among equals in kind, the worst times rise."""
    chance = random.Random(seed)
    world = make_world(12)
    for unit in list(world.region.units):
        deed = chance.random()
        if deed < 0.25:
            world.send(world.call(), unit)
        elif deed < 0.4:
            world.do(commands.SetDuty(unit=unit, duty="break"))
    positions = {
        unit: at(unit, chance.uniform(0, 900), chance.choice(["live", "stale", "suspect"]))
        for unit in world.region.units
        if chance.random() < 0.8
    }
    incident = world.call(reason)
    roads = Roads(**{unit: chance.uniform(10, 2000) for unit in world.region.units if chance.random() < 0.9})
    made = made_for(world, incident, roads, positions)
    everyone = ranking(made) + [each.unit for each in made.left_out]
    assert sorted(everyone) == sorted(world.region.units)
    assert all(crew.reasons for crew in (*made.crews, *made.left_out))
    for fit in ("exact", "higher", "lower"):
        times = [crew.eta_worst_s for crew in made.crews if crew.kind_fit == fit]
        assert times == sorted(times)
    if reason == "chest_pain" and made.crews:
        assert made.crews[0].eta_worst_s == min(crew.eta_worst_s for crew in made.crews)
    for crew in made.crews:
        assert crew.position == "live" or crew.eta_worst_s > crew.eta_s
    msgspec.json.encode(made)


def test_each_line_says_how_sure_it_is_and_what_it_costs_elsewhere(world: World) -> None:
    """p90 grows with a stale position; the radius and the next crew's time are told."""
    positions = {**LIVE, "u2": msgspec.structs.replace(at("u2", 120.0, "stale"), radius_m=900.0)}
    positions["u1"] = msgspec.structs.replace(LIVE["u1"], lon_deg=61.1)
    made = made_for(world, world.call(), Roads(u1=100, u2=100, u3=200, u4=300), positions)
    first, stale = made.crew("u1"), made.crew("u2")
    assert first is not None
    assert stale is not None
    assert first.eta_p90_s == pytest.approx(100 * P90)
    assert stale.eta_p90_s == pytest.approx(100 * P90 + 120)
    assert (first.radius_m, stale.radius_m) == (None, 900.0)
    assert stale.uncovered_s == 0.0  # two more stand at the same place
    assert first.uncovered_s is not None
    # 0.1° of longitude at 55° N are 6.4 km, with the detour 9 km.
    assert first.uncovered_s == pytest.approx(6378 * 1.4 / (40 / 3.6), rel=0.02)


def test_a_crew_about_to_be_free_is_shown_beside_the_ranking_and_never_in_it(world: World) -> None:
    """It clears in five minutes and is near: its time is told, marked, and it stays among the busy."""
    world.press(world.send(world.call(), "u1"), "on_scene", "handed_over")
    soon = SoonFree(
        unit="u1",
        crew_kind="doctor",
        place=UnitPlace("u1", 55.0, 61.0),
        incident="x",
        state="handed_over",
        clears_in_s=300.0,
    )
    roads = Roads(u1=60, u2=900, u3=800)
    made = recommend(world.region, world.call(), LIVE, roads, world.now_ms, soon=[soon])
    assert ranking(made) == ["u3", "u2"]
    assert codes(made, "u1") == {"busy"}
    assert [(each.unit, each.eta_s, each.sooner_by_s) for each in made.soon] == [("u1", 360.0, 440.0)]


def test_of_many_crews_those_without_a_road_do_not_hide_the_others() -> None:
    """The nearest as the crow flies are all beyond the river: the crews that have a road are still found."""
    world = make_world(60)
    positions = {
        unit: msgspec.structs.replace(at(unit), lon_deg=61.0 + number / 1000)
        for number, unit in enumerate(world.region.units)
    }
    roads = Roads(u59=600, u60=700)
    made = recommend(world.region, world.call(), positions, roads, world.now_ms, ranked=2)
    assert ranking(made) == ["u59", "u60"]
    assert codes(made, "u1") == {"farther"}
    none = recommend(world.region, world.call(), positions, Roads(), world.now_ms, ranked=2)
    assert codes(none, "u1") == codes(none, "u60") == {"no_road"}


def equipped(world: World, priority: int, **aboard: tuple[str, ...]) -> str:
    """A call that needs a defibrillator, and crews of one kind that carry what is stated; return the call."""
    reason = Reason(id="arrest", ru="x", en="x", priority=priority, equipment=("defibrillator",))
    known = world.region.settings
    assert known is not None
    world.do(
        commands.ConfigureRegion(
            settings=msgspec.structs.replace(known, reasons=(*known.reasons, reason), equipment=EQUIPMENT)
        )
    )
    for unit, equipment in aboard.items():
        world.do(
            commands.RegisterUnit(
                unit=unit, call_sign=unit, crew_kind="doctor", substation="s1", equipment=equipment
            )
        )
    return world.call("arrest")


@pytest.mark.parametrize("priority", [1, 2, 3])
def test_missing_equipment_is_said_and_never_hides_the_nearest_crew(world: World, priority: int) -> None:
    """Danger to life: the soonest goes, whatever it lacks. Else who has it goes first; all are there."""
    call = equipped(world, priority, u1=("ecg",), u3=("defibrillator",))
    made = made_for(world, call, Roads(u1=100, u3=200))
    assert ranking(made) == (["u1", "u3"] if priority == 1 else ["u3", "u1"])
    missing = next(each for each in crew_of(made, "u1").reasons if each.code == "equipment_missing")
    assert missing.values == {"equipment": "defibrillator"}
    assert "equipment_fits" in codes(made, "u3")


def crew_of(made: Recommendation, unit: str) -> RankedCrew:
    """A crew's line; it is ranked."""
    crew = made.crew(unit)
    assert crew is not None
    return crew


def test_what_is_not_aboard_now_is_missing_and_what_nobody_said_is_not(
    world: World,
) -> None:
    """A broken defibrillator is said; a vehicle whose equipment is not known is not held to lack any."""
    call = equipped(world, 1, u1=("defibrillator",))
    assert "equipment_fits" in codes(made_for(world, call, Roads(u1=1, u3=2)), "u1")
    world.do(commands.OpenCrewShift(unit="u1", missing=("defibrillator",)))
    made = made_for(world, call, Roads(u1=1, u3=2))
    assert ranking(made) == ["u1", "u3"]
    assert "equipment_missing" in codes(made, "u1")
    assert not {"equipment_missing", "equipment_fits"} & codes(made, "u3")


@pytest.mark.parametrize("duty", ["break", "refuelling", "out_of_order"])
def test_a_crew_that_pauses_is_left_out_with_when_it_is_expected_back(world: World, duty: Duty) -> None:
    """So that a dispatcher can wait for it, or call it."""
    until_ms = world.now_ms + 600_000
    world.do(commands.SetDuty(unit="u1", duty=duty, until_ms=until_ms))
    made = made_for(world, world.call(), Roads(u2=1))
    (because,) = next(each.reasons for each in made.left_out if each.unit == "u1")
    assert because.values["until_ms"] == until_ms


def test_the_nearest_of_a_thousand_is_ranked_first_whatever_it_lacks() -> None:
    """Danger to life among many: the soonest crew that can begin, by straight line, is always the first."""
    chance = random.Random(5)
    world = make_world(120)
    positions = {
        unit: PositionOf(
            unit=unit,
            lat_deg=chance.uniform(54.8, 55.2),
            lon_deg=chance.uniform(60.7, 61.3),
            age_s=chance.uniform(0, 300),
            freshness=chance.choice(["live", "live", "parked", "stale"]),
        )
        for unit in world.region.units
    }
    for reason, priority in (("chest_pain", 1), ("other", 1)):
        made = recommend(world.region, world.call(reason, priority), positions, StraightLine(), world.now_ms)
        every = recommend(
            world.region, world.call(reason, priority), positions, StraightLine(), world.now_ms, ranked=1_000
        )
        assert made.crews[0].unit == every.crews[0].unit
        assert made.crews[0].eta_worst_s == min(crew.eta_worst_s for crew in every.crews)
