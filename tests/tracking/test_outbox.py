from __future__ import annotations

from pathlib import Path

import pytest

from tracking.fix import Fix
from tracking.outbox import Outbox, OutboxError


def fix(taken_ms: int) -> Fix:
    """A fix of then."""
    return Fix("12", taken_ms, None, taken_ms, 55.0, 37.0)


def test_what_was_taken_is_there_after_a_restart(tmp_path: Path) -> None:
    """The newest come last, some can be left out, and what was handed in is gone for good."""
    path = tmp_path / "new" / "outbox.sqlite"
    outbox = Outbox(path)
    outbox.append([fix(3000), fix(1000), fix(2000)])
    assert [one.fix for one in outbox.newest(2)] == [fix(2000), fix(3000)]
    newest = outbox.newest(1)[0]
    assert [one.fix for one in outbox.newest(2, frozenset([newest.number]))] == [fix(1000), fix(2000)]
    outbox.delete([newest.number])
    outbox.close()
    again = Outbox(path)
    assert (len(again), [one.fix for one in again.newest(5)]) == (2, [fix(1000), fix(2000)])
    again.delete([one.number for one in again.newest(5)])
    again.append([fix(4000)])
    assert again.newest(1)[0].number > newest.number
    again.close()


def test_a_full_outbox_loses_its_oldest(tmp_path: Path) -> None:
    """It never grows beyond its size, and says how many it has dropped."""
    outbox = Outbox(tmp_path / "o", max_fixes=10)
    for start in range(0, 50, 5):
        outbox.append([fix(start + i) for i in range(5)])
        assert len(outbox) <= 10
    assert [one.fix.taken_ms for one in outbox.newest(50)] == list(range(40, 50))
    assert outbox.dropped == 40
    outbox.close()


def test_a_file_that_is_none_is_said_in_one_line(tmp_path: Path) -> None:
    """Garbage where the outbox should be is named, and not a traceback."""
    (tmp_path / "o").write_bytes(b"garbage" * 1000)
    with pytest.raises(OutboxError, match=r"cannot open the outbox .*o: ") as caught:
        Outbox(tmp_path / "o")
    assert "\n" not in str(caught.value)
    outbox = Outbox(tmp_path / "p")
    outbox._file.execute("DROP TABLE fix")
    with pytest.raises(OutboxError, match="cannot write"):
        outbox.append([fix(1)])
    outbox.close()
