"""Who is still at a workplace: told to dispatch once, both ways."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from console.attendance import Attendance
from dispatch import commands
from dispatch.deskcommands import OpenShift
from dispatch.engine import Accepted, Engine
from dispatch.journal_sqlite import SqliteJournal
from tests.dispatch.conftest import SETTINGS

NOW_MS = 1_800_000_000_000


def run(
    tmp_path: Path,
    seen: Callable[[], set[str]],
    act: Callable[[Engine, Attendance], object],
    *,
    only_heard: bool = False,
) -> Engine:
    """Open a shift for anna at the usual dispatcher's desk, act, and return the engine."""

    async def live() -> Engine:
        journal = SqliteJournal(tmp_path / "journal.sqlite")
        engine = await Engine.open(journal, "test", lambda: NOW_MS)
        await engine.submit(commands.ConfigureRegion(settings=SETTINGS), by="x", source="test")
        sat = await engine.submit(
            OpenShift(workplace="dispatch", user="anna", name="Анна"), by="anna", source="test"
        )
        assert isinstance(sat, Accepted)
        attendance = Attendance(engine, seen, lambda: NOW_MS, 0.05, only_heard=only_heard)
        attendance.start()
        acted = act(engine, attendance)
        if asyncio.iscoroutine(acted):
            await acted
        await attendance.close()
        await engine.close()
        journal.close()
        return engine

    return asyncio.run(live())


def silent_ms(engine: Engine) -> int | None:
    """Return since when nothing is heard from the desk."""
    return engine.region.posts["dispatch"].silent_ms


def test_a_connected_page_is_never_gone_and_a_silent_one_is_told_once(tmp_path: Path) -> None:
    """Looked at again and again, one silence makes one entry and one alarm."""
    here = {"anna"}

    async def act(engine: Engine, attendance: Attendance) -> None:
        for _ in range(4):
            await asyncio.sleep(0.03)
            await attendance.look()
            assert silent_ms(engine) is None
        here.clear()
        await asyncio.sleep(0.08)
        for _ in range(3):
            await attendance.look()
        assert silent_ms(engine) == NOW_MS
        here.add("anna")
        await attendance.look()
        assert silent_ms(engine) is None

    engine = run(tmp_path, lambda: here, act)
    assert [alarm.kind for alarm in engine.region.alarms.values()] == ["desk_silent"]


def test_a_request_is_a_sign_of_life(tmp_path: Path) -> None:
    """A dispatcher whose feed is broken and who still asks for things is there."""

    async def act(engine: Engine, attendance: Attendance) -> None:
        for _ in range(4):
            await asyncio.sleep(0.03)
            attendance.heard("anna")
            await attendance.look()
        assert silent_ms(engine) is None

    run(tmp_path, set, act)


@pytest.mark.parametrize(("only_heard", "expected"), [(False, NOW_MS), (True, None)])
def test_after_a_restart_everybody_has_the_same_time_to_come_back(
    tmp_path: Path, only_heard: bool, expected: int | None
) -> None:
    """Who does not is gone; the demo leaves alone whoever has never come."""

    async def act(_engine: Engine, attendance: Attendance) -> None:
        await attendance.look()
        await asyncio.sleep(0.08)
        await attendance.look()

    assert silent_ms(run(tmp_path, set, act, only_heard=only_heard)) == expected
