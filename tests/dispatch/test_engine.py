from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from dispatch import commands
from dispatch.catalogue import Name, RegionSettings, Substation
from dispatch.commands import print_of
from dispatch.engine import Accepted, Answer, Engine, Unavailable
from dispatch.events import Draft, Envelope, Head, IncidentCreated, Sealed, TookOver, seal
from dispatch.journal import Journal, JournalError, Trouble
from dispatch.refusal import Refusal
from dispatch.region import Region
from dispatch.snapshot import Snapshots
from tests.dispatch.conftest import PLACE, SETTINGS, START_MS
from tests.dispatch.storage import Storage
from tests.dispatch.storm import killed


class Clock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.now_ms = START_MS

    def __call__(self) -> int:
        """Return ms since 1970 UTC."""
        return self.now_ms


class BrittleJournal:
    """A real journal whose disk fails on demand: before the write, or after it but before the answer."""

    def __init__(self, real: Journal) -> None:
        """`real` does the work."""
        self.real = real
        self.before: Trouble | None = None
        self.after: Trouble | None = None

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever the real one has
        """Do the rest as the real one does."""
        return getattr(self.real, name)

    def append(self, region: str, head: Head, sealed: Sequence[Sealed]) -> None:
        """Write, unless told to fail."""
        if self.before is not None:
            raise JournalError(self.before, "the disk failed before the write")
        self.real.append(region, head, sealed)
        if self.after is not None:
            raise JournalError(self.after, "the disk failed after the write")

    def probe(self, region: str) -> None:
        """Commit nothing, unless told to fail."""
        if self.before is not None:
            raise JournalError(self.before, "the disk failed before the write")
        self.real.probe(region)


@pytest.fixture
def journal(storage: Storage) -> Iterator[BrittleJournal]:
    """An empty journal, on each database in turn."""
    opened = BrittleJournal(storage.open())
    yield opened
    opened.close()


@pytest_asyncio.fixture
async def engine(journal: BrittleJournal) -> AsyncIterator[Engine]:
    """An engine over a configured region with two units on duty."""
    opened = await Engine.open(journal, "test", Clock(), epoch="first")
    for command in (
        commands.ConfigureRegion(settings=SETTINGS),
        commands.RegisterSubstation(substation=Substation(id="s1", name="№ 1", lat_deg=55.0, lon_deg=61.0)),
        commands.RegisterUnit(unit="u1", call_sign="1", crew_kind="doctor", substation="s1"),
        commands.RegisterUnit(unit="u2", call_sign="2", crew_kind="paramedic", substation="s1"),
        commands.SetDuty(unit="u1", duty="on"),
        commands.SetDuty(unit="u2", duty="on"),
    ):
        assert isinstance(await ask(opened, command), Accepted)
    yield opened
    await opened.close()


async def ask(engine: Engine, command: commands.Command, command_id: str | None = None) -> Answer:
    """Ask as one dispatcher."""
    return await engine.submit(command, by="anna", source="test", command_id=command_id)


CALL = commands.CreateIncident(place=PLACE, reason="other")


async def call(engine: Engine) -> str:
    """Take a call; return its id."""
    answer = await ask(engine, CALL)
    assert isinstance(answer, Accepted)
    assert answer.incident is not None
    return answer.incident


async def test_the_stages_of_the_flow_are_named_in_one_list_in_order(engine: Engine) -> None:
    """Acknowledging is the last stage, and writing comes before anything that anyone can see."""
    names = [stage.__name__ for stage in engine.stages]  # type: ignore[attr-defined]  # bound methods have names
    assert names == ["_decide", "_append", "_fold", "_publish", "_acknowledge"]


async def test_an_answer_carries_what_was_written_and_the_ids(
    engine: Engine, journal: BrittleJournal
) -> None:
    """An accepted command answers with its envelopes, durable by then, and the ids it made."""
    incident = await call(engine)
    answer = await ask(engine, commands.AssignCrew(incident=incident, unit="u1", eta_s=90.0, rank=1))
    assert isinstance(answer, Accepted)
    assert (answer.incident, answer.unit) == (incident, "u1")
    assert answer.assignment in engine.region.assignments
    assert answer.envelopes[-1].seq == engine.seq == journal.head("test").seq
    assert [each.kind for each in await engine.timeline(incident)] == ["incident_created", "crew_assigned"]


async def test_a_new_engine_takes_over_and_knows_everything(engine: Engine, journal: BrittleJournal) -> None:
    """Its first entry says `took over`; beside that entry its region is the old one's."""
    await ask(engine, commands.AssignCrew(incident=await call(engine), unit="u1"), "c1")
    before, seq = engine.region.fork(), engine.seq
    successor = await Engine.open(journal, "test", Clock(), epoch="second")
    assert successor.epoch == successor.region.epoch == "second"
    took_over = next(journal.read("test", seq))
    assert isinstance(took_over.event, TookOver)
    before.apply(took_over)
    assert successor.region.fingerprint() == before.fingerprint()
    await successor.close()


async def test_of_two_engines_the_older_one_fails_and_corrupts_nothing(
    engine: Engine, journal: BrittleJournal
) -> None:
    """After another took over, the first acknowledges nothing any more, for good; the chain is whole."""
    successor = await Engine.open(journal, "test", Clock(), epoch="second")
    for _ in range(2):
        answer = await ask(engine, CALL)
        assert isinstance(answer, Unavailable)
        assert engine.deposed
    assert isinstance(await ask(successor, CALL), Accepted)
    assert len(successor.region.incidents) == 1
    await successor.close()
    assert journal.verify().flaw is None


async def test_a_command_id_seen_before_is_answered_alike_and_does_nothing(
    engine: Engine, journal: BrittleJournal
) -> None:
    """A repetition gets the first answer, accepted or refused, and from the next engine too."""
    first = await ask(engine, CALL, "c1")
    again = await ask(engine, CALL, "c1")
    assert isinstance(first, Accepted)
    assert isinstance(again, Accepted)
    assert again.repeated
    assert (again.envelopes, again.incident) == (first.envelopes, first.incident)
    assert len(engine.region.incidents) == 1

    no = await ask(engine, commands.AssignCrew(incident="ghost", unit="u1"), "c2")
    assert isinstance(no, Refusal)
    assert await ask(engine, commands.AssignCrew(incident="ghost", unit="u1"), "c2") == no

    other = await ask(engine, commands.SetDuty(unit="u1", duty="off"), "c1")
    assert isinstance(other, Refusal)
    assert other.code == "command-id-reused"
    theirs = await engine.submit(CALL, by="boris", source="test", command_id="c1")
    assert isinstance(theirs, Accepted)
    assert not theirs.repeated

    successor = await Engine.open(journal, "test", Clock())
    late = await ask(successor, CALL, "c1")
    assert isinstance(late, Accepted)
    assert (late.repeated, late.incident) == (True, first.incident)
    await successor.close()


async def test_a_repetition_with_newer_evidence_is_still_a_repetition(engine: Engine) -> None:
    """The service computes eta and rank anew for a second try; the dispatcher asked for the same."""
    incident = await call(engine)
    first = await ask(engine, commands.AssignCrew(incident=incident, unit="u1", eta_s=90.0, rank=1), "c1")
    again = await ask(engine, commands.AssignCrew(incident=incident, unit="u1", eta_s=None), "c1")
    assert isinstance(first, Accepted)
    assert isinstance(again, Accepted)
    assert again.assignment == first.assignment


async def test_a_repetition_within_one_group_waits_for_the_first(engine: Engine) -> None:
    """The same id sent 20 times at once makes one call, and all 20 are answered with it."""
    answers = await asyncio.gather(*(ask(engine, CALL, "c1") for _ in range(20)))
    assert {answer.incident for answer in answers if isinstance(answer, Accepted)} == {"2027-01-15-1"}
    assert len(answers) == 20
    assert len(engine.region.incidents) == 1


async def test_the_memory_of_command_ids_is_bounded(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the last ones are remembered, accepted as well as refused; the oldest is forgotten first."""
    monkeypatch.setattr("dispatch.region.REMEMBERED_COMMANDS", 5)
    monkeypatch.setattr("dispatch.engine.REMEMBERED_UNWRITTEN", 5)
    for each in range(20):
        await ask(engine, CALL, f"yes{each}")
        await ask(engine, commands.SetDuty(unit="ghost", duty="on"), f"no{each}")
    assert [command_id for _, command_id in engine.region.answers] == [f"yes{each}" for each in range(15, 20)]
    assert [command_id for _, command_id in engine._unwritten] == [f"no{each}" for each in range(15, 20)]
    answer = await ask(engine, CALL, "yes19")
    assert isinstance(answer, Accepted)
    assert answer.repeated


async def races(engine: Engine, rounds: int, units: int) -> int:
    """Let two dispatchers want each unit at once, in every round; return how many races were decided."""
    decided = 0
    names = [f"r{number}" for number in range(units)]
    for name in names:
        await ask(
            engine, commands.RegisterUnit(unit=name, call_sign=name, crew_kind="doctor", substation="s1")
        )
        await ask(engine, commands.SetDuty(unit=name, duty="on"))
    for race in range(rounds):
        incidents = [await call(engine), await call(engine)]
        chance = random.Random(race)
        orders = [(unit, incident) for unit in names for incident in incidents]
        chance.shuffle(orders)
        answers = await asyncio.gather(
            *(ask(engine, commands.AssignCrew(incident=incident, unit=unit)) for unit, incident in orders)
        )
        told = dict(zip(orders, answers, strict=True))
        for unit in names:
            one, other = (told[unit, incident] for incident in incidents)
            won, lost = (one, other) if isinstance(one, Accepted) else (other, one)
            assert isinstance(won, Accepted)
            assert isinstance(lost, Refusal)
            assert (lost.code, lost.values["incident"]) == ("unit-busy", won.incident)
            decided += 1
        for incident in incidents:
            await ask(engine, commands.CloseIncident(incident=incident, outcome="done"))
    return decided


async def test_of_two_dispatchers_who_want_one_unit_one_wins_and_the_other_is_told(engine: Engine) -> None:
    """In 1,000 races exactly one wins, and the other hears where the unit is."""
    assert await races(engine, 20, 50) == 1_000


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_of_two_dispatchers_in_ten_thousand_races_one_wins_and_the_other_is_told(
    engine: Engine,
) -> None:
    """The same, 10,000 times."""
    assert await races(engine, 200, 50) == 10_000


async def test_commands_that_come_together_share_a_transaction(
    engine: Engine, journal: BrittleJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred calls at once take a handful of commits, and each gets its own number."""
    commits: list[int] = []
    append = journal.append

    def counted(region: str, head: Head, sealed: list[Sealed]) -> None:
        commits.append(len(sealed))
        append(region, head, sealed)

    monkeypatch.setattr(journal, "append", counted)
    answers = await asyncio.gather(*(ask(engine, CALL) for _ in range(100)))
    assert len({each.incident for each in answers if isinstance(each, Accepted)}) == 100
    assert sum(commits) == 100
    assert len(commits) <= 5


async def test_listeners_hear_every_entry_in_order_and_only_durable_ones(
    engine: Engine, journal: BrittleJournal
) -> None:
    """What is published carries on where the region stood, without a gap; what failed is never heard of."""
    listener = engine.bus.subscribe()
    seq = engine.seq
    await asyncio.gather(*(ask(engine, CALL) for _ in range(10)))
    journal.before = "full"
    await ask(engine, CALL)
    journal.before = None
    await ask(engine, CALL)
    heard = [(await listener.get()).seq for _ in range(11)]
    assert heard == list(range(seq + 1, seq + 12))


@pytest.mark.parametrize("trouble", ["full", "io", "locked"])
async def test_a_full_disk_is_never_acknowledged_and_the_service_goes_on_after_it(
    engine: Engine, journal: BrittleJournal, trouble: Trouble
) -> None:
    """While the journal fails nothing is acknowledged or changed; reading goes on; after it, all works."""
    before = engine.region.fingerprint()
    journal.before = trouble
    answers = await asyncio.gather(*(ask(engine, CALL, f"c{each}") for each in range(5)))
    assert all(isinstance(each, Unavailable) for each in answers)
    assert engine.degraded is not None
    assert "the disk failed" in engine.degraded.message
    assert engine.region.fingerprint() == before
    journal.before = None
    # The same command ids again: nothing had been done, so now it is done, once.
    answers = await asyncio.gather(*(ask(engine, CALL, f"c{each}") for each in range(5)))
    assert all(isinstance(each, Accepted) and not each.repeated for each in answers)
    assert engine.degraded is None
    assert len(engine.region.incidents) == 5


async def test_what_was_written_although_the_disk_reported_an_error_is_not_doubled(
    engine: Engine, journal: BrittleJournal
) -> None:
    """A commit that fails after all is read back: the retry with the same command id finds its first try."""
    listener = engine.bus.subscribe()
    journal.after = "io"
    assert isinstance(await ask(engine, CALL, "c1"), Unavailable)
    journal.after = None
    again = await ask(engine, CALL, "c1")
    assert isinstance(again, Accepted)
    assert again.repeated
    assert len(engine.region.incidents) == 1
    assert (await listener.get()).kind == "incident_created"


async def test_one_broken_command_does_not_take_others_with_it(engine: Engine) -> None:
    """Something that is no command raises for its sender alone."""
    good, bad = ask(engine, CALL), engine.submit("nonsense", by="x", source="x", command_id="1")  # type: ignore[arg-type]  # a programming error elsewhere
    answers = await asyncio.gather(good, bad, return_exceptions=True)
    assert isinstance(answers[0], Accepted)
    assert isinstance(answers[1], Exception)
    assert isinstance(await ask(engine, CALL), Accepted)


async def test_a_time_zone_that_does_not_exist_is_refused(engine: Engine) -> None:
    """The zone numbers the calls; a wrong one is found when it is set and not at midnight."""
    settings = RegionSettings(id="test", name=Name("", ""), timezone="Mars/Olympus")
    refused = await ask(engine, commands.ConfigureRegion(settings=settings))
    assert isinstance(refused, Refusal)
    assert refused.code == "bad-timezone"


async def test_the_day_in_a_calls_id_is_the_regions_own(journal: BrittleJournal) -> None:
    """At 22:00 UTC it is the next day in Moscow."""
    clock = Clock()
    clock.now_ms = 1_799_964_000_000  # 2027-01-14 22:00 UTC
    engine = await Engine.open(journal, "test", clock)
    await ask(engine, commands.ConfigureRegion(settings=SETTINGS))
    assert (await call(engine)) == "2027-01-15-1"
    await engine.close()


async def test_a_clock_that_goes_back_does_not_take_the_record_back(journal: BrittleJournal) -> None:
    """What was learned later is never dated earlier."""
    clock = Clock()
    engine = await Engine.open(journal, "test", clock)
    clock.now_ms -= 60_000
    await ask(engine, commands.ConfigureRegion(settings=SETTINGS))
    learned = [each.learned_ms for each in journal.read("test")]
    assert learned == sorted(learned)
    await engine.close()


async def test_after_close_nothing_is_taken(journal: BrittleJournal) -> None:
    """What was queued is answered; what comes later is `unavailable`."""
    engine = await Engine.open(journal, "test", Clock())
    queued = asyncio.ensure_future(ask(engine, commands.ConfigureRegion(settings=SETTINGS)))
    await asyncio.sleep(0)
    await engine.close()
    assert isinstance(await queued, Accepted)
    assert isinstance(await ask(engine, CALL), Unavailable)


# ── takeovers, snapshots, and what the engine notices by itself ──────────────────────────────────────────


async def noticed(found: Callable[[], object]) -> None:
    """Wait until the engine has noticed something by itself."""
    for _ in range(400):
        if found():
            return
        await asyncio.sleep(0.02)
    pytest.fail("the engine did not notice")


async def test_an_engine_notices_by_itself_that_another_took_over(
    engine: Engine, journal: BrittleJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its consoles say so although nobody asks for anything; then every command is refused at once."""
    monkeypatch.setattr("dispatch.engine.LOOK_EVERY_S", 0.02)
    await ask(engine, CALL)
    successor = await Engine.open(journal, "test", Clock(), epoch="second")
    await noticed(lambda: engine.deposed and engine.degraded)
    assert engine.degraded is not None
    assert "another engine took over" in engine.degraded.message
    assert await ask(engine, CALL) == engine.degraded
    await successor.close()


async def test_an_engine_notices_by_itself_that_the_journal_takes_entries_again(
    engine: Engine, journal: BrittleJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The alarm of a full disk goes by itself, and not before the disk takes writes."""
    monkeypatch.setattr("dispatch.engine.LOOK_EVERY_S", 0.02)
    journal.before = "full"
    assert isinstance(await ask(engine, CALL), Unavailable)
    await asyncio.sleep(0.2)
    assert engine.degraded is not None
    journal.before = None
    await noticed(lambda: engine.degraded is None)
    assert isinstance(await ask(engine, CALL), Accepted)


async def test_a_commit_that_comes_through_late_deposes_nobody(
    engine: Engine, journal: BrittleJournal
) -> None:
    """An entry of ours that arrives after we believed it lost is read back, and not taken for another's."""
    before = engine.region.fork()
    journal.before = "gone"
    assert isinstance(await ask(engine, CALL, "c1"), Unavailable)
    journal.before = None
    await engine._read_back()  # nothing has arrived: the engine goes on from where it was
    draft = Draft(
        event=IncidentCreated(
            incident="2027-01-15-1",
            number=1,
            day="2027-01-15",
            place=PLACE,
            reason="other",
            priority=2,
            called_at_ms=START_MS,
            norm_s=1200,
        ),
        at_ms=START_MS,
        learned_ms=START_MS,
        by="anna",
        source="test",
        command_id="c1",
        command_print=print_of(CALL),
    )
    journal.real.append("test", before.head, seal("test", before.head, [draft]))
    assert isinstance(await ask(engine, commands.SetDuty(unit="u1", duty="break")), Unavailable)
    assert not engine.deposed
    again = await ask(engine, CALL, "c1")
    assert isinstance(again, Accepted)
    assert again.repeated
    assert isinstance(await ask(engine, commands.SetDuty(unit="u1", duty="break")), Accepted)
    assert journal.verify().flaw is None


async def test_a_journal_put_back_from_an_older_copy_is_not_written_on(
    engine: Engine, journal: BrittleJournal, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was acknowledged is missing there: the engine says so and takes nothing."""
    monkeypatch.setattr("dispatch.engine.LOOK_EVERY_S", 0.02)
    await ask(engine, CALL)
    last = engine.seq
    table = "" if storage.is_file else "skoraya_"
    storage.tamper(f"DELETE FROM {table}entries WHERE seq = {last}")  # noqa: S608  # the test's own constants
    await noticed(lambda: engine.degraded)
    answer = await ask(engine, CALL)
    assert isinstance(answer, Unavailable)
    assert "was a copy put back" in answer.message
    assert journal.head("test").seq == last - 1


@pytest.mark.usefixtures("engine")
async def test_an_engine_begins_at_a_snapshot_and_knows_what_a_replay_knows(
    journal: BrittleJournal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Snapshots are written beside the work and at the end; the next start reads only what came after."""
    monkeypatch.setattr("dispatch.engine.SNAPSHOT_EVERY", 25)
    monkeypatch.setattr("dispatch.engine.SNAPSHOT_AT_END", 1)
    kept = Snapshots(tmp_path / "kept")
    first = await Engine.open(journal, "test", Clock(), snapshots=kept)
    for number in range(60):
        assert isinstance(await ask(first, CALL, f"c{number}"), Accepted)
    await first.close()
    assert len(list(kept.folder.iterdir())) >= 2
    assert kept.load(journal, "test").seq == first.seq

    asked: list[int] = []
    read = journal.real.read

    def counted(region: str, after_seq: int = 0) -> Iterator[Envelope]:
        asked.append(after_seq)
        return read(region, after_seq)

    monkeypatch.setattr(journal, "read", counted, raising=False)
    second = await Engine.open(journal, "test", Clock(), snapshots=kept)
    assert asked == [first.seq]
    replayed = Region("test")
    replayed.apply_all(read("test"))
    assert second.region.fingerprint() == replayed.fingerprint()
    repeated = await ask(second, CALL, "c7")
    assert isinstance(repeated, Accepted)
    assert repeated.repeated
    await second.close()


def judge(storage: Storage, snapshots: Path, acknowledged: dict[str, str]) -> None:
    """Hold a journal after many kills against what was acknowledged before them."""
    with closing(storage.open()) as reopened:
        assert reopened.verify().flaw is None
        region = Region("test")
        envelopes = list(reopened.read("test"))
        region.apply_all(envelopes)
        shortcut = Snapshots(snapshots).load(reopened, "test")
        shortcut.apply_all(reopened.read("test", shortcut.seq))
    assert shortcut.fingerprint() == region.fingerprint()
    written: dict[str, list[str]] = {}
    for each in envelopes:
        if each.command_id is not None:
            event = each.event
            made = getattr(event, "assignment", None) or getattr(event, "incident", "")
            written.setdefault(each.command_id, []).append(made)
    for name, made in acknowledged.items():
        assert written.get(name) == [made]
    assert all(len(made) == 1 for made in written.values())
    labels = [incident.place.label for incident in region.incidents.values()]
    assert len(labels) == len(set(labels))
    open_units = [each.unit for each in region.assignments.values() if each.open]
    assert len(open_units) == len(set(open_units))


@pytest.mark.usefixtures("engine")
def test_kill_9_in_a_storm_of_commands_loses_nothing_acknowledged_and_doubles_nothing(
    storage: Storage, tmp_path: Path
) -> None:
    """A real process is killed at 50 random points: each acknowledged command is in the journal, once."""
    acknowledged = killed(storage.where, tmp_path / "kept", 50)
    assert len(acknowledged) > 300
    judge(storage, tmp_path / "kept", acknowledged)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.usefixtures("engine")
def test_kill_9_at_a_thousand_points_loses_nothing_acknowledged_and_doubles_nothing(
    storage: Storage, tmp_path: Path
) -> None:
    """The same, 1,000 times."""
    acknowledged = killed(storage.where, tmp_path / "kept", 1_000)
    assert len(acknowledged) > 10_000
    judge(storage, tmp_path / "kept", acknowledged)
