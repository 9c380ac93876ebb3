from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.log import COLUMNS, LogError, read_log

HEADER = ",".join(COLUMNS)
ROW = "i1,u1,2017-01-01T00:00:00,2017-01-01T00:01:00,2017-01-01T00:02:00,,,,,2017-01-01T01:00:00.250"


def read(*lines: str, keep: tuple[str, ...] = ()) -> list[object]:
    """Read a log of these lines."""
    text = "".join(line + "\n" for line in lines)
    return list(read_log(text.splitlines(keepends=True), keep))


def test_a_row_becomes_a_response_with_the_times_it_has() -> None:
    """Empty times are left out, fractions of a second stay."""
    (response,) = read_log([HEADER + "\n", ROW + "\n"])
    assert response.times["notified"] - response.times["called"] == 120_000
    assert response.times["cleared"] - response.times["called"] == 3_600_250
    assert set(response.times) == {"called", "created", "notified", "cleared"}


def test_times_with_an_offset_are_instants() -> None:
    """00:00 in Moscow is 21:00 UTC."""
    times = ["2017-01-01T00:00:00+03:00", "2016-12-31T21:00:00Z"]
    (response,) = read_log([HEADER + "\n", f"i,u,{times[0]},{times[1]},,,,,,\n"])
    assert response.times["called"] == response.times["created"]


def test_columns_may_come_in_any_order_and_others_are_kept_on_request() -> None:
    """Only what is asked for is kept."""
    (response,) = read_log(["type,x," + HEADER + "\n", 'MEDIC,"a,b",' + ROW + "\n"], ["type", "x"])
    assert response.columns == {"type": "MEDIC", "x": "a,b"}
    assert response.incident == "i1"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "empty"),
        ([HEADER.replace("received,", "")], "line 1: there is no column 'received'"),
        ([HEADER + ",unit"], "line 1: the column 'unit' is there 2 times"),
        ([HEADER, ROW, "i2,u2"], "line 3: 2 fields, but the header names 10"),
        (
            [HEADER, ROW, "", ROW.replace("00:02:00", "24:61")],
            "line 4, column dispatched: '2017-01-01T24:61'",
        ),
        ([HEADER, ROW.replace("i1", "")], "line 2, column incident: empty"),
        ([HEADER, 'i1,"u1,2017'], "line 2: unexpected end of data"),
        ([HEADER, ROW.replace("u1", '"u\n1"'), ROW.replace("u1", "")], "line 4, column unit: empty"),
    ],
)
def test_what_cannot_be_read_is_named_by_line_and_column(lines: list[str], words: str) -> None:
    """Each defect is told with its place; quoted line breaks and blank lines do not shift it."""
    with pytest.raises(LogError) as refused:
        read(*lines)
    assert words in str(refused.value)


@given(st.lists(st.text(max_size=60), max_size=6))
def test_any_text_is_read_or_refused_in_words(lines: list[str]) -> None:
    """Whatever the text: responses or a LogError, nothing else."""
    try:
        read(HEADER, *lines)
    except LogError as error:
        assert str(error)  # noqa: PT017  # either outcome is right; only other exceptions are not
