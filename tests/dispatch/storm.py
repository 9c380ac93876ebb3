"""A process that holds a journal alone and is killed in the middle of its work, as often as asked.

`python -m tests.dispatch.storm PLACE FOLDER` reads a seed a line. For each it forks a child, which opens the
engine and lets eight dispatchers give commands without a pause; every acknowledgement is printed as it comes.
Who reads kills the child. The imports are paid once.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from dispatch import commands, engine
from dispatch.engine import Accepted, Engine
from dispatch.incident import Place
from dispatch.journal_open import open_journal
from dispatch.snapshot import Snapshots


def say(*words: object) -> None:
    """Print a line in one write, so that a kill tears none."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


async def storm(place: str, folder: str, seed: str) -> None:
    """Give commands until killed."""
    engine.SNAPSHOT_EVERY = 500  # a kill shall also meet a snapshot that is being written
    opened = await Engine.open(
        open_journal(place), "test", lambda: time.time_ns() // 1_000_000, snapshots=Snapshots(Path(folder))
    )
    chance = random.Random(seed)

    async def dispatcher(number: int) -> None:
        for each in range(10**9):
            name = f"{seed}-{number}-{each}"
            call = commands.CreateIncident(place=Place(label=name, lat_deg=1.0, lon_deg=2.0), reason="other")
            done = await opened.submit(call, by="anna", source="storm", command_id=name)
            assert isinstance(done, Accepted), done
            say("did", name, done.incident)
            order = commands.AssignCrew(incident=done.incident or "", unit=chance.choice(["u1", "u2"]))
            sent = await opened.submit(order, by="anna", source="storm", command_id=name + "+")
            if isinstance(sent, Accepted):
                say("did", name + "+", sent.assignment)
                press = commands.SetStatus(assignment=sent.assignment or "", status="refused")
                await opened.submit(press, by="anna", source="storm")

    await asyncio.gather(*(dispatcher(number) for number in range(8)))


def main(place: str, folder: str) -> None:
    """Fork a storm for every seed that is read, and say when it is gone."""
    for seed in sys.stdin:
        child = os.fork()
        if child == 0:
            asyncio.run(storm(place, folder, seed.strip()))
            os._exit(0)
        say("child", child)
        os.waitpid(child, 0)
        say("gone")


def killed(place: str, folder: Path, kills: int) -> dict[str, str]:
    """Let so many storms begin and kill each at a random point; return command id → what it had made."""
    acknowledged: dict[str, str] = {}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.dispatch.storm", place, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        for seed in range(kills):
            process.stdin.write(f"{seed}\n")
            _, child = process.stdout.readline().split()
            # Some die while they still read the journal, before they can answer anything.
            left = random.Random(seed).randint(0, 60)
            while left > 0 and (words := process.stdout.readline().split())[0] == "did":
                acknowledged[words[1]] = words[2]
                left -= 1
            os.kill(int(child), signal.SIGKILL)
            # What was printed before the kill was acknowledged too.
            while (words := process.stdout.readline().split())[0] == "did":
                acknowledged[words[1]] = words[2]
            assert words == ["gone"]
    finally:
        process.stdin.close()
        process.kill()
        process.wait()
    return acknowledged


if __name__ == "__main__":
    main(*sys.argv[1:])
