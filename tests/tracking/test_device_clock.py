from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tracking.device_clock import BEHIND_MS, MEMORY_MS, RUN, TOLERANCE_MS, DeviceClock

NOW_MS = 1_795_273_200_000
HOUR_MS = 3_600_000


def hear(clock: DeviceClock, off_ms: int, seconds: range, jitter_ms: int = 0) -> list[int | None]:
    """Fixes at 1 Hz by a clock that is off; return what each instant is taken for, in s after the start."""
    heard = []
    for second in seconds:
        arrived_ms = NOW_MS + second * 1000 + (second % 3) * jitter_ms
        instant_ms = clock.instant_ms(NOW_MS + second * 1000 + off_ms, arrived_ms)
        heard.append(None if instant_ms is None else (instant_ms - NOW_MS) // 1000)
    return heard


def test_a_right_clock_is_believed_as_it_is() -> None:
    """Half a minute either way is a right clock: leap seconds, a slow link."""
    for off_ms in (0, TOLERANCE_MS, -TOLERANCE_MS):
        clock = DeviceClock()
        assert hear(clock, off_ms, range(5)) == [second + off_ms // 1000 for second in range(5)]
        assert (clock.state, clock.offset_ms) == ("right", 0)


def test_a_clock_ahead_is_quarantined_and_then_corrected() -> None:
    """Nothing arrives before it was taken: after 20 s of one and the same lead the lead is known."""
    clock = DeviceClock()
    heard = hear(clock, 3 * HOUR_MS, range(30), jitter_ms=300)
    assert heard[:RUN] == [None] * RUN
    assert heard[25:] == [25, 26, 27, 28, 29]
    assert clock.state == "corrected"
    assert clock.offset_ms == -3 * HOUR_MS


def test_a_clock_behind_is_corrected_only_where_it_cannot_be_a_slow_link() -> None:
    """A time zone is; ten minutes are not."""
    zone, slow = DeviceClock(), DeviceClock()
    assert hear(zone, -3 * HOUR_MS, range(30))[-1] == 29
    assert hear(slow, -600_000, range(300))[-1] == 299 - 600
    assert slow.state == "late"
    assert BEHIND_MS < HOUR_MS


def test_a_recording_played_behind_a_right_clock_corrects_nothing() -> None:
    """Who has shown the right time within a day is not believed when it is suddenly another."""
    clock = DeviceClock()
    hear(clock, 0, range(5))
    assert set(hear(clock, HOUR_MS, range(5, 120))) == {None}
    assert clock.ahead == 115
    assert hear(clock, -2 * HOUR_MS, range(120, 240))[-1] == 239 - 7200
    later = range(MEMORY_MS // 1000 + 300, MEMORY_MS // 1000 + 360)
    assert hear(clock, HOUR_MS, later)[-1] == later[-1]


def test_a_corrected_clock_that_is_set_right_is_right_at_once() -> None:
    """No correction outlives its cause; and a late fix of a corrected clock is late, not now."""
    clock = DeviceClock()
    hear(clock, 3 * HOUR_MS, range(30))
    late_ms = clock.instant_ms(NOW_MS + 20_000 + 3 * HOUR_MS, NOW_MS + 600_000)
    assert late_ms == NOW_MS + 20_000
    assert hear(clock, 0, range(601, 603)) == [601, 602]
    assert clock.offset_ms == 0


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-(10**12), 10**12), st.integers(0, 10**9)), max_size=60))
def test_no_instant_lies_in_the_future(told: list[tuple[int, int]]) -> None:
    """Whatever clocks say, what is believed was taken at most half a minute after it came."""
    clock = DeviceClock()
    for off_ms, after_ms in told:
        arrived_ms = NOW_MS + after_ms
        instant_ms = clock.instant_ms(arrived_ms + off_ms, arrived_ms)
        assert instant_ms is None or instant_ms <= arrived_ms + TOLERANCE_MS
