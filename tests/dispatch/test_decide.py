from __future__ import annotations

import pytest

from dispatch import commands
from dispatch.catalogue import Hospital, Name, Reason, RegionSettings
from dispatch.decide import CLOCK_TOLERANCE_MS, decide
from dispatch.events import IncidentClosed, StatusChanged
from dispatch.incident import Place
from dispatch.refusal import Refusal
from dispatch.region import Region
from tests.dispatch.conftest import PLACE, World

NOWHERE = Place(label="?", lat_deg=float("nan"), lon_deg=0.0)
TOO_LONG = "а" * 401


def test_a_region_without_configuration_takes_no_calls() -> None:
    """Before the first configuration calls and units are refused, and the refusal says so."""
    region = Region("test")
    for command in (
        commands.CreateIncident(place=PLACE, reason="other"),
        commands.RegisterUnit(unit="u", call_sign="u", crew_kind="doctor"),
    ):
        refused = decide(region, command, 0, "1970-01-01")
        assert isinstance(refused, Refusal)
        assert refused.code == "not-configured"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (commands.CreateIncident(place=PLACE, reason="dragon"), "unknown-reason"),
        (commands.CreateIncident(place=PLACE, reason="other", priority=0), "bad-priority"),
        (commands.CreateIncident(place=NOWHERE, reason="other"), "bad-position"),
        (
            commands.CreateIncident(place=Place(label=" ", lat_deg=1, lon_deg=1), reason="other"),
            "field-missing",
        ),
        (commands.CreateIncident(place=PLACE, reason="other", phone=TOO_LONG), "text-too-long"),
        (commands.CreateIncident(place=PLACE, reason="other", note="\ud800"), "bad-text"),
        (commands.CreateIncident(place=PLACE, reason="other", called_at_ms=2**53 - 1), "time-in-the-future"),
        (commands.CreateIncident(place=PLACE, reason="other", called_at_ms=0), "time-too-old"),
        (commands.AssignCrew(incident="2027-01-15-9", unit="u1"), "unknown-incident"),
        (commands.CancelIncident(incident="?", why="false call"), "unknown-incident"),
        (commands.CloseIncident(incident="?", outcome="done"), "unknown-incident"),
        (commands.SetStatus(assignment="?", status="en_route"), "unknown-assignment"),
        (commands.ChooseHospital(assignment="?", hospital="h1"), "unknown-assignment"),
        (commands.SetDuty(unit="?", duty="on"), "unknown-unit"),
        (commands.RegisterUnit(unit="u9", call_sign="9", crew_kind="wizard"), "unknown-crew-kind"),
        (
            commands.RegisterUnit(unit="u9", call_sign="9", crew_kind="doctor", substation="s9"),
            "unknown-substation",
        ),
        (
            commands.RegisterHospital(hospital=Hospital(id="h", name="h", lat_deg=91, lon_deg=0)),
            "bad-position",
        ),
        (
            commands.ConfigureRegion(settings=RegionSettings(id="t", name=Name("", ""), norm_s=0)),
            "not-a-number",
        ),
        (
            commands.ConfigureRegion(
                settings=RegionSettings(
                    id="t",
                    name=Name("", ""),
                    reasons=(Reason(id="r", ru="", en="", priority=1, crew_kind="wizard"),),
                )
            ),
            "unknown-crew-kind",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_its_code(world: World, command: commands.Command, code: str) -> None:
    """Each impossible command is refused with the code of its reason, and changes nothing."""
    assert world.no(command).code == code


def test_what_concerns_an_assignment_is_refused_with_its_code(world: World) -> None:
    """Unknown statuses and hospitals, and another crew's buttons, are each refused by name."""
    assignment = world.send(world.call(), "u1")
    for command, code in (
        (commands.SetStatus(assignment=assignment, status="asleep"), "unknown-status"),  # type: ignore[arg-type]  # what a foreign client may send
        (commands.SetStatus(assignment=assignment, status="left_scene", hospital="h9"), "unknown-hospital"),
        (
            commands.SetStatus(assignment=assignment, status="en_route", acting_unit="u2"),
            "not-your-assignment",
        ),
        (commands.ChooseHospital(assignment=assignment, hospital="h9"), "unknown-hospital"),
        (
            commands.ChooseHospital(assignment=assignment, hospital="h1", acting_unit="u2"),
            "not-your-assignment",
        ),
    ):
        assert world.no(command).code == code
    world.press(assignment, "cleared")
    assert world.no(commands.ChooseHospital(assignment=assignment, hospital="h1")).code == "already-closed"


def test_a_crew_is_not_sent_twice(world: World) -> None:
    """A busy crew is refused with the incident that has it; the same incident again says so."""
    first, second = world.call(), world.call()
    assignment = world.send(first, "u1")
    elsewhere = world.no(commands.AssignCrew(incident=second, unit="u1"))
    assert elsewhere.code == "unit-busy"
    assert elsewhere.values == {
        "unit": "u1",
        "incident": first,
        "assignment": assignment,
        "state": "notified",
    }
    assert world.no(commands.AssignCrew(incident=first, unit="u1")).code == "already-assigned-here"


@pytest.mark.parametrize("duty", ["break", "out_of_order", "off"])
def test_a_crew_that_is_not_on_duty_is_not_sent(world: World, duty: str) -> None:
    """The refusal names the duty."""
    world.do(commands.SetDuty(unit="u1", duty=duty))  # type: ignore[arg-type]  # from the list above
    refused = world.no(commands.AssignCrew(incident=world.call(), unit="u1"))
    assert (refused.code, refused.values["duty"]) == ("unit-off-duty", duty)


def test_a_second_call_does_not_reset_a_units_status(world: World) -> None:
    """TicketsCAD #82: while a crew is on scene, other calls come, get others and end: it stays on scene."""
    assignment = world.send(world.call(), "u1")
    world.press(assignment, "en_route", "on_scene")
    other = world.call()
    world.no(commands.AssignCrew(incident=other, unit="u1"))
    world.send(other, "u2")
    world.do(commands.CloseIncident(incident=other, outcome="done"))
    assert world.region.unit_state("u1") == "on_scene"


def test_a_status_does_not_bleed_from_one_call_into_the_next(world: World) -> None:
    """TicketsCAD #116, #141: a new assignment begins as notified, with no times or hospital of the last."""
    first = world.send(world.call(), "u1")
    world.do(commands.SetStatus(assignment=first, status="left_scene", hospital="h1"))
    world.press(first, "cleared")
    second = world.region.assignments[world.send(world.call(), "u1")]
    assert (second.status, set(second.times), second.hospital) == ("notified", {"notified"}, None)
    assert world.region.assignments[first].status == "cleared"
    # A late button for the old assignment cannot move the new one.
    assert world.no(commands.SetStatus(assignment=first, status="on_scene")).code == "bad-transition"


def test_a_closed_incident_keeps_no_unit(world: World) -> None:
    """Resgrid #273: closing or cancelling releases every crew in the same batch of events."""
    for end in (
        lambda incident: commands.CloseIncident(incident=incident, outcome="done"),
        lambda incident: commands.CancelIncident(incident=incident, why="false call"),
    ):
        incident = world.call()
        world.send(incident, "u1")
        world.press(world.send(incident, "u2"), "on_scene")
        kinds = [type(each.event) for each in world.do(end(incident))]
        assert kinds[:2] == [StatusChanged, StatusChanged]
        assert world.region.unit_state("u1") == world.region.unit_state("u2") == "free"
        assert not any(each.open for each in world.region.assignments_of(incident))


def test_an_ended_incident_neither_moves_nor_opens_by_itself(world: World) -> None:
    """TicketsCAD #65: after the end no command brings it back or ends it again; each is told so."""
    incident = world.call()
    assignment = world.send(incident, "u1")
    world.do(commands.CloseIncident(incident=incident, outcome="done"))
    for command in (
        commands.CloseIncident(incident=incident, outcome="again"),
        commands.CancelIncident(incident=incident, why="again"),
        commands.AssignCrew(incident=incident, unit="u2"),
    ):
        refused = world.no(command)
        assert (refused.code, refused.values["ending"]) == ("already-closed", "closed")
    assert world.no(commands.SetStatus(assignment=assignment, status="on_scene")).code == "bad-transition"


def test_the_last_crews_clearing_closes_the_incident_by_a_recorded_event(world: World) -> None:
    """TicketsCAD #65: nothing closes without an entry; the entry says that it was automatic."""
    incident = world.call()
    first, second = world.send(incident, "u1"), world.send(incident, "u2")
    world.press(first, "on_scene", "cleared")
    assert world.region.phase(incident) == "assigned"  # the second is still on its way
    world.press(second, "on_scene", "left_scene")
    decided = world.do(commands.SetStatus(assignment=second, status="cleared"))
    closed = decided[-1].event
    assert isinstance(closed, IncidentClosed)
    assert (closed.automatic, closed.outcome) == (True, "transported")
    assert world.region.phase(incident) == "closed"


def test_a_patient_whom_nobody_reached_is_not_closed_away(world: World) -> None:
    """A crew that clears without ever having been there leaves the incident waiting."""
    incident = world.call()
    world.press(world.send(incident, "u1"), "en_route", "cleared")
    assert world.region.phase(incident) == "waiting"


def test_two_clocks_are_kept(world: World) -> None:
    """A button pressed without a network has its own time, and beside it the time when we learned it."""
    incident = world.call()
    assignment = world.send(incident, "u1")
    world.now_ms += 600_000
    pressed_ms = world.now_ms - 300_000
    world.do(commands.SetStatus(assignment=assignment, status="on_scene", at_ms=pressed_ms))
    kept = world.region.assignments[assignment]
    assert kept.times["on_scene"] == pressed_ms
    assert kept.learned["on_scene"] == world.now_ms
    assert world.region.incidents[incident].arrived_at_ms == pressed_ms


def test_a_wrong_clock_is_refused_and_a_slightly_wrong_one_corrected(world: World) -> None:
    """A time in the future, before the call or the last button is refused beyond 5 s; within, corrected."""
    assignment = world.send(world.call(), "u1")
    for at_ms, code in (
        (world.now_ms + CLOCK_TOLERANCE_MS + 60_000, "time-in-the-future"),
        (world.now_ms - 3_600_000, "time-before-call"),
    ):
        command = commands.SetStatus(assignment=assignment, status="on_scene", at_ms=at_ms)
        assert world.no(command).code == code
    world.now_ms += 600_000
    world.press(assignment, "en_route")
    command = commands.SetStatus(assignment=assignment, status="on_scene", at_ms=world.now_ms - 60_000)
    assert world.no(command).code == "time-before-previous"
    stated_ms = world.now_ms + 4_000
    changed = world.do(commands.SetStatus(assignment=assignment, status="on_scene", at_ms=stated_ms))[0]
    assert isinstance(changed.event, StatusChanged)
    assert (changed.at_ms, changed.event.stated_ms) == (world.now_ms, stated_ms)


def test_a_call_can_be_entered_late_with_its_own_time(world: World) -> None:
    """A paper call keeps the time at which it was taken; the norm counts from there."""
    called_at_ms = world.now_ms - 3_600_000
    world.do(commands.CreateIncident(place=PLACE, reason="other", called_at_ms=called_at_ms))
    incident = next(reversed(world.region.incidents.values()))
    assert incident.called_at_ms == called_at_ms
    assert incident.norm_ends_ms == called_at_ms + 1_200_000
    assert incident.created_at_ms == world.now_ms


def test_numbers_count_within_a_day_and_pass_every_cap(world: World) -> None:
    """Intrado 2014: a counter at 2³¹−1 and at 2⁵³−1 goes on."""
    for count in (2**31 - 1, 2**53 - 1):
        world.region.counters["2027-01-15"] = count
        assert world.call() == f"2027-01-15-{count + 1}"


def test_what_is_already_so_is_no_event(world: World) -> None:
    """The same configuration, duty, status or hospital again is obeyed and writes nothing."""
    assignment = world.send(world.call(), "u1")
    world.do(commands.ChooseHospital(assignment=assignment, hospital="h1"))
    settings = world.region.settings
    assert settings is not None
    for command in (
        commands.ConfigureRegion(settings=settings),
        commands.SetDuty(unit="u2", duty="on"),
        commands.SetStatus(assignment=assignment, status="notified"),
        commands.ChooseHospital(assignment=assignment, hospital="h1"),
    ):
        assert world.do(command) == []
