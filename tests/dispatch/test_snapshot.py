from __future__ import annotations

import logging
import os
import pickle
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatch import commands, filing, snapshot
from dispatch.events import Draft, Head, Sealed, seal
from dispatch.journal import Journal
from dispatch.past import rebuilt
from dispatch.region import Region
from dispatch.snapshot import Snapshots
from tests.dispatch.conftest import World
from tests.dispatch.storage import Storage


@pytest.fixture
def lived(world: World) -> World:
    """A region in which every kind of thing has happened to some calls."""
    chance = random.Random(5)
    for number in range(40):
        incident = world.call(chance.choice(["chest_pain", "fever", "other"]))
        unit = f"u{number % 4 + 1}"
        world.ask(commands.AssignCrew(incident=incident, unit=unit))
        if (active := world.region.active_assignment(unit)) is not None:
            for status in ("acknowledged", "en_route", "on_scene", "left_scene", "cleared"):
                if chance.random() < 0.8:
                    world.ask(commands.SetStatus(assignment=active.id, status=status))
        if chance.random() < 0.3:
            world.ask(commands.CancelIncident(incident=incident, why="test"))
    return world


@pytest.fixture
def journal(lived: World, storage: Storage) -> Iterator[Journal]:
    """The journal of that region, with command ids, on each database."""
    opened = storage.open()
    head = Head()
    region = Region("test")
    for envelope in lived.journal:
        draft = Draft(
            event=envelope.event,
            at_ms=envelope.at_ms,
            learned_ms=envelope.learned_ms,
            by="anna",
            source="test",
            command_id=f"c{envelope.seq}",
            command_print="0123456789abcdef",
        )
        sealed: list[Sealed] = seal("test", head, [draft])
        opened.append("test", head, sealed)
        region.apply(sealed[0].envelope)
        head = region.head
    yield opened
    opened.close()


def replayed(journal: Journal, until_seq: int = 10**9) -> Region:
    """Fold the journal from its first entry."""
    region = Region("test")
    region.apply_all(each for each in journal.read("test") if each.seq <= until_seq)
    return region


def test_a_fold_from_a_snapshot_equals_a_full_replay(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever entry the snapshot stands behind, snapshot and the rest of the journal give the same hash."""
    monkeypatch.setattr(snapshot, "PIECE", 7)
    whole = replayed(journal)
    for seq in (1, 5, whole.seq // 2, whole.seq - 1, whole.seq):
        kept = Snapshots(tmp_path / str(seq))
        assert kept.save(journal, replayed(journal, seq).fork())
        region = kept.load(journal, "test")
        assert region.seq == seq
        region.apply_all(journal.read("test", seq))
        assert region.fingerprint() == whole.fingerprint()
        assert list(region.ended) == list(whole.ended)
        assert list(region.answers) == list(whole.answers)


def test_without_a_snapshot_the_fold_begins_empty(journal: Journal, tmp_path: Path) -> None:
    """A first start, and a folder that was deleted, cost time and nothing else."""
    assert Snapshots(tmp_path / "none").load(journal, "test").seq == 0


def test_every_flipped_byte_and_every_cut_throws_a_snapshot_away(journal: Journal, tmp_path: Path) -> None:
    """A damaged one is never used and is removed: the older one that is sound serves."""
    kept = Snapshots(tmp_path / "kept")
    kept.save(journal, replayed(journal, 20))
    kept.save(journal, replayed(journal))
    older, newest = sorted(kept.folder.iterdir())
    whole = newest.read_bytes()
    chance = random.Random(3)
    for place in [*range(0, 200, 3), *(chance.randrange(len(whole)) for _ in range(150))]:
        damaged = bytearray(whole)
        damaged[place] ^= 1 << chance.randrange(8)
        newest.write_bytes(damaged)
        assert kept.load(journal, "test").seq == 20
        assert not newest.exists()
    for length in (0, 5, 30, len(whole) // 2, len(whole) - 1):
        newest.write_bytes(whole[:length])
        assert kept.load(journal, "test").seq == 20
    newest.write_bytes(whole + b"x")
    assert kept.load(journal, "test").seq == 20
    newest.write_bytes(whole)
    assert kept.load(journal, "test").fingerprint() == replayed(journal).fingerprint()
    assert older.exists()


def test_a_snapshot_of_another_journal_region_or_program_is_thrown_away(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is bound to the number and hash of its entry, to its region, and to the fold that made it."""
    kept = Snapshots(tmp_path / "kept")
    kept.save(journal, replayed(journal))
    stranger = replayed(journal)
    stranger.hash = "f" * 64
    assert not kept.save(journal, stranger)
    (path,) = kept.folder.iterdir()
    content = path.read_bytes()
    with caplog.at_level(logging.WARNING):
        path.write_bytes(content.replace(replayed(journal).hash.encode(), b"f" * 64, 1))
        assert kept.load(journal, "test").seq == 0
        assert "another entry" in caplog.text
        path.write_bytes(content.replace(b'"region":"test"', b'"region":"best"', 1))
        assert kept.load(journal, "test").seq == 0
        path.write_bytes(content)
        monkeypatch.setattr(snapshot, "program", lambda: "newer")
        assert kept.load(journal, "test").seq == 0
        assert "another version" in caplog.text


def test_a_snapshot_from_before_an_attribute_came_is_taken_as_it_is(journal: Journal, tmp_path: Path) -> None:
    """An upgrade that only adds does not cost a replay; one that took something away does."""
    kept = Snapshots(tmp_path / "kept")
    older = replayed(journal)
    del older.queues
    assert kept.save(journal, older)
    loaded = kept.load(journal, "test")
    assert (loaded.seq, loaded.queues) == (older.seq, {})
    assert loaded.fingerprint() == replayed(journal).fingerprint()
    strange = replayed(journal)
    strange.forgotten = {}  # type: ignore[attr-defined]  # what an older program may have kept
    assert kept.save(journal, strange)
    assert kept.load(journal, "test").seq == 0


def test_filed_calls_lie_in_a_snapshot_as_they_are_and_older_snapshots_are_read(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They come back filed. One from before calls were filed is taken; that program takes none of ours."""
    older, region = replayed(journal), replayed(journal)
    monkeypatch.setattr(filing, "KEPT", 0)
    region.calls.file(10**15)
    assert region.calls.filed
    kept = Snapshots(tmp_path / "kept")
    assert kept.save(journal, region)
    loaded = kept.load(journal, "test")
    assert loaded.calls.filed == region.calls.filed
    assert loaded.fingerprint() == older.fingerprint()
    now, before = snapshot.program(), f"fold {snapshot.FOLD}"
    assert now != before
    with monkeypatch.context() as patched:
        patched.setattr(snapshot, "program", lambda: before)
        assert kept.load(journal, "test").seq == 0
        assert kept.save(journal, older)
    assert kept.load(journal, "test").fingerprint() == older.fingerprint()


class Planted:
    """What someone might put into a snapshot's file."""

    def __reduce__(self) -> tuple[object, ...]:
        """Make unpickling run a program."""
        return os.system, ("touch owned",)


def test_a_planted_snapshot_runs_no_code(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file with a right header that names a function of the system is refused before it is called."""
    monkeypatch.chdir(tmp_path)
    kept = Snapshots(tmp_path / "kept")
    kept.save(journal, replayed(journal))
    (path,) = kept.folder.iterdir()
    magic, header, _ = path.read_bytes().split(b"\n", 2)
    planted = pickle.dumps(("seq", Planted()))
    path.write_bytes(magic + b"\n" + header + b"\n" + snapshot.LENGTH.pack(len(planted)) + planted)
    assert kept.load(journal, "test").seq == 0
    assert not (tmp_path / "owned").exists()


def test_old_snapshots_are_thinned_and_the_newest_two_always_stay(journal: Journal, tmp_path: Path) -> None:
    """The number of files is bounded, and those that stay are spread over the region's whole life."""
    kept = Snapshots(tmp_path / "kept")
    end = replayed(journal).seq
    for seq in range(1, end + 1, 4):
        kept.save(journal, replayed(journal, seq))
        newest = sorted(int(path.stem[-15:]) for path in kept.folder.iterdir())
        assert len(newest) <= snapshot.KEPT
        assert newest[-1] == seq
        assert newest[-2:] == [each for each in (seq - 4, seq) if each > 0]
    assert int(min(kept.folder.iterdir()).stem[-15:]) < end / 4


def test_a_disk_without_space_costs_the_snapshot_and_nothing_else(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed write leaves neither a half snapshot nor a part of one, and the one before it serves on."""
    kept = Snapshots(tmp_path / "kept")
    kept.save(journal, replayed(journal, 10))

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dispatch.snapshot.os.fsync", full)
    assert not kept.save(journal, replayed(journal))
    monkeypatch.undo()
    assert len(list(kept.folder.iterdir())) == 1
    assert kept.load(journal, "test").seq == 10


SAVING = """
import sys
from pathlib import Path
from dispatch import snapshot
from dispatch.journal_open import open_journal
from dispatch.region import Region
from dispatch.snapshot import Snapshots
journal = open_journal(sys.argv[1])
region = Region("test")
for envelope in journal.read("test"):
    region.apply(envelope)
snapshot.PIECE = 1
print("saving", flush=True)
while True:
    for path in Path(sys.argv[2]).glob("*.snapshot"):
        path.unlink()
    Snapshots(Path(sys.argv[2])).save(journal, region)
"""


def test_kill_9_in_the_middle_of_saving_leaves_a_whole_snapshot_or_none(
    journal: Journal, storage: Storage, tmp_path: Path
) -> None:
    """A process that only saves is killed at random moments: what is there loads, or is not there."""
    folder = tmp_path / "kept"
    chance = random.Random(1)
    for _ in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", SAVING, storage.where, str(folder)], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        process.stdout.readline()
        try:
            process.wait(chance.uniform(0.01, 0.4))
        except subprocess.TimeoutExpired:
            process.kill()
        process.wait()
        there = list(folder.glob("*.snapshot"))
        region = Snapshots(folder).load(journal, "test")
        assert region.seq == (replayed(journal).seq if there else 0)
        assert list(folder.glob("*.snapshot")) == there  # none of them had to be thrown away


def test_the_region_of_any_past_instant_is_what_was_known_then(journal: Journal, tmp_path: Path) -> None:
    """For instants before, between, at and after the entries: the fold of what was learned by then."""
    envelopes = list(journal.read("test"))
    kept = Snapshots(tmp_path / "kept")
    for seq in (10, 40, len(envelopes)):
        kept.save(journal, replayed(journal, seq))
    for at_ms in {each.learned_ms + shift for each in envelopes[::7] for shift in (-1, 0, 1)}:
        known = Region("test")
        known.apply_all(each for each in envelopes if each.learned_ms <= at_ms)
        assert rebuilt(journal, kept, "test", at_ms).fingerprint() == known.fingerprint()
    assert rebuilt(journal, kept, "test", 0).seq == 0
    assert rebuilt(journal, kept, "test", 2**53).seq == len(envelopes)
    assert (
        len(list(kept.folder.iterdir())) == 3
    )  # snapshots that are too new for a question are not thrown away
