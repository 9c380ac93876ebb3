from __future__ import annotations

import pytest

from tracking.credentials import hash_secret
from tracking.protocols.dialect import Claim
from tracking.registry import Device, Registry

REGISTRY = Registry(
    [
        Device("12", "12", hash_secret("s3cret")),
        Device("356307042441013", "12", hash_secret("imei-secret")),
        Device("13", "13", hash_secret("other")),
        Device("777", "7", None),
        Device("relay", None, hash_secret("relay-secret")),
    ]
)


@pytest.mark.parametrize(
    ("claim", "verdict", "unit"),
    [
        (Claim("12", "s3cret"), "ok", "12"),
        (Claim("12", "other"), "wrong-secret", "12"),
        (Claim("12"), "wrong-secret", "12"),
        (Claim("12", hash_secret("s3cret")), "wrong-secret", "12"),
        (Claim("356307042441013", "imei-secret"), "ok", "12"),
        (Claim("356307042441013", "s3cret"), "wrong-secret", "12"),
        (Claim("99", "s3cret"), "unknown-unit", "99"),
        (Claim("99"), "unknown-unit", "99"),
        (Claim("777"), "ok", "7"),
        (Claim("777", "anything"), "ok", "7"),
        (Claim("relay", "relay-secret"), "ok", "relay"),
        (Claim("relay"), "wrong-secret", "relay"),
        (Claim("12", None, by="relay"), "ok", "12"),
        (Claim("99", None, by="relay"), "unknown-unit", "99"),
        (Claim("12", "wrong", by="relay"), "wrong-secret", "12"),
        (Claim("12", None, by="13"), "wrong-secret", "12"),
        (Claim("356307042441013", None, by="12"), "ok", "12"),
    ],
)
def test_who_is_believed(claim: Claim, verdict: str, unit: str) -> None:
    """A secret, a relay's own login, or an identity that was allowed to stand alone; nothing else."""
    judgement = REGISTRY(claim)
    assert (judgement.verdict, judgement.unit) == (verdict, unit)


def test_a_device_may_be_enrolled_while_it_runs() -> None:
    """The next claim after the enrolment is judged by it, and a new secret replaces the old one."""
    registry = Registry()
    assert registry(Claim("1", "x")).verdict == "unknown-unit"
    registry.enrol(Device("1", "1", hash_secret("x")))
    assert registry(Claim("1", "x")).verdict == "ok"
    registry.enrol(Device("1", "1", hash_secret("y")))
    assert registry(Claim("1", "x")).verdict == "wrong-secret"


def test_a_hash_that_is_none_refuses_and_raises_nothing() -> None:
    """An example's placeholder left in the configuration lets nobody in, and does not trip over itself."""
    registry = Registry([Device("12", "12", "…")])
    assert registry(Claim("12", "secret")).verdict == "wrong-secret"
