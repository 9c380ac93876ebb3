from __future__ import annotations

from collections import Counter

import msgspec
import pytest

from dispatch import commands
from dispatch.alarm import Evidence
from dispatch.alarmowner import alarm_owner
from dispatch.catalogue import Workplace, Zone
from dispatch.deskcommands import EndShift, GiveCall, OpenShift
from dispatch.timers import alarms, timers
from tests.dispatch.conftest import World
from tests.dispatch.test_duty import NORTH, SOUTH, call_at, make_centre, sit
from tests.dispatch.test_timers import Shift


@pytest.fixture
def centre() -> World:
    """A dispatch centre with somebody at every desk but the doctor's."""
    world = make_centre()
    for desk, user in (("senior", "vera"), ("south", "anna"), ("north", "boris")):
        sit(world, desk, user)
    return world


def owners(world: World) -> dict[str, str]:
    """Return kind → workplace of the open alarms."""
    return {
        alarm.kind: alarm_owner(world.region, alarm.kind, alarm.unit, alarm.evidence)
        for alarm in world.region.alarms.values()
        if alarm.open
    }


def raise_due(world: World, after_s: int) -> None:
    """Let time pass and raise what is due."""
    world.now_ms += after_s * 1000
    for command in alarms(world.region, timers(world.region, world.now_ms), world.now_ms):
        world.do(command)


def test_an_alarm_about_a_call_stands_where_its_call_stands(centre: World) -> None:
    """It goes with the call from desk to desk, and to the senior when the shift ends."""
    call = call_at(centre, NORTH)
    centre.send(call, "u1")
    raise_due(centre, 61)
    assert owners(centre) == {"not_acknowledged": "north"}
    centre.do(GiveCall(incident=call, workplace="south", user="anna"))
    assert owners(centre) == {"not_acknowledged": "south"}
    centre.do(EndShift(workplace="south"))
    assert owners(centre) == {"not_acknowledged": "senior"}


def test_its_like_collapses_at_one_workplace_and_not_across_two(centre: World) -> None:
    """What the south has not acknowledged hides nothing of the north's."""
    centre.send(call_at(centre, SOUTH), "u1")
    centre.send(call_at(centre, SOUTH), "u2")
    raise_due(centre, 61)
    centre.send(call_at(centre, NORTH), "u3")
    centre.send(call_at(centre, SOUTH), "u4")
    raise_due(centre, 61)
    quiet = [alarm for alarm in centre.region.alarms.values() if alarm.kind == "not_acknowledged"]
    assert [(alarm.unit, alarm.evidence.peers) for alarm in quiet] == [("u1", ("u2",)), ("u3", ())]
    assert [alarm_owner(centre.region, a.kind, a.unit, a.evidence) for a in quiet] == ["south", "north"]


def test_an_hour_on_scene_is_the_doctors_while_one_is_there(centre: World) -> None:
    """Without a senior doctor on duty it is the call's owner who asks."""
    centre.press(centre.send(call_at(centre, SOUTH), "u1"), "acknowledged", "en_route", "on_scene")
    raise_due(centre, 3601)
    assert owners(centre) == {"on_scene_long": "south"}
    sit(centre, "doctor", "olga")
    assert owners(centre) == {"on_scene_long": "doctor"}


def test_a_cry_for_help_has_an_owner_with_and_without_a_call(centre: World) -> None:
    """A crew on a call is its owner's; a free one belongs to the desk of its base's zone, or the senior."""
    centre.send(call_at(centre, NORTH), "u1")
    assert alarm_owner(centre.region, "panic", "u1", Evidence()) == "north"
    assert alarm_owner(centre.region, "panic", "u2", Evidence()) == "south"
    centre.do(EndShift(workplace="south"))
    assert alarm_owner(centre.region, "panic", "u2", Evidence()) == "senior"
    assert alarm_owner(centre.region, "panic", "nobody", Evidence()) == "senior"


class CentresShift(Shift):
    """The same shift in a centre of two zones: every alarm is counted where it stands when it is raised."""

    def __init__(self, seed: int, hours: float) -> None:
        """Divide the region, and let everybody come."""
        super().__init__(seed, hours)
        assert self.world.region.settings is not None
        self.world.do(
            commands.ConfigureRegion(
                settings=msgspec.structs.replace(
                    self.world.region.settings,
                    zones=(
                        Zone(id="s", ru="Юг", en="South", polygon=((54, 60), (54, 62), (55, 62), (55, 60))),
                        Zone(
                            id="n", ru="Север", en="North", polygon=((55, 60), (55, 62), (56, 62), (56, 60))
                        ),
                    ),
                    workplaces=(
                        Workplace(id="senior", ru="Старший", en="Senior", kind="senior"),
                        Workplace(id="south", ru="Юг", en="South", kind="zone", zones=("s",)),
                        Workplace(id="north", ru="Север", en="North", kind="zone", zones=("n",)),
                        Workplace(id="doctor", ru="Врач", en="Doctor", kind="doctor"),
                    ),
                )
            )
        )
        for desk in ("senior", "south", "north", "doctor"):
            self.world.do(OpenShift(workplace=desk, user=desk, name=desk))
        self.at_desks: Counter[tuple[str, int]] = Counter()

    def look(self, _: str) -> None:
        """The service looks at its timers; count at whose workplace."""
        before = set(self.world.region.alarms)
        super().look(_)
        hour = (self.world.now_ms - self.begun_ms) // 3_600_000
        for name in self.world.region.alarms.keys() - before:
            alarm = self.world.region.alarms[name]
            self.at_desks[alarm_owner(self.world.region, alarm.kind, alarm.unit, alarm.evidence), hour] += 1


@pytest.mark.parametrize("seed", range(3))
def test_a_normal_shift_of_a_centre_raises_at_most_six_alarms_an_hour_at_each_workplace(seed: int) -> None:
    """Eight made-up hours in two zones: each alarm has one owner, and in no hour has a desk more than six."""
    shift = CentresShift(seed, hours=8)
    shift.run()
    assert {desk for desk, _ in shift.at_desks} <= {"senior", "south", "north", "doctor"}
    assert sum(shift.at_desks.values()) == len(shift.raised_ms) > 0
    assert max(shift.at_desks.values()) <= 6


def test_alarms_about_calls_alone_collapse_at_their_workplace_too(centre: World) -> None:
    """A polyclinic's silence in the south hides none in the north; each desk has one while it is open."""
    south, north, again = call_at(centre, SOUTH), call_at(centre, NORTH), call_at(centre, SOUTH)
    for call in (south, north, again):
        about = Evidence(incident=call, incidents=(call,))
        centre.do(commands.RaiseAlarm(alarm_kind="polyclinic_returned", unit="", evidence=about))
    raised = list(centre.region.alarms.values())
    assert [alarm.evidence.incident for alarm in raised] == [south, north]
