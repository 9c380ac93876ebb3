"""The plan that the demo command hands to the demo city."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.simulate.plan import PlanError, is_whole, read_plan


def document() -> dict[str, Any]:
    """Return a plan that is right."""
    return {
        "api": "http://127.0.0.1:8000",
        "gateway": ["127.0.0.1", 5000],
        "seed": 1,
        "clock": {"started_real_ms": 0, "started_ms": 0, "speed": 1.0},
        "units": [{"id": "12", "secret": "s", "token": "t", "lat_deg": 55.9, "lon_deg": 60.6}],
        "caller_token": "c",
        "autopilot_token": "a",
        "addresses": [["ул. Ленина, 5", 55.9, 60.6]],
        "reasons": [
            {"id": "chest_pain", "priority": 1, "weight": 3, "scene_min": 25, "transport_share": 0.6}
        ],
        "calls_per_hour": 45,
        "hospitals": [{"id": "h1", "lat_deg": 55.9, "lon_deg": 60.6}],
    }


def test_a_right_plan_is_read_and_written_back() -> None:
    """The document becomes a Plan, and a Plan encodes to a document that reads the same."""
    plan = read_plan(json.dumps(document()).encode())
    assert plan.units[0].id == "12"
    assert read_plan(msgspec.json.encode(plan)) == plan


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"api": "ftp://x"}, "api"),
    ({"gateway": ["127.0.0.1", 0]}, "gateway"),
    ({"clock": {"started_real_ms": 0, "started_ms": 0, "speed": 0}}, "clock.speed"),
    ({"units": []}, "units"),
    ({"units": [document()["units"][0] | {"lat_deg": 91}]}, "lat_deg"),
    ({"units": [document()["units"][0] | {"secret": "two words"}]}, "secret"),
    ({"units": [document()["units"][0] | {"secret": "line\nLOGIN 13"}]}, "secret"),
    ({"units": [document()["units"][0] | {"token": "t\r\nHost: x"}]}, "token"),
    ({"units": document()["units"] * 2}, "twice"),
    ({"reasons": [document()["reasons"][0] | {"priority": 4}]}, "priority"),
    ({"reasons": [document()["reasons"][0] | {"ages_years": [9, 2]}]}, "ages"),
    ({"reasons": [document()["reasons"][0] | {"weight": 0}]}, "weight"),
    ({"addresses": []}, "addresses"),
    ({"calls_per_hour": -1}, "calls_per_hour"),
]


@pytest.mark.parametrize(("change", "named"), WRONG, ids=[named for _, named in WRONG])
def test_a_wrong_field_is_named_in_one_line(change: dict[str, Any], named: str) -> None:
    """Whatever is wrong in the plan, the error is one line that names it."""
    with pytest.raises(PlanError) as caught:
        read_plan(json.dumps(document() | change).encode())
    assert named in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    """Random bytes are a PlanError, and the question whether more are needed has an answer."""
    assert is_whole(data) in (True, False)
    with pytest.raises(PlanError, match=r"^(the plan|standard input)"):
        read_plan(data)


@given(st.data())
def test_the_end_of_the_document_is_found_without_the_inputs_end(data: st.DataObject) -> None:
    """No part is taken for the whole, line ends or not; broken JSON is not waited for."""
    whole = json.dumps(document(), ensure_ascii=False, indent=data.draw(st.sampled_from([None, 2]))).encode()
    cut = data.draw(st.integers(0, len(whole) - 1))
    assert not is_whole(whole[:cut])
    assert is_whole(whole)
    assert is_whole(whole + b"\n")
    assert is_whole(b'{"api": nonsense, "gateway": ["127.0.0.1", 5000]')


@pytest.mark.parametrize("text", [b"", b"{", b"{}", b'{"api": 1}', b"\xff\xfe{}", b"[]"])
def test_the_program_refuses_a_bad_plan_in_one_line(text: bytes) -> None:
    """`python -m console.simulate` ends with exit status 2 and one line, no traceback."""
    ran = subprocess.run(
        [sys.executable, "-m", "console.simulate"], input=text, capture_output=True, timeout=60, check=False
    )
    assert ran.returncode == 2
    assert ran.stdout == b""
    assert len(ran.stderr.decode().splitlines()) == 1
    assert ran.stderr.startswith(b"skoraya demo city: ")
