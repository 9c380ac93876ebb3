from __future__ import annotations

import msgspec

from tracking.alarms import QUIET_MS, REMEMBERED, Alarms
from tracking.fix import Fix
from tracking.protocols.dialect import Distress
from tracking.trust import Incident

NOW_MS = 1_795_273_200_000
FIX = Fix("1", NOW_MS - 2000, 0, NOW_MS, 55.0, 37.0)


def pressed(unit: str | None, at_ms: int, taken_ms: int | None = None) -> Distress:
    """A button in a vehicle."""
    return Distress(unit, "button", taken_ms, at_ms, FIX, "EGTS SRC 13")


def test_a_button_that_is_held_cries_once() -> None:
    """A device that repeats its button in every packet raises one alarm; a later press another."""
    alarms = Alarms()
    cries = [alarms.of_distress(pressed("1", NOW_MS + s * 1000, NOW_MS)) for s in range(0, 600, 10)]
    assert cries[0] is not None
    assert (cries[0].kind, cries[0].at_ms, cries[0].fix) == ("panic", NOW_MS, FIX)
    assert cries[1:] == [None] * 59
    later = msgspec.structs.replace(FIX, taken_ms=NOW_MS + 700_000)
    again = msgspec.structs.replace(pressed("1", NOW_MS + 700_000), fix=later)
    assert alarms.of_distress(again) is not None
    assert alarms.of_distress(pressed("2", NOW_MS + 700_000)) is not None


def test_a_cry_that_a_device_brings_again_is_the_same_however_late() -> None:
    """Out of the store, hours later, before and after a restart; a newer instant, or none, is another."""
    alarms, after = Alarms(), Alarms()
    assert alarms.of_distress(pressed("1", NOW_MS)) is not None
    after.remember("1", NOW_MS - 2000, "EGTS SRC 13")
    for heard in (alarms, after):
        for hours in (1, 5, 48):
            assert heard.of_distress(pressed("1", NOW_MS + hours * 3_600_000)) is None
        newer = msgspec.structs.replace(FIX, taken_ms=NOW_MS)
        blind = msgspec.structs.replace(pressed("1", NOW_MS + 60 * 3_600_000), fix=None)
        assert heard.of_distress(msgspec.structs.replace(blind, fix=newer)) is not None
        assert heard.of_distress(msgspec.structs.replace(blind, received_ms=NOW_MS + 70 * 3_600_000))
    assert alarms.of_distress(pressed("2", NOW_MS)) is not None


def test_a_cry_that_reached_nobody_counts_again() -> None:
    """What the journal could not take is forgotten, so that the device's next try is an alarm."""
    alarms = Alarms()
    first = alarms.of_distress(pressed("1", NOW_MS))
    assert first is not None
    alarms.forget(first)
    assert alarms.of_distress(pressed("1", NOW_MS + 5_000)) is not None


def test_a_button_is_never_dated_into_the_future() -> None:
    """A device whose clock is a year ahead has pressed it now; one without a clock too."""
    alarms = Alarms()
    ahead = alarms.of_distress(pressed("1", NOW_MS, NOW_MS + 365 * 86_400_000))
    none = alarms.of_distress(pressed("2", NOW_MS))
    assert ahead is not None
    assert none is not None
    assert ahead.at_ms == none.at_ms == NOW_MS
    assert alarms.of_distress(pressed(None, NOW_MS)) is None


def test_an_incident_cries_when_it_begins_and_not_when_it_ends_or_flickers() -> None:
    """One alarm an incident of spoofing, with the lie and the last good position as evidence."""
    alarms = Alarms()
    incident = Incident(
        unit="1", reasons=("convergence", "jump"), since_ms=NOW_MS, last_good=FIX, peers=("2", "3")
    )
    incident.keep(FIX)
    alarm = alarms.of_incident(incident)
    assert alarm is not None
    assert (alarm.reasons, alarm.peers, alarm.last_good) == (("convergence", "jump"), ("2", "3"), FIX)
    incident.ended_ms = NOW_MS + 1
    assert alarms.of_incident(incident) is None
    again = Incident(unit="1", reasons=("jump",), since_ms=NOW_MS + 60_000, last_good=FIX, reopened=True)
    assert alarms.of_incident(again) is None


def test_two_copies_of_an_identity_do_not_flood() -> None:
    """Two devices that throw each other out every second are one alarm, and memory stays bounded."""
    alarms = Alarms()
    cries = [
        alarms.of_identity("two_places", "1", NOW_MS + s * 1000, "10.0.0.1:5", "10.0.0.2:6")
        for s in range(300)
    ]
    assert [cry for cry in cries if cry is not None] == cries[:1]
    after_ms = NOW_MS + 299_000 + QUIET_MS["two_places"]
    assert alarms.of_identity("two_places", "1", after_ms, "a", "b") is not None
    for number in range(REMEMBERED + 10):
        alarms.of_identity("identity_changed", str(number), after_ms, "a", "b")
    assert len(alarms._heard_ms) == REMEMBERED
