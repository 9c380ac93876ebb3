"""A new dialect is one file and one line: shown with a made-up one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType

import pytest

from tracking.fix import Fix
from tracking.protocols import DIALECTS, Registered, log
from tracking.protocols.dialect import Claim, Judge, Step, trusting
from tracking.protocols.recording import Recording
from tracking.session import Session

SAID = b"@12 1795273200 55.75 37.5\n"


class Toy:
    """`@unit seconds latitude longitude`, one message a datagram or a line."""

    def __init__(self, judge: Judge, *, unroll: bool = False) -> None:
        del unroll
        self.unit: str | None = None
        self.counts = {"read": 0, "fixes": 0}
        self._judge = judge
        self._tail = b""

    def feed(self, data: bytes, received_ms: int) -> Step:
        """Take bytes of a stream."""
        *lines, self._tail = (self._tail + data).split(b"\n")
        fixes = []
        for line in lines:
            unit, seconds, lat, lon = line.decode()[1:].split()
            self.unit = self._judge(Claim(unit)).unit
            at_ms = int(seconds) * 1000
            fixes.append(Fix(self.unit, at_ms, at_ms % 86_400_000, received_ms, float(lat), float(lon)))
        return Step(fixes, reply=b"+" * len(fixes))

    def datagram(self, data: bytes, received_ms: int) -> Step:
        """Take one message."""
        return self.feed(data + b"\n", received_ms)

    def idle(self) -> Step:
        """Nothing waits."""
        return Step()

    def time_out(self) -> Step:
        """Say nothing."""
        return Step()

    def end(self, received_ms: int) -> Step:
        """Nothing waits."""
        del received_ms
        return Step()


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one file, and the one line."""
    module = ModuleType("toy_dialect")
    reader: Callable[..., Recording] = lambda *, unroll=False: Recording(  # noqa: E731  # as a module has it
        Toy(trusting, unroll=unroll), lambda line: line, "unreadable"
    )
    vars(module).update(device=Toy, log=reader)
    monkeypatch.setitem(sys.modules, "toy_dialect", module)
    monkeypatch.setitem(DIALECTS, "toy", Registered("toy_dialect", b"@"))


@pytest.mark.usefixtures("toy")
def test_a_registered_dialect_is_spoken_and_read() -> None:
    """A port of all dialects knows it by its first byte, answers it, and `decode` reads its logs."""
    session = Session(trusting, tuple(DIALECTS))
    step = session.receive(SAID, 7)
    assert (session.name, session.unit, step.reply) == ("toy", "12", b"+")
    assert (step.fixes[0].lat_deg, step.fixes[0].taken_ms) == (55.75, 1_795_273_200_000)
    reader = log("toy")
    assert [fix.unit for fix in reader.feed(SAID * 2, 7) + reader.flush(7)] == ["12", "12"]
