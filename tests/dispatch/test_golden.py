from __future__ import annotations

from typing import Any

from dispatch.snapshot import FOLD
from tests.dispatch.golden import fold, load, state_of

HINT = "raise dispatch.snapshot.FOLD and run `python -m tests.dispatch.golden`"


def differences(kept: Any, now: Any, where: str = "") -> list[str]:  # noqa: ANN401  # any JSON
    """Say where the recorded state is no longer what the fold gives; what is new beside it is none."""
    if isinstance(kept, dict) and isinstance(now, dict):
        gone = [f"{where}/{name}" for name in kept if name not in now]
        both = [name for name in kept if name in now]
        return [
            each for name in both for each in differences(kept[name], now[name], f"{where}/{name}")
        ] + gone
    if isinstance(kept, list) and isinstance(now, list) and len(kept) == len(now):
        pairs = enumerate(zip(kept, now, strict=True))
        return [each for number, (a, b) in pairs for each in differences(a, b, f"{where}/{number}")]
    return [] if kept == now else [where]


def test_what_was_folded_before_is_folded_as_before_or_the_fold_has_a_new_number() -> None:
    """A snapshot of the last version is believed: so its fold must be today's, entry for entry."""
    golden = load()
    assert golden.fold == FOLD, HINT
    state = state_of(fold(golden))
    assert differences(golden.state, state) == [], HINT
    for name in ("incidents", "assignments", "units", "active", "open_incidents", "ended", "queues"):
        assert golden.state[name].keys() == state[name].keys(), HINT


def test_the_recorded_journal_holds_the_life_of_many_calls() -> None:
    """It is no empty proof: calls, crews, queues, reopenings, alarms, corrections, openings and shifts."""
    kinds = {each["event"]["kind"] for each in load().entries}
    assert {
        "alarm_acknowledged",
        "alarm_raised",
        "call_queued",
        "call_unqueued",
        "crew_assigned",
        "crew_planned",
        "crew_shift_opened",
        "duty_changed",
        "hospital_chosen",
        "hospital_opening_changed",
        "incident_cancelled",
        "incident_closed",
        "incident_created",
        "incident_reopened",
        "motion_inferred",
        "status_changed",
        "time_corrected",
    } <= kinds


def test_a_changed_fold_is_found() -> None:
    """A value that is another, one that is gone, a list that grew: each is told by its place."""
    kept = {"a": {"x": 1, "y": [1, 2]}, "b": None}
    assert differences(kept, {"a": {"x": 1, "y": [1, 2], "new": 3}, "b": None}) == []
    assert differences(kept, {"a": {"x": 2, "y": [1, 2, 3]}}) == ["/a/x", "/a/y", "/b"]
