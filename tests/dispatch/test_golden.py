from __future__ import annotations

from typing import Any

import msgspec

from dispatch.events import Event
from dispatch.region import Region
from dispatch.snapshot import FOLD
from tests.dispatch.golden import envelopes, fold, load, state_of
from tests.dispatch.test_anything import kinds

HINT = "raise dispatch.snapshot.FOLD and run `python -m tests.dispatch.golden`"


def default_of(field: msgspec.structs.FieldInfo) -> object:
    """Return what a field is where nobody says."""
    return field.default_factory() if field.default is msgspec.NODEFAULT else field.default


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
    for name, kept in golden.state.items():
        assert not isinstance(kept, dict) or kept.keys() == state[name].keys(), HINT


def test_the_recorded_journal_holds_every_kind_of_entry_with_every_field() -> None:
    """It is no empty proof: whoever adds a kind of entry or a field records anew, or it is named."""
    told: dict[type, list[Event]] = {kind: [] for kind in kinds(Event)}
    for each in envelopes(load()):
        told[type(each.event)].append(each.event)
    assert [kind.__name__ for kind, several in told.items() if not several] == [], HINT
    silent = [
        f"{kind.__name__}.{field.name}"
        for kind, several in told.items()
        for field in msgspec.structs.fields(kind)
        if not field.required and all(getattr(each, field.name) == default_of(field) for each in several)
    ]
    assert silent == [], HINT


def test_every_part_of_a_region_is_in_the_recorded_state() -> None:
    """Nothing that a region keeps is folded unseen: no part of the recorded state is empty."""
    state = load().state
    assert state.keys() == Region("test").state().keys() - {"answers", "hash"}
    assert [name for name, value in state.items() if not value] == []


def test_a_changed_fold_is_found() -> None:
    """A value that is another, one that is gone, a list that grew: each is told by its place."""
    kept = {"a": {"x": 1, "y": [1, 2]}, "b": None}
    assert differences(kept, {"a": {"x": 1, "y": [1, 2], "new": 3}, "b": None}) == []
    assert differences(kept, {"a": {"x": 2, "y": [1, 2, 3]}}) == ["/a/x", "/a/y", "/b"]
