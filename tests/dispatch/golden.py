"""A journal of the past and what it was folded into; `python -m tests.dispatch.golden` records both anew.

Record it when `dispatch.snapshot.FOLD` was raised, or when kinds of entries came that it does not hold.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import msgspec

from dispatch import commands
from dispatch.alarm import ALARM_KINDS
from dispatch.events import Envelope, unseal
from dispatch.region import Region
from dispatch.snapshot import FOLD
from tests.dispatch.conftest import World, make_world
from tests.dispatch.test_unitqueue import step

HERE = Path(__file__).parent / "golden.json"
STEPS = 170
NAMES = (
    "call send press duty queue unqueue cancel close reopen man " + 4 * "press " + "call send send"
).split()


class Golden(msgspec.Struct):
    """The recorded fold: its version, the entries, and the state that they gave."""

    fold: int
    entries: list[Any]
    state: dict[str, Any]


def state_of(region: Region) -> dict[str, Any]:
    """Return a region's state as JSON has it; hashes and remembered answers tell nothing of the fold."""
    known = {name: value for name, value in vars(region).items() if name not in ("answers", "hash")}
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
    """Let things happen: a seeded mixture of all that the small region knows."""
    world, chance = make_world(), random.Random(7)
    for number in range(STEPS):
        step(world, chance.choice(NAMES), chance.randrange(31), chance.randrange(31))
        if number % 17 == 0:
            kind = ALARM_KINDS[number // 17 % len(ALARM_KINDS)]
            world.ask(commands.RaiseAlarm(alarm_kind=kind, unit=f"u{number % 4 + 1}"))
            world.ask(commands.AcknowledgeAlarm(alarm=next(iter(world.region.alarms), "none")))
        if number % 23 == 0:
            until_ms = world.now_ms + 3_600_000
            world.ask(commands.SetOpening(hospital="h1", state="closed", until_ms=until_ms, why="full"))
        if number % 11 == 0 and world.region.assignments:
            last = next(reversed(world.region.assignments))
            world.ask(commands.NoteMotion(assignment=last, stage="en_route", at_ms=world.now_ms))
            world.ask(commands.ChooseHospital(assignment=last, hospital="h2"))
            world.ask(commands.CorrectTime(assignment=last, what="on_scene", to_ms=world.now_ms, why="clock"))
            plan = commands.PlanCrew(unit="u1", starts_ms=world.now_ms, ends_ms=world.now_ms + 600_000)
            world.ask(plan)
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
