from __future__ import annotations

from dispatch import commands
from dispatch.region import Region
from dispatch.response import response_of
from tests.dispatch.conftest import World


def test_a_correction_moves_one_time_and_the_arrival_and_is_replayed(world: World) -> None:
    """The corrected time holds, is marked as entered late, and the fold of the journal says the same."""
    call = world.call()
    sent = world.send(call, "u1")
    world.press(sent, "en_route", "on_scene")
    world.now_ms += 3_600_000
    world.press(sent, "cleared")
    arrived_ms = world.region.assignments[sent].times["on_scene"]
    world.do(
        commands.CorrectTime(assignment=sent, what="on_scene", to_ms=arrived_ms + 60_000, why="radio log")
    )
    found = response_of(world.region, world.region.assignments[sent])
    assert found.times["on_scene"] == arrived_ms + 60_000
    assert found.entered_late == ("on_scene",)
    assert world.region.incidents[call].arrived_at_ms == arrived_ms + 60_000
    world.do(commands.CorrectTime(assignment=sent, what="on_scene", to_ms=None, why="never was there"))
    assert "on_scene" not in world.region.assignments[sent].times
    assert world.region.incidents[call].arrived_at_ms is None
    replayed = Region("test")
    replayed.apply_all(world.journal)
    assert replayed.fingerprint() == world.region.fingerprint()


def test_what_cannot_be_corrected_is_refused(world: World) -> None:
    """Unfinished, in the future, before the call, without a reason, the ending itself."""
    call = world.call()
    sent = world.send(call, "u1")
    assert world.no(_correct(sent, "notified", world.now_ms - 1)).code == "bad-transition"
    world.press(sent, "en_route", "on_scene", "cleared")
    now_ms = world.now_ms
    assert world.no(_correct(sent, "on_scene", now_ms + 60_000)).code == "time-in-the-future"
    assert world.no(_correct(sent, "on_scene", now_ms - 3_600_000)).code == "time-before-call"
    assert world.no(_correct(sent, "cleared", None)).code == "bad-transition"
    assert world.no(_correct("nobody", "cleared", now_ms)).code == "unknown-assignment"
    assert world.no(_correct(sent, "asleep", now_ms)).code == "unknown-status"
    assert world.no(_correct(sent, "on_scene", now_ms - 500, why="")).code == "field-missing"


def _correct(assignment: str, what: str, to_ms: int | None, why: str = "radio log") -> commands.CorrectTime:
    return commands.CorrectTime(assignment=assignment, what=what, to_ms=to_ms, why=why)  # type: ignore[arg-type]  # a test also names what does not exist


def test_looks_and_exports_are_in_the_record(world: World) -> None:
    """Each is an entry of the journal; a look at a call that does not exist is refused."""
    call = world.call()
    world.do(commands.NoteView(incident=call, what="card"))
    world.do(commands.NoteExport(what="responses", file_format="csv", rows=7, with_personal=True))
    assert [entry.kind for entry in world.journal[-2:]] == ["record_viewed", "report_exported"]
    assert world.no(commands.NoteView(incident="nothing", what="card")).code == "unknown-incident"
