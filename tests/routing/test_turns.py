from __future__ import annotations

import pytest

from routing.turns import Restriction, forbidden_turns, restriction

PLAIN = [("from", "w", 1), ("via", "n", 7), ("to", "w", 2)]


def test_a_plain_restriction_is_read() -> None:
    """Kind, ways and node come out of a relation as they went in."""
    assert restriction({"restriction": "no_left_turn"}, PLAIN) == Restriction("no", (1,), 7, (2,))
    assert restriction({"restriction": "only_straight_on"}, PLAIN) == Restriction("only", (1,), 7, (2,))


@pytest.mark.parametrize(
    ("tags", "members"),
    [
        ({"restriction": "no_left_turn", "except": "emergency"}, PLAIN),
        ({"restriction": "no_left_turn", "except": "bus; emergency"}, PLAIN),
        ({"restriction:conditional": "no_left_turn @ (07:00-09:00)"}, PLAIN),
        ({"restriction": "give_way"}, PLAIN),
        ({"restriction": "no_left_turn"}, [("from", "w", 1), ("via", "w", 7), ("to", "w", 2)]),
        ({"restriction": "no_left_turn"}, [("from", "w", 1), ("to", "w", 2)]),
        ({"restriction": "no_left_turn"}, []),
    ],
)
def test_what_does_not_bind_or_is_broken_is_not_applied(
    tags: dict[str, str], members: list[tuple[str, str, int]]
) -> None:
    """An exception for emergency vehicles, hours, via-ways and broken relations give no restriction."""
    assert restriction(tags, members) is None


def test_no_forbids_one_turn_and_only_all_others() -> None:
    """At a crossing of ways 1 to 4, "no" takes one turn away, "only" leaves one, and turning round stays."""
    ends = {7: [((way, 0), way) for way in (1, 2, 3, 4)]}
    no = forbidden_turns([Restriction("no", (1,), 7, (2,))], ends)
    assert no == ({((1, 0), (2, 0))}, 1)
    only = forbidden_turns([Restriction("only", (1,), 7, (2,))], ends)
    assert only == ({((1, 0), (3, 0)), ((1, 0), (4, 0))}, 1)


def test_no_u_turn_on_a_way_that_runs_on_does_not_close_it() -> None:
    """Where a way passes through the node, no_u_turn forbids turning round at either end, not driving on."""
    ends = {7: [((1, 1), 10), ((2, 0), 10), ((3, 0), 20)]}
    forbidden, applied = forbidden_turns([Restriction("no", (10,), 7, (10,))], ends)
    assert forbidden == {((1, 1), (1, 1)), ((2, 0), (2, 0))}
    assert applied == 1


def test_a_restriction_of_ways_that_are_not_there_is_not_counted_as_applied() -> None:
    """A way that the extract cuts off or that we do not use makes a restriction void, and that shows."""
    assert forbidden_turns([Restriction("no", (1,), 7, (9,))], {7: [((1, 0), 1)]}) == (set(), 0)
