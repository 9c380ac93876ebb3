"""What tracking notices reaches the journal, through a real engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from console.lookout import Lookout, UnheardError
from dispatch import commands
from dispatch.engine import Accepted, Engine
from dispatch.events import Head, Sealed
from dispatch.journal import JournalError
from dispatch.journal_sqlite import SqliteJournal
from tests.dispatch.conftest import PLACE, SETTINGS
from tracking.fix import Fix
from tracking.fleet import Fleet
from tracking.identities import Alarm as IdentityAlarm
from tracking.protocols.dialect import Distress

NOW_MS = 1_795_273_200_000


class BrittleJournal(SqliteJournal):
    """A real journal whose disk fails on demand."""

    failing = False

    def append(self, region: str, head: Head, sealed: Sequence[Sealed]) -> None:
        """Write, unless told to fail."""
        if self.failing:
            raise JournalError("full", "the disk failed")
        super().append(region, head, sealed)


class Post:
    """A region of three units on duty, with a lookout over it."""

    def __init__(
        self, journal: BrittleJournal, engine: Engine, units: Sequence[str] = ("u1", "u2", "u3")
    ) -> None:
        self.now_ms = NOW_MS
        self.journal = journal
        self.engine = engine
        self.fleet = Fleet(units)
        self.lookout = Lookout(engine, self.fleet, lambda: self.now_ms)

    async def do(self, command: commands.Command) -> Accepted:
        """Ask for what must be done."""
        answered = await self.engine.submit(command, by="anna", source="test")
        assert isinstance(answered, Accepted), answered
        return answered

    def see(self, unit: str, lat_deg: float, speed_mps: float = 0.0) -> None:
        """One fix, a second after the one before."""
        self.now_ms += 1000
        self.lookout.take([Fix(unit, self.now_ms, 0, self.now_ms, lat_deg, 61.0, speed_mps)])

    async def told(self) -> None:
        """Wait until the journal has everything."""
        for _ in range(2000):
            if not self.lookout.waiting:
                return
            await asyncio.sleep(0.01)
        pytest.fail("the journal has not taken everything within 20 s")

    @property
    def alarms(self) -> list[tuple[str, str]]:
        """Kind and unit of every alarm that the region knows."""
        return [(alarm.kind, alarm.unit) for alarm in self.engine.region.alarms.values()]


@pytest_asyncio.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    """A fresh one."""
    journal = BrittleJournal(tmp_path / "journal.sqlite")
    now = [NOW_MS]
    engine = await Engine.open(journal, "test", lambda: now[0])
    made = Post(journal, engine)
    await made.do(commands.ConfigureRegion(settings=SETTINGS))
    for unit in ("u1", "u2", "u3"):
        await made.do(commands.RegisterUnit(unit=unit, call_sign=unit, crew_kind="doctor"))
        await made.do(commands.SetDuty(unit=unit, duty="on"))
    made.lookout.start()
    yield made
    await made.lookout.close()
    await engine.close()
    journal.close()


async def test_a_cry_for_help_is_in_the_journal_when_the_device_is_answered(post: Post) -> None:
    """What `cry` has returned from is durable; a button that is held is one alarm."""
    fix = Fix("u1", NOW_MS - 3000, 0, NOW_MS, 55.0, 61.0)
    cry = Distress("u1", "button", NOW_MS - 3000, NOW_MS, fix, "EGTS SRC 13")
    await post.lookout.cry([cry])
    (alarm,) = post.engine.region.alarms.values()
    assert (alarm.kind, alarm.unit, alarm.raised_ms) == ("panic", "u1", NOW_MS - 3000)
    assert alarm.evidence.said_by == "EGTS SRC 13"
    assert alarm.evidence.at is not None
    assert alarm.evidence.at.lat_deg == 55
    await post.lookout.cry([cry, cry])
    assert post.alarms == [("panic", "u1")]


async def test_a_cry_that_cannot_be_written_down_is_not_answered_and_heard_again(post: Post) -> None:
    """With the disk gone the device must keep its cry; when it comes again it is an alarm."""
    cry = Distress("u1", "button", None, NOW_MS, None, "EGTS SRC 13")
    post.journal.failing = True
    with pytest.raises(UnheardError):
        await post.lookout.cry([cry])
    post.journal.failing = False
    await post.lookout.cry([cry])
    assert post.alarms == [("panic", "u1")]


async def test_a_repeated_cry_is_answered_no_sooner_than_the_one_it_repeats(post: Post) -> None:
    """A device repeats itself while the journal is slow, and the disk fails: neither cry is answered."""
    fix = Fix("u1", NOW_MS, 0, NOW_MS, 55.0, 61.0)
    cry = Distress("u1", "button", NOW_MS, NOW_MS, fix, "EGTS SRC 13")
    post.journal.failing = True
    answers = await asyncio.gather(post.lookout.cry([cry]), post.lookout.cry([cry]), return_exceptions=True)
    assert [type(answer) for answer in answers] == [UnheardError, UnheardError]
    post.journal.failing = False
    await asyncio.gather(post.lookout.cry([cry]), post.lookout.cry([cry]))
    assert post.alarms == [("panic", "u1")]


async def test_a_lie_is_one_alarm_and_its_evidence_goes_with_it(post: Post) -> None:
    """A unit that jumps 30 km raises one alarm, however many fixes follow; others raise none."""
    for _ in range(20):
        post.see("u1", 55.0)
        post.see("u2", 55.1)
    for _ in range(60):
        post.see("u1", 55.3)
        post.see("u2", 55.1)
    await post.told()
    assert post.alarms == [("spoofing", "u1")]
    (alarm,) = post.engine.region.alarms.values()
    assert alarm.evidence.reasons == ("jump",)
    assert alarm.evidence.last_good is not None
    assert alarm.evidence.at is not None
    assert (alarm.evidence.last_good.lat_deg, alarm.evidence.at.lat_deg) == (55.0, 55.3)


async def test_a_lie_about_twenty_units_is_one_alarm_that_names_them(tmp_path: Path) -> None:
    """20 units at 1 Hz, each moved 30 km: one alarm within 10 s with all of them, and none after it."""
    journal = BrittleJournal(tmp_path / "journal.sqlite")
    units = [f"u{number}" for number in range(20)]
    posts: list[Post] = []
    engine = await Engine.open(journal, "test", lambda: posts[0].now_ms if posts else NOW_MS)
    post = Post(journal, engine, units)
    posts.append(post)
    await post.do(commands.ConfigureRegion(settings=SETTINGS))
    for unit in units:
        await post.do(commands.RegisterUnit(unit=unit, call_sign=unit, crew_kind="doctor"))
    post.lookout.start()
    named: list[tuple[str, ...]] = []
    for second in range(70):
        away_deg = 0.0 if second < 30 else 0.27
        post.now_ms += 1000
        post.lookout.take(
            [
                Fix(unit, post.now_ms, 0, post.now_ms, 55.0 + number / 100 + away_deg, 61.0, 0.0)
                for number, unit in enumerate(units)
            ]
        )
        await post.told()
        if second == 40:  # ten seconds after the first lie
            named = [alarm.units for alarm in engine.region.alarms.values()]
    assert [set(each) for each in named] == [set(units)]
    assert post.alarms == [("spoofing", named[0][0])]
    assert [engine.region.open_alarm("spoofing", unit) is not None for unit in units] == [True] * 20
    await post.lookout.close()
    await engine.close()
    journal.close()


async def test_an_identity_in_two_places_is_an_alarm(post: Post) -> None:
    """Once for all the times that two devices throw each other out."""
    for second in range(30):
        at_ms = NOW_MS + second * 1000
        post.lookout.identity(IdentityAlarm("two-places", "u2", at_ms, "10.0.0.1:5", "10.0.0.2:6"))
    post.lookout.identity(IdentityAlarm("identity-changed", "u3", NOW_MS, "u3", "u9"))
    post.lookout.identity(IdentityAlarm("two-places", "stranger", NOW_MS, "a", "b"))
    await post.told()
    assert post.alarms == [("two_places", "u2"), ("identity_changed", "u3")]


async def test_what_the_journal_does_not_take_is_told_again(post: Post) -> None:
    """An alarm that falls into a failure of the disk is not lost."""
    post.journal.failing = True
    post.lookout.identity(IdentityAlarm("two-places", "u2", NOW_MS, "a", "b"))
    await asyncio.sleep(0.2)
    assert post.lookout.waiting == 1
    post.journal.failing = False
    await post.told()
    assert post.alarms == [("two_places", "u2")]


async def test_a_whole_run_is_in_the_timeline(tmp_path: Path) -> None:
    """With the clock running, `motion_inferred` stands in the call's timeline, once for each stage."""
    journal = BrittleJournal(tmp_path / "journal.sqlite")
    posts: list[Post] = []
    engine = await Engine.open(journal, "test", lambda: posts[0].now_ms if posts else NOW_MS)
    post = Post(journal, engine)
    posts.append(post)
    await post.do(commands.ConfigureRegion(settings=SETTINGS))
    await post.do(commands.RegisterUnit(unit="u1", call_sign="1", crew_kind="doctor"))
    await post.do(commands.SetDuty(unit="u1", duty="on"))
    post.lookout.start()
    for _ in range(60):
        post.see("u1", 55.02)
    made = await post.do(commands.CreateIncident(place=PLACE, reason="other"))
    assert made.incident is not None
    sent = await post.do(commands.AssignCrew(incident=made.incident, unit="u1"))
    assert sent.assignment is not None
    for step in range(150):
        post.see("u1", 55.02 - 0.02 * min(1, step / 149), 15)
        await asyncio.sleep(0)
    for _ in range(60):
        post.see("u1", 55.0)
        await asyncio.sleep(0)
    await post.told()
    assignment = engine.region.assignments[sent.assignment]
    assert assignment.status == "notified"
    assert list(assignment.inferred) == ["en_route", "on_scene"]
    timeline = await engine.timeline(made.incident)
    assert [entry.kind for entry in timeline].count("motion_inferred") == 2
    assert {entry.source for entry in timeline if entry.kind == "motion_inferred"} == {"tracking"}
    await post.lookout.close()
    await engine.close()
    journal.close()
