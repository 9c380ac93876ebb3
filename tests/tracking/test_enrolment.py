from __future__ import annotations

from pathlib import Path

import pytest

from tracking.credentials import hash_secret
from tracking.enrolment import Enrolment, EnrolmentError
from tracking.protocols.dialect import Claim
from tracking.registry import Device, Registry


def test_an_enrolled_device_is_known_everywhere_and_after_a_restart(tmp_path: Path) -> None:
    """The process that enrols knows it at once, another at its next look, and a new one from its start."""
    path = tmp_path / "devices.json"
    here, there = Registry(), Registry()
    one, other = Enrolment(path, here), Enrolment(path, there)
    assert not other.refresh()
    one.enrol(Device("imei", "12", hash_secret("x")))
    assert here(Claim("imei", "x")).unit == "12"
    assert other.refresh()
    assert there(Claim("imei", "x")).verdict == "ok"
    assert not other.refresh()
    one.enrol(Device("phone", "13", None))
    late = Registry([Device("imei", "12", hash_secret("old"))])
    Enrolment(path, late)
    assert late(Claim("imei", "x")).verdict == late(Claim("phone")).verdict == "ok"
    assert b'"x"' not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0


def test_a_file_that_cannot_be_read_or_written_is_said(tmp_path: Path) -> None:
    """Damage is named at the start; a device that could not be written down is not let in."""
    path = tmp_path / "devices.json"
    for damage in (b"{", b'[{"id": "\xf8"}]'):
        path.write_bytes(damage)
        with pytest.raises(EnrolmentError, match=r"cannot read .*devices\.json"):
            Enrolment(path, Registry())
    registry = Registry()
    nowhere = Enrolment(tmp_path / "no" / "devices.json", registry)
    with pytest.raises(EnrolmentError, match=r"cannot write .*devices\.json"):
        nowhere.enrol(Device("1", "1", None))
    assert registry(Claim("1")).verdict == "unknown-unit"
