from __future__ import annotations

import gc
import random
import weakref
from collections.abc import MutableMapping

import pytest

from dispatch import commands, filing
from dispatch.forms import card_110, journal_109
from dispatch.ledger import rows_of
from dispatch.region import Region
from tests.dispatch.anything import Chance, anything
from tests.dispatch.conftest import START_MS, World, make_world
from tests.dispatch.golden import envelopes, load, state_of

DAY_MS = 86_400_000
PRESSED = ("acknowledged", "en_route", "on_scene", "at_patient", "left_scene", "at_hospital", "cleared")


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever has ended is filed at the next occasion, and there is one after each entry."""
    for name, value in (("KEPT", 0), ("SETTLED_MS", -DAY_MS), ("AT_ONCE", 1_000)):
        monkeypatch.setattr(filing, name, value)


@pytest.fixture
def ended(world: World) -> tuple[World, str, str]:
    """A region with a call that has ended, and its crew's assignment."""
    incident = world.call(phone="+7 900", patient="Иванова", note="код 7")
    assignment = world.send(incident, "u1")
    world.press(assignment, *PRESSED)
    return world, incident, assignment


def file_all(region: Region) -> None:
    """File everything that can be, as after a day and 25,000 calls."""
    region.calls.file(START_MS + 10 * DAY_MS)


@pytest.mark.usefixtures("hurried")
def test_a_journal_of_everything_folds_alike_whether_calls_are_filed_or_not() -> None:
    """With every ended call filed after every entry, it is the same state all the way."""
    golden = load()
    plain, filed, filed_once = Region("test"), Region("test"), set[str]()
    for number, envelope in enumerate(envelopes(golden)):
        plain.apply(envelope)
        filed.apply(envelope)
        filed.calls.file(envelope.learned_ms)
        filed_once |= filed.calls.filed.keys()
        assert filed.touched(envelope) == plain.touched(envelope)
        if number % 100 == 0:
            assert state_of(filed) == state_of(plain)
    assert state_of(filed) == golden.state
    assert len(filed_once) > 50
    assert filed.calls.filed.keys() == filed.ended.keys()
    for name, known in plain.calls.state().items():
        equal_to_a_dict(getattr(filed, name), known)


def equal_to_a_dict(part: MutableMapping[str, object], known: dict[str, object]) -> None:
    """Whatever a dict can be asked, the part answers alike; its order is its own, and one from both ends."""
    assert dict(part.items()) == known
    assert len(part) == len(known)
    assert part.keys() == known.keys()
    assert list(part.values()) == [known[key] for key in part]
    assert list(reversed(list(part.values()))) == list(reversed(part.values()))  # type: ignore[call-overload]  # a part has both
    assert list(reversed(list(part))) == list(reversed(part))  # type: ignore[call-overload]  # the same
    assert all(key in part and part.get(key) == value for key, value in known.items())
    for none in ("none", "none.1", "", 7):
        assert none not in part
    assert part.get("none.1") is None
    with pytest.raises(KeyError):
        part["none.1"]
    with pytest.raises(KeyError):
        del part["none.1"]


@pytest.mark.usefixtures("hurried")
def test_a_filed_call_is_read_as_it_was(ended: tuple[World, str, str]) -> None:
    """Its view, crew, entries, paper forms and rows of the warehouse are the same from the file."""
    world, incident, assignment = ended
    region, zero = world.region, 0

    def read() -> list[object]:
        return [
            region.incidents[incident],
            region.assignments_of(incident),
            region.phase(incident),
            region.timeline[incident],
            region.ended[incident],
            region.recent_incidents(zero),
            journal_109(region, START_MS, START_MS + DAY_MS, with_personal=True),
            journal_109(region, zero, START_MS, with_personal=True),
            card_110(region, assignment, with_personal=True),
            rows_of(region, world.journal),
        ]

    before = read()
    file_all(region)
    assert list(region.calls.filed) == [incident]
    assert read() == before
    assert list(region.calls.filed) == [incident]  # reading takes nothing out


@pytest.mark.usefixtures("hurried")
def test_what_is_done_to_a_filed_call_is_done_as_to_any_other(ended: tuple[World, str, str]) -> None:
    """A correction, a look, a reopening and another crew a month later; and it can be filed again."""
    world, incident, assignment = ended
    file_all(world.region)
    at_ms = world.region.assignments[assignment].times["on_scene"]
    world.now_ms += 30 * DAY_MS
    world.do(commands.NoteView(incident=incident, what="call"))
    world.do(commands.CorrectTime(assignment=assignment, what="on_scene", to_ms=at_ms - 500, why="рация"))
    assert world.region.calls.filed == {}
    assert world.region.incidents[incident].arrived_at_ms == at_ms - 500
    file_all(world.region)
    assert world.no(commands.SetStatus(assignment=assignment, status="on_scene")).code == "bad-transition"
    assert world.no(commands.CancelIncident(incident=incident, why="?")).code == "already-closed"
    world.do(commands.ReopenIncident(incident=incident, why="хуже"))
    file_all(world.region)
    assert world.region.calls.filed == {}  # it is open
    second = world.send(incident, "u3")
    world.press(second, *PRESSED)
    file_all(world.region)
    assert [each.unit for each in world.region.assignments_of(incident)] == ["u1", "u3"]
    whole = Region("test")
    whole.apply_all(world.journal)
    assert whole.fingerprint() == world.region.fingerprint()


@pytest.mark.usefixtures("hurried")
def test_a_fork_and_its_region_do_not_feel_each_other(ended: tuple[World, str, str]) -> None:
    """What is filed or taken out in one stays as it was in the other; a fork let go is gone at once."""
    world, incident, _ = ended
    before = world.region.fork()
    file_all(world.region)
    after = world.region.fork()
    world.do(commands.ReopenIncident(incident=incident, why="хуже"))
    assert (list(before.calls.filed), list(after.calls.filed)) == ([], [incident])
    assert before.fingerprint() == after.fingerprint() != world.region.fingerprint()
    gone = weakref.ref(after.calls)
    gc.disable()  # who holds itself waits for the collector, and a fork is as large as a region
    try:
        del after
        assert gone() is None
    finally:
        gc.enable()


def test_what_may_still_change_soon_stays_out_of_the_file(
    ended: tuple[World, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest calls, those open, and those that ended within a day; one behind an open one is filed."""
    world, incident, _ = ended
    region = world.region
    file_all(region)
    assert region.calls.filed == {}  # one of 25,000
    monkeypatch.setattr(filing, "KEPT", 1)
    file_all(region)
    assert region.calls.filed == {}  # the only one
    for _ in range(3):
        world.call()
    region.calls.file(region.ended[incident] + DAY_MS - 1)
    assert region.calls.filed == {}
    region.calls.file(region.ended[incident] + DAY_MS)
    assert list(region.calls.filed) == [incident]
    second = next(iter(region.open_incidents))
    third = list(region.open_incidents)[1]
    world.do(commands.CancelIncident(incident=third, why="ложный"))
    file_all(region)
    assert list(region.calls.filed) == [incident, third]
    assert second in region.calls.incidents


def test_a_long_life_keeps_few_calls_as_values_and_the_others_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 700 calls with whole tasks 50 are kept and what came since: as bytes, a call is a few hundred."""
    monkeypatch.setattr(filing, "KEPT", 50)
    world, most = make_world(), 0
    for _ in range(700):
        incident = world.call(phone="+7 900 000-00-00", patient="Иванова, 70 лет", note="код 7, собака")
        world.press(world.send(incident, "u1"), *PRESSED)
        world.now_ms += 3 * 3_600_000
        most = max(most, len(world.region.calls.incidents))
    # Kept, of the last day, and of the entries since calls were last filed.
    assert most <= 50 + 8 + filing.EVERY // 9 + 1
    filed = world.region.calls.filed.values()
    assert len(filed) > 550
    assert sum(map(len, filed)) / len(filed) < 500
    assert len(world.region.incidents) == len(world.region.assignments) == 700


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("seed", [1, 2])
def test_every_command_is_decided_alike_whether_calls_are_filed_or_not(seed: int) -> None:
    """A seeded mixture of all that may be asked, of two regions: in one every ended call is filed at once."""
    plain, filed, dice = make_world(), make_world(), random.Random(seed)
    filed_once: set[str] = set()
    for _ in range(1_500):
        plain.now_ms = filed.now_ms = plain.now_ms + dice.choice((0, 1_000, 60_000))
        command = anything(Chance(plain.region, plain.now_ms, dice))
        assert filed.ask(command) == plain.ask(command)
        filed.region.calls.file(filed.now_ms)
        filed_once |= filed.region.calls.filed.keys()
    assert len(filed_once) > 10
    assert filed.region.fingerprint() == plain.region.fingerprint()
