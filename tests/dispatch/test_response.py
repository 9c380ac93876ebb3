from __future__ import annotations

from dispatch import commands
from dispatch.response import INTERVALS, ORDER, interval_ms, out_of_order, response_of, responses_of
from tests.dispatch.conftest import World


def test_intervals_run_between_times_that_exist_and_forward() -> None:
    """Each interval names two known times, the first earlier in the order than the last."""
    for first, last in INTERVALS.values():
        assert ORDER.index(first) < ORDER.index(last)


def test_an_interval_is_the_difference_of_its_times_and_none_when_one_is_missing() -> None:
    """Response runs from the call to the scene; a wrong order gives a negative length."""
    assert interval_ms({"called": 1_000, "on_scene": 61_500}, "response") == 60_500
    assert interval_ms({"called": 61_500, "on_scene": 1_000}, "response") == -60_500
    assert interval_ms({"called": 1_000}, "response") is None


def test_any_later_time_before_an_earlier_one_is_out_of_order() -> None:
    """Also when the two are not neighbours; equal times are in order."""
    assert out_of_order({"called": 5, "notified": 5, "on_scene": 9}) is None
    assert out_of_order({"called": 5, "notified": 7, "cleared": 6}) == ("cleared", "notified")
    assert out_of_order({"called": 9, "created": 3, "notified": 4}) == ("created", "called")


def test_a_live_assignment_becomes_a_response_with_its_times(world: World) -> None:
    """The whole course of a crew gives every interval, by the crew's own clock."""
    incident = world.call("chest_pain")
    assignment = world.send(incident, "u1")
    for status in ORDER[ORDER.index("acknowledged") :]:
        world.now_ms += 59_000
        world.press(assignment, status)
    response = response_of(world.region, world.region.assignments[assignment])
    assert list(response.times) == list(ORDER)
    assert (response.substation, response.crew_kind, response.priority, response.status) == (
        "s1",
        "doctor",
        1,
        "cleared",
    )
    lengths = {name: interval_ms(response.times, name) for name in INTERVALS}
    assert lengths == {
        "processing": 1_000,
        "turnout": 120_000,
        "travel": 60_000,
        "response": 181_000,
        "response_from_notice": 180_000,
        "patient_access": 60_000,
        "scene": 120_000,
        "transport": 60_000,
        "handover": 60_000,
        "turnaround": 120_000,
        "task": 480_000,
    }


def test_a_unit_that_moves_to_another_base_does_not_rewrite_its_past(world: World) -> None:
    """A response stays with the substation that the crew was sent from."""
    assignment = world.send(world.call(), "u1")
    world.do(commands.RegisterUnit(unit="u1", call_sign="1", crew_kind="doctor", substation="s2"))
    assert [each.substation for each in responses_of(world.region)] == ["s1"]
    assert world.region.assignments[assignment].substation == "s1"
