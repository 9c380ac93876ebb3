"""A journal of the past and what it was folded into; `python -m tests.dispatch.golden` records both anew.

Record it when `dispatch.snapshot.FOLD` was raised, or when kinds of entries came that it does not hold.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import msgspec

from dispatch.alarm import Evidence
from dispatch.commands import RaiseAlarm
from dispatch.events import Envelope, TookOver, unseal
from dispatch.region import Region
from dispatch.snapshot import FOLD
from tests.dispatch.anything import Chance, anything
from tests.dispatch.conftest import World, make_world

HERE = Path(__file__).parent / "golden.json"
SEED = 14
STEPS = 1_200


class Golden(msgspec.Struct):
    """The recorded fold: its version, the entries, and the state that they gave."""

    fold: int
    entries: list[Any]
    state: dict[str, Any]


def state_of(region: Region) -> dict[str, Any]:
    """Return a region's state as JSON has it; hashes and remembered answers tell nothing of the fold."""
    known = {name: value for name, value in region.state().items() if name not in ("answers", "hash")}
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(known, order="deterministic"))
    return found


def envelopes(golden: Golden) -> list[Envelope]:
    """Return the recorded entries as a journal gives them."""
    return [unseal(msgspec.json.encode(each), "00" * 32) for each in golden.entries]


def fold(golden: Golden) -> Region:
    """Return the recorded entries folded by the program as it is."""
    region = Region("test")
    region.apply_all(envelopes(golden))
    return region


def load() -> Golden:
    """Read what was recorded."""
    return msgspec.json.decode(HERE.read_bytes(), type=Golden)


def play() -> World:
    """Let things happen: a seeded mixture of everything that may be asked."""
    world, dice = make_world(), random.Random(SEED)
    world.commit(TookOver(epoch="golden"))
    region, steps = world.region, 0
    while steps < STEPS or not (region.queues and region.planned and region.posts and region.crew_shifts):
        steps += 1
        world.now_ms += dice.choice((0, 1_000, 60_000))
        world.ask(anything(Chance(world.region, world.now_ms, dice)))
    for unit in ("u1", "u2"):  # a lie about two units at once
        world.ask(RaiseAlarm(alarm_kind="spoofing", unit=unit, evidence=Evidence(note="сигнал")))
    return world


def main() -> None:
    """Record."""
    world = play()
    entries = [msgspec.to_builtins(each) for each in world.journal]
    for each in entries:
        each.pop("hash")
    golden = Golden(FOLD, entries, {})
    golden.state = state_of(fold(golden))
    HERE.write_bytes(
        msgspec.json.format(msgspec.json.encode(golden, order="deterministic"), indent=0) + b"\n"
    )


if __name__ == "__main__":
    main()
