from __future__ import annotations

from itertools import pairwise

from tracking.credentials import hash_secret
from tracking.identities import LISTED, TWO_PLACES_MS, Identities
from tracking.protocols.dialect import Claim
from tracking.registry import Device, Registry

REGISTRY = Registry(
    [Device(name, name, hash_secret(name)) for name in ("12", "13")]
    + [Device("relay", None, hash_secret("r"))]
)


def test_an_identity_that_changes_in_a_session_is_an_alarm() -> None:
    """A unit that says it is another is an alarm, believed or not; a relay naming its vehicles is none."""
    identities = Identities(REGISTRY)
    for claim in (
        Claim("12", "12"),
        Claim("12", "12", by="12"),
        Claim("12", None, by="relay"),
        Claim("13", None, by="relay"),
    ):
        assert identities.judged(REGISTRY(claim), "a", 5) is None
    for claim in (Claim("13", "13", by="12"), Claim("13", None, by="12"), Claim("99", None, by="12")):
        alarm = identities.judged(REGISTRY(claim), "a", 5)
        assert alarm is not None
        assert (alarm.kind, alarm.unit, alarm.old, alarm.new) == ("identity-changed", "12", "12", claim.unit)
    assert len(identities.alarms) == 3


def test_two_places_are_an_alarm_only_while_both_speak() -> None:
    """A modem that comes back after a silence is no alarm; a second speaker within seconds is."""
    identities = Identities(REGISTRY)
    assert identities.two_places("12", "a", "b", None, 0) is None
    assert identities.two_places("12", "a", "b", 0, TWO_PLACES_MS + 1) is None
    alarm = identities.two_places("12", "a", "b", 0, TWO_PLACES_MS)
    assert alarm is not None
    assert list(identities.alarms) == [alarm]


def test_a_device_that_sends_each_datagram_from_another_port_is_in_one_place() -> None:
    """New UDP ports of one host are one device, until an old one speaks again: then there are two of it."""
    identities = Identities(REGISTRY)
    ports = [f"10.0.0.1:{port}/udp" for port in range(5)]
    for at_s, (old, new) in enumerate(pairwise(ports)):
        assert identities.two_places("12", old, new, at_s * 1000, at_s * 1000 + 900) is None
    assert identities.two_places("12", ports[4], ports[3], 5000, 5900) is not None
    assert identities.two_places("12", ports[0], "10.0.0.2:5/udp", 7000, 7900) is not None


def test_strangers_are_listed_once_each_and_boundedly() -> None:
    """The same stranger is counted, the oldest falls out, and one who was enrolled is forgotten."""
    identities = Identities(REGISTRY)
    for i in range(LISTED + 5):
        for _ in range(2):
            identities.judged(REGISTRY(Claim(f"x{i}", "?")), f"10.0.0.{i}", i)
    assert len(identities.strangers) == LISTED
    assert (identities.strangers[-1].unit, identities.strangers[-1].times) == (f"x{LISTED + 4}", 2)
    identities.forget(f"x{LISTED + 4}")
    assert len(identities.strangers) == LISTED - 1
